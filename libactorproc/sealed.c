// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sealed.c - payloads in memfds that their authors have sealed.
 *
 * The one place that decides whether the memory of somebody else may be looked
 * at where it is. What passes stays as it is for ever, and reading it can neither
 * fault nor block nor take memory: seals are never taken off again. F_SEAL_GROW
 * is not asked for, since nobody looks behind the end; nor is F_SEAL_SEAL, since
 * more seals only forbid more.
 *
 * In this order: only memfds know of seals, so nothing is asked of a device, a
 * socket or a file on FUSE that these would have to answer; and a size is worth
 * knowing when it cannot shrink any more.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "libactorproc/sealed.h"

#define SEALS_NEEDED (F_SEAL_WRITE | F_SEAL_SHRINK)

/* To read where no huge page is left is a SIGBUS. */
static bool has_small_pages(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

static bool is_so_long(int fd, uint64_t size)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size >= 0 &&
	       (uint64_t)st.st_size >= size;
}

/* To look into a hole fills it, at the reader's cost and as long as the writer
 * keeps it; where there is no memory that is a SIGBUS. No more can be made. */
static bool is_all_there(int fd, uint64_t size)
{
	off_t hole = lseek(fd, 0, SEEK_HOLE);

	return hole >= 0 && (uint64_t)hole >= size;
}

int sealed_check(int fd, uint64_t size)
{
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0)
		return errno == EBADF ? -EBADF : -EINVAL;
	if ((seals & SEALS_NEEDED) != SEALS_NEEDED)
		return -ETXTBSY;
	if (!has_small_pages(fd) || !size || !is_so_long(fd, size))
		return -EINVAL;

	return is_all_there(fd, size) ? 0 : -ENODATA;
}

/* Privately: older kernels do not share what is sealed, not even to read. */
int sealed_map(int fd, size_t size, const void **ret_bytes)
{
	void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (bytes == MAP_FAILED)
		return -errno;
	*ret_bytes = bytes;

	return 0;
}

void sealed_unmap(const void *bytes, size_t size)
{
	if (bytes)
		munmap((void *)bytes, size);
}
