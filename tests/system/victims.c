/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * victims.c - the processes of a running tree, to be killed.
 */
#include "tests/system/victims.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static ssize_t read_proc(pid_t pid, const char *what, char *buffer,
			 size_t n_bytes)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, buffer, n_bytes - 1);
	close(fd);
	buffer[n > 0 ? n : 0] = '\0';
	return n;
}

static pid_t parent_of(pid_t pid)
{
	const char *end;
	char line[512];
	int parent = -1;

	if (read_proc(pid, "stat", line, sizeof(line)) <= 0)
		return -1;
	end = strrchr(line, ')');
	if (!end || sscanf(end, ") %*c %d", &parent) != 1)
		return -1;
	return parent;
}

static void read_path(struct victim *victim)
{
	static const char name[] = "ACTOR_PATH=";
	char environment[8192];
	ssize_t n = read_proc(victim->pid, "environ", environment,
			      sizeof(environment));

	for (ssize_t at = 0; at < n;
	     at += (ssize_t)strlen(environment + at) + 1)
		if (!strncmp(environment + at, name, sizeof(name) - 1))
			snprintf(victim->path, sizeof(victim->path), "%s",
				 environment + at + sizeof(name) - 1);
}

/* as a child of that parent, or not at all */
static bool hold(struct victim *victim, pid_t pid, pid_t parent,
		 unsigned int depth)
{
	*victim = (struct victim){
		.pid = pid,
		.pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
		.depth = depth,
	};
	if (victim->pidfd < 0)
		return false;
	if (parent_of(pid) == parent) {
		read_path(victim);
		return true;
	}
	close(victim->pidfd);
	return false;
}

static void find_below(struct victims *v, pid_t parent, unsigned int depth)
{
	char numbers[4096], what[64], *at = numbers;
	struct victim *victim;
	pid_t pid;

	snprintf(what, sizeof(what), "task/%d/children", parent);
	if (read_proc(parent, what, numbers, sizeof(numbers)) <= 0)
		return;
	while ((pid = (pid_t)strtol(at, &at, 10)) > 0 && v->n < VICTIMS_MAX) {
		victim = &v->all[v->n];
		if (!hold(victim, pid, parent, depth))
			continue;
		v->n++;
		find_below(v, pid, depth + 1);
	}
}

static bool is_bundled(const struct victims *v, const struct victim *victim)
{
	for (size_t i = 0; i < v->n; i++)
		if (!strncmp(v->all[i].path, "/system/", 8) &&
		    (victim == &v->all[i] ||
		     parent_of(v->all[i].pid) == victim->pid))
			return true;
	return false;
}

static void spare_bundled(struct victims *v)
{
	bool spared[VICTIMS_MAX];
	size_t i, n = 0;

	for (i = 0; i < v->n; i++)
		spared[i] = is_bundled(v, &v->all[i]);
	for (i = 0; i < v->n; i++) {
		if (spared[i])
			close(v->all[i].pidfd);
		else
			v->all[n++] = v->all[i];
	}
	v->n = n;
}

/* the one child of who runs it */
static pid_t root_of(const struct tree *tree)
{
	char numbers[64], what[64];

	snprintf(what, sizeof(what), "task/%d/children", tree->pid);
	if (!tree->manager)
		return tree->pid;
	return read_proc(tree->pid, what, numbers, sizeof(numbers)) > 0 ?
	       (pid_t)strtol(numbers, NULL, 10) : 0;
}

void victims_find(struct victims *v, const struct tree *tree)
{
	pid_t root = root_of(tree);

	v->n = 0;
	if (root > 0)
		find_below(v, root, 1);
	spare_bundled(v);
}

void victims_release(struct victims *v)
{
	while (v->n > 0)
		close(v->all[--v->n].pidfd);
}

bool victim_signal(const struct victim *victim, int signal_number)
{
	return syscall(SYS_pidfd_send_signal, victim->pidfd, signal_number,
		       NULL, 0) == 0;
}
