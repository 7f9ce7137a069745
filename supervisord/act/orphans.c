/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * orphans.c - processes that came to us when their parent ended.
 *
 * The next best where there is no cgroup to kill. It finds our children in
 * /proc, whose pids are those of whoever mounted it, not ours; so a process is
 * held by its folder, which pidfd_send_signal() takes for a pidfd. A child
 * cannot be mixed up with a later process: only we reap it, and not here.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/act/orphans.h"
#include "supervisord/act/pidfd.h"

/** struct kin - a known child as /proc shows it; 0: it cannot be seen */
struct kin {
	int pid;
	ino_t origin;
	bool may_fork;
};

static int open_process(int pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static ino_t origin_of(int process_fd)
{
	struct stat st;

	return fstatat(process_fd, "ns/ipc", &st, 0) < 0 ? 0 : st.st_ino;
}

static struct kin *kin_new(const struct orphans_known *known, size_t n)
{
	struct kin *kin = calloc(n + 1, sizeof(*kin));
	int fd;

	for (size_t i = 0; kin && i < n; i++) {
		kin[i].pid = pidfd_pid(known[i].pidfd);
		kin[i].may_fork = known[i].may_fork;
		if (!known[i].may_fork || kin[i].pid == 0)
			continue;
		fd = open_process(kin[i].pid);
		if (fd < 0)
			continue;
		kin[i].origin = origin_of(fd);
		close(fd);
	}
	return kin;
}

static bool is_known(const struct kin *kin, size_t n, int pid)
{
	for (size_t i = 0; i < n; i++)
		if (kin[i].pid == pid)
			return true;
	return false;
}

/* in doubt it belongs to whoever may have such */
static bool has_family(const struct kin *kin, size_t n, ino_t origin)
{
	for (size_t i = 0; i < n; i++)
		if (kin[i].may_fork &&
		    (origin == kin[i].origin || !origin || !kin[i].origin))
			return true;
	return false;
}

static bool kill_orphan(const struct kin *kin, size_t n, int pid)
{
	bool killed;
	int fd = open_process(pid);

	if (fd < 0)
		return false;
	killed = !has_family(kin, n, origin_of(fd)) &&
		 syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0;
	close(fd);
	return killed;
}

int orphans_kill(const struct orphans_known *known, size_t n_known)
{
	int n = 0, pid;
	struct kin *kin;
	FILE *children;

	children = fopen("/proc/thread-self/children", "re");
	if (!children)
		return -errno;
	kin = kin_new(known, n_known);
	while (kin && fscanf(children, "%d", &pid) == 1)
		if (!is_known(kin, n_known, pid))
			n += kill_orphan(kin, n_known, pid);
	n = kin ? n : -ENOMEM;
	free(kin);
	fclose(children);
	return n;
}
