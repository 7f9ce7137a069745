/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * held.c - what the limiters have held back, in a file that outlives us.
 *
 * Reads and writes one file whose descriptor it was given. It may hold anything,
 * as the spool. It is not mapped: whoever makes it shorter would kill us.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/system/dead-letters/held.h"

#define COUNT_MAX (UINT64_C(1) << 48)

static const char magic[8] = "actheld";

struct head {
	char magic[8];
	uint64_t count;
	uint64_t sequence;
	uint64_t edge;
	uint64_t number;
	uint32_t to_holder;
	uint32_t has_message;
	uint64_t n_text;
	uint64_t zero;
};

/* none of them is on two pages */
struct place {
	struct head head;
	char text[HELD_TEXT_MAX];
};
_Static_assert(sizeof(struct place) == 2048, "a place fits into a page");

static off_t offset_of(unsigned int place)
{
	return (off_t)place * (off_t)sizeof(struct place);
}

/* the members of a key, each with its end, and nothing behind them */
static bool split(struct limiter_key *ret, const char *text, size_t n_text)
{
	const char **const members[] = {
		&ret->path, &ret->type, &ret->reason, &ret->sender,
	};
	size_t at = 0;

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		if (at >= n_text)
			return false;
		*members[i] = text + at;
		at += strnlen(text + at, n_text - at) + 1;
	}
	return at == n_text;
}

static bool read_head(const struct held *held, unsigned int place,
		      struct head *ret)
{
	return pread(held->fd, ret, sizeof(*ret), offset_of(place)) ==
		       (ssize_t)sizeof(*ret) &&
	       !memcmp(ret->magic, magic, sizeof(magic)) &&
	       ret->n_text <= HELD_TEXT_MAX && ret->count < COUNT_MAX;
}

/* as a rule it is empty: then there is nothing to read, in hundreds of places */
static unsigned int n_in_file(int fd, unsigned int n_most)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	return st.st_size < offset_of(n_most) ?
		       (unsigned int)((st.st_size + offset_of(1) - 1) /
				      offset_of(1)) : n_most;
}

void held_init(struct held *held, int fd, unsigned int n_places)
{
	struct head head;

	*held = (struct held) { .fd = fd, .n_places = n_places };
	held->n_before = n_in_file(fd, n_places);
	for (unsigned int i = 0; i < held->n_before; i++) {
		if (!read_head(held, i, &head) ||
		    head.sequence <= held->sequence)
			continue;
		held->sequence = head.sequence;
		held->has_last = head.has_message;
		held->last = (struct seen_key) {
			.edge = head.edge,
			.number = head.number,
			.to_holder = head.to_holder,
		};
	}
}

bool held_left(const struct held *held, unsigned int place,
	       struct held_entry *ret)
{
	struct head head;

	if (place >= held->n_before || !read_head(held, place, &head) ||
	    !head.count ||
	    pread(held->fd, ret->text, head.n_text,
		  offset_of(place) + (off_t)sizeof(head)) !=
		    (ssize_t)head.n_text)
		return false;
	ret->count = head.count;
	return split(&ret->key, ret->text, head.n_text);
}

static struct head head_of(struct held *held, uint64_t count, size_t n_text,
			   const struct seen_key *message)
{
	struct head head = {
		.count = count,
		.sequence = ++held->sequence,
		.n_text = n_text,
	};

	memcpy(head.magic, magic, sizeof(magic));
	if (message) {
		head.has_message = 1;
		head.edge = message->edge;
		head.number = message->number;
		head.to_holder = message->to_holder;
	}
	return head;
}

static void write_at(const struct held *held, unsigned int place,
		     const void *bytes, size_t n)
{
	ssize_t written = pwrite(held->fd, bytes, n, offset_of(place));

	(void)written;
}

void held_told(struct held *held, unsigned int place)
{
	static const struct head none;

	if (held->fd >= 0)
		write_at(held, place, &none, sizeof(none));
}

/* which message may come again is to be known to the next one, too */
void held_empty(struct held *held)
{
	struct head head;

	if (held->fd < 0)
		return;
	if (ftruncate(held->fd, 0) < 0)
		for (unsigned int i = 0; i < held->n_places; i++)
			held_told(held, i);
	if (!held->has_last)
		return;
	head = head_of(held, 0, 0, &held->last);
	write_at(held, 0, &head, sizeof(head));
}

void held_note(struct held *held, unsigned int place,
	       const struct limiter_held *what, const struct seen_key *message)
{
	static struct place it;

	if (held->fd < 0 || what->n_text > HELD_TEXT_MAX)
		return;
	it.head = head_of(held, what->count, what->n_text, message);
	if (!what->first) {
		write_at(held, place, &it.head, sizeof(it.head));
		return;
	}
	memset(it.text, 0, sizeof(it.text));
	memcpy(it.text, what->text, what->n_text);
	write_at(held, place, &it, sizeof(it));
}

bool held_has(const struct held *held, const struct seen_key *message)
{
	return held->has_last && seen_key_equal(&held->last, message);
}
