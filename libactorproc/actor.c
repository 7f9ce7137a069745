// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * actor.c - the life of the process: set up, start, turns, stop.
 *
 * actor_main() and the calls about the actor itself. Decides only what is done
 * next: orders of the supervisor first, then what is due here, then mail; and
 * when nothing is left, what was sent leaves and we sleep.
 */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "libactorproc/actor.h"
#include "libactorproc/closing.h"
#include "libactorproc/idle.h"
#include "libactorproc/mailbox.h"
#include "libactorproc/outbox.h"
#include "libactorproc/reports.h"
#include "libactorproc/room.h"
#include "libactorproc/setup.h"
#include "libactorproc/stalls.h"
#include "libactorproc/turn.h"
#include "libactorproc/unburied.h"
#include "libactorproc/zygote.h"

#define EXIT_NOT_SUPERVISED 64
#define STATUS_MAX 125
#define PACKETS_UNLOOKED_MAX 16	/* taken without a look at the rest */
#define PAGE_BYTES ((size_t)4096)
#define STACK_BYTES (2 * PAGE_BYTES)	/* more than a first turn uses */

/* ---- the process ------------------------------------------------------- */

static void control_ready(struct loop_source *source, uint32_t events)
{
	struct actor *self = (struct actor *)((char *)source -
					      offsetof(struct actor, control));

	(void)events;
	self->control_ready = true;
}

static struct actor *actor_free(struct actor *self)
{
	if (!self)
		return NULL;
	message_end(&self->message);
	unburied_deinit(self);
	fd_watches_deinit(&self->fd_watches, &self->loop);
	watches_deinit(&self->watches);
	grants_deinit(&self->grants);
	arrivals_deinit(&self->arrivals);
	offers_deinit(&self->offers);
	withheld_deinit(&self->withheld);
	references_deinit(&self->references);
	edges_deinit(&self->edges);
	descriptors_deinit(&self->descriptors);
	handover_deinit(&self->handover);
	loop_deinit(&self->loop);
	scratch_deinit(&self->scratch);
	if (self->arena)
		munmap(self->arena, ARENA_BYTES);
	free(self->state);
	/* the environment may be read behind actor_main() */
	if (!zygote_in_environment(&self->names))
		free(self);

	return NULL;
}

/* Memory alone. Return: 0; -EINVAL; -ENOMEM; when not 0, it is to be freed */
static int actor_init(struct actor *self, const struct actor_class *class)
{
	if (!class->receive)
		return -EINVAL;
	self->class = class;
	self->held = -1;
	self->control.ready = control_ready;
	self->loop.epoll_fd = -1;
	self->loop.timer_fd = -1;
	edges_init(&self->edges);
	fd_watches_init(&self->fd_watches);
	behaviour_init(&self->behaviour, class->receive);
	if (class->state_size)
		self->state = calloc(1, class->state_size);
	if (class->state_size && !self->state)
		return -ENOMEM;

	return 0;
}

static int begin_to_wait(struct actor *self)
{
	int r = loop_init(&self->loop);

	return r < 0 ? r : loop_add(&self->loop, ACTOR_CONTROL_FD, EPOLLIN,
				    &self->control);
}

/* ---- what is done next ------------------------------------------------- */

static uint64_t next_ns(const struct actor *self)
{
	uint64_t timers_ns = timers_next_ns(&self->timers);
	uint64_t asks_ns = asks_next_ns(&self->asks);
	uint64_t limits_ns = references_next_ns(&self->references);

	if (limits_ns < asks_ns)
		asks_ns = limits_ns;

	return timers_ns < asks_ns ? timers_ns : asks_ns;
}

/* A supervisor that wants to know reads it; nobody is told. */
static void beat(struct actor *self, bool asleep)
{
	arena_pulse_set(self->arena, &(struct arena_pulse){
		.beat = ++self->n_beats,
		.asleep = asleep,
		.held_up = self->waiting ||
			   !TAILQ_EMPTY(&self->edges.stalled),
		.n_finished = self->n_finished,
		.n_put_aside = self->n_stashed,
	});
}

static void look(struct actor *self, bool block, uint64_t deadline_ns)
{
	int r;

	beat(self, block);
	r = loop_wait(&self->loop, block, deadline_ns);
	beat(self, false);
	if (r < 0) {
		self->lost = true;
		self->phase = ACTOR_ENDING;
		return;
	}
	if (deadline_ns != UINT64_MAX && self->loop.armed_ns == UINT64_MAX)
		self->due_ns = actor_clock(self);
	self->looked = true;
	self->n_packets = 0;
	self->look_at_turn = 0;
}

/* Each turn begins in the tick that was seen last. */
static void see_tick(struct actor *self, uint64_t tick)
{
	self->looked = false;
	self->tick = tick;
	arena_see_time(self->arena, tick);
}

/* In each tick, and when much has been taken. A look has been a beat, too. */
static void look_now_and_then(struct actor *self)
{
	uint64_t tick = loop_tick();

	if (!self->looked) {
		beat(self, false);
		if (self->n_packets < PACKETS_UNLOOKED_MAX &&
		    tick == self->tick)
			return;
		room_tell(self, true);
		look(self, false, next_ns(self));
		tick = loop_tick();
	}
	see_tick(self, tick);
}

static void obey(struct actor *self)
{
	int r = setup_serve(self);

	if (r == 0 || r == -EBADMSG)
		return;
	self->lost = true;
	self->phase = ACTOR_ENDING;
}

static bool awaits_grants(const struct actor *self)
{
	return self->waiting || self->edges.n_awaiting;
}

/* What leaves can make room to tell others that they have some. */
static void send_all(struct actor *self)
{
	room_tell(self, true);
	outbox_flush(self);
	if (TAILQ_EMPTY(&self->edges.progressed))
		return;
	room_tell(self, true);
	outbox_flush(self);
}

/* All has been sent and told. What comes from now on is for the next process. */
static void make_way(struct actor *self)
{
	look(self, false, UINT64_MAX);
	if (self->control_ready || mailbox_has_mail(self))
		return;
	report_idle();
	self->phase = ACTOR_ENDING;
}

/*
 * What is due at once goes first: what was sent waits for it, but not long.
 * Sending may find an edge that has ended: then there is more to do.
 */
static void idle(struct actor *self)
{
	uint64_t next = next_ns(self), end;

	if (next <= self->clock_ns && self->edges.n_unsent) {
		self->due_ns = self->clock_ns;
		outbox_settle(self);
		return;
	}
	self->due_ns = 0;
	send_all(self);
	if (turn_is_due(self) || stalls_have_readers(self) ||
	    (!self->waiting && (mailbox_has_mail(self) ||
				edges_look_ahead(&self->edges))))
		return;
	end = idle_end_ns(self);
	if (end != UINT64_MAX && loop_now_ns() >= end) {
		make_way(self);
		return;
	}
	next = next_ns(self);
	look(self, !self->draining || awaits_grants(self),
	     next < end ? next : end);
	if (self->draining && !mailbox_has_mail(self) && !awaits_grants(self) &&
	    !self->control_ready && !stalls_insist(self))
		self->phase = ACTOR_ENDING;
}

static void step(struct actor *self)
{
	look_now_and_then(self);
	if (self->control_ready)
		obey(self);
	else if (self->leaving)
		self->phase = ACTOR_ENDING;
	else if (!turn_local(self) && !mailbox_turn(self))
		idle(self);
}

/* No turn, no timer: only what was sent before goes out. */
static void await_decision(struct actor *self)
{
	if (self->control_ready) {
		obey(self);
		return;
	}
	outbox_flush(self);
	look(self, true, UINT64_MAX);
}

static void serve(struct actor *self)
{
	while (self->phase != ACTOR_ENDING)
		if (self->phase == ACTOR_FAILED || self->paused)
			await_decision(self);
		else
			step(self);
}

/* ---- from start to stop ------------------------------------------------ */

/* What each that is forked reads and does not write is mapped here, once for all:
 * how much there is of what is large, and the clock. */
static void read_ahead(const struct actor *self)
{
	const volatile size_t *const counts[] = {
		&self->queue.n, &self->asks.n, &self->timers.n,
	};
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		(void)*counts[i];
	(void)loop_tick();
}

static void touch(volatile char *from, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += PAGE_BYTES)
		from[i] = from[i];
	from[n - 1] = from[n - 1];
}

/* Who has to wait uses the time: what a set-up and a first turn write to is made its
 * own, and what they read and call is mapped. */
static void make_ready(struct actor *self)
{
	volatile char stack[STACK_BYTES] = { 0 };
	void *volatile heap = calloc(1, PAGE_BYTES);

	touch(stack, sizeof(stack));
	free(heap);
	touch((volatile char *)&self->edges, sizeof(self->edges));
	read_ahead(self);
}

/* Nothing else counts before START: there may be mail. */
static void await_orders(void)
{
	struct pollfd orders = { .fd = ACTOR_CONTROL_FD, .events = POLLIN };

	poll(&orders, 1, -1);
}

/* Return: 0 when told to start; -ECANCELED when told to stop before that. */
static int be_set_up(struct actor *self)
{
	int r;

	/* most find that all has been said; what comes behind START the first look
	 * shows */
	r = setup_serve(self);
	if (r == 0 && !self->arena)
		make_ready(self);
	while (r == 0 && self->phase == ACTOR_SETTING_UP) {
		await_orders();
		r = setup_serve(self);
	}
	if (r < 0)
		return r;
	self->control_ready = false;

	return self->phase == ACTOR_STARTING ? 0 : -ECANCELED;
}

/* A first process with no hook has no turn to make: nothing was taken, asked,
 * watched or timed. It needs neither a look nor the clock before it sleeps. */
static bool has_done_nothing(const struct actor *self)
{
	return self->generation == 0 && !self->paused &&
	       !setup_has_hooks(self->class);
}

static int run(struct actor *self, int argc, char **argv)
{
	const char *step = NULL;
	int r;

	r = be_set_up(self);
	if (r == -EPROTONOSUPPORT) {
		report_foreign(arena_version());
		return 1;
	}
	if (r == 0) {
		mailbox_inherit(self);
		r = turn_start(self, argc, argv);
	}
	if (r == 0) {
		step = "post_restart";
		r = turn_post_restart(self);
	}
	if (r == -ECANCELED && self->phase == ACTOR_ENDING)
		return 0;
	if (r == 0) {
		step = "closing";
		r = closing_close();
	}
	if (r < 0) {
		report_start_failed(r, step);
		return 1;
	}
	self->phase = ACTOR_RUNNING;
	if (report_ready(closing_is_closed()) < 0)
		return 1;
	if (has_done_nothing(self))
		idle(self);
	serve(self);
	if (self->lost)
		return 1;
	turn_stop(self);
	outbox_flush(self);

	return self->status;
}

static int serve_as_zygote(struct actor *self)
{
	read_ahead(self);

	return zygote_serve(&self->order, &self->names);
}

/* A socket on descriptor 3 alone could be anybody's. */
static bool is_supervised(void)
{
	int r = (int)recv(ACTOR_CONTROL_FD, NULL, 0, MSG_PEEK | MSG_DONTWAIT);

	return getenv("ACTOR_PATH") && (r >= 0 || errno == EAGAIN);
}

int actor_main(const struct actor_class *class, int argc, char **argv)
{
	const char *name = argc > 0 ? argv[0] : "actor";
	struct actor *self;
	int status, r;

	if (!is_supervised()) {
		fprintf(stderr,
			"%s: this program is an actor: a supervisor starts it, "
			"see `actorctl run` in actorctl(1)\n", name);
		return EXIT_NOT_SUPERVISED;
	}
	prctl(PR_SET_DUMPABLE, 0);
	self = calloc(1, sizeof(*self));
	r = self ? actor_init(self, class) : -ENOMEM;
	if (self && zygote_wanted() && serve_as_zygote(self) != 0) {
		actor_free(self);
		return 0;
	}
	if (r == 0)
		r = begin_to_wait(self);
	if (r < 0) {
		report_start_failed(r, NULL);
		status = 1;
	} else {
		status = run(self, argc, argv);
	}
	actor_free(self);

	return status;
}

/* ---- self -------------------------------------------------------------- */

void *actor_state(struct actor *self)
{
	return self->state;
}

const char *actor_path(const struct actor *self)
{
	return self->path;
}

uint64_t actor_life(const struct actor *self)
{
	return self->life;
}

uint32_t actor_generation(const struct actor *self)
{
	return self->generation;
}

uint64_t actor_now_ns(void)
{
	return loop_now_ns();
}

int actor_become(struct actor *self, actor_receive_fn *receive)
{
	return behaviour_replace(&self->behaviour, receive);
}

int actor_become_push(struct actor *self, actor_receive_fn *receive)
{
	return behaviour_push(&self->behaviour, receive);
}

int actor_become_pop(struct actor *self)
{
	return behaviour_pop(&self->behaviour);
}

int actor_stop(struct actor *self, int status)
{
	if (status < 0 || status > STATUS_MAX)
		return -EINVAL;
	self->leaving = true;
	self->status = status;

	return 0;
}

int actor_descriptor(struct actor *self, const char *name)
{
	return descriptors_get(&self->descriptors, name);
}

struct actor_reference *actor_reference(struct actor *self, const char *name)
{
	return promise_find(self, name);
}

/* ---- watches, timers, descriptors -------------------------------------- */

int actor_watch(struct actor *self, struct actor_reference *reference)
{
	int r;

	if (!reference)
		return -EINVAL;
	if (watches_has(&self->watches, reference, reference->key))
		return 0;
	r = watches_add(&self->watches, reference, reference->key,
			reference_is_over(reference)
				? reference_over_reason(reference)
				: NULL);
	if (r == 0)
		actor_reference_keep(reference);

	return r;
}

int actor_unwatch(struct actor *self, struct actor_reference *reference)
{
	size_t n;

	if (!reference)
		return -EINVAL;
	for (n = watches_remove(&self->watches, reference); n > 0; n--)
		actor_reference_drop(reference);

	return 0;
}

static int set_timer(struct actor *self, const char *key, uint64_t delay_ns,
		     uint64_t interval_ns)
{
	uint64_t deadline_ns;

	if (!key)
		return -EINVAL;
	if (__builtin_add_overflow(actor_clock(self), delay_ns, &deadline_ns))
		deadline_ns = UINT64_MAX;

	return timers_set(&self->timers, key, deadline_ns, interval_ns);
}

int actor_timer(struct actor *self, const char *key, uint64_t delay_ns)
{
	return set_timer(self, key, delay_ns, 0);
}

int actor_timer_every(struct actor *self, const char *key, uint64_t delay_ns,
		      uint64_t interval_ns)
{
	return interval_ns ? set_timer(self, key, delay_ns, interval_ns)
			   : -EINVAL;
}

int actor_timer_cancel(struct actor *self, const char *key)
{
	return key ? timers_cancel(&self->timers, key) : -EINVAL;
}

int actor_watch_fd(struct actor *self, int fd, uint32_t events)
{
	int r;

	if (fd == ACTOR_CONTROL_FD || events & (EPOLLET | EPOLLONESHOT))
		return -EINVAL;
	r = fd_watches_set(&self->fd_watches, &self->loop, fd, events);

	return r == -EEXIST ? -EINVAL : r;	/* one of the library's own */
}

int actor_unwatch_fd(struct actor *self, int fd)
{
	return fd_watches_remove(&self->fd_watches, &self->loop, fd);
}
