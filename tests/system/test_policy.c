/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_policy.c - what a file may say about restarts, starts and ends beyond
 * the plain case, with real processes.
 *
 * What is decided is the tables' in tests/unit, and what `check` refuses is
 * test_config.c's.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/story.h"

static void crash(struct tree *tree, const char *path, unsigned int generation)
{
	story_tell(tree, path, "crash", NULL);
	CU_ASSERT(story_await_generation(tree, path, generation));
}

/* what `check` says of it, on standard output, has that */
static void expect_check(struct tree *tree, const char *text)
{
	struct tree_result result;

	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, "check", tree->config,
				      NULL), 0);
	if (!strstr(result.out, text))
		harness_note("no \"%s\" in:\n%s", text, result.out);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, text));
	tree_result_clear(&result);
}

static void expect_last_line(struct tree *tree, const char *words)
{
	char *log = tree_log_text(tree), *line;

	if (*log)
		log[strlen(log) - 1] = '\0';	/* the last newline */
	line = strrchr(log, '\n');
	if (!line || !strstr(line, words))
		harness_note("no \"%s\" in the last line of:\n%s", words, log);
	CU_ASSERT(line && strstr(line, words));
	free(log);
}

static void test_what_can_never_happen_is_warned_of(void)
{
	struct tree_result result;
	struct tree tree;

	tree_prepare(&tree,
		"system: s\nexit_with: a\nauto_shutdown: any_significant\n"
		"children:\n  - { name: a, " STORY_ACTOR " }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "check", tree.config,
				      NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err,
		"warning: /s: auto_shutdown is any_significant, and no child is significant: it never happens\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err,
		"warning: /s/a: the system is to end with it, and it comes back from every end: \"restart\" is permanent\n"));
	tree_result_clear(&result);
	tree_forget(&tree);
}

/* what is made of them while the system runs can make it happen */
static void test_templates_count_for_warnings(void)
{
	struct tree_result result;
	struct tree tree;

	tree_prepare(&tree,
		"system: s\nchildren:\n  - { name: a, " STORY_ACTOR " }\n"
		"auto_shutdown: any_significant\ntemplates:\n"
		"  - { name: t, restart: temporary, significant: true, "
		STORY_ACTOR " }\n"
		"  - { name: p, exec: system-journal, kind: program,\n"
		"      watchdog: { message: 1s } }\n"
		"  - { name: o, watchdog: { misses: 5 }, " STORY_ACTOR " }\n"
		"  - { name: l, exec: system-journal, kind: program,\n"
		"      ready: \"listen:/run/x/socket\",\n"
		"      sandbox: { write: [/run/x/sock] } }\n"
		"  - { name: m, exec: system-journal, kind: program,\n"
		"      ready: \"listen:/run/x/socket\",\n"
		"      sandbox: { write: [/run/x] } }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "check", tree.config,
				      NULL), 0);
	CU_ASSERT_PTR_NULL(strstr(result.err, "never happens"));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err,
		"warning: template p: a program gets no messages: \"message\" of its watchdog means nothing\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err,
		"warning: template o: its watchdog has neither \"loop\" nor \"message\": it is off\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err,
		"warning: template l: it is ready when it listens on /run/x/socket, and that is in no \"write\" of its sandbox\n"));
	CU_ASSERT_PTR_NULL(strstr(result.err, "template m"));
	tree_result_clear(&result);
	tree_forget(&tree);
}

/* ---- intensity ---------------------------------------------------------- */

static const char counted_alone[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - name: g\n"
	"    intensity: { restarts: 2, period: 1min, scope: child }\n"
	"    children:\n"
	"      - { name: a, " STORY_ACTOR " }\n"
	"      - { name: b, " STORY_ACTOR " }\n";

static void test_with_scope_child_each_has_a_window_of_its_own(void)
{
	struct tree tree;
	pid_t supervisor;

	tree_start(&tree, counted_alone);
	expect_check(&tree, "2 in 1min for each child");
	supervisor = story_pid(&tree, "g");
	crash(&tree, "g/a", 1);
	crash(&tree, "g/b", 1);
	crash(&tree, "g/a", 2);
	crash(&tree, "g/b", 2);
	CU_ASSERT_EQUAL(story_pid(&tree, "g"), supervisor);
	CU_ASSERT(tree_wait_for(&tree, "2/2 in 1min 0s each", "tree", NULL));

	/* the third of one child is one too many */
	story_tell(&tree, "g/b", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "g", 1));
	CU_ASSERT(story_await_generation(&tree, "g/b", 3));
	CU_ASSERT(story_is(&tree, "g", "cause", "escalated"));
	tree_stop(&tree);
}

static void test_with_scope_child_a_new_life_is_not_charged(void)
{
	struct tree tree;
	pid_t supervisor;

	tree_start(&tree, counted_alone);
	supervisor = story_pid(&tree, "g");
	for (unsigned int i = 0; i < 2; i++) {
		crash(&tree, "g/a", 1);
		crash(&tree, "g/a", 2);
		CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/a"), 0);
		CU_ASSERT_EQUAL(story_act(&tree, "start", "g/a"), 0);
	}
	CU_ASSERT_EQUAL(story_pid(&tree, "g"), supervisor);
	tree_stop(&tree);
}

static void test_starts_by_hand_are_not_counted(void)
{
	struct tree tree;
	pid_t supervisor;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - name: g\n"
		"    intensity: 3 in 1min\n"
		"    children:\n"
		"      - { name: a, " STORY_ACTOR ",\n"
		"          backoff: { min: 365d, max: 365d } }\n");
	supervisor = story_pid(&tree, "g");
	for (int i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/a"), 0);
		CU_ASSERT_EQUAL(story_act(&tree, "start", "g/a"), 0);
		CU_ASSERT_EQUAL(story_act(&tree, "restart", "g/a"), 0);
	}
	/* of a restart that waits: the failure has been counted, the start is
	 * not counted again */
	crash(&tree, "g/a", 2);
	story_tell(&tree, "g/a", "crash", NULL);
	CU_ASSERT(story_await(&tree, "g/a", "state", "backing-off"));
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g/a"), 0);
	CU_ASSERT(tree_wait_for(&tree, "2/3 in 1min", "tree", NULL));
	CU_ASSERT_EQUAL(story_pid(&tree, "g"), supervisor);
	tree_stop(&tree);
}

/* ---- significant children ----------------------------------------------- */

static void start_significant(struct tree *tree, const char *auto_shutdown,
			      const char *restart)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "system: \"@SYSTEM@\"\nchildren:\n"
		 "  - { name: out, refs: [\"/@SYSTEM@/g/plain\"], "
		 STORY_ACTOR " }\n"
		 "  - name: g\n"
		 "    auto_shutdown: %s\n"
		 "    restart: %s\n"
		 "    children:\n"
		 "      - { name: plain, " STORY_ACTOR " }\n"
		 "      - { name: one, restart: transient, significant: true,\n"
		 "          " STORY_ACTOR " }\n"
		 "      - { name: other, restart: temporary, significant: true,\n"
		 "          " STORY_ACTOR " }\n", auto_shutdown, restart);
	tree_start(tree, text);
}

static void expect_cause_text(struct tree *tree, const char *path,
			      const char *decision, const char *words)
{
	json_t *text = story_decision(tree, path, decision, "text");
	const char *said = json_string_value(text);

	if (!said || !strstr(said, words))
		harness_note("no \"%s\" in: %s", words, said ? said : "nothing");
	CU_ASSERT(said && strstr(said, words));
	json_decref(text);
}

static void test_the_first_significant_end_shuts_its_supervisor_down(void)
{
	struct tree tree;
	pid_t out;

	start_significant(&tree, "any_significant", "transient");
	expect_check(&tree, "3 in 5s, auto_shutdown any_significant");
	expect_check(&tree, "significant\n");
	out = story_pid(&tree, "out");

	/* a failure that is restarted is no end, nor is one by hand */
	crash(&tree, "g/one", 1);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/other"), 0);
	CU_ASSERT(story_is(&tree, "g", "state", "running"));

	story_tell(&tree, "g/one", "exit", "0");
	CU_ASSERT(story_await(&tree, "g", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "g", "cause", "exit:0"));
	expect_cause_text(&tree, "g", "stop", "any_significant of /");
	expect_cause_text(&tree, "g", "stop", "/g/one: exit:0");
	CU_ASSERT_EQUAL(story_ask(&tree, "g/plain", "notes", NULL, NULL), 5);
	CU_ASSERT_EQUAL(story_pid(&tree, "out"), out);

	/* by hand it comes back, with new lives, and who refers to it knows */
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g"), 0);
	story_expect(&tree, "g/plain", "echo", "back", "back");
	tree_stop(&tree);
}

static void test_the_last_significant_end_shuts_its_supervisor_down(void)
{
	struct tree tree;
	pid_t supervisor;
	char *life, full[STORY_PATH_BYTES], words[STORY_PATH_BYTES + 64];

	start_significant(&tree, "all_significant", "permanent");
	supervisor = story_pid(&tree, "g");
	life = story_text(&tree, "g/plain", "life");
	story_tell(&tree, "g/one", "exit", "0");
	CU_ASSERT(story_await(&tree, "g/one", "state", "stopped"));
	CU_ASSERT_EQUAL(story_pid(&tree, "g"), supervisor);
	story_tell(&tree, "g/other", "crash", NULL);

	/* a permanent supervisor comes back, its children with new lives */
	CU_ASSERT(story_await_generation(&tree, "g", 1));
	CU_ASSERT(story_await(&tree, "g/one", "state", "running"));
	CU_ASSERT(story_await(&tree, "g/plain", "state", "running"));
	CU_ASSERT(!story_is(&tree, "g/plain", "life", life));
	CU_ASSERT(story_is(&tree, "g/plain", "generation", "0"));
	expect_cause_text(&tree, "g", "restart", "all_significant of /");
	snprintf(words, sizeof(words), "%s note in",
		 story_path(&tree, "g/plain", full));
	story_tell(&tree, "out", "tell", words);
	CU_ASSERT(story_await_notes(&tree, "g/plain", "in\n"));
	free(life);
	tree_stop(&tree);
}

static void test_a_significant_sibling_stopped_for_another_ends_nothing(void)
{
	struct tree tree;
	pid_t supervisor;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - name: g\n"
		"    strategy: one_for_all\n"
		"    auto_shutdown: any_significant\n"
		"    children:\n"
		"      - { name: a, " STORY_ACTOR " }\n"
		"      - { name: s, restart: temporary, significant: true,\n"
		"          " STORY_ACTOR " }\n");
	supervisor = story_pid(&tree, "g");
	crash(&tree, "g/a", 1);
	CU_ASSERT(story_await(&tree, "g/s", "state", "stopped"));
	story_expect(&tree, "g/a", "echo", "on", "on");
	CU_ASSERT_EQUAL(story_pid(&tree, "g"), supervisor);
	tree_stop(&tree);
}

static void test_a_system_can_end_with_its_significant_child(void)
{
	struct tree tree;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nauto_shutdown: any_significant\n"
		"children:\n"
		"  - { name: a, " STORY_ACTOR " }\n"
		"  - { name: s, restart: transient, significant: true,\n"
		"      " STORY_ACTOR " }\n");
	story_tell(&tree, "s", "exit", "0");
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	expect_last_line(&tree, "any_significant of /");
	tree_forget(&tree);
}

/* ---- start order --------------------------------------------------------- */

static void test_a_parallel_start_waits_for_no_sibling(void)
{
	struct tree tree;

	tree_prepare(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - name: g\n"
		"    start_order: parallel\n"
		"    children:\n"
		"      - { name: a, args: [--hang-at-start], stop_timeout: 0,\n"
		"          exec: \"@ACTORS@/test-actor\", start_timeout: 1h }\n"
		"      - { name: b, " STORY_ACTOR " }\n"
		"      - { name: c, " STORY_ACTOR " }\n"
		"  - { name: z, " STORY_ACTOR " }\n");
	expect_check(&tree, "start_order parallel");
	tree_spawn(&tree);
	CU_ASSERT(story_await(&tree, "g/c", "state", "running"));
	CU_ASSERT(story_await(&tree, "g/b", "state", "running"));
	CU_ASSERT(story_is(&tree, "g/a", "state", "starting"));
	/* the group is not up, and who comes after it waits */
	CU_ASSERT(story_is(&tree, "g", "state", "starting"));
	CU_ASSERT(story_number(&tree, "z", "pid") <= 0);
	tree_stop(&tree);
}

/* ---- how long a stop takes ----------------------------------------------- */

/* much more than what is meant to end it, much less than what must not */
#define SOON_MS 50000

static int64_t stop_ms(struct tree *tree, const char *path)
{
	int64_t began_ms = story_now_ms();

	CU_ASSERT_EQUAL(story_act(tree, "stop", path), 0);
	return story_now_ms() - began_ms;
}

static void hang(struct tree *tree, const char *path, const char *trace)
{
	story_tell(tree, path, "hang", NULL);
	CU_ASSERT(story_await_trace(tree, trace));
}

static void test_a_stop_timeout_of_zero_kills_at_once(void)
{
	struct tree tree;
	char *trace;

	story_start_traced(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: a, stop_timeout: 0, " STORY_TRACED " }\n"
		"  - name: g\n"
		"    stop_timeout: 0\n"
		"    children:\n"
		"      - { name: b, stop_timeout: 1h, " STORY_TRACED " }\n");
	hang(&tree, "g/b", "start a 0\nstart b 0\nhang b 0\n");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	CU_ASSERT(story_is(&tree, "a", "cause", "signal:KILL"));
	CU_ASSERT(stop_ms(&tree, "g") < SOON_MS);
	CU_ASSERT(story_is(&tree, "g", "state", "stopped"));

	/* neither was asked, and both can begin anew */
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "g"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "a"), 0);
	trace = story_trace(&tree);
	CU_ASSERT_PTR_NULL(strstr(trace, "stop "));
	story_expect(&tree, "g/b", "echo", "anew", "anew");
	free(trace);
	tree_stop(&tree);
}

static void test_a_supervisor_s_stop_timeout_bounds_its_children(void)
{
	struct tree tree;

	story_start_traced(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - name: g\n"
		"    stop_timeout: 500ms\n"
		"    children:\n"
		"      - { name: a, stop_timeout: 1h, " STORY_TRACED " }\n"
		"      - { name: b, stop_timeout: 1h, " STORY_TRACED " }\n");
	hang(&tree, "g/b", "start a 0\nstart b 0\nhang b 0\n");
	CU_ASSERT(stop_ms(&tree, "g") < SOON_MS);
	CU_ASSERT(story_is(&tree, "g", "state", "stopped"));
	tree_stop(&tree);
}

static void test_shutdown_timeout_is_the_total_of_a_stop(void)
{
	int64_t began_ms;
	struct tree tree;

	story_start_traced(&tree,
		"system: \"@SYSTEM@\"\nshutdown_timeout: 2s\nchildren:\n"
		"  - { name: a, stop_timeout: 1h, " STORY_TRACED " }\n"
		"  - name: g\n"
		"    stop_timeout: infinity\n"
		"    children:\n"
		"      - { name: b, stop_timeout: 1h, " STORY_TRACED " }\n");
	expect_check(&tree, "a stop takes at most 2s: together they may want ");
	hang(&tree, "g/b", "start a 0\nstart b 0\nhang b 0\n");
	hang(&tree, "a", "start a 0\nstart b 0\nhang b 0\nhang a 0\n");
	began_ms = story_now_ms();
	CU_ASSERT_EQUAL(story_act(&tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	CU_ASSERT(story_now_ms() - began_ms < SOON_MS);
	tree_forget(&tree);
}

/* ---- who dies slowly ------------------------------------------------------ */

#define FREEZER "/sys/fs/cgroup/freezer"
#define DIES_MS 1500	/* longer than a stop has for that */

static bool put_into(const char *folder, const char *file, const char *text)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	out = fopen(path, "we");
	return out && (fputs(text, out), fclose(out) == 0);
}

/* a process in there is killed, and does not die before it is let go; Return: its
 * folder, NULL: there is no such thing here */
static char *hold_in_freezer(struct tree *tree, const char *path)
{
	char *folder = NULL, pid[16];

	if (asprintf(&folder, FREEZER "/%s", tree->system) < 0)
		abort();
	snprintf(pid, sizeof(pid), "%d", story_pid(tree, path));
	if (mkdir(folder, 0700) == 0 && put_into(folder, "cgroup.procs", pid) &&
	    put_into(folder, "freezer.state", "FROZEN"))
		return folder;
	rmdir(folder);
	free(folder);
	return NULL;
}

static void let_go(const char *folder)
{
	CU_ASSERT(put_into(folder, "freezer.state", "THAWED"));
}

static bool is_empty(struct tree *tree, void *folder)
{
	(void)tree;
	return rmdir(folder) == 0;
}

/* as one of very many on a busy machine does */
static void test_who_is_killed_has_time_to_die(void)
{
	struct tree tree;
	int status = -1;
	char *folder;
	pid_t asker;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, stop_timeout: 0, " STORY_ACTOR " }\n");
	folder = hold_in_freezer(&tree, "a");
	if (!folder) {
		tree_stop(&tree);
		HARNESS_SKIP("no freezer of version 1 here");
	}
	asker = story_act_behind(&tree, "restart", "a");
	CU_ASSERT(story_await(&tree, "a", "state", "stopping"));
	usleep(DIES_MS * 1000);
	let_go(folder);
	waitpid(asker, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	CU_ASSERT(tree_wait_until(&tree, is_empty, folder));
	free(folder);
	tree_stop(&tree);
}

/* ---- exit_with ------------------------------------------------------------ */

static const char with_main[] =
	"system: \"@SYSTEM@\"\nexit_with: /@SYSTEM@/g/main\nchildren:\n"
	"  - { name: a, " STORY_TRACED " }\n"
	"  - name: g\n"
	"    children:\n"
	"      - { name: main, restart: transient, " STORY_TRACED ",\n"
	"          directives: { \"exit:7\": stop, signal: stop } }\n"
	"      - { name: b, " STORY_TRACED " }\n";

static void test_the_system_ends_with_the_status_of_its_child(void)
{
	struct tree tree;
	char *trace;

	story_start_traced(&tree, with_main);
	expect_check(&tree, "the system ends with /");

	/* what is restarted has not ended */
	story_tell(&tree, "g/main", "exit", "3");
	CU_ASSERT(story_await_generation(&tree, "g/main", 1));

	story_tell(&tree, "g/main", "exit", "7");
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 7);
	expect_last_line(&tree, "/g/main: exit:7");
	trace = story_trace(&tree);
	CU_ASSERT_PTR_NOT_NULL(strstr(trace, "stop b 0\nstop a 0\n"));
	free(trace);
	tree_forget(&tree);
}

static void test_a_killed_child_is_told_as_128_and_its_signal(void)
{
	struct tree tree;

	story_start_traced(&tree, with_main);
	story_signal(&tree, "g/main", SIGKILL);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 128 + SIGKILL);
	expect_last_line(&tree, "/g/main: signal:KILL");
	tree_forget(&tree);
}

static void test_an_end_by_hand_above_it_is_its_end_too(void)
{
	struct tree tree;

	story_start_traced(&tree, with_main);
	story_act(&tree, "stop", "g");
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	expect_last_line(&tree, "/g: exit:0");
	tree_forget(&tree);
}

static void test_a_stop_of_the_whole_tree_is_nobodys_end(void)
{
	struct tree tree;
	char *log;

	story_start_traced(&tree, with_main);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	log = tree_log_text(&tree);
	CU_ASSERT_PTR_NULL(strstr(log, "the system ends with"));
	free(log);
	tree_forget(&tree);
}

/* what happens to @whose is the end of the whole */
static void expect_end(const char *keys, const char *of_g, const char *whose,
		       const char *type, const char *text, int status,
		       const char *line)
{
	char config[2048];
	struct tree tree;

	snprintf(config, sizeof(config),
		 "system: \"@SYSTEM@\"\nauto_shutdown: any_significant\n"
		 "%schildren:\n"
		 "  - { name: a, restart: temporary, significant: true, "
		 STORY_ACTOR " }\n"
		 "  - name: g\n%s"
		 "    children:\n"
		 "      - { name: main, restart: temporary, " STORY_ACTOR " }\n"
		 "      - { name: b, restart: permanent, " STORY_ACTOR " }\n",
		 keys, of_g);
	tree_start(&tree, config);
	story_tell(&tree, whose, type, text);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), status);
	expect_last_line(&tree, line);
	tree_forget(&tree);
}

#define WITH_MAIN "exit_with: /@SYSTEM@/g/main\n"
#define WITH_B "exit_with: /@SYSTEM@/g/b\n"

static void test_the_system_that_ends_names_who_was_the_reason(void)
{
	/* auto_shutdown at the top: it is not main that has ended */
	expect_end(WITH_MAIN, "", "a", "exit", "7", 0,
		   "the system shut down by itself: any_significant of ");
	/* stopped with a sibling that failed */
	expect_end(WITH_MAIN, "    strategy: one_for_all\n", "g/b",
		   "exit", "3", 1, "g/b failed");
	/* its node gave up, because of it, and of another */
	expect_end(WITH_B, "    restart: temporary\n"
		   "    intensity: 0 in 1min\n", "g/b", "exit", "33", 33,
		   "/g/b: exit:33");
	expect_end(WITH_MAIN, "    restart: temporary\n"
		   "    intensity: 0 in 1min\n", "g/b", "exit", "33", 1,
		   "/g/b: exit:33");
}

static void test_a_node_that_shuts_down_by_itself_says_why(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\n" WITH_B "children:\n"
		"  - name: g\n"
		"    restart: transient\n"
		"    auto_shutdown: any_significant\n"
		"    children:\n"
		"      - { name: a, restart: temporary, significant: true, "
		STORY_ACTOR " }\n"
		"      - { name: b, restart: transient, " STORY_ACTOR " }\n");
	story_tell(&tree, "g/a", "exit", "7");
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	expect_last_line(&tree, "/g: exit:0: any_significant of ");
	expect_last_line(&tree, "/g/a: exit:7");
	tree_forget(&tree);
}

static void test_a_stop_that_was_ordered_exits_with_0(void)
{
	struct tree tree;

	story_start_traced(&tree, with_main);
	story_tell(&tree, "g/main", "hang", NULL);
	CU_ASSERT_EQUAL(kill(tree.pid, SIGTERM), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	tree_forget(&tree);
}

/* ---- what is told --------------------------------------------------------- */

/* @field of a decision is that text */
static void expect_field(struct tree *tree, const char *path,
			 const char *decision, const char *field,
			 const char *value)
{
	json_t *found = story_decision(tree, path, decision, field);
	char number[32];
	const char *text = json_string_value(found);

	if (json_is_integer(found)) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(found));
		text = number;
	}
	if (!text || strcmp(text, value))
		harness_note("%s, %s: %s is %s, not %s", path, decision, field,
			     text ? text : "nothing", value);
	CU_ASSERT(text && !strcmp(text, value));
	json_decref(found);
}

static char *group_of(struct tree *tree, const char *path,
		      const char *decision)
{
	json_t *found = story_decision(tree, path, decision, "group");
	const char *text = json_string_value(found);
	char *copy = strdup(text ? text : "");

	json_decref(found);
	return copy;
}

static const char explained[] =
	"system: \"@SYSTEM@\"\nstrategy: one_for_all\n"
	"intensity: { restarts: 2, period: 1min }\nchildren:\n"
	"  - { name: a, " STORY_ACTOR " }\n"
	"  - { name: b, " STORY_ACTOR ", backoff: { min: 1ms, max: 1ms } }\n"
	"  - { name: t, restart: temporary, " STORY_ACTOR " }\n"
	"  - { name: s, " STORY_ACTOR " }\n";

/* who is stopped by hand is not touched, and so not named */
static void crash_explained(struct tree *tree)
{
	CU_ASSERT_EQUAL(story_act(tree, "stop", "s"), 0);
	crash(tree, "b", 1);
	CU_ASSERT(story_await_generation(tree, "a", 1));
	CU_ASSERT(story_await(tree, "t", "state", "stopped"));
}

static void test_a_decision_explains_itself(void)
{
	struct tree_result result;
	struct tree tree;
	char *group;

	tree_start(&tree, explained);
	crash_explained(&tree);
	group = group_of(&tree, "b", "restart");
	expect_field(&tree, "b", "restart", "cause", "signal:SEGV");
	expect_field(&tree, "b", "restart", "directive", "restart");
	expect_field(&tree, "b", "restart", "count", "1");
	expect_field(&tree, "b", "restart", "limit", "2");
	expect_field(&tree, "b", "restart", "period_ms", "60000");
	expect_field(&tree, "b", "restart", "window_ms", "60000");
	expect_field(&tree, "b", "restart", "scope", "group");
	expect_field(&tree, "b", "restart", "delay_ms", "0");
	expect_field(&tree, "b", "restart", "siblings", "a t");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "why", "/@SYSTEM@/b",
				      NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "1/2, 1min 0s left"));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "(with a t, group "));
	tree_result_clear(&result);

	/* each of the group tells the same number, and whose failure it was */
	expect_field(&tree, "b", "started", "group", group);
	expect_field(&tree, "a", "restart", "group", group);
	expect_field(&tree, "a", "started", "group", group);
	expect_field(&tree, "t", "stop", "group", group);
	expect_cause_text(&tree, "a", "restart", "because a sibling failed");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "why", "/@SYSTEM@/a",
				      NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "/b, group "));
	tree_result_clear(&result);

	/* what people do is another story */
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "a"), 0);
	free(group);
	group = group_of(&tree, "a", "restart");
	expect_field(&tree, "a", "started", "group", group);
	expect_cause_text(&tree, "a", "restart", "as was asked for");
	free(group);
	tree_stop(&tree);
}

/* ---- below a node ---------------------------------------------------------- */

static void expect_group(struct tree *tree, const char *path,
			 const char *decision, const char *group,
			 const char *because_of)
{
	char full[STORY_PATH_BYTES];

	expect_field(tree, path, decision, "group", group);
	expect_field(tree, path, decision, "because_of",
		     story_path(tree, because_of, full));
}

/* all decisions about it, the oldest first */
static void expect_time_order(struct tree *tree, const char *path)
{
	char full[STORY_PATH_BYTES];
	json_t *records = story_json(tree, "why", story_path(tree, path, full),
				     NULL), *record;
	json_int_t last = 0, now;
	size_t i;

	json_array_foreach(records, i, record) {
		now = json_integer_value(json_object_get(record, "time_us"));
		CU_ASSERT(now >= last);
		last = now;
	}
	CU_ASSERT(i > 3);
	json_decref(records);
}

/* b fails in the restart that a was the reason for, c waits for both */
static void test_a_group_that_fails_again_has_one_reason(void)
{
	struct tree tree;
	char *group;

	tree_start(&tree, "system: \"@SYSTEM@\"\nstrategy: rest_for_one\n"
		"intensity: 9 in 1min\nchildren:\n"
		"  - { name: a, " STORY_ACTOR " }\n"
		"  - { name: b, " STORY_ACTOR
		", args: [--fail-post-restart, \"5\"] }\n"
		"  - { name: c, " STORY_ACTOR " }\n");
	crash(&tree, "a", 1);
	CU_ASSERT(story_await_generation(&tree, "c", 1));
	group = group_of(&tree, "b", "restart");
	expect_cause_text(&tree, "b", "restart",
			  "its post_restart hook failed: ");
	expect_group(&tree, "b", "started", group, "b");
	expect_group(&tree, "c", "started", group, "b");
	free(group);
	tree_stop(&tree);
}

static const char nested[] =
	"system: \"@SYSTEM@\"\nstrategy: rest_for_one\n"
	"intensity: { restarts: 100, period: 1min }\nchildren:\n"
	"  - { name: first, " STORY_ACTOR " }\n"
	"  - name: h\n"
	"    exec: \"@ACTORS@/test-actor\"\n"
	"    children:\n"
	"      - { name: k, " STORY_ACTOR " }\n"
	"      - name: n\n"
	"        children: [ { name: x, " STORY_ACTOR " } ]\n";

static void test_one_group_restart_has_one_number_below_nodes_too(void)
{
	static const char *const touched[] = { "h", "h/k", "h/n", "h/n/x" };
	struct tree tree;
	char *group;

	tree_start(&tree, nested);
	crash(&tree, "first", 1);
	CU_ASSERT(story_await_generation(&tree, "h/n/x", 1));
	group = group_of(&tree, "first", "restart");
	expect_group(&tree, "first", "started", group, "first");
	for (size_t i = 0; i < 4; i++)
		expect_group(&tree, touched[i], "started", group, "first");
	expect_group(&tree, "h/k", "restart", group, "first");
	expect_group(&tree, "h/n/x", "restart", group, "first");
	expect_cause_text(&tree, "h/n/x", "restart", "was stopped and began anew");
	expect_time_order(&tree, "h");
	free(group);

	/* by hand it is nobody's failure */
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "h/n"), 0);
	group = group_of(&tree, "h/n", "restart");
	expect_field(&tree, "h/n/x", "restart", "group", group);
	expect_cause_text(&tree, "h/n/x", "restart", "as was asked for");
	free(group);
	tree_stop(&tree);
}

static void test_a_killed_supervisor_is_why_all_below_began_anew(void)
{
	struct tree tree;
	char *group;

	tree_start(&tree, nested);
	story_signal(&tree, "h", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "h/n/x", 1));
	group = group_of(&tree, "h", "restart");
	expect_group(&tree, "h/k", "restart", group, "h");
	expect_group(&tree, "h/n/x", "restart", group, "h");
	expect_group(&tree, "h/n/x", "started", group, "h");
	expect_field(&tree, "h/n/x", "restart", "cause", "supervisor");
	expect_cause_text(&tree, "h/n/x", "restart",
			  "its supervisor did not end in good order");
	free(group);
	tree_stop(&tree);
}

static void test_a_head_and_its_children_have_the_number_of_their_parent(void)
{
	struct tree tree;
	char *group;

	tree_start(&tree, nested);
	/* the last of rest_for_one, so that its supervisor stays */
	crash(&tree, "h", 1);
	CU_ASSERT(story_await_generation(&tree, "h/n/x", 1));
	group = group_of(&tree, "h", "restart");
	CU_ASSERT(strlen(group) > 0);
	expect_group(&tree, "h", "started", group, "h");
	expect_group(&tree, "h/k", "restart", group, "h");
	expect_group(&tree, "h/k", "started", group, "h");
	expect_group(&tree, "h/n", "restart", group, "h");
	expect_group(&tree, "h/n/x", "started", group, "h");
	expect_time_order(&tree, "h");
	free(group);
	tree_stop(&tree);
}

static size_t n_records(const struct tree *tree, const char *field,
			const char *value)
{
	json_t *records = story_spool(tree), *record;
	size_t i, n = 0;

	json_array_foreach(records, i, record)
		n += story_record(record, field, value);
	json_decref(records);
	return n;
}

static bool has_five(struct tree *tree, void *group)
{
	return n_records(tree, "ACTOR_GROUP", group) == 5;
}

/* b failed, a restarting, t stopped, a started, b started; and when b gives up,
 * that has a number of its own */
static void test_the_journal_has_one_number_for_one_group_restart(void)
{
	struct tree tree;
	char *group;

	story_hide_journal();
	tree_start(&tree, explained);
	crash_explained(&tree);
	group = group_of(&tree, "b", "restart");
	CU_ASSERT(tree_wait_until(&tree, has_five, group));
	CU_ASSERT_EQUAL(n_records(&tree, "ACTOR_RECORD", "gave-up"), 0);
	free(group);
	tree_stop(&tree);
}

static bool has_given_up(struct tree *tree, void *data)
{
	(void)data;
	return n_records(tree, "ACTOR_RECORD", "gave-up") == 1;
}

static void test_a_supervisor_that_gives_up_says_so_itself(void)
{
	json_t *records, *record;
	struct tree tree;
	size_t i;

	story_hide_journal();
	tree_start(&tree, counted_alone);
	for (unsigned int n = 1; n <= 3; n++)
		crash(&tree, "g/a", n);
	CU_ASSERT(tree_wait_until(&tree, has_given_up, NULL));
	records = story_spool(&tree);
	json_array_foreach(records, i, record) {
		if (!story_record(record, "ACTOR_RECORD", "gave-up"))
			continue;
		CU_ASSERT(story_record(record, "ACTOR_CAUSE", "signal:SEGV"));
		CU_ASSERT(story_record(record, "ACTOR_COUNT", "3"));
		CU_ASSERT(story_record(record, "ACTOR_LIMIT", "2"));
	}
	json_decref(records);
	tree_stop(&tree);
}

/* the field of its first record of that kind */
static char *recorded(const struct tree *tree, const char *kind,
		      const char *path, const char *field)
{
	json_t *records = story_spool(tree), *record;
	const char *text = "";
	char *copy = NULL;
	size_t i;

	json_array_foreach(records, i, record) {
		if (copy || !story_record(record, "ACTOR_RECORD", kind) ||
		    !story_record(record, "ACTOR_PATH", path))
			continue;
		text = json_string_value(json_object_get(record, field));
		copy = strdup(text ? text : "");
	}
	json_decref(records);
	return copy ? copy : strdup("no such record");
}

static void test_the_root_gives_up_by_its_own_name(void)
{
	char path[STORY_PATH_BYTES], *group, *failure;
	struct tree tree;

	story_hide_journal();
	tree_start(&tree, "system: \"@SYSTEM@\"\nintensity: 0 in 1min\n"
			  "children:\n  - { name: a, " STORY_ACTOR " }\n");
	for (unsigned int n = 1; n <= 3; n++)
		crash(&tree, "a", n);
	story_path(&tree, "", path);
	story_tell(&tree, "a", "crash", NULL);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 1);
	group = recorded(&tree, "gave-up", "/", "ACTOR_GROUP");
	CU_ASSERT(strlen(group) > 0);
	/* of the root's decision that it was */
	CU_ASSERT(n_records(&tree, "ACTOR_GROUP", group) >= 2);
	free(group);
	failure = recorded(&tree, "gave-up", "/", "ACTOR_BECAUSE_OF");
	CU_ASSERT_STRING_EQUAL(failure, path);
	free(failure);
	failure = recorded(&tree, "gave-up", "/", "MESSAGE");
	CU_ASSERT_EQUAL(strncmp(failure, "/ gave up: /", 12), 0);
	free(failure);
	tree_forget(&tree);
}

/* who brings it to the journal ends behind it */
static void test_the_last_decision_is_in_the_journal(void)
{
	struct tree tree;

	story_hide_journal();
	tree_prepare(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			    "  - { name: a, kind: program,"
			    " exec: /bin/false }\n");
	tree_spawn(&tree);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 1);
	/* one of the supervisor above a, one of the root */
	CU_ASSERT_EQUAL(n_records(&tree, "ACTOR_RECORD", "start-failed"), 2);
	CU_ASSERT_EQUAL(n_records(&tree, "ACTOR_RECORD", "stopped"), 2);
	tree_forget(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_can_never_happen_is_warned_of),
	HARNESS_TEST(test_templates_count_for_warnings),
	HARNESS_TEST(test_with_scope_child_each_has_a_window_of_its_own),
	HARNESS_TEST(test_with_scope_child_a_new_life_is_not_charged),
	HARNESS_TEST(test_starts_by_hand_are_not_counted),
	HARNESS_TEST(test_the_first_significant_end_shuts_its_supervisor_down),
	HARNESS_TEST(test_the_last_significant_end_shuts_its_supervisor_down),
	HARNESS_TEST(test_a_significant_sibling_stopped_for_another_ends_nothing),
	HARNESS_TEST(test_a_system_can_end_with_its_significant_child),
	HARNESS_TEST(test_a_parallel_start_waits_for_no_sibling),
	HARNESS_TEST(test_a_stop_timeout_of_zero_kills_at_once),
	HARNESS_TEST(test_a_supervisor_s_stop_timeout_bounds_its_children),
	HARNESS_TEST(test_shutdown_timeout_is_the_total_of_a_stop),
	HARNESS_TEST(test_who_is_killed_has_time_to_die),
	HARNESS_TEST(test_the_system_ends_with_the_status_of_its_child),
	HARNESS_TEST(test_a_killed_child_is_told_as_128_and_its_signal),
	HARNESS_TEST(test_an_end_by_hand_above_it_is_its_end_too),
	HARNESS_TEST(test_a_stop_of_the_whole_tree_is_nobodys_end),
	HARNESS_TEST(test_the_system_that_ends_names_who_was_the_reason),
	HARNESS_TEST(test_a_node_that_shuts_down_by_itself_says_why),
	HARNESS_TEST(test_a_stop_that_was_ordered_exits_with_0),
	HARNESS_TEST(test_a_decision_explains_itself),
	HARNESS_TEST(test_a_group_that_fails_again_has_one_reason),
	HARNESS_TEST(test_one_group_restart_has_one_number_below_nodes_too),
	HARNESS_TEST(test_a_killed_supervisor_is_why_all_below_began_anew),
	HARNESS_TEST(test_a_head_and_its_children_have_the_number_of_their_parent),
	HARNESS_TEST(test_the_journal_has_one_number_for_one_group_restart),
	HARNESS_TEST(test_a_supervisor_that_gives_up_says_so_itself),
	HARNESS_TEST(test_the_root_gives_up_by_its_own_name),
	HARNESS_TEST(test_the_last_decision_is_in_the_journal),
};
HARNESS_MAIN(tests)
