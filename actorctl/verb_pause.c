/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_pause.c - leave its mailbox unserved, or freeze a program; the process stays.
 */
#include "actorctl/client.h"
#include "actorctl/verb.h"

static int run(const struct request *request)
{
	return client_act(request, "Pause");
}

const struct verb verb_pause = {
	.name = "pause",
	.usage = "PATH",
	.summary = "leave its mailbox unserved, or freeze a program",
	.min = 1,
	.max = 1,
	.run = run,
};
