/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * book.c - a logbook in memory, being written.
 *
 * Each entry is there before the head that counts it, and a head is written in one
 * piece: it is smaller than a page, so no signal comes between.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "supervisord/book.h"

static int write_at(int fd, const void *bytes, size_t n_bytes, uint64_t where)
{
	const char *at = bytes;
	ssize_t n;

	while (n_bytes) {
		n = pwrite(fd, at, n_bytes, (off_t)where);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
		where += (uint64_t)n;
		n_bytes -= (size_t)n;
	}
	return 0;
}

int book_head(const struct book *book, bool closed)
{
	const struct logbook_head head =
		logbook_head(book->sequence, book->n_bytes, closed);

	return write_at(book->fd, &head, sizeof(head), 0);
}

int book_write(struct book *book, const struct logbook_entry *entry)
{
	static char bytes[LOGBOOK_ENTRY_MAX];
	size_t n = logbook_write(bytes, book->sequence, book->n_bytes, entry);
	int r = n ? write_at(book->fd, bytes, n, book->n_bytes) : -E2BIG;

	if (r == 0)
		book->n_bytes += n;
	return r;
}

int book_begin(struct book *book, uint64_t sequence)
{
	int fd = memfd_create("actorproc-book", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	*book = (struct book){
		.fd = fd,
		.sequence = sequence,
		.n_bytes = sizeof(struct logbook_head),
	};
	return 0;
}

void book_end(struct book *book)
{
	if (book->fd >= 0)
		close(book->fd);
	book->fd = -1;
}
