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
#include "libactorproc/pool.h"
#include "libactorproc/scratch.h"

/**
 * struct actor_message - see the accessors in actorproc.h
 * @key: the edge it came by; 0: from this process itself
 * @sender_life: see actor_message_sender_life(); set by who begins it
 * @frame: all it says; the type of a local one is in @type already
 * @answered: the ask needs no answer (any more)
 * @stashed: it waits in the stash, and is not handled yet
 * @settled: it is stashed, or a dead letter: this turn does not handle it
 * @done: and that is committed: it is in hand no more
 * @has_type: @type is the frame's type with a NUL
 * @size: bytes of payload, wherever it is
 * @pool: where a payload is that is in no packet
 * @descriptors: @n_descriptors that came along; -1: taken
 * @sealed_fd: has its payload, which is mapped at @sealed; else that is NULL
 * @in_scratch: it has been copied into @scratch, which holds it in one piece
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
	bool stashed;
	bool settled;
	bool done;
	bool has_type;
	bool in_scratch;
	size_t size;
	size_t n_references;
	struct pool *pool;
	struct scratch *scratch;
	struct actor_reference *references[ACTOR_REFERENCES_MAX];
	size_t n_descriptors;
	int descriptors[ACTOR_DESCRIPTORS_MAX];
	int sealed_fd;
	const void *sealed;
	char type[ACTOR_TYPE_MAX + 1];
};

/** message_begin() - nothing has been done with it yet */
void message_begin(struct actor_message *message);
/** message_from_frame() - begin one for @message->frame, already in place */
void message_from_frame(struct actor_message *message, enum actor_kind kind,
			const char *sender, uint64_t key,
			struct pool *pool, struct scratch *scratch);
/** message_local() - begin one of our own; @type is copied, @text is not */
void message_local(struct actor_message *message, enum actor_kind kind,
		   const char *sender, const char *type, const char *text,
		   struct scratch *scratch);
/** message_gather() - room for its payload in one piece; 0; -ENOMEM */
int message_gather(struct actor_message *message);
/** message_add_reference() - it comes along, counted; NULL: refused */
void message_add_reference(struct actor_message *message,
			   struct actor_reference *reference);
/** message_add_descriptor() - it comes along, and is closed at the end */
void message_add_descriptor(struct actor_message *message, int fd);
/** message_seal() - @bytes of @fd are its payload, and it owns both */
void message_seal(struct actor_message *message, int fd, const void *bytes);
/** message_end() - its turn is over */
void message_end(struct actor_message *message);
