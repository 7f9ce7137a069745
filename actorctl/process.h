/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * process.h - the texts of /proc about one process.
 *
 * All is read through one descriptor of its folder, which never leads to another
 * process: what is asked after its end fails.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** process_open() - a descriptor of its folder; negative errno: -ENOENT when there
 * is no such process */
int process_open(pid_t pid);
/** process_has_ended() - nobody is there, or only what its parent has not seen */
bool process_has_ended(int folder_fd);
/**
 * process_text() - all of a file of it
 *
 * Return: malloc'd; NULL: it cannot be read, or is longer than any of its kind.
 */
char *process_text(int folder_fd, const char *name);
/** process_file_text() - the same of any path; NULL for none */
char *process_file_text(const char *path);
/** process_namespace() - a number that only those have who share it; negative
 * errno: we may not see it */
int64_t process_namespace(int folder_fd, const char *name);
/** process_owner() - whose its files are; negative errno */
int64_t process_owner(int folder_fd);
/**
 * process_descriptors() - each that it has open
 * @found: @name is what its link says, any bytes; @protocol of a socket, else ""
 *
 * When its folder of links is closed to us, each is copied for a moment instead,
 * which those may who could trace it. Return: 0; negative errno.
 */
int process_descriptors(int folder_fd, pid_t pid,
			void (*found)(void *data, unsigned int number,
				      const char *name, const char *protocol),
			void *data);
