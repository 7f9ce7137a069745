/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watches.h - whose end the actor wants to hear of, and who has ended.
 *
 * A watch is about one life: the edge @key. It ends exactly once: taken when
 * the life is over, or removed before that. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCH_REASON_MAX 63	/* longer ones are cut */

/**
 * struct watch - one watch
 * @who: whom the actor asked about; never followed here
 * @key: the edge that leads to that life
 * @over: it is, and the actor is to be told
 * @reason: why
 */
struct watch {
	void *who;
	uint64_t key;
	bool over;
	char reason[WATCH_REASON_MAX + 1];
};

/** struct watches - zeroed is empty */
struct watches {
	struct watch *list;
	size_t n;
	size_t size;
	size_t n_over;
};

void watches_deinit(struct watches *watches);
/** watches_has() - is the actor to be told, now or later, of that life? */
bool watches_has(const struct watches *watches, const void *who, uint64_t key);
/**
 * watches_add() - watch that life
 * @reason: it is over already; NULL: it is not
 *
 * Return: 0; -ENOMEM.
 */
int watches_add(struct watches *watches, void *who, uint64_t key,
		const char *reason);
/** watches_remove() - Return: how many watches on @who there were */
size_t watches_remove(struct watches *watches, const void *who);
/** watches_over() - the life behind that edge is over */
void watches_over(struct watches *watches, uint64_t key, const char *reason);
/** watches_take_over() - the oldest that is over, which is then forgotten */
bool watches_take_over(struct watches *watches, struct watch *ret_watch);
