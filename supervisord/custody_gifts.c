/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * custody_gifts.c - descriptors that go along with messages on their way.
 *
 * A table and its descriptors, the oldest first.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/custody_gifts.h"

#define ROOM_FIRST 16

static void take_out(struct custody *c, size_t at)
{
	if (c->heir)
		c->heir->gift(c->heir->data, &c->gifts[at]);
	close(c->gifts[at].fd);
	free(c->gifts[at].to);
	c->n_gifts--;
	memmove(&c->gifts[at], &c->gifts[at + 1],
		(c->n_gifts - at) * sizeof(*c->gifts));
}

void custody_gifts_deinit(struct custody *c)
{
	while (c->n_gifts)
		take_out(c, c->n_gifts - 1);
	free(c->gifts);
	c->gifts = NULL;
	c->room_gifts = 0;
}

struct custody_gift *custody_gift(const struct custody *c, uint64_t via,
				  const char *to, uint64_t number)
{
	struct custody_gift *gift;

	for (size_t i = 0; i < c->n_gifts; i++) {
		gift = &c->gifts[i];
		if (gift->via == via && gift->number == number &&
		    !strcmp(gift->to, to))
			return gift;
	}
	return NULL;
}

static bool is_of(const struct custody_gift *gift, uint64_t via,
		  const char *to)
{
	return (!via || gift->via == via) && !strcmp(gift->to, to);
}

static void make_way(struct custody *c, uint64_t via, const char *to)
{
	size_t n = 0, oldest = 0;

	for (size_t i = c->n_gifts; i-- > 0;) {
		if (!is_of(&c->gifts[i], via, to))
			continue;
		oldest = i;
		n++;
	}
	if (n >= CUSTODY_GIFTS_MAX)
		take_out(c, oldest);
}

static bool grow(struct custody *c)
{
	size_t room = c->room_gifts ? c->room_gifts * 2 : ROOM_FIRST;
	struct custody_gift *gifts;

	if (c->n_gifts < c->room_gifts)
		return true;
	gifts = reallocarray(c->gifts, room, sizeof(*gifts));
	if (!gifts)
		return false;
	c->gifts = gifts;
	c->room_gifts = room;
	return true;
}

bool custody_gift_put(struct custody *c, const struct custody_gift *gift,
		      size_t max)
{
	char *to = NULL;

	if (!custody_gift(c, gift->via, gift->to, gift->number)) {
		make_way(c, gift->via, gift->to);
		if (c->n_gifts < max && grow(c))
			to = strdup(gift->to);
	}
	if (!to) {
		if (c->heir && !custody_gift(c, gift->via, gift->to,
					     gift->number))
			c->heir->gift(c->heir->data, gift);
		close(gift->fd);
		return false;
	}
	c->gifts[c->n_gifts] = *gift;
	c->gifts[c->n_gifts++].to = to;
	return true;
}

bool custody_gift_drop(struct custody *c, uint64_t via, const char *to,
		       uint64_t number)
{
	struct custody_gift *gift = custody_gift(c, via, to, number);

	if (!gift)
		return false;
	take_out(c, (size_t)(gift - c->gifts));
	return true;
}

void custody_gifts_drop(struct custody *c, uint64_t via, const char *to)
{
	for (size_t i = c->n_gifts; i-- > 0;)
		if (is_of(&c->gifts[i], via, to))
			take_out(c, i);
}
