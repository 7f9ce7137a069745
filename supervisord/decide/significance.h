/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * significance.h - does a supervisor end because of a child that has? Pure.
 */
#pragma once

#include <stdbool.h>

#include "supervisord/config/spec.h"

/**
 * significance_shuts_down() - as OTP's `significant` and `auto_shutdown`
 * @ended: its life ended by itself and does not come back: by its restart type
 *         or a directive, never by a verb or for a sibling's sake
 * @n_others: other significant children that have a life, restarting ones too
 */
bool significance_shuts_down(const struct spec_node *supervisor,
			     const struct spec_node *ended,
			     unsigned int n_others);
