/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_supervision.c - what happens to real trees when something in them ends.
 *
 * Restarts, strategies, intensity, backoff and directives. What is decided is
 * the tables' in tests/unit; here it is who keeps the process and who gets a
 * new one, in which order. Starts and stops are test_start.c's and
 * test_stop.c's; what OTP says is test_otp.c's.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/story.h"

/* @from has a reference to @to */
static void tell_by_reference(struct tree *tree, const char *from,
			      const char *to, const char *text)
{
	char full[STORY_PATH_BYTES], words[STORY_PATH_BYTES + 64];

	snprintf(words, sizeof(words), "%s note %s",
		 story_path(tree, to, full), text);
	story_tell(tree, from, "tell", words);
}

/* ---- strategies --------------------------------------------------------- */

static const char all_up[] = "start a 0\nstart b 0\nstart c 0\n";

static const struct strategy_row {
	const char *strategy;
	const char *after;	/* what the trace has when b has crashed */
	bool a_stays;
	bool c_stays;
	const char *siblings;	/* as the journal names them; NULL: none */
} strategy_rows[] = {
	{ "one_for_one", "start b 1\n", true, true, NULL },
	{ "one_for_all",
	  "stop c 0\nstop a 0\nstart a 1\nstart b 1\nstart c 1\n",
	  false, false, "a c" },
	{ "rest_for_one", "stop c 0\nstart b 1\nstart c 1\n", true, false,
	  "c" },
};

static void start_three(struct tree *tree, const char *strategy)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "system: \"@SYSTEM@\"\nstrategy: %s\nchildren:\n"
		 "  - { name: a, " STORY_TRACED " }\n"
		 "  - { name: b, " STORY_TRACED " }\n"
		 "  - { name: c, " STORY_TRACED " }\n", strategy);
	story_start_traced(tree, text);
}

static void expect_decision(struct tree *tree, const struct strategy_row *row)
{
	json_t *siblings = story_decision(tree, "b", "restart", "siblings");
	json_t *group = story_decision(tree, "b", "restart", "group");
	const char *names = json_string_value(siblings);

	CU_ASSERT_EQUAL(story_n_decisions(tree, "b", "restart"), 1);
	CU_ASSERT_PTR_NOT_NULL(group);
	CU_ASSERT_STRING_EQUAL(names ? names : "",
			       row->siblings ? row->siblings : "");
	json_decref(siblings);
	json_decref(group);
}

static void try_strategy(const struct strategy_row *row)
{
	struct tree tree;
	char *life, trace[256];
	pid_t a, b, c;

	start_three(&tree, row->strategy);
	snprintf(trace, sizeof(trace), "%s%s", all_up, row->after);
	a = story_pid(&tree, "a");
	b = story_pid(&tree, "b");
	c = story_pid(&tree, "c");
	life = story_text(&tree, "b", "life");

	story_tell(&tree, "b", "crash", NULL);
	CU_ASSERT(story_await_trace(&tree, trace));
	CU_ASSERT(story_await_generation(&tree, "a", row->a_stays ? 0 : 1));
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT(story_await_generation(&tree, "c", row->c_stays ? 0 : 1));
	CU_ASSERT_EQUAL(story_pid(&tree, "a") == a, row->a_stays);
	CU_ASSERT_NOT_EQUAL(story_pid(&tree, "b"), b);
	CU_ASSERT_EQUAL(story_pid(&tree, "c") == c, row->c_stays);
	CU_ASSERT(story_is(&tree, "b", "life", life));
	CU_ASSERT(story_is(&tree, "b", "cause", "signal:SEGV"));
	expect_decision(&tree, row);

	free(life);
	tree_stop(&tree);
}

static void test_one_for_one_restarts_only_the_failed(void)
{
	try_strategy(&strategy_rows[0]);
}

static void test_one_for_all_stops_in_reverse_and_starts_in_order(void)
{
	try_strategy(&strategy_rows[1]);
}

static void test_rest_for_one_restarts_those_after_the_failed(void)
{
	try_strategy(&strategy_rows[2]);
}

/* ---- intensity ---------------------------------------------------------- */

static const char group_of_two[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: out, refs: [\"/@SYSTEM@/g/a\"], " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    intensity: 2 in 1h\n"
	"    children:\n"
	"      - { name: a, " STORY_ACTOR " }\n"
	"      - { name: b, " STORY_ACTOR " }\n";

static void crash(struct tree *tree, const char *path, unsigned int generation)
{
	story_tell(tree, path, "crash", NULL);
	CU_ASSERT(story_await_generation(tree, path, generation));
}

static void test_one_restart_too_many_fails_the_supervisor(void)
{
	pid_t supervisor, b, out;
	struct tree tree;
	char *life;

	tree_start(&tree, group_of_two);
	supervisor = story_pid(&tree, "g");
	out = story_pid(&tree, "out");
	b = story_pid(&tree, "g/b");
	life = story_text(&tree, "g/a", "life");

	crash(&tree, "g/a", 1);
	crash(&tree, "g/a", 2);
	CU_ASSERT_EQUAL(story_pid(&tree, "g"), supervisor);
	CU_ASSERT_EQUAL(story_pid(&tree, "g/b"), b);

	/* the parent restarts the group; lives and references go on */
	story_tell(&tree, "g/a", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "g", 1));
	CU_ASSERT(story_await_generation(&tree, "g/a", 3));
	CU_ASSERT(story_await_generation(&tree, "g/b", 1));
	CU_ASSERT_NOT_EQUAL(story_pid(&tree, "g"), supervisor);
	CU_ASSERT_EQUAL(story_pid(&tree, "out"), out);
	CU_ASSERT(story_is(&tree, "g/a", "life", life));
	CU_ASSERT(story_is(&tree, "g", "cause", "escalated"));
	tell_by_reference(&tree, "out", "g/a", "in");
	CU_ASSERT(story_await_notes(&tree, "g/a", "in\n"));
	free(life);
	tree_stop(&tree);
}

/* it died at rest, and its next number was given out before it was known that
 * nobody of this supervisor comes to have it */
static void test_who_fails_its_supervisor_is_restarted_once(void)
{
	struct tree tree;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nintensity: 9 in 1min\nchildren:\n"
		"  - name: g\n    intensity: 0 in 1h\n    children:\n"
		"      - { name: a, " STORY_ACTOR " }\n"
		"      - { name: b, " STORY_ACTOR " }\n");
	for (unsigned int i = 1; i <= 2; i++) {
		CU_ASSERT_EQUAL(story_act(&tree, "kill", "g/a"), 0);
		CU_ASSERT(story_await_generation(&tree, "g/b", i));
		CU_ASSERT(story_await_generation(&tree, "g/a", i));
	}
	tree_stop(&tree);
}

static void test_restarts_by_hand_are_not_counted(void)
{
	struct tree tree;
	pid_t supervisor;

	tree_start(&tree, group_of_two);
	supervisor = story_pid(&tree, "g");
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(story_act(&tree, "restart", "g/a"), 0);
	CU_ASSERT(story_await_generation(&tree, "g/a", 5));
	CU_ASSERT_EQUAL(story_pid(&tree, "g"), supervisor);
	tree_stop(&tree);
}

/* restarts, if the first of them are longer ago than is counted */
#define N_ENOUGH 12

static const char *last_line(char *text)
{
	size_t n = strlen(text);
	char *line;

	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	line = strrchr(text, '\n');
	return line ? line + 1 : text;
}

static void test_the_root_gives_up_and_says_why(void)
{
	struct tree tree;
	const char *line;
	char *log;

	/* when what all else depends on may not fail */
	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, " STORY_ACTOR ",\n"
			  "      directives: { \"exit:1\": escalate } }\n");
	story_tell(&tree, "a", "exit", "1");
	CU_ASSERT(story_await_generation(&tree, "", 1));
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	/* one after the other as fast as it comes back: three in 5 s are borne */
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "a"), 0);
	for (unsigned int i = 0; i < N_ENOUGH; i++)
		story_tell(&tree, "a", "exit", "1");
	story_act(&tree, "unpause", "a");
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 1);
	log = tree_log_text(&tree);
	line = last_line(log);
	if (!strstr(line, "gave up") || !strstr(line, "exit:1"))
		harness_note("last: %s", line);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "gave up"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "/a: exit:1"));
	free(log);
	tree_forget(&tree);
}

/* ---- backoff ------------------------------------------------------------ */

static const char with_backoff[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, " STORY_ACTOR ",\n"
	"      backoff: { min: 100ms, max: 400ms, factor: 2 } }\n";

static json_int_t delay_ms(struct tree *tree)
{
	json_t *delay = story_decision(tree, "a", "restart", "delay_ms");
	json_int_t ms = json_integer_value(delay);

	CU_ASSERT(json_is_integer(delay));
	json_decref(delay);
	return ms;
}

static void test_the_first_restart_is_at_once_others_within_limits(void)
{
	static const json_int_t limits_ms[] = { 0, 100, 200, 400, 400 };
	struct tree tree;
	json_int_t ms, sum_ms = 0;

	tree_start(&tree, with_backoff);
	for (unsigned int i = 0; i < 5; i++) {
		crash(&tree, "a", i + 1);
		ms = delay_ms(&tree);
		CU_ASSERT(ms >= 0 && ms <= limits_ms[i]);
		sum_ms += ms;
	}
	CU_ASSERT(sum_ms > 0);
	tree_stop(&tree);
}

static void test_mail_waits_for_a_delayed_restart(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nintensity: 20 in 1min\n"
			  "children:\n"
			  "  - { name: a, " STORY_ACTOR ",\n"
			  "      backoff: { min: 365d, max: 365d } }\n");
	crash(&tree, "a", 1);
	story_tell(&tree, "a", "crash", NULL);
	CU_ASSERT(story_await(&tree, "a", "state", "backing-off"));
	CU_ASSERT(story_number(&tree, "a", "delay_ms") > 0);
	story_tell(&tree, "a", "note", "one");
	story_tell(&tree, "a", "note", "two");
	CU_ASSERT(story_await(&tree, "a", "mailbox", "2"));

	/* who does not want to wait starts it by hand */
	CU_ASSERT_EQUAL(story_act(&tree, "start", "a"), 0);
	CU_ASSERT(story_is(&tree, "a", "generation", "2"));
	story_expect(&tree, "a", "notes", NULL, "one\ntwo\n");
	json_decref(story_await_letters(&tree, "a", "crashed", 2));
	tree_stop(&tree);
}

/* ---- directives --------------------------------------------------------- */

static void test_each_cause_gets_its_own_directive(void)
{
	struct tree tree;
	pid_t a, group;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - name: g\n"
		"    children:\n"
		"      - { name: a, " STORY_ACTOR ",\n"
		"          directives: { \"reported:EIO\": resume,\n"
		"                        \"signal:SEGV\": escalate,\n"
		"                        \"exit:3\": stop } }\n");
	a = story_pid(&tree, "g/a");
	group = story_pid(&tree, "g");

	story_tell(&tree, "g/a", "note", "kept");
	story_tell(&tree, "g/a", "fail", "5");
	story_expect(&tree, "g/a", "notes", NULL, "kept\n");
	CU_ASSERT_EQUAL(story_pid(&tree, "g/a"), a);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/a", "resume"), 1);

	/* another report has no line, and is a restart */
	story_tell(&tree, "g/a", "fail", "12");
	CU_ASSERT(story_await_generation(&tree, "g/a", 1));
	CU_ASSERT(story_is(&tree, "g/a", "cause", "reported:ENOMEM"));
	story_expect(&tree, "g/a", "notes", NULL, "");
	CU_ASSERT_EQUAL(story_pid(&tree, "g"), group);

	story_tell(&tree, "g/a", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "g", 1));
	CU_ASSERT(story_await_generation(&tree, "g/a", 2));

	story_tell(&tree, "g/a", "exit", "3");
	CU_ASSERT(story_await(&tree, "g/a", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "g/a", "cause", "exit:3"));
	CU_ASSERT(story_is(&tree, "g", "generation", "1"));
	tree_stop(&tree);
}

/* ---- nested supervisors ------------------------------------------------- */

static const char nested[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: out, refs: [\"/@SYSTEM@/g/b\", \"/@SYSTEM@/g/h/d\"],\n"
	"      " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    children:\n"
	"      - { name: b, " STORY_ACTOR " }\n"
	"      - name: h\n"
	"        children:\n"
	"          - { name: d, refs: [\"/@SYSTEM@/g/b\", \"/@SYSTEM@/out\"],\n"
	"              " STORY_ACTOR " }\n";

static const struct supervisor_row {
	const char *killed;
	bool out_stays;
	bool b_stays;
} supervisor_rows[] = {
	{ "g/h", true, true },
	{ "g", true, false },
	{ "", false, false },
};

static void try_supervisor(const struct supervisor_row *row)
{
	pid_t out, b, d, supervisor;
	char *b_life, *d_life;
	struct tree tree;

	tree_start(&tree, nested);
	out = story_pid(&tree, "out");
	b = story_pid(&tree, "g/b");
	d = story_pid(&tree, "g/h/d");
	supervisor = story_pid(&tree, row->killed);
	b_life = story_text(&tree, "g/b", "life");
	d_life = story_text(&tree, "g/h/d", "life");

	CU_ASSERT_EQUAL_FATAL(kill(supervisor, SIGKILL), 0);
	CU_ASSERT(story_await_gone(&tree, d));
	CU_ASSERT(story_await_generation(&tree, row->killed, 1));
	CU_ASSERT(story_await_generation(&tree, "g/h/d", 1));
	CU_ASSERT(story_await_generation(&tree, "g/b", row->b_stays ? 0 : 1));
	CU_ASSERT(story_await_generation(&tree, "out",
					 row->out_stays ? 0 : 1));
	CU_ASSERT_EQUAL(story_pid(&tree, "out") == out, row->out_stays);
	CU_ASSERT_EQUAL(story_pid(&tree, "g/b") == b, row->b_stays);
	CU_ASSERT(story_is(&tree, "g/b", "life", b_life));
	CU_ASSERT(story_is(&tree, "g/h/d", "life", d_life));

	/* references into it, inside of it, and out of it */
	tell_by_reference(&tree, "out", "g/b", "in");
	CU_ASSERT(story_await_notes(&tree, "g/b", "in\n"));
	tell_by_reference(&tree, "out", "g/h/d", "in");
	CU_ASSERT(story_await_notes(&tree, "g/h/d", "in\n"));
	tell_by_reference(&tree, "g/h/d", "out", "out");
	CU_ASSERT(story_await_notes(&tree, "out", "out\n"));
	tell_by_reference(&tree, "g/h/d", "g/b", "up");
	CU_ASSERT(story_await_notes(&tree, "g/b", "in\nup\n"));

	free(b_life);
	free(d_life);
	tree_stop(&tree);
}

static void test_a_killed_inner_supervisor_takes_its_children_along(void)
{
	try_supervisor(&supervisor_rows[0]);
}

static void test_a_killed_supervisor_takes_its_subtree_along(void)
{
	try_supervisor(&supervisor_rows[1]);
}

static void test_the_killed_top_supervisor_comes_back_with_all_lives(void)
{
	try_supervisor(&supervisor_rows[2]);
}

static void test_mail_queued_at_a_supervisor_s_death_is_handled(void)
{
	struct tree tree;

	tree_start(&tree, nested);
	story_freeze(&tree, "g/b");
	for (int i = 0; i < 3; i++)
		tell_by_reference(&tree, "out", "g/b",
				  (const char *const[]){ "1", "2", "3" }[i]);
	story_expect(&tree, "out", "echo", "sent", "sent");
	CU_ASSERT(story_await(&tree, "g/b", "mailbox", "3"));
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g/b", 1));
	CU_ASSERT(story_await_notes(&tree, "g/b", "1\n2\n3\n"));
	tree_stop(&tree);
}

static void test_the_killed_system_supervisor_comes_back(void)
{
	struct tree tree;
	pid_t a;

	tree_start(&tree, nested);
	a = story_pid(&tree, "g/b");
	story_signal(&tree, "/system", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "/system", 1));
	CU_ASSERT(story_await_generation(&tree, "/system/control", 1));
	CU_ASSERT_EQUAL(story_pid(&tree, "g/b"), a);
	story_expect(&tree, "g/b", "echo", "there", "there");
	story_tell(&tree, "g/b", "nonsense", NULL);
	json_decref(story_await_letters(&tree, "g/b", "unhandled", 1));
	tree_stop(&tree);
}

static void test_bundled_actors_come_back(void)
{
	static const char *const paths[] = {
		"/system/control", "/system/dead-letters", "/system/journal",
	};
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, " STORY_ACTOR " }\n");
	for (size_t i = 0; i < 3; i++) {
		story_signal(&tree, paths[i], SIGKILL);
		CU_ASSERT(story_await_generation(&tree, paths[i], 1));
		story_expect(&tree, "a", "echo", "there", "there");
	}
	story_tell(&tree, "a", "nonsense", NULL);
	json_decref(story_await_letters(&tree, "a", "unhandled", 1));
	tree_stop(&tree);
}

static void test_a_killed_root_leaves_nobody(void)
{
	struct tree tree;

	tree_start(&tree, nested);
	CU_ASSERT(tree_n_processes(&tree) >= 9);
	tree_kill(&tree);
}

/* ---- strangers ---------------------------------------------------------- */

#define STRANGER "stranger"

/* an orphan inside the namespace of a supervisor, as a child that forked */
static void __attribute__((noreturn)) orphan_strangers(int namespace_fd)
{
	pid_t pid;

	if (setns(namespace_fd, CLONE_NEWPID) < 0)
		_exit(1);
	pid = fork();		/* the first one is in that namespace */
	if (pid == 0) {
		for (int i = 0; i < 20; i++) {
			if (fork() != 0)
				continue;
			prctl(PR_SET_NAME, STRANGER);
			while (getppid() != 1)
				sched_yield();
			_exit(0);
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	_exit(0);
}

static bool is_stranger(const char *pid)
{
	char path[64], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	return strcmp(name, STRANGER "\n") == 0;
}

/* zombies keep their name */
static bool no_stranger(struct tree *tree, void *data)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	(void)tree;
	(void)data;
	while (!found && directory && (entry = readdir(directory)))
		found = is_stranger(entry->d_name);
	if (directory)
		closedir(directory);
	return !found;
}

static void test_strangers_are_reaped(void)
{
	struct tree tree;
	char path[64];
	int status, fd;
	pid_t a, pid;

	if (geteuid() != 0)
		HARNESS_SKIP("only root can put a process into a namespace");
	tree_start(&tree, nested);
	a = story_pid(&tree, "g/b");
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", a);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_FATAL(fd >= 0);
	pid = fork();
	if (pid == 0)
		orphan_strangers(fd);
	close(fd);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT(tree_wait_until(&tree, no_stranger, NULL));
	CU_ASSERT_EQUAL(story_pid(&tree, "g/b"), a);
	story_expect(&tree, "g/b", "echo", "unmoved", "unmoved");
	tree_stop(&tree);
}

static void test_ten_killed_at_once_all_come_back(void)
{
	char text[2048] = "system: \"@SYSTEM@\"\nintensity: 20 in 1min\n"
			  "children:\n", name[8];
	pid_t pids[10];
	struct tree tree;
	size_t n;

	for (int i = 0; i < 10; i++) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n,
			 "  - { name: a%d, " STORY_ACTOR " }\n", i);
	}
	tree_start(&tree, text);
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		pids[i] = story_pid(&tree, name);
	}
	for (int i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(kill(pids[i], SIGKILL), 0);
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		CU_ASSERT(story_await_generation(&tree, name, 1));
		CU_ASSERT(story_await_gone(&tree, pids[i]));
	}
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_one_for_one_restarts_only_the_failed),
	HARNESS_TEST(test_one_for_all_stops_in_reverse_and_starts_in_order),
	HARNESS_TEST(test_rest_for_one_restarts_those_after_the_failed),
	HARNESS_TEST(test_one_restart_too_many_fails_the_supervisor),
	HARNESS_TEST(test_who_fails_its_supervisor_is_restarted_once),
	HARNESS_TEST(test_restarts_by_hand_are_not_counted),
	HARNESS_TEST(test_the_root_gives_up_and_says_why),
	HARNESS_TEST(test_the_first_restart_is_at_once_others_within_limits),
	HARNESS_TEST(test_mail_waits_for_a_delayed_restart),
	HARNESS_TEST(test_each_cause_gets_its_own_directive),
	HARNESS_TEST(test_a_killed_inner_supervisor_takes_its_children_along),
	HARNESS_TEST(test_a_killed_supervisor_takes_its_subtree_along),
	HARNESS_TEST(test_the_killed_top_supervisor_comes_back_with_all_lives),
	HARNESS_TEST(test_mail_queued_at_a_supervisor_s_death_is_handled),
	HARNESS_TEST(test_the_killed_system_supervisor_comes_back),
	HARNESS_TEST(test_bundled_actors_come_back),
	HARNESS_TEST(test_a_killed_root_leaves_nobody),
	HARNESS_TEST(test_strangers_are_reaped),
	HARNESS_TEST(test_ten_killed_at_once_all_come_back),
};
HARNESS_MAIN(tests)
