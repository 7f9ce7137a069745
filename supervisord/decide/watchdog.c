/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watchdog.c - does a process still do what it is there for?
 *
 * Nobody knows when a message came: sockets and arenas do not say. So all that
 * wait at one moment are taken together, and are counted off by what is finished
 * from then on, in whatever order. As long as that is fewer, one of them at least
 * has waited since that moment. Pure: the time comes in as an argument.
 */
#include "supervisord/decide/watchdog.h"

static uint64_t minimum(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* how far a counter went; one that goes back has begun anew */
static uint64_t difference(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

bool watchdog_is_set(const struct spec_watchdog *spec)
{
	return spec->loop_ns || spec->message_ns;
}

uint64_t watchdog_interval_ns(const struct spec_watchdog *spec)
{
	uint64_t loop_ns = spec->loop_ns ? spec->loop_ns : UINT64_MAX;
	uint64_t message_ns = spec->message_ns ? spec->message_ns : UINT64_MAX;

	return minimum(loop_ns, message_ns) / WATCHDOG_LOOKS;
}

bool watchdog_counts(const struct watchdog *w,
		     const struct spec_watchdog *spec)
{
	return spec->message_ns && w->batch == 0;
}

/*
 * How much of the time between two readings the process could use. A reading
 * that comes much too late says that we could not run ourselves: of what was
 * meanwhile nothing is known. The kernel adds a wait for a processor when it is
 * over: one that is runnable now may have waited all the time, so that only what
 * it ran is certain.
 */
static uint64_t usable_ns(const struct watchdog *w,
			  const struct spec_watchdog *spec,
			  const struct watchdog_reading *now)
{
	const struct watchdog_reading *last = &w->last;
	uint64_t ns = difference(now->now_ns, last->now_ns);

	if (now->stopped || last->stopped)
		return 0;
	ns = minimum(ns, 2 * watchdog_interval_ns(spec));
	if (!now->has_times || !last->has_times)
		return ns;
	ns = difference(ns, difference(now->starved_ns, last->starved_ns));
	if (now->runnable)
		ns = minimum(ns, difference(now->ran_ns, last->ran_ns));

	return ns;
}

static struct watchdog_finding level_wait(struct watchdog_level *level,
					  const struct spec_watchdog *spec,
					  uint64_t limit_ns, uint64_t ns)
{
	struct watchdog_finding finding = { .what = WATCHDOG_FINE };
	uint64_t n_misses;

	level->since_ns += ns;
	n_misses = level->since_ns / limit_ns;
	if (n_misses <= level->n_misses)
		return finding;
	if (n_misses >= spec->misses)
		finding.what = WATCHDOG_ACT;
	else if (level->n_misses == 0)
		finding.what = WATCHDOG_REPORT;
	level->n_misses = (uint32_t)minimum(n_misses, UINT32_MAX);
	finding.since_ns = level->since_ns;
	finding.n_misses = level->n_misses;

	return finding;
}

static struct watchdog_finding look_at_loop(struct watchdog *w,
					    const struct spec_watchdog *spec,
					    const struct watchdog_reading *now,
					    uint64_t ns)
{
	struct watchdog_finding finding = { .what = WATCHDOG_FINE };

	if (now->asleep || now->beat != w->last.beat)
		w->loop = (struct watchdog_level){ 0 };
	else
		finding = level_wait(&w->loop, spec, spec->loop_ns, ns);
	finding.of_loop = true;

	return finding;
}

static struct watchdog_finding look_at_messages(struct watchdog *w,
					const struct spec_watchdog *spec,
					const struct watchdog_reading *now,
					uint64_t ns)
{
	struct watchdog_finding finding = { .what = WATCHDOG_FINE };

	if (w->batch && now->n_finished - w->batch_at >= w->batch) {
		w->batch = 0;
		w->message = (struct watchdog_level){ 0 };
		return finding;
	}
	if (w->batch)
		return level_wait(&w->message, spec, spec->message_ns,
				  now->held_up ? 0 : ns);
	w->batch = now->n_waiting;
	w->batch_at = now->n_finished;

	return finding;
}

struct watchdog_finding watchdog_look(struct watchdog *w,
				      const struct spec_watchdog *spec,
				      const struct watchdog_reading *now)
{
	struct watchdog_finding loop = { .what = WATCHDOG_FINE };
	struct watchdog_finding message = { .what = WATCHDOG_FINE };
	uint64_t ns = w->seen ? usable_ns(w, spec, now) : 0;

	if (spec->loop_ns && w->seen)
		loop = look_at_loop(w, spec, now, ns);
	if (spec->message_ns)
		message = look_at_messages(w, spec, now, ns);
	w->last = *now;
	w->seen = true;

	return loop.what >= message.what ? loop : message;
}
