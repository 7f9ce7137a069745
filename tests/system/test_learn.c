/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_learn.c - `actorctl learn`: what an actor wants when it has no sandbox,
 * and that it has one again.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/story.h"

#define PUPIL                                                                  \
	"  - name: pupil\n"                                                     \
	"    exec: \"@ACTORS@/test-pupil\"\n"                                   \
	"    start_timeout: 1min\n"                                           \
	"    args: [/etc/passwd, \"@DIRECTORY@/open/made\"]\n"
#define OTHERS                                                                 \
	"  - { name: w, instances: 2, " STORY_ACTOR " }\n"                      \
	"  - { name: own, sandbox: { scratch: 1M }, " STORY_ACTOR " }\n"       \
	"  - name: g\n"                                                         \
	"    children:\n"                                                       \
	"      - { name: x, " STORY_ACTOR " }\n"

static const char school[] = "system: \"@SYSTEM@\"\nlearning: allow\n"
			     "children:\n" PUPIL OTHERS;
static const char production[] = "system: \"@SYSTEM@\"\n"
				 "children:\n" PUPIL OTHERS;

/* without mounts of its own its uid has to get there */
static bool can_be_reached(const char *path)
{
	char folder[512];
	struct stat st;
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	while ((slash = strrchr(folder, '/')) && slash != folder) {
		*slash = '\0';
		if (stat(folder, &st) < 0 || !(st.st_mode & S_IXOTH))
			return false;
	}
	return true;
}

static void begin(struct tree *tree)
{
	char path[256], *program;

	tree_start(tree, school);
	program = story_text(tree, "pupil", "exec");
	if (!can_be_reached(program) || !can_be_reached(tree->config)) {
		free(program);
		tree_stop(tree);
		HARNESS_SKIP("the uid of an actor cannot get to its program");
	}
	free(program);
	snprintf(path, sizeof(path), "%s/open", tree->directory);
	CU_ASSERT_EQUAL(mkdir(path, 0777), 0);
	CU_ASSERT_EQUAL(chmod(path, 0777), 0);
}

static bool has(const json_t *rows, const char *key, const char *value)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (story_record(row, "key", key) &&
		    story_record(row, "value", value))
			return true;
	harness_note("not there: %s %s", key, value);
	return false;
}

static json_t *learn(struct tree *tree, const char *path)
{
	char full[STORY_PATH_BYTES];

	return story_json(tree, "learn", "--for", "1ms",
			  story_path(tree, path, full), NULL);
}

/* it is ready when it has done it all */
static void test_what_it_wants_is_said_as_keys(void)
{
	char folder[256];
	struct tree tree;
	json_t *rows;

	begin(&tree);
	rows = learn(&tree, "pupil");
	CU_ASSERT_PTR_NOT_NULL_FATAL(rows);
	snprintf(folder, sizeof(folder), "%s/open", tree.directory);
	CU_ASSERT(has(rows, "read", "/etc/passwd"));
	CU_ASSERT(has(rows, "write", folder));
	CU_ASSERT(has(rows, "network", "host"));
	CU_ASSERT(has(rows, "connect", "127.0.0.1:9"));
	CU_ASSERT(has(rows, "memfd", "allow"));
	CU_ASSERT(has(rows, "call", "unshare"));
	/* and neither its libraries, nor folders on the way, nor what it did not do */
	CU_ASSERT_EQUAL(json_array_size(rows), 6);
	json_decref(rows);
	tree_stop(&tree);
}

static void test_it_is_in_its_sandbox_again(void)
{
	char path[256];
	struct tree tree;
	json_t *cause;

	begin(&tree);
	json_decref(learn(&tree, "pupil"));
	snprintf(path, sizeof(path), "%s/open/made", tree.directory);
	CU_ASSERT_EQUAL(remove(path), 0);
	CU_ASSERT(story_await_generation(&tree, "pupil", 2));
	story_expect(&tree, "pupil", "ping", NULL, "pong");
	CU_ASSERT_NOT_EQUAL(remove(path), 0);
	/* what it wanted at its end was no violation */
	cause = story_decision(&tree, "pupil", "restart", "cause");
	CU_ASSERT_STRING_EQUAL(json_string_value(cause), "exit:0");
	json_decref(cause);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "pupil", "learning"), 1);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "pupil", "learned"), 1);
	/* as often as one likes */
	json_decref(learn(&tree, "pupil"));
	CU_ASSERT(story_await_generation(&tree, "pupil", 4));
	tree_stop(&tree);
}

/* who asks to learn waits for it: another process does, and keeps what was said. It
 * lets actorctl alone be interrupted */
static pid_t learn_meanwhile(struct tree *tree, const char *path)
{
	char full[STORY_PATH_BYTES];
	struct tree_result said;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	setpgid(0, 0);
	signal(SIGINT, SIG_IGN);
	tree_actorctl(tree, &said, "learn", "--for", "5min",
		      story_path(tree, path, full), NULL);
	story_put(tree, "said", said.out, 0600);
	_exit(said.status);
}

static json_int_t check_of(struct tree *tree, const char *path, const char *id)
{
	char full[STORY_PATH_BYTES];
	json_t *rows = story_json(tree, "security", story_path(tree, path, full),
				  NULL);
	json_t *checks = json_object_get(json_array_get(rows, 0), "checks");
	json_int_t value = -1;
	json_t *check;
	size_t i;

	json_array_foreach(checks, i, check)
		if (story_record(check, "id", id))
			value = json_integer_value(
				json_object_get(check, "value"));
	json_decref(rows);
	return value;
}

static void expect_learned(struct tree *tree)
{
	char *layers = story_text(tree, "pupil", "degraded");
	char *reasons = story_text(tree, "pupil", "lowered");

	CU_ASSERT_EQUAL(story_number(tree, "pupil", "level"), 0);
	CU_ASSERT_EQUAL(story_number(tree, "pupil", "learning"), 1);
	CU_ASSERT_EQUAL(story_number(tree, "pupil", "landlock"), 0);
	CU_ASSERT_EQUAL(story_number(tree, "pupil", "calls"), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(layers, "namespaces "));
	CU_ASSERT_PTR_NOT_NULL(strstr(layers, "landlock "));
	CU_ASSERT_PTR_NOT_NULL(strstr(layers, "learning"));
	CU_ASSERT_PTR_NOT_NULL(strstr(reasons, "it is being learned"));
	CU_ASSERT_EQUAL(check_of(tree, "pupil", "filter"), 1);
	free(layers);
	free(reasons);
}

static void test_meanwhile_nobody_says_that_it_has_a_sandbox(void)
{
	json_int_t level, n_calls;
	struct tree tree;
	pid_t pid;

	begin(&tree);
	level = story_number(&tree, "pupil", "level");
	n_calls = story_number(&tree, "pupil", "calls");
	CU_ASSERT(level > 0 && n_calls > 0);
	CU_ASSERT_EQUAL(story_number(&tree, "pupil", "learning"), -1);
	CU_ASSERT_EQUAL(check_of(&tree, "pupil", "filter"), 0);
	pid = learn_meanwhile(&tree, "pupil");
	CU_ASSERT(story_await_generation(&tree, "pupil", 1));
	expect_learned(&tree);
	/* of that one alone */
	CU_ASSERT_EQUAL(story_number(&tree, "w-1", "level"), level);
	CU_ASSERT_EQUAL(story_number(&tree, "", "level"), level);
	/* by SIGTERM it would have time to put it back first */
	CU_ASSERT_EQUAL(kill(-pid, SIGKILL), 0);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	story_signal(&tree, "pupil", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "pupil", 2));
	expect_learned(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "pupil"), 0);
	tree_stop(&tree);
}

static void refuses(struct tree *tree, const char *path, const char *why)
{
	struct tree_result result;
	char full[STORY_PATH_BYTES];

	CU_ASSERT_NOT_EQUAL(tree_actorctl(tree, &result, "learn",
					  story_path(tree, path, full), NULL),
			    0);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, why));
	tree_result_clear(&result);
}

static void test_who_cannot_be_learned_is_told_why(void)
{
	struct tree tree;

	tree_start(&tree, school);
	refuses(&tree, "g", "learn the actors below it");
	refuses(&tree, "w-1", "isolate: instance");
	refuses(&tree, "own", "take these keys out");
	refuses(&tree, "/system/control", "/system");
	refuses(&tree, "nobody", "no such actor");
	tree_stop(&tree);
}

static void test_not_in_production(void)
{
	struct tree tree;

	tree_start(&tree, production);
	refuses(&tree, "pupil", "learning: allow");
	CU_ASSERT_EQUAL(story_number(&tree, "pupil", "generation"), 0);
	tree_stop(&tree);
}

#define READER(follow)                                                         \
	"  - { name: reader, kind: program, exec: /usr/bin/tail,\n"            \
	"      start_timeout: 1min, args: [" follow "/etc/passwd, /dev/null]"
static const char stranger[] = "system: \"@SYSTEM@\"\nlearning: allow\n"
			       "intensity: 100 in 1min\nchildren:\n"
			       READER("") " }\n";
static const char proposed[] = "system: \"@SYSTEM@\"\nchildren:\n"
			       READER("-f, ") ",\n      sandbox: { read: [/etc/passwd],"
			       " devices: [/dev/null] },\n"
			       "      ready: at_once }\n";

/* and is left alone until then */
static void test_what_cannot_start_at_all_is_learned_and_then_does(void)
{
	struct tree tree;
	json_t *rows;

	tree_prepare(&tree, stranger);
	tree_spawn(&tree);
	CU_ASSERT(story_await(&tree, "reader", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "reader", "cause", "exit:1"));
	rows = learn(&tree, "reader");
	CU_ASSERT_PTR_NOT_NULL_FATAL(rows);
	CU_ASSERT(has(rows, "read", "/etc/passwd"));
	CU_ASSERT(has(rows, "devices", "/dev/null"));
	json_decref(rows);
	/* it has had its sandbox again, and came no further in it */
	CU_ASSERT(story_await(&tree, "reader", "cause", "exit:1"));
	CU_ASSERT(story_await(&tree, "reader", "state", "stopped"));
	tree_stop(&tree);

	tree_start(&tree, proposed);
	CU_ASSERT(story_is(&tree, "reader", "state", "running"));
	CU_ASSERT(story_is(&tree, "reader", "generation", "0"));
	tree_stop(&tree);
}

/* it is seen until its time is over */
static void test_who_is_never_ready_is_learned_too(void)
{
	struct tree tree;
	json_t *rows;

	tree_prepare(&tree, "system: \"@SYSTEM@\"\nlearning: allow\n"
			    "intensity: 100 in 1min\nchildren:\n"
			    "  - { name: s, kind: program, exec: /bin/sleep,\n"
			    "      start_timeout: 300ms, args: [\"1000\"] }\n");
	tree_spawn(&tree);
	CU_ASSERT(story_await(&tree, "s", "cause", "start_timeout"));
	CU_ASSERT(story_await(&tree, "s", "state", "stopped"));
	rows = learn(&tree, "s");
	CU_ASSERT(json_is_array(rows));
	json_decref(rows);
	CU_ASSERT(story_await(&tree, "s", "cause", "start_timeout"));
	tree_stop(&tree);
}

static const char needy[] = "system: \"@SYSTEM@\"\nlearning: allow\n"
			    "intensity: 100 in 1min\nchildren:\n"
			    "  - name: last\n"
			    "    exec: \"@ACTORS@/test-pupil\"\n"
			    "    start_timeout: 1min\n"
			    "    args: [/etc/passwd, \"@DIRECTORY@/open/made\","
			    " needs]\n";
static const char working[] = "system: \"@SYSTEM@\"\nlearning: allow\n"
			      "intensity: 100 in 1min\nchildren:\n"
			      "  - name: last\n"
			      "    exec: \"@ACTORS@/test-pupil\"\n"
			      "    start_timeout: 1min\n"
			      "    restart: temporary\n"
			      "    args: [/etc/passwd,"
			      " \"@DIRECTORY@/open/made\", works]\n";
/* what JSON writes as two halves */
#define FACE "\xf0\x9f\x98\x80 é"
static const char faced[] = "system: \"@SYSTEM@\"\nlearning: allow\n"
			    "intensity: 100 in 1min\nchildren:\n"
			    "  - name: last\n"
			    "    exec: \"@ACTORS@/test-pupil\"\n"
			    "    start_timeout: 1min\n"
			    "    args: [/etc/passwd, \"@DIRECTORY@/" FACE "/made\","
			    " needs]\n";
static const char looking[] = "system: \"@SYSTEM@\"\nlearning: allow\n"
			      "intensity: 100 in 1min\nchildren:\n"
			      "  - name: last\n"
			      "    kind: program\n"
			      "    exec: /usr/bin/tail\n"
			      "    ready: at_once\n"
			      "    restart: temporary\n"
			      "    args: [-f, /etc/passwd, /dev/null]\n";

/* a script, its interpreter, what that executes, and the libraries of it */
static const char script[] = "#!/bin/sh\nexec tail -f /etc/passwd /dev/null\n";
static const char executing[] = "system: \"@SYSTEM@\"\nlearning: allow\n"
				"intensity: 100 in 1min\nchildren:\n"
				"  - name: last\n"
				"    kind: program\n"
				"    exec: /bin/bash\n"
				"    ready: at_once\n"
				"    restart: temporary\n"
				"    args: [-c, 'exec \"@DIRECTORY@/script\"']\n";

/* a program whose name is that of a descriptor */
static const char by_number[] = "system: \"@SYSTEM@\"\nlearning: allow\n"
				"intensity: 100 in 1min\nchildren:\n"
				"  - name: last\n"
				"    kind: program\n"
				"    exec: /bin/bash\n"
				"    ready: at_once\n"
				"    restart: temporary\n"
				"    args: [-c, 'exec 3</usr/bin/tail;"
				" exec /dev/fd/3 -f /etc/passwd /dev/null']\n";

/* what is printed becomes a part of its last child */
static void paste(const struct tree *tree, const char *config, char *said)
{
	char text[4096], *line, *rest = said;
	size_t n = (size_t)snprintf(text, sizeof(text), "%s", config);

	while ((line = strsep(&rest, "\n")) && n < sizeof(text))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "    %s\n",
				      line);
	CU_ASSERT_FATAL(n < sizeof(text));
	story_rewrite(tree, text);
}

static void begin_last(struct tree *tree, const char *config)
{
	bool strange = strstr(config, FACE);
	char path[256];

	tree_prepare(tree, config);
	snprintf(path, sizeof(path), "%s/%s", tree->directory,
		 strange ? FACE : "open");
	CU_ASSERT_EQUAL(mkdir(path, 0777), 0);
	CU_ASSERT_EQUAL(chmod(path, 0777), 0);
	story_put(tree, "script", script, 0755);
	tree_spawn(tree);
	CU_ASSERT(story_await(tree, "last", "state", "stopped"));
}

/* it is ready when it has done it all */
static char *learn_start(struct tree *tree)
{
	struct tree_result said;

	CU_ASSERT_EQUAL(tree_actorctl(tree, &said, "learn", "--for", "1ms",
				      "/@SYSTEM@/last", NULL), 0);
	free(said.err);
	return said.out;
}

static char *read_said(const struct tree *tree)
{
	char path[256], *text = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/said", tree->directory);
	file = fopen(path, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT(getdelim(&text, &size, '\0', file) > 0);
	fclose(file);
	return text;
}

/* until it has been seen to do all of it */
static char *learn_work(struct tree *tree,
			bool (*is_done)(struct tree *, void *))
{
	pid_t pid = learn_meanwhile(tree, "last");
	int status;

	CU_ASSERT(story_await(tree, "last", "learning", "1"));
	CU_ASSERT(story_await(tree, "last", "state", "running"));
	CU_ASSERT(tree_wait_until(tree, is_done, NULL));
	CU_ASSERT_EQUAL(kill(-pid, SIGINT), 0);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	return read_said(tree);
}

static bool has_open(pid_t pid, const char *path)
{
	char name[64], target[64];
	bool found = false;
	ssize_t n;

	/* the first three it was given */
	for (int fd = 3; fd < 16 && !found; fd++) {
		snprintf(name, sizeof(name), "/proc/%d/fd/%d", pid, fd);
		n = readlink(name, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		found = !strcmp(target, path);
	}
	return found;
}

static bool follows_both(struct tree *tree, void *unused)
{
	pid_t pid = story_pid(tree, "last");

	(void)unused;
	return has_open(pid, "/etc/passwd") && has_open(pid, "/dev/null");
}

static bool has_worked(struct tree *tree, void *unused)
{
	char *said;
	bool has = story_ask(tree, "last", "ping", NULL, &said) == 0 &&
		   !strcmp(said, "pong\n");

	(void)unused;
	free(said);
	return has;
}

static void start_last(struct tree *tree)
{
	CU_ASSERT_EQUAL(tree_actorctl(tree, NULL, "reload", NULL), 0);
	/* who was stopped stays so */
	CU_ASSERT(story_await_start(tree, "last"));
	CU_ASSERT(story_await(tree, "last", "state", "running"));
	CU_ASSERT(story_number(tree, "last", "level") > 0);
	CU_ASSERT_EQUAL(story_number(tree, "last", "learning"), -1);
}

/* @is_done: NULL: it is when it is ready */
static void learn_and_paste(struct tree *tree, const char *config,
			    bool (*is_done)(struct tree *, void *))
{
	char *said;

	begin_last(tree, config);
	said = is_done ? learn_work(tree, is_done) : learn_start(tree);
	CU_ASSERT(story_await(tree, "last", "state", "stopped"));
	paste(tree, config, said);
	free(said);
	start_last(tree);
}

static void test_with_what_is_printed_an_actor_starts_in_its_sandbox(void)
{
	struct tree tree;

	learn_and_paste(&tree, needy, NULL);
	tree_stop(&tree);
}

static void test_with_what_is_printed_a_strange_name_is_granted(void)
{
	struct tree tree;

	learn_and_paste(&tree, faced, NULL);
	tree_stop(&tree);
}

static void test_with_what_is_printed_a_program_starts_in_its_sandbox(void)
{
	struct tree tree;

	learn_and_paste(&tree, looking, follows_both);
	tree_stop(&tree);
}

static void test_with_what_is_printed_a_program_executes_others(void)
{
	struct tree tree;

	learn_and_paste(&tree, executing, follows_both);
	CU_ASSERT(tree_wait_until(&tree, follows_both, NULL));
	tree_stop(&tree);
}

static void test_what_is_executed_by_its_number_has_a_name(void)
{
	struct tree tree;
	char *said;

	begin_last(&tree, by_number);
	said = learn_work(&tree, follows_both);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "- /usr/bin/tail\n"));
	CU_ASSERT_PTR_NULL(strstr(said, "/fd/"));
	free(said);
	tree_stop(&tree);
}

/* with what a start may call and a message may not, and folders that are there */
static void test_with_what_is_printed_an_actor_does_its_work(void)
{
	struct tree tree;

	learn_and_paste(&tree, working, has_worked);
	story_expect(&tree, "last", "ping", NULL, "pong");
	tree_stop(&tree);
}

static int listen_here(char port[static 8])
{
	struct sockaddr_in here = {
		.sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	socklen_t size = sizeof(here);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&here, size), 0);
	CU_ASSERT_EQUAL(listen(fd, 8), 0);
	CU_ASSERT_EQUAL(getsockname(fd, (struct sockaddr *)&here, &size), 0);
	snprintf(port, 8, "%u", ntohs(here.sin_port));
	return fd;
}

/* a loopback of its own has nobody to connect to */
static void test_who_connects_to_the_host_s_loopback_needs_that(void)
{
	static const char form[] =
		"system: \"@SYSTEM@\"\nlearning: allow\n"
		"intensity: 100 in 1min\nchildren:\n"
		"  - name: last\n"
		"    exec: \"@ACTORS@/test-pupil\"\n"
		"    start_timeout: 1min\n"
		"    args: [none, none, joins, \"%s\"]\n%s";
	char config[512], port[8];
	int fd = listen_here(port);
	struct tree tree;
	char *said;

	snprintf(config, sizeof(config), form, port, "");
	begin_last(&tree, config);
	said = learn_start(&tree);
	CU_ASSERT(story_await(&tree, "last", "state", "stopped"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "instead: network: host\n"));
	free(said);
	snprintf(config, sizeof(config), form, port,
		 "    sandbox: { network: host }\n");
	story_rewrite(&tree, config);
	start_last(&tree);
	story_expect(&tree, "last", "ping", NULL, "pong");
	tree_stop(&tree);
	close(fd);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_it_wants_is_said_as_keys),
	HARNESS_TEST(test_it_is_in_its_sandbox_again),
	HARNESS_TEST(test_meanwhile_nobody_says_that_it_has_a_sandbox),
	HARNESS_TEST(test_who_cannot_be_learned_is_told_why),
	HARNESS_TEST(test_not_in_production),
	HARNESS_TEST(test_what_cannot_start_at_all_is_learned_and_then_does),
	HARNESS_TEST(test_who_is_never_ready_is_learned_too),
	HARNESS_TEST(test_with_what_is_printed_an_actor_starts_in_its_sandbox),
	HARNESS_TEST(test_with_what_is_printed_a_strange_name_is_granted),
	HARNESS_TEST(test_with_what_is_printed_a_program_starts_in_its_sandbox),
	HARNESS_TEST(test_with_what_is_printed_a_program_executes_others),
	HARNESS_TEST(test_what_is_executed_by_its_number_has_a_name),
	HARNESS_TEST(test_with_what_is_printed_an_actor_does_its_work),
	HARNESS_TEST(test_who_connects_to_the_host_s_loopback_needs_that),
};
HARNESS_MAIN(tests)
