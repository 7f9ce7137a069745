/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_kill.c - kill its process; its supervisor decides what follows.
 */
#include "actorctl/client.h"
#include "actorctl/verb.h"

static int run(const struct request *request)
{
	return client_act(request, "Kill");
}

const struct verb verb_kill = {
	.name = "kill",
	.usage = "PATH",
	.summary = "kill its process; its supervisor decides what follows",
	.min = 1,
	.max = 1,
	.run = run,
};
