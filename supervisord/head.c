/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * head.c - a head has failed: its node's parent decides, its supervisor does it.
 *
 * The head is one of the supervisor's children, but its failure is that of the
 * whole node: its directives, restart type and backoff stand beside those of the
 * node's siblings, and it is they who are counted with it. So the supervisor says
 * HEAD_FAILED, and leaves the head as it is: without a process, or with one that
 * waits. Its parent judges as if the node had failed. When nobody else is
 * concerned, the answer is
 *
 *   HEAD   DO=resume | DO=restart DELAY_NS GROUP
 *
 * and the supervisor stays. Else the parent stops the node like any other child,
 * and STOP is the answer; the cause stays that of the head, and its next supervisor
 * is told by START. Whenever a head is ready, HEAD_UP GENERATION says so:
 * that number is the node's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/breakpoint.h"
#include "supervisord/config/cause.h"
#include "supervisord/decide/cut.h"
#include "supervisord/head.h"

void head_put_cause(struct fields_writer *w, const char *path,
		    const struct cause *cause, const char *text)
{
	char name[CAUSE_TEXT_MAX];

	fields_put(w, "PATH", path);
	fields_put(w, "CAUSE", cause_format(cause, name, sizeof(name)));
	fields_put(w, "TEXT", text);
	if (cause->kind == CAUSE_START_FAILED) {
		fields_put(w, "STEP", cause->text);
		fields_put_u64(w, "ERRNO", (uint64_t)cause->number);
	}
}

/* with each supervisor on the way comes a path; of all of them the last words
 * are what to do about it */
static void take_text(struct child *c, const char *text)
{
	free(c->whole_text);
	c->whole_text = NULL;
	cut_middle(child_cause_buffer(c), CHILD_TEXT_BYTES, text);
	if (strlen(text) >= CHILD_TEXT_BYTES)
		c->whole_text = strdup(text);
}

/* something else may have been said since */
const char *head_text(const struct child *c)
{
	const char *said = child_cause_text(c);
	char text[CHILD_TEXT_BYTES];

	if (!c->whole_text)
		return said;
	cut_middle(text, sizeof(text), c->whole_text);
	return strcmp(text, said) ? said : c->whole_text;
}

void head_take_cause(struct child *c, const struct fields *f, bool start)
{
	const char *cause = fields_get(f, "CAUSE"), *step = fields_get(f, "STEP");
	const char *path = fields_get(f, "PATH"), *text = fields_get(f, "TEXT");
	char whole[2 * PATH_MAX];
	struct cause_pattern head;

	c->cause = (struct cause){ .kind = CAUSE_ESCALATED };
	snprintf(whole, sizeof(whole), "%s%s%s%s%s", path ? path : "",
		 path ? ": " : "", cause ? cause : "",
		 text && *text ? ": " : "", text ? text : "");
	take_text(c, whole);
	if (start && step) {
		c->cause.kind = CAUSE_START_FAILED;
		c->cause.number = child_said_errno(f);
		snprintf(c->cause.text, sizeof(c->cause.text), "%s", step);
	} else if (path && !strcmp(path, c->node->path) && cause &&
		   cause_pattern_parse(&head, cause) == 0) {
		/* the head's failure is that of the whole node: ours to judge */
		c->cause = head.cause;
		take_text(c, text ? text : "");
	}
}

bool head_is_why(const struct child *c)
{
	return c->is_supervisor && child_is_why(c);
}

void head_failed(struct child *head, uint64_t ran_ns)
{
	const struct supervisor *s = head->supervisor;
	char bytes[2048];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "HEAD_FAILED");
	head_put_cause(&w, s->node->path, &head->cause, child_cause_text(head));
	if (head->was_ready)
		fields_put_u64(&w, "RAN_NS", ran_ns);
	BREAKPOINT("head failed: its parent not told");
	link_send(s->parent, &w, NULL, 0);
}

static void answer(struct child *c, const char *what, uint64_t delay_ns,
		   uint64_t group)
{
	char bytes[128];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "HEAD");
	fields_put(&w, "DO", what);
	fields_put_u64(&w, "DELAY_NS", delay_ns);
	fields_put_u64(&w, "GROUP", group);
	BREAKPOINT("head judged: not said");
	child_say(c, &w);
}

void head_resume(struct child *c)
{
	answer(c, "resume", 0, 0);
}

void head_restart(struct child *c, uint64_t delay_ns, uint64_t group)
{
	answer(c, "restart", delay_ns, group);
}

/* one that was on its way to an end has its answer: STOP */
static void on_failed(struct child *c, const struct fields *f)
{
	uint64_t ran_ns = 0;
	bool ready = fields_get_u64(f, "RAN_NS", &ran_ns) == 0;

	if (c->state != CHILD_RUNNING)
		return;
	head_take_cause(c, f, true);
	BREAKPOINT("head failed: heard, not judged");
	supervisor_judge(c, ready, ran_ns);
}

static void on_word(struct supervisor *s, const struct fields *f)
{
	struct child *head = supervisor_child(s, CUSTODY_HEAD);
	const char *what = fields_get(f, "DO");
	uint64_t delay_ns, group = 0;

	if (!head || !what || supervisor_going_down(s))
		return;
	BREAKPOINT("head judged: heard, not done");
	fields_get_u64(f, "GROUP", &group);
	if (!strcmp(what, "resume"))
		supervisor_event(head, CHILD_EVENT_RESUME);
	else if (!strcmp(what, "restart") &&
		 fields_get_u64(f, "DELAY_NS", &delay_ns) == 0)
		supervisor_restart_head(head, delay_ns, group);
}

void head_up(const struct child *head)
{
	char bytes[64];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "HEAD_UP");
	fields_put_u64(&w, "GENERATION", head->generation);
	if (head->closed)
		fields_put_u64(&w, "CLOSED", 1);
	BREAKPOINT("head up: its parent not told");
	link_send(head->supervisor->parent, &w, NULL, 0);
}

static void on_up(struct child *c, const struct fields *f)
{
	uint64_t generation;

	if (fields_get_u64(f, "GENERATION", &generation) == 0)
		c->generation = (uint32_t)generation;
	c->closed = fields_get(f, "CLOSED");
}

bool head_message(struct supervisor *s, struct child *from,
		  const struct fields *f)
{
	if (from && !strcmp(f->verb, "HEAD_FAILED"))
		on_failed(from, f);
	else if (from && !strcmp(f->verb, "HEAD_UP"))
		on_up(from, f);
	else if (!from && !strcmp(f->verb, "HEAD"))
		on_word(s, f);
	else
		return false;
	return true;
}
