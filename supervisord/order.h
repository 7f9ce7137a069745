/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * order.h - whose turn is it to stop, whose to start?
 */
#pragma once

#include "supervisord/supervisor.h"

/** order_stops() - stop those that are wanted to and whose turn it is */
void order_stops(struct supervisor *s);
/** order_share() - its stop may take what is its share of what is left for all */
void order_share(struct child *c);
/** order_stop_limit_ns() - while it stops: until when it may ask to be waited for,
 * so that there is time for what follows and for all others */
uint64_t order_stop_limit_ns(const struct child *c);
/* so many are started before others than children have their turn */
#define ORDER_STARTS_A_TURN 8
#define ORDER_SOON UINT64_C(0)

/**
 * order_starts() - start those that wait and whose turn it is, some at a time
 *
 * Return: when the next backoff ends, monotonic ns; UINT64_MAX: none; ORDER_SOON:
 * there are more.
 */
uint64_t order_starts(struct supervisor *s, uint64_t now);
/** order_awaits() - its start waits for that of @other, which is before it */
bool order_awaits(const struct child *c, const struct child *other);
/** order_join() - it was started by hand: when one before it has failed, and takes
 * it along, it waits for that as its siblings do */
void order_join(struct child *c);
/** order_is_next() - it starts as soon as it has its mailbox, whoever else does */
bool order_is_next(const struct child *c);
/** order_anybody_alive() - but for those that cannot be killed */
bool order_anybody_alive(const struct supervisor *s);
/** order_all_up() - everybody who has a life runs */
bool order_all_up(const struct supervisor *s);
