/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * violation.c - which system call did a filter forbid? The kernel's word.
 *
 * Its listener is told of a call that is not going to be made, and whoever
 * wanted to make it sleeps. Here that is only read. It is never answered: an
 * answer could let the call through, and who does not get one can be killed.
 */
#include <sys/syscall.h>

#include "libactorproc/protocol.h"
#include "supervisord/act/notification.h"
#include "supervisord/act/violation.h"

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
		.args = { (uint32_t)call->args[4], call->args[4] >> 32,
			  (uint32_t)call->args[5], call->args[5] >> 32 },
	};
	return told;
}

/* an older library tells of none */
static void take_arguments(const struct seccomp_data *notified,
			   const struct seccomp_data *call,
			   struct violation_arguments *ret)
{
	ret->known = call == notified ||
		     notified->args[1] & ACTOR_SECCOMP_ARGUMENTS;
	for (size_t i = 0; i < 6; i++)
		ret->values[i] = call->args[i];
}

int violation_read(int listener_fd, struct violation *ret,
		   struct violation_arguments *ret_arguments)
{
	union notification notification;
	const struct seccomp_data *call = &notification.it.data;
	struct seccomp_data told;
	int r = notification_read(listener_fd, &notification);

	if (r < 0)
		return r;
	if (call->nr == SYS_seccomp && call->args[0] == ACTOR_SECCOMP_TOLD)
		call = take_back(call, &told);
	if (ret_arguments)
		take_arguments(&notification.it.data, call, ret_arguments);
	ret->thread = (pid_t)notification.it.pid;
	ret->machine = call->arch;
	ret->instruction = call->instruction_pointer;
	/* no machine has that number */
	ret->name[0] = '\0';
	if (call->arch)
		notification_name(call, ret->name, sizeof(ret->name));
	return 0;
}
