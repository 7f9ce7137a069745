/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_storm.c - all children of a supervisor die at one moment.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/system/story.h"

#define MEMBERS 100
#define STORMS_MAX 20

static const char herd[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: g, intensity: 10000 in 1s, start_order: parallel,\n"
	"      children: [\n"
	"        { name: m, instances: 100, " STORY_ACTOR " } ] }\n";

/** struct member - as `actorctl tree` shows it */
struct member {
	pid_t pid;
	json_int_t generation;
};

static const char *name_of(size_t i, char name[32])
{
	snprintf(name, 32, "g/m-%zu", i + 1);
	return name;
}

/* its row, of all there are; NULL: it is not there */
static const json_t *row_of(const json_t *rows, const char *path)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (story_record(row, "path", path))
			return row;
	return NULL;
}

/* Return: how many of them run in that generation; -1: no answer, or one without
 * their supervisor, which has 2 s for it */
static int look(struct tree *tree, json_int_t generation,
		struct member members[MEMBERS])
{
	json_t *rows = story_json(tree, "tree", NULL);
	char name[32], path[STORY_PATH_BYTES];
	const json_t *row;
	int n = rows ? 0 : -1;

	for (size_t i = 0; n >= 0 && i < MEMBERS; i++) {
		row = row_of(rows, story_path(tree, name_of(i, name), path));
		if (!row) {
			n = -1;
			break;
		}
		members[i] = (struct member){
			.pid = (pid_t)json_integer_value(
				json_object_get(row, "pid")),
			.generation = json_integer_value(
				json_object_get(row, "generation")),
		};
		n += members[i].generation == generation &&
		     story_record(row, "state", "running");
	}
	json_decref(rows);
	return n;
}

struct wanted {
	json_int_t generation;
	struct member *members;
	int n;
};

static bool all_run(struct tree *tree, void *data)
{
	const struct wanted *wanted = data;

	return look(tree, wanted->generation, wanted->members) == MEMBERS;
}

static void await_all(struct tree *tree, json_int_t generation,
		      struct member members[MEMBERS])
{
	struct wanted wanted = { generation, members, -1 };

	CU_ASSERT_TRUE_FATAL(tree_wait_until(tree, all_run, &wanted));
}

static bool are_told_of(struct tree *tree, void *data)
{
	struct wanted *wanted = data;

	wanted->n = look(tree, wanted->generation, wanted->members);
	return wanted->n >= 0;
}

/* Return: how many run in that generation, in the first answer there is */
static int await_answer(struct tree *tree, json_int_t generation,
			struct member members[MEMBERS])
{
	struct wanted wanted = { generation, members, -1 };

	CU_ASSERT_TRUE_FATAL(tree_wait_until(tree, are_told_of, &wanted));
	return wanted.n;
}

/* each when the one before has ended, in any order but that of the file */
static size_t nth_to_die(size_t i)
{
	return i * 37 % MEMBERS;
}

static void end_process(pid_t pid)
{
	struct pollfd gone = { .events = POLLIN };

	gone.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	CU_ASSERT_TRUE_FATAL(gone.fd >= 0);
	CU_ASSERT_EQUAL(kill(pid, SIGKILL), 0);
	while (poll(&gone, 1, -1) < 0 && errno == EINTR)
		;
	CU_ASSERT(gone.revents & POLLIN);
	close(gone.fd);
}

static json_int_t group_of(struct tree *tree, size_t i)
{
	char name[32];
	json_t *group = story_decision(tree, name_of(i, name), "restart",
				       "group");
	json_int_t number = strtoll(json_string_value(group) ?
				    json_string_value(group) : "0", NULL, 10);

	if (json_is_integer(group))
		number = json_integer_value(group);
	json_decref(group);
	return number;
}

static void test_who_dies_first_is_decided_first(void)
{
	struct member members[MEMBERS];
	json_int_t group, last = 0;
	struct tree tree;
	size_t i;
	pid_t pid;

	tree_start(&tree, herd);
	await_all(&tree, 0, members);
	pid = story_pid(&tree, "g");
	story_freeze(&tree, "g");
	for (i = 0; i < MEMBERS; i++)
		end_process(members[nth_to_die(i)].pid);
	CU_ASSERT_EQUAL(kill(pid, SIGCONT), 0);
	await_all(&tree, 1, members);
	for (i = 0; i < MEMBERS; i++) {
		group = group_of(&tree, nth_to_die(i));
		CU_ASSERT_TRUE(group > last);
		last = group;
	}
	tree_stop(&tree);
}

/* asked again and again, it is answered while some are still on their way */
static void test_the_tree_is_told_while_the_storm_goes_on(void)
{
	struct member members[MEMBERS];
	struct tree tree;
	int n = MEMBERS, i;

	tree_start(&tree, herd);
	for (i = 0; i < STORMS_MAX && n == MEMBERS; i++) {
		await_all(&tree, i, members);
		for (size_t k = 0; k < MEMBERS; k++)
			kill(members[k].pid, SIGKILL);
		n = await_answer(&tree, i + 1, members);
	}
	CU_ASSERT_TRUE(n < MEMBERS);
	await_all(&tree, i, members);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_who_dies_first_is_decided_first),
	HARNESS_TEST(test_the_tree_is_told_while_the_storm_goes_on),
};
HARNESS_MAIN(tests)
