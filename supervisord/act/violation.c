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
#include <sys/syscall.h>

#include "libactorproc/protocol.h"
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

/*
 * The second stage has no listener: who was trapped by it tells of that by this
 * call. The numbers are the process's own word. That it was trapped, or does as if
 * it had been, is enough to kill it.
 */
static const struct seccomp_data *take_back(const struct seccomp_data *call,
					    struct seccomp_data *told)
{
	*told = (struct seccomp_data){
		.nr = (int)call->args[1],
		.arch = (uint32_t)call->args[2],
		.instruction_pointer = call->args[3],
	};
	return told;
}

int violation_read(int listener_fd, struct violation *ret)
{
	union {
		struct seccomp_notif notification;
		char bytes[NOTIFICATION_BYTES];
	} room;
	const struct seccomp_data *call = &room.notification.data;
	struct seccomp_data told;

	memset(&room, 0, sizeof(room));
	if (ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_RECV, &room) < 0)
		return -errno;
	if (call->nr == SYS_seccomp && call->args[0] == ACTOR_SECCOMP_TOLD)
		call = take_back(call, &told);
	ret->thread = (pid_t)room.notification.pid;
	ret->machine = call->arch;
	ret->instruction = call->instruction_pointer;
	name_of(call, ret->name, sizeof(ret->name));
	return 0;
}
