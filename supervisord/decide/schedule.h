/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * schedule.h - what restarts when, as text for `actorctl check`. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/config/spec.h"

/**
 * struct schedule - of a child that fails each time as soon as it is ready
 * @restarts: it is restarted at all
 * @gives_up: even with the longest delays the supervisor gives up in the end
 * @n_restarts: so often it is restarted before that, if it gives up
 * @lasts_ns: the first failure to giving up, with the longest delays
 * @backoff_unreached: there is one, and it never delays anything
 * @max_unreached: there is one, and its delays never grow to their maximum
 * @longest_ns: the longest delay that can happen; of those that do not give up,
 *              the maximum
 */
struct schedule {
	bool restarts;
	bool gives_up;
	unsigned int n_restarts;
	uint64_t lasts_ns;
	bool backoff_unreached;
	bool max_unreached;
	uint64_t longest_ns;
};

/** schedule_of() - of @child under @supervisor, alone failing */
struct schedule schedule_of(const struct spec_node *supervisor,
			    const struct spec_node *child);
/**
 * schedule_format() - rows for a whole tree: each supervisor, then its children
 * @ret_text: the caller's to free
 *
 * Return: 0; -ENOMEM.
 */
int schedule_format(const struct spec_node *top, char **ret_text);
