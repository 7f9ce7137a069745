// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * passing.c - descriptors that go along with messages, at both ends.
 *
 * Never trusts what a frame says of one: the kernel says what came. Never
 * reads or writes one. A payload in a memfd is the first of them, which the actor
 * does not see among the others.
 */
#include <errno.h>
#include <sys/stat.h>

#include "libactorproc/passing.h"
#include "libactorproc/reports.h"
#include "libactorproc/sealed.h"

#define GENERATION_SHIFT 32

/* ---- giving ------------------------------------------------------------ */

static uint64_t next_number(struct actor *self)
{
	return (uint64_t)self->generation << GENERATION_SHIFT |
	       ++self->n_offered;
}

size_t passing_n(const struct actor_outgoing *message)
{
	return message->n_descriptors + (message->sealed != NULL);
}

static int descriptor(const struct actor_outgoing *message, size_t index)
{
	if (!message->sealed)
		return message->descriptors[index];

	return index ? message->descriptors[index - 1] : *message->sealed;
}

int passing_name(struct actor *self, const struct actor_outgoing *message,
		 struct actor_passed ret_passed[ACTOR_DESCRIPTORS_MAX])
{
	struct stat st;
	size_t i;

	if ((message->n_descriptors && !message->descriptors) ||
	    message->n_descriptors > ACTOR_DESCRIPTORS_MAX ||
	    passing_n(message) > ACTOR_DESCRIPTORS_MAX)
		return -EINVAL;
	for (i = 0; i < passing_n(message); i++) {
		if (fstat(descriptor(message, i), &st) < 0)
			return -errno;
		ret_passed[i] = (struct actor_passed){
			.number = next_number(self),
			.type = frame_descriptor_type(st.st_mode),
		};
	}

	return 0;
}

static int offer(struct actor *self, uint64_t via, uint64_t number, int fd)
{
	struct offer last;
	int r = offers_add(&self->offers, via, number);

	if (r < 0)
		return r;
	r = report_give(via, number, fd);
	if (r < 0)
		offers_take_last(&self->offers, &last);

	return r;
}

int passing_offer(struct actor *self, const struct edge *edge,
		  const struct frame *frame,
		  const struct actor_outgoing *message)
{
	size_t i;
	int r = 0;

	if (!frame->n_descriptors || !edge || edge->fd < 0)
		return 0;
	if (frame->n_descriptors > edge->n_descriptors)
		return edge->n_descriptors ? -E2BIG : -EPERM;
	for (i = 0; r == 0 && i < frame->n_descriptors; i++)
		r = offer(self, arena_key_id(edge->key),
			  frame_passed(frame, i).number,
			  descriptor(message, i));
	if (r < 0)
		passing_withdraw(self, i - 1);

	return r;
}

void passing_withdraw(struct actor *self, size_t n)
{
	struct offer last;

	while (n-- && offers_take_last(&self->offers, &last) == 0)
		report_withdraw(last.via, last.number);
}

/* ---- receiving --------------------------------------------------------- */

/* Return: it is known what came. Not when our supervisor has died, which takes us
 * along: what it kept others keep, and the next process fetches it. */
static bool fetch(struct actor *self, uint64_t via, uint64_t number)
{
	struct arrival *arrival = arrivals_find(&self->arrivals, via, number);
	int r;

	if (arrival)
		return arrival->state != ARRIVAL_FETCHED;
	arrival = arrivals_fetch(&self->arrivals, via, number);
	r = arrival ? report_fetch(via, number) : -ENOMEM;
	if (arrival && r < 0 && r != -EPIPE)
		arrival->state = ARRIVAL_LOST;

	return !arrival || arrival->state == ARRIVAL_LOST;
}

bool passing_fetch(struct actor *self, const struct frame *frame, uint64_t via)
{
	bool known = true;
	size_t i;

	if (frame->n_descriptors > self->bounds.n_descriptors)
		return true;		/* and none of them will be taken */
	for (i = 0; i < frame->n_descriptors; i++)
		if (!fetch(self, via, frame_passed(frame, i).number))
			known = false;

	return known;
}

static bool is_as_named(const struct arrival *arrival, uint64_t type)
{
	struct stat st;

	return arrival && arrival->state == ARRIVAL_HERE && arrival->fd >= 0 &&
	       fstat(arrival->fd, &st) == 0 &&
	       frame_descriptor_type(st.st_mode) == type;
}

static enum passing receive_plain(struct actor_message *message,
				  struct arrival *arrival, uint64_t type)
{
	if (!is_as_named(arrival, type))
		return PASSING_LOST;
	message_add_descriptor(message, arrival->fd);
	arrival->fd = -1;

	return PASSING_WHOLE;
}

/* What fails here for want of room is nobody's lie. */
static enum passing receive_sealed(struct actor_message *message,
				   struct arrival *arrival)
{
	const void *bytes;
	int r;

	if (!arrival || arrival->state != ARRIVAL_HERE || arrival->fd < 0)
		return PASSING_LOST;
	if (sealed_check(arrival->fd, message->size) < 0)
		return PASSING_LIE;
	r = sealed_map(arrival->fd, message->size, &bytes);
	if (r < 0)
		return r == -EACCES ? PASSING_LIE : PASSING_LOST;
	message_seal(message, arrival->fd, bytes);
	arrival->fd = -1;

	return PASSING_WHOLE;
}

enum passing passing_receive(struct actor *self, struct actor_message *message,
			     uint64_t via)
{
	const struct frame *frame = &message->frame;
	enum passing result = PASSING_WHOLE;
	size_t i;

	if (frame->n_descriptors > self->bounds.n_descriptors)
		return PASSING_LOST;
	for (i = 0; result == PASSING_WHOLE && i < frame->n_descriptors; i++) {
		struct actor_passed passed = frame_passed(frame, i);
		struct arrival *arrival = arrivals_find(&self->arrivals, via,
							passed.number);

		if (!i && frame_is_sealed(frame))
			result = receive_sealed(message, arrival);
		else
			result = receive_plain(message, arrival, passed.type);
	}

	return result;
}

void passing_put_away(struct actor *self, const struct frame *frame,
		      uint64_t via)
{
	size_t i;

	for (i = 0; i < frame->n_descriptors; i++)
		arrivals_forget(arrivals_find(&self->arrivals, via,
					      frame_passed(frame, i).number));
}

void passing_taken(struct actor *self, const struct frame *frame,
		   uint64_t via)
{
	size_t i;

	passing_put_away(self, frame, via);
	for (i = 0; i < frame->n_descriptors; i++)
		report_taken(via, frame_passed(frame, i).number);
}
