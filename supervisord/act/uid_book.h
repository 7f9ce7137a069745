/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * uid_book.h - whose files a uid has left on the host.
 */
#pragma once

#include <limits.h>
#include <sys/types.h>

#define UID_BOOK_NAME ".uids"
/* of a system and a path */
#define UID_BOOK_OWNER_BYTES (PATH_MAX + 128)

/**
 * uid_book_find() - the uid of somebody who makes files where others look
 * @base: the folder of the book, of ours: nobody else may write there
 * @first, @n_uids: it is one of these
 * @owner: whose it is, of less than UID_BOOK_OWNER_BYTES and without a newline
 * @ret_why: on an error, what is wrong and what to do; static text, or NULL
 *
 * The same as before, if that is one of these; else one that is in nobody's line,
 * and then in that of @owner before we return. The book is of all systems that keep
 * their state in @base, and only people take lines out of it. May wait for the disk,
 * and for another supervisor.
 *
 * Return: 0; -ENOSPC: all are somebody's, or more than are left are of those below one
 * of its supervisors that is not the root; other negative errno.
 */
int uid_book_find(const char *base, uid_t first, unsigned int n_uids,
		  const char *owner, uid_t *ret, const char **ret_why);
