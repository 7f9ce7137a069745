/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_landlock.c - which files, signals and ports, whatever is mounted.
 *
 * Rules are about the files themselves, so the ruleset is made once, by the
 * supervisor, from the same descriptors as the mounts. Its numbers are written
 * out here: headers are often older than the kernel.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/act/sandbox.h"

enum landlock_fs {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_MAKE_SYM = 1 << 12,
	FS_REFER = 1 << 13,
	FS_TRUNCATE = 1 << 14,
	FS_IOCTL_DEV = 1 << 15,
};

#define FS_OF_FILES                                                            \
	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define FS_ABI_1 ((1 << 13) - 1)

#define NET_BIND_TCP (1 << 0)
#define NET_CONNECT_TCP (1 << 1)
#define SCOPE_ABSTRACT_UNIX (1 << 0)
#define SCOPE_SIGNAL (1 << 1)

#define CREATE_VERSION (1 << 0)
#define RULE_PATH_BENEATH 1

struct ruleset_attr {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

struct path_beneath_attr {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

/* what each version added */
static const struct {
	int abi;
	struct ruleset_attr added;
} versions[] = {
	{ 1, { .fs = FS_ABI_1 } },
	{ 2, { .fs = FS_REFER } },
	{ 3, { .fs = FS_TRUNCATE } },
	{ 4, { .net = NET_BIND_TCP | NET_CONNECT_TCP } },
	{ 5, { .fs = FS_IOCTL_DEV } },
	{ SANDBOX_LANDLOCK_SCOPES,
	  { .scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL } },
};

#define FS_WRITABLE                                                            \
	(FS_WRITE_FILE | FS_READ_FILE | FS_READ_DIR | FS_REMOVE_DIR |          \
	 FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SOCK |           \
	 FS_MAKE_FIFO | FS_MAKE_SYM | FS_REFER | FS_TRUNCATE | FS_IOCTL_DEV)

static const uint64_t rights[] = {
	[SANDBOX_USE_PROGRAM] = FS_EXECUTE | FS_READ_FILE,
	[SANDBOX_USE_LIBRARY] = FS_EXECUTE | FS_READ_FILE,
	[SANDBOX_USE_LOADER] = FS_READ_FILE,
	[SANDBOX_USE_READ] = FS_READ_FILE | FS_READ_DIR,
	[SANDBOX_USE_EXECUTE] = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR,
	[SANDBOX_USE_WRITE] = FS_WRITABLE,
	[SANDBOX_USE_DEVICE] = FS_WRITE_FILE | FS_READ_FILE | FS_IOCTL_DEV,
	[SANDBOX_USE_OWN] = FS_WRITABLE,
};

int sandbox_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
			   CREATE_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

static struct ruleset_attr handled_by(int abi, bool network)
{
	struct ruleset_attr handled = { 0 };
	size_t i;

	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (versions[i].abi > abi)
			break;
		handled.fs |= versions[i].added.fs;
		handled.net |= versions[i].added.net;
		handled.scoped |= versions[i].added.scoped;
	}
	if (network)
		handled.net = 0;
	return handled;
}

static int add_path(int ruleset_fd, const struct sandbox_path *path,
		    uint64_t handled)
{
	struct path_beneath_attr rule = {
		.allowed = rights[path->use] & handled,
		.fd = path->fd,
	};

	if (!S_ISDIR(path->mode))
		rule.allowed &= FS_OF_FILES;
	if (syscall(SYS_landlock_add_rule, ruleset_fd, RULE_PATH_BENEATH,
		    &rule, 0) < 0)
		return -errno;
	return 0;
}

int sandbox_landlock_new(int abi, const struct sandbox_path *paths,
			 size_t n_paths, bool network, int *ret_landlock_fd)
{
	struct ruleset_attr handled = handled_by(abi, network);
	size_t i;
	int fd, r;

	fd = (int)syscall(SYS_landlock_create_ruleset, &handled,
			  sizeof(handled), 0);
	if (fd < 0)
		return -errno;
	for (i = 0; i < n_paths; i++) {
		if (paths[i].use == SANDBOX_USE_HIDDEN)
			continue;
		r = add_path(fd, &paths[i], handled.fs);
		if (r < 0) {
			close(fd);
			return r;
		}
	}
	*ret_landlock_fd = fd;
	return 0;
}

bool sandbox_landlock_closing(int abi, const struct spec_sandbox *sandbox,
			      struct sandbox_landlock_rights *ret)
{
	struct ruleset_attr handled = handled_by(abi,
		sandbox->network == SPEC_NETWORK_LOOPBACK ||
		sandbox->network == SPEC_NETWORK_HOST);

	if (abi == 0 || spec_has_any(sandbox->write) ||
	    spec_has_any(sandbox->devices) || sandbox->scratch_bytes ||
	    sandbox->state)
		return false;
	if (spec_has_any(sandbox->read) || spec_has_any(sandbox->execute))
		handled.fs &= ~(uint64_t)(FS_READ_FILE | FS_READ_DIR);
	*ret = (struct sandbox_landlock_rights){
		.fs = handled.fs,
		.net = handled.net,
		.scoped = handled.scoped,
	};
	return true;
}

int sandbox_landlock_enter(const struct sandbox_plan *plan)
{
	if (plan->landlock_fd >= 0 &&
	    syscall(SYS_landlock_restrict_self, plan->landlock_fd, 0) < 0)
		return -errno;
	return 0;
}
