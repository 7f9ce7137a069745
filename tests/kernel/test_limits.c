/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_limits.c - who was refused a process is told of, and not too often.
 *
 * Ordinary files play the cgroup, whose controller few hosts have on version 2; what
 * the kernel makes of it is seen by tests/vm.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/limits.h"
#include "tests/harness/harness.h"

static struct tree tree;
static struct supervisor s;
static struct spec_node node;
static struct child child;
static char folder[64];
static unsigned int n_records;
static uint64_t last_count;

void notes_limit(struct child *c, uint64_t n_refused)
{
	CU_ASSERT_PTR_EQUAL(c, &child);
	n_records++;
	last_count = n_refused;
}

static void refuse(unsigned int n)
{
	char text[32];
	int fd;

	snprintf(text, sizeof(text), "max %u\n", n);
	fd = openat(child.cgroup.fd, CGROUP_PIDS_EVENTS,
		    O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void begin(unsigned int controllers, uint32_t pids)
{
	tree = (struct tree){ .host.cgroups.controllers = controllers };
	s = (struct supervisor){ .tree = &tree };
	node = (struct spec_node){ .kind = SPEC_PROGRAM,
				   .sandbox.pids = pids };
	child = (struct child){ .supervisor = &s, .node = &node };
	n_records = 0;
	strcpy(folder, "/tmp/actorproc-limits-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	child.cgroup.fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_FATAL(child.cgroup.fd >= 0);
	refuse(0);
	CU_ASSERT_FATAL(sd_event_new(&s.event) >= 0);
	limits_watch(&child);
}

static void end(void)
{
	limits_end(&child);
	CU_ASSERT_PTR_NULL(child.limits);
	sd_event_unref(s.event);
	unlinkat(child.cgroup.fd, CGROUP_PIDS_EVENTS, 0);
	close(child.cgroup.fd);
	rmdir(folder);
}

/* all that is there to be handled */
static void settle(void)
{
	while (sd_event_run(s.event, 0) > 0)
		;
}

static void test_who_is_refused_is_told_of_at_once(void)
{
	begin(1u << CGROUP_PIDS, 10);
	settle();
	CU_ASSERT_EQUAL(n_records, 0);
	refuse(3);
	while (n_records == 0)
		CU_ASSERT_FATAL(sd_event_run(s.event, 10000000) > 0);
	CU_ASSERT_EQUAL(last_count, 3);
	end();
	CU_ASSERT_EQUAL(n_records, 1);
}

static void test_what_follows_at_once_is_told_later_or_at_the_end(void)
{
	begin(1u << CGROUP_PIDS, 10);
	refuse(1);
	while (n_records == 0)
		CU_ASSERT_FATAL(sd_event_run(s.event, 10000000) > 0);
	for (unsigned int i = 2; i < 100; i++) {
		refuse(i);
		settle();
	}
	CU_ASSERT_EQUAL(n_records, 1);
	end();
	CU_ASSERT_EQUAL(n_records, 2);
	CU_ASSERT_EQUAL(last_count, 99);
}

static void test_it_is_told_again_after_a_while(void)
{
	uint64_t began_ns, now_ns;

	begin(1u << CGROUP_PIDS, 10);
	sd_event_now(s.event, CLOCK_MONOTONIC, &began_ns);
	refuse(1);
	while (n_records == 0)
		CU_ASSERT_FATAL(sd_event_run(s.event, 10000000) > 0);
	refuse(2);
	while (n_records == 1)
		CU_ASSERT_FATAL(sd_event_run(s.event, 20000000) > 0);
	sd_event_now(s.event, CLOCK_MONOTONIC, &now_ns);
	CU_ASSERT(now_ns - began_ns >= LIMITS_QUIET_NS / 1000);
	CU_ASSERT_EQUAL(last_count, 2);
	end();
	CU_ASSERT_EQUAL(n_records, 2);
}

static void test_what_an_earlier_program_of_ours_told_is_not_told_again(void)
{
	begin(1u << CGROUP_PIDS, 10);
	refuse(5);
	end();
	CU_ASSERT_EQUAL(n_records, 1);
	begin(1u << CGROUP_PIDS, 10);
	limits_end(&child);
	refuse(5);
	limits_watch(&child);
	settle();
	end();
	CU_ASSERT_EQUAL(n_records, 0);
}

static void test_nobody_is_watched_for_whom_nothing_is_counted(void)
{
	begin(1u << CGROUP_MEMORY, 10);
	CU_ASSERT_PTR_NULL(child.limits);
	end();
	begin(1u << CGROUP_PIDS, 1);
	CU_ASSERT_PTR_NULL(child.limits);
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_who_is_refused_is_told_of_at_once),
	HARNESS_TEST(test_what_follows_at_once_is_told_later_or_at_the_end),
	HARNESS_TEST(test_it_is_told_again_after_a_while),
	HARNESS_TEST(test_what_an_earlier_program_of_ours_told_is_not_told_again),
	HARNESS_TEST(test_nobody_is_watched_for_whom_nothing_is_counted),
};

HARNESS_MAIN(tests)
