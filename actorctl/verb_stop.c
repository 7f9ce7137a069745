/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_stop.c - end its life in good order; it stays stopped.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "actorctl/client.h"
#include "actorctl/systems.h"
#include "actorctl/verb.h"

/* a tree has 60 s to stop, the bundled actors a moment more */
#define END_TIMEOUT_MS 70000

/* a whole system has stopped when its root supervisor is gone */
static int run(const struct request *request)
{
	const char *path = request->arguments[0];
	struct pollfd root = { .fd = -1, .events = POLLIN };
	int r;

	if (path[0] == '/' && !strchr(path + 1, '/'))
		root.fd = systems_pidfd(path + 1);
	r = client_act(request, "Stop");
	if (r == EXIT_DONE && root.fd >= 0)
		poll(&root, 1, END_TIMEOUT_MS);
	if (root.fd >= 0)
		close(root.fd);
	return r;
}

const struct verb verb_stop = {
	.name = "stop",
	.usage = "PATH",
	.summary = "end its life in good order; it stays stopped",
	.min = 1,
	.max = 1,
	.run = run,
};
