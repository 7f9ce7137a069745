/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_upgrade.c - another program for a life that goes on.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/story.h"

/* t is what is upgraded; a sends to it as fast as it goes, b holds it */
static const char tree_text[] =
	"system: \"@SYSTEM@\"\nintensity: 0 in 1s\nchildren:\n"
	"  - { name: t, exec: \"@DIRECTORY@/program\", refs: [b],\n"
	"      start_timeout: 10min, stop_timeout: 1min }\n"
	"  - { name: a, refs: [t], " STORY_ACTOR " }\n"
	"  - { name: b, refs: [t], " STORY_ACTOR " }\n"
	"  - { name: g, children: [ { name: x, " STORY_ACTOR " } ] }\n"
	"  - { name: h, " STORY_ACTOR ", children: [ { name: x, " STORY_ACTOR " } ] }\n";

/* ---- programs ----------------------------------------------------------- */

static void install(struct tree *tree, const char *from)
{
	story_install(tree, from, 0755);
}

static void start(struct tree *tree, const char *text)
{
	tree_prepare(tree, text);
	install(tree, "@ACTORS@/test-actor");
	tree_spawn(tree);
	CU_ASSERT_FATAL(tree_await_up(tree));
}

static int upgrade(struct tree *tree, const char *path, const char *why)
{
	struct tree_result result;
	char full[STORY_PATH_BYTES];
	int status = tree_actorctl(tree, &result, "upgrade",
				   story_path(tree, path, full), NULL);

	if (why && !strstr(result.err, why))
		harness_note("not \"%s\": %s", why, result.err);
	CU_ASSERT(!why || strstr(result.err, why));
	tree_result_clear(&result);
	return status;
}

static bool reaches(struct tree *tree, const char *from, const char *echo)
{
	char *said = NULL;
	bool found;

	found = story_ask(tree, from, "ask", echo, &said) == 0 && said &&
		strstr(said, "hello");
	free(said);
	return found;
}

static void expect_of(struct tree *tree, const char *path, const char *sum)
{
	char *said = NULL;

	CU_ASSERT_EQUAL(story_ask(tree, path, "get", NULL, &said), 0);
	if (!said || !strstr(said, sum))
		harness_note("%s: not \"%s\": %s", path, sum, said ? said : "");
	CU_ASSERT(said && strstr(said, sum));
	free(said);
}

static void expect(struct tree *tree, const char *sum)
{
	expect_of(tree, "t", sum);
}

/* ---- stories ------------------------------------------------------------ */

static void expect_restart(struct tree *tree, const char *path,
			   const char *words)
{
	json_t *text = story_decision(tree, path, "restart", "text");

	CU_ASSERT(text && strstr(json_string_value(text), words));
	json_decref(text);
}

static void test_the_life_goes_on_in_another_program(void)
{
	struct tree tree;
	uint64_t life;
	pid_t pid;

	start(&tree, tree_text);
	life = story_life(&tree, "t");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "is the one that is there"), 1);
	pid = story_pid(&tree, "t");
	for (unsigned int i = 1; i <= 3; i++) {
		install(&tree, i & 1 ? "@ACTORS@/test-juggler" :
				       "@ACTORS@/test-actor");
		CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
		CU_ASSERT(story_is(&tree, "t", "state", "running"));
		CU_ASSERT_NOT_EQUAL(story_pid(&tree, "t"), pid);
		CU_ASSERT_EQUAL(story_life(&tree, "t"), life);
		CU_ASSERT_EQUAL(story_number(&tree, "t", "generation"), i);
	}
	expect_restart(&tree, "t", "to go on with another program");
	install(&tree, "@ACTORS@/test-actor");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
	CU_ASSERT(reaches(&tree, "b", "t echo hello"));
	CU_ASSERT(reaches(&tree, "t", "b echo hello"));
	tree_stop(&tree);
}

static void test_nothing_is_lost_under_load(void)
{
	unsigned long accepted = 0, asked, answered, replied = 0, last = 0;
	char *said = NULL;
	struct tree tree;
	json_t *letters;

	start(&tree, tree_text);
	story_tell(&tree, "a", "press", "t");
	for (unsigned int i = 1; i <= 5; i++) {
		install(&tree, "@ACTORS@/test-actor");
		CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
		/* and the new one is under load */
		do {
			CU_ASSERT_EQUAL_FATAL(story_ask(&tree, "a", "pressed",
							NULL, &said), 0);
			sscanf(said, "%lu %lu %lu %lu", &accepted, &asked,
			       &answered, &replied);
			free(said);
		} while (accepted < last + 1000);
		last = accepted;
	}
	story_tell(&tree, "a", "relax", NULL);
	do {
		CU_ASSERT_EQUAL_FATAL(story_ask(&tree, "a", "pressed", NULL,
						&said), 0);
		sscanf(said, "%lu %lu %lu %lu", &accepted, &asked, &answered,
		       &replied);
		free(said);
	} while (answered < asked);
	/* no ask was interrupted: what was in hand had ended */
	CU_ASSERT_EQUAL(replied, answered);
	story_expect_sum(&tree);
	letters = story_letters(&tree, "t", "crashed");
	CU_ASSERT_EQUAL(json_array_size(letters), 0);
	json_decref(letters);
	tree_stop(&tree);
}

static void test_order_is_kept(void)
{
	struct tree tree;

	start(&tree, tree_text);
	story_tell(&tree, "a", "flood", "200000 t count");
	for (int i = 0; i < 3; i++) {
		install(&tree, "@ACTORS@/test-actor");
		CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
	}
	CU_ASSERT(story_await_notes(&tree, "a", "flooded\n"));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* what is put in its place, and what is said of it */
static const struct {
	const char *program;
	mode_t mode;
	const char *why;
	bool is_started;	/* that it is no good shows only then */
} bad[] = {
	{ "/bin/true", 0755, "it ended before it was ready", true },
	{ "/bin/sh", 0644, "Permission denied; the old program goes on",
	  false },
	{ "@ACTORS@/test-actor", 0757,
	  "can be written by everybody: chmod o-w it: Operation not permitted; the old program goes on",
	  false },
	{ "@DIRECTORY@/noise", 0755, "the old", true },
};

static void put_noise(struct tree *tree)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/noise", tree->directory);
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs("no program", file);
	fclose(file);
}

static void test_a_bad_program_never_replaces_a_good_one(void)
{
	struct tree tree;
	uint64_t life;
	char path[PATH_MAX];
	pid_t pid;

	start(&tree, tree_text);
	put_noise(&tree);
	life = story_life(&tree, "t");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		pid = story_pid(&tree, "t");
		story_tell(&tree, "a", "tell", "t note one");
		story_install(&tree, bad[i].program, bad[i].mode);
		CU_ASSERT_EQUAL(upgrade(&tree, "t", bad[i].why), 1);
		CU_ASSERT_EQUAL(story_life(&tree, "t"), life);
		CU_ASSERT(reaches(&tree, "b", "t echo hello"));
		if (!bad[i].is_started)
			CU_ASSERT_EQUAL(story_pid(&tree, "t"), pid);
	}
	/* it is the old one for every start that follows */
	install(&tree, "/bin/true");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "the old one goes on"), 1);
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "was tried and is no good"), 1);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "t"), 0);
	CU_ASSERT(reaches(&tree, "b", "t echo hello"));
	/* until there is another one, and none is no other one */
	snprintf(path, sizeof(path), "%s/program", tree.directory);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "t"), 0);
	CU_ASSERT(reaches(&tree, "b", "t echo hello"));
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "No such file"), 1);
	install(&tree, "@ACTORS@/test-actor");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "No such file"), 1);
	CU_ASSERT(reaches(&tree, "b", "t echo hello"));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void expect_refused(struct tree *tree, const char *path)
{
	CU_ASSERT(story_await(tree, path, "cause", "start_failed:exec:EPERM"));
}

/* another one by its own name, or by that of its class */
static void test_what_everybody_may_write_is_not_started(void)
{
	static const char *const paths[] = { "t", "w-1" };
	char program[PATH_MAX];
	struct tree tree;

	start(&tree, "system: \"@SYSTEM@\"\nintensity: 9999 in 1min\nchildren:\n"
	      "  - { name: t, exec: \"@DIRECTORY@/program\",\n"
	      "      backoff: { min: 10ms, max: 50ms } }\n"
	      "  - { name: w, instances: 2, exec: \"@DIRECTORY@/program\",\n"
	      "      backoff: { min: 10ms, max: 50ms } }\n");
	snprintf(program, sizeof(program), "%s/program", tree.directory);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		story_install(&tree, "@ACTORS@/test-actor", 0757);
		CU_ASSERT_EQUAL(upgrade(&tree, paths[i], "chmod o-w it"), 1);
		CU_ASSERT(story_is(&tree, paths[i], "state", "running"));
		story_signal(&tree, paths[i], SIGKILL);
		expect_refused(&tree, paths[i]);
		CU_ASSERT_EQUAL(story_act(&tree, "stop", paths[i]), 0);
		CU_ASSERT_NOT_EQUAL(story_act(&tree, "start", paths[i]), 0);
		CU_ASSERT_EQUAL(chmod(program, 0755), 0);
		CU_ASSERT_EQUAL(story_act(&tree, "start", paths[i]), 0);
		story_expect(&tree, paths[i], "echo", "x", "x");
	}
	tree_stop(&tree);
}

static void test_who_is_never_ready_goes_when_its_time_is_over(void)
{
	struct tree tree;

	start(&tree, "system: \"@SYSTEM@\"\nintensity: 0 in 1s\nchildren:\n"
	      "  - { name: t, exec: \"@DIRECTORY@/program\", args: [\"1000\"],\n"
	      "      start_timeout: 5s }\n"
	      "  - { name: b, refs: [t], " STORY_ACTOR " }\n");
	install(&tree, "/bin/sleep");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "start_timeout"), 1);
	CU_ASSERT(reaches(&tree, "b", "t echo hello"));
	CU_ASSERT(story_is(&tree, "t", "generation", "2"));
	tree_stop(&tree);
}

static void test_its_supervisor_may_die_meanwhile(void)
{
	struct tree tree;

	start(&tree, tree_text);
	story_freeze(&tree, "b");
	story_tell(&tree, "b", "note", "later");
	install(&tree, "@ACTORS@/test-actor");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
	story_signal(&tree, "", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT(story_await_notes(&tree, "b", "later\n"));
	CU_ASSERT(reaches(&tree, "b", "t echo hello"));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_what_cannot_be_upgraded_is_said(void)
{
	struct tree tree;

	start(&tree, tree_text);
	CU_ASSERT_EQUAL(upgrade(&tree, "g", "it has no program"), 1);
	CU_ASSERT_EQUAL(upgrade(&tree, "h", "it has children: its node is started anew as a whole"), 1);
	CU_ASSERT_EQUAL(upgrade(&tree, "nix", "no such actor"), 3);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "upgrade",
				      "/system/journal", NULL), 1);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "t"), 0);
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "its life is over"), 5);
	tree_stop(&tree);
}

/* ---- processes that were there before ------------------------------------ */

static const char spare_text[] =
	"system: \"@SYSTEM@\"\nintensity: 50 in 1s\nchildren:\n"
	"  - { name: t, exec: \"@DIRECTORY@/program\", standby: 1,\n"
	"      start_timeout: 10min }\n";

static bool runs(struct tree *tree, pid_t pid, const char *program)
{
	char link[64], *wanted = tree_expand(tree, program);
	struct stat now, then;
	bool same;

	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	same = stat(link, &now) == 0 && stat(wanted, &then) == 0 &&
	       now.st_size == then.st_size;
	free(wanted);
	return same;
}

static pid_t spare_of(struct tree *tree)
{
	CU_ASSERT(story_await(tree, "t", "standby", "waiting"));
	return (pid_t)story_number(tree, "t", "standby_pid");
}

/* it has executed the old one: it is not the next */
static void test_a_process_that_stood_by_is_not_the_new_program(void)
{
	struct tree tree;
	pid_t spare;

	start(&tree, spare_text);
	spare = spare_of(&tree);
	install(&tree, "@ACTORS@/test-juggler");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
	CU_ASSERT_NOT_EQUAL(story_pid(&tree, "t"), spare);
	CU_ASSERT(runs(&tree, story_pid(&tree, "t"), "@ACTORS@/test-juggler"));
	CU_ASSERT(story_await_gone(&tree, spare));
	CU_ASSERT(runs(&tree, spare_of(&tree), "@ACTORS@/test-juggler"));
	/* and who goes back goes back to none of the one that was no good */
	install(&tree, "/bin/true");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "the old one goes on"), 1);
	CU_ASSERT(runs(&tree, story_pid(&tree, "t"), "@ACTORS@/test-juggler"));
	CU_ASSERT(runs(&tree, spare_of(&tree), "@ACTORS@/test-juggler"));
	tree_stop(&tree);
}

static void reexec(struct tree *tree)
{
	CU_ASSERT_EQUAL(tree_actorctl(tree, NULL, "reexec", NULL), 0);
}

/* when there is another file: it is of that one */
static void renew_spare(struct tree *tree, bool by_reexec)
{
	pid_t spare = spare_of(tree);

	if (by_reexec)
		reexec(tree);
	else
		kill(spare, SIGKILL);
	CU_ASSERT(story_await_gone(tree, spare));
	CU_ASSERT(runs(tree, spare_of(tree), "@ACTORS@/test-juggler"));
	CU_ASSERT(runs(tree, story_pid(tree, "t"), "@ACTORS@/test-actor"));
}

/* what is prepared for the next process is not what this one runs */
static void test_the_next_process_may_be_of_another_program(void)
{
	struct tree tree;

	for (int i = 0; i < 2; i++) {
		start(&tree, spare_text);
		install(&tree, "@ACTORS@/test-juggler");
		renew_spare(&tree, i > 0);
		CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
		CU_ASSERT(runs(&tree, story_pid(&tree, "t"),
			       "@ACTORS@/test-juggler"));
		CU_ASSERT_EQUAL(upgrade(&tree, "t", "is the one that is there"),
				1);
		tree_stop(&tree);
		/* and who goes back goes back to what it was */
		start(&tree, spare_text);
		install(&tree, "@ACTORS@/test-juggler");
		renew_spare(&tree, i > 0);
		reexec(&tree);
		install(&tree, "/bin/true");
		CU_ASSERT_EQUAL(upgrade(&tree, "t", "the old one goes on"), 1);
		CU_ASSERT(runs(&tree, story_pid(&tree, "t"),
			       "@ACTORS@/test-actor"));
		CU_ASSERT(runs(&tree, spare_of(&tree), "@ACTORS@/test-actor"));
		tree_stop(&tree);
	}
}

static void test_who_waits_for_messages_comes_back_without_one(void)
{
	static const char text[] =
		"system: \"@SYSTEM@\"\nintensity: 0 in 1s\nchildren:\n"
		"  - { name: t, exec: \"@DIRECTORY@/program\", activation: on_message }\n";
	struct tree tree;

	tree_prepare(&tree, text);
	install(&tree, "@ACTORS@/test-keeper-1");
	tree_spawn(&tree);
	CU_ASSERT_FATAL(tree_await_up(&tree));
	story_tell(&tree, "t", "add", "5");
	expect(&tree, "1 5 ");
	install(&tree, "/bin/false");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "the old one goes on"), 1);
	CU_ASSERT(story_is(&tree, "t", "state", "running"));
	expect(&tree, "1 5 ");
	tree_stop(&tree);
}

/* no restart is allowed there, so that it is not counted as one shows */
static void test_who_has_never_run_has_nothing_to_come_back_to(void)
{
	static const char text[] =
		"system: \"@SYSTEM@\"\nintensity: 0 in 1s\nchildren:\n"
		"  - { name: t, exec: \"@DIRECTORY@/program\",\n"
		"      activation: on_message, backoff: { min: 10s } }\n"
		"  - { name: b, refs: [t], " STORY_ACTOR " }\n";
	struct tree tree;

	start(&tree, text);
	for (int i = 0; i < 3; i++) {
		install(&tree, "/bin/true");
		CU_ASSERT_EQUAL(upgrade(&tree, "t", "no old one to go back to"),
				1);
		CU_ASSERT(story_await(&tree, "t", "state", "idle"));
	}
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "t", "idle"), 3);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "t", "restart"), 0);
	reexec(&tree);
	install(&tree, "@ACTORS@/test-actor");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
	CU_ASSERT(reaches(&tree, "b", "t echo hello"));
	/* or the next message starts what is there */
	tree_stop(&tree);
	start(&tree, text);
	install(&tree, "/bin/true");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "no old one to go back to"), 1);
	install(&tree, "@ACTORS@/test-actor");
	CU_ASSERT(reaches(&tree, "b", "t echo hello"));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* ---- and its supervisor is another program --------------------------------- */

static void test_the_way_back_outlasts_a_reexec(void)
{
	struct tree tree;
	uint64_t life;

	start(&tree, tree_text);
	life = story_life(&tree, "t");
	reexec(&tree);
	install(&tree, "/bin/true");
	reexec(&tree);
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "the old one goes on"), 1);
	CU_ASSERT_EQUAL(story_life(&tree, "t"), life);
	CU_ASSERT(reaches(&tree, "b", "t echo hello"));
	/* that it was no good is known to the next one, too */
	reexec(&tree);
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "was tried and is no good"), 1);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "t"), 0);
	CU_ASSERT(reaches(&tree, "b", "t echo hello"));
	reexec(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "t"), 0);
	CU_ASSERT(runs(&tree, story_pid(&tree, "t"), "@ACTORS@/test-actor"));
	install(&tree, "@ACTORS@/test-juggler");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
	CU_ASSERT(runs(&tree, story_pid(&tree, "t"), "@ACTORS@/test-juggler"));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* with its arguments, and in its sandbox */
static void test_what_it_comes_back_to_is_as_it_was(void)
{
	static const char text[] =
		"system: \"@SYSTEM@\"\nintensity: 0 in 1s\nchildren:\n"
		"  - { name: t, exec: \"@DIRECTORY@/program\", kind: program,\n"
		"      ready: at_once, args: [\"-c\", \"sleep 1000; true\"],\n"
		"      sandbox: { execute: [/bin, /usr], network: loopback } }\n";
	struct tree tree;

	tree_prepare(&tree, text);
	install(&tree, "/bin/sh");
	tree_spawn(&tree);
	CU_ASSERT_FATAL(tree_await_up(&tree));
	reexec(&tree);
	put_noise(&tree);
	install(&tree, "@DIRECTORY@/noise");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "the old"), 1);
	CU_ASSERT(story_await(&tree, "t", "state", "running"));
	CU_ASSERT(runs(&tree, story_pid(&tree, "t"), "/bin/sh"));
	tree_stop(&tree);
}

/* ---- and the file is read again ------------------------------------------- */

static const char slow_text[] =
	"system: \"@SYSTEM@\"\nintensity: 0 in 1s\nchildren:\n"
	"  - { name: t, exec: \"@DIRECTORY@/program\", args: [\"1000\"],\n"
	"      start_timeout: 10min, stop_timeout: 2s }\n";
static const char other_text[] =
	"system: \"@SYSTEM@\"\nintensity: 0 in 1s\nchildren:\n"
	"  - { name: t, exec: \"@DIRECTORY@/program\", args: [\"2000\"],\n"
	"      start_timeout: 10min, stop_timeout: 2s }\n";

static pid_t upgrade_behind(struct tree *tree, const char *path)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(upgrade(tree, path, NULL));
	return pid;
}

static void write_config(struct tree *tree, const char *text)
{
	char *expanded = tree_expand(tree, text);
	FILE *file = fopen(tree->config, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(expanded, file);
	fclose(file);
	free(expanded);
}

/* then there is no way back: the old program was prepared as the old file says */
static void test_the_file_may_be_read_again_meanwhile(void)
{
	struct tree tree;
	pid_t asker, supervisor;
	uint64_t life;

	start(&tree, slow_text);
	supervisor = story_pid(&tree, "");
	life = story_life(&tree, "t");
	install(&tree, "/bin/sleep");
	asker = upgrade_behind(&tree, "t");
	CU_ASSERT(story_await(&tree, "t", "state", "starting"));
	install(&tree, "@ACTORS@/test-actor");
	write_config(&tree, other_text);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 0);
	CU_ASSERT_EQUAL(waitpid(asker, NULL, 0), asker);
	CU_ASSERT(story_is(&tree, "t", "state", "running"));
	CU_ASSERT_EQUAL(story_life(&tree, "t"), life);
	CU_ASSERT_EQUAL(story_pid(&tree, ""), supervisor);
	/* and the next one has its way back again */
	install(&tree, "/bin/true");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "the old one goes on"), 1);
	CU_ASSERT(story_is(&tree, "t", "state", "running"));
	tree_stop(&tree);
}

/* a third file, of which nothing can be prepared, while the second one stops */
static void test_a_third_program_may_be_none_at_all(void)
{
	struct tree tree;
	pid_t asker, supervisor;

	start(&tree, tree_text);
	supervisor = story_pid(&tree, "");
	story_freeze(&tree, "t");
	install(&tree, "@ACTORS@/test-juggler");
	asker = upgrade_behind(&tree, "t");
	CU_ASSERT(story_await(&tree, "t", "state", "stopping"));
	story_install(&tree, "/bin/sh", 0644);
	story_signal(&tree, "t", SIGCONT);
	CU_ASSERT_EQUAL(waitpid(asker, NULL, 0), asker);
	CU_ASSERT(story_await(&tree, "t", "state", "running"));
	CU_ASSERT_EQUAL(story_pid(&tree, ""), supervisor);
	CU_ASSERT(reaches(&tree, "b", "t echo hello"));
	tree_stop(&tree);
}

/* ---- and processes that fork ---------------------------------------------- */

static const char class_text[] =
	"system: \"@SYSTEM@\"\nintensity: 50 in 1s\nchildren:\n"
	"  - { name: w, instances: 3, exec: \"@DIRECTORY@/program\",\n"
	"      stop_timeout: 8s }\n"
	"  - { name: x, instances: 2, isolate: instance,\n"
	"      exec: \"@DIRECTORY@/program\" }\n";

static char *lives[3];

static const char *const w[] = { "w-1", "w-2", "w-3" };
#define N_W (sizeof(w) / sizeof(*w))

static void expect_of_class(struct tree *tree, const char *program,
			    unsigned int generation)
{
	for (size_t i = 0; i < N_W; i++) {
		CU_ASSERT(story_await(tree, w[i], "state", "running"));
		CU_ASSERT(runs(tree, story_pid(tree, w[i]), program));
		CU_ASSERT_EQUAL(story_number(tree, w[i], "generation"),
				generation);
		CU_ASSERT(story_is(tree, w[i], "life", lives[i]));
	}
}

static void all_run(struct tree *tree, const char *program)
{
	for (size_t i = 0; i < N_W; i++)
		CU_ASSERT(runs(tree, story_pid(tree, w[i]), program));
}

static void start_class(struct tree *tree, const char *program)
{
	tree_prepare(tree, class_text);
	install(tree, program);
	tree_spawn(tree);
	CU_ASSERT_FATAL(tree_await_up(tree));
	for (size_t i = 0; i < N_W; i++)
		lives[i] = story_text(tree, w[i], "life");
}

static void stop_class(struct tree *tree)
{
	story_expect_sum(tree);
	for (size_t i = 0; i < N_W; i++)
		free(lives[i]);
	tree_stop(tree);
}

static void test_who_is_forked_is_replaced_with_all_of_its_class(void)
{
	struct tree tree;

	start_class(&tree, "@ACTORS@/test-actor");
	CU_ASSERT_EQUAL(upgrade(&tree, "w-2", "is the one that is there"), 1);
	install(&tree, "@ACTORS@/test-juggler");
	CU_ASSERT_EQUAL(upgrade(&tree, "w-2", NULL), 0);
	expect_of_class(&tree, "@ACTORS@/test-juggler", 1);
	CU_ASSERT_EQUAL(upgrade(&tree, "w-1", "is the one that is there"), 1);
	install(&tree, "@ACTORS@/test-actor");
	CU_ASSERT_EQUAL(upgrade(&tree, "w-1", NULL), 0);
	expect_of_class(&tree, "@ACTORS@/test-actor", 2);
	/* one process forks them still */
	CU_ASSERT(story_is(&tree, "w-1", "class", "/@SYSTEM@/w") ||
		  story_number(&tree, "w-1", "class_pid") > 0);
	CU_ASSERT_EQUAL(upgrade(&tree, "x-1", NULL), 0);
	stop_class(&tree);
}

static void test_a_bad_program_never_replaces_a_class(void)
{
	struct tree tree;
	pid_t first, other;

	start_class(&tree, "@ACTORS@/test-actor");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put_noise(&tree);
		first = story_pid(&tree, "w-1");
		other = story_pid(&tree, "w-2");
		story_install(&tree, bad[i].program, bad[i].mode);
		CU_ASSERT_EQUAL(upgrade(&tree, "w-1", bad[i].why), 1);
		CU_ASSERT(story_await(&tree, "w-1", "state", "running"));
		CU_ASSERT(runs(&tree, story_pid(&tree, "w-1"),
			       "@ACTORS@/test-actor"));
		CU_ASSERT_EQUAL(story_pid(&tree, "w-2"), other);
		if (!bad[i].is_started)
			CU_ASSERT_EQUAL(story_pid(&tree, "w-1"), first);
		if (i > 0)
			continue;
		/* that it was no good is known of the others, too */
		CU_ASSERT_EQUAL(story_act(&tree, "restart", "w-2"), 0);
		CU_ASSERT(runs(&tree, story_pid(&tree, "w-2"),
			       "@ACTORS@/test-actor"));
	}
	install(&tree, "@ACTORS@/test-juggler");
	CU_ASSERT_EQUAL(upgrade(&tree, "w-3", NULL), 0);
	all_run(&tree, "@ACTORS@/test-juggler");
	stop_class(&tree);
}

static void test_the_way_back_of_a_class_outlasts_a_reexec(void)
{
	struct tree tree;

	start_class(&tree, "@ACTORS@/test-actor");
	reexec(&tree);
	CU_ASSERT_EQUAL(upgrade(&tree, "w-1", "is the one that is there"), 1);
	install(&tree, "/bin/true");
	reexec(&tree);
	CU_ASSERT_EQUAL(upgrade(&tree, "w-1", "the old one goes on"), 1);
	CU_ASSERT_EQUAL(upgrade(&tree, "w-2", "was tried and is no good"), 1);
	reexec(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "w-2"), 0);
	CU_ASSERT(runs(&tree, story_pid(&tree, "w-1"), "@ACTORS@/test-actor"));
	CU_ASSERT(runs(&tree, story_pid(&tree, "w-2"), "@ACTORS@/test-actor"));
	install(&tree, "@ACTORS@/test-juggler");
	CU_ASSERT_EQUAL(upgrade(&tree, "w-1", NULL), 0);
	all_run(&tree, "@ACTORS@/test-juggler");
	stop_class(&tree);
}

/* as it has failed, with another file there */
static void lose(struct tree *tree, const char *path, const char *program)
{
	pid_t pid = story_pid(tree, path);

	install(tree, program);
	story_signal(tree, path, SIGKILL);
	CU_ASSERT(story_await_gone(tree, pid));
	CU_ASSERT(story_await(tree, path, "state", "running"));
	CU_ASSERT(runs(tree, story_pid(tree, path), program));
}

static void test_a_class_may_be_of_two_programs(void)
{
	struct tree tree;

	start_class(&tree, "@ACTORS@/test-actor");
	lose(&tree, "w-1", "@ACTORS@/test-juggler");
	CU_ASSERT_EQUAL(upgrade(&tree, "w-2", NULL), 0);
	all_run(&tree, "@ACTORS@/test-juggler");
	CU_ASSERT_EQUAL(upgrade(&tree, "w-3", "is the one that is there"), 1);
	/* by whichever they are asked for */
	lose(&tree, "w-1", "@ACTORS@/test-actor");
	reexec(&tree);
	CU_ASSERT_EQUAL(upgrade(&tree, "w-1", NULL), 0);
	all_run(&tree, "@ACTORS@/test-actor");
	stop_class(&tree);
}

/* those stay what they are, and the next is what the one was that was named */
static void test_a_class_of_two_programs_goes_back_to_what_it_was(void)
{
	struct tree tree;

	for (int i = 0; i < 2; i++) {
		start_class(&tree, "@ACTORS@/test-actor");
		lose(&tree, "w-1", "@ACTORS@/test-juggler");
		if (i > 0)
			reexec(&tree);
		install(&tree, "/bin/true");
		CU_ASSERT_EQUAL(upgrade(&tree, "w-2", "the old one goes on"), 1);
		CU_ASSERT(runs(&tree, story_pid(&tree, "w-1"),
			       "@ACTORS@/test-juggler"));
		CU_ASSERT(runs(&tree, story_pid(&tree, "w-2"),
			       "@ACTORS@/test-actor"));
		CU_ASSERT(runs(&tree, story_pid(&tree, "w-3"),
			       "@ACTORS@/test-actor"));
		CU_ASSERT_EQUAL(upgrade(&tree, "w-3", "was tried and is no good"),
				1);
		CU_ASSERT_EQUAL(story_act(&tree, "restart", "w-3"), 0);
		CU_ASSERT(runs(&tree, story_pid(&tree, "w-3"),
			       "@ACTORS@/test-actor"));
		stop_class(&tree);
	}
}

/* and one that cannot fork was there meanwhile: of what is left all are replaced */
static void test_a_class_is_one_though_one_of_it_could_not_be_forked(void)
{
	struct tree tree;
	int status = 1;

	tree_prepare(&tree,
		"system: \"@SYSTEM@\"\nintensity: 50 in 1s\nchildren:\n"
		"  - { name: w, instances: 3, exec: \"@DIRECTORY@/program\",\n"
		"      backoff: { min: 1s, max: 1s } }\n");
	install(&tree, "@ACTORS@/test-actor");
	tree_spawn(&tree);
	CU_ASSERT_FATAL(tree_await_up(&tree));
	install(&tree, "/bin/true");
	story_signal(&tree, "w-1", SIGKILL);
	CU_ASSERT(story_await(&tree, "w-1", "cause", "exit:0"));
	install(&tree, "@ACTORS@/test-juggler");
	/* while it is started it cannot be */
	for (int i = 0; i < 200 && status != 0; i++)
		status = upgrade(&tree, "w-1", NULL);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(upgrade(&tree, "w-1", "is the one that is there"), 1);
	for (size_t i = 0; i < N_W; i++)
		CU_ASSERT(story_await(&tree, w[i], "state", "running"));
	all_run(&tree, "@ACTORS@/test-juggler");
	tree_stop(&tree);
}

static void test_a_class_hands_over_the_state_of_each(void)
{
	struct tree tree;

	start_class(&tree, "@ACTORS@/test-keeper-1");
	story_tell(&tree, "w-1", "add", "5");
	story_tell(&tree, "w-2", "add", "7");
	expect_of(&tree, "w-1", "1 5 ");
	expect_of(&tree, "w-2", "1 7 ");
	install(&tree, "@ACTORS@/test-keeper-2");
	CU_ASSERT_EQUAL(upgrade(&tree, "w-3", NULL), 0);
	expect_of(&tree, "w-1", "2 5 1");
	expect_of(&tree, "w-2", "2 7 1");
	install(&tree, "/bin/true");
	CU_ASSERT_EQUAL(upgrade(&tree, "w-2", "the old one goes on"), 1);
	expect_of(&tree, "w-1", "2 5 1");
	expect_of(&tree, "w-2", "2 7 2");
	stop_class(&tree);
}

/* one that ends for good meanwhile, one that is stopped, and their supervisor */
static void test_of_a_class_some_may_end_meanwhile(void)
{
	struct tree tree;
	pid_t asker;
	int status;

	start_class(&tree, "@ACTORS@/test-actor");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "w-3"), 0);
	story_freeze(&tree, "w-1");
	install(&tree, "@ACTORS@/test-juggler");
	asker = upgrade_behind(&tree, "w-1");
	CU_ASSERT(story_await(&tree, "w-1", "state", "stopping"));
	CU_ASSERT_EQUAL(upgrade(&tree, "w-2", "being upgraded"), 1);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "w-2"), 0);
	story_signal(&tree, "w-1", SIGCONT);
	CU_ASSERT_EQUAL(waitpid(asker, &status, 0), asker);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "w-2"), 0);
	CU_ASSERT(runs(&tree, story_pid(&tree, "w-1"), "@ACTORS@/test-juggler"));
	CU_ASSERT(runs(&tree, story_pid(&tree, "w-2"), "@ACTORS@/test-juggler"));
	/* who is to be the first is stopped instead: nothing has changed */
	story_freeze(&tree, "w-1");
	install(&tree, "@ACTORS@/test-actor");
	asker = upgrade_behind(&tree, "w-1");
	CU_ASSERT(story_await(&tree, "w-1", "state", "stopping"));
	story_act(&tree, "stop", "w-1");
	CU_ASSERT_EQUAL(waitpid(asker, &status, 0), asker);
	CU_ASSERT_NOT_EQUAL(status, 0);
	CU_ASSERT(runs(&tree, story_pid(&tree, "w-2"), "@ACTORS@/test-juggler"));
	for (size_t i = 0; i < N_W; i++)
		free(lives[i]);
	tree_stop(&tree);
}

static void test_the_file_may_be_read_again_while_a_class_is_replaced(void)
{
	static char changed[sizeof(class_text) + 64];
	struct tree tree;
	pid_t asker;
	char *args;

	start_class(&tree, "@ACTORS@/test-actor");
	story_freeze(&tree, "w-1");
	install(&tree, "@ACTORS@/test-juggler");
	asker = upgrade_behind(&tree, "w-1");
	CU_ASSERT(story_await(&tree, "w-1", "state", "stopping"));
	args = strstr(class_text, "isolate");
	snprintf(changed, sizeof(changed), "%.*sstop_timeout: 1s, %s",
		 (int)(args - class_text), class_text, args);
	write_config(&tree, changed);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 0);
	story_signal(&tree, "w-1", SIGCONT);
	CU_ASSERT_EQUAL(waitpid(asker, NULL, 0), asker);
	for (size_t i = 0; i < N_W; i++)
		CU_ASSERT(story_await(&tree, w[i], "state", "running"));
	all_run(&tree, "@ACTORS@/test-juggler");
	stop_class(&tree);
}

/* ---- state -------------------------------------------------------------- */

static const char keeper_text[] =
	"system: \"@SYSTEM@\"\nintensity: 0 in 1s\nchildren:\n"
	"  - { name: t, exec: \"@DIRECTORY@/program\", start_timeout: 10min,\n"
	"      directives: { signal: stop } }\n";

static void start_keeper(struct tree *tree, const char *program)
{
	tree_prepare(tree, keeper_text);
	install(tree, program);
	tree_spawn(tree);
	CU_ASSERT_FATAL(tree_await_up(tree));
}

static void test_state_is_handed_over_with_its_version(void)
{
	struct tree tree;

	start_keeper(&tree, "@ACTORS@/test-keeper-1");
	story_tell(&tree, "t", "add", "5");
	story_tell(&tree, "t", "add", "7");
	expect(&tree, "1 12 0");
	install(&tree, "@ACTORS@/test-keeper-2");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
	expect(&tree, "2 12 1");
	story_tell(&tree, "t", "add", "1");
	install(&tree, "@ACTORS@/test-keeper-2");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
	expect(&tree, "2 13 2");
	/* a restart for any other reason begins anew */
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "t"), 0);
	expect(&tree, "2 0 0");
	tree_stop(&tree);
}

static bool is_logged(struct tree *tree, const char *text)
{
	json_t *records = story_spool(tree), *record;
	const char *logged;
	bool found = false;
	size_t i;

	json_array_foreach(records, i, record) {
		logged = json_string_value(json_object_get(record, "MESSAGE"));
		found |= logged && strstr(logged, text);
	}
	json_decref(records);
	return found;
}

static bool refusal_is_logged(struct tree *tree, void *data)
{
	return is_logged(tree, data);
}

static void test_state_that_is_refused_is_as_if_there_were_none(void)
{
	struct tree tree;

	story_hide_journal();
	start_keeper(&tree, "@ACTORS@/test-keeper-1");
	story_tell(&tree, "t", "add", "5");
	install(&tree, "@ACTORS@/test-keeper-3");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
	expect(&tree, "3 0 0");
	CU_ASSERT(tree_wait_until(&tree, refusal_is_logged,
				  "that of version 1, of the program before, was not taken: Protocol not supported"));
	/* and what saves nothing says so */
	install(&tree, "@ACTORS@/test-keeper-2");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
	expect(&tree, "2 0 0");
	CU_ASSERT(tree_wait_until(&tree, refusal_is_logged,
				  "not handed over: save:"));
	tree_stop(&tree);
}

static void test_the_old_program_gets_its_state_back(void)
{
	struct tree tree;

	start_keeper(&tree, "@ACTORS@/test-keeper-2");
	story_tell(&tree, "t", "add", "5");
	install(&tree, "/bin/true");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", "the old one goes on"), 1);
	expect(&tree, "2 5 2");
	/* a program that has never heard of it */
	install(&tree, "@ACTORS@/test-actor");
	CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
	CU_ASSERT(story_is(&tree, "t", "state", "running"));
	tree_stop(&tree);
}

static void test_mail_goes_to_the_state_that_was_handed_over(void)
{
	struct tree tree;
	char sum[32];

	start_keeper(&tree, "@ACTORS@/test-keeper-1");
	for (int i = 1; i <= 60; i++) {
		story_tell(&tree, "t", "add", "1");
		if (i % 20)
			continue;
		install(&tree, "@ACTORS@/test-keeper-2");
		CU_ASSERT_EQUAL(upgrade(&tree, "t", NULL), 0);
		snprintf(sum, sizeof(sum), "2 %d ", i);
		expect(&tree, sum);
	}
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_life_goes_on_in_another_program),
	HARNESS_TEST(test_nothing_is_lost_under_load),
	HARNESS_TEST(test_order_is_kept),
	HARNESS_TEST(test_a_bad_program_never_replaces_a_good_one),
	HARNESS_TEST(test_what_everybody_may_write_is_not_started),
	HARNESS_TEST(test_who_is_never_ready_goes_when_its_time_is_over),
	HARNESS_TEST(test_its_supervisor_may_die_meanwhile),
	HARNESS_TEST(test_what_cannot_be_upgraded_is_said),
	HARNESS_TEST(test_a_process_that_stood_by_is_not_the_new_program),
	HARNESS_TEST(test_the_next_process_may_be_of_another_program),
	HARNESS_TEST(test_the_way_back_outlasts_a_reexec),
	HARNESS_TEST(test_what_it_comes_back_to_is_as_it_was),
	HARNESS_TEST(test_the_file_may_be_read_again_meanwhile),
	HARNESS_TEST(test_a_third_program_may_be_none_at_all),
	HARNESS_TEST(test_who_is_forked_is_replaced_with_all_of_its_class),
	HARNESS_TEST(test_a_bad_program_never_replaces_a_class),
	HARNESS_TEST(test_a_class_may_be_of_two_programs),
	HARNESS_TEST(test_a_class_of_two_programs_goes_back_to_what_it_was),
	HARNESS_TEST(test_a_class_is_one_though_one_of_it_could_not_be_forked),
	HARNESS_TEST(test_the_way_back_of_a_class_outlasts_a_reexec),
	HARNESS_TEST(test_a_class_hands_over_the_state_of_each),
	HARNESS_TEST(test_of_a_class_some_may_end_meanwhile),
	HARNESS_TEST(test_the_file_may_be_read_again_while_a_class_is_replaced),
	HARNESS_TEST(test_who_waits_for_messages_comes_back_without_one),
	HARNESS_TEST(test_who_has_never_run_has_nothing_to_come_back_to),
	HARNESS_TEST(test_state_is_handed_over_with_its_version),
	HARNESS_TEST(test_state_that_is_refused_is_as_if_there_were_none),
	HARNESS_TEST(test_the_old_program_gets_its_state_back),
	HARNESS_TEST(test_mail_goes_to_the_state_that_was_handed_over),
};
HARNESS_MAIN(tests)
