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
 * Those of the file that a reload takes out (adoption.c) go the same way.
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
#include "supervisord/breakpoint.h"
#include "supervisord/connections.h"
#include "supervisord/decide/ceiling.h"
#include "supervisord/decide/spawn.h"
#include "supervisord/endings.h"
#include "supervisord/minting.h"
#include "supervisord/nursery.h"
#include "supervisord/rationing.h"
#include "supervisord/reloads.h"
#include "supervisord/shortage.h"
#include "supervisord/spare.h"

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

static void put_child(struct fields_writer *w, char bytes[MESSAGE_BYTES],
		      const struct spec_node *node)
{
	fields_begin(w, bytes, MESSAGE_BYTES, "CHILD");
	fields_put(w, "PATH", node->path);
	fields_put(w, "TEMPLATE", node->template->name);
	fields_put_u64(w, "SLOT", node->slot);
}

static void tell_child(struct supervisor *s, const struct child *from,
		       bool above, const struct spec_node *node)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	put_child(&w, bytes, node);
	tell(s, from, above, &w);
}

void nursery_say(struct link *link, const struct spec_node *node)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	put_child(&w, bytes, node);
	link_send(link, &w, NULL, 0);
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

static void leave_edges(struct tree *tree, const struct spec_node *node)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/", node->path);
	edges_leave(tree->edges, &tree->n_edges, node->path);
	edges_leave(tree->edges, &tree->n_edges, path);
	for (size_t i = 0; i < node->n_children; i++)
		leave_edges(tree, node->children[i]);
}

/* others of the file may have been copied from it, and use what it has */
static void to_attic(struct tree *tree, struct spec_node *node)
{
	struct spec_node **more = reallocarray(tree->attic, tree->n_attic + 1,
					       sizeof(*more));

	if (!more)
		return;		/* so much is lost then */
	tree->attic = more;
	tree->attic[tree->n_attic++] = node;
}

void nursery_clear_attic(struct tree *tree)
{
	while (tree->n_attic > 0)
		spec_node_free(tree->attic[--tree->n_attic]);
}

static void leave(struct tree *tree, struct spec_node *node)
{
	leave_edges(tree, node);
	if (node->template) {
		spawn_remove(node);
		return;
	}
	spawn_take_out(node);
	to_attic(tree, node);
}

/* it is there because something was spawned, or is on its way out */
static bool comes_and_goes(const struct spec_node *node)
{
	return node->template || node->leaves;
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
	BREAKPOINT("spawn: in the tree, nobody told");
	tell_child(s, NULL, false, node);
	*ret = c;
	return 0;
}

/* nobody is asked: all have the same tree, and may have as many */
static int judge_descriptors(struct supervisor *s,
			     const struct spec_node *template,
			     const char **ret_why)
{
	static char why[PATH_MAX + 256];
	char told[sizeof(why) + 32];
	const struct tree *tree = s->tree;
	const struct ceiling_terms terms = {
		.edges = tree->edges,
		.n_edges = tree->n_edges,
		.n_may = shortage_descriptors(),
	};
	struct ceiling_need need;

	if (rationing_is(s))
		snprintf(why, sizeof(why), RATIONING_TEXT);
	else if (ceiling_one_more(tree->root, s->node, template, &terms, &need))
		snprintf(why, sizeof(why), CEILING_DESCRIPTORS_TEXT, need.who,
			 need.n, terms.n_may);
	else
		return 0;
	snprintf(told, sizeof(told), "no child is spawned: %s", why);
	shortage_tell(s, -EMFILE, told);
	*ret_why = why;
	return -ENFILE;
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
	*ret_why = "its file declares no such template there";
	if (!template)
		return -ENOENT;
	if (!name)
		name = spawn_name(s->node, template, buffer);
	r = spawn_judge(root->children[root->n_children - 1], s->node, template,
			name ? name : "", ret_why);
	if (r == 0)
		r = judge_descriptors(s, template, ret_why);
	if (r < 0)
		return r;
	*ret_why = "no memory";
	r = child_of(s, template, name, ret);
	BREAKPOINT("spawn: told, not started");
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

/* those of supervisors outlive their processes, and would be used again */
static void end_own_edges(struct supervisor *s, const struct spec_node *node)
{
	struct custody_edge *edge;

	for (size_t i = s->custody.n_edges; i-- > 0;) {
		if (i >= s->custody.n_edges)
			continue;
		edge = s->custody.edges[i];
		if (!edge->closed && path_is_supervisor(edge->holder) &&
		    path_is_within(edge->holder, node->path))
			endings_end(s, edge, false);
	}
}

static void bury(struct supervisor *s, size_t at)
{
	struct child *c = s->children[at];
	struct spec_node *node = c->node;

	if (c->is_supervisor)
		end_own_edges(s, node);
	tell_end(s, NULL, false, node->path);
	BREAKPOINT("spawned: its end told, not forgotten");
	close_ranks(s, at);
	measures_gone(c);
	if (node->template)
		history_keep(&s->departed, node->path, &c->history);
	child_free(c);
	leave(s->tree, node);
}

static bool is_gone(const struct child *c)
{
	return !c->living && !c->n_ending && !c->waiters &&
	       c->state == CHILD_STOPPED && comes_and_goes(c->node);
}

/*
 * Who began anew since its life was over made it an edge for the next one, which
 * does not come; what was said there is to be counted before it is forgotten.
 */
static bool ends_left_edges(struct supervisor *s, const struct child *c)
{
	const struct custody *custody = &s->custody;
	const struct custody_edge *edge;

	for (size_t i = 0; !c->is_supervisor && i < custody->n_edges; i++) {
		edge = custody->edges[i];
		if (strcmp(edge->holder, c->node->path) ||
		    !custody_edge_holders(edge))
			continue;
		supervisor_granted(s, c->node->path);
		return c->n_ending;
	}
	return false;
}

/* nobody runs there who could do it */
static void sweep_below(struct supervisor *s, struct spec_node *node)
{
	for (size_t i = node->n_children; i-- > 0;) {
		struct spec_node *child = node->children[i];

		if (!child->leaves) {
			sweep_below(s, child);
			continue;
		}
		end_own_edges(s, child);
		tell_end(s, NULL, false, child->path);
		leave(s->tree, child);
	}
}

void nursery_sweep(struct supervisor *s)
{
	const struct child *c;

	for (size_t i = s->n_children; i-- > 0;) {
		c = s->children[i];
		if (is_gone(c) && !ends_left_edges(s, c))
			bury(s, i);
		else if (c->is_supervisor && !c->living && !c->n_ending &&
			 c->state == CHILD_STOPPED)
			sweep_below(s, c->node);
	}
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
	return (c->node->template || c->on_trial) && !c->was_ready &&
	       c->generation == 0;
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
	/* our own are ours to spawn */
	if (!template || parent == s->node || spec_find(s->tree->root, path))
		return;
	fields_get_u64(f, "SLOT", &slot);
	node = enter(s->tree, parent, template, path_last(path),
		     (unsigned int)slot);
	if (!node)
		return;
	connections_spawned(s, node);
	tell_child(s, from, !from, node);
}

static void on_child_end(struct supervisor *s, const struct child *from,
			 const char *path)
{
	struct spec_node *node = spec_find(s->tree->root, path);

	if (!node || !comes_and_goes(node) || node->parent == s->node)
		return;
	BREAKPOINT("ended elsewhere: not passed on");
	tell_end(s, from, !from, path);
	leave(s->tree, node);
	if (s->reload)
		reloads_step(s);
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

/* ---- what a head asks for ---- */

static void answer_begin(struct fields_writer *w, char *bytes, size_t size,
			 uint64_t number, int error)
{
	fields_begin(w, bytes, size, "DONE");
	fields_put_u64(w, "NUMBER", number);
	if (error < 0)
		fields_put_u64(w, "ERRNO", (uint64_t)-error);
}

static void answer(struct child *head, uint64_t number, int error,
		   const char *name)
{
	char bytes[256];
	struct fields_writer w;

	answer_begin(&w, bytes, sizeof(bytes), number, error);
	fields_put(&w, "NAME", name);
	child_say(head, &w);
}

void nursery_answer(struct child *c, uint64_t number, int error)
{
	struct child *head = supervisor_child(c->supervisor, CUSTODY_HEAD);

	if (head)
		answer(head, number, error, c->node->name);
}

/* false: without memory nobody would be told */
static bool await(struct child *c, uint64_t number, unsigned int until)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return false;
	*waiter = (struct waiter){
		.next = c->waiters,
		.request = number,
		.until = until,
		.of_head = true,
	};
	c->waiters = waiter;
	return true;
}

static bool await_start(struct child *c, uint64_t number, uint64_t wait_ns)
{
	uint64_t now = supervisor_now_ns();

	if (!await(c, number, WAITER_RUNNING))
		return false;
	c->start_by_ns = wait_ns < UINT64_MAX - now ? now + wait_ns : 0;
	return true;
}

/* a program has no mailbox; who has one and cannot be reached is of no use */
static bool is_reachable(const struct child *head, const struct child *c)
{
	return c->node->kind != SPEC_ACTOR ||
	       head->node->kind != SPEC_ACTOR ||
	       custody_edge_declared(&c->supervisor->custody,
				     head->node->path, c->node->path);
}

static void end(struct child *c)
{
	supervisor_stop_child(c, PURPOSE_END, "terminated",
			      ++c->supervisor->last_group);
}

static void on_spawn(struct child *head, uint64_t number,
		     const struct fields *f)
{
	const struct nursery_order order = {
		.template = fields_get(f, "TEMPLATE"),
		.name = fields_get(f, "NAME"),
	};
	const char *why;
	uint64_t wait_ns;
	struct child *c;
	int r = -EINVAL;

	if (order.template)
		r = nursery_spawn(head->supervisor, &order, &c, &why);
	BREAKPOINT("spawn: begun, head not told");
	if (r < 0) {
		answer(head, number, r, NULL);
	} else if (!is_reachable(head, c)) {
		end(c);
		answer(head, number, -ENFILE, NULL);
	} else if (fields_get_u64(f, "WAIT_NS", &wait_ns) == 0) {
		if (!await_start(c, number, wait_ns))
			answer(head, number, 0, c->node->name);
	} else if (!c->awaits_edges || !await(c, number, WAITER_RUNNING | WAITER_TOLD)) {
		/* else the head has not got its edge to it yet */
		answer(head, number, 0, c->node->name);
	}
}

/* as the head sees it: who was told to stop is gone */
static bool is_listed(const struct child *c)
{
	return c->node->template && c->living && c->purpose != PURPOSE_END;
}

static void on_stop_child(struct child *head, uint64_t number,
			  const struct fields *f)
{
	const struct supervisor *s = head->supervisor;
	const char *name = fields_get(f, "NAME");
	struct child *c = NULL;

	for (size_t i = 0; i < s->n_children && name && !c; i++)
		if (is_listed(s->children[i]) &&
		    !strcmp(s->children[i]->node->name, name))
			c = s->children[i];
	if (c)
		end(c);
	BREAKPOINT("stop of a spawned: wanted, head not told");
	answer(head, number, c ? 0 : -ENOENT, NULL);
}

/* 500 names of 63 bytes fit, with a blank behind each */
static void on_children(struct child *head, uint64_t number)
{
	const struct supervisor *s = head->supervisor;
	char bytes[ACTOR_CONTROL_MAX], names[ACTOR_CONTROL_MAX];
	struct fields_writer w;
	size_t n = 0, n_name;

	for (size_t i = 0; i < s->n_children; i++) {
		const char *name = s->children[i]->node->name;

		n_name = strlen(name);
		if (!is_listed(s->children[i]) ||
		    n + n_name + 64 > sizeof(names))
			continue;
		memcpy(names + n, name, n_name);
		n += n_name;
		names[n++] = ' ';
	}
	names[n] = '\0';
	answer_begin(&w, bytes, sizeof(bytes), number, 0);
	fields_put(&w, "NAMES", names);
	child_say(head, &w);
}

bool nursery_actor_message(struct child *c, const struct fields *f)
{
	bool is_head = c->place == CUSTODY_HEAD;
	uint64_t number;

	if (strcmp(f->verb, "SPAWN") && strcmp(f->verb, "STOP_CHILD") &&
	    strcmp(f->verb, "CHILDREN"))
		return false;
	if (fields_get_u64(f, "NUMBER", &number) < 0)
		return false;
	if (!is_head || c->supervisor->node->n_templates == 0)
		answer(c, number, -EOPNOTSUPP, NULL);
	else if (!strcmp(f->verb, "SPAWN"))
		on_spawn(c, number, f);
	else if (!strcmp(f->verb, "STOP_CHILD"))
		on_stop_child(c, number, f);
	else
		on_children(c, number);
	return true;
}

/* ---- for who takes our place ---- */

struct spawned {
	char *path;
	char *template;
	unsigned int slot;
};

static const struct state_member spawned_members[] = {
	STATE_MEMBER(struct spawned, STRING, "PATH", path),
	STATE_MEMBER(struct spawned, STRING, "TEMPLATE", template),
	STATE_MEMBER(struct spawned, UNSIGNED, "SLOT", slot),
};
static const struct state_kind spawned_kind =
	STATE_KIND("SPAWNED", spawned_members);

static void put_spawned(const struct spec_node *parent, struct state_writer *w)
{
	const struct spec_node *node;
	struct spawned spawned;

	for (size_t i = 0; i < parent->n_children; i++) {
		node = parent->children[i];
		if (node->template) {
			spawned = (struct spawned){
				.path = node->path,
				.template = node->template->name,
				.slot = node->slot,
			};
			state_put(w, &spawned_kind, &spawned);
		}
		put_spawned(node, w);
	}
}

void nursery_put(const struct tree *tree, struct state_writer *w)
{
	put_spawned(tree->root, w);
}

static bool enter_again(struct tree *tree, const struct spawned *spawned)
{
	struct spec_node *parent, *template;
	char *slash;
	bool done;

	slash = spawned->path ? strrchr(spawned->path, '/') : NULL;
	if (!slash || !spawned->template)
		return false;
	*slash = '\0';
	parent = spec_find(tree->root, spawned->path);
	*slash = '/';
	template = parent ? spawn_template(parent, spawned->template) : NULL;
	done = template && path_name_valid(slash + 1) &&
	       !spec_find(tree->root, spawned->path) &&
	       enter(tree, parent, template, slash + 1, spawned->slot);
	return done;
}

int nursery_take(struct tree *tree, struct state_reader *r)
{
	struct spawned spawned;

	while (state_is(r, &spawned_kind)) {
		spawned = (struct spawned){ .slot = 0 };
		if (state_take(r, &spawned_kind, &spawned) == 0 &&
		    !enter_again(tree, &spawned))
			state_fail(r, "there is no place for %s in the tree",
				   spawned.path ? spawned.path : "?");
		free(spawned.path);
		free(spawned.template);
	}
	return r->error;
}
