/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * snapshot_child.c - what a supervisor knows of a child, written down and read
 * again, with the descriptors that lead to its process.
 *
 * How a process is made is not in it but as a way back (snapshot_program.c): mounts,
 * rules and filter of a node are prepared anew before its next start.
 */
#include <stdlib.h>
#include <string.h>

#include "supervisord/act/launch_program.h"
#include "supervisord/gifts.h"
#include "supervisord/guard.h"
#include "supervisord/measures.h"
#include "supervisord/snapshot.h"
#include "supervisord/zygotes.h"

/** struct channels - of its process; @path: whose all that follows is */
struct channels {
	char *path;
	int link_fd;
	int violations_fd;
};

static const struct state_member channels_members[] = {
	STATE_MEMBER(struct channels, STRING, "PATH", path),
	STATE_MEMBER(struct channels, FD, "LINK_FD", link_fd),
	STATE_MEMBER(struct channels, FD, "VIOLATIONS_FD", violations_fd),
};
static const struct state_member child_members[] = {
	STATE_MEMBER(struct child, UNSIGNED, "STATE", state),
	STATE_MEMBER(struct child, BOOL, "AWAITS_EDGES", awaits_edges),
	STATE_MEMBER(struct child, INT, "NO_MAILBOX", no_mailbox),
	STATE_MEMBER(struct child, BOOL, "LIVING", living),
	STATE_MEMBER(struct child, BOOL, "PAUSED", paused),
	STATE_MEMBER(struct child, BOOL, "ON_TRIAL", on_trial),
	STATE_MEMBER(struct child, BOOL, "WAS_READY", was_ready),
	STATE_MEMBER(struct child, UNSIGNED, "GROUP", group),
	STATE_MEMBER(struct child, STRING, "BECAUSE_OF", because_of),
	STATE_MEMBER(struct child, UNSIGNED, "DELAY_UNTIL_NS", delay_until_ns),
	STATE_MEMBER(struct child, UNSIGNED, "READY_NS", ready_ns),
	STATE_MEMBER(struct child, UNSIGNED, "START_BY_NS", start_by_ns),
	STATE_MEMBER(struct child, UNSIGNED, "BACKOFF", backoff.n_restarts),
	STATE_MEMBER(struct child, UNSIGNED, "LIFE", life),
	STATE_MEMBER(struct child, UNSIGNED, "GENERATION", generation),
	STATE_MEMBER(struct child, INT, "PID", pid),
	STATE_MEMBER(struct child, FD, "PIDFD", pidfd),
	STATE_MEMBER(struct child, FD, "ERROR_FD", error_fd),
	STATE_MEMBER(struct child, FD, "NOTIFY_FD", notify_fd),
	STATE_MEMBER(struct child, STRING, "NOTIFY_PATH", notify_path),
	STATE_MEMBER(struct child, UNSIGNED, "UID", uid),
	STATE_MEMBER(struct child, FD, "CGROUP_FD", cgroup.fd),
	STATE_MEMBER(struct child, STRING, "CGROUP", cgroup.name),
	STATE_MEMBER(struct child, BOOL, "FORKED", forked),
	STATE_MEMBER(struct child, BOOL, "CLOSED", closed),
	STATE_MEMBER(struct child, UNSIGNED, "N_FORKS_LOST", n_forks_lost),
	STATE_MEMBER(struct child, BOOL, "IDLED", idled),
	STATE_MEMBER(struct child, BOOL, "WAKE", wake),
	STATE_MEMBER(struct child, BOOL, "REPORTED", reported),
	STATE_MEMBER(struct child, BOOL, "HAS_CAUSE", has_cause),
	STATE_MEMBER(struct child, BOOL, "IN_ORDER", in_order),
	STATE_MEMBER(struct child, BOOL, "FAILED_RESTART", failed_restart),
	STATE_MEMBER(struct child, UNSIGNED, "CAUSE_KIND", cause.kind),
	STATE_MEMBER(struct child, INT, "CAUSE_NUMBER", cause.number),
	STATE_MEMBER(struct child, TEXT, "CAUSE_TEXT", cause.text),
	STATE_MEMBER(struct child, STRING, "TEXT", cause_text),
	STATE_MEMBER(struct child, STRING, "FAILURE", failure),
	STATE_MEMBER(struct child, STRING, "STATUS", status),
	STATE_MEMBER(struct child, UNSIGNED, "VIOLATION_MACHINE",
		     violation_machine),
	STATE_MEMBER(struct child, UNSIGNED, "VIOLATION_AT", violation_at),
	STATE_MEMBER(struct child, UNSIGNED, "N_FORKED_ENDED", n_forked_ended),
	STATE_MEMBER(struct child, UNSIGNED, "RESUMES_SINCE_NS",
		     resumes_since_ns),
	STATE_MEMBER(struct child, UNSIGNED, "N_RESUMES", n_resumes),
};
static const struct state_member at_members[] = {
	{ "AT_NS", STATE_UNSIGNED, 0, sizeof(uint64_t) },
};
static const struct state_member history_members[] = {
	{ "ENTRY", STATE_BYTES, 0, sizeof(struct state_bytes) },
};
static const struct state_member tail_members[] = {
	STATE_MEMBER(struct tail, UNSIGNED, "N_LINES", n_lines),
	STATE_MEMBER(struct tail, TEXT, "LINES", text),
};
static const struct state_member waiter_members[] = {
	STATE_MEMBER(struct waiter, UNSIGNED, "REQUEST", request),
	STATE_MEMBER(struct waiter, UNSIGNED, "UNTIL", until),
	STATE_MEMBER(struct waiter, BOOL, "SPAWNED", spawned),
	STATE_MEMBER(struct waiter, BOOL, "RELOAD", reload),
	STATE_MEMBER(struct waiter, BOOL, "OF_HEAD", of_head),
};
static const struct state_member forwarded_members[] = {
	STATE_MEMBER(struct forwarded, UNSIGNED, "REQUEST", request),
	STATE_MEMBER(struct forwarded, UNSIGNED, "N", n),
	STATE_MEMBER(struct forwarded, BOOL, "BEST_EFFORT", best_effort),
};
static const struct state_member claim_members[] = {
	STATE_MEMBER(struct claim, UNSIGNED, "VIA", via),
	STATE_MEMBER(struct claim, UNSIGNED, "NUMBER", grant),
};
static const struct state_member lost_members[] = {
	STATE_MEMBER(struct lost_grant, UNSIGNED, "VIA", via),
	STATE_MEMBER(struct lost_grant, UNSIGNED, "GRANT", grant),
	STATE_MEMBER(struct lost_grant, BOOL, "REFUSED", refused),
};

/** struct runs - of what its process was made; @root_fd: which of those that are in
 * the state that is, or it follows */
struct runs {
	int root_fd;
	unsigned int n_processes;
};

static const struct state_member runs_members[] = {
	STATE_MEMBER(struct runs, INT, "ROOT", root_fd),
	STATE_MEMBER(struct runs, UNSIGNED, "N_PROCESSES", n_processes),
};

static const struct state_kind
	channels_kind = STATE_KIND("CHILD", channels_members),
	child_kind = STATE_KIND("STATE", child_members),
	restart_kind = STATE_KIND("RESTART", at_members),
	history_kind = STATE_KIND("HISTORY", history_members),
	tail_kind = STATE_KIND("TAIL", tail_members),
	waiter_kind = STATE_KIND("WAITER", waiter_members),
	forwarded_kind = STATE_KIND("FORWARDED", forwarded_members),
	lost_kind = STATE_KIND("LOST", lost_members),
	claim_kind = STATE_KIND("CLAIM", claim_members),
	fetch_kind = STATE_KIND("FETCH", claim_members),
	runs_kind = STATE_KIND("RUNS", runs_members);

/* ---- the window of restarts ---- */

void snapshot_put_window(const struct intensity *window, struct state_writer *w)
{
	size_t limit = window->limit;

	for (unsigned int i = window->n; i > 0; i--)
		state_put(w, &restart_kind,
			  &window->times[(window->next + limit - i) % limit]);
}

int snapshot_take_window(struct intensity *window, struct state_reader *r)
{
	uint64_t at_ns;

	while (state_is(r, &restart_kind)) {
		at_ns = 0;
		if (state_take(r, &restart_kind, &at_ns) == 0 &&
		    (!window->times ||
		     intensity_note(window, at_ns) == INTENSITY_EXCEEDED))
			state_fail(r, "more restarts are counted than may be");
	}
	return r->error;
}

/* ---- writing ---- */

static void put_channels(const struct child *c, struct state_writer *w)
{
	const struct channels channels = {
		.path = c->node->path,
		.link_fd = c->link ? link_fd(c->link) : -1,
		.violations_fd = c->violations ?
			sd_event_source_get_io_fd(c->violations) : -1,
	};

	state_put(w, &channels_kind, &channels);
}

static void put_history(const struct child *c, struct state_writer *w)
{
	struct state_bytes bytes;

	for (struct decision *d = c->history.first; d; d = d->next) {
		bytes.bytes = d->bytes;
		bytes.n_bytes = d->n_bytes;
		state_put(w, &history_kind, &bytes);
	}
	if (c->tail)
		state_put(w, &tail_kind, c->tail);
}

static void put_requests(const struct child *c, struct state_writer *w)
{
	for (const struct waiter *at = c->waiters; at; at = at->next)
		state_put(w, &waiter_kind, at);
	for (const struct forwarded *at = c->forwarded; at; at = at->next)
		state_put(w, &forwarded_kind, at);
	for (size_t i = 0; i < c->n_lost; i++)
		state_put(w, &lost_kind, &c->lost[i]);
	for (const struct claim *at = c->claims; at; at = at->next)
		state_put(w, &claim_kind, at);
	for (const struct claim *at = c->fetches; at; at = at->next)
		state_put(w, &fetch_kind, at);
}

/* with that root, of those that come before what @c runs; NULL: none */
static struct launch_program *find_program(const struct child *c, int root_fd)
{
	const struct supervisor *s = c->supervisor;
	struct launch_program *of_class = c->is_supervisor ? NULL :
					  zygotes_program(c);
	struct launch_program *other;

	if (c->program && c->program->root_fd == root_fd)
		return c->program;
	if (of_class && of_class->root_fd == root_fd)
		return of_class;
	for (size_t i = 0; s->children[i] != c; i++) {
		other = s->children[i]->runs;
		if (other && other->root_fd == root_fd)
			return other;
	}
	return NULL;
}

static void put_runs(const struct child *c, struct state_writer *w)
{
	struct runs runs;

	/* without a root of its own there is no way back to it */
	if (!c->runs || c->runs->root_fd < 0)
		return;
	runs.root_fd = c->runs->root_fd;
	runs.n_processes = c->runs->n_processes;
	state_put(w, &runs_kind, &runs);
	if (!find_program(c, runs.root_fd))
		snapshot_put_program(c->runs, w);
}

void snapshot_put_child(const struct child *c, struct state_writer *w)
{
	put_channels(c, w);
	state_put(w, &child_kind, c);
	output_put(c->output, w);
	guard_put(c, w);
	snapshot_put_window(&c->intensity, w);
	put_history(c, w);
	measures_put_child(c, w);
	put_requests(c, w);
	snapshot_put_program(c->program, w);
	put_runs(c, w);
}

/* ---- reading ---- */

static void take_entry(struct child *c, struct state_reader *r)
{
	struct state_bytes entry = { .bytes = NULL };
	struct fields f;

	if (state_take(r, &history_kind, &entry) == 0 &&
	    (c->history.n == HISTORY_MAX || entry.n_bytes < 2 ||
	     entry.bytes[entry.n_bytes - 1] ||
	     fields_parse(&f, entry.bytes, entry.n_bytes - 1) < 0))
		state_fail(r, "the history of %s makes no sense",
			   c->node->path);
	if (r->error == 0)
		history_add(&c->history, entry.bytes, entry.n_bytes);
	free(entry.bytes);
}

static void take_tail(struct child *c, struct state_reader *r)
{
	c->tail = calloc(1, sizeof(*c->tail));
	if (!c->tail) {
		state_fail(r, "there is no memory");
		return;
	}
	state_take(r, &tail_kind, c->tail);
	c->tail->n_bytes = strlen(c->tail->text);
	if (c->tail->n_lines > TAIL_LINES)
		state_fail(r, "%s has printed more than is kept",
			   c->node->path);
}

/* a record into a list's new end; NULL: there is none */
static void *take_item(struct state_reader *r, const struct state_kind *kind,
		       size_t size)
{
	void *item = calloc(1, size);

	if (item && state_take(r, kind, item) == 0)
		return item;
	state_fail(r, "there is no memory");
	free(item);
	return NULL;
}

static void take_waiters(struct child *c, struct state_reader *r)
{
	struct forwarded **end_forwarded = &c->forwarded;
	struct waiter **end = &c->waiters;

	while (state_is(r, &waiter_kind)) {
		*end = take_item(r, &waiter_kind, sizeof(**end));
		if (*end)
			end = &(*end)->next;
	}
	while (state_is(r, &forwarded_kind)) {
		*end_forwarded = take_item(r, &forwarded_kind,
					   sizeof(**end_forwarded));
		if (*end_forwarded)
			end_forwarded = &(*end_forwarded)->next;
	}
}

static void take_claims(struct child *c, struct state_reader *r)
{
	struct claim claim = { .via = 0 };
	struct lost_grant lost;

	while (state_is(r, &lost_kind)) {
		lost = (struct lost_grant){ .via = 0 };
		if (c->n_lost == CHILD_LOST_MAX)
			state_fail(r, "%s has lost more grants than are kept",
				   c->node->path);
		else if (state_take(r, &lost_kind, &lost) == 0)
			grants_lose(c, lost.via, lost.grant, lost.refused);
	}
	while (state_is(r, &claim_kind))
		if (state_take(r, &claim_kind, &claim) == 0 &&
		    !grants_await(c, claim.via, claim.grant))
			state_fail(r, "%s cannot wait for a grant",
				   c->node->path);
	while (state_is(r, &fetch_kind))
		if (state_take(r, &fetch_kind, &claim) == 0 &&
		    !gifts_await(c, claim.via, claim.grant))
			state_fail(r, "%s cannot wait for a descriptor",
				   c->node->path);
}

static void adopt(struct child *c, const struct channels *channels,
		  struct state_reader *r)
{
	struct child_ends ends = {
		.link_fd = channels->link_fd,
		.violations_fd = channels->violations_fd,
	};
	int error = output_take(&ends.output, c->supervisor->event, r,
				child_line, c);

	if (error == 0)
		error = child_adopt(c, &ends);
	if (error < 0)
		state_fail(r, "%s cannot be watched: %s", c->node->path,
			   strerror(-error));
}

static bool makes_sense(const struct child *c)
{
	return c->state < N_CHILD_STATES && cause_kind_name(c->cause.kind) &&
	       (c->cgroup.fd >= 0) == (c->cgroup.name != NULL) &&
	       child_state_has_process(c->state) == (c->pidfd >= 0) &&
	       (c->pidfd >= 0) == (c->pid > 0);
}

static int take_runs(struct child *c, struct state_reader *r)
{
	struct runs runs = { .root_fd = -1 };

	if (!state_is(r, &runs_kind) || state_take(r, &runs_kind, &runs) < 0)
		return r->error;
	child_runs(c, find_program(c, runs.root_fd));
	if (!c->runs)
		snapshot_take_program(&c->runs, &c->supervisor->tree->host,
				      c->node, runs.n_processes, r);
	if (r->error == 0 && (!c->runs || c->runs->root_fd != runs.root_fd))
		state_fail(r, "%s runs what is not there", c->node->path);
	return r->error;
}

int snapshot_take_child(struct child *c, struct state_reader *r)
{
	struct channels channels = { .link_fd = -1, .violations_fd = -1 };

	if (state_take(r, &channels_kind, &channels) == 0 &&
	    (!channels.path || strcmp(channels.path, c->node->path)))
		state_fail(r, "the tree has %s where the state has %s",
			   c->node->path, channels.path ? channels.path : "?");
	free(channels.path);
	if (state_take(r, &child_kind, c) == 0 && !makes_sense(c))
		state_fail(r, "the state of %s makes no sense", c->node->path);
	if (r->error == 0)
		adopt(c, &channels, r);
	guard_take(c, r);
	snapshot_take_window(&c->intensity, r);
	while (state_is(r, &history_kind))
		take_entry(c, r);
	if (state_is(r, &tail_kind))
		take_tail(c, r);
	measures_take_child(c, r);
	take_waiters(c, r);
	take_claims(c, r);
	snapshot_take_program(&c->program, &c->supervisor->tree->host, c->node,
			      0, r);
	return take_runs(c, r);
}
