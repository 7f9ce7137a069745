/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * graft.c - what of a tree that runs goes on in the tree that a file declares now.
 *
 * Every supervisor does this by itself with its own copy of both trees, and has
 * to come to the same: so nothing in here is chance, or of the moment. Pure.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/decide/graft.h"
#include "supervisord/decide/reload.h"
#include "supervisord/decide/spawn.h"

/* ---- what is fixed for a life ---- */

static int keep_directives(const struct spec_node *old, struct spec_node *new)
{
	size_t n_bytes = old->n_directives * sizeof(*old->directives);
	struct spec_directive_row *copy = malloc(n_bytes + 1);

	if (!copy)
		return -ENOMEM;
	if (n_bytes > 0)
		memcpy(copy, old->directives, n_bytes);
	new->directives = copy;
	new->n_directives = old->n_directives;
	new->keeps_directives = true;
	return 0;
}

static void copy_fixed(const struct spec_node *from, struct spec_later *to)
{
	const struct reload_fixed *fixed;

	for (size_t i = 0; (fixed = reload_fixed(i)); i++)
		memcpy((char *)to + fixed->of_later,
		       (const char *)from + fixed->of_node, fixed->n_bytes);
}

static void take_fixed(struct spec_node *to, const struct spec_later *from)
{
	const struct reload_fixed *fixed;

	for (size_t i = 0; (fixed = reload_fixed(i)); i++)
		memcpy((char *)to + fixed->of_node,
		       (const char *)from + fixed->of_later, fixed->n_bytes);
}

static int keep_fixed(const struct spec_node *old, struct spec_node *new)
{
	struct spec_later *later, in_force = { 0 };

	/* that in force, and that of the file: both or neither may be the old */
	if (!old->later && reload_same_later(old, new))
		return 0;
	later = malloc(sizeof(*later));
	if (!later)
		return -ENOMEM;
	*later = (struct spec_later){
		.directives = new->directives,
		.n_directives = new->n_directives,
	};
	if (keep_directives(old, new) < 0) {
		free(later);
		return -ENOMEM;
	}
	copy_fixed(new, later);
	copy_fixed(old, &in_force);
	take_fixed(new, &in_force);
	new->later = later;
	return 0;
}

int graft_keep(struct spec_node *new, const struct spec_later *kept)
{
	struct spec_node in_force = *new;

	take_fixed(&in_force, kept);
	in_force.directives = kept->directives;
	in_force.n_directives = kept->n_directives;
	return keep_fixed(&in_force, new);
}

/* it may say by now what it said at first */
bool graft_is_later(const struct spec_node *node)
{
	const struct spec_node in_force = reload_in_force(node);

	return node->later && !reload_same_later(&in_force, node);
}

void graft_begin_anew(struct spec_node *node)
{
	struct spec_later *later = node->later;

	if (!later)
		return;
	if (!node->model || node->keeps_directives)
		free(node->directives);
	node->keeps_directives = false;
	node->directives = later->directives;
	node->n_directives = later->n_directives;
	take_fixed(node, later);
	node->later = NULL;
	free(later);
}

/* ---- children that were spawned ---- */

static struct spec_node *child_named(const struct spec_node *parent,
				     const char *name)
{
	for (size_t i = 0; i < parent->n_children; i++)
		if (!strcmp(parent->children[i]->name, name))
			return parent->children[i];
	return NULL;
}

/* what the file declares itself under that name takes its place */
static int take_along(const struct spec_node *child, struct spec_node *parent)
{
	struct spec_node *template =
		spawn_template(parent, child->template->name);

	if (child->leaves || !template || child_named(parent, child->name))
		return 0;
	return spawn_add(parent, template, child->name, child->slot) ? 0 :
	       -ENOMEM;
}

static int graft_node(const struct spec_node *old, struct spec_node *new)
{
	int r = keep_fixed(old, new);

	for (size_t i = 0; i < old->n_children && r == 0; i++) {
		const struct spec_node *child = old->children[i];
		struct spec_node *next;

		if (child->template)
			r = take_along(child, new);
		next = child_named(new, child->name);
		if (r == 0 && reload_goes_on(child, next))
			r = graft_node(child, next);
	}
	return r;
}

int graft(const struct spec_node *old, struct spec_node *new)
{
	return graft_node(old, new);
}
