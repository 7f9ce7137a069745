/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ceiling.c - how much does a tree have of what there is once?
 *
 * Each process that is executed has one, whether it serves or stands by; what is
 * forked shares that of its class. Pure.
 */
#include "libactorproc/path.h"
#include "supervisord/decide/ceiling.h"
#include "supervisord/decide/class.h"

/* its own: sockets, events, the programs and sandboxes of /system; and a margin */
#define OF_THE_ROOT 100

static size_t own_processes(const struct spec_node *node)
{
	return node->exec ? 1 + (size_t)node->standby : 0;
}

/* the first of the instances stands for all */
static size_t own_filters(const struct spec_node *node)
{
	const struct spec_node *class = class_of(node);

	return class && class != node ? 0 : own_processes(node);
}

static size_t is_in_use(const struct spec_node *parent,
			const struct spec_node *template)
{
	for (size_t i = 0; i < parent->n_children; i++)
		if (class_of(parent->children[i]) == template)
			return 1;
	return 0;
}

size_t ceiling_filters(const struct spec_node *top)
{
	size_t n = own_filters(top);

	for (size_t i = 0; i < top->n_templates; i++)
		n += is_in_use(top, top->templates[i]);
	for (size_t i = 0; i < top->n_children; i++)
		n += ceiling_filters(top->children[i]);
	return n;
}

size_t ceiling_letters(const struct spec_node *top)
{
	size_t n = (top->exec && top->kind == SPEC_ACTOR && !class_of(top)) +
		   (size_t)spec_is_supervisor(top);

	for (size_t i = 0; i < top->n_children; i++)
		n += ceiling_letters(top->children[i]);
	return n;
}

static size_t n_lives(const struct spec_node *top)
{
	size_t n = top->exec != NULL;

	for (size_t i = 0; i < top->n_children; i++)
		n += n_lives(top->children[i]);
	return n;
}

/* supervisors share no memory with whom they write to */
static size_t of_edge(const struct declared_edge *edge)
{
	bool shares = !path_is_supervisor(edge->holder) &&
		      !path_is_supervisor(edge->target);

	return 2 + (size_t)shares;
}

size_t ceiling_descriptors(const struct spec_node *top,
			   const struct declared_edge *edges, size_t n_edges)
{
	size_t n = OF_THE_ROOT + n_lives(top);

	for (size_t i = 0; i < n_edges; i++)
		n += of_edge(&edges[i]);
	return n;
}

size_t ceiling_processes(const struct spec_node *top)
{
	size_t n = own_processes(top);

	for (size_t i = 0; i < top->n_children; i++)
		n += ceiling_processes(top->children[i]);
	return n;
}
