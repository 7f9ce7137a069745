/* SPDX-License-Identifier: 0BSD */
/*
 * vpn-core.c - what the daemon's users talk to.
 *
 *	ask status
 *		status: {"state": "connected", "relay": {…} or null,
 *			 "attempt": N, "generation": N, "handled": […]}
 *	ask or tell connect COUNTRY	se, "se" or {"country": "se"}
 *		connected: as status
 *		error: -EINVAL; -ECANCELED overtaken; or what selector says
 *	ask or tell disconnect
 *		status: as above
 *	ask relays [COUNTRY]
 *		relays: what relays says
 *
 * The target state lives in memory. To connect to the same country again is the
 * next attempt. "handled" names the last requests of this generation in order.
 */
#include <actorproc.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "demo.h"
#include "json_message.h"

#define N_HANDLED 8
#define N_PENDING_MAX 64
#define HANDLED_MAX 32

/* an ask of ours that somebody's request waits for */
struct pending {
	uint64_t ask;			/* 0: this row is free */
	uint64_t token;			/* 0: nobody wants the answer */
	bool connect;
};

struct core {
	json_t *relay;			/* NULL: disconnected */
	char country[3];		/* where to, and the how manieth try */
	uint32_t attempt;
	uint64_t latest_connect;	/* the ask whose answer counts */
	struct pending pending[N_PENDING_MAX];
	char handled[N_HANDLED][HANDLED_MAX];
	size_t n_handled;
};

static void note_handled(struct core *core, const char *what,
			 const char *country)
{
	char *row = core->handled[core->n_handled++ % N_HANDLED];

	snprintf(row, HANDLED_MAX, "%s%s%s", what, country ? " " : "",
		 country ? country : "");
}

static json_t *handled_json(const struct core *core)
{
	json_t *array = json_array();
	size_t i = core->n_handled > N_HANDLED ? core->n_handled - N_HANDLED : 0;

	for (; i < core->n_handled; i++)
		json_array_append_new(
			array, json_string(core->handled[i % N_HANDLED]));

	return array;
}

static json_t *status_json(struct actor *self)
{
	const struct core *core = actor_state(self);

	return json_pack("{ss sO? sI sI so}", "state",
			 core->relay ? "connected" : "disconnected", "relay",
			 core->relay, "attempt", (json_int_t)core->attempt,
			 "generation", (json_int_t)actor_generation(self),
			 "handled", handled_json(core));
}

/* ---- what was asked of others ------------------------------------------- */

static struct pending *find_pending(struct core *core, uint64_t ask)
{
	size_t i;

	for (i = 0; i < N_PENDING_MAX; i++) {
		if (core->pending[i].ask == ask)
			return &core->pending[i];
	}

	return NULL;
}

/* Asks on behalf of the request of this turn. */
static int pass_request(struct actor *self, const char *to, const char *type,
			json_t *json, struct pending *ret_pending)
{
	struct core *core = actor_state(self);
	struct pending *pending = find_pending(core, 0);
	uint64_t ask;
	int r;

	if (!pending) {
		json_decref(json);
		return actor_error(self, -EBUSY, "too many requests wait");
	}

	r = json_message_ask(self, actor_reference(self, to), type, json, 0,
			     &ask);
	if (r < 0)
		return actor_error(self, r, "cannot ask now");

	ret_pending->ask = ask;
	ret_pending->token = actor_defer(self);
	*pending = *ret_pending;
	if (pending->connect)
		core->latest_connect = ask;

	return 0;
}

/* An answer that was overtaken by another request changes nothing. */
static int take_relay(struct actor *self, const struct pending *pending,
		      const struct actor_message *message)
{
	struct core *core = actor_state(self);

	if (pending->ask != core->latest_connect)
		return pending->token == 0 ? 0 :
			actor_error_to(self, pending->token, -ECANCELED,
				       "a later request overtook it");

	json_decref(core->relay);
	core->relay = json_message_load(message);
	if (pending->token == 0)
		return 0;

	return json_message_reply_to(self, pending->token, "connected",
				     status_json(self));
}

static int take_reply(struct actor *self, const struct actor_message *message)
{
	struct core *core = actor_state(self);
	struct pending *row, pending;

	row = find_pending(core, actor_message_ask(message));
	if (!row)
		return 0;
	pending = *row;
	*row = (struct pending){ 0 };

	if (pending.connect)
		return take_relay(self, &pending, message);
	if (pending.token == 0)
		return 0;

	return json_message_pass_on(self, pending.token, message);
}

static int take_error(struct actor *self, const struct actor_message *message)
{
	struct core *core = actor_state(self);
	struct pending *row, pending;
	char text[128];
	size_t n_bytes;
	const char *bytes = actor_message_payload(message, &n_bytes);

	row = find_pending(core, actor_message_ask(message));
	if (!row)
		return 0;
	pending = *row;
	*row = (struct pending){ 0 };
	if (pending.token == 0)
		return 0;

	snprintf(text, sizeof(text), "%.*s",
		 (int)(n_bytes < sizeof(text) ? n_bytes : sizeof(text)), bytes);

	return actor_error_to(self, pending.token,
			      actor_message_error(message), text);
}

/* ---- what users ask ------------------------------------------------------ */

static bool read_country(char ret[3], const struct actor_message *message)
{
	json_auto_t *json = json_message_load(message);
	const char *country = json_string_value(json);

	if (!country)
		country = json_string_value(json_object_get(json, "country"));
	if (!country || strlen(country) != 2)
		return false;

	memcpy(ret, country, 3);

	return true;
}

static int connect_country(struct actor *self,
			   const struct actor_message *message)
{
	struct core *core = actor_state(self);
	struct pending pending = { .connect = true };
	char country[3];

	if (!read_country(country, message))
		return actor_error(self, -EINVAL, "want a country, as: se");

	note_handled(core, "connect", country);
	core->attempt = strcmp(country, core->country) == 0 ?
				core->attempt + 1 : 0;
	memcpy(core->country, country, sizeof(core->country));

	return pass_request(self, "selector", "select",
			    json_pack("{ss sI}", "country", country, "attempt",
				      (json_int_t)core->attempt),
			    &pending);
}

static int answer_status(struct actor *self,
			 const struct actor_message *message)
{
	if (actor_message_kind(message) != ACTOR_ASK)
		return 0;

	return json_message_reply(self, "status", status_json(self));
}

static int disconnect(struct actor *self, const struct actor_message *message)
{
	struct core *core = actor_state(self);

	note_handled(core, "disconnect", NULL);
	json_decref(core->relay);
	core->relay = NULL;
	core->country[0] = '\0';
	core->attempt = 0;
	core->latest_connect = 0;

	return answer_status(self, message);
}

static int relays(struct actor *self, const struct actor_message *message)
{
	struct pending pending = { 0 };
	json_t *json = json_message_load(message);

	return pass_request(self, "relays", "relays",
			    json ? json : json_null(), &pending);
}

static int receive(struct actor *self, const struct actor_message *message)
{
	if (actor_message_kind(message) == ACTOR_REPLY)
		return take_reply(self, message);
	if (actor_message_kind(message) == ACTOR_ERROR)
		return take_error(self, message);
	if (actor_message_is(message, "status"))
		return answer_status(self, message);
	if (actor_message_is(message, "connect"))
		return connect_country(self, message);
	if (actor_message_is(message, "disconnect"))
		return disconnect(self, message);
	if (actor_message_is(message, "relays"))
		return relays(self, message);

	return demo_receive(message);
}

static void stop(struct actor *self)
{
	struct core *core = actor_state(self);

	json_decref(core->relay);
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct core),
		.receive = receive,
		.stop = stop,
	};

	json_message_init();
	return actor_main(&class, argc, argv);
}
