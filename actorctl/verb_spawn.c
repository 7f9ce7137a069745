/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_spawn.c - one more child of a node, made of a template.
 */
#include <stdio.h>
#include <string.h>

#include "actorctl/client.h"
#include "actorctl/terminal.h"
#include "actorctl/verb.h"

/* the name is the system's to choose when it is not given */
static sd_bus_message *question(struct client *client,
				const struct request *request)
{
	sd_bus_message *call = client_message(client, "Spawn");
	const char *name = request->n_arguments > 2 ? request->arguments[2] : "";

	if (call && sd_bus_message_append(call, "sss", request->arguments[0],
					  request->arguments[1], name) < 0)
		call = sd_bus_message_unref(call);

	return call;
}

static int print(const json_t *json)
{
	const char *path = json_string_value(json_object_get(json, "path"));
	char clean[TERMINAL_CLEAN_BYTES];

	printf("%s\n", terminal_clean(clean, sizeof(clean), path ? path : "?"));
	return EXIT_DONE;
}

static int run(const struct request *request)
{
	struct client client = { .bus = NULL };
	json_t *json = NULL;
	int r = client_open(&client, request, request->arguments[0]);

	if (r == 0)
		r = client_answer_json(&client, question(&client, request),
				       &json);
	if (r == 0)
		r = request_json(request) ? client_print_json(json)
					  : print(json);

	json_decref(json);
	client_close(&client);
	return r;
}

const struct verb verb_spawn = {
	.name = "spawn",
	.usage = "PATH TEMPLATE [NAME]",
	.summary = "one more child of a node, made of a template",
	.min = 2,
	.max = 3,
	.run = run,
};
