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

/* Return: its process group, as /proc shows it; 0: it is dead or gone */
static int group_of_living(int pid)
{
	char path[32], text[512], state = 'Z';
	const char *after;
	int group = 0;
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (file) {
		n = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[n] = '\0';
	after = strrchr(text, ')');	/* its name may be anything */
	if (!after || sscanf(after, ") %c %*d %d", &state, &group) != 2)
		return 0;
	return state == 'Z' || state == 'X' ? 0 : group;
}

bool orphans_in_group(int pidfd)
{
	int leader = pidfd_pid(pidfd), pid;
	bool found = false;
	FILE *children;

	children = leader > 0 ? fopen("/proc/thread-self/children", "re") :
				NULL;
	if (!children)
		return false;
	while (!found && fscanf(children, "%d", &pid) == 1)
		found = group_of_living(pid) == leader;
	fclose(children);
	return found;
}
