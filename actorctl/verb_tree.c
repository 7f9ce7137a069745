/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_tree.c - show the running tree.
 */
#include <stdio.h>
#include <stdlib.h>

#include "actorctl/client.h"
#include "actorctl/tree_view.h"
#include "actorctl/verb.h"

static int print(const struct request *request, const json_t *rows,
		 const char *path)
{
	bool all = request->option[VERB_OPTION_ALL];
	json_t *selected = tree_view_select(rows, path, all);
	char *text;

	if (!selected)
		return client_no_memory();
	if (request_json(request)) {
		client_print_json(selected);
		json_decref(selected);
		return EXIT_DONE;
	}

	text = tree_view_format(selected);
	json_decref(selected);
	if (!text)
		return client_no_memory();

	fputs(text, stdout);
	free(text);
	return EXIT_DONE;
}

static int run(const struct request *request)
{
	const char *path = request->n_arguments ? request->arguments[0] : "";
	struct client client = { .bus = NULL };
	json_t *rows = NULL;
	int r;

	r = client_open(&client, request, path);
	if (r == 0)
		r = client_call_json(&client, "Tree", path, &rows);
	if (r == 0)
		r = print(request, rows, path);

	json_decref(rows);
	client_close(&client);
	return r;
}

const struct verb verb_tree = {
	.name = "tree",
	.usage = "[--all] [PATH]",
	.summary = "what runs: state, pid, generation, mailbox, last cause",
	.max = 1,
	.options = 1u << VERB_OPTION_ALL,
	.run = run,
};
