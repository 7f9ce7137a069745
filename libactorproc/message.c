// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * message.c - the message of a turn, as the behaviour sees it.
 *
 * A turn costs what its behaviour looks at: the type gets its NUL and the
 * payload its alignment only when somebody asks for them. The packet in the
 * arena is never changed: after a crash it is read again.
 */
#include <string.h>

#include "libactorproc/message.h"

void message_from_frame(struct actor_message *message, enum actor_kind kind,
			const char *sender, uint64_t key, void *room)
{
	message->kind = kind;
	message->error = 0;
	message->fd = -1;
	message->events = 0;
	message->sender = sender;
	message->key = key;
	message->answered = false;
	message->has_type = false;
	message->in_room = false;
	message->n_references = 0;
	message->room = room;
}

void message_local(struct actor_message *message, enum actor_kind kind,
		   const char *sender, const char *type, const char *text,
		   void *room)
{
	message_from_frame(message, kind, sender, 0, room);
	memset(&message->frame, 0, sizeof(message->frame));
	strncpy(message->type, type, ACTOR_TYPE_MAX);
	message->type[ACTOR_TYPE_MAX] = '\0';
	message->has_type = true;
	message->frame.type = message->type;
	message->frame.type_length = strlen(message->type);
	message->frame.content_type = ACTOR_CONTENT_TEXT;
	message->frame.payload = text;
	message->frame.payload_bytes = strlen(text);
}

void message_add_reference(struct actor_message *message,
			   struct actor_reference *reference)
{
	if (reference)
		actor_reference_keep(reference);
	message->references[message->n_references++] = reference;
}

void message_end(struct actor_message *message)
{
	while (message->n_references)
		actor_reference_drop(
			message->references[--message->n_references]);
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

const void *actor_message_payload(const struct actor_message *message,
				  size_t *ret_size)
{
	struct actor_message *m = (struct actor_message *)message;

	if (ret_size)
		*ret_size = m->frame.payload_bytes;
	if (!m->frame.payload_bytes || m->in_room)
		return m->room;
	if ((uintptr_t)m->frame.payload % 8 == 0)
		return m->frame.payload;
	memcpy(m->room, m->frame.payload, m->frame.payload_bytes);
	m->in_room = true;

	return m->room;
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
