/* SPDX-License-Identifier: 0BSD */
/*
 * json_message.c - messages of actors with JSON (jansson) as their payload.
 *
 * It knows no type of message and what none of them means.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "json_message.h"

/* it would open /dev/urandom with its first object */
void json_message_init(void)
{
	size_t seed = 0;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = 0;
	json_object_seed(seed);
}

json_t *json_message_load(const struct actor_message *message)
{
	size_t n_bytes;
	const char *bytes = actor_message_payload(message, &n_bytes);
	json_t *json;

	if (n_bytes == 0)
		return NULL;

	json = json_loadb(bytes, n_bytes,
			  JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

	return json ? json : json_stringn(bytes, n_bytes);
}

/* Makes what is to be sent; its payload is the caller's to free(). */
static int prepare(struct actor_outgoing *ret, const char *type, json_t *json)
{
	char *text;

	text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	json_decref(json);
	if (!text)
		return -ENOMEM;

	*ret = (struct actor_outgoing){
		.type = type,
		.payload = text,
		.size = strlen(text),
		.content = ACTOR_CONTENT_JSON,
	};

	return 0;
}

int json_message_reply(struct actor *self, const char *type, json_t *json)
{
	struct actor_outgoing outgoing;
	int r;

	r = prepare(&outgoing, type, json);
	if (r < 0)
		return r;

	r = actor_reply_message(self, &outgoing);
	free((void *)outgoing.payload);

	return r;
}

int json_message_reply_to(struct actor *self, uint64_t token, const char *type,
			  json_t *json)
{
	struct actor_outgoing outgoing;
	int r;

	r = prepare(&outgoing, type, json);
	if (r < 0)
		return r;

	r = actor_reply_to(self, token, &outgoing);
	free((void *)outgoing.payload);

	return r;
}

int json_message_tell(struct actor *self, struct actor_reference *to,
		      const char *type, json_t *json)
{
	struct actor_outgoing outgoing;
	int r;

	r = prepare(&outgoing, type, json);
	if (r < 0)
		return r;

	r = actor_tell_message(self, to, &outgoing);
	free((void *)outgoing.payload);

	return r;
}

int json_message_ask(struct actor *self, struct actor_reference *to,
		     const char *type, json_t *json, uint64_t timeout_ns,
		     uint64_t *ret_ask)
{
	struct actor_outgoing outgoing;
	int r;

	r = prepare(&outgoing, type, json);
	if (r < 0)
		return r;

	r = actor_ask_message(self, to, &outgoing, timeout_ns, ret_ask);
	free((void *)outgoing.payload);

	return r;
}

int json_message_pass_on(struct actor *self, uint64_t token,
			 const struct actor_message *message)
{
	struct actor_outgoing outgoing = {
		.type = actor_message_type(message),
		.content = actor_message_content(message),
	};

	outgoing.payload = actor_message_payload(message, &outgoing.size);

	return actor_reply_to(self, token, &outgoing);
}
