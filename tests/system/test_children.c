/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_children.c - children that an actor spawns.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/story.h"

#define PARENT "exec: \"@ACTORS@/test-parent\", start_timeout: 10min"
#define PARENT_TREE(more)						\
	"system: \"@SYSTEM@\"\nintensity: 50 in 1s\nchildren:\n"	\
	"  - { name: a, " STORY_ACTOR " }\n"				\
	"  - { name: p, " PARENT ", intensity: 50 in 1s, refs: [a], " more "\n" \
	"      templates: [\n"						\
	"        { name: w, " STORY_ACTOR " },\n"			\
	"        { name: once, restart: temporary, max: 2, " STORY_ACTOR " },\n" \
	"        { name: slow, " STORY_ACTOR ",\n"			\
	"          args: [--gate, \"@DIRECTORY@/gate\"],\n"		\
	"          sandbox: { read: [\"@DIRECTORY@/gate\"] },\n"	\
	"          may_exceed: [read] },\n"				\
	"        { name: fails, " STORY_ACTOR ",\n"			\
	"          args: [--fail-start, \"17\"] },\n"			\
	"        { name: exits, " STORY_ACTOR ",\n"			\
	"          args: [--exit-at-start, \"3\"] },\n"			\
	"        { name: lazy, activation: on_message, max: 1,\n"	\
	"          idle_stop: 100ms, " STORY_ACTOR " },\n"		\
	"        { name: hangs, " STORY_ACTOR ",\n"			\
	"          args: [--hang-at-start] },\n"			\
	"        { name: busy, stop_timeout: 30s, " STORY_ACTOR " } ] }\n"

static void begin_with(struct tree *tree, const char *config_text)
{
	tree_prepare(tree, config_text);
	story_put(tree, "gate", "", 0644);
	tree_spawn(tree);
	CU_ASSERT_FATAL(tree_await_up(tree));
}

static void begin(struct tree *tree)
{
	begin_with(tree, PARENT_TREE(""));
}

/* what waits there may start */
static void open_gate(const struct tree *tree)
{
	story_put(tree, "gate", "open", 0644);
}

static void expect(struct tree *tree, const char *type, const char *text,
		   const char *answer)
{
	story_expect(tree, "p", type, text, answer);
}

static bool notes_are(struct tree *tree, void *data)
{
	char *answer = NULL, *wanted = tree_expand(tree, data);
	bool same;

	same = story_ask(tree, "p", "notes", NULL, &answer) == 0 && answer &&
	       !strcmp(answer, wanted);
	free(answer);
	free(wanted);
	return same;
}

static void await_notes(struct tree *tree, const char *notes)
{
	CU_ASSERT(tree_wait_until(tree, notes_are, (void *)notes));
}

static bool is_gone(struct tree *tree, void *data)
{
	char path[STORY_PATH_BYTES];

	return tree_actorctl(tree, NULL, "show",
			     story_path(tree, data, path), NULL) == 3;
}

/* ---- names ------------------------------------------------------------- */

static void test_a_name_in_use_is_refused(void)
{
	struct tree tree;

	begin(&tree);
	expect(&tree, "spawn", "w kid", "OK");
	expect(&tree, "spawn", "w kid", "EEXIST");
	expect(&tree, "spawn", "once kid", "EEXIST");
	expect(&tree, "spawn", "w a", "EEXIST");
	expect(&tree, "spawn", "w dead-letters", "EEXIST");
	expect(&tree, "spawn", "nix kid2", "ENOENT");
	expect(&tree, "spawn", "w No", "EINVAL");
	expect(&tree, "spawn", "w -", "OK");
	expect(&tree, "list", NULL, "children: kid w-1");
	tree_stop(&tree);
}

/* it is frozen, so it cannot have ended by then */
static void test_a_name_that_is_terminating_is_in_use(void)
{
	struct tree tree;

	begin(&tree);
	expect(&tree, "spawn-wait", "60000 busy kid", "OK");
	story_freeze(&tree, "p/kid");
	expect(&tree, "watch", "kid", "OK");
	expect(&tree, "stop-spawn", "busy kid", "EEXIST");
	story_signal(&tree, "p/kid", SIGCONT);
	await_notes(&tree, "terminated /@SYSTEM@/p/kid terminated\n");
	expect(&tree, "spawn", "busy kid", "OK");
	tree_stop(&tree);
}

static void test_its_name_is_free_with_its_terminated(void)
{
	char notes[1200] = "";
	struct tree tree;

	begin(&tree);
	expect(&tree, "spawn-wait", "60000 once kid", "OK");
	expect(&tree, "again", "once kid", "OK");
	for (unsigned int i = 0; i < 10; i++) {
		CU_ASSERT(story_await(&tree, "p/kid", "state", "running"));
		story_act(&tree, i % 2 ? "kill" : "stop", "p/kid");
		strcat(notes, "terminated /@SYSTEM@/p/kid terminated\nOK\n");
		await_notes(&tree, notes);
	}
	tree_stop(&tree);
}

static void test_so_many_as_max_says(void)
{
	struct tree tree;

	begin(&tree);
	expect(&tree, "spawn", "once x", "OK");
	expect(&tree, "spawn", "once y", "OK");
	expect(&tree, "spawn", "once z", "ENOSPC");
	expect(&tree, "spawn", "w z", "OK");
	tree_stop(&tree);
}

/* ---- the list ---------------------------------------------------------- */

static void test_who_is_spawned_is_listed_before_it_runs(void)
{
	struct tree tree;

	begin(&tree);
	expect(&tree, "spawn-list", "hangs kid", "children: kid");
	CU_ASSERT(story_await(&tree, "p/kid", "state", "starting"));
	expect(&tree, "spawn-list", "hangs other", "children: kid other");
	tree_stop(&tree);
}

static void test_who_is_stopped_is_not_listed_though_it_runs(void)
{
	struct tree tree;
	pid_t pid;

	begin(&tree);
	expect(&tree, "spawn-wait", "60000 w x", "OK");
	expect(&tree, "spawn-wait", "60000 busy kid", "OK");
	pid = story_pid(&tree, "p/kid");
	story_freeze(&tree, "p/kid");
	expect(&tree, "stop-list", "kid", "children: x");
	CU_ASSERT_EQUAL(kill(pid, 0), 0);
	expect(&tree, "stop", "kid", "ENOENT");
	expect(&tree, "stop", "nix", "ENOENT");
	expect(&tree, "stop", "a", "ENOENT");
	CU_ASSERT_EQUAL(kill(pid, SIGCONT), 0);
	CU_ASSERT(tree_wait_until(&tree, is_gone, "p/kid"));
	expect(&tree, "list", NULL, "children: x");
	tree_stop(&tree);
}

/* ---- its mail ---------------------------------------------------------- */

static void test_mail_of_its_first_moment_is_handled(void)
{
	struct tree tree;

	begin(&tree);
	expect(&tree, "spawn-tell", "slow kid hello", "OK");
	expect(&tree, "tell", "kid again", "OK");
	CU_ASSERT(story_is(&tree, "p/kid", "state", "starting"));
	open_gate(&tree);
	CU_ASSERT(story_await_notes(&tree, "p/kid", "hello\nagain\n"));
	tree_stop(&tree);
}

static void test_its_reference_survives_its_crash_and_not_its_life(void)
{
	struct tree tree;

	begin(&tree);
	expect(&tree, "spawn-wait", "60000 w kid", "OK");
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "p/kid"), 0);
	CU_ASSERT(story_await_generation(&tree, "p/kid", 1));
	expect(&tree, "tell", "kid hello", "OK");
	CU_ASSERT(story_await_notes(&tree, "p/kid", "hello\n"));
	expect(&tree, "watch", "kid", "OK");
	expect(&tree, "stop", "kid", "OK");
	await_notes(&tree, "terminated /@SYSTEM@/p/kid terminated\n");
	expect(&tree, "reach", "kid", "no");
	expect(&tree, "reach", "a", "yes");
	expect(&tree, "spawn", "w kid", "OK");
	expect(&tree, "tell", "kid anew", "OK");
	CU_ASSERT(story_await_notes(&tree, "p/kid", "anew\n"));
	tree_stop(&tree);
}

/* ---- a start that fails ------------------------------------------------ */

static void test_who_waits_for_a_start_gets_its_error(void)
{
	static const struct {
		const char *order;
		const char *error;
	} rows[] = {
		{ "60000 fails kid",	"EEXIST" },	/* 17, of its hook */
		{ "60000 exits kid",	"ECANCELED" },
		{ "300 hangs kid",	"ETIMEDOUT" },
		{ "60000 w kid",	"OK" },
	};
	struct tree tree;
	size_t n_processes;

	begin(&tree);
	n_processes = tree_n_processes(&tree);
	for (size_t i = 0; i < 4; i++) {
		expect(&tree, "spawn-wait", rows[i].order, rows[i].error);
		if (i == 3)
			break;
		CU_ASSERT(story_await_processes(&tree, n_processes));
		CU_ASSERT(tree_wait_until(&tree, is_gone, "p/kid"));
	}
	/* with the one that forks its kind; it may have forked the next */
	CU_ASSERT(tree_n_processes(&tree) >= n_processes + 2);
	expect(&tree, "list", NULL, "children: kid");
	tree_stop(&tree);
}

static void test_watchers_are_told_of_a_start_that_failed(void)
{
	struct tree tree;

	begin(&tree);
	expect(&tree, "spawn", "slow kid", "OK");
	expect(&tree, "watch", "kid", "OK");
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "p/kid"), 0);
	await_notes(&tree, "terminated /@SYSTEM@/p/kid terminated\n");
	expect(&tree, "list", NULL, "children:");
	tree_stop(&tree);
}

static void test_failed_starts_are_no_crashes_of_the_node(void)
{
	struct tree tree;
	pid_t pid;

	begin(&tree);
	pid = story_pid(&tree, "p");
	for (int i = 0; i < 60; i++)
		expect(&tree, "spawn-wait", "60000 exits -", "ECANCELED");
	CU_ASSERT_EQUAL(story_pid(&tree, "p"), pid);
	tree_stop(&tree);
}

/* ---- the parent's own life --------------------------------------------- */

static void test_a_parent_that_restarts_has_no_children(void)
{
	struct tree tree;
	pid_t pid;

	begin(&tree);
	for (unsigned int i = 1; i <= 3; i++) {
		expect(&tree, "spawn-wait", "60000 w kid", "OK");
		pid = story_pid(&tree, "p/kid");
		story_tell(&tree, "p", "crash", NULL);
		CU_ASSERT(story_await_generation(&tree, "p", i));
		CU_ASSERT(story_await_gone(&tree, pid));
		expect(&tree, "list", NULL, "children:");
	}
	tree_stop(&tree);
}

/* who lies without a process ends with that of its parent as well */
static void test_a_parent_that_restarts_has_no_idle_child(void)
{
	struct tree tree;

	begin(&tree);
	for (unsigned int i = 1; i <= 3; i++) {
		expect(&tree, "spawn", "lazy kid", "OK");
		CU_ASSERT(story_await(&tree, "p/kid", "state", "idle"));
		story_tell(&tree, "p", "crash", NULL);
		CU_ASSERT(story_await_generation(&tree, "p", i));
		CU_ASSERT(tree_wait_until(&tree, is_gone, "p/kid"));
		expect(&tree, "list", NULL, "children:");
	}
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "p"), 0);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static const char deep_text[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - name: g\n"
	"    intensity: 50 in 1s\n"
	"    children:\n"
	"      - { name: p, " PARENT ", intensity: 50 in 1s,\n"
	"          templates: [ { name: w, max: 1, " STORY_ACTOR " } ] }\n";

/* `show` has that of its supervisor */
static pid_t head_pid(struct tree *tree, const char *path)
{
	char full[STORY_PATH_BYTES];
	json_t *rows = story_json(tree, "tree", story_path(tree, path, full),
				  NULL);
	pid_t pid = (pid_t)json_integer_value(
		json_object_get(json_array_get(rows, 0), "pid"));

	json_decref(rows);
	CU_ASSERT_FATAL(pid > 1);
	return pid;
}

/* The root is silent, so the edges of what is spawned do not come; the parent's
 * own supervisors do what there is to do. */
static void crash_as_its_child_waits_for_edges(struct tree *tree)
{
	pid_t head = head_pid(tree, "g/p");

	CU_ASSERT_EQUAL(kill(head, SIGSTOP), 0);
	story_tell(tree, "g/p", "spawn", "w kid");
	CU_ASSERT_EQUAL(kill(tree->pid, SIGSTOP), 0);
	CU_ASSERT_EQUAL(kill(head, SIGCONT), 0);
	usleep(50000);		/* it asks for it */
	CU_ASSERT_EQUAL(kill(head, SIGKILL), 0);
	CU_ASSERT(story_await_gone(tree, head));
	usleep(50000);		/* its restart is decided */
	CU_ASSERT_EQUAL(kill(tree->pid, SIGCONT), 0);
}

static void test_a_parent_that_restarts_has_no_child_that_is_yet_to_start(void)
{
	struct tree tree;

	tree_start(&tree, deep_text);
	for (unsigned int i = 1; i <= 3; i++) {
		crash_as_its_child_waits_for_edges(&tree);
		CU_ASSERT(story_await_generation(&tree, "g/p", i));
		CU_ASSERT(tree_wait_until(&tree, is_gone, "g/p/kid"));
		story_expect(&tree, "g/p", "list", NULL, "children:");
	}
	story_expect(&tree, "g/p", "spawn-wait", "60000 w kid", "OK");
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "g/p"), 0);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* the names of before are free before the hook runs */
static void test_a_start_hook_spawns_again_what_it_had(void)
{
	struct tree tree;

	begin_with(&tree, PARENT_TREE("args: [--spawn, w, kid],"));
	for (unsigned int i = 1; i <= 3; i++) {
		expect(&tree, "list", NULL, "children: kid");
		story_tell(&tree, "p/kid", "note", "hello");
		story_freeze(&tree, "p/kid");
		story_tell(&tree, "p/kid", "note", "nobody");
		if (i == 2)
			story_signal(&tree, "p", SIGKILL);
		else
			story_tell(&tree, "p", "crash", NULL);
		CU_ASSERT(story_await_generation(&tree, "p", i));
	}
	expect(&tree, "list", NULL, "children: kid");
	CU_ASSERT(story_is(&tree, "p/kid", "generation", "0"));
	tree_stop(&tree);
}

static void test_a_parent_that_waits_can_be_stopped(void)
{
	struct tree tree;
	int64_t begin_ms;

	begin_with(&tree, PARENT_TREE("stop_timeout: 150s,"));
	story_tell(&tree, "p", "spawn-wait", "60000 hangs kid");
	CU_ASSERT(story_await(&tree, "p/kid", "state", "starting"));
	begin_ms = story_now_ms();
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "p"), 0);
	CU_ASSERT(story_now_ms() - begin_ms < TREE_DEADLINE_MS);
	tree_stop(&tree);
}

static void test_who_has_no_templates_cannot_spawn(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		   "  - { name: p, " PARENT " }\n");
	expect(&tree, "spawn", "w kid", "EOPNOTSUPP");
	expect(&tree, "stop", "kid", "EOPNOTSUPP");
	expect(&tree, "list", NULL, "EOPNOTSUPP");
	tree_stop(&tree);
}

/* what it asks for is a name in its own list, and nothing else is ever made of it:
 * no path, no child of the file, no program, nobody else's template */
static void test_nothing_is_spawned_but_of_the_templates_of_the_own_node(void)
{
	static const struct {
		const char *name;
		const char *answer;
	} others[] = {
		{ "hers", "ENOENT" }, { "a", "ENOENT" }, { "p", "ENOENT" },
		{ "c", "ENOENT" }, { "test-actor", "ENOENT" },
		{ "q/hers", "EINVAL" }, { "../q/hers", "EINVAL" },
		{ "*hers", "EINVAL" }, { "/@SYSTEM@/q/hers", "EINVAL" },
		{ "w/", "EINVAL" }, { "/bin/sh", "EINVAL" },
	};
	struct tree tree;
	char text[256];
	char *expanded;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		   "  - { name: a, " STORY_ACTOR " }\n"
		   "  - { name: p, " PARENT ", templates: [\n"
		   "        { name: w, " PARENT " } ],\n"
		   "      children: [ { name: c, " STORY_ACTOR " } ] }\n"
		   "  - { name: q, " PARENT ", templates: [\n"
		   "        { name: hers, " STORY_ACTOR " } ] }\n");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		expanded = tree_expand(&tree, others[i].name);
		snprintf(text, sizeof(text), "%s kid", expanded);
		expect(&tree, "spawn", text, others[i].answer);
		free(expanded);
	}
	expect(&tree, "list", NULL, "children:");
	expect(&tree, "spawn", "w kid", "OK");
	/* and what was spawned has no templates at all */
	story_expect(&tree, "p/kid", "spawn", "w kid", "EOPNOTSUPP");
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_name_in_use_is_refused),
	HARNESS_TEST(test_a_name_that_is_terminating_is_in_use),
	HARNESS_TEST(test_its_name_is_free_with_its_terminated),
	HARNESS_TEST(test_so_many_as_max_says),
	HARNESS_TEST(test_who_is_spawned_is_listed_before_it_runs),
	HARNESS_TEST(test_who_is_stopped_is_not_listed_though_it_runs),
	HARNESS_TEST(test_mail_of_its_first_moment_is_handled),
	HARNESS_TEST(test_its_reference_survives_its_crash_and_not_its_life),
	HARNESS_TEST(test_who_waits_for_a_start_gets_its_error),
	HARNESS_TEST(test_watchers_are_told_of_a_start_that_failed),
	HARNESS_TEST(test_failed_starts_are_no_crashes_of_the_node),
	HARNESS_TEST(test_a_parent_that_restarts_has_no_children),
	HARNESS_TEST(test_a_parent_that_restarts_has_no_idle_child),
	HARNESS_TEST(test_a_parent_that_restarts_has_no_child_that_is_yet_to_start),
	HARNESS_TEST(test_a_start_hook_spawns_again_what_it_had),
	HARNESS_TEST(test_a_parent_that_waits_can_be_stopped),
	HARNESS_TEST(test_who_has_no_templates_cannot_spawn),
	HARNESS_TEST(test_nothing_is_spawned_but_of_the_templates_of_the_own_node),
};
HARNESS_MAIN(tests)
