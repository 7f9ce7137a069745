// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * letters.c - dead letters and records, as part of a turn.
 *
 * Only says what happened; who it is about is checked by the receiver against
 * the edge it came by. What finds no room is counted, and told of by the next
 * one that does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libactorproc/letters.h"
#include "libactorproc/messages.h"
#include "libactorproc/outbox.h"
#include "libactorproc/turn.h"

#define LETTER_BYTES 4096

enum record_kind {
#define X(symbol, name, id, priority) RECORD_##symbol,
	ACTOR_RECORD_KINDS(X)
#undef X
};

static const char *const record_names[] = {
#define X(symbol, name, id, priority) [RECORD_##symbol] = name,
	ACTOR_RECORD_KINDS(X)
#undef X
};

static const int record_priorities[] = {
#define X(symbol, name, id, priority) [RECORD_##symbol] = priority,
	ACTOR_RECORD_KINDS(X)
#undef X
};

static const char *const reason_names[] = {
#define X(symbol, name) [LETTER_##symbol] = name,
	LETTER_REASONS(X)
#undef X
};

/** struct letter - a list under way */
struct letter {
	struct fields_writer w;
	char bytes[LETTER_BYTES];
};

static void begin(struct letter *letter, enum record_kind kind)
{
	fields_begin(&letter->w, letter->bytes, sizeof(letter->bytes),
		     "record");
	fields_put(&letter->w, "KIND", record_names[kind]);
}

static void put_self(struct letter *letter, const struct actor *self)
{
	fields_put(&letter->w, "PATH", self->path);
	fields_put_u64(&letter->w, "LIFE", self->life);
	fields_put_u64(&letter->w, "GENERATION", self->generation);
}

static void put_priority(struct letter *letter, enum record_kind kind)
{
	fields_put_u64(&letter->w, "PRIORITY",
		       (uint64_t)record_priorities[kind]);
}

static void put_message(struct letter *letter, const struct frame *frame,
			enum letter_reason reason)
{
	const uint64_t *trace = frame->trace;

	fields_put_format(&letter->w, "TYPE", "%.*s", (int)frame->type_length,
			  frame->type);
	fields_put_u64(&letter->w, "SIZE", frame_size(frame));
	fields_put(&letter->w, "REASON", reason_names[reason]);
	if (trace[0] || trace[1])
		fields_put_format(&letter->w, "TRACE", "%016llx%016llx",
				  (unsigned long long)trace[0],
				  (unsigned long long)trace[1]);
	put_priority(letter, RECORD_DEAD_LETTER);
}

static void put_time_in_hand(struct letter *letter, const struct actor *self)
{
	uint64_t begun_ns = arena_time_seen(self->arena);

	fields_put_u64(&letter->w, "IN_HAND_MS",
		       (loop_tick() - begun_ns) / 1000000);
}

static int post(struct actor *self, const struct letter *letter,
		const char *type)
{
	const struct actor_reference *to = promise_find(self, "dead-letters");
	const struct frame frame = {
		.kind = FRAME_TELL,
		.priority = ACTOR_PRIORITY_NORMAL,
		.content_type = ACTOR_CONTENT_BYTES,
		.type = type,
		.type_length = strlen(type),
		.payload = letter->bytes,
		.payload_bytes = letter->w.length_bytes,
	};

	if (letter->w.overflow)
		return -EMSGSIZE;
	if (!to && self->promise.key)
		return -ENOSPC;
	if (!to || !to->edge)
		return 0;

	return outbox_post(self, to->edge->key, &frame, true);
}

static void tell_of_lost_letters(struct actor *self)
{
	struct letter letter;

	if (!self->n_lost_letters)
		return;
	begin(&letter, RECORD_LOST);
	put_self(&letter, self);
	fields_put_u64(&letter.w, "COUNT", self->n_lost_letters);
	put_priority(&letter, RECORD_LOST);
	fields_put_format(&letter.w, "TEXT",
			  "%s had no room for %llu dead letters", self->path,
			  (unsigned long long)self->n_lost_letters);
	if (post(self, &letter, "record") == 0)
		self->n_lost_letters = 0;
}

void letters_settle(struct actor *self)
{
	if (!self->n_lost_letters)
		return;
	turn_open(self, false);
	tell_of_lost_letters(self);
	turn_close(self);
}

static void send_letter(struct actor *self, const struct letter *letter,
			const char *type)
{
	tell_of_lost_letters(self);
	if (post(self, letter, type) < 0)
		self->n_lost_letters++;
}

/* told again, by who comes after us or to who comes after its reader, it is no
 * other letter */
static void put_place(struct letter *letter, uint64_t key, bool came,
		      uint64_t number)
{
	bool holder = (arena_key_end(key) == EDGE_HOLDER) == came;

	fields_put_u64(&letter->w, "EDGE", arena_key_id(key));
	fields_put(&letter->w, "TO", holder ? "holder" : "target");
	fields_put_u64(&letter->w, "NUMBER", number);
}

void letters_received(struct actor *self, const struct frame *frame,
		      const char *sender, uint64_t key,
		      enum letter_reason reason, const char *cause)
{
	struct letter letter;

	arena_turn_dead(self->arena);
	begin(&letter, RECORD_DEAD_LETTER);
	fields_put(&letter.w, "ROLE", "receiver");
	put_self(&letter, self);
	fields_put(&letter.w, "SENDER", sender);
	put_message(&letter, frame, reason);
	if (key)
		put_place(&letter, key, true, frame->number);
	fields_put(&letter.w, "CAUSE", cause);
	if (reason == LETTER_CRASHED)
		put_time_in_hand(&letter, self);
	fields_put_format(&letter.w, "TEXT",
			  "%s will not handle %.*s from %s: %s%s%s",
			  self->path, (int)frame->type_length, frame->type,
			  *sender ? sender : "somebody gone",
			  reason_names[reason], cause ? ", " : "",
			  cause ? cause : "");
	send_letter(self, &letter, "dead-letter");
}

bool letters_wait(const struct actor *self)
{
	const struct actor_reference *to =
		references_find(&self->references, "dead-letters");

	return to && to->edge && (to->edge->full || to->edge->promised);
}

void letters_unsent(struct actor *self, const struct frame *frame,
		    const char *target, enum letter_reason reason,
		    const struct letters_place *place)
{
	struct letter letter;

	begin(&letter, RECORD_DEAD_LETTER);
	fields_put(&letter.w, "ROLE", "sender");
	fields_put(&letter.w, "PATH", target);
	fields_put(&letter.w, "SENDER", self->path);
	put_message(&letter, frame, reason);
	if (place)
		put_place(&letter, place->key, false, place->number);
	fields_put_format(&letter.w, "TEXT", "%s never got %.*s from %s: %s",
			  target ? target : "somebody gone",
			  (int)frame->type_length, frame->type, self->path,
			  reason_names[reason]);
	send_letter(self, &letter, "dead-letter");
}

void letters_malformed(struct actor *self, const char *sender,
		       const char *what)
{
	struct letter letter;

	begin(&letter, RECORD_MALFORMED);
	put_self(&letter, self);
	fields_put(&letter.w, "SENDER", sender);
	put_priority(&letter, RECORD_MALFORMED);
	fields_put_format(&letter.w, "TEXT",
			  "%s closed its edge with %s, which sent %s",
			  self->path, sender, what);
	send_letter(self, &letter, "record");
}

void letters_gap(struct actor *self, const char *sender, uint64_t n_messages)
{
	struct letter letter;

	begin(&letter, RECORD_LOST);
	put_self(&letter, self);
	fields_put(&letter.w, "SENDER", sender);
	fields_put_u64(&letter.w, "COUNT", n_messages);
	put_priority(&letter, RECORD_LOST);
	fields_put_format(&letter.w, "TEXT",
			  "%llu messages from %s never reached %s",
			  (unsigned long long)n_messages, sender, self->path);
	send_letter(self, &letter, "record");
}

int letters_log(struct actor *self, int priority, const char *text)
{
	struct letter letter;

	begin(&letter, RECORD_LOG);
	put_self(&letter, self);
	fields_put_u64(&letter.w, "PRIORITY", (uint64_t)priority);
	fields_put(&letter.w, "TEXT", text);

	return post(self, &letter, "record");
}
