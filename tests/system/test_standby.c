/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_standby.c - `standby: 1` on real trees: the process that waits is the
 * next, and nobody but its supervisor knows that it was there before.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/proc.h"
#include "tests/system/brood.h"
#include "tests/system/story.h"

static const char tree_text[] =
	"system: \"@SYSTEM@\"\nintensity: 50 in 1min\nchildren:\n"
	"  - { name: out, refs: [\"/@SYSTEM@/g/a\"], " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    intensity: 50 in 1min\n"
	"    children:\n"
	"      - { name: a, standby: 1, refs: [\"/@SYSTEM@/out\"],\n"
	"          watchdog: { loop: 1s, misses: 1 }, " STORY_ACTOR " }\n"
	"      - { name: b, " STORY_ACTOR " }\n";

static const char early_text[] =
	"system: \"@SYSTEM@\"\nintensity: 50 in 1min\nchildren:\n"
	"  - { name: a, standby: 1, " STORY_ACTOR ",\n"
	"      args: [--early, \"@DIRECTORY@/trace\"],\n"
	"      sandbox: { read: [\"@DIRECTORY@/trace\"] } }\n";

static const char any_text[] =
	"system: \"@SYSTEM@\"\nintensity: 50 in 1min\nchildren:\n"
	"  - name: g\n"
	"    intensity: 50 in 1min\n"
	"    children:\n"
	"      - { name: a, " STORY_ACTOR " }\n"
	"      - { name: w, instances: 2, " STORY_ACTOR " }\n";

static const char stages_text[] =
	"system: \"@SYSTEM@\"\nintensity: 50 in 1min\nchildren:\n"
	"  - { name: a, standby: 1, " STORY_ACTOR " }\n"
	"  - { name: plain, standby: 1, exec: \"@ACTORS@/test-giver\",\n"
	"      start_timeout: 10min }\n";

static pid_t spare_of(struct tree *tree, const char *path)
{
	CU_ASSERT(story_await(tree, path, "standby", "waiting"));
	return (pid_t)story_number(tree, path, "standby_pid");
}

static void is_now(struct tree *tree, const char *path, pid_t pid)
{
	CU_ASSERT(story_await(tree, path, "state", "running"));
	CU_ASSERT(pid > 0);
	CU_ASSERT_EQUAL(story_pid(tree, path), pid);
}

/* the same message as ever, the next message in the other process */
static void test_the_process_that_waits_is_the_next(void)
{
	struct tree tree;
	pid_t spare;

	tree_start(&tree, tree_text);
	for (unsigned int i = 1; i <= 5; i++) {
		spare = spare_of(&tree, "g/a");
		CU_ASSERT_NOT_EQUAL(spare, story_pid(&tree, "g/a"));
		story_tell(&tree, "g/a", "crash", NULL);
		story_tell(&tree, "g/a", "note", "after");
		CU_ASSERT(story_await_generation(&tree, "g/a", i));
		is_now(&tree, "g/a", spare);
		story_expect(&tree, "g/a", "notes", NULL, "after\n");
	}
	json_decref(story_await_letters(&tree, "g/a", "crashed", 5));
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/a", "standby-lost"), 0);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* whatever a process can ask says the same as of one that was not there before */
static void test_it_cannot_tell_that_it_stood_by(void)
{
	char *who, *say, path[STORY_PATH_BYTES];
	struct tree tree;
	char wanted[STORY_PATH_BYTES + 32];

	tree_start(&tree, tree_text);
	spare_of(&tree, "g/a");
	story_tell(&tree, "g/a", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "g/a", 1));
	story_path(&tree, "g/a", path);
	story_expect(&tree, "g/a", "variable", "ACTOR_GENERATION", "1");
	story_expect(&tree, "g/a", "variable", "ACTOR_PATH", path);
	snprintf(wanted, sizeof(wanted), "%s 1 0", path);
	CU_ASSERT_EQUAL(story_ask(&tree, "g/a", "who", NULL, &who), 0);
	CU_ASSERT_PTR_EQUAL(strstr(who, wanted), who);
	free(who);

	/* and its references lead where they led */
	say = tree_expand(&tree, "/@SYSTEM@/out note x");
	story_tell(&tree, "g/a", "tell", say);
	CU_ASSERT(story_await_notes(&tree, "out", "x\n"));
	free(say);
	tree_stop(&tree);
}

static json_int_t calls_of(const json_t *rows, const char *role)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (role ? story_record(row, "role", role) :
			   !json_is_string(json_object_get(row, "role")))
			return json_integer_value(
				json_object_get(row, "calls"));
	return -1;
}

/* it waits for the word that the second stage comes with */
static void test_it_has_one_stage_of_its_sandbox_while_its_actor_has_two(void)
{
	char full[STORY_PATH_BYTES];
	struct tree tree;
	json_int_t calls, before;
	json_t *rows;

	tree_start(&tree, tree_text);
	spare_of(&tree, "g/a");
	if (story_number(&tree, "g/a", "stage") < 0) {
		tree_stop(&tree);
		HARNESS_SKIP("no seccomp here");
	}
	CU_ASSERT_EQUAL(story_number(&tree, "g/a", "stage"), 2);
	CU_ASSERT_EQUAL(story_number(&tree, "g/a", "standby_stage"), 1);
	calls = story_number(&tree, "g/a", "calls");
	before = story_number(&tree, "g/a", "standby_calls");
	CU_ASSERT(calls > 0 && before > calls);
	rows = story_json(&tree, "security", story_path(&tree, "g/a", full),
			  NULL);
	CU_ASSERT_EQUAL(calls_of(rows, NULL), calls);
	CU_ASSERT_EQUAL(calls_of(rows, "standby"), before);
	json_decref(rows);
	/* the one that waited puts the second one on when it is taken */
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "g/a"), 0);
	CU_ASSERT(story_await_generation(&tree, "g/a", 1));
	CU_ASSERT_EQUAL(story_number(&tree, "g/a", "stage"), 2);
	/* nor is there one without a process */
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/a"), 0);
	CU_ASSERT_EQUAL(story_number(&tree, "g/a", "stage"), -1);
	CU_ASSERT_EQUAL(story_number(&tree, "g/a", "standby_stage"), -1);
	tree_stop(&tree);
}

static void test_a_restart_by_hand_takes_it_as_well(void)
{
	struct tree tree;
	pid_t spare;

	tree_start(&tree, tree_text);
	spare = spare_of(&tree, "g/a");
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "g/a"), 0);
	is_now(&tree, "g/a", spare);
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "g/a"), 0);
	CU_ASSERT(story_await_generation(&tree, "g/a", 2));
	spare = spare_of(&tree, "g/a");
	story_tell(&tree, "g/a", "hang", NULL);		/* its watchdog */
	CU_ASSERT(story_await_generation(&tree, "g/a", 3));
	is_now(&tree, "g/a", spare);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* a failed spare is none of the actor */
static void test_one_that_is_killed_is_replaced(void)
{
	struct tree tree;
	pid_t pid, spare, next;

	tree_start(&tree, tree_text);
	pid = story_pid(&tree, "g/a");
	spare = spare_of(&tree, "g/a");
	CU_ASSERT_EQUAL(kill(spare, SIGKILL), 0);
	CU_ASSERT(story_await_gone(&tree, spare));
	next = spare_of(&tree, "g/a");
	CU_ASSERT_NOT_EQUAL(next, spare);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/a", "standby-lost"), 1);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/a", "restart"), 0);
	is_now(&tree, "g/a", pid);
	CU_ASSERT(story_is(&tree, "g/a", "generation", "0"));
	story_tell(&tree, "g/a", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "g/a", 1));
	is_now(&tree, "g/a", next);
	tree_stop(&tree);
}

static void test_it_ends_with_the_life_and_in_a_pause(void)
{
	struct tree tree;
	pid_t spare;

	tree_start(&tree, tree_text);
	spare = spare_of(&tree, "g/a");
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "g/a"), 0);
	CU_ASSERT(story_await_gone(&tree, spare));
	CU_ASSERT(story_is(&tree, "g/a", "standby", "none"));
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "g/a"), 0);
	spare = spare_of(&tree, "g/a");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/a"), 0);
	CU_ASSERT(story_await_gone(&tree, spare));
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g/a"), 0);
	spare = spare_of(&tree, "g/a");
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(story_await_gone(&tree, spare));
	CU_ASSERT(story_await_generation(&tree, "g/a", 1));
	CU_ASSERT_NOT_EQUAL(spare_of(&tree, "g/a"), spare);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/a", "standby-lost"), 0);
	tree_stop(&tree);
}

static void write_word(const struct tree *tree, const char *word)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/trace", tree->directory);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, word, strlen(word)), (ssize_t)strlen(word));
	close(fd);
}

/* what fails before it is an actor fails as a spare: the actor runs on */
static void fails_early(const char *word, const char *cause)
{
	json_t *text;
	struct tree tree;
	pid_t pid, spare;

	story_start_traced(&tree, early_text);
	pid = story_pid(&tree, "a");
	spare = spare_of(&tree, "a");
	write_word(&tree, word);
	CU_ASSERT_EQUAL(kill(spare, SIGKILL), 0);
	CU_ASSERT(story_await(&tree, "a", "standby", "lost"));
	while (story_n_decisions(&tree, "a", "standby-lost") < 3)
		usleep(10000);
	text = story_decision(&tree, "a", "standby-lost", "text");
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(json_string_value(text), cause));
	json_decref(text);
	is_now(&tree, "a", pid);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "restart"), 0);

	/* well again, it comes back by itself */
	write_word(&tree, "");
	spare = spare_of(&tree, "a");
	story_tell(&tree, "a", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_one_that_fails_early_is_tried_again_later(void)
{
	fails_early("exit", "exit:3");
}

static void test_a_forbidden_call_ends_it_by_name(void)
{
	fails_early("ptrace", "seccomp:ptrace");
}

/* it may never be one: then it is the actor's start that fails, as any does */
static void test_one_that_hangs_is_found_when_it_is_needed(void)
{
	struct tree tree;
	pid_t spare;

	story_start_traced(&tree,
		"system: \"@SYSTEM@\"\nintensity: 50 in 1min\nchildren:\n"
		"  - { name: a, standby: 1, exec: \"@ACTORS@/test-actor\",\n"
		"      start_timeout: 3s,\n"
		"      args: [--early, \"@DIRECTORY@/trace\"],\n"
		"      sandbox: { read: [\"@DIRECTORY@/trace\"] } }\n");
	spare = spare_of(&tree, "a");
	write_word(&tree, "hang");
	CU_ASSERT_EQUAL(kill(spare, SIGKILL), 0);
	CU_ASSERT(story_await_gone(&tree, spare));
	spare = spare_of(&tree, "a");
	story_tell(&tree, "a", "crash", NULL);
	CU_ASSERT(story_await_gone(&tree, spare));
	write_word(&tree, "");
	CU_ASSERT(story_await(&tree, "a", "state", "running"));
	CU_ASSERT(story_await(&tree, "a", "cause", "start_timeout"));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* who kills all of them gets the next, until there is none left to take */
static void test_many_crashes_in_a_row(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	spare_of(&tree, "g/a");
	for (unsigned int i = 1; i <= 10; i++) {
		story_tell(&tree, "g/a", "crash", NULL);
		CU_ASSERT(story_await_generation(&tree, "g/a", i));
	}
	story_tell(&tree, "g/a", "note", "end");
	story_expect(&tree, "g/a", "notes", NULL, "end\n");
	json_decref(story_await_letters(&tree, "g/a", "crashed", 10));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static bool somebody_is_born(struct tree *tree, void *data)
{
	struct brood *brood = data;

	(void)tree;
	brood_look(brood);
	return brood->stranger;
}

/* all that g has at rest: a and the two of w, the zygote of these, and one that it
 * has forked before anybody needs it */
static struct brood brood_at_rest(struct tree *tree)
{
	struct brood brood = { .parent = story_pid(tree, "g") };
	pid_t ahead;

	brood_meet(&brood, story_pid(tree, "g/a"));
	brood_meet(&brood, story_pid(tree, "g/w-1"));
	brood_meet(&brood, story_pid(tree, "g/w-2"));
	brood_meet(&brood, (pid_t)story_number(tree, "g/w-1", "class_pid"));
	ahead = brood_await_one_more(&brood, tree, "g/w-1");
	CU_ASSERT_FATAL(ahead > 0);
	brood_meet(&brood, ahead);
	return brood;
}

/* no word comes from above meanwhile, so nobody can be told of a mailbox */
static void begins_before_it_has_its_mailbox(struct tree *tree,
					     const char *path)
{
	struct brood brood = brood_at_rest(tree);
	pid_t victim = story_pid(tree, path);

	CU_ASSERT_EQUAL(kill(tree->pid, SIGSTOP), 0);
	CU_ASSERT_EQUAL(kill(victim, SIGKILL), 0);
	CU_ASSERT(tree_wait_until(tree, somebody_is_born, &brood));
	CU_ASSERT_EQUAL(kill(tree->pid, SIGCONT), 0);
	CU_ASSERT(story_await_generation(tree, path, 1));
	is_now(tree, path, brood.stranger);
	story_tell(tree, path, "note", "end");
	story_expect(tree, path, "notes", NULL, "end\n");
}

/* of two instances that end at once, one becomes the process that was forked
 * before, the other one is forked while its mailbox is seen to */
static void begin_before_they_have_their_mailboxes(struct tree *tree)
{
	struct brood brood = brood_at_rest(tree);
	pid_t first = story_pid(tree, "g/w-1"), second = story_pid(tree, "g/w-2");
	size_t n_known = 0;

	CU_ASSERT_EQUAL(kill(tree->pid, SIGSTOP), 0);
	CU_ASSERT_EQUAL(kill(first, SIGKILL), 0);
	CU_ASSERT_EQUAL(kill(second, SIGKILL), 0);
	CU_ASSERT(tree_wait_until(tree, somebody_is_born, &brood));
	CU_ASSERT_EQUAL(kill(tree->pid, SIGCONT), 0);
	CU_ASSERT(story_await_generation(tree, "g/w-1", 1));
	CU_ASSERT(story_await_generation(tree, "g/w-2", 1));
	n_known += brood_knows(&brood, story_pid(tree, "g/w-1"));
	n_known += brood_knows(&brood, story_pid(tree, "g/w-2"));
	CU_ASSERT_EQUAL(n_known, 1);
	CU_ASSERT(story_pid(tree, "g/w-1") == brood.stranger ||
		  story_pid(tree, "g/w-2") == brood.stranger);
	story_tell(tree, "g/w-2", "note", "end");
	story_expect(tree, "g/w-2", "notes", NULL, "end\n");
}

static void test_the_next_one_begins_before_it_has_its_mailbox(void)
{
	struct tree tree;

	tree_start(&tree, any_text);
	begins_before_it_has_its_mailbox(&tree, "g/a");
	begin_before_they_have_their_mailboxes(&tree);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/** struct mapping - what is waited for of a process */
struct mapping {
	pid_t pid;
	const char *of;
};

static bool has_mapped(struct tree *tree, void *data)
{
	const struct mapping *mapping = data;
	char path[64], line[512];
	bool found = false;
	FILE *file;

	(void)tree;
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)mapping->pid);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, mapping->of);
	if (file)
		fclose(file);
	return found;
}

static bool has_gone(struct tree *tree, void *data)
{
	char state = proc_state(*(const pid_t *)data);

	(void)tree;
	return state == '?' || state == 'Z';
}

/* it has mail, and the next process all but the word that it may begin: the root
 * does not say that all above hold its mailbox. Return: that process */
static pid_t die_while_the_root_is_silent(struct tree *tree)
{
	struct mapping mapping = { .of = "actor-arena" };
	pid_t victim = story_pid(tree, "g/a");

	mapping.pid = spare_of(tree, "g/a");
	CU_ASSERT_FALSE(has_mapped(tree, &mapping));
	CU_ASSERT_EQUAL(kill(victim, SIGSTOP), 0);
	story_tell(tree, "g/a", "note", "one");
	story_tell(tree, "g/a", "note", "two");
	CU_ASSERT_EQUAL(kill(tree->pid, SIGSTOP), 0);
	CU_ASSERT_EQUAL(kill(victim, SIGKILL), 0);
	CU_ASSERT(tree_wait_until(tree, has_mapped, &mapping));
	usleep(50000);		/* it would have taken it */
	return mapping.pid;
}

static void test_one_that_is_set_up_begins_when_all_hold_its_mailbox(void)
{
	struct tree tree;
	pid_t spare;

	tree_start(&tree, tree_text);
	spare = die_while_the_root_is_silent(&tree);
	CU_ASSERT_EQUAL(kill(tree.pid, SIGCONT), 0);
	CU_ASSERT(story_await_generation(&tree, "g/a", 1));
	is_now(&tree, "g/a", spare);
	story_expect(&tree, "g/a", "notes", NULL, "one\ntwo\n");
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* what it had handled would be known to it alone */
static void test_one_that_dies_set_up_has_taken_nothing(void)
{
	struct tree tree;
	pid_t spare;

	tree_start(&tree, tree_text);
	spare = die_while_the_root_is_silent(&tree);
	CU_ASSERT_EQUAL(kill(spare, SIGKILL), 0);
	CU_ASSERT(tree_wait_until(&tree, has_gone, &spare));
	CU_ASSERT_EQUAL(kill(tree.pid, SIGCONT), 0);
	CU_ASSERT(story_await_generation(&tree, "g/a", 2));
	story_expect(&tree, "g/a", "notes", NULL, "one\ntwo\n");
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_its_supervisor_dies_while_it_is_set_up(void)
{
	struct tree tree;
	pid_t supervisor, spare;

	tree_start(&tree, tree_text);
	supervisor = story_pid(&tree, "g");
	spare = die_while_the_root_is_silent(&tree);
	CU_ASSERT_EQUAL(kill(supervisor, SIGKILL), 0);
	CU_ASSERT(tree_wait_until(&tree, has_gone, &spare));
	CU_ASSERT_EQUAL(kill(tree.pid, SIGCONT), 0);
	CU_ASSERT(story_await(&tree, "g/a", "state", "running"));
	CU_ASSERT(story_number(&tree, "g/a", "generation") > 0);
	story_expect(&tree, "g/a", "notes", NULL, "one\ntwo\n");
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static uint64_t n_filters(pid_t pid)
{
	uint64_t n = 0;

	proc_status(pid, "Seccomp_filters", 10, &n);
	return n;
}

/** struct stages - what is waited for of a process that stands by */
struct stages {
	pid_t spare;
	uint64_t n;
};

static bool has_as_many(struct tree *tree, void *data)
{
	const struct stages *stages = data;

	(void)tree;
	return n_filters(stages->spare) == stages->n;
}

/* and security says of that process what show says of it */
static void expect_stage(struct tree *tree, const char *path, json_int_t stage)
{
	json_int_t calls = story_number(tree, path, "standby_calls");
	char full[STORY_PATH_BYTES];
	json_t *rows;

	CU_ASSERT_EQUAL(story_number(tree, path, "standby_stage"), stage);
	CU_ASSERT_EQUAL(story_number(tree, path, "standby_mdwe"),
			stage == 2 ? story_number(tree, path, "mdwe") : 0);
	CU_ASSERT_EQUAL(calls == story_number(tree, path, "calls"), stage == 2);
	rows = story_json(tree, "security", story_path(tree, path, full), NULL);
	CU_ASSERT_EQUAL(calls_of(rows, "standby"), calls);
	json_decref(rows);
}

/* its hook may need what the second stage ends; who has none needs nothing */
static void test_who_has_no_hook_stands_by_in_its_second_stage(void)
{
	struct tree tree;
	struct stages plain;
	pid_t hooked;

	tree_start(&tree, stages_text);
	if (story_number(&tree, "plain", "level") < 2) {
		tree_stop(&tree);
		HARNESS_SKIP("not all layers are there");
	}
	plain.n = n_filters(story_pid(&tree, "plain"));
	plain.spare = spare_of(&tree, "plain");
	hooked = spare_of(&tree, "a");
	CU_ASSERT(plain.n > 1);
	CU_ASSERT(tree_wait_until(&tree, has_as_many, &plain));
	CU_ASSERT_EQUAL(n_filters(hooked) + 1,
			n_filters(story_pid(&tree, "a")));
	expect_stage(&tree, "a", 1);
	expect_stage(&tree, "plain", 2);
	for (unsigned int i = 1; i <= 2; i++) {
		story_signal(&tree, "plain", SIGKILL);
		CU_ASSERT(story_await_generation(&tree, "plain", i));
		CU_ASSERT_EQUAL(story_number(&tree, "plain", "stage"), 2);
		CU_ASSERT_EQUAL(n_filters(story_pid(&tree, "plain")), plain.n);
		plain.spare = spare_of(&tree, "plain");
	}
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "plain", "standby-lost"), 0);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_process_that_waits_is_the_next),
	HARNESS_TEST(test_it_cannot_tell_that_it_stood_by),
	HARNESS_TEST(
		test_it_has_one_stage_of_its_sandbox_while_its_actor_has_two),
	HARNESS_TEST(test_a_restart_by_hand_takes_it_as_well),
	HARNESS_TEST(test_one_that_is_killed_is_replaced),
	HARNESS_TEST(test_it_ends_with_the_life_and_in_a_pause),
	HARNESS_TEST(test_one_that_fails_early_is_tried_again_later),
	HARNESS_TEST(test_a_forbidden_call_ends_it_by_name),
	HARNESS_TEST(test_one_that_hangs_is_found_when_it_is_needed),
	HARNESS_TEST(test_many_crashes_in_a_row),
	HARNESS_TEST(test_the_next_one_begins_before_it_has_its_mailbox),
	HARNESS_TEST(test_one_that_is_set_up_begins_when_all_hold_its_mailbox),
	HARNESS_TEST(test_one_that_dies_set_up_has_taken_nothing),
	HARNESS_TEST(test_its_supervisor_dies_while_it_is_set_up),
	HARNESS_TEST(test_who_has_no_hook_stands_by_in_its_second_stage),
};
HARNESS_MAIN(tests)
