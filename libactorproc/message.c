// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * message.c - the message of a turn, as the behaviour sees it.
 *
 * A turn costs what its behaviour looks at: the type gets its NUL and the
 * payload its alignment only when somebody asks for them. The packet in the
 * arena is never changed: after a crash it is read again.
 */
#include <string.h>
#include <unistd.h>

#include "libactorproc/arena.h"
#include "libactorproc/message.h"
#include "libactorproc/sealed.h"

void message_begin(struct actor_message *message)
{
	message->answered = false;
	message->stashed = false;
	message->settled = false;
	message->done = false;
}

void message_from_frame(struct actor_message *message, enum actor_kind kind,
			const char *sender, uint64_t key,
			struct pool *pool, struct scratch *scratch)
{
	message->kind = kind;
	message->error = 0;
	message->fd = -1;
	message->events = 0;
	message->sender = sender;
	message->key = key;
	message_begin(message);
	message->has_type = false;
	message->in_scratch = false;
	message->size = frame_size(&message->frame);
	message->n_references = 0;
	message->n_descriptors = 0;
	message->sealed = NULL;
	message->pool = pool;
	message->scratch = scratch;
}

void message_local(struct actor_message *message, enum actor_kind kind,
		   const char *sender, const char *type, const char *text,
		   struct scratch *scratch)
{
	memset(&message->frame, 0, sizeof(message->frame));
	strncpy(message->type, type, ACTOR_TYPE_MAX);
	message->type[ACTOR_TYPE_MAX] = '\0';
	message->frame.type = message->type;
	message->frame.type_length = strlen(message->type);
	message->frame.content_type = ACTOR_CONTENT_TEXT;
	message->frame.payload = text;
	message->frame.payload_bytes = strlen(text);
	message_from_frame(message, kind, sender, 0, NULL, scratch);
	message->has_type = true;
}

static bool is_in_one_piece(const struct actor_message *message)
{
	return message->sealed ||
	       (!(message->frame.flags & ACTOR_FRAME_POOLED) &&
		(uintptr_t)message->frame.payload % 8 == 0);
}

int message_gather(struct actor_message *message)
{
	return is_in_one_piece(message)
		       ? 0 : scratch_need(message->scratch, message->size);
}

void message_add_reference(struct actor_message *message,
			   struct actor_reference *reference)
{
	if (reference)
		actor_reference_keep(reference);
	message->references[message->n_references++] = reference;
}

void message_add_descriptor(struct actor_message *message, int fd)
{
	message->descriptors[message->n_descriptors++] = fd;
}

void message_seal(struct actor_message *message, int fd, const void *bytes)
{
	message->sealed_fd = fd;
	message->sealed = bytes;
}

static void unseal(struct actor_message *message)
{
	if (!message->sealed)
		return;
	sealed_unmap(message->sealed, message->size);
	message->sealed = NULL;
	close(message->sealed_fd);
}

static void close_descriptors(struct actor_message *message)
{
	int fd;

	while (message->n_descriptors) {
		fd = message->descriptors[--message->n_descriptors];
		if (fd >= 0)
			close(fd);
	}
}

void message_end(struct actor_message *message)
{
	if (message->in_scratch)
		scratch_rest(message->scratch);
	message->in_scratch = false;
	while (message->n_references)
		actor_reference_drop(
			message->references[--message->n_references]);
	close_descriptors(message);
	unseal(message);
}

static bool type_is(const struct actor_message *message, const char *type)
{
	size_t length = message->frame.type_length;

	/* no NUL is in a frame's type, so equal bytes are that many bytes */
	return strncmp(type, message->frame.type, length) == 0 &&
	       type[length] == '\0';
}

enum actor_kind actor_message_kind(const struct actor_message *message)
{
	return message->kind;
}

const char *actor_message_type(const struct actor_message *message)
{
	/* what is const to the actor is ours to fill in */
	struct actor_message *m = (struct actor_message *)message;

	if (!m->has_type) {
		memcpy(m->type, m->frame.type, m->frame.type_length);
		m->type[m->frame.type_length] = '\0';
		m->has_type = true;
	}

	return m->type;
}

bool actor_message_is(const struct actor_message *message, const char *type)
{
	return (message->kind == ACTOR_TELL || message->kind == ACTOR_ASK) &&
	       type_is(message, type);
}

bool actor_message_is_tick(const struct actor_message *message, const char *key)
{
	return message->kind == ACTOR_TICK && type_is(message, key);
}

/* Once: what lies in a pool may change under our eyes. */
static void gather(struct actor_message *m)
{
	if (m->frame.flags & ACTOR_FRAME_POOLED)
		pool_read(m->pool, arena_other_end(m->key),
			  frame_pooled(&m->frame), m->scratch->bytes);
	else
		memcpy(m->scratch->bytes, m->frame.payload, m->size);
	m->in_scratch = true;
}

const void *actor_message_payload(const struct actor_message *message,
				  size_t *ret_size)
{
	static const uint64_t nothing;
	struct actor_message *m = (struct actor_message *)message;

	if (ret_size)
		*ret_size = m->size;
	if (!m->size)
		return &nothing;
	if (is_in_one_piece(m))
		return m->sealed ? m->sealed : m->frame.payload;
	if (!m->in_scratch)
		gather(m);

	return m->scratch->bytes;
}

int actor_message_sealed(const struct actor_message *message)
{
	return message->sealed ? message->sealed_fd : -1;
}

unsigned int actor_message_priority(const struct actor_message *message)
{
	return message->key ? message->frame.priority + 1u : 0;
}

enum actor_content actor_message_content(const struct actor_message *message)
{
	return (enum actor_content)message->frame.content_type;
}

const char *actor_message_sender(const struct actor_message *message)
{
	return message->sender;
}

uint64_t actor_message_sender_life(const struct actor_message *message)
{
	return message->sender_life;
}

uint32_t actor_message_attempt(const struct actor_message *message)
{
	return message->frame.attempt;
}

uint64_t actor_message_ask(const struct actor_message *message)
{
	if (message->kind != ACTOR_REPLY && message->kind != ACTOR_ERROR)
		return 0;

	return message->frame.ask_id;
}

int actor_message_error(const struct actor_message *message)
{
	return message->error;
}

uint64_t actor_message_deadline_ns(const struct actor_message *message)
{
	return message->kind == ACTOR_ASK ? message->frame.deadline_ns : 0;
}

int actor_message_fd(const struct actor_message *message)
{
	return message->fd;
}

uint32_t actor_message_events(const struct actor_message *message)
{
	return message->events;
}

size_t actor_message_n_references(const struct actor_message *message)
{
	return message->n_references;
}

struct actor_reference *
actor_message_reference(const struct actor_message *message, size_t index)
{
	return index < message->n_references ? message->references[index]
					     : NULL;
}

size_t actor_message_n_descriptors(const struct actor_message *message)
{
	return message->n_descriptors;
}

int actor_message_descriptor(const struct actor_message *message, size_t index)
{
	return index < message->n_descriptors ? message->descriptors[index]
					      : -1;
}

int actor_message_take_descriptor(const struct actor_message *message,
				  size_t index)
{
	/* what is const to the actor is ours to change */
	struct actor_message *m = (struct actor_message *)message;
	int fd = actor_message_descriptor(message, index);

	if (fd >= 0)
		m->descriptors[index] = -1;

	return fd;
}
