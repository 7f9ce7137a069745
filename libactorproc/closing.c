// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * closing.c - the second stage of the sandbox, which the process puts on itself.
 *
 * The supervisor says what it is, in bytes and numbers: a filter of system calls,
 * what no file may be opened for any more, and that memory which was written is no
 * code. It is put on behind the start hook, before the first message, and at once
 * where there is no hook; a process that forks its class puts it on once, for all
 * of them.
 *
 * What the filter forbids comes back as a SIGSYS. The handler tells of it by a
 * call that the first stage forbids, whose listener is the supervisor: it sleeps
 * in there until it is killed. Nothing else may be done about a SIGSYS.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "libactorproc/closing.h"
#include "libactorproc/protocol.h"

#ifndef SYS_SECCOMP	/* the libc's own header has no name for it */
#define SYS_SECCOMP 1
#endif

#define DIGITS_OF_AN_INSTRUCTION (2 * sizeof(struct sock_filter))

/* headers are often older */
#define SET_MDWE 65
#define REFUSE_EXEC_GAIN 1

/* what landlock_create_ruleset(2) takes */
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

/* of the process, and of who is forked from it */
static struct {
	struct sock_fprog filter;
	struct ruleset ruleset;
	uint64_t mdwe;
	bool closed;
} stage;

/* ---- what the supervisor says ------------------------------------------- */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';

	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_bytes(uint8_t *to, size_t n_bytes, const char *text)
{
	size_t i;

	for (i = 0; i < n_bytes; i++) {
		if (digit(text[2 * i]) < 0 || digit(text[2 * i + 1]) < 0)
			return false;
		to[i] = (uint8_t)(digit(text[2 * i]) << 4 |
				  digit(text[2 * i + 1]));
	}

	return true;
}

static int read_filter(const char *text, struct sock_fprog *ret)
{
	size_t n_digits = strlen(text);
	size_t n = n_digits / DIGITS_OF_AN_INSTRUCTION;
	struct sock_filter *filter;

	if (!n || n > BPF_MAXINSNS || n_digits % DIGITS_OF_AN_INSTRUCTION)
		return -EBADMSG;
	filter = calloc(n, sizeof(*filter));
	if (!filter)
		return -ENOMEM;
	if (!read_bytes((uint8_t *)filter, n * sizeof(*filter), text)) {
		free(filter);
		return -EBADMSG;
	}
	ret->len = (unsigned short)n;
	ret->filter = filter;

	return 0;
}

int closing_note(const struct fields *order)
{
	const char *text = fields_get(order, "FILTER");

	if (stage.closed || stage.filter.filter)
		return 0;
	fields_get_u64(order, "LANDLOCK_FS", &stage.ruleset.fs);
	fields_get_u64(order, "LANDLOCK_NET", &stage.ruleset.net);
	fields_get_u64(order, "LANDLOCK_SCOPED", &stage.ruleset.scoped);
	fields_get_u64(order, "MDWE", &stage.mdwe);

	return text ? read_filter(text, &stage.filter) : 0;
}

/* ---- putting it on ------------------------------------------------------- */

/* without a rule nothing of it is allowed */
static int restrict_files(void)
{
	long fd, r;

	if (!stage.ruleset.fs)
		return 0;
	fd = syscall(SYS_landlock_create_ruleset, &stage.ruleset,
		     sizeof(stage.ruleset), 0);
	if (fd < 0)
		return -errno;
	r = syscall(SYS_landlock_restrict_self, (int)fd, 0) < 0 ? -errno : 0;
	close((int)fd);

	return (int)r;
}

/* a child inherits it, and nobody can take it off */
static int refuse_code(void)
{
	if (!stage.mdwe)
		return 0;

	return prctl(SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) < 0 ? -errno : 0;
}

/**
 * struct told - a call as the supervisor hears of it
 * @number: of the call, with ACTOR_SECCOMP_ARGUMENTS when they are known
 */
struct told {
	uint64_t number;
	uint64_t machine;
	uint64_t address;
	uint64_t arguments[2];
};

#if defined(__x86_64__)
#define ARGUMENT(context, i)                                                   \
	((context)->uc_mcontext.gregs[(const int []){ REG_RDI, REG_RSI,        \
						       REG_RDX, REG_R10 }[i]])
#elif defined(__aarch64__)
#define ARGUMENT(context, i) ((context)->uc_mcontext.regs[i])
#endif

static void note_arguments(struct told *told, const ucontext_t *context)
{
#ifdef ARGUMENT
	told->number |= ACTOR_SECCOMP_ARGUMENTS;
	for (size_t i = 0; i < 4; i++)
		told->arguments[i / 2] |=
			(uint64_t)(uint32_t)ARGUMENT(context, i)
			<< (i % 2 * 32);
#else
	(void)told;
	(void)context;
#endif
}

static void note_trap(struct told *told, const siginfo_t *info,
		      const ucontext_t *context)
{
	told->number = (uint32_t)info->si_syscall;
	told->machine = info->si_arch;
	told->address = (uintptr_t)info->si_call_addr;
	note_arguments(told, context);
}

/*
 * Who told of it sleeps until the end; it returns when nobody listens. A signal
 * that somebody sent has no call, and no machine: it has to say that, since its
 * default is nobody's to set again.
 */
static void tell(int number, siginfo_t *info, void *context)
{
	struct told told = { 0 };

	if (info->si_code == SYS_SECCOMP)
		note_trap(&told, info, context);
	syscall(SYS_seccomp, ACTOR_SECCOMP_TOLD, told.number, told.machine,
		told.address, told.arguments[0], told.arguments[1]);
	_exit(128 + number);
}

/* one that is blocked would end the process without a word */
static int tell_of_traps(void)
{
	struct sigaction action = {
		.sa_sigaction = tell,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	sigset_t traps;

	sigfillset(&action.sa_mask);
	sigemptyset(&traps);
	sigaddset(&traps, SIGSYS);
	if (sigaction(SIGSYS, &action, NULL) < 0 ||
	    sigprocmask(SIG_UNBLOCK, &traps, NULL) < 0)
		return -errno;

	return 0;
}

static int install_filter(void)
{
	long r;

	if (!stage.filter.filter)
		return 0;
	r = tell_of_traps();
	if (r < 0)
		return (int)r;
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_TSYNC, &stage.filter);
	if (r < 0)
		return -errno;

	/* a thread has a filter that is not ours */
	return r > 0 ? -ESRCH : 0;
}

int closing_close(void)
{
	bool any = stage.filter.filter || stage.ruleset.fs || stage.mdwe;
	int r;

	if (stage.closed || !any)
		return 0;
	tzset();	/* localtime() would look for a file later */
	r = refuse_code();
	if (r == 0)
		r = restrict_files();
	if (r == 0)
		r = install_filter();
	if (r < 0)
		return r;
	free(stage.filter.filter);
	stage.filter = (struct sock_fprog){ 0 };
	stage.closed = true;

	return 0;
}

bool closing_is_closed(void)
{
	return stage.closed;
}
