/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ceiling.c - how much does a tree have of what there is once?
 *
 * Of processes, of filters, and of descriptors in each of its supervisors. Each
 * process that is executed has a filter, whether it serves or stands by; what is
 * forked shares that of its class. Pure.
 */
#include "libactorproc/path.h"
#include "supervisord/decide/ceiling.h"
#include "supervisord/decide/class.h"

/* its own: sockets, events, the programs and sandboxes of /system; and a margin */
#define OF_THE_ROOT 100
/* the same of others, who have less to hear */
#define OF_A_SUPERVISOR 64
/* of each process below: its channel, its output, its end */
#define OF_A_PROCESS 3
/* of one that is executed: its mounts, its queues, its rules, its notifications */
#define OF_A_PROGRAM 4

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

static bool is_ours(const struct spec_node *node, const char *path)
{
	return path_is_within(path, node->path);
}

/* the ends of those inside, and the memory that they share */
static size_t of_edge_at(const struct spec_node *node,
			 const struct declared_edge *edge)
{
	size_t n = (size_t)is_ours(node, edge->holder) +
		   (size_t)is_ours(node, edge->target);

	return n > 0 ? n + of_edge(edge) - 2 : 0;
}

/* what is not held for others: it is of its own child, or its head */
static size_t of_child(const struct spec_node *child)
{
	size_t n = child->exec ? OF_A_PROCESS * own_processes(child) : 0;

	return n + OF_A_PROGRAM * own_filters(child);
}

static size_t of_children(const struct spec_node *node)
{
	size_t n = of_child(node);

	for (size_t i = 0; i < node->n_children; i++)
		n += spec_is_supervisor(node->children[i]) ?
			     OF_A_PROCESS : of_child(node->children[i]);
	return n;
}

/* a life, and what all hold of its edges; a head has one to it */
static size_t of_spawned(const struct spec_node *parent,
			 const struct spec_node *template)
{
	size_t n_edges = template->n_refs;

	if (!class_is_shared(template))
		n_edges += ceiling_letters(template);
	if (parent->exec && template->kind == SPEC_ACTOR)
		n_edges++;
	return 1 + 3 * n_edges;
}

/* as many as may be spawned, and of those that @at has itself the processes */
static size_t of_templates(const struct spec_node *node,
			   const struct spec_node *at)
{
	const struct spec_node *template;
	size_t n = 0;

	for (size_t i = 0; i < node->n_templates; i++) {
		template = node->templates[i];
		n += template->template_max * of_spawned(node, template);
		if (node == at)
			n += template->template_max * of_child(template);
	}
	for (size_t i = 0; i < node->n_children; i++)
		n += of_templates(node->children[i], at);
	return n;
}

static size_t of_root(const struct spec_node *root,
		      const struct ceiling_terms *t)
{
	return ceiling_descriptors(root, t->edges, t->n_edges) +
	       (t->all_spawned ? of_templates(root, NULL) : 0);
}

static size_t of_supervisor(const struct spec_node *node,
			    const struct ceiling_terms *t)
{
	size_t n = OF_A_SUPERVISOR + n_lives(node) + of_children(node);

	for (size_t i = 0; i < t->n_edges; i++)
		n += of_edge_at(node, &t->edges[i]);
	return t->all_spawned ? n + of_templates(node, node) : n;
}

static bool exceeds(const struct spec_node *node, size_t n,
		    const struct ceiling_terms *t, struct ceiling_need *ret)
{
	if (n <= t->n_may)
		return false;
	*ret = (struct ceiling_need){ *node->path ? node->path : "the root", n };
	return true;
}

/* nobody holds more for others than the root: most need not be reckoned */
static bool may_exceed(const struct spec_node *node, size_t n_root,
		       const struct ceiling_terms *t)
{
	return spec_is_supervisor(node) &&
	       n_root + of_children(node) +
	       (t->all_spawned ? of_templates(node, node) : 0) > t->n_may;
}

static bool exceeded_below(const struct spec_node *above, size_t n_root,
			   const struct ceiling_terms *t,
			   struct ceiling_need *ret)
{
	for (size_t i = 0; i < above->n_children; i++) {
		const struct spec_node *node = above->children[i];

		if ((may_exceed(node, n_root, t) &&
		     exceeds(node, of_supervisor(node, t), t, ret)) ||
		    exceeded_below(node, n_root, t, ret))
			return true;
	}
	return false;
}

bool ceiling_exceeded(const struct spec_node *root,
		      const struct ceiling_terms *terms,
		      struct ceiling_need *ret)
{
	size_t n_root = of_root(root, terms);

	return exceeds(root, n_root, terms, ret) ||
	       exceeded_below(root, n_root, terms, ret);
}

bool ceiling_one_more(const struct spec_node *root,
		      const struct spec_node *parent,
		      const struct spec_node *template,
		      const struct ceiling_terms *terms,
		      struct ceiling_need *ret)
{
	size_t n = of_spawned(parent, template), n_child = of_child(template);
	size_t n_root = of_root(root, terms) + n;

	if (exceeds(root, n_root, terms, ret))
		return true;
	for (const struct spec_node *at = parent; at; at = at->parent) {
		if (may_exceed(at, n_root + n_child, terms) &&
		    exceeds(at, of_supervisor(at, terms) + n + n_child, terms,
			    ret))
			return true;
		n_child = 0;	/* it is its parent's alone */
	}
	return false;
}

size_t ceiling_processes(const struct spec_node *top)
{
	size_t n = own_processes(top);

	for (size_t i = 0; i < top->n_children; i++)
		n += ceiling_processes(top->children[i]);
	return n;
}
