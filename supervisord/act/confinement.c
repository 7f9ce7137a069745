/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * confinement.c - what supervisors themselves cannot do.
 *
 * They are trusted, but read bytes of actors: if that ever goes wrong, there shall
 * be less to take over. So the root gives up what no supervisor needs before it
 * forks or reads anything: capabilities, what an exec could add, and system calls
 * that are for taking over a kernel or another process.
 *
 * One filter for all of a system, installed once and inherited, by number only, so
 * that the kernel remembers what it lets pass. It is a list of what is denied: a
 * supervisor that goes on as a newer program has it too, and no new one can be had.
 * What is denied fails with ENOSYS and not with a signal. That is done by "trace"
 * without a tracer: of two filters the sterner counts, for the kernel any errno is
 * sterner than to ask the listener of an actor, and that shall hear of each call.
 */
#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>

#include "supervisord/act/confinement.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

static const struct confinement_capability kept[] = {
	{ CAP_SYS_ADMIN, CONFINEMENT_ALL,
	  "namespaces, mounts, descriptors in flight" },
	{ CAP_SYS_CHROOT, CONFINEMENT_ALL, "to enter a mount namespace" },
	{ CAP_SETUID, CONFINEMENT_ALL, "the uid of an actor" },
	{ CAP_SETGID, CONFINEMENT_ALL, "its gid, and no groups" },
	{ CAP_SETPCAP, CONFINEMENT_ALL, "to take the bounding set away" },
	{ CAP_SETFCAP, CONFINEMENT_USER, "to map uid 0, when it is the user's" },
	{ CAP_CHOWN, CONFINEMENT_ALL, "a state folder for another uid" },
	{ CAP_KILL, CONFINEMENT_ALL, "to signal an actor" },
	{ CAP_NET_ADMIN, CONFINEMENT_ALL, "the loopback of a new network" },
	{ CAP_SYS_PTRACE, CONFINEMENT_ALL,
	  "to see in /proc what a program listens at" },
	{ CAP_DAC_READ_SEARCH, CONFINEMENT_ALL,
	  "programs and grants in private folders" },
	{ CAP_DAC_OVERRIDE, CONFINEMENT_ROOT,
	  "its own files, in folders of others" },
};

static const char *const denied[] = {
	/* other processes, from inside */
	"ptrace", "process_vm_readv", "process_vm_writev", "process_madvise",
	"pidfd_getfd", "move_pages", "migrate_pages",
	/* large and often broken */
	"bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
	"io_uring_enter", "io_uring_register", "io_setup", "io_submit",
	"vmsplice", "add_key", "keyctl", "request_key", "modify_ldt",
	"remap_file_pages", "fanotify_init", "memfd_secret",
	/* the machine */
	"init_module", "finit_module", "delete_module", "kexec_load",
	"kexec_file_load", "reboot", "swapon", "swapoff", "iopl", "ioperm",
	"acct", "quotactl", "quotactl_fd", "syslog", "vhangup",
	"settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
	/* files past their paths */
	"open_by_handle_at", "name_to_handle_at", "mknod", "mknodat",
	"chroot", "setxattr", "lsetxattr", "fsetxattr",
	/* shared by whoever knows a number */
	"shmget", "shmat", "semget", "msgget", "mq_open",
	/* of long ago */
	"uselib", "ustat", "sysfs", "_sysctl", "nfsservctl", "lookup_dcookie",
	"create_module", "get_kernel_syms", "query_module",
};

#define N_KEPT (sizeof(kept) / sizeof(kept[0]))
#define N_DENIED (sizeof(denied) / sizeof(denied[0]))

const struct confinement_capability *confinement_capabilities(size_t *ret_n)
{
	*ret_n = N_KEPT;
	return kept;
}

const char *const *confinement_denied(size_t *ret_n)
{
	*ret_n = N_DENIED;
	return denied;
}

/* ---- capabilities -------------------------------------------------------- */

/* @without: who else keeps some */
static bool keeps(cap_value_t capability, enum confinement_who without)
{
	for (size_t i = 0; i < N_KEPT; i++)
		if (kept[i].capability == capability)
			return kept[i].who == CONFINEMENT_ALL ||
			       kept[i].who != without;
	return false;
}

/* an ordinary user without a namespace of its own has none to lose, and no exec
 * adds any */
static int bound_capability(cap_value_t capability)
{
	if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL &&
	    errno != EPERM)
		return -errno;
	return 0;
}

static int cut_capabilities(enum confinement_who without)
{
	cap_t capabilities = cap_get_proc();
	int r = capabilities ? 0 : -ENOMEM;

	for (cap_value_t c = 0; r == 0 && c < cap_max_bits(); c++) {
		if (keeps(c, without))
			continue;
		cap_set_flag(capabilities, CAP_EFFECTIVE, 1, &c, CAP_CLEAR);
		cap_set_flag(capabilities, CAP_PERMITTED, 1, &c, CAP_CLEAR);
		r = bound_capability(c);
	}
	if (r == 0)
		r = cap_clear_flag(capabilities, CAP_INHERITABLE) < 0 ? -errno : 0;
	if (r == 0 && cap_set_proc(capabilities) < 0)
		r = -errno;
	cap_free(capabilities);
	return r;
}

/* ---- system calls -------------------------------------------------------- */

/* who looks for leaks in us when we end stops us for that */
static bool is_wanted(const char *name)
{
#ifdef __SANITIZE_ADDRESS__
	return !strcmp(name, "ptrace");
#else
	(void)name;
	return false;
#endif
}

static int deny(scmp_filter_ctx filter, const char *name)
{
	int number = seccomp_syscall_resolve_name(name);
	int r;

	/* of another machine, or newer than the library */
	if (number < 0 || is_wanted(name))
		return 0;
	r = seccomp_rule_add(filter, SCMP_ACT_TRACE(0), number, 0);
	return r == -EEXIST ? 0 : r;
}

static int install_filter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int r = filter ? 0 : -ENOMEM;

	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
				     SCMP_ACT_KILL_PROCESS);
	/* a tree: with calls whose arguments an actor's own looks at, both are
	 * gone through */
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; r == 0 && i < N_DENIED; i++)
		r = deny(filter, denied[i]);
	if (r == 0)
		r = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return r;
}

/* ---- both ---------------------------------------------------------------- */

int confinement_begin(bool user_mode, bool filter, const char **ret_what)
{
	int r;

	*ret_what = "no_new_privs";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	*ret_what = "capabilities";
	r = cut_capabilities(user_mode ? CONFINEMENT_ALL : CONFINEMENT_USER);
	if (r < 0 || !filter)
		return r;
	*ret_what = "seccomp";
	return install_filter();
}

void confinement_go_below(void)
{
	cut_capabilities(CONFINEMENT_ROOT);
}
