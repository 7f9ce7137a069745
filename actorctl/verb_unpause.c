/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_unpause.c - serve the mailbox of a paused actor again.
 */
#include "actorctl/client.h"
#include "actorctl/verb.h"

static int run(const struct request *request)
{
	return client_act(request, "Unpause");
}

const struct verb verb_unpause = {
	.name = "unpause",
	.usage = "PATH",
	.summary = "serve the mailbox of a paused actor again",
	.min = 1,
	.max = 1,
	.run = run,
};
