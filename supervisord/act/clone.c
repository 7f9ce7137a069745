/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * clone.c - the only place that makes processes.
 *
 * A process that will exec borrows our memory and we sleep until it has: its
 * start then costs the same however large this supervisor is. It runs on a
 * stack of its own, so that it cannot tread on ours. A supervisor process is
 * a real copy, made by clone3 without exec.
 */
#include <errno.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/act/clone.h"
#include "supervisord/act/confinement.h"
#include "supervisord/act/launch.h"
#include "supervisord/act/launch_override.h"
#include "supervisord/act/launch_slots.h"
#include "supervisord/act/sandbox.h"

#define STACK_BYTES (256 * 1024)

/* we sleep while it is in use, so one is enough */
static char borrowed_stack[STACK_BYTES] __attribute__((aligned(64)));

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
/* the last one on it did not return from its functions */
static void clean_stack(void)
{
	ASAN_UNPOISON_MEMORY_REGION(borrowed_stack, STACK_BYTES);
}
#else
static void clean_stack(void)
{
}
#endif

/* glibc's clone() begins on the other stack and calls a function there, which
 * the bare call cannot do portably; it has no way to clear handlers, though */
static pid_t clone_plainly(int flags, int (*work)(void *data), void *data,
			   int *ret_pidfd)
{
	pid_t pid = clone(work, borrowed_stack + STACK_BYTES,
			  CLONE_VM | CLONE_VFORK | flags, data, ret_pidfd);

	return pid < 0 ? -errno : pid;
}

/*
 * Only clone3() takes a cgroup, and libc has no function for it: the child begins
 * behind the call, on the other stack, with the parent's registers. It never comes
 * back from there.
 */
static long clone3_on_stack(struct clone_args *arguments,
			    int (*work)(void *data), void *data)
{
#ifdef __x86_64__
	register long number __asm__("rax") = SYS_clone3;
	register void *first __asm__("rdi") = arguments;
	register size_t second __asm__("rsi") = sizeof(*arguments);

	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "movq %[data], %%rdi\n\t"
			 "callq *%[work]\n\t"
			 "movl %%eax, %%edi\n\t"
			 "movl %[exit], %%eax\n\t"
			 "syscall\n"
			 "1:"
			 : "+r"(number)
			 : "r"(first), "r"(second), [work] "b"(work),
			   [data] "r"((void *)data), [exit] "i"(SYS_exit_group)
			 : "rcx", "r11", "memory", "cc");
	return number;
#else
	(void)arguments;
	(void)work;
	(void)data;
	return -ENOSYS;
#endif
}

static pid_t clone_into(int cgroup_fd, int flags, int (*work)(void *data),
			void *data, int *ret_pidfd)
{
	struct clone_args arguments = {
		.flags = ((unsigned int)flags & ~(unsigned int)CSIGNAL) |
			 CLONE_VM | CLONE_VFORK | CLONE_INTO_CGROUP,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = (unsigned int)flags & CSIGNAL,
		.stack = (uint64_t)(uintptr_t)borrowed_stack,
		.stack_size = STACK_BYTES,
		.cgroup = (uint64_t)cgroup_fd,
	};

	return (pid_t)clone3_on_stack(&arguments, work, data);
}

static pid_t clone_on_stack(int flags, int cgroup_fd, int (*work)(void *data),
			    void *data, int *ret_pidfd)
{
	sigset_t all, before;
	pid_t pid;

	clean_stack();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = cgroup_fd < 0 ?
		clone_plainly(flags, work, data, ret_pidfd) :
		clone_into(cgroup_fd, flags, work, data, ret_pidfd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

int clone_borrowed(int flags, int cgroup_fd, int (*work)(void *data),
		   void *data, pid_t *ret_pid, int *ret_pidfd)
{
	int pidfd = -1;
	pid_t pid;

	pid = clone_on_stack(flags | CLONE_PIDFD | SIGCHLD, cgroup_fd, work,
			     data, &pidfd);
	if (pid < 0)
		return pid;
	*ret_pid = pid;
	*ret_pidfd = pidfd;
	return 0;
}

struct helper {
	int (*work)(void *data);
	void *data;
	int result;
};

static int helper_run(void *data)
{
	struct helper *helper = data;

	helper->result = helper->work(helper->data);
	return 0;
}

int clone_helper(int flags, int (*work)(void *data), void *data)
{
	struct helper helper = { work, data, -ECHILD };
	pid_t pid, r;

	/* no exit signal: nobody else shall hear of it */
	pid = clone_on_stack(flags | CLONE_FILES, -1, helper_run, &helper,
			     NULL);
	if (pid < 0)
		return pid;
	do
		r = waitpid(pid, NULL, __WALL);
	while (r < 0 && errno == EINTR);
	return helper.result;
}

/* ---- supervisor processes ----------------------------------------------- */

static int compare_fds(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void close_between(int first, int last)
{
	if (first <= last)
		close_range((unsigned int)first, (unsigned int)last, 0);
}

/* close all above 2 that are not in @keep, which is sorted */
static void close_others(const int *keep, size_t n_keep)
{
	int next = STDERR_FILENO + 1;
	size_t i;

	for (i = 0; i < n_keep; i++) {
		if (keep[i] < next)
			continue;
		close_between(next, keep[i] - 1);
		next = keep[i] + 1;
	}
	close_range((unsigned int)next, ~0U, 0);
}

/* getppid() is 0 in a new pid namespace, alive or not */
static bool parent_is_gone(int parent_fd)
{
	struct pollfd parent = { .fd = parent_fd, .events = POLLIN };
	int n;

	do
		n = poll(&parent, 1, 0);
	while (n < 0 && errno == EINTR);
	return n != 0;
}

static void become_supervisor(const struct launch_host *host, const int *keep,
			      size_t n_keep, int parent_fd)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (parent_fd >= 0 && parent_is_gone(parent_fd))
		_exit(EXIT_FAILURE);
	sandbox_session_begin(false);
	confinement_go_below();
	if (host && host->mdwe)
		sandbox_memory_begin();
	/* they know descriptors that are about to be closed */
	sandbox_template_forget();
	launch_slots_end();
	close_others(keep, n_keep);
	prctl(PR_SET_NAME, "supervisord", 0, 0, 0);
	/* without a pid namespace what loses its parent comes here at least */
	if (getpid() != 1)
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static pid_t clone_copy(uint64_t flags, int *ret_pidfd)
{
	struct clone_args arguments = {
		.flags = flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};
	long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));

	return pid < 0 ? -errno : (pid_t)pid;
}

int launch_supervisor(const struct launch_host *host, const int *keep_fds,
		      size_t n_keep, pid_t *ret_pid, int *ret_pidfd)
{
	bool pid_namespace =
		!host || !(host->without & LAUNCH_PID_NAMESPACES);
	int *keep, parent_fd, pidfd = -1;
	sigset_t all, before;
	pid_t pid;
	size_t i;

	keep = calloc(n_keep + 1, sizeof(*keep));
	if (!keep)
		return -ENOMEM;
	for (i = 0; i < n_keep; i++)
		keep[i] = keep_fds[i];
	qsort(keep, n_keep, sizeof(*keep), compare_fds);
	parent_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = pid_namespace ? clone_copy(CLONE_NEWPID, &pidfd) : -EPERM;
	if (pid == -EPERM) /* launch_host_level() tells */
		pid = clone_copy(0, &pidfd);
	if (pid == 0)
		become_supervisor(host, keep, n_keep, parent_fd);
	else
		sigprocmask(SIG_SETMASK, &before, NULL);

	if (pid != 0 && parent_fd >= 0)
		close(parent_fd);
	free(keep);
	if (pid < 0)
		return pid;
	if (pid == 0)
		return 0;
	*ret_pid = pid;
	*ret_pidfd = pidfd;
	return 1;
}
