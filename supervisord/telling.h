/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * telling.h - what those at the two ends of an edge are told of it.
 */
#pragma once

#include "supervisord/minting.h"

/** telling_say() - with both ends, to who keeps it */
void telling_say(struct supervisor *s, struct link *link,
		 const struct custody_edge *edge);
/** telling_push() - to the supervisor above, with both ends; not by the root */
void telling_push(struct supervisor *s, const struct custody_edge *edge);
/** telling_give() - to a child at one of its ends */
void telling_give(struct child *c, const struct custody_edge *edge);
/** telling_distribute() - to whom it concerns that runs already; others get it
 * when they start */
void telling_distribute(struct supervisor *s, const struct custody_edge *edge);
/** telling_spread() - a message to all supervisors that hold this edge, but the
 * source */
void telling_spread(struct supervisor *s, const struct custody_edge *edge,
		    struct minting_source source,
		    const struct fields_writer *message);
/** telling_limited() - its limits are others now: tell our own at its ends */
void telling_limited(struct supervisor *s, const struct custody_edge *edge);
