/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guard.c - a child's watchdog: looks after it while it runs.
 *
 * It makes the readings that decide/watchdog.c judges: of /proc, and of one page
 * of an actor's arena, or of what a program says. It never asks the process
 * itself. What an actor writes there is gossip: a hostile one can look alive, as
 * it could by handling nothing in time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/act/depth.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/act/process_status.h"
#include "supervisord/decide/cut.h"
#include "supervisord/decide/watchdog.h"
#include "supervisord/guard.h"

#define DOING_BYTES 320
#define IN_HAND_BYTES 320
#define MISSES_BYTES 128

/**
 * struct guard - of one process
 * @spec: as the file has it; a program may change its own time
 * @n_said: how often a program has said that it lives
 */
struct guard {
	struct child *child;
	struct spec_watchdog spec;
	struct watchdog watchdog;
	sd_event_source *timer;
	uint32_t n_said;
};

/* ---- readings ----------------------------------------------------------- */

static bool is_program(const struct child *c)
{
	return c->node->kind == SPEC_PROGRAM;
}

static int arena_fd(const struct child *c)
{
	const struct custody_mailbox *m =
		custody_mailbox(&c->supervisor->custody, c->node->path);

	return m ? m->arena_fd : -1;
}

static uint64_t n_waiting(const struct child *c,
			  const struct arena_pulse *pulse)
{
	const struct custody *custody = &c->supervisor->custody;
	size_t n_taken;
	uint64_t n;

	mailbox_waiting(arena_fd(c), &n_taken);
	n = n_taken;
	n = n > pulse->n_put_aside ? n - pulse->n_put_aside : 0;
	for (size_t i = 0; i < custody->n_edges; i++)
		if (custody->edges[i]->target_at == c->place &&
		    custody->edges[i]->target_fd >= 0)
			n += depth_of(custody->edges[i]->target_fd);
	return n;
}

static void read_actor(const struct guard *g, struct watchdog_reading *now)
{
	struct arena_pulse pulse;

	/* what cannot be read says nothing: as good as asleep */
	now->asleep = true;
	if (mailbox_pulse(arena_fd(g->child), &pulse) < 0)
		return;
	now->beat = pulse.beat;
	now->asleep = pulse.asleep;
	now->held_up = pulse.held_up;
	now->n_finished = pulse.n_finished;
	if (watchdog_counts(&g->watchdog, &g->spec))
		now->n_waiting = n_waiting(g->child, &pulse);
}

static struct watchdog_reading read_now(const struct guard *g)
{
	struct process_status status = process_status(g->child->pidfd);
	struct watchdog_reading now = {
		.now_ns = supervisor_now_ns(),
		.stopped = status.frozen || strchr("TtZX", status.state),
		.runnable = status.state == 'R',
		.has_times = status.has_times,
		.ran_ns = status.ran_ns,
		.starved_ns = status.starved_ns,
		.beat = g->n_said,
	};

	if (!is_program(g->child))
		read_actor(g, &now);
	return now;
}

/* ---- what it has in hand ------------------------------------------------ */

static const char *sender_of(const struct child *c, uint64_t key)
{
	const struct custody_edge *edge =
		custody_edge(&c->supervisor->custody, arena_key_id(key));

	if (!edge)
		return "somebody";
	return arena_key_end(key) == EDGE_TARGET ? edge->holder : edge->target;
}

/* of a private copy: there its end can be played through */
static void tell_in_hand(const struct child *c, char *text, size_t size)
{
	struct arena_remains remains = { .in_hand = false };
	struct arena *copy = NULL;

	text[0] = '\0';
	if (is_program(c) || mailbox_load(arena_fd(c), &copy) < 0)
		return;
	arena_recover(copy, 0, &remains);
	if (remains.in_hand)
		snprintf(text, size, "; in hand \"%.*s\" from %s",
			 (int)remains.frame.type_length, remains.frame.type,
			 sender_of(c, remains.key));
	else
		snprintf(text, size, "; no message in hand");
	mailbox_unload(copy);
}

/* ---- what is found ------------------------------------------------------ */

static const char *complaint(const struct guard *g,
			     const struct watchdog_finding *finding)
{
	if (!finding->of_loop)
		return "a message has waited";
	return is_program(g->child) ? "it has said nothing" :
				      "its loop has not turned";
}

static void tell_misses(const struct guard *g,
			const struct watchdog_finding *finding, char *text,
			size_t size)
{
	if (finding->n_misses == 0)
		snprintf(text, size, "it asked for it (WATCHDOG=trigger)");
	else
		snprintf(text, size,
			 "%s for %.1f s (%" PRIu32 " of %" PRIu32 ")",
			 complaint(g, finding), (double)finding->since_ns / 1e9,
			 finding->n_misses, g->spec.misses);
}

/* the first miss, or the last: the process is there to be looked at */
static void found(struct guard *g, const struct watchdog_finding *finding)
{
	struct child *c = g->child;
	char misses[MISSES_BYTES];
	char doing[DOING_BYTES], in_hand[IN_HAND_BYTES];
	char text[DOING_BYTES + IN_HAND_BYTES + MISSES_BYTES];

	process_status_tell(c->pidfd, doing, sizeof(doing));
	tell_in_hand(c, in_hand, sizeof(in_hand));
	tell_misses(g, finding, misses, sizeof(misses));
	snprintf(text, sizeof(text), "%s: %s%s", misses, doing, in_hand);
	child_note(c, "watchdog", NULL, NULL, text);
	if (finding->what != WATCHDOG_ACT)
		return;
	c->reported = true;
	c->cause = (struct cause){ .kind = CAUSE_WATCHDOG };
	/* the record of the watchdog has all of it */
	cut_words(child_cause_buffer(c), CHILD_TEXT_BYTES, text);
	supervisor_event(c, CHILD_EVENT_KILL);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct guard *g = data;
	struct watchdog_finding finding;
	struct watchdog_reading now;

	(void)usec;
	sd_event_source_set_time_relative(source,
		watchdog_interval_ns(&g->spec) / 1000);
	if (g->child->state != CHILD_RUNNING) {
		g->watchdog = (struct watchdog){ .seen = false };
		return 0;
	}
	now = read_now(g);
	finding = watchdog_look(&g->watchdog, &g->spec, &now);
	if (finding.what != WATCHDOG_FINE)
		found(g, &finding);
	return 0;
}

/* ---- from when to when -------------------------------------------------- */

static void set_timer(struct guard *g)
{
	uint64_t interval_us = watchdog_interval_ns(&g->spec) / 1000;

	g->timer = sd_event_source_disable_unref(g->timer);
	g->watchdog = (struct watchdog){ .seen = false };
	if (!watchdog_is_set(&g->spec))
		return;
	if (sd_event_add_time_relative(g->child->supervisor->event, &g->timer,
				       CLOCK_MONOTONIC, interval_us,
				       interval_us / 4, on_timer, g) < 0) {
		g->timer = NULL;
		return;
	}
	sd_event_source_set_enabled(g->timer, SD_EVENT_ON);
}

void guard_begin(struct child *c)
{
	struct guard *g;

	if (c->is_supervisor || c->guard ||
	    !watchdog_is_set(&c->node->watchdog))
		return;
	g = calloc(1, sizeof(*g));
	if (!g)
		return;
	g->child = c;
	g->spec = c->node->watchdog;
	if (is_program(c))
		g->spec.message_ns = 0;
	c->guard = g;
	set_timer(g);
}

void guard_end(struct child *c)
{
	if (!c->guard)
		return;
	sd_event_source_disable_unref(c->guard->timer);
	free(c->guard);
	c->guard = NULL;
}

/* ---- for who takes our place ---------------------------------------------- */

static const struct state_member guard_members[] = {
	STATE_MEMBER(struct guard, UNSIGNED, "LOOP_NS", spec.loop_ns),
	STATE_MEMBER(struct guard, UNSIGNED, "N_SAID", n_said),
};
static const struct state_kind guard_kind = STATE_KIND("GUARD", guard_members);

void guard_put(const struct child *c, struct state_writer *w)
{
	if (c->guard)
		state_put(w, &guard_kind, c->guard);
}

/* it begins to look anew: what it had seen it sees again */
int guard_take(struct child *c, struct state_reader *r)
{
	if (!state_is(r, &guard_kind))
		return r->error;
	guard_begin(c);
	if (!c->guard)
		return state_fail(r, "%s has no watchdog", c->node->path);
	if (state_take(r, &guard_kind, c->guard) == 0)
		set_timer(c->guard);
	return r->error;
}

/* ---- what a program says ------------------------------------------------ */

/* it asks for it: without another miss */
static void triggered(struct guard *g)
{
	const struct watchdog_finding finding = {
		.what = WATCHDOG_ACT,
		.of_loop = true,
	};

	if (g->child->state == CHILD_RUNNING)
		found(g, &finding);
}

/* in microseconds; 0 is off. As the file's own range */
static void change_time(struct guard *g, const char *text)
{
	uint64_t usec;
	char *end;

	usec = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || (*end && *end != '\n') ||
	    (usec && usec < 100000) || usec > UINT64_C(86400000000))
		return;
	g->spec.loop_ns = usec * 1000;
	set_timer(g);
}

static bool is_line(const char *line, const char *wanted)
{
	size_t n = strlen(wanted);

	return !strncmp(line, wanted, n) && (!line[n] || line[n] == '\n');
}

void guard_notified(struct child *c, const char *line)
{
	struct guard *g = c->guard;

	if (!g)
		return;
	if (is_line(line, "WATCHDOG=1"))
		g->n_said++;
	else if (is_line(line, "WATCHDOG=trigger"))
		triggered(g);
	else if (!strncmp(line, "WATCHDOG_USEC=", 14))
		change_time(g, line + 14);
}
