/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seats.c - which of the system's uids is whose.
 *
 * Nodes have them in the order of the tree that was run; a node with templates
 * has room behind its own for all children that can be spawned, by their slots,
 * and for the classes that those of one template are.
 * A reload moves nobody: who is new gets the first gap. Pure.
 */
#include <errno.h>
#include <stdlib.h>

#include "supervisord/decide/reload.h"
#include "supervisord/decide/seats.h"

static unsigned int width(const struct spec_node *node)
{
	return 1 + (node->n_templates > 0 ?
		    SPEC_CHILDREN_MAX + (unsigned int)node->n_templates : 0);
}

static unsigned int template_index(const struct spec_node *template)
{
	const struct spec_node *at = template->parent;
	unsigned int i = 0;

	while (i < at->n_templates && at->templates[i] != template)
		i++;
	return i;
}

unsigned int seats_of(const struct spec_node *node)
{
	if (node->template)
		return node->parent->seat + 1 + node->slot;
	if (node->is_template)
		return node->parent->seat + 1 + SPEC_CHILDREN_MAX +
		       template_index(node);
	return node->seat;
}

static void take(struct spec_node *node, unsigned int *next)
{
	node->seat = *next;
	*next += width(node);
	for (size_t i = 0; i < node->n_children; i++)
		if (!node->children[i]->template)
			take(node->children[i], next);
}

void seats_take(struct spec_node *root)
{
	unsigned int next = 0;

	take(root, &next);
}

unsigned int seats_count(const struct spec_node *root)
{
	unsigned int n = width(root);

	for (size_t i = 0; i < root->n_children; i++)
		if (!root->children[i]->template)
			n += seats_count(root->children[i]);
	return n;
}

/* ---- what is taken ---- */

/** struct row - seats that are somebody's */
struct row {
	unsigned int first;
	unsigned int n;
};

/** struct plan - all of those, of both trees, in order */
struct plan {
	struct row *rows;
	size_t n_rows;
};

static size_t count(const struct spec_node *node)
{
	size_t n = 1;

	for (size_t i = 0; i < node->n_children; i++)
		n += count(node->children[i]);
	return n;
}

static void enter(struct plan *plan, unsigned int first, unsigned int n)
{
	size_t i = plan->n_rows++;

	for (; i > 0 && plan->rows[i - 1].first > first; i--)
		plan->rows[i] = plan->rows[i - 1];
	plan->rows[i] = (struct row){ first, n };
}

static void enter_all(struct plan *plan, const struct spec_node *node)
{
	if (!node->template)
		enter(plan, node->seat, width(node));
	for (size_t i = 0; i < node->n_children; i++)
		enter_all(plan, node->children[i]);
}

static unsigned int gap(const struct plan *plan, unsigned int n)
{
	unsigned int first = 0, end;

	for (size_t i = 0; i < plan->n_rows; i++) {
		if (plan->rows[i].first >= first + n)
			break;
		end = plan->rows[i].first + plan->rows[i].n;
		if (end > first)
			first = end;
	}
	return first;
}

/* ---- the new ones ---- */

static const struct spec_node *before_of(const struct spec_node *old,
					 const struct spec_node *new)
{
	const struct spec_node *before = old ? spec_find(
		(struct spec_node *)old, new->path) : NULL;

	/* one that has templates now has not the room for their children */
	return before && reload_goes_on(before, new) && !before->template &&
	       width(before) >= width(new) ? before : NULL;
}

/* false: there is no room for one of them */
static bool keep(struct plan *plan, const struct spec_node *old,
		 struct spec_node *new)
{
	const struct spec_node *before = before_of(old, new);
	bool fits;

	if (new->template)
		return true;
	if (before) {
		new->seat = before->seat;
	} else {
		new->seat = gap(plan, width(new));
		enter(plan, new->seat, width(new));
	}
	fits = new->seat + width(new) <= SEATS_MAX;
	for (size_t i = 0; i < new->n_children && fits; i++)
		fits = keep(plan, old, new->children[i]);
	return fits;
}

int seats_keep(const struct spec_node *old, struct spec_node *new)
{
	struct plan plan = {
		.rows = calloc(count(old) + count(new), sizeof(*plan.rows)),
	};
	bool fits;

	if (!plan.rows)
		return -ENOMEM;
	enter_all(&plan, old);
	fits = keep(&plan, old, new);
	free(plan.rows);
	return fits ? 0 : -ENOSPC;
}
