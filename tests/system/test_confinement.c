/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_confinement.c - what supervisors of a real tree have given up.
 *
 * By the kernel's word on their processes. That all else in these tests works with
 * it says that nothing is missing.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/confinement.h"
#include "tests/harness/proc.h"
#include "tests/system/story.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

static const char few[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: a, " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    children:\n"
	"      - { name: x, " STORY_ACTOR " }\n"
	"      - { name: w, instances: 2, " STORY_ACTOR " }\n"
	"      - name: h\n"
	"        children:\n"
	"          - { name: y, " STORY_ACTOR " }\n";

/* ---- /proc/PID/status ---------------------------------------------------- */

static uint64_t status_of(pid_t pid, const char *field, int base)
{
	uint64_t value = 0;

	CU_ASSERT_FATAL(proc_status(pid, field, base, &value));
	return value;
}

static uint64_t kept(bool root)
{
	bool user = geteuid() != 0;
	const struct confinement_capability *rows;
	uint64_t set = 0;
	size_t n;

	rows = confinement_capabilities(&n);
	for (size_t i = 0; i < n; i++)
		if (rows[i].who == CONFINEMENT_ALL ||
		    (rows[i].who == CONFINEMENT_ROOT && root) ||
		    (rows[i].who == CONFINEMENT_USER && user))
			set |= (uint64_t)1 << rows[i].capability;
	return set;
}

static const char *const sets[] = { "CapEff", "CapPrm", "CapBnd" };

static void expect_confined(struct tree *tree, const char *path, bool root)
{
	pid_t pid = root ? tree->pid : story_pid(tree, path);

	for (size_t i = 0; i < N(sets); i++) {
		uint64_t has = status_of(pid, sets[i], 16);

		if (has & ~kept(root))
			harness_note("%s: %s is %llx", path, sets[i],
				     (unsigned long long)has);
		CU_ASSERT_EQUAL(has & ~kept(root), 0);
	}
	CU_ASSERT_EQUAL(status_of(pid, "CapInh", 16), 0);
	CU_ASSERT_EQUAL(status_of(pid, "NoNewPrivs", 10), 1);
	CU_ASSERT_EQUAL(status_of(pid, "Seccomp", 10), 2);
	CU_ASSERT_EQUAL(status_of(pid, "Seccomp_filters", 10), 1);
}

static void expect_all_confined(struct tree *tree)
{
	static const char *const below[] = { "", "g", "g/h", "/system" };

	expect_confined(tree, "/", true);
	for (size_t i = 0; i < N(below); i++)
		expect_confined(tree, below[i], false);
	/* ours and both stages of its own, and nothing else that supervisors have */
	CU_ASSERT_EQUAL(status_of(story_pid(tree, "a"), "Seccomp_filters", 10),
			3);
	CU_ASSERT_EQUAL(status_of(story_pid(tree, "a"), "CapBnd", 16), 0);
}

static void require_seccomp(struct tree *tree)
{
	if (story_number(tree, "a", "level") >= 2)
		return;
	tree_stop(tree);
	HARNESS_SKIP("not all layers are there");
}

static void test_supervisors_of_root_keep_what_they_need(void)
{
	struct tree tree;

	tree_start(&tree, few);
	require_seccomp(&tree);
	expect_all_confined(&tree);
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g", 1));
	CU_ASSERT(story_await_generation(&tree, "g/h/y", 1));
	expect_all_confined(&tree);
	tree_stop(&tree);
}

static void test_supervisors_of_a_user_keep_what_they_need(void)
{
	struct tree tree;

	story_become_ordinary();
	tree_start(&tree, few);
	require_seccomp(&tree);
	expect_all_confined(&tree);
	tree_stop(&tree);
}

/* each program would add one filter, and none can be taken off */
static void test_who_goes_on_as_another_program_is_confined_once(void)
{
	struct tree tree;

	tree_start(&tree, few);
	require_seccomp(&tree);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reexec", NULL), 0);
	expect_all_confined(&tree);
	story_tell(&tree, "g/x", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "g/x", 1));
	tree_stop(&tree);
}

static void test_without_seccomp_capabilities_go_all_the_same(void)
{
	struct tree tree;

	setenv("ACTORPROC_PROBE_OVERRIDE", "seccomp", 1);
	tree_start(&tree, few);
	CU_ASSERT_EQUAL(status_of(tree.pid, "NoNewPrivs", 10), 1);
	CU_ASSERT_EQUAL(status_of(tree.pid, "CapBnd", 16) & ~kept(true), 0);
	CU_ASSERT_EQUAL(status_of(tree.pid, "Seccomp", 10), 0);
	tree_stop(&tree);
}

static void expect_refs(struct tree *tree, const char *path, const char *refs)
{
	char *held = story_text(tree, path, "refs");
	char *writes = story_text(tree, path, "write");

	harness_note("%s: %s", path, held);
	CU_ASSERT_STRING_EQUAL(held, refs);
	CU_ASSERT_STRING_EQUAL(writes, "");
	free(held);
	free(writes);
}

static void test_bundled_actors_hold_no_more_than_one_reference(void)
{
	struct tree tree;

	tree_start(&tree, few);
	expect_refs(&tree, "/system/journal", "");
	expect_refs(&tree, "/system/dead-letters", "/system/journal");
	expect_refs(&tree, "/system/control", "/system/dead-letters");
	tree_stop(&tree);
}

static void test_grants_in_a_private_folder_of_another_are_made(void)
{
	char private[128], file[160], text[512];
	struct tree tree;
	int fd;

	if (geteuid() != 0)
		HARNESS_SKIP("not root");
	snprintf(private, sizeof(private), "%.90s/private", getenv("TMPDIR"));
	snprintf(file, sizeof(file), "%s/file", private);
	CU_ASSERT_EQUAL_FATAL(mkdir(private, 0700), 0);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	CU_ASSERT_FATAL(fd >= 0);
	close(fd);
	CU_ASSERT_EQUAL(chown(private, STORY_NOBODY, STORY_NOBODY), 0);
	snprintf(text, sizeof(text),
		 "system: \"@SYSTEM@\"\nchildren:\n"
		 "  - { name: a, sandbox: { read: [\"%s\"] }, " STORY_ACTOR
		 " }\n", file);
	tree_start(&tree, text);
	story_expect(&tree, "a", "echo", "there", "there");
	tree_stop(&tree);
	unlink(file);
	rmdir(private);
}

/* ---- mounts -------------------------------------------------------------- */

static const char all_kinds[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: a, " STORY_ACTOR ",\n"
	"      sandbox: { read: [/etc], execute: [/usr/bin], scratch: 1M,\n"
	"        write: [\"@DIRECTORY@/written\"], state: true,\n"
	"        devices: [/dev/null] } }\n"
	"  - { name: p, kind: program, exec: /bin/sleep, args: [1h],\n"
	"      ready: at_once, sandbox: { read: [/usr/share] } }\n"
	"  - { name: n, kind: program, exec: \"@ACTORS@/test-notifier\",\n"
	"      args: [\"READY=1\"] }\n";

static bool is_code(const char *place)
{
	return !strncmp(place, "/usr/bin/", 9) || !strcmp(place, "/usr/bin") ||
	       !strcmp(place, "/bin/sleep") || strstr(place, "/test-") ||
	       strstr(place, ".so");
}

/* Return: how many there are */
static int look_at_mounts(struct tree *tree, const char *name)
{
	char path[64], place[512], options[256];
	FILE *file;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo",
		 story_pid(tree, name));
	file = fopen(path, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	for (; fscanf(file, "%*s %*s %*s %*s %511s %255s%*[^\n]", place,
		      options) == 2; n++) {
		harness_note("%s: %s %s", name, place, options);
		CU_ASSERT_PTR_NOT_NULL(strstr(options, "nosuid"));
		CU_ASSERT(strstr(options, "noexec") || is_code(place));
		CU_ASSERT(strstr(options, "nodev") ||
			  !strncmp(place, "/dev/", 5));
	}
	fclose(file);
	return n;
}

static void test_nothing_is_executable_but_what_was_granted_so(void)
{
	char path[256];
	struct tree tree;

	tree_prepare(&tree, all_kinds);
	snprintf(path, sizeof(path), "%s/written", tree.directory);
	CU_ASSERT_EQUAL(mkdir(path, 0777), 0);
	CU_ASSERT_EQUAL(chmod(path, 0777), 0);
	tree_spawn(&tree);
	CU_ASSERT_FATAL(tree_await_up(&tree));
	CU_ASSERT(look_at_mounts(&tree, "a") > 8);
	CU_ASSERT(look_at_mounts(&tree, "p") > 4);
	CU_ASSERT(look_at_mounts(&tree, "n") > 4);
	tree_stop(&tree);
}

static void test_the_state_of_a_system_may_be_in_a_folder_of_another(void)
{
	struct tree tree;
	char state[160], *log;

	if (geteuid() != 0)
		HARNESS_SKIP("not root");
	tree_prepare(&tree, few);
	snprintf(state, sizeof(state), "%s/state", tree.directory);
	CU_ASSERT(mkdir(state, 0755) == 0 || errno == EEXIST);
	CU_ASSERT_EQUAL(chown(state, STORY_NOBODY, STORY_NOBODY), 0);
	tree_spawn(&tree);
	CU_ASSERT_TRUE(tree_await_up(&tree));
	log = tree_log_text(&tree);
	CU_ASSERT_PTR_NULL(strstr(log, "no spool for records"));
	free(log);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_supervisors_of_root_keep_what_they_need),
	HARNESS_TEST(test_supervisors_of_a_user_keep_what_they_need),
	HARNESS_TEST(test_who_goes_on_as_another_program_is_confined_once),
	HARNESS_TEST(test_without_seccomp_capabilities_go_all_the_same),
	HARNESS_TEST(test_bundled_actors_hold_no_more_than_one_reference),
	HARNESS_TEST(test_nothing_is_executable_but_what_was_granted_so),
	HARNESS_TEST(test_grants_in_a_private_folder_of_another_are_made),
	HARNESS_TEST(
		test_the_state_of_a_system_may_be_in_a_folder_of_another),
};
HARNESS_MAIN(tests)
