/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * adoption.c - a running tree becomes that of another file, in every supervisor.
 *
 * Each has its own copy of the tree, and changes it by itself: all are given the
 * same text, and what follows from that is pure. Word goes from the root down,
 * and before all that follows from it above, so a supervisor that is forked
 * anew meanwhile has either the new tree, or the word on its way. One that cannot
 * follow ends, and its parent forks another one with the tree that it has.
 *
 * First what stops: marked by all, ended by whose children they are, gone when
 * nothing is left of them. Then the new tree is put into the place of the old one.
 *
 * Between supervisors, down:
 *   LEAVE      PATH       it is not to stay
 *   LEAVE                 what is marked ends now
 *   RELOAD     ID         the file, as kept_file_write() writes it
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libactorproc/path.h"
#include "supervisord/adoption.h"
#include "supervisord/breakpoint.h"
#include "supervisord/connections.h"
#include "supervisord/decide/graft.h"
#include "supervisord/decide/reload.h"
#include "supervisord/decide/seats.h"
#include "supervisord/decide/spawn.h"
#include "supervisord/gifts.h"
#include "supervisord/guard.h"
#include "supervisord/host_wanted.h"
#include "supervisord/keeping.h"
#include "supervisord/kept_file.h"
#include "supervisord/letters.h"
#include "supervisord/mailboxes.h"
#include "supervisord/minting.h"
#include "supervisord/nursery.h"
#include "supervisord/renewals.h"
#include "supervisord/shortage.h"
#include "supervisord/spare.h"
#include "supervisord/store.h"
#include "supervisord/upgrades.h"
#include "supervisord/zygotes.h"

#define MESSAGE_BYTES (2 * PATH_MAX)

/* ---- what stops --------------------------------------------------------- */

static void say_below(struct supervisor *s, const struct fields_writer *w)
{
	struct child *c;

	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		if (c->is_supervisor && c->link)
			link_send(c->link, w, NULL, 0);
	}
}

static void say_leave(struct supervisor *s, const char *path)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "LEAVE");
	fields_put(&w, "PATH", path);
	say_below(s, &w);
}

static void end_children(struct supervisor *s)
{
	uint64_t group = ++s->last_group;

	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->node->leaves && s->children[i]->living)
			supervisor_stop_child(s->children[i], PURPOSE_END,
					      "terminated", group);
	supervisor_step_soon(s);
}

static void say_marks(struct supervisor *s, const struct spec_node *node)
{
	if (node->leaves)
		say_leave(s, node->path);
	for (size_t i = 0; i < node->n_children; i++)
		say_marks(s, node->children[i]);
}

void adoption_leave(struct supervisor *s)
{
	say_marks(s, s->tree->root);
	say_leave(s, NULL);
	end_children(s);
}

static void on_leave(struct supervisor *s, const char *path)
{
	struct spec_node *node = path ? spec_find(s->tree->root, path) : NULL;

	/* what we are ourselves, or above us, is told to stop instead */
	if (node && path_is_within(s->node->path, path))
		return;
	say_leave(s, path);
	BREAKPOINT("leaves: said below, not marked");
	if (node)
		node->leaves = true;
	else if (!path)
		end_children(s);
}

bool adoption_is_clearing(const struct spec_node *node)
{
	if (node->leaves)
		return true;
	for (size_t i = 0; i < node->n_children; i++)
		if (adoption_is_clearing(node->children[i]))
			return true;
	return false;
}

/* ---- a new tree --------------------------------------------------------- */

/**
 * struct adoption - one that is under way
 * @old: the tree that ran; kept until nothing points into it
 * @keeps_old: something does for longer: a child that nobody could know of
 */
struct adoption {
	struct supervisor *s;
	uint64_t id;
	unsigned int n_more;
	uint64_t group;
	struct spec_system *system;
	struct spec_node *old;
	struct declared_edge *edges;
	size_t n_edges;
	struct reload_plan plan;
	bool keeps_old;
};

static struct spec_node **top_of(const struct supervisor *s)
{
	return &s->tree->root->children[1];
}

static int prepare(struct adoption *a, int fd)
{
	struct spec_node *root = a->s->tree->root, *tops[2];
	int r = kept_file_read(fd, a->s->tree->file, &a->system);

	a->old = *top_of(a->s);
	if (r == 0)
		r = graft(a->old, a->system->top);
	if (r == 0)
		r = seats_keep(root, a->system->top);
	if (r == 0)
		r = reload_plan(a->old, a->system->top, &a->plan);
	if (r < 0)
		return r;
	tops[0] = root->children[0];
	tops[1] = a->system->top;
	return edges_declared(tops, 2, &a->edges, &a->n_edges);
}

/* ---- its children ------------------------------------------------------- */

static struct child *child_named(const struct supervisor *s, const char *name)
{
	for (size_t i = s->has_head; i < s->n_children; i++)
		if (!strcmp(s->children[i]->node->name, name))
			return s->children[i];
	return NULL;
}

static struct spec_node *node_named(const struct spec_node *parent,
				    const char *name)
{
	for (size_t i = 0; i < parent->n_children; i++)
		if (!strcmp(parent->children[i]->name, name))
			return parent->children[i];
	return NULL;
}

/* spawned just before the word came, of a template that is no more: it has a
 * place in our tree until its life is over, and in no other */
static bool keep_orphan(struct adoption *a, struct child *c,
			struct spec_node *parent)
{
	struct spec_node *node = c->node, **more;

	more = reallocarray(parent->children, parent->n_children + 1,
			    sizeof(*more));
	if (!more)
		return false;
	parent->children = more;
	spawn_take_out(node);
	more[parent->n_children++] = node;
	node->seat = seats_of(node);
	node->template = NULL;
	node->parent = parent;
	node->leaves = true;
	a->keeps_old = true;
	return true;
}

static bool enter_children(struct adoption *a, struct spec_node *parent)
{
	struct supervisor *s = a->s;

	for (size_t i = s->has_head; i < s->n_children; i++)
		if (!node_named(parent, s->children[i]->node->name) &&
		    !keep_orphan(a, s->children[i], parent))
			return false;
	for (size_t i = 0; i < parent->n_children; i++)
		if (!child_named(s, parent->children[i]->name) &&
		    !supervisor_add_child(s, parent->children[i]))
			return false;
	return true;
}

/* their order is that of the file; who has one keeps its process */
static bool order_children(struct supervisor *s, struct spec_node *parent)
{
	struct child **ordered = calloc(s->n_children + 1, sizeof(*ordered));
	size_t n = 0;

	if (!ordered)
		return false;
	if (s->has_head)
		ordered[n++] = s->children[0];
	for (size_t i = 0; i < parent->n_children; i++)
		ordered[n++] = child_named(s, parent->children[i]->name);
	for (size_t i = s->has_head; i < n; i++) {
		ordered[i]->node = parent->children[i - s->has_head];
		ordered[i]->place = (int)(i - s->has_head);
	}
	if (s->has_head)
		ordered[0]->node = parent;
	free(s->children);
	s->children = ordered;
	s->n_children = n;
	return true;
}

static void find_places(struct supervisor *s)
{
	struct custody *custody = &s->custody;

	for (size_t i = 0; i < custody->n_edges; i++) {
		struct custody_edge *edge = custody->edges[i];

		edge->holder_at = minting_place(s, edge->holder);
		edge->target_at = minting_place(s, edge->target);
	}
	for (size_t i = 0; i < custody->n_mailboxes; i++)
		custody->mailboxes[i]->at =
			minting_place(s, custody->mailboxes[i]->path);
}

/* who goes on as another program makes the tree of it (snapshot.c) */
static bool keep_file(struct tree *tree, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return false;
	if (tree->config_fd >= 0)
		close(tree->config_fd);
	tree->config_fd = copy;
	return true;
}

/* false: half of it is done, and it cannot go on */
static bool put_tree(struct adoption *a)
{
	struct supervisor *s = a->s;
	struct spec_node *root = s->tree->root, *node = s->node, *top;

	*top_of(s) = top = a->system->top;
	root->shutdown_timeout_ns = top->shutdown_timeout_ns;
	root->exit_with = top->exit_with;
	if (s->tree->edges_grow)
		free(s->tree->edges);
	edges_free(s->tree->declared, 0);
	s->tree->declared = s->tree->edges = a->edges;
	s->tree->n_edges = a->n_edges;
	s->tree->edges_grow = false;
	s->tree->gifts = 0;
	node = node == root ? root : spec_find(root, node->path);
	if (!node)
		return false;
	s->node = node;
	s->tree->host.wanted = host_wanted(root);
	return enter_children(a, node) && order_children(s, node);
}

/* ---- its edges ---------------------------------------------------------- */

/* the name that the file has for it now; NULL: none */
static const char *declared_name(const struct adoption *a,
				 const struct custody_edge *edge)
{
	const char *name = letters_by_later(a->s, edge) ? edge->name : NULL;

	for (size_t i = 0; i < a->n_edges; i++) {
		if (strcmp(a->edges[i].holder, edge->holder) ||
		    strcmp(a->edges[i].target, edge->target))
			continue;
		name = a->edges[i].name;
		if (!strcmp(name, edge->name))
			return name;
	}
	return name;
}

/* what no file declares any more stands on grants, if on anything */
static void rename_edges(struct adoption *a)
{
	struct custody *custody = &a->s->custody;
	const char *name;
	char *copy;

	for (size_t i = 0; i < custody->n_edges; i++) {
		struct custody_edge *edge = custody->edges[i];

		if (!edge->name || !custody_edge_open(edge))
			continue;
		name = declared_name(a, edge);
		if (name && !strcmp(name, edge->name))
			continue;
		copy = name ? strdup(name) : NULL;
		if (name && !copy)
			continue;
		free(edge->name);
		edge->name = copy;
	}
}

/* it has a life, or is about to begin one */
static bool has_life(const struct adoption *a, const char *path)
{
	const struct supervisor *s = a->s;

	if (path_is_supervisor(path))
		return false;	/* sees to its own edge */
	if (reload_step_of(&a->plan, RELOAD_START, path))
		return true;
	return custody_mailbox(&s->custody, path) &&
	       !mailboxes_is_ending(s, path);
}

static bool is_wanted(const struct adoption *a, const struct declared_edge *e)
{
	const struct supervisor *s = a->s;

	return minting_is_ours(s, e->holder, e->target) &&
	       has_life(a, e->holder) && has_life(a, e->target) &&
	       !custody_edge_declared(&s->custody, e->holder, e->target);
}

/* as at the beginning: what is above mints first, and hands down the lives */
static void mint_edges(struct adoption *a)
{
	for (size_t i = 0; i < a->n_edges; i++)
		if (is_wanted(a, &a->edges[i]))
			minting_mint(a->s, a->edges[i].holder,
				     a->edges[i].target, a->edges[i].name,
				     NULL);
	keeping_ask(a->s);
}

/* ---- what follows for each ---------------------------------------------- */

static const struct reload_step *step_of(const struct adoption *a,
					 enum reload_what what,
					 const struct child *c)
{
	const struct reload_step *step = reload_step_of(&a->plan, what,
							c->node->path);

	return step && !step->within ? step : NULL;
}

static void await(struct adoption *a, struct child *c)
{
	if (requests_await_reload(c, a->id))
		a->n_more++;
}

static void start(struct adoption *a, struct child *c)
{
	if (supervisor_start_child(c) < 0)
		return;
	c->on_trial = true;
	c->group = a->group;
	c->wake = c->node->activation != SPEC_ON_MESSAGE;
	if (c->wake)
		await(a, c);
}

/* whoever has no process now begins the next one as the file says anyway */
static void restart(struct adoption *a, struct child *c)
{
	if (!c->living || !child_state_has_process(c->state) ||
	    c->state == CHILD_UNKILLABLE)
		return;
	if (!c->is_supervisor)
		c->awaits_edges = renewals_renew(c->supervisor, c->node->path);
	c->delay_until_ns = 0;
	c->wake = true;
	supervisor_stop_child(c, PURPOSE_RESTART, NULL, a->group);
	await(a, c);
}

static void change(struct child *c)
{
	spare_look(c);
	if (c->guard) {
		guard_end(c);
		guard_begin(c);
	} else if (c->state == CHILD_RUNNING || c->state == CHILD_PAUSED) {
		guard_begin(c);
	}
	if (c->state == CHILD_IDLE && !c->idled &&
	    c->node->activation == SPEC_AT_START) {
		c->wake = true;
		supervisor_event(c, CHILD_EVENT_WAKE);
	}
}

static void do_steps(struct adoption *a)
{
	struct supervisor *s = a->s;
	struct child *c;

	a->group = ++s->last_group;
	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		if (c->node->leaves || c->place == CUSTODY_HEAD)
			continue;
		if (step_of(a, RELOAD_START, c))
			start(a, c);
		if (step_of(a, RELOAD_CHANGE, c))
			change(c);
	}
	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		if (!reload_step_of(&a->plan, RELOAD_RESTART, c->node->path))
			continue;
		/* what it would go back to is not what the file says now */
		upgrades_forget(c);
		c->program = launch_program_free(c->program);
		child_runs(c, NULL);
		if (step_of(a, RELOAD_RESTART, c) && c->place != CUSTODY_HEAD)
			restart(a, c);
	}
	if (a->keeps_old)
		end_children(s);
}

/* who was never ready, and has its process now, is not told twice */
static void refit(struct supervisor *s)
{
	const struct spec_intensity *spec = &s->node->intensity;
	struct child *c;

	intensity_change(&s->intensity, spec->restarts, spec->period_ns);
	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		if (spec->scope == SPEC_SCOPE_CHILD)
			intensity_change(&c->intensity, spec->restarts,
					 spec->period_ns);
		s->has_programs |= child_may_fork(c);
		if (c->link && gifts_wanted(s->tree, c->node->path))
			link_accept_fds(c->link);
	}
}

/* ---- from the root down ------------------------------------------------- */

/* whoever is to begin anew as a whole will have our tree then */
static void pass_on(struct adoption *a, int fd)
{
	struct supervisor *s = a->s;
	struct fields_writer w;
	struct child *c;
	char bytes[64];

	fields_begin(&w, bytes, sizeof(bytes), "RELOAD");
	fields_put_u64(&w, "ID", a->id);
	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		if (!c->is_supervisor || !c->link ||
		    step_of(a, RELOAD_RESTART, c))
			continue;
		link_send(c->link, &w, &fd, 1);
		requests_expect(c, a->id);
		a->n_more++;
	}
}

static void adoption_free(struct adoption *a, bool adopted)
{
	reload_plan_clear(&a->plan);
	if (!adopted) {
		edges_free(a->edges, a->n_edges);
		spec_system_free(a->system);
		return;
	}
	a->system->top = NULL;
	spec_system_free(a->system);
	if (!a->keeps_old)
		spec_node_free(a->old);
	nursery_clear_attic(a->s->tree);
}

static void settle_edges(struct supervisor *s)
{
	rename_edges(&(struct adoption){ .s = s, .edges = s->tree->edges,
					 .n_edges = s->tree->n_edges });
	revocations_settle_all(s);
}

int adoption_adopt(struct supervisor *s, int fd, uint64_t id,
		   unsigned int *ret_n_more)
{
	struct adoption a = { .s = s, .id = id };
	int r = prepare(&a, fd);

	if (r < 0) {
		adoption_free(&a, false);
		return r;
	}
	/* who forks us anew has it, or all of us end */
	notes_catch_up();	/* of the tree that goes */
	if (!put_tree(&a) || !keep_file(s->tree, fd))
		shortage_end(s, -ENOMEM, "the new file was not taken over");
	BREAKPOINT("reload: the tree is new, nobody told");
	find_places(s);
	zygotes_renew(s);
	refit(s);
	pass_on(&a, fd);
	BREAKPOINT("reload: told below, edges as before");
	if (connections_renew(s) < 0)
		shortage_end(s, -ENOMEM, "the new file was not taken over");
	settle_edges(s);
	store_reread(s->store);	/* before there is what only the file has */
	mint_edges(&a);
	BREAKPOINT("reload: edges made, nobody started");
	do_steps(&a);
	BREAKPOINT("reload: done, not said");
	*ret_n_more = a.n_more;
	adoption_free(&a, true);
	supervisor_step_soon(s);
	return 0;
}

static void on_reload(struct supervisor *s, struct control_message *m)
{
	int fd = control_take_fd(m), r = -EBADMSG;
	unsigned int n_more;
	uint64_t id;

	if (fd >= 0 && fields_get_u64(&m->fields, "ID", &id) == 0)
		r = adoption_adopt(s, fd, id, &n_more);
	if (fd >= 0)
		close(fd);
	if (r == 0)
		requests_done(s, id, 0, NULL, n_more);
	else if (r != -EBADMSG && r != -EPERM)
		shortage_end(s, r, "the new file was not read");
}

bool adoption_message(struct supervisor *s, struct control_message *m)
{
	if (!strcmp(m->fields.verb, "LEAVE"))
		on_leave(s, fields_get(&m->fields, "PATH"));
	else if (!strcmp(m->fields.verb, "RELOAD"))
		on_reload(s, m);
	else
		return false;
	return true;
}
