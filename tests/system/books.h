/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * books.h - what jugglers swore to and what is in dead letters: does it add up?
 *
 * See actors/test-juggler.c for what they swear and how messages are named.
 * Each message that was sent, replies among them, is handled or a dead letter,
 * once; those of one class and edge, so of one life, are handled in the order in
 * which they were sent, unless put aside; an ask of a process that still lives has
 * one answer.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#define BOOKS_ACTORS_MAX 512

enum books_event {
	BOOKS_SENT,
	BOOKS_HANDLED,
	BOOKS_DEAD,
	BOOKS_FAILED,		/* an ask that got an error, or an empty receipt */
	BOOKS_STASHED,
	BOOKS_REFUSED,		/* handled, and its reference did not come */
	BOOKS_EVENTS,
};

struct books_name {
	char kind;
	unsigned int from;
	unsigned int to;
	unsigned int way;
	unsigned long stamp;
	unsigned long number;
};

/** struct books_entry - @line: where it stands, in the order of its writer */
struct books_entry {
	struct books_name name;
	enum books_event event;
	size_t line;
};

/** struct books_process - of an actor, and which life of it that was */
struct books_process {
	unsigned int actor;
	unsigned long stamp;
	unsigned long long life;
};

/**
 * struct books - all entries, and what cannot be one
 * @loud: what is wrong goes to the log, as far as it is short
 * @n_odd: what should never be, told of in the log
 * @n_nameless: dead letters of which only the number is known
 * @processes: all that told something
 * @stamps, @turns: of each actor, the last turn that was told
 * @ended: it lives no more
 */
struct books {
	bool loud;
	struct books_entry *entries;
	size_t n;
	struct books_process *processes;
	size_t n_processes;
	size_t n_lines;
	size_t n_odd;
	unsigned long n_nameless;
	unsigned long stamps[BOOKS_ACTORS_MAX];
	unsigned long turns[BOOKS_ACTORS_MAX];
	bool ended[BOOKS_ACTORS_MAX];
};

/**
 * struct books_sums - what it came to
 * @n_missing: sent, and neither handled nor dead
 * @n_twice: more than once one of that, or both, or sent twice
 * @n_unsent: handled or dead, and nobody sent it
 * @n_disordered: handled after a later one of its edge
 * @n_unanswered: asks of processes that live
 */
struct books_sums {
	size_t events[BOOKS_EVENTS];
	size_t n_missing;
	size_t n_twice;
	size_t n_unsent;
	size_t n_disordered;
	size_t n_unanswered;
};

/**
 * books_read() - what the collector wrote; then the dead letters as lines
 *
 * Into zeroed ones, or those that were read before. @ended is the caller's.
 */
void books_read(struct books *b, const char *book_path,
		const char *letters_path);
void books_clear(struct books *b);
/** books_add_up() - sorts the entries and judges them */
void books_add_up(struct books *b, struct books_sums *ret);
/** books_balance() - nothing is wrong with them */
bool books_balance(const struct books *b, const struct books_sums *sums);
