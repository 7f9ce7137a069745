/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_syscalls.c - the filters, run here against every call there is.
 *
 * The bytes that a child would install are interpreted, so that nothing has to
 * be believed of the compiler that made them, and nothing is ever installed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "supervisord/act/observation.h"
#include "supervisord/act/sandbox.h"
#include "tests/harness/bpf.h"
#include "tests/harness/harness.h"

#define BASE SANDBOX_BASE
#define FILES (SANDBOX_BASE | SANDBOX_FILES)
#define NETWORK (SANDBOX_BASE | SANDBOX_NETWORK)
#define JOURNAL (SANDBOX_BASE | SANDBOX_JOURNAL)
#define CONTROL (SANDBOX_BASE | SANDBOX_CONTROL)
#define KEEPER (SANDBOX_BASE | SANDBOX_KEEPER)
#define PROGRAM (SANDBOX_BASE | SANDBOX_PROGRAM)
#define SIGNALS (PROGRAM | SANDBOX_SIGNALS)
#define KILL SECCOMP_RET_KILL_PROCESS
#define ALLOW SECCOMP_RET_ALLOW
#define MEMFD (SANDBOX_BASE | SANDBOX_MEMFD)
#define FAIL(error) (SECCOMP_RET_ERRNO | (error))
#define NUMBERS 1024		/* more than any machine has */

static uint32_t native_audit_arch(void)
{
	switch (seccomp_arch_native()) {
	case SCMP_ARCH_X86_64:
		return AUDIT_ARCH_X86_64;
	case SCMP_ARCH_AARCH64:
		return AUDIT_ARCH_AARCH64;
	default:
		HARNESS_SKIP("this test does not know this machine");
	}
}

/* ---- what the kernel would do ------------------------------------------- */

static uint32_t run_filter(const struct sock_fprog *program,
			   const struct seccomp_data *data)
{
	struct bpf_end end = bpf_run(program, data);

	CU_ASSERT_PTR_NULL(end.fault);
	CU_ASSERT_FALSE(end.ordered);
	return end.verdict;
}

/* those that there can be: of an actor, of a program */
static bool is_real(unsigned int profile)
{
	const unsigned int ours = SANDBOX_JOURNAL | SANDBOX_CONTROL |
				  SANDBOX_KEEPER;
	bool program = profile & SANDBOX_PROGRAM;

	/* of each there is one, and what it may read is all it has besides */
	if (profile & ours)
		return (profile & ours & ((profile & ours) - 1)) == 0 &&
		       (profile & ~ours & ~SANDBOX_READ) ==
			       (SANDBOX_BASE | SANDBOX_CLOSES);
	if (profile & SANDBOX_EDGES &&
	    profile & (SANDBOX_PROGRAM | SANDBOX_NETWORK | SANDBOX_STREAMS))
		return false;
	if (!(profile & SANDBOX_BASE) ||
	    program == !!(profile & SANDBOX_CLOSES))
		return false;
	if (!program)
		return !(profile & SANDBOX_SIGNALS);
	return profile & SANDBOX_FILES &&
	       !(profile & (SANDBOX_ZYGOTE | SANDBOX_THREADS));
}

static int filter_of(unsigned int profile, enum sandbox_filter_kind kind,
		     const struct sock_fprog **ret)
{
	return sandbox_filter(&(struct sandbox_profile){ profile, NULL },
			      kind, ret);
}

static uint32_t verdict_of(unsigned int profile, enum sandbox_filter_kind kind,
			   int number, uint64_t a0, uint64_t a1, uint64_t a2,
			   uint64_t a3)
{
	const struct sock_fprog *filter;
	struct seccomp_data data = {
		.nr = number,
		.arch = native_audit_arch(),
		.args = { a0, a1, a2, a3 },
	};

	CU_ASSERT_EQUAL_FATAL(filter_of(profile, kind, &filter), 0);
	return run_filter(filter, &data);
}

static uint32_t verdict(unsigned int profile, int number, uint64_t a0,
			uint64_t a1, uint64_t a2, uint64_t a3)
{
	return verdict_of(profile, SANDBOX_KILLS, number, a0, a1, a2, a3);
}

static uint32_t verdict_by_name(unsigned int profile, const char *name,
				uint64_t a0, uint64_t a1, uint64_t a2,
				uint64_t a3)
{
	return verdict(profile, seccomp_syscall_resolve_name(name), a0, a1, a2,
		       a3);
}

/* all of its arguments that any row looks at */
static uint32_t verdict_of_call(unsigned int profile, const char *name,
				const uint64_t arguments[static 5])
{
	const struct sock_fprog *filter;
	struct seccomp_data data = {
		.nr = seccomp_syscall_resolve_name(name),
		.arch = native_audit_arch(),
	};

	memcpy(data.args, arguments, 5 * sizeof(*arguments));
	CU_ASSERT_EQUAL_FATAL(filter_of(profile, SANDBOX_KILLS, &filter), 0);
	return run_filter(filter, &data);
}

static uint32_t fails_with(int error)
{
	return SECCOMP_RET_ERRNO | (uint32_t)error;
}

/* ---- the table ---------------------------------------------------------- */

/* newer than the oldest libseccomp that will do; killed where it is not known */
static bool is_new(const char *name)
{
	return !strcmp(name, "fchmodat2");
}

static void test_every_row_names_a_call_and_a_reason(void)
{
	const struct sandbox_syscall *rows;
	size_t i, n;

	rows = sandbox_syscalls(&n);
	for (i = 0; i < n; i++) {
		if (!is_new(rows[i].name) &&
		    seccomp_syscall_resolve_name(rows[i].name) ==
			    __NR_SCMP_ERROR) {
			harness_note("no such call: %s", rows[i].name);
			CU_FAIL("a row names no call");
		}
		CU_ASSERT(rows[i].reason && *rows[i].reason);
		CU_ASSERT(rows[i].groups > 0 &&
			  rows[i].groups < SANDBOX_PROFILES);
		CU_ASSERT(rows[i].n_arguments <= 2);
	}
}

static bool same_row(const struct sandbox_syscall *a,
		     const struct sandbox_syscall *b)
{
	return strcmp(a->name, b->name) == 0 && (a->groups & b->groups) &&
	       a->stage == b->stage &&
	       a->n_arguments == b->n_arguments && a->error == b->error &&
	       memcmp(a->arguments, b->arguments, sizeof(a->arguments)) == 0;
}

static void test_no_row_is_there_twice(void)
{
	const struct sandbox_syscall *rows;
	size_t i, j, n;

	rows = sandbox_syscalls(&n);
	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++)
			if (same_row(&rows[i], &rows[j])) {
				harness_note("twice: %s", rows[i].name);
				CU_FAIL("a row is there twice");
			}
}

/* a value that fits the row's condition */
static uint64_t fitting(const struct sandbox_syscall *row, unsigned int number)
{
	const struct scmp_arg_cmp *at;

	for (at = row->arguments; at < row->arguments + row->n_arguments; at++)
		if (at->arg == number)
			return at->op == SCMP_CMP_EQ ? at->datum_a :
			       at->op == SCMP_CMP_NE ? at->datum_a + 1 :
						       at->datum_b;
	return 0;
}

static void test_what_names_something_waits_for_who_learns(void)
{
	const struct sandbox_syscall *rows;
	size_t i, n, n_watched = 0;
	int number;

	rows = sandbox_syscalls(&n);
	for (i = 0; i < n; i++) {
		number = seccomp_syscall_resolve_name(rows[i].name);
		if (number < 0 || !observation_watches(rows[i].name))
			continue;
		n_watched++;
		CU_ASSERT_EQUAL(verdict_of(SANDBOX_PROFILES - 1, SANDBOX_LEARNS,
					   number, 0, 0, PROT_EXEC, 0),
				SECCOMP_RET_USER_NOTIF);
	}
	CU_ASSERT(n_watched > 20);
	/* of mappings those of code alone: malloc makes them too */
	CU_ASSERT_EQUAL(verdict_of(SANDBOX_PROFILES - 1, SANDBOX_LEARNS,
				   seccomp_syscall_resolve_name("mmap"), 0, 0,
				   PROT_READ | PROT_WRITE, 0), ALLOW);
}

static void test_nothing_is_made_setuid_while_it_learns(void)
{
	static const struct {
		const char *name;
		uint64_t arguments[3];
	} cases[] = {
		{ "chmod", { 0, 04755 } },
		{ "fchmod", { 3, 04755 } },
		{ "fchmodat", { 3, 0, 02755 } },
		{ "open", { 0, O_CREAT, 04755 } },
		{ "mkdir", { 0, 02755 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint64_t *a = cases[i].arguments;

		CU_ASSERT_EQUAL(verdict_of(SANDBOX_PROFILES - 1, SANDBOX_LEARNS,
					   seccomp_syscall_resolve_name(
						   cases[i].name),
					   a[0], a[1], a[2], 0),
				fails_with(EPERM));
	}
}

/* but not who starts it, and waits for its exec meanwhile */
static void test_what_the_second_stage_ends_waits_for_who_learns(void)
{
	const unsigned int actor = SANDBOX_BASE | SANDBOX_CLOSES;
	const unsigned int program = SANDBOX_BASE | SANDBOX_FILES |
				     SANDBOX_PROGRAM;
	const uint64_t none[6] = { 0 }, code[6] = { [2] = PROT_EXEC };

	CU_ASSERT_EQUAL(verdict_of(actor, SANDBOX_LEARNS, __NR_uname, 0, 0, 0, 0),
			SECCOMP_RET_USER_NOTIF);
	CU_ASSERT_EQUAL(verdict_of(program, SANDBOX_LEARNS, __NR_uname, 0, 0, 0,
				   0), SECCOMP_RET_ALLOW);
	CU_ASSERT_EQUAL(verdict_of(actor, SANDBOX_LEARNS, __NR_execve, 0, 0, 0,
				   0), SECCOMP_RET_ALLOW);
	CU_ASSERT(sandbox_groups_of("uname", none, SANDBOX_FIRST_STAGE) &
		  SANDBOX_BASE);
	CU_ASSERT_EQUAL(sandbox_groups_of("uname", none, SANDBOX_SECOND_STAGE),
			SANDBOX_NETWORK);
	/* by its arguments, too */
	CU_ASSERT(sandbox_groups_of("mmap", none, SANDBOX_SECOND_STAGE) &
		  SANDBOX_BASE);
	CU_ASSERT_EQUAL(sandbox_groups_of("mmap", code, SANDBOX_SECOND_STAGE),
			SANDBOX_PROGRAM);
	CU_ASSERT_EQUAL(sandbox_groups_of("unshare", none, SANDBOX_FIRST_STAGE),
			0);
}

static void test_every_row_holds_in_every_profile_that_has_it(void)
{
	const struct sandbox_syscall *rows;
	unsigned int profile;
	size_t i, n;

	rows = sandbox_syscalls(&n);
	for (profile = 0; profile < SANDBOX_PROFILES; profile++) {
		if (!is_real(profile))
			continue;
		for (i = 0; i < n; i++) {
			int number = seccomp_syscall_resolve_name(rows[i].name);
			uint32_t got;

			if (!(rows[i].groups & profile) || number < 0 ||
			    rows[i].stage == SANDBOX_SECOND_STAGE)
				continue;
			got = verdict(profile, number, fitting(&rows[i], 0),
				      fitting(&rows[i], 1),
				      fitting(&rows[i], 2),
				      fitting(&rows[i], 3));
			/* a row that fails gives way to one that works */
			if (got == SECCOMP_RET_ALLOW ||
			    (rows[i].error &&
			     got == fails_with(rows[i].error)))
				continue;
			harness_note("profile %#x: %s: %#x", profile,
				     rows[i].name, got);
			CU_FAIL("a row does not hold");
		}
	}
}

/* ---- what must never be ------------------------------------------------- */

static const char *const forbidden[] = {
	"io_uring_setup", "io_uring_enter", "io_uring_register", "ptrace",
	"process_vm_readv", "process_vm_writev", "keyctl", "add_key",
	"request_key", "bpf", "userfaultfd", "perf_event_open", "mount",
	"umount2", "pivot_root", "move_mount", "open_tree", "fsopen",
	"fsconfig", "fsmount", "fspick", "mount_setattr", "setns", "unshare",
	"chroot", "init_module", "finit_module", "delete_module", "kexec_load",
	"kexec_file_load", "reboot", "swapon", "swapoff", "modify_ldt", "iopl",
	"ioperm", "kcmp", "pidfd_getfd", "pidfd_open", "pidfd_send_signal",
	"process_madvise", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
	"setreuid", "setregid", "setresuid", "setresgid",
	"setfsuid", "setfsgid", "setgroups", "capset", "quotactl", "acct",
	"settimeofday", "clock_settime", "adjtimex", "clock_adjtime",
	"sethostname", "setdomainname", "mknod", "mknodat",
	"name_to_handle_at", "open_by_handle_at", "fanotify_init",
	"fanotify_mark", "lookup_dcookie", "vhangup", "syslog", "shmget",
	"shmat", "shmctl", "msgget", "msgsnd", "semget", "semop", "mq_open",
	"execveat", "chown", "fchown", "lchown", "fchownat", "setxattr",
	"fsetxattr", "lsetxattr", "sched_setscheduler",
	"sched_setattr", "ioprio_set", "migrate_pages", "move_pages", "mbind",
	"set_mempolicy", "remap_file_pages", "pkey_mprotect", "memfd_secret",
	"seccomp", "nfsservctl", "uselib", "ustat",
	"_sysctl", "sysfs", "create_module", "openat2", "prlimit",
};

/* a program may be told that there is none, so that it does without */
static bool is_kept_out(unsigned int profile, int number)
{
	uint32_t got = verdict(profile, number, 0, 0, 0, 0);

	return got == KILL ||
	       (profile & SANDBOX_PROGRAM && got == FAIL(ENOSYS));
}

static void test_what_is_forbidden_is_so_in_every_profile(void)
{
	unsigned int profile;
	size_t i;

	for (profile = 0; profile < SANDBOX_PROFILES; profile++)
		for (i = 0; is_real(profile) && i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
			int number = seccomp_syscall_resolve_name(forbidden[i]);

			if (number < 0 || is_kept_out(profile, number))
				continue;
			harness_note("profile %#x: %s", profile, forbidden[i]);
			CU_FAIL("it is not killed");
		}
}

static bool has_row(unsigned int profile, int number)
{
	const struct sandbox_syscall *rows;
	size_t i, n;

	rows = sandbox_syscalls(&n);
	for (i = 0; i < n; i++)
		if ((rows[i].groups & profile) &&
		    seccomp_syscall_resolve_name(rows[i].name) == number)
			return true;
	return false;
}

static void test_a_call_without_a_row_is_killed(void)
{
	unsigned int profile;
	int number;

	for (profile = 0; profile < SANDBOX_PROFILES; profile++)
		for (number = 0; is_real(profile) && number < NUMBERS;
		     number++) {
			if (has_row(profile, number))
				continue;
			CU_ASSERT_EQUAL(verdict(profile, number, 0, 0, 0, 0),
					SECCOMP_RET_KILL_PROCESS);
		}
}

static void test_another_machines_calls_are_killed(void)
{
	static const uint32_t machines[] = {
		AUDIT_ARCH_I386, AUDIT_ARCH_ARM, AUDIT_ARCH_MIPS, 0, ~0u,
	};
	const struct sock_fprog *filter;
	unsigned int profile;
	size_t i;

	for (profile = 0; profile < SANDBOX_PROFILES; profile++) {
		if (!is_real(profile))
			continue;
		CU_ASSERT_EQUAL_FATAL(filter_of(profile, SANDBOX_KILLS, &filter), 0);
		for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
			struct seccomp_data data = { .arch = machines[i] };

			for (data.nr = 0; data.nr < NUMBERS; data.nr++)
				CU_ASSERT_EQUAL(run_filter(filter, &data),
						SECCOMP_RET_KILL_PROCESS);
		}
	}
	/* the other numbering of the same machine */
	if (seccomp_arch_native() == SCMP_ARCH_X86_64)
		CU_ASSERT_EQUAL(verdict(NETWORK, 0x40000000, 0, 0,
					0, 0),
				SECCOMP_RET_KILL_PROCESS);
}

/* ---- arguments ---------------------------------------------------------- */

static void test_arguments_decide_where_they_should(void)
{
	static const struct {
		unsigned int profile;
		const char *name;
		uint64_t arguments[5];
		uint32_t expected;
	} cases[] = {
		{ BASE, "mmap", { 0, 1, PROT_READ, MAP_PRIVATE }, ALLOW },
		{ BASE, "mmap", { 0, 1, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS }, ALLOW },
		{ BASE, "mmap", { 0, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE },
		  ALLOW },
		{ BASE, "mmap", { 0, 1, PROT_READ | PROT_EXEC,
				  MAP_PRIVATE | MAP_ANONYMOUS }, KILL },
		{ BASE, "mmap", { 0, 1, PROT_READ | PROT_WRITE | PROT_EXEC,
				  MAP_PRIVATE }, KILL },
		{ PROGRAM, "mmap", { 0, 1, PROT_WRITE | PROT_EXEC,
				     MAP_PRIVATE | MAP_ANONYMOUS }, ALLOW },
		{ BASE, "mmap", { 0, 1, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB },
		  FAIL(ENOMEM) },
		{ BASE, "mmap", { 0, 1, PROT_READ | PROT_EXEC,
				  MAP_PRIVATE | MAP_HUGETLB }, KILL },
		{ PROGRAM, "mmap", { 0, 1, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB },
		  FAIL(ENOMEM) },
		{ PROGRAM, "mmap", { 0, 1, PROT_EXEC,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB },
		  FAIL(ENOMEM) },
		{ PROGRAM, "mmap", { 0, 1, PROT_EXEC,
				     MAP_PRIVATE | MAP_ANONYMOUS }, ALLOW },
		{ BASE, "madvise", { 0, 1, MADV_DONTNEED }, ALLOW },
		{ BASE, "madvise", { 0, 1, MADV_REMOVE }, KILL },
		{ BASE, "madvise",
		  { 0, 1, UINT64_C(1) << 32 | MADV_REMOVE }, KILL },
		{ FILES, "fallocate", { 3, FALLOC_FL_KEEP_SIZE, 0, 1 },
		  ALLOW },
		{ FILES, "fallocate",
		  { 3, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 },
		  FAIL(EOPNOTSUPP) },
		{ PROGRAM | SANDBOX_FILES, "fallocate",
		  { 3, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 },
		  ALLOW },
		{ BASE, "mprotect", { 0, 1, PROT_READ }, ALLOW },
		{ BASE, "mprotect", { 0, 1, PROT_READ | PROT_EXEC }, KILL },
		{ PROGRAM, "mprotect", { 0, 1, PROT_EXEC }, ALLOW },
		{ BASE, "fcntl", { 3, F_DUPFD_CLOEXEC }, ALLOW },
		{ BASE, "fcntl", { 3, F_SETFL }, FAIL(EPERM) },
		{ NETWORK, "fcntl", { 3, F_SETFL }, ALLOW },
		{ BASE, "fcntl", { 3, F_SETOWN }, KILL },
		{ NETWORK, "fcntl", { 3, F_SETOWN }, KILL },
		{ PROGRAM, "fcntl", { 3, F_SETLEASE }, KILL },
		{ BASE, "prctl", { PR_SET_NAME }, ALLOW },
		{ BASE, "prctl", { PR_SET_MM }, KILL },
		{ BASE, "prctl", { PR_SET_SECCOMP }, KILL },
		{ PROGRAM, "prctl", { PR_SET_PTRACER }, KILL },
		{ BASE, "prlimit64", { 0 }, ALLOW },
		{ BASE, "prlimit64", { 1 }, KILL },
		{ BASE, "prlimit64", { 1ull << 32 }, KILL },
		{ BASE, "socket", { AF_UNIX }, KILL },
		{ BASE, "socket", { AF_INET }, KILL },
		{ NETWORK, "socket", { AF_INET }, ALLOW },
		{ NETWORK, "socket", { AF_INET6 }, ALLOW },
		/* MPTCP and SMC, of which Landlock's ports know nothing */
		{ NETWORK, "socket", { AF_INET, SOCK_STREAM, 6 }, ALLOW },
		{ NETWORK, "socket", { AF_INET, SOCK_DGRAM, 17 }, ALLOW },
		{ NETWORK, "socket", { AF_INET, SOCK_STREAM, 262 },
		  FAIL(EPROTONOSUPPORT) },
		{ NETWORK, "socket", { AF_INET6, SOCK_STREAM, 256 },
		  FAIL(EPROTONOSUPPORT) },
		{ NETWORK, "socket",
		  { AF_INET, SOCK_STREAM, UINT64_C(1) << 32 | 262 },
		  FAIL(EPROTONOSUPPORT) },
		{ BASE, "socket", { AF_INET, SOCK_STREAM, 262 }, KILL },
		{ PROGRAM, "socket", { AF_INET, SOCK_STREAM, 262 },
		  FAIL(EPROTONOSUPPORT) },
		{ PROGRAM | NETWORK, "socket", { AF_INET, SOCK_STREAM, 262 },
		  FAIL(EPROTONOSUPPORT) },
		{ BASE, "sendto", { 3, 0, 0, MSG_NOSIGNAL }, ALLOW },
		{ BASE, "sendto", { 3, 0, 0, MSG_FASTOPEN }, KILL },
		{ BASE | SANDBOX_EDGES, "sendto", { 3, 0, 0, MSG_FASTOPEN },
		  ALLOW },
		{ NETWORK, "sendto", { 3, 0, 0, MSG_FASTOPEN },
		  FAIL(EOPNOTSUPP) },
		{ BASE, "sendmsg", { 3, 0, MSG_DONTWAIT }, ALLOW },
		{ NETWORK, "sendmsg", { 3, 0, MSG_FASTOPEN | MSG_NOSIGNAL },
		  FAIL(EOPNOTSUPP) },
		{ NETWORK, "sendmmsg", { 3, 0, 1, 0 }, ALLOW },
		{ NETWORK, "sendmmsg", { 3, 0, 1, MSG_FASTOPEN }, KILL },
		{ NETWORK, "socket", { AF_UNIX }, FAIL(EAFNOSUPPORT) },
		{ NETWORK, "socket", { AF_NETLINK }, FAIL(EAFNOSUPPORT) },
		{ NETWORK, "socket", { AF_PACKET }, KILL },
		{ NETWORK, "socket", { AF_VSOCK }, KILL },
		{ NETWORK, "socket", { AF_ALG }, KILL },
		{ JOURNAL, "socket", { AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC },
		  ALLOW },
		{ JOURNAL, "socket", { AF_UNIX, SOCK_STREAM }, KILL },
		{ JOURNAL, "socket", { AF_UNIX, SOCK_SEQPACKET }, KILL },
		{ JOURNAL, "socket", { AF_INET }, KILL },
		{ JOURNAL, "connect", { 0 }, ALLOW },
		{ JOURNAL, "bind", { 0 }, KILL },
		{ JOURNAL, "listen", { 0 }, KILL },
		{ JOURNAL, "accept4", { 0 }, KILL },
		{ JOURNAL, "shutdown", { 0 }, KILL },
		{ JOURNAL, "setsockopt", { 0 }, FAIL(EPERM) },
		{ JOURNAL, "ftruncate", { 0 }, KILL },
		{ CONTROL, "socket", { AF_UNIX }, FAIL(EAFNOSUPPORT) },
		{ CONTROL, "socket", { AF_INET }, KILL },
		{ CONTROL, "accept4", { 0 }, ALLOW },
		{ CONTROL, "connect", { 0 }, KILL },
		{ CONTROL, "bind", { 0 }, KILL },
		{ CONTROL, "memfd_create", { 0 }, KILL },
		{ CONTROL, "fsync", { 0 }, KILL },
		{ KEEPER, "ftruncate", { 0 }, ALLOW },
		{ KEEPER, "socket", { AF_UNIX }, KILL },
		{ KEEPER, "socketpair", { AF_UNIX }, KILL },
		{ KEEPER, "memfd_create", { 0 }, KILL },
		{ PROGRAM, "socket", { AF_UNIX }, ALLOW },
		{ PROGRAM, "socket", { AF_INET }, FAIL(EAFNOSUPPORT) },
		{ PROGRAM | NETWORK, "socket", { AF_INET }, ALLOW },
		{ PROGRAM | NETWORK, "socket", { AF_UNIX }, ALLOW },
		{ BASE, "clone", { 0 }, KILL },
		{ PROGRAM, "clone", { 17 }, ALLOW },
		{ PROGRAM, "clone", { 0x10000000 }, KILL },
		{ PROGRAM, "clone", { 0x00020000 }, KILL },
		{ BASE, "clone3", { 0 }, KILL },
		{ PROGRAM, "clone3", { 0 }, FAIL(ENOSYS) },
		{ BASE, "ioctl", { 1, 0x5401 }, FAIL(ENOTTY) },
		{ BASE, "ioctl", { 1, 0x5412 }, KILL },	/* TIOCSTI */
		/* musl's ioctl() takes an int */
		{ PROGRAM, "ioctl", { 1, (uint64_t)(int)TIOCGPTN },
		  FAIL(ENOTTY) },
		{ PROGRAM, "ioctl", { 1, TIOCGPTN }, FAIL(ENOTTY) },
		{ BASE, "ioctl", { 1, UINT64_MAX << 32 | 0x5412 }, KILL },
		{ PROGRAM, "ioctl", { 1, 0x5412 }, KILL },
		{ PROGRAM, "ioctl", { 1, TIOCGPGRP }, FAIL(ENOTTY) },
		{ PROGRAM, "ioctl", { 1, TIOCSPGRP }, FAIL(ENOTTY) },
		{ PROGRAM, "ioctl", { 1, TIOCSCTTY }, FAIL(ENOTTY) },
		{ BASE, "ioctl", { 1, TIOCGPGRP }, KILL },
		{ PROGRAM, "ioctl", { 1, FIOCLEX }, ALLOW },
		{ PROGRAM, "ioctl", { 1, FIOASYNC }, KILL },
		{ SIGNALS, "ioctl", { 1, FIOASYNC }, ALLOW },
		{ BASE, "kill", { 1 }, KILL },
		{ PROGRAM, "kill", { 1 }, FAIL(EPERM) },
		{ SIGNALS, "kill", { 1 }, ALLOW },
		{ SIGNALS, "tkill", { 1 }, KILL },
		{ SIGNALS, "fcntl", { 3, F_SETOWN }, ALLOW },
		{ SIGNALS, "fcntl", { 3, F_SETSIG }, KILL },
		{ PROGRAM, "fcntl", { 3, F_SETOWN }, KILL },
		{ BASE, "setuid", { 0 }, KILL },
		{ BASE, "setgid", { 0 }, KILL },
		{ JOURNAL, "setuid", { 0 }, KILL },
		{ PROGRAM, "setuid", { 0 }, ALLOW },
		{ BASE, "setpriority", { PRIO_PROCESS }, KILL },
		{ PROGRAM, "setpriority", { PRIO_PROCESS }, ALLOW },
		{ PROGRAM, "setpriority", { PRIO_PROCESS, 7 }, FAIL(EPERM) },
		{ PROGRAM, "pidfd_open", { 7 }, FAIL(ENOSYS) },
		{ PROGRAM, "shmget", { 7 }, FAIL(ENOSYS) },
		{ PROGRAM, "io_uring_setup", { 7 }, FAIL(ENOSYS) },
		{ PROGRAM, "io_uring_enter", { 7 }, KILL },
		{ BASE, "pidfd_open", { 7 }, KILL },
		{ BASE, "openat2", { 7 }, KILL },
		{ PROGRAM, "setpriority", { PRIO_PGRP }, FAIL(EPERM) },
		{ PROGRAM, "setpriority", { PRIO_USER, 7 }, FAIL(EPERM) },
		{ PROGRAM, "setpriority", { UINT64_C(1) << 32 }, KILL },
		{ BASE, "memfd_create", { 0, MFD_CLOEXEC }, KILL },
		{ BASE, "ftruncate", { 3 }, KILL },
		{ MEMFD, "memfd_create",
		  { 0, MFD_CLOEXEC | MFD_ALLOW_SEALING }, ALLOW },
		{ MEMFD, "memfd_create", { 0, MFD_HUGETLB }, KILL },
		{ MEMFD, "memfd_secret", { 0 }, KILL },
		{ MEMFD, "ftruncate", { 3 }, ALLOW },
		{ MEMFD, "mmap", { 0, 1, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_SHARED }, KILL },
		/* setuid, setgid */
		{ FILES, "chmod", { 0, 01777 }, ALLOW },
		{ FILES, "chmod", { 0, 04755 }, FAIL(EPERM) },
		{ FILES, "chmod", { 0, 06755 }, FAIL(EPERM) },
		{ FILES, "fchmod", { 3, 02755 }, FAIL(EPERM) },
		{ FILES, "fchmodat", { 3, 0, 0755 }, ALLOW },
		{ FILES, "fchmodat", { 3, 0, 04755 }, FAIL(EPERM) },
		{ FILES, "fchmodat2", { 3, 0, 0755 }, FAIL(ENOSYS) },
		{ PROGRAM | FILES, "fchmodat2", { 3, 0, 0755 }, FAIL(ENOSYS) },
		{ FILES, "mkdir", { 0, 02755 }, FAIL(EPERM) },
		{ FILES, "mkdirat", { 3, 0, 02755 }, FAIL(EPERM) },
		{ FILES, "creat", { 0, 0644 }, ALLOW },
		{ FILES, "creat", { 0, 04755 }, FAIL(EPERM) },
		{ FILES, "open", { 0, O_CREAT | O_RDWR, 0666 }, ALLOW },
		{ FILES, "open", { 0, O_CREAT | O_RDWR, 04755 }, FAIL(EPERM) },
		{ FILES, "openat", { 3, 0, O_CREAT, 04755 }, FAIL(EPERM) },
		{ FILES, "openat", { 3, 0, O_CREAT, 02755 }, FAIL(EPERM) },
		{ FILES, "openat", { 3, 0, O_TMPFILE, 06755 }, FAIL(EPERM) },
		/* what a libc leaves there */
		{ FILES, "openat", { 3, 0, O_RDWR, UINT64_MAX }, ALLOW },
		{ FILES, "openat", { 3, 0, O_DIRECTORY, 06755 }, ALLOW },
		{ BASE, "openat", { 3, 0, O_CREAT, 04755 }, FAIL(EPERM) },
		{ BASE, "chmod", { 0, 0755 }, KILL },
		{ FILES, "renameat2", { 3, 0, 3, 0, RENAME_EXCHANGE }, ALLOW },
		{ FILES, "renameat2", { 3, 0, 3, 0, RENAME_WHITEOUT },
		  FAIL(EINVAL) },
		{ BASE, "fcntl", { 3, F_GET_SEALS }, ALLOW },
		{ BASE, "shutdown", { 3 }, KILL },
		{ BASE, "setsockopt", { 3 }, KILL },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint64_t *a = cases[i].arguments;
		uint32_t got = verdict_of_call(cases[i].profile, cases[i].name,
					       a);

		if (got == cases[i].expected ||
		    (is_new(cases[i].name) && got == KILL))
			continue;
		harness_note("case %zu, %s in profile %#x: %#x", i,
			     cases[i].name, cases[i].profile, got);
		CU_FAIL("another verdict");
	}
}

/* A new one is as good as an old one, but for the one that makes holes. */
static void test_all_advice_but_one_may_be_given(void)
{
	uint64_t advice;

	for (advice = 0; advice < 128; advice++)
		CU_ASSERT_EQUAL(verdict_by_name(BASE, "madvise", 0, 1, advice,
						0),
				advice == MADV_REMOVE ? KILL : ALLOW);
}

/* the same rules; but of another machine's calls nobody is told */
static void test_what_would_be_killed_is_told_to_a_listener(void)
{
	const struct sock_fprog *filter;
	struct seccomp_data other = { .arch = AUDIT_ARCH_ARM };
	unsigned int profile;
	uint32_t killed;
	int number;

	for (profile = 0; profile < SANDBOX_PROFILES; profile++) {
		if (!is_real(profile))
			continue;
		for (number = 0; number < NUMBERS; number++) {
			killed = verdict(profile, number, 0, 0, 0, 0);
			if (killed == KILL)
				killed = SECCOMP_RET_USER_NOTIF;
			CU_ASSERT_EQUAL(verdict_of(profile, SANDBOX_TELLS,
						   number, 0, 0, 0, 0), killed);
		}
		CU_ASSERT_EQUAL_FATAL(filter_of(profile, SANDBOX_TELLS, &filter),
				      0);
		CU_ASSERT_EQUAL(run_filter(filter, &other), KILL);
	}
}

static void test_a_filter_is_compiled_once(void)
{
	const struct sock_fprog *first, *second;

	CU_ASSERT_EQUAL(filter_of(BASE, SANDBOX_KILLS, &first), 0);
	CU_ASSERT_EQUAL(filter_of(BASE, SANDBOX_KILLS, &second), 0);
	CU_ASSERT_PTR_EQUAL(first, second);
	CU_ASSERT_EQUAL(filter_of(BASE, SANDBOX_TELLS, &second), 0);
	CU_ASSERT_PTR_NOT_EQUAL(first, second);
	CU_ASSERT_EQUAL(filter_of(SANDBOX_PROFILES, SANDBOX_KILLS, &second),
			-EINVAL);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_every_row_names_a_call_and_a_reason),
	HARNESS_TEST(test_no_row_is_there_twice),
	HARNESS_TEST(test_every_row_holds_in_every_profile_that_has_it),
	HARNESS_TEST(test_what_names_something_waits_for_who_learns),
	HARNESS_TEST(test_nothing_is_made_setuid_while_it_learns),
	HARNESS_TEST(test_what_the_second_stage_ends_waits_for_who_learns),
	HARNESS_TEST(test_what_is_forbidden_is_so_in_every_profile),
	HARNESS_TEST(test_a_call_without_a_row_is_killed),
	HARNESS_TEST(test_another_machines_calls_are_killed),
	HARNESS_TEST(test_arguments_decide_where_they_should),
	HARNESS_TEST(test_all_advice_but_one_may_be_given),
	HARNESS_TEST(test_what_would_be_killed_is_told_to_a_listener),
	HARNESS_TEST(test_a_filter_is_compiled_once),
};

HARNESS_MAIN(tests)
