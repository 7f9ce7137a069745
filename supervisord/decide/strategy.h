/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * strategy.h - whom does the restart of one child concern? Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "supervisord/config/spec.h"

/**
 * strategy_span() - the children that are stopped, last first, then started,
 *                   first first
 * @failed: index of the failed child, below @n_children
 * @ret_first, @ret_last: a range with both ends in it
 *
 * one_for_one: itself. one_for_all: everyone. rest_for_one: itself and all
 * after it. Refs never count.
 */
void strategy_span(enum spec_strategy strategy, size_t failed,
		   size_t n_children, size_t *ret_first, size_t *ret_last);
/**
 * strategy_comes_back() - is this child of the span started again?
 * @failed: it is the one that failed, which verdict_of() decided to restart
 *
 * A temporary child that is stopped for the sake of another does not come back:
 * its life is over. A transient one does, as in OTP. Not asked for children
 * whose life was over before: they stay as they are.
 */
bool strategy_comes_back(const struct spec_node *child, bool failed);
