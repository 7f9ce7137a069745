/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * breakpoint.c - places at which a test ends a supervisor.
 *
 * In no program that is installed. It counts who comes where, and stands still
 * where the board says so; it never returns from there.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/breakpoint.h"

/* from the linker */
extern const struct breakpoint *const __start_breakpoints[];
extern const struct breakpoint *const __stop_breakpoints[];

static struct breakpoint_board *board;
static uint32_t role;

/* /proc is that of the mother namespace, whatever namespace we are in */
static uint32_t own_pid(void)
{
	char text[32];
	ssize_t n = readlink("/proc/self", text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return (uint32_t)strtoul(text, NULL, 10);
}

static void __attribute__((noreturn)) stand_still(void)
{
	atomic_store(&board->pid, own_pid());
	syscall(SYS_futex, &board->pid, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
	for (;;)
		pause();
}

void breakpoint_reach(const struct breakpoint *const *at)
{
	uint32_t i = (uint32_t)(at - __start_breakpoints);

	if (!board || !atomic_load(&board->watched))
		return;
	atomic_fetch_add(&board->n_hits[role][i], 1);
	if (atomic_load(&board->armed) == i + 1 &&
	    !strcmp(board->role, board->roles[role]) &&
	    atomic_fetch_sub(&board->nth, 1) == 1)
		stand_still();
}

void breakpoint_role(const char *path)
{
	uint32_t n;

	if (!board)
		return;
	n = atomic_load(&board->n_roles);
	for (role = 0; role < n; role++)
		if (!strcmp(board->roles[role], path))
			return;
	role = atomic_fetch_add(&board->n_roles, 1);
	if (role >= BREAKPOINT_ROLES_MAX)
		abort();
	snprintf(board->roles[role], BREAKPOINT_BYTES, "%s", path);
}

static void list(void)
{
	const struct breakpoint *const *at;

	for (at = __start_breakpoints; at < __stop_breakpoints; at++)
		puts((*at)->id);
	exit(EXIT_SUCCESS);
}

static void open_board(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED,
		     fd, 0);
	if (fd < 0 || board == MAP_FAILED)
		abort();
	close(fd);
}

static void __attribute__((constructor)) begin(void)
{
	const char *path = getenv(BREAKPOINT_VARIABLE);
	uint32_t n = (uint32_t)(__stop_breakpoints - __start_breakpoints);

	if (!path)
		return;
	if (n > BREAKPOINTS_MAX)
		abort();
	if (!strcmp(path, "list"))
		list();
	open_board(path);
	for (uint32_t i = 0; i < n; i++)
		snprintf(board->ids[i], BREAKPOINT_BYTES, "%s",
			 __start_breakpoints[i]->id);
	atomic_store(&board->n, n);
	breakpoint_role("");
}
