/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch.h - make the process of an actor, with its sandbox.
 *
 * launch_program_*() prepare what is the same for each start (the executable,
 * its libraries, the compiled filter) before anything runs; launch_start() only
 * clones. The child does nothing that needs a lock or memory, and reports the
 * step that failed through a pipe that exec closes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "supervisord/act/cgroup.h"
#include "supervisord/config/spec.h"

/**
 * struct launch_host - what this machine and user can do, probed once by doing
 *
 * Tests may take away from it what a host could lack.
 */
#define LAUNCH_WANTS_PORTS (1u << 8)
struct launch_host {
	bool user_mode;		/* no CAP_SETUID…: user namespaces, not uids */
	int landlock_abi;	/* 0: none */
	bool seccomp;
	bool seccomp_listener;	/* what a filter forbids can be told */
	bool mdwe;		/* memory that was written is never code */
	bool namespaces;	/* mount, ipc, uts, pid */
	bool learns;		/* of one actor: its filter only looks */
	int empty_netns_fd;	/* the system's one empty network, or -1 */
	uid_t uid_first;	/* leased range, root only */
	unsigned int n_uids;	/* 0: all actors share uid_first */
	int uid_lease_fd;	/* holds the lease, or -1 */
	struct cgroup_base cgroups;
	unsigned int bound;	/* controllers that version 1 has instead */
	unsigned int wanted;	/* by the file: its controllers, ports */
	unsigned int without;	/* enum launch_layer: a test took these away */
};

/**
 * launch_host_init() - probe; in user mode enter the user namespace
 * @system: for the uid lease
 * @ret_what: on an error: what failed and what to do, static text
 *
 * Call once, in the root supervisor, before anything is forked: in user mode
 * it moves this process into a user and mount namespace of its own (uid kept).
 * Supervisors below must keep empty_netns_fd, uid_lease_fd and cgroups.fd open. Return: 0;
 * negative errno when nothing can work.
 */
int launch_host_init(struct launch_host *host, const char *system,
		     const char **ret_what);
/**
 * launch_host_probe() - the same but for a cgroup, in a process that only looks
 */
int launch_host_probe(struct launch_host *host, const char *system,
		      const char **ret_what);
/** launch_host_resume() - in a supervisor that goes on as another program */
void launch_host_resume(struct launch_host *host);
/** launch_host_deinit() - close what it and this folder hold */
void launch_host_deinit(struct launch_host *host);
/** launch_host_uid() - the uid of the actor with this number in its system */
uid_t launch_host_uid(const struct launch_host *host, unsigned int number);
/* room for every reason at once */
#define LAUNCH_REASONS_BYTES 2048

/**
 * launch_host_level() - 3 (all of it) to 0, and the reasons for less, as text
 * @reasons: on one line; truncated
 */
int launch_host_level(const struct launch_host *host, char *reasons,
		      size_t size_bytes);
#define LAUNCH_LAYERS_BYTES 256
/** launch_host_layers() - the names of those that are degraded, with spaces between */
void launch_host_layers(const struct launch_host *host,
			char text[static LAUNCH_LAYERS_BYTES]);

struct launch_program;
/**
 * launch_program_new() - open and examine what a node executes
 * @ret_what: the step that failed, static text until the next call: "exec …",
 *            "read /path", "write /path", "mount /path", "network", "uid",
 *            "landlock", "seccomp"
 *
 * Holds five descriptors at most: the mount namespace with the executable, its
 * libraries and the granted paths, that of queues, the loopback network namespace,
 * the user namespace, the Landlock rules. A granted path must exist, but for the
 * bundled actors (/system/…). Return: 0; negative errno.
 */
int launch_program_new(struct launch_program **ret,
		       const struct launch_host *host,
		       const struct spec_node *node, const char **ret_what);
/**
 * launch_program_new_forking() - one whose process is to fork others
 * @n_processes: at a time; they share its uid and filter
 */
int launch_program_new_forking(struct launch_program **ret,
			       const struct launch_host *host,
			       const struct spec_node *node,
			       unsigned int n_processes, const char **ret_what);
/**
 * launch_program_learns() - what its process names is to be looked at first
 *
 * By who reads its listener with observation_take(). Return: 0; -EOPNOTSUPP: the
 * kernel has no listeners; other negative errno.
 */
int launch_program_learns(struct launch_program *program,
			  const struct spec_node *node);
/** launch_program_profile() - whose system calls a node has, enum sandbox_group
 * or'ed */
unsigned int launch_program_profile(const struct spec_node *node);
/**
 * launch_program_signals() - may it signal its own processes?
 *
 * A program, when the host keeps those of others out of its reach: by a domain of
 * Landlock of its own, or by a uid that nobody else has.
 */
bool launch_program_signals(const struct launch_host *host,
			    const struct spec_node *node);
/** launch_host_counts() - is there a limit for the processes of an actor? */
bool launch_host_counts(const struct launch_host *host);
/** launch_program_hold() - by one more, who frees it as well; NULL: nothing */
struct launch_program *launch_program_hold(struct launch_program *program);
/** launch_program_free() - when nobody else holds it. Return: NULL */
struct launch_program *launch_program_free(struct launch_program *program);
/**
 * launch_program_is_stale() - has another file taken the executable's place?
 *
 * Then starts go on with the old one until there is a new launch_program.
 */
bool launch_program_is_stale(const struct launch_program *program);
/**
 * launch_program_is_current() - nor of what it is granted, or of its libraries?
 *
 * One that goes on in spite of a new executable has what it had, and does so when
 * that is gone: none is no other one.
 */
bool launch_program_is_current(const struct launch_program *program);
/** launch_program_is_as() - is either as good as the other to come back to? */
bool launch_program_is_as(const struct launch_program *program,
			  const struct launch_program *other);
/** launch_program_serves() - is it for the next start, or a new one? */
bool launch_program_serves(const struct launch_program *program);
/**
 * launch_program_note_tried() - it goes on in spite of the file that is there
 * @other: what was prepared of that; NULL: nothing could be
 *
 * A third one is news then.
 */
void launch_program_note_tried(struct launch_program *program,
			       const struct launch_program *other);
/**
 * launch_program_resume() - one that a program before us has prepared
 * @program: all but its filter is there; with what is open
 *
 * Return: 0; negative errno.
 */
int launch_program_resume(struct launch_program *program,
			  const struct launch_host *host,
			  const struct spec_node *node);

/**
 * struct launch - one start
 * @uid: of this actor, root mode only
 * @control_fd: becomes descriptor 3; -1 for a program
 * @output_fd: becomes 1 and 2; -1: /dev/null
 * @notify_socket: of a datagram socket outside, bound to /run/notify inside
 *                 with NOTIFY_SOCKET set; NULL: none
 * @state_fd: its folder on the host, when the node has a state
 * @environment: all of it, NULL-terminated (ACTOR_* and the file's)
 * @cgroup: where it is born; NULL: where we are
 */
struct launch {
	const struct launch_program *program;
	const struct launch_host *host;
	const struct spec_node *node;
	uid_t uid;
	int control_fd;
	int output_fd;
	const char *notify_socket;
	int state_fd;
	char *const *environment;
	const struct cgroup *cgroup;
};

/** struct launch_child - a started process; the caller owns the descriptors */
struct launch_child {
	pid_t pid;		/* as seen here */
	int pidfd;
	int error_fd;		/* see launch_failure(); -1: no step failed */
	int listener_fd;	/* see violation.h; -1: its filter kills */
};

/**
 * launch_start() - clone it; returns when it has executed, or failed to
 *
 * The child begins with descriptors 0 to 3 and no others, an empty signal mask,
 * default signal actions, umask 077 and / as its directory. It exits with 126
 * when a step fails. Return: 0; negative errno: no process.
 */
int launch_start(const struct launch *launch, struct launch_child *ret);
/** launch_is_executing() - no step failed, of a start that has returned */
bool launch_is_executing(int error_fd);
/**
 * launch_failure() - did it fail before its program ran? Never blocks.
 * @error_fd: -1: it did not
 * @ret_step: static text: "mount", "uid", "landlock", "exec" …, see launch.c
 *
 * Return: 0: no (or not yet); else the positive errno of the step.
 */
int launch_failure(int error_fd, const char **ret_step);

/**
 * launch_supervisor() - fork a supervisor process, PID 1 of a new pid namespace
 * @keep_fds: descriptors to keep besides 0 to 2, all others are closed in the
 *            child, and signals are unblocked and have their default actions
 *
 * It is killed when the thread that called this ends. Where no pid namespace
 * can be made it is a child subreaper instead.
 * @host: NULL: it lacks nothing
 *
 * Return: 0 in the child; 1 in the parent with @ret_pid and @ret_pidfd;
 * negative errno.
 */
int launch_supervisor(const struct launch_host *host, const int *keep_fds,
		      size_t n_keep, pid_t *ret_pid, int *ret_pidfd);
