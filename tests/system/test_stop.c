/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_stop.c - stops of actors, groups and systems: in order, in time.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/story.h"

#define THREE(stop_timeout)                                                    \
	"system: \"@SYSTEM@\"\nshutdown_timeout: 10min\nchildren:\n"            \
	"  - { name: a, refs: [b], stop_timeout: 1min, " STORY_TRACED " }\n"      \
	"  - { name: b, stop_timeout: " stop_timeout ", " STORY_TRACED " }\n"    \
	"  - { name: c, stop_timeout: 1min, " STORY_TRACED " }\n"

static void test_a_system_stops_in_reverse_order(void)
{
	struct tree tree;
	char *trace;

	story_start_traced(&tree, THREE("1min"));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	trace = story_trace(&tree);
	CU_ASSERT_STRING_EQUAL(trace, "start a 0\nstart b 0\nstart c 0\n"
				      "stop c 0\nstop b 0\nstop a 0\n");
	free(trace);
	tree_forget(&tree);
}

static void try_signal(int signal_number)
{
	struct tree tree;
	char *trace;

	story_start_traced(&tree, THREE("1min"));
	CU_ASSERT_EQUAL(kill(tree.pid, signal_number), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	trace = story_trace(&tree);
	CU_ASSERT_PTR_NOT_NULL(strstr(trace, "stop c 0\nstop b 0\nstop a 0\n"));
	free(trace);
	tree_forget(&tree);
}

static void test_SIGTERM_to_the_root_is_an_orderly_stop(void)
{
	try_signal(SIGTERM);
}

static void test_SIGINT_to_the_root_is_an_orderly_stop(void)
{
	try_signal(SIGINT);
}

#define DEAF(name)							       \
	"{ name: " name ", kind: program, stop_timeout: 1h,\n"		       \
	"  exec: \"@ACTORS@/test-notifier\",\n"				       \
	"  args: [\"READY=1\", \"--\", \"~3600000\"] }\n"

/* each would go on for an hour, as it was told before there was a deadline */
static void test_a_stop_under_way_is_hurried_by_the_system_s(void)
{
	struct tree tree;
	int64_t begun;
	pid_t behind[2];

	tree_start(&tree, "system: \"@SYSTEM@\"\nshutdown_timeout: 3s\n"
		"children:\n- " DEAF("p")
		"- name: g\n  stop_timeout: 1h\n  children:\n  - " DEAF("q"));
	behind[0] = story_act_behind(&tree, "restart", "p");
	behind[1] = story_act_behind(&tree, "restart", "g");
	CU_ASSERT(story_await(&tree, "p", "state", "stopping"));
	CU_ASSERT(story_await(&tree, "g/q", "state", "stopping"));
	begun = story_now_ms();
	CU_ASSERT_EQUAL(kill(tree.pid, SIGTERM), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	CU_ASSERT(story_now_ms() - begun < 60000);
	for (int i = 0; i < 2; i++)
		waitpid(behind[i], NULL, 0);
	tree_forget(&tree);
}

/* b hangs, without a look at SIGTERM; its neighbours know nothing of it */
static void hang(struct tree *tree)
{
	story_start_traced(tree, THREE("500ms"));
	story_tell(tree, "b", "hang", NULL);
	CU_ASSERT(story_await_trace(tree, "start a 0\nstart b 0\nstart c 0\n"
					  "hang b 0\n"));
	story_clear_trace(tree);
}

static void test_what_hangs_is_gone_at_its_deadline(void)
{
	int64_t began_ms, took_ms;
	struct tree tree;
	pid_t b;

	hang(&tree);
	b = story_pid(&tree, "b");
	began_ms = story_now_ms();
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	took_ms = story_now_ms() - began_ms;
	if (took_ms < 400 || took_ms > 1000)
		harness_note("the stop took %lld ms", (long long)took_ms);
	CU_ASSERT(took_ms >= 400);
	/* the default, which would be wrong */
	CU_ASSERT(took_ms < 5000);
	CU_ASSERT(story_await_gone(&tree, b));
	CU_ASSERT(story_is(&tree, "b", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "b", "cause", "signal:KILL"));
	story_expect(&tree, "a", "echo", "well", "well");
	tree_stop(&tree);
}

static void expect_said(struct tree *tree, const char *path,
			const char *decision, const char *said)
{
	json_t *text = story_decision(tree, path, decision, "text");

	CU_ASSERT(text && json_string_value(text) &&
		  strstr(json_string_value(text), said));
	json_decref(text);
}

static void test_what_had_to_be_killed_is_not_said_to_have_stopped_well(void)
{
	static const char killed[] =
		"it did not end within its stop_timeout and was killed";
	struct tree tree;

	hang(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "b"), 0);
	expect_said(&tree, "b", "restart", killed);
	story_tell(&tree, "b", "hang", NULL);
	CU_ASSERT(story_await_trace(&tree, "start b 1\nhang b 1\n"));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	expect_said(&tree, "b", "stop", killed);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "a"), 0);
	expect_said(&tree, "a", "restart",
		    "stopped in good order, as was asked for");
	tree_stop(&tree);
}

/* three quarters of its time to do as it is told, then SIGTERM */
static void test_what_does_not_listen_gets_SIGTERM(void)
{
	struct tree tree;

	story_start_traced(&tree, THREE("500ms"));
	story_tell(&tree, "b", "sleep-tell", "60000 a note never");
	CU_ASSERT(story_await_trace(&tree, "start a 0\nstart b 0\nstart c 0\n"
					  "sleep b 0\n"));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT(story_is(&tree, "b", "cause", "signal:TERM"));
	tree_stop(&tree);
}

/* in a process of its own: let it go on once it is being stopped */
static pid_t thaw_when_stopping(struct tree *tree, const char *path)
{
	pid_t frozen = story_pid(tree, path), pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		story_await(tree, path, "state", "stopping");
		kill(frozen, SIGCONT);
		_exit(0);
	}
	return pid;
}

static void test_a_busy_handler_finishes_and_the_rest_is_terminated(void)
{
	struct tree tree;
	pid_t helper;

	story_start_traced(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: a, " STORY_TRACED " }\n"
		"  - { name: b, refs: [a], stop_timeout: 1min, "
		STORY_TRACED " }\n");
	story_clear_trace(&tree);
	story_tell(&tree, "b", "sleep-tell", "1000 a note finished");
	CU_ASSERT(story_await_trace(&tree, "sleep b 0\n"));
	story_freeze(&tree, "b");
	for (int i = 0; i < 10; i++)
		story_tell(&tree, "b", "note", "never");
	helper = thaw_when_stopping(&tree, "b");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT_EQUAL(waitpid(helper, NULL, 0), helper);
	CU_ASSERT(story_await_trace(&tree, "sleep b 0\nstop b 0\n"));
	CU_ASSERT(story_await_notes(&tree, "a", "finished\n"));
	CU_ASSERT(story_is(&tree, "b", "cause", "exit:0"));
	json_decref(story_await_letters(&tree, "b", "terminated", 10));
	tree_stop(&tree);
}

static void test_a_delayed_restart_holds_up_no_stop(void)
{
	struct tree tree;
	int64_t began_ms;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, " STORY_ACTOR ",\n"
			  "      backoff: { min: 365d, max: 365d } }\n");
	story_tell(&tree, "a", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_tell(&tree, "a", "crash", NULL);
	CU_ASSERT(story_await(&tree, "a", "state", "backing-off"));
	began_ms = story_now_ms();
	tree_stop(&tree);
	CU_ASSERT(story_now_ms() - began_ms < 30000);
}

static bool has_begun(struct tree *tree, void *data)
{
	char *trace = story_trace(tree);
	bool begun = *trace;

	(void)data;
	free(trace);
	return begun;
}

static void test_what_hangs_does_not_change_the_order(void)
{
	int64_t began_ms;
	struct tree tree;

	hang(&tree);
	CU_ASSERT_EQUAL(kill(tree.pid, SIGTERM), 0);
	CU_ASSERT(tree_wait_until(&tree, has_begun, NULL));
	began_ms = story_now_ms();
	CU_ASSERT(story_await_trace(&tree, "stop c 0\nstop a 0\n"));
	/* the default, which would be wrong */
	CU_ASSERT(story_now_ms() - began_ms < 5000);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	tree_forget(&tree);
}

static void test_a_second_signal_ends_all_patience(void)
{
	struct tree tree;
	int64_t began_ms;

	story_start_traced(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: a, stop_timeout: 50s, " STORY_TRACED " }\n");
	story_tell(&tree, "a", "hang", NULL);
	CU_ASSERT(story_await_trace(&tree, "start a 0\nhang a 0\n"));
	began_ms = story_now_ms();
	CU_ASSERT_EQUAL(kill(tree.pid, SIGTERM), 0);
	CU_ASSERT(story_await(&tree, "a", "state", "stopping"));
	CU_ASSERT_EQUAL(kill(tree.pid, SIGTERM), 0);
	CU_ASSERT(tree_wait_end(&tree) >= 0);
	CU_ASSERT(story_now_ms() - began_ms < 20000);
	tree_forget(&tree);
}

static void test_a_crash_while_it_stops_is_no_crash(void)
{
	struct tree tree;

	story_start_traced(&tree, THREE("1min"));
	story_freeze(&tree, "c");
	CU_ASSERT_EQUAL(kill(tree.pid, SIGTERM), 0);
	CU_ASSERT(story_await(&tree, "c", "state", "stopping"));
	story_signal(&tree, "a", SIGKILL);
	story_signal(&tree, "c", SIGKILL);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	tree_forget(&tree);
}

static void test_a_group_stops_and_starts_as_a_whole(void)
{
	struct tree tree;
	pid_t group, x;

	story_start_traced(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: a, refs: [\"/@SYSTEM@/g/x\"], " STORY_TRACED " }\n"
		"  - name: g\n"
		"    children:\n"
		"      - { name: x, " STORY_TRACED " }\n"
		"      - { name: y, " STORY_TRACED " }\n");
	group = story_pid(&tree, "g");
	x = story_pid(&tree, "g/x");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g"), 0);
	CU_ASSERT(story_await_gone(&tree, group));
	CU_ASSERT(story_await_gone(&tree, x));
	CU_ASSERT(story_is(&tree, "g", "state", "stopped"));
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g"), 0);
	CU_ASSERT(story_await_generation(&tree, "g/y", 0));
	CU_ASSERT(story_await_trace(&tree,
		"start a 0\nstart x 0\nstart y 0\nstop y 0\nstop x 0\n"
		"start x 0\nstart y 0\n"));
	tree_stop(&tree);
}

static void test_a_head_and_its_children_stop_together(void)
{
	struct tree tree;

	story_start_traced(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - name: h\n"
		"    exec: \"@ACTORS@/test-actor\"\n"
		"    start_timeout: 10min\n"
		"    args: [--trace, \"@DIRECTORY@/trace\"]\n"
		"    sandbox: { write: [\"@DIRECTORY@/trace\"] }\n"
		"    children:\n"
		"      - { name: x, " STORY_TRACED " }\n");
	story_expect(&tree, "h", "who", NULL,
		     "/@SYSTEM@/h 0 0 /system/control");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "h"), 0);
	CU_ASSERT(story_await_trace(&tree, "start h 0\nstart x 0\n"
					   "stop x 0\nstop h 0\n"));
	story_clear_trace(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "h"), 0);
	CU_ASSERT(story_await_trace(&tree, "start h 0\nstart x 0\n"));
	CU_ASSERT(story_await(&tree, "h/x", "state", "running"));
	story_clear_trace(&tree);

	/* the head's failure is its parent's to decide; the children go too */
	story_tell(&tree, "h", "crash", NULL);
	CU_ASSERT(story_await_trace(&tree, "stop x 0\nstart h 1\n"
					   "start x 1\n"));
	tree_stop(&tree);
}

static void test_a_stopped_actor_stays_stopped(void)
{
	struct tree tree;
	pid_t a;

	story_start_traced(&tree, THREE("1min"));
	a = story_pid(&tree, "a");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT(story_is(&tree, "b", "state", "stopped"));
	story_tell(&tree, "c", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "c", 1));
	CU_ASSERT(story_is(&tree, "b", "state", "stopped"));
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), a);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_system_stops_in_reverse_order),
	HARNESS_TEST(test_SIGTERM_to_the_root_is_an_orderly_stop),
	HARNESS_TEST(test_SIGINT_to_the_root_is_an_orderly_stop),
	HARNESS_TEST(test_a_stop_under_way_is_hurried_by_the_system_s),
	HARNESS_TEST(test_what_hangs_is_gone_at_its_deadline),
	HARNESS_TEST(test_what_had_to_be_killed_is_not_said_to_have_stopped_well),
	HARNESS_TEST(test_what_does_not_listen_gets_SIGTERM),
	HARNESS_TEST(test_a_busy_handler_finishes_and_the_rest_is_terminated),
	HARNESS_TEST(test_a_delayed_restart_holds_up_no_stop),
	HARNESS_TEST(test_what_hangs_does_not_change_the_order),
	HARNESS_TEST(test_a_second_signal_ends_all_patience),
	HARNESS_TEST(test_a_crash_while_it_stops_is_no_crash),
	HARNESS_TEST(test_a_group_stops_and_starts_as_a_whole),
	HARNESS_TEST(test_a_head_and_its_children_stop_together),
	HARNESS_TEST(test_a_stopped_actor_stays_stopped),
};
HARNESS_MAIN(tests)
