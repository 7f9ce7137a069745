/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kept_file.h - a file that has been read, for all who are to have its tree.
 */
#pragma once

#include "supervisord/load.h"

/**
 * kept_file_write() - @load, in memory that nobody can change any more
 * @ret_fd: the caller's
 *
 * With the programs as they were found: whoever reads it comes to the same tree.
 * Return: 0; a negative errno.
 */
int kept_file_write(const struct load *load, int *ret_fd);
/** kept_file_read() - the system of such a file, which is called @name. Return: 0;
 * -EPERM, -EBADMSG it is none; another negative errno */
int kept_file_read(int fd, const char *name, struct spec_system **ret);
