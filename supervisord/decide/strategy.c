/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * strategy.c - whom does the restart of one child concern? Pure.
 *
 * OTP's strategies of the same names.
 */
#include "supervisord/decide/strategy.h"

void strategy_span(enum spec_strategy strategy, size_t failed,
		   size_t n_children, size_t *ret_first, size_t *ret_last)
{
	size_t first = failed, last = failed;

	switch (strategy) {
	case SPEC_ONE_FOR_ONE:
		break;
	case SPEC_ONE_FOR_ALL:
		first = 0;
		last = n_children - 1;
		break;
	case SPEC_REST_FOR_ONE:
		last = n_children - 1;
		break;
	}
	*ret_first = first;
	*ret_last = last;
}

bool strategy_comes_back(const struct spec_node *child, bool failed)
{
	return failed || child->restart != SPEC_TEMPORARY;
}
