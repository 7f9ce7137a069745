/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * significance.c - does a supervisor end because of a child that has? Pure.
 *
 * OTP's `significant` and `auto_shutdown`, from its release 24 on.
 */
#include "supervisord/decide/significance.h"

bool significance_shuts_down(const struct spec_node *supervisor,
			     const struct spec_node *ended,
			     unsigned int n_others)
{
	if (ended->significant == SPEC_INSIGNIFICANT)
		return false;

	switch (supervisor->auto_shutdown) {
	case SPEC_NEVER:
		return false;
	case SPEC_ANY_SIGNIFICANT:
		return true;
	case SPEC_ALL_SIGNIFICANT:
		return n_others == 0;
	}
	return false;
}
