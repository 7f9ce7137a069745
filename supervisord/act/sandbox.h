/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox.h - the parts of a sandbox, private to this folder.
 *
 * Each part is prepared by the supervisor (sandbox_*_new) and put on by the
 * child between clone and exec (sandbox_*_enter). The child shares our memory:
 * an enter function takes no lock, no memory, and changes nothing here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/filter.h>
#include <seccomp.h>

#include "supervisord/config/spec.h"

/** enum sandbox_use - what a path inside is there for */
enum sandbox_use {
	SANDBOX_USE_PROGRAM,	/* read and execute */
	SANDBOX_USE_LIBRARY,
	SANDBOX_USE_READ,	/* a `read` of the file */
	SANDBOX_USE_EXECUTE,	/* and this, an `execute` */
	SANDBOX_USE_WRITE,
	SANDBOX_USE_LOADER,	/* data of the dynamic loader */
	SANDBOX_USE_DEVICE,
	SANDBOX_USE_HIDDEN,	/* ours, in what is granted: nothing is there */
	SANDBOX_USE_OWN,	/* a mount by itself, for sandbox_own.c */
};

/** sandbox_is_code() - may it be executed, and mapped as code? */
static inline bool sandbox_is_code(enum sandbox_use use)
{
	return use == SANDBOX_USE_PROGRAM || use == SANDBOX_USE_LIBRARY ||
	       use == SANDBOX_USE_EXECUTE;
}

/**
 * struct sandbox_path - one path that exists inside, at the same place
 * @fd: O_PATH; the rest is what fstat() says of it
 */
struct sandbox_path {
	char *path;
	enum sandbox_use use;
	int fd;
	mode_t mode;
	dev_t device;
	ino_t inode;
};

/*
 * Descriptors on their way in sockets are counted for all of one uid together, and
 * each sender may add some as long as they are not more than it may have open
 * itself. Who can fill its own sockets must not take that from those who cannot.
 */
#define SANDBOX_FILES_MAX 4096
#define SANDBOX_FILES_MAX_SHARED 1024	/* of a program whose uid others have */

/**
 * struct sandbox_plan - what a child needs to know; descriptors are -1: none
 * @root_fd: mount namespace to enter
 * @ipc_fd: the same of what processes share by names; -1: it is born in its own
 * @notify_fd: detached mount of the notify socket
 * @scratch_fd, @state_fd: the same of what is its own
 * @user_fd: user namespace to enter
 * @listened: what the filter forbids is told to a listener, who gets it through
 *            @error_fd
 * @bounding: capabilities that may be in our bounding set; a user namespace has all
 * @n_processes: so many may have its uid at a time; 0: it alone
 * @sole_uid: nobody else has this uid, so that its processes can be counted
 * @pids: so many of them; 0: as for all of its kind
 * @counted: its cgroup counts them as well
 */
struct sandbox_plan {
	int null_fd;
	int control_fd;
	int output_fd;
	int error_fd;
	int network_fd;
	int root_fd;
	int ipc_fd;
	int notify_fd;
	int scratch_fd;
	int state_fd;
	int landlock_fd;
	int user_fd;
	const struct sock_fprog *filter;
	bool listened;
	bool namespaces;
	bool set_uid;
	bool sole_uid;
	bool program;
	uint32_t pids;
	bool counted;
	uid_t uid;
	gid_t gid;
	int last_capability;
	uint64_t bounding;
	unsigned int n_processes;
	pid_t parent;
	const char *path;
	char *const *arguments;
	char *const *environment;
};

/* ---- mounts ------------------------------------------------------------- */

#define SANDBOX_NOTIFY_FOLDER "/run"
#define SANDBOX_NOTIFY_PATH SANDBOX_NOTIFY_FOLDER "/notify"

/**
 * struct sandbox_rooms - namespaces that the processes of a program enter, one
 *                        after the other
 * @root_fd: of mounts
 * @ipc_fd: of what System V and POSIX queues have names in
 *
 * To make the second, and to take it down, costs more than a fork; nothing can be
 * left in it, as no filter allows the calls that would. -1: none.
 */
struct sandbox_rooms {
	int root_fd;
	int ipc_fd;
};
#define SANDBOX_NO_ROOMS ((struct sandbox_rooms){ -1, -1 })

/** sandbox_rooms_open() - those of this process; 0 or negative errno
 * @proc_fd: /proc */
int sandbox_rooms_open(int proc_fd, struct sandbox_rooms *ret);
/** sandbox_rooms_close() - those that there are */
void sandbox_rooms_close(struct sandbox_rooms *rooms);
/**
 * sandbox_mount_new() - a mount namespace whose root holds just these paths
 * @paths: sorted by path
 * @ret_culprit: on an error: the path it was about, or NULL
 */
int sandbox_mount_new(const struct sandbox_path *paths, size_t n_paths,
		      struct sandbox_rooms *ret, const char **ret_culprit);
/**
 * sandbox_place_open() - what @path is to be mounted on, in the root that is ours
 * @tmpfs_fd: its file system, in which what is missing is made
 *
 * A link in a folder that was granted leads to what need not be granted, as that
 * of the loader in /lib64: it is missing then. Nothing is made in what is the
 * host's. Return: O_PATH; -EXDEV: a link leads to something else; other negative
 * errno.
 */
int sandbox_place_open(int tmpfs_fd, const struct sandbox_path *path);
/**
 * sandbox_template_copy() - the same as a root that was kept
 *
 * Return: 0; -ENOENT: none was; other negative errno.
 */
int sandbox_template_copy(const struct sandbox_path *paths, size_t n_paths,
			  struct sandbox_rooms *ret);
/** sandbox_template_keep() - for later copies, when it is fit for that */
void sandbox_template_keep(const struct sandbox_path *paths, size_t n_paths,
			   int root_fd);
/** sandbox_template_forget() - close all that were kept */
void sandbox_template_forget(void);
/**
 * sandbox_own_new() - a detached mount with places for what is a node's own
 *
 * Landlock knows a start's own mounts by this one, in which they will be: the
 * rules are made before them. Return: its descriptor; negative errno.
 */
int sandbox_own_new(bool scratch, bool state);
/** sandbox_scratch_new() - a detached file system, empty, of this size;
 * negative errno */
int sandbox_scratch_new(uint64_t n_bytes, uid_t uid, gid_t gid);
/** sandbox_state_new() - a detached mount of a folder; negative errno */
int sandbox_state_new(int folder_fd);
/** sandbox_tmpfs_new() - a detached one, nosuid, nodev, noexec
 * @options: pairs of name and value, the last name NULL; negative errno */
int sandbox_tmpfs_new(const char *const *options);
/** sandbox_mount_notify() - a detached mount of @socket; negative errno */
int sandbox_mount_notify(const char *socket);
int sandbox_mount_enter(const struct sandbox_plan *plan);

/* ---- memory ------------------------------------------------------------- */

/**
 * sandbox_memory_begin() - in a supervisor: no code of what it has written
 *
 * Neither a fork nor an exec hands it on. Return: whether the kernel can do it.
 */
bool sandbox_memory_begin(void);

/* ---- network ------------------------------------------------------------ */

/** sandbox_network_new() - an empty network namespace, with @loopback up */
int sandbox_network_new(bool loopback, int *ret_network_fd);
int sandbox_network_enter(const struct sandbox_plan *plan);

/* ---- privileges --------------------------------------------------------- */

/**
 * sandbox_user_map() - let the own uid and gid exist in a new user namespace
 *
 * To be called by a process that began in it.
 */
int sandbox_user_map(uid_t uid, gid_t gid);
/** sandbox_user_new() - a user namespace with only the uid and gid we have */
int sandbox_user_new(int *ret_user_fd);
/**
 * sandbox_session_begin() - a process group of its own, and no terminal
 * @alone: a session of its own too; else it has one only to leave a terminal
 */
int sandbox_session_begin(bool alone);
int sandbox_session_enter(const struct sandbox_plan *plan);
int sandbox_user_enter(const struct sandbox_plan *plan);
int sandbox_capabilities_enter(const struct sandbox_plan *plan);
int sandbox_rlimits_enter(const struct sandbox_plan *plan);
/**
 * sandbox_files_enter() - the limit of descriptors, apart from the others
 *
 * After sandbox_filter_enter(): until then it is the supervisor's, and so no
 * descriptor that others of the uid have on their way hinders the listener.
 */
int sandbox_files_enter(const struct sandbox_plan *plan);
int sandbox_parent_enter(const struct sandbox_plan *plan);
int sandbox_no_new_privs_enter(const struct sandbox_plan *plan);

/* ---- landlock ----------------------------------------------------------- */

#define SANDBOX_LANDLOCK_SCOPES 6	/* the ABI that has all we use */

/** sandbox_landlock_abi() - of the running kernel; 0: none */
int sandbox_landlock_abi(void);
/** sandbox_landlock_new() - @network: it may use TCP */
int sandbox_landlock_new(int abi, const struct sandbox_path *paths,
			 size_t n_paths, bool network, int *ret_landlock_fd);
/** struct sandbox_landlock_rights - as the kernel numbers them */
struct sandbox_landlock_rights {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};
/**
 * sandbox_landlock_closing() - which rights nobody needs in the second stage
 *
 * Return: false: there is no domain that takes them away and nothing else, as
 * one without rules takes links between folders.
 */
bool sandbox_landlock_closing(int abi, const struct spec_sandbox *sandbox,
			      struct sandbox_landlock_rights *ret);
int sandbox_landlock_enter(const struct sandbox_plan *plan);
#define SANDBOX_LANDLOCK_PORTS 4	/* the first ABI that knows of TCP */
/** sandbox_ports_add() - TCP by these ports after all, made without @network */
int sandbox_ports_add(int landlock_fd, const struct spec_ports *ports);

/* ---- system calls ------------------------------------------------------- */

enum sandbox_group {
	SANDBOX_BASE = 1 << 0,		/* libc, its loader, libactorproc */
	SANDBOX_FILES = 1 << 1,		/* it may write somewhere */
	SANDBOX_NETWORK = 1 << 2,	/* network is not none */
	SANDBOX_JOURNAL = 1 << 3,	/* /system/journal: journald */
	SANDBOX_PROGRAM = 1 << 4,	/* kind: program */
	SANDBOX_MEMFD = 1 << 5,		/* it may make memory to pass on */
	SANDBOX_ZYGOTE = 1 << 6,	/* it forks the instances of a class */
	SANDBOX_CLOSES = 1 << 7,	/* it has a second stage: no program */
	SANDBOX_READ = 1 << 8,		/* it may read somewhere */
	SANDBOX_THREADS = 1 << 9,	/* an actor with more pids than one */
	SANDBOX_STREAMS = 1 << 10,	/* it is given connections */
	SANDBOX_CONTROL = 1 << 11,	/* /system/control: who connects to it */
	SANDBOX_KEEPER = 1 << 12,	/* /system/dead-letters: its two files */
	SANDBOX_SIGNALS = 1 << 13,	/* a program whose signals are bounded */
	SANDBOX_EDGES = 1 << 14,	/* no socket comes to it but such pairs */
};
#define SANDBOX_PROFILES (1 << 15)

/** enum sandbox_stage - when: from exec on, or behind the start hook */
enum sandbox_stage {
	SANDBOX_BOTH_STAGES,
	SANDBOX_FIRST_STAGE,		/* only until the second begins */
	SANDBOX_SECOND_STAGE,		/* only from then on: to fail */
};

/**
 * struct sandbox_syscall - a row: who may make this call, and why
 * @groups: any of enum sandbox_group
 * @stage: in which it holds
 * @error: 0: it works; else it fails with this positive errno, which is for
 *         calls that libraries try and can do without
 * @arguments: only if all of them fit
 */
struct sandbox_syscall {
	const char *name;
	unsigned int groups;
	enum sandbox_stage stage;
	int error;
	unsigned int n_arguments;
	struct scmp_arg_cmp arguments[2];
	const char *reason;
};

const struct sandbox_syscall *sandbox_syscalls(size_t *ret_n);
/**
 * struct sandbox_profile - whose calls
 * @groups: enum sandbox_group, or'ed
 * @granted: names of more, in both stages, NULL-terminated; NULL: none
 */
struct sandbox_profile {
	unsigned int groups;
	char *const *granted;
};

/**
 * enum sandbox_filter_kind - which filter, and what comes of a forbidden call
 *
 * The first stage: the kernel kills; or who makes it waits, and a listener is
 * told, in SANDBOX_LEARNS of each call that observation_watches(), too, and of
 * what the second would end. The second, on top: a SIGSYS, for what is allowed no
 * more.
 */
enum sandbox_filter_kind {
	SANDBOX_KILLS,
	SANDBOX_TELLS,
	SANDBOX_ENDS,
	SANDBOX_LEARNS,
};

/**
 * sandbox_filter() - the compiled filter of a profile, made once
 * @ret_filter: lives as long as this process
 *
 * Return: 0; -EINVAL: a call is granted that does not exist; other negative errno.
 */
int sandbox_filter(const struct sandbox_profile *profile,
		   enum sandbox_filter_kind kind,
		   const struct sock_fprog **ret_filter);
/**
 * sandbox_groups_of() - enum sandbox_group, or'ed: whom this call does not end
 * @arguments: six of them
 * @stage: the first or the second
 */
unsigned int sandbox_groups_of(const char *name, const uint64_t *arguments,
			       enum sandbox_stage stage);
/**
 * sandbox_groups_allowed() - the same: for whom this call works
 * @arguments: six of them; NULL: with some, whichever
 */
unsigned int sandbox_groups_allowed(const char *name, const uint64_t *arguments,
				    enum sandbox_stage stage);
/** sandbox_grant_allows() - this call works for whom it is granted by its name */
bool sandbox_grant_allows(const char *name, const uint64_t *arguments);
int sandbox_filter_enter(const struct sandbox_plan *plan);
/**
 * sandbox_listener_take() - what sandbox_filter_enter() sent to @channel_fd
 *
 * Return: the listener; -ENOENT: none is next there.
 */
int sandbox_listener_take(int channel_fd);
