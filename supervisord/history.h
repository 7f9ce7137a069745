/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * history.h - what was decided about a child lately, for `why`.
 */
#pragma once

#include <stddef.h>

/* decisions that are kept of a child */
#define HISTORY_MAX 16

/** struct decision - one that was made: strings with an empty one behind */
struct decision {
	struct decision *next;
	size_t n_bytes;
	char bytes[];
};

/** struct history - the last of them, the oldest first; zeroed: none */
struct history {
	struct decision *first;
	size_t n;
};

/* children that were spawned and are gone whose decisions are kept */
#define DEPARTED_MAX 16

/** struct departed - what had been decided about one that is gone */
struct departed {
	struct departed *next;
	struct history history;
	char path[];
};

/** history_add() - a copy of it; without memory it is left out */
void history_add(struct history *history, const char *bytes, size_t n_bytes);
void history_clear(struct history *history);
/** history_keep() - of @path, the newest first; @history is empty then */
void history_keep(struct departed **list, const char *path,
		  struct history *history);
/** history_kept() - Return: of that path, or NULL */
const struct history *history_kept(const struct departed *list,
				   const char *path);
