/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notification.h - a system call that waits, as a filter's listener is told of it.
 */
#pragma once

#include <linux/seccomp.h>
#include <stddef.h>

/** union notification - the kernel writes as much as it knows of; so far less
 * than a fifth of this */
union notification {
	struct seccomp_notif it;
	char bytes[512];
};

/** notification_read() - take one; -ENOENT: its caller is gone; negative errno */
int notification_read(int listener_fd, union notification *ret);
/** notification_name() - of that call, or its number */
void notification_name(const struct seccomp_data *call, char *name,
		       size_t size);
