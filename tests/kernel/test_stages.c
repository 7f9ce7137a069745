/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_stages.c - what both filters of an actor say together is what the table
 * says, of every call and at the edges of every argument.
 *
 * The table is read here once more, without libseccomp, and the bytes of the
 * filters are interpreted; nothing is ever installed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "supervisord/act/sandbox_profile.h"
#include "supervisord/config/system_calls.h"
#include "tests/harness/bpf.h"
#include "tests/harness/harness.h"

#define NUMBERS 1024		/* more than any machine has */
#define X32 0x40000000u
#define EDGES_MAX 4096
#define PLAIN (SANDBOX_BASE | SANDBOX_CLOSES)

static char *const granted[] = { (char []){ "uname" }, (char []){ "mincore" },
				 (char []){ "socket" },
				 (char []){ "memfd_create" },
				 (char []){ "getsockopt" },
				 (char []){ "openat" }, (char []){ "chmod" },
				 (char []){ "renameat2" },
				 (char []){ "sendto" }, NULL };

/* what is added to a plain actor, each alone and all that fit; a program */
static const struct sandbox_profile profiles[] = {
	{ PLAIN, NULL },
	{ PLAIN, granted },
	{ PLAIN | SANDBOX_READ, NULL },
	{ PLAIN | SANDBOX_FILES, NULL },
	{ PLAIN | SANDBOX_NETWORK, NULL },
	{ PLAIN | SANDBOX_MEMFD, NULL },
	{ PLAIN | SANDBOX_THREADS, NULL },
	{ PLAIN | SANDBOX_ZYGOTE, NULL },
	{ PLAIN | SANDBOX_EDGES, NULL },
	{ PLAIN | SANDBOX_EDGES | SANDBOX_READ | SANDBOX_FILES |
	  SANDBOX_MEMFD | SANDBOX_THREADS | SANDBOX_ZYGOTE, NULL },
	{ PLAIN | SANDBOX_JOURNAL | SANDBOX_READ, NULL },
	{ PLAIN | SANDBOX_CONTROL, NULL },
	{ PLAIN | SANDBOX_KEEPER, NULL },
	{ SANDBOX_BASE | SANDBOX_FILES | SANDBOX_PROGRAM, NULL },
	{ PLAIN | SANDBOX_READ | SANDBOX_FILES | SANDBOX_NETWORK |
	  SANDBOX_MEMFD | SANDBOX_THREADS | SANDBOX_ZYGOTE, granted },
};
#define N_PROFILES (sizeof(profiles) / sizeof(profiles[0]))

/* ---- what the table says ------------------------------------------------- */

static bool fits_one(const struct scmp_arg_cmp *condition, uint64_t value)
{
	if (condition->op == SCMP_CMP_EQ)
		return value == condition->datum_a;
	if (condition->op == SCMP_CMP_NE)
		return value != condition->datum_a;
	CU_ASSERT_EQUAL(condition->op, SCMP_CMP_MASKED_EQ);
	return (value & condition->datum_a) == condition->datum_b;
}

static bool fits(const struct sandbox_syscall *row,
		 const struct seccomp_data *call)
{
	for (unsigned int i = 0; i < row->n_arguments; i++)
		if (!fits_one(&row->arguments[i],
			      call->args[row->arguments[i].arg]))
			return false;
	return true;
}

static bool is_granted(const struct sandbox_profile *profile, int number)
{
	for (char *const *at = profile->granted; at && *at; at++)
		if (seccomp_syscall_resolve_name(*at) == number)
			return true;
	return false;
}

/* resolving all names for each call would be most of the time */
static int number_of(const struct sandbox_syscall *row)
{
	static int numbers[1024];
	static bool known;
	size_t n;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n);

	CU_ASSERT_FATAL(n <= sizeof(numbers) / sizeof(*numbers));
	for (size_t i = 0; !known && i < n; i++)
		numbers[i] = seccomp_syscall_resolve_name(rows[i].name);
	known = true;
	return numbers[row - rows];
}

/* with the arguments that the table has for somebody, but for who has no other
 * socket than its edges */
static bool grants(const struct seccomp_data *call)
{
	bool bounded = false;
	size_t n;
	const struct sandbox_syscall *row = sandbox_syscalls(&n), *end;

	for (end = row + n; row < end; row++) {
		if (number_of(row) != call->nr || row->error ||
		    row->groups == SANDBOX_EDGES)
			continue;
		if (fits(row, call))
			return true;
		bounded = true;
	}
	return !bounded;
}

/* with the first stage alone, or both */
static uint32_t expected(const struct sandbox_profile *profile, bool both,
			 const struct seccomp_data *call)
{
	bool works = false, worked = false;
	uint32_t fails = 0, fails_now = 0;
	size_t n;
	const struct sandbox_syscall *row = sandbox_syscalls(&n), *end;

	if (is_granted(profile, call->nr) && grants(call))
		return SECCOMP_RET_ALLOW;
	for (end = row + n; row < end; row++) {
		if (!(row->groups & profile->groups) ||
		    number_of(row) != call->nr || !fits(row, call))
			continue;
		if (row->stage == SANDBOX_SECOND_STAGE)
			fails_now = (uint32_t)row->error;
		else if (row->error)
			fails = (uint32_t)row->error;
		else if (row->stage == SANDBOX_FIRST_STAGE)
			worked = true;
		else
			works = true;
	}
	if (both && fails_now)
		return SECCOMP_RET_ERRNO | fails_now;
	if (works || (worked && !both))
		return SECCOMP_RET_ALLOW;
	if (worked)
		return SECCOMP_RET_TRAP;
	return fails ? SECCOMP_RET_ERRNO | fails : SECCOMP_RET_USER_NOTIF;
}

/* ---- what the filters say ------------------------------------------------ */

struct filters {
	const struct sandbox_profile *profile;
	const struct sock_fprog *first;
	const struct sock_fprog *second;
};

static struct filters filters_of(const struct sandbox_profile *profile)
{
	struct filters f = { .profile = profile };

	CU_ASSERT_EQUAL_FATAL(sandbox_filter(profile, SANDBOX_TELLS, &f.first),
			      0);
	CU_ASSERT_EQUAL_FATAL(sandbox_filter(profile, SANDBOX_ENDS, &f.second),
			      0);
	return f;
}

static uint32_t verdict(const struct filters *f, bool both,
			const struct seccomp_data *call)
{
	struct bpf_end one = bpf_run(f->first, call);
	struct bpf_end other = bpf_run(f->second, call);

	CU_ASSERT_PTR_NULL(one.fault);
	CU_ASSERT_PTR_NULL(other.fault);
	CU_ASSERT_FALSE(one.ordered);
	CU_ASSERT_FALSE(other.ordered);
	return both ? bpf_stricter(one.verdict, other.verdict) : one.verdict;
}

static void expect(const struct filters *f, const struct seccomp_data *call,
		   bool both, uint32_t wanted)
{
	uint32_t got = verdict(f, both, call);

	if (got == wanted)
		return;
	harness_note("profile %#x, stage %d: call %d (%llx %llx %llx %llx): %#x, not %#x",
		     f->profile->groups, both ? 2 : 1, call->nr,
		     (unsigned long long)call->args[0],
		     (unsigned long long)call->args[1],
		     (unsigned long long)call->args[2],
		     (unsigned long long)call->args[3], got, wanted);
	CU_FAIL("another verdict than the table's");
}

/* a program has but one */
static void expect_both(const struct filters *f,
			const struct seccomp_data *call)
{
	expect(f, call, false, expected(f->profile, false, call));
	if (f->profile->groups & SANDBOX_CLOSES)
		expect(f, call, true, expected(f->profile, true, call));
}

static uint32_t native(void)
{
	return seccomp_arch_native() == SCMP_ARCH_AARCH64 ? AUDIT_ARCH_AARCH64
							   : AUDIT_ARCH_X86_64;
}

/* ---- every number --------------------------------------------------------- */

static void test_every_call_is_as_the_table_has_it(void)
{
	static const int beyond[] = { 1024, 4000, 0x10000, 0x3fffffff };

	for (size_t i = 0; i < N_PROFILES; i++) {
		struct filters f = filters_of(&profiles[i]);
		struct seccomp_data call = { .arch = native() };

		for (call.nr = 0; call.nr < NUMBERS; call.nr++)
			expect_both(&f, &call);
		for (size_t k = 0; k < sizeof(beyond) / sizeof(*beyond); k++) {
			call.nr = beyond[k];
			expect_both(&f, &call);
		}
	}
}

/* those of x32 are counted from bit 30 on; -1 is no call of anybody, and as
 * forbidden as one that there is not */
static void test_the_other_entries_of_the_machine_are_killed(void)
{
	static const uint32_t starts[] = { X32, 2 * X32, 3 * X32, ~0u - NUMBERS };
	static const uint32_t machines[] = { AUDIT_ARCH_I386, AUDIT_ARCH_ARM,
					     0, ~0u };

	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		HARNESS_SKIP("this machine has one entry only");
	for (size_t i = 0; i < N_PROFILES; i++) {
		struct filters f = filters_of(&profiles[i]);
		struct seccomp_data call = { .arch = native() };

		for (size_t k = 0; k < sizeof(starts) / sizeof(*starts); k++)
			for (uint32_t n = 0; n < NUMBERS; n++) {
				call.nr = (int)(starts[k] + n);
				expect(&f, &call, false,
				       SECCOMP_RET_KILL_PROCESS);
				expect(&f, &call, true,
				       SECCOMP_RET_KILL_PROCESS);
			}
		call.nr = -1;
		expect(&f, &call, true, SECCOMP_RET_USER_NOTIF);
		for (size_t k = 0; k < sizeof(machines) / sizeof(*machines); k++)
			for (call.nr = 0; call.nr < NUMBERS; call.nr++) {
				call.arch = machines[k];
				expect(&f, &call, false,
				       SECCOMP_RET_KILL_PROCESS);
				expect(&f, &call, true,
				       SECCOMP_RET_KILL_PROCESS);
			}
	}
}

/* what a tell and an ask are made of: where one filter is run, all are */
static void test_no_filter_runs_for_what_a_message_needs(void)
{
	static const char *const calls[] = {
		"sendto", "recvfrom", "epoll_wait", "epoll_pwait", "poll",
		"ppoll", "futex", "timerfd_settime", "clock_gettime",
	};
	const struct sandbox_profile edges = { PLAIN | SANDBOX_EDGES, NULL };
	struct filters f = filters_of(&edges);

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct seccomp_data call = {
			.nr = seccomp_syscall_resolve_name(calls[i]),
			.arch = native(),
		};

		if (call.nr < 0)	/* this machine has the newer one */
			continue;
		expect(&f, &call, true, SECCOMP_RET_ALLOW);
		CU_ASSERT_FALSE(bpf_run(f.first, &call).unnoted);
		CU_ASSERT_FALSE(bpf_run(f.second, &call).unnoted);
	}
}

/* ---- every argument -------------------------------------------------------- */

struct edges {
	uint64_t values[EDGES_MAX];
	size_t n;
};

static void add_edge(struct edges *edges, uint64_t value)
{
	for (size_t i = 0; i < edges->n; i++)
		if (edges->values[i] == value)
			return;
	CU_ASSERT_FATAL(edges->n < EDGES_MAX);
	edges->values[edges->n++] = value;
}

/* itself, its neighbours, and what of 64 bits the kernel may not look at */
static void add_around(struct edges *edges, uint64_t value)
{
	add_edge(edges, value);
	add_edge(edges, value + 1);
	add_edge(edges, value - 1);
	add_edge(edges, value | UINT64_C(1) << 32);
	add_edge(edges, value | UINT64_C(1) << 63);
	add_edge(edges, value << 32);
	add_edge(edges, ~value);
	add_edge(edges, (uint64_t)(int64_t)(int32_t)value);
}

static void add_bits(struct edges *edges, const struct scmp_arg_cmp *condition)
{
	add_around(edges, condition->datum_a);
	if (condition->op != SCMP_CMP_MASKED_EQ)
		return;
	add_around(edges, condition->datum_b);
	for (unsigned int bit = 0; bit < 34; bit++)
		add_edge(edges, condition->datum_b ^ UINT64_C(1) << bit);
}

/* of all rows of that call; [argument] */
static void edges_of(int number, struct edges edges[static 6])
{
	size_t n;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n);

	for (size_t i = 0; i < 6; i++) {
		edges[i].n = 0;
		add_edge(&edges[i], 0);
	}
	for (size_t i = 0; i < n; i++)
		for (unsigned int k = 0; number_of(&rows[i]) == number &&
					 k < rows[i].n_arguments; k++)
			add_bits(&edges[rows[i].arguments[k].arg],
				 &rows[i].arguments[k]);
}

/* each pair of arguments, as no row looks at more */
static void try_edges(const struct filters *f, int number)
{
	static struct edges edges[6];
	struct seccomp_data call = { .nr = number, .arch = native() };

	edges_of(number, edges);
	for (unsigned int a = 0; a < 6; a++)
		for (unsigned int b = a + 1; b < 6; b++) {
			if (edges[a].n == 1 && edges[b].n == 1)
				continue;
			memset(call.args, 0, sizeof(call.args));
			for (size_t i = 0; i < edges[a].n * edges[b].n; i++) {
				call.args[a] = edges[a].values[i % edges[a].n];
				call.args[b] = edges[b].values[i / edges[a].n];
				expect_both(f, &call);
			}
		}
}

static void test_the_edges_of_arguments_are_as_the_table_has_them(void)
{
	for (size_t i = 0; i < N_PROFILES; i++) {
		struct filters f = filters_of(&profiles[i]);

		for (int number = 0; number < NUMBERS; number++)
			try_edges(&f, number);
	}
}

static void test_no_row_puts_arguments_into_an_order(void)
{
	size_t n;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n);

	for (size_t i = 0; i < n; i++)
		for (unsigned int k = 0; k < rows[i].n_arguments; k++)
			CU_ASSERT(rows[i].arguments[k].op == SCMP_CMP_EQ ||
				  rows[i].arguments[k].op == SCMP_CMP_NE ||
				  rows[i].arguments[k].op ==
					  SCMP_CMP_MASKED_EQ);
}

/* ---- the second stage ------------------------------------------------------ */

static void test_nothing_of_the_second_stage_is_more_than_the_first(void)
{
	struct filters f = filters_of(&profiles[0]);
	struct seccomp_data call = { .arch = native() };

	for (call.nr = 0; call.nr < NUMBERS; call.nr++)
		if (verdict(&f, true, &call) == SECCOMP_RET_ALLOW)
			CU_ASSERT_EQUAL(verdict(&f, false, &call),
					SECCOMP_RET_ALLOW);
}

static void test_a_plain_actor_has_lost_what_only_its_start_needed(void)
{
	static const char *const lost[] = {
		"open", "openat", "creat", "openat2", "execve", "execveat",
		"socket", "socketpair", "connect", "bind", "shutdown",
		"setsockopt", "getsockopt", "io_uring_setup", "clone", "clone3",
		"fork", "vfork", "memfd_create", "stat", "readlink",
		"getdents64", "ptrace", "seccomp", "landlock_create_ruleset",
		"arch_prctl", "setitimer", "alarm", "unlink", "kill",
	};

	for (size_t i = 0; i < sizeof(lost) / sizeof(*lost); i++)
		if (sandbox_profile_allows(&profiles[0], SANDBOX_SECOND_STAGE,
					   lost[i])) {
			harness_note("%s", lost[i]);
			CU_FAIL("it is left");
		}
	CU_ASSERT(sandbox_profile_calls(&profiles[0], SANDBOX_SECOND_STAGE) <=
		  70);
}

/* what tells of a trap must come through to the first stage's listener */
static void test_the_word_of_a_trap_is_told(void)
{
	struct seccomp_data call = {
		.nr = seccomp_syscall_resolve_name("seccomp"),
		.arch = native(),
		.args = { 0x61637470 },
	};

	for (size_t i = 0; i < N_PROFILES; i++) {
		struct filters f = filters_of(&profiles[i]);

		expect(&f, &call, true, SECCOMP_RET_USER_NOTIF);
	}
}

/* whose listener comes last may let a call through */
static void test_no_other_listener_can_be_asked_for(void)
{
	struct seccomp_data call = {
		.nr = seccomp_syscall_resolve_name("seccomp"),
		.arch = native(),
		.args = { SECCOMP_SET_MODE_FILTER },
	};
	struct filters f = filters_of(&profiles[0]);

	for (call.args[1] = 0; call.args[1] < 64; call.args[1]++)
		expect(&f, &call, false,
		       call.args[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER ?
		       SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
}

/* ---- what may be granted ---------------------------------------------------- */

static void test_a_granted_call_is_there_in_both_stages(void)
{
	static char name[] = "inotify_init1";
	static char *const names[] = { name, NULL };
	const struct sandbox_profile profile = { PLAIN, names };
	struct seccomp_data call = {
		.nr = seccomp_syscall_resolve_name(name), .arch = native(),
	};
	struct filters f = filters_of(&profile);

	expect(&f, &call, false, SECCOMP_RET_ALLOW);
	expect(&f, &call, true, SECCOMP_RET_ALLOW);
	CU_ASSERT_EQUAL(sandbox_profile_calls(&profile, SANDBOX_SECOND_STAGE),
			sandbox_profile_calls(&profiles[0],
					      SANDBOX_SECOND_STAGE) + 1);
	f = filters_of(&profiles[0]);
	expect(&f, &call, true, SECCOMP_RET_USER_NOTIF);
}

static void test_what_is_no_call_cannot_be_granted(void)
{
	static char name[] = "no_such_call";
	static char *const names[] = { name, NULL };
	const struct sandbox_profile profile = { PLAIN, names };
	const struct sock_fprog *filter;

	CU_ASSERT_EQUAL(sandbox_filter(&profile, SANDBOX_TELLS, &filter),
			-EINVAL);
}

static void test_every_name_that_may_be_granted_is_a_call(void)
{
	const char *const *names = system_calls_grantable();

	for (size_t i = 0; names[i]; i++) {
		CU_ASSERT(i == 0 || strcmp(names[i - 1], names[i]) < 0);
		if (seccomp_syscall_resolve_name(names[i]) !=
		    __NR_SCMP_ERROR)
			continue;
		harness_note("no such call: %s", names[i]);
		CU_FAIL("a name is none");
	}
}

#define STREAMS (PLAIN | SANDBOX_STREAMS)
#define HOST (PLAIN | SANDBOX_NETWORK)
#define MEETS "sandbox: { network: { connect } } by actor_connect(3), { listen }; loopback, host"
#define WRITES "sandbox: { write: [PATH] }, or scratch, state for files of its own"
#define NO_FAMILY "no key grants that family of sockets or its protocol"
#define AS_PROGRAM "; as kind: program it fails and does not end"

static const struct refusal_row {
	unsigned int groups;
	const char *call;
	uint64_t arguments[6];
	const char *advice;	/* behind "what would is ", when it begins so */
} refusals[] = {
	/* files */
	{ PLAIN, "openat", { 0 }, "=sandbox: { read: [PATH] }" },
	{ PLAIN, "open", { 0, O_CLOEXEC }, "=sandbox: { read: [PATH] }" },
	{ PLAIN, "openat", { 0, 0, O_WRONLY }, "=" WRITES "; a device: devices" },
	{ PLAIN, "open", { 0, O_RDWR }, "=" WRITES "; a device: devices" },
	{ PLAIN, "openat", { 0, 0, O_CREAT }, "=" WRITES "; a device: devices" },
	{ PLAIN, "mkdir", { 0 }, "=" WRITES },
	{ PLAIN, "fcntl", { 0, F_SETLK }, "=" WRITES },
	{ PLAIN, "memfd_create", { 0 }, "=sandbox: { memfd: allow }" },
	{ PLAIN, "openat2", { 0 }, "no key grants it" AS_PROGRAM },
	/* sockets */
	{ PLAIN, "socket", { AF_INET }, "=" MEETS },
	{ PLAIN, "connect", { 0 }, "=" MEETS "; kind: program if local" },
	{ PLAIN, "socket", { AF_UNIX }, "=kind: program" },
	{ PLAIN, "socket", { AF_PACKET }, NO_FAMILY },
	{ HOST, "socket", { AF_PACKET }, NO_FAMILY },
	{ HOST, "socket", { AF_VSOCK }, NO_FAMILY },
	{ STREAMS, "socket", { AF_INET }, "=sandbox: { network: loopback or host }" },
	{ STREAMS, "setsockopt", { 0 }, "=sandbox: { syscalls: [setsockopt] } or { network: loopback or host }" },
	{ STREAMS, "shutdown", { 0 }, "=sandbox: { syscalls: [shutdown] } or { network: loopback or host }" },
	{ STREAMS, "getsockopt", { 0, SOL_SOCKET, SO_RCVBUF }, "=sandbox: { syscalls: [getsockopt] } or { network: loopback or host }" },
	{ PLAIN, "setsockopt", { 0 }, "=sandbox: { network: loopback or host }" },
	{ PLAIN, "accept4", { 0 }, "=" MEETS "; kind: program if local" },
	{ PLAIN, "ioctl", { 0, FIONBIO }, "=sandbox: { network: loopback or host }" },
	/* processes */
	{ PLAIN, "clone", { CLONE_VM | CLONE_THREAD }, "=sandbox: { pids: N }" },
	{ PLAIN, "clone3", { 0 }, "=sandbox: { pids: N } for threads, else kind: program" },
	{ PLAIN, "clone", { SIGCHLD }, "=kind: program" },
	{ PLAIN | SANDBOX_THREADS, "clone", { SIGCHLD }, "=kind: program" },
	{ PLAIN, "clone", { CLONE_NEWNET | SIGCHLD }, "no key grants it with these arguments" },
	{ PLAIN, "execve", { 0 }, "=kind: program" },
	{ PLAIN, "fork", { 0 }, "=kind: program" },
	{ PLAIN, "wait4", { 0 }, "=kind: program" },
	{ PLAIN, "kill", { 0 }, "=kind: program" },
	{ PLAIN, "setsid", { 0 }, "=kind: program" },
	{ PLAIN, "setpgid", { 0 }, "=kind: program" },
	{ PLAIN, "setpriority", { 0 }, "=kind: program" },
	{ PLAIN, "setuid", { 0 }, "=kind: program" },
	{ PLAIN, "setgid", { 0 }, "=kind: program" },
	{ PLAIN, "fcntl", { 0, F_SETOWN }, "=kind: program" },
	{ PLAIN, "setresuid", { 0 }, "no key grants it" },
	/* code */
	{ PLAIN, "mmap", { 0, 0, PROT_READ | PROT_EXEC }, "=sandbox: { execute: [PATH] } in its start hook, or kind: program" },
	{ PLAIN, "mmap", { 0, 0, PROT_EXEC, MAP_ANONYMOUS }, "=kind: program" },
	{ PLAIN, "mprotect", { 0, 0, PROT_EXEC }, "=kind: program" },
	/* others */
	{ PLAIN, "uname", { 0 }, "=sandbox: { syscalls: [uname] }" },
	{ PLAIN, "sendfile", { 0 }, "=sandbox: { syscalls: [sendfile] }" },
	{ PLAIN, "prctl", { PR_SET_DUMPABLE }, "=its start hook, where it is allowed, or kind: program" },
	{ PLAIN, "prctl", { PR_SET_SECCOMP }, "no key grants it with these arguments" },
	{ PLAIN, "ioctl", { 0, TCSETS }, "no key grants it with these arguments" AS_PROGRAM },
	{ PLAIN, "io_uring_setup", { 0 }, "no key grants it" AS_PROGRAM },
	{ PLAIN, "ptrace", { 0 }, "no key grants it" },
	{ PLAIN, "4000", { 0 }, "no key grants it" },
};

static void expect_advice(const struct sandbox_profile *profile,
			  const char *call, const uint64_t *arguments,
			  const char *wanted)
{
	char advice[SANDBOX_ADVICE_BYTES], full[SANDBOX_ADVICE_BYTES];

	snprintf(full, sizeof(full), "%s%s", *wanted == '=' ?
		 "what would is " : "", wanted + (*wanted == '='));
	sandbox_profile_advice(profile, call, arguments, advice);
	if (strcmp(advice, full))
		harness_note("%#x, %s: %s", profile->groups, call, advice);
	CU_ASSERT_STRING_EQUAL(advice, full);
}

static void test_each_refusal_names_the_key_that_grants_it(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct sandbox_profile profile = { refusals[i].groups,
							 NULL };

		expect_advice(&profile, refusals[i].call,
			      refusals[i].arguments, refusals[i].advice);
	}
}

/* what it has is not what it lacks */
static void test_a_call_that_is_granted_is_no_key_for_others_of_it(void)
{
	char *const names[] = { (char []){ "socket" }, NULL };
	static const uint64_t packets[6] = { AF_PACKET };
	const struct sandbox_profile profile = { HOST, names };

	expect_advice(&profile, "socket", packets, NO_FAMILY);
}

/* an older library tells no more */
static void test_without_its_arguments_a_call_has_a_key_all_the_same(void)
{
	static const struct {
		const char *call;
		const char *advice;
	} rows[] = {
		{ "openat", "=sandbox: { read: [PATH] }" },
		{ "mmap", "=sandbox: { execute: [PATH] } in its start hook, or kind: program" },
		{ "prctl", "=its start hook, where it is allowed, or kind: program" },
		{ "uname", "=sandbox: { syscalls: [uname] }" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect_advice(&profiles[0], rows[i].call, NULL, rows[i].advice);
}

/* what that row is about, and nothing besides */
static void fill(const struct sandbox_syscall *row,
		 uint64_t arguments[static 6])
{
	const struct scmp_arg_cmp *a;

	memset(arguments, 0, 6 * sizeof(*arguments));
	for (unsigned int k = 0; k < row->n_arguments; k++) {
		a = &row->arguments[k];
		arguments[a->arg] = a->op == SCMP_CMP_MASKED_EQ ? a->datum_b :
								  a->datum_a;
	}
}

static bool is_refused(const struct filters *f,
		       const struct sandbox_syscall *row,
		       const uint64_t *arguments)
{
	struct seccomp_data call = { .nr = number_of(row), .arch = native() };
	uint32_t word;

	for (size_t i = 0; i < 6; i++)
		call.args[i] = arguments[i];
	word = verdict(f, true, &call);
	return call.nr >= 0 && (word == SECCOMP_RET_USER_NOTIF ||
				word == SECCOMP_RET_TRAP);
}

/* whoever reads the file can have it, so it has a key */
static void test_what_works_for_somebody_has_a_key(void)
{
	static const unsigned int keyed = SANDBOX_READ | SANDBOX_FILES |
		SANDBOX_NETWORK | SANDBOX_PROGRAM | SANDBOX_MEMFD |
		SANDBOX_THREADS | SANDBOX_STREAMS | SANDBOX_SIGNALS;
	struct filters f = filters_of(&profiles[0]);
	char key[SANDBOX_KEY_BYTES];
	uint64_t arguments[6];
	size_t n;
	const struct sandbox_syscall *row = sandbox_syscalls(&n), *end;

	for (end = row + n; row < end; row++) {
		fill(row, arguments);
		if (row->error || !(row->groups & keyed) ||
		    !is_refused(&f, row, arguments) ||
		    sandbox_profile_key(&profiles[0], row->name, arguments,
					key))
			continue;
		harness_note("%s", row->name);
		CU_FAIL("nobody learns what to grant");
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_every_call_is_as_the_table_has_it),
	HARNESS_TEST(test_the_other_entries_of_the_machine_are_killed),
	HARNESS_TEST(test_no_filter_runs_for_what_a_message_needs),
	HARNESS_TEST(test_the_edges_of_arguments_are_as_the_table_has_them),
	HARNESS_TEST(test_no_row_puts_arguments_into_an_order),
	HARNESS_TEST(test_nothing_of_the_second_stage_is_more_than_the_first),
	HARNESS_TEST(test_a_plain_actor_has_lost_what_only_its_start_needed),
	HARNESS_TEST(test_the_word_of_a_trap_is_told),
	HARNESS_TEST(test_no_other_listener_can_be_asked_for),
	HARNESS_TEST(test_a_granted_call_is_there_in_both_stages),
	HARNESS_TEST(test_what_is_no_call_cannot_be_granted),
	HARNESS_TEST(test_every_name_that_may_be_granted_is_a_call),
	HARNESS_TEST(test_each_refusal_names_the_key_that_grants_it),
	HARNESS_TEST(test_a_call_that_is_granted_is_no_key_for_others_of_it),
	HARNESS_TEST(test_without_its_arguments_a_call_has_a_key_all_the_same),
	HARNESS_TEST(test_what_works_for_somebody_has_a_key),
};

HARNESS_MAIN(tests)
