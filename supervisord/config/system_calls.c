/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * system_calls.c - which system calls a file may grant by name.
 *
 * Not those by which an actor could leave its sandbox or change that of others,
 * nor what makes processes or code: kind: program is for that. Those that every
 * actor has already are here too. Pure.
 */
#include "supervisord/config/system_calls.h"

#include <string.h>

static const char *const names[] = {
	"accept", "accept4", "access", "alarm", "bind", "brk", "capget",
	"chdir", "chmod", "clock_getres", "clock_gettime", "clock_nanosleep",
	"close", "close_range", "connect", "copy_file_range", "creat", "dup",
	"dup2", "dup3", "epoll_create", "epoll_create1", "epoll_ctl",
	"epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd", "eventfd2",
	"faccessat", "faccessat2", "fadvise64", "fchdir",
	"fchmod", "fchmodat", "fdatasync", "fgetxattr", "flistxattr", "flock",
	"fstat", "fstatfs", "fsync", "ftruncate", "futex", "getcpu", "getcwd",
	"getdents", "getdents64", "getegid", "geteuid", "getgid", "getgroups",
	"getitimer", "getpeername", "getpgid", "getpgrp", "getpid", "getppid",
	"getpriority", "getrandom", "getresgid", "getresuid", "getrlimit",
	"getrusage", "getsid", "getsockname", "getsockopt", "gettid",
	"gettimeofday", "getuid", "getxattr", "inotify_add_watch",
	"inotify_init", "inotify_init1", "inotify_rm_watch", "lgetxattr",
	"link", "linkat", "listen", "listxattr", "llistxattr", "lseek",
	"lstat", "membarrier", "memfd_create", "mincore", "mkdir", "mkdirat",
	"mremap", "msync", "munlock", "munmap", "nanosleep", "newfstatat",
	"open", "openat", "pause", "pipe", "pipe2", "poll", "ppoll",
	"pread64", "preadv", "preadv2", "pselect6", "pwrite64", "pwritev",
	"pwritev2", "read", "readahead", "readlink", "readlinkat", "readv",
	"recvfrom", "recvmmsg", "recvmsg", "rename", "renameat", "renameat2",
	"rmdir", "rseq", "rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait",
	"sched_get_priority_max", "sched_get_priority_min",
	"sched_getaffinity", "sched_getparam", "sched_getscheduler",
	"sched_rr_get_interval", "sched_setaffinity", "sched_yield", "select",
	"sendfile", "sendmmsg", "sendmsg", "sendto", "set_robust_list",
	"setitimer", "setsockopt", "shutdown", "sigaltstack", "signalfd",
	"signalfd4", "socket", "socketpair", "splice", "stat", "statfs",
	"statx", "symlink", "symlinkat", "sync_file_range", "sysinfo", "tee",
	"time", "timer_create", "timer_delete", "timer_getoverrun",
	"timer_gettime", "timer_settime", "timerfd_create", "timerfd_gettime",
	"timerfd_settime", "times", "truncate", "umask", "uname", "unlink",
	"unlinkat", "utimensat", "write", "writev",
	NULL,
};

/* what makes, signals or looks into processes, and what makes code; what changes
 * its own sandbox or that of others */
static const char *const kept[] = {
	"bpf", "chown", "chroot", "clone", "clone3", "execve", "execveat",
	"fchown", "fchownat", "fcntl", "fork", "io_uring_enter",
	"io_uring_register", "io_uring_setup", "ioctl", "kcmp", "kill",
	"lchown", "mknod", "mknodat", "mmap", "mount", "mprotect", "openat2",
	"perf_event_open", "pidfd_getfd", "pidfd_open", "pidfd_send_signal",
	"pkey_mprotect", "prctl", "prlimit64", "process_vm_readv",
	"process_vm_writev", "ptrace", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
	"seccomp", "setgid", "setns", "setpgid", "setpriority", "setsid",
	"setuid", "shmget", "tgkill", "tkill", "umount2", "unshare",
	"userfaultfd", "vfork", "wait4", "waitid", NULL,
};

const char *const *system_calls_grantable(void)
{
	return names;
}

static bool is_among(const char *const *at, const char *name)
{
	for (; *at; at++)
		if (!strcmp(*at, name))
			return true;
	return false;
}

bool system_call_may_be_granted(const char *name)
{
	return is_among(names, name);
}

bool system_call_is_kept(const char *name)
{
	return is_among(kept, name);
}
