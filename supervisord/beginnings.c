/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * beginnings.c - what a reload left for later is in force in what begins anew.
 *
 * Each supervisor has a copy of the tree. Who starts something knows that it
 * begins anew; the root, which plans reloads, is told by BEGAN PATH. When that is
 * lost with its sender, the next plan tells of what is in force already.
 */
#include <string.h>

#include "supervisord/beginnings.h"
#include "supervisord/decide/graft.h"

static bool begin_anew(struct spec_node *node)
{
	bool news = node->later;

	graft_begin_anew(node);
	for (size_t i = 0; i < node->n_children; i++)
		news |= begin_anew(node->children[i]);
	return news;
}

static void tell(struct supervisor *s, const char *path)
{
	char bytes[PATH_MAX + 32];
	struct fields_writer w;

	if (supervisor_is_root(s))
		return;
	fields_begin(&w, bytes, sizeof(bytes), "BEGAN");
	fields_put(&w, "PATH", path);
	link_send(s->parent, &w, NULL, 0);
}

void beginnings_begin(struct child *c)
{
	if (begin_anew(c->node))
		tell(c->supervisor, c->node->path);
}

bool beginnings_message(struct supervisor *s, const struct fields *f)
{
	const char *path = fields_get(f, "PATH");
	struct spec_node *node;

	if (strcmp(f->verb, "BEGAN"))
		return false;
	node = path ? spec_find(s->tree->root, path) : NULL;
	if (node && begin_anew(node))
		tell(s, path);
	return true;
}
