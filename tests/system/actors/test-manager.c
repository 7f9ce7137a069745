/* SPDX-License-Identifier: 0BSD */
/*
 * test-manager.c - a service manager that keeps descriptors, as systemd does.
 *
 *	test-manager PROGRAM ARGUMENT...
 *
 * Runs it with NOTIFY_SOCKET, keeps what it is given, and when it ends other than
 * with status 0 starts it again with all of that. What was sent is read before an
 * end is looked at. Its own exit status is that of the program, or
 *	90  the program ended with 0 and left something in the store
 *	91  it asked for what it must not ask for
 *
 * $MANAGER_DIRECTORY/manager takes commands, one a connection:
 *	status		pid of the program, starts, descriptors, whether it is up,
 *			how many WATCHDOG=1 came; then all names
 *	max N		so many are kept; $MANAGER_MAX at first
 *	kill N		after N more messages; 0: now
 *	spare		but not so
 *	stall, go on	read nothing meanwhile
 *	spoil N		flip a bit of the newest book, at that byte
 *	cut N		make it so many bytes shorter
 *	forget N	lose the Nth descriptor that has only a number
 *	lose NAME	lose those whose names begin so
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDS_MAX 4096
#define STARTS_MAX 1000
#define FAILURES_MAX 5

struct kept {
	int fd;
	char name[64];
};

static struct kept store[FDS_MAX];
static unsigned int n_kept, max_kept = FDS_MAX;
static unsigned int n_starts, n_failures, n_watchdog;
static bool up, stalled;
static long kill_in = -1;
static pid_t pid;
static int pidfd = -1;

static void __attribute__((noreturn, format(printf, 2, 3)))
give_up(int status, const char *format, ...)
{
	va_list list;

	fputs("test-manager: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	exit(status);
}

static int listen_at(const char *name, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
		 getenv("MANAGER_DIRECTORY"), name);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		give_up(1, "%s: %s", address.sun_path, strerror(errno));
	if (type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	else
		listen(fd, 8);
	return fd;
}

/* ---- the store ---------------------------------------------------------- */

static bool is_kept(int fd)
{
	pid_t self = getpid();

	for (unsigned int i = 0; i < n_kept; i++)
		if (syscall(SYS_kcmp, self, self, KCMP_FILE, store[i].fd,
			    fd) == 0)
			return true;
	return false;
}

static void keep(int fd, const char *name)
{
	if (is_kept(fd) || n_kept >= max_kept) {
		close(fd);
		return;
	}
	store[n_kept].fd = fd;
	snprintf(store[n_kept++].name, sizeof(store[0].name), "%s", name);
}

static void lose(unsigned int at)
{
	close(store[at].fd);
	memmove(&store[at], &store[at + 1],
		(--n_kept - at) * sizeof(store[0]));
}

static void lose_named(const char *name)
{
	for (unsigned int i = n_kept; i-- > 0;)
		if (!strcmp(store[i].name, name))
			lose(i);
}

/* ---- what it is told ---------------------------------------------------- */

static const char *value(char *lines[], const char *name)
{
	size_t n = strlen(name);

	for (; *lines; lines++)
		if (!strncmp(*lines, name, n) && (*lines)[n] == '=')
			return *lines + n + 1;
	return NULL;
}

static void obey(char *lines[], int *fds, size_t n_fds)
{
	const char *name = value(lines, "FDNAME"), *poll_value;

	if (value(lines, "READY"))
		up = true;
	if (value(lines, "READY"))
		n_failures = 0;
	if (value(lines, "WATCHDOG"))
		n_watchdog++;
	if (value(lines, "FDSTOREREMOVE") && name)
		lose_named(name);
	poll_value = value(lines, "FDPOLL");
	if (value(lines, "FDSTORE") &&
	    (!name || strchr(name, ':') || !poll_value ||
	     strcmp(poll_value, "0")))
		give_up(91, "a descriptor without a name, or that is polled");
	for (size_t i = 0; i < n_fds; i++) {
		if (value(lines, "FDSTORE"))
			keep(fds[i], name);
		else
			close(fds[i]);
	}
}

static size_t take_fds(struct msghdr *message, int *fds, pid_t *ret_sender)
{
	struct cmsghdr *c;
	struct ucred who;
	size_t n = 0;

	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
			n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(fds, CMSG_DATA(c), n * sizeof(int));
		} else if (c->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&who, CMSG_DATA(c), sizeof(who));
			*ret_sender = who.pid;
		}
	}
	return n;
}

/* false: there is nothing */
static bool hear(int fd)
{
	char text[4097], *lines[64], *save = NULL;
	union {
		struct cmsghdr align;
		char bytes[1024];
	} control;
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	size_t n_fds, n_lines = 0;
	pid_t sender = 0;
	int fds[64];

	if (n < 0)
		return false;
	text[n] = '\0';
	n_fds = take_fds(&message, fds, &sender);
	if (sender != pid)
		give_up(91, "a message of somebody else, %d", sender);
	for (char *line = strtok_r(text, "\n", &save); line && n_lines < 63;
	     line = strtok_r(NULL, "\n", &save))
		lines[n_lines++] = line;
	lines[n_lines] = NULL;
	obey(lines, fds, n_fds);
	if (kill_in > 0 && --kill_in == 0)
		kill(pid, SIGKILL);
	return true;
}

/* ---- the program -------------------------------------------------------- */

static void set_number(const char *name, long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", number);
	setenv(name, text, 1);
}

static void hand_over(void)
{
	static char names[FDS_MAX * 66];
	size_t n = 0;
	int top = FDS_MAX + 16, fds[FDS_MAX];

	for (unsigned int i = 0; i < n_kept; i++) {
		fds[i] = fcntl(store[i].fd, F_DUPFD, top);
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
				      i ? ":" : "", store[i].name);
	}
	for (unsigned int i = 0; i < n_kept; i++)
		dup2(fds[i], 3 + (int)i);
	close_range(3 + n_kept, ~0U, 0);
	set_number("LISTEN_FDS", n_kept);
	set_number("LISTEN_PID", getpid());
	setenv("LISTEN_FDNAMES", names, 1);
}

static void start(char **arguments)
{
	char path[256];
	sigset_t none;

	snprintf(path, sizeof(path), "%s/notify",
		 getenv("MANAGER_DIRECTORY"));
	up = false;
	if (++n_starts > STARTS_MAX)
		give_up(1, "started too often");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setenv("NOTIFY_SOCKET", path, 1);
		hand_over();
		execv(arguments[0], arguments);
		_exit(127);
	}
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
}

static void on_end(char **arguments)
{
	int status = 0;

	waitpid(pid, &status, 0);
	close(pidfd);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		for (unsigned int i = 0; i < n_kept; i++)
			fprintf(stderr, "test-manager: left: %s\n",
				store[i].name);
		exit(n_kept ? 90 : 0);
	}
	if (WIFEXITED(status) && ++n_failures >= FAILURES_MAX)
		exit(WEXITSTATUS(status));
	start(arguments);
}

/* ---- commands ----------------------------------------------------------- */

static int newest_book(void)
{
	unsigned long long newest = 0, number;
	int fd = -1;

	for (unsigned int i = 0; i < n_kept; i++)
		if (sscanf(store[i].name, "book-%llx", &number) == 1 &&
		    number >= newest) {
			newest = number;
			fd = store[i].fd;
		}
	return fd;
}

static void spoil(long at)
{
	int fd = newest_book();
	char byte;

	if (pread(fd, &byte, 1, at) != 1)
		return;
	byte ^= 1;
	if (pwrite(fd, &byte, 1, at) != 1)
		give_up(1, "cannot spoil it");
}

static void cut(long n)
{
	struct stat st;
	int fd = newest_book();

	if (fstat(fd, &st) < 0 || ftruncate(fd, st.st_size - n) < 0)
		give_up(1, "cannot cut it");
}

static void forget(long n)
{
	for (unsigned int i = 0; i < n_kept; i++)
		if (!strchr(store[i].name, '-') && n-- == 0) {
			lose(i);
			return;
		}
}

static void lose_like(const char *name)
{
	for (unsigned int i = n_kept; i-- > 0;)
		if (!strncmp(store[i].name, name, strlen(name)))
			lose(i);
}

static void status(char *text, size_t size)
{
	struct stat book = { .st_size = 0 };
	size_t n;

	fstat(newest_book(), &book);
	n = (size_t)snprintf(text, size, "%d %u %u %d %u %lld\n", pid,
			     n_starts, n_kept, up, n_watchdog,
			     (long long)book.st_size);
	for (unsigned int i = 0; i < n_kept && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s\n",
				      store[i].name);
}

static void serve(int listener)
{
	static char text[65536];
	char command[64] = "";
	struct timeval patience = { .tv_sec = 60 };
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (recv(fd, command, sizeof(command) - 1, 0) <= 0)
		command[0] = '\0';
	snprintf(text, sizeof(text), "done\n");
	if (!strncmp(command, "max ", 4))
		max_kept = (unsigned int)atoi(command + 4);
	else if (!strncmp(command, "kill ", 5))
		kill_in = atol(command + 5);
	else if (!strcmp(command, "spare"))
		kill_in = -1;
	else if (!strncmp(command, "spoil ", 6))
		spoil(atol(command + 6));
	else if (!strncmp(command, "cut ", 4))
		cut(atol(command + 4));
	else if (!strncmp(command, "forget ", 7))
		forget(atol(command + 7));
	else if (!strncmp(command, "lose ", 5))
		lose_like(command + 5);
	else if (!strcmp(command, "stall") || !strcmp(command, "go on"))
		stalled = *command == 's';
	else
		status(text, sizeof(text));
	if (kill_in == 0) {
		kill(pid, SIGKILL);
		kill_in = -1;
	}
	send(fd, text, strlen(text), MSG_NOSIGNAL);
	close(fd);
}

static void on_term(int number)
{
	kill(pid, number);
}

int main(int argc, char **argv)
{
	int notify, commands;

	if (argc < 2 || !getenv("MANAGER_DIRECTORY"))
		return 2;
	if (getenv("MANAGER_MAX"))
		max_kept = (unsigned int)atoi(getenv("MANAGER_MAX"));
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGTERM, on_term);
	notify = listen_at("notify", SOCK_DGRAM);
	commands = listen_at("manager", SOCK_SEQPACKET);
	start(argv + 1);
	for (;;) {
		struct pollfd p[] = {
			{ .fd = pidfd, .events = POLLIN },
			{ .fd = commands, .events = POLLIN },
			{ .fd = stalled ? -1 : notify, .events = POLLIN },
		};

		poll(p, 3, -1);
		/* all of it, before who asks is told of it or its end is looked at */
		while (!stalled && hear(notify))
			;
		if (p[1].revents)
			serve(commands);
		if (p[0].revents) {
			while (hear(notify))
				;
			on_end(argv + 1);
		}
	}
}
