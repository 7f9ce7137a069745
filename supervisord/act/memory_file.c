/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory_file.c - bytes that go to another process as a whole.
 *
 * A memfd that is sealed: who reads it reads what was written, however long
 * that takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/memory_file.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

static int write_piece(int fd, const struct iovec *piece)
{
	const char *at = piece->iov_base;
	size_t n_left = piece->iov_len;

	while (n_left > 0) {
		ssize_t n = write(fd, at, n_left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		n_left -= (size_t)n;
	}
	return 0;
}

int memory_file_new(const char *name, const struct iovec *pieces,
		    size_t n_pieces, int *ret_fd)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = fd < 0 ? -errno : 0;

	for (size_t i = 0; i < n_pieces && r == 0; i++)
		r = write_piece(fd, &pieces[i]);
	if (r == 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		r = -errno;
	if (r == 0)
		*ret_fd = fd;
	else if (fd >= 0)
		close(fd);
	return r;
}

int memory_file_room(const char *name, size_t n_bytes, int *ret_fd)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), r;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)n_bytes) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int memory_file_seal(int fd)
{
	if ((fcntl(fd, F_GET_SEALS) & SEALS) == SEALS)
		return 0;
	return fcntl(fd, F_ADD_SEALS, SEALS) < 0 ? -errno : 0;
}

static int read_whole(int fd, char *bytes, size_t n_bytes)
{
	size_t n_read = 0;

	while (n_read < n_bytes) {
		ssize_t n = pread(fd, bytes + n_read, n_bytes - n_read,
				  (off_t)n_read);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		n_read += (size_t)n;
	}
	return 0;
}

int memory_file_read(int fd, char **ret_bytes, size_t *ret_n)
{
	struct stat st;
	char *bytes;
	int r;

	if ((fcntl(fd, F_GET_SEALS) & SEALS) != SEALS)
		return -EPERM;
	if (fstat(fd, &st) < 0)
		return -errno;
	bytes = malloc((size_t)st.st_size + 1);
	if (!bytes)
		return -ENOMEM;
	r = read_whole(fd, bytes, (size_t)st.st_size);
	if (r < 0) {
		free(bytes);
		return r;
	}
	bytes[st.st_size] = '\0';
	*ret_bytes = bytes;
	*ret_n = (size_t)st.st_size;
	return 0;
}
