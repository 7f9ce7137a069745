/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * process_status.c - what a process does, as /proc tells of it.
 *
 * Reads files of a process that is not reaped, so that its number is its own.
 * Some of them are for those alone who may trace it, and some kernels lack some:
 * what cannot be read is not known.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/act/pidfd.h"
#include "supervisord/act/process_status.h"

#define STACK_LINES 3
#define IS_EXITING 0x4		/* PF_EXITING of the kernel's flags, always so */

/* Return: true and the text, of its first thread */
static bool read_file(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return true;
}

/* its name is its own, and may have any bytes: behind the last bracket. Return:
 * what follows the blank there; NULL: not known */
static const char *read_stat(pid_t pid, char *text, size_t size)
{
	char *end;

	if (!read_file(pid, "stat", text, size))
		return NULL;
	end = strrchr(text, ')');
	return end && end[1] == ' ' && end[2] ? end + 2 : NULL;
}

static char state_of(pid_t pid)
{
	char text[1024];
	const char *stat = read_stat(pid, text, sizeof(text));

	return stat ? *stat : '?';
}

/* "0" when it waits nowhere, or we may not know */
static bool read_wchan(pid_t pid, char *text, size_t size)
{
	return read_file(pid, "wchan", text, size) && strcmp(text, "0");
}

struct process_status process_status(int pidfd)
{
	pid_t pid = pidfd_pid(pidfd);
	struct process_status status = { .state = state_of(pid) };
	char text[128];

	if (read_wchan(pid, text, sizeof(text)))
		status.frozen = strstr(text, "freez") ||
				strstr(text, "refrigerator");
	if (read_file(pid, "schedstat", text, sizeof(text)))
		status.has_times = sscanf(text, "%" SCNu64 " %" SCNu64,
					  &status.ran_ns,
					  &status.starved_ns) == 2;
	return status;
}

bool process_status_goes_on(int pidfd)
{
	const char *stat;
	unsigned int flags;
	char text[1024];

	stat = read_stat(pidfd_pid(pidfd), text, sizeof(text));
	return stat && sscanf(stat, "%*c %*d %*d %*d %*d %*d %u",
			      &flags) == 1 && !(flags & IS_EXITING);
}

static unsigned int filters_of(const char *name)
{
	char path[64], line[256];
	unsigned int n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/status", name);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Seccomp_filters: %u", &n) == 1)
			break;
	if (file)
		fclose(file);
	return n;
}

unsigned int process_status_filters(int pidfd)
{
	unsigned int ours = filters_of("self"), n;
	char name[16];

	snprintf(name, sizeof(name), "%d", (int)pidfd_pid(pidfd));
	n = filters_of(name);
	return n > ours ? n - ours : 0;
}

static const char *word_of(char state)
{
	static const struct {
		char state;
		const char *word;
	} words[] = {
		{ 'R', "running" }, { 'S', "sleeping" },
		{ 'D', "in uninterruptible sleep" }, { 'T', "stopped" },
		{ 't', "stopped by a debugger" }, { 'Z', "dead" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].state == state)
			return words[i].word;
	return "in a state that is not known";
}

__attribute__((format(printf, 3, 4)))
static void add(char *text, size_t size, const char *format, ...)
{
	size_t n = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + n, size - n, format, arguments);
	va_end(arguments);
}

static void add_call(char *text, size_t size, pid_t pid)
{
	char line[256], *name;
	long number;

	if (!read_file(pid, "syscall", line, sizeof(line)) ||
	    sscanf(line, "%ld", &number) != 1 || number < 0)
		return;
	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)number);
	if (name)
		add(text, size, ", system call %s", name);
	else
		add(text, size, ", system call %ld", number);
	free(name);
}

/* "[<0>] do_something+0x1/0x2": the names are what people read */
static void add_stack(char *text, size_t size, pid_t pid)
{
	char stack[2048], *rest = stack, *line, *name;

	if (!read_file(pid, "stack", stack, sizeof(stack)))
		return;
	for (int i = 0; i < STACK_LINES && (line = strsep(&rest, "\n")); i++) {
		name = strchr(line, ' ');
		if (!name)
			return;
		name[1 + strcspn(name + 1, "+")] = '\0';
		add(text, size, "%s%s", i ? " <" : ", kernel stack", name);
	}
}

void process_status_tell(int pidfd, char *text, size_t size_bytes)
{
	pid_t pid = pidfd_pid(pidfd);
	char wchan[128];

	snprintf(text, size_bytes, "%s", word_of(state_of(pid)));
	if (read_wchan(pid, wchan, sizeof(wchan)))
		add(text, size_bytes, " in %s", wchan);
	add_call(text, size_bytes, pid);
	add_stack(text, size_bytes, pid);
}
