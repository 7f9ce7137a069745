/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch.c - one start: clone, put on the sandbox step by step, execute.
 *
 * What the child does is the table of steps, in their order. It shares our
 * memory until it executes, so it only calls the kernel. The first step that
 * fails is told through a socket that closes on exec; the listener of its filter
 * comes through it before.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisord/act/clone.h"
#include "supervisord/act/launch.h"
#include "supervisord/act/launch_program.h"
#include "supervisord/act/launch_slots.h"
#include "supervisord/act/sandbox.h"

#define CONTROL_FD 3
#define EXIT_STEP_FAILED 126
#define NOTIFY_VARIABLE "NOTIFY_SOCKET="

/* ---- in the child ------------------------------------------------------- */

static int reset_signals(const struct sandbox_plan *plan)
{
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	int signal;

	(void)plan;
	for (signal = 1; signal < NSIG; signal++)
		sigaction(signal, &standard, NULL);
	return 0;
}

static int place_descriptors(const struct sandbox_plan *plan)
{
	int output_fd = plan->output_fd >= 0 ? plan->output_fd : plan->null_fd;
	unsigned int rest = CONTROL_FD;
	int r = launch_slots_keep();

	if (r < 0)
		return r;
	if (dup2(plan->null_fd, STDIN_FILENO) < 0 ||
	    dup2(output_fd, STDOUT_FILENO) < 0 ||
	    dup2(output_fd, STDERR_FILENO) < 0)
		return -errno;
	if (plan->control_fd >= 0) {
		if (dup2(plan->control_fd, CONTROL_FD) < 0)
			return -errno;
		rest++;
	}
	/* some are needed until exec */
	if (close_range(rest, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return -errno;
	return 0;
}

static int unblock_signals(const struct sandbox_plan *plan)
{
	sigset_t none;

	(void)plan;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

static int execute(const struct sandbox_plan *plan)
{
	execve(plan->path, plan->arguments, plan->environment);
	return -errno;
}

/* order matters: namespaces while there are capabilities, the parent's death
 * after the uid, Landlock after the last mount, the filter last of all but the
 * limit that would count for its listener */
static const struct {
	const char *name;
	int (*enter)(const struct sandbox_plan *plan);
} steps[] = {
	{ "signals", reset_signals },
	{ "descriptors", place_descriptors },
	{ "session", sandbox_session_enter },
	{ "network", sandbox_network_enter },
	{ "mount", sandbox_mount_enter },
	{ "uid", sandbox_user_enter },
	{ "capabilities", sandbox_capabilities_enter },
	{ "rlimits", sandbox_rlimits_enter },
	{ "parent", sandbox_parent_enter },
	{ "no_new_privs", sandbox_no_new_privs_enter },
	{ "landlock", sandbox_landlock_enter },
	{ "signals", unblock_signals },
	{ "seccomp", sandbox_filter_enter },
	{ "rlimits", sandbox_files_enter },
	{ "exec", execute },
};
#define N_STEPS (sizeof(steps) / sizeof(steps[0]))

/* how a failure crosses the socket */
struct step_failure {
	unsigned int step;
	int error;
};

static int child_run(void *data)
{
	const struct sandbox_plan *plan = data;
	struct step_failure failure = { 0 };
	ssize_t n;

	while (failure.error == 0 && failure.step < N_STEPS) {
		failure.error = -steps[failure.step].enter(plan);
		if (failure.error == 0)
			failure.step++;
	}
	do
		n = write(plan->error_fd, &failure, sizeof(failure));
	while (n < 0 && errno == EINTR);
	_exit(EXIT_STEP_FAILED);
}

/* ---- in the supervisor -------------------------------------------------- */

static int last_capability(void)
{
	static int last = -1;

	if (last < 0)
		last = (int)cap_max_bits() - 1;
	return last;
}

/* asked once: nothing that was dropped can come back */
static uint64_t bounding_set(void)
{
	static uint64_t set;
	static bool known;
	int i;

	for (i = 0; !known && i <= last_capability(); i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) != 0)
			set |= UINT64_C(1) << i;
	known = true;
	return set;
}

/* of what we add */
#define OWN_VARIABLES_MAX 2
#define ORIGIN_VARIABLE "LD_ORIGIN_PATH="

/** struct environment - @n_own: the first so many strings are ours */
struct environment {
	char **variables;
	size_t n_own;
};

static void environment_free(struct environment *environment)
{
	for (size_t i = 0; i < environment->n_own; i++)
		free(environment->variables[i]);
	free(environment->variables);
}

static int add_notify(struct environment *environment,
		      const struct launch *launch)
{
	const char *path = launch->program->root_fd >= 0 ?
			   SANDBOX_NOTIFY_PATH : launch->notify_socket;

	if (asprintf(&environment->variables[environment->n_own],
		     NOTIFY_VARIABLE "%s", path) < 0)
		return -ENOMEM;
	environment->n_own++;
	return 0;
}

static bool has_variable(char *const *variables, const char *name)
{
	for (; variables && *variables; variables++)
		if (!strncmp(*variables, name, strlen(name)))
			return true;
	return false;
}

/* a loader asks /proc for its $ORIGIN, which is not there, and then this */
static int add_origin(struct environment *environment,
		      const struct launch *launch)
{
	const char *path = launch->program->path;
	const char *slash = strrchr(path, '/');
	int n = slash && slash > path ? (int)(slash - path) : 1;

	if (asprintf(&environment->variables[environment->n_own],
		     ORIGIN_VARIABLE "%.*s", n, path) < 0)
		return -ENOMEM;
	environment->n_own++;
	return 0;
}

/* NULL-terminated; what is not ours stays the caller's */
static int environment_of(const struct launch *launch, struct environment *ret)
{
	size_t n = 0;
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	while (launch->environment && launch->environment[n])
		n++;
	ret->variables = calloc(n + OWN_VARIABLES_MAX + 1,
				sizeof(*ret->variables));
	if (!ret->variables)
		return -ENOMEM;
	if (launch->notify_socket)
		r = add_notify(ret, launch);
	if (r == 0 && launch->program->root_fd >= 0 &&
	    !has_variable(launch->environment, ORIGIN_VARIABLE))
		r = add_origin(ret, launch);
	if (r < 0)
		environment_free(ret);
	else if (n > 0)
		memcpy(ret->variables + ret->n_own, launch->environment,
		       n * sizeof(*ret->variables));
	return r;
}

static int network_fd_of(const struct launch *launch)
{
	if (launch->program->network_fd >= 0)
		return launch->program->network_fd;
	if (launch->node->sandbox.network == SPEC_NETWORK_HOST)
		return -1;
	return launch->host->empty_netns_fd;
}

static void plan_identity(struct sandbox_plan *plan,
			  const struct launch *launch)
{
	plan->user_fd = launch->program->user_fd;
	plan->set_uid = !launch->host->user_mode;
	plan->sole_uid = plan->user_fd >= 0 ||
			 (plan->set_uid && launch->host->n_uids > 0);
	plan->uid = launch->uid;
	plan->gid = (gid_t)launch->uid;
}

/* mounts of what is its own alone, and of this start */
static int plan_own(struct sandbox_plan *plan, const struct launch *launch)
{
	const struct spec_sandbox *sandbox = &launch->node->sandbox;
	bool user = launch->host->user_mode;

	if (launch->program->root_fd < 0)
		return 0;
	if (sandbox->scratch_bytes) {
		plan->scratch_fd = sandbox_scratch_new(
			sandbox->scratch_bytes, user ? geteuid() : plan->uid,
			user ? getegid() : plan->gid);
		if (plan->scratch_fd < 0)
			return plan->scratch_fd;
	}
	if (sandbox->state) {
		plan->state_fd = sandbox_state_new(launch->state_fd);
		if (plan->state_fd < 0)
			return plan->state_fd;
	}
	return 0;
}

static int plan_open(struct sandbox_plan *plan, const struct launch *launch,
		     int *ret_error_fd)
{
	int channel[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) < 0)
		return -errno;
	*ret_error_fd = channel[0];
	plan->error_fd = channel[1];
	if (launch->notify_socket && launch->program->root_fd >= 0) {
		plan->notify_fd = sandbox_mount_notify(launch->notify_socket);
		if (plan->notify_fd < 0)
			return plan->notify_fd;
	}
	return plan_own(plan, launch);
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* what the child has has other numbers: those of its slots */
static int lend_descriptors(struct sandbox_plan *plan)
{
	int *const fds[] = {
		&plan->control_fd, &plan->output_fd, &plan->error_fd,
		&plan->network_fd, &plan->root_fd, &plan->ipc_fd,
		&plan->notify_fd, &plan->landlock_fd, &plan->user_fd,
		&plan->scratch_fd, &plan->state_fd,
	};

	_Static_assert(sizeof(fds) / sizeof(fds[0]) < LAUNCH_SLOTS,
		       "one slot is for /dev/null");
	plan->null_fd = launch_slots_null();
	return launch_slots_lend(fds, sizeof(fds) / sizeof(fds[0]));
}

static int start_planned(const struct sandbox_plan *plan, int cgroup_fd,
			 struct launch_child *ret)
{
	struct sandbox_plan lent = *plan;
	int flags = CLONE_FILES |
		    (plan->namespaces ? CLONE_NEWUTS : 0) |
		    (plan->namespaces && plan->ipc_fd < 0 ? CLONE_NEWIPC : 0);
	int r;

	r = lend_descriptors(&lent);
	if (r < 0)
		return r;
	r = clone_borrowed(flags, cgroup_fd, child_run, &lent, &ret->pid, &ret->pidfd);
	launch_slots_clear();
	return r;
}

/* it has executed, or failed: all that will come is there */
static void hear_start(int error_fd, struct launch_child *ret)
{
	struct step_failure failure;
	int fd = sandbox_listener_take(error_fd);

	ret->listener_fd = fd < 0 ? -1 : fd;
	if (recv(error_fd, &failure, sizeof(failure),
		 MSG_PEEK | MSG_DONTWAIT) > 0)
		ret->error_fd = error_fd;
	else
		close(error_fd);
}

static int start_with(const struct launch *launch, char **environment,
		      struct launch_child *ret)
{
	const struct launch_program *program = launch->program;
	struct sandbox_plan plan = {
		.null_fd = -1,
		.control_fd = launch->control_fd,
		.output_fd = launch->output_fd,
		.error_fd = -1,
		.network_fd = network_fd_of(launch),
		.root_fd = program->root_fd,
		.ipc_fd = program->ipc_fd,
		.notify_fd = -1,
		.scratch_fd = -1,
		.state_fd = -1,
		.landlock_fd = program->landlock_fd,
		.user_fd = -1,
		.filter = program->filter,
		.listened = program->listened,
		.namespaces = program->root_fd >= 0,
		.program = launch->node->kind == SPEC_PROGRAM,
		.pids = launch->node->sandbox.pids,
		.counted = launch->cgroup &&
			   cgroup_has(&launch->host->cgroups, CGROUP_PIDS),
		.last_capability = last_capability(),
		.bounding = bounding_set(),
		.n_processes = program->n_processes,
		.parent = getpid(),
		.path = program->path,
		.arguments = program->arguments,
		.environment = environment,
	};
	int error_fd = -1, r;

	plan_identity(&plan, launch);
	r = launch_slots_begin();
	if (r == 0)
		r = plan_open(&plan, launch, &error_fd);
	if (r == 0)
		r = start_planned(&plan, launch->cgroup ? launch->cgroup->fd : -1,
				  ret);
	close_if_open(plan.error_fd);
	close_if_open(plan.notify_fd);
	close_if_open(plan.scratch_fd);
	close_if_open(plan.state_fd);
	if (r < 0) {
		close_if_open(error_fd);
		return r;
	}
	hear_start(error_fd, ret);
	return 0;
}

int launch_start(const struct launch *launch, struct launch_child *ret)
{
	struct launch_child child = {
		.pid = -1, .pidfd = -1, .error_fd = -1, .listener_fd = -1,
	};
	struct environment environment;
	int r;

	/* -1 would mean "as it is" to the kernel, and that is root */
	if (!launch->host->user_mode &&
	    (launch->uid == 0 || launch->uid == (uid_t)-1))
		return -EINVAL;
	r = environment_of(launch, &environment);
	if (r < 0)
		return r;
	r = start_with(launch, environment.variables, &child);
	environment_free(&environment);
	if (r == 0)
		*ret = child;
	return r;
}

bool launch_is_executing(int error_fd)
{
	struct pollfd said = { .fd = error_fd, .events = POLLIN };

	return poll(&said, 1, 0) < 0 || !(said.revents & POLLIN);
}

int launch_failure(int error_fd, const char **ret_step)
{
	struct step_failure failure;
	struct pollfd ready = { .fd = error_fd, .events = POLLIN };

	if (poll(&ready, 1, 0) <= 0 || !(ready.revents & POLLIN))
		return 0;
	if (read(error_fd, &failure, sizeof(failure)) != sizeof(failure) ||
	    failure.step >= N_STEPS || failure.error <= 0)
		return 0;
	*ret_step = steps[failure.step].name;
	return failure.error;
}
