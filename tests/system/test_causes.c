/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_causes.c - each way to end, by a real process, and what it is called.
 *
 * What follows from a cause is test_supervision.c's and test_otp.c's; what a
 * hostile one says, test_hostile.c's.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/system/story.h"

#define OFTEN "intensity: 100 in 1min\n"

static void expect_cause(struct tree *tree, const char *path,
			 const char *cause)
{
	char *found = story_text(tree, path, "cause");

	if (strcmp(found, cause))
		harness_note("the cause of %s is %s, not %s", path, found,
			     cause);
	CU_ASSERT_STRING_EQUAL(found, cause);
	free(found);
}

/* ---- one that ran ------------------------------------------------------- */

static void test_each_signal_that_ends_a_process_is_named(void)
{
	static const struct {
		int number;
		const char *cause;
	} rows[] = {
		{ SIGHUP, "signal:HUP" },	{ SIGINT, "signal:INT" },
		{ SIGQUIT, "signal:QUIT" },	{ SIGILL, "signal:ILL" },
		{ SIGTRAP, "signal:TRAP" },	{ SIGABRT, "signal:ABRT" },
		{ SIGBUS, "signal:BUS" },	{ SIGFPE, "signal:FPE" },
		{ SIGKILL, "signal:KILL" },	{ SIGUSR1, "signal:USR1" },
		{ SIGSEGV, "signal:SEGV" },	{ SIGUSR2, "signal:USR2" },
		{ SIGPIPE, "signal:PIPE" },	{ SIGALRM, "signal:ALRM" },
		{ SIGTERM, "signal:TERM" },	{ SIGSTKFLT, "signal:STKFLT" },
		{ SIGXCPU, "signal:XCPU" },	{ SIGXFSZ, "signal:XFSZ" },
		{ SIGVTALRM, "signal:VTALRM" },	{ SIGPROF, "signal:PROF" },
		{ SIGPOLL, "signal:POLL" },	{ SIGPWR, "signal:PWR" },
		{ SIGSYS, "signal:SYS" },	/* sent, and no filter's */
		{ 40, "signal:40" },		/* one without a name */
	};
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\n" OFTEN "children:\n"
			  "  - { name: a, " STORY_ACTOR " }\n");
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		story_signal(&tree, "a", rows[i].number);
		CU_ASSERT(story_await_generation(&tree, "a", i + 1));
		expect_cause(&tree, "a", rows[i].cause);
	}
	tree_stop(&tree);
}

static void test_each_exit_and_each_report_is_told_with_its_number(void)
{
	static const struct {
		const char *message;
		const char *text;
		const char *cause;
	} rows[] = {
		{ "exit", "0", "exit:0" },
		{ "exit", "1", "exit:1" },
		{ "exit", "126", "exit:126" },	/* as a failed step, but is none */
		{ "exit", "255", "exit:255" },
		{ "stop", "0", "exit:0" },
		{ "stop", "75", "exit:75" },
		{ "fail", "5", "reported:EIO" },
		{ "fail", "110", "reported:ETIMEDOUT" },
		{ "fail", "4000", "reported:4000" },
	};
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\n" OFTEN "children:\n"
			  "  - { name: a, " STORY_ACTOR " }\n");
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		story_tell(&tree, "a", rows[i].message, rows[i].text);
		CU_ASSERT(story_await_generation(&tree, "a", i + 1));
		expect_cause(&tree, "a", rows[i].cause);
	}
	tree_stop(&tree);
}

/* ---- a forbidden system call -------------------------------------------- */

#define X32 0x40000000L

static void call_by(struct tree *tree, const char *path, const char *message,
		    long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", number);
	story_tell(tree, path, message, text);
}

static void call(struct tree *tree, const char *path, long number)
{
	call_by(tree, path, "call", number);
}

static const json_t *record_of(const json_t *records, const char *cause)
{
	const json_t *record;
	size_t i;

	json_array_foreach(records, i, record)
		if (story_record(record, "ACTOR_RECORD", "failed") &&
		    story_record(record, "ACTOR_CAUSE", cause))
			return record;
	return NULL;
}

static bool is_recorded(struct tree *tree, void *cause)
{
	json_t *records = story_spool(tree);
	bool found = record_of(records, cause) != NULL;

	json_decref(records);
	return found;
}

static void expect_record(struct tree *tree, char *cause)
{
	const char *arch, *ip, *end;
	const json_t *record;
	json_t *records;

	CU_ASSERT(tree_wait_until(tree, is_recorded, cause));
	records = story_spool(tree);
	record = record_of(records, cause);
	arch = json_string_value(json_object_get(record,
						 "ACTOR_SYSCALL_ARCH"));
	ip = json_string_value(json_object_get(record, "ACTOR_SYSCALL_IP"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(arch);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ip);
	CU_ASSERT(strtoul(arch, (char **)&end, 16) != 0 && !*end);
	CU_ASSERT(!strncmp(ip, "0x", 2) &&
		  strtoull(ip, (char **)&end, 16) != 0 && !*end);
	json_decref(records);
}

static void test_a_forbidden_call_is_named_and_ends_the_life(void)
{
	struct tree tree;

	story_hide_journal();
	tree_start(&tree, "system: \"@SYSTEM@\"\n" OFTEN "children:\n"
			  "  - { name: a, " STORY_ACTOR ",\n"
			  "      directives: { \"seccomp:ptrace\": restart } }\n");
	call(&tree, "a", SYS_ptrace);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	expect_cause(&tree, "a", "seccomp:ptrace");
	expect_record(&tree, (char []){ "seccomp:ptrace" });
	call(&tree, "a", SYS_unshare);
	CU_ASSERT(story_await(&tree, "a", "state", "stopped"));
	expect_cause(&tree, "a", "seccomp:unshare");
	json_decref(story_await_letters(&tree, "a", "crashed", 2));
	tree_stop(&tree);
}

static void expect_explained(struct tree *tree, const char *path,
			     const char *words)
{
	json_t *said = story_decision(tree, path, "stop", "text");
	const char *text = json_string_value(said);

	if (!text || !strstr(text, words))
		harness_note("%s: %s", path, text ? text : "nothing");
	CU_ASSERT(text && strstr(text, words));
	json_decref(said);
}

/* what its start was allowed is forbidden when it handles messages */
static void test_a_call_of_the_start_is_forbidden_later(void)
{
	struct tree tree;

	story_hide_journal();
	tree_start(&tree, "system: \"@SYSTEM@\"\n" OFTEN "children:\n"
			  "  - { name: a, " STORY_ACTOR " }\n"
			  "  - { name: b, " STORY_ACTOR ",\n"
			  "      sandbox: { syscalls: [uname] } }\n"
			  "  - { name: c, " STORY_ACTOR ", instances: 2 }\n"
			  "  - { name: p, kind: program,\n"
			  "      exec: \"@ACTORS@/test-violator\" }\n");
	CU_ASSERT_EQUAL(story_number(&tree, "a", "stage"), 2);
	CU_ASSERT_EQUAL(story_number(&tree, "c-1", "stage"), 2);
	CU_ASSERT_EQUAL(story_number(&tree, "p", "stage"), 1);
	CU_ASSERT_EQUAL(story_number(&tree, "b", "calls"),
			story_number(&tree, "a", "calls") + 1);
	call(&tree, "b", SYS_uname);
	call(&tree, "a", SYS_uname);
	CU_ASSERT(story_await(&tree, "a", "state", "stopped"));
	expect_cause(&tree, "a", "seccomp:uname");
	expect_record(&tree, (char []){ "seccomp:uname" });
	expect_explained(&tree, "a", "sandbox: { syscalls: [uname] }");
	call(&tree, "c-1", SYS_openat);
	CU_ASSERT(story_await(&tree, "c-1", "state", "stopped"));
	expect_cause(&tree, "c-1", "seccomp:openat");
	expect_explained(&tree, "c-1", "sandbox: { read: [PATH] }");
	CU_ASSERT(story_is(&tree, "c-2", "state", "running"));
	CU_ASSERT(story_is(&tree, "b", "state", "running"));
	tree_stop(&tree);
}

static const struct refusal_row {
	const char *name;
	const char *spec;
	long number;
	const char *arguments;
	const char *words;
} refusal_rows[] = {
	{ "reads", "", SYS_openat, "0 0 0", "what would is sandbox: { read: [PATH] }" },
	{ "writes", "", SYS_openat, "0 0 1", "what would is sandbox: { write: [PATH] }, or scratch, state" },
	{ "locks", "", SYS_fcntl, "0 6", "what would is sandbox: { write: [PATH] }" },
	{ "given", ", sandbox: { network: { connect: [\"192.0.2.1:80\"] } }",
	  SYS_setsockopt, "", "or { network: loopback or host }" },
	{ "packets", ", sandbox: { network: host, syscalls: [socket] }",
	  SYS_socket, "17 2", "no key grants that family of sockets" },
	{ "blocks", "", SYS_ioctl, "0 0x5421", "what would is sandbox: { network: loopback or host }" },
	{ "leads", "", SYS_setsid, "", "what would is kind: program" },
	{ "maps", "", SYS_mmap, "0 4096 5 2", "what would is sandbox: { execute: [PATH] }" },
	{ "newer", "", SYS_openat2, "", "no key grants it; as kind: program it fails" },
	{ "turns", "", SYS_setresuid, "", "no key grants it" },
};
#define N_REFUSALS (sizeof(refusal_rows) / sizeof(*refusal_rows))

/* by its arguments, in either stage; what it has printed does not matter */
static void test_a_forbidden_call_is_told_with_the_key_for_it(void)
{
	char text[8192] = "system: \"@SYSTEM@\"\n" OFTEN "children:\n";
	const struct refusal_row *row, *end = refusal_rows + N_REFUSALS;
	struct tree tree;
	size_t n;

	for (row = refusal_rows; row < end; row++) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n,
			 "  - { name: %s, " STORY_ACTOR "%s }\n", row->name,
			 row->spec);
	}
	tree_start(&tree, text);
	for (row = refusal_rows; row < end; row++) {
		snprintf(text, sizeof(text), "%ld %s", row->number,
			 row->arguments);
		story_tell(&tree, row->name, "call", text);
		CU_ASSERT(story_await(&tree, row->name, "state", "stopped"));
		expect_explained(&tree, row->name, row->words);
	}
	tree_stop(&tree);
}

/* nobody is told of the call; the default for it is to stop all the same */
static void test_what_the_kernel_kills_without_a_word_is_a_forbidden_call(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\n" OFTEN "children:\n"
			  "  - { name: a, " STORY_ACTOR " }\n"
			  "  - { name: b, " STORY_ACTOR " }\n"
			  "  - { name: c, " STORY_ACTOR ", instances: 2 }\n");
	call_by(&tree, "a", "call-unheard", SYS_uname);
	CU_ASSERT(story_await(&tree, "a", "state", "stopped"));
	expect_cause(&tree, "a", "seccomp");
	expect_explained(&tree, "a", "it had blocked SIGSYS");
#ifdef __x86_64__
	call(&tree, "b", SYS_getpid + X32);
	CU_ASSERT(story_await(&tree, "b", "state", "stopped"));
	expect_cause(&tree, "b", "seccomp");
	expect_explained(&tree, "b", "(i386, x32), which no key grants");
	call(&tree, "c-1", SYS_getpid + X32);
	CU_ASSERT(story_await(&tree, "c-1", "state", "stopped"));
	expect_cause(&tree, "c-1", "seccomp");
#endif
	tree_stop(&tree);
}

static void test_the_thread_of_a_program_ends_it_and_its_child_does_not(void)
{
	struct tree tree;
	pid_t pid;

	tree_start(&tree, "system: \"@SYSTEM@\"\n" OFTEN "children:\n"
			  "  - { name: p, kind: program,\n"
			  "      exec: \"@ACTORS@/test-violator\" }\n");
	pid = story_pid(&tree, "p");
	CU_ASSERT(story_is(&tree, "p", "generation", "0"));
	CU_ASSERT_EQUAL(kill(pid, SIGUSR1), 0);
	CU_ASSERT(story_await(&tree, "p", "state", "stopped"));
	expect_cause(&tree, "p", "seccomp:ptrace");
	tree_stop(&tree);
}

/* ---- one that does not start -------------------------------------------- */

static const struct start_row {
	const char *name;
	const char *spec;
	const char *cause;
} start_rows[] = {
	{ "exits", STORY_ACTOR ", args: [--exit-at-start, \"7\"]", "exit:7" },
	{ "ends-well", STORY_ACTOR ", args: [--exit-at-start, \"0\"]",
	  "exit:0" },
	{ "fails", STORY_ACTOR ", args: [--fail-start, \"12\"]",
	  "start_failed:start:ENOMEM" },
	{ "hangs", "exec: \"@ACTORS@/test-actor\", start_timeout: 200ms, "
		   "args: [--hang-at-start]", "start_timeout" },
	{ "calls", STORY_ACTOR ", args: [--ptrace-at-start]",
	  "seccomp:ptrace" },
	{ "broken", "exec: broken", "start_failed:exec:ENOEXEC" },
	{ "reads", STORY_ACTOR ", sandbox: { read: [/nowhere/at/all] }",
	  "start_failed:read:ENOENT" },
	{ "writes", STORY_ACTOR ", sandbox: { write: [/nowhere/at/all] }",
	  "start_failed:write:ENOENT" },
	{ "no-actor", "kind: program, " STORY_ACTOR, "exit:64" },
};

#define N_STARTS (sizeof(start_rows) / sizeof(start_rows[0]))

static void test_each_start_that_fails_is_told_with_its_step(void)
{
	char text[8192] = "system: \"@SYSTEM@\"\nchildren:\n";
	struct tree tree;
	size_t n;

	for (size_t i = 0; i < N_STARTS; i++) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n,
			 "  - { name: %s, %s,\n      directives: { exit: stop, "
			 "start_failed: stop, start_timeout: stop, seccomp: "
			 "stop } }\n", start_rows[i].name, start_rows[i].spec);
	}
	tree_prepare(&tree, text);
	story_put_broken(&tree, "broken");
	tree_spawn(&tree);
	CU_ASSERT_FATAL(tree_await_up(&tree));
	for (size_t i = 0; i < N_STARTS; i++) {
		CU_ASSERT(story_await(&tree, start_rows[i].name, "state",
				      "stopped"));
		expect_cause(&tree, start_rows[i].name, start_rows[i].cause);
	}
	tree_stop(&tree);
}

#define STAYS ", directives: { start_failed: stop }"

static void test_a_start_that_opens_what_is_not_there_has_keys(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\n" OFTEN "children:\n"
			  "  - { name: r, " STORY_ACTOR
			  STAYS ", args: [--fail-start, \"2\"] }\n"
			  "  - { name: w, " STORY_ACTOR
			  STAYS ", args: [--fail-start, \"30\"] }\n"
			  "  - { name: m, " STORY_ACTOR
			  STAYS ", args: [--fail-start, \"12\"] }\n");
	CU_ASSERT(story_await(&tree, "m", "state", "stopped"));
	expect_explained(&tree, "r", "its start hook failed: No such file or directory; what it opens has to be granted: sandbox: { read | write | execute | devices: [PATH] }");
	expect_explained(&tree, "w", "what it opens has to be granted");
	expect_explained(&tree, "m", "its start hook failed: Cannot allocate memory");
	tree_stop(&tree);
}

/* ---- one that made its supervisor give up -------------------------------- */

static void expect_pointer(struct tree *tree, const char *path,
			   const char *culprit)
{
	char full[STORY_PATH_BYTES], wanted[2 * STORY_PATH_BYTES];

	snprintf(wanted, sizeof(wanted),
		 "its supervisor gave up, because of %s, and began anew",
		 story_path(tree, culprit, full));
	CU_ASSERT(tree_wait_for(tree, wanted, "why",
				story_path(tree, path, full), NULL));
}

static void test_who_made_its_supervisor_give_up_keeps_its_cause(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\n" OFTEN "children:\n"
			  "  - name: g\n"
			  "    intensity: 0 in 1s\n"
			  "    children:\n"
			  "      - { name: x, " STORY_ACTOR " }\n"
			  "      - name: h\n"
			  "        intensity: 0 in 1s\n"
			  "        children: [ { name: y, " STORY_ACTOR " } ]\n");
	story_tell(&tree, "g/x", "exit", "7");
	CU_ASSERT(story_await_generation(&tree, "g/x", 1));
	CU_ASSERT(story_await_generation(&tree, "g/h/y", 1));
	expect_cause(&tree, "g/x", "exit:7");
	/* it was stopped in good order */
	expect_cause(&tree, "g/h/y", "");
	expect_pointer(&tree, "g/x", "g/x");
	expect_pointer(&tree, "g/h/y", "g/x");
	/* through two of them */
	story_tell(&tree, "g/h/y", "exit", "9");
	CU_ASSERT(story_await_generation(&tree, "g/h/y", 2));
	expect_cause(&tree, "g/h/y", "exit:9");
	/* whose supervisor is killed has no other cause */
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g/x", 3));
	expect_cause(&tree, "g/x", "supervisor");
	tree_stop(&tree);
}

#define LONG(name) name "-with-a-name-of-very-many-bytes-as-generated-ones-are-it"

/* however many paths are in front of it, up to the terminal */
static void test_the_last_words_of_a_system_have_the_key(void)
{
	struct tree tree;

	tree_prepare(&tree, "system: \"@SYSTEM@\"\n"
		"children:\n"
		"  - name: " LONG("a") "\n"
		"    children:\n"
		"      - name: " LONG("b") "\n"
		"        children:\n"
		"          - name: " LONG("c") "\n"
		"            children:\n"
		"              - { name: " LONG("x") ", " STORY_ACTOR
		", args: [--fail-start, \"2\"] }\n");
	tree_spawn(&tree);
	story_expect_failed_start(&tree, "start_failed:start:ENOENT: its start hook failed: No such file or directory; what it opens has to be granted: sandbox: { read | write | execute | devices: [PATH] }");
}

/* its path alone is longer than what a cause has room for */
static void test_a_long_path_hides_no_culprit_from_itself(void)
{
	static const char x[] = LONG("a") "/" LONG("b") "/" LONG("c") "/"
				LONG("d") "/x";
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\n" OFTEN "children:\n"
		"  - name: " LONG("a") "\n"
		"    children:\n"
		"      - name: " LONG("b") "\n"
		"        children:\n"
		"          - name: " LONG("c") "\n"
		"            children:\n"
		"              - name: " LONG("d") "\n"
		"                intensity: 0 in 1s\n"
		"                children: [ { name: x, " STORY_ACTOR " } ]\n");
	story_tell(&tree, x, "exit", "7");
	CU_ASSERT(story_await_generation(&tree, x, 1));
	expect_cause(&tree, x, "exit:7");
	tree_stop(&tree);
}

static void test_a_restart_by_hand_is_no_failure_of_those_below(void)
{
	static const char *const below[] = { "g/x", "g/h", "g/h/y" };
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\n" OFTEN "children:\n"
			  "  - name: g\n"
			  "    children:\n"
			  "      - { name: x, " STORY_ACTOR " }\n"
			  "      - { name: h, " STORY_ACTOR ",\n"
			  "          children: [ { name: y, " STORY_ACTOR " } ] }\n");
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "g"), 0);
	for (size_t i = 0; i < 3; i++)
		expect_cause(&tree, below[i], "");
	/* what fails later is, and who fails it */
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g/h/y", 2));
	expect_cause(&tree, "g/h/y", "supervisor");
	tree_stop(&tree);
}

static void test_an_end_that_was_asked_for_is_no_failure(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\n" OFTEN "children:\n"
			  "  - { name: a, " STORY_ACTOR " }\n"
			  "  - { name: p, kind: program, ready: at_once,\n"
			  "      exec: /bin/sleep, args: [1000] }\n"
			  "  - { name: o, " STORY_ACTOR ", idle_stop: 100ms }\n"
			  "  - name: g\n"
			  "    strategy: one_for_all\n"
			  "    children:\n"
			  "      - { name: x, " STORY_ACTOR " }\n"
			  "      - { name: y, " STORY_ACTOR " }\n");
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "a"), 0);
	expect_cause(&tree, "a", "");
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "p"), 0);
	expect_cause(&tree, "p", "");
	/* nor does it hide one */
	story_signal(&tree, "a", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "a", 2));
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "a"), 0);
	expect_cause(&tree, "a", "signal:KILL");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reexec", NULL), 0);
	expect_cause(&tree, "a", "signal:KILL");

	CU_ASSERT(story_await(&tree, "o", "state", "idle"));
	expect_cause(&tree, "o", "");
	CU_ASSERT_EQUAL(story_act(&tree, "start", "o"), 0);
	expect_cause(&tree, "o", "");

	story_signal(&tree, "g/x", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g/y", 1));
	expect_cause(&tree, "g/x", "signal:KILL");
	expect_cause(&tree, "g/y", "");

	/* how a life ended is told as long as it is over */
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "p"), 0);
	expect_cause(&tree, "p", "signal:TERM");
	CU_ASSERT_EQUAL(story_act(&tree, "start", "p"), 0);
	expect_cause(&tree, "p", "");
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_end_that_was_asked_for_is_no_failure),
	HARNESS_TEST(test_the_last_words_of_a_system_have_the_key),
	HARNESS_TEST(test_a_long_path_hides_no_culprit_from_itself),
	HARNESS_TEST(test_a_restart_by_hand_is_no_failure_of_those_below),
	HARNESS_TEST(test_who_made_its_supervisor_give_up_keeps_its_cause),
	HARNESS_TEST(test_each_signal_that_ends_a_process_is_named),
	HARNESS_TEST(test_each_exit_and_each_report_is_told_with_its_number),
	HARNESS_TEST(test_a_forbidden_call_is_named_and_ends_the_life),
	HARNESS_TEST(test_a_call_of_the_start_is_forbidden_later),
	HARNESS_TEST(test_a_forbidden_call_is_told_with_the_key_for_it),
	HARNESS_TEST(
		test_what_the_kernel_kills_without_a_word_is_a_forbidden_call),
	HARNESS_TEST(
		test_the_thread_of_a_program_ends_it_and_its_child_does_not),
	HARNESS_TEST(test_each_start_that_fails_is_told_with_its_step),
	HARNESS_TEST(test_a_start_that_opens_what_is_not_there_has_keys),
};
HARNESS_MAIN(tests)
