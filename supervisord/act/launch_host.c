/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch_host.c - what can this machine and user do? Found out by doing it.
 *
 * Each layer is tried in a process that is thrown away. What does not work is
 * left out of every start, and lowers the level, with a reason a person reads.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/act/clone.h"
#include "supervisord/act/launch.h"
#include "supervisord/act/launch_override.h"
#include "supervisord/act/launch_slots.h"
#include "supervisord/act/sandbox.h"
#include "supervisord/act/uid_lease.h"

#define NOBODY 65534
#define LEVEL_MAX 3

/* ---- root or user ------------------------------------------------------- */

static const cap_value_t capabilities_of_root[] = {
	CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SETUID, CAP_SETGID, CAP_SETPCAP,
};

static bool has_capabilities(void)
{
	cap_flag_value_t value;
	cap_t capabilities;
	bool all = true;
	size_t i;

	capabilities = cap_get_proc();
	if (!capabilities)
		return false;
	for (i = 0; i < sizeof(capabilities_of_root) /
				sizeof(capabilities_of_root[0]); i++)
		if (cap_get_flag(capabilities, capabilities_of_root[i],
				 CAP_EFFECTIVE, &value) < 0 ||
		    value != CAP_SET)
			all = false;
	cap_free(capabilities);
	return all;
}

/* a container may have capabilities and no uid but its own */
static int try_other_uid(void *data)
{
	(void)data;
	if (syscall(SYS_setgroups, 0, NULL) < 0 ||
	    syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) < 0 ||
	    syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) < 0)
		return -errno;
	return 0;
}

struct user {
	uid_t uid;
	gid_t gid;
};

/* in a new user and mount namespace: is it worth anything? */
static int settle(void *data)
{
	const struct user *user = data;
	int r;

	r = sandbox_user_map(user->uid, user->gid);
	if (r == 0 && mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		r = -errno;
	return r;
}

/* tried in a helper first: it cannot be undone */
static void enter_user_namespace(void)
{
	struct user user = { geteuid(), getegid() };

	if (clone_helper(CLONE_NEWUSER | CLONE_NEWNS, settle, &user) < 0)
		return;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0)
		settle(&user);
}

/* ---- the layers --------------------------------------------------------- */

static int try_namespaces(void *data)
{
	(void)data;
	return 0;
}

static bool probe_namespaces(void)
{
	struct sandbox_rooms rooms;
	const char *culprit;

	if (clone_helper(CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID,
			 try_namespaces, NULL) < 0 ||
	    sandbox_mount_new(NULL, 0, &rooms, &culprit) < 0)
		return false;
	sandbox_rooms_close(&rooms);
	return true;
}

static int try_landlock(void *data)
{
	struct sandbox_plan plan = { .landlock_fd = *(int *)data };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return sandbox_landlock_enter(&plan);
}

static int probe_landlock(int most)
{
	int abi = sandbox_landlock_abi();
	int fd, r;

	if (abi > most)
		abi = most;
	if (abi == 0 || sandbox_landlock_new(abi, NULL, 0, false, &fd) < 0)
		return 0;
	r = clone_helper(0, try_landlock, &fd);
	close(fd);
	return r < 0 ? 0 : abi;
}

static int try_filter(void *data)
{
	struct sandbox_plan plan = { .filter = data };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return sandbox_filter_enter(&plan);
}

/* a process has one listener: in a container it may have one already */
static int try_listener(void *data)
{
	struct sandbox_plan plan = { .filter = data, .listened = true };
	int channel[2], fd, r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) < 0)
		return -errno;
	plan.error_fd = channel[1];
	r = sandbox_filter_enter(&plan);
	fd = sandbox_listener_take(channel[0]);
	if (fd >= 0)
		close(fd);
	close(channel[0]);
	close(channel[1]);
	return r < 0 ? r : fd < 0 ? fd : 0;
}

static bool probe_seccomp(int (*try)(void *data))
{
	static struct sock_filter allow[] = {
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 1, .filter = allow };

	return clone_helper(0, try, &program) == 0;
}

/* ---- all of it ---------------------------------------------------------- */

static bool is_without(const struct launch_host *host, enum launch_layer layer)
{
	return host->without & layer;
}

static int read_override(struct launch_host *host, int *ret_landlock_abi,
			 const char **ret_what)
{
	struct launch_override override;
	int r;

	*ret_what = LAUNCH_OVERRIDE_VARIABLE
		": no such layer, see actorproc-supervisord(8)";
	r = launch_override_read(secure_getenv(LAUNCH_OVERRIDE_VARIABLE),
				 &override);
	if (r < 0)
		return r;
	host->without = override.without;
	*ret_landlock_abi = override.landlock_abi;
	return 0;
}

static void probe_memory(struct launch_host *host)
{
	host->mdwe = !is_without(host, LAUNCH_MDWE) && sandbox_memory_begin();
}

/* what it then has is what can be made */
static void probe_layers(struct launch_host *host, int most_landlock_abi)
{
	host->namespaces = !is_without(host, LAUNCH_NAMESPACES) &&
			   probe_namespaces();
	if (host->namespaces &&
	    (is_without(host, LAUNCH_NETWORK_NAMESPACES) ||
	     sandbox_network_new(false, &host->empty_netns_fd) < 0))
		host->empty_netns_fd = -1;
	host->landlock_abi = probe_landlock(most_landlock_abi);
	host->seccomp = !is_without(host, LAUNCH_SECCOMP) &&
			probe_seccomp(try_filter);
	host->seccomp_listener = !is_without(host, LAUNCH_SECCOMP_LISTENER) &&
				 probe_seccomp(try_listener);
	probe_memory(host);
	host->bound = cgroup_host_bound();
}

static void lease_uids(struct launch_host *host, const char *system)
{
	host->uid_first = NOBODY;
	if (is_without(host, LAUNCH_LEASE) ||
	    uid_lease(system, &host->uid_first, &host->n_uids,
		      &host->uid_lease_fd) < 0)
		host->uid_lease_fd = -1;
}

int launch_host_probe(struct launch_host *host, const char *system,
		      const char **ret_what)
{
	int r, landlock_abi;

	memset(host, 0, sizeof(*host));
	r = read_override(host, &landlock_abi, ret_what);
	if (r < 0)
		return r;
	host->empty_netns_fd = host->uid_lease_fd = host->cgroups.fd = -1;
	*ret_what = "/proc: it must be mounted";
	if (access("/proc/self/ns/mnt", F_OK) < 0)
		return -errno;
	*ret_what = "clone: cannot make processes";
	host->user_mode = is_without(host, LAUNCH_UIDS) || !has_capabilities();
	if (!host->user_mode) {
		r = clone_helper(0, try_other_uid, NULL);
		if (r < 0 && r != -EINVAL && r != -EPERM)
			return r;
		host->user_mode = r < 0;
		/* what failed half-way left our memory closed to /proc */
		if (host->user_mode)
			prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	}
	if (!host->user_mode)
		lease_uids(host, system);
	else if (!is_without(host, LAUNCH_USER_NAMESPACES))
		enter_user_namespace();
	probe_layers(host, landlock_abi);
	return 0;
}

int launch_host_init(struct launch_host *host, const char *system,
		     const char **ret_what)
{
	int r = launch_host_probe(host, system, ret_what);

	if (r == 0 && !is_without(host, LAUNCH_CGROUPS))
		r = cgroup_base_open(&host->cgroups, ret_what);
	return r;
}

/* an exec has taken it off */
void launch_host_resume(struct launch_host *host)
{
	probe_memory(host);
	host->bound = cgroup_host_bound();
}

void launch_host_deinit(struct launch_host *host)
{
	if (host->empty_netns_fd >= 0)
		close(host->empty_netns_fd);
	if (host->uid_lease_fd >= 0)
		close(host->uid_lease_fd);
	cgroup_base_close(&host->cgroups);
	sandbox_template_forget();
	launch_slots_end();
	host->empty_netns_fd = host->uid_lease_fd = -1;
}

/* that of one uid which nobody else has, and not of the one the kernel spares */
bool launch_host_counts(const struct launch_host *host)
{
	if (host->user_mode)
		return host->namespaces && geteuid() != 0;
	return host->n_uids > 0;
}

uid_t launch_host_uid(const struct launch_host *host, unsigned int number)
{
	if (host->n_uids == 0)
		return host->uid_first;
	return host->uid_first + number % host->n_uids;
}

/* ---- the level ---------------------------------------------------------- */

static bool lacks_namespaces(const struct launch_host *host)
{
	return !host->namespaces;
}

static bool lacks_pid_namespaces(const struct launch_host *host)
{
	return !host->namespaces || is_without(host, LAUNCH_PID_NAMESPACES);
}

static bool lacks_network(const struct launch_host *host)
{
	return host->empty_netns_fd < 0;
}

static bool lacks_seccomp(const struct launch_host *host)
{
	return !host->seccomp;
}

static bool lacks_listener(const struct launch_host *host)
{
	return host->seccomp && !host->seccomp_listener;
}

static bool lacks_landlock(const struct launch_host *host)
{
	return host->landlock_abi == 0;
}

static bool lacks_scopes(const struct launch_host *host)
{
	return host->landlock_abi > 0 &&
	       host->landlock_abi < SANDBOX_LANDLOCK_SCOPES;
}

static bool lacks_tcp(const struct launch_host *host)
{
	return host->landlock_abi > 0 &&
	       host->landlock_abi < SANDBOX_LANDLOCK_PORTS;
}

static bool lacks_mdwe(const struct launch_host *host)
{
	return !host->mdwe;
}

static bool lacks_ports(const struct launch_host *host)
{
	return host->wanted & LAUNCH_WANTS_PORTS &&
	       host->landlock_abi < SANDBOX_LANDLOCK_PORTS;
}

static bool shares_users_uid(const struct launch_host *host)
{
	return host->user_mode;
}

static bool lacks_lease(const struct launch_host *host)
{
	return !host->user_mode && host->n_uids == 0;
}

static bool lacks(const struct launch_host *host,
		  enum cgroup_controller controller)
{
	return host->wanted & 1u << controller &&
	       !cgroup_has(&host->cgroups, controller);
}

static bool lacks_memory(const struct launch_host *host)
{
	return lacks(host, CGROUP_MEMORY);
}

/* an rlimit does the same where each has a uid or a user namespace of its own */
static bool lacks_pids(const struct launch_host *host)
{
	return lacks(host, CGROUP_PIDS) && !launch_host_counts(host);
}

static bool lacks_cpu(const struct launch_host *host)
{
	return lacks(host, CGROUP_CPU);
}

static bool lacks_io(const struct launch_host *host)
{
	return lacks(host, CGROUP_IO);
}

static bool only_looks(const struct launch_host *host)
{
	return host->learns;
}

/* of a whole host none is without it, but by a test's word */
static bool lacks_second_stage(const struct launch_host *host)
{
	return is_without(host, LAUNCH_SECOND_STAGE);
}

static bool lacks_what_is_there(const struct launch_host *host)
{
	return host->without;
}

/* the level is that of the worst row; two of the worst make it zero */
static const struct {
	const char *name;
	bool (*lacks)(const struct launch_host *host);
	int level;
	const char *reason;
} layers[] = {
	{ "namespaces", lacks_namespaces, 1,
	  "no namespaces: actors see the host's files and processes "
	  "(user.max_user_namespaces, AppArmor, or a container without "
	  "CAP_SYS_ADMIN)" },
	{ "seccomp", lacks_seccomp, 1, "no seccomp: any system call can be made" },
	{ "pid-namespaces", lacks_pid_namespaces, 2,
	  "no pid namespaces: a supervisor's end does not end all below it at "
	  "once" },
	{ "network-namespaces", lacks_network, 2,
	  "no network namespaces: network: none is not enforced by one" },
	{ "landlock", lacks_landlock, 2,
	  "no Landlock: files are bounded by mounts and uids alone" },
	{ "landlock-scopes", lacks_scopes, 2,
	  "Landlock is older than ABI 6: no scopes for signals and abstract "
	  "sockets" },
	{ "landlock-tcp", lacks_tcp, 2,
	  "Landlock is older than ABI 4: TCP is bounded by namespaces and "
	  "seccomp alone" },
	{ "ports", lacks_ports, 2,
	  "Landlock is older than ABI 4: connect_ports and listen_ports of the "
	  "file are not in force" },
	{ "uids", shares_users_uid, 2,
	  "not root: all actors share the uid that started the system" },
	{ "lease", lacks_lease, 2,
	  "no range of uids could be leased: all actors share one" },
	{ "seccomp-listener", lacks_listener, 3,
	  "no notifications of seccomp: it kills, and the cause does not name "
	  "the system call" },
	{ "mdwe", lacks_mdwe, 2,
	  "no MDWE: that what was written is not executed, seccomp alone sees "
	  "to (a kernel before 6.3)" },
	{ "second-stage", lacks_second_stage, 2,
	  "no second stage: actors keep the system calls of their start" },
	{ "memory", lacks_memory, 2,
	  "\"memory\" of the file is not in force: no cgroup v2 with that "
	  "controller was given to us" },
	{ "pids", lacks_pids, 2,
	  "\"pids\" of the file is not in force: no cgroup v2 with that "
	  "controller was given to us" },
	{ "cpu", lacks_cpu, 2,
	  "\"cpu\" of the file is not in force: no cgroup v2 with that "
	  "controller was given to us" },
	{ "io", lacks_io, 2,
	  "\"io\" of the file is not in force: no cgroup v2 with that "
	  "controller was given to us" },
	{ "learning", only_looks, 1,
	  "it is being learned: each system call is made, and looked at" },
	{ "override", lacks_what_is_there, 2,
	  LAUNCH_OVERRIDE_VARIABLE " takes layers away, for tests only" },
};

static size_t append(char *text, size_t size_bytes, size_t used,
		     const char *separator, const char *line)
{
	int n;

	if (used >= size_bytes)
		return used;
	n = snprintf(text + used, size_bytes - used, "%s%s",
		     used > 0 ? separator : "", line);
	return used + (n > 0 ? (size_t)n : 0);
}

/* the layer of a limit has the name of its controller */
static size_t append_bound(char *text, size_t size_bytes, size_t used,
			   const char *layer, unsigned int bound)
{
	char line[64];

	for (unsigned int i = 0; i < N_CGROUP_CONTROLLERS; i++) {
		if (!(bound & 1u << i) ||
		    strcmp(layer, cgroup_controller_name(i)) != 0)
			continue;
		snprintf(line, sizeof(line), CGROUP_BOUND_TEXT, layer);
		used = append(text, size_bytes, used, ": ", line);
	}
	return used;
}

int launch_host_level(const struct launch_host *host, char *reasons,
		      size_t size_bytes)
{
	int level = LEVEL_MAX;
	size_t i, used = 0;

	if (size_bytes > 0)
		*reasons = '\0';
	for (i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		if (!layers[i].lacks(host))
			continue;
		if (layers[i].level == 1 && level == 1)
			level = 0;
		else if (layers[i].level < level)
			level = layers[i].level;
		used = append(reasons, size_bytes, used, "; ", layers[i].reason);
		used = append_bound(reasons, size_bytes, used,
				    layers[i].name, host->bound);
	}
	return level;
}

void launch_host_layers(const struct launch_host *host,
			char text[static LAUNCH_LAYERS_BYTES])
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
		if (layers[i].lacks(host))
			used = append(text, LAUNCH_LAYERS_BYTES, used, " ",
				      layers[i].name);
}
