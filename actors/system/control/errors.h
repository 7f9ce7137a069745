/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * errors.h - what went wrong, as the name of a D-Bus error. Pure.
 */
#pragma once

#define ERRORS_PREFIX "org.actorproc.Error."

/** enum errors_source - whose errno it is: the same number means another thing */
enum errors_source {
	ERRORS_SUPERVISOR = 1,
	ERRORS_ACTOR = 2,
	ERRORS_ANY = 3,
};

/** errors_name() - of a negative errno; never NULL */
const char *errors_name(int error, enum errors_source source);
