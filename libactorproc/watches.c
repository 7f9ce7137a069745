// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * watches.c - whose end the actor wants to hear of, and who has ended.
 *
 * Pure. The list is in the order in which the watches were made.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/watches.h"

void watches_deinit(struct watches *watches)
{
	free(watches->list);
	memset(watches, 0, sizeof(*watches));
}

static void forget(struct watches *watches, size_t at)
{
	if (watches->list[at].over)
		watches->n_over--;
	watches->n--;
	memmove(&watches->list[at], &watches->list[at + 1],
		(watches->n - at) * sizeof(watches->list[0]));
}

static void end(struct watches *watches, struct watch *watch,
		const char *reason)
{
	watch->over = true;
	strncpy(watch->reason, reason, WATCH_REASON_MAX);
	watches->n_over++;
}

bool watches_has(const struct watches *watches, const void *who, uint64_t key)
{
	size_t i;

	for (i = 0; i < watches->n; i++) {
		const struct watch *watch = &watches->list[i];

		if (watch->who == who && watch->key == key)
			return true;
	}

	return false;
}

int watches_add(struct watches *watches, void *who, uint64_t key,
		const char *reason)
{
	if (watches->n == watches->size) {
		size_t size = watches->size ? 2 * watches->size : 8;
		struct watch *list;

		list = reallocarray(watches->list, size, sizeof(*list));
		if (!list)
			return -ENOMEM;
		watches->list = list;
		watches->size = size;
	}
	watches->list[watches->n] = (struct watch){ .who = who, .key = key };
	if (reason)
		end(watches, &watches->list[watches->n], reason);
	watches->n++;

	return 0;
}

size_t watches_remove(struct watches *watches, const void *who)
{
	size_t n_before = watches->n;
	size_t i;

	for (i = watches->n; i-- > 0;)
		if (watches->list[i].who == who)
			forget(watches, i);

	return n_before - watches->n;
}

void watches_over(struct watches *watches, uint64_t key, const char *reason)
{
	size_t i;

	for (i = 0; i < watches->n; i++) {
		struct watch *watch = &watches->list[i];

		if (watch->key == key && !watch->over)
			end(watches, watch, reason);
	}
}

bool watches_take_over(struct watches *watches, struct watch *ret_watch)
{
	size_t i;

	if (!watches->n_over)
		return false;
	for (i = 0; !watches->list[i].over; i++)
		;
	*ret_watch = watches->list[i];
	forget(watches, i);

	return true;
}
