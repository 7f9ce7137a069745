/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exposure_view.h - exposures as a person or a program reads them. Pure but for
 * memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <jansson.h>

#include "actorctl/exposure.h"

/**
 * struct exposure_view_row - one process, or one that a file promises
 * @role: what it is besides its path; NULL: what the path says
 * @pid: 0: none
 * @note: why nothing is known of it; NULL: @exposure is known
 */
struct exposure_view_row {
	const char *path;
	const char *role;
	pid_t pid;
	const char *note;
	const struct exposure *exposure;
};

/** exposure_view_table() - a line each; malloc'd; NULL without memory */
char *exposure_view_table(const struct exposure_view_row *rows, size_t n_rows);
/** exposure_view_all() - every check of one; malloc'd; NULL without memory */
char *exposure_view_all(const struct exposure_view_row *row);
/** exposure_view_json() - an array of all; NULL without memory */
json_t *exposure_view_json(const struct exposure_view_row *rows,
			   size_t n_rows);
