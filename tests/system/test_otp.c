/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_otp.c - OTP's supervisor(3erl), sentence by sentence, as rows.
 *
 * Each row is a tree: "o" and the supervisor "g" below the top, and a, b, c below
 * "g". Something happens to some of them; then it is looked at who runs in which
 * generation, who has ended, and in which order things were started and stopped.
 * What is decided is tests/unit/test_verdict.c's.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "tests/harness/proc.h"
#include "tests/system/story.h"

#define WORDS_BYTES 512

#define PLAIN STORY_TRACED
/* with arguments of its own, each with a comma and a space behind it */
#define WITH(arguments)                                                        \
	STORY_ACTOR ", args: [" arguments                                      \
		    "--trace, \"@DIRECTORY@/trace\"], "                        \
		    "sandbox: { write: [\"@DIRECTORY@/trace\"] }"
#define FAILS_ONCE WITH("--fail-post-restart, \"5\", ")

/*
 * deeds, each behind the one before, with ';' between:
 *	kill X Y    SIGKILL to both while their supervisor sleeps: at once, for it
 *	TYPE X TEXT a message, see actors/test-actor.c
 *	await WHAT  as in @then
 */
struct otp_row {
	const char *says;
	const char *top;	/* keys of the uppermost supervisor */
	const char *group;	/* keys of g */
	const char *a, *b, *c;
	const char *deeds;
	const char *then;	/* the generations, or that it is "stopped" */
	const char *trace;	/* since the start; + start, - stop; NULL: any */
};

/* "children are started in the order of the list" */
static const struct otp_row order_rows[] = {
	{ .says = "the next one is started when the one before has started",
	  .a = WITH("--slow-start, \"300\", "),
	  .then = "a=0 b=0 c=0", .trace = "+a0 +b0 +c0" },
};

/* restart types, in a group */
static const struct otp_row type_rows[] = {
	{ .says = "a transient child that ends normally touches no sibling",
	  .group = "strategy: one_for_all", .b = "restart: transient, " PLAIN,
	  .deeds = "stop b 0", .then = "a=0 b=stopped c=0",
	  .trace = "+a0 +b0 +c0 -b0" },
	{ .says = "a transient child that ends otherwise is restarted",
	  .group = "strategy: one_for_all", .b = "restart: transient, " PLAIN,
	  .deeds = "exit b 1", .then = "a=1 b=1 c=1",
	  .trace = "+a0 +b0 +c0 -c0 -a0 +a1 +b1 +c1" },
	{ .says = "a temporary child is never restarted, nor are its siblings",
	  .group = "strategy: one_for_all", .b = "restart: temporary, " PLAIN,
	  .deeds = "crash b", .then = "a=0 b=stopped c=0",
	  .trace = "+a0 +b0 +c0" },
	{ .says = "not even when a sibling's death makes it terminate",
	  .group = "strategy: one_for_all", .b = "restart: temporary, " PLAIN,
	  .deeds = "crash a", .then = "a=1 b=stopped c=1",
	  .trace = "+a0 +b0 +c0 -c0 -b0 +a1 +c1" },
	{ .says = "the same with rest_for_one",
	  .group = "strategy: rest_for_one", .b = "restart: temporary, " PLAIN,
	  .deeds = "crash a", .then = "a=1 b=stopped c=1",
	  .trace = "+a0 +b0 +c0 -c0 -b0 +a1 +c1" },
	{ .says = "but it stays when it is before the failed one",
	  .group = "strategy: rest_for_one", .b = "restart: temporary, " PLAIN,
	  .deeds = "crash c", .then = "a=0 b=0 c=1",
	  .trace = "+a0 +b0 +c0 +c1" },
	/* OTP would start it again with the group; here its life is over */
	{ .says = "a transient child that has ended stays away",
	  .group = "strategy: one_for_all", .b = "restart: transient, " PLAIN,
	  .deeds = "stop b 0; await b=stopped; crash a",
	  .then = "a=1 b=stopped c=1",
	  .trace = "+a0 +b0 +c0 -b0 -c0 +a1 +c1" },
};

/* two failures at once, with each strategy */
static const struct otp_row at_once_rows[] = {
	{ .says = "one_for_one: each of the two is restarted, the third is not",
	  .group = "strategy: one_for_one", .deeds = "kill a c",
	  .then = "a=1 b=0 c=1" },
	{ .says = "and they are two restarts",
	  .group = "strategy: one_for_one, intensity: 1 in 1min",
	  .deeds = "kill a c", .then = "b=1 g=1 o=0" },
	{ .says = "one_for_all: the second was to be stopped, and is no failure",
	  .group = "strategy: one_for_all, intensity: 1 in 1min",
	  .deeds = "kill a b", .then = "a=1 b=1 c=1 g=0",
	  .trace = "+a0 +b0 +c0 -c0 +a1 +b1 +c1" },
	{ .says = "whichever they are",
	  .group = "strategy: one_for_all, intensity: 1 in 1min",
	  .deeds = "kill c a", .then = "a=1 b=1 c=1 g=0",
	  .trace = "+a0 +b0 +c0 -b0 +a1 +b1 +c1" },
	{ .says = "all of them: nobody is left to be stopped",
	  .group = "strategy: one_for_all, intensity: 1 in 1min",
	  .deeds = "kill b c a", .then = "a=1 b=1 c=1 g=0",
	  .trace = "+a0 +b0 +c0 +a1 +b1 +c1" },
	/* one restart or two, by which of the two is seen first */
	{ .says = "rest_for_one: they start in order, and once each",
	  .group = "strategy: rest_for_one, intensity: 2 in 1min",
	  .deeds = "kill b c", .then = "a=0 b=1 c=1 g=0",
	  .trace = "+a0 +b0 +c0 +b1 +c1" },
	{ .says = "a temporary one among them ends",
	  .group = "strategy: one_for_all", .b = "restart: temporary, " PLAIN,
	  .deeds = "kill b a", .then = "a=1 b=stopped c=1",
	  .trace = "+a0 +b0 +c0 -c0 +a1 +c1" },
};

/* "maximum restart intensity" */
static const struct otp_row intensity_rows[] = {
	{ .says = "so many restarts within the period are fine",
	  .group = "intensity: 2 in 1min", .deeds = "crash a; await a=1; crash a",
	  .then = "a=2 b=0 c=0 g=0", .trace = "+a0 +b0 +c0 +a1 +a2" },
	{ .says = "with one more all children and the supervisor terminate",
	  .group = "intensity: 2 in 1min",
	  .deeds = "crash a; await a=1; crash b; await b=1; crash a",
	  .then = "a=2 b=2 c=1 g=1 o=0",
	  .trace = "+a0 +b0 +c0 +a1 +b1 -c0 -b1 +a2 +b2 +c1" },
	{ .says = "with an intensity of 0 the first failure is one too many",
	  .group = "intensity: 0 in 1min", .deeds = "crash b",
	  .then = "a=1 b=1 c=1 g=1 o=0",
	  .trace = "+a0 +b0 +c0 -c0 -a0 +a1 +b1 +c1" },
	{ .says = "a group that is restarted counts once",
	  .group = "strategy: one_for_all, intensity: 1 in 1min",
	  .deeds = "crash b", .then = "a=1 b=1 c=1 g=0" },
	{ .says = "what does not come back does not count",
	  .group = "intensity: 0 in 1min", .b = "restart: temporary, " PLAIN,
	  .deeds = "crash b", .then = "a=0 b=stopped c=0 g=0" },
	{ .says = "the supervisor above takes action, by its own strategy",
	  .top = "strategy: one_for_all", .group = "intensity: 0 in 1min",
	  .deeds = "crash b", .then = "o=1 a=1 b=1 c=1 g=1",
	  .trace = "+o0 +a0 +b0 +c0 -c0 -a0 -o0 +o1 +a1 +b1 +c1" },
	{ .says = "a transient supervisor that gives up has ended abnormally",
	  .group = "restart: transient, intensity: 0 in 1min",
	  .deeds = "crash b", .then = "a=1 b=1 c=1 g=1 o=0" },
	{ .says = "a temporary one is not restarted, and nobody below it is",
	  .group = "restart: temporary, intensity: 0 in 1min",
	  .deeds = "crash b", .then = "g=stopped o=0",
	  .trace = "+a0 +b0 +c0 -c0 -a0" },
	{ .says = "the intensity above is another one",
	  .top = "intensity: 1 in 1min", .group = "intensity: 1 in 1min",
	  .deeds = "crash a; await a=1; crash a; await g=1 a=2; crash a",
	  .then = "a=3 b=1 c=1 g=1 o=0" },
};

/* a start that fails */
static const struct otp_row start_rows[] = {
	{ .says = "a start that fails in a restart is tried again",
	  .group = "intensity: 2 in 1min", .b = FAILS_ONCE,
	  .deeds = "crash b", .then = "a=0 b=2 c=0 g=0" },
	{ .says = "and counts",
	  .group = "intensity: 1 in 1min", .b = FAILS_ONCE,
	  .deeds = "crash b", .then = "a=1 b=2 c=1 g=1" },
	{ .says = "with its group: who has started is stopped and starts again",
	  .group = "strategy: one_for_all", .b = FAILS_ONCE,
	  .deeds = "crash a", .then = "a=2 b=2 c=1",
	  .trace = "+a0 +b0 +c0 -c0 -b0 +a1 +b1 -a1 +a2 +b2 +c1" },
	{ .says = "while its supervisor starts, that one terminates and fails",
	  .b = FAILS_ONCE, .deeds = "kill g", .then = "a=2 b=2 c=2 g=2 o=0",
	  .trace = "+a0 +b0 +c0 +a1 +b1 -a1 +a2 +b2 +c2" },
};

/* "shutdown" */
static const struct otp_row shutdown_rows[] = {
	{ .says = "who does not end in its time is killed",
	  .group = "strategy: one_for_all",
	  .b = "stop_timeout: 300ms, " PLAIN, .deeds = "hang b; crash a",
	  .then = "a=1 b=1 c=1" },
	{ .says = "brutal_kill: without being told to end",
	  .group = "strategy: one_for_all",
	  .b = "stop_timeout: 0s, " PLAIN, .deeds = "crash a",
	  .then = "a=1 b=1 c=1", .trace = "+a0 +b0 +c0 -c0 +a1 +b1 +c1" },
	{ .says = "brutal_kill: whatever it is doing",
	  .group = "strategy: one_for_all",
	  .b = "stop_timeout: 0s, " PLAIN, .deeds = "hang b; crash a",
	  .then = "a=1 b=1 c=1" },
};

/* ---- a row --------------------------------------------------------------- */

static const char *path_of(const char *name, char path[static 16])
{
	bool below = strchr("abc", name[0]) != NULL;

	snprintf(path, 16, "%s%.8s", below ? "g/" : "", name);
	return path;
}

static void start(struct tree *tree, const struct otp_row *row)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 "system: \"@SYSTEM@\"\n%s\nchildren:\n"
		 "  - { name: o, %s }\n"
		 "  - { name: g, %s%schildren: [\n"
		 "      { name: a, %s },\n"
		 "      { name: b, %s },\n"
		 "      { name: c, %s } ] }\n",
		 row->top ? row->top : "", row->top ? PLAIN : STORY_ACTOR,
		 row->group ? row->group : "", row->group ? ", " : "",
		 row->a ? row->a : PLAIN, row->b ? row->b : PLAIN,
		 row->c ? row->c : PLAIN);
	story_start_traced(tree, text);
}

static void await(struct tree *tree, const char *words)
{
	char text[WORDS_BYTES], path[16], *rest = text, *word, *value;

	snprintf(text, sizeof(text), "%s", words);
	while ((word = strsep(&rest, " "))) {
		value = strchr(word, '=');
		CU_ASSERT_PTR_NOT_NULL_FATAL(value);
		*value++ = '\0';
		path_of(word, path);
		CU_ASSERT(strcmp(value, "stopped") == 0 ?
			  story_await(tree, path, "state", value) :
			  story_await_generation(tree, path,
						 (unsigned int)atoi(value)));
	}
}

/* ---- deeds --------------------------------------------------------------- */

static bool is_zombie(struct tree *tree, void *data)
{
	const pid_t *pid = data;

	(void)tree;
	return proc_state(*pid) == 'Z';
}

static void kill_and_see(struct tree *tree, pid_t pid)
{
	CU_ASSERT_FATAL(pid > 1);
	CU_ASSERT_EQUAL(kill(pid, SIGKILL), 0);
	CU_ASSERT(tree_wait_until(tree, is_zombie, &pid));
}

/* they are all dead before their supervisor can see one of them */
static void do_kill(struct tree *tree, char *names)
{
	pid_t pids[4], supervisor = story_pid(tree, "g");
	char path[16], *name;
	size_t n = 0;

	if (strcmp(names, "g") == 0) {
		CU_ASSERT_EQUAL(kill(supervisor, SIGKILL), 0);
		return;
	}
	while ((name = strsep(&names, " ")) && n < 4)
		pids[n++] = story_pid(tree, path_of(name, path));
	story_freeze(tree, "g");
	for (size_t i = 0; i < n; i++)
		kill_and_see(tree, pids[i]);
	CU_ASSERT_EQUAL(kill(supervisor, SIGCONT), 0);
}

static void do_deed(struct tree *tree, char *deed)
{
	char path[16], *verb, *name;

	deed += strspn(deed, " ");
	verb = strsep(&deed, " ");
	if (strcmp(verb, "kill") == 0) {
		do_kill(tree, deed);
		return;
	}
	if (strcmp(verb, "await") == 0) {
		await(tree, deed);
		return;
	}
	name = strsep(&deed, " ");
	story_tell(tree, path_of(name, path), verb, deed);
}

static void do_deeds(struct tree *tree, const char *deeds)
{
	char text[WORDS_BYTES], *rest = text, *deed;

	snprintf(text, sizeof(text), "%s", deeds ? deeds : "");
	while ((deed = strsep(&rest, ";")) && *deed)
		do_deed(tree, deed);
}

/* ---- what is seen -------------------------------------------------------- */

/* "+a0 -b1": "start a 0", "stop b 1" */
static void expect_trace(struct tree *tree, const char *words)
{
	char wanted[WORDS_BYTES] = "";
	size_t n = 0;

	for (; words && *words; words += strcspn(words, " "))
		if (*(words += strspn(words, " ")) != '\0')
			n += (size_t)snprintf(wanted + n, sizeof(wanted) - n,
					      "%s %c %c\n", *words == '+' ?
					      "start" : "stop", words[1],
					      words[2]);
	CU_ASSERT(story_await_trace(tree, wanted));
}

static void try_row(const struct otp_row *row)
{
	unsigned int before = CU_get_number_of_failures();
	struct tree tree;

	harness_does(row->says);
	start(&tree, row);
	do_deeds(&tree, row->deeds);
	await(&tree, row->then);
	if (row->trace)
		expect_trace(&tree, row->trace);
	/* and that is how it stays */
	await(&tree, row->then);
	if (CU_get_number_of_failures() > before)
		harness_note("not so: %s", row->says);
	tree_stop(&tree);
}

static void try_rows(const struct otp_row *rows, size_t n_rows)
{
	for (size_t i = 0; i < n_rows; i++)
		try_row(&rows[i]);
}

#define TRY(rows) try_rows((rows), sizeof(rows) / sizeof((rows)[0]))

static void test_children_start_in_order(void)
{
	TRY(order_rows);
}

static void test_restart_types_decide_about_a_child_and_its_group(void)
{
	TRY(type_rows);
}

static void test_two_failures_at_once_are_as_each_strategy_says(void)
{
	TRY(at_once_rows);
}

static bool has_failed(struct tree *tree, const char *path, const char *text)
{
	char full[STORY_PATH_BYTES];
	json_t *records = story_json(tree, "why", story_path(tree, path, full),
				     NULL);
	const char *found;
	json_t *record;
	size_t i, n = 0;

	json_array_foreach(records, i, record) {
		found = json_string_value(json_object_get(record, "text"));
		n += found && strstr(found, " failed") && strstr(found, text);
	}
	json_decref(records);
	return n == 1;
}

/* supervisor_report, shutdown_error: it is told of, and does not count */
static void test_the_second_failure_at_once_is_told_of_too(void)
{
	static const struct otp_row row = {
		.group = "strategy: one_for_all, intensity: 1 in 1min",
		.b = "restart: temporary, " PLAIN,
	};
	struct tree tree;

	start(&tree, &row);
	do_deeds(&tree, "kill c a b");
	await(&tree, "a=1 b=stopped c=1 g=0");
	CU_ASSERT(has_failed(&tree, "g/c", "cause signal:KILL: restart"));
	CU_ASSERT(has_failed(&tree, "g/a", "because a sibling failed"));
	CU_ASSERT(has_failed(&tree, "g/b", "because a sibling failed"));
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/a", "restart"), 1);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/b", "stop"), 1);
	tree_stop(&tree);
}

static void test_the_intensity_is_exact_and_the_parent_reacts(void)
{
	TRY(intensity_rows);
}

static void test_a_start_that_fails_later_is_a_failure(void)
{
	TRY(start_rows);
}

static void test_shutdown_takes_its_time_or_none(void)
{
	TRY(shutdown_rows);
}

/* ---- each restart type by each way to end, all in one tree --------------- */

static const struct ending_row {
	const char *child;
	const char *message;	/* NULL: SIGKILL */
	const char *text;
	bool comes_back;
} ending_rows[] = {
	{ "p1", "exit", "0", true },
	{ "p2", "exit", "3", true },
	{ "p3", "stop", "0", true },
	{ "p4", NULL, NULL, true },
	{ "p5", "fail", "5", true },
	{ "t1", "exit", "0", false },
	{ "t2", "exit", "3", true },
	{ "t3", "stop", "0", false },
	{ "t4", NULL, NULL, true },
	{ "t5", "fail", "5", true },
	{ "x1", "exit", "0", false },
	{ "x2", "exit", "3", false },
	{ "x3", "stop", "0", false },
	{ "x4", NULL, NULL, false },
	{ "x5", "fail", "5", false },
};

#define N_ENDINGS (sizeof(ending_rows) / sizeof(ending_rows[0]))

static void test_restart_types_go_by_how_it_ended(void)
{
	char text[4096] = "system: \"@SYSTEM@\"\nintensity: 30 in 1min\n"
			  "children:\n";
	const struct ending_row *row;
	struct tree tree;
	size_t i, n;

	for (i = 0; i < N_ENDINGS; i++) {
		row = &ending_rows[i];
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n,
			 "  - { name: %s, restart: %s, " STORY_ACTOR " }\n",
			 row->child, row->child[0] == 'p' ? "permanent" :
			 row->child[0] == 't' ? "transient" : "temporary");
	}
	tree_start(&tree, text);
	for (i = 0; i < N_ENDINGS; i++) {
		row = &ending_rows[i];
		if (row->message)
			story_tell(&tree, row->child, row->message, row->text);
		else
			story_signal(&tree, row->child, SIGKILL);
	}
	for (i = 0; i < N_ENDINGS; i++) {
		row = &ending_rows[i];
		if (row->comes_back)
			CU_ASSERT(story_await_generation(&tree, row->child,
							 1));
		if (!row->comes_back)
			CU_ASSERT(story_await(&tree, row->child, "state",
					      "stopped"));
	}
	tree_stop(&tree);
}

/* stopped by hand or ended as its restart type says, it stays so until its
 * supervisor begins anew: that one starts all its children, as OTP's does */
static void test_a_supervisor_that_begins_anew_starts_all_its_children(void)
{
	static const char *const names[] = { "g/p", "g/t", "g/x" };
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nintensity: 9 in 1min\nchildren:\n"
		   "  - name: g\n"
		   "    children:\n"
		   "      - { name: p, " STORY_ACTOR " }\n"
		   "      - { name: t, restart: transient, " STORY_ACTOR " }\n"
		   "      - { name: x, restart: temporary, " STORY_ACTOR " }\n");
	for (unsigned int n = 0; n < 2; n++) {
		CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/p"), 0);
		story_tell(&tree, "g/t", "exit", "0");
		story_tell(&tree, "g/x", "exit", "1");
		for (size_t i = 0; i < 3; i++)
			CU_ASSERT(story_await(&tree, names[i], "state",
					      "stopped"));
		if (n == 0)
			story_signal(&tree, "g", SIGKILL);
		else
			CU_ASSERT_EQUAL(story_act(&tree, "restart", "g"), 0);
		for (size_t i = 0; i < 3; i++)
			CU_ASSERT(story_await(&tree, names[i], "state",
					      "running"));
	}
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_restart_types_go_by_how_it_ended),
	HARNESS_TEST(test_a_supervisor_that_begins_anew_starts_all_its_children),
	HARNESS_TEST(test_children_start_in_order),
	HARNESS_TEST(test_restart_types_decide_about_a_child_and_its_group),
	HARNESS_TEST(test_two_failures_at_once_are_as_each_strategy_says),
	HARNESS_TEST(test_the_second_failure_at_once_is_told_of_too),
	HARNESS_TEST(test_the_intensity_is_exact_and_the_parent_reacts),
	HARNESS_TEST(test_a_start_that_fails_later_is_a_failure),
	HARNESS_TEST(test_shutdown_takes_its_time_or_none),
};
HARNESS_MAIN(tests)
