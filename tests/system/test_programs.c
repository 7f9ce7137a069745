/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_programs.c - children that know nothing of actors: when they are ready,
 * and what becomes of what they print.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness/proc.h"
#include "tests/system/story.h"

#define SYSTEM "system: \"@SYSTEM@\"\nchildren:\n"
#define LISTENER "exec: \"@ACTORS@/test-listener\", kind: program, "
#define SHELL "exec: /bin/sh, kind: program, "

/* ---- its name ------------------------------------------------------------ */

static bool is_called(struct tree *tree, void *data)
{
	char path[64], name[512] = "", expected[512];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cmdline",
		 (int)story_pid(tree, "p"));
	file = fopen(path, "r");
	if (!file)
		return false;
	name[fread(name, 1, sizeof(name) - 1, file)] = '\0';
	fclose(file);
	snprintf(expected, sizeof(expected), "%s/%s", tree->directory,
		 (const char *)data);
	return !strcmp(name, expected);
}

/* some are several programs, told apart by the name of their link */
static void test_a_program_is_called_what_the_file_calls_it(void)
{
	struct tree tree;
	char link[256];

	tree_prepare(&tree, SYSTEM
		"  - { name: p, exec: \"@DIRECTORY@/nap\", kind: program,\n"
		"      args: [\"1000\"], ready: at_once }\n");
	snprintf(link, sizeof(link), "%s/nap", tree.directory);
	CU_ASSERT_EQUAL(symlink("/bin/sleep", link), 0);
	tree_spawn(&tree);
	CU_ASSERT(tree_await_up(&tree));
	CU_ASSERT(tree_wait_until(&tree, is_called, "nap"));
	tree_stop(&tree);
}

/* ---- ready when it listens ---------------------------------------------- */

/* before that the word would end it, as it ends whoever does not know it */
static bool hears_the_word(struct tree *tree, void *data)
{
	uint64_t caught;

	(void)data;
	return proc_status(story_pid(tree, "p"), "SigCgt", 16, &caught) &&
	       caught & 1ULL << (SIGUSR1 - 1);
}

static void tell_to_listen(struct tree *tree)
{
	CU_ASSERT(story_await(tree, "p", "state", "starting"));
	CU_ASSERT(tree_wait_until(tree, hears_the_word, NULL));
	CU_ASSERT(story_is(tree, "p", "state", "starting"));
	story_signal(tree, "p", SIGUSR1);
}

/* while it is bound and does not listen it is starting; then it runs */
static void ready_when_told(struct tree *tree)
{
	tell_to_listen(tree);
	CU_ASSERT(tree_await_up(tree));
	CU_ASSERT(story_is(tree, "p", "state", "running"));
	/* a restart is no different */
	story_signal(tree, "p", SIGKILL);
	CU_ASSERT(story_await(tree, "p", "generation", "1"));
	tell_to_listen(tree);
	CU_ASSERT(story_await_generation(tree, "p", 1));
	tree_stop(tree);
}

static int listen_ourselves(unsigned int *ret_port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&address, size), 0);
	CU_ASSERT_EQUAL(listen(fd, 1), 0);
	CU_ASSERT_EQUAL(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*ret_port = ntohs(address.sin_port);
	return fd;
}

/* @PORT@ in it is one that nobody has, where it is not the host's as well */
static unsigned int prepare_with_port(struct tree *tree, const char *config)
{
	char text[1024] = "", *at = text;
	const char *rest = config, *found;
	unsigned int port;

	close(listen_ourselves(&port));
	while ((found = strstr(rest, "@PORT@"))) {
		at += sprintf(at, "%.*s%u", (int)(found - rest), rest, port);
		rest = found + strlen("@PORT@");
	}
	strcpy(at, rest);
	tree_prepare(tree, text);
	return port;
}

static void test_a_program_is_ready_when_it_listens_on_a_port(void)
{
	struct tree tree;

	prepare_with_port(&tree, SYSTEM
		"  - { name: p, " LISTENER "args: [\"@PORT@\"],\n"
		"      ready: \"listen:127.0.0.1:@PORT@\", start_timeout: 10min,\n"
		"      sandbox: { network: loopback } }\n");
	tree_spawn(&tree);
	ready_when_told(&tree);
}

static void test_a_program_is_ready_when_it_listens_on_a_path(void)
{
	struct tree tree;
	char folder[256];

	tree_prepare(&tree, SYSTEM
		"  - { name: p, " LISTENER "args: [\"@DIRECTORY@/here/s\"],\n"
		"      ready: \"listen:@DIRECTORY@/here/s\", start_timeout: 10min,\n"
		"      sandbox: { write: [\"@DIRECTORY@/here\"] } }\n");
	snprintf(folder, sizeof(folder), "%s/here", tree.directory);
	CU_ASSERT_EQUAL(mkdir(folder, 0777), 0);
	CU_ASSERT_EQUAL(chmod(folder, 0777), 0);
	tree_spawn(&tree);
	ready_when_told(&tree);
}

static void test_a_worker_of_it_may_listen(void)
{
	struct tree tree;

	prepare_with_port(&tree, SYSTEM
		"  - { name: p, " LISTENER "args: [\"@PORT@\", child],\n"
		"      ready: \"listen:@PORT@\", start_timeout: 10min,\n"
		"      sandbox: { network: loopback } }\n");
	tree_spawn(&tree);
	ready_when_told(&tree);
}

/* what its worker listens on is the next one's, and that one must not fail */
static void test_the_next_one_begins_when_its_workers_are_gone(void)
{
	struct tree tree;

	prepare_with_port(&tree, SYSTEM
		"  - { name: p, " LISTENER "args: [\"@PORT@\", heavy],\n"
		"      ready: \"listen:@PORT@\", start_timeout: 10min,\n"
		"      sandbox: { network: loopback } }\n");
	tree_spawn(&tree);
	ready_when_told(&tree);
}

/* as in most containers: root may not look at descriptors of others */
static void test_its_uid_will_do_where_descriptors_are_not_seen(void)
{
	struct tree tree;

	if (geteuid() != 0 ||
	    prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0) < 0)
		HARNESS_SKIP("only root has that capability to drop");
	prepare_with_port(&tree, SYSTEM
		"  - { name: p, " LISTENER "args: [\"@PORT@\"],\n"
		"      ready: \"listen:127.0.0.1:@PORT@\", start_timeout: 10min,\n"
		"      sandbox: { network: loopback } }\n");
	tree_spawn(&tree);
	ready_when_told(&tree);
}

static void test_a_bound_socket_does_not_listen(void)
{
	struct tree tree;
	unsigned int port;
	char reason[64];

	port = prepare_with_port(&tree, SYSTEM
		"  - { name: p, " LISTENER "args: [\"@PORT@\", never],\n"
		"      ready: \"listen:@PORT@\", start_timeout: 300ms,\n"
		"      sandbox: { network: loopback } }\n");
	tree_spawn(&tree);
	snprintf(reason, sizeof(reason), "no socket of it listened on %u",
		 port);
	story_expect_failed_start(&tree, reason);
}

static void test_a_socket_of_somebody_else_is_none_of_it(void)
{
	unsigned int port;
	int fd = listen_ourselves(&port);
	struct tree tree;
	char text[512];

	snprintf(text, sizeof(text), SYSTEM
		 "  - { name: p, " SHELL "args: [-c, \"read x <@DIRECTORY@/pipe\"],\n"
		 "      ready: \"listen:%u\", start_timeout: 300ms,\n"
		 "      sandbox: { network: host, read: [\"@DIRECTORY@/pipe\"] } }\n",
		 port);
	tree_prepare(&tree, text);
	snprintf(text, sizeof(text), "%s/pipe", tree.directory);
	CU_ASSERT_EQUAL(mkfifo(text, 0644), 0);
	tree_spawn(&tree);
	snprintf(text, sizeof(text), "no socket of it listened on %u", port);
	story_expect_failed_start(&tree, text);
	close(fd);
}

/* ---- ready at once, or when it says so ---------------------------------- */

/* a shell that waits for nothing that comes */
static void start_shell(struct tree *tree, const char *config)
{
	char pipe[256];

	tree_prepare(tree, config);
	snprintf(pipe, sizeof(pipe), "%s/pipe", tree->directory);
	CU_ASSERT_EQUAL(mkfifo(pipe, 0644), 0);
	tree_spawn(tree);
	CU_ASSERT(tree_await_up(tree));
}

static void test_a_shell_is_ready_at_once(void)
{
	struct tree tree;

	start_shell(&tree, SYSTEM
		"  - { name: p, " SHELL "args: [-c, \"read x <@DIRECTORY@/pipe\"],\n"
		"      ready: at_once, sandbox: { read: [\"@DIRECTORY@/pipe\"] } }\n");
	CU_ASSERT(story_is(&tree, "p", "state", "running"));
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "p", "started"), 1);
	tree_stop(&tree);
}

static void test_what_cannot_be_executed_is_not_ready_at_once(void)
{
	struct tree tree;

	tree_prepare(&tree, SYSTEM
		"  - { name: p, exec: broken, kind: program, ready: at_once }\n");
	story_put_broken(&tree, "broken");
	tree_spawn(&tree);
	story_expect_failed_start(&tree, "start_failed");
}

static void test_a_program_that_never_says_ready_is_told_how(void)
{
	struct tree tree;
	char pipe[256];

	tree_prepare(&tree, SYSTEM
		"  - { name: p, " SHELL "args: [-c, \"read x <@DIRECTORY@/pipe\"],\n"
		"      start_timeout: 300ms, sandbox: { read: [\"@DIRECTORY@/pipe\"] } }\n");
	snprintf(pipe, sizeof(pipe), "%s/pipe", tree.directory);
	CU_ASSERT_EQUAL(mkfifo(pipe, 0644), 0);
	tree_spawn(&tree);
	story_expect_failed_start(&tree, "no READY=1 within 0.3 s");
}

/* ---- what it prints ----------------------------------------------------- */

/* the record of that kind whose text contains that; or NULL */
static json_t *find_record(json_t *records, const char *kind, const char *text)
{
	json_t *record;
	size_t i;

	json_array_foreach(records, i, record) {
		const char *message = json_string_value(
			json_object_get(record, "MESSAGE"));

		if (story_record(record, "ACTOR_RECORD", kind) && message &&
		    strstr(message, text))
			return record;
	}
	return NULL;
}

static void expect_line(json_t *records, const char *line, const char *priority)
{
	json_t *record = find_record(records, "output", line);

	CU_ASSERT_PTR_NOT_NULL(record);
	if (!record) {
		harness_note("no line \"%s\"", line);
		return;
	}
	CU_ASSERT(story_record(record, "MESSAGE", line));
	CU_ASSERT(story_record(record, "PRIORITY", priority));
	CU_ASSERT(story_record(record, "ACTOR_GENERATION", "0"));
}

static const char chatty[] = SYSTEM
	"  - { name: good, " STORY_ACTOR " }\n"
	"  - name: p\n"
	"    exec: /bin/sh\n"
	"    kind: program\n"
	"    ready: at_once\n"
	"    restart: temporary\n"
	"    args:\n"
	"      - -c\n"
	"      - \"echo '<3>it is bad'; echo plain >&2; printf '\\\\033[2Jx\\\\377\\\\n';"
	" for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done;"
	" printf 'no disk: \\\\342\\\\202\\\\254'; exit 7\"\n";

static void expect_output(const char *output)
{
	CU_ASSERT_PTR_NOT_NULL(output);
	CU_ASSERT_STRING_EQUAL(output,
		"line 1\nline 2\nline 3\nline 4\nline 5\n"
		"line 6\nline 7\nline 8\nline 9\nno disk: \u20ac");
}

static void test_a_crash_has_the_last_lines(void)
{
	struct tree tree;
	json_t *records, *output;
	json_t *record;

	story_hide_journal();
	tree_start(&tree, chatty);
	CU_ASSERT(story_await(&tree, "p", "state", "stopped"));
	CU_ASSERT(tree_wait_for(&tree, "It printed last, before the newest failure:\n"
				"  line 1\n", "why", "/@SYSTEM@/p", NULL));
	CU_ASSERT(tree_wait_for(&tree, "exit:7", "why", "/@SYSTEM@/p", NULL));
	output = story_decision(&tree, "p", "stop", "output");
	expect_output(json_string_value(output));
	json_decref(output);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	records = story_spool(&tree);
	record = find_record(records, "failed", "no disk");
	CU_ASSERT_PTR_NOT_NULL(record);
	expect_output(json_string_value(json_object_get(record,
							"ACTOR_OUTPUT")));
	expect_line(records, "it is bad", "3");
	expect_line(records, "plain", "6");
	expect_line(records, "\\x1b[2Jx\\xff", "6");
	expect_line(records, "no disk: \u20ac", "6");
	json_decref(records);
	tree_forget(&tree);
}

static void test_what_the_next_process_prints_has_no_cause(void)
{
	struct tree tree;
	json_t *records, *record;
	size_t i, n = 0;

	story_hide_journal();
	tree_start(&tree, SYSTEM
		"  - { name: p, " SHELL "ready: at_once,\n"
		"      sandbox: { execute: [/usr, /bin, /lib, /lib64] },\n"
		"      args: [-c, \"echo here; exec sleep 1000\"] }\n");
	story_signal(&tree, "p", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "p", 1));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	records = story_spool(&tree);
	json_array_foreach(records, i, record) {
		if (!story_record(record, "ACTOR_RECORD", "output") ||
		    !story_record(record, "ACTOR_GENERATION", "1"))
			continue;
		CU_ASSERT_PTR_NULL(json_object_get(record, "ACTOR_CAUSE"));
		n++;
	}
	CU_ASSERT(n > 0);
	json_decref(records);
	tree_forget(&tree);
}

static void test_a_flood_is_counted_and_holds_nobody_up(void)
{
	struct tree tree;

	tree_start(&tree, SYSTEM
		"  - { name: good, " STORY_ACTOR " }\n"
		"  - { name: p, " SHELL "ready: at_once,\n"
		"      args: [-c, \"while :; do echo flood; done\"] }\n");
	for (unsigned int i = 0; i < 20; i++)
		story_expect(&tree, "good", "echo", "here", "here");
	CU_ASSERT(story_is(&tree, "p", "state", "running"));
	story_signal(&tree, "p", SIGKILL);
	CU_ASSERT(tree_wait_for(&tree, "lines left out: more than 1000 in a second",
				"why", "/@SYSTEM@/p", NULL));
	tree_stop(&tree);
}

static void test_one_that_ends_before_it_says_ready_is_told_how(void)
{
	struct tree tree;
	char *log;

	tree_prepare(&tree, SYSTEM
		"  - { name: p, " SHELL "args: [-c, \"echo done\"] }\n");
	tree_spawn(&tree);
	CU_ASSERT_FALSE(tree_await_up(&tree));
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 1);
	log = tree_log_text(&tree);
	CU_ASSERT_PTR_NOT_NULL(strstr(log,
		"/p: exit:0: it ended before it was ready (READY=1); without sd_notify it needs ready: at_once; it printed last: done\n"));
	free(log);
	tree_forget(&tree);
}

/* ---- what it may do ------------------------------------------------------ */

static void test_a_shell_has_pipes_and_jobs_and_no_terminal(void)
{
	struct tree tree;

	tree_start(&tree, SYSTEM
		"  - { name: p, kind: program, ready: at_once, exec: /bin/bash,\n"
		"      restart: temporary,\n"
		"      sandbox: { execute: [/usr, /bin, /lib, /lib64] },\n"
		"      args: [-c, 'set -e; test hi = \"$(echo hi | cat)\";"
		" (exit 3) & wait $! || test $? = 3;"
		" timeout 0.1 sleep 1m || test $? = 124;"
		" nice /bin/true; nice -n 5 /bin/true; ls -ld /usr /bin;"
		" renice -n 5 -p 1 || test $? = 1; exit 9'] }\n");
	CU_ASSERT(tree_wait_for(&tree, "exit:9", "why", "/@SYSTEM@/p", NULL));
	tree_stop(&tree);
}

/* not by its name, nor as what a loader or an interpreter is told to run */
static void test_what_a_program_may_write_it_cannot_execute(void)
{
	struct tree tree;

	tree_start(&tree, SYSTEM
		"  - { name: p, kind: program, ready: at_once, exec: /bin/bash,\n"
		"      restart: temporary,\n"
		"      sandbox: { execute: [/usr, /bin, /lib, /lib64], state: true },\n"
		"      args: [-c, 'cd /run/actorproc/state || exit 1;"
		" cp /bin/true copy || exit 2; chmod 700 copy || exit 3;"
		" ./copy && exit 4; n=0;"
		" for loader in /lib/ld-linux*.so* /lib64/ld-linux*.so*;"
		" do test -e $loader || continue; n=1; $loader /bin/true || exit 5; $loader ./copy && exit 6;"
		" done; test $n = 1 || exit 7; echo \"#!/bin/true\" > script;"
		" chmod 700 script; ./script && exit 8; exit 9'] }\n");
	CU_ASSERT(tree_wait_for(&tree, "exit:9", "why", "/@SYSTEM@/p", NULL));
	tree_stop(&tree);
}

/* nor by a loader, where mounts are its own */
#define EXECUTES(key, loaded)                                                  \
	SYSTEM                                                                 \
	"  - { name: p, kind: program, ready: at_once, exec: /bin/bash,\n"     \
	"      restart: temporary,\n"                                           \
	"      sandbox: { " key ": [/usr, /bin, /lib, /lib64] },\n"             \
	"      args: [-c, 'test -e /bin/true || exit 2;"                         \
	" for loader in /lib/ld-linux-*.so* /lib64/ld-linux-*.so*;"             \
	" do test -e $loader || continue; $loader /bin/true;"                   \
	" test $? " loaded " || exit 3; done;"                                  \
	" /bin/true; exit'] }\n"

static void expect_executes(const char *text, const char *without,
			    const char *cause)
{
	struct tree tree;

	setenv("ACTORPROC_PROBE_OVERRIDE", without, 1);
	tree_start(&tree, text);
	CU_ASSERT(tree_wait_for(&tree, cause, "why", "/@SYSTEM@/p", NULL));
	if (!strcmp(cause, "exit:126"))
		CU_ASSERT(tree_wait_for(&tree, "execute: [PATH]", "why",
					"/@SYSTEM@/p", NULL));
	tree_stop(&tree);
	unsetenv("ACTORPROC_PROBE_OVERRIDE");
}

static void test_what_it_may_read_it_may_not_execute(void)
{
	expect_executes(EXECUTES("execute", "-eq 0"), "", "exit:0");
	expect_executes(EXECUTES("read", "-ne 0"), "", "exit:126");
	/* each of the two by itself */
	expect_executes(EXECUTES("read", "-ne 0"), "landlock", "exit:126");
	expect_executes(EXECUTES("read", "-eq 0"), "namespaces", "exit:126");
}

static void make_written(const struct tree *tree, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", tree->directory, name);
	CU_ASSERT_EQUAL(mkdir(path, 0777), 0);
	CU_ASSERT_EQUAL(chmod(path, 0777), 0);
}

static void test_what_another_may_write_it_cannot_execute(void)
{
	struct tree tree;

	tree_prepare(&tree, SYSTEM
		"  - { name: w, " SHELL "ready: at_once,\n"
		"      args: [-c, 'cp /bin/true \"$0.new\"; mv \"$0.new\" \"$0\";"
		" sleep 10m; exit',\n"
		"        \"@DIRECTORY@/f/written/copy\"],\n"
		"      sandbox: { execute: [/usr, /bin, /lib, /lib64],\n"
		"        write: [\"@DIRECTORY@/f/written\"] } }\n"
		"  - { name: p, " SHELL "ready: at_once, restart: temporary,\n"
		"      args: [-c, '\"$0\"/nap 0 || exit 2;"
		" until test -e \"$0\"/written/copy; do sleep 0.1; done;"
		" \"$0\"/written/copy && exit 3; exit 9', \"@DIRECTORY@/f\"],\n"
		"      sandbox: { execute: [/usr, /bin, /lib, /lib64,\n"
		"        \"@DIRECTORY@/f\"] } }\n");
	story_put_folder(&tree, "f");
	story_put_copy(&tree, "/bin/sleep", "f/nap", 0755);
	make_written(&tree, "f/written");
	tree_spawn(&tree);
	CU_ASSERT(tree_wait_for(&tree, "exit:9", "why", "/@SYSTEM@/p", NULL));
	tree_stop(&tree);
}

/* its own, all that it can reach, and who is left is somebody else's */
#define SIGNALLER                                                              \
	"  - { name: victim, " SHELL "args: [-c, 'sleep 10m; exit'],\n"          \
	"      ready: at_once, sandbox: { execute: [/usr, /bin, /lib, /lib64] } }\n" \
	"  - { name: p, " SHELL "ready: at_once, restart: temporary,\n"          \
	"      args: [-c, 'kill -0 $$ || exit 7; sleep 10m & kill -9 $!;"         \
	" wait $!; sleep 10m & kill -9 -1; wait $!; exit 8'],\n"                 \
	"      sandbox: { execute: [/usr, /bin, /lib, /lib64] } }\n"

static void expect_signals(const char *without, const char *cause)
{
	struct tree tree;

	setenv("ACTORPROC_PROBE_OVERRIDE", without, 1);
	tree_start(&tree, SYSTEM SIGNALLER);
	CU_ASSERT(tree_wait_for(&tree, cause, "why", "/@SYSTEM@/p", NULL));
	CU_ASSERT(story_is(&tree, "victim", "generation", "0"));
	CU_ASSERT(story_is(&tree, "victim", "state", "running"));
	tree_stop(&tree);
	unsetenv("ACTORPROC_PROBE_OVERRIDE");
}

static void test_a_program_signals_its_own_and_nobody_else(void)
{
	if (geteuid() != 0)
		HARNESS_SKIP("only root has uids for each");
	expect_signals("", "exit:8");
	expect_signals("lease,seccomp", "exit:8");
	expect_signals("landlock,seccomp", "exit:8");
	/* nothing keeps it from others then */
	expect_signals("lease,landlock", "exit:7");
}

/* the others are told of, and it is not ended for them */
static void test_a_forbidden_call_of_what_it_has_forked_is_told(void)
{
	struct tree tree;
	json_t *field;

	tree_start(&tree, SYSTEM
		"  - { name: p, " SHELL "ready: at_once, restart: temporary,\n"
		"      sandbox: { execute: [/usr, /bin, /lib, /lib64] },\n"
		"      args: [-c, 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do"
		" unshare -n true; done; exit 9'] }\n");
	CU_ASSERT(tree_wait_for(&tree, "exit:9", "why", "/@SYSTEM@/p", NULL));
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "p", "violation"), 10);
	field = story_decision(&tree, "p", "violation", "syscall");
	CU_ASSERT_STRING_EQUAL(json_string_value(field), "unshare");
	json_decref(field);
	field = story_decision(&tree, "p", "violation", "pid");
	CU_ASSERT(json_integer_value(field) > 1);
	json_decref(field);
	field = story_decision(&tree, "p", "violation", "text");
	CU_ASSERT_PTR_NOT_NULL(strstr(json_string_value(field),
		"a process of it was ended, number 10: its sandbox does not allow that call of unshare"));
	json_decref(field);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_forbidden_call_of_what_it_has_forked_is_told),
	HARNESS_TEST(test_a_shell_has_pipes_and_jobs_and_no_terminal),
	HARNESS_TEST(test_what_a_program_may_write_it_cannot_execute),
	HARNESS_TEST(test_what_it_may_read_it_may_not_execute),
	HARNESS_TEST(test_what_another_may_write_it_cannot_execute),
	HARNESS_TEST(test_a_program_signals_its_own_and_nobody_else),
	HARNESS_TEST(test_a_program_is_called_what_the_file_calls_it),
	HARNESS_TEST(test_one_that_ends_before_it_says_ready_is_told_how),
	HARNESS_TEST(test_a_program_is_ready_when_it_listens_on_a_port),
	HARNESS_TEST(test_a_program_is_ready_when_it_listens_on_a_path),
	HARNESS_TEST(test_a_worker_of_it_may_listen),
	HARNESS_TEST(test_the_next_one_begins_when_its_workers_are_gone),
	HARNESS_TEST(test_its_uid_will_do_where_descriptors_are_not_seen),
	HARNESS_TEST(test_a_bound_socket_does_not_listen),
	HARNESS_TEST(test_a_socket_of_somebody_else_is_none_of_it),
	HARNESS_TEST(test_a_shell_is_ready_at_once),
	HARNESS_TEST(test_what_cannot_be_executed_is_not_ready_at_once),
	HARNESS_TEST(test_a_program_that_never_says_ready_is_told_how),
	HARNESS_TEST(test_a_crash_has_the_last_lines),
	HARNESS_TEST(test_what_the_next_process_prints_has_no_cause),
	HARNESS_TEST(test_a_flood_is_counted_and_holds_nobody_up),
};
HARNESS_MAIN(tests)
