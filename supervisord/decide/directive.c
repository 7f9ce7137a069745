/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * directive.c - what does the file say about this cause? Pure.
 *
 * OTP has no directives: its children only restart. These are Akka's.
 */
#include "supervisord/decide/directive.h"

static bool can_follow(const struct spec_directive_row *row,
		       const struct cause *cause)
{
	return row->directive != SPEC_DIRECTIVE_RESUME ||
	       cause->kind == CAUSE_REPORTED;
}

static const struct spec_directive_row *
first_row(const struct spec_directive_row *rows, size_t n_rows,
	  const struct cause *cause, bool whole)
{
	size_t i;

	for (i = 0; i < n_rows; i++)
		if (rows[i].pattern.whole == whole &&
		    cause_matches(&rows[i].pattern, cause) &&
		    can_follow(&rows[i], cause))
			return &rows[i];
	return NULL;
}

const struct spec_directive_row *
directive_row(const struct spec_directive_row *rows, size_t n_rows,
	      const struct cause *cause)
{
	const struct spec_directive_row *exact;

	exact = first_row(rows, n_rows, cause, false);
	return exact ? exact : first_row(rows, n_rows, cause, true);
}

enum spec_directive directive_for(const struct spec_directive_row *rows,
				  size_t n_rows, const struct cause *cause)
{
	const struct spec_directive_row *row;

	row = directive_row(rows, n_rows, cause);
	if (row)
		return row->directive;
	return cause->kind == CAUSE_SECCOMP ? SPEC_DIRECTIVE_STOP
					    : SPEC_DIRECTIVE_RESTART;
}
