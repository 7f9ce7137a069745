/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rationing.c - one supervisor has no descriptors to spare: nobody makes more.
 *
 * What is made in one place all above hold as well. So who is short says so to
 * those beside it, up and down, and each tells all its others: SHORT, or AMPLE when
 * nobody behind it is any more. It alone says it; what is refused meanwhile is for
 * those who make something: children that are spawned, edges by grants. What was
 * on its way is taken with what is put by (shortage.c).
 *
 * To be short is to have had to give that up, and not to have it again yet.
 */
#include <string.h>

#include "supervisord/rationing.h"
#include "supervisord/shortage.h"

/* nobody tells a process that it has room again */
#define AGAIN_US 100000

static void say(struct link *link, bool is_short, enum ration_said *said)
{
	enum ration_said wanted = is_short ? RATION_SHORT : RATION_AMPLE;
	char bytes[16];
	struct fields_writer w;

	if (!link || *said == wanted)
		return;
	*said = wanted;
	fields_begin(&w, bytes, sizeof(bytes), is_short ? "SHORT" : "AMPLE");
	link_send(link, &w, NULL, 0);
}

/* on our side, seen from there */
static bool is_short_but(const struct supervisor *s, const struct child *there)
{
	bool is_short = s->short_here || (there && s->short_above);

	for (size_t i = 0; i < s->n_children && !is_short; i++)
		is_short = s->children[i] != there &&
			   s->children[i]->short_below;
	return is_short;
}

static void tell(struct supervisor *s)
{
	struct child *c;

	if (!supervisor_is_root(s))
		say(s->parent, is_short_but(s, NULL), &s->said_above);
	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		if (c->is_supervisor)
			say(c->link, is_short_but(s, c), &c->said_below);
	}
}

static int on_again(sd_event_source *source, uint64_t usec, void *data)
{
	struct supervisor *s = data;

	(void)source;
	(void)usec;
	s->short_source = sd_event_source_disable_unref(s->short_source);
	shortage_over();
	rationing_look(s);
	return 0;
}

void rationing_look(struct supervisor *s)
{
	bool is_short = shortage_is();

	if (is_short && !s->short_source)
		sd_event_add_time_relative(s->event, &s->short_source,
					   CLOCK_MONOTONIC, AGAIN_US, 1000,
					   on_again, s);
	if (is_short == s->short_here)
		return;
	s->short_here = is_short;
	tell(s);
}

void rationing_give(struct child *c)
{
	c->said_below = RATION_AMPLE;	/* as who begins takes it to be */
	say(c->link, is_short_but(c->supervisor, c), &c->said_below);
}

void rationing_lost(struct child *c)
{
	if (!c->short_below)
		return;
	c->short_below = false;
	tell(c->supervisor);
}

void rationing_resume(struct supervisor *s)
{
	s->said_above = RATION_UNKNOWN;
	for (size_t i = 0; i < s->n_children; i++)
		s->children[i]->said_below = RATION_UNKNOWN;
	s->short_here = shortage_is();
	tell(s);
}

bool rationing_is(const struct supervisor *s)
{
	return is_short_but(s, NULL) || s->short_above;
}

bool rationing_message(struct supervisor *s, struct child *from,
		       const struct fields *f)
{
	bool is_short = !strcmp(f->verb, "SHORT");

	if (!is_short && strcmp(f->verb, "AMPLE"))
		return false;
	*(from ? &from->short_below : &s->short_above) = is_short;
	tell(s);
	return true;
}
