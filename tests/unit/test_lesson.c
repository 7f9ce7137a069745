/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_lesson.c - which grants follow from what a process wanted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/decide/lesson.h"
#include "tests/harness/harness.h"

static struct lesson lesson;

static void note(enum lesson_use use, const char *text)
{
	CU_ASSERT_EQUAL(lesson_note(&lesson, use, text, true), 0);
}

/* "KEY VALUE TIMES\n" of each, in their order */
static void is(const char *expected)
{
	char text[4096] = "";
	size_t n = 0;

	lesson_finish(&lesson);
	for (size_t i = 0; i < lesson.n_rows; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %s %llu\n",
				      lesson.rows[i].key, lesson.rows[i].value,
				      (unsigned long long)lesson.rows[i].times);
	CU_ASSERT_STRING_EQUAL(text, expected);
	lesson_clear(&lesson);
}

static void test_each_use_has_its_key(void)
{
	note(LESSON_READS, "/etc/hosts");
	note(LESSON_READS, "/etc/hosts");
	note(LESSON_EXECUTES, "/usr/bin/true");
	note(LESSON_WRITES, "/var/lib/a/log");
	lesson_note(&lesson, LESSON_MAKES, "/var/lib/b/new", false);
	note(LESSON_REPLACES, "/var/lib/c/old");
	note(LESSON_CALLS, "memfd_create");
	note(LESSON_CALLS, "clone");
	note(LESSON_CALLS, "fork");
	note(LESSON_CALLS, "uname");
	note(LESSON_CALLS, "unshare");
	is("call unshare 1\nexecute /usr/bin/true 1\nkind program 1\nmemfd allow 1\npids 2 1\n"
	   "read /etc/hosts 2\nsyscalls uname 1\n"
	   "write /var/lib/a/log 1\nwrite /var/lib/b 1\nwrite /var/lib/c 1\n");
}

static void test_what_is_not_there_needs_no_grant_but_to_be_made(void)
{
	lesson_note(&lesson, LESSON_READS, "/etc/none", false);
	lesson_note(&lesson, LESSON_WRITES, "/var/lib/new", false);
	is("write /var/lib 1\n");
}

/* mkdir -p makes each folder on the way */
static void test_to_make_what_exists_needs_that_it_is_seen(void)
{
	note(LESSON_MAKES, "/srv");
	note(LESSON_MAKES, "/srv/x");
	note(LESSON_SEES, "/srv/x");
	lesson_note(&lesson, LESSON_MAKES, "/srv/x/data/new", false);
	note(LESSON_MAKES, "/var");
	note(LESSON_READS, "/var/lib/one");
	is("read /var/lib/one 1\nwrite /srv/x/data 1\n");
	note(LESSON_MAKES, "/srv/other");
	note(LESSON_SEES, "/etc");
	note(LESSON_SEES, "/dev");
	note(LESSON_READS, "/dev/null");
	is("devices /dev/null 1\nread /srv/other 1\nwhole /etc 1\n");
}

static void test_what_does_not_exist_is_no_place_to_go_to(void)
{
	lesson_note(&lesson, LESSON_SEES, "/srv/none", false);
	is("");
}

static void test_a_call_is_dropped_where_other_keys_allow_it(void)
{
	lesson_call(&lesson, "openat", 1 | 2);
	lesson_call(&lesson, "uname", 4);
	lesson_call(&lesson, "uname", 4);
	lesson_call(&lesson, "newfstatat", 1 | 2);
	lesson_call(&lesson, "newfstatat", 2);
	lesson_call(&lesson, "prctl", 0);
	lesson_finish(&lesson);
	lesson_drop_calls(&lesson, 1);
	is("call prctl 1\nsyscalls newfstatat 2\nsyscalls uname 2\n");
}

/* by the key that it is proposed, the system listens for it */
static void test_who_is_to_listen_by_a_key_needs_no_call_for_it(void)
{
	lesson_note(&lesson, LESSON_LISTENS, "0.0.0.0:80", true);
	lesson_call(&lesson, "listen", 2);
	lesson_call(&lesson, "setsockopt", 2);
	lesson_finish(&lesson);
	lesson_drop_calls(&lesson, 1);
	is("listen 0.0.0.0:80 1\nnetwork host 1\nsyscalls setsockopt 1\n");
	lesson_call(&lesson, "listen", 2);
	lesson_finish(&lesson);
	lesson_drop_calls(&lesson, 1);
	is("syscalls listen 1\n");
}

/* it has it now by that key, and is to have that */
static void test_a_key_is_not_dropped_for_what_it_gives(void)
{
	lesson_call(&lesson, "memfd_create", 1);
	lesson_finish(&lesson);
	lesson_drop_calls(&lesson, 1);
	is("memfd allow 1\n");
}

static void test_the_kernel_s_view_of_a_process_cannot_be_granted(void)
{
	note(LESSON_READS, "/proc/self/exe");
	note(LESSON_READS, "/proc/17/stat");
	note(LESSON_READS, "/proc/meminfo");
	is("call /proc/17/stat 1\ncall /proc/self/exe 1\n"
	   "read /proc/meminfo 1\n");
}

/* what it proposed would be refused */
static void test_what_no_file_can_name_is_no_proposal(void)
{
	note(LESSON_READS, "/srv/a\nb");
	note(LESSON_WRITES, "/srv/\xff");
	note(LESSON_READS, "/srv/\xe2\x80\xae" "c");	/* turns what follows */
	note(LESSON_READS, "/srv/\xf0\x9f\x98\x80");
	note(LESSON_READS, "/srv/\xc3\xa9");
	is("call /srv/a\nb 1\ncall /srv/\xe2\x80\xae" "c 1\n"
	   "call /srv/\xff 1\nread /srv/\xc3\xa9 1\n"
	   "read /srv/\xf0\x9f\x98\x80 1\n");
}

static void test_the_host_s_root_is_nobody_s(void)
{
	lesson_note(&lesson, LESSON_MAKES, "/new", false);
	is("call /new 1\n");
}

static void test_an_address_says_which_network(void)
{
	note(LESSON_CONNECTS, "127.0.0.1:80");
	note(LESSON_LISTENS, "[::1]:80");
	is("connect 127.0.0.1:80 1\nlisten [::1]:80 1\nnetwork host 2\n");
	note(LESSON_CONNECTS, "[::1]:80");
	note(LESSON_LISTENS, "[::1]:80");
	is("connect [::1]:80 1\nlisten [::1]:80 1\nnetwork loopback 2\n");
	note(LESSON_CONNECTS, "127.0.0.1:80");
	note(LESSON_CONNECTS, "192.0.2.1:80");
	is("connect 127.0.0.1:80 1\nconnect 192.0.2.1:80 1\nnetwork host 2\n");
	note(LESSON_SENDS, "");
	is("network host 1\n");
}

/* in a loopback of its own nobody else listens */
static void test_a_program_needs_a_network_with_others_in_it(void)
{
	lesson.is_program = true;
	note(LESSON_CONNECTS, "127.0.0.1:80");
	note(LESSON_LISTENS, "127.0.0.1:81");
	is("connects 127.0.0.1:80 1\nlistens 127.0.0.1:81 1\nnetwork host 2\n");
	note(LESSON_CONNECTS, "127.0.0.1:81");
	note(LESSON_LISTENS, "127.0.0.1:81");
	is("connects 127.0.0.1:81 1\nlistens 127.0.0.1:81 1\n"
	   "network loopback 2\n");
	lesson.is_program = false;
}

static void test_datagrams_need_a_network_whatever_else_is_made_for_it(void)
{
	note(LESSON_CONNECTS, "192.0.2.1:80");
	note(LESSON_SENDS, "");
	is("connects 192.0.2.1:80 1\nnetwork host 2\n");
	note(LESSON_CONNECTS, "192.0.2.1:80");
	is("connect 192.0.2.1:80 1\nnetwork host 1\n");
}

static void test_what_may_be_executed_may_be_read(void)
{
	note(LESSON_READS, "/opt/a/tool");
	note(LESSON_EXECUTES, "/opt/a/tool");
	note(LESSON_READS, "/opt/a/data");
	lesson_note(&lesson, LESSON_EXECUTES, "/opt/gone", false);
	is("execute /opt/a/tool 2\nread /opt/a/data 1\n");
	/* what it also writes is for the author to part */
	note(LESSON_WRITES, "/opt/a");
	note(LESSON_EXECUTES, "/opt/a/tool");
	is("execute /opt/a/tool 1\nwrite /opt/a 1\n");
}

static void test_what_may_be_written_may_be_read(void)
{
	note(LESSON_READS, "/var/lib/a/log");
	note(LESSON_REPLACES, "/var/lib/a/new");
	note(LESSON_READS, "/var/lib/ab");
	is("read /var/lib/ab 1\nwrite /var/lib/a 2\n");
}

static void test_many_files_are_their_folder(void)
{
	char path[64];

	for (int i = 0; i <= LESSON_SIBLINGS_MAX; i++) {
		snprintf(path, sizeof(path), "/usr/share/words/%d", i);
		note(LESSON_READS, path);
		snprintf(path, sizeof(path), "/etc/%d", i);
		if (i < 2)
			note(LESSON_READS, path);
	}
	is("read /etc/0 1\nread /etc/1 1\nread /usr/share/words 9\n");
	for (int i = 0; i < LESSON_SIBLINGS_MAX; i++) {
		snprintf(path, sizeof(path), "/usr/share/words/%d", i);
		note(LESSON_READS, path);
	}
	lesson_finish(&lesson);
	CU_ASSERT_EQUAL(lesson.n_rows, LESSON_SIBLINGS_MAX);
	lesson_clear(&lesson);
}

/* many of one folder are one thing in the folder above */
static void test_a_folder_of_many_files_is_one_of_its_siblings(void)
{
	char path[64];

	for (int i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "/usr/lib/python/file-%d", i);
		note(LESSON_READS, path);
	}
	note(LESSON_READS, "/usr/lib/ssl/openssl.cnf");
	note(LESSON_READS, "/usr/share/one");
	note(LESSON_READS, "/usr/lib/other");
	is("read /usr/lib/other 1\nread /usr/lib/python 40\n"
	   "read /usr/lib/ssl/openssl.cnf 1\nread /usr/share/one 1\n");
}

static void test_whatever_the_order_nothing_is_said_twice(void)
{
	note(LESSON_READS, "/srv/b/one");
	note(LESSON_READS, "/srv/c");
	note(LESSON_READS, "/srv/b/two");
	note(LESSON_READS, "/srv/c/one");
	note(LESSON_READS, "/srv/b");
	note(LESSON_READS, "/srv");
	is("read /srv 6\n");
}

static void test_a_device_has_a_key_of_its_own(void)
{
	note(LESSON_READS, "/dev/urandom");
	note(LESSON_WRITES, "/dev/urandom");
	lesson_note(&lesson, LESSON_READS, "/dev/none", false);
	note(LESSON_READS, "/dev/shm/pool");
	is("devices /dev/urandom 2\nread /dev/shm/pool 1\n");
}

static void test_never_all_of_a_folder_of_the_root(void)
{
	char path[64];

	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "/etc/%d", i);
		note(LESSON_READS, path);
	}
	lesson_finish(&lesson);
	CU_ASSERT_EQUAL(lesson.n_rows, 20);
	lesson_clear(&lesson);
}

/* to list it is to be told, and not proposed */
static void test_a_folder_of_the_host_s_root_is_no_proposal(void)
{
	note(LESSON_READS, "/etc");
	note(LESSON_READS, "/etc/hosts");
	lesson_note(&lesson, LESSON_MAKES, "/usr/new", false);
	note(LESSON_WRITES, "/run");
	note(LESSON_READS, "/srv");
	is("read /etc/hosts 1\nread /srv 1\nwhole /etc 1\nwhole /run 1\n"
	   "whole /usr 1\n");
}

static void test_what_has_no_room_is_counted(void)
{
	char path[64];

	for (int i = 0; i < LESSON_ROWS_MAX + 5; i++) {
		snprintf(path, sizeof(path), "/a%d/b/c", i);
		note(LESSON_READS, path);
	}
	CU_ASSERT_EQUAL(lesson.n_rows, LESSON_ROWS_MAX);
	CU_ASSERT_EQUAL(lesson.n_lost, 5);
	lesson_clear(&lesson);
}

static void test_a_path_is_as_a_file_names_it(void)
{
	static const struct {
		const char *path;
		const char *shown;
	} rows[] = {
		{ "/", "/" },
		{ "//", "/" },
		{ "/a", "/a" },
		{ "/a/", "/a" },
		{ "//a///b", "/a/b" },
		{ "/a/./b/.", "/a/b" },
		{ "/a/../b", "/b" },
		{ "/../../a", "/a" },
		{ "/a/b/..", "/a" },
		{ "/a/..", "/" },
		{ "/a/..b/...", "/a/..b/..." },
	};
	char path[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(path, sizeof(path), "%s", rows[i].path);
		CU_ASSERT_STRING_EQUAL(lesson_path(path), rows[i].shown);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_each_use_has_its_key),
	HARNESS_TEST(test_what_is_not_there_needs_no_grant_but_to_be_made),
	HARNESS_TEST(test_to_make_what_exists_needs_that_it_is_seen),
	HARNESS_TEST(test_what_does_not_exist_is_no_place_to_go_to),
	HARNESS_TEST(test_a_call_is_dropped_where_other_keys_allow_it),
	HARNESS_TEST(test_a_key_is_not_dropped_for_what_it_gives),
	HARNESS_TEST(test_who_is_to_listen_by_a_key_needs_no_call_for_it),
	HARNESS_TEST(test_the_kernel_s_view_of_a_process_cannot_be_granted),
	HARNESS_TEST(test_what_no_file_can_name_is_no_proposal),
	HARNESS_TEST(test_the_host_s_root_is_nobody_s),
	HARNESS_TEST(test_an_address_says_which_network),
	HARNESS_TEST(test_a_program_needs_a_network_with_others_in_it),
	HARNESS_TEST(test_datagrams_need_a_network_whatever_else_is_made_for_it),
	HARNESS_TEST(test_what_may_be_executed_may_be_read),
	HARNESS_TEST(test_what_may_be_written_may_be_read),
	HARNESS_TEST(test_many_files_are_their_folder),
	HARNESS_TEST(test_a_folder_of_many_files_is_one_of_its_siblings),
	HARNESS_TEST(test_whatever_the_order_nothing_is_said_twice),
	HARNESS_TEST(test_a_device_has_a_key_of_its_own),
	HARNESS_TEST(test_never_all_of_a_folder_of_the_root),
	HARNESS_TEST(test_a_folder_of_the_host_s_root_is_no_proposal),
	HARNESS_TEST(test_what_has_no_room_is_counted),
	HARNESS_TEST(test_a_path_is_as_a_file_names_it),
};
HARNESS_MAIN(tests)
