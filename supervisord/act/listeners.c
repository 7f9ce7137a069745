/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listeners.c - does a program listen on an address?
 *
 * The tables of its network namespace say which sockets listen there, by
 * /proc/PID/net, which needs neither a capability nor a process inside. Others
 * may share that namespace; so a descriptor of the program's own has to lead to
 * the socket. It never takes or opens one, nor connects: that could be seen.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/act/listeners.h"
#include "supervisord/act/listening.h"

#define FOUND_MAX 16
#define PROCESSES_MAX 64
#define LINES_MAX 20000

/** struct found - sockets that listen on the address, whosever they are */
struct found {
	size_t n;
	uint64_t inodes[FOUND_MAX];
	uint32_t uids[FOUND_MAX];
};

static const char *const tables[N_LISTENING_TABLES] = {
	[LISTENING_TCP] = "tcp",
	[LISTENING_TCP6] = "tcp6",
	[LISTENING_UNIX] = "unix",
};

static void read_table(struct found *found, FILE *file,
		       enum listening_table table,
		       const struct spec_listen *address)
{
	enum listening what = LISTENING_OTHER;
	unsigned int n_lines = 0;
	char line[512];

	while (what != LISTENING_LAST && found->n < FOUND_MAX &&
	       n_lines++ < LINES_MAX && fgets(line, sizeof(line), file)) {
		what = listening_line(table, line, address,
				      &found->inodes[found->n],
				      &found->uids[found->n]);
		if (what == LISTENING_THERE)
			found->n++;
	}
}

static int find(struct found *found, pid_t pid,
		const struct spec_listen *address)
{
	bool any = false;
	char path[64];
	FILE *file;
	int r = 0;

	for (unsigned int i = 0; i < N_LISTENING_TABLES; i++) {
		if ((i == LISTENING_UNIX) != (address->port == 0))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/net/%s", pid,
			 tables[i]);
		file = fopen(path, "re");
		if (!file) {		/* a kernel without IPv6 */
			r = -errno;
			continue;
		}
		any = true;
		read_table(found, file, (enum listening_table)i, address);
		fclose(file);
	}
	return any ? 0 : r;
}

/* Return: 1; 0; -EACCES: we are not let look */
static int leads_there(int folder_fd, const char *name,
		       const struct found *found)
{
	unsigned long long inode;
	char text[64];
	ssize_t n;

	n = readlinkat(folder_fd, name, text, sizeof(text) - 1);
	if (n <= 0)
		return n < 0 && errno == EACCES ? -EACCES : 0;
	text[n] = '\0';
	if (sscanf(text, "socket:[%llu]", &inode) != 1)
		return 0;
	for (size_t i = 0; i < found->n; i++)
		if (found->inodes[i] == inode)
			return 1;
	return 0;
}

static int process_has(pid_t pid, const struct found *found)
{
	struct dirent *entry;
	char path[64];
	int r = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	folder = opendir(path);
	if (!folder)
		return -errno;
	while (r == 0 && (entry = readdir(folder)))
		r = leads_there(dirfd(folder), entry->d_name, found);
	closedir(folder);
	return r;
}

/* of its first thread, which is who starts workers in all but strange programs */
static void add_children(pid_t pid, pid_t *pids, size_t *n)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	file = fopen(path, "re");
	while (file && *n < PROCESSES_MAX && fscanf(file, "%d", &pids[*n]) == 1)
		++*n;
	if (file)
		fclose(file);
}

/* where we are not let look: nobody else has its uid */
static bool is_of_uid(const struct found *found, uid_t uid)
{
	for (size_t i = 0; i < found->n; i++)
		if (uid != (uid_t)-1 && found->uids[i] == uid)
			return true;
	return false;
}

int listeners_has(pid_t pid, uid_t uid, const struct spec_listen *address)
{
	struct found found = { .n = 0 };
	pid_t pids[PROCESSES_MAX] = { pid };
	size_t n = 1;
	int r;

	r = find(&found, pid, address);
	if (r < 0 || found.n == 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		r = process_has(pids[i], &found);
		if (r == -EACCES && is_of_uid(&found, uid))
			return 1;
		if (r > 0 || (r < 0 && i == 0))
			return r;
		add_children(pids[i], pids, &n);
	}
	return 0;
}
