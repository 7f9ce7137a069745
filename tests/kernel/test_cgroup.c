/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_cgroup.c - a cgroup of its own for each process, below one that is ours.
 *
 * Of the kernel's text first; then in a cgroup of version 2 that is made for
 * this, where the host lets us. What controllers do is told in tests/vm.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/act/cgroup.h"
#include "supervisord/act/clone.h"
#include "tests/harness/harness.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* ---- text ----------------------------------------------------------------- */

static void test_the_own_cgroup_is_that_of_version_2(void)
{
	static const struct {
		const char *text;
		const char *path;
	} rows[] = {
		{ "0::/\n", "/" },
		{ "0::/system.slice/a.service\n", "/system.slice/a.service" },
		{ "9:name=systemd:/x\n4:memory:/y\n0::/z\n", "/z" },
		{ "9:name=systemd:/x\n10::/y\n", NULL },
		{ "", NULL },
	};
	char path[64];

	for (size_t i = 0; i < N(rows); i++) {
		bool found = cgroup_own(rows[i].text, path, sizeof(path));

		CU_ASSERT_EQUAL(found, rows[i].path != NULL);
		if (found)
			CU_ASSERT_STRING_EQUAL(path, rows[i].path);
	}
	CU_ASSERT_FALSE(cgroup_own("0::/long\n", path, 4));
}

static void test_the_mount_is_one_of_the_whole_of_version_2(void)
{
	static const char v1[] =
		"31 24 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";
	static const char part[] =
		"32 24 0:28 /box /mnt rw - cgroup2 cgroup2 rw\n";
	static const char whole[] =
		"33 24 0:28 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";
	char text[512], path[64];

	CU_ASSERT_FALSE(cgroup_mount(v1, path, sizeof(path)));
	CU_ASSERT_FALSE(cgroup_mount(part, path, sizeof(path)));
	snprintf(text, sizeof(text), "%s%s%s", v1, part, whole);
	CU_ASSERT_FATAL(cgroup_mount(text, path, sizeof(path)));
	CU_ASSERT_STRING_EQUAL(path, "/sys/fs/cgroup/unified");
}

static void test_a_count_is_found_by_its_whole_name(void)
{
	static const char text[] = "low 1\noom 3\noom_kill 2\n";

	CU_ASSERT_EQUAL(cgroup_count(text, "oom_kill"), 2);
	CU_ASSERT_EQUAL(cgroup_count(text, "oom"), 3);
	CU_ASSERT_EQUAL(cgroup_count(text, "oom_group_kill"), 0);
	CU_ASSERT_EQUAL(cgroup_count("", "oom"), 0);
}

static void test_names_have_the_path_and_fit_into_a_folder(void)
{
	char name[CGROUP_NAME_MAX], other[CGROUP_NAME_MAX];
	char path[600] = "/vpn", *end = path + 4;

	cgroup_name("/vpn/api", 2, name);
	CU_ASSERT_STRING_EQUAL(name, "actor:vpn:api:2");
	while (strlen(path) < 500)
		end += sprintf(end, "/%s", "abcdefghijklmnopqrstuvwxyz");
	cgroup_name(path, 4000000000u, name);
	CU_ASSERT(strlen(name) < 255);
	end[-1] = 'x';
	cgroup_name(path, 4000000000u, other);
	CU_ASSERT_STRING_NOT_EQUAL(name, other);
}

/* ---- a cgroup -------------------------------------------------------------- */

static char folder[256];


/* below the whole hierarchy: we are not in it, so nobody has to move */
static struct cgroup_base setup(void)
{
	static const char *const mounts[] = { "/sys/fs/cgroup",
					      "/sys/fs/cgroup/unified" };
	struct cgroup_base base;
	const char *what;
	char file[300];

	*folder = '\0';
	for (size_t i = 0; i < N(mounts); i++) {
		snprintf(file, sizeof(file), "%s/cgroup.procs", mounts[i]);
		if (access(file, W_OK) == 0)
			snprintf(folder, sizeof(folder), "%s/actorproc-test-%d",
				 mounts[i], getpid());
	}
	if (!*folder || mkdir(folder, 0755) < 0)
		HARNESS_SKIP("there is no cgroup of version 2 that we may change");
	setenv("ACTORPROC_CGROUP_ROOT", folder, 1);
	CU_ASSERT_EQUAL(cgroup_base_open(&base, &what), 0);
	CU_ASSERT_FATAL(base.fd >= 0);
	return base;
}

static void teardown(struct cgroup_base *base)
{
	while (cgroup_sweep(base, "") > 0)
		usleep(1000);
	cgroup_base_close(base);
	CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static bool is_there(const struct cgroup_base *base, const char *name)
{
	return faccessat(base->fd, name, F_OK, 0) == 0;
}

static int sleep_on(void *data)
{
	(void)data;
	execl("/bin/sleep", "sleep", "1000", NULL);
	_exit(127);
}

/* a child that has a child of its own, in the same cgroup */
static int sleep_with_child(void *data)
{
	(void)data;
	execl("/bin/sh", "sh", "-c", "sleep 1000 & exec sleep 1000", NULL);
	_exit(127);
}

static pid_t born_in(const struct cgroup *cgroup, int (*work)(void *data))
{
	int pidfd;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(clone_borrowed(0, cgroup->fd, work, NULL, &pid,
					     &pidfd), 0);
	close(pidfd);
	return pid;
}

/* who was in it may be in there a little longer than others see */
static void end_in_time(struct cgroup_base *base, struct cgroup *cgroup)
{
	char name[CGROUP_NAME_MAX];

	snprintf(name, sizeof(name), "%s", cgroup->name);
	if (cgroup_end(base, cgroup) == -EBUSY)
		free(cgroup->name);
	CU_ASSERT_EQUAL(cgroup->fd, -1);
	while (cgroup_end_again(base, name) == -EBUSY)
		usleep(1000);
	CU_ASSERT_FALSE(is_there(base, name));
}

static size_t count_lines(int fd, const char *name)
{
	char text[4096];
	size_t n = 0;
	ssize_t size;
	int file;

	file = openat(fd, name, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_FATAL(file >= 0);
	size = read(file, text, sizeof(text));
	close(file);
	for (ssize_t i = 0; i < size; i++)
		n += text[i] == '\n';
	return n;
}

static const struct cgroup_limits none;

static void test_a_process_is_born_in_its_cgroup(void)
{
	struct cgroup_base base = setup();
	struct cgroup cgroup;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(cgroup_new(&base, "/a/b", 0, &none, &cgroup), 0);
	CU_ASSERT_STRING_EQUAL(cgroup.name, "actor:a:b:0");
	pid = born_in(&cgroup, sleep_on);
	CU_ASSERT_EQUAL(count_lines(cgroup.fd, "cgroup.procs"), 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	end_in_time(&base, &cgroup);
	teardown(&base);
}

/* a folder with the files that a kernel with these controllers has */
static int fake_cgroup(char *directory)
{
	static const char *const files[] = { "memory.max", "memory.swap.max",
					     "memory.oom.group", "pids.max",
					     "cpu.max", "io.max",
					     "cgroup.pressure" };
	int fd;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_FATAL(fd >= 0);
	for (size_t i = 0; i < N(files); i++)
		close(openat(fd, files[i], O_CREAT | O_CLOEXEC, 0600));
	return fd;
}

static bool says(int fd, const char *name, const char *wanted)
{
	char text[128] = "";
	int file = openat(fd, name, O_RDONLY | O_CLOEXEC);

	if (read(file, text, sizeof(text) - 1) < 0)
		*text = '\0';
	close(file);
	if (strcmp(text, wanted))
		harness_note("%s: %s, not %s", name, text, wanted);
	return !strcmp(text, wanted);
}

static bool find_disk(char device[64], char wanted[128])
{
	struct dirent *entry;
	DIR *disks = opendir("/sys/block");
	char path[320], number[32] = "";
	bool found = false;
	FILE *file;

	while (disks && !found && (entry = readdir(disks))) {
		snprintf(device, 64, "/dev/%.50s", entry->d_name);
		snprintf(path, sizeof(path), "/sys/block/%s/dev",
			 entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(path, "re");
		found = file && access(device, F_OK) == 0 &&
			fgets(number, sizeof(number), file);
		if (file)
			fclose(file);
	}
	if (disks)
		closedir(disks);
	number[strcspn(number, "\n")] = '\0';
	snprintf(wanted, 128, "%s rbps=1048576 wbps=1048576", number);
	return found;
}

static void test_each_limit_is_written_where_its_controller_is(void)
{
	char directory[] = "/tmp/actorproc-limits-XXXXXX";
	char device[64], wanted[128];
	struct spec_io io = { device, 1 << 20 };
	struct cgroup_limits limits = {
		.memory_bytes = 1 << 26, .pids = 9, .cpu_percent = 150,
		.io = &io, .n_io = 1,
	};
	struct cgroup_base base = { .controllers = 1 << CGROUP_PIDS };
	int fd = fake_cgroup(directory);

	CU_ASSERT_EQUAL(cgroup_limit(fd, &base, &limits), 0);
	CU_ASSERT(says(fd, "pids.max", "9"));
	CU_ASSERT(says(fd, "memory.max", "") && says(fd, "io.max", ""));
	base.controllers = (1 << N_CGROUP_CONTROLLERS) - 1;
	if (find_disk(device, wanted)) {
		CU_ASSERT_EQUAL(cgroup_limit(fd, &base, &limits), 0);
		CU_ASSERT(says(fd, "io.max", wanted));
	}
	strcpy(device, "/dev/null");
	CU_ASSERT_EQUAL(cgroup_limit(fd, &base, &limits), -ENOTBLK);
	CU_ASSERT(says(fd, "memory.max", "67108864"));
	CU_ASSERT(says(fd, "cpu.max", "150000 100000"));
	close(fd);
	harness_remove(directory);
}

static void test_pressure_is_reckoned_where_a_limit_may_make_it(void)
{
	static const struct {
		struct cgroup_limits limits;
		const char *said;
	} rows[] = {
		{ { .pids = 1 }, "0" },
		{ { .memory_bytes = 1 << 26 }, "" },
		{ { .cpu_percent = 50 }, "" },
	};
	const struct cgroup_base base = { .controllers = 0 };
	char directory[32];
	int fd;

	for (size_t i = 0; i < N(rows); i++) {
		strcpy(directory, "/tmp/actorproc-limits-XXXXXX");
		fd = fake_cgroup(directory);
		CU_ASSERT_EQUAL(cgroup_limit(fd, &base, &rows[i].limits), 0);
		CU_ASSERT(says(fd, "cgroup.pressure", rows[i].said));
		/* nor is it a fault when it is not there */
		CU_ASSERT_EQUAL(unlinkat(fd, "cgroup.pressure", 0), 0);
		CU_ASSERT_EQUAL(cgroup_limit(fd, &base, &rows[i].limits), 0);
		close(fd);
		harness_remove(directory);
	}
}

static void test_the_end_of_one_kills_all_that_are_in_it(void)
{
	struct cgroup_base base = setup();
	struct cgroup cgroup;
	int status;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(cgroup_new(&base, "/a", 0, &none, &cgroup), 0);
	CU_ASSERT_STRING_EQUAL(cgroup.name, "actor:a:0");
	pid = born_in(&cgroup, sleep_with_child);
	while (count_lines(cgroup.fd, "cgroup.procs") < 2)
		usleep(1000);
	end_in_time(&base, &cgroup);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	teardown(&base);
}

static bool is_frozen(int cgroup_fd)
{
	int fd = openat(cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	char text[128] = "";

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return cgroup_count(text, "frozen") == 1;
}

static void freeze(const struct cgroup *cgroup, bool frozen)
{
	CU_ASSERT_EQUAL(cgroup_freeze(cgroup->fd, frozen), 0);
	while (is_frozen(cgroup->fd) != frozen)
		usleep(1000);
}

static void test_who_is_frozen_goes_on_when_thawed_and_can_be_killed(void)
{
	struct cgroup_base base = setup();
	struct cgroup cgroup;
	int status;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(cgroup_new(&base, "/a", 0, &none, &cgroup), 0);
	pid = born_in(&cgroup, sleep_with_child);
	freeze(&cgroup, true);
	freeze(&cgroup, false);
	while (count_lines(cgroup.fd, "cgroup.procs") < 2)
		usleep(1000);
	freeze(&cgroup, true);
	end_in_time(&base, &cgroup);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	teardown(&base);
}

static void test_while_somebody_is_in_the_last_one_the_next_has_another_name(void)
{
	struct cgroup_base base = setup();
	struct cgroup first, second;
	char file[] = "cgroup.freeze";
	int fd;

	CU_ASSERT_EQUAL_FATAL(cgroup_new(&base, "/a", 3, &none, &first), 0);
	/* one below stands for a process that does not end */
	CU_ASSERT_EQUAL_FATAL(mkdirat(first.fd, "stays", 0755), 0);
	CU_ASSERT_EQUAL_FATAL(cgroup_new(&base, "/a", 3, &none, &second), 0);
	CU_ASSERT_STRING_EQUAL(second.name, "actor:a:3.1");
	fd = openat(second.fd, file, O_RDONLY | O_CLOEXEC);
	CU_ASSERT(fd >= 0);
	close(fd);
	unlinkat(first.fd, "stays", AT_REMOVEDIR);
	CU_ASSERT_EQUAL(cgroup_end(&base, &first), 0);
	CU_ASSERT_EQUAL(cgroup_end(&base, &second), 0);
	teardown(&base);
}

static void test_a_sweep_takes_what_is_below_a_path_and_nothing_else(void)
{
	static const char *const paths[] = { "/a", "/a/b", "/a/b/c", "/ab",
					     "/a/bc" };
	struct cgroup_base base = setup();
	struct cgroup cgroups[N(paths)];
	int status;
	pid_t pid;

	for (size_t i = 0; i < N(paths); i++)
		CU_ASSERT_EQUAL_FATAL(cgroup_new(&base, paths[i], 0, &none,
						 &cgroups[i]), 0);
	pid = born_in(&cgroups[2], sleep_on);
	while (cgroup_sweep(&base, "/a/b") > 0)
		usleep(1000);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(is_there(&base, "actor:a:0"));
	CU_ASSERT_FALSE(is_there(&base, "actor:a:b:0"));
	CU_ASSERT_FALSE(is_there(&base, "actor:a:b:c:0"));
	CU_ASSERT_TRUE(is_there(&base, "actor:ab:0"));
	CU_ASSERT_TRUE(is_there(&base, "actor:a:bc:0"));
	for (size_t i = 0; i < N(paths); i++)
		CU_ASSERT_EQUAL(cgroup_end(&base, &cgroups[i]), 0);
	teardown(&base);
}

static void test_what_was_left_is_gone_when_the_next_system_begins(void)
{
	struct cgroup_base base = setup();
	struct cgroup cgroup;
	const char *what;

	CU_ASSERT_EQUAL_FATAL(cgroup_new(&base, "/a", 7, &none, &cgroup), 0);
	close(cgroup.fd);
	cgroup_base_close(&base);
	CU_ASSERT_EQUAL(cgroup_base_open(&base, &what), 0);
	CU_ASSERT_FATAL(base.fd >= 0);
	CU_ASSERT_FALSE(is_there(&base, cgroup.name));
	free(cgroup.name);
	teardown(&base);
}

static void test_what_one_system_has_no_other_takes(void)
{
	struct cgroup_base base = setup(), other;
	struct cgroup cgroup;
	const char *what;

	CU_ASSERT_EQUAL_FATAL(cgroup_new(&base, "/a", 0, &none, &cgroup), 0);
	CU_ASSERT_EQUAL(cgroup_base_open(&other, &what), -EBUSY);
	CU_ASSERT_PTR_NOT_NULL(strstr(what, "in use"));
	CU_ASSERT_EQUAL(other.fd, -1);
	CU_ASSERT_EQUAL(other.controllers, 0);
	CU_ASSERT(is_there(&base, cgroup.name));
	CU_ASSERT_EQUAL(cgroup_end(&base, &cgroup), 0);
	teardown(&base);
}

/* what is wrong, in words with the name of the variable */
static void check_refusal(const char *root, int error, const char *why)
{
	struct cgroup_base base;
	const char *what = "";

	setenv("ACTORPROC_CGROUP_ROOT", root, 1);
	CU_ASSERT_EQUAL(cgroup_base_open(&base, &what), error);
	CU_ASSERT_EQUAL(base.fd, -1);
	CU_ASSERT_EQUAL(base.controllers, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(what, "ACTORPROC_CGROUP_ROOT"));
	CU_ASSERT_PTR_NOT_NULL(strstr(what, why));
}

static void test_a_folder_that_is_no_cgroup_is_refused(void)
{
	char plain[] = "/tmp/actorproc-cgroup-XXXXXX";

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(plain));
	check_refusal(plain, -EINVAL, "no folder of a cgroup");
	CU_ASSERT_EQUAL(rmdir(plain), 0);
	check_refusal(plain, -ENOENT, "cannot be opened");
	check_refusal("/etc/passwd", -ENOTDIR, "cannot be opened");
	check_refusal("relative", -EINVAL, "absolute");
	check_refusal("", -EINVAL, "absolute");
}

static void test_what_version_1_has_is_known(void)
{
	static const char header[] =
		"#subsys_name\thierarchy\tnum_cgroups\tenabled\n";
	static const struct {
		const char *text;
		unsigned int bound;
	} rows[] = {
		{ "cpu\t0\t1\t1\nmemory\t0\t1\t1\n", 0 },
		{ "cpu\t0\t1\t1\nmemory\t4\t26\t1\n", 1 << CGROUP_MEMORY },
		{ "cpuset\t3\t1\t1\ncpu\t0\t1\t1\ncpuacct\t2\t1\t1\n", 0 },
		{ "cpu\t1\t1\t1\nblkio\t7\t1\t1\npids\t12\t1\t1\n",
		  1 << CGROUP_CPU | 1 << CGROUP_IO | 1 << CGROUP_PIDS },
		{ "", 0 },
	};
	char text[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", header, rows[i].text);
		CU_ASSERT_EQUAL(cgroup_bound(text), rows[i].bound);
	}
	CU_ASSERT_EQUAL(cgroup_bound(NULL), 0);
}

static void test_one_of_version_1_is_refused(void)
{
	struct statfs fs;

	if (statfs("/sys/fs/cgroup/memory", &fs) < 0 ||
	    fs.f_type != CGROUP_SUPER_MAGIC)
		HARNESS_SKIP("there is no cgroup of version 1");
	check_refusal("/sys/fs/cgroup/memory", -EINVAL, "version 1");
}

static void test_nothing_is_used_that_was_not_handed_over(void)
{
	struct cgroup_base base;
	const char *what;

	unsetenv("ACTORPROC_CGROUP_ROOT");
	CU_ASSERT_EQUAL(cgroup_base_open(&base, &what), 0);
	CU_ASSERT_EQUAL(base.fd, -1);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_own_cgroup_is_that_of_version_2),
	HARNESS_TEST(test_the_mount_is_one_of_the_whole_of_version_2),
	HARNESS_TEST(test_a_count_is_found_by_its_whole_name),
	HARNESS_TEST(test_names_have_the_path_and_fit_into_a_folder),
	HARNESS_TEST(test_a_process_is_born_in_its_cgroup),
	HARNESS_TEST(test_each_limit_is_written_where_its_controller_is),
	HARNESS_TEST(test_pressure_is_reckoned_where_a_limit_may_make_it),
	HARNESS_TEST(test_the_end_of_one_kills_all_that_are_in_it),
	HARNESS_TEST(test_who_is_frozen_goes_on_when_thawed_and_can_be_killed),
	HARNESS_TEST(test_while_somebody_is_in_the_last_one_the_next_has_another_name),
	HARNESS_TEST(test_a_sweep_takes_what_is_below_a_path_and_nothing_else),
	HARNESS_TEST(test_what_was_left_is_gone_when_the_next_system_begins),
	HARNESS_TEST(test_what_one_system_has_no_other_takes),
	HARNESS_TEST(test_a_folder_that_is_no_cgroup_is_refused),
	HARNESS_TEST(test_one_of_version_1_is_refused),
	HARNESS_TEST(test_what_version_1_has_is_known),
	HARNESS_TEST(test_nothing_is_used_that_was_not_handed_over),
};

HARNESS_MAIN(tests)
