/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reloads.c - the file is read again: in the root supervisor alone.
 *
 * It opens the file that the system was run with, itself and by that path: a
 * client says when, never what. A file that is wrong, in any place, changes
 * nothing. What follows from a good one is decided in decide/reload.c, and done
 * by adoption.c: here is only whose turn it is. One at a time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/adoption.h"
#include "supervisord/decide/graft.h"
#include "supervisord/decide/reload.h"
#include "supervisord/decide/ceiling.h"
#include "supervisord/decide/seats.h"
#include "supervisord/decide/spawn.h"
#include "supervisord/host_wanted.h"
#include "supervisord/kept_file.h"
#include "supervisord/load.h"
#include "supervisord/reloads.h"
#include "supervisord/shortage.h"

#define ROW_BYTES 8192
#define KEYS_BYTES 1024
/* for what stops, besides the time that a whole stop may take */
#define PATIENCE_NS UINT64_C(30000000000)

/**
 * struct reload - of one question
 * @file_fd: what all are given, when what stops is gone
 */
struct reload {
	struct supervisor *s;
	uint64_t id;
	int file_fd;
	sd_event_source *timer;
	struct load load;
	struct reload_plan plan;
	char why[512];
};

/* ---- rows ---- */

static void row_begin(struct fields_writer *w, char bytes[static ROW_BYTES],
		      const struct reload *r, const char *path)
{
	fields_begin(w, bytes, ROW_BYTES, "ROW");
	fields_put_u64(w, "ID", r->id);
	fields_put(w, "PATH", path);
}

/* "file:line:column: error: …" and the line: as check shows it */
static void put_shown(struct fields_writer *w, const struct reload *r,
		      size_t i)
{
	const struct config_errors one = { &r->load.errors.errors[i], 1, 0 };
	char *text = config_errors_format(&r->load.source, &one);

	fields_put(w, "SHOWN", text);
	free(text);
}

static void row_error(const struct reload *r, size_t i)
{
	const struct config_error *error = &r->load.errors.errors[i];
	char bytes[ROW_BYTES];
	struct fields_writer w;

	row_begin(&w, bytes, r, "/");
	fields_put(&w, "FILE", r->load.source.name);
	fields_put(&w, "ERROR", error->message);
	fields_put_u64(&w, "LINE", error->mark.line);
	fields_put_u64(&w, "COLUMN", error->mark.column);
	put_shown(&w, r, i);
	requests_row(r->s, &w, NULL, 0);
}

static const char *keys_text(const struct reload_step *step,
			     char text[static KEYS_BYTES])
{
	size_t n = 0;

	text[0] = '\0';
	for (unsigned int i = 0; reload_key(i); i++)
		if (reload_has_key(step, i) && n < KEYS_BYTES)
			n += (size_t)snprintf(text + n, KEYS_BYTES - n, "%s%s",
					      n ? " " : "",
					      reload_key(i)->shown);
	return text;
}

static void row_step(const struct reload *r, const struct reload_step *step)
{
	char bytes[ROW_BYTES], keys[KEYS_BYTES];
	struct fields_writer w;

	row_begin(&w, bytes, r, step->path);
	fields_put(&w, "ACTION", reload_name(step->what));
	if (reload_has_keys(step))
		fields_put(&w, "KEYS", keys_text(step, keys));
	fields_put(&w, "WHY", step->why);
	if (step->within)
		fields_put(&w, "WITHIN", "yes");
	requests_row(r->s, &w, NULL, 0);
}

static size_t count_unchanged(const struct reload_plan *plan,
			      const struct spec_node *node)
{
	size_t n = 1;

	for (enum reload_what what = 0; what < N_RELOADS && n; what++)
		n = what != RELOAD_STOP && reload_step_of(plan, what, node->path)
		    ? 0 : n;
	for (size_t i = 0; i < node->n_children; i++)
		n += count_unchanged(plan, node->children[i]);
	return n;
}

static void rows_of_plan(const struct reload *r)
{
	char bytes[ROW_BYTES];
	struct fields_writer w;

	for (size_t i = 0; i < r->plan.n_steps; i++)
		row_step(r, &r->plan.steps[i]);
	row_begin(&w, bytes, r, "/");
	fields_put(&w, "FILE", r->load.source.name);
	fields_put_u64(&w, "UNCHANGED", count_unchanged(&r->plan,
						       r->load.system->top));
	requests_row(r->s, &w, NULL, 0);
}

/* ---- the file ---- */

static struct spec_node **top_of(const struct supervisor *s)
{
	return &s->tree->root->children[1];
}

/*
 * As of a tree that begins; what is spawned has its places in the new one, too.
 * Return: 0; a negative errno with *@ret_why
 */
static int judge_descriptors(struct reload *r, struct spec_node *new,
			     const char **ret_why)
{
	struct spec_node root = *r->s->tree->root;
	struct spec_node *tops[] = { root.children[0], new };
	struct ceiling_terms terms = { .n_may = shortage_descriptors() };
	struct declared_edge *edges;
	struct ceiling_need need;
	int e = edges_declared(tops, 2, &edges, &terms.n_edges);
	bool exceeded;

	if (e < 0)
		return e;
	terms.edges = edges;
	root.children = tops;
	root.n_children = 2;
	exceeded = ceiling_exceeded(&root, &terms, &need);
	edges_free(edges, terms.n_edges);
	if (!exceeded)
		return 0;
	snprintf(r->why, sizeof(r->why), CEILING_DESCRIPTORS_TEXT, need.who,
		 need.n, terms.n_may);
	*ret_why = r->why;
	return -ENOSPC;
}

static int refuse_level(struct reload *r, const struct launch_host *host,
			const char *which, uint32_t required,
			const char **ret_why)
{
	char layers[LAUNCH_LAYERS_BYTES];

	launch_host_layers(host, layers);
	snprintf(r->why, sizeof(r->why),
		 "the sandbox level would be %d of 3, and %s requires %u; degraded: %s",
		 launch_host_level(host, NULL, 0), which, required, layers);
	*ret_why = r->why;
	return -EPERM;
}

/*
 * A limit that was not asked for before can be one that this host cannot keep. What
 * the file requires is in force later, when nobody can be refused any more: it is
 * judged now. What is in force cannot be against a file that takes nothing away.
 */
static int judge_level(struct reload *r, const struct spec_node *new,
		       const char **ret_why)
{
	int before = launch_host_level(&r->s->tree->host, NULL, 0), level;
	struct launch_host host = r->s->tree->host;
	uint32_t required;

	host.wanted = host_wanted(new);
	level = launch_host_level(&host, NULL, 0);
	required = new->later ? new->later->require : new->require;
	if (level < (int)required)
		return refuse_level(r, &host, "the file", required, ret_why);
	if (level < before && level < (int)new->require)
		return refuse_level(r, &host, "the file that is in force",
				    new->require, ret_why);
	return 0;
}

static bool is_gone(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

static int look_at_grants(struct reload *r, const struct spec_node *node,
			  const char **ret_why)
{
	const struct {
		const char *key;
		char *const *paths;
	} grants[] = {
		{ "read", node->sandbox.read },
		{ "execute", node->sandbox.execute },
		{ "write", node->sandbox.write },
		{ "devices", node->sandbox.devices },
	};

	for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++)
		for (char *const *at = grants[i].paths; at && *at; at++) {
			if (!is_gone(*at))
				continue;
			snprintf(r->why, sizeof(r->why),
				 "%.160s is to be restarted, and could not start again: its \"%s\" has %.200s, which is not there: make that first",
				 node->path, grants[i].key, *at);
			*ret_why = r->why;
			return -EPERM;
		}
	return 0;
}

/* who runs is not ended for a file with which it could not be started again */
static int judge_restarts(struct reload *r, struct spec_node *new,
			  const char **ret_why)
{
	const struct reload_step *step;
	const struct spec_node *node;
	int e = 0;

	for (size_t i = 0; i < r->plan.n_steps && e == 0; i++) {
		step = &r->plan.steps[i];
		node = step->what == RELOAD_RESTART ?
		       spec_find(new, step->path) : NULL;
		if (node)
			e = look_at_grants(r, node, ret_why);
	}
	return e;
}

/* Return: 0; a negative errno with *@ret_why */
static int judge(struct reload *r, const char **ret_why)
{
	struct spec_node *old = *top_of(r->s), *new = r->load.system->top;
	int e;

	*ret_why = "the file declares a system of another name now: stop this one and run it";
	if (strcmp(r->load.system->name, r->s->tree->system))
		return -EEXIST;
	*ret_why = "no memory";
	e = graft(old, new);
	if (e == 0)
		e = seats_keep(r->s->tree->root, new);
	if (e == -ENOSPC)
		*ret_why = "there would be too few uids beside those of now: a system has 49152, and each node with templates keeps 501 and more";
	if (e < 0)
		return e;
	*ret_why = "there would be more than 500 processes with filters of their own, with those that were spawned, and a host runs no more";
	if (ceiling_filters(new) > CEILING_FILTERS)
		return -ENOSPC;
	*ret_why = "there would be more than 1000 actors and supervisors, with those that were spawned, and /system/dead-letters has edges for no more";
	if (ceiling_letters(new) > CEILING_LETTERS)
		return -ENOSPC;
	*ret_why = "no memory";
	e = judge_descriptors(r, new, ret_why);
	if (e == 0)
		e = judge_level(r, new, ret_why);
	if (e == 0)
		e = reload_plan(old, new, &r->plan);
	if (e == 0)
		e = judge_restarts(r, new, ret_why);
	return e;
}

static void reload_free(struct reload *r)
{
	sd_event_source_disable_unref(r->timer);
	if (r->file_fd >= 0)
		close(r->file_fd);
	reload_plan_clear(&r->plan);
	load_deinit(&r->load);
	free(r);
}

static void refuse_file(const struct reload *r)
{
	for (size_t i = 0; i < r->load.errors.n_errors; i++)
		row_error(r, i);
	requests_done(r->s, r->id, 0, NULL, 0);
}

/* Return: it is a good one, and what to do about it is known */
static bool read_again(struct reload *r)
{
	const char *why = NULL;
	int e = load_file_at_once(&r->load, r->s->tree->file);

	if (e == -EINVAL) {
		refuse_file(r);
		return false;
	}
	if (e == 0)
		e = judge(r, &why);
	if (e < 0)
		requests_done(r->s, r->id, e, why, 0);
	return e == 0;
}

/* ---- whose turn it is --------------------------------------------------- */

static void record(const struct reload *r)
{
	size_t n[N_RELOADS] = { 0 };
	struct record record;

	for (size_t i = 0; i < r->plan.n_steps; i++)
		n[r->plan.steps[i].what]++;
	record_begin(&record, "system");
	fields_put(&record.fields, "PATH", (*top_of(r->s))->path);
	fields_put_format(&record.fields, "TEXT",
			  "the file was read again: %zu stop, %zu change, %zu later, %zu restart, %zu start",
			  n[RELOAD_STOP], n[RELOAD_CHANGE], n[RELOAD_LATER],
			  n[RELOAD_RESTART], n[RELOAD_START]);
	reporter_send(r->s->reporter, &record);
}

static void end(struct reload *r, int error, const char *why,
		unsigned int n_more)
{
	struct supervisor *s = r->s;
	uint64_t id = r->id;

	s->reload = NULL;
	reload_free(r);
	requests_done(s, id, error, why, n_more);
}

void reloads_step(struct supervisor *s)
{
	struct reload *r = s->reload;
	unsigned int n_more = 0;
	int e;

	if (adoption_is_clearing(*top_of(s)))
		return;
	e = adoption_adopt(s, r->file_fd, r->id, &n_more);
	end(r, e, e < 0 ? "no memory; what was to stop has, and nothing else was done" :
	    NULL, n_more);
}

static int on_impatient(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	end(data, -ETIMEDOUT, "what was to stop does not, and nothing else was done: see actorctl tree, and reload again", 0);
	return 0;
}

/* Return: 0; a negative errno, and nothing was done */
static int clear(struct reload *r)
{
	uint64_t patience_ns = r->s->tree->root->shutdown_timeout_ns +
			       PATIENCE_NS;
	int e = sd_event_add_time_relative(r->s->event, &r->timer,
					   CLOCK_MONOTONIC, patience_ns / 1000,
					   0, on_impatient, r);

	if (e < 0)
		return e;
	for (size_t i = 0; i < r->plan.n_steps; i++)
		if (r->plan.steps[i].what == RELOAD_STOP &&
		    !r->plan.steps[i].within)
			spec_find(r->s->tree->root,
				  r->plan.steps[i].path)->leaves = true;
	adoption_leave(r->s);
	return 0;
}

static void do_it(struct reload *r)
{
	int e = kept_file_write(&r->load, &r->file_fd);

	if (e == 0)
		e = clear(r);
	if (e < 0) {
		requests_done(r->s, r->id, e, NULL, 0);
		reload_free(r);
		return;
	}
	record(r);
	r->s->reload = r;
	reloads_step(r->s);
}

/* NULL: nothing is against it */
static const char *why_not_now(const struct supervisor *s)
{
	if (s->reload)
		return "the file is just read again";
	if (supervisor_going_down(s))
		return "the system ends";
	if (s->phase != SUPERVISOR_RUNNING)
		return "the system is coming up";
	return NULL;
}

void reloads_begin(struct supervisor *s, uint64_t id, const char *mode)
{
	const char *why = why_not_now(s);
	struct reload *r = why ? NULL : calloc(1, sizeof(*r));

	if (!r) {
		requests_done(s, id, why ? -EBUSY : -ENOMEM, why, 0);
		return;
	}
	r->s = s;
	r->id = id;
	r->file_fd = -1;
	if (!read_again(r)) {
		reload_free(r);
		return;
	}
	rows_of_plan(r);
	if (r->plan.n_steps > 0 && !(mode && !strcmp(mode, "plan"))) {
		do_it(r);
		return;
	}
	requests_done(s, id, 0, NULL, 0);
	reload_free(r);
}
