/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * successor.h - the program that goes on as this process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SUCCESSOR_WORD_BYTES 512

/**
 * struct successor - all that is needed to become it
 * @binary_fd: of successor_open()
 * @state_fd: of memory_file_new()
 * @fds: descriptors that it keeps, by their numbers, besides 0 to 2
 * @keep_capabilities: those of a user namespace, which an exec takes away
 * @file: for who looks at a list of processes
 */
struct successor {
	int binary_fd;
	int state_fd;
	const int *fds;
	size_t n_fds;
	bool keep_capabilities;
	const char *file;
};

/**
 * successor_open() - a program that may be executed with our authority
 * @owner: of the system
 * @trusted_owner: it has to be root's or @owner's
 *
 * Return: 0; -EISDIR; -EACCES it cannot be executed; -EPERM it belongs to
 * somebody else or everybody can write it; another negative errno.
 */
int successor_open(const char *path, uid_t owner, bool trusted_owner,
		   int *ret_fd);
/** successor_again() - this very program, with the descriptors that stay open on
 * exec and @state_fd. Return: only when it cannot be done */
void successor_again(const char *verb, int state_fd, const char *file);
/** successor_map() - one of memory_file_new(), read only; munmap() it. Return: 0;
 * -EPERM it is not sealed; -EMSGSIZE empty, or more than @most; another */
int successor_map(int fd, size_t most, const void **ret, size_t *ret_n_bytes);

/**
 * struct successor_check - a child that executes it to look at the state
 * @word_fd: what it says, and its end; does not block
 */
struct successor_check {
	pid_t pid;
	int pidfd;
	int word_fd;
	size_t n_bytes;
	char word[SUCCESSOR_WORD_BYTES];
};

/** successor_check_begin() - start it; 0 or a negative errno */
int successor_check_begin(const struct successor *successor,
			  struct successor_check *ret);
/** successor_check_read() - take what it says; true: that was all */
bool successor_check_read(struct successor_check *check);
/**
 * successor_check_end() - kill and reap it, whether or not it has ended
 * @late: it had no time left
 * @why: when it is not in order: what is wrong, for people
 *
 * Return: 0: it is a supervisord that would go on with that state; -EBADMSG: it
 * is not; -ETIMEDOUT.
 */
int successor_check_end(struct successor_check *check, bool late,
			char why[SUCCESSOR_WORD_BYTES]);
/** successor_check_wait() - the two above, waiting up to @timeout_ms */
int successor_check_wait(struct successor_check *check, int timeout_ms,
			 char why[SUCCESSOR_WORD_BYTES]);

/** successor_become() - returns only when it could not be executed, a negative
 * errno; then all is as before */
int successor_become(const struct successor *successor);
/** successor_settle() - in the new program: give up what was kept for exec alone */
void successor_settle(bool capabilities);

/** successor_say() - in the check: all is well (NULL), or what is wrong */
void successor_say(int word_fd, const char *why);
