/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_start.c - begin a new life of a stopped actor; done when it is ready.
 */
#include "actorctl/client.h"
#include "actorctl/verb.h"

static int run(const struct request *request)
{
	return client_act(request, "Start");
}

const struct verb verb_start = {
	.name = "start",
	.usage = "PATH",
	.summary = "begin a new life of a stopped actor; done when it is ready",
	.min = 1,
	.max = 1,
	.run = run,
};
