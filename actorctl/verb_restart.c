/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_restart.c - stop it in good order and start it again, same life.
 */
#include "actorctl/client.h"
#include "actorctl/verb.h"

static int run(const struct request *request)
{
	return client_act(request, "Restart");
}

const struct verb verb_restart = {
	.name = "restart",
	.usage = "PATH",
	.summary = "stop it in good order and start it again, same life",
	.min = 1,
	.max = 1,
	.run = run,
};
