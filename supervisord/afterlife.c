/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * afterlife.c - what a process left behind, settled so that our own death at
 * any instruction loses nothing of it and does nothing of it twice.
 *
 * It alone decides when the arena of a dead actor may be worked on, and when the
 * next process may have it. What is done to it is burial.c's, in what order
 * decide/estate.c's.
 *
 * Why it is exact
 * ---------------
 * The promise is: a message that was accepted is handled, or a dead letter, or
 * still there, and one of them only, when SIGKILL hits the actor, us, our parent
 * or several of them, at any instruction. (Above the root is the service manager,
 * if any: store.c. When there is none, the root is the exception.)
 *
 * 1. What each death leaves. When an actor dies, its arena and its sockets are
 *    as they were: we hold both. When we die, our actors die with us, before
 *    anybody can see it: we are PID 1 of their namespace. Our parent holds what
 *    we sent it, for what the kernel has taken from us is read before our death
 *    is (link_drain() in child.c); what still waited in the memory of link.c is
 *    lost. When our parent dies too, its own parent has what had come through
 *    to it, and nothing else. So the state of the world after any deaths is that
 *    which the lowest survivor was sent, and the survivor can be the root. Only
 *    what the root holds is safe.
 *
 * 2. What can be done again. Reading an arena, checking, recovering and storing
 *    it as a new memfd changes nothing that anybody else sees. Whoever comes
 *    after us and has only the old arena does it again from the same bytes. The
 *    copy is made in private memory: what it wants to say (the dead letter of
 *    the message in hand, the errors to who asked) is in its outbox and nowhere
 *    else. So two copies of one arena are alternatives, of which one will count.
 *
 * 3. What cannot: to take a packet from a socket (it is nowhere else then), to
 *    send what the copy has released (two copies may have packed the same
 *    numbers differently), and to let a process run on the copy (it handles
 *    what waits). All three choose one copy for good. So they come after the
 *    word that the root and everybody between hold *that* copy: PUSHED waits for
 *    KEPT, which has a number, so that the word for an older copy is not taken
 *    for it. Whoever survives from then on has that copy. Of all with which a
 *    supervisor begins it is one word, asked for behind them (keeping.c); of one
 *    alone the push asks for it.
 *
 *    That a parent has taken our push from the kernel would be enough against
 *    our own death, not against its; the way to the root and back costs some
 *    microseconds a level, once for each restart, and needs no other argument.
 *
 * 4. From then on the copy is worked on in place, as the shared memory it is.
 *    All levels hold the descriptor of that same memory, so whatever we have
 *    done to it they have, up to the instruction at which we died. It is the
 *    arena's own rules (arena.c) that make each such instruction a good one to
 *    die at: a packet that landed is taken by the next recovery, a turn is
 *    there or not, what was sent once has a number and is sent again under the
 *    same. No actor ever had that memfd, and none gets it after we mapped it to
 *    drain: it is ours, so the rule that we never map what an actor can write
 *    holds. The one who comes after us does not rely on that: it reads, checks,
 *    and copies it like any other.
 *
 *    A packet that its sender may have given to a socket before it died is no
 *    dead letter as long as that is not known: it is sent again, or what has come
 *    is heard with the end of the edge, before the next process has the copy.
 *
 * 5. A life that ends is known to end above (END of the push) before its doors
 *    are shut: who comes after us goes on with the end, and does not start an
 *    actor whose senders have heard that it is gone. Each step of the end can be
 *    begun again: shutting a door that is shut, draining what is drained, a last
 *    word that was said (it is heard once), hanging up.
 *
 * 6. A new life's arena, empty as it is, waits for KEPT as well: else its
 *    process could take mail into an arena that nobody but us knows of. So does
 *    the number of the generation: a second process with that of a first would
 *    take the answers to its asks. One that has been told nothing has made none,
 *    and may be there before (spare_hasten()). And one that is there is told all
 *    but START while a copy is on its way that has nothing to say: until then it
 *    takes nothing and sends nothing. When it ends before START, that copy is
 *    settled as any other that an actor had.
 *
 * 7. Who is dying is dead for its arena: nothing of it will run again, though the
 *    kernel is not done with it and nobody knows the cause. So a copy that says
 *    the same whatever that is (nothing was in hand, nothing owed) is made and
 *    pushed then, with the next generation's number (afterlife_foresee()). When
 *    there is none after all, as we end as well, the number is taken back for who
 *    comes after us (afterlife_take_back()); when we are killed before that, it is
 *    left out. Of others only what can be done again is done by then: they are
 *    read and checked.
 *
 * We never wait for the word: the child's start does (awaits_mailbox), or its
 * end (n_ending): Terminated is said, verbs are answered and the name is free
 * when the estate is settled. The root has nobody to wait for. A parent that
 * does not answer is asked again: it may have had no descriptor for it. An end
 * that takes too long because somebody does not read is hurried: what he does
 * not take is a dead letter, and the letters go by our own reporter.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "libactorproc/path.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/breakpoint.h"
#include "supervisord/burial.h"
#include "supervisord/decide/estate.h"
#include "supervisord/mailboxes.h"
#include "supervisord/minting.h"
#include "supervisord/shortage.h"
#include "supervisord/supervisor.h"
#include "supervisord/tally.h"

#define RETRY_NS UINT64_C(100000000)
#define PUSH_AGAIN_NS UINT64_C(1000000000)
/* who does not read for so long keeps nobody waiting any longer */
#define PATIENCE_NS UINT64_C(10000000000)

/**
 * struct estate - what is being settled of one dead process, or prepared for
 *                 the first one of a life
 * @child: whose start or end waits for it: the actor, or the supervisor below
 *         that is gone
 * @mailbox: in custody for as long as this is; each knows the other
 * @redeliver, @cause, @in_order: for burial_recover()
 * @next_generation: of the process that may be started with the copy
 * @noted: what follows from the death is being decided; nothing is done so far
 * @damaged: its arena cannot be read; there is nothing to recover
 * @recovered: the copy has something to say
 * @counted: in @child->n_ending
 */
struct estate {
	struct estate *next;
	struct supervisor *supervisor;
	struct child *child;
	struct custody_mailbox *mailbox;
	enum estate_state state;
	char *path;
	uint64_t life;
	uint32_t generation;
	uint32_t next_generation;
	const char *reason;
	uint32_t redeliver;
	bool has_cause;
	struct cause cause;
	bool in_order;
	bool noted;
	bool damaged;
	bool recovered;
	bool counted;
	struct burial burial;
	sd_event_source *timer;
	sd_event_source *patience;
	sd_event_source *room;
};

static void estate_event(struct estate *e, enum estate_event event);

/* ---- the list of them --------------------------------------------------- */

/* no estate, and its arena must neither be used nor forgotten: our parent has
 * it, and a supervisor that begins anew has memory */
static void cannot_go_on(struct supervisor *s)
{
	if (s->parent)
		shortage_end(s, -ENOMEM, "the mail of the dead was not kept");
}

/* behind the others: what is waited for comes in the order in which they began */
static void append(struct estate *e)
{
	struct supervisor *s = e->supervisor;

	if (!s->estates)
		s->estates_end = &s->estates;
	*s->estates_end = e;
	s->estates_end = &e->next;
}

/* as it stands; who makes one says what it is for */
static struct estate *estate_new(struct child *c, struct custody_mailbox *m)
{
	struct estate *e = calloc(1, sizeof(*e));

	if (!e || !(e->path = strdup(m->path))) {
		free(e);
		cannot_go_on(c->supervisor);
		return NULL;
	}
	e->supervisor = c->supervisor;
	e->child = c;
	e->mailbox = m;
	e->life = m->life;
	e->generation = e->next_generation = m->generation;
	e->redeliver = UINT32_MAX;
	e->reason = "terminated";
	e->burial = (struct burial){
		.supervisor = e->supervisor,
		.path = e->path,
		.life = e->life,
		.generation = e->generation,
		.room_fd = -1,
	};
	append(e);
	m->estate = e;
	return e;
}

static void estate_free(struct estate *e)
{
	struct estate **at = &e->supervisor->estates;

	if (e->mailbox)
		e->mailbox->estate = NULL;
	while (*at && *at != e)
		at = &(*at)->next;
	if (*at && !e->next)
		e->supervisor->estates_end = at;
	if (*at)
		*at = e->next;
	sd_event_source_disable_unref(e->timer);
	sd_event_source_disable_unref(e->patience);
	sd_event_source_disable_unref(e->room);
	mailbox_unload(e->burial.arena);
	if (e->burial.room_fd >= 0)
		close(e->burial.room_fd);
	free(e->path);
	free(e);
}

void afterlife_forget(struct supervisor *s)
{
	while (s->estates)
		estate_free(s->estates);
}

/* ---- waiting ------------------------------------------------------------ */

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	estate_event(data, ESTATE_EVENT_AGAIN);
	return 0;
}

static int on_patience(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	estate_event(data, ESTATE_EVENT_LATE);
	return 0;
}

static int on_room(sd_event_source *source, int fd, uint32_t events, void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	estate_event(data, ESTATE_EVENT_ROOM);
	return 0;
}

static void wait_for(struct estate *e, sd_event_source **source,
		     uint64_t delay_ns, sd_event_time_handler_t handler)
{
	int r;

	*source = sd_event_source_disable_unref(*source);
	r = sd_event_add_time_relative(e->supervisor->event, source,
				       CLOCK_MONOTONIC, delay_ns / 1000, 1,
				       handler, e);
	if (r < 0 && shortage_again(e->supervisor, r, "a wait was not set"))
		r = sd_event_add_time_relative(e->supervisor->event, source,
					       CLOCK_MONOTONIC, delay_ns / 1000,
					       1, handler, e);
	if (r < 0)
		*source = NULL;
}

static void again_in(struct estate *e, uint64_t delay_ns)
{
	wait_for(e, &e->timer, delay_ns, on_timer);
}

/*
 * A supervisor that ends has itself a deadline, and others after this one. One
 * that is only restarted waits for no end: who comes after it goes on with that,
 * and hurry would lose letters for nothing.
 */
static uint64_t patience_ns(const struct supervisor *s)
{
	uint64_t now = supervisor_now_ns(), left;

	if (!s->end_by_ns || (s->phase != SUPERVISOR_ENDING && !s->root))
		return PATIENCE_NS;
	left = s->end_by_ns > now ? (s->end_by_ns - now) / 2 : 0;
	return left < PATIENCE_NS ? left : PATIENCE_NS;
}

/* one half for what was given, at most: letters need time as well */
static void be_patient(struct estate *e)
{
	uint64_t patience = patience_ns(e->supervisor);

	e->burial.pledges_by_ns = supervisor_now_ns() + patience / 2;
	wait_for(e, &e->patience, patience, on_patience);
}

/* one that the root makes for itself is there when it has been asked for */
static bool has_letters_now(const struct estate *e)
{
	return e->burial.letters_later &&
	       custody_edge_between(&e->supervisor->custody, e->path,
				    DEAD_LETTERS_PATH);
}

static void await_room(struct estate *e)
{
	int fd = e->burial.room_fd;

	if (has_letters_now(e))
		again_in(e, 0);
	else if (e->burial.undecided || fd < 0 ||
	    sd_event_add_io(e->supervisor->event, &e->room, fd, EPOLLIN,
			    on_room, e) < 0)
		again_in(e, RETRY_NS);
}

static void stop_waiting(struct estate *e)
{
	e->timer = sd_event_source_disable_unref(e->timer);
	e->room = sd_event_source_disable_unref(e->room);
}

/* ---- the copy ----------------------------------------------------------- */

static bool is_program(const struct estate *e)
{
	const struct spec_node *node =
		spec_find(e->supervisor->tree->root, e->path);

	return node && node->kind == SPEC_PROGRAM;
}

static enum estate_event put(struct estate *e, int fd)
{
	struct custody_mailbox *m = e->mailbox;
	int at = m->at;

	BREAKPOINT("arena: stored, not in custody");
	m = custody_mailbox_put(&e->supervisor->custody, e->path, e->life,
				e->next_generation, fd);
	if (!m)
		return ESTATE_EVENT_SHORT;
	m->at = at;
	m->fresh = true;
	return ESTATE_EVENT_COPIED;
}

static enum estate_event put_empty(struct estate *e)
{
	int fd;

	return mailbox_new(&fd) < 0 ? ESTATE_EVENT_SHORT : put(e, fd);
}

static bool has_something_to_say(const struct burial *b)
{
	size_t outbox = 0, grants = 0, limits = 0;
	struct arena_grant grant;
	struct arena_limit limit;

	return b->n_lost || arena_outbox_next(b->arena, &outbox) ||
	       arena_grant_next(b->arena, &grants, &grant) ||
	       arena_limit_next(b->arena, &limits, &limit);
}

/* what is in hand where an end had begun was so for a burial, and waits still */
static bool was_the_last(const struct estate *e)
{
	return estate_is_over(e->state) && !e->mailbox->ending;
}

static int recover(struct estate *e, int *ret_fd)
{
	/* whose end nobody saw, and who had something in hand */
	static const struct cause unseen = { .kind = CAUSE_SUPERVISOR };
	struct burial *b = &e->burial;
	int r = b->arena ? 0 : mailbox_load(e->mailbox->arena_fd, &b->arena);

	if (r < 0)
		return r;
	b->reason = e->reason;
	b->last = was_the_last(e);
	burial_recover(b, e->redeliver, e->has_cause ? &e->cause : &unseen,
		       e->in_order);
	e->recovered = has_something_to_say(b);
	BREAKPOINT("arena: recovered, not stored");
	r = mailbox_store(b->arena, ret_fd);
	if (r < 0 && shortage_again(e->supervisor, r,
				    "a mailbox is stored again"))
		r = mailbox_store(b->arena, ret_fd);
	b->arena = mailbox_leave(b->arena);
	chores_soon(e->supervisor);
	return r;
}

static enum estate_event copy(struct estate *e)
{
	size_t n_held;
	int fd, r;

	if (e->mailbox->fresh)
		return ESTATE_EVENT_COPIED;
	if (e->damaged)
		return put_empty(e);
	r = recover(e, &fd);
	if (r == -EBADMSG) {
		mailbox_waiting(e->mailbox->arena_fd, &n_held);
		burial_damaged(&e->burial, n_held);
		e->damaged = e->burial.damaged = true;
		return ESTATE_EVENT_DAMAGED;
	}
	return r < 0 ? ESTATE_EVENT_SHORT : put(e, fd);
}

/* ---- up and back -------------------------------------------------------- */

static void push_as(struct estate *e, const struct custody_mailbox *m)
{
	if (!mailboxes_push(e->supervisor, m)) {
		estate_event(e, ESTATE_EVENT_KEPT);
		return;
	}
	again_in(e, PUSH_AGAIN_NS);
}

static void push(struct estate *e)
{
	struct custody_mailbox *m = e->mailbox;

	/* that of the word for all that is being pushed now, or its own */
	m->number = e->supervisor->next_keep;
	if (!m->number)
		m->number = supervisor_random() >> 2;
	m->ending = estate_is_over(e->state) ? e->reason : NULL;
	BREAKPOINT("arena: in custody, not pushed");
	push_as(e, m);
}

bool afterlife_kept(struct supervisor *s, const char *path, uint64_t number)
{
	const struct custody_mailbox *m = custody_mailbox(&s->custody, path);

	if (!m || !m->estate || m->number != number)
		return false;
	BREAKPOINT("arena: kept above, not used");
	estate_event(m->estate, ESTATE_EVENT_KEPT);
	return true;
}

static struct estate *first_that_awaits(const struct supervisor *s,
					uint64_t number)
{
	struct estate *e = s->estates;

	while (e && ((e->state != ESTATE_PUSHED &&
		      e->state != ESTATE_END_PUSHED) ||
		     e->mailbox->number != number))
		e = e->next;
	return e;
}

/* what is sent for one may be the end of others */
void afterlife_all_kept(struct supervisor *s, uint64_t number)
{
	struct estate *e;

	while ((e = first_that_awaits(s, number)))
		estate_event(e, ESTATE_EVENT_KEPT);
}

/* askers should not wait for the next process; and it must not be in doubt */
static enum estate_event send_released(struct estate *e)
{
	struct burial *b = &e->burial;

	if (!e->recovered ||
	    (!b->arena &&
	     mailbox_map(e->mailbox->arena_fd, &b->arena) < 0))
		return ESTATE_EVENT_EMPTY;
	b->reason = e->reason;
	e->supervisor->burying = true;
	burial_flush(b);
	BREAKPOINT("arena: what was released sent");
	e->supervisor->burying = false;
	return b->undecided ? ESTATE_EVENT_FULL : ESTATE_EVENT_EMPTY;
}

/* who gets the copy now sends the rest */
static void release(struct estate *e)
{
	struct child *c = e->child;

	BREAKPOINT("arena: settled, start not allowed");
	estate_free(e);
	c->awaits_mailbox = false;
	if (c->state == CHILD_STARTING)
		supervisor_start_process(c);
	supervisor_step_soon(c->supervisor);
}

bool afterlife_is_on_its_way(const struct child *c)
{
	const struct custody_mailbox *m;

	m = custody_mailbox(&c->supervisor->custody, c->node->path);
	return m && m->estate && m->estate->state == ESTATE_PUSHED &&
	       !m->estate->recovered;
}

/* ---- the end of a life -------------------------------------------------- */

static enum burial_outcome drain_some(struct estate *e)
{
	enum burial_outcome outcome;

	e->supervisor->burying = true;
	outcome = burial_drain(&e->burial);
	e->supervisor->burying = false;
	return outcome;
}

static enum estate_event drain(struct estate *e)
{
	struct burial *b = &e->burial;

	if (!b->arena && mailbox_map(e->mailbox->arena_fd, &b->arena) < 0)
		return ESTATE_EVENT_SHORT;
	/* from here on it may be half done: the next one has to look */
	e->mailbox->fresh = false;
	BREAKPOINT("end of a life: not drained");
	b->reason = e->reason;
	mailbox_make_present(b->arena);
	switch (drain_some(e)) {
	case BURIAL_DONE:
		return ESTATE_EVENT_EMPTY;
	case BURIAL_FULL:
		return ESTATE_EVENT_FULL;
	case BURIAL_MORE:
		break;
	}
	return ESTATE_EVENT_MORE;
}

/* dead letters come from supervisors too, who die with what they counted: that
 * actor and the edges to it are in no sum of what is past */
static struct ended_lives life_of(const struct estate *e)
{
	const struct burial *b = &e->burial;
	struct ended_lives life = { .n_unreadable = e->damaged };

	if (b->arena && strcmp(e->path, DEAD_LETTERS_PATH))
		life.counts = ledger_of_life(b->arena, b->letters);
	return life;
}

/* of one actor, what it counted while it lived: its dead letters, too */
static void measure(const struct estate *e)
{
	struct ledger counts;

	if (!e->child || !e->burial.arena)
		return;
	counts = ledger_of_life(e->burial.arena, 0);
	ledger_add(&counts, &e->burial.told);
	measures_past(e->child, &counts);
}

static void close_estate(struct estate *e)
{
	struct child *c = e->child;
	bool counted = e->counted;
	struct ended_lives life = life_of(e);

	BREAKPOINT("end of a life: drained, nobody told");
	measure(e);
	e->mailbox = NULL;
	mailboxes_end(e->supervisor, e->path, &life);
	BREAKPOINT("end of a life: told, not settled");
	estate_free(e);
	if (counted)
		supervisor_life_settled(c);
}

static void abandon(struct estate *e)
{
	burial_abandon(&e->burial);
	close_estate(e);
}

/* ---- the table ---------------------------------------------------------- */

static void estate_act(struct estate *e, enum estate_action action)
{
	switch (action) {
	case ESTATE_ACTION_FORGOTTEN:
	case ESTATE_ACTION_IGNORE:
	case ESTATE_ACTION_NONE:
	case N_ESTATE_ACTIONS:
		break;
	case ESTATE_ACTION_COPY:
		estate_event(e, copy(e));
		break;
	case ESTATE_ACTION_RETRY:
		again_in(e, RETRY_NS);
		break;
	case ESTATE_ACTION_PUSH:
		push(e);
		break;
	case ESTATE_ACTION_PUSH_AGAIN:
		push_as(e, e->mailbox);
		break;
	case ESTATE_ACTION_SEND:
		estate_event(e, send_released(e));
		break;
	case ESTATE_ACTION_RELEASE:
		release(e);
		break;
	case ESTATE_ACTION_DRAIN:
		stop_waiting(e);
		estate_event(e, drain(e));
		break;
	case ESTATE_ACTION_SOON:
		again_in(e, 0);
		break;
	case ESTATE_ACTION_AWAIT:
		await_room(e);
		break;
	case ESTATE_ACTION_HURRY:
		e->burial.hurry = true;
		stop_waiting(e);
		estate_event(e, drain(e));
		break;
	case ESTATE_ACTION_ABANDON:
		abandon(e);
		break;
	case ESTATE_ACTION_CLOSE:
		close_estate(e);
		break;
	}
}

/* the life has just ended: its child waits for that now, not for a start */
static void count_end(struct estate *e)
{
	e->counted = true;
	e->child->n_ending++;
	e->child->awaits_mailbox = false;
}

static void estate_event(struct estate *e, enum estate_event event)
{
	struct estate_step step = estate_step(e->state, event);
	/* with nothing to say there is nobody to wait for */
	bool begins = (step.next == ESTATE_SENDING && e->recovered) ||
		      step.next == ESTATE_END_COPYING ||
		      step.next == ESTATE_DRAINING;

	if (step.next != e->state && step.next != ESTATE_SETTLED) {
		if (estate_is_over(step.next) && !e->counted)
			count_end(e);
		if (begins && e->state != ESTATE_BLOCKED)
			be_patient(e);
	}
	e->state = step.next;
	estate_act(e, step.action);
}

/* ---- beginnings --------------------------------------------------------- */

void afterlife_prepare(struct child *c, struct custody_mailbox *m)
{
	struct estate *e = m->estate;

	m->generation = c->generation;
	if (e) {
		e->next_generation = c->generation;
		estate_event(e, ESTATE_EVENT_CHANGED);
		return;
	}
	e = estate_new(c, m);
	if (!e)
		return;
	c->awaits_mailbox = true;
	estate_event(e, copy(e));
}

/* the copy that there is was made while its process died */
static bool is_foreseen(const struct child *c, const struct custody_mailbox *m)
{
	return m->fresh && m->generation > c->generation;
}

void afterlife_foresee(struct child *c)
{
	struct custody_mailbox *m;
	struct arena *arena;
	struct estate *e;

	m = custody_mailbox(&c->supervisor->custody, c->node->path);
	if (!m || m->estate || m->fresh ||
	    mailbox_load(m->arena_fd, &arena) < 0)
		return;
	e = estate_new(c, m);
	if (!e) {
		mailbox_leave(arena);
		return;
	}
	e->burial.arena = arena;
	if (!arena_is_at_rest(arena)) {
		e->noted = true;	/* how it ends is said there */
		return;
	}
	e->next_generation = c->generation + 1;
	c->awaits_mailbox = true;
	estate_event(e, copy(e));
	BREAKPOINT("arena: copied for who is dying");
}

void afterlife_take_back(struct child *c)
{
	struct custody_mailbox *m;

	m = custody_mailbox(&c->supervisor->custody, c->node->path);
	if (!m || c->is_supervisor || !is_foreseen(c, m))
		return;
	m->generation = c->generation;
	BREAKPOINT("arena: its number taken back, not pushed");
	mailboxes_push(c->supervisor, m);
}

void afterlife_note(struct child *c, const struct cause *cause,
		    const char *end_reason)
{
	struct custody_mailbox *m;
	struct estate *e;

	m = custody_mailbox(&c->supervisor->custody, c->node->path);
	if (!m || is_foreseen(c, m) || (m->estate && m->fresh))
		return;
	/* it was set up on that copy, and ended before all above held it */
	if (m->estate && !m->estate->noted)
		estate_free(m->estate);
	e = m->estate ? m->estate : estate_new(c, m);
	if (!e)
		return;
	e->redeliver = c->node->redeliver;
	e->has_cause = true;
	e->cause = *cause;
	e->in_order = end_reason;
	e->reason = end_reason ? end_reason : "terminated";
	e->noted = true;
	c->awaits_mailbox = true;
}

void afterlife_go_on(struct child *c)
{
	struct custody_mailbox *m = custody_mailbox(&c->supervisor->custody,
						    c->node->path);
	struct estate *e = m ? m->estate : NULL;

	if (!e || !e->noted)
		return;
	e->noted = false;
	estate_event(e, copy(e));
}

void afterlife_recover(struct child *c, const struct cause *cause,
		       const char *end_reason)
{
	afterlife_note(c, cause, end_reason);
	afterlife_go_on(c);
}

static void end_one(struct child *c, const char *path, const char *reason)
{
	struct custody_mailbox *m = custody_mailbox(&c->supervisor->custody,
						    path);
	struct estate *e = m ? m->estate : NULL;
	bool is_new = !e;

	if (!m)
		return;
	if (is_new && !c->is_supervisor && is_foreseen(c, m))
		m->generation = c->generation;	/* the next one does not come */
	if (is_new)
		e = estate_new(c, m);
	if (!e)
		return;
	if (!estate_is_over(e->state))
		e->reason = reason;
	estate_event(e, ESTATE_EVENT_END);
	if (is_new && is_program(e))
		abandon(e);
	else if (is_new)
		estate_event(e, copy(e));
}

void afterlife_end(struct child *c, const char *reason)
{
	end_one(c, c->node->path, reason);
}

void afterlife_has_letters(struct supervisor *s, const char *path)
{
	const struct custody_mailbox *m = custody_mailbox(&s->custody, path);

	if (m && m->estate && m->estate->state == ESTATE_BLOCKED)
		again_in(m->estate, 0);
}

void afterlife_end_below(struct child *c, const char *reason)
{
	struct custody *custody = &c->supervisor->custody;
	char path[PATH_MAX];

	for (size_t i = custody->n_mailboxes; i-- > 0;) {
		if (i >= custody->n_mailboxes ||
		    !path_is_within(custody->mailboxes[i]->path,
				    c->node->path))
			continue;
		snprintf(path, sizeof(path), "%s", custody->mailboxes[i]->path);
		end_one(c, path, reason);
	}
}
