/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * errors.c - what went wrong, as the name of a D-Bus error. Pure.
 */
#include <errno.h>
#include <stddef.h>

#include "actors/system/control/errors.h"

static const struct errors_row {
	int error;
	enum errors_source source;
	const char *name;
} rows[] = {
	{ -ENOENT,	ERRORS_SUPERVISOR, ERRORS_PREFIX "NoSuchActor" },
	{ -ENOKEY,	ERRORS_SUPERVISOR, ERRORS_PREFIX "NoSuchTemplate" },
	{ -ESRCH,	ERRORS_SUPERVISOR, ERRORS_PREFIX "Terminated" },
	{ -EPIPE,	ERRORS_ANY,	   ERRORS_PREFIX "Terminated" },
	{ -ETIMEDOUT,	ERRORS_ANY,	   ERRORS_PREFIX "TimedOut" },
	{ -EINTR,	ERRORS_ANY,	   ERRORS_PREFIX "Interrupted" },
	{ -EOPNOTSUPP,	ERRORS_ACTOR,	   ERRORS_PREFIX "DeadLetter" },
	{ -EAGAIN,	ERRORS_ACTOR,	   ERRORS_PREFIX "Full" },
	{ -EAGAIN,	ERRORS_SUPERVISOR, ERRORS_PREFIX "Busy" },
	{ -ENOSPC,	ERRORS_SUPERVISOR, ERRORS_PREFIX "Busy" },
	{ -EBUSY,	ERRORS_SUPERVISOR, ERRORS_PREFIX "Busy" },
	{ -EINVAL,	ERRORS_SUPERVISOR, ERRORS_PREFIX "Invalid" },
	{ -EMSGSIZE,	ERRORS_ANY,	   ERRORS_PREFIX "TooLarge" },
	{ -EACCES,	ERRORS_SUPERVISOR, ERRORS_PREFIX "Denied" },
	{ -EPERM,	ERRORS_SUPERVISOR, ERRORS_PREFIX "Denied" },
};

const char *errors_name(int error, enum errors_source source)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].error == error && (rows[i].source & source))
			return rows[i].name;

	return ERRORS_PREFIX "Failed";
}
