/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_tell.c - send a message, and perhaps wait until it is handled.
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
	sd_bus_message *call = payload_call(client, "Tell", request, payload);
	int wait = request->option[VERB_OPTION_WAIT] != NULL;

	if (!call ||
	    sd_bus_message_append(call, "bt", wait, timeout_us) < 0)
		return sd_bus_message_unref(call);

	return call;
}

static int run(const struct request *request)
{
	struct client client = { .bus = NULL };
	struct payload payload = { .bytes = NULL };
	uint64_t timeout_us = 0;
	json_t *told;
	int r = payload_timeout(request, &timeout_us);

	if (r == 0)
		r = payload_read(&payload, request);
	if (r == 0)
		r = client_open(&client, request, request->arguments[0]);
	if (r == 0)
		r = client_call(&client, compose(&client, request, &payload,
						 timeout_us),
				timeout_us + CLIENT_PATIENCE_US, NULL);
	if (r == 0 && request_json(request)) {
		told = json_pack("{s:s, s:s}",
				 request->option[VERB_OPTION_WAIT] ? "handled"
								   : "accepted",
				 request->arguments[1], "path",
				 request->arguments[0]);
		client_print_json(told);
		json_decref(told);
	}

	client_close(&client);
	payload_clear(&payload);
	return r;
}

const struct verb verb_tell = {
	.name = "tell",
	.usage = "[--wait] [--timeout DURATION] [--content json|text|bytes|cbor] "
		 "PATH TYPE [PAYLOAD|-]",
	.summary = "send a message; done when accepted, with --wait when "
		   "handled",
	.min = 2,
	.max = 3,
	.options = 1u << VERB_OPTION_WAIT | 1u << VERB_OPTION_TIMEOUT |
		   1u << VERB_OPTION_CONTENT,
	.run = run,
};
