/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rate.h - how many messages may go now, when so many may go in a second?
 *
 * A bucket of tokens, one for each message, that holds a second's worth. Who
 * sends lets it run over; who receives caps it only when it knows that nothing
 * waits, because what waits was sent when there were tokens. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/**
 * struct rate - zeroed limits nothing
 * @per_second: tokens that come in a second; 0: no limit
 * @tokens: in billionths, so that each nanosecond brings @per_second of them
 * @since_ns: until when they have been counted
 */
struct rate {
	uint64_t per_second;
	uint64_t tokens;
	uint64_t since_ns;
};

/** rate_init() - full; @per_second below 2^33 */
void rate_init(struct rate *rate, uint64_t per_second, uint64_t now_ns);
/** rate_earn() - what came since the last time is added, without a cap */
void rate_earn(struct rate *rate, uint64_t now_ns);
/** rate_add() - @n more, for messages that may have been sent before */
void rate_add(struct rate *rate, uint64_t n);
/** rate_cap() - more than a second's worth runs over */
void rate_cap(struct rate *rate);
/** rate_has() - is there one? always without a limit */
bool rate_has(const struct rate *rate);
/** rate_spend() - one; it must be there */
void rate_spend(struct rate *rate);
/** rate_empty() - spend all */
void rate_empty(struct rate *rate);
/** rate_ready_ns() - when will there be one? */
uint64_t rate_ready_ns(const struct rate *rate);
