/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program_libraries.c - the shared libraries a program would be loaded with.
 *
 * Nobody knows that better than its loader (rpath, cache, hardware variants),
 * so we ask it: LOADER --list PROGRAM, in a child with an empty environment and
 * a deadline. Answers are kept for each file, by what it is on disk.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "supervisord/act/clone.h"
#include "supervisord/act/program_libraries.h"

#define LIST_BYTES_MAX (64 * 1024)
/* a hanging loader shall not be waited for for ever; a slow disc shall */
#define LIST_DEADLINE_MS 30000
#define HEADERS_MAX 64
#define NATIVE_CLASS (__ELF_NATIVE_CLASS == 64 ? ELFCLASS64 : ELFCLASS32)

/* ---- the list's text ---------------------------------------------------- */

/* /lib, /lib64 and /lib/TRIPLET, also below /usr: a loader looks there without
 * its cache */
static bool in_default_directory(const char *path)
{
	const char *name, *slash;

	if (strncmp(path, "/usr/", 5) == 0)
		path += 4;
	if (strncmp(path, "/lib/", 5) == 0)
		name = path + 5;
	else if (strncmp(path, "/lib64/", 7) == 0)
		name = path + 7;
	else
		return false;
	slash = strchr(name, '/');
	if (!slash)
		return true;
	return !strchr(slash + 1, '/') &&
	       memmem(name, (size_t)(slash - name), "-linux-", 7);
}

static int add_path(struct program_libraries *libraries, const char *path)
{
	char **paths;
	size_t i;

	for (i = 0; i < libraries->n_paths; i++)
		if (strcmp(libraries->paths[i], path) == 0)
			return 0;
	paths = reallocarray(libraries->paths, libraries->n_paths + 1,
			     sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	libraries->paths = paths;
	paths[libraries->n_paths] = strdup(path);
	if (!paths[libraries->n_paths])
		return -ENOMEM;
	libraries->n_paths++;
	if (!in_default_directory(path))
		libraries->needs_cache = true;
	return 0;
}

/* "NAME => PATH (0x…)", "PATH (0x…)", "NAME (0x…)" of the kernel's own, or
 * "NAME => not found" */
static int parse_line(char *line, struct program_libraries *libraries)
{
	char *path = line + strspn(line, " \t"), *arrow, *end;

	if (*path == '\0' || strcmp(path, "statically linked") == 0)
		return 0;
	arrow = strstr(path, " => ");
	if (arrow)
		path = arrow + 4;
	if (strcmp(path, "not found") == 0)
		return -ENOENT;
	end = strstr(path, " (0x");
	if (!end)
		return -EINVAL;
	*end = '\0';
	if (*path != '/')
		return arrow ? -EINVAL : 0;
	return add_path(libraries, path);
}

int program_libraries_parse(char *text, struct program_libraries *ret)
{
	char *line, *rest = text;
	int r;

	memset(ret, 0, sizeof(*ret));
	while ((line = strsep(&rest, "\n"))) {
		r = parse_line(line, ret);
		if (r < 0)
			return r;
	}
	return 0;
}

void program_libraries_clear(struct program_libraries *libraries)
{
	size_t i;

	for (i = 0; i < libraries->n_paths; i++)
		free(libraries->paths[i]);
	free(libraries->paths);
	memset(libraries, 0, sizeof(*libraries));
}

/* ---- the program's headers ---------------------------------------------- */

static int read_at(int fd, void *to, size_t n, off_t at)
{
	ssize_t did = pread(fd, to, n, at);

	if (did < 0)
		return -errno;
	return (size_t)did == n ? 0 : -ENOEXEC;
}

/* @loader: PATH_MAX bytes; empty for a static program */
static int read_loader(int fd, char *loader, const char **ret_what)
{
	ElfW(Ehdr) header;
	ElfW(Phdr) part;
	ssize_t n;
	size_t i;
	int r;

	*ret_what = "exec: not an ELF program";
	memset(&header, 0, sizeof(header));
	n = pread(fd, &header, sizeof(header), 0);
	if (n < 2)
		return n < 0 ? -errno : -ENOEXEC;
	if (memcmp(&header, "#!", 2) == 0) {
		*ret_what = "exec: a script; name its interpreter as exec, "
			    "and the script in args and sandbox: read";
		return -ENOEXEC;
	}
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	*ret_what = "exec: an ELF program of another machine";
	if (header.e_ident[EI_CLASS] != NATIVE_CLASS ||
	    header.e_phentsize != sizeof(part) ||
	    header.e_phnum > HEADERS_MAX)
		return -ENOEXEC;
	*ret_what = "exec: a damaged ELF program";
	*loader = '\0';
	for (i = 0; i < header.e_phnum; i++) {
		r = read_at(fd, &part, sizeof(part),
			    (off_t)(header.e_phoff + i * sizeof(part)));
		if (r < 0)
			return r;
		if (part.p_type != PT_INTERP)
			continue;
		if (part.p_filesz < 2 || part.p_filesz > PATH_MAX)
			return -ENOEXEC;
		r = read_at(fd, loader, part.p_filesz, (off_t)part.p_offset);
		if (r < 0)
			return r;
		return loader[part.p_filesz - 1] == '\0' && *loader == '/'
			       ? 0 : -ENOEXEC;
	}
	return 0;
}

/* it runs outside of any sandbox */
static int check_loader(const char *loader, const char **ret_what)
{
	struct stat st;

	*ret_what = "exec: its loader (PT_INTERP) is missing";
	if (stat(loader, &st) < 0)
		return -errno;
	*ret_what = "exec: its loader (PT_INTERP) is not root's or ours alone";
	/* an ordinary user risks only its own; there root may be unmapped */
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH)) ||
	    (geteuid() == 0 && st.st_uid != 0))
		return -EACCES;
	return 0;
}

/* ---- asking the loader -------------------------------------------------- */

struct question {
	char *arguments[4];
	int output_fd;
	int error;		/* why it was not executed; else 0 */
};

static int ask_work(void *data)
{
	static char *const empty[] = { NULL };
	struct question *question = data;
	struct rlimit none = { 0, 0 };
	sigset_t no_signals;

	setrlimit(RLIMIT_CORE, &none);
	if (dup2(question->output_fd, STDOUT_FILENO) < 0 ||
	    dup2(question->output_fd, STDERR_FILENO) < 0 ||
	    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0) {
		question->error = -errno;
		_exit(EXIT_FAILURE);
	}
	sigemptyset(&no_signals);
	sigprocmask(SIG_SETMASK, &no_signals, NULL);
	execve(question->arguments[0], question->arguments, empty);
	question->error = -errno;
	_exit(EXIT_FAILURE);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* until its end; @text: LIST_BYTES_MAX + 1 bytes */
static int read_answer(int fd, char *text)
{
	int64_t deadline_ms = now_ms() + LIST_DEADLINE_MS;
	size_t n = 0;
	ssize_t did;

	for (;;) {
		struct pollfd answer = { .fd = fd, .events = POLLIN };
		int64_t left_ms = deadline_ms - now_ms();

		if (left_ms <= 0)
			return -ETIMEDOUT;
		if (poll(&answer, 1, (int)left_ms) <= 0)
			continue;
		did = read(fd, text + n, LIST_BYTES_MAX - n);
		if (did < 0)
			return -errno;
		if (did == 0)
			break;
		n += (size_t)did;
		if (n == LIST_BYTES_MAX)
			return -E2BIG;
	}
	text[n] = '\0';
	return 0;
}

static int wait_answer(pid_t pid, int pidfd, bool answered)
{
	siginfo_t info = { .si_pid = 0 };

	if (!answered)
		kill(pid, SIGKILL);
	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		if (errno != EINTR)
			return -errno;
	if (info.si_code != CLD_EXITED)
		return -ENOEXEC;
	return info.si_status == 0 ? 0 : -ENOENT;
}

static int ask(char *loader, char *program, char *text)
{
	struct question question = {
		.arguments = { loader, (char []){ "--list" }, program, NULL },
	};
	int channel[2], pidfd, r, status;
	pid_t pid;

	if (pipe2(channel, O_CLOEXEC) < 0)
		return -errno;
	question.output_fd = channel[1];
	r = clone_borrowed(0, -1, ask_work, &question, &pid, &pidfd);
	close(channel[1]);
	if (r == 0) {
		r = read_answer(channel[0], text);
		status = wait_answer(pid, pidfd, r == 0);
		close(pidfd);
		if (r == 0)
			r = status;
		/* it shared our memory until it executed */
		if (question.error < 0)
			r = question.error;
	}
	close(channel[0]);
	return r;
}

static int list_libraries(char *loader, char *program,
			  struct program_libraries *ret, const char **ret_what)
{
	char *text;
	int r;

	text = malloc(LIST_BYTES_MAX + 1);
	*ret_what = "exec: out of memory";
	if (!text)
		return -ENOMEM;
	r = ask(loader, program, text);
	*ret_what = "exec: its loader cannot list its libraries; is one of "
		    "them missing?";
	if (r == 0)
		r = program_libraries_parse(text, ret);
	if (r == 0)
		r = add_path(ret, loader);
	free(text);
	return r;
}

/* ---- what was asked before ---------------------------------------------- */

struct answer {
	struct answer *next;
	dev_t device;
	ino_t inode;
	struct timespec changed;
	struct program_libraries libraries;
};

static struct answer *answers;

static const struct answer *find_answer(const struct stat *st)
{
	const struct answer *answer;

	for (answer = answers; answer; answer = answer->next)
		if (answer->device == st->st_dev &&
		    answer->inode == st->st_ino &&
		    answer->changed.tv_sec == st->st_ctim.tv_sec &&
		    answer->changed.tv_nsec == st->st_ctim.tv_nsec)
			return answer;
	return NULL;
}

static int examine(int fd, const char *program,
		   struct program_libraries *libraries, const char **ret_what)
{
	char loader[PATH_MAX];
	int r;

	r = read_loader(fd, loader, ret_what);
	if (r < 0 || *loader == '\0')
		return r;
	r = check_loader(loader, ret_what);
	if (r < 0)
		return r;
	/* argv is not const, and the child only reads it */
	return list_libraries(loader, (char *)(uintptr_t)program, libraries,
			      ret_what);
}

static int remember(int fd, const char *program, const struct stat *st,
		    const struct answer **ret_answer, const char **ret_what)
{
	struct answer *answer;
	int r;

	*ret_what = "exec: out of memory";
	answer = calloc(1, sizeof(*answer));
	if (!answer)
		return -ENOMEM;
	r = examine(fd, program, &answer->libraries, ret_what);
	if (r < 0) {
		program_libraries_clear(&answer->libraries);
		free(answer);
		return r;
	}
	answer->device = st->st_dev;
	answer->inode = st->st_ino;
	answer->changed = st->st_ctim;
	answer->next = answers;
	answers = answer;
	*ret_answer = answer;
	return 0;
}

int program_libraries(const char *program,
		      const struct program_libraries **ret_libraries,
		      const char **ret_what)
{
	const struct answer *answer = NULL;
	struct stat st;
	int fd, r = 0;

	*ret_what = "exec: cannot be opened";
	fd = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		r = -errno;
	} else if (!S_ISREG(st.st_mode)) {
		*ret_what = "exec: not a file";
		r = -EACCES;
	} else {
		answer = find_answer(&st);
		if (!answer)
			r = remember(fd, program, &st, &answer, ret_what);
	}
	close(fd);
	if (r < 0)
		return r;
	*ret_libraries = &answer->libraries;
	return 0;
}

int program_libraries_look(const char *program, const char **ret_what)
{
	char loader[PATH_MAX];
	int fd, r;

	fd = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	r = read_loader(fd, loader, ret_what);
	close(fd);
	*ret_what += strlen("exec: ");
	return r;
}
