/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * order.c - whose turn is it to stop, whose to start?
 *
 * Children of one group stop last first, and start first first, each when the
 * one before is ready, or with `start_order: parallel` at once; groups do not
 * wait for each other, but all do for a head. Who is started by hand is a group of
 * its own, but where its siblings wait for one that has failed: there it belongs
 * to theirs. It looks at the children and feeds STOP and START into their tables,
 * nothing else.
 */
#include "supervisord/activation.h"
#include "supervisord/folders.h"
#include "supervisord/nursery.h"
#include "supervisord/order.h"
#include "supervisord/spare.h"

static uint64_t stop_wanted_ns(const struct child *c)
{
	return c->is_supervisor ? shutdown_tree_ns(c->node) :
		shutdown_actor_ns(c->node);
}

static uint64_t stop_share_ns(const struct supervisor *s,
			      const struct child *c)
{
	uint64_t all = 0, now = supervisor_now_ns();

	if (!s->end_by_ns)
		return SHUTDOWN_UNHURRIED_NS;
	for (size_t i = 0; i < s->n_children; i++)
		if (child_state_has_process(s->children[i]->state))
			all += stop_wanted_ns(s->children[i]);
	return shutdown_share_ns(now < s->end_by_ns ? s->end_by_ns - now : 0,
				 stop_wanted_ns(c), all);
}

/* a life ends when its mail is seen to, not with its process */
static bool still_ends(const struct child *c)
{
	if (c->n_ending && !c->living)
		return true;
	return c->stop_wanted && child_state_has_process(c->state) &&
	       c->state != CHILD_UNKILLABLE;
}

/* alone among those of its group after it that still have to end */
static bool may_stop(const struct supervisor *s, size_t i)
{
	const struct child *c = s->children[i], *later;

	for (size_t k = i + 1; k < s->n_children; k++) {
		later = s->children[k];
		if (later->group == c->group && still_ends(later))
			return false;
	}
	return true;
}

/* is its start awaited by those behind it? that of a head always */
static bool waits_for(const struct child *before)
{
	return before->place == CUSTODY_HEAD ||
	       before->supervisor->node->start_order == SPEC_SEQUENTIAL;
}

static bool is_awaited(const struct child *before)
{
	return waits_for(before) && (before->state == CHILD_WAITING ||
				     before->state == CHILD_STARTING);
}

static size_t index_of(const struct child *c)
{
	return c->place == CUSTODY_HEAD ? 0 :
	       (size_t)c->place + c->supervisor->has_head;
}

/* of whatever group, nobody starts under a head that is down; but what it spawns
 * may be what it needs to be ready */
static bool lacks_head(const struct child *c)
{
	const struct child *head = supervisor_child(c->supervisor,
						    CUSTODY_HEAD);

	if (!head || head == c || !head->living ||
	    (c->node->template && head->state == CHILD_STARTING))
		return false;
	return head->stop_wanted || head->state == CHILD_STOPPED ||
	       is_awaited(head);
}

bool order_awaits(const struct child *c, const struct child *other)
{
	if (other->place == CUSTODY_HEAD)
		return c->state == CHILD_WAITING && lacks_head(c);
	return c->state == CHILD_WAITING && c->group == other->group &&
	       index_of(other) < index_of(c) && is_awaited(other);
}

/* of all strategies but one_for_one, those behind who failed wait for it */
void order_join(struct child *c)
{
	const struct supervisor *s = c->supervisor;
	const struct child *other;

	if (s->node->strategy == SPEC_ONE_FOR_ONE)
		return;
	for (size_t i = 0; i < index_of(c); i++) {
		other = s->children[i];
		if (!other->because_of || !is_awaited(other))
			continue;
		c->group = other->group;
		return;
	}
}

/* it is in its group, and has to stop first, or is before it and does not run */
static bool is_in_the_way(const struct supervisor *s, size_t k, size_t i)
{
	const struct child *c = s->children[i], *other = s->children[k];

	if (k == i || other->group != c->group)
		return false;
	return (other->stop_wanted && child_state_has_process(other->state)) ||
	       (k < i && is_awaited(other));
}

/* as a rule nobody stops; and in parallel nobody is awaited but a head: who starts
 * does not walk over all its siblings then */
static size_t n_that_may_be_in_the_way(const struct supervisor *s, size_t i)
{
	if (!s->nobody_stops)
		return s->n_children;
	return s->node->start_order == SPEC_SEQUENTIAL ? i : s->has_head;
}

/* everybody before it in its group runs, nobody of the group still stops */
static bool has_its_turn(const struct supervisor *s, size_t i, uint64_t now)
{
	const struct child *c = s->children[i];
	size_t n = n_that_may_be_in_the_way(s, i);

	if (c->awaits_edges || c->n_ending || now < c->delay_until_ns ||
	    lacks_head(c))
		return false;
	if (c->place == CUSTODY_HEAD && nursery_is_clearing(s))
		return false;
	for (size_t k = 0; k < n; k++)
		if (is_in_the_way(s, k, i))
			return false;
	return true;
}

/* its process is there, and is told all but START meanwhile */
static bool may_be_set_up(const struct child *c)
{
	return spare_pidfd(c) >= 0 && !c->upgrade && !activation_may_rest(c) &&
	       afterlife_is_on_its_way(c);
}

static bool may_start(const struct supervisor *s, size_t i, uint64_t now)
{
	const struct child *c = s->children[i];

	return (!c->awaits_mailbox || may_be_set_up(c)) &&
	       has_its_turn(s, i, now);
}

bool order_is_next(const struct child *c)
{
	const struct supervisor *s = c->supervisor;
	size_t i = 0;

	if (c->state != CHILD_WAITING || !c->awaits_mailbox || !c->living ||
	    c->stop_wanted || s->awaits_keep || supervisor_going_down(s) ||
	    activation_may_rest(c))
		return false;
	while (i < s->n_children && s->children[i] != c)
		i++;
	return i < s->n_children && has_its_turn(s, i, supervisor_now_ns());
}

static uint64_t less_ns(uint64_t from, uint64_t what)
{
	return from > what ? from - what : 0;
}

uint64_t order_stop_limit_ns(const struct child *c)
{
	const struct supervisor *s = c->supervisor;
	uint64_t by_ns = c->stop_by_ns, rest_ns = c->phases.kill_ns;

	if (c->state != CHILD_TERMINATING)
		rest_ns += c->phases.term_ns;
	/* what others may take is not its own to take */
	if (s->end_by_ns && s->end_by_ns < by_ns)
		by_ns = s->end_by_ns;
	for (size_t i = 0; s->end_by_ns && i < s->n_children; i++)
		if (s->children[i] != c &&
		    child_state_has_process(s->children[i]->state))
			rest_ns += stop_wanted_ns(s->children[i]);
	return less_ns(by_ns, rest_ns);
}

void order_share(struct child *c)
{
	c->phases = shutdown_phases(stop_wanted_ns(c),
				    stop_share_ns(c->supervisor, c));
}

static void stop_now(struct supervisor *s, struct child *c)
{
	c->stop_by_ns = supervisor_now_ns() +
			s->tree->root->shutdown_timeout_ns;
	order_share(c);
	supervisor_event(c, shutdown_kills(&c->phases) ? CHILD_EVENT_DISCARD :
			 CHILD_EVENT_STOP);
}

void order_stops(struct supervisor *s)
{
	bool nobody = true;
	struct child *c;

	for (size_t i = s->n_children; !s->nobody_stops && i-- > 0;) {
		c = s->children[i];
		if (!c->stop_wanted)
			continue;
		nobody = false;
		if (!child_state_has_process(c->state)) {
			/* waiting for its start: there is nothing to stop */
			if ((c->state == CHILD_WAITING ||
			     c->state == CHILD_IDLE) &&
			    c->purpose != PURPOSE_RESTART)
				supervisor_event(c, CHILD_EVENT_STOP);
			c->stop_wanted = false;
			continue;
		}
		if ((c->state == CHILD_STARTING || c->state == CHILD_RUNNING ||
		     c->state == CHILD_SUSPENDED || c->state == CHILD_PAUSED ||
		     c->state == CHILD_FAILING) && may_stop(s, i))
			stop_now(s, c);
	}
	s->nobody_stops = nobody;
}

uint64_t order_starts(struct supervisor *s, uint64_t now)
{
	uint64_t next = UINT64_MAX;
	unsigned int n = 0;
	struct child *c;

	if (s->awaits_keep)
		return next;
	for (size_t i = 0; i < s->n_children && !supervisor_going_down(s); i++) {
		c = s->children[i];
		if (c->state != CHILD_WAITING)
			continue;
		if (!may_start(s, i, now)) {
			if (c->delay_until_ns > now && c->delay_until_ns < next)
				next = c->delay_until_ns;
			continue;
		}
		if (n++ == ORDER_STARTS_A_TURN)
			return ORDER_SOON;
		if (activation_rests(c))
			supervisor_event(c, CHILD_EVENT_REST);
		else if (folders_are_ready(c, now + FOLDERS_TURN_NS))
			supervisor_event(c, CHILD_EVENT_START);
		else
			next = ORDER_SOON;
	}
	return next;
}

/*
 * Whose lives go on without us, we leave to who comes after us, and those that
 * just end as well: all above know that they do. To wait for them could be to
 * wait for a reader that we have stopped ourselves.
 */
static bool waits_for_ends(const struct supervisor *s)
{
	return s->phase == SUPERVISOR_ENDING || s->root;
}

bool order_anybody_alive(const struct supervisor *s)
{
	for (size_t i = 0; i < s->n_children; i++)
		if ((s->children[i]->n_ending && waits_for_ends(s)) ||
		    (child_state_has_process(s->children[i]->state) &&
		     s->children[i]->state != CHILD_UNKILLABLE))
			return true;
	return false;
}

bool order_all_up(const struct supervisor *s)
{
	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->living &&
		    s->children[i]->state != CHILD_RUNNING &&
		    s->children[i]->state != CHILD_PAUSED &&
		    s->children[i]->state != CHILD_IDLE)
			return false;
	return true;
}
