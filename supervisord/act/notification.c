/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notification.c - a system call that waits, as a filter's listener is told of it.
 */
#include "supervisord/act/notification.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

int notification_read(int listener_fd, union notification *ret)
{
	memset(ret, 0, sizeof(*ret));
	return ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_RECV, ret) < 0 ? -errno :
									0;
}

void notification_name(const struct seccomp_data *call, char *name, size_t size)
{
	char *known = seccomp_syscall_resolve_num_arch(call->arch, call->nr);

	if (known)
		snprintf(name, size, "%s", known);
	else
		snprintf(name, size, "%d", call->nr);
	free(known);
}
