/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_store.c - the root is killed, and what it held is there again.
 *
 * A service manager keeps its descriptors (actors/test-manager.c), and asserts at
 * each orderly stop that nothing is left with it. What is lost or comes twice
 * under traffic is test_killer.c's to find.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness/proc.h"
#include "tests/system/manager.h"
#include "tests/system/story.h"

static const char tree_text[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: b, stop_timeout: 1min, " STORY_ACTOR " }\n"
	"  - { name: a, refs: [\"/@SYSTEM@/b\"], " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    templates:\n"
	"      - { name: w, max: 8, refs: [\"/@SYSTEM@/b\"], " STORY_ACTOR " }\n"
	"    children:\n"
	"      - { name: c, refs: [\"/@SYSTEM@/b\"], " STORY_ACTOR " }\n";

/* one message by a reference, and it comes */
static void expect_reference(struct tree *tree, const char *from,
			     const char *to, const char *notes)
{
	char full[STORY_PATH_BYTES], words[STORY_PATH_BYTES + 64];

	snprintf(words, sizeof(words), "%s note %s",
		 story_path(tree, to, full), notes);
	story_tell(tree, from, "tell", words);
}

static char *log_text(struct tree *tree, const char *wanted)
{
	char *text = tree_log_text(tree);

	if (strstr(text, wanted))
		return text;
	harness_note("\"%s\" was not said:\n%s", wanted, text);
	CU_FAIL("it was not said");
	return text;
}

static void expect_said(struct tree *tree, const char *wanted)
{
	free(log_text(tree, wanted));
}

static void test_lives_and_references_outlast_the_root(void)
{
	struct tree tree;
	char *life, *deep;

	manager_start(&tree, tree_text);
	life = story_text(&tree, "b", "life");
	deep = story_text(&tree, "g/c", "life");
	for (unsigned int n = 1; n <= 3; n++) {
		manager_kill(&tree);
		CU_ASSERT(story_await_generation(&tree, "b", n));
		CU_ASSERT(story_await_generation(&tree, "g/c", n));
		CU_ASSERT(story_is(&tree, "b", "life", life));
		CU_ASSERT(story_is(&tree, "g/c", "life", deep));
		CU_ASSERT(story_is(&tree, "b", "cause", "supervisor"));
		story_expect_sum(&tree);
	}
	expect_reference(&tree, "a", "b", "one");
	CU_ASSERT(story_await_notes(&tree, "b", "one\n"));
	expect_reference(&tree, "g/c", "b", "two");
	CU_ASSERT(story_await_notes(&tree, "b", "one\ntwo\n"));
	expect_said(&tree, "has taken back from the service manager");
	story_expect_sum(&tree);
	free(life);
	free(deep);
	tree_stop(&tree);
}

static void test_what_waits_waits_for_the_next_root(void)
{
	struct tree tree;

	manager_start(&tree, tree_text);
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "b"), 0);
	expect_reference(&tree, "a", "b", "first");
	expect_reference(&tree, "a", "b", "second");
	CU_ASSERT(story_await(&tree, "b", "mailbox", "2"));
	manager_kill(&tree);
	CU_ASSERT(story_await(&tree, "b", "state", "paused"));
	CU_ASSERT(story_is(&tree, "b", "mailbox", "2"));
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "b"), 0);
	CU_ASSERT(story_await_notes(&tree, "b", "first\nsecond\n"));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* a test actor that hangs has begun with that when it looks at SIGTERM no more */
static bool hangs(struct tree *tree, void *data)
{
	const pid_t *pid = data;
	uint64_t ignored = 0;

	(void)tree;
	return proc_status(*pid, "SigIgn", 16, &ignored) &&
	       ignored >> (SIGTERM - 1) & 1;
}

static void test_what_was_in_hand_is_a_dead_letter(void)
{
	struct tree tree;
	json_t *letters, *letter;
	pid_t pid;

	manager_start(&tree, tree_text);
	pid = story_pid(&tree, "b");
	story_tell(&tree, "b", "hang", NULL);
	CU_ASSERT(tree_wait_until(&tree, hangs, &pid));
	story_tell(&tree, "b", "note", "behind");
	manager_kill(&tree);
	CU_ASSERT(story_await_notes(&tree, "b", "behind\n"));
	letters = story_await_letters(&tree, "b", "crashed", 1);
	letter = json_array_get(letters, 0);
	CU_ASSERT(story_record(letter, "type", "hang"));
	CU_ASSERT(story_record(letter, "cause", "supervisor"));
	json_decref(letters);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static bool has_lost_a_question(struct tree *tree, void *data)
{
	json_t *letters = story_json(tree, "dead-letters", NULL), *letter;
	bool found = false;
	size_t i;

	(void)data;
	json_array_foreach(letters, i, letter)
		found |= story_record(letter, "path", "/") &&
			 story_record(letter, "type", "question") &&
			 story_record(letter, "reason", "crashed") &&
			 story_record(letter, "sender", "/system/control");
	json_decref(letters);
	return found;
}

static void test_what_the_root_was_asked_is_a_dead_letter_too(void)
{
	struct tree tree;
	pid_t asker;
	int status;

	manager_start(&tree, tree_text);
	story_freeze(&tree, "b");
	asker = story_act_behind(&tree, "stop", "b");
	CU_ASSERT(story_await(&tree, "b", "state", "stopping"));
	manager_kill(&tree);
	CU_ASSERT_EQUAL(waitpid(asker, &status, 0), asker);
	CU_ASSERT_NOT_EQUAL(status, 0);
	CU_ASSERT(tree_wait_until(&tree, has_lost_a_question, NULL));
	story_expect_sum(&tree);
	/* and only once, however often a root dies */
	manager_kill(&tree);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_who_was_spawned_is_there_again(void)
{
	struct tree tree;
	char *life;

	manager_start(&tree, tree_text);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "spawn", "/@SYSTEM@/g",
				      "w", "one", NULL), 0);
	life = story_text(&tree, "g/one", "life");
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "g/one", 1));
	CU_ASSERT(story_is(&tree, "g/one", "life", life));
	expect_reference(&tree, "g/one", "b", "spawned");
	CU_ASSERT(story_await_notes(&tree, "b", "spawned\n"));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/one"), 0);
	manager_kill(&tree);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "show", "/@SYSTEM@/g/one",
				      NULL), 3);
	story_expect_sum(&tree);
	free(life);
	tree_stop(&tree);
}

/* and the next when it has said so much */
static void kill_and_kill_next(struct tree *tree, long at)
{
	unsigned int n = manager_look(tree).n_starts;

	CU_ASSERT_FATAL(manager_say(tree, "kill", 0));
	CU_ASSERT_FATAL(manager_say(tree, "kill", at));
	CU_ASSERT_FATAL(manager_await_start(tree, n + 1));
	CU_ASSERT(manager_say(tree, "spare", -1));
}

/* each of them, as it comes up: what it takes back must be there for the next */
static void test_roots_that_die_while_they_come_up_lose_nothing(void)
{
	struct tree tree;
	char *life;

	manager_start(&tree, tree_text);
	life = story_text(&tree, "b", "life");
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "b"), 0);
	story_tell(&tree, "b", "note", "kept");
	CU_ASSERT(story_await(&tree, "b", "mailbox", "1"));
	/* every message that the next root sends is once its last */
	for (long at = 1; at <= 40; at++) {
		kill_and_kill_next(&tree, at);
	}
	CU_ASSERT(manager_await_start(&tree, manager_look(&tree).n_starts));
	CU_ASSERT(story_await(&tree, "b", "state", "paused"));
	CU_ASSERT(story_is(&tree, "b", "life", life));
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "b"), 0);
	CU_ASSERT(story_await_notes(&tree, "b", "kept\n"));
	story_expect_sum(&tree);
	free(life);
	tree_stop(&tree);
}

/* each process of a supervisor counts what it says from 1 */
static void test_supervisors_are_heard_though_roots_die_one_after_another(void)
{
	static const char *const paths[] = { "b", "g/c" };
	struct tree tree;

	manager_start(&tree, tree_text);
	for (long at = 1; at <= 9; at++) {
		kill_and_kill_next(&tree, at);
		CU_ASSERT(manager_await_start(&tree,
					      manager_look(&tree).n_starts));
		for (size_t i = 0; i < 2; i++) {
			CU_ASSERT(story_await(&tree, paths[i], "state",
					      "running"));
			story_tell(&tree, paths[i], "crash", NULL);
			json_decref(story_await_letters(&tree, paths[i],
							"crashed", 1));
		}
	}
	story_expect_sum(&tree);
	tree_stop(&tree);
}

#define N_MANY 14

static const char many_text[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1s\nchildren:\n"
	"  - { name: b, " STORY_ACTOR " }\n"
	"  - { name: m, instances: 14, " STORY_ACTOR " }\n";

/* a new reference waits until it is kept; what there is goes on */
static void test_a_manager_that_reads_late_holds_up_only_what_is_new(void)
{
	struct tree tree;
	char path[32];

	manager_start(&tree, many_text);
	story_tell(&tree, "b", "note", "before");
	CU_ASSERT(story_await_notes(&tree, "b", "before\n"));
	CU_ASSERT(manager_say(&tree, "stall", -1));
	/* each has a new mailbox now: more than fit into its socket */
	for (unsigned int i = 1; i <= N_MANY; i++) {
		snprintf(path, sizeof(path), "m-%u", i);
		story_signal(&tree, path, SIGKILL);
	}
	story_tell(&tree, "b", "note", "meanwhile");
	CU_ASSERT(story_await_notes(&tree, "b", "before\nmeanwhile\n"));
	CU_ASSERT(manager_say(&tree, "go on", -1));
	for (unsigned int i = 1; i <= N_MANY; i++) {
		snprintf(path, sizeof(path), "m-%u", i);
		CU_ASSERT(story_await_generation(&tree, path, 1));
	}
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "m-1", 2));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static bool is_silent(struct tree *tree, void *data)
{
	(void)data;
	return tree_actorctl(tree, NULL, "show", "/@SYSTEM@", NULL) != 0;
}

/* what was already to be taken back waits with the rest */
static void test_a_manager_that_reads_late_is_left_with_nothing(void)
{
	struct tree tree;
	char path[32];

	manager_start(&tree, many_text);
	CU_ASSERT(manager_say(&tree, "stall", -1));
	for (unsigned int i = 1; i <= N_MANY; i++) {
		snprintf(path, sizeof(path), "m-%u", i);
		story_signal(&tree, path, SIGKILL);
	}
	kill(tree.pid, SIGTERM);
	CU_ASSERT(tree_wait_until(&tree, is_silent, NULL));
	CU_ASSERT(manager_say(&tree, "go on", -1));
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	tree_forget(&tree);
}

/* ---- when it cannot be had ---------------------------------------------- */

static void test_a_manager_without_a_store_is_told_of(void)
{
	struct tree tree;
	char *life;

	setenv("MANAGER_MAX", "0", 1);
	manager_start(&tree, tree_text);
	unsetenv("MANAGER_MAX");
	story_expect(&tree, "b", "echo", "hello", "hello");
	life = story_text(&tree, "b", "life");
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "b", 0));
	CU_ASSERT_FALSE(story_is(&tree, "b", "life", life));
	expect_said(&tree, "the service manager keeps no descriptors");
	free(life);
	tree_stop(&tree);
}

static bool has_given_up(struct tree *tree, void *data)
{
	char *text = tree_log_text(tree);
	bool said = strstr(text, "raise FileDescriptorStoreMax=");

	(void)data;
	free(text);
	return said;
}

static void test_a_store_that_is_full_is_told_of_once(void)
{
	struct tree tree;
	char *text, *life;

	manager_start(&tree, tree_text);
	CU_ASSERT(manager_say(&tree, "max",
			      (long)manager_look(&tree).n_kept + 4));
	for (unsigned int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "spawn",
					      "/@SYSTEM@/g", "w", NULL), 0);
	CU_ASSERT(tree_wait_until(&tree, has_given_up, NULL));
	story_expect(&tree, "b", "echo", "hello", "hello");
	life = story_text(&tree, "b", "life");
	text = log_text(&tree, "raise FileDescriptorStoreMax=");
	CU_ASSERT_PTR_NULL(strstr(strstr(text, "raise FileDes") + 1,
				  "raise FileDes"));
	free(text);
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "b", 0));
	CU_ASSERT_FALSE(story_is(&tree, "b", "life", life));
	free(life);
	tree_stop(&tree);
}

/* the promise without a service manager: nothing but that the next one starts */
static void test_without_a_manager_the_next_root_begins_afresh(void)
{
	struct tree tree;
	char *life;

	tree_start(&tree, tree_text);
	life = story_text(&tree, "b", "life");
	kill(tree.pid, SIGKILL);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 128 + SIGKILL);
	close(tree.pidfd);
	tree_spawn(&tree);
	CU_ASSERT_FATAL(tree_await_up(&tree));
	CU_ASSERT(story_await_generation(&tree, "b", 0));
	CU_ASSERT_FALSE(story_is(&tree, "b", "life", life));
	story_expect_sum(&tree);
	free(life);
	tree_stop(&tree);
}

static void damage(const char *command, long number, const char *said)
{
	struct tree tree;
	char *life;

	manager_start(&tree, tree_text);
	life = story_text(&tree, "b", "life");
	CU_ASSERT(manager_say(&tree, command, number));
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "b", 0));
	CU_ASSERT_FALSE(story_is(&tree, "b", "life", life));
	expect_said(&tree, said);
	expect_said(&tree, "the system begins afresh");
	story_expect_sum(&tree);
	/* from then on all is kept again */
	free(life);
	life = story_text(&tree, "b", "life");
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT(story_is(&tree, "b", "life", life));
	free(life);
	tree_stop(&tree);
}

static void test_a_damaged_book_is_not_believed(void)
{
	damage("spoil", 200, "its book is damaged");
}

static void test_a_book_with_a_damaged_head_is_not_believed(void)
{
	damage("spoil", 20, "its book is damaged");
}

static void test_a_book_that_is_cut_is_not_believed(void)
{
	damage("cut", 1, "its book is damaged");
}

static void test_without_a_descriptor_nothing_is_believed(void)
{
	damage("forget", 3, "is missing");
}

/* ---- the file ----------------------------------------------------------- */

static void write_config(const struct tree *tree, const char *text)
{
	char *expanded = tree_expand(tree, text);
	FILE *file = fopen(tree->config, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT(fputs(expanded, file) >= 0);
	CU_ASSERT_EQUAL(fclose(file), 0);
	free(expanded);
}

static const char other_text[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: b, " STORY_ACTOR " }\n";

static void test_a_file_that_was_changed_is_not_read_at_a_crash(void)
{
	struct tree tree;
	char *life;

	manager_start(&tree, tree_text);
	life = story_text(&tree, "g/c", "life");
	write_config(&tree, other_text);
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "g/c", 1));
	CU_ASSERT(story_is(&tree, "g/c", "life", life));
	write_config(&tree, "this: is no file: at all");
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "g/c", 2));
	story_expect_sum(&tree);
	free(life);
	tree_stop(&tree);
}

static void test_lives_that_the_file_does_not_have_are_not_taken_back(void)
{
	struct tree tree;
	char *life;

	manager_start(&tree, tree_text);
	life = story_text(&tree, "b", "life");
	write_config(&tree, other_text);
	CU_ASSERT(manager_say(&tree, "lose file-", -1));
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "b", 0));
	CU_ASSERT_FALSE(story_is(&tree, "b", "life", life));
	expect_said(&tree, "mailboxes of actors that the file does not have");
	free(life);
	tree_stop(&tree);
}

static const char reread_text[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: b, " STORY_ACTOR " }\n"
	"  - { name: a, refs: [\"/@SYSTEM@/b\"], " STORY_ACTOR " }\n"
	"  - { name: d, refs: [\"/@SYSTEM@/b\"], " STORY_ACTOR " }\n";

static void reread(struct tree *tree, const char *text)
{
	write_config(tree, text);
	CU_ASSERT_EQUAL(tree_actorctl(tree, NULL, "reload", NULL), 0);
}

static bool is_there(struct tree *tree, const char *path)
{
	char full[STORY_PATH_BYTES];

	return tree_actorctl(tree, NULL, "show", story_path(tree, path, full),
			     NULL) == 0;
}

static void test_the_file_that_was_read_again_is_that_of_the_next_root(void)
{
	struct tree tree;
	char *life, *new;

	manager_start(&tree, tree_text);
	life = story_text(&tree, "b", "life");
	reread(&tree, reread_text);
	new = story_text(&tree, "d", "life");
	/* and that one once more has what came since */
	for (unsigned int n = 1; n <= 2; n++) {
		manager_kill(&tree);
		CU_ASSERT(story_await_generation(&tree, "b", n));
		CU_ASSERT(story_await_generation(&tree, "d", n));
		CU_ASSERT(story_is(&tree, "b", "life", life));
		CU_ASSERT(story_is(&tree, "d", "life", new));
		CU_ASSERT_FALSE(is_there(&tree, "g/c"));
		story_expect_sum(&tree);
	}
	expect_reference(&tree, "d", "b", "new");
	CU_ASSERT(story_await_notes(&tree, "b", "new\n"));
	reread(&tree, tree_text);
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "b", 3));
	CU_ASSERT(story_await_generation(&tree, "g/c", 1));
	CU_ASSERT(story_is(&tree, "b", "life", life));
	CU_ASSERT_FALSE(is_there(&tree, "d"));
	story_expect_sum(&tree);
	free(life);
	free(new);
	tree_stop(&tree);
}

/* whichever file it has then: it is one, and who is in both lives on */
static void test_a_root_that_dies_in_a_reload_has_one_of_both_files(void)
{
	struct tree tree;
	unsigned int n;
	char *life;

	manager_start(&tree, tree_text);
	life = story_text(&tree, "b", "life");
	for (long at = 1; at <= 24; at++) {
		n = manager_look(&tree).n_starts;
		CU_ASSERT_FATAL(manager_say(&tree, "kill", at));
		write_config(&tree, at % 2 ? reread_text : tree_text);
		tree_actorctl(&tree, NULL, "reload", NULL);
		CU_ASSERT(manager_say(&tree, "spare", -1));
		if (manager_look(&tree).n_starts == n)
			manager_kill(&tree);
		CU_ASSERT_FATAL(tree_await_up(&tree));
		CU_ASSERT(story_await(&tree, "b", "state", "running"));
		CU_ASSERT(story_is(&tree, "b", "life", life));
		CU_ASSERT_EQUAL(is_there(&tree, "d"), !is_there(&tree, "g/c"));
	}
	expect_reference(&tree, "a", "b", "all the time");
	CU_ASSERT(story_await_notes(&tree, "b", "all the time\n"));
	story_expect_sum(&tree);
	free(life);
	tree_stop(&tree);
}

/* ---- as a service ------------------------------------------------------- */

static void test_a_book_that_has_grown_is_written_anew(void)
{
	struct tree tree;
	char *life;
	bool shrank = false;
	long long last = 0, now;

	manager_start(&tree, tree_text);
	life = story_text(&tree, "b", "life");
	for (unsigned int i = 0; i < 4000 && !shrank; i++) {
		CU_ASSERT_FATAL(story_act(&tree, i % 2 ? "start" : "stop",
					  "a") == 0);
		now = manager_look(&tree).book_bytes;
		shrank = now < last;
		last = now;
	}
	CU_ASSERT(shrank);
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT(story_is(&tree, "b", "life", life));
	story_expect_sum(&tree);
	free(life);
	tree_stop(&tree);
}

static void expect_reexec(struct tree *tree)
{
	struct tree_result result;

	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, "reexec", NULL), 0);
	CU_ASSERT_STRING_EQUAL(result.err, "");
	if (*result.err)
		harness_note("%s", result.err);
	tree_result_clear(&result);
}

/* as often as not the one that is killed has just become another program */
static void test_what_is_kept_outlasts_a_root_that_was_replaced(void)
{
	struct tree tree;
	unsigned int n_kept;
	char *life;
	pid_t root;

	manager_start(&tree, tree_text);
	life = story_text(&tree, "b", "life");
	for (unsigned int n = 1; n <= 3; n++) {
		root = manager_look(&tree).root;
		expect_reexec(&tree);
		n_kept = manager_look(&tree).n_kept;
		expect_reexec(&tree);
		CU_ASSERT_EQUAL(manager_look(&tree).n_kept, n_kept);
		CU_ASSERT_EQUAL(manager_look(&tree).root, root);
		CU_ASSERT(story_is(&tree, "b", "life", life));
		CU_ASSERT(story_is(&tree, "b", "generation",
				   (const char *[]){ "0", "1", "2" }[n - 1]));
		manager_kill(&tree);
		CU_ASSERT(story_await_generation(&tree, "b", n));
		CU_ASSERT(story_await_generation(&tree, "g/c", n));
		CU_ASSERT(story_is(&tree, "b", "life", life));
		story_expect_sum(&tree);
	}
	expect_reference(&tree, "a", "b", "kept");
	CU_ASSERT(story_await_notes(&tree, "b", "kept\n"));
	free(life);
	tree_stop(&tree);
}

static void test_what_comes_after_it_was_replaced_is_kept_too(void)
{
	struct tree tree;
	char *life, *kid, *old;

	manager_start(&tree, tree_text);
	life = story_text(&tree, "b", "life");
	old = story_text(&tree, "g/c", "life");
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "b"), 0);
	expect_reference(&tree, "a", "b", "before");
	expect_reexec(&tree);
	expect_reference(&tree, "a", "b", "behind");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "spawn", "/@SYSTEM@/g",
				      "w", "one", NULL), 0);
	kid = story_text(&tree, "g/one", "life");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/c"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g/c"), 0);
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "g/one", 1));
	CU_ASSERT(story_is(&tree, "g/one", "life", kid));
	CU_ASSERT_FALSE(story_is(&tree, "g/c", "life", old));
	CU_ASSERT(story_is(&tree, "b", "life", life));
	CU_ASSERT(story_is(&tree, "b", "state", "paused"));
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "b"), 0);
	CU_ASSERT(story_await_notes(&tree, "b", "before\nbehind\n"));
	story_expect_sum(&tree);
	free(life);
	free(kid);
	free(old);
	tree_stop(&tree);
}

static void test_the_file_that_was_read_again_goes_on_with_it(void)
{
	struct tree tree;
	char *new;

	manager_start(&tree, tree_text);
	reread(&tree, reread_text);
	expect_reexec(&tree);
	new = story_text(&tree, "d", "life");
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "d", 1));
	CU_ASSERT(story_is(&tree, "d", "life", new));
	expect_reexec(&tree);
	reread(&tree, tree_text);
	manager_kill(&tree);
	CU_ASSERT(story_await_generation(&tree, "g/c", 1));
	CU_ASSERT_FALSE(is_there(&tree, "d"));
	story_expect_sum(&tree);
	free(new);
	tree_stop(&tree);
}

/* that the store is full the one says, or the other */
static void test_a_store_that_is_full_is_told_of_by_who_took_over(void)
{
	struct tree tree;

	manager_start(&tree, tree_text);
	expect_reexec(&tree);
	CU_ASSERT(manager_say(&tree, "max",
			      (long)manager_look(&tree).n_kept + 4));
	for (unsigned int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "spawn",
					      "/@SYSTEM@/g", "w", NULL), 0);
	CU_ASSERT(tree_wait_until(&tree, has_given_up, NULL));
	expect_reexec(&tree);
	story_expect(&tree, "b", "echo", "hello", "hello");
	tree_stop(&tree);
}

/* each message of the new one is once its last */
static void test_a_root_that_dies_behind_a_reexec_loses_nothing(void)
{
	struct tree tree;
	unsigned int n;
	char *life;

	manager_start(&tree, tree_text);
	life = story_text(&tree, "b", "life");
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "b"), 0);
	story_tell(&tree, "b", "note", "kept");
	CU_ASSERT(story_await(&tree, "b", "mailbox", "1"));
	for (long at = 1; at <= 12; at++) {
		n = manager_look(&tree).n_starts;
		expect_reexec(&tree);
		CU_ASSERT_FATAL(manager_say(&tree, "kill", at));
		tree_actorctl(&tree, NULL, "spawn", "/@SYSTEM@/g", "w", "one",
			      NULL);
		tree_actorctl(&tree, NULL, "stop", "/@SYSTEM@/g/one", NULL);
		CU_ASSERT(manager_say(&tree, "spare", -1));
		if (manager_look(&tree).n_starts == n)
			manager_kill(&tree);
		CU_ASSERT_FATAL(manager_await_start(&tree, n + 1));
		CU_ASSERT(story_await(&tree, "b", "state", "paused"));
		CU_ASSERT(story_is(&tree, "b", "life", life));
		if (is_there(&tree, "g/one"))
			story_act(&tree, "stop", "g/one");
	}
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "b"), 0);
	CU_ASSERT(story_await_notes(&tree, "b", "kept\n"));
	free(life);
	tree_stop(&tree);
}

static void test_who_is_not_heard_by_its_manager_stays_what_it_is(void)
{
	struct tree_result result;
	struct tree tree;
	char path[32];

	manager_start(&tree, many_text);
	CU_ASSERT(manager_say(&tree, "stall", -1));
	for (unsigned int i = 1; i <= N_MANY; i++) {
		snprintf(path, sizeof(path), "m-%u", i);
		story_signal(&tree, path, SIGKILL);
	}
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "reexec", NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "does not take what it is to keep"));
	tree_result_clear(&result);
	CU_ASSERT(manager_say(&tree, "go on", -1));
	for (unsigned int i = 1; i <= N_MANY; i++) {
		snprintf(path, sizeof(path), "m-%u", i);
		CU_ASSERT(story_await_generation(&tree, path, 1));
	}
	expect_reexec(&tree);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_lives_and_references_outlast_the_root),
	HARNESS_TEST(test_what_waits_waits_for_the_next_root),
	HARNESS_TEST(test_what_was_in_hand_is_a_dead_letter),
	HARNESS_TEST(test_what_the_root_was_asked_is_a_dead_letter_too),
	HARNESS_TEST(test_who_was_spawned_is_there_again),
	HARNESS_TEST(test_roots_that_die_while_they_come_up_lose_nothing),
	HARNESS_TEST(test_supervisors_are_heard_though_roots_die_one_after_another),
	HARNESS_TEST(test_a_manager_that_reads_late_holds_up_only_what_is_new),
	HARNESS_TEST(test_a_manager_that_reads_late_is_left_with_nothing),
	HARNESS_TEST(test_a_manager_without_a_store_is_told_of),
	HARNESS_TEST(test_a_store_that_is_full_is_told_of_once),
	HARNESS_TEST(test_without_a_manager_the_next_root_begins_afresh),
	HARNESS_TEST(test_a_damaged_book_is_not_believed),
	HARNESS_TEST(test_a_book_with_a_damaged_head_is_not_believed),
	HARNESS_TEST(test_a_book_that_is_cut_is_not_believed),
	HARNESS_TEST(test_without_a_descriptor_nothing_is_believed),
	HARNESS_TEST(test_a_file_that_was_changed_is_not_read_at_a_crash),
	HARNESS_TEST(test_lives_that_the_file_does_not_have_are_not_taken_back),
	HARNESS_TEST(test_the_file_that_was_read_again_is_that_of_the_next_root),
	HARNESS_TEST(test_a_root_that_dies_in_a_reload_has_one_of_both_files),
	HARNESS_TEST(test_a_book_that_has_grown_is_written_anew),
	HARNESS_TEST(test_what_is_kept_outlasts_a_root_that_was_replaced),
	HARNESS_TEST(test_what_comes_after_it_was_replaced_is_kept_too),
	HARNESS_TEST(test_the_file_that_was_read_again_goes_on_with_it),
	HARNESS_TEST(test_a_store_that_is_full_is_told_of_by_who_took_over),
	HARNESS_TEST(test_a_root_that_dies_behind_a_reexec_loses_nothing),
	HARNESS_TEST(test_who_is_not_heard_by_its_manager_stays_what_it_is),
};
HARNESS_MAIN(tests)
