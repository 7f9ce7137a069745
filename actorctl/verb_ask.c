/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_ask.c - send a message and print what is replied.
 */
#include <stdio.h>

#include "actorctl/client.h"
#include "actorctl/payload.h"
#include "actorctl/verb.h"

static sd_bus_message *compose(struct client *client,
			       const struct request *request,
			       const struct payload *payload,
			       uint64_t timeout_us)
{
	sd_bus_message *call = payload_call(client, "Ask", request, payload);

	if (!call ||
	    sd_bus_message_append(call, "t", timeout_us) < 0)
		return sd_bus_message_unref(call);

	return call;
}

static int print_json(const char *type, const struct payload *payload)
{
	json_t *reply = json_pack("{s:s, s:s, s:o}", "type", type, "content",
				  payload_content_name(payload->content),
				  "payload", payload_json(payload));
	int r = reply ? client_print_json(reply) : client_no_memory();

	json_decref(reply);
	return r;
}

static int print(const struct request *request, sd_bus_message *reply)
{
	struct payload payload = { .bytes = NULL };
	const void *bytes = NULL;
	const char *type = "";

	if (sd_bus_message_read(reply, "sy", &type, &payload.content) < 0 ||
	    sd_bus_message_read_array(reply, 'y', &bytes,
				      &payload.n_bytes) < 0) {
		fprintf(stderr, "actorctl: cannot read the system's answer; "
			"do the versions agree? actorctl version\n");
		return EXIT_FAILED;
	}

	/* only read from */
	payload.bytes = (char *)bytes;
	return request_json(request) ? print_json(type, &payload)
				     : payload_print(&payload);
}

static int run(const struct request *request)
{
	struct client client = { .bus = NULL };
	struct payload payload = { .bytes = NULL };
	sd_bus_message *reply = NULL;
	uint64_t timeout_us = 0;
	int r = payload_timeout(request, &timeout_us);

	if (r == 0)
		r = payload_read(&payload, request);
	if (r == 0)
		r = client_open(&client, request, request->arguments[0]);
	if (r == 0)
		r = client_call(&client, compose(&client, request, &payload,
						 timeout_us),
				timeout_us + CLIENT_PATIENCE_US, &reply);
	if (r == 0)
		r = print(request, reply);

	sd_bus_message_unref(reply);
	client_close(&client);
	payload_clear(&payload);
	return r;
}

const struct verb verb_ask = {
	.name = "ask",
	.usage = "[--timeout DURATION] [--content json|text|bytes|cbor] "
		 "PATH TYPE [PAYLOAD|-]",
	.summary = "send a message and print the reply",
	.min = 2,
	.max = 3,
	.options = 1u << VERB_OPTION_TIMEOUT | 1u << VERB_OPTION_CONTENT,
	.run = run,
};
