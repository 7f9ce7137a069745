/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * calls.c - method calls that wait for an answer from the system.
 *
 * Each has one ask open at a time, which ends by its deadline at the latest;
 * so every call ends. A client that went away is not waited for, but what was
 * begun for it goes on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "actors/system/control/calls.h"
#include "actors/system/control/clients.h"
#include "actors/system/record_json.h"

int call_begin(struct call **ret, struct client *client,
	       sd_bus_message *message, sd_bus_error *error)
{
	struct control *control = client->control;
	struct call *call;

	if (client->n_calls == CONTROL_CLIENT_CALLS_MAX)
		return sd_bus_error_setf(error,
			errors_name(-EBUSY, ERRORS_SUPERVISOR),
			"%d calls of this connection are open: wait for one",
			CONTROL_CLIENT_CALLS_MAX);

	call = calloc(1, sizeof(*call));
	if (!call)
		return -ENOMEM;

	call->control = control;
	call->client = client;
	call->message = sd_bus_message_ref(message);
	call->next = control->calls;
	control->calls = call;
	client->n_calls++;
	*ret = call;
	return 0;
}

static void end(struct call *call)
{
	struct call **at = &call->control->calls;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;

	if (call->client) {
		call->client->n_calls--;
		clients_flush(call->client);
	}
	actor_reference_drop(call->to);
	sd_bus_message_unref(call->message);
	json_decref(call->array);
	free(call);
}

void calls_clear(struct control *control)
{
	while (control->calls)
		end(control->calls);
}

void calls_orphan(struct control *control, const struct client *client)
{
	for (struct call *call = control->calls; call; call = call->next)
		if (call->client == client)
			call->client = NULL;
}

static void answer(struct call *call, const struct actor_message *message)
{
	call_answer_fn *fail = call->fail ? call->fail : call_fail_from;

	call->fail = NULL;
	if (actor_message_kind(message) == ACTOR_ERROR)
		fail(call, message);
	else
		call->answer(call, message);
}

bool calls_answer(struct control *control, const struct actor_message *message)
{
	uint64_t ask = actor_message_ask(message);

	for (struct call *call = control->calls; call; call = call->next) {
		if (call->ask != ask)
			continue;
		answer(call, message);
		return true;
	}

	return false;
}

void call_ask(struct call *call, struct actor_reference *to,
	      enum errors_source source, const struct actor_outgoing *question,
	      uint64_t timeout_ns, call_answer_fn *answered)
{
	int r;

	if (!to) {
		call_fail(call, -ENOTCONN, source, "the system is starting");
		return;
	}

	r = actor_ask_message(call->control->self, to, question, timeout_ns,
			      &call->ask);
	if (r < 0) {
		call_fail(call, r, source, NULL);
		return;
	}

	actor_reference_keep(to);
	actor_reference_drop(call->to);
	call->to = to;
	call->source = source;
	call->answer = answered;
}

void call_reply(struct call *call, sd_bus_message *reply)
{
	if (!reply) {
		call_fail(call, -ENOMEM, ERRORS_ANY, NULL);
		return;
	}

	if (call->client)
		sd_bus_send(call->client->bus, reply, NULL);
	sd_bus_message_unref(reply);
	end(call);
}

void call_done(struct call *call)
{
	if (call->client)
		sd_bus_reply_method_return(call->message, NULL);
	end(call);
}

void call_text(struct call *call, const char *text, size_t n_bytes)
{
	char *clean = record_json_utf8(text, n_bytes);

	if (!clean) {
		call_fail(call, -ENOMEM, ERRORS_ANY, NULL);
		return;
	}

	if (call->client)
		sd_bus_reply_method_return(call->message, "s", clean);
	free(clean);
	end(call);
}

void call_json(struct call *call, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	if (!text) {
		call_fail(call, -ENOMEM, ERRORS_ANY, NULL);
		return;
	}

	call_text(call, text, strlen(text));
	free(text);
}

void call_fail(struct call *call, int error, enum errors_source source,
	       const char *text)
{
	const char *why = text && *text ? text : strerror(-error);

	if (call->client)
		sd_bus_reply_method_errorf(call->message,
					   errors_name(error, source), "%s",
					   why);
	end(call);
}

void call_fail_from(struct call *call, const struct actor_message *answer)
{
	size_t size;
	const char *payload = actor_message_payload(answer, &size);
	char *text = record_json_utf8(payload, size);

	call_fail(call, actor_message_error(answer), call->source, text);
	free(text);
}
