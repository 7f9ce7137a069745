/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * message.h - the message of a turn, as the behaviour sees it.
 *
 * Made from a frame in the arena or from something that happened here (a tick,
 * a readable descriptor, an ask that failed).
 */
#pragma once

#include "libactorproc/actorproc.h"
#include "libactorproc/frame.h"

/**
 * struct actor_message - see the accessors in actorproc.h
 * @key: the edge it came by; 0: from this process itself
 * @sender_life: see actor_message_sender_life(); set by who begins it
 * @frame: all it says; the type of a local one is in @type already
 * @answered: the ask needs no answer (any more)
 * @has_type: @type is the frame's type with a NUL
 * @room: ACTOR_PAYLOAD_MAX bytes, aligned, for a payload that is not
 */
struct actor_message {
	enum actor_kind kind;
	int error;
	int fd;
	uint32_t events;
	const char *sender;
	uint64_t key;
	uint64_t sender_life;
	struct frame frame;
	bool answered;
	bool has_type;
	bool in_room;
	size_t n_references;
	void *room;
	struct actor_reference *references[ACTOR_REFERENCES_MAX];
	char type[ACTOR_TYPE_MAX + 1];
};

/**
 * message_from_frame() - begin one for @message->frame, already in place
 * @room: see above
 */
void message_from_frame(struct actor_message *message, enum actor_kind kind,
			const char *sender, uint64_t key, void *room);
/** message_local() - begin one of our own; @type is copied, @text is not */
void message_local(struct actor_message *message, enum actor_kind kind,
		   const char *sender, const char *type, const char *text,
		   void *room);
/** message_add_reference() - it comes along, counted; NULL: refused */
void message_add_reference(struct actor_message *message,
			   struct actor_reference *reference);
/** message_end() - its turn is over */
void message_end(struct actor_message *message);
