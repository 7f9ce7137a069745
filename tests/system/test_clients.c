/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_clients.c - clients of the control socket that behave badly: others are
 * served, and the tree does not notice.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/story.h"

#define MANY 200

static const char two[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: a, refs: [b], " STORY_ACTOR " }\n"
	"  - { name: b, " STORY_ACTOR " }\n";

static int connect_client(const struct tree *tree)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path),
		 "%.60s/run/%.20s/control", tree->directory, tree->system);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL_FATAL(connect(fd, (struct sockaddr *)&address,
				      sizeof(address)), 0);
	return fd;
}

static void expect_served(struct tree *tree)
{
	story_expect(tree, "a", "echo", "served", "served");
	CU_ASSERT(story_is(tree, "/system/control", "generation", "0"));
	CU_ASSERT(story_is(tree, "a", "generation", "0"));
}

static void test_what_is_no_bus_message_ends_only_its_connection(void)
{
	static const struct {
		const char *bytes;
		size_t n;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n\r\n", 18 },
		{ "\0", 1 },
		{ "\0AUTH", 5 },
		{ "\0AUTH EXTERNAL 30\r\nBEGIN\r\n\xff\xff\xff\xff\xff\xff\xff"
		  "\xff\xff\xff\xff\xff\xff\xff\xff\xff", 43 },
		{ "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\nl\1\0\1\xff\xff\xff\x7f"
		  "\1\0\0\0\xff\xff\xff\x7f", 46 },
	};
	struct tree tree;
	int fds[5];

	tree_start(&tree, two);
	for (size_t i = 0; i < 5; i++) {
		fds[i] = connect_client(&tree);
		CU_ASSERT_EQUAL(send(fds[i], rows[i].bytes, rows[i].n,
				     MSG_NOSIGNAL), (ssize_t)rows[i].n);
		expect_served(&tree);
	}
	for (size_t i = 0; i < 5; i++)
		close(fds[i]);
	expect_served(&tree);
	tree_stop(&tree);
}

static void test_many_that_say_nothing_keep_nobody_out_for_good(void)
{
	struct tree tree;
	int fds[MANY];

	tree_start(&tree, two);
	for (int i = 0; i < MANY; i++)
		fds[i] = connect_client(&tree);
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
	expect_served(&tree);
	tree_stop(&tree);
}

/* as many as there is room for; the last is refused */
static int fill_line(const struct tree *tree, int fds[MANY])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int n = 0;

	snprintf(address.sun_path, sizeof(address.sun_path),
		 "%.60s/run/%.20s/control", tree->directory, tree->system);
	for (; n < MANY; n++) {
		fds[n] = socket(AF_UNIX,
				SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (connect(fds[n], (struct sockaddr *)&address,
			    sizeof(address)) == 0)
			continue;
		CU_ASSERT_EQUAL(errno, EAGAIN);
		close(fds[n]);
		break;
	}
	return n;
}

static void test_who_is_not_let_in_is_told_so(void)
{
	struct tree_result result;
	struct tree tree;
	int fds[MANY], n;
	pid_t control;

	tree_start(&tree, two);
	control = story_pid(&tree, "/system/control");
	story_freeze(&tree, "/system/control");
	n = fill_line(&tree, fds);
	CU_ASSERT(n > 0 && n < MANY);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "tree", NULL), 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "lets nobody in"));
	tree_result_clear(&result);
	CU_ASSERT_EQUAL(kill(control, SIGCONT), 0);
	while (n-- > 0)
		close(fds[n]);
	expect_served(&tree);
	tree_stop(&tree);
}

/* an actorctl that is killed while it waits for its answer */
static pid_t ask_in_vain(struct tree *tree)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		story_ask(tree, "b", "defer", NULL, NULL);
		_exit(0);
	}
	setpgid(pid, pid);
	return pid;
}

static void test_an_answer_for_who_has_left_harms_nobody(void)
{
	struct tree tree;
	pid_t pid;

	tree_start(&tree, two);
	story_freeze(&tree, "b");
	pid = ask_in_vain(&tree);
	CU_ASSERT(story_await(&tree, "b", "mailbox", "1"));
	CU_ASSERT_EQUAL(kill(-pid, SIGKILL), 0);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	story_signal(&tree, "b", SIGCONT);
	story_tell(&tree, "b", "answer", "nobody");
	expect_served(&tree);
	story_expect(&tree, "b", "echo", "here", "here");
	tree_stop(&tree);
}

static void test_a_crash_of_the_server_of_all_this_is_survived(void)
{
	struct tree tree;
	pid_t pid;

	tree_start(&tree, two);
	story_freeze(&tree, "b");
	pid = ask_in_vain(&tree);
	CU_ASSERT(story_await(&tree, "b", "mailbox", "1"));
	story_signal(&tree, "/system/control", SIGKILL);
	/* who waited is told, and not left waiting */
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	CU_ASSERT(story_await_generation(&tree, "/system/control", 1));
	story_signal(&tree, "b", SIGCONT);
	story_expect(&tree, "b", "echo", "here", "here");
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_is_no_bus_message_ends_only_its_connection),
	HARNESS_TEST(test_many_that_say_nothing_keep_nobody_out_for_good),
	HARNESS_TEST(test_who_is_not_let_in_is_told_so),
	HARNESS_TEST(test_an_answer_for_who_has_left_harms_nobody),
	HARNESS_TEST(test_a_crash_of_the_server_of_all_this_is_survived),
};
HARNESS_MAIN(tests)
