/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * uid_book.c - whose files a uid has left on the host.
 *
 * Who may write to a folder of the host leaves files there that are its uid's, and
 * nobody can say when the last of them is gone. So such a uid is noted before it is
 * used, and never becomes somebody else's:
 *
 *	UID SYSTEM PATH
 *
 * A line is written at once and forced to the disk. What a crash left of one still
 * begins with a number that nobody gets then, or with none.
 *
 * Whoever spawns children thinks of their names. So those below one that is not the
 * root get no more when they have more than are left: that it was taken over is
 * nobody else's loss.
 */
#include "supervisord/act/uid_book.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libactorproc/path.h"
#include "supervisord/act/folder.h"

#define NUMBER_BYTES 16
#define LINE_BYTES (UID_BOOK_OWNER_BYTES + NUMBER_BYTES)
/* "SYSTEM /SYSTEM/HEAD/": its slashes up to there */
#define LEVEL_OF_HEADS 2

/**
 * struct search - @taken: a bit for each of the uids, for those with a line
 * @found: the number of the owner's; @n_uids: it has none
 * @n_below: lines of those below who is at that level of the owner's path
 */
struct search {
	uid_t first;
	unsigned int n_uids;
	const char *owner;
	unsigned int found;
	uint8_t *taken;
	unsigned int n_below[PATH_LEVELS_MAX + 1];
};

static void count_below(struct search *search, const char *owner)
{
	unsigned int level = 0;

	for (size_t i = 0; owner[i] && owner[i] == search->owner[i]; i++)
		if (owner[i] == '/' && level <= PATH_LEVELS_MAX)
			search->n_below[level++]++;
}

static void look_at(struct search *search, char *line)
{
	char *rest;
	unsigned long uid = strtoul(line, &rest, 10);

	if (rest == line || uid < search->first ||
	    uid - search->first >= search->n_uids)
		return;
	uid -= search->first;
	search->taken[uid / 8] |= (uint8_t)(1u << uid % 8);
	rest[strcspn(rest, "\n")] = '\0';
	if (*rest != ' ')
		return;
	count_below(search, rest + 1);
	if (!strcmp(rest + 1, search->owner))
		search->found = (unsigned int)uid;
}

static void read_all(FILE *book, struct search *search)
{
	char line[LINE_BYTES];

	while (fgets(line, sizeof(line), book))
		look_at(search, line);
}

static unsigned int lowest_free(const struct search *search)
{
	unsigned int i = 0;

	while (i < search->n_uids && search->taken[i / 8] & 1u << i % 8)
		i++;
	return i;
}

static bool has_enough(const struct search *search)
{
	unsigned int n_free = 0, level;

	for (unsigned int i = 0; i < search->n_uids; i++)
		n_free += !(search->taken[i / 8] & 1u << i % 8);
	for (level = LEVEL_OF_HEADS; level <= PATH_LEVELS_MAX; level++)
		if (search->n_below[level] > n_free)
			return true;
	return false;
}

/* behind what may be half a line */
static int note(FILE *book, uid_t uid, const char *owner)
{
	char line[LINE_BYTES + 2], last = '\n';
	off_t end = lseek(fileno(book), 0, SEEK_END);
	ssize_t n;

	if (end < 0 || (end > 0 && pread(fileno(book), &last, 1, end - 1) != 1))
		return -EIO;
	n = snprintf(line, sizeof(line), "%s%u %s\n", last == '\n' ? "" : "\n",
		     uid, owner);
	if (write(fileno(book), line, (size_t)n) != n)
		return errno ? -errno : -EIO;
	return fdatasync(fileno(book)) < 0 ? -errno : 0;
}

static int find(FILE *book, struct search *search, const char **ret_why)
{
	int r;

	read_all(book, search);
	if (ferror(book))
		return -EIO;
	if (search->found < search->n_uids)
		return 0;
	search->found = lowest_free(search);
	*ret_why = "each uid for those who may write is somebody's: take out the lines of actors that are no more, when no file of theirs is left";
	if (search->found == search->n_uids)
		return -ENOSPC;
	*ret_why = "those below its supervisor, or one above, have more than are left for all others: take out the lines of those that are no more, when no file of theirs is left";
	if (has_enough(search))
		return -ENOSPC;
	*ret_why = "nothing can be noted there";
	errno = 0;
	r = note(book, search->first + search->found, search->owner);
	if (r == 0)
		*ret_why = NULL;
	return r;
}

/* the name as well: a book that is lost makes its uids those of others */
static int begin(int fd, int base_fd)
{
	struct stat st;
	int folder_fd, r = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > 0)
		return 0;
	folder_fd = openat(base_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd < 0)
		return -errno;
	if (fsync(folder_fd) < 0)
		r = -errno;
	close(folder_fd);
	return r;
}

static int open_book(const char *base, FILE **ret, const char **ret_why)
{
	int base_fd = folder_open_base(base, ret_why), fd, r;

	if (base_fd < 0)
		return base_fd;
	fd = openat(base_fd, UID_BOOK_NAME,
		    O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : begin(fd, base_fd);
	close(base_fd);
	if (fd < 0)
		return r;
	/* let go of when it is closed */
	if (r == 0 && flock(fd, LOCK_EX) < 0)
		r = -errno;
	*ret = r < 0 ? NULL : fdopen(fd, "r+e");
	if (*ret)
		return 0;
	close(fd);
	return r < 0 ? r : -ENOMEM;
}

int uid_book_find(const char *base, uid_t first, unsigned int n_uids,
		  const char *owner, uid_t *ret, const char **ret_why)
{
	struct search search = {
		.first = first,
		.n_uids = n_uids,
		.owner = owner,
		.found = n_uids,
	};
	FILE *book = NULL;
	int r;

	*ret_why = NULL;
	if (strlen(owner) >= UID_BOOK_OWNER_BYTES || strchr(owner, '\n'))
		return -EINVAL;
	r = open_book(base, &book, ret_why);
	if (r < 0)
		return r;
	search.taken = calloc(n_uids / 8 + 1, 1);
	r = search.taken ? find(book, &search, ret_why) : -ENOMEM;
	free(search.taken);
	fclose(book);
	if (r == 0)
		*ret = first + search.found;
	return r;
}
