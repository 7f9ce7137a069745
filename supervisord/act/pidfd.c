/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pidfd.c - a process by its pidfd: its number, as those see it who mounted /proc,
 * and its end.
 *
 * A supervisor's own numbers are those of its pid namespace, which nobody else
 * can use.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

#include "supervisord/act/pidfd.h"

pid_t pidfd_pid(int pidfd)
{
	char path[64], line[128];
	int pid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	fclose(file);
	return pid > 0 ? pid : 0;
}

static bool has_ended(int pidfd, int options, siginfo_t *ret)
{
	*ret = (siginfo_t){ .si_pid = 0 };
	if (waitid(P_PIDFD, (id_t)pidfd, ret, WEXITED | WNOHANG | options) == 0)
		return ret->si_pid != 0;
	if (errno != ECHILD)
		return false;
	*ret = (siginfo_t){ .si_code = CLD_KILLED };
	ret->si_status = SIGKILL;
	return true;
}

bool pidfd_look(int pidfd, siginfo_t *ret)
{
	return has_ended(pidfd, WNOWAIT, ret);
}

bool pidfd_reap(int pidfd, siginfo_t *ret)
{
	return has_ended(pidfd, 0, ret);
}
