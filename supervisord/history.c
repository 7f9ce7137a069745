/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * history.c - the last decisions about a child, which `actorctl why` tells.
 *
 * Most children have one, that they were started; so each takes what it needs,
 * and no more.
 */
#include <stdlib.h>
#include <string.h>

#include "supervisord/history.h"

static void forget_oldest(struct history *history)
{
	struct decision *oldest = history->first;

	history->first = oldest->next;
	history->n--;
	free(oldest);
}

void history_add(struct history *history, const char *bytes, size_t n_bytes)
{
	struct decision *decision = malloc(sizeof(*decision) + n_bytes);
	struct decision **end = &history->first;

	if (!decision)
		return;
	decision->next = NULL;
	decision->n_bytes = n_bytes;
	memcpy(decision->bytes, bytes, n_bytes);
	while (*end)
		end = &(*end)->next;
	*end = decision;
	if (++history->n > HISTORY_MAX)
		forget_oldest(history);
}

void history_clear(struct history *history)
{
	while (history->n > 0)
		forget_oldest(history);
}
