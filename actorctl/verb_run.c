/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_run.c - bring up the tree of a file.
 */
#include "actorctl/supervisord.h"
#include "actorctl/verb.h"

static int run(const struct request *request)
{
	const char *arguments[4] = { "run" };
	size_t n = 1;

	if (request->option[VERB_OPTION_DETACH])
		arguments[n++] = "--detach";
	arguments[n] = request->arguments[0];
	return supervisord_exec(arguments);
}

const struct verb verb_run = {
	.name = "run",
	.usage = "[--detach] FILE",
	.summary = "bring up the tree of FILE, here or in the background",
	.min = 1,
	.max = 1,
	.options = 1u << VERB_OPTION_DETACH,
	.run = run,
};
