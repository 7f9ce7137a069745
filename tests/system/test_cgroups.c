/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_cgroups.c - a system that was given a cgroup of version 2: what is in it,
 * and when nothing is any more.
 *
 * Any such cgroup will do. What its controllers do needs a host that has them on
 * version 2: see tests/vm.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/story.h"

static char folder[256];
static char mount[64];

static void begin(struct tree *tree, const char *config_text)
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

static const struct harness_test tests[] = {
	HARNESS_TEST(test_each_process_has_a_cgroup_and_a_new_one_has_another),
	HARNESS_TEST(test_what_a_program_leaves_behind_is_killed_and_its_cgroup_removed),
	HARNESS_TEST(test_a_program_may_have_as_many_processes_as_its_file_says),
	HARNESS_TEST(test_nothing_is_left_of_what_a_killed_supervisor_had),
	HARNESS_TEST(test_a_limit_that_is_not_in_force_is_told_by_check_and_show),
	HARNESS_TEST(test_a_limit_that_comes_by_a_reload_is_told_of_too),
	HARNESS_TEST(test_what_cannot_be_its_cgroup_is_refused_with_the_reason),
	HARNESS_TEST(test_a_system_does_not_start_below_the_level_that_it_requires),
};

HARNESS_MAIN(tests)
