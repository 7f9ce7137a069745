/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * directive.h - what does the file say about this cause? Pure.
 */
#pragma once

#include <stddef.h>

#include "supervisord/config/cause.h"
#include "supervisord/config/spec.h"

/**
 * directive_row() - the row of `directives:` for a cause, or NULL
 *
 * "signal:SEGV" beats "signal", wherever they stand; among equals the first
 * one counts. A `resume` is passed over unless the cause is a reported
 * failure: there is no process left to resume.
 */
const struct spec_directive_row *
directive_row(const struct spec_directive_row *rows, size_t n_rows,
	      const struct cause *cause);
/**
 * directive_for() - what to do: the row's directive, or the default
 *
 * The default is to restart; but what seccomp killed is stopped, since it may
 * not be ours any more.
 */
enum spec_directive directive_for(const struct spec_directive_row *rows,
				  size_t n_rows, const struct cause *cause);
