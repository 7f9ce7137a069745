/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * handover.c - records on their way into the journal.
 *
 * The journal is up or down. Up: records are queued and asked for, then the
 * lines of the spool. The first error or silence means down: what is queued
 * and what comes goes to the spool, and a probe is sent now and then.
 *
 * A record can be written twice: when journald took it and the reply was late.
 * It is never dropped in silence: what even the spool refused is counted, and
 * the count becomes a record.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "actors/system/dead-letters/handover.h"

#define ASK_TIMEOUT_NS UINT64_C(5000000000)
#define PROBE_TIMEOUT_NS UINT64_C(2000000000)
#define PROBE_MIN_NS UINT64_C(500000000)
#define PROBE_MAX_NS UINT64_C(8000000000)
#define RETRY_NS UINT64_C(20000000)
/* an answer takes microseconds; who is silent that long is stuck */
#define SILENCE_NS UINT64_C(500000000)
/* lines of the spool under way, so that new records need not wait for old */
#define SPOOL_WINDOW 8

struct handover_entry {
	struct handover_entry *next;
	uint64_t time_us;
	size_t n_bytes;
	char bytes[];
};

static void spool_entry(struct handover *handover, struct handover_entry *e)
{
	if (spool_append(&handover->spool, e->time_us, e->bytes,
			 e->n_bytes) < 0)
		handover->n_lost++;
	else
		handover->n_spooled++;
}

static struct handover_entry *pop(struct handover *handover)
{
	struct handover_entry *e = handover->first;

	if (!e)
		return NULL;

	handover->first = e->next;
	if (!handover->first)
		handover->last = NULL;
	handover->n_queued--;
	handover->n_queued_bytes -= e->n_bytes;
	return e;
}

static void push(struct handover *handover, struct handover_entry *e)
{
	if (handover->last)
		handover->last->next = e;
	else
		handover->first = e;
	handover->last = e;
	handover->n_queued++;
	handover->n_queued_bytes += e->n_bytes;
}

static void spool_queue(struct handover *handover)
{
	struct handover_entry *e;

	while ((e = pop(handover))) {
		spool_entry(handover, e);
		free(e);
	}
}

static void schedule_probe(struct handover *handover, struct actor *self)
{
	uint64_t delay_ns = PROBE_MIN_NS << (handover->n_probes < 4
					     ? handover->n_probes : 4);

	actor_timer(self, HANDOVER_TIMER,
		    delay_ns < PROBE_MAX_NS ? delay_ns : PROBE_MAX_NS);
}

static void go_down(struct handover *handover, struct actor *self)
{
	spool_queue(handover);
	if (!handover->up)
		return;

	handover->up = false;
	handover->n_probes = 0;
	schedule_probe(handover, self);
}

/* 0; 1 when there is no room just now; negative errno when it is no use */
static int ask(struct handover *handover, struct actor *self,
	       const char *type, const void *bytes, size_t n_bytes,
	       struct handover_ask *question)
{
	uint64_t timeout_ns = n_bytes ? ASK_TIMEOUT_NS : PROBE_TIMEOUT_NS;
	int r;

	if (handover->n_asks == HANDOVER_WINDOW)
		return 1;
	if (!handover->journal)
		return -ENOTCONN;

	r = actor_ask(self, handover->journal, type, bytes, n_bytes,
		      timeout_ns, &question->id);
	if (r == -EAGAIN || r == -ENOSPC)
		return 1;
	if (r < 0)
		return r;

	question->since_ns = actor_now_ns();
	handover->asks[handover->n_asks++] = *question;
	return 0;
}

static int ask_queued(struct handover *handover, struct actor *self)
{
	while (handover->first) {
		struct handover_ask question = { .entry = handover->first };
		int r = ask(handover, self, "write", question.entry->bytes,
			    question.entry->n_bytes, &question);

		if (r != 0)
			return r;
		pop(handover);
	}

	return 0;
}

static int ask_spooled(struct handover *handover, struct actor *self)
{
	static char bytes[SPOOL_RECORD_MAX];
	ssize_t n = -1;

	if (handover->spool_failed && handover->n_spool_asks == 0) {
		handover->spool_failed = false;
		handover->spool_asked = handover->spool.read;
	}

	while (!handover->spool_failed &&
	       handover->n_spool_asks < SPOOL_WINDOW) {
		struct handover_ask question = {
			.line_end = handover->spool_asked,
		};
		int r;

		n = spool_peek(&handover->spool, &question.line_end, bytes,
			       sizeof(bytes));
		if (n <= 0)
			break;
		r = ask(handover, self, "write", bytes, (size_t)n, &question);
		if (r != 0)
			return r;
		handover->spool_asked = question.line_end;
		handover->n_spool_asks++;
	}

	/* nothing but foreign lines was left */
	if (n == 0 && handover->n_spool_asks == 0) {
		spool_sent(&handover->spool, handover->spool.end);
		handover->spool_asked = handover->spool.read;
	}

	return 0;
}

static void pump(struct handover *handover, struct actor *self)
{
	int r;

	if (!handover->up)
		return;

	r = ask_queued(handover, self);
	if (r == 0)
		r = ask_spooled(handover, self);
	if (r < 0)
		go_down(handover, self);
	else if (r > 0 && handover->n_asks == 0)
		actor_timer(self, HANDOVER_TIMER, RETRY_NS);
}

static void tick(struct handover *handover, struct actor *self)
{
	struct handover_ask question = { .entry = NULL };

	if (handover->up ||
	    ask(handover, self, "probe", NULL, 0, &question) == 0)
		return;

	handover->n_probes++;
	schedule_probe(handover, self);
}

int handover_init(struct handover *handover, struct actor *self,
		  struct actor_reference *journal, int spool_fd)
{
	int r = spool_init(&handover->spool, spool_fd);

	handover->journal = journal;
	/* or there is nowhere to keep it */
	handover->up = spool_fd < 0;
	tick(handover, self);
	pump(handover, self);
	return r;
}

void handover_put(struct handover *handover, struct actor *self,
		  uint64_t time_us, const void *bytes, size_t n_bytes)
{
	struct handover_entry *e = malloc(sizeof(*e) + n_bytes);

	if (!e) {
		handover->n_lost++;
		return;
	}

	*e = (struct handover_entry) { .time_us = time_us, .n_bytes = n_bytes };
	memcpy(e->bytes, bytes, n_bytes);

	if (!handover->up ||
	    handover->n_queued_bytes + n_bytes > HANDOVER_QUEUE_BYTES) {
		spool_entry(handover, e);
		free(e);
		return;
	}

	push(handover, e);
	pump(handover, self);
}

static bool take_ask(struct handover *handover, uint64_t id,
		     struct handover_ask *ret)
{
	for (size_t i = 0; i < handover->n_asks; i++) {
		if (handover->asks[i].id != id)
			continue;
		*ret = handover->asks[i];
		handover->asks[i] = handover->asks[--handover->n_asks];
		return true;
	}

	return false;
}

static void confirmed(struct handover *handover, struct handover_ask *question)
{
	bool probe = !question->entry && !question->line_end;

	handover->n_written += !probe;
	if (question->line_end && !handover->spool_failed) {
		spool_sent(&handover->spool, question->line_end);
		/* emptied: positions start again */
		if (handover->spool_asked > handover->spool.end)
			handover->spool_asked = 0;
	}
	if (probe)
		handover->up = true;
}

/*
 * A record the journal itself refuses, as no record, would be refused again:
 * it is lost, and counted. Everything else may work later.
 */
static void refused(struct handover *handover, struct actor *self,
		    struct handover_ask *question, int error)
{
	if (error == -EBADMSG || error == -EINVAL) {
		handover->n_lost++;
		confirmed(handover, question);
		handover->n_written--;
		return;
	}

	if (question->entry)
		spool_entry(handover, question->entry);
	if (question->line_end)
		handover->spool_failed = true;
	if (!question->entry && !question->line_end) {
		handover->n_probes++;
		schedule_probe(handover, self);
	}
	go_down(handover, self);
}

static void answered(struct handover *handover, struct actor *self,
		     const struct actor_message *message,
		     struct handover_ask *question)
{
	if (question->line_end)
		handover->n_spool_asks--;
	if (actor_message_kind(message) == ACTOR_REPLY)
		confirmed(handover, question);
	else
		refused(handover, self, question,
			actor_message_error(message));

	free(question->entry);
}

uint64_t handover_take_losses(struct handover *handover)
{
	uint64_t n = handover->n_lost - handover->n_lost_told;

	if (!handover->up)
		return 0;

	handover->n_lost_told = handover->n_lost;
	return n;
}

bool handover_answer(struct handover *handover, struct actor *self,
		     const struct actor_message *message)
{
	struct handover_ask question;

	switch (actor_message_kind(message)) {
	case ACTOR_TICK:
		if (!actor_message_is_tick(message, HANDOVER_TIMER))
			return false;
		tick(handover, self);
		break;
	case ACTOR_REPLY:
	case ACTOR_ERROR:
		if (!take_ask(handover, actor_message_ask(message), &question))
			return false;
		answered(handover, self, message, &question);
		break;
	default:
		return false;
	}

	pump(handover, self);
	return true;
}

static bool is_silent(const struct handover *handover)
{
	uint64_t now_ns = actor_now_ns();

	for (size_t i = 0; i < handover->n_asks; i++)
		if (now_ns - handover->asks[i].since_ns > SILENCE_NS)
			return true;

	return false;
}

/*
 * No more replies will come. The journal ends after us and handles what is in
 * its mailbox first: when it has taken something and answers at all, what is
 * asked is as good as written, and what is queued is told. Else all of it is kept.
 */
void handover_finish(struct handover *handover, struct actor *self)
{
	bool up = handover->up && handover->n_written && !is_silent(handover);
	struct handover_entry *e;

	for (size_t i = 0; i < handover->n_asks; i++) {
		e = handover->asks[i].entry;
		if (e && !up)
			spool_entry(handover, e);
		free(e);
	}
	handover->n_asks = 0;

	while ((e = pop(handover))) {
		if (!up || actor_tell(self, handover->journal, "write",
				      e->bytes, e->n_bytes) < 0)
			spool_entry(handover, e);
		free(e);
	}
}
