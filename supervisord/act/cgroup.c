/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup.c - a cgroup for each process of an actor, below one that is ours.
 *
 * A cgroup with limits for those below it may have no processes itself, so the
 * supervisors move to a leaf. Those of actors are all beside it, whatever the
 * tree: a name has the whole path, and so tells what belongs to a supervisor
 * that is gone. Each process has a new one: what an earlier one has left cannot
 * be taken for its, nor its counters.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "supervisord/act/cgroup.h"
#include "supervisord/act/clone.h"

#define ROOT_VARIABLE "ACTORPROC_CGROUP_ROOT"
#define PREFIX "actor:"
#define LEAF "supervisor"
/* no path of an actor has capitals */
#define TRIAL "/TRIAL"
#define TRIES_MAX 20
/* 10 ms each */
#define LOCK_TRIES 100
#define CPU_PERIOD_US 100000u
#define TEXT_BYTES 65536
/* of a path that is cut: "~" and a number of 16 digits follow */
#define PATH_CUT_BYTES 200

static const char *const controller_names[] = {
	[CGROUP_MEMORY] = "memory",
	[CGROUP_PIDS] = "pids",
	[CGROUP_CPU] = "cpu",
	[CGROUP_IO] = "io",
};

const char *cgroup_controller_name(enum cgroup_controller controller)
{
	return controller_names[controller];
}

/* ---- files of a cgroup -------------------------------------------------- */

static int write_file(int folder_fd, const char *name, const char *text)
{
	int fd, r = 0;

	fd = openat(folder_fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int write_number(int folder_fd, const char *name, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return write_file(folder_fd, name, text);
}

static int read_file(int folder_fd, const char *name, char *text, size_t size)
{
	size_t n_bytes = 0;
	ssize_t n = 1;
	int fd;

	fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (n > 0 && n_bytes < size - 1) {
		n = read(fd, text + n_bytes, size - 1 - n_bytes);
		n_bytes += n > 0 ? (size_t)n : 0;
	}
	text[n_bytes] = '\0';
	close(fd);
	return n < 0 ? -EIO : 0;
}

static int open_folder(int folder_fd, const char *name)
{
	int fd = openat(folder_fd, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* ---- what the kernel writes ----------------------------------------------- */

static bool copy(char *path, size_t size_bytes, const char *from, size_t n)
{
	if (n >= size_bytes)
		return false;
	memcpy(path, from, n);
	path[n] = '\0';
	return true;
}

bool cgroup_own(const char *text, char *path, size_t size_bytes)
{
	const char *line = strncmp(text, "0::/", 4) ? strstr(text, "\n0::/") :
						      text;

	if (!line)
		return false;
	line += *line == '\n' ? 4 : 3;
	return copy(path, size_bytes, line, strcspn(line, "\n"));
}

/* "36 35 0:31 ROOT MOUNTPOINT OPTIONS … - cgroup2 SOURCE …" */
static bool line_mounts(const char *line, char *path, size_t size_bytes)
{
	const char *dash = strstr(line, " - "), *end = strchr(line, '\n');
	char root[PATH_MAX], where[PATH_MAX];

	if (!dash || (end && dash > end) || strncmp(dash + 3, "cgroup2 ", 8))
		return false;
	return sscanf(line, "%*s %*s %*s %4095s %4095s", root, where) == 2 &&
	       !strcmp(root, "/") &&
	       copy(path, size_bytes, where, strlen(where));
}

bool cgroup_mount(const char *text, char *path, size_t size_bytes)
{
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (line_mounts(line, path, size_bytes))
			return true;
	}
	return false;
}

/* "memory 4 26 1": what is in no hierarchy of version 1 has the number 0 */
static bool line_binds(const char *line, enum cgroup_controller controller)
{
	const char *name = controller == CGROUP_IO ? "blkio" :
						     controller_names[controller];
	size_t n = strlen(name);

	return !strncmp(line, name, n) && line[n] == '\t' &&
	       strtoul(line + n, NULL, 10) > 0;
}

unsigned int cgroup_bound(const char *text)
{
	unsigned int bound = 0;
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		for (unsigned int i = 0; i < N_CGROUP_CONTROLLERS; i++)
			if (line_binds(line, i))
				bound |= 1u << i;
	}
	return bound;
}

uint64_t cgroup_count(const char *text, const char *key)
{
	size_t n_bytes = strlen(key);
	const char *line;

	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, n_bytes) && line[n_bytes] == ' ')
			return strtoull(line + n_bytes, NULL, 10);
	}
	return 0;
}

/* ---- names ---------------------------------------------------------------- */

/* FNV-1a */
static uint64_t number_of(const char *path)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * UINT64_C(1099511628211);
	return hash;
}

/* no name of an actor has a colon, so that nothing is mixed up */
static void name_of_path(const char *path, char name[CGROUP_NAME_MAX])
{
	path += *path == '/';
	snprintf(name, CGROUP_NAME_MAX, PREFIX "%.*s", PATH_CUT_BYTES, path);
	if (strlen(path) > PATH_CUT_BYTES)
		snprintf(name + strlen(name), CGROUP_NAME_MAX - strlen(name),
			 "~%016llx", (unsigned long long)number_of(path));
	for (; *name; name++)
		if (*name == '/')
			*name = ':';
}

void cgroup_name(const char *path, uint32_t generation,
		 char name[CGROUP_NAME_MAX])
{
	name_of_path(path, name);
	snprintf(name + strlen(name), CGROUP_NAME_MAX - strlen(name), ":%u",
		 generation);
}

/* ---- the end of one --------------------------------------------------------- */

static int remove_one(const struct cgroup_base *base, const char *name)
{
	return unlinkat(base->fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int kill_all(int fd)
{
	return write_file(fd, "cgroup.kill", "1");
}

/* who is only a zombie is in the way of nobody */
static bool sweep_one(const struct cgroup_base *base, const char *name)
{
	int fd, r = remove_one(base, name);

	if (r == 0 || r == -ENOENT)
		return true;
	fd = open_folder(base->fd, name);
	if (fd >= 0) {
		kill_all(fd);
		close(fd);
	}
	return remove_one(base, name) == 0;
}

int cgroup_end(const struct cgroup_base *base, struct cgroup *cgroup)
{
	if (cgroup->fd < 0 || !cgroup->name)
		return 0;
	close(cgroup->fd);
	cgroup->fd = -1;
	if (!sweep_one(base, cgroup->name))
		return -EBUSY;
	free(cgroup->name);
	cgroup->name = NULL;
	return 0;
}

int cgroup_end_again(const struct cgroup_base *base, const char *name)
{
	return sweep_one(base, name) ? 0 : -EBUSY;
}

/* ---- one of them ---------------------------------------------------------- */

/* "254:0" of the disk, also when a part of it is named */
static int disk_of(const char *device, char *number, size_t size_bytes)
{
	char path[64];
	struct stat st;
	int r;

	if (stat(device, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition",
		 major(st.st_rdev), minor(st.st_rdev));
	if (access(path, F_OK) < 0) {
		snprintf(number, size_bytes, "%u:%u", major(st.st_rdev),
			 minor(st.st_rdev));
		return 0;
	}
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev",
		 major(st.st_rdev), minor(st.st_rdev));
	r = read_file(AT_FDCWD, path, number, size_bytes);
	if (r == 0)
		number[strcspn(number, "\n")] = '\0';
	return r;
}

static int limit_disk(int fd, const struct spec_io *io)
{
	char disk[32], text[128];
	int r = disk_of(io->device, disk, sizeof(disk));

	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%s rbps=%llu wbps=%llu", disk,
		 (unsigned long long)io->bytes, (unsigned long long)io->bytes);
	return write_file(fd, "io.max", text);
}

/* The kernel reckons up at each switch to and from a process for how long somebody
 * has waited, which nobody reads of an actor whose limits it does not tell about.
 * Without the file there is nothing to reckon. */
static void leave_unreckoned(int fd, const struct cgroup_limits *limits)
{
	if (!limits->memory_bytes && !limits->cpu_percent && !limits->n_io)
		write_file(fd, "cgroup.pressure", "0");
}

int cgroup_limit(int fd, const struct cgroup_base *base,
		 const struct cgroup_limits *limits)
{
	char text[64];
	int r = 0;

	leave_unreckoned(fd, limits);
	if (limits->memory_bytes && cgroup_has(base, CGROUP_MEMORY)) {
		r = write_number(fd, "memory.max", limits->memory_bytes);
		/* else it would go on in swap; there may be none */
		write_file(fd, "memory.swap.max", "0");
	}
	/* also of what has no limit: half an actor is none */
	if (r == 0 && cgroup_has(base, CGROUP_MEMORY))
		r = write_file(fd, "memory.oom.group", "1");
	if (r == 0 && limits->pids && cgroup_has(base, CGROUP_PIDS))
		r = write_number(fd, "pids.max", limits->pids);
	if (r == 0 && limits->cpu_percent && cgroup_has(base, CGROUP_CPU)) {
		snprintf(text, sizeof(text), "%llu %u",
			 (unsigned long long)limits->cpu_percent *
				 CPU_PERIOD_US / 100, CPU_PERIOD_US);
		r = write_file(fd, "cpu.max", text);
	}
	for (size_t i = 0; r == 0 && i < limits->n_io &&
			   cgroup_has(base, CGROUP_IO); i++)
		r = limit_disk(fd, &limits->io[i]);
	return r;
}

/* One that is there already is somebody's to remove, by its name: that cannot be
 * ours too. */
static int make(const struct cgroup_base *base, const char *path,
		uint32_t generation, char name[CGROUP_NAME_MAX])
{
	size_t n;

	cgroup_name(path, generation, name);
	n = strlen(name);
	for (unsigned int again = 1; again <= TRIES_MAX; again++) {
		if (mkdirat(base->fd, name, 0755) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
		snprintf(name + n, CGROUP_NAME_MAX - n, ".%u", again);
	}
	return -EEXIST;
}

int cgroup_new(const struct cgroup_base *base, const char *path,
	       uint32_t generation, const struct cgroup_limits *limits,
	       struct cgroup *ret)
{
	char name[CGROUP_NAME_MAX];
	struct cgroup cgroup;
	int r;

	r = make(base, path, generation, name);
	if (r < 0)
		return r;
	cgroup.name = strdup(name);
	cgroup.fd = open_folder(base->fd, name);
	r = cgroup.fd < 0 ? cgroup.fd :
				   cgroup_limit(cgroup.fd, base, limits);
	if (!cgroup.name)
		r = -ENOMEM;
	if (r < 0) {
		if (cgroup.fd >= 0)
			close(cgroup.fd);
		remove_one(base, name);
		free(cgroup.name);
		return r;
	}
	*ret = cgroup;
	return 0;
}

int cgroup_freeze(int fd, bool frozen)
{
	return write_file(fd, "cgroup.freeze", frozen ? "1" : "0");
}

static uint64_t read_count(int fd, const char *name, const char *key)
{
	char text[1024];

	return read_file(fd, name, text, sizeof(text)) < 0 ?
	       0 : cgroup_count(text, key);
}

uint64_t cgroup_oom_kills(int fd)
{
	return read_count(fd, "memory.events", "oom_kill");
}

uint64_t cgroup_pids_refused(int fd)
{
	return read_count(fd, CGROUP_PIDS_EVENTS, "max");
}

/* ---- those of somebody who is gone ---------------------------------------- */

static bool is_at_or_below(const char *name, const char *wanted)
{
	size_t n = strlen(wanted);

	return !strncmp(name, wanted, n) &&
	       (name[n] == ':' || wanted[n - 1] == ':');
}

unsigned int cgroup_sweep(const struct cgroup_base *base, const char *path)
{
	char wanted[CGROUP_NAME_MAX];
	struct dirent *entry;
	unsigned int n = 0;
	DIR *folder;
	int fd;

	name_of_path(path, wanted);
	fd = base->fd < 0 ? -1 : open_folder(base->fd, ".");
	folder = fd < 0 ? NULL : fdopendir(fd);
	if (!folder) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((entry = readdir(folder)))
		if (is_at_or_below(entry->d_name, wanted))
			n += !sweep_one(base, entry->d_name);
	closedir(folder);
	return n;
}

/* ---- which is ours -------------------------------------------------------- */

static char *read_proc(const char *name)
{
	char *text = malloc(TEXT_BYTES);

	if (text && read_file(AT_FDCWD, name, text, TEXT_BYTES) < 0)
		*text = '\0';
	return text;
}

/* where this process is; "": nowhere that can be seen */
static void find_own(char where[PATH_MAX])
{
	char *mounts = read_proc("/proc/self/mountinfo");
	char *cgroups = read_proc("/proc/self/cgroup");
	char mount[PATH_MAX], own[PATH_MAX];

	*where = '\0';
	if (mounts && cgroups &&
	    cgroup_mount(mounts, mount, sizeof(mount)) &&
	    cgroup_own(cgroups, own, sizeof(own)) &&
	    snprintf(where, PATH_MAX, "%s%s", mount, own) >= PATH_MAX)
		*where = '\0';
	free(mounts);
	free(cgroups);
}

/* systemd marks what it has handed over; the second is for its users */
static bool is_delegated(const char *path)
{
	static const char *const marks[] = { "trusted.delegate",
					     "user.delegate" };
	char value;

	for (size_t i = 0; i < 2; i++)
		if (getxattr(path, marks[i], &value, 1) == 1 && value == '1')
			return true;
	return false;
}

/* after a re-execution we are in the leaf already */
static void leave_leaf(char path[PATH_MAX])
{
	size_t n = strlen(path), n_leaf = strlen("/" LEAF);

	if (n > n_leaf && !strcmp(path + n - n_leaf, "/" LEAF))
		path[n - n_leaf] = '\0';
}

/* who names one relies on its limits: nothing else is used instead */
static int open_root(const char *root, const char **ret_what)
{
	struct statfs fs;
	int fd;

	*ret_what = ROOT_VARIABLE " must be an absolute path";
	if (root[0] != '/')
		return -EINVAL;
	*ret_what = ROOT_VARIABLE " cannot be opened as a folder";
	fd = open_folder(AT_FDCWD, root);
	if (fd < 0)
		return fd;
	if (fstatfs(fd, &fs) < 0)
		fs.f_type = 0;
	if (fs.f_type == CGROUP2_SUPER_MAGIC)
		return fd;
	*ret_what = fs.f_type == CGROUP_SUPER_MAGIC ?
		ROOT_VARIABLE " is a cgroup of version 1, and must be of version 2" :
		ROOT_VARIABLE " is no folder of a cgroup of version 2";
	close(fd);
	return -EINVAL;
}

/* Return: the folder of what is ours; negative errno: there is none, and why not
 * @ret_inside: we are in it */
static int find_base(bool *ret_inside, const char **ret_what)
{
	const char *root = getenv(ROOT_VARIABLE);
	char own[PATH_MAX];
	struct stat a, b;
	int fd;

	find_own(own);
	leave_leaf(own);
	if (root)
		fd = open_root(root, ret_what);
	else
		fd = *own && is_delegated(own) ? open_folder(AT_FDCWD, own) :
						 -ENOENT;
	if (fd < 0)
		return fd;
	*ret_inside = *own && stat(own, &a) == 0 && fstat(fd, &b) == 0 &&
		      a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	return fd;
}

static int enter_leaf(int base_fd)
{
	int fd, r;

	if (mkdirat(base_fd, LEAF, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open_folder(base_fd, LEAF);
	if (fd < 0)
		return fd;
	r = write_file(fd, "cgroup.procs", "0");
	close(fd);
	return r;
}

static bool word_is_in(const char *text, const char *word)
{
	size_t n = strlen(word);
	const char *at = text;

	while ((at = strstr(at, word))) {
		if ((at == text || at[-1] == ' ') &&
		    (at[n] == ' ' || at[n] == '\n' || !at[n]))
			return true;
		at += n;
	}
	return false;
}

static unsigned int read_controllers(int folder_fd, const char *name)
{
	unsigned int found = 0;
	char text[1024];

	if (read_file(folder_fd, name, text, sizeof(text)) < 0)
		return 0;
	for (size_t i = 0; i < N_CGROUP_CONTROLLERS; i++)
		if (word_is_in(text, controller_names[i]))
			found |= 1u << i;
	return found;
}

/* one at a time: what one host lacks is no reason to go without the rest */
static unsigned int share_controllers(int base_fd)
{
	static const char list[] = "cgroup.subtree_control";
	char text[64];

	for (size_t i = 0; i < N_CGROUP_CONTROLLERS; i++) {
		snprintf(text, sizeof(text), "+%s", controller_names[i]);
		write_file(base_fd, list, text);
	}
	return read_controllers(base_fd, list);
}

unsigned int cgroup_host_controllers(void)
{
	char *mounts = read_proc("/proc/self/mountinfo");
	unsigned int there = 0;
	char mount[PATH_MAX];
	int fd = -1;

	if (mounts && cgroup_mount(mounts, mount, sizeof(mount)))
		fd = open_folder(AT_FDCWD, mount);
	free(mounts);
	if (fd >= 0) {
		there = read_controllers(fd, "cgroup.controllers");
		close(fd);
	}
	return there;
}

unsigned int cgroup_host_bound(void)
{
	char *text = read_proc("/proc/cgroups");
	unsigned int bound = cgroup_bound(text);

	free(text);
	return bound;
}

static int succeed(void *data)
{
	(void)data;
	_exit(0);
}

/* can a process be born in one, and would a kill reach it? */
static int try_it(const struct cgroup_base *base)
{
	const struct cgroup_limits none = { 0 };
	struct cgroup cgroup;
	siginfo_t info;
	int pidfd, r;
	pid_t pid;

	r = cgroup_new(base, TRIAL, 0, &none, &cgroup);
	if (r < 0)
		return r;
	r = clone_borrowed(0, cgroup.fd, succeed, NULL, &pid, &pidfd);
	if (r == 0) {
		waitid(P_PID, (id_t)pid, &info, WEXITED);
		close(pidfd);
		r = kill_all(cgroup.fd);
	}
	cgroup_end(base, &cgroup);
	return r;
}

/* Another system may have been started in the same: what is there is its. Of one
 * whose root was killed just now the rest is about to end. */
static bool lock(int fd)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static int take(struct cgroup_base *base, bool inside, const char **ret_what)
{
	int r;

	*ret_what = ROOT_VARIABLE " is in use by a system that runs: this one already, or another";
	if (!lock(base->fd))
		return -EBUSY;
	cgroup_sweep(base, "");
	*ret_what = ROOT_VARIABLE ": no cgroup can be used below it";
	r = inside ? enter_leaf(base->fd) : 0;
	return r < 0 ? r : try_it(base);
}

/* that of the kernel is no fault of who has named the folder */
static bool is_fault_of_folder(int r)
{
	return r == -EBUSY || r == -EACCES || r == -EROFS;
}

int cgroup_base_open(struct cgroup_base *base, const char **ret_what)
{
	bool inside = false, named = getenv(ROOT_VARIABLE);
	int r;

	*base = (struct cgroup_base){ .fd = find_base(&inside, ret_what) };
	if (base->fd < 0) {
		r = base->fd;
		base->fd = -1;
		return named ? r : 0;
	}
	r = take(base, inside, ret_what);
	if (r < 0) {
		cgroup_base_close(base);
		return named && is_fault_of_folder(r) ? r : 0;
	}
	base->controllers = share_controllers(base->fd);
	return 0;
}

void cgroup_base_close(struct cgroup_base *base)
{
	if (base->fd >= 0)
		close(base->fd);
	*base = (struct cgroup_base){ .fd = -1 };
}
