// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * stepper.c - a child process one instruction, or system call, at a time, by ptrace.
 */
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness/harness.h"
#include "tests/harness/proc.h"
#include "tests/kernel/stepper.h"

/* so often we ask whether it sleeps: else nobody would wake us up again */
#define LOOK_US 5000

static void on_alarm(int signal_number)
{
	(void)signal_number;
}

static void look_every(suseconds_t interval_us)
{
	const struct itimerval often = {
		.it_interval.tv_usec = interval_us,
		.it_value.tv_usec = interval_us,
	};

	setitimer(ITIMER_REAL, &often, NULL);
}

void stepper_hold(pid_t pid)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	int status = 0;

	sigaction(SIGALRM, &action, NULL);	/* and no SA_RESTART */

	if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACESYSGOOD) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		HARNESS_SKIP("ptrace is not allowed here");
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE_FATAL(WIFSTOPPED(status));
}

/* Not for a moment only: something may be about to wake it. */
static bool sleeps(pid_t pid)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	int i;

	for (i = 0; i < 3; i++) {
		if (proc_state(pid) != 'S')
			return false;
		nanosleep(&moment, NULL);
	}

	return true;
}

/* Return: false when it sleeps */
static bool await_step(pid_t pid, int *ret_status)
{
	bool sleeping = false;

	look_every(LOOK_US);
	while (!sleeping && waitpid(pid, ret_status, 0) < 0) {
		CU_ASSERT_EQUAL_FATAL(errno, EINTR);
		sleeping = sleeps(pid);
	}
	look_every(0);

	return !sleeping;
}

/* where the kernel's own code is in who was forked from us: the vDSO */
static bool is_in_vdso(uint64_t address)
{
	const ElfW(Ehdr) *header = (void *)getauxval(AT_SYSINFO_EHDR);
	const ElfW(Phdr) *segments;
	size_t i;

	if (!header)
		return false;
	segments = (void *)((uintptr_t)header + header->e_phoff);
	for (i = 0; i < header->e_phnum; i++)
		if (segments[i].p_type == PT_LOAD &&
		    address - (uintptr_t)header < segments[i].p_memsz)
			return true;

	return false;
}

static bool reads_clock(pid_t pid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	       is_in_vdso(info.instruction_pointer);
}

/*
 * The vDSO reads the clock again until no tick of it came in between. Who looks
 * around at each instruction takes longer than a tick, so it would never end:
 * these are one step, and change nothing of anybody's.
 */
enum stepper_step stepper_step(pid_t pid, int *ret_status)
{
	int status = 0;

	do {
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) < 0 ||
		    !await_step(pid, &status))
			return STEPPER_SLEEPS;
	} while (WIFSTOPPED(status) && reads_clock(pid));
	if (WIFSTOPPED(status))
		return STEPPER_STEPPED;
	if (ret_status)
		*ret_status = status;

	return STEPPER_ENDED;
}

/* Both its beginning and its end are stops. */
bool stepper_call(pid_t pid, struct stepper_call *ret)
{
	struct __ptrace_syscall_info info;
	int status = 0;

	do {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0 ||
		    !await_step(pid, &status) || !WIFSTOPPED(status))
			return false;
		CU_ASSERT_FATAL(ptrace(PTRACE_GET_SYSCALL_INFO, pid,
				       sizeof(info), &info) > 0);
	} while (info.op != PTRACE_SYSCALL_INFO_ENTRY);

	ret->number = info.entry.nr;
	memcpy(ret->arguments, info.entry.args, sizeof(ret->arguments));
	return true;
}

void stepper_let_go(pid_t pid)
{
	CU_ASSERT_EQUAL(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0);
}

void stepper_kill(pid_t pid)
{
	int status = 0;

	kill(pid, SIGKILL);
	do {
		CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	} while (WIFSTOPPED(status));
}
