/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * successor.c - the program that goes on as this process.
 *
 * It alone executes one in our place: the pid stays, so children stay children,
 * and descriptors that are not closed on exec stay open. Before, a child of ours
 * executes it with the same state and the same descriptors, to see whether it
 * could. It has to say so: that it ended well says nothing, so does /bin/true.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "supervisord/act/successor.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define WORD_GOOD "actorproc-state ok\n"
#define LAST_MOMENTS_MS 3000

extern char **environ;

/* ---- what it is made of ---- */

int successor_open(const char *path, uid_t owner, bool trusted_owner,
		   int *ret_fd)
{
	struct stat st;
	int fd, r = 0;

	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (S_ISDIR(st.st_mode))
		r = -EISDIR;
	else if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		r = -EACCES;
	else if (st.st_mode & S_IWOTH ||
		 (trusted_owner && st.st_uid != 0 && st.st_uid != owner))
		r = -EPERM;
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int successor_map(int fd, size_t most, const void **ret, size_t *ret_n_bytes)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *map;

	if (seals < 0 || fstat(fd, &st) < 0)
		return -errno;
	if ((seals & SEALS) != SEALS)
		return -EPERM;
	if (st.st_size == 0 || (size_t)st.st_size > most)
		return -EMSGSIZE;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	*ret = map;
	*ret_n_bytes = (size_t)st.st_size;
	return 0;
}

/* ---- exec ---- */

static void close_on_exec(int fd, bool closed)
{
	fcntl(fd, F_SETFD, closed ? FD_CLOEXEC : 0);
}

static void keep_open(const struct successor *s, bool open)
{
	close_on_exec(s->state_fd, !open);
	for (size_t i = 0; i < s->n_fds; i++)
		close_on_exec(s->fds[i], !open);
}

/* a user namespace gives them to a uid that is not 0, and exec takes those away
 * that are not ambient */
static void ambient_capabilities(bool raised)
{
	cap_t capabilities = cap_get_proc();
	cap_flag_value_t value;

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (cap_value_t c = 0; capabilities && c < cap_max_bits(); c++) {
		if (cap_get_flag(capabilities, c, CAP_PERMITTED, &value) < 0)
			continue;
		cap_set_flag(capabilities, CAP_INHERITABLE, 1, &c,
			     raised ? value : CAP_CLEAR);
	}
	if (capabilities)
		cap_set_proc(capabilities);
	for (cap_value_t c = 0; raised && c < cap_max_bits(); c++)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (unsigned long)c, 0,
		      0);
	cap_free(capabilities);
}

static int execute(const struct successor *s, char **arguments)
{
	execveat(s->binary_fd, "", arguments, environ, AT_EMPTY_PATH);
	return -errno;
}

int successor_become(const struct successor *s)
{
	char state[16];
	char *arguments[] = {
		(char *)"supervisord", (char *)"resume", state,
		(char *)s->file, NULL,
	};
	int r;

	snprintf(state, sizeof(state), "%d", s->state_fd);
	keep_open(s, true);
	if (s->keep_capabilities)
		ambient_capabilities(true);
	r = execute(s, arguments);
	if (s->keep_capabilities)
		ambient_capabilities(false);
	keep_open(s, false);
	return r;
}

void successor_again(const char *verb, int state_fd, const char *file)
{
	char state[16];
	char *arguments[] = {
		(char *)"supervisord", (char *)verb, state, (char *)file, NULL,
	};

	snprintf(state, sizeof(state), "%d", state_fd);
	execv("/proc/self/exe", arguments);
}

void successor_settle(bool capabilities)
{
	if (capabilities)
		ambient_capabilities(false);
}

/* ---- the check ---- */

static void __attribute__((noreturn))
be_check(const struct successor *s, int word_fd)
{
	char state[16], word[16], text[128];
	char *arguments[] = {
		(char *)"supervisord", (char *)"check-state", state, word, NULL,
	};
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	snprintf(state, sizeof(state), "%d", s->state_fd);
	snprintf(word, sizeof(word), "%d", word_fd);
	keep_open(s, true);
	close_on_exec(word_fd, false);
	r = execute(s, arguments);
	snprintf(text, sizeof(text), "it cannot be executed: %s",
		 strerror(-r));
	successor_say(word_fd, text);
	_exit(EXIT_FAILURE);
}

int successor_check_begin(const struct successor *s,
			  struct successor_check *ret)
{
	int fds[2], pidfd = -1, r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		be_check(s, fds[1]);
	r = pid < 0 ? -errno : 0;
	close(fds[1]);
	if (r == 0) {
		/* a child that nobody reaps before us: its number is its own */
		pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
		r = pidfd < 0 ? -errno : 0;
	}
	if (r == 0 && fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	if (r < 0) {
		close(fds[0]);
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		if (pidfd >= 0)
			close(pidfd);
		return r;
	}
	*ret = (struct successor_check){
		.pid = pid, .pidfd = pidfd, .word_fd = fds[0],
	};
	return 0;
}

bool successor_check_read(struct successor_check *check)
{
	size_t room = sizeof(check->word) - 1 - check->n_bytes;
	ssize_t n;

	/* who says more than there is room for says nothing that is meant */
	n = read(check->word_fd, check->word + check->n_bytes, room);
	if (n < 0)
		return errno != EAGAIN && errno != EINTR;
	check->n_bytes += (size_t)n;
	check->word[check->n_bytes] = '\0';
	return n == 0;
}

static void describe_end(const siginfo_t *info, char *why, size_t size)
{
	if (info->si_code == CLD_EXITED)
		snprintf(why, size, "it exited with %d and not a word: is it a supervisord?",
			 info->si_status);
	else
		snprintf(why, size, "it was killed by signal %d%s%s",
			 info->si_status,
			 sigabbrev_np(info->si_status) ? " SIG" : "",
			 sigabbrev_np(info->si_status) ?
			 sigabbrev_np(info->si_status) : "");
}

int successor_check_end(struct successor_check *check, bool late,
			char why[SUCCESSOR_WORD_BYTES])
{
	struct pollfd ended = { .fd = check->pidfd, .events = POLLIN };
	siginfo_t info = { .si_code = CLD_EXITED };
	bool good = !strcmp(check->word, WORD_GOOD);

	/* it has closed what it says it with: then it is on its way out */
	if (late || poll(&ended, 1, LAST_MOMENTS_MS) <= 0)
		syscall(SYS_pidfd_send_signal, check->pidfd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)check->pidfd, &info, WEXITED) < 0 &&
	       errno == EINTR)
		;
	close(check->pidfd);
	close(check->word_fd);
	if (late) {
		snprintf(why, SUCCESSOR_WORD_BYTES,
			 "it did not say in time whether it could go on");
		return -ETIMEDOUT;
	}
	if (good && info.si_code == CLD_EXITED && info.si_status == 0)
		return 0;
	if (!good && *check->word)
		snprintf(why, SUCCESSOR_WORD_BYTES, "%.*s",
			 (int)strcspn(check->word, "\n"), check->word);
	else
		describe_end(&info, why, SUCCESSOR_WORD_BYTES);
	return -EBADMSG;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int successor_check_wait(struct successor_check *check, int timeout_ms,
			 char why[SUCCESSOR_WORD_BYTES])
{
	struct pollfd p = { .fd = check->word_fd, .events = POLLIN };
	int64_t end_ms = now_ms() + timeout_ms, left = timeout_ms;

	while (left > 0) {
		if (poll(&p, 1, (int)left) > 0 && successor_check_read(check))
			return successor_check_end(check, false, why);
		left = end_ms - now_ms();
	}
	return successor_check_end(check, true, why);
}

static int write_all(int fd, const char *bytes, size_t n_bytes)
{
	ssize_t n;

	while (n_bytes > 0) {
		n = write(fd, bytes, n_bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		n_bytes -= (size_t)n;
	}
	return 0;
}

void successor_say(int word_fd, const char *why)
{
	if (write_all(word_fd, why ? why : WORD_GOOD,
		      strlen(why ? why : WORD_GOOD)) < 0)
		_exit(EXIT_FAILURE);
}
