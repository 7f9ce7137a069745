/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sealed.h - payloads in memfds that their authors have sealed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * sealed_check() - can nobody change or take away the first @size bytes of it?
 *
 * Whatever @fd is, this neither blocks nor touches it, but for its offset.
 * Return: 0; -EBADF; -EINVAL no memfd, one of huge pages, or a shorter one;
 * -ETXTBSY it lacks F_SEAL_WRITE or F_SEAL_SHRINK; -ENODATA it has holes.
 */
int sealed_check(int fd, uint64_t size);
/**
 * sealed_map() - the first @size bytes of what sealed_check() likes, to read
 *
 * Return: 0; -EACCES @fd cannot be read; what else mmap(2) says.
 */
int sealed_map(int fd, size_t size, const void **ret_bytes);
/** sealed_unmap() - NULL is fine */
void sealed_unmap(const void *bytes, size_t size);
