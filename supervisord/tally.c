/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tally.c - what is counted at the ends of edges, as rows of an answer.
 *
 * For each actor its arena is read, then the sockets, then the arena again. It
 * adds nothing up and judges nothing: the other end may be another
 * supervisor's, and actorctl gets both.
 *
 * Rows, beside ID and the names of ledger.h:
 *   PATH EDGE END=holder|target PEER GENERATION SOCKET TAKEN_BEFORE
 *        MOVING=1?  it changed while we looked; SOCKET is what is queued for
 *                   this end, TAKEN_BEFORE what TAKEN was in the first look
 *        PARTIAL=1? SOCKET is too low: there are too many packets to look at
 *        GENERATION is 0 and so are all counts when only mail waits there, for
 *        the next life of who has none
 *   PATH PAST=1     of ends that the arena has forgotten, or custody has
 *   PATH DAMAGED=1  its arena cannot be read
 *   ENDED=1 LIVES UNREADABLE    of lives that are over
 */
#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/act/depth.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/minting.h"
#include "supervisord/tally.h"

#define ROW_BYTES 8192
#define LOOKS_MAX 5	/* at an arena that is written meanwhile */

/** struct end - an edge end that we hold for an actor, and what was seen there */
struct end {
	const struct custody_edge *edge;
	enum edge_end end;
	struct depth depth;
	struct ledger before;
	struct ledger now;
};

/** struct tally - one actor: its arena in two looks, and its ends */
struct tally {
	struct supervisor *supervisor;
	uint64_t request;
	const char *path;		/* that was asked for, or NULL */
	const struct custody_mailbox *mailbox;
	struct end *ends;
	size_t n_ends;
	struct ledger past_before;
	struct ledger past;
};

static uint64_t key_of(const struct end *end)
{
	return arena_key(end->edge->id, end->end);
}

static bool is_asked_for(const struct tally *t, const struct custody_edge *edge)
{
	return !t->path || path_is_within(edge->holder, t->path) ||
	       path_is_within(edge->target, t->path);
}

static void add_end(struct tally *t, const struct custody_edge *edge,
		    enum edge_end end)
{
	if (is_asked_for(t, edge))
		t->ends[t->n_ends++] = (struct end){ .edge = edge, .end = end };
}

static bool find_ends(struct tally *t)
{
	const struct custody *custody = &t->supervisor->custody;
	const char *own = t->mailbox->path;

	t->ends = calloc(2 * custody->n_edges + 1, sizeof(*t->ends));
	if (!t->ends)
		return false;
	for (size_t i = 0; i < custody->n_edges; i++) {
		if (!strcmp(custody->edges[i]->holder, own))
			add_end(t, custody->edges[i], EDGE_HOLDER);
		if (!strcmp(custody->edges[i]->target, own))
			add_end(t, custody->edges[i], EDGE_TARGET);
	}
	return t->n_ends > 0 || !t->path;
}

/* ---- looking ---- */

static bool is_ours(const struct tally *t, uint64_t key)
{
	for (size_t i = 0; i < t->n_ends; i++)
		if (key_of(&t->ends[i]) == key)
			return true;
	return false;
}

/* an actor forgets an end some time after custody has */
static struct ledger past_of(const struct tally *t, struct arena *arena)
{
	struct ledger past = ledger_of_past(arena), one;
	size_t cursor = 0;
	uint64_t key;

	while ((key = arena_edge_next(arena, &cursor))) {
		if (is_ours(t, key))
			continue;
		one = ledger_of_edge(arena, key);
		ledger_add(&past, &one);
	}
	return past;
}

/* who writes it meanwhile can make it look damaged for a moment */
static struct arena *load(const struct tally *t)
{
	struct arena *arena;

	for (unsigned int i = 0; i < LOOKS_MAX; i++)
		if (mailbox_load(t->mailbox->arena_fd, &arena) == 0)
			return arena;
	return NULL;
}

static bool look_at_arena(struct tally *t, bool first)
{
	struct arena *arena = load(t);
	struct end *end;

	if (!arena)
		return false;
	for (size_t i = 0; i < t->n_ends; i++) {
		end = &t->ends[i];
		end->now = ledger_of_edge(arena, key_of(end));
		if (first)
			end->before = end->now;
	}
	if (!t->path)
		t->past = past_of(t, arena);
	if (first)
		t->past_before = t->past;
	mailbox_unload(arena);
	return true;
}

static void look_at_sockets(struct tally *t)
{
	struct end *end;
	int fd;

	for (size_t i = 0; i < t->n_ends; i++) {
		end = &t->ends[i];
		fd = end->end == EDGE_HOLDER ? end->edge->holder_fd :
			end->edge->target_fd;
		end->depth.whole = true;
		if (fd >= 0)
			end->depth = depth_beyond(fd, end->before.packets);
	}
}

/* ---- rows ---- */

static void row_begin(const struct tally *t, struct fields_writer *w,
		      char *bytes)
{
	fields_begin(w, bytes, ROW_BYTES, "ROW");
	fields_put_u64(w, "ID", t->request);
	fields_put(w, "PATH", t->mailbox->path);
}

static void row_counts(struct fields_writer *w, const struct ledger *before,
		       const struct ledger *now)
{
	ledger_put(now, w);
	if (!ledger_equal(before, now))
		fields_put(w, "MOVING", "1");
}

static void row_end(const struct tally *t, const struct end *end)
{
	bool holder = end->end == EDGE_HOLDER;
	struct fields_writer w;
	char bytes[ROW_BYTES];

	row_begin(t, &w, bytes);
	fields_put_u64(&w, "EDGE", end->edge->id);
	fields_put(&w, "END", holder ? "holder" : "target");
	fields_put(&w, "PEER", holder ? end->edge->target : end->edge->holder);
	fields_put_u64(&w, "GENERATION", t->mailbox->generation);
	row_counts(&w, &end->before, &end->now);
	fields_put_u64(&w, "TAKEN_BEFORE", end->before.taken);
	fields_put_u64(&w, "SOCKET", end->depth.n_frames);
	if (!end->depth.whole)
		fields_put(&w, "PARTIAL", "1");
	requests_row(t->supervisor, &w, NULL, 0);
}

static void row_past(const struct tally *t)
{
	struct fields_writer w;
	char bytes[ROW_BYTES];

	row_begin(t, &w, bytes);
	fields_put(&w, "PAST", "1");
	row_counts(&w, &t->past_before, &t->past);
	requests_row(t->supervisor, &w, NULL, 0);
}

static void row_damaged(const struct tally *t)
{
	struct fields_writer w;
	char bytes[ROW_BYTES];

	row_begin(t, &w, bytes);
	fields_put(&w, "DAMAGED", "1");
	requests_row(t->supervisor, &w, NULL, 0);
}

static void rows_of(struct tally *t)
{
	bool readable = look_at_arena(t, true);

	look_at_sockets(t);
	if (!readable || !look_at_arena(t, false)) {
		row_damaged(t);
		return;
	}
	for (size_t i = 0; i < t->n_ends; i++)
		row_end(t, &t->ends[i]);
	if (!t->path)
		row_past(t);
}

/* what stands for its life in custody is no arena, and there is nothing in it */
static bool is_program(struct supervisor *s, const char *path)
{
	const struct spec_node *node = spec_find(s->tree->root, path);

	return node && node->kind == SPEC_PROGRAM;
}

/* a supervisor that is there answers for its own */
static bool is_ours_to_answer(struct supervisor *s,
			      const struct custody_mailbox *mailbox)
{
	struct child *c = supervisor_child(s, mailbox->at);

	return c && (!c->is_supervisor || !c->link) &&
	       !is_program(s, mailbox->path);
}

/* nor has anybody else a mailbox for it: it is between two lives */
static bool has_no_life(struct supervisor *s, const char *path)
{
	const struct child *c = supervisor_child(s, minting_place(s, path));

	return c && (!c->is_supervisor || !c->link) &&
	       !custody_mailbox(&s->custody, path);
}

/* its edges are made for the next life already, and bring it what was said to
 * this name meanwhile: that its peer is over, say */
static void row_between_lives(const struct tally *look,
			      const struct custody_edge *edge,
			      enum edge_end which)
{
	bool holder = which == EDGE_HOLDER;
	const struct custody_mailbox none = {
		.path = holder ? edge->holder : edge->target,
	};
	struct end end = { .edge = edge, .end = which };
	struct tally t = *look;
	int fd = holder ? edge->holder_fd : edge->target_fd;

	if (fd < 0 || !is_asked_for(&t, edge) ||
	    !has_no_life(t.supervisor, none.path))
		return;
	end.depth = depth_beyond(fd, 0);
	t.mailbox = &none;
	if (end.depth.n_frames)
		row_end(&t, &end);
}

void tally_rows(struct supervisor *s, uint64_t request, const char *path)
{
	struct tally t;

	for (size_t i = 0; i < s->custody.n_mailboxes; i++) {
		t = (struct tally){
			.supervisor = s,
			.request = request,
			.path = path,
			.mailbox = s->custody.mailboxes[i],
		};
		if (is_ours_to_answer(s, t.mailbox) && find_ends(&t))
			rows_of(&t);
		free(t.ends);
	}
	t = (struct tally){ .supervisor = s, .request = request, .path = path };
	for (size_t i = 0; i < s->custody.n_edges; i++) {
		row_between_lives(&t, s->custody.edges[i], EDGE_HOLDER);
		row_between_lives(&t, s->custody.edges[i], EDGE_TARGET);
	}
}

void tally_ended(struct supervisor *s, uint64_t request)
{
	struct fields_writer w;
	char bytes[ROW_BYTES];

	fields_begin(&w, bytes, sizeof(bytes), "ROW");
	fields_put_u64(&w, "ID", request);
	fields_put(&w, "PATH", s->path);
	fields_put(&w, "ENDED", "1");
	fields_put_u64(&w, "LIVES", s->ended.n_lives);
	fields_put_u64(&w, "UNREADABLE", s->ended.n_unreadable);
	ledger_put(&s->ended.counts, &w);
	requests_row(s, &w, NULL, 0);
}
