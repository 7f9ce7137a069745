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

static void forget(struct departed **at)
{
	struct departed *gone = *at;

	*at = gone->next;
	history_clear(&gone->history);
	free(gone);
}

/* what is older than so many, and an earlier one of the same path */
static void make_room(struct departed **at, const char *path)
{
	size_t n = 0;

	while (*at) {
		if (++n >= DEPARTED_MAX || !strcmp((*at)->path, path))
			forget(at);
		else
			at = &(*at)->next;
	}
}

void history_keep(struct departed **list, const char *path,
		  struct history *history)
{
	size_t n_bytes = strlen(path) + 1;
	struct departed *departed;

	if (history->n == 0)
		return;
	make_room(list, path);
	departed = malloc(sizeof(*departed) + n_bytes);
	if (!departed)
		return;
	departed->next = *list;
	departed->history = *history;
	memcpy(departed->path, path, n_bytes);
	*history = (struct history){ .first = NULL };
	*list = departed;
}

const struct history *history_kept(const struct departed *list,
				   const char *path)
{
	for (; list; list = list->next)
		if (!strcmp(list->path, path))
			return &list->history;
	return NULL;
}
