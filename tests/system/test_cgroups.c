/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_cgroups.c - a system that was given a cgroup of version 2: what is in it,
 * and when nothing is any more.
 *
 * Any such cgroup will do. What its controllers do needs a host that has them on
 * version 2: see tests/vm.
 */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/story.h"

static char folder[256];
static char mount[64];

static void own_folder(void)
{
	static const char *const mounts[] = { "/sys/fs/cgroup",
					      "/sys/fs/cgroup/unified" };
	char file[128];

	*folder = '\0';
	for (size_t i = 0; i < 2; i++) {
		snprintf(file, sizeof(file), "%s/cgroup.procs", mounts[i]);
		if (access(file, W_OK) < 0)
			continue;
		snprintf(mount, sizeof(mount), "%s", mounts[i]);
		snprintf(folder, sizeof(folder), "%s/actorproc-test-%d",
			 mounts[i], getpid());
	}
	if (!*folder || mkdir(folder, 0755) < 0)
		HARNESS_SKIP("there is no cgroup of version 2 that we may change");
	setenv("ACTORPROC_CGROUP_ROOT", folder, 1);
}

static void begin(struct tree *tree, const char *config_text)
{
	own_folder();
	tree_start(tree, config_text);
}

static void end(struct tree *tree)
{
	tree_stop(tree);
	/* but for the files that each has: it can only be empty of others */
	CU_ASSERT_EQUAL(rmdir(folder), 0);
}

/* of an actor's process; "*": is there any of it? */
static bool has_cgroup(struct tree *tree, const char *name,
		       const char *generation)
{
	char wanted[128];
	struct dirent *entry;
	bool found = false;
	size_t n;
	DIR *dir;

	n = (size_t)snprintf(wanted, sizeof(wanted), "actor:%s:%s:%s",
			     tree->system, name, generation);
	if (*generation == '*')
		n--;
	dir = opendir(folder);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	while ((entry = readdir(dir)))
		found |= *generation == '*' ?
			 !strncmp(entry->d_name, wanted, n) :
			 !strcmp(entry->d_name, wanted);
	closedir(dir);
	return found;
}

static size_t count_processes(struct tree *tree, const char *name)
{
	char path[512], line[32];
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/actor:%s:%s/cgroup.procs", folder,
		 tree->system, name);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		n++;
	if (file)
		fclose(file);
	return n;
}

struct wanted {
	const char *name;
	size_t n;
};

static bool has_processes(struct tree *tree, void *data)
{
	const struct wanted *wanted = data;

	return count_processes(tree, wanted->name) == wanted->n;
}

static bool await_processes(struct tree *tree, const char *name, size_t n)
{
	struct wanted wanted = { name, n };

	return tree_wait_until(tree, has_processes, &wanted);
}

static bool is_without(struct tree *tree, void *data)
{
	return !has_cgroup(tree, data, "0");
}

static void test_each_process_has_a_cgroup_and_a_new_one_has_another(void)
{
	struct tree tree;

	begin(&tree, "system: \"@SYSTEM@\"\n"
		     "children:\n"
		     "  - { name: a, " STORY_ACTOR " }\n"
		     "  - { name: b, " STORY_ACTOR " }\n");
	CU_ASSERT_EQUAL(count_processes(&tree, "a:0"), 1);
	CU_ASSERT_EQUAL(count_processes(&tree, "b:0"), 1);
	story_signal(&tree, "a", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	CU_ASSERT_FALSE(has_cgroup(&tree, "a", "0"));
	CU_ASSERT_EQUAL(count_processes(&tree, "a:1"), 1);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	CU_ASSERT_FALSE(has_cgroup(&tree, "a", "*"));
	CU_ASSERT(has_cgroup(&tree, "b", "0"));
	end(&tree);
}

static void test_what_a_program_leaves_behind_is_killed_and_its_cgroup_removed(void)
{
	struct tree tree;

	begin(&tree, "system: \"@SYSTEM@\"\n"
		     "children:\n"
		     "  - { name: p, exec: \"@ACTORS@/test-hog\", kind: program,\n"
		     "      args: [processes, \"3\"], ready: at_once }\n");
	CU_ASSERT(await_processes(&tree, "p:0", 4));
	story_signal(&tree, "p", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "p", 1));
	CU_ASSERT(tree_wait_until(&tree, is_without, "p"));
	CU_ASSERT(await_processes(&tree, "p:1", 4));
	end(&tree);
}

static void test_a_program_may_have_as_many_processes_as_its_file_says(void)
{
	struct tree tree;

	if (geteuid() != 0)
		HARNESS_SKIP("an ordinary user shares its uid with all actors");
	begin(&tree, "system: \"@SYSTEM@\"\n"
		     "children:\n"
		     "  - { name: p, exec: \"@ACTORS@/test-hog\", kind: program,\n"
		     "      args: [processes, \"20\"], ready: at_once,\n"
		     "      sandbox: { pids: 3 } }\n");
	CU_ASSERT(await_processes(&tree, "p:0", 3));
	CU_ASSERT(story_is(&tree, "p", "pids", "3"));
	end(&tree);
}

static void test_nothing_is_left_of_what_a_killed_supervisor_had(void)
{
	struct tree tree;

	begin(&tree, "system: \"@SYSTEM@\"\n"
		     "children:\n"
		     "  - name: g\n"
		     "    children:\n"
		     "      - { name: a, " STORY_ACTOR " }\n"
		     "  - { name: z, " STORY_ACTOR " }\n");
	CU_ASSERT(has_cgroup(&tree, "g:a", "0"));
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g/a", 1));
	CU_ASSERT_FALSE(has_cgroup(&tree, "g:a", "0"));
	CU_ASSERT_EQUAL(count_processes(&tree, "g:a:1"), 1);
	CU_ASSERT_EQUAL(count_processes(&tree, "z:0"), 1);
	end(&tree);
}

static bool host_limits_memory(void)
{
	char path[128], line[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/cgroup.controllers", mount);
	file = fopen(path, "re");
	if (file && !fgets(line, sizeof(line), file))
		*line = '\0';
	if (file)
		fclose(file);
	return strstr(line, "memory");
}

static void test_a_limit_that_is_not_in_force_is_told_by_check_and_show(void)
{
	struct tree_result result;
	struct tree tree;
	char *lowered;

	begin(&tree, "system: \"@SYSTEM@\"\n"
		     "children:\n"
		     "  - { name: a, " STORY_ACTOR ",\n"
		     "      sandbox: { memory: 64M } }\n");
	lowered = story_text(&tree, "a", "lowered");
	tree_actorctl(&tree, &result, "check", tree.config, NULL);
	if (host_limits_memory()) {
		CU_ASSERT_PTR_NULL(strstr(lowered, "memory"));
		CU_ASSERT_PTR_NULL(strstr(result.err, "warning"));
	} else {
		CU_ASSERT_PTR_NOT_NULL(strstr(lowered, "\"memory\" of the file is not in force"));
		CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "warning: \"memory\" is limited"));
		CU_ASSERT_NOT_EQUAL(story_number(&tree, "a", "level"), 3);
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "memory 64M"));
	CU_ASSERT(story_is(&tree, "a", "memory", "67108864"));
	tree_result_clear(&result);
	free(lowered);
	end(&tree);
}

static void without_cgroup(void)
{
	setenv("ACTORPROC_PROBE_OVERRIDE", "cgroups", 1);
}

static void test_a_system_does_not_start_below_the_level_that_it_requires(void)
{
	struct tree_result result;
	struct tree tree;

	without_cgroup();
	tree_prepare(&tree, "system: \"@SYSTEM@\"\n"
			    "require: 3\n"
			    "children:\n"
			    "  - { name: a, " STORY_ACTOR ",\n"
			    "      sandbox: { memory: 64M } }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "run", "--detach",
				      tree.config, NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "the file requires 3: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "\"memory\" of the file is not in force"));
	tree_result_clear(&result);
	tree_forget(&tree);
}

static void test_what_cannot_be_its_cgroup_is_refused_with_the_reason(void)
{
	struct tree_result result;
	struct tree tree;

	setenv("ACTORPROC_CGROUP_ROOT", "/nowhere", 1);
	tree_prepare(&tree, "system: \"@SYSTEM@\"\n"
			    "children: [ { name: a, " STORY_ACTOR " } ]\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "run", "--detach",
				      tree.config, NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "ACTORPROC_CGROUP_ROOT cannot be opened as a folder: No such file or directory"));
	tree_result_clear(&result);
	tree_forget(&tree);
}

static void test_a_limit_that_comes_by_a_reload_is_told_of_too(void)
{
	struct tree tree;
	char *lowered;
	FILE *file;

	without_cgroup();
	tree_start(&tree, "system: \"@SYSTEM@\"\n"
			  "children:\n"
			  "  - { name: a, " STORY_ACTOR " }\n");
	lowered = story_text(&tree, "a", "lowered");
	CU_ASSERT_PTR_NULL(strstr(lowered, "memory"));
	free(lowered);
	file = fopen(tree.config, "a");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fprintf(file, "  - { name: b, exec: /bin/true, kind: program,\n"
		      "      ready: at_once, restart: temporary,\n"
		      "      sandbox: { memory: 64M } }\n");
	fclose(file);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 0);
	lowered = story_text(&tree, "a", "lowered");
	CU_ASSERT_PTR_NOT_NULL(strstr(lowered, "\"memory\""));
	free(lowered);
	tree_stop(&tree);
}

/* ---- paused programs -------------------------------------------------------- */

#define HOG_TEXT(more)							\
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"	\
	"  - name: g\n"							\
	"    intensity: 20 in 1min\n"					\
	"    strategy: one_for_all\n"					\
	"    children:\n"						\
	"      - { name: a, " STORY_ACTOR " }\n"			\
	"      - { name: p, kind: program, exec: \"@DIRECTORY@/program\",\n" \
	"          args: [processes, \"3\"], stop_timeout: 1h, " more " }\n"

struct freezing {
	const char *name;
	bool frozen;
};

static bool is_so(struct tree *tree, void *data)
{
	const struct freezing *wanted = data;
	char path[512], line[64];
	bool frozen = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/actor:%s:g:%s/cgroup.events", folder,
		 tree->system, wanted->name);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		frozen |= !strcmp(line, "frozen 1\n");
	fclose(file);
	return frozen == wanted->frozen;
}

/* as the kernel tells it, once all that are in it have come out of it */
static bool await_frozen(struct tree *tree, const char *name)
{
	struct freezing wanted = { name, true };

	harness_awaits("%s is frozen", name);
	return tree_wait_until(tree, is_so, &wanted);
}

static bool is_thawed(struct tree *tree, const char *name)
{
	struct freezing wanted = { name, false };

	return is_so(tree, &wanted);
}

static void begin_hog(struct tree *tree, const char *config_text)
{
	own_folder();
	tree_prepare(tree, config_text);
	story_install(tree, "@ACTORS@/test-hog", 0755);
	tree_spawn(tree);
	CU_ASSERT_FATAL(tree_await_up(tree));
	CU_ASSERT(await_processes(tree, "g:p:0", 4));
}

static void pause_p(struct tree *tree)
{
	CU_ASSERT_EQUAL(story_act(tree, "pause", "g/p"), 0);
	CU_ASSERT(story_is(tree, "g/p", "state", "paused"));
	CU_ASSERT(await_frozen(tree, "p:0"));
}

static void begin_paused(struct tree *tree)
{
	begin_hog(tree, HOG_TEXT("ready: at_once"));
	pause_p(tree);
}

/* the process after @name is, and nothing is left of that */
static void expect_paused_again(struct tree *tree, const char *name)
{
	CU_ASSERT(await_frozen(tree, name));
	CU_ASSERT(story_await(tree, "g/p", "state", "paused"));
	CU_ASSERT(tree_wait_until(tree, is_without, "g:p"));
	CU_ASSERT_EQUAL(story_act(tree, "unpause", "g/p"), 0);
	CU_ASSERT(story_is(tree, "g/p", "state", "running"));
	CU_ASSERT(is_thawed(tree, name));
}

static void test_a_paused_program_is_frozen_with_all_that_it_has_forked(void)
{
	struct tree tree;
	pid_t pid;

	begin_hog(&tree, HOG_TEXT("ready: at_once"));
	pid = story_pid(&tree, "g/p");
	CU_ASSERT(is_thawed(&tree, "p:0"));
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "g/p"), 1);
	pause_p(&tree);
	CU_ASSERT_EQUAL(count_processes(&tree, "g:p:0"), 4);
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "g/p"), 1);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g/p"), 1);
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "g/p"), 0);
	CU_ASSERT(story_is(&tree, "g/p", "state", "running"));
	CU_ASSERT(is_thawed(&tree, "p:0"));
	CU_ASSERT_EQUAL(story_pid(&tree, "g/p"), pid);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/p", "paused"), 1);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/p", "unpaused"), 1);
	pause_p(&tree);
	end(&tree);	/* which waits for nobody who is frozen */
}

static void test_a_frozen_program_is_stopped_in_good_order(void)
{
	struct tree tree;

	begin_paused(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/p"), 0);
	CU_ASSERT(story_is(&tree, "g/p", "cause", "signal:TERM"));
	CU_ASSERT(tree_wait_until(&tree, is_without, "g:p"));

	/* and the pause has ended with that life */
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g/p"), 0);
	CU_ASSERT(story_is(&tree, "g/p", "state", "running"));
	end(&tree);
}

static void test_the_next_process_of_a_frozen_program_is_frozen_too(void)
{
	static const char *const ways[] = { "restart", "kill", "SIGKILL",
					    "sibling", "supervisor", "upgrade" };
	struct tree tree;

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		harness_note("%s", ways[i]);
		begin_paused(&tree);
		if (!strcmp(ways[i], "SIGKILL"))
			story_signal(&tree, "g/p", SIGKILL);
		else if (!strcmp(ways[i], "sibling"))
			story_signal(&tree, "g/a", SIGKILL);
		else if (!strcmp(ways[i], "supervisor"))
			story_signal(&tree, "g", SIGKILL);
		else if (!strcmp(ways[i], "upgrade"))
			story_install(&tree, "@ACTORS@/test-hog", 0755);
		if (islower(*ways[i]) && strncmp(ways[i], "s", 1))
			CU_ASSERT_EQUAL(story_act(&tree, ways[i], "g/p"), 0);
		expect_paused_again(&tree, "p:1");
		end(&tree);
	}
}

static void test_a_program_that_a_reload_starts_anew_is_frozen_again(void)
{
	struct tree tree;

	begin_paused(&tree);
	story_rewrite(&tree, HOG_TEXT("ready: at_once, environment: { A: b }"));
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 0);
	expect_paused_again(&tree, "p:1");
	end(&tree);
}

static void test_a_frozen_program_that_is_to_be_an_actor_hears_of_it(void)
{
	struct tree tree;

	begin_paused(&tree);
	story_rewrite(&tree, "system: \"@SYSTEM@\"\nintensity: 20 in 1min\n"
			     "children:\n"
			     "  - name: g\n"
			     "    intensity: 20 in 1min\n"
			     "    strategy: one_for_all\n"
			     "    children:\n"
			     "      - { name: a, " STORY_ACTOR " }\n"
			     "      - { name: p, stop_timeout: 1h, "
			     STORY_ACTOR " }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 0);
	CU_ASSERT(story_is(&tree, "g/p", "kind", "actor"));
	CU_ASSERT(story_is(&tree, "g/p", "state", "running"));
	end(&tree);
}

static void test_a_frozen_program_stays_so_while_its_supervisor_is_replaced(void)
{
	struct tree tree;
	pid_t pid;

	begin_paused(&tree);
	pid = story_pid(&tree, "g/p");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reexec", NULL), 0);
	CU_ASSERT(await_frozen(&tree, "p:0"));
	CU_ASSERT(story_is(&tree, "g/p", "state", "paused"));
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "g/p"), 0);
	CU_ASSERT(is_thawed(&tree, "p:0"));
	CU_ASSERT_EQUAL(story_pid(&tree, "g/p"), pid);
	end(&tree);
}

/* else it never would be */
static void test_a_program_is_frozen_once_it_is_ready(void)
{
	struct tree tree;

	own_folder();
	tree_prepare(&tree, HOG_TEXT("ready: notify, start_timeout: 1h"));
	story_install(&tree, "@ACTORS@/test-hog", 0755);
	tree_spawn(&tree);
	CU_ASSERT(await_processes(&tree, "g:p:0", 4));
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "g/p"), 0);
	CU_ASSERT(story_is(&tree, "g/p", "state", "starting"));
	CU_ASSERT(story_is(&tree, "g/p", "paused", "true"));
	CU_ASSERT(is_thawed(&tree, "p:0"));
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "g/p"), 0);
	end(&tree);
}

static void test_the_watchdog_of_a_frozen_program_rests(void)
{
	struct tree tree;
	pid_t pid;

	begin(&tree, "system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
		     "  - name: g\n"
		     "    intensity: 20 in 1min\n"
		     "    children:\n"
		     "      - { name: p, kind: program, start_timeout: 10min,\n"
		     "          exec: \"@ACTORS@/test-watched\",\n"
		     "          watchdog: { loop: 2s, misses: 1 } }\n"
		     "      - { name: b, " STORY_ACTOR ",\n"
		     "          watchdog: { loop: 2s, misses: 3 } }\n");
	pid = story_pid(&tree, "g/p");
	pause_p(&tree);
	story_tell(&tree, "g/b", "hang", NULL);
	CU_ASSERT(story_await_generation(&tree, "g/b", 1));
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "g/p"), 0);
	CU_ASSERT_EQUAL(story_pid(&tree, "g/p"), pid);
	end(&tree);
}

static void test_a_program_without_a_cgroup_cannot_be_paused(void)
{
	struct tree_result result;
	struct tree tree;

	without_cgroup();
	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: p, kind: program, ready: at_once,\n"
			  "      exec: \"@ACTORS@/test-hog\", args: [processes, \"1\"] }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "pause", "/@SYSTEM@/p",
				      NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "it is a program: it can only be frozen, and for that the system needs a cgroup"));
	CU_ASSERT(story_is(&tree, "p", "state", "running"));
	tree_result_clear(&result);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_each_process_has_a_cgroup_and_a_new_one_has_another),
	HARNESS_TEST(test_what_a_program_leaves_behind_is_killed_and_its_cgroup_removed),
	HARNESS_TEST(test_a_program_may_have_as_many_processes_as_its_file_says),
	HARNESS_TEST(test_nothing_is_left_of_what_a_killed_supervisor_had),
	HARNESS_TEST(test_a_limit_that_is_not_in_force_is_told_by_check_and_show),
	HARNESS_TEST(test_a_limit_that_comes_by_a_reload_is_told_of_too),
	HARNESS_TEST(test_what_cannot_be_its_cgroup_is_refused_with_the_reason),
	HARNESS_TEST(test_a_system_does_not_start_below_the_level_that_it_requires),
	HARNESS_TEST(test_a_paused_program_is_frozen_with_all_that_it_has_forked),
	HARNESS_TEST(test_a_frozen_program_is_stopped_in_good_order),
	HARNESS_TEST(test_the_next_process_of_a_frozen_program_is_frozen_too),
	HARNESS_TEST(test_a_program_that_a_reload_starts_anew_is_frozen_again),
	HARNESS_TEST(test_a_frozen_program_that_is_to_be_an_actor_hears_of_it),
	HARNESS_TEST(test_a_frozen_program_stays_so_while_its_supervisor_is_replaced),
	HARNESS_TEST(test_a_program_is_frozen_once_it_is_ready),
	HARNESS_TEST(test_the_watchdog_of_a_frozen_program_rests),
	HARNESS_TEST(test_a_program_without_a_cgroup_cannot_be_paused),
};

HARNESS_MAIN(tests)
