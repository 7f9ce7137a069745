/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * steps.c - ends a supervisor of a running tree at a breakpoint.
 *
 * Who stands there is killed by a process of our own: the test itself may be
 * waiting for an answer from just that supervisor.
 */
#include "tests/system/steps.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness/harness.h"
#include "tests/system/story.h"

/**
 * struct execution - what the executioner shares with the test
 * @is_last: whoever is killed with nothing armed for then: nobody is watched any more
 * @n_done: of those counted as killed, who has been sent the signal
 */
struct execution {
	atomic_bool is_last;
	_Atomic uint32_t n_done;
};

static struct breakpoint_board *board;
static struct execution *execution;
static pid_t executioner;
static uint32_t n_killed_before;

void steps_watch(bool watched)
{
	atomic_store(&board->watched, watched);
}

/* the same in each tree: the first one that was up has told us */
static char ids[BREAKPOINTS_MAX][BREAKPOINT_BYTES];
static uint32_t n_ids;

uint32_t steps_n(void)
{
	if (!n_ids && board) {
		memcpy(ids, board->ids, sizeof(ids));
		n_ids = atomic_load(&board->n);
	}
	return n_ids;
}

const char *steps_id(uint32_t i)
{
	return ids[i];
}

/* of its path; one that never ran has none */
static uint32_t role_of(const struct tree *tree, const char *role)
{
	char path[STORY_PATH_BYTES];
	uint32_t i;

	if (!strcmp(role, "/"))
		return 0;
	story_path(tree, role, path);
	for (i = 0; i < atomic_load(&board->n_roles); i++)
		if (!strcmp(board->roles[i], path))
			return i;
	return BREAKPOINT_ROLES_MAX;
}

static uint32_t id_of(const char *id)
{
	uint32_t i = 0;

	while (i < steps_n() && strcmp(ids[i], id))
		i++;
	return i;
}

uint32_t steps_hits(const struct tree *tree, const char *role, uint32_t i)
{
	uint32_t at = role_of(tree, role);

	return at < BREAKPOINT_ROLES_MAX ? atomic_load(&board->n_hits[at][i])
					 : 0;
}

void steps_forget(void)
{
	for (uint32_t role = 0; role < BREAKPOINT_ROLES_MAX; role++)
		for (uint32_t i = 0; i < BREAKPOINTS_MAX; i++)
			atomic_store(&board->n_hits[role][i], 0);
}

/* ---- killing ------------------------------------------------------------ */

static void wait_for_somebody(void)
{
	while (!atomic_load(&board->pid))
		syscall(SYS_futex, &board->pid, FUTEX_WAIT, 0, NULL, NULL, 0);
}

/* before anybody hears of the death */
static void arm_next(void)
{
	uint32_t then = atomic_exchange(&board->then, 0);

	atomic_store(&board->armed, 0);
	if (!then && atomic_load(&execution->is_last))
		atomic_store(&board->watched, false);
	if (!then)
		return;
	memcpy(board->role, board->then_role, sizeof(board->role));
	atomic_store(&board->nth, atomic_load(&board->then_nth));
	atomic_store(&board->armed, then);
}

/* as long as the tree is there: one may just come to stand when disarmed. The next
 * one finds room for its pid, and nobody lives again before a death is counted */
static void __attribute__((noreturn)) execute_all(void)
{
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		wait_for_somebody();
		atomic_fetch_add(&board->n_killed, 1);
		pid = (pid_t)atomic_exchange(&board->pid, 0);
		arm_next();
		kill(pid, SIGKILL);
		atomic_fetch_add(&execution->n_done, 1);
	}
}

static void start_executioner(void)
{
	fflush(NULL);
	executioner = fork();
	if (executioner == 0)
		execute_all();
}

static void role_path(const struct tree *tree, const struct step *step,
		      char role[static BREAKPOINT_BYTES])
{
	char path[STORY_PATH_BYTES];

	CU_ASSERT_FATAL(id_of(step->id) < steps_n());
	snprintf(role, BREAKPOINT_BYTES, "%.79s",
		 !strcmp(step->role, "/") ? "" :
		 story_path(tree, step->role, path));
}

void steps_arm(const struct tree *tree, const struct step *before,
	       const struct step *step)
{
	const struct step *first = before ? before : step;

	steps_disarm();
	atomic_store(&execution->is_last, step != NULL);
	n_killed_before = atomic_load(&board->n_killed);
	if (before && step) {
		role_path(tree, step, board->then_role);
		atomic_store(&board->then_nth, step->nth);
		atomic_store(&board->then, id_of(step->id) + 1);
	}
	if (!first)
		return;
	role_path(tree, first, board->role);
	atomic_store(&board->nth, first->nth);
	atomic_store(&board->armed, id_of(first->id) + 1);
}

void steps_disarm(void)
{
	atomic_store(&board->then, 0);
	atomic_store(&board->armed, 0);
}

uint32_t steps_killed(void)
{
	return atomic_load(&board->n_killed) - n_killed_before;
}

/* ---- from when to when -------------------------------------------------- */

void steps_open(struct tree *tree)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/breakpoints", tree->directory);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(ftruncate(fd, sizeof(*board)), 0);
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED,
		     fd, 0);
	close(fd);
	CU_ASSERT_FATAL(board != MAP_FAILED);
	execution = mmap(NULL, sizeof(*execution), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CU_ASSERT_FATAL(execution != MAP_FAILED);
	setenv(BREAKPOINT_VARIABLE, path, 1);
	tree->program = "@PROGRAMS@/../supervisord-steps";
	start_executioner();
}

static bool nobody_stands(struct tree *tree, void *data)
{
	(void)tree;
	(void)data;
	return !atomic_load(&board->pid) &&
	       atomic_load(&execution->n_done) ==
		       atomic_load(&board->n_killed);
}

void steps_close(void)
{
	struct tree none = { .pidfd = -1 };

	CU_ASSERT(tree_wait_until(&none, nobody_stands, NULL));
	kill(executioner, SIGKILL);
	waitpid(executioner, NULL, 0);
	unsetenv(BREAKPOINT_VARIABLE);
	munmap(execution, sizeof(*execution));
	munmap(board, sizeof(*board));
	board = NULL;
}
