/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * measures.c - what `actorctl metrics` tells of a supervisor and its children.
 *
 * One look at what there is anyway: states, the sockets that it holds, and the
 * heads of arenas, each read once and taken for gossip. What only grows and is
 * nowhere else, restarts and failures and what was counted in lives that are over,
 * is counted here. Its own death begins that anew, as whoever reads counters
 * expects; going on as another program does not.
 *
 * Instances of one name, and what is spawned of one template, are one row: then
 * five thousand actors are as few rows as there are names for them.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "supervisord/act/depth.h"
#include "supervisord/act/footprint.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/decide/class.h"
#include "supervisord/measures.h"
#include "supervisord/snapshot.h"
#include "supervisord/supervisor.h"

#define ROW_BYTES (2 * PATH_MAX)
/* an actor may write there what it likes: sums of it must not overflow */
#define COUNT_MAX (UINT64_C(1) << 48)

/* ---- counting ----------------------------------------------------------- */

/* NULL: that is not counted, as there is no memory */
static struct counts *counts_of(struct child *c)
{
	if (!c->counts)
		c->counts = calloc(1, sizeof(*c->counts));
	return c->counts;
}

void measures_failed(struct child *c)
{
	struct counts *counts = counts_of(c);

	if (counts && (size_t)c->cause.kind < N_CAUSES)
		counts->n_failures[c->cause.kind]++;
}

void measures_restarted(struct child *c)
{
	struct counts *counts = counts_of(c);

	if (counts)
		counts->n_restarts++;
}

static void add_ledger(struct ledger *to, const struct ledger *counts)
{
#define X(member, name)							\
	to->member += counts->member < COUNT_MAX ? counts->member : COUNT_MAX;
	LEDGER_COUNTS(X)
#undef X
}

void measures_past(struct child *c, const struct ledger *counts)
{
	struct counts *to = counts_of(c);

	if (to)
		add_ledger(&to->past, counts);
}

/* @counts: NULL: nothing was counted */
static void add_counts(struct counts *to, const struct counts *counts)
{
	if (!counts)
		return;
	to->n_restarts += counts->n_restarts;
	for (size_t i = 0; i < N_CAUSES; i++)
		to->n_failures[i] += counts->n_failures[i];
	ledger_add(&to->past, &counts->past);
}

/* ---- whose row it is ---------------------------------------------------- */

/* the node that stands for all of its name; NULL: it is the only one */
static const struct spec_node *model_of(const struct spec_node *node)
{
	if (node->template)
		return node->template;
	if (!node->group || node->n_instances < 2)
		return NULL;
	return node->model ? node->model : node;
}

static const char *class_path(const struct supervisor *s,
			      const struct spec_node *model,
			      char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s%s", s->path, class_name(model));
	return path;
}

static struct counts_gone *find_gone(struct supervisor *s, const char *class)
{
	struct counts_gone *gone = s->gone;

	while (gone && strcmp(gone->class, class))
		gone = gone->next;
	return gone;
}

static struct counts_gone *add_gone(struct supervisor *s, const char *class)
{
	struct counts_gone *gone = calloc(1, sizeof(*gone));

	if (gone && !(gone->class = strdup(class))) {
		free(gone);
		return NULL;
	}
	if (gone) {
		gone->next = s->gone;
		s->gone = gone;
	}
	return gone;
}

void measures_gone(struct child *c)
{
	struct supervisor *s = c->supervisor;
	struct counts_gone *gone;
	char path[PATH_MAX];

	if (!c->node->template || !c->counts)
		return;
	class_path(s, c->node->template, path);
	gone = find_gone(s, path);
	if (!gone)
		gone = add_gone(s, path);
	if (gone)
		add_counts(&gone->counts, c->counts);
}

/* a template that a reload took away is not told of any more */
static void forget_gone(struct supervisor *s)
{
	struct counts_gone **at = &s->gone, *gone;
	char path[PATH_MAX];
	size_t i;

	while ((gone = *at)) {
		for (i = 0; i < s->node->n_templates; i++)
			if (!strcmp(class_path(s, s->node->templates[i], path),
				    gone->class))
				break;
		if (i < s->node->n_templates) {
			at = &gone->next;
			continue;
		}
		*at = gone->next;
		free(gone->class);
		free(gone);
	}
}

/* ---- looking ------------------------------------------------------------ */

/**
 * struct measure - of a child, or the sum of a class
 * @model: of which class; NULL: of the only one of its name
 * @counts: with @past of this life, too
 */
struct measure {
	const struct spec_node *model;
	const struct spec_node *node;
	bool is_supervisor;
	bool has_mailbox;
	uint64_t n_instances;
	uint64_t n_up;
	uint64_t n_learning;
	uint64_t generation;
	uint64_t n_queued;
	uint64_t queued_bytes;
	struct counts counts;
};

/** struct look - at all children; @of: which measure is that of each child */
struct look {
	struct supervisor *supervisor;
	bool each;
	struct measure *measures;
	size_t n;
	size_t *of;
};

static struct measure *measure_for(struct look *look, const struct child *c)
{
	const struct spec_node *model = look->each ? NULL : model_of(c->node);
	struct measure *m;

	for (size_t i = 0; model && i < look->n; i++)
		if (look->measures[i].model == model)
			return &look->measures[i];
	m = &look->measures[look->n++];
	*m = (struct measure){
		.model = model,
		.node = c->node,
		.is_supervisor = c->is_supervisor,
		.has_mailbox = !c->is_supervisor &&
			       c->node->kind == SPEC_ACTOR,
	};
	return m;
}

/* also who waits for a message without a process */
static bool is_up(const struct child *c)
{
	return c->state == CHILD_RUNNING ||
	       (c->state == CHILD_IDLE && !c->paused);
}

static void look_at_arena(struct measure *m, const struct child *c)
{
	const struct custody_mailbox *kept =
		custody_mailbox(&c->supervisor->custody, c->node->path);
	struct arena *head = kept ? mailbox_head(kept->arena_fd) : NULL;
	struct ledger counts;

	if (!head)
		return;
	counts = ledger_of_life(head, 0);
	add_ledger(&m->counts.past, &counts);
	m->n_queued += arena_waiting(head);
	mailbox_unload(head);
}

/* Return: which measure is its */
static size_t look_at_child(struct look *look, const struct child *c)
{
	struct measure *m = measure_for(look, c);

	m->n_instances++;
	m->n_up += is_up(c);
	m->n_learning += c->lesson != NULL;
	if (c->generation > m->generation)
		m->generation = c->generation;
	add_counts(&m->counts, c->counts);
	if (m->has_mailbox)
		look_at_arena(m, c);
	return (size_t)(m - look->measures);
}

/* most are empty, and one call says so */
static void look_at_socket(struct measure *m, int fd)
{
	int n_bytes = 0;

	if (fd < 0 || ioctl(fd, FIONREAD, &n_bytes) < 0 || n_bytes <= 0)
		return;
	m->queued_bytes += (uint64_t)n_bytes;
	m->n_queued += depth_of(fd);
}

static bool place_of(const struct supervisor *s, int place, size_t *ret)
{
	const struct child *c = supervisor_child((struct supervisor *)s, place);

	*ret = place == CUSTODY_HEAD ? 0 : (size_t)place + s->has_head;
	return c && !c->is_supervisor && *ret < s->n_children &&
	       s->children[*ret] == c;
}

/* a pass over the edges, not one for each child */
static void look_at_edges(struct look *look)
{
	const struct supervisor *s = look->supervisor;
	const struct custody_edge *edge;
	size_t at;

	for (size_t i = 0; i < s->custody.n_edges; i++) {
		edge = s->custody.edges[i];
		if (place_of(s, edge->target_at, &at))
			look_at_socket(&look->measures[look->of[at]],
				       edge->target_fd);
		if (place_of(s, edge->holder_at, &at))
			look_at_socket(&look->measures[look->of[at]],
				       edge->holder_fd);
	}
}

static bool look_at_all(struct look *look)
{
	const struct supervisor *s = look->supervisor;

	look->measures = calloc(s->n_children + 1, sizeof(*look->measures));
	look->of = calloc(s->n_children + 1, sizeof(*look->of));
	if (!look->measures || !look->of)
		return false;
	for (size_t i = 0; i < s->n_children; i++)
		look->of[i] = look_at_child(look, s->children[i]);
	look_at_edges(look);
	return true;
}

/* ---- rows --------------------------------------------------------------- */

static void row_begin(const struct supervisor *s, struct fields_writer *w,
		      char *bytes, uint64_t request)
{
	fields_begin(w, bytes, ROW_BYTES, "ROW");
	fields_put_u64(w, "ID", request);
	fields_put(w, "PATH", s->path);
}

static const char *cause_field(size_t kind, char text[64])
{
	snprintf(text, 64, "FAILED_%s", cause_kind_name((enum cause_kind)kind));
	for (char *c = text; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return text;
}

static void row_counts(struct fields_writer *w, const struct counts *counts)
{
	char name[64];

	fields_put_u64(w, "RESTARTS", counts->n_restarts);
	for (size_t i = 0; i < N_CAUSES; i++)
		if (counts->n_failures[i])
			fields_put_u64(w, cause_field(i, name),
				       counts->n_failures[i]);
}

static void row_messages(struct fields_writer *w, const struct ledger *counts)
{
	uint64_t open = counts->waiting + counts->dead;

	fields_put_u64(w, "ACCEPTED", counts->accepted);
	fields_put_u64(w, "HANDLED", counts->taken > open ?
		       counts->taken - open : 0);
	fields_put_u64(w, "DEAD", counts->dead + counts->buried);
	fields_put_u64(w, "LOST", counts->lost);
}

static void row_measure(struct supervisor *s, uint64_t request,
			const struct measure *m)
{
	char bytes[ROW_BYTES], path[PATH_MAX];
	struct fields_writer w;

	row_begin(s, &w, bytes, request);
	if (m->model)
		class_path(s, m->model, path);
	else
		snprintf(path, sizeof(path), "%s%s", m->node->path,
			 m->is_supervisor ? "/" : "");
	fields_put(&w, "SERIES", path);
	fields_put(&w, "KIND", m->is_supervisor ? "supervisor" :
		   spec_kind_name(m->node->kind));
	fields_put_u64(&w, "INSTANCES", m->n_instances);
	fields_put_u64(&w, "UP", m->n_up);
	fields_put_u64(&w, "GENERATION", m->generation);
	row_counts(&w, &m->counts);
	if (m->n_learning)
		fields_put_u64(&w, "LEARNING", m->n_learning);
	if (m->has_mailbox) {
		fields_put_u64(&w, "QUEUED", m->n_queued);
		fields_put_u64(&w, "QUEUED_BYTES", m->queued_bytes);
		row_messages(&w, &m->counts.past);
	}
	requests_row(s, &w, NULL, 0);
}

/* those of a template whose last child has gone */
static void row_gone(struct look *look, uint64_t request,
		     const struct spec_node *template)
{
	struct supervisor *s = look->supervisor;
	struct measure none = {
		.model = template,
		.node = template,
		.is_supervisor = spec_is_supervisor(template),
		.has_mailbox = !spec_is_supervisor(template) &&
			       template->kind == SPEC_ACTOR,
	};
	const struct counts_gone *gone;
	struct measure *m = &none;
	char path[PATH_MAX];

	gone = find_gone(s, class_path(s, template, path));
	if (!gone)
		return;
	for (size_t i = 0; i < look->n; i++)
		if (look->measures[i].model == template)
			m = &look->measures[i];
	add_counts(&m->counts, &gone->counts);
	if (m == &none)
		row_measure(s, request, m);
}

static void row_own(struct supervisor *s, uint64_t request)
{
	struct footprint footprint = footprint_of_us();
	struct fields_writer w;
	char bytes[ROW_BYTES];

	row_begin(s, &w, bytes, request);
	fields_put(&w, "SERIES", s->path);
	fields_put(&w, "KIND", "supervisor");
	fields_put_u64(&w, "DESCRIPTORS", footprint.n_fds);
	fields_put_u64(&w, "DESCRIPTORS_MAX", footprint.max_fds);
	fields_put_u64(&w, "MEMORY_BYTES", footprint.memory_bytes);
	requests_row(s, &w, NULL, 0);
}

static void row_system(struct supervisor *s, uint64_t request)
{
	const struct launch_host *host = &s->tree->host;
	char bytes[ROW_BYTES], layers[LAUNCH_LAYERS_BYTES];
	struct fields_writer w;

	row_begin(s, &w, bytes, request);
	fields_put(&w, "SYSTEM", s->tree->system);
	fields_put_u64(&w, "LEVEL", (uint64_t)launch_host_level(host, NULL, 0));
	launch_host_layers(host, layers);
	if (*layers)
		fields_put(&w, "DEGRADED", layers);
	fields_put_u64(&w, "LIVES_ENDED", s->ended.n_lives);
	fields_put_u64(&w, "UNREADABLE", s->ended.n_unreadable);
	requests_row(s, &w, NULL, 0);
}

void measures_rows(struct supervisor *s, uint64_t request, bool each)
{
	struct look look = { .supervisor = s, .each = each };

	if (supervisor_is_root(s))
		row_system(s, request);
	row_own(s, request);
	forget_gone(s);
	if (look_at_all(&look)) {
		for (size_t i = 0; !each && i < s->node->n_templates; i++)
			row_gone(&look, request, s->node->templates[i]);
		for (size_t i = 0; i < look.n; i++)
			row_measure(s, request, &look.measures[i]);
	}
	free(look.measures);
	free(look.of);
}

/* ---- for who takes our place -------------------------------------------- */

#define X(member, name) STATE_MEMBER(struct counts, UNSIGNED, name, past.member),
static const struct state_member counts_members[] = {
	STATE_MEMBER(struct counts, UNSIGNED, "RESTARTS", n_restarts),
	LEDGER_COUNTS(X)
};
#undef X

/** struct failures - of one kind */
struct failures {
	uint32_t kind;
	uint64_t n;
};

static const struct state_member failures_members[] = {
	STATE_MEMBER(struct failures, UNSIGNED, "KIND", kind),
	STATE_MEMBER(struct failures, UNSIGNED, "N", n),
};
static const struct state_member gone_members[] = {
	STATE_MEMBER(struct counts_gone, STRING, "CLASS", class),
};
static const struct state_kind
	counts_kind = STATE_KIND("COUNTS", counts_members),
	failures_kind = STATE_KIND("FAILURES", failures_members),
	gone_kind = STATE_KIND("GONE", gone_members);

static void put_counts(const struct counts *counts, struct state_writer *w)
{
	struct failures failures;

	state_put(w, &counts_kind, counts);
	for (uint32_t i = 0; i < N_CAUSES; i++) {
		failures = (struct failures){ i, counts->n_failures[i] };
		if (failures.n)
			state_put(w, &failures_kind, &failures);
	}
}

static void take_counts(struct counts *counts, struct state_reader *r)
{
	struct failures failures;

	state_take(r, &counts_kind, counts);
	while (state_is(r, &failures_kind)) {
		failures = (struct failures){ .n = 0 };
		if (state_take(r, &failures_kind, &failures) < 0)
			return;
		if (failures.kind >= N_CAUSES)
			state_fail(r, "failures of no kind are counted");
		else
			counts->n_failures[failures.kind] = failures.n;
	}
}

void measures_put_child(const struct child *c, struct state_writer *w)
{
	if (c->counts)
		put_counts(c->counts, w);
}

void measures_take_child(struct child *c, struct state_reader *r)
{
	struct counts *counts;

	if (!state_is(r, &counts_kind))
		return;
	counts = counts_of(c);
	if (counts)
		take_counts(counts, r);
	else
		state_fail(r, "there is no memory");
}

void measures_put_gone(const struct supervisor *s, struct state_writer *w)
{
	for (const struct counts_gone *gone = s->gone; gone; gone = gone->next) {
		state_put(w, &gone_kind, gone);
		put_counts(&gone->counts, w);
	}
}

void measures_take_gone(struct supervisor *s, struct state_reader *r)
{
	struct counts_gone kept, *gone;

	while (state_is(r, &gone_kind)) {
		kept = (struct counts_gone){ .class = NULL };
		gone = NULL;
		if (state_take(r, &gone_kind, &kept) == 0 && kept.class)
			gone = add_gone(s, kept.class);
		free(kept.class);
		if (gone)
			take_counts(&gone->counts, r);
		else
			state_fail(r, "what was counted is nobody's");
	}
}
