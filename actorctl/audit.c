/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * audit.c - does every message that was accepted have its place?
 *
 * It alone joins the two ends of an edge, which different supervisors read at
 * different times, and judges what they say. Pure but for memory.
 */
#include <stdlib.h>
#include <string.h>

#include "actorctl/audit.h"

/* supervisors send there, and die with what they counted */
#define DEAD_LETTERS "/system/dead-letters"

#define COUNT_MAX ((json_int_t)1 << 48)

enum { HOLDER, TARGET };

/** struct end - what one end of an edge said, or a sum of such */
struct end {
	bool there;
	bool moving;		/* it changed while it was read */
	bool partial;		/* @socket is too low */
	json_int_t accepted, sent, unsent, buried;
	json_int_t taken, taken_before, waiting, dead, lost;
	json_int_t socket;	/* queued for this end */
};

struct edge {
	const char *id;
	const char *path[2];
	struct end end[2];
};

struct audit_view {
	json_t *rows;
	struct edge *edges;	/* by id */
	size_t n_edges;
	struct end past;	/* of ends that nobody has any more */
	bool has_past;
	bool incomplete;
	json_int_t n_unreadable;
};

/** struct flow - one direction of an edge, judged */
struct flow {
	json_int_t accepted, handled, dead, queued, lost, difference;
	bool moving;
};

/* ---- one look ---- */

static const char *text_of(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text ? text : "";
}

static json_int_t number_of(const json_t *row, const char *name)
{
	return json_integer_value(json_object_get(row, name));
}

/* an actor may write there what it likes: sums of it must not overflow */
static json_int_t count_of(const json_t *row, const char *name)
{
	json_int_t count = number_of(row, name);

	return count >= 0 && count < COUNT_MAX ? count : COUNT_MAX;
}

static struct end end_of(const json_t *row)
{
	return (struct end) {
		.there = true,
		.moving = json_object_get(row, "moving"),
		.partial = json_object_get(row, "partial"),
		.accepted = count_of(row, "accepted"),
		.sent = count_of(row, "sent"),
		.unsent = count_of(row, "unsent"),
		.buried = count_of(row, "buried"),
		.taken = count_of(row, "taken"),
		.taken_before = count_of(row, "taken_before"),
		.waiting = count_of(row, "waiting"),
		.dead = count_of(row, "dead"),
		.lost = count_of(row, "lost"),
		.socket = count_of(row, "socket"),
	};
}

static void add_end(struct end *to, const struct end *end)
{
	to->moving |= end->moving;
	to->partial |= end->partial;
	to->accepted += end->accepted;
	to->sent += end->sent;
	to->unsent += end->unsent;
	to->buried += end->buried;
	to->taken += end->taken;
	to->waiting += end->waiting;
	to->dead += end->dead;
	to->lost += end->lost;
	to->socket += end->socket;
}

static void take_edge(struct audit_view *view, const json_t *row)
{
	int end = strcmp(text_of(row, "end"), "holder") ? TARGET : HOLDER;
	struct edge *edge = &view->edges[view->n_edges++];

	edge->id = text_of(row, "edge");
	edge->path[end] = text_of(row, "path");
	edge->path[!end] = text_of(row, "peer");
	edge->end[end] = end_of(row);
}

static void take_row(struct audit_view *view, const json_t *row,
		     const char *path)
{
	struct end past;

	view->incomplete |= json_object_get(row, "incomplete") ||
			    json_object_get(row, "damaged");
	view->n_unreadable += number_of(row, "unreadable");
	if (json_object_get(row, "ended"))
		view->has_past = true;
	if (json_object_get(row, "ended") || json_object_get(row, "past")) {
		past = end_of(row);
		if (strcmp(text_of(row, "path"), DEAD_LETTERS))
			add_end(&view->past, &past);
	} else if (json_object_get(row, "edge") &&
		   (!path || !strcmp(text_of(row, "path"), path) ||
		    !strcmp(text_of(row, "peer"), path))) {
		take_edge(view, row);
	}
}

static int by_id(const void *a, const void *b)
{
	const struct edge *one = a, *other = b;

	return strcmp(one->id, other->id);
}

/* each row was an edge of its own: those of one id become one */
static void join(struct audit_view *view)
{
	struct edge *to = view->edges;

	qsort(view->edges, view->n_edges, sizeof(*view->edges), by_id);
	for (size_t i = 1; i < view->n_edges; i++) {
		const struct edge *from = &view->edges[i];
		int end = from->end[HOLDER].there ? HOLDER : TARGET;

		if (strcmp(from->id, to->id))
			*++to = *from;
		else
			to->end[end] = from->end[end];
	}
	if (view->n_edges > 0)
		view->n_edges = (size_t)(to - view->edges) + 1;
}

static bool is_supervisor(const char *path)
{
	size_t n = strlen(path);

	return n > 0 && path[n - 1] == '/';
}

static bool is_whole(const struct edge *edge)
{
	return edge->end[HOLDER].there && edge->end[TARGET].there;
}

/* the other end of it has ended: it is in the sum of those */
static bool is_half(const struct edge *edge)
{
	return !is_whole(edge) && !is_supervisor(edge->path[HOLDER]) &&
	       !is_supervisor(edge->path[TARGET]) &&
	       strcmp(edge->path[TARGET], DEAD_LETTERS);
}

static void add_halves(struct audit_view *view)
{
	for (size_t i = 0; i < view->n_edges; i++) {
		const struct edge *edge = &view->edges[i];

		if (!is_half(edge))
			continue;
		add_end(&view->past, &edge->end[HOLDER]);
		add_end(&view->past, &edge->end[TARGET]);
	}
}

struct audit_view *audit_view_new(json_t *rows, const char *path)
{
	struct audit_view *view = calloc(1, sizeof(*view));
	json_t *row;
	size_t i;

	if (!view)
		return NULL;
	view->edges = calloc(json_array_size(rows) + 1, sizeof(*view->edges));
	if (!view->edges) {
		free(view);
		return NULL;
	}
	view->rows = json_incref(rows);

	json_array_foreach(rows, i, row)
		take_row(view, row, path);
	join(view);
	add_halves(view);
	view->past.there = true;
	return view;
}

struct audit_view *audit_view_free(struct audit_view *view)
{
	if (!view)
		return NULL;

	json_decref(view->rows);
	free(view->edges);
	free(view);
	return NULL;
}

/* ---- one direction of an edge ---- */

static const struct edge *same_edge(const struct audit_view *view,
				    const struct edge *edge)
{
	if (!view)
		return NULL;

	return bsearch(edge, view->edges, view->n_edges, sizeof(*edge), by_id);
}

static bool is_same(const struct end *one, const struct end *other)
{
	return one->there == other->there && one->sent == other->sent &&
	       one->accepted == other->accepted &&
	       one->unsent == other->unsent && one->buried == other->buried &&
	       one->taken == other->taken && one->waiting == other->waiting &&
	       one->dead == other->dead && one->lost == other->lost &&
	       one->socket == other->socket;
}

/* as it was read */
static struct flow flow_read(const struct end *sender,
			     const struct end *receiver)
{
	struct flow flow = {
		.accepted = sender->accepted,
		.handled = receiver->taken - receiver->waiting -
			   receiver->dead,
		.dead = receiver->dead + sender->buried,
		.queued = sender->unsent + receiver->socket +
			  receiver->waiting,
		.lost = receiver->lost,
	};

	flow.difference = flow.accepted - flow.handled - flow.dead -
			  flow.queued;
	return flow;
}

/*
 * What no order of readings explains. Messages go from the sender to the socket
 * to the receiver: who reads in that order misses none, and who reads in the
 * other counts none twice.
 */
static json_int_t violation(const struct edge *before, const struct edge *now,
			    int sender)
{
	const struct end *to = &now->end[!sender], *from = &now->end[sender];
	json_int_t sent, arrived;

	if (!before || !is_whole(before))
		return 0;

	sent = before->end[sender].sent;
	arrived = to->taken + to->socket;
	if (sent > arrived && !to->partial)
		return sent - arrived;

	to = &before->end[!sender];
	arrived = to->taken_before + to->socket;
	return arrived > from->sent ? from->sent - arrived : 0;
}

static bool is_exact(const struct edge *before, const struct edge *now,
		     int sender, json_int_t difference)
{
	const struct end *from = &now->end[sender], *to = &now->end[!sender];

	if (from->moving || to->moving || to->partial)
		return false;
	return difference == 0 ||
	       (before && is_same(&before->end[sender], from) &&
		is_same(&before->end[!sender], to));
}

static struct flow flow_of(const struct edge *before, const struct edge *now,
			   int sender)
{
	struct flow flow = flow_read(&now->end[sender], &now->end[!sender]);

	if (!is_whole(now)) {
		flow.difference = 0;
		flow.moving = now->end[sender].moving |
			      now->end[!sender].moving;
	} else if (!is_exact(before, now, sender, flow.difference)) {
		flow.moving = true;
		flow.difference = violation(before, now, sender);
		flow.queued = flow.accepted - flow.handled - flow.dead -
			      flow.difference;
	}
	return flow;
}

/* all directions of all edges with an end that is no more, at once */
static struct flow flow_past(const struct audit_view *before,
			     const struct audit_view *now)
{
	struct flow flow = flow_read(&now->past, &now->past);
	bool exact = !now->past.moving && !now->past.partial &&
		     (flow.difference == 0 ||
		      (before && is_same(&before->past, &now->past)));

	if (!exact || now->n_unreadable > 0) {
		flow.moving = !exact;
		flow.queued += flow.difference;
		flow.difference = 0;
	}
	return flow;
}

/* ---- all of them ---- */

bool audit_is_settled(const struct audit_view *before,
		      const struct audit_view *now)
{
	if (now->incomplete || (now->has_past && flow_past(before, now).moving))
		return false;

	for (size_t i = 0; i < now->n_edges; i++) {
		const struct edge *edge = &now->edges[i];
		const struct edge *was = same_edge(before, edge);

		if (is_whole(edge) && (flow_of(was, edge, HOLDER).moving ||
				       flow_of(was, edge, TARGET).moving))
			return false;
	}

	return true;
}

static void add_flow(struct flow *sums, const struct flow *flow)
{
	sums->accepted += flow->accepted;
	sums->handled += flow->handled;
	sums->dead += flow->dead;
	sums->queued += flow->queued;
	sums->lost += flow->lost;
	sums->difference += flow->difference;
}

static json_t *known(bool is_known, json_int_t number)
{
	return is_known ? json_integer(number) : json_null();
}

static json_t *flow_json(const struct edge *edge, int sender,
			 const struct flow *flow)
{
	bool sent = edge->end[sender].there, taken = edge->end[!sender].there;

	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:o, s:b}",
		"edge", edge->id, "from", edge->path[sender],
		"to", edge->path[!sender],
		"kind", sender == HOLDER ? "requests" : "replies",
		"accepted", known(sent, flow->accepted),
		"handled", known(taken, flow->handled),
		"dead", flow->dead, "queued", flow->queued,
		"lost", flow->lost,
		"difference", known(sent && taken, flow->difference),
		"moving", flow->moving);
}

static json_t *sums_json(const struct flow *sums, json_int_t n_moving)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"accepted", sums->accepted, "handled", sums->handled,
		"dead", sums->dead, "queued", sums->queued,
		"lost", sums->lost, "difference", sums->difference,
		"moving", n_moving);
}

/* both directions of an edge; returns whether it moves */
static bool judge_edge(const struct edge *before, const struct edge *now,
		       struct flow *sums, json_t *flows)
{
	struct flow flow[2];

	for (int sender = HOLDER; sender <= TARGET; sender++) {
		flow[sender] = flow_of(before, now, sender);
		if (is_whole(now))
			add_flow(sums, &flow[sender]);
		json_array_append_new(flows, flow_json(now, sender,
						       &flow[sender]));
	}
	return is_whole(now) && (flow[HOLDER].moving || flow[TARGET].moving);
}

static void judge_past(const struct audit_view *before,
		       const struct audit_view *now, struct flow *sums,
		       json_t *judged)
{
	struct flow past = flow_past(before, now);

	if (!now->has_past)
		return;
	add_flow(sums, &past);
	json_object_set_new(judged, "past", sums_json(&past, past.moving));
}

json_t *audit_judge(const struct audit_view *before,
		    const struct audit_view *now)
{
	json_t *judged = json_object(), *flows = json_array(), *all;
	struct flow sums = { 0 };
	json_int_t n_moving = 0;

	for (size_t i = 0; i < now->n_edges; i++)
		n_moving += judge_edge(same_edge(before, &now->edges[i]),
				       &now->edges[i], &sums, flows);
	judge_past(before, now, &sums, judged);
	n_moving += number_of(json_object_get(judged, "past"), "moving");

	all = sums_json(&sums, n_moving);
	json_object_set_new(all, "edges", flows);
	json_object_set_new(all, "unreadable",
			    json_integer(now->n_unreadable));
	json_object_set_new(all, "incomplete", json_boolean(now->incomplete));
	json_object_update(all, judged);
	json_decref(judged);
	return all;
}

static bool is_off(const json_t *flow)
{
	return number_of(flow, "difference") != 0 ||
	       number_of(flow, "lost") != 0;
}

bool audit_is_right(const json_t *judged)
{
	const json_t *flow;
	size_t i;

	json_array_foreach(json_object_get(judged, "edges"), i, flow)
		if (is_off(flow))
			return false;

	return !is_off(judged) && !is_off(json_object_get(judged, "past")) &&
	       !json_is_true(json_object_get(judged, "incomplete"));
}
