/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program_libraries.c - the shared libraries a program would be loaded with.
 *
 * Nobody knows that better than its loader (rpath, cache, hardware variants),
 * so we ask it: LOADER --list PROGRAM, in a child with a deadline, and with nothing
 * of its environment but the folders of LD_LIBRARY_PATH. Answers are kept for each
 * file, by what it is on disk, and for each list of folders, as long as the libraries
 * are the same files: another one may need others.
 */
#include <ctype.h>
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
#include "supervisord/act/granted.h"
#include "supervisord/act/program_libraries.h"

#define LIST_BYTES_MAX (64 * 1024)
/* a hanging loader shall not be waited for for ever; a slow disc shall */
#define LIST_DEADLINE_MS 30000
#define HEADERS_MAX 64
/* of a text by somebody else, in one of ours */
#define QUOTE_BYTES 192
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
 * "NAME => not found", each behind a tab; without one it warns of something, as of
 * a library without versions, and goes on */
static int parse_line(char *line, struct program_libraries *libraries,
		      const char **ret_culprit)
{
	char *path = line + strspn(line, " \t"), *arrow, *end;

	if (*line != '\t' || *path == '\0' || strcmp(path, "statically linked") == 0)
		return 0;
	*ret_culprit = path;
	arrow = strstr(path, " => ");
	if (arrow)
		path = arrow + 4;
	if (arrow && strcmp(path, "not found") == 0) {
		*arrow = '\0';
		return -ENOENT;
	}
	end = strstr(path, " (0x");
	if (!end)
		return -EINVAL;
	*end = '\0';
	if (*path == '/')
		return add_path(libraries, path);
	*ret_culprit = path;
	return arrow ? -ENOTDIR : 0;
}

int program_libraries_parse(char *text, struct program_libraries *ret,
			    const char **ret_culprit)
{
	char *line, *rest = text;
	int r;

	memset(ret, 0, sizeof(*ret));
	while ((line = strsep(&rest, "\n"))) {
		r = parse_line(line, ret, ret_culprit);
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

/* ---- where they are inside ---------------------------------------------- */

static void drop_last(char *place, size_t *n)
{
	while (*n > 0 && place[--*n] != '/')
		;
}

int program_libraries_place(const char *path, char *place)
{
	size_t n = 0, n_name;

	if (*path != '/')
		return -EINVAL;
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	for (; *path; path += n_name) {
		path += strspn(path, "/");
		n_name = strcspn(path, "/");
		if (n_name == 0 || (n_name == 1 && path[0] == '.'))
			continue;
		if (n_name == 2 && !strncmp(path, "..", 2)) {
			drop_last(place, &n);
			continue;
		}
		place[n++] = '/';
		memcpy(place + n, path, n_name);
		n += n_name;
	}
	if (n == 0)
		place[n++] = '/';
	place[n] = '\0';
	return 0;
}

/* ---- where it may look besides ------------------------------------------ */

#define FOLDERS_VARIABLE "LD_LIBRARY_PATH="

static const char *value_of(char *const *environment, const char *variable)
{
	size_t n = strlen(variable);

	for (; environment && *environment; environment++)
		if (strncmp(*environment, variable, n) == 0)
			return *environment + n;
	return "";
}

char *program_libraries_folders(char *const *environment)
{
	const char *from = value_of(environment, FOLDERS_VARIABLE);
	char *folders, *to;
	size_t n;

	folders = malloc(strlen(FOLDERS_VARIABLE) + strlen(from) + 2);
	if (!folders)
		return NULL;
	to = stpcpy(folders, FOLDERS_VARIABLE);
	/* what is not absolute is so from wherever we are */
	for (; *from; from += n + (from[n] != '\0')) {
		n = strcspn(from, ":;");
		if (*from != '/')
			continue;
		to = mempcpy(to, from, n);
		*to++ = ':';
	}
	if (to[-1] == ':')
		to--;
	*to = '\0';
	return folders;
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
	char *environment[2];
	int output_fd;
	int error;		/* why it was not executed; else 0 */
};

static int ask_work(void *data)
{
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
	execve(question->arguments[0], question->arguments,
	       question->environment);
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
	return info.si_status == 0 ? 0 : -ELIBACC;
}

/* -ENOEXEC: it died of that; -ELIBACC: @text says why it could not */
static int ask(char *loader, char *program, char *folders, char *text)
{
	struct question question = {
		.arguments = { loader, (char []){ "--list" }, program, NULL },
		.environment = { folders, NULL },
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

static const char *what_of(const char *before, const char *quote,
			   const char *after)
{
	static char what[QUOTE_BYTES + 256];
	char printable[QUOTE_BYTES];
	size_t i;

	/* it can have the words of a file */
	for (i = 0; i + 1 < sizeof(printable) && quote[i]; i++)
		printable[i] = isprint((unsigned char)quote[i]) ? quote[i] :
			       '?';
	printable[i] = '\0';
	snprintf(what, sizeof(what), "exec: %s%s%s", before, printable, after);
	return what;
}

#define NOT_FOUND \
	" is not found: install it, or name its folder in LD_LIBRARY_PATH of \"environment\""

/* "PROGRAM: error while loading shared libraries: NAME: …" */
static int explain_refusal(char *text, const char **ret_what)
{
	char *words = strstr(text, "shared libraries: "), *end;

	end = words ? words : text;
	end[strcspn(end, "\n")] = '\0';
	if (!words) {
		*ret_what = what_of("its loader cannot list its libraries: ",
				    text, "");
		return -ENOEXEC;
	}
	words += strlen("shared libraries: ");
	end = strstr(words, ": cannot open shared object file");
	if (end) {
		*end = '\0';
		*ret_what = what_of("its library ", words, NOT_FOUND);
		return -ENOENT;
	}
	*ret_what = what_of("it or a library of it is damaged: ", words, "");
	return -ENOEXEC;
}

static int explain_line(int r, const char *culprit, const char **ret_what)
{
	if (r == -ENOENT)
		*ret_what = what_of("its library ", culprit, NOT_FOUND);
	else if (r == -ENOTDIR)
		*ret_what = what_of("its library ", culprit,
			" was found from the working directory: link it with -rpath,'$ORIGIN/FOLDER' or an absolute folder");
	else if (r == -EINVAL)
		*ret_what = what_of("its loader lists what is no library: ",
				    culprit, "");
	return r == -ENOTDIR ? -EINVAL : r;
}

static int list_libraries(char *loader, char *program, char *folders,
			  struct program_libraries *ret, const char **ret_what)
{
	const char *culprit = "";
	char *text;
	int r;

	text = malloc(LIST_BYTES_MAX + 1);
	*ret_what = "exec: out of memory";
	if (!text)
		return -ENOMEM;
	*text = '\0';
	r = ask(loader, program, folders, text);
	if (r == -ELIBACC) {
		r = explain_refusal(text, ret_what);
	} else if (r < 0) {
		*ret_what = r == -ENOEXEC ?
			"exec: its loader dies of it: is it whole, and are its libraries?" :
			"exec: its loader cannot list its libraries";
	} else {
		r = program_libraries_parse(text, ret, &culprit);
		if (r < 0)
			r = explain_line(r, culprit, ret_what);
		else
			r = add_path(ret, loader);
	}
	free(text);
	return r;
}

/* ---- what was asked before ---------------------------------------------- */

struct answer {
	struct answer *next;
	dev_t device;
	ino_t inode;
	struct timespec changed;
	char *folders;
	struct program_libraries libraries;
	struct granted files;
};

static struct answer *answers;

static void answer_free(struct answer *answer)
{
	program_libraries_clear(&answer->libraries);
	granted_clear(&answer->files);
	free(answer->folders);
	free(answer);
}

static bool is_about(const struct answer *answer, const struct stat *st,
		     const char *folders)
{
	return answer->device == st->st_dev && answer->inode == st->st_ino &&
	       answer->changed.tv_sec == st->st_ctim.tv_sec &&
	       answer->changed.tv_nsec == st->st_ctim.tv_nsec &&
	       strcmp(answer->folders, folders) == 0;
}

static const struct answer *find_answer(const struct stat *st,
					const char *folders)
{
	struct answer **at = &answers, *answer;

	while (*at && !is_about(*at, st, folders))
		at = &(*at)->next;
	answer = *at;
	if (!answer || !granted_has_moved(&answer->files))
		return answer;
	*at = answer->next;
	answer_free(answer);
	return NULL;
}

static int note_files(struct answer *answer)
{
	const struct program_libraries *libraries = &answer->libraries;
	struct stat st;
	int r = 0;

	for (size_t i = 0; i < libraries->n_paths && r == 0; i++)
		r = granted_add(&answer->files, libraries->paths[i],
				stat(libraries->paths[i], &st) < 0 ? NULL : &st);
	return r;
}

static int examine(int fd, const char *program, char *folders,
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
	return list_libraries(loader, (char *)(uintptr_t)program, folders,
			      libraries, ret_what);
}

/* takes @folders */
static int remember(int fd, const char *program, const struct stat *st,
		    char *folders, const struct answer **ret_answer,
		    const char **ret_what)
{
	struct answer *answer;
	int r;

	*ret_what = "exec: out of memory";
	answer = calloc(1, sizeof(*answer));
	if (!answer) {
		free(folders);
		return -ENOMEM;
	}
	answer->device = st->st_dev;
	answer->inode = st->st_ino;
	answer->changed = st->st_ctim;
	answer->folders = folders;
	r = examine(fd, program, folders, &answer->libraries, ret_what);
	if (r == 0)
		r = note_files(answer);
	if (r < 0) {
		answer_free(answer);
		return r;
	}
	answer->next = answers;
	answers = answer;
	*ret_answer = answer;
	return 0;
}

static int answer_for(int fd, const char *program, const struct stat *st,
		      char *const *environment,
		      const struct answer **ret_answer, const char **ret_what)
{
	char *folders = program_libraries_folders(environment);

	*ret_what = "exec: out of memory";
	if (!folders)
		return -ENOMEM;
	*ret_answer = find_answer(st, folders);
	if (!*ret_answer)
		return remember(fd, program, st, folders, ret_answer, ret_what);
	free(folders);
	return 0;
}

int program_libraries(const char *program, char *const *environment,
		      const struct program_libraries **ret_libraries,
		      const char **ret_what)
{
	const struct answer *answer = NULL;
	struct stat st;
	int fd, r;

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
		r = answer_for(fd, program, &st, environment, &answer,
			       ret_what);
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
