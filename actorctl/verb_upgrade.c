/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_upgrade.c - another program for a life that goes on.
 */
#include "actorctl/client.h"
#include "actorctl/verb.h"

static int run(const struct request *request)
{
	return client_act(request, "Upgrade");
}

const struct verb verb_upgrade = {
	.name = "upgrade",
	.usage = "PATH",
	.summary = "go on with the new program that lies in the old one's place",
	.min = 1,
	.max = 1,
	.run = run,
};
