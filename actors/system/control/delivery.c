/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * delivery.c - methods that send a message to an actor.
 *
 * First a reference to it, from the supervisor, once a path; then the message
 * like anybody's. The actor sees /system/control as its sender.
 */
#include <errno.h>
#include <string.h>

#include "actors/system/control/calls.h"
#include "actors/system/control/clients.h"
#include "actors/system/control/delivery.h"
#include "actors/system/control/references.h"
#include "actors/system/records.h"

#define REFERENCE_NS UINT64_C(10000000000)
#define TIMEOUT_MAX_US (UINT64_C(24) * 3600 * 1000000)

static void answer_handled(struct call *call,
			   const struct actor_message *answer)
{
	(void)answer;
	call_done(call);
}

static void answer_reply(struct call *call, const struct actor_message *answer)
{
	sd_bus_message *reply = NULL;
	size_t size;
	const void *payload = actor_message_payload(answer, &size);
	int r;

	r = sd_bus_message_new_method_return(call->message, &reply);
	if (r >= 0)
		r = sd_bus_message_append(reply, "sy",
					  actor_message_type(answer),
					  (int)actor_message_content(answer));
	if (r >= 0)
		r = sd_bus_message_append_array(reply, 'y', payload, size);
	if (r < 0)
		reply = sd_bus_message_unref(reply);

	call_reply(call, reply);
}

static void deliver(struct call *call, struct actor_reference *to)
{
	const struct actor_outgoing message = {
		.type = call->type,
		.payload = call->payload,
		.size = call->size,
		.content = (enum actor_content)call->content,
		.receipt = call->mode == CALL_TELL_WAIT,
	};
	int r;

	switch (call->mode) {
	case CALL_ASK:
		call_ask(call, to, ERRORS_ACTOR, &message,
			 call->timeout_us * 1000, answer_reply);
		return;
	case CALL_TELL_WAIT:
		call_ask(call, to, ERRORS_ACTOR, &message,
			 call->timeout_us * 1000, answer_handled);
		return;
	case CALL_TELL:
		break;
	}

	r = actor_tell_message(call->control->self, to, &message);
	if (r < 0) {
		call_fail(call, r, ERRORS_ACTOR, NULL);
		return;
	}
	/* the client hears of it now, and may count on it from then on */
	actor_flush(call->control->self);
	call_done(call);
}

/* nobody else will know that this message was ever meant for somebody */
static void make_dead_letter(const struct call *call)
{
	char bytes[2048];
	struct records_writer w;

	if (!call->control->dead_letters)
		return;

	records_begin(&w, bytes, sizeof(bytes), "record");
	records_put(&w, "KIND", "dead-letter");
	records_put(&w, "ROLE", "sender");
	records_put(&w, "PATH", call->path);
	records_put(&w, "TYPE", call->type);
	records_put_u64(&w, "SIZE", call->size);
	records_put(&w, "REASON", "terminated");
	actor_tell(call->control->self, call->control->dead_letters,
		   "dead-letter", bytes, w.length_bytes);
}

static void answer_reference(struct call *call,
			     const struct actor_message *answer)
{
	struct actor_reference *to = actor_message_reference(answer, 0);

	if (!to) {
		call_fail(call, -EAGAIN, ERRORS_SUPERVISOR,
			  "no reference came");
		return;
	}

	references_put(call->control, call->path, to);
	deliver(call, to);
}

static void fail_reference(struct call *call,
			   const struct actor_message *answer)
{
	if (actor_message_error(answer) == -ESRCH)
		make_dead_letter(call);
	call_fail_from(call, answer);
}

static void find_and_deliver(struct call *call)
{
	struct actor_reference *to =
		references_find(call->control, call->path);
	char bytes[2048];
	struct records_writer w;

	if (to) {
		deliver(call, to);
		return;
	}

	records_begin(&w, bytes, sizeof(bytes), "reference");
	records_put(&w, "PATH", call->path);
	if (w.overflow) {
		call_fail(call, -ENOENT, ERRORS_SUPERVISOR, NULL);
		return;
	}

	call->fail = fail_reference;
	call_ask(call, call->control->supervisor, ERRORS_SUPERVISOR,
		 &(struct actor_outgoing) {
			.type = "reference",
			.payload = bytes,
			.size = w.length_bytes,
		 }, REFERENCE_NS, answer_reference);
}

static int read_message(sd_bus_message *m, struct call *call)
{
	int r = sd_bus_message_read(m, "ssy", &call->path, &call->type,
				    &call->content);

	if (r < 0)
		return r;

	return sd_bus_message_read_array(m, 'y', &call->payload, &call->size);
}

/* what the library would refuse anyway, in words */
static const char *find_fault(const struct call *call)
{
	if (call->path[0] != '/')
		return "a path begins with /";
	if (!call->type[0] || strlen(call->type) > ACTOR_TYPE_MAX)
		return "a type has 1 to 127 bytes";
	for (const char *c = call->type; *c; c++)
		if (*c <= ' ' || *c > '~')
			return "a type is printable ASCII without space";
	if (call->content > ACTOR_CONTENT_CBOR)
		return "content is 0 bytes, 1 text, 2 JSON or 3 CBOR";
	if (call->size > ACTOR_PAYLOAD_MAX)
		return "a payload has at most 64 MiB";
	if (call->timeout_us > TIMEOUT_MAX_US)
		return "a timeout is at most a day, in microseconds";

	return NULL;
}

static int begin(const struct call *draft, struct client *client,
		 sd_bus_message *m, sd_bus_error *error)
{
	const char *fault = find_fault(draft);
	struct call *call;
	int r;

	if (fault)
		return sd_bus_error_set(error,
			errors_name(-EINVAL, ERRORS_SUPERVISOR), fault);

	r = call_begin(&call, client, m, error);
	if (r < 0)
		return r;

	call->path = draft->path;
	call->type = draft->type;
	call->content = draft->content;
	call->payload = draft->payload;
	call->size = draft->size;
	call->mode = draft->mode;
	call->timeout_us = draft->timeout_us;
	find_and_deliver(call);
	return 1;
}

int delivery_method_tell(sd_bus_message *m, void *userdata,
			 sd_bus_error *error)
{
	struct call draft = { .mode = CALL_TELL };
	int wait, r;

	r = read_message(m, &draft);
	if (r >= 0)
		r = sd_bus_message_read(m, "bt", &wait, &draft.timeout_us);
	if (r < 0)
		return r;

	if (wait)
		draft.mode = CALL_TELL_WAIT;
	return begin(&draft, userdata, m, error);
}

int delivery_method_ask(sd_bus_message *m, void *userdata,
			sd_bus_error *error)
{
	struct call draft = { .mode = CALL_ASK };
	int r;

	r = read_message(m, &draft);
	if (r >= 0)
		r = sd_bus_message_read(m, "t", &draft.timeout_us);
	if (r < 0)
		return r;

	return begin(&draft, userdata, m, error);
}
