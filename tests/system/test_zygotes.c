/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_zygotes.c - instances and spawned children that are forked from the
 * process of their class: actors like all others.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libactorproc/protocol.h"
#include "tests/system/brood.h"
#include "tests/system/story.h"

#define OFTEN "intensity: 200 in 1min"

static const char tree_text[] =
	"system: \"@SYSTEM@\"\n" OFTEN "\nchildren:\n"
	"  - { name: out, refs: [\"/@SYSTEM@/g/w\"], " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    " OFTEN "\n"
	"    children:\n"
	"      - { name: w, instances: 4, refs: [w], " STORY_ACTOR " }\n"
	"    templates:\n"
	"      - { name: t, " STORY_ACTOR " }\n"
	"      - { name: u, isolate: instance, " STORY_ACTOR " }\n";

static char *answer_of(struct tree *tree, const char *path, const char *type,
		       const char *text)
{
	char *answer = NULL;

	CU_ASSERT_EQUAL(story_ask(tree, path, type, text, &answer), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	return answer;
}

static bool same_uid(struct tree *tree, const char *one, const char *other)
{
	char *a = answer_of(tree, one, "uid", NULL);
	char *b = answer_of(tree, other, "uid", NULL);
	bool same = !strcmp(a, b);

	free(a);
	free(b);
	return same;
}

static pid_t zygote_of(struct tree *tree, const char *path)
{
	return (pid_t)story_number(tree, path, "class_pid");
}

static void is_of_class(struct tree *tree, const char *path, const char *class)
{
	char full[STORY_PATH_BYTES];

	CU_ASSERT(story_is(tree, path, "class",
			   story_path(tree, class, full)));
}

static void crash_and_come_back(struct tree *tree, const char *path,
				unsigned int generation)
{
	story_tell(tree, path, "crash", NULL);
	story_tell(tree, path, "note", "after");
	CU_ASSERT(story_await_generation(tree, path, generation));
	story_expect(tree, path, "notes", NULL, "after\n");
}

static void test_each_is_an_actor_of_its_own(void)
{
	char name[16], path[STORY_PATH_BYTES];
	struct tree tree;

	tree_start(&tree, tree_text);
	for (int i = 1; i <= 4; i++) {
		snprintf(name, sizeof(name), "g/w-%d", i);
		is_of_class(&tree, name, "g/w");
		story_path(&tree, name, path);
		story_expect(&tree, name, "variable", "ACTOR_PATH", path);
		story_expect(&tree, name, "variable", "ACTOR_GENERATION", "0");
		story_expect(&tree, name, "variable", "ACTOR_ZYGOTE", "");
		CU_ASSERT(same_uid(&tree, name, "g/w-1"));
		CU_ASSERT_NOT_EQUAL(story_pid(&tree, name),
				    zygote_of(&tree, name));
		CU_ASSERT_EQUAL(zygote_of(&tree, name),
				zygote_of(&tree, "g/w-1"));
	}
	story_expect(&tree, "g/w-2", "ask", "w-3 echo through", "through");
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_a_crash_is_that_of_one(void)
{
	struct tree tree;
	pid_t other, zygote;

	tree_start(&tree, tree_text);
	other = story_pid(&tree, "g/w-2");
	zygote = zygote_of(&tree, "g/w-1");
	for (unsigned int i = 1; i <= 5; i++)
		crash_and_come_back(&tree, "g/w-1", i);
	story_expect(&tree, "g/w-1", "variable", "ACTOR_GENERATION", "5");
	CU_ASSERT_EQUAL(story_pid(&tree, "g/w-2"), other);
	CU_ASSERT_EQUAL(zygote_of(&tree, "g/w-1"), zygote);
	json_decref(story_await_letters(&tree, "g/w-1", "crashed", 5));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* of the filter that all have, the caller alone is named and ended */
static void test_a_forbidden_call_is_that_of_one(void)
{
	struct tree tree;
	pid_t other;

	tree_start(&tree, tree_text);
	other = story_pid(&tree, "g/w-2");
	story_tell(&tree, "g/w-1", "call", "101");	/* ptrace */
	CU_ASSERT(story_await(&tree, "g/w-1", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "g/w-1", "cause", "seccomp:ptrace"));
	CU_ASSERT_EQUAL(story_pid(&tree, "g/w-2"), other);
	story_expect(&tree, "g/w-2", "echo", "x", "x");
	tree_stop(&tree);
}

static void test_an_instance_cannot_fork(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	story_expect(&tree, "g/w-1", "fork", NULL, "EAGAIN");
	tree_stop(&tree);
}

/* nobody has failed; the next that is needed starts another */
static void test_the_end_of_the_zygote_is_no_failure(void)
{
	struct tree tree;
	pid_t zygote, one;

	tree_start(&tree, tree_text);
	for (unsigned int i = 1; i <= 3; i++) {
		one = story_pid(&tree, "g/w-1");
		zygote = zygote_of(&tree, "g/w-1");
		CU_ASSERT_EQUAL(kill(zygote, SIGKILL), 0);
		CU_ASSERT(story_await_gone(&tree, zygote));
		story_expect(&tree, "g/w-1", "echo", "x", "x");
		CU_ASSERT_EQUAL(story_pid(&tree, "g/w-1"), one);
		crash_and_come_back(&tree, "g/w-1", i);
		CU_ASSERT(zygote_of(&tree, "g/w-1") > 0);
		CU_ASSERT_NOT_EQUAL(zygote_of(&tree, "g/w-1"), zygote);
	}
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/w-1", "restart"), 3);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/w-2", "restart"), 0);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* both at once, at whatever moment: one generation after the other, no start
 * is made twice and none is lost */
static void test_zygote_and_instances_end_together(void)
{
	char name[16];
	struct tree tree;

	tree_start(&tree, tree_text);
	for (unsigned int i = 1; i <= 15; i++) {
		pid_t zygote = zygote_of(&tree, "g/w-1");

		for (int k = 1; k <= 4; k++) {
			snprintf(name, sizeof(name), "g/w-%d", k);
			story_signal(&tree, name, SIGKILL);
			if (zygote > 0 && k == (int)(i % 4) + 1)
				kill(zygote, SIGKILL);
		}
		for (int k = 1; k <= 4; k++) {
			snprintf(name, sizeof(name), "g/w-%d", k);
			CU_ASSERT(story_await_generation(&tree, name, i));
		}
	}
	for (int k = 1; k <= 4; k++) {
		snprintf(name, sizeof(name), "g/w-%d", k);
		story_expect(&tree, name, "echo", "x", "x");
	}
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* @n instances, their zygote, @other or NULL, and one that is nobody yet */
static pid_t nobody_beside(struct tree *tree, const char *supervisor,
			   const char *class, int n, const char *other)
{
	struct brood brood = { .parent = story_pid(tree, supervisor) };
	char name[16];

	for (int i = 1; i <= n; i++) {
		snprintf(name, sizeof(name), "%s-%d", class, i);
		brood_meet(&brood, story_pid(tree, name));
	}
	brood_meet(&brood, zygote_of(tree, name));
	if (other)
		brood_meet(&brood, story_pid(tree, other));
	return brood_await_one_more(&brood, tree, name);
}

static pid_t nobody_of(struct tree *tree, const char *supervisor,
		       const char *class, int n)
{
	return nobody_beside(tree, supervisor, class, n, NULL);
}

#define THREE(start_timeout)                                                   \
	"system: \"@SYSTEM@\"\n" OFTEN "\nchildren:\n"                        \
	"  - { name: w, instances: 3, exec: \"@ACTORS@/test-actor\",\n"         \
	"      start_timeout: " start_timeout ", stop_timeout: 500ms }\n"

/* nor is anybody left whom it has forked before */
static pid_t freeze_zygote(struct tree *tree, const char *other)
{
	pid_t nobody = nobody_beside(tree, "", "w", 3, other);
	pid_t zygote = zygote_of(tree, "w-1");

	CU_ASSERT_EQUAL(kill(zygote, SIGSTOP), 0);
	CU_ASSERT_EQUAL(kill(nobody, SIGKILL), 0);
	CU_ASSERT(story_await_gone(tree, nobody));
	return zygote;
}

/* it does not answer: who waits for it is given up, and it too */
static void test_a_zygote_that_hangs_is_replaced(void)
{
	struct tree tree;
	pid_t zygote;

	tree_start(&tree, THREE("4s"));
	zygote = freeze_zygote(&tree, NULL);
	story_tell(&tree, "w-1", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "w-1", 2));
	CU_ASSERT(story_is(&tree, "w-1", "cause", "start_timeout"));
	CU_ASSERT(story_await_gone(&tree, zygote));
	story_expect(&tree, "w-1", "echo", "x", "x");
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_one_that_is_not_there_yet_can_be_stopped(void)
{
	struct tree tree;

	tree_start(&tree, THREE("1min"));
	freeze_zygote(&tree, NULL);
	story_signal(&tree, "w-1", SIGKILL);
	CU_ASSERT(story_await(&tree, "w-1", "state", "starting"));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "w-1"), 0);
	CU_ASSERT(story_is(&tree, "w-1", "state", "stopped"));
	CU_ASSERT_EQUAL(story_act(&tree, "start", "w-1"), 0);
	story_expect(&tree, "w-1", "echo", "x", "x");
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* with one that was to be forked still under way */
static void test_a_stop_of_all_waits_for_no_zygote(void)
{
	struct tree tree;

	tree_start(&tree, THREE("1min"));
	freeze_zygote(&tree, NULL);
	story_signal(&tree, "w-1", SIGKILL);
	CU_ASSERT(story_await(&tree, "w-1", "state", "starting"));
	tree_stop(&tree);
}

/* its end is not there before we let it be; nor does it end by itself, as it would be
 * killed out of that. Return: false: it cannot be had */
static bool hold_end(pid_t pid)
{
	return ptrace(PTRACE_SEIZE, pid, NULL,
		      (void *)(uintptr_t)PTRACE_O_TRACEEXIT) == 0 &&
	       ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0;
}

static bool is_ending(struct tree *tree, void *data)
{
	const pid_t *pid = data;
	int status;

	(void)tree;
	return waitpid(*pid, &status, WNOHANG | __WALL) == *pid &&
	       status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8);
}

/* as the kernel does it to who is killed: first its sockets, then it is gone */
static void end_channel(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, ACTOR_CONTROL_FD, 0);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(shutdown(fd, SHUT_RDWR), 0);
	close(fd);
	close(pidfd);
}

/* nobody asks who is ending, as often as it takes to have a process of its own */
static void test_who_needs_a_zygote_that_ends_waits_for_the_next(void)
{
	struct tree tree;
	pid_t zygote;

	tree_start(&tree, tree_text);
	nobody_of(&tree, "g", "g/w", 4);
	zygote = zygote_of(&tree, "g/w-1");
	if (!hold_end(zygote)) {
		tree_stop(&tree);
		HARNESS_SKIP("no other process can be traced here");
	}
	end_channel(zygote);
	CU_ASSERT(tree_wait_until(&tree, is_ending, &zygote));
	/* the first becomes the one that was forked ahead */
	crash_and_come_back(&tree, "g/w-1", 1);
	story_tell(&tree, "g/w-2", "crash", NULL);
	CU_ASSERT(story_await(&tree, "g/w-2", "state", "starting"));
	CU_ASSERT_EQUAL(ptrace(PTRACE_DETACH, zygote, NULL, NULL), 0);
	CU_ASSERT(story_await_generation(&tree, "g/w-2", 1));
	is_of_class(&tree, "g/w-2", "g/w");
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_a_killed_supervisor_takes_all_of_it_along(void)
{
	struct tree tree;
	pid_t zygote;

	tree_start(&tree, tree_text);
	zygote = zygote_of(&tree, "g/w-1");
	story_tell(&tree, "g/w-3", "note", "before");
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(story_await_gone(&tree, zygote));
	for (int k = 1; k <= 4; k++) {
		char name[16];

		snprintf(name, sizeof(name), "g/w-%d", k);
		CU_ASSERT(story_await_generation(&tree, name, 1));
		is_of_class(&tree, name, "g/w");
	}
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* how long it takes until it can have another */
static int64_t end_its_life(struct tree *tree, const char *path)
{
	int64_t begun_ms = story_now_ms();

	story_tell_wait(tree, path, "exit", "4");
	while (story_act(tree, "start", path) != 0)
		usleep(1000);
	return story_now_ms() - begun_ms;
}

/* its letter makes the edge by which it leaves; the quickest of some tells */
static void test_who_ends_with_a_letter_waits_for_its_edge_alone(void)
{
	int64_t ms = INT64_MAX, one;
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\n" OFTEN "\nchildren:\n"
			  "  - { name: w, instances: 2, restart: temporary, "
			  STORY_ACTOR " }\n");
	for (int i = 0; i < 30 && ms >= 100; i++) {
		one = end_its_life(&tree, "w-1");
		ms = one < ms ? one : ms;
	}
	harness_note("its life ended and began within %lld ms", (long long)ms);
	CU_ASSERT(ms < 100);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void spawn(struct tree *tree, const char *template, const char *name)
{
	CU_ASSERT_EQUAL(tree_actorctl(tree, NULL, "spawn", "/@SYSTEM@/g",
				      template, name, NULL), 0);
}

static void test_what_is_spawned_of_a_template_is_a_class(void)
{
	struct tree tree;
	pid_t zygote;

	tree_start(&tree, tree_text);
	spawn(&tree, "t", "a");
	spawn(&tree, "t", "b");
	spawn(&tree, "u", "c");
	spawn(&tree, "u", "d");
	is_of_class(&tree, "g/a", "g/t");
	CU_ASSERT(same_uid(&tree, "g/a", "g/b"));
	CU_ASSERT_FALSE(same_uid(&tree, "g/a", "g/w-1"));
	CU_ASSERT_FALSE(same_uid(&tree, "g/a", "g/c"));
	CU_ASSERT_FALSE(same_uid(&tree, "g/c", "g/d"));
	CU_ASSERT_EQUAL(story_number(&tree, "g/c", "class_pid"), -1);
	crash_and_come_back(&tree, "g/a", 1);

	/* nobody of it is left: then its process is not, either */
	zygote = zygote_of(&tree, "g/a");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/a"), 0);
	story_expect(&tree, "g/b", "echo", "x", "x");
	CU_ASSERT_EQUAL(zygote_of(&tree, "g/b"), zygote);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/b"), 0);
	CU_ASSERT(story_await_gone(&tree, zygote));
	spawn(&tree, "t", "e");
	is_of_class(&tree, "g/e", "g/t");
	story_expect_sum(&tree);
	tree_stop(&tree);
}

#define VALUED(value, more)                                                    \
	"system: \"@SYSTEM@\"\n" OFTEN "\nchildren:\n" more                 \
	"  - { name: w, instances: 2, environment: { VALUE: " value " }, "     \
	STORY_ACTOR " }\n"

static void reload(struct tree *tree, const char *text)
{
	char *expanded = tree_expand(tree, text);
	FILE *file = fopen(tree->config, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(expanded, file);
	fclose(file);
	free(expanded);
	CU_ASSERT_EQUAL(tree_actorctl(tree, NULL, "-s", "@SYSTEM@", "reload",
				      NULL), 0);
}

/* its process was made of another file, whether or not that has changed it */
static void test_after_a_reload_instances_are_of_the_new_file(void)
{
	struct tree tree;
	pid_t zygote, one;

	tree_start(&tree, VALUED("old", ""));
	zygote = zygote_of(&tree, "w-1");
	one = story_pid(&tree, "w-1");
	reload(&tree, VALUED("old", "  - { name: more, " STORY_ACTOR " }\n"));
	CU_ASSERT(story_await_gone(&tree, zygote));
	CU_ASSERT_EQUAL(story_pid(&tree, "w-1"), one);
	crash_and_come_back(&tree, "w-1", 1);
	is_of_class(&tree, "w-1", "w");
	story_expect(&tree, "w-1", "variable", "VALUE", "old");

	reload(&tree, VALUED("new", ""));
	for (int i = 1; i <= 2; i++) {
		char name[8];

		snprintf(name, sizeof(name), "w-%d", i);
		story_expect(&tree, name, "variable", "VALUE", "new");
		is_of_class(&tree, name, "w");
	}
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static size_t n_records(struct tree *tree, const char *kind)
{
	json_t *spool = story_spool(tree), *record;
	size_t i, n = 0;

	json_array_foreach(spool, i, record)
		n += story_record(record, "ACTOR_RECORD", kind);
	json_decref(spool);
	return n;
}

/* it says READY, and nothing of forking: each has a process of its own */
static void test_who_cannot_fork_has_processes_of_its_own(void)
{
	struct tree tree;

	story_hide_journal();
	tree_start(&tree,
		"system: \"@SYSTEM@\"\n" OFTEN "\nchildren:\n"
		"  - { name: f, instances: 3, exec: \"@ACTORS@/test-foreign\",\n"
		"      start_timeout: 4s }\n");
	for (int i = 1; i <= 3; i++) {
		char name[8];

		snprintf(name, sizeof(name), "f-%d", i);
		CU_ASSERT(story_is(&tree, name, "state", "running"));
		CU_ASSERT_EQUAL(story_number(&tree, name, "class_pid"), -1);
	}
	story_signal(&tree, "f-2", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "f-2", 1));
	while (n_records(&tree, "zygote") == 0)
		usleep(10000);
	CU_ASSERT_EQUAL(n_records(&tree, "zygote"), 1);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "f-1", "restart"), 0);
	tree_stop(&tree);
}

/* what ends before it can fork fails as it always did: each for itself */
static void test_what_fails_early_fails_as_ever(void)
{
	static const char *const ends[][2] = {
		{ "exit", "exit:3" }, { "ptrace", "seccomp:ptrace" },
	};
	char path[256];
	struct tree tree;

	for (size_t i = 0; i < 2; i++) {
		FILE *file;

		tree_prepare(&tree,
			"system: \"@SYSTEM@\"\n" OFTEN "\nchildren:\n"
			"  - name: g\n"
			"    templates:\n"
			"      - { name: t, " STORY_ACTOR ",\n"
			"          args: [--early, \"@DIRECTORY@/trace\"],\n"
			"          sandbox: { read: [\"@DIRECTORY@/trace\"] } }\n");
		story_clear_trace(&tree);
		snprintf(path, sizeof(path), "%s/trace", tree.directory);
		file = fopen(path, "we");
		CU_ASSERT_PTR_NOT_NULL_FATAL(file);
		fputs(ends[i][0], file);
		fclose(file);
		tree_spawn(&tree);
		CU_ASSERT_FATAL(tree_await_up(&tree));
		CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "spawn",
					      "/@SYSTEM@/g", "t", "a", NULL),
				1);
		tree_stop(&tree);
	}
}

static bool has_tried(struct tree *tree, void *data)
{
	return story_number(tree, "w-1", "generation") >= *(json_int_t *)data;
}

/* each ends before it could fork: that costs a start its class, and no other */
static void test_after_bad_programs_the_good_one_is_of_the_class_again(void)
{
	json_int_t then;
	struct tree tree;

	tree_prepare(&tree,
		"system: \"@SYSTEM@\"\nintensity: 9999 in 1min\nchildren:\n"
		"  - { name: w, instances: 2, exec: \"@DIRECTORY@/program\",\n"
		"      backoff: { min: 10ms, max: 50ms } }\n");
	story_install(&tree, "@ACTORS@/test-actor", 0755);
	tree_spawn(&tree);
	CU_ASSERT_FATAL(tree_await_up(&tree));
	for (int i = 0; i < 5; i++) {
		then = story_number(&tree, "w-1", "generation") + 3;
		story_install(&tree, "/bin/true", 0755);
		if (i == 0)
			story_signal(&tree, "w-1", SIGKILL);
		CU_ASSERT(tree_wait_until(&tree, has_tried, &then));
	}
	story_install(&tree, "@ACTORS@/test-actor", 0755);
	CU_ASSERT(story_await(&tree, "w-1", "state", "running"));
	story_expect(&tree, "w-1", "echo", "x", "x");
	/* it may have started while the file was being put there */
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "w-1"), 0);
	is_of_class(&tree, "w-1", "w");
	CU_ASSERT(same_uid(&tree, "w-1", "w-2"));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_one_is_forked_before_it_is_needed(void)
{
	char path[STORY_PATH_BYTES];
	struct tree tree;
	pid_t nobody;

	tree_start(&tree, tree_text);
	nobody = nobody_of(&tree, "g", "g/w", 4);
	crash_and_come_back(&tree, "g/w-3", 1);
	CU_ASSERT_EQUAL(story_pid(&tree, "g/w-3"), nobody);
	is_of_class(&tree, "g/w-3", "g/w");
	story_expect(&tree, "g/w-3", "variable", "ACTOR_PATH",
		     story_path(&tree, "g/w-3", path));
	story_expect(&tree, "g/w-3", "variable", "ACTOR_GENERATION", "1");
	/* its end is nobody's failure, and the next start forks */
	nobody = nobody_of(&tree, "g", "g/w", 4);
	CU_ASSERT_EQUAL(kill(nobody, SIGKILL), 0);
	CU_ASSERT(story_await_gone(&tree, nobody));
	crash_and_come_back(&tree, "g/w-2", 1);
	CU_ASSERT_EQUAL(story_number(&tree, "g/w-1", "generation"), 0);
	/* it ends with its zygote, for which it would be too late */
	nobody = nobody_of(&tree, "g", "g/w", 4);
	CU_ASSERT_EQUAL(kill(zygote_of(&tree, "g/w-1"), SIGKILL), 0);
	CU_ASSERT(story_await_gone(&tree, nobody));
	crash_and_come_back(&tree, "g/w-4", 1);
	CU_ASSERT_NOT_EQUAL(nobody_of(&tree, "g", "g/w", 4), nobody);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static const char text_with_another[] =
	"system: \"@SYSTEM@\"\n" OFTEN "\nchildren:\n"
	"  - { name: w, instances: 3, exec: \"@ACTORS@/test-actor\",\n"
	"      start_timeout: 4s }\n"
	"  - { name: o, backoff: { min: 365d, max: 365d }, " STORY_ACTOR " }\n";

static void test_who_backs_off_takes_nobodys_reserve(void)
{
	struct tree tree;

	tree_start(&tree, text_with_another);
	crash_and_come_back(&tree, "o", 1);
	story_tell(&tree, "o", "crash", NULL);
	CU_ASSERT(story_await(&tree, "o", "state", "backing-off"));
	for (unsigned int i = 1; i <= 2; i++) {
		pid_t nobody = nobody_of(&tree, "", "w", 3);

		crash_and_come_back(&tree, "w-1", i);
		CU_ASSERT_EQUAL(story_pid(&tree, "w-1"), nobody);
	}
	tree_stop(&tree);
}

/* others need its class's process no less because one that nobody needs is late */
static void test_who_is_late_and_not_needed_harms_nobody(void)
{
	struct tree tree;
	pid_t nobody, zygote;

	tree_start(&tree, text_with_another);
	zygote = freeze_zygote(&tree, "o");
	crash_and_come_back(&tree, "o", 1);
	usleep(2500000);	/* half a start_timeout, and more */
	CU_ASSERT_EQUAL(kill(zygote, SIGCONT), 0);
	CU_ASSERT_EQUAL(zygote_of(&tree, "w-1"), zygote);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "o"), 0);
	nobody = nobody_beside(&tree, "", "w", 3, "o");
	crash_and_come_back(&tree, "w-1", 1);
	CU_ASSERT_EQUAL(story_pid(&tree, "w-1"), nobody);
	CU_ASSERT_EQUAL(zygote_of(&tree, "w-1"), zygote);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void has_both_stages(struct tree *tree, const char *path)
{
	CU_ASSERT_EQUAL(story_number(tree, path, "stage"), 2);
}

/* told to it alone: when it is forked at once, ahead, or by the next zygote */
static void test_each_has_the_second_stage_of_its_zygote(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	if (story_number(&tree, "g/w-1", "level") < 2) {
		tree_stop(&tree);
		HARNESS_SKIP("not all layers are there");
	}
	has_both_stages(&tree, "g/w-1");
	has_both_stages(&tree, "g/w-4");
	nobody_of(&tree, "g", "g/w", 4);
	crash_and_come_back(&tree, "g/w-1", 1);
	has_both_stages(&tree, "g/w-1");
	CU_ASSERT_EQUAL(kill(zygote_of(&tree, "g/w-1"), SIGKILL), 0);
	crash_and_come_back(&tree, "g/w-2", 1);
	has_both_stages(&tree, "g/w-2");
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_each_is_an_actor_of_its_own),
	HARNESS_TEST(test_a_crash_is_that_of_one),
	HARNESS_TEST(test_a_forbidden_call_is_that_of_one),
	HARNESS_TEST(test_an_instance_cannot_fork),
	HARNESS_TEST(test_the_end_of_the_zygote_is_no_failure),
	HARNESS_TEST(test_zygote_and_instances_end_together),
	HARNESS_TEST(test_a_zygote_that_hangs_is_replaced),
	HARNESS_TEST(test_one_that_is_not_there_yet_can_be_stopped),
	HARNESS_TEST(test_a_stop_of_all_waits_for_no_zygote),
	HARNESS_TEST(test_who_needs_a_zygote_that_ends_waits_for_the_next),
	HARNESS_TEST(test_a_killed_supervisor_takes_all_of_it_along),
	HARNESS_TEST(test_who_ends_with_a_letter_waits_for_its_edge_alone),
	HARNESS_TEST(test_what_is_spawned_of_a_template_is_a_class),
	HARNESS_TEST(test_after_a_reload_instances_are_of_the_new_file),
	HARNESS_TEST(test_who_cannot_fork_has_processes_of_its_own),
	HARNESS_TEST(test_what_fails_early_fails_as_ever),
	HARNESS_TEST(test_after_bad_programs_the_good_one_is_of_the_class_again),
	HARNESS_TEST(test_one_is_forked_before_it_is_needed),
	HARNESS_TEST(test_who_backs_off_takes_nobodys_reserve),
	HARNESS_TEST(test_who_is_late_and_not_needed_harms_nobody),
	HARNESS_TEST(test_each_has_the_second_stage_of_its_zygote),
};
HARNESS_MAIN(tests)
