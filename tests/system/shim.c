/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shim.c - makes one call of a supervisor fail: shim.so, by LD_PRELOAD.
 *
 * It counts what supervisors ask the kernel or the allocator for, by kind, and
 * fails the call whose number the board names. It does nothing in a process
 * that is no supervisor; what supervisors start has an environment of its own
 * and does not have it at all. A child that shares a supervisor's memory until
 * it executes is still its supervisor's business, and fails too.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/shim.h"

#define FRAMES_MAX 14

static struct shim_board *board;
static bool busy;

void *__libc_malloc(size_t n_bytes);
void *__libc_calloc(size_t n, size_t n_bytes);
void *__libc_realloc(void *memory, size_t n_bytes);

/* the next function of that name; looked up before anybody needs it */
#define NEXT(name) ((__typeof__(&name))next_##name)

static void note_site(enum shim_kind kind, uintptr_t address, uint64_t nth)
{
	struct shim_site *site;
	uintptr_t none;
	size_t at = (address >> 1) % SHIM_SITES_MAX;

	for (size_t i = 0; i < SHIM_SITES_MAX; i++) {
		site = &board->sites[kind][(at + i) % SHIM_SITES_MAX];
		none = 0;
		if (atomic_load(&site->address) == address)
			return;
		if (atomic_compare_exchange_strong(&site->address, &none,
						   address)) {
			atomic_store(&site->nth, nth);
			return;
		}
		if (none == address)
			return;
	}
}

/* for addr2line -f -e FILE: who called, and who called that */
static void note_where(void)
{
	void *frames[FRAMES_MAX];
	int n_frames = backtrace(frames, FRAMES_MAX);
	size_t n = 0;
	Dl_info info;

	for (int i = 2; i < n_frames && n < sizeof(board->where); i++) {
		if (!dladdr(frames[i], &info) || !info.dli_fname)
			continue;
		n += (size_t)snprintf(board->where + n,
			sizeof(board->where) - n, " %s+%#lx",
			basename(info.dli_fname),
			(unsigned long)((char *)frames[i] -
					(char *)info.dli_fbase));
	}
}

/*
 * libseccomp (2.5 at least) frees twice, or gives out half a filter, when it has
 * no memory: what it needs is not taken from it.
 */
static bool is_exempt(enum shim_kind kind)
{
	return kind == SHIM_MEMORY && strstr(board->where, "libseccomp");
}

static bool fails(enum shim_kind kind, void *address)
{
	uint64_t nth;

	if (!board || busy)
		return false;
	nth = atomic_fetch_add(&board->n[kind], 1) + 1;
	note_site(kind, (uintptr_t)address, nth);
	if (atomic_load(&board->nth) != nth ||
	    atomic_load(&board->kind) != kind)
		return false;
	busy = true;
	note_where();
	busy = false;
	if (is_exempt(kind)) {
		atomic_store(&board->nth, nth + 1);
		return false;
	}
	atomic_store(&board->fired, 1);
	errno = atomic_load(&board->error);
	return true;
}

#define FAILS(kind) fails(SHIM_##kind, __builtin_return_address(0))

/* ---- memory ------------------------------------------------------------- */

void *malloc(size_t n_bytes)
{
	return FAILS(MEMORY) ? NULL : __libc_malloc(n_bytes);
}

void *calloc(size_t n, size_t n_bytes)
{
	return FAILS(MEMORY) ? NULL : __libc_calloc(n, n_bytes);
}

void *realloc(void *memory, size_t n_bytes)
{
	return FAILS(MEMORY) ? NULL : __libc_realloc(memory, n_bytes);
}

/* ---- calls with a fixed number of arguments ----------------------------- */

/* X(kind, result, failure, name, parameters, arguments) */
#define CALLS(X)                                                               \
	X(DESCRIPTOR, int, -1, socket, (int a, int b, int c), (a, b, c))       \
	X(DESCRIPTOR, int, -1, socketpair,                                     \
	  (int a, int b, int c, int d[2]), (a, b, c, d))                        \
	X(DESCRIPTOR, int, -1, pipe2, (int a[2], int b), (a, b))                \
	X(DESCRIPTOR, int, -1, memfd_create, (const char *a, unsigned int b),  \
	  (a, b))                                                              \
	X(DESCRIPTOR, int, -1, epoll_create1, (int a), (a))                    \
	X(DESCRIPTOR, int, -1, timerfd_create, (clockid_t a, int b), (a, b))   \
	X(DESCRIPTOR, int, -1, signalfd, (int a, const sigset_t *b, int c),    \
	  (a, b, c))                                                           \
	X(DESCRIPTOR, FILE *, NULL, fopen, (const char *a, const char *b),     \
	  (a, b))                                                              \
	X(DESCRIPTOR, DIR *, NULL, opendir, (const char *a), (a))              \
	X(DESCRIPTOR, int, -1, open_tree,                                      \
	  (int a, const char *b, unsigned int c), (a, b, c))                   \
	X(DESCRIPTOR, int, -1, fsopen, (const char *a, unsigned int b), (a, b))\
	X(DESCRIPTOR, int, -1, fsmount,                                        \
	  (int a, unsigned int b, unsigned int c), (a, b, c))                  \
	X(DESCRIPTOR, int, -1, dup2, (int a, int b), (a, b))                   \
	X(PROCESS, pid_t, -1, fork, (void), ())                                \
	X(SEND, ssize_t, -1, sendmsg,                                          \
	  (int a, const struct msghdr *b, int c), (a, b, c))                   \
	X(SEND, ssize_t, -1, send, (int a, const void *b, size_t c, int d),    \
	  (a, b, c, d))                                                        \
	X(RECEIVE, ssize_t, -1, recvmsg, (int a, struct msghdr *b, int c),     \
	  (a, b, c))                                                           \
	X(RECEIVE, ssize_t, -1, recv, (int a, void *b, size_t c, int d),       \
	  (a, b, c, d))                                                        \
	X(READ, ssize_t, -1, read, (int a, void *b, size_t c), (a, b, c))      \
	X(READ, ssize_t, -1, pread, (int a, void *b, size_t c, off_t d),       \
	  (a, b, c, d))                                                        \
	X(WRITE, ssize_t, -1, write, (int a, const void *b, size_t c),         \
	  (a, b, c))                                                           \
	X(WRITE, ssize_t, -1, pwrite,                                          \
	  (int a, const void *b, size_t c, off_t d), (a, b, c, d))             \
	X(WRITE, int, -1, ftruncate, (int a, off_t b), (a, b))                 \
	X(WRITE, int, -1, fallocate, (int a, int b, off_t c, off_t d),         \
	  (a, b, c, d))                                                        \
	X(WATCH, int, -1, timerfd_settime,                                     \
	  (int a, int b, const struct itimerspec *c, struct itimerspec *d),    \
	  (a, b, c, d))                                                        \
	X(WAIT, int, -1, epoll_wait,                                           \
	  (int a, struct epoll_event *b, int c, int d), (a, b, c, d))          \
	X(WAIT, int, -1, poll, (struct pollfd *a, nfds_t b, int c), (a, b, c)) \
	X(WAIT, int, -1, waitid, (idtype_t a, id_t b, siginfo_t *c, int d),    \
	  (a, b, c, d))                                                        \
	X(WAIT, pid_t, -1, waitpid, (pid_t a, int *b, int c), (a, b, c))       \
	X(MAP, void *, MAP_FAILED, mmap,                                       \
	  (void *a, size_t b, int c, int d, int e, off_t f),                   \
	  (a, b, c, d, e, f))                                                  \
	X(FILE, int, -1, mkdir, (const char *a, mode_t b), (a, b))             \
	X(FILE, int, -1, bind,                                                 \
	  (int a, const struct sockaddr *b, socklen_t c), (a, b, c))           \
	X(FILE, int, -1, listen, (int a, int b), (a, b))                       \
	X(FILE, int, -1, chmod, (const char *a, mode_t b), (a, b))             \
	X(FILE, int, -1, stat, (const char *a, struct stat *b), (a, b))        \
	X(FILE, int, -1, fstat, (int a, struct stat *b), (a, b))               \
	X(FILE, int, -1, lstat, (const char *a, struct stat *b), (a, b))       \
	X(FILE, ssize_t, -1, readlink, (const char *a, char *b, size_t c),     \
	  (a, b, c))                                                           \
	X(MOUNT, int, -1, mount_setattr,                                       \
	  (int a, const char *b, unsigned int c, struct mount_attr *d,         \
	   size_t e), (a, b, c, d, e))                                         \
	X(MOUNT, int, -1, move_mount,                                          \
	  (int a, const char *b, int c, const char *d, unsigned int e),        \
	  (a, b, c, d, e))                                                     \
	X(MOUNT, int, -1, setns, (int a, int b), (a, b))                       \
	X(MOUNT, int, -1, unshare, (int a), (a))                               \
	X(BARE, ssize_t, -1, getrandom, (void *a, size_t b, unsigned int c),   \
	  (a, b, c))                                                           \
	X(BARE, int, -1, setsockopt,                                           \
	  (int a, int b, int c, const void *d, socklen_t e), (a, b, c, d, e))  \
	X(BARE, int, -1, shutdown, (int a, int b), (a, b))

#define X(kind, type, failure, name, parameters, arguments)                    \
	static void *next_##name;                                              \
	type name parameters                                                   \
	{                                                                      \
		if (FAILS(kind))                                               \
			return failure;                                        \
		if (!next_##name)                                              \
			next_##name = dlsym(RTLD_NEXT, #name);                 \
		return NEXT(name) arguments;                                   \
	}
CALLS(X)
#undef X

/* ---- those with more or fewer ------------------------------------------- */

static void *next_openat, *next_fcntl, *next_clone, *next_syscall;
static void *next_epoll_ctl;

static int open_at(int folder_fd, const char *path, int flags, mode_t mode)
{
	return NEXT(openat)(folder_fd, path, flags, mode);
}

#define OPEN(name, folder_fd, ...)                                             \
	int name(__VA_ARGS__, ...)                                             \
	{                                                                      \
		va_list rest;                                                  \
		mode_t mode;                                                   \
                                                                               \
		if (FAILS(DESCRIPTOR))                                         \
			return -1;                                             \
		va_start(rest, flags);                                         \
		mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t)  \
						       : 0;                    \
		va_end(rest);                                                  \
		return open_at(folder_fd, path, flags, mode);                  \
	}
OPEN(open, AT_FDCWD, const char *path, int flags)
OPEN(open64, AT_FDCWD, const char *path, int flags)
OPEN(openat, folder, int folder, const char *path, int flags)
OPEN(openat64, folder, int folder, const char *path, int flags)

static bool makes_descriptor(int command)
{
	return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

/* a lock that was not had is perhaps somebody's: what is locked stays then */
#define FCNTL(name)                                                            \
	int name(int fd, int command, ...)                                     \
	{                                                                      \
		va_list rest;                                                  \
		void *argument;                                                \
                                                                               \
		if (makes_descriptor(command) ? FAILS(DESCRIPTOR)              \
		    : command != F_SETLK && FAILS(BARE))                       \
			return -1;                                             \
		va_start(rest, command);                                       \
		argument = va_arg(rest, void *);                               \
		va_end(rest);                                                  \
		return NEXT(fcntl)(fd, command, argument);                     \
	}
FCNTL(fcntl)
FCNTL(fcntl64)

int clone(int (*work)(void *data), void *stack, int flags, void *data, ...)
{
	va_list rest;
	void *pidfd;

	if (FAILS(PROCESS))
		return -1;
	va_start(rest, data);
	pidfd = va_arg(rest, void *);
	va_end(rest);
	return NEXT(clone)(work, stack, flags, data, pidfd);
}

/* to change or to end a watch needs nothing that could be short */
int epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
	if (operation == EPOLL_CTL_ADD && FAILS(WATCH))
		return -1;
	if (!next_epoll_ctl)
		next_epoll_ctl = dlsym(RTLD_NEXT, "epoll_ctl");
	return NEXT(epoll_ctl)(epoll_fd, operation, fd, event);
}

static enum shim_kind kind_of(long number)
{
	switch (number) {
	case SYS_clone3:
		return SHIM_PROCESS;
	case SYS_pidfd_open:
	case SYS_landlock_create_ruleset:
		return SHIM_DESCRIPTOR;
	default:
		return SHIM_BARE;
	}
}

long syscall(long number, ...)
{
	long a[6];
	va_list rest;

	if (fails(kind_of(number), __builtin_return_address(0)))
		return -1;
	va_start(rest, number);
	for (size_t i = 0; i < 6; i++)
		a[i] = va_arg(rest, long);
	va_end(rest);
	return NEXT(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- its beginning ------------------------------------------------------ */

static bool is_supervisor(void)
{
	return !strcmp(program_invocation_short_name, "supervisord");
}

static void __attribute__((constructor)) begin(void)
{
	const char *path = getenv(SHIM_VARIABLE);
	void *memory;
	int fd;

#define X(kind, type, failure, name, parameters, arguments) \
	next_##name = dlsym(RTLD_NEXT, #name);
	CALLS(X)
#undef X
	/* it loads a library when it is first used */
	backtrace(&memory, 1);
	next_openat = dlsym(RTLD_NEXT, "openat");
	next_fcntl = dlsym(RTLD_NEXT, "fcntl");
	next_clone = dlsym(RTLD_NEXT, "clone");
	next_syscall = dlsym(RTLD_NEXT, "syscall");
	if (!path || !is_supervisor())
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		_exit(127);
	memory = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED,
		      fd, 0);
	close(fd);
	if (memory == MAP_FAILED)
		_exit(127);
	board = memory;
}
