/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_security.c - what `actorctl security` finds in processes that run.
 */
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/story.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))
#define SLEEP "kind: program, exec: /bin/sleep, args: [\"1000\"], ready: at_once"

/* one of each kind of grant, beside one with none */
static const char many[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: plain, refs: [host], " STORY_ACTOR " }\n"
	"  - { name: host, sandbox: { network: host }, " STORY_ACTOR " }\n"
	"  - { name: loop, sandbox: { network: loopback }, " STORY_ACTOR " }\n"
	"  - { name: reads, sandbox: { read: [/etc] }, " STORY_ACTOR " }\n"
	"  - name: writes\n"
	"    sandbox: { write: [/var/tmp] }\n"
	"    " "exec: \"@ACTORS@/test-actor\"\n"
	"  - { name: calls, sandbox: { syscalls: [socket, memfd_create] }, "
	STORY_ACTOR " }\n"
	"  - { name: memory, sandbox: { memfd: allow }, " STORY_ACTOR " }\n"
	"  - { name: takes, mailbox: { descriptors: 2 }, " STORY_ACTOR " }\n"
	"  - { name: device, sandbox: { read: [/dev/urandom] }, " STORY_ACTOR " }\n"
	"  - { name: runs, sandbox: { execute: [/bin] }, " STORY_ACTOR " }\n"
	"  - { name: program, " SLEEP " }\n"
	"  - { name: few, sandbox: { pids: 4 }, " SLEEP " }\n"
	"  - name: g\n"
	"    children:\n"
	"      - { name: w, instances: 2, " STORY_ACTOR " }\n"
	"      - name: headed\n"
	"        exec: \"@ACTORS@/test-actor\"\n"
	"        children:\n"
	"          - { name: x, " STORY_ACTOR " }\n";

/* ---- what it says -------------------------------------------------------- */

static json_t *row_of(const json_t *rows, const struct tree *tree,
		      const char *path)
{
	char full[STORY_PATH_BYTES];
	const char *its;
	json_t *row;
	size_t i;

	story_path(tree, path, full);
	json_array_foreach(rows, i, row) {
		its = json_string_value(json_object_get(row, "path"));
		if (its && !strcmp(its, full) &&
		    json_is_null(json_object_get(row, "role")))
			return row;
	}
	harness_note("no row of %s", full);
	CU_FAIL_FATAL("a row is missing");
	return NULL;
}

static json_t *check_of(const json_t *row, const char *id)
{
	json_t *check;
	size_t i;

	json_array_foreach(json_object_get(row, "checks"), i, check)
		if (!strcmp(json_string_value(json_object_get(check, "id")), id))
			return check;
	return NULL;
}

static bool is_wrong(const json_t *row, const char *id)
{
	return json_is_true(json_object_get(check_of(row, id), "wrong"));
}

static double exposure_of(const json_t *row)
{
	return json_number_value(json_object_get(row, "exposure"));
}

/* finer than what people are shown */
static double sum_of(const json_t *row)
{
	double sum = 0;
	json_t *check;
	size_t i;

	json_array_foreach(json_object_get(row, "checks"), i, check)
		sum += json_number_value(json_object_get(check, "adds"));
	return sum;
}

static bool is_advised(const json_t *row, const char *mend)
{
	json_t *advice;
	size_t i;

	json_array_foreach(json_object_get(row, "advice"), i, advice)
		if (!strcmp(json_string_value(json_object_get(advice, "mend")),
			    mend))
			return true;
	return false;
}

static json_t *look(struct tree *tree)
{
	json_t *rows = story_json(tree, "-s", tree->system, "security", NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(rows);
	return rows;
}

static json_t *promised(struct tree *tree)
{
	json_t *rows = story_json(tree, "security", "--offline", tree->config,
				  NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(rows);
	return rows;
}

/* ---- actors and programs -------------------------------------------------- */

/* of a host that has all layers */
static const char *const still_wrong[] = {
	"namespace-user", "limit-memory", "limit-cpu",
};

static void test_a_default_actor_is_safe(void)
{
	struct tree tree;
	json_t *rows, *row, *check;
	size_t i, n = 0;

	tree_start(&tree, many);
	if (story_number(&tree, "plain", "level") < 3) {
		tree_stop(&tree);
		HARNESS_SKIP("not all layers are there");
	}
	rows = look(&tree);
	row = row_of(rows, &tree, "plain");
	CU_ASSERT(exposure_of(row) < 1.0);
	CU_ASSERT(exposure_of(row) > 0);
	json_array_foreach(json_object_get(row, "checks"), i, check) {
		harness_note("%s",
			json_string_value(json_object_get(check, "text")));
		n += json_is_true(json_object_get(check, "wrong"));
	}
	for (i = 0; i < N(still_wrong); i++)
		CU_ASSERT(is_wrong(row, still_wrong[i]));
	CU_ASSERT_EQUAL(n, N(still_wrong));
	json_decref(rows);
	tree_stop(&tree);
}

static const struct {
	const char *name;
	const char *id;
	const char *mend;
} grants[] = {
	{ "host", "namespace-network", "network: none" },
	{ "host", "sockets", "network: none" },
	{ "loop", "sockets", "network: none" },
	{ "reads", "files-read", "fewer paths in read or execute" },
	{ "runs", "files-execute", "fewer paths in execute" },
	{ "runs", "files-read", "fewer paths in read or execute" },
	{ "writes", "files-write", "fewer paths in write" },
	{ "memory", "memfd", "memfd: deny" },
	{ "calls", "calls-granted", "fewer in syscalls" },
	{ "calls", "sockets", "fewer in syscalls" },
	{ "calls", "sockets-local", "fewer in syscalls" },
	{ "calls", "memfd", "fewer in syscalls" },
	{ "takes", "descriptors-passed", "mailbox: { descriptors: 0 }" },
	{ "device", "mounts-devices", "no device in devices, read, execute and write" },
	{ "device", "files-kernel",
	  "no path of /proc, /sys, /dev in read, execute or write" },
	{ "program", "calls", "kind: actor" },
	{ "program", "memory-executable", "kind: actor" },
	{ "program", "sockets-local", "kind: actor" },
	{ "program", "limit-processes", "pids: NUMBER, or kind: actor" },
	{ "g/w-1", "uid-class", "isolate: instance" },
	{ "plain", "limit-memory", "memory: SIZE" },
	{ "plain", "limit-cpu", "cpu: PERCENT" },
};

/* the root supervisor alone can say that one, where uids cannot be counted */
static bool is_without(struct tree *tree, size_t i)
{
	return !strcmp(grants[i].id, "uid-class") &&
	       story_number(tree, "g/w-1", "class_pid") <= 0;
}

static void test_each_grant_raises_it_and_its_key_is_named(void)
{
	struct tree tree;
	json_t *rows, *plain, *row;

	tree_start(&tree, many);
	rows = look(&tree);
	plain = row_of(rows, &tree, "plain");
	for (size_t i = 0; i < N(grants); i++) {
		if (is_without(&tree, i))
			continue;
		harness_note("%s: %s", grants[i].name, grants[i].id);
		row = row_of(rows, &tree, grants[i].name);
		CU_ASSERT(is_wrong(row, grants[i].id));
		CU_ASSERT(is_advised(row, grants[i].mend));
		CU_ASSERT(row == plain || !is_wrong(plain, grants[i].id));
		CU_ASSERT(row == plain || sum_of(row) > sum_of(plain));
	}
	CU_ASSERT(exposure_of(row_of(rows, &tree, "host")) >
		  exposure_of(plain));
	CU_ASSERT(exposure_of(row_of(rows, &tree, "program")) >
		  exposure_of(plain));
	CU_ASSERT(sum_of(row_of(rows, &tree, "few")) <
		  sum_of(row_of(rows, &tree, "program")));
	json_decref(rows);
	tree_stop(&tree);
}

/* it is there, or the host is to blame: the key is not what is missing */
static void test_a_limit_that_the_file_has_is_not_advised(void)
{
	struct tree tree;
	json_t *rows, *row;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, sandbox: { memory: 64M, cpu: 50% }, "
			  STORY_ACTOR " }\n");
	rows = look(&tree);
	row = row_of(rows, &tree, "a");
	CU_ASSERT_FALSE(is_advised(row, "memory: SIZE"));
	CU_ASSERT_FALSE(is_advised(row, "cpu: PERCENT"));
	CU_ASSERT_EQUAL(is_wrong(row, "limit-memory"),
			is_advised(row, "give the system a cgroup of version 2; actorctl show says why not"));
	json_decref(rows);
	tree_stop(&tree);
}

static void test_system_calls_are_counted(void)
{
	struct tree tree;
	json_t *rows;
	json_int_t n;

	tree_start(&tree, many);
	rows = look(&tree);
	n = json_integer_value(json_object_get(row_of(rows, &tree, "plain"),
					       "calls"));
	CU_ASSERT(n > 60 && n < 200);
	CU_ASSERT_EQUAL(n, story_number(&tree, "plain", "calls"));
	CU_ASSERT(json_integer_value(json_object_get(
			row_of(rows, &tree, "program"), "calls")) > n);
	json_decref(rows);
	tree_stop(&tree);
}

static void test_what_it_was_passed_is_named(void)
{
	struct tree tree;
	json_t *rows, *check;
	const char *text;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, refs: [b], sandbox: { read: [/etc] },"
			  " exec: \"@ACTORS@/test-giver\" }\n"
			  "  - { name: b, mailbox: { descriptors: 1 },"
			  " exec: \"@ACTORS@/test-giver\" }\n");
	rows = look(&tree);
	CU_ASSERT_FALSE(is_wrong(row_of(rows, &tree, "b"), "descriptors"));
	json_decref(rows);
	story_expect(&tree, "a", "lend", "/etc/passwd b keep", "0");
	story_expect(&tree, "b", "kept", "", "other");
	rows = look(&tree);
	check = check_of(row_of(rows, &tree, "b"), "descriptors");
	CU_ASSERT(json_is_true(json_object_get(check, "wrong")));
	text = json_string_value(json_object_get(check, "text"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, " is /etc/passwd"));
	CU_ASSERT_FALSE(is_wrong(row_of(rows, &tree, "a"), "descriptors"));
	json_decref(rows);
	tree_stop(&tree);
}

/* ---- everybody else ------------------------------------------------------- */

static void test_supervisors_and_bundled_actors_are_rows(void)
{
	static const char *const paths[] = {
		"/", "/system", "/system/control", "/system/dead-letters",
		"/system/journal", "", "g", "g/headed", "g/headed/",
		"g/headed/x",
	};
	struct tree tree;
	json_t *rows, *row;

	tree_start(&tree, many);
	rows = look(&tree);
	for (size_t i = 0; i < N(paths); i++) {
		row = row_of(rows, &tree, paths[i]);
		harness_note("%s", paths[i]);
		CU_ASSERT(exposure_of(row) > 0);
		CU_ASSERT(json_integer_value(json_object_get(row, "pid")) > 1);
		CU_ASSERT_PTR_NULL(json_object_get(row, "note"));
	}
	row = row_of(rows, &tree, "/");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "pid")),
			tree.pid);
	CU_ASSERT_FALSE(is_wrong(row_of(rows, &tree, "/system/dead-letters"),
				 "descriptors"));
	CU_ASSERT_FALSE(is_wrong(row_of(rows, &tree, "/system/control"),
				 "descriptors"));
	json_decref(rows);
	tree_stop(&tree);
}

static void test_who_has_no_process_says_why(void)
{
	struct tree tree;
	json_t *rows, *row;

	tree_start(&tree, many);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "plain"), 0);
	rows = look(&tree);
	row = row_of(rows, &tree, "plain");
	CU_ASSERT_PTR_NOT_NULL(json_object_get(row, "note"));
	CU_ASSERT_PTR_NULL(json_object_get(row, "exposure"));
	json_decref(rows);
	tree_stop(&tree);
}

/* rows without a note have all that a row has */
static void all_are_whole(const json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (!json_object_get(row, "note"))
			CU_ASSERT_FALSE(is_wrong(row, "descriptors"));
}

static void test_who_dies_meanwhile_does_no_harm(void)
{
	struct tree tree;
	json_t *rows;

	tree_start(&tree, "system: \"@SYSTEM@\"\n"
			  "intensity: 100 in 1min\nchildren:\n"
			  "  - name: g\n    children:\n"
			  "      - { name: a, instances: 20, "
			  STORY_ACTOR " }\n");
	for (int i = 0; i < 10; i++) {
		story_signal(&tree, "g", SIGKILL);
		rows = look(&tree);
		all_are_whole(rows);
		json_decref(rows);
		CU_ASSERT(story_await(&tree, "g/a-20", "state", "running"));
	}
	tree_stop(&tree);
}

#define CANNOT 77

/* a process with that number, in our namespace; 0: there cannot be one */
static pid_t double_of(pid_t number)
{
	FILE *last = fopen("/proc/sys/kernel/ns_last_pid", "we");
	pid_t pid;

	if (!last || fprintf(last, "%d", number - 1) < 0 || fclose(last) != 0)
		return 0;
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid == number ? pid : 0;
}

/* the first process of a namespace: which exit status has it seen? */
static int look_from_elsewhere(struct tree *tree, pid_t actor)
{
	struct tree_result result;
	int status;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("proc", "/proc", "proc", 0, NULL) < 0 || !double_of(actor))
		return CANNOT;
	status = tree_actorctl(tree, &result, "security", "/@SYSTEM@/plain",
			       "--threshold", "9", NULL);
	if (!strstr(result.out, "its pid is somebody else's here"))
		status = 99;
	tree_result_clear(&result);
	return status;
}

static int in_namespace(struct tree *tree, pid_t actor)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
			_exit(CANNOT);
		pid = fork();
		if (pid == 0)
			_exit(look_from_elsewhere(tree, actor));
		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_who_has_its_number_elsewhere_is_not_taken_for_it(void)
{
	struct tree tree;
	int status;

	tree_start(&tree, many);
	status = in_namespace(&tree, story_pid(&tree, "plain"));
	tree_stop(&tree);
	if (status == CANNOT)
		HARNESS_SKIP("no pid namespace can be made here");
	CU_ASSERT_EQUAL(status, 1);
}

static void test_who_looks_at_one_sees_every_check(void)
{
	struct tree tree;
	struct tree_result result;

	tree_start(&tree, many);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "security",
				      "/@SYSTEM@/host", NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "✗  namespace-network"));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "✓  new-privileges"));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out,
				      "lowered most by: network: none"));
	tree_result_clear(&result);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "security",
				      "/@SYSTEM@/g", NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "/g/w-2 "));
	CU_ASSERT_PTR_NULL(strstr(result.out, "/host"));
	tree_result_clear(&result);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "security",
				      "/@SYSTEM@/none", NULL), 3);
	tree_stop(&tree);
}

/* ---- the threshold -------------------------------------------------------- */

static int status_of(struct tree *tree, const char *threshold,
		     const char *path, const char *option)
{
	return tree_actorctl(tree, NULL, "security", path, "--threshold",
			     threshold, option, NULL);
}

static void test_a_threshold_fails_who_is_above_it(void)
{
	struct tree tree;
	double plain, host;
	char between[16];
	json_t *rows;

	tree_start(&tree, many);
	rows = look(&tree);
	plain = exposure_of(row_of(rows, &tree, "plain"));
	host = exposure_of(row_of(rows, &tree, "host"));
	json_decref(rows);
	CU_ASSERT_FATAL(host > plain);
	snprintf(between, sizeof(between), "%.1f", host - 0.1);
	CU_ASSERT_EQUAL(status_of(&tree, between, "/@SYSTEM@/plain", NULL), 0);
	CU_ASSERT_EQUAL(status_of(&tree, between, "/@SYSTEM@/host", NULL), 1);
	CU_ASSERT_EQUAL(status_of(&tree, between, "/@SYSTEM@", NULL), 1);
	/* supervisors are trusted, unless they are meant, too */
	CU_ASSERT_EQUAL(status_of(&tree, "6", "/@SYSTEM@", NULL), 0);
	CU_ASSERT_EQUAL(status_of(&tree, "6", "/@SYSTEM@", "--all"), 1);
	CU_ASSERT_EQUAL(status_of(&tree, "much", "/@SYSTEM@", NULL), 2);
	CU_ASSERT_EQUAL(status_of(&tree, "11", "/@SYSTEM@", NULL), 2);
	CU_ASSERT_EQUAL(status_of(&tree, "nan", "/@SYSTEM@", NULL), 2);
	tree_stop(&tree);
}

static void test_a_file_can_be_held_to_a_threshold(void)
{
	struct tree tree;

	tree_prepare(&tree, many);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "security", "--offline",
				      tree.config, "--threshold", "10", NULL),
			0);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "security", "--offline",
				      tree.config, "--threshold", "0", NULL),
			1);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "security", "--offline",
				      "/nonexistent", NULL), 1);
	tree_spawn(&tree);
	CU_ASSERT_TRUE(tree_await_up(&tree));
	tree_stop(&tree);
}

/* ---- what a file promises ------------------------------------------------- */

static void agree(const json_t *there, const json_t *said)
{
	const char *path = json_string_value(json_object_get(said, "path"));
	json_t *check, *other;
	const char *id;
	size_t i;

	json_array_foreach(json_object_get(there, "checks"), i, check) {
		id = json_string_value(json_object_get(check, "id"));
		other = check_of(said, id);
		/* of root's process /proc does not say */
		if (json_is_false(json_object_get(check, "known")) &&
		    !strcmp(id, "dumpable"))
			continue;
		if (!json_equal(json_object_get(check, "value"),
				json_object_get(other, "value"))) {
			harness_note("%s %s: %s", path, id,
				json_string_value(json_object_get(check,
								  "text")));
			CU_FAIL("what runs is not what was promised");
		}
	}
	CU_ASSERT(fabs(sum_of(there) - sum_of(said)) < 0.2);
}

/* numbers of what is the host's own are promised by nobody */
static void agree_on_what_is_wrong(const json_t *there, const json_t *said)
{
	json_t *check;
	const char *id;
	size_t i;

	json_array_foreach(json_object_get(there, "checks"), i, check) {
		id = json_string_value(json_object_get(check, "id"));
		if (json_is_false(json_object_get(check, "known")) ||
		    is_wrong(there, id) == is_wrong(said, id))
			continue;
		harness_note("%s %s: %s",
			json_string_value(json_object_get(said, "path")), id,
			json_string_value(json_object_get(check, "text")));
		CU_FAIL("what runs is not what was promised");
	}
}

static void all_agree(struct tree *tree,
		      void (*compare)(const json_t *there,
				  const json_t *said))
{
	json_t *rows = look(tree), *said = promised(tree), *row;
	const char *path;
	size_t i;

	CU_ASSERT(json_array_size(said) == 16);
	json_array_foreach(said, i, row) {
		path = json_string_value(json_object_get(row, "path"));
		compare(row_of(rows, tree, path), row);
	}
	json_decref(said);
	json_decref(rows);
}

static void test_a_file_promises_what_is_then_in_force(void)
{
	struct tree tree;

	tree_start(&tree, many);
	all_agree(&tree, agree);
	tree_stop(&tree);
}

static void test_it_promises_no_more_where_a_layer_is_missing(void)
{
	static const char *const without[] = {
		"uids", "lease", "user-namespaces", "namespaces",
		"pid-namespaces", "network-namespaces", "landlock",
		"landlock=3", "seccomp",
	};
	struct tree tree;

	for (size_t i = 0; i < N(without); i++) {
		harness_note("without %s", without[i]);
		setenv("ACTORPROC_PROBE_OVERRIDE", without[i], 1);
		tree_start(&tree, many);
		all_agree(&tree, agree_on_what_is_wrong);
		tree_stop(&tree);
	}
}

/* ---- an ordinary user ----------------------------------------------------- */

static void test_an_ordinary_user_can_look_at_its_own(void)
{
	struct tree tree;
	json_t *rows, *row, *check;
	size_t i;

	story_become_ordinary();
	tree_start(&tree, many);
	rows = look(&tree);
	row = row_of(rows, &tree, "plain");
	/* but for what cannot be seen of anybody, all can be */
	json_array_foreach(json_object_get(row, "checks"), i, check) {
		harness_note("%s",
			json_string_value(json_object_get(check, "text")));
		CU_ASSERT(json_is_true(json_object_get(check, "known")));
	}
	CU_ASSERT(is_wrong(row, "uid-shared"));
	CU_ASSERT_FALSE(is_wrong(row, "namespace-user"));
	CU_ASSERT_FALSE(is_wrong(row, "descriptors"));
	CU_ASSERT(is_advised(row, "start the system as root: each actor has a uid of its own then"));
	json_decref(rows);
	all_agree(&tree, agree);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_default_actor_is_safe),
	HARNESS_TEST(test_each_grant_raises_it_and_its_key_is_named),
	HARNESS_TEST(test_a_limit_that_the_file_has_is_not_advised),
	HARNESS_TEST(test_system_calls_are_counted),
	HARNESS_TEST(test_what_it_was_passed_is_named),
	HARNESS_TEST(test_supervisors_and_bundled_actors_are_rows),
	HARNESS_TEST(test_who_has_no_process_says_why),
	HARNESS_TEST(test_who_dies_meanwhile_does_no_harm),
	HARNESS_TEST(test_who_has_its_number_elsewhere_is_not_taken_for_it),
	HARNESS_TEST(test_who_looks_at_one_sees_every_check),
	HARNESS_TEST(test_a_threshold_fails_who_is_above_it),
	HARNESS_TEST(test_a_file_can_be_held_to_a_threshold),
	HARNESS_TEST(test_a_file_promises_what_is_then_in_force),
	HARNESS_TEST(test_it_promises_no_more_where_a_layer_is_missing),
	HARNESS_TEST(test_an_ordinary_user_can_look_at_its_own),
};
HARNESS_MAIN(tests)
