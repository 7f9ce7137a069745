/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pidfd.c - the pid behind a pidfd, as those see it who mounted /proc.
 *
 * A supervisor's own numbers are those of its pid namespace, which nobody else
 * can use.
 */
#include <stdio.h>

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
