/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_privileges.c - identity, capabilities and limits of a child.
 *
 * Bare system calls: libc's wrappers of setresuid() and the like tell all
 * threads of the process, and here that is not the process they think. User
 * namespaces are made beforehand, since a child that shares our memory may
 * enter one, but not unshare it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/act/clone.h"
#include "supervisord/act/sandbox.h"

#define SECUREBITS                                                             \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |       \
	 SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |             \
	 SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/* ---- whom signals and a terminal reach ---------------------------------- */

static bool is_away_from_terminals(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		close(fd);

	return fd < 0 && errno == ENXIO;
}

/*
 * With autogroups the kernel shares processors out among sessions, and then a
 * switch from one to another is much slower than inside one. So the actors of
 * a system have one session, wherever it cannot do them harm.
 */
int sandbox_session_begin(bool alone)
{
	if (!alone && is_away_from_terminals())
		return setpgid(0, 0) < 0 ? -errno : 0;

	return setsid() < 0 ? -errno : 0;
}

/* A program may join the groups of its session; an actor is not let. */
int sandbox_session_enter(const struct sandbox_plan *plan)
{
	umask(077);

	return sandbox_session_begin(plan->program);
}

/* ---- who it is ---------------------------------------------------------- */

static int write_map(const char *name, const char *text)
{
	int fd, r = 0;

	fd = open(name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}

int sandbox_user_map(uid_t uid, gid_t gid)
{
	char map[64];
	int r;

	/* else no unprivileged process may write a gid map */
	r = write_map("/proc/self/setgroups", "deny");
	if (r < 0)
		return r;
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	r = write_map("/proc/self/uid_map", map);
	if (r < 0)
		return r;
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	return write_map("/proc/self/gid_map", map);
}

struct user {
	uid_t uid;
	gid_t gid;
	int fd;
};

static int user_work(void *data)
{
	struct user *user = data;

	user->fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	if (user->fd < 0)
		return -errno;
	return sandbox_user_map(user->uid, user->gid);
}

int sandbox_user_new(int *ret_user_fd)
{
	struct user user = { geteuid(), getegid(), -1 };
	int r;

	r = clone_helper(CLONE_NEWUSER, user_work, &user);
	if (r < 0) {
		if (user.fd >= 0)
			close(user.fd);
		return r;
	}
	*ret_user_fd = user.fd;
	return 0;
}

int sandbox_user_enter(const struct sandbox_plan *plan)
{
	if (plan->user_fd >= 0)
		return setns(plan->user_fd, CLONE_NEWUSER) < 0 ? -errno : 0;
	if (!plan->set_uid)
		return 0;
	/* capabilities must outlive the change: they are dropped later */
	if (prctl(PR_SET_SECUREBITS, SECUREBITS, 0, 0, 0) < 0 ||
	    syscall(SYS_setgroups, 0, NULL) < 0 ||
	    syscall(SYS_setresgid, plan->gid, plan->gid, plan->gid) < 0 ||
	    syscall(SYS_setresuid, plan->uid, plan->uid, plan->uid) < 0)
		return -errno;
	return 0;
}

/* ---- what it may -------------------------------------------------------- */

/* the bounding set and the securebits need a capability; without any there is
 * nothing to bound but what no_new_privs keeps away */
static int bound_capabilities(const struct sandbox_plan *plan)
{
	uint64_t left = plan->user_fd >= 0 ? UINT64_MAX : plan->bounding;
	int i;

	/* each one that is dropped is another set of credentials */
	for (i = 0; i <= plan->last_capability; i++)
		if (left >> i & 1 &&
		    prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0 && errno != EINVAL)
			return -errno;
	if (prctl(PR_SET_SECUREBITS, SECUREBITS, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

int sandbox_capabilities_enter(const struct sandbox_plan *plan)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2];
	int r;

	if (plan->set_uid || plan->user_fd >= 0) {
		r = bound_capabilities(plan);
		if (r < 0)
			return r;
	}
	memset(none, 0, sizeof(none));
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
	    syscall(SYS_capset, &header, none) < 0)
		return -errno;
	return 0;
}

int sandbox_no_new_privs_enter(const struct sandbox_plan *plan)
{
	(void)plan;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* ---- how much ----------------------------------------------------------- */

/* processes are only counted where nobody else has the uid */
static const struct {
	int resource;
	rlim_t of_actor;
	rlim_t of_program;
	bool sole_uid;
} limits[] = {
	{ RLIMIT_CORE, 0, 0, false },
	{ RLIMIT_MEMLOCK, 0, 64 * 1024, false },
	{ RLIMIT_MSGQUEUE, 0, 0, false },
	{ RLIMIT_RTPRIO, 0, 0, false },
	{ RLIMIT_NPROC, 1, 64, true },
};

static int lower_limit(int resource, rlim_t value)
{
	struct rlimit limit;

	if (syscall(SYS_prlimit64, 0, resource, NULL, &limit) < 0)
		return -errno;
	if (value < limit.rlim_max)
		limit.rlim_max = value;
	limit.rlim_cur = limit.rlim_max;
	if (syscall(SYS_prlimit64, 0, resource, &limit, NULL) < 0)
		return -errno;
	return 0;
}

/* of what a cgroup refuses its events tell, of this limit nothing does: that strikes
 * first, and this one stays for what would not be in it */
static rlim_t processes_of(const struct sandbox_plan *plan, rlim_t usual)
{
	rlim_t n = plan->pids ? plan->pids : usual;

	if (plan->n_processes)
		return plan->n_processes;
	return plan->counted && n > 1 ? n + 1 : n;
}

static rlim_t limit_of(const struct sandbox_plan *plan, size_t row)
{
	rlim_t usual = plan->program ? limits[row].of_program :
				       limits[row].of_actor;

	return limits[row].resource == RLIMIT_NPROC ?
	       processes_of(plan, usual) : usual;
}

int sandbox_rlimits_enter(const struct sandbox_plan *plan)
{
	size_t i;
	int r;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (limits[i].sole_uid && !plan->sole_uid)
			continue;
		r = lower_limit(limits[i].resource, limit_of(plan, i));
		if (r < 0)
			return r;
	}
	return 0;
}

/* what is counted by uid is so by that outside: a user namespace changes nothing */
static bool shares_uid(const struct sandbox_plan *plan)
{
	return plan->user_fd >= 0 || !plan->sole_uid;
}

int sandbox_files_enter(const struct sandbox_plan *plan)
{
	return lower_limit(RLIMIT_NOFILE, plan->program && shares_uid(plan) ?
						  SANDBOX_FILES_MAX_SHARED :
						  SANDBOX_FILES_MAX);
}

/* ---- whose -------------------------------------------------------------- */

/* after the uid: changing that clears it */
int sandbox_parent_enter(const struct sandbox_plan *plan)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	return getppid() == plan->parent ? 0 : -ESRCH;
}
