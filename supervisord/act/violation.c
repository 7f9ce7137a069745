/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * violation.c - which system call did a filter forbid? The kernel's word.
 *
 * Its listener is told of a call that is not going to be made, and whoever
 * wanted to make it sleeps. Here that is only read. It is never answered: an
 * answer could let the call through, and who does not get one can be killed.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "supervisord/act/violation.h"

/* the kernel writes as much as it knows of; so far less than a fifth of this */
#define NOTIFICATION_BYTES 512

static void name_of(const struct seccomp_data *call, char *name, size_t size)
{
	char *known = seccomp_syscall_resolve_num_arch(call->arch, call->nr);

	if (known)
		snprintf(name, size, "%s", known);
	else
		snprintf(name, size, "%d", call->nr);
	free(known);
}

int violation_read(int listener_fd, struct violation *ret)
{
	union {
		struct seccomp_notif notification;
		char bytes[NOTIFICATION_BYTES];
	} room;
	const struct seccomp_data *call = &room.notification.data;

	memset(&room, 0, sizeof(room));
	if (ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_RECV, &room) < 0)
		return -errno;
	ret->thread = (pid_t)room.notification.pid;
	ret->machine = call->arch;
	ret->instruction = call->instruction_pointer;
	name_of(call, ret->name, sizeof(ret->name));
	return 0;
}
