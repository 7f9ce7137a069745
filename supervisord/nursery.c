/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nursery.c - children that are spawned while the system runs.
 *
 * It alone puts children into a running tree and takes them out again. A child is
 * spawned by the supervisor of its node; all supervisors are told, each changes
 * its own copy of the tree, so that whoever is forked later has it: a supervisor
 * that was killed comes back with the children that its parent knows of.
 *
 * Word of a child goes before all that names it: the same channels carry the
 * edges to it, and are in order.
 *
 * Between supervisors, told on from where it came to everybody else:
 *   CHILD      PATH TEMPLATE SLOT     it is there
 *   CHILD_END  PATH                   its life is over, and settled
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/decide/spawn.h"
#include "supervisord/minting.h"
#include "supervisord/nursery.h"

#define MESSAGE_BYTES (2 * PATH_MAX)

/* ---- telling ---- */

static void tell(struct supervisor *s, const struct child *from, bool above,
		 const struct fields_writer *w)
{
	struct child *c;

	if (s->parent && !above)
		link_send(s->parent, w, NULL, 0);
	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		if (c != from && c->is_supervisor && c->link)
			link_send(c->link, w, NULL, 0);
	}
}

static void tell_child(struct supervisor *s, const struct child *from,
		       bool above, const struct spec_node *node)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "CHILD");
	fields_put(&w, "PATH", node->path);
	fields_put(&w, "TEMPLATE", node->template->name);
	fields_put_u64(&w, "SLOT", node->slot);
	tell(s, from, above, &w);
}

static void tell_end(struct supervisor *s, const struct child *from, bool above,
		     const char *path)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "CHILD_END");
	fields_put(&w, "PATH", path);
	tell(s, from, above, &w);
}

/* ---- the tree ---- */

static struct spec_node *enter(struct tree *tree, struct spec_node *parent,
			       struct spec_node *template, const char *name,
			       unsigned int slot)
{
	struct spec_node *node = spawn_add(parent, template, name, slot);

	if (node && edges_enter(&tree->edges, &tree->n_edges, &tree->edges_grow,
			      node) < 0) {
		spawn_remove(node);
		return NULL;
	}
	return node;
}

static void leave(struct tree *tree, struct spec_node *node)
{
	edges_leave(tree->edges, &tree->n_edges, node->path);
	spawn_remove(node);
}

static struct spec_node *parent_of(const struct supervisor *s, const char *path)
{
	char parent[PATH_MAX];
	int n = (int)(path_last(path) - path) - 1;

	if (n <= 0)
		return NULL;
	snprintf(parent, sizeof(parent), "%.*s", n, path);
	return spec_find(s->tree->root, parent);
}

/* ---- a birth ---- */

static int child_of(struct supervisor *s, struct spec_node *template,
		    const char *name, struct child **ret)
{
	struct spec_node *node;
	struct child *c;

	node = enter(s->tree, s->node, template, name, spawn_slot(s->node));
	if (!node)
		return -ENOMEM;
	c = supervisor_add_child(s, node);
	if (!c) {
		leave(s->tree, node);
		return -ENOMEM;
	}
	tell_child(s, NULL, false, node);
	*ret = c;
	return 0;
}

int nursery_spawn(struct supervisor *s, const struct nursery_order *order,
		  struct child **ret, const char **ret_why)
{
	const struct spec_node *root = s->tree->root;
	const char *name = order->name;
	char buffer[PATH_NAME_MAX + 1];
	struct spec_node *template;
	int r;

	*ret_why = "its supervisor ends";
	if (supervisor_going_down(s))
		return -ESHUTDOWN;
	nursery_sweep(s);
	template = spawn_template(s->node, order->template);
	*ret_why = "there is no such template";
	if (!template)
		return -ENOENT;
	if (!name)
		name = spawn_name(s->node, template, buffer);
	r = spawn_judge(root->children[root->n_children - 1], s->node, template,
			name ? name : "", ret_why);
	if (r < 0)
		return r;
	*ret_why = "no memory";
	r = child_of(s, template, name, ret);
	return r < 0 ? r : supervisor_start_child(*ret);
}

/* ---- a death ---- */

static void move_up(int *place, int gone)
{
	if (*place == gone)
		*place = EDGES_NOWHERE;
	else if (*place > gone)
		--*place;
}

/* who came after it has moved up by one */
static void close_ranks(struct supervisor *s, size_t at)
{
	const struct custody *custody = &s->custody;
	int gone = s->children[at]->place;

	s->n_children--;
	memmove(&s->children[at], &s->children[at + 1],
		(s->n_children - at) * sizeof(struct child *));
	for (size_t i = at; i < s->n_children; i++)
		s->children[i]->place--;
	for (size_t i = 0; i < custody->n_edges; i++) {
		move_up(&custody->edges[i]->holder_at, gone);
		move_up(&custody->edges[i]->target_at, gone);
	}
	for (size_t i = 0; i < custody->n_mailboxes; i++)
		move_up(&custody->mailboxes[i]->at, gone);
}

static void bury(struct supervisor *s, size_t at)
{
	struct child *c = s->children[at];
	struct spec_node *node = c->node;

	tell_end(s, NULL, false, node->path);
	close_ranks(s, at);
	child_release(c);
	launch_program_free(c->program);
	for (size_t i = 0; i < c->n_history; i++)
		free(c->history[i]);
	free(c->because_of);
	free(c);
	leave(s->tree, node);
}

static bool is_gone(const struct child *c)
{
	return c->node->template && !c->living && !c->n_ending &&
	       !c->waiters && c->state == CHILD_STOPPED;
}

void nursery_sweep(struct supervisor *s)
{
	for (size_t i = s->n_children; i-- > 0;)
		if (is_gone(s->children[i]))
			bury(s, i);
}

void nursery_forget_below(struct supervisor *s, struct spec_node *node)
{
	for (size_t i = node->n_children; i-- > 0;) {
		struct spec_node *child = node->children[i];

		nursery_forget_below(s, child);
		if (!child->template)
			continue;
		tell_end(s, NULL, false, child->path);
		leave(s->tree, child);
	}
}

bool nursery_is_clearing(const struct supervisor *s)
{
	for (size_t i = s->n_children; i-- > 0;)
		if (s->children[i]->node->template && !s->children[i]->living &&
		    s->children[i]->n_ending)
			return true;
	return false;
}

bool nursery_first_start_fails(const struct child *c)
{
	return c->node->template && !c->was_ready && c->generation == 0;
}

/* what was minted for it says where it is */
static void haunt(struct supervisor *s, const struct child *c)
{
	const struct custody *custody = &s->custody;

	for (size_t i = 0; i < custody->n_edges; i++) {
		if (!strcmp(custody->edges[i]->holder, c->node->path))
			custody->edges[i]->holder_at = c->place;
		if (!strcmp(custody->edges[i]->target, c->node->path))
			custody->edges[i]->target_at = c->place;
	}
}

static struct spec_node *any_actor(const struct spec_node *parent)
{
	for (size_t i = 0; i < parent->n_templates; i++)
		if (parent->templates[i]->kind == SPEC_ACTOR)
			return parent->templates[i];
	return NULL;
}

struct child *nursery_ghost(struct supervisor *s, const char *path)
{
	struct spec_node *template = any_actor(s->node), *node;
	struct child *c;

	if (!template || minting_place(s, path) != EDGES_NOWHERE ||
	    parent_of(s, path) != s->node)
		return NULL;
	/* nobody is told: it is in no tree but ours, and not for long */
	node = spawn_add(s->node, template, path_last(path),
			 spawn_slot(s->node));
	if (!node)
		return NULL;
	c = supervisor_add_child(s, node);
	if (c)
		haunt(s, c);
	else
		spawn_remove(node);
	return c;
}

/* ---- what others tell ---- */

static void on_child(struct supervisor *s, const struct child *from,
		     const char *path, const struct fields *f)
{
	const char *name = fields_get(f, "TEMPLATE");
	struct spec_node *parent = parent_of(s, path), *template, *node;
	uint64_t slot = 0;

	template = parent && name ? spawn_template(parent, name) : NULL;
	if (!template || spec_find(s->tree->root, path))
		return;
	fields_get_u64(f, "SLOT", &slot);
	node = enter(s->tree, parent, template, path_last(path),
		     (unsigned int)slot);
	if (node)
		tell_child(s, from, !from, node);
}

static void on_child_end(struct supervisor *s, const struct child *from,
			 const char *path)
{
	struct spec_node *node = spec_find(s->tree->root, path);

	if (!node || !node->template || node->parent == s->node)
		return;
	tell_end(s, from, !from, path);
	leave(s->tree, node);
}

bool nursery_message(struct supervisor *s, const struct child *from,
		     const struct fields *f)
{
	const char *path = fields_get(f, "PATH");

	if (!path)
		return false;
	if (!strcmp(f->verb, "CHILD"))
		on_child(s, from, path, f);
	else if (!strcmp(f->verb, "CHILD_END"))
		on_child_end(s, from, path);
	else
		return false;
	return true;
}
