/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_check.c - say everything that is wrong with a file.
 */
#include "actorctl/supervisord.h"
#include "actorctl/verb.h"

static int run(const struct request *request)
{
	const char *arguments[4] = { "check" };
	size_t n = 1;

	if (request_json(request))
		arguments[n++] = "--json";
	arguments[n] = request->arguments[0];
	return supervisord_exec(arguments);
}

const struct verb verb_check = {
	.name = "check",
	.usage = "[--json] FILE",
	.summary = "all errors of FILE, or its tree and restart schedule",
	.min = 1,
	.max = 1,
	.run = run,
};
