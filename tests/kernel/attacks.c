/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attacks.c - what somebody tries who has taken an actor over.
 *
 * Who it is tried on survives even when it works: signals are 0, which asks the
 * kernel the same question as any other.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/kcmp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tests/kernel/attacks.h"
#include "tests/kernel/pose.h"

#define CONTROL_FD 3
#define PIDS_MAX 32768
#define LINGER_S 600
#define FDS_AT_ONCE 250
#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

static int result(long r)
{
	return r < 0 ? errno : 0;
}

/* ---- any system call, without an argument -------------------------------- */

#define CALL(name) { #name, SYS_##name }

static const struct {
	const char *name;
	long number;
} calls[] = {
	CALL(acct),		CALL(add_key),		CALL(adjtimex),
	CALL(bpf),		CALL(capset),		CALL(chroot),
	CALL(clock_settime),	CALL(clone3),		CALL(delete_module),
	CALL(execveat),		CALL(fanotify_init),	CALL(finit_module),
	CALL(fsmount),		CALL(fsopen),		CALL(init_module),
	CALL(inotify_init1),	CALL(io_setup),		CALL(io_uring_enter),
	CALL(io_uring_register), CALL(io_uring_setup),	CALL(iopl),
	CALL(ioperm),		CALL(kexec_load),	CALL(keyctl),
	CALL(landlock_create_ruleset),			CALL(link),
	CALL(mbind),		CALL(memfd_create),	CALL(memfd_secret),
	CALL(migrate_pages),	CALL(mknod),		CALL(modify_ldt),
	CALL(mount),		CALL(mount_setattr),	CALL(move_mount),
	CALL(mq_open),		CALL(msgget),		CALL(name_to_handle_at),
	CALL(open_by_handle_at), CALL(open_tree),	CALL(openat2),
	CALL(perf_event_open),	CALL(pidfd_getfd),	CALL(pivot_root),
	CALL(pkey_mprotect),	CALL(process_madvise),	CALL(process_vm_writev),
	CALL(quotactl),		CALL(reboot),		CALL(remap_file_pages),
	CALL(request_key),	CALL(seccomp),		CALL(semget),
	CALL(sethostname),	CALL(setgroups),	CALL(setns),
	CALL(setpgid),		CALL(setresuid),	CALL(setsid),
	CALL(settimeofday),	CALL(shmget),		CALL(socketpair),
	CALL(swapon),		CALL(syslog),		CALL(timer_create),
	CALL(tkill),		CALL(umount2),		CALL(userfaultfd),
	CALL(ustat),		CALL(vhangup),		CALL(vmsplice),
};

static int attack_call(const char *name)
{
	for (size_t i = 0; i < N(calls); i++)
		if (!strcmp(calls[i].name, name))
			return result(syscall(calls[i].number, 0, 0, 0, 0, 0,
					      0));
	return EDOM;
}

/* ---- files --------------------------------------------------------------- */

static int attack_memory_of(const char *path)
{
	char byte;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return result(fd < 0 ? fd : pread(fd, &byte, 1, 0));
}

static int attack_handle(const char *argument)
{
	struct {
		struct file_handle handle;
		unsigned char bytes[8];
	} root = { .handle = { .handle_bytes = 8, .handle_type = 1 } };

	(void)argument;
	root.bytes[0] = 2;
	return result(open_by_handle_at(AT_FDCWD, &root.handle, O_RDONLY));
}

/* 0 to 2, control, and what control has sent: everything else is a find */
static int attack_descriptors(const char *known)
{
	struct stat st;

	for (int fd = atoi(known); fd < 8192; fd++)
		if (fstat(fd, &st) == 0)
			return 0;
	return EBADF;
}

/* a folder among what it has would lead out of the root */
static int attack_climb(const char *argument)
{
	(void)argument;
	for (int fd = 0; fd < 64; fd++)
		if (openat(fd, "../../../../etc/passwd", O_RDONLY) >= 0)
			return 0;
	return errno;
}

static int attack_remove(const char *path)
{
	return result(unlink(path));
}

/* ---- sockets ------------------------------------------------------------- */

static int attack_socket(const char *family)
{
	return result(socket(atoi(family), SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int attack_raw_socket(const char *family)
{
	return result(socket(atoi(family), SOCK_RAW | SOCK_CLOEXEC, 1));
}

static int attack_named(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	return result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

/* ---- other processes ----------------------------------------------------- */

/* that of all whom it may not touch, when it may touch none */
static int each_other(int (*touch)(pid_t pid))
{
	int worst = ESRCH;

	for (pid_t pid = 1; pid < PIDS_MAX; pid++) {
		int error = pid == getpid() ? ESRCH : touch(pid);

		if (error == 0)
			return 0;
		if (error != ESRCH)
			worst = error;
	}
	return worst;
}

static int signal_thread(pid_t pid)
{
	return result(syscall(SYS_tgkill, pid, pid, 0));
}

static int signal_process(pid_t pid)
{
	return result(kill(pid, 0));
}

static int read_memory(pid_t pid)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { &byte, 1 };

	return result(process_vm_readv(pid, &here, 1, &there, 1, 0));
}

static int compare_with(pid_t pid)
{
	return result(syscall(SYS_kcmp, pid, getpid(), KCMP_FILES, 0, 0));
}

static int slow_down(pid_t pid)
{
	return result(setpriority(PRIO_PROCESS, (id_t)pid, 0));
}

static int limit_others(pid_t pid)
{
	struct rlimit limit;

	return result(prlimit(pid, RLIMIT_NOFILE, NULL, &limit));
}

static int attack_tgkill_others(const char *argument)
{
	(void)argument;
	return each_other(signal_thread);
}

static int attack_kill_others(const char *argument)
{
	(void)argument;
	return each_other(signal_process);
}

/* says that it worked when there is anybody else */
static int attack_kill_all(const char *argument)
{
	(void)argument;
	return result(kill(-1, 0));
}

static int attack_kill_group(const char *argument)
{
	(void)argument;
	return result(kill(-getppid(), 0));
}

static int attack_memory_of_others(const char *argument)
{
	(void)argument;
	return each_other(read_memory);
}

static int attack_compare_with_others(const char *argument)
{
	(void)argument;
	return each_other(compare_with);
}

static int attack_slow_others_down(const char *argument)
{
	(void)argument;
	return each_other(slow_down);
}

static int attack_limit_others(const char *argument)
{
	(void)argument;
	return each_other(limit_others);
}

/* ---- descriptors that it shares ------------------------------------------ */

static int attack_own(const char *command)
{
	int number = atoi(command);

	return result(fcntl(CONTROL_FD, number,
			    number == F_SETFL ? O_NONBLOCK | O_ASYNC :
						getpid()));
}

static int attack_async(const char *argument)
{
	int one = 1;

	(void)argument;
	return result(ioctl(CONTROL_FD, FIOASYNC, &one));
}

static int attack_type_into_terminal(const char *argument)
{
	(void)argument;
	return result(ioctl(STDIN_FILENO, TIOCSTI, "x"));
}

/* its pipe is its supervisor's too; whether there may be a larger one is a matter
 * of all pipes of that user */
static int attack_pipe_size(const char *argument)
{
	(void)argument;
	return result(fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 4096));
}

/* ---- more than it was given ---------------------------------------------- */

static int attack_files_flood(const char *limit)
{
	int n = 0;

	while (dup(STDIN_FILENO) >= 0)
		if (++n > atoi(limit))
			return 0;
	return errno;
}

static int attack_raise_limits(const char *argument)
{
	static const int resources[] = {
		RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE,
		RLIMIT_RTPRIO,
	};
	struct rlimit limit;
	int error = 0;

	(void)argument;
	for (size_t i = 0; i < N(resources); i++) {
		if (getrlimit(resources[i], &limit) < 0)
			return errno;
		limit.rlim_cur = ++limit.rlim_max;
		if (setrlimit(resources[i], &limit) == 0)
			return 0;
		error = errno;
	}
	return error;
}

static int attack_lock_memory(const char *argument)
{
	static char page[4096];

	(void)argument;
	return result(mlock(page, sizeof(page)));
}

static int attack_new_users(const char *argument)
{
	(void)argument;
	return result(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
}

static int sleep_for_ever(void *data)
{
	(void)data;
	while (pause() < 0)
		;
	return 0;
}

static int attack_thread(const char *argument)
{
	static char stack[65536];

	(void)argument;
	return result(clone(sleep_for_ever, stack + sizeof(stack),
			    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			    CLONE_THREAD | CLONE_SYSVSEM, NULL));
}

static int attack_process(const char *argument)
{
	pid_t pid = fork();

	(void)argument;
	if (pid == 0)
		_exit(0);
	return result(pid);
}

/* all that a table of descriptors holds, and of what it costs the kernel */
static int attack_timers(const char *argument)
{
	(void)argument;
	while (timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC) >= 0)
		;
	return errno;
}

/* each in the next: whoever wakes one would wake them all */
static int attack_nest_epolls(const char *argument)
{
	struct epoll_event event = { .events = EPOLLIN };
	int inner = epoll_create1(EPOLL_CLOEXEC), outer;

	(void)argument;
	for (;;) {
		outer = epoll_create1(EPOLL_CLOEXEC);
		if (outer < 0)
			return 0;
		if (epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event) < 0)
			return errno;
		inner = outer;
	}
}

/* says that it worked when more than @most MiB of the kernel's memory are full */
static int attack_fill_pipes(const char *most)
{
	size_t n_bytes = 0, limit = (size_t)atoi(most) << 20;
	static char bytes[65536];
	int ends[2];
	ssize_t n;

	while (pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0)
		while ((n = write(ends[1], bytes, sizeof(bytes))) > 0) {
			n_bytes += (size_t)n;
			if (n_bytes > limit)
				return 0;
		}
	return errno;
}

/* a lock that another one is said to hold, of whom the kernel then keeps a note */
static int attack_lock_of_others(const char *argument)
{
	struct timespec soon = { 0 };
	uint32_t word = (uint32_t)getppid();

	(void)argument;
	clock_gettime(CLOCK_REALTIME, &soon);
	return result(syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, &soon, NULL,
			      0));
}

/* a control message beside that. Return: 0 or an errno */
static int send_with(int fd, const char *word, int type, const void *data,
		     size_t n_bytes)
{
	static char control[CMSG_SPACE(FDS_AT_ONCE * sizeof(int))];
	struct iovec said = { (char *)word, strlen(word) + 1 };
	struct msghdr message = {
		.msg_iov = &said, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = CMSG_SPACE(n_bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = type;
	header->cmsg_len = CMSG_LEN(n_bytes);
	memcpy(CMSG_DATA(header), data, n_bytes);
	return result(sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/* in sockets that nobody reads at once; other uids must still be able to */
static int attack_files_in_flight(const char *argument)
{
	static const int fds[FDS_AT_ONCE];	/* all are STDIN_FILENO */
	int error;

	(void)argument;
	do
		error = send_with(CONTROL_FD, "READY", SCM_RIGHTS, fds,
				  sizeof(fds));
	while (!error);
	return error;
}

/* as its supervisor, to who asks the kernel who speaks */
static int attack_forge_sender(const char *argument)
{
	const struct ucred other = { .pid = getppid() };

	(void)argument;
	return send_with(CONTROL_FD, "READY", SCM_CREDENTIALS, &other,
			 sizeof(other));
}

static int attack_out_of_band(const char *argument)
{
	(void)argument;
	return result(send(CONTROL_FD, "x", 1, MSG_OOB | MSG_NOSIGNAL));
}

/* who closes the last copy of it waits there, as nobody reads at its other end */
static int lingering_socket(void)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = LINGER_S };
	struct sockaddr_in here = {
		.sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	int door = socket(AF_INET, SOCK_STREAM, 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t size = sizeof(here);
	static char bytes[65536];

	if (bind(door, (struct sockaddr *)&here, size) < 0 ||
	    listen(door, 1) < 0 ||
	    getsockname(door, (struct sockaddr *)&here, &size) < 0 ||
	    connect(fd, (struct sockaddr *)&here, size) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0)
		return -1;
	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	return fd;
}

static int leave_with(int fd, const char *word, int lingering)
{
	int error = lingering < 0 ? EBADF :
		send_with(fd, word, SCM_RIGHTS, &lingering, sizeof(lingering));

	if (error)
		return error;
	close(lingering);
	return sleep_for_ever(NULL);
}

static int attack_linger_by_control(const char *argument)
{
	(void)argument;
	return leave_with(CONTROL_FD, "READY", lingering_socket());
}

static int attack_linger_by_notify(const char *argument)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	(void)argument;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		 getenv("NOTIFY_SOCKET"));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    send(fd, "READY=1", strlen("READY=1"), 0) < 0)
		return errno;
	return leave_with(fd, "FDSTORE=1", lingering_socket());
}

/* ---- itself: what was taken away, back ----------------------------------- */

static int attack_keep_capabilities(const char *argument)
{
	(void)argument;
	return result(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
}

static int attack_no_more_privileges(const char *argument)
{
	(void)argument;
	if (prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 0;
	return EINVAL;
}

static int attack_share_core(const char *argument)
{
	(void)argument;
	return result(prctl(PR_SCHED_CORE, PR_SCHED_CORE_SHARE_TO, getppid(), 0,
			    0));
}

/* READ_IMPLIES_EXEC: all that can be read can be executed */
static int attack_personality(const char *argument)
{
	(void)argument;
	return result(syscall(SYS_personality, 0x0400000));
}

/* ---- who does not want to end ------------------------------------------- */

static int attack_survive_signals(const char *argument)
{
	sigset_t all;

	(void)argument;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	return sleep_for_ever(NULL);
}

static int attack_survive_stopped(const char *argument)
{
	(void)argument;
	raise(SIGSTOP);
	return sleep_for_ever(NULL);
}

static int attack_survive_busy(const char *argument)
{
	volatile unsigned long turns = 0;

	(void)argument;
	while (++turns)
		;
	return 0;
}

/* its supervisor's only channel to it is full, and nobody reads */
static int attack_survive_deaf(const char *argument)
{
	(void)argument;
	close(CONTROL_FD);
	return sleep_for_ever(NULL);
}

static int attack_survive_word(const char *argument)
{
	(void)argument;
	pose_until_stop();
	return sleep_for_ever(NULL);
}

/* its parent waits in the kernel until it is gone, and cannot be asked for anything */
static int attack_survive_vfork(const char *argument)
{
	(void)argument;
	if (vfork() == 0)
		sleep_for_ever(NULL);
	return sleep_for_ever(NULL);
}

/* out of sight of who started them: in sessions of their own, without a parent */
static int attack_survive_orphans(const char *argument)
{
	sigset_t all;

	(void)argument;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (int i = 0; i < 20; i++)
		if (fork() == 0) {
			setsid();
			if (fork() > 0)
				_exit(0);
			return sleep_for_ever(NULL);
		}
	return sleep_for_ever(NULL);
}

/* ---- the table ----------------------------------------------------------- */

#define ATTACK(name) { #name, attack_##name }

static const struct {
	const char *name;
	int (*run)(const char *argument);
} attacks[] = {
	ATTACK(call),		ATTACK(memory_of),	ATTACK(handle),
	ATTACK(descriptors),	ATTACK(climb),		ATTACK(remove),
	ATTACK(socket),		ATTACK(raw_socket),	ATTACK(named),
	ATTACK(tgkill_others),	ATTACK(kill_others),	ATTACK(kill_all),
	ATTACK(kill_group),	ATTACK(memory_of_others),
	ATTACK(compare_with_others), ATTACK(slow_others_down),
	ATTACK(limit_others),	ATTACK(own),		ATTACK(async),
	ATTACK(type_into_terminal), ATTACK(pipe_size),	ATTACK(files_flood),
	ATTACK(raise_limits),	ATTACK(lock_memory),	ATTACK(new_users),
	ATTACK(thread),		ATTACK(process),	ATTACK(keep_capabilities),
	ATTACK(no_more_privileges), ATTACK(share_core),	ATTACK(personality),
	ATTACK(survive_signals), ATTACK(survive_stopped), ATTACK(survive_busy),
	ATTACK(survive_deaf),	ATTACK(survive_word),
	ATTACK(survive_vfork),	ATTACK(survive_orphans),
	ATTACK(timers),		ATTACK(nest_epolls),	ATTACK(fill_pipes),
	ATTACK(lock_of_others),	ATTACK(files_in_flight),
	ATTACK(forge_sender),	ATTACK(out_of_band),
	ATTACK(linger_by_control), ATTACK(linger_by_notify),
};

int attacks_run(const char *name, const char *argument, int *ret)
{
	for (size_t i = 0; i < N(attacks); i++)
		if (!strcmp(attacks[i].name, name)) {
			*ret = attacks[i].run(argument);
			return 0;
		}
	return -1;
}
