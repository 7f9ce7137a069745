/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch_slots.c - the descriptors a child takes along, and no others.
 *
 * A supervisor has thousands, and a child that began with a copy of them would
 * close them all one by one when it executes: a start would take the longer the
 * more siblings there are. So a child begins with the table that we have, not a
 * copy, and then takes the low part of it for itself. What it needs is put there
 * before, into slots that nobody else uses, and taken out when it has executed:
 * we sleep until then.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdbool.h>
#include <unistd.h>

#include "supervisord/act/launch_slots.h"

static int slots[LAUNCH_SLOTS];
static size_t n_slots;
/* how many have been lent, behind the first */
static size_t n_lent;

static int keep_one(int fd)
{
	int slot = fcntl(fd, F_DUPFD_CLOEXEC, LAUNCH_SLOTS_LOWEST);

	if (slot < 0)
		return -errno;
	slots[n_slots++] = slot;
	return 0;
}

int launch_slots_begin(void)
{
	int null_fd, r = 0;

	if (n_slots == LAUNCH_SLOTS)
		return 0;
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null_fd < 0)
		return -errno;
	while (r == 0 && n_slots < LAUNCH_SLOTS)
		r = keep_one(null_fd);
	close(null_fd);
	return r;
}

void launch_slots_end(void)
{
	while (n_slots > 0)
		close(slots[--n_slots]);
	n_lent = 0;
}

int launch_slots_null(void)
{
	return slots[0];
}

static int lend(int *fd)
{
	int slot = slots[n_lent + 1];

	if (dup3(*fd, slot, O_CLOEXEC) < 0)
		return -errno;
	n_lent++;
	*fd = slot;
	return 0;
}

int launch_slots_lend(int *const fds[], size_t n)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		if (*fds[i] >= 0)
			r = n_lent + 1 < n_slots ? lend(fds[i]) : -EMFILE;
	if (r < 0)
		launch_slots_clear();
	return r;
}

/* that it is there again is no question: its place in the table is */
void launch_slots_clear(void)
{
	for (; n_lent > 0; n_lent--)
		dup3(slots[0], slots[n_lent], O_CLOEXEC);
}

int launch_slots_keep(void)
{
	unsigned int last = 0;
	size_t i;

	for (i = 0; i < n_slots; i++)
		if ((unsigned int)slots[i] > last)
			last = (unsigned int)slots[i];
	return close_range(last + 1, ~0U, CLOSE_RANGE_UNSHARE) < 0 ? -errno : 0;
}
