/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * observation.c - what a process wants from the host, before it gets it.
 *
 * Calls that name something wait, are looked at here, and are made. It is no
 * guard: another thread can change the name meanwhile.
 */
#include "supervisord/act/observation.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervisord/act/notification.h"
#include "supervisord/act/pidfd.h"

#define PIDFD_OF_THREAD O_EXCL	/* newer than the headers of some */
#define HERE (-1)	/* relative to its working directory */

enum shape {
	SHAPE_OPEN,	/* @more: where its flags are */
	SHAPE_PATH,
	SHAPE_LOOK,	/* as far as it is no folder */
	SHAPE_ADDRESS,	/* @more: where its length is */
	SHAPE_SOCKET,
	SHAPE_CODE,	/* of a file; @path: how, and of what; @more: which */
};

/** struct watched - a call, and which argument is what */
struct watched {
	const char *call;
	enum shape shape;
	enum observation_use use;
	int folder;
	int path;
	int more;
};

/* clang-format off */
static const struct watched watched[] = {
	{ "open",	SHAPE_OPEN,	OBSERVATION_READS,	HERE, 0, 1 },
	{ "openat",	SHAPE_OPEN,	OBSERVATION_READS,	0, 1, 2 },
	{ "creat",	SHAPE_PATH,	OBSERVATION_WRITES,	HERE, 0, 0 },
	{ "stat",	SHAPE_LOOK,	OBSERVATION_READS,	HERE, 0, 0 },
	{ "lstat",	SHAPE_LOOK,	OBSERVATION_READS,	HERE, 0, 0 },
	{ "newfstatat",	SHAPE_LOOK,	OBSERVATION_READS,	0, 1, 0 },
	{ "statx",	SHAPE_LOOK,	OBSERVATION_READS,	0, 1, 0 },
	{ "statfs",	SHAPE_PATH,	OBSERVATION_READS,	HERE, 0, 0 },
	{ "access",	SHAPE_LOOK,	OBSERVATION_READS,	HERE, 0, 0 },
	{ "faccessat",	SHAPE_LOOK,	OBSERVATION_READS,	0, 1, 0 },
	{ "faccessat2",	SHAPE_LOOK,	OBSERVATION_READS,	0, 1, 0 },
	{ "readlink",	SHAPE_LOOK,	OBSERVATION_READS,	HERE, 0, 0 },
	{ "readlinkat",	SHAPE_LOOK,	OBSERVATION_READS,	0, 1, 0 },
	{ "chdir",	SHAPE_PATH,	OBSERVATION_SEES,	HERE, 0, 0 },
	{ "truncate",	SHAPE_PATH,	OBSERVATION_WRITES,	HERE, 0, 0 },
	{ "chmod",	SHAPE_PATH,	OBSERVATION_WRITES,	HERE, 0, 0 },
	{ "fchmodat",	SHAPE_PATH,	OBSERVATION_WRITES,	0, 1, 0 },
	{ "utimensat",	SHAPE_PATH,	OBSERVATION_WRITES,	0, 1, 0 },
	{ "mkdir",	SHAPE_PATH,	OBSERVATION_MAKES,	HERE, 0, 0 },
	{ "mkdirat",	SHAPE_PATH,	OBSERVATION_MAKES,	0, 1, 0 },
	{ "rmdir",	SHAPE_PATH,	OBSERVATION_REPLACES,	HERE, 0, 0 },
	{ "unlink",	SHAPE_PATH,	OBSERVATION_REPLACES,	HERE, 0, 0 },
	{ "unlinkat",	SHAPE_PATH,	OBSERVATION_REPLACES,	0, 1, 0 },
	{ "rename",	SHAPE_PATH,	OBSERVATION_REPLACES,	HERE, 0, 0 },
	{ "rename",	SHAPE_PATH,	OBSERVATION_REPLACES,	HERE, 1, 0 },
	{ "renameat",	SHAPE_PATH,	OBSERVATION_REPLACES,	0, 1, 0 },
	{ "renameat",	SHAPE_PATH,	OBSERVATION_REPLACES,	2, 3, 0 },
	{ "renameat2",	SHAPE_PATH,	OBSERVATION_REPLACES,	0, 1, 0 },
	{ "renameat2",	SHAPE_PATH,	OBSERVATION_REPLACES,	2, 3, 0 },
	{ "link",	SHAPE_PATH,	OBSERVATION_READS,	HERE, 0, 0 },
	{ "link",	SHAPE_PATH,	OBSERVATION_MAKES,	HERE, 1, 0 },
	{ "linkat",	SHAPE_PATH,	OBSERVATION_READS,	0, 1, 0 },
	{ "linkat",	SHAPE_PATH,	OBSERVATION_MAKES,	2, 3, 0 },
	{ "symlink",	SHAPE_PATH,	OBSERVATION_MAKES,	HERE, 1, 0 },
	{ "symlinkat",	SHAPE_PATH,	OBSERVATION_MAKES,	1, 2, 0 },
	{ "inotify_add_watch",
			SHAPE_PATH,	OBSERVATION_READS, HERE, 1, 0 },
	{ "mmap",	SHAPE_CODE,	OBSERVATION_MAPS,	HERE, 2, 4 },
	{ "socket",	SHAPE_SOCKET,	OBSERVATION_SENDS,	0, 0, 1 },
	{ "connect",	SHAPE_ADDRESS,	OBSERVATION_CONNECTS, 0, 1, 2 },
	{ "bind",	SHAPE_ADDRESS,	OBSERVATION_LISTENS,	0, 1, 2 },
};
/* clang-format on */
#define N_WATCHED (sizeof(watched) / sizeof(*watched))

bool observation_watches(const char *call)
{
	for (size_t i = 0; i < N_WATCHED; i++)
		if (!strcmp(watched[i].call, call))
			return true;
	return false;
}

/** struct caller - @number: so it is called in /proc; 0: it is gone */
struct caller {
	pid_t number;
	const uint64_t *arguments;
};

/* ---- its memory --------------------------------------------------------- */

/* so is it called in /proc, which is of another pid namespace; 0: it is gone */
static pid_t number_of(pid_t thread)
{
	int pidfd = (int)syscall(SYS_pidfd_open, thread, PIDFD_OF_THREAD);
	pid_t number;

	if (pidfd < 0)	/* older kernels know those of processes alone */
		pidfd = (int)syscall(SYS_pidfd_open, thread, 0);
	if (pidfd < 0)
		return 0;
	number = pidfd_pid(pidfd);
	close(pidfd);
	return number;
}

static int open_file(pid_t number, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)number, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* as much as there is, up to the end of a page; by its file, as supervisors do
 * without process_vm_readv() */
static ssize_t read_memory(pid_t number, uint64_t address, void *to, size_t n)
{
	int fd = open_file(number, "mem");
	ssize_t got;

	if (fd < 0)
		return fd;
	got = pread(fd, to, n, (off_t)address);
	close(fd);
	return got;
}

/* page by page: the next one may not be there */
static int read_text(pid_t number, uint64_t address, char *to, size_t size)
{
	size_t n = 0, part, page = (size_t)sysconf(_SC_PAGESIZE);
	ssize_t got;

	while (n < size) {
		part = page - (address + n) % page;
		if (part > size - n)
			part = size - n;
		got = read_memory(number, address + n, to + n, part);
		if (got <= 0)
			return -EFAULT;
		if (memchr(to + n, '\0', (size_t)got))
			return 0;
		n += (size_t)got;
	}
	return -ENAMETOOLONG;
}

/* ---- paths -------------------------------------------------------------- */

/* @name: one of its links in /proc */
static int follow(pid_t number, const char *name, char to[static PATH_MAX])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/%s", (int)number, name);
	n = readlink(link, to, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	to[n] = '\0';
	return *to == '/' ? 0 : -ENOTDIR;
}

static int folder_of(pid_t number, int64_t folder, char to[static PATH_MAX])
{
	char name[32];

	snprintf(name, sizeof(name), "fd/%lld", (long long)folder);
	return follow(number, folder == AT_FDCWD ? "cwd" : name, to);
}

static int read_path(pid_t number, int64_t folder, uint64_t address,
		     char to[static PATH_MAX])
{
	char text[PATH_MAX], base[PATH_MAX] = "";
	int r = read_text(number, address, text, sizeof(text));

	/* without a name: about a descriptor */
	if (r == 0 && !*text)
		r = -ENOENT;
	if (r == 0 && *text != '/')
		r = folder_of(number, folder, base);
	if (r == 0 && snprintf(to, PATH_MAX, "%s%s%s", base, *base ? "/" : "",
			       text) >= PATH_MAX)
		r = -ENAMETOOLONG;
	return r;
}

/* ---- addresses ---------------------------------------------------------- */

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
	struct sockaddr_un local;
};

static void format_address(struct observation *o, int family, const void *ip,
			   uint16_t port)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, ip, text, sizeof(text));
	snprintf(o->text, sizeof(o->text), family == AF_INET ? "%s:%u" :
		 "[%s]:%u", text, ntohs(port));
}

/* no key gives a local one */
static void format_local(struct observation *o, const char *call,
			 const char *name)
{
	o->use = OBSERVATION_CALLS;
	snprintf(o->text, sizeof(o->text), "%s %s%s", call, *name ? "" : "@",
		 *name ? name : name + 1);
}

static int see_address(const struct caller *caller, const struct watched *w,
		       struct observation *o)
{
	union address address;
	size_t size = (size_t)caller->arguments[w->more];

	memset(&address, 0, sizeof(address));
	if (size > sizeof(address) - 1)
		size = sizeof(address) - 1;
	if (read_memory(caller->number, caller->arguments[w->path],
			&address, size) < (ssize_t)sizeof(sa_family_t))
		return 0;
	switch (address.any.sa_family) {
	case AF_INET:
		format_address(o, AF_INET, &address.four.sin_addr,
			       address.four.sin_port);
		return 1;
	case AF_INET6:
		format_address(o, AF_INET6, &address.six.sin6_addr,
			       address.six.sin6_port);
		return 1;
	case AF_UNIX:
		format_local(o, w->call, address.local.sun_path);
		return 1;
	default:
		return 0;
	}
}

/* ---- one call ----------------------------------------------------------- */

/* nothing is mounted and no server asked for that: we have others to see to */
static int look(const char *path, int flags, struct statx *ret)
{
	return statx(AT_FDCWD, path,
		     flags | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
		     STATX_TYPE | STATX_INO, ret);
}

static int see_path(const struct caller *caller, const struct watched *w,
		    struct observation *o)
{
	int64_t folder = w->folder == HERE ? AT_FDCWD :
					     (int)caller->arguments[w->folder];
	struct statx st;

	if (read_path(caller->number, folder, caller->arguments[w->path],
		      o->text) < 0)
		return 0;
	o->exists = look(o->text, AT_SYMLINK_NOFOLLOW, &st) == 0;
	return 1;
}

/* those on the way to what it may have are there anyway; to list one is open() */
static int see_look(const struct caller *caller, const struct watched *w,
		    struct observation *o)
{
	struct statx st;

	if (!see_path(caller, w, o))
		return 0;
	return look(o->text, 0, &st) < 0 || !S_ISDIR(st.stx_mode);
}

static int see_open(const struct caller *caller, const struct watched *w,
		    struct observation *o)
{
	int flags = (int)caller->arguments[w->more];

	/* it gets a name and not what is in it */
	if (flags & O_PATH)
		return see_look(caller, w, o);
	if ((flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC))
		o->use = OBSERVATION_WRITES;
	return see_path(caller, w, o);
}

/* streams say to whom with the next call, datagrams need not */
static int see_socket(const struct caller *caller, const struct watched *w,
		      struct observation *o)
{
	int family = (int)caller->arguments[w->path];
	int type = (int)caller->arguments[w->more] & 0xf;

	if (family == AF_UNIX)
		return 0;
	if (family == AF_INET || family == AF_INET6)
		return type != SOCK_STREAM;
	o->use = OBSERVATION_CALLS;
	snprintf(o->text, sizeof(o->text), "socket of family %d", family);
	return 1;
}

static int see_code(const struct caller *caller, const struct watched *w,
		    struct observation *o)
{
	struct statx st;

	/* memory has a descriptor that nobody looks at */
	if (!(caller->arguments[w->path] & PROT_EXEC) ||
	    caller->arguments[w->path + 1] & MAP_ANONYMOUS ||
	    (int)caller->arguments[w->more] < 0 ||
	    folder_of(caller->number, (int)caller->arguments[w->more],
		      o->text) < 0)
		return 0;
	o->exists = look(o->text, AT_SYMLINK_NOFOLLOW, &st) == 0;
	return 1;
}

static int (*const see[])(const struct caller *caller, const struct watched *w,
			  struct observation *o) = {
	[SHAPE_OPEN] = see_open,
	[SHAPE_PATH] = see_path,
	[SHAPE_LOOK] = see_look,
	[SHAPE_ADDRESS] = see_address,
	[SHAPE_SOCKET] = see_socket,
	[SHAPE_CODE] = see_code,
};

static int observe(const struct caller *caller, struct observation_call *call,
		   struct observation *ret)
{
	int n_seen = 0;

	for (size_t i = 0; i < N_WATCHED; i++) {
		struct observation *o = &ret[n_seen];

		if (strcmp(watched[i].call, call->name))
			continue;
		call->is_address = watched[i].shape == SHAPE_ADDRESS ||
				   watched[i].shape == SHAPE_SOCKET;
		*o = (struct observation){ .use = watched[i].use };
		n_seen += see[watched[i].shape](caller, &watched[i], o);
	}
	return n_seen;
}

/* ---- its program -------------------------------------------------------- */

static bool is_same_file(const char *path, const char *other)
{
	struct statx one, two;

	return look(path, 0, &one) == 0 && look(other, 0, &two) == 0 &&
	       one.stx_dev_major == two.stx_dev_major &&
	       one.stx_dev_minor == two.stx_dev_minor &&
	       one.stx_ino == two.stx_ino;
}

static ssize_t read_file(pid_t number, const char *name, void *to, size_t size)
{
	int fd = open_file(number, name);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, to, size);
	close(fd);
	return n;
}

/* by the name that execve() was told: of a script, the script's */
static int executed_name(pid_t number, char to[static PATH_MAX])
{
	ElfW(auxv_t) words[64];
	ssize_t n = read_file(number, "auxv", words, sizeof(words));

	for (ssize_t i = 0; i < n / (ssize_t)sizeof(*words); i++)
		if (words[i].a_type == AT_EXECFN)
			return read_path(number, AT_FDCWD,
					 words[i].a_un.a_val, to);
	return -ENOENT;
}

/* an interpreter's first argument is its name, as the script has it */
static void interpreter_name(pid_t number, const char *file,
			     char to[static PATH_MAX])
{
	char text[PATH_MAX] = "";
	ssize_t n = read_file(number, "cmdline", text, sizeof(text) - 1);

	snprintf(to, PATH_MAX, "%s", n > 0 && *text == '/' &&
		 is_same_file(text, file) ? text : file);
}

/* a name in /proc or /dev is of a descriptor */
static int see_program(pid_t number, struct observation *ret)
{
	char file[PATH_MAX], *name = ret[0].text;
	struct statx st;
	int n = 1;

	if (follow(number, "exe", file) < 0)
		return 0;
	if (executed_name(number, name) < 0 || !strncmp(name, "/proc/", 6) ||
	    !strncmp(name, "/dev/", 5))
		snprintf(name, PATH_MAX, "%s", file);
	else if (!is_same_file(name, file))
		interpreter_name(number, file, ret[n++].text);
	for (int i = 0; i < n; i++) {
		ret[i].use = OBSERVATION_EXECUTES;
		ret[i].exists = look(ret[i].text, 0, &st) == 0;
	}
	return n;
}

/* who was killed meanwhile has made no call */
static int let_through(int listener_fd, const struct seccomp_notif *n)
{
	char room[sizeof(union notification)] = "";
	struct seccomp_notif_resp *answer = (void *)room;

	answer->id = n->id;
	answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_SEND, answer) < 0)
		return errno == ENOENT ? 0 : -errno;
	return 0;
}

int observation_take(int listener_fd, struct observation_call *ret_call,
		     struct observation *ret)
{
	struct observation_call call = { .is_address = false };
	union notification notification;
	const struct seccomp_data *data = &notification.it.data;
	struct caller caller = { .arguments = call.arguments };
	int n_seen, r = notification_read(listener_fd, &notification);

	*ret_call = call;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	notification_name(data, call.name, sizeof(call.name));
	for (size_t i = 0; i < 6; i++)
		call.arguments[i] = data->args[i];
	caller.number = number_of((pid_t)notification.it.pid);
	n_seen = observe(&caller, &call, ret);
	n_seen += see_program(caller.number, &ret[n_seen]);
	/* its thread may be another one's by now, and what was read too */
	if (ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_ID_VALID,
		  &notification.it.id) < 0)
		return 0;
	r = let_through(listener_fd, &notification.it);
	if (r < 0)
		return r;
	*ret_call = call;
	return n_seen;
}
