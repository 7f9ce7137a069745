/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * letter.h - what somebody reported, as a record for the journal.
 *
 * Decides what of a report is believed: who sent it is known from its edge, a
 * supervisor is believed, an actor only about itself. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actorproc/messages.h>

#include "actors/system/dead-letters/seen.h"
#include "actors/system/records.h"

/* so that its JSON line, six bytes for each at worst, fits into 64 KiB */
#define LETTER_BYTES_MAX 8192

/** enum letter_kind - the kinds of <actorproc/messages.h> */
enum letter_kind {
#define X(symbol, name, id, priority) LETTER_##symbol,
	ACTOR_RECORD_KINDS(X)
#undef X
};

/**
 * struct letter - one record, ready for the journal
 * @count: how many messages it stands for
 * @hearsay: an actor said it of somebody else
 * @numbered: it is of one message, which @word identifies; that points into the
 *	report and at who sent it
 * @path, @type, @reason, @from: never NULL; point into @bytes, or are ""
 * @bytes: a list of journal fields with the verb "write"
 */
struct letter {
	enum letter_kind kind;
	uint64_t count;
	bool hearsay;
	bool numbered;
	struct seen_word word;
	const char *path;
	const char *type;
	const char *reason;
	const char *from;
	size_t n_bytes;
	char bytes[LETTER_BYTES_MAX];
};

/**
 * letter_read() - a report that came in
 * @dead: it came as a "dead-letter", not as a "record"
 * @sender: the path its edge was minted for; ends in '/' for a supervisor
 * @system: name of the system
 *
 * Return: 0; -EBADMSG for one that says nothing we could believe.
 */
int letter_read(struct letter *ret, const struct record *report, bool dead,
		const char *sender, const char *system);
/**
 * letter_write() - a record of our own: believed, whatever it says
 */
void letter_write(struct letter *ret, enum letter_kind kind,
		  const struct record *report, const char *system);
