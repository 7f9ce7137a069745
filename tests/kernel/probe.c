/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe.c - runs inside a sandbox and tries one thing.
 *
 * probe NAME [ARGUMENT]: exit status 0: it worked; else the errno. Whoever
 * started it knows what should have happened. No library but libc. With "actor" in
 * front it is an actor first, and then tells its supervisor what it came to.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/attacks.h"
#include "tests/kernel/pose.h"

#define EXIT_USAGE 125

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static int try_nothing(const char *argument)
{
	(void)argument;
	return 0;
}

static int try_exit(const char *argument)
{
	return atoi(argument);
}

static int try_crash(const char *argument)
{
	(void)argument;
	raise(SIGSEGV);
	return 0;
}

static int try_abort(const char *argument)
{
	(void)argument;
	abort();
}

static int try_wait(const char *argument)
{
	(void)argument;
	while (pause() < 0)
		;
	return 0;
}

static int try_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return result(fd);
}

static int try_write(const char *path)
{
	return result(open(path, O_WRONLY | O_CLOEXEC));
}

static int try_make_set_id(const char *path)
{
	return result(open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
			   04755));
}

static int try_make_unnamed(const char *folder)
{
	return result(open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 02755));
}

static int try_set_id(const char *path)
{
	return result(chmod(path, 06755));
}

static int try_white_out(const char *path)
{
	char other[256];

	snprintf(other, sizeof(other), "%s.other", path);
	return result(syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, other,
			      RENAME_WHITEOUT));
}

static int try_create(const char *path)
{
	return result(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			   0600));
}

static int try_execute(const char *path)
{
	char *const arguments[] = { (char *)(uintptr_t)path,
				    (char []){ "nothing" }, NULL };

	execv(path, arguments);
	return errno;
}

static int try_map(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) ==
	       MAP_FAILED ? errno : 0;
}

static int try_stat(const char *path)
{
	struct stat st;

	return result(stat(path, &st));
}

static int try_read_descriptor(const char *number)
{
	char byte;

	return result(read(atoi(number), &byte, 1));
}

static int try_descriptors(const char *highest)
{
	int fd;

	for (fd = atoi(highest) + 1; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return EEXIST;
	for (fd = 0; fd <= atoi(highest); fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return EBADF;
	return 0;
}

static int try_control(const char *argument)
{
	char byte;

	(void)argument;
	if (write(3, "c", 1) != 1 || read(3, &byte, 1) != 1)
		return errno;
	return byte == 'd' ? 0 : EBADMSG;
}

static int try_environment(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		return ENOENT;
	printf("%s\n", value);
	return 0;
}

static int try_notify(const char *argument)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd;

	(void)argument;
	if (!path || strlen(path) >= sizeof(address.sun_path))
		return ENOENT;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	return result(sendto(fd, "READY=1", 7, 0,
			     (struct sockaddr *)&address, sizeof(address)));
}

static int socket_of(int family, int type)
{
	return result(socket(family, type | SOCK_CLOEXEC, 0));
}

static int try_socket_inet(const char *argument)
{
	(void)argument;
	return socket_of(AF_INET, SOCK_STREAM);
}

static int try_socket_unix(const char *argument)
{
	(void)argument;
	return socket_of(AF_UNIX, SOCK_STREAM);
}

static int try_socket_netlink(const char *argument)
{
	(void)argument;
	return socket_of(AF_NETLINK, SOCK_RAW);
}

static int try_socket_packet(const char *argument)
{
	(void)argument;
	return socket_of(AF_PACKET, SOCK_RAW);
}

static int connect_to(const char *port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	return result(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int try_connect(const char *port)
{
	return connect_to(port);
}

/* a server and a client in one: loopback is up */
static int try_loopback(const char *argument)
{
	struct sockaddr_in self = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(self);
	char port[8];
	int fd;

	(void)argument;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0 ||
	    listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&self, &length) < 0)
		return errno;
	snprintf(port, sizeof(port), "%u", ntohs(self.sin_port));
	return connect_to(port);
}

static int try_abstract(const char *name)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(name);
	int fd;

	if (n + 1 > sizeof(to.sun_path))
		return EXIT_USAGE;
	memcpy(to.sun_path + 1, name, n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	return result(connect(fd, (struct sockaddr *)&to,
			      (socklen_t)(offsetof(struct sockaddr_un,
						   sun_path) + 1 + n)));
}

static int try_kill(const char *pid)
{
	return result(kill(atoi(pid), 0));
}

static int try_tgkill(const char *pid)
{
	return result(syscall(SYS_tgkill, atoi(pid), atoi(pid), 0));
}

static int try_pidfd_open(const char *pid)
{
	return result(syscall(SYS_pidfd_open, atoi(pid), 0));
}

static int try_ptrace(const char *pid)
{
	return result(ptrace(PTRACE_SEIZE, atoi(pid), 0, 0));
}

static int try_process_vm(const char *pid)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { &byte, 1 };

	return result(process_vm_readv(atoi(pid), &local, 1, &remote, 1, 0));
}

static int try_setuid(const char *argument)
{
	(void)argument;
	return result(syscall(SYS_setuid, 0));
}

static int try_unshare(const char *argument)
{
	(void)argument;
	return result(unshare(CLONE_NEWUSER));
}

static int try_mount(const char *argument)
{
	(void)argument;
	return result(mount("tmpfs", "/", "tmpfs", 0, NULL));
}

static int try_chroot(const char *argument)
{
	(void)argument;
	return result(chroot("/"));
}

static int try_bpf(const char *argument)
{
	(void)argument;
	return result(syscall(SYS_bpf, 0, NULL, 0));
}

static int try_keyctl(const char *argument)
{
	(void)argument;
	return result(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, 0, 0));
}

static int try_io_uring(const char *argument)
{
	char parameters[120] = { 0 };

	(void)argument;
	return result(syscall(SYS_io_uring_setup, 1, parameters));
}

static int try_shm(const char *argument)
{
	(void)argument;
	return result(shmget(0x5150, 4096, IPC_CREAT | 0600));
}

static int try_memfd(const char *argument)
{
	(void)argument;
	return result(memfd_create("x", MFD_CLOEXEC));
}

static int try_code(const char *argument)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)argument;
	return code == MAP_FAILED ? errno : 0;
}

static int try_code_later(const char *argument)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)argument;
	if (code == MAP_FAILED)
		return errno;
	return result(mprotect(code, 4096, PROT_READ | PROT_EXEC));
}

/* how many processes can be, this one included, up to a hundred */
static int try_fork(const char *argument)
{
	pid_t parent = getpid(), children[100];
	int n = 0;

	(void)argument;
	while (n < 100) {
		children[n] = fork();
		if (children[n] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
			if (getppid() == parent)
				try_wait(NULL);
			_exit(0);
		}
		if (children[n] < 0)
			break;
		n++;
	}
	return n;
}

static int try_setflags(const char *argument)
{
	(void)argument;
	return result(fcntl(3, F_SETFL, O_NONBLOCK));
}

static int try_shutdown(const char *argument)
{
	(void)argument;
	return result(shutdown(3, SHUT_RDWR));
}

static int try_setsockopt(const char *argument)
{
	int one = 1;

	(void)argument;
	return result(setsockopt(3, SOL_SOCKET, SO_SNDBUF, &one, sizeof(one)));
}

static int try_capabilities(const char *argument)
{
	int i;

	(void)argument;
	for (i = 0; i < 64; i++) {
		int r = prctl(PR_CAPBSET_READ, i, 0, 0, 0);

		if (r < 0)
			break;
		if (r == 1)
			return EPERM;
	}
	return i > 0 ? 0 : EINVAL;
}

static int try_identity(const char *uid)
{
	if (getuid() != (uid_t)strtoul(uid, NULL, 10) ||
	    geteuid() != getuid() || getgid() != getegid())
		return EPERM;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : EACCES;
}

static int try_groups(const char *number)
{
	return getgroups(0, NULL) == atoi(number) ? 0 : EPERM;
}

static int try_limits(const char *argument)
{
	struct rlimit core, files;

	(void)argument;
	if (getrlimit(RLIMIT_CORE, &core) < 0 ||
	    getrlimit(RLIMIT_NOFILE, &files) < 0)
		return errno;
	return core.rlim_max == 0 && files.rlim_max <= 4096 ? 0 : E2BIG;
}

static int try_signals(const char *argument)
{
	struct sigaction action;
	sigset_t blocked;
	int signal;

	(void)argument;
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (signal = 1; signal < 32; signal++) {
		if (sigismember(&blocked, signal))
			return EBUSY;
		if (sigaction(signal, NULL, &action) == 0 &&
		    action.sa_handler != SIG_DFL)
			return EEXIST;
	}
	return 0;
}

static int try_hostname(const char *argument)
{
	char name[128] = "";

	(void)argument;
	gethostname(name, sizeof(name) - 1);
	printf("%s\n", name);
	return 0;
}

static int try_list(const char *path)
{
	char buffer[4096];
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return result(syscall(SYS_getdents64, fd, buffer, sizeof(buffer)));
}

static int try_number(const char *argument)
{
	(void)argument;
	return result(syscall(4000));
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* a forbidden call that lasts until a signal comes, and then nothing any more */
static int try_interrupted(const char *argument)
{
	struct sigaction action = { .sa_handler = on_alarm };

	(void)argument;
	sigaction(SIGALRM, &action, NULL);
	if (syscall(4000) == 0 || errno != EINTR)
		return errno;
	for (;;)
		pause();
}

/* as much as there is room for */
static int try_fill(const char *path)
{
	static const char bytes[65536];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	while (write(fd, bytes, sizeof(bytes)) > 0)
		;
	return errno;
}

/* as many files */
static int try_crowd(const char *folder)
{
	char path[256];
	int fd, i;

	for (i = 0; i < 100000; i++) {
		snprintf(path, sizeof(path), "%s/%d", folder, i);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return errno;
		close(fd);
	}
	return 0;
}

static int try_move(const char *path)
{
	char moved[256];

	snprintf(moved, sizeof(moved), "%s-moved", path);
	return result(rename(path, moved));
}

/* a script that it has written itself, and may itself execute */
static int try_script(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

	if (fd < 0 || write(fd, "#!/x\n", 5) != 5)
		return errno;
	close(fd);
	return try_execute(path);
}

#define ATTEMPT(name) { #name, try_##name }

static const struct {
	const char *name;
	int (*run)(const char *argument);
} attempts[] = {
	ATTEMPT(nothing),	ATTEMPT(exit),		ATTEMPT(crash),
	ATTEMPT(abort),		ATTEMPT(wait),		ATTEMPT(open),
	ATTEMPT(write),		ATTEMPT(create),	ATTEMPT(execute),
	ATTEMPT(make_set_id),	ATTEMPT(make_unnamed),	ATTEMPT(set_id),
	ATTEMPT(white_out),
	ATTEMPT(stat),		ATTEMPT(read_descriptor),
	ATTEMPT(descriptors),	ATTEMPT(control),	ATTEMPT(environment),
	ATTEMPT(notify),	ATTEMPT(socket_inet),	ATTEMPT(socket_unix),
	ATTEMPT(socket_netlink), ATTEMPT(socket_packet), ATTEMPT(connect),
	ATTEMPT(loopback),	ATTEMPT(abstract),	ATTEMPT(kill),
	ATTEMPT(tgkill),	ATTEMPT(pidfd_open),	ATTEMPT(ptrace),
	ATTEMPT(process_vm),	ATTEMPT(setuid),	ATTEMPT(unshare),
	ATTEMPT(mount),		ATTEMPT(chroot),	ATTEMPT(bpf),
	ATTEMPT(keyctl),	ATTEMPT(io_uring),	ATTEMPT(shm),
	ATTEMPT(memfd),		ATTEMPT(code),		ATTEMPT(code_later),
	ATTEMPT(fork),		ATTEMPT(setflags),	ATTEMPT(shutdown),
	ATTEMPT(setsockopt),	ATTEMPT(capabilities),	ATTEMPT(identity),
	ATTEMPT(groups),	ATTEMPT(limits),	ATTEMPT(signals),
	ATTEMPT(hostname),	ATTEMPT(list),		ATTEMPT(number),
	ATTEMPT(interrupted),	ATTEMPT(fill),		ATTEMPT(crowd),
	ATTEMPT(script),	ATTEMPT(move),		ATTEMPT(map),
};

static int run(const char *name, const char *argument)
{
	int r = EXIT_USAGE;
	size_t i;

	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (strcmp(attempts[i].name, name) == 0)
			return attempts[i].run(argument);
	attacks_run(name, argument, &r);
	return r;
}

static int run_as_actor(int argc, char **argv)
{
	pose_as_actor();
	pose_report(run(argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : ""));
}

int main(int argc, char **argv)
{
	int r;

	if (argc > 1 && strcmp(argv[1], "actor") == 0)
		return run_as_actor(argc, argv);
	r = run(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "");
	fflush(stdout);
	return r;
}
