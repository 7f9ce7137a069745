/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_siege.c - actors take as much as they can: who is beside them still works.
 *
 * The attackers are actors/bench/bench-siege.c in the default sandbox, two at a
 * time. How much slower their siblings become is measured by scripts/bench --siege;
 * what is asked here has no clock: all asks are answered, no message is lost, and
 * the attacker has what its sandbox lets it have and no more.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness/proc.h"
#include "tests/system/story.h"

#define BENCH "exec: \"@ACTORS@/../../../actors/bench/"
#define N_ATTACKERS 2
#define PROCESSES_MAX 64	/* of a program, by default */
#define DESCRIPTORS_MAX 4096

static const char siblings[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: victim, " BENCH "bench-sink\", start_timeout: 10min }\n"
	"  - { name: source, refs: [victim], start_timeout: 10min,\n"
	"      " BENCH "bench-source\", args: [\"0\", victim] }\n";

static void start(struct tree *tree, const char *how, bool program)
{
	char text[2048];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "%s", siblings);
	for (int i = 0; i < N_ATTACKERS; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n,
			"  - { name: attacker-%d, %s, start_timeout: 10min,\n"
			"      " BENCH "bench-siege\", args: [%s] }\n",
			i, program ? "kind: program, ready: at_once" : "refs: [victim]", how);
	tree_start(tree, text);
}

/* ---- what is left for others ---------------------------------------------- */

static void expect_answers(struct tree *tree)
{
	char *answer = NULL;

	CU_ASSERT_EQUAL(story_ask(tree, "source", "ask", "size=64 n=200",
				  &answer), 0);
	harness_note("ns at p50 and p99: %s", answer ? answer : "none");
	free(answer);
}

static size_t n_of_uid(uid_t uid)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	char path[300];
	struct stat st;
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(proc);
	while ((entry = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s", entry->d_name);
		n += isdigit((unsigned char)entry->d_name[0]) &&
		     stat(path, &st) == 0 && st.st_uid == uid;
	}
	closedir(proc);
	return n;
}

/* the others of a program have another dumpability, and so root's files */
static uid_t uid_of(pid_t pid)
{
	uint64_t uid = 0;

	proc_status(pid, "Uid", 10, &uid);
	return (uid_t)uid;
}

static void expect_contained(struct tree *tree, const char *name)
{
	pid_t pid = story_pid(tree, name);

	CU_ASSERT(story_is(tree, name, "generation", "0"));
	if (geteuid() != 0 || !uid_of(pid))
		return;
	CU_ASSERT(n_of_uid(uid_of(pid)) <= PROCESSES_MAX);
	CU_ASSERT(proc_n_descriptors(pid) <= DESCRIPTORS_MAX);
}

static void besiege(const char *how, bool program)
{
	struct tree tree;
	pid_t supervisor, victim;
	char name[16];

	start(&tree, how, program);
	supervisor = story_pid(&tree, "");
	victim = story_pid(&tree, "victim");
	expect_answers(&tree);
	CU_ASSERT(tree_wait_until(&tree, story_adds_up, NULL));
	expect_answers(&tree);
	for (int i = 0; i < N_ATTACKERS; i++) {
		snprintf(name, sizeof(name), "attacker-%d", i);
		expect_contained(&tree, name);
	}
	CU_ASSERT_EQUAL(story_pid(&tree, ""), supervisor);
	CU_ASSERT_EQUAL(story_pid(&tree, "victim"), victim);
	for (int i = 0; i < N_ATTACKERS; i++) {
		snprintf(name, sizeof(name), "attacker-%d", i);
		CU_ASSERT_EQUAL(story_act(&tree, "stop", name), 0);
	}
	expect_answers(&tree);
	CU_ASSERT(tree_wait_until(&tree, story_adds_up, NULL));
	tree_stop(&tree);
}

static void test_beside_who_takes_the_processors_all_is_answered(void)
{
	besiege("cpu", false);
}

static void test_beside_who_takes_memory_all_is_answered(void)
{
	besiege("memory", false);
}

static void test_beside_who_takes_descriptors_all_is_answered(void)
{
	besiege("descriptors", false);
}

static void test_beside_who_fills_its_mailbox_all_is_answered(void)
{
	besiege("mailbox", false);
}

static void test_beside_a_fork_bomb_all_is_answered(void)
{
	besiege("fork", true);
}

/* ---- records and letters ---------------------------------------------------- */

struct letters {
	size_t n;		/* records of their own */
	json_int_t count;	/* with what was held back, or had no room */
};

/* of what @path could do nothing with */
static struct letters letters_of(const struct tree *tree, json_t *records,
				 const char *path)
{
	struct letters sum = { 0, 0 };
	char full[STORY_PATH_BYTES];
	const char *count;
	json_t *record;
	size_t i;

	story_path(tree, path, full);
	json_array_foreach(records, i, record) {
		if (!story_record(record, "ACTOR_PATH", full))
			continue;
		count = json_string_value(json_object_get(record,
							  "ACTOR_COUNT"));
		sum.n += story_record(record, "ACTOR_RECORD", "dead-letter");
		sum.count += count ? atoll(count) : 0;
	}
	return sum;
}

/* who has more of them than anybody reads is cut short, and only that one */
static void test_a_flood_of_letters_hides_nobody_else_s(void)
{
	static const char config[] =
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: b, " STORY_ACTOR " }\n"
		"  - { name: c, " STORY_ACTOR " }\n"
		"  - { name: loud, refs: [b], " STORY_ACTOR " }\n"
		"  - { name: quiet, refs: [c], " STORY_ACTOR " }\n";
	struct letters of_b, of_c;
	struct tree tree;
	json_t *records;

	story_hide_journal();
	tree_start(&tree, config);
	story_tell(&tree, "loud", "flood", "20000 b nonsense");
	story_tell(&tree, "quiet", "burst", "5 c nonsense");
	CU_ASSERT(tree_wait_for(&tree, "flooded", "ask", "/@SYSTEM@/loud",
				"notes", NULL));
	CU_ASSERT(story_await(&tree, "b", "mailbox", "0"));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	records = story_spool(&tree);
	of_b = letters_of(&tree, records, "b");
	of_c = letters_of(&tree, records, "c");
	CU_ASSERT_EQUAL(of_c.n, 5);
	CU_ASSERT_EQUAL(of_c.count, 5);
	CU_ASSERT_EQUAL(of_b.n, 10);
	harness_note("%llu are told of", (unsigned long long)of_b.count);
	CU_ASSERT_EQUAL(of_b.count, 20000);
	json_decref(records);
	tree_forget(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_beside_who_takes_the_processors_all_is_answered),
	HARNESS_TEST(test_beside_who_takes_memory_all_is_answered),
	HARNESS_TEST(test_beside_who_takes_descriptors_all_is_answered),
	HARNESS_TEST(test_beside_who_fills_its_mailbox_all_is_answered),
	HARNESS_TEST(test_beside_a_fork_bomb_all_is_answered),
	HARNESS_TEST(test_a_flood_of_letters_hides_nobody_else_s),
};
HARNESS_MAIN(tests)
