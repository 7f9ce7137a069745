/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * custody_gifts.h - descriptors that go along with messages on their way.
 *
 * Kept from when the sender gives one until the receiver has handled the message
 * that names it, whoever dies meanwhile. Nobody here reads one or looks at it:
 * strangers made them.
 */
#pragma once

#include "libactorproc/protocol.h"
#include "supervisord/custody.h"

/*
 * Of one sender to one receiver; the oldest gives way. A sender has half of that
 * outstanding: what its receiver let go of we may not have heard yet.
 */
#define CUSTODY_GIFTS_MAX (2 * ACTOR_EDGE_DESCRIPTORS)

void custody_gifts_deinit(struct custody *c);
/**
 * custody_gift_put() - enter one; takes @fd, also when it is not entered
 * @max: so many at most in all
 *
 * Return: false: it was known, or there is no room.
 */
bool custody_gift_put(struct custody *c, const struct custody_gift *gift,
		      size_t max);
/** custody_gift() - or NULL */
struct custody_gift *custody_gift(const struct custody *c, uint64_t via,
				  const char *to, uint64_t number);
/** custody_gift_drop() - close and forget it; false when it was not known */
bool custody_gift_drop(struct custody *c, uint64_t via, const char *to,
		       uint64_t number);
/** custody_gifts_drop() - all that came by an edge to @to; 0: by any edge */
void custody_gifts_drop(struct custody *c, uint64_t via, const char *to);
