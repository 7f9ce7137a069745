/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_syscalls.c - which system calls a process may make, and why.
 *
 * An allow list: what is not here ends the process, and that is its cause
 * (seccomp:NAME). Where the kernel can, the caller waits and its supervisor is
 * told, who kills it: a process that the kernel kills leaves no word of what it
 * called. A few calls that libraries try and can do without fail instead.
 *
 * It holds in two stages. The first is what exec, the loader and a start hook
 * need, with the listener. Who links libactorproc puts the second on, which takes
 * away what only they need, before it takes its first message. It has no listener
 * of its own: whose comes last has the last word of two, so an actor that could
 * make one could let itself make any call.
 *
 * Each filter is compiled once for each profile, to bytes that a process installs
 * with one call. A row that the machine does not have is left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "supervisord/act/observation.h"
#include "supervisord/act/sandbox.h"

/* newer than the headers of the oldest system this is for */
#define OPTION_SET_MDWE 65
#define OPTION_GET_MDWE 66
#define OPTION_SET_VMA 0x53564d41
#define TERMINAL_GET2 0x802c542a	/* TCGETS2 names a type of the kernel */

#define NAMESPACES                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |         \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

#define ALL                                                                    \
	(SANDBOX_BASE | SANDBOX_FILES | SANDBOX_NETWORK | SANDBOX_JOURNAL |    \
	 SANDBOX_CONTROL | SANDBOX_KEEPER | SANDBOX_PROGRAM | SANDBOX_MEMFD)
#define PATHS (SANDBOX_READ | SANDBOX_FILES)
#define SOCKETS (SANDBOX_NETWORK | SANDBOX_CONTROL | SANDBOX_PROGRAM)
#define ADDRESSES (SANDBOX_NETWORK | SANDBOX_PROGRAM)

/* MPTCP and SMC speak TCP in the end, and Landlock's ports know only TCP itself:
 * both have this bit in their number, and no number of IP's own has it */
#define OTHER_TCP 0x100

#define IS(number, value)                                                      \
	{ .arg = (number), .op = SCMP_CMP_EQ, .datum_a = (value) }
#define IS_NOT(number, value)                                                  \
	{ .arg = (number), .op = SCMP_CMP_NE, .datum_a = (value) }
#define MASKED(number, mask, value)                                            \
	{ .arg = (number), .op = SCMP_CMP_MASKED_EQ, .datum_a = (mask),        \
	  .datum_b = (value) }

/* of an ioctl: the kernel looks at 32 bits, and some libcs carry the sign on */
#define REQUEST(value) MASKED(1, UINT32_MAX, (value))

#define ROW(call, group, why)                                                  \
	{ .name = (call), .groups = (group), .reason = (why) }
#define ROW_IF(call, group, argument, why)                                     \
	{ .name = (call), .groups = (group), .n_arguments = 1,                 \
	  .arguments = { argument }, .reason = (why) }
/* as long as there is no second stage */
#define ONCE(call, group, why)                                                 \
	{ .name = (call), .groups = (group), .stage = SANDBOX_FIRST_STAGE,     \
	  .reason = (why) }
#define ONCE_IF(call, group, argument, why)                                    \
	{ .name = (call), .groups = (group), .stage = SANDBOX_FIRST_STAGE,     \
	  .n_arguments = 1, .arguments = { argument }, .reason = (why) }
#define FAILS(call, group, code, why)                                          \
	{ .name = (call), .groups = (group), .error = (code), .reason = (why) }
#define FAILS_IF(call, group, code, argument, why)                             \
	{ .name = (call), .groups = (group), .error = (code),                  \
	  .n_arguments = 1, .arguments = { argument }, .reason = (why) }

#define SOCKET_TYPE 0xf	/* the rest are flags */
#define SOCKET(family, other, group, code, why)                                \
	{ .name = "socket", .groups = (group), .error = (code),                \
	  .n_arguments = 2,                                                    \
	  .arguments = { IS(0, (family)), MASKED(2, OTHER_TCP, (other)) },     \
	  .reason = (why) }

/* what is there in case: of processes, memory or the host's queues; who is told
 * that the kernel has none does without */
#define PROBED(call)                                                           \
	FAILS(call, SANDBOX_PROGRAM, ENOSYS, "runtimes look whether it is there")

/* as on a file system that has none */
#define NO_ATTRIBUTES(call)                                                    \
	FAILS(call, SANDBOX_PROGRAM, EOPNOTSUPP, "ls and cp look for them")

#define NO_TERMINAL(request)                                                   \
	FAILS_IF("ioctl", SANDBOX_PROGRAM, ENOTTY, REQUEST(request),           \
		 "shells look for a terminal")

/*
 * All but MADV_REMOVE, which is the bits 8 and 1: a hole in a pool would cost who
 * looks there. The kernel looks at 32 bits of it, a filter compares 64; so it is
 * told apart by bits.
 */
#define ADVICE_WITHOUT(bit)                                                    \
	ROW_IF("madvise", SANDBOX_BASE, MASKED(2, (bit), 0), "malloc")
#define ADVICE_WITH(bit)                                                       \
	ROW_IF("madvise", SANDBOX_BASE, MASKED(2, (bit), (bit)), "malloc")
_Static_assert(MADV_REMOVE == 9, "what is told apart from it");

/*
 * No mode may say setuid or setgid: as an ordinary user an actor's files on the
 * host are that user's own, and who runs such a file becomes the user. With
 * neither of two flags open(2) makes nothing, and what some libcs leave where the
 * mode would be is anything.
 */
#define SET_ID (S_ISUID | S_ISGID)
#define MAKES_UNNAMED (O_TMPFILE & ~O_DIRECTORY)
#define MAKES (O_CREAT | MAKES_UNNAMED)
#define NO_SET_ID "it would run as whose file it is"

#define MODES(call, mode, group, why)                                          \
	ROW_IF(call, group, MASKED((mode), SET_ID, 0), why),                   \
	FAILS_IF(call, group, EPERM, MASKED((mode), S_ISUID, S_ISUID),         \
		 NO_SET_ID),                                                   \
	FAILS_IF(call, group, EPERM, MASKED((mode), S_ISGID, S_ISGID),         \
		 NO_SET_ID)

#define OPENS(call, flags, group, why)                                         \
	ROW_IF(call, group, MASKED((flags), MAKES, 0), why),                   \
	ROW_IF(call, group, MASKED((flags) + 1, SET_ID, 0), why)
#define OPENS_ONCE(call, flags, group, why)                                    \
	ONCE_IF(call, group, MASKED((flags), MAKES, 0), why),                  \
	ONCE_IF(call, group, MASKED((flags) + 1, SET_ID, 0), why)
#define OPEN_FAILS(call, flags, made, bit)                                     \
	{ .name = (call), .groups = ALL, .error = EPERM, .n_arguments = 2,     \
	  .arguments = { MASKED((flags), (made), (made)),                      \
			 MASKED((flags) + 1, (bit), (bit)) },                  \
	  .reason = NO_SET_ID }
#define OPENS_NO_SET_ID(call, flags)                                           \
	OPEN_FAILS(call, flags, O_CREAT, S_ISUID),                             \
	OPEN_FAILS(call, flags, O_CREAT, S_ISGID),                             \
	OPEN_FAILS(call, flags, MAKES_UNNAMED, S_ISUID),                       \
	OPEN_FAILS(call, flags, MAKES_UNNAMED, S_ISGID)

static const struct sandbox_syscall rows[] = {
	/* ---- everybody: memory ------------------------------------------ */
	ROW("brk", SANDBOX_BASE, "malloc"),
	ROW("munmap", SANDBOX_BASE, "malloc, the loader"),
	ROW("mremap", SANDBOX_BASE, "realloc"),
	ADVICE_WITHOUT(1),
	ADVICE_WITHOUT(8),
	ADVICE_WITH(2),
	ADVICE_WITH(4),
	ADVICE_WITH(16),
	ADVICE_WITH(32),
	ADVICE_WITH(64),
	{ .name = "mmap", .groups = SANDBOX_BASE, .n_arguments = 2,
	  .arguments = { MASKED(2, PROT_EXEC, 0), MASKED(3, MAP_HUGETLB, 0) },
	  .reason = "memory and files, not as code" },
	{ .name = "mmap", .groups = SANDBOX_BASE,
	  .stage = SANDBOX_FIRST_STAGE, .n_arguments = 2,
	  .arguments = { MASKED(2, PROT_EXEC | PROT_WRITE, PROT_EXEC),
			 MASKED(3, MAP_ANONYMOUS | MAP_HUGETLB, 0) },
	  .reason = "the loader: code of files, never writable" },
	/* by the same two arguments, so that no row is more than another */
	{ .name = "mmap", .groups = SANDBOX_PROGRAM, .n_arguments = 2,
	  .arguments = { MASKED(2, PROT_EXEC, PROT_EXEC),
			 MASKED(3, MAP_HUGETLB, 0) },
	  .reason = "it may have a compiler inside" },
	{ .name = "mmap", .groups = ALL, .error = ENOMEM, .n_arguments = 2,
	  .arguments = { MASKED(2, PROT_EXEC, 0),
			 MASKED(3, MAP_HUGETLB, MAP_HUGETLB) },
	  .reason = "the host's huge pages; as if there were none" },
	{ .name = "mmap", .groups = SANDBOX_PROGRAM, .error = ENOMEM,
	  .n_arguments = 2,
	  .arguments = { MASKED(2, PROT_EXEC, PROT_EXEC),
			 MASKED(3, MAP_HUGETLB, MAP_HUGETLB) },
	  .reason = "the host's huge pages; as if there were none" },
	ROW_IF("mprotect", SANDBOX_BASE, MASKED(2, PROT_EXEC, 0),
	       "the loader, guard pages"),
	ROW("mprotect", SANDBOX_PROGRAM, "it may have a compiler inside"),
	FAILS("mlock", ALL, EPERM, "an actor's limit is zero anyway"),
	FAILS("mlock2", ALL, EPERM, "an actor's limit is zero anyway"),
	FAILS("mlockall", ALL, EPERM, "an actor's limit is zero anyway"),
	ONCE("munlock", SANDBOX_BASE, "undoes what failed"),
	ONCE("membarrier", SANDBOX_BASE, "libraries with threads"),
	ONCE("mincore", SANDBOX_BASE, "own pages"),
	ONCE("msync", SANDBOX_BASE, "mapped files"),

	/* ---- everybody: descriptors it has ------------------------------ */
	ROW("read", SANDBOX_BASE, "descriptors"),
	ROW("readv", SANDBOX_BASE, "descriptors"),
	ROW("pread64", SANDBOX_BASE, "descriptors, the loader"),
	ONCE("preadv", SANDBOX_BASE, "descriptors"),
	ONCE("preadv2", SANDBOX_BASE, "descriptors"),
	ROW("write", SANDBOX_BASE, "descriptors"),
	ROW("writev", SANDBOX_BASE, "stdio, the loader's messages"),
	ROW("pwrite64", SANDBOX_BASE, "descriptors"),
	ONCE("pwritev", SANDBOX_BASE, "descriptors"),
	ONCE("pwritev2", SANDBOX_BASE, "descriptors"),
	ROW("lseek", SANDBOX_BASE, "stdio"),
	ROW("close", SANDBOX_BASE, "descriptors"),
	ONCE("close_range", SANDBOX_BASE, "descriptors"),
	ROW("dup", SANDBOX_BASE, "descriptors"),
	ROW("dup2", SANDBOX_BASE, "descriptors"),
	ROW("dup3", SANDBOX_BASE, "descriptors"),
	ROW("fstat", SANDBOX_BASE, "the loader, stdio"),
	ONCE("fadvise64", SANDBOX_BASE, "stdio of some libraries"),
	ROW("pipe", SANDBOX_BASE, "own pipes"),
	ROW("pipe2", SANDBOX_BASE, "own pipes"),
	ROW("eventfd2", SANDBOX_BASE, "event loops"),
	ROW("timerfd_create", SANDBOX_BASE, "timers"),
	ROW("timerfd_settime", SANDBOX_BASE, "timers"),
	ONCE("timerfd_gettime", SANDBOX_BASE, "timers"),
	ROW("signalfd4", SANDBOX_BASE, "event loops"),
	ROW("epoll_create1", SANDBOX_BASE, "event loops"),
	ROW("epoll_ctl", SANDBOX_BASE, "event loops"),
	ROW("epoll_wait", SANDBOX_BASE, "event loops"),
	ROW("epoll_pwait", SANDBOX_BASE, "event loops"),
	ONCE("epoll_pwait2", SANDBOX_BASE, "event loops"),
	ROW("poll", SANDBOX_BASE, "event loops"),
	ROW("ppoll", SANDBOX_BASE, "event loops"),
	ONCE("select", SANDBOX_BASE, "event loops"),
	ROW("pselect6", SANDBOX_BASE, "event loops"),
	ROW("recvmsg", SANDBOX_BASE, "edges, control"),
	ROW("recvfrom", SANDBOX_BASE, "edges, control"),
	ONCE("recvmmsg", SANDBOX_BASE, "edges"),
	/* what connects besides is not asked of Landlock */
	ROW_IF("sendmsg", SANDBOX_BASE, MASKED(2, MSG_FASTOPEN, 0),
	       "edges, control"),
	ROW_IF("sendto", SANDBOX_BASE, MASKED(3, MSG_FASTOPEN, 0),
	       "edges, control"),
	/* by its number alone: the kernel notes that, and runs no filter for it */
	ROW("sendto", SANDBOX_EDGES, "edges: none of them connects"),
	ONCE_IF("sendmmsg", SANDBOX_BASE, MASKED(3, MSG_FASTOPEN, 0), "edges"),
	ROW_IF("fcntl", SANDBOX_BASE, IS(1, F_DUPFD), "descriptors"),
	ROW_IF("fcntl", SANDBOX_BASE, IS(1, F_DUPFD_CLOEXEC), "descriptors"),
	ROW_IF("fcntl", SANDBOX_BASE, IS(1, F_GETFD), "descriptors"),
	ROW_IF("fcntl", SANDBOX_BASE, IS(1, F_SETFD), "descriptors"),
	ROW_IF("fcntl", SANDBOX_BASE, IS(1, F_GETFL), "descriptors"),
	ROW_IF("fcntl", SANDBOX_BASE, IS(1, F_GET_SEALS), "memfds"),
	ROW_IF("fcntl", SANDBOX_BASE, IS(1, F_ADD_SEALS), "memfds"),
	/* flags belong to all who have the socket */
	FAILS_IF("fcntl", SANDBOX_BASE, EPERM, IS(1, F_SETFL),
		 "would change the other holders' end too"),
	ROW_IF("fcntl", SOCKETS, IS(1, F_SETFL), "its own sockets"),
	FAILS_IF("ioctl", ALL, ENOTTY, REQUEST(TCGETS), "stdio asks"),
	FAILS_IF("ioctl", ALL, ENOTTY, REQUEST(TIOCGWINSZ), "stdio asks"),
	ROW_IF("ioctl", SANDBOX_BASE, REQUEST(FIONREAD), "bytes to read"),

	/* ---- everybody: files (Landlock and the empty root bound them) -- */
	OPENS_ONCE("open", 1, SANDBOX_BASE, "what was granted"),
	OPENS_ONCE("openat", 2, SANDBOX_BASE, "the loader, what was granted"),
	OPENS_NO_SET_ID("open", 1),
	OPENS_NO_SET_ID("openat", 2),
	/* libc's fstat() is this one */
	ROW_IF("newfstatat", SANDBOX_BASE,
	       MASKED(3, AT_EMPTY_PATH, AT_EMPTY_PATH), "stdio"),
	ONCE_IF("newfstatat", SANDBOX_BASE, MASKED(3, AT_EMPTY_PATH, 0),
		"the loader"),
	ONCE("stat", SANDBOX_BASE, "what was granted"),
	ONCE("lstat", SANDBOX_BASE, "what was granted"),
	ONCE("statx", SANDBOX_BASE, "what was granted"),
	ONCE("statfs", SANDBOX_BASE, "what was granted"),
	ROW("fstatfs", SANDBOX_BASE, "of what kind a large payload is"),
	ONCE("access", SANDBOX_BASE, "the loader"),
	ONCE("faccessat", SANDBOX_BASE, "what was granted"),
	ONCE("faccessat2", SANDBOX_BASE, "what was granted"),
	ONCE("readlink", SANDBOX_BASE, "what was granted"),
	ONCE("readlinkat", SANDBOX_BASE, "what was granted"),
	ONCE("getdents64", SANDBOX_BASE, "what was granted"),
	ONCE("getcwd", SANDBOX_BASE, "realpath"),
	ONCE("umask", SANDBOX_BASE, "its own"),

	/* ---- everybody: time -------------------------------------------- */
	ROW("clock_gettime", SANDBOX_BASE, "time"),
	ONCE("clock_getres", SANDBOX_BASE, "time"),
	ROW("clock_nanosleep", SANDBOX_BASE, "time"),
	ROW("nanosleep", SANDBOX_BASE, "time"),
	ROW("gettimeofday", SANDBOX_BASE, "time"),
	ROW("time", SANDBOX_BASE, "time"),
	ONCE("times", SANDBOX_BASE, "time"),
	ONCE("alarm", SANDBOX_BASE, "time"),
	ONCE("getitimer", SANDBOX_BASE, "time"),
	ONCE("setitimer", SANDBOX_BASE, "time"),

	/* ---- everybody: itself ------------------------------------------ */
	ONCE("execve", SANDBOX_BASE, "its start; by path only, so by Landlock"),
	ROW("exit", SANDBOX_BASE, "the end"),
	ROW("exit_group", SANDBOX_BASE, "the end"),
	ROW("restart_syscall", SANDBOX_BASE, "the kernel, after a stop"),
	ONCE("arch_prctl", SANDBOX_BASE, "libc's start"),
	ONCE("set_tid_address", SANDBOX_BASE, "libc's start"),
	ONCE("set_robust_list", SANDBOX_BASE, "libc's start"),
	ONCE("rseq", SANDBOX_BASE, "libc's start"),
	ROW_IF("prlimit64", SANDBOX_BASE, IS(0, 0), "libc's start; itself"),
	ONCE("getrlimit", SANDBOX_BASE, "itself"),
	ROW("futex", SANDBOX_BASE, "libc's locks"),
	ROW("getrandom", SANDBOX_BASE, "malloc, random numbers"),
	ROW("getpid", SANDBOX_BASE, "itself"),
	ROW("gettid", SANDBOX_BASE, "itself"),
	ROW("getppid", SANDBOX_BASE, "itself"),
	ROW("getuid", SANDBOX_BASE, "itself"),
	ROW("geteuid", SANDBOX_BASE, "itself"),
	ONCE("getgid", SANDBOX_BASE, "itself"),
	ONCE("getegid", SANDBOX_BASE, "itself"),
	ONCE("getresuid", SANDBOX_BASE, "itself"),
	ONCE("getresgid", SANDBOX_BASE, "itself"),
	ONCE("getgroups", SANDBOX_BASE, "itself"),
	ONCE("getpgrp", SANDBOX_BASE, "itself"),
	ONCE("getrusage", SANDBOX_BASE, "itself"),
	ONCE("uname", SANDBOX_BASE, "libc; the host's name is not there"),
	ROW("sysinfo", SANDBOX_BASE, "qsort and others ask for the memory"),
	ONCE("getcpu", SANDBOX_BASE, "libc"),
	ROW("sched_yield", SANDBOX_BASE, "libc's locks"),
	ROW("sched_getaffinity", SANDBOX_BASE, "the number of processors"),
	ROW_IF("prctl", SANDBOX_BASE, IS(0, PR_SET_NAME), "its name"),
	ROW_IF("prctl", SANDBOX_BASE, IS(0, PR_GET_NAME), "its name"),
	ONCE_IF("prctl", SANDBOX_BASE, IS(0, PR_SET_DUMPABLE), "itself"),
	ROW_IF("prctl", SANDBOX_BASE, IS(0, PR_GET_DUMPABLE), "itself"),
	ONCE_IF("prctl", SANDBOX_BASE, IS(0, PR_SET_PDEATHSIG), "itself"),
	ONCE_IF("prctl", SANDBOX_BASE, IS(0, PR_GET_PDEATHSIG), "itself"),
	ONCE_IF("prctl", SANDBOX_BASE, IS(0, PR_SET_NO_NEW_PRIVS), "less"),
	ROW_IF("prctl", SANDBOX_BASE, IS(0, PR_GET_NO_NEW_PRIVS), "itself"),
	ROW_IF("prctl", SANDBOX_BASE, IS(0, PR_SET_TIMERSLACK), "itself"),
	ONCE_IF("prctl", SANDBOX_BASE, IS(0, PR_CAPBSET_READ), "itself"),
	ONCE_IF("prctl", SANDBOX_BASE, IS(0, PR_GET_SECCOMP), "itself"),
	ONCE_IF("prctl", SANDBOX_BASE, IS(0, OPTION_SET_MDWE), "less"),
	ONCE_IF("prctl", SANDBOX_BASE, IS(0, OPTION_GET_MDWE), "itself"),
	FAILS_IF("prctl", ALL, EINVAL, IS(0, OPTION_SET_VMA),
		 "malloc names its memory where it can"),

	/* ---- everybody: signals ----------------------------------------- */
	ROW("rt_sigaction", SANDBOX_BASE, "handlers"),
	ROW("rt_sigprocmask", SANDBOX_BASE, "handlers"),
	ROW("rt_sigreturn", SANDBOX_BASE, "handlers"),
	ONCE("rt_sigpending", SANDBOX_BASE, "handlers"),
	ONCE("rt_sigsuspend", SANDBOX_BASE, "handlers"),
	ONCE("rt_sigtimedwait", SANDBOX_BASE, "handlers"),
	ROW("sigaltstack", SANDBOX_BASE, "handlers"),
	ROW("pause", SANDBOX_BASE, "handlers"),
	ROW("tgkill", SANDBOX_BASE, "raise, abort; uid and Landlock bound it"),
	FAILS("personality", ALL, EPERM, "some libraries ask"),

	/* ---- who closes the second stage behind itself ------------------ */
	/* whose listener comes last has the last word: there is but ours */
	{ .name = "seccomp", .groups = SANDBOX_CLOSES,
	  .stage = SANDBOX_FIRST_STAGE, .n_arguments = 2,
	  .arguments = { IS(0, SECCOMP_SET_MODE_FILTER),
			 MASKED(1, SECCOMP_FILTER_FLAG_NEW_LISTENER, 0) },
	  .reason = "the second stage" },
	ONCE("landlock_create_ruleset", SANDBOX_CLOSES, "the second stage"),
	ONCE("landlock_restrict_self", SANDBOX_CLOSES, "the second stage"),
	{ .name = "rt_sigaction", .groups = SANDBOX_CLOSES,
	  .stage = SANDBOX_SECOND_STAGE, .error = EINVAL, .n_arguments = 1,
	  .arguments = { MASKED(0, UINT32_MAX, SIGSYS) },
	  .reason = "what tells of a forbidden call stays" },

	/* ---- who may open something, also later ------------------------- */
	OPENS("open", 1, PATHS, "what was granted"),
	OPENS("openat", 2, PATHS, "what was granted"),
	ROW("newfstatat", PATHS, "what was granted"),
	ROW("stat", PATHS, "what was granted"),
	ROW("lstat", PATHS, "what was granted"),
	ROW("statx", PATHS, "what was granted"),
	ROW("statfs", PATHS, "what was granted"),
	ROW("access", PATHS, "what was granted"),
	ROW("faccessat", PATHS, "what was granted"),
	ROW("faccessat2", PATHS, "what was granted"),
	ROW("readlink", PATHS, "what was granted"),
	ROW("readlinkat", PATHS, "what was granted"),
	ROW("getdents64", PATHS, "what was granted"),
	ROW("getcwd", PATHS, "realpath"),
	ROW("umask", PATHS, "its own"),
	ROW("fadvise64", PATHS, "files"),
	ROW("msync", SANDBOX_FILES, "mapped files"),
	ROW("preadv", PATHS, "files"),
	ROW("preadv2", PATHS, "files"),
	ROW("pwritev", SANDBOX_FILES, "files"),
	ROW("pwritev2", SANDBOX_FILES, "files"),

	/* ---- who may have threads ---------------------------------------- */
	ROW_IF("clone", SANDBOX_THREADS,
	       MASKED(0, NAMESPACES | CLONE_THREAD, CLONE_THREAD), "threads"),
	FAILS("clone3", SANDBOX_THREADS, ENOSYS,
	      "its flags cannot be seen; libc falls back to clone"),
	ROW("set_robust_list", SANDBOX_THREADS, "libc's start of a thread"),
	ROW("rseq", SANDBOX_THREADS, "libc's start of a thread"),
	ROW("membarrier", SANDBOX_THREADS, "libraries with threads"),
	OPENS("openat", 2, SANDBOX_THREADS, "malloc looks into /proc; in vain"),

	/* ---- who may make memory that can be passed on ------------------ */
	ROW_IF("memfd_create", SANDBOX_MEMFD, MASKED(1, MFD_HUGETLB, 0),
	       "payloads to seal; not of the host's huge pages"),

	/* ---- who may write somewhere ------------------------------------ */
	ROW("ftruncate", SANDBOX_FILES | SANDBOX_KEEPER | SANDBOX_MEMFD,
	    "files, memfds"),
	ROW("truncate", SANDBOX_FILES, "what was granted"),
	ROW_IF("fallocate", SANDBOX_FILES | SANDBOX_KEEPER,
	       MASKED(1, FALLOC_FL_PUNCH_HOLE, 0), "files"),
	FAILS_IF("fallocate", SANDBOX_FILES | SANDBOX_KEEPER, EOPNOTSUPP,
		 MASKED(1, FALLOC_FL_PUNCH_HOLE, FALLOC_FL_PUNCH_HOLE),
		 "a pool is a file too; like a file system that has no holes"),
	ROW("fallocate", SANDBOX_PROGRAM, "it has no pool"),
	ROW("fsync", SANDBOX_FILES | SANDBOX_KEEPER, "files"),
	ROW("fdatasync", SANDBOX_FILES | SANDBOX_KEEPER, "files"),
	ROW("sync_file_range", SANDBOX_FILES, "files"),
	MODES("creat", 1, SANDBOX_FILES, "what was granted"),
	MODES("mkdir", 1, SANDBOX_FILES, "what was granted"),
	MODES("mkdirat", 2, SANDBOX_FILES, "what was granted"),
	ROW("rmdir", SANDBOX_FILES, "what was granted"),
	ROW("unlink", SANDBOX_FILES, "what was granted"),
	ROW("unlinkat", SANDBOX_FILES, "what was granted"),
	ROW("rename", SANDBOX_FILES, "what was granted"),
	ROW("renameat", SANDBOX_FILES, "what was granted"),
	ROW_IF("renameat2", SANDBOX_FILES, MASKED(4, RENAME_WHITEOUT, 0),
	       "what was granted"),
	FAILS_IF("renameat2", SANDBOX_FILES, EINVAL,
		 MASKED(4, RENAME_WHITEOUT, RENAME_WHITEOUT),
		 "leaves a device; like a file system that cannot"),
	ROW("link", SANDBOX_FILES, "what was granted"),
	ROW("linkat", SANDBOX_FILES, "what was granted"),
	ROW("symlink", SANDBOX_FILES, "what was granted"),
	ROW("symlinkat", SANDBOX_FILES, "what was granted"),
	ROW("utimensat", SANDBOX_FILES, "what was granted"),
	MODES("fchmod", 1, SANDBOX_FILES, "what was granted"),
	MODES("fchmodat", 2, SANDBOX_FILES, "what was granted"),
	MODES("chmod", 1, SANDBOX_FILES, "what was granted"),
	FAILS("fchmodat2", SANDBOX_FILES, ENOSYS, "libc asks fchmodat instead"),
	ROW("flock", SANDBOX_FILES, "databases"),
	ROW_IF("fcntl", SANDBOX_FILES, IS(1, F_GETLK), "databases"),
	ROW_IF("fcntl", SANDBOX_FILES, IS(1, F_SETLK), "databases"),
	ROW_IF("fcntl", SANDBOX_FILES, IS(1, F_SETLKW), "databases"),
	ROW_IF("fcntl", SANDBOX_FILES, IS(1, F_OFD_GETLK), "databases"),
	ROW_IF("fcntl", SANDBOX_FILES, IS(1, F_OFD_SETLK), "databases"),
	ROW_IF("fcntl", SANDBOX_FILES, IS(1, F_OFD_SETLKW), "databases"),

	/* ---- sockets: the network, local ones of ours, programs --------- */
	SOCKET(AF_INET, 0, SANDBOX_NETWORK, 0, "the network"),
	SOCKET(AF_INET6, 0, SANDBOX_NETWORK, 0, "the network"),
	SOCKET(AF_INET, OTHER_TCP, SANDBOX_NETWORK | SANDBOX_PROGRAM,
	       EPROTONOSUPPORT, "MPTCP, SMC: no rule for ports sees them"),
	SOCKET(AF_INET6, OTHER_TCP, SANDBOX_NETWORK | SANDBOX_PROGRAM,
	       EPROTONOSUPPORT,
	       "MPTCP, SMC: no rule for ports sees them"),
	/* those of streams in its folder are for who logs otherwise, or asks */
	{ .name = "socket", .groups = SANDBOX_JOURNAL, .n_arguments = 2,
	  .arguments = { IS(0, AF_UNIX), MASKED(1, SOCKET_TYPE, SOCK_DGRAM) },
	  .reason = "journald" },
	ROW_IF("socket", SANDBOX_PROGRAM, IS(0, AF_UNIX), "sd_notify"),
	FAILS_IF("socket", SOCKETS, EAFNOSUPPORT, IS(0, AF_UNIX),
		 "libraries look for daemons"),
	FAILS_IF("socket", SOCKETS, EAFNOSUPPORT, IS(0, AF_NETLINK),
		 "the resolver looks at addresses"),
	SOCKET(AF_INET, 0, SANDBOX_PROGRAM, EAFNOSUPPORT, "it has no network"),
	SOCKET(AF_INET6, 0, SANDBOX_PROGRAM, EAFNOSUPPORT, "it has no network"),
	ROW("socketpair", SOCKETS, "wake-ups of event loops"),
	ROW("connect", ADDRESSES | SANDBOX_JOURNAL, "sockets"),
	ROW("bind", ADDRESSES, "sockets"),
	ROW("listen", ADDRESSES, "sockets"),
	ROW("accept", ADDRESSES, "sockets"),
	ROW("accept4", SOCKETS | SANDBOX_STREAMS, "sockets"),
	ROW("shutdown", SOCKETS, "sockets"),
	ROW("getsockname", SOCKETS | SANDBOX_STREAMS, "sockets"),
	ROW("getpeername", SOCKETS | SANDBOX_STREAMS, "sockets"),
	ROW("getsockopt", SOCKETS, "sockets"),
	ROW("setsockopt", SOCKETS, "sockets"),
	FAILS("getsockopt", SANDBOX_JOURNAL, EPERM, "it asks for large buffers"),
	FAILS("setsockopt", SANDBOX_JOURNAL, EPERM, "it asks for large buffers"),
	ROW_IF("ioctl", SOCKETS, REQUEST(FIONBIO), "sockets"),
	ROW_IF("memfd_create", SANDBOX_JOURNAL | SANDBOX_PROGRAM,
	       MASKED(1, MFD_HUGETLB, 0), "large records for the journal"),
	ROW("sendfile", SANDBOX_NETWORK | SANDBOX_PROGRAM, "servers"),
	ROW("splice", SANDBOX_NETWORK | SANDBOX_PROGRAM, "servers"),

	/* ---- who is given connections: nothing that works on an edge ------ */
	{ .name = "getsockopt", .groups = SANDBOX_STREAMS, .n_arguments = 2,
	  .arguments = { IS(1, SOL_SOCKET), IS(2, SO_ERROR) },
	  .reason = "why a connection has ended" },

	/* in vain, but where it may read them */
	OPENS("open", 1, SANDBOX_NETWORK, "the resolver looks for its files"),
	OPENS("openat", 2, SANDBOX_NETWORK, "the resolver looks for its files"),
	ROW("newfstatat", SANDBOX_NETWORK, "the resolver looks for its files"),
	ROW("stat", SANDBOX_NETWORK, "the resolver looks for its files"),
	ROW("access", SANDBOX_NETWORK, "the resolver looks for its files"),
	ROW("uname", SANDBOX_NETWORK, "the resolver asks for the host's name"),
	ROW_IF("sendmmsg", SANDBOX_NETWORK, MASKED(3, MSG_FASTOPEN, 0),
	       "the resolver"),
	FAILS_IF("sendmsg", SOCKETS | SANDBOX_STREAMS, EOPNOTSUPP,
		 MASKED(2, MSG_FASTOPEN, MSG_FASTOPEN), "it connects besides"),
	FAILS_IF("sendto", SOCKETS | SANDBOX_STREAMS, EOPNOTSUPP,
		 MASKED(3, MSG_FASTOPEN, MSG_FASTOPEN), "it connects besides"),
	ROW("recvmmsg", SANDBOX_NETWORK, "servers"),

	/* ---- who forks the instances of a class --------------------------- */
	/* what it has forked may not, by its limit of processes */
	ROW_IF("clone", SANDBOX_ZYGOTE, IS(0, CLONE_PARENT | SIGCHLD),
	       "an instance, a child of the supervisor"),
	ROW_IF("prctl", SANDBOX_ZYGOTE, IS(0, PR_SET_PDEATHSIG),
	       "an instance: a fork clears it"),

	/* ---- programs that know nothing of us --------------------------- */
	ROW_IF("clone", SANDBOX_PROGRAM, MASKED(0, NAMESPACES, 0),
	       "threads, children"),
	FAILS("clone3", SANDBOX_PROGRAM, ENOSYS,
	      "its flags cannot be seen; libc falls back to clone"),
	ROW("fork", SANDBOX_PROGRAM, "children"),
	ROW("vfork", SANDBOX_PROGRAM, "children"),
	ROW("wait4", SANDBOX_PROGRAM, "children"),
	ROW("waitid", SANDBOX_PROGRAM, "children"),
	FAILS("kill", SANDBOX_PROGRAM, EPERM, "some ask whether a process is"),
	/* tgkill could do it anyway, but for groups */
	ROW("kill", SANDBOX_SIGNALS, "its own; Landlock or its uid bound it"),
	ROW_IF("fcntl", SANDBOX_SIGNALS, IS(1, F_SETOWN),
	       "masters of workers; bounded as kill"),
	ROW_IF("fcntl", SANDBOX_SIGNALS, IS(1, F_GETOWN),
	       "masters of workers"),
	ROW_IF("ioctl", SANDBOX_SIGNALS, REQUEST(FIOASYNC),
	       "masters of workers; as F_SETFL does"),
	ROW("chdir", SANDBOX_PROGRAM, "its directory"),
	ROW("fchdir", SANDBOX_PROGRAM, "its directory"),
	ROW("setsid", SANDBOX_PROGRAM, "it has its own already"),
	ROW("setpgid", SANDBOX_PROGRAM, "its children"),
	ROW("getpgid", SANDBOX_PROGRAM, "its children"),
	ROW("getsid", SANDBOX_PROGRAM, "itself"),
	ROW("getpriority", SANDBOX_PROGRAM, "itself"),
	/* lower only; others may have its uid */
	{ .name = "setpriority", .groups = SANDBOX_PROGRAM, .n_arguments = 2,
	  .arguments = { IS(0, PRIO_PROCESS), IS(1, 0) },
	  .reason = "nice: itself, and lower only" },
	{ .name = "setpriority", .groups = SANDBOX_PROGRAM, .error = EPERM,
	  .n_arguments = 2,
	  .arguments = { IS(0, PRIO_PROCESS), IS_NOT(1, 0) },
	  .reason = "renice: not others" },
	FAILS_IF("setpriority", SANDBOX_PROGRAM, EPERM, IS(0, PRIO_PGRP),
		 "renice: not others"),
	FAILS_IF("setpriority", SANDBOX_PROGRAM, EPERM, IS(0, PRIO_USER),
		 "renice: not others"),
	PROBED("pidfd_open"),
	PROBED("pidfd_send_signal"),
	PROBED("io_uring_setup"),
	PROBED("openat2"),
	PROBED("get_mempolicy"),
	PROBED("shmget"),
	PROBED("semget"),
	PROBED("msgget"),
	NO_ATTRIBUTES("getxattr"),
	NO_ATTRIBUTES("lgetxattr"),
	NO_ATTRIBUTES("fgetxattr"),
	NO_ATTRIBUTES("listxattr"),
	NO_ATTRIBUTES("llistxattr"),
	NO_ATTRIBUTES("flistxattr"),
	NO_TERMINAL(TERMINAL_GET2),
	NO_TERMINAL(TCSETS),
	NO_TERMINAL(TCSETSW),
	NO_TERMINAL(TCSETSF),
	NO_TERMINAL(TCFLSH),
	NO_TERMINAL(TIOCGPGRP),
	NO_TERMINAL(TIOCSPGRP),
	NO_TERMINAL(TIOCGSID),
	NO_TERMINAL(TIOCSCTTY),
	NO_TERMINAL(TIOCNOTTY),
	NO_TERMINAL(TIOCSWINSZ),
	NO_TERMINAL(TIOCGPTN),
	ROW_IF("ioctl", SANDBOX_PROGRAM, REQUEST(FIOCLEX), "own descriptors"),
	ROW_IF("ioctl", SANDBOX_PROGRAM, REQUEST(FIONCLEX), "own descriptors"),
	FAILS_IF("ioctl", SANDBOX_PROGRAM, EOPNOTSUPP, REQUEST(FICLONE),
		 "cp copies instead"),
	ROW("sched_getparam", SANDBOX_PROGRAM, "threads"),
	ROW("sched_getscheduler", SANDBOX_PROGRAM, "threads"),
	ROW("sched_get_priority_max", SANDBOX_PROGRAM, "threads"),
	ROW("sched_get_priority_min", SANDBOX_PROGRAM, "threads"),
	ROW("sched_setaffinity", SANDBOX_PROGRAM, "threads"),
	ROW("capget", SANDBOX_PROGRAM, "itself"),
	/* it has no capability, and one uid is all it has */
	ROW("setuid", SANDBOX_PROGRAM, "busybox: to what it is already"),
	ROW("setgid", SANDBOX_PROGRAM, "busybox: to what it is already"),
	ROW("timer_create", SANDBOX_PROGRAM, "time"),
	ROW("timer_settime", SANDBOX_PROGRAM, "time"),
	ROW("timer_gettime", SANDBOX_PROGRAM, "time"),
	ROW("timer_delete", SANDBOX_PROGRAM, "time"),
	ROW("timer_getoverrun", SANDBOX_PROGRAM, "time"),
	ROW("epoll_create", SANDBOX_PROGRAM, "event loops"),
	ROW("eventfd", SANDBOX_PROGRAM, "event loops"),
	ROW("signalfd", SANDBOX_PROGRAM, "event loops"),
	ROW("inotify_init1", SANDBOX_PROGRAM, "what was granted"),
	ROW("inotify_add_watch", SANDBOX_PROGRAM, "what was granted"),
	ROW("inotify_rm_watch", SANDBOX_PROGRAM, "what was granted"),
	ROW("copy_file_range", SANDBOX_PROGRAM, "files"),
	ROW("getdents", SANDBOX_PROGRAM, "what was granted"),
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

const struct sandbox_syscall *sandbox_syscalls(size_t *ret_n)
{
	*ret_n = N_ROWS;
	return rows;
}

/* ---- compiling ---------------------------------------------------------- */

/* which call each row is about: of this machine, or __NR_SCMP_ERROR; names are
 * compared once, and not each with each for every filter */
static int row_numbers[N_ROWS];

static void number_rows(void)
{
	static bool done;

	for (size_t i = 0; i < N_ROWS && !done; i++)
		row_numbers[i] = seccomp_syscall_resolve_name(rows[i].name);
	done = true;
}

static bool same_condition(const struct sandbox_syscall *a,
			   const struct sandbox_syscall *b)
{
	return a->n_arguments == b->n_arguments &&
	       memcmp(a->arguments, b->arguments, sizeof(a->arguments)) == 0;
}

/* what only who has no other socket may is no part of a grant by name */
static bool is_for_grants(const struct sandbox_syscall *row)
{
	return !row->error && row->groups != SANDBOX_EDGES;
}

/*
 * What nobody is allowed without a look at its arguments, nobody is granted
 * without: socket(2) knows families that no namespace bounds. What fails for
 * other arguments goes on to.
 */
static bool is_bounded(const char *name)
{
	bool bounded = false;

	for (size_t i = 0; i < N_ROWS; i++) {
		if (!is_for_grants(&rows[i]) || strcmp(rows[i].name, name) != 0)
			continue;
		if (rows[i].n_arguments == 0)
			return false;
		bounded = true;
	}
	return bounded;
}

static bool holds_in(const struct sandbox_syscall *row,
		     enum sandbox_stage other)
{
	return row->stage != other;
}

/* a call that fails for one group may work for another; the more generous of
 * two rows holds */
static bool overruled(const struct sandbox_syscall *row,
		      const struct sandbox_profile *profile,
		      enum sandbox_stage other)
{
	bool granted = spec_lists(profile->granted, row->name);
	int number = row_numbers[row - rows];
	size_t i;

	if (granted && (!row->error || row->n_arguments == 0 ||
			!is_bounded(row->name)))
		return true;
	for (i = 0; i < N_ROWS; i++) {
		if (row_numbers[i] != number || &rows[i] == row)
			continue;
		if (rows[i].error != 0 && row->error != 0)
			continue;
		if (!(rows[i].groups & profile->groups) &&
		    (!granted || !is_for_grants(&rows[i])))
			continue;
		if (rows[i].error != 0 || !holds_in(&rows[i], other) ||
		    (rows[i].n_arguments > 0 && !same_condition(&rows[i], row)))
			continue;
		/* of two that say the same the first is enough */
		if (row->error != 0 || &rows[i] < row ||
		    !same_condition(&rows[i], row) || !holds_in(row, other))
			return true;
	}
	return false;
}

/* @row: what it looks at; NULL: at nothing */
static int add_rule(scmp_filter_ctx filter, uint32_t action, int number,
		    const struct sandbox_syscall *row)
{
	int r;

	if (number == __NR_SCMP_ERROR)
		return 0;
	r = seccomp_rule_add_array(filter, action, number,
				   row ? row->n_arguments : 0,
				   row ? row->arguments : NULL);
	return r == -EEXIST ? 0 : r;
}

static int add_row(scmp_filter_ctx filter, const struct sandbox_syscall *row)
{
	return add_rule(filter,
			row->error ? SCMP_ACT_ERRNO(row->error) : SCMP_ACT_ALLOW,
			row_numbers[row - rows], row);
}

static int add_granted_one(scmp_filter_ctx filter, const char *name)
{
	int r = 0;

	if (!is_bounded(name))
		return add_rule(filter, SCMP_ACT_ALLOW,
				seccomp_syscall_resolve_name(name), NULL);
	for (size_t i = 0; r == 0 && i < N_ROWS; i++)
		if (is_for_grants(&rows[i]) && !strcmp(rows[i].name, name))
			r = add_row(filter, &rows[i]);
	return r;
}

static int add_granted(scmp_filter_ctx filter,
		       const struct sandbox_profile *profile, bool learns)
{
	int r = 0;

	for (char *const *at = profile->granted; r == 0 && at && *at; at++)
		if (!learns || !observation_watches(*at))
			r = add_granted_one(filter, *at);
	return r;
}

/* as libseccomp compiles it */
static bool fits(const struct scmp_arg_cmp *c, const uint64_t *arguments)
{
	uint64_t value = arguments[c->arg];

	switch (c->op) {
	case SCMP_CMP_EQ:
		return value == c->datum_a;
	case SCMP_CMP_NE:
		return value != c->datum_a;
	case SCMP_CMP_MASKED_EQ:
		return (value & c->datum_a) == c->datum_b;
	default:
		return false;
	}
}

static bool row_fits(const struct sandbox_syscall *row,
		     const uint64_t *arguments)
{
	for (unsigned int n = 0; n < row->n_arguments; n++)
		if (!fits(&row->arguments[n], arguments))
			return false;
	return true;
}

/* what no key allows is refused to who learns, too; the families of sockets are
 * what a key does. Of mappings only those of code are looked at */
static bool waits(const struct sandbox_syscall *row)
{
	static const uint64_t code[6] = { [2] = PROT_READ | PROT_EXEC };

	if (!strcmp(row->name, "mmap") && !row_fits(row, code))
		return false;
	return observation_watches(row->name) &&
	       (!row->error || !strcmp(row->name, "socket"));
}

/* who learns has one filter for both stages: it hears what ends with the first;
 * but while it starts a process it waits for its exec, and hears nothing */
static bool is_heard(const struct sandbox_syscall *row,
		     const struct sandbox_profile *profile)
{
	return waits(row) || (profile->groups & SANDBOX_CLOSES &&
			      !holds_in(row, SANDBOX_FIRST_STAGE) &&
			      strcmp(row->name, "execve") != 0);
}

static int add_rows(scmp_filter_ctx filter,
		    const struct sandbox_profile *profile, bool learns)
{
	enum sandbox_stage other = learns && profile->groups & SANDBOX_CLOSES ?
					   SANDBOX_FIRST_STAGE :
					   SANDBOX_SECOND_STAGE;
	int r = add_granted(filter, profile, learns);

	for (size_t i = 0; r == 0 && i < N_ROWS; i++)
		if (rows[i].groups & profile->groups &&
		    holds_in(&rows[i], SANDBOX_SECOND_STAGE) &&
		    !(learns && is_heard(&rows[i], profile)) &&
		    !overruled(&rows[i], profile, other))
			r = add_row(filter, &rows[i]);
	return r;
}

/*
 * Of two filters the stricter word counts, so this one says only what has ended:
 * to all else the first has its word, and its listener is told. What it forbids
 * itself it cannot tell to that one; it is the process itself that does, in a
 * handler of the library, by a call which the first one forbids.
 */
static int add_ends(scmp_filter_ctx filter,
		    const struct sandbox_profile *profile)
{
	const struct sandbox_syscall *row;
	int r = 0;

	for (row = rows; r == 0 && row < rows + N_ROWS; row++) {
		if (!(row->groups & profile->groups))
			continue;
		if (row->stage == SANDBOX_SECOND_STAGE)
			r = add_row(filter, row);
		else if (row->stage == SANDBOX_FIRST_STAGE &&
			 !overruled(row, profile, SANDBOX_FIRST_STAGE))
			r = add_rule(filter, SCMP_ACT_TRAP,
				     row_numbers[row - rows], row);
	}
	return r;
}

static bool is_about(const struct sandbox_syscall *row, const char *name,
		     const uint64_t *arguments)
{
	return !strcmp(row->name, name) &&
	       (!arguments || row_fits(row, arguments));
}

static enum sandbox_stage other_than(enum sandbox_stage stage)
{
	return stage == SANDBOX_FIRST_STAGE ? SANDBOX_SECOND_STAGE :
					      SANDBOX_FIRST_STAGE;
}

/* @works: but of those for whom it fails */
static unsigned int groups_of(const char *name, const uint64_t *arguments,
			      enum sandbox_stage stage, bool works)
{
	unsigned int groups = 0;

	for (const struct sandbox_syscall *row = rows; row < rows + N_ROWS;
	     row++)
		if (is_about(row, name, arguments) && !(works && row->error) &&
		    holds_in(row, other_than(stage)))
			groups |= row->groups;
	return groups;
}

unsigned int sandbox_groups_of(const char *name, const uint64_t *arguments,
			       enum sandbox_stage stage)
{
	return groups_of(name, arguments, stage, false);
}

unsigned int sandbox_groups_allowed(const char *name, const uint64_t *arguments,
				    enum sandbox_stage stage)
{
	return groups_of(name, arguments, stage, true);
}

bool sandbox_grant_allows(const char *name, const uint64_t *arguments)
{
	if (!is_bounded(name))
		return true;
	for (const struct sandbox_syscall *row = rows; row < rows + N_ROWS;
	     row++)
		if (is_for_grants(row) && is_about(row, name, arguments))
			return true;
	return false;
}

static int read_program(int fd, struct sock_fprog *ret_filter)
{
	struct sock_fprog program;
	off_t n_bytes = lseek(fd, 0, SEEK_END);
	ssize_t n;
	int r;

	if (n_bytes <= 0)
		return n_bytes < 0 ? -errno : -EIO;
	program.len = (unsigned short)((size_t)n_bytes /
				       sizeof(*program.filter));
	program.filter = malloc((size_t)n_bytes);
	if (!program.filter)
		return -ENOMEM;
	n = pread(fd, program.filter, (size_t)n_bytes, 0);
	if (n != n_bytes) {
		r = n < 0 ? -errno : -EIO;
		free(program.filter);
		return r;
	}
	*ret_filter = program;
	return 0;
}

static int export_program(scmp_filter_ctx filter, struct sock_fprog *ret_filter)
{
	int fd, r;

	fd = memfd_create("seccomp", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(filter, fd);
	if (r == 0)
		r = read_program(fd, ret_filter);
	close(fd);
	return r;
}

static const uint32_t defaults[] = {
	[SANDBOX_KILLS] = SCMP_ACT_KILL_PROCESS,
	[SANDBOX_TELLS] = SCMP_ACT_NOTIFY,
	[SANDBOX_ENDS] = SCMP_ACT_ALLOW,
	[SANDBOX_LEARNS] = SCMP_ACT_NOTIFY,
};

/* of another machine's calls there is no name: the kernel ends those */
static int compile(const struct sandbox_profile *profile,
		   enum sandbox_filter_kind kind, struct sock_fprog *ret_filter)
{
	scmp_filter_ctx filter;
	int r;

	number_rows();
	filter = seccomp_init(defaults[kind]);
	if (!filter)
		return -ENOMEM;
	r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
			     SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* the kernel's own errno, not "it failed" */
	if (r == 0)
		r = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	if (r == 0)
		r = kind == SANDBOX_ENDS ? add_ends(filter, profile) :
					   add_rows(filter, profile,
						    kind == SANDBOX_LEARNS);
	if (r == 0)
		r = export_program(filter, ret_filter);
	seccomp_release(filter);
	return r;
}

/* ---- what is compiled already -------------------------------------------- */

/** struct compiled - @granted: the names, each with a blank behind */
struct compiled {
	struct compiled *next;
	unsigned int groups;
	enum sandbox_filter_kind kind;
	struct sock_fprog program;
	char granted[];
};
static struct compiled *all_compiled;

static size_t granted_bytes(const struct sandbox_profile *profile)
{
	size_t n_bytes = 1;

	for (char *const *at = profile->granted; at && *at; at++)
		n_bytes += strlen(*at) + 1;
	return n_bytes;
}

static bool is_of(const struct compiled *c,
		  const struct sandbox_profile *profile,
		  enum sandbox_filter_kind kind)
{
	const char *text = c->granted;
	size_t n;

	if (c->groups != profile->groups || c->kind != kind)
		return false;
	for (char *const *at = profile->granted; at && *at; at++) {
		n = strlen(*at);
		if (strncmp(text, *at, n) || text[n] != ' ')
			return false;
		text += n + 1;
	}
	return !*text;
}

static struct compiled *compiled_new(const struct sandbox_profile *profile,
				     enum sandbox_filter_kind kind)
{
	struct compiled *c = calloc(1, sizeof(*c) + granted_bytes(profile));

	if (!c)
		return NULL;
	c->groups = profile->groups;
	c->kind = kind;
	for (char *const *at = profile->granted; at && *at; at++)
		strcat(strcat(c->granted, *at), " ");
	return c;
}

/* another system may have been of another machine's kind: unknown names are
 * refused, and not left out as rows are */
static int check_granted(const struct sandbox_profile *profile)
{
	for (char *const *at = profile->granted; at && *at; at++)
		if (seccomp_syscall_resolve_name(*at) == __NR_SCMP_ERROR)
			return -EINVAL;
	return 0;
}

int sandbox_filter(const struct sandbox_profile *profile,
		   enum sandbox_filter_kind kind,
		   const struct sock_fprog **ret_filter)
{
	struct compiled *c;
	int r;

	if (profile->groups >= SANDBOX_PROFILES)
		return -EINVAL;
	for (c = all_compiled; c && !is_of(c, profile, kind); c = c->next)
		;
	if (!c) {
		r = check_granted(profile);
		if (r < 0)
			return r;
		c = compiled_new(profile, kind);
		if (!c)
			return -ENOMEM;
		r = compile(profile, kind, &c->program);
		if (r < 0) {
			free(c);
			return r;
		}
		c->next = all_compiled;
		all_compiled = c;
	}
	*ret_filter = &c->program;
	return 0;
}

/* ---- installing --------------------------------------------------------- */

/* of a millisecond each, in which our supervisor stands still */
#define ARRIVAL_WAITS_MAX 100

/* the room of one descriptor; a word must go along */
struct passage {
	struct msghdr message;
	struct iovec word;
	char byte;
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
};

static void passage_begin(struct passage *p)
{
	memset(p, 0, sizeof(*p));
	p->word = (struct iovec){ .iov_base = &p->byte, .iov_len = 1 };
	p->message.msg_iov = &p->word;
	p->message.msg_iovlen = 1;
	p->message.msg_control = p->control.bytes;
	p->message.msg_controllen = sizeof(p->control.bytes);
}

/*
 * Where others have the same uid, more of their descriptors may be on their way
 * just now than a supervisor may have open, which is what we are measured with
 * yet. No actor can leave so many there; a system that starts has some, and these
 * arrive.
 */
static bool soon_have_arrived(unsigned int *n_waits)
{
	static const struct timespec pause = { .tv_nsec = 1000000 };

	if (errno != ETOOMANYREFS || (*n_waits)++ == ARRIVAL_WAITS_MAX)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

static int listener_send(int channel_fd, int listener_fd)
{
	unsigned int n_waits = 0;
	struct passage p;

	passage_begin(&p);
	p.control.header.cmsg_level = SOL_SOCKET;
	p.control.header.cmsg_type = SCM_RIGHTS;
	p.control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&p.control.header), &listener_fd, sizeof(int));
	while (sendmsg(channel_fd, &p.message, MSG_NOSIGNAL) < 0)
		if (!soon_have_arrived(&n_waits))
			return -errno;
	close(listener_fd);
	return 0;
}

int sandbox_listener_take(int channel_fd)
{
	char bytes[2];
	struct passage p;
	int fd;

	/* a failed step says more than one byte, and is not for us */
	if (recv(channel_fd, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT) !=
	    1)
		return -ENOENT;
	passage_begin(&p);
	if (recvmsg(channel_fd, &p.message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) !=
		    1 ||
	    p.message.msg_controllen < CMSG_LEN(sizeof(int)))
		return -ENOENT;
	memcpy(&fd, CMSG_DATA(&p.control.header), sizeof(int));
	return fd;
}

static int install(const struct sock_fprog *filter, unsigned int flags)
{
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter);

	return r < 0 ? -errno : (int)r;
}

int sandbox_filter_enter(const struct sandbox_plan *plan)
{
	int r;

	if (!plan->filter)
		return 0;
	r = install(plan->filter,
		    plan->listened ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
	if (r < 0 || !plan->listened)
		return r;
	/* not ours any more: whom it is about must not be who is told */
	return listener_send(plan->error_fd, r);
}
