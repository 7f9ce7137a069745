/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory_file.h - bytes that go to another process as a whole.
 */
#pragma once

#include <stddef.h>
#include <sys/uio.h>

/**
 * memory_file_new() - a sealed file of these pieces, one behind the other
 * @ret_fd: the caller's
 *
 * Return: 0; a negative errno.
 */
int memory_file_new(const char *name, const struct iovec *pieces,
		    size_t n_pieces, int *ret_fd);
/**
 * memory_file_room() - for somebody else to write into, so many bytes and no more
 * @ret_fd: the caller's
 *
 * Return: 0; a negative errno.
 */
int memory_file_room(const char *name, size_t n_bytes, int *ret_fd);
/** memory_file_seal() - nobody can write into it any more. Return: 0; -EBUSY:
 * somebody still can; another negative errno */
int memory_file_seal(int fd);
/**
 * memory_file_read() - all of it
 * @ret_bytes: malloc'd, with a NUL behind
 *
 * Return: 0; -EPERM: it is not sealed; another negative errno.
 */
int memory_file_read(int fd, char **ret_bytes, size_t *ret_n);
