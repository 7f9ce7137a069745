/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * calls.h - method calls that wait for an answer from the system.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <systemd/sd-bus.h>

#include "actors/system/control/control.h"
#include "actors/system/control/errors.h"

/** call_answer_fn - its ask got a reply or an error: ask on, or end the call */
typedef void call_answer_fn(struct call *call,
			    const struct actor_message *answer);

/** enum call_mode - of a message to an actor: what to wait for */
enum call_mode {
	CALL_TELL,
	CALL_TELL_WAIT,
	CALL_ASK,
};

/**
 * struct call - one of them
 * @client: who called; NULL when gone meanwhile
 * @message: the method call; what the members below point to lives in it
 * @to: whom the open ask went to, kept for it; may be NULL
 * @fail: instead of call_fail_from(), for the ask that is put next
 * @row: of who began the call: which of its methods this is
 * @array: answers gathered so far, when they come in pieces
 */
struct call {
	struct call *next;
	struct control *control;
	struct client *client;
	sd_bus_message *message;
	uint64_t ask;
	struct actor_reference *to;
	enum errors_source source;
	call_answer_fn *answer;
	call_answer_fn *fail;
	const void *row;
	const char *path;
	const char *type;
	const char *reason;
	const void *payload;
	size_t size;
	uint8_t content;
	enum call_mode mode;
	uint64_t timeout_us;
	uint64_t since_us;
	uint64_t limit;
	json_t *array;
};

/** calls_answer() - a reply or an error came; was it for a call? */
bool calls_answer(struct control *control, const struct actor_message *message);
/** calls_orphan() - a client is gone */
void calls_orphan(struct control *control, const struct client *client);
/** calls_clear() - the actor ends */
void calls_clear(struct control *control);

/**
 * call_begin() - a method call that will be answered later
 *
 * Return: 0; or what its handler has to return: @error is set when @client has
 * too many open.
 */
int call_begin(struct call **ret, struct client *client,
	       sd_bus_message *message, sd_bus_error *error);
/**
 * call_ask() - put the next question of a call; @answer is called with what
 * comes back
 *
 * When it cannot be sent the call ends with that error, and @call is gone.
 */
void call_ask(struct call *call, struct actor_reference *to,
	      enum errors_source source, const struct actor_outgoing *question,
	      uint64_t timeout_ns, call_answer_fn *answer);
/** call_reply() - end it with a reply (consumed; NULL: no memory) */
void call_reply(struct call *call, sd_bus_message *reply);
/** call_done() - end it with an empty reply */
void call_done(struct call *call);
/** call_text() - end it with a reply of one string, made fit for D-Bus */
void call_text(struct call *call, const char *text, size_t n_bytes);
/** call_json() - end it with JSON text (consumed; NULL: no memory) */
void call_json(struct call *call, json_t *json);
/** call_fail() - end it with an error; @text may be NULL */
void call_fail(struct call *call, int error, enum errors_source source,
	       const char *text);
/** call_fail_from() - end it with the error that came as an answer */
void call_fail_from(struct call *call, const struct actor_message *answer);
