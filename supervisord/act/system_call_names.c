/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * system_call_names.c - what system calls are called, by libseccomp's tables.
 *
 * The same names as a violation has: see notification.c.
 */
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/act/system_call_names.h"

#define NUMBERS 1024		/* of one machine */

static const uint32_t machines[] = {
	SCMP_ARCH_NATIVE, SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64,
};

#define N_MACHINES (sizeof(machines) / sizeof(machines[0]))

static const char *names[N_MACHINES * NUMBERS + 1];

const char *const *system_call_names(void)
{
	size_t n = 0;

	if (names[0])
		return names;
	for (size_t i = 0; i < N_MACHINES; i++)
		for (int number = 0; number < NUMBERS; number++) {
			/* kept for good: it is asked for once */
			names[n] = seccomp_syscall_resolve_num_arch(
				machines[i], number);
			n += names[n] != NULL;
		}
	return n ? names : NULL;
}
