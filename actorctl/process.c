/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * process.c - the texts of /proc about one process.
 *
 * Reads, and judges nothing. The process is never stopped and never asked.
 */
#include "actorctl/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TEXT_BYTES_MAX (1024 * 1024)
#define PROTOCOL "system.sockprotoname"

/* newer than the headers of the oldest system this is for */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

int process_open(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* ---- files -------------------------------------------------------------- */

/* the kernel's files have no size: read until there is no more */
static char *read_all(int fd)
{
	size_t n_bytes = 0, size_bytes = 4096;
	char *text = malloc(size_bytes), *larger;
	ssize_t n = 1;

	while (text && n > 0) {
		if (n_bytes + 1 == size_bytes) {
			size_bytes *= 2;
			larger = size_bytes > TEXT_BYTES_MAX ? NULL :
				 realloc(text, size_bytes);
			if (!larger)
				break;
			text = larger;
		}
		n = read(fd, text + n_bytes, size_bytes - n_bytes - 1);
		if (n > 0)
			n_bytes += (size_t)n;
	}
	if (!text || n != 0) {
		free(text);
		return NULL;
	}
	text[n_bytes] = '\0';
	return text;
}

static char *text_at(int folder_fd, const char *name)
{
	int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *text;

	if (fd < 0)
		return NULL;
	text = read_all(fd);
	close(fd);
	return text;
}

char *process_text(int folder_fd, const char *name)
{
	return text_at(folder_fd, name);
}

char *process_file_text(const char *path)
{
	return text_at(AT_FDCWD, path);
}

/* behind the name, which may have any bytes, is its state */
bool process_has_ended(int folder_fd)
{
	char *text = process_text(folder_fd, "stat");
	const char *at = text ? strrchr(text, ')') : NULL;
	bool ended = !at || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X';

	free(text);
	return ended;
}

int64_t process_namespace(int folder_fd, const char *name)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "ns/%s", name);
	if (fstatat(folder_fd, path, &st, 0) < 0)
		return -errno;

	return (int64_t)st.st_ino;
}

int64_t process_owner(int folder_fd)
{
	struct stat st;

	if (fstatat(folder_fd, "status", &st, 0) < 0)
		return -errno;

	return st.st_uid;
}

/* ---- descriptors -------------------------------------------------------- */

struct finder {
	void (*found)(void *data, unsigned int number, const char *name,
		      const char *protocol);
	void *data;
	int links_fd;
	int pidfd;
};

/* @link: of the descriptor, as seen from @folder_fd */
static int name_of(const struct finder *finder, unsigned int number,
		   int folder_fd, const char *link)
{
	char name[PATH_MAX], protocol[64] = "", path[64];
	ssize_t n = readlinkat(folder_fd, link, name, sizeof(name) - 1);

	if (n < 0)
		return -errno;
	name[n] = '\0';
	if (!strncmp(name, "socket:", 7)) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", folder_fd,
			 link);
		n = getxattr(path, PROTOCOL, protocol, sizeof(protocol) - 1);
		protocol[n > 0 ? n : 0] = '\0';
	}
	finder->found(finder->data, number, name, protocol);
	return 0;
}

static int by_link(struct finder *finder, unsigned int number)
{
	char link[16];

	snprintf(link, sizeof(link), "%u", number);
	return name_of(finder, number, finder->links_fd, link);
}

static int by_copy(struct finder *finder, unsigned int number)
{
	int fd = (int)syscall(SYS_pidfd_getfd, finder->pidfd, number, 0);
	char link[16];
	int r;

	if (fd < 0)
		return -errno;
	snprintf(link, sizeof(link), "%d", fd);
	r = name_of(finder, number, finder->links_fd, link);
	close(fd);
	return r;
}

/* one that is closed meanwhile is none */
static int for_each(DIR *folder, struct finder *finder,
		    int (*look)(struct finder *finder, unsigned int number))
{
	struct dirent *entry;
	unsigned long number;
	char *end;
	int r;

	while (errno = 0, (entry = readdir(folder))) {
		number = strtoul(entry->d_name, &end, 10);
		if (end == entry->d_name || *end || number > INT_MAX)
			continue;
		r = look(finder, (unsigned int)number);
		if (r < 0 && r != -ENOENT && r != -EBADF)
			return r;
	}

	return errno ? -errno : 0;
}

static DIR *open_folder(int folder_fd, const char *name)
{
	int fd = openat(folder_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder && fd >= 0)
		close(fd);

	return folder;
}

static int find_by_links(int folder_fd, struct finder *finder)
{
	DIR *folder = open_folder(folder_fd, "fd");
	int r;

	if (!folder)
		return -errno;
	finder->links_fd = dirfd(folder);
	r = for_each(folder, finder, by_link);
	closedir(folder);
	return r;
}

/* its number cannot be another's while the folder leads to somebody */
static int find_by_copies(int folder_fd, pid_t pid, struct finder *finder)
{
	DIR *folder = open_folder(folder_fd, "fdinfo");
	int r;

	if (!folder)
		return -errno;
	finder->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	finder->links_fd = open("/proc/self/fd",
				O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (finder->pidfd < 0 || finder->links_fd < 0)
		r = -errno;
	else if (process_has_ended(folder_fd))
		r = -ESRCH;
	else
		r = for_each(folder, finder, by_copy);
	if (finder->pidfd >= 0)
		close(finder->pidfd);
	if (finder->links_fd >= 0)
		close(finder->links_fd);
	closedir(folder);
	return r;
}

int process_descriptors(int folder_fd, pid_t pid,
			void (*found)(void *data, unsigned int number,
				      const char *name, const char *protocol),
			void *data)
{
	struct finder finder = { .found = found, .data = data };
	int r = find_by_links(folder_fd, &finder);

	return r == -EACCES ? find_by_copies(folder_fd, pid, &finder) : r;
}
