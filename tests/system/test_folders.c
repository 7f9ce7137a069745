/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_folders.c - what is an actor's own alone: its scratch ends with the
 * process, its state with nothing.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness/proc.h"
#include "tests/system/story.h"

/* each life adds a line to its state; one that finds the scratch of another adds
 * another one */
#define KEEPER(name, more) \
	"  - { name: " name ", exec: /bin/sh, kind: program, ready: at_once,\n" \
	"      restart: temporary, sandbox: { scratch: 1M, " more " },\n" \
	"      args: [-c, \"[ -e $ACTOR_SCRATCH/x ] && echo dirty >> $ACTOR_STATE/log;\n" \
	"        echo x > $ACTOR_SCRATCH/x && echo life >> $ACTOR_STATE/log\"] }\n"

#define FILE_OF(state) "state/@SYSTEM@/state/" state "/log"

struct log {
	const char *file;
	const char *wanted;
};

static bool says(struct tree *tree, void *data)
{
	const struct log *log = data;
	char path[512], text[256] = "";
	char *file = tree_expand(tree, log->file);
	size_t n = 0;
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", tree->directory, file);
	free(file);
	stream = fopen(path, "re");
	if (stream) {
		n = fread(text, 1, sizeof(text) - 1, stream);
		fclose(stream);
	}
	text[n] = '\0';
	return !strcmp(text, log->wanted);
}

static bool await_log(struct tree *tree, const char *file, const char *wanted)
{
	struct log log = { file, wanted };

	return tree_wait_until(tree, says, &log);
}

static uid_t owner_of(struct tree *tree, const char *name)
{
	char *file = tree_expand(tree, name);
	struct stat st = { .st_uid = 0 };
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", tree->directory, file);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	free(file);
	return st.st_uid;
}

static void start_again(struct tree *tree, const char *config_text)
{
	CU_ASSERT_EQUAL(story_act(tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(tree), 0);
	close(tree->pidfd);
	story_rewrite(tree, config_text);
	tree_spawn(tree);
	CU_ASSERT_FATAL(tree_await_up(tree));
}

static void test_state_outlives_process_and_system_and_scratch_does_not(void)
{
	static const char first[] = "system: \"@SYSTEM@\"\nchildren:\n"
		KEEPER("k", "state: true")
		KEEPER("other", "state: its-name")
		"  - { name: z, " STORY_ACTOR " }\n";
	/* it has another uid now, if it has one of its own */
	static const char second[] = "system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: a, " STORY_ACTOR " }\n"
		KEEPER("k", "state: true")
		"  - { name: z, " STORY_ACTOR " }\n";
	struct tree tree;
	uid_t before;

	tree_start(&tree, first);
	CU_ASSERT(story_is(&tree, "other", "state_folder", "its-name"));
	CU_ASSERT(await_log(&tree, FILE_OF("@SYSTEM@:k"), "life\n"));
	CU_ASSERT(await_log(&tree, FILE_OF("its-name"), "life\n"));
	CU_ASSERT(story_await_start(&tree, "k"));
	CU_ASSERT(await_log(&tree, FILE_OF("@SYSTEM@:k"), "life\nlife\n"));
	before = owner_of(&tree, FILE_OF("@SYSTEM@:k"));
	start_again(&tree, second);
	CU_ASSERT(await_log(&tree, FILE_OF("@SYSTEM@:k"),
			    "life\nlife\nlife\n"));
	if (geteuid() == 0)
		CU_ASSERT_NOT_EQUAL(owner_of(&tree, FILE_OF("@SYSTEM@:k")),
				    before);
	tree_stop(&tree);
}

static void test_each_instance_has_its_own(void)
{
	struct tree tree;
	uid_t one, other;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		   "  - { name: w, instances: 2, " STORY_ACTOR ",\n"
		   "      sandbox: { scratch: 1M, state: true } }\n");
	one = owner_of(&tree, "state/@SYSTEM@/state/@SYSTEM@:w-1");
	other = owner_of(&tree, "state/@SYSTEM@/state/@SYSTEM@:w-2");
	/* and not one process that forks them, with one view of files */
	CU_ASSERT(one != other || geteuid() != 0);
	CU_ASSERT(story_is(&tree, "w-1", "scratch", "1048576"));
	tree_stop(&tree);
}

static void test_a_state_that_is_somebody_elses_is_no_start(void)
{
	static const char *const folders[] = { "@SYSTEM@", "@SYSTEM@/state",
					       "@SYSTEM@/state/mine" };
	struct tree tree;
	char where[256], text[STORY_PATH_BYTES];
	char *path;

	if (geteuid() != 0)
		HARNESS_SKIP("an ordinary user has one uid");
	tree_prepare(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: z, " STORY_ACTOR " }\n"
		"  - { name: k, restart: temporary, " STORY_ACTOR ",\n"
		"      directives: { start_failed: stop },\n"
		"      sandbox: { state: mine } }\n");
	for (size_t i = 0; i < 3; i++) {
		path = tree_expand(&tree, folders[i]);
		snprintf(where, sizeof(where), "%s/state/%s", tree.directory,
			 path);
		free(path);
		CU_ASSERT_EQUAL(mkdir(where, 0700), 0);
	}
	CU_ASSERT_EQUAL(chown(where, 1000, 1000), 0);
	tree_spawn(&tree);
	CU_ASSERT_FATAL(tree_await_up(&tree));
	CU_ASSERT(tree_wait_for(&tree, "it belongs to uid 1000: chown it to root", "why",
				story_path(&tree, "k", text), NULL));
	tree_stop(&tree);
}

/* ---- what it leaves where it may write ---- */

static void leave_a_file(struct tree *tree, const char *template,
			 const char *name)
{
	char path[STORY_PATH_BYTES], file[128];

	CU_ASSERT_EQUAL(tree_actorctl(tree, NULL, "spawn",
				      story_path(tree, "pool", path), template,
				      name, NULL), 0);
	snprintf(file, sizeof(file), "left/%s", name);
	CU_ASSERT(await_log(tree, file, "mine\n"));
	snprintf(file, sizeof(file), "pool/%s", name);
	while (tree_actorctl(tree, NULL, "show", story_path(tree, file, path),
			     NULL) == 0)
		usleep(10000);
}

static void test_a_uid_whose_files_are_left_is_nobody_elses(void)
{
	static const char text[] = "system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: pool, templates: [\n"
		"      { name: w, exec: /bin/sh, kind: program, ready: at_once,\n"
		"        restart: temporary, args: [-c, \"umask 22;\n"
		"          echo mine > @DIRECTORY@/left/${ACTOR_PATH##*/}\"],\n"
		"        sandbox: { write: [\"@DIRECTORY@/left\"] } } ] }\n"
		"  - { name: z, " STORY_ACTOR " }\n";
	struct tree tree;
	char left[256];
	uid_t one, two;

	if (geteuid() != 0)
		HARNESS_SKIP("an ordinary user has one uid");
	tree_prepare(&tree, text);
	snprintf(left, sizeof(left), "%s/left", tree.directory);
	CU_ASSERT_EQUAL(mkdir(left, 0700), 0);
	CU_ASSERT_EQUAL(chmod(left, 01777), 0);
	tree_spawn(&tree);
	CU_ASSERT_FATAL(tree_await_up(&tree));
	leave_a_file(&tree, "w", "one");
	leave_a_file(&tree, "w", "two");
	one = owner_of(&tree, "left/one");
	two = owner_of(&tree, "left/two");
	CU_ASSERT_NOT_EQUAL(one, two);
	start_again(&tree, text);
	leave_a_file(&tree, "w", "three");
	CU_ASSERT_NOT_EQUAL(owner_of(&tree, "left/three"), one);
	CU_ASSERT_NOT_EQUAL(owner_of(&tree, "left/three"), two);
	/* it may write to what it has made itself */
	CU_ASSERT_EQUAL(truncate(strcat(left, "/one"), 0), 0);
	leave_a_file(&tree, "w", "one");
	CU_ASSERT_EQUAL(owner_of(&tree, "left/one"), one);
	tree_stop(&tree);
}

/* not even root: as far as the file system has that */
static bool set_immutable(const char *path, bool on)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), flags = 0, r;

	r = fd < 0 ? -1 : ioctl(fd, FS_IOC_GETFLAGS, &flags);
	flags = on ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
	r = r < 0 ? r : ioctl(fd, FS_IOC_SETFLAGS, &flags);
	if (fd >= 0)
		close(fd);
	return r == 0;
}

static void give_all(const char *folder, uid_t uid)
{
	char command[640];

	snprintf(command, sizeof(command),
		 "cd '%s' && touch $(seq 3000) && chown -R %u:%u .", folder,
		 uid, uid);
	CU_ASSERT_EQUAL(system(command), 0);
}

/* each file is looked at once for that, and nothing is left of it */
static void test_a_file_that_cannot_be_given_is_no_start(void)
{
	struct tree tree;
	char folder[512], file[540], text[STORY_PATH_BYTES];
	pid_t supervisor;
	size_t n_at_rest;
	char *path;

	if (geteuid() != 0)
		HARNESS_SKIP("an ordinary user has one uid");
	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: k, restart: temporary, " STORY_ACTOR ",\n"
		"      directives: { start_failed: stop },\n"
		"      sandbox: { state: mine } }\n"
		"  - { name: z, " STORY_ACTOR " }\n");
	supervisor = story_pid(&tree, "");
	path = tree_expand(&tree, "state/@SYSTEM@/state/mine");
	snprintf(folder, sizeof(folder), "%s/%s", tree.directory, path);
	free(path);
	snprintf(file, sizeof(file), "%s/3000", folder);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "k"), 0);
	n_at_rest = proc_n_descriptors(supervisor);
	give_all(folder, owner_of(&tree, "state/@SYSTEM@/state/mine") + 1);
	if (!set_immutable(file, true)) {
		tree_stop(&tree);
		HARNESS_SKIP("no file here is immutable");
	}
	CU_ASSERT_NOT_EQUAL(story_act(&tree, "start", "k"), 0);
	CU_ASSERT(tree_wait_for(&tree, "/mine/3000: ", "why",
				story_path(&tree, "k", text), NULL));
	CU_ASSERT(story_await_descriptors(&tree, supervisor, n_at_rest));
	CU_ASSERT(set_immutable(file, false));
	CU_ASSERT(story_await_start(&tree, "k"));
	CU_ASSERT(story_await(&tree, "k", "state", "running"));
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_uid_whose_files_are_left_is_nobody_elses),
	HARNESS_TEST(test_state_outlives_process_and_system_and_scratch_does_not),
	HARNESS_TEST(test_each_instance_has_its_own),
	HARNESS_TEST(test_a_file_that_cannot_be_given_is_no_start),
	HARNESS_TEST(test_a_state_that_is_somebody_elses_is_no_start),
};
HARNESS_MAIN(tests)
