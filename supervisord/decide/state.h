/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * state.h - what a supervisor knows, as bytes for the one that takes its place.
 * Pure.
 *
 * A line with version, length and checksum, then records: lists of strings as
 * of fields.h, each with an empty string behind. What a record has is a table of
 * members, by which it is both written and read, so the two cannot disagree.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libactorproc/fields.h"

/** STATE_VERSION - of what is in it: one more with every change of a table */
#ifndef STATE_VERSION
#define STATE_VERSION 6
#endif
#define STATE_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define STATE_WHY_BYTES 256

/*
 * UNSIGNED: of any size. STRING: a char *, of the reader's own; NULL is left out.
 * TEXT: an array of char. BYTES: a struct state_bytes. FD: a descriptor or -1.
 */
enum state_type {
	STATE_UNSIGNED,
	STATE_INT,
	STATE_BOOL,
	STATE_STRING,
	STATE_TEXT,
	STATE_BYTES,
	STATE_FD,
};

struct state_bytes {
	char *bytes;
	size_t n_bytes;
};

struct state_member {
	const char *name;
	enum state_type type;
	size_t offset;
	size_t size_bytes;
};

#define STATE_MEMBER(object, type, name, member)		\
	{ name, STATE_##type, offsetof(object, member),		\
	  sizeof(((object *)NULL)->member) }

/** struct state_kind - a record: its verb, and what of an object is in it */
struct state_kind {
	const char *verb;
	const struct state_member *members;
	size_t n_members;
};

#define STATE_KIND(verb, members)				\
	{ verb, members, sizeof(members) / sizeof((members)[0]) }

/* ---- writing ---- */

/**
 * struct state_writer
 * @fds: all descriptors that are in it, in their order
 * @error: what went wrong first, a negative errno; then nothing more is written
 */
struct state_writer {
	char *bytes;
	size_t n_bytes;
	size_t room_bytes;
	int *fds;
	size_t n_fds;
	size_t room_fds;
	int error;
};

/** state_begin() - to be undone by state_clear() */
void state_begin(struct state_writer *w);
void state_put(struct state_writer *w, const struct state_kind *kind,
	       const void *object);
/** state_end() - then @bytes are complete. Return: 0; the first error */
int state_end(struct state_writer *w);
void state_clear(struct state_writer *w);

/* ---- reading ---- */

/**
 * struct state_reader
 * @claim: is told each descriptor once; false: it is none that can be meant.
 *         NULL: nobody asks
 * @error: what was wrong first, a negative errno; then there is nothing more
 * @why: the same, for people
 */
struct state_reader {
	const char *bytes;
	size_t n_bytes;
	size_t at;
	struct fields next;
	bool has_next;
	bool (*claim)(void *data, int fd);
	void *data;
	int error;
	char why[STATE_WHY_BYTES];
};

/**
 * state_open() - check version, length and checksum
 * @bytes: outlive the reader
 *
 * Return: 0; -EPROTONOSUPPORT another version; -EBADMSG; with @r->why.
 */
int state_open(struct state_reader *r, const void *bytes, size_t n_bytes);
/** state_is() - is that the next record? */
bool state_is(const struct state_reader *r, const struct state_kind *kind);
/**
 * state_take() - the next record, into an object
 *
 * All members must be in it, no others, each in its range. Strings and bytes it
 * has when it fails are to be freed as well: @object is zeroed before by the
 * caller. Return: 0; the first error.
 */
int state_take(struct state_reader *r, const struct state_kind *kind,
	       void *object);
/** state_fail() - what is there makes no sense; Return: the first error */
int state_fail(struct state_reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** state_close() - Return: 0: all of it was taken; the first error */
int state_close(struct state_reader *r);
