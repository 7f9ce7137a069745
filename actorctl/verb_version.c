/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_version.c - the versions of actorctl and of what runs.
 */
#include <stdio.h>

#include "actorctl/client.h"
#include "actorctl/systems.h"
#include "actorctl/terminal.h"
#include "actorctl/verb.h"
#include "config.h"

static int ask_system(struct client *client, json_t **ret)
{
	sd_bus_message *reply = NULL;
	const char *text = "";
	int r;

	r = client_call(client, client_message(client, "Version"),
			CLIENT_PATIENCE_US, &reply);
	if (r != 0)
		return r;

	sd_bus_message_read(reply, "s", &text);
	*ret = json_string(text);
	sd_bus_message_unref(reply);
	return 0;
}

static int print(const struct request *request, const json_t *running)
{
	char clean[TERMINAL_CLEAN_BYTES];
	json_t *both;

	if (request_json(request)) {
		both = json_pack("{s:s, s:O?}", "actorctl", PACKAGE_VERSION,
				 "system", running);
		client_print_json(both);
		json_decref(both);
		return EXIT_DONE;
	}

	printf("actorctl %s\n", PACKAGE_VERSION);
	if (running)
		printf("system %s\n",
		       terminal_clean(clean, sizeof(clean),
				      json_string_value(running)));
	return EXIT_DONE;
}

/* without a system there is still our own version to tell */
static bool is_asked_for(const struct request *request)
{
	struct systems systems;

	if (request->option[VERB_OPTION_SYSTEM])
		return true;

	return systems_find(&systems) == 0 && systems.n == 1;
}

static int run(const struct request *request)
{
	struct client client = { .bus = NULL };
	json_t *running = NULL;
	int r = 0;

	if (is_asked_for(request)) {
		r = client_open(&client, request, NULL);
		if (r == 0)
			r = ask_system(&client, &running);
	}
	if (r == 0)
		r = print(request, running);

	json_decref(running);
	client_close(&client);
	return r;
}

const struct verb verb_version = {
	.name = "version",
	.usage = "",
	.summary = "the versions of actorctl and of the running system",
	.run = run,
};
