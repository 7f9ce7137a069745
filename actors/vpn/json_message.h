/* SPDX-License-Identifier: 0BSD */
/*
 * json_message.h - messages of actors with JSON (jansson) as their payload.
 *
 * Those that send take over the caller's reference to @json, also when they
 * fail; a NULL for it is -ENOMEM, so that json_pack() can be an argument.
 */
#pragma once

#include <actorproc.h>
#include <jansson.h>
#include <stdint.h>

/** json_message_init() - before actor_main(): later no file can be opened for it */
void json_message_init(void);
/**
 * json_message_load() - the payload as JSON, or as what a person typed
 *
 * Text that is not JSON is a JSON string: `se` means "se". Return: a new
 * reference; NULL for an empty payload or one that is not UTF-8.
 */
json_t *json_message_load(const struct actor_message *message);

int json_message_reply(struct actor *self, const char *type, json_t *json);
int json_message_reply_to(struct actor *self, uint64_t token, const char *type,
			  json_t *json);
int json_message_tell(struct actor *self, struct actor_reference *to,
		      const char *type, json_t *json);
int json_message_ask(struct actor *self, struct actor_reference *to,
		     const char *type, json_t *json, uint64_t timeout_ns,
		     uint64_t *ret_ask);

/** json_message_pass_on() - answer a deferred ask with the reply we got */
int json_message_pass_on(struct actor *self, uint64_t token,
			 const struct actor_message *message);
