/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_user_mode.c - the same by an ordinary user.
 *
 * As root the test becomes "nobody" first; its caller's own uid will do too.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/story.h"

static const char three[] =
	"system: \"@SYSTEM@\"\nstrategy: rest_for_one\nchildren:\n"
	"  - { name: a, refs: [b], " STORY_ACTOR " }\n"
	"  - { name: b, " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    children:\n"
	"      - { name: x, " STORY_ACTOR " }\n";

static void test_a_tree_of_an_ordinary_user_does_it_all(void)
{
	struct tree tree;
	pid_t a;

	story_become_ordinary();
	tree_start(&tree, three);
	a = story_pid(&tree, "a");
	CU_ASSERT(a > 1);
	story_expect(&tree, "a", "who", NULL,
		     "/@SYSTEM@/a 0 0 /system/control");
	story_expect(&tree, "a", "ask", "b echo hello", "hello");
	story_tell(&tree, "a", "tell", "b crash");
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT(story_await_generation(&tree, "g", 1));
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), a);
	story_expect(&tree, "a", "ask", "b echo again", "again");
	json_decref(story_await_letters(&tree, "b", "crashed", 1));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "b"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "b"), 0);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	tree_stop(&tree);
}

static void test_the_lower_level_is_shown(void)
{
	struct tree tree;
	json_int_t level;
	char *log;

	story_become_ordinary();
	tree_start(&tree, three);
	level = story_number(&tree, "a", "level");
	CU_ASSERT(level >= 0 && level < 3);
	log = tree_log_text(&tree);
	CU_ASSERT_PTR_NOT_NULL(strstr(log, "sandbox level"));
	free(log);
	tree_stop(&tree);
}

static bool is_printed(struct tree *tree, void *line)
{
	json_t *records = story_spool(tree);
	const json_t *record;
	bool found = false;
	size_t i;

	json_array_foreach(records, i, record)
		found = found || story_record(record, "MESSAGE", line);
	json_decref(records);
	return found;
}

/* each has a user namespace of its own, in which its processes are counted */
static void test_a_limit_of_processes_is_in_force(void)
{
	struct tree tree;
	char *lowered;

	story_hide_journal();
	story_become_ordinary();
	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: p, exec: \"@ACTORS@/test-hog\", kind: program,\n"
		"      args: [processes, \"20\"], ready: at_once,\n"
		"      sandbox: { pids: 5 } }\n");
	CU_ASSERT(tree_wait_until(&tree, is_printed,
				  (char []){ "4 processes, EAGAIN" }));
	lowered = story_text(&tree, "p", "lowered");
	CU_ASSERT_PTR_NULL(strstr(lowered, "\"pids\""));
	free(lowered);
	tree_stop(&tree);
}

static void test_a_killed_supervisor_leaves_nobody_in_user_mode(void)
{
	struct tree tree;
	pid_t x;

	story_become_ordinary();
	tree_start(&tree, three);
	x = story_pid(&tree, "g/x");
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(story_await_gone(&tree, x));
	CU_ASSERT(story_await_generation(&tree, "g/x", 1));
	tree_kill(&tree);
}

static void test_what_hangs_is_killed_in_user_mode(void)
{
	struct tree tree;
	int64_t began_ms;

	story_become_ordinary();
	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, stop_timeout: 300ms, " STORY_ACTOR " }\n");
	story_tell(&tree, "a", "hang", NULL);
	began_ms = story_now_ms();
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	/* the default, which would be wrong */
	CU_ASSERT(story_now_ms() - began_ms < 5000);
	tree_stop(&tree);
}

/* the socket is there for all to see: who may talk to it is another matter */
static int connect_as_nobody(const struct tree *tree)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int status = -1, fd;
	pid_t pid;

	snprintf(address.sun_path, sizeof(address.sun_path),
		 "%.60s/run/%.20s/control", tree->directory, tree->system);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setgid(STORY_NOBODY) < 0 ||
		    setuid(STORY_NOBODY) < 0)
			_exit(99);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		_exit(connect(fd, (struct sockaddr *)&address,
			      sizeof(address)) < 0 ? errno : 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_another_user_is_not_let_in(void)
{
	struct tree tree;

	if (geteuid() != 0)
		HARNESS_SKIP("only root can play another user");
	tree_start(&tree, three);
	CU_ASSERT_EQUAL(connect_as_nobody(&tree), EACCES);
	tree_stop(&tree);
}

/* an exec takes capabilities away, and without them no sandbox is made */
static void test_supervisors_go_on_as_another_program_in_user_mode(void)
{
	struct tree tree;
	pid_t a;

	story_become_ordinary();
	tree_start(&tree, three);
	a = story_pid(&tree, "a");
	for (unsigned int generation = 1; generation <= 2; generation++) {
		CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reexec", NULL), 0);
		CU_ASSERT_EQUAL(story_pid(&tree, "a"), a);
		story_signal(&tree, "g/x", SIGKILL);
		CU_ASSERT(story_await_generation(&tree, "g/x", generation));
		story_expect(&tree, "g/x", "echo", "there", "there");
	}
	story_expect(&tree, "a", "ask", "b echo hello", "hello");
	tree_stop(&tree);
}

/* it has the uid of who runs the system, and a file system where its socket is */
static void test_no_actor_is_taken_for_who_runs_the_system(void)
{
	static const char text[] =
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: a, " STORY_ACTOR " }\n"
		"  - { name: evil, kind: program, ready: at_once, restart: temporary,\n"
		"      exec: \"@PROGRAMS@/../../bin/actorctl\", args: [kill, /@SYSTEM@/a],\n"
		"      environment: { ACTORPROC_RUN_DIR: \"@DIRECTORY@/run\" },\n"
		"      sandbox: { read: [\"@DIRECTORY@\"] } }\n";
	struct tree tree;
	json_t *end;
	pid_t a;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	HARNESS_SKIP("a sanitizer makes calls that end actorctl in a sandbox");
#endif
	story_become_ordinary();
	tree_start(&tree, text);
	a = story_pid(&tree, "a");
	CU_ASSERT(a > 1);
	CU_ASSERT(story_await(&tree, "evil", "state", "stopped"));
	end = story_decision(&tree, "evil", "stop", "cause");
	CU_ASSERT_PTR_NOT_NULL(end);
	if (end)	/* that no system is running */
		CU_ASSERT_STRING_EQUAL(json_string_value(end), "exit:6");
	json_decref(end);
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), a);
	tree_stop(&tree);
}

/* ---- descriptors on their way, which are counted for all of one uid ------- */

/* that none of those has who run at the same time */
#define FLOODED_UIDS 61000
#define N_FLOODED_UIDS 4000

static void become_alone(void)
{
	uid_t uid = FLOODED_UIDS + (uid_t)getpid() % N_FLOODED_UIDS;

	if (geteuid() != 0)
		HARNESS_SKIP("others run with this uid, too");
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		HARNESS_SKIP("root here cannot become another user");
	prctl(PR_SET_DUMPABLE, 1);
	story_become_ordinary();
}

/** struct flood - how many descriptors it has sent, when it has said so */
struct flood {
	const char *name;
	int n;
};

static bool has_said_it(struct tree *tree, void *data)
{
	struct flood *flood = data;
	char path[192], end = '\0';
	FILE *file;

	snprintf(path, sizeof(path), "%.128s/%s", tree->directory, flood->name);
	file = fopen(path, "re");
	if (file && fscanf(file, "%d%c", &flood->n, &end) < 2)
		end = '\0';
	if (file)
		fclose(file);
	return end == '\n';
}

static int await_flood(struct tree *tree, const char *name)
{
	struct flood flood = { .name = name };

	CU_ASSERT_FATAL(tree_wait_until(tree, has_said_it, &flood));
	return flood.n;
}

/* Return: the pid of one that is no part of the tree, when @n are there */
static pid_t flood_beside(struct tree *tree, int n)
{
	char *program = tree_expand(tree, "@ACTORS@/test-flood");
	char *file = tree_expand(tree, "@DIRECTORY@/beside"), most[16];
	struct rlimit limit;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < 2 * (rlim_t)n)
		HARNESS_SKIP("its limit of descriptors is too low for a flood");
	limit.rlim_cur = limit.rlim_max;
	snprintf(most, sizeof(most), "%d", n);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_NOFILE, &limit);
		execl(program, program, most, file, NULL);
		_exit(99);
	}
	CU_ASSERT_EQUAL(await_flood(tree, "beside"), n);
	free(program);
	free(file);
	return pid;
}

static void end_flood(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#define FLOOD(name, most)                                                      \
	"  - { name: " name ", kind: program, ready: at_once,\n"               \
	"      exec: \"@ACTORS@/test-flood\",\n"                               \
	"      args: [\"" most "\", \"@DIRECTORY@/" name "\"],\n"               \
	"      sandbox: { write: [\"@DIRECTORY@/" name "\"] } }\n"

static void start_with_files(struct tree *tree, const char *text)
{
	tree_prepare(tree, text);
	story_put(tree, "one", "", 0600);
	story_put(tree, "two", "", 0600);
	tree_spawn(tree);
	CU_ASSERT_FATAL(tree_await_up(tree));
}

/* together they get as far as one does, and that is not where an actor is */
static void test_programs_that_flood_take_nothing_from_actors(void)
{
	static const char text[] =
		"system: \"@SYSTEM@\"\nchildren:\n"
		FLOOD("one", "100000") FLOOD("two", "100000")
		"  - { name: a, refs: [b], exec: \"@ACTORS@/test-giver\" }\n"
		"  - { name: b, mailbox: { descriptors: 1 },\n"
		"      exec: \"@ACTORS@/test-giver\" }\n"
		"  - { name: c, " STORY_ACTOR " }\n";
	struct tree tree;
	int n;

	become_alone();
	start_with_files(&tree, text);
	n = await_flood(&tree, "one") + await_flood(&tree, "two");
	/* 250 at a time, and of others some may have been on their way */
	CU_ASSERT(n >= 1000);
	CU_ASSERT(n < 4096);
	story_tell(&tree, "c", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "c", 1));
	story_expect(&tree, "a", "send", "b write there", "0");
	story_expect(&tree, "a", "read", "", "there");
	tree_stop(&tree);
}

/* as what is no part of a system can have as many as it likes */
static void test_more_than_an_actor_may_have_keeps_nobody_from_starting(void)
{
	static const char text[] =
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: a, " STORY_ACTOR " }\n"
		FLOOD("one", "0");
	struct tree tree;
	pid_t flood;

	become_alone();
	start_with_files(&tree, text);
	flood = flood_beside(&tree, 6000);
	story_tell(&tree, "a", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_signal(&tree, "one", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "one", 1));
	end_flood(flood);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_programs_that_flood_take_nothing_from_actors),
	HARNESS_TEST(test_more_than_an_actor_may_have_keeps_nobody_from_starting),
	HARNESS_TEST(test_no_actor_is_taken_for_who_runs_the_system),
	HARNESS_TEST(test_a_tree_of_an_ordinary_user_does_it_all),
	HARNESS_TEST(test_the_lower_level_is_shown),
	HARNESS_TEST(test_a_limit_of_processes_is_in_force),
	HARNESS_TEST(test_a_killed_supervisor_leaves_nobody_in_user_mode),
	HARNESS_TEST(test_what_hangs_is_killed_in_user_mode),
	HARNESS_TEST(test_another_user_is_not_let_in),
	HARNESS_TEST(test_supervisors_go_on_as_another_program_in_user_mode),
};
HARNESS_MAIN(tests)
