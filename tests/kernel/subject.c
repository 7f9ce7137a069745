// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * subject.c - an actor that does to its mailbox what the test tells it to.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "libactorproc/checksum.h"
#include "tests/harness/harness.h"
#include "tests/kernel/subject.h"

/* ---- the actor --------------------------------------------------------- */

struct state {
	bool closed;
	uint64_t tokens[256];
	size_t n_tokens;
	uint64_t n_bytes;
};

struct subject_shared *subject_shared;

static int tell_peer(struct actor *self, const char *type,
		     const struct report *report)
{
	return actor_tell(self, actor_reference(self, "peer"), type, report,
			  sizeof(*report));
}

static struct report report_on(const struct actor_message *message)
{
	struct report report = { 0 };
	const void *payload;
	size_t size;

	payload = actor_message_payload(message, &size);
	memcpy(&report.number, payload, size < 8 ? size : 8);
	report.n = actor_message_attempt(message);
	report.n_bytes = size;
	report.checksum = checksum_crc32c(0, payload, size);
	report.priority = actor_message_priority(message);

	return report;
}

static int put_aside(struct actor *self, struct report *report)
{
	report->r = actor_stash(self);
	report->n = (uint32_t)actor_n_stashed(self);

	return tell_peer(self, "put-aside", report);
}

static int do_item(struct actor *self, const struct actor_message *message)
{
	struct report report = report_on(message);
	const struct state *state = actor_state(self);

	return state->closed ? put_aside(self, &report)
			     : tell_peer(self, "item", &report);
}

static int do_question(struct actor *self, const struct actor_message *message)
{
	struct report report = report_on(message);
	const struct state *state = actor_state(self);

	return state->closed ? put_aside(self, &report)
			     : actor_reply(self, "answer", NULL, 0);
}

static int do_close(struct actor *self, const struct actor_message *message)
{
	struct state *state = actor_state(self);

	(void)message;
	state->closed = true;
	return 0;
}

static int do_open(struct actor *self, const struct actor_message *message)
{
	struct state *state = actor_state(self);

	(void)message;
	state->closed = false;
	return actor_unstash(self);
}

static int do_unstash(struct actor *self, const struct actor_message *message)
{
	(void)message;
	return actor_unstash(self);
}

static int do_unstash_fail(struct actor *self,
			   const struct actor_message *message)
{
	(void)message;
	actor_unstash(self);
	return -EIO;
}

static int do_unstash_soon(struct actor *self,
			   const struct actor_message *message)
{
	(void)message;
	return actor_timer(self, "unstash", 1000000);
}

static int do_stash_fail(struct actor *self,
			 const struct actor_message *message)
{
	(void)message;
	actor_stash(self);
	return -EIO;
}

static int do_stash_unknown(struct actor *self,
			    const struct actor_message *message)
{
	const struct state *state = actor_state(self);

	(void)message;
	if (!state->closed)
		return tell_peer(self, "known", &(struct report){ 0 });
	actor_stash(self);
	return ACTOR_UNHANDLED;
}

static int do_stash_twice(struct actor *self,
			  const struct actor_message *message)
{
	struct report report = { .r = actor_stash(self) };

	(void)message;
	report.n = actor_stash(self) == -EINVAL;
	return tell_peer(self, "stashed", &report);
}

static int do_stash_flush(struct actor *self,
			  const struct actor_message *message)
{
	const struct state *state = actor_state(self);

	if (!state->closed)
		return do_item(self, message);
	actor_stash(self);
	actor_flush(self);
	return 0;
}

static int do_stash_flush_die(struct actor *self,
			      const struct actor_message *message)
{
	int r = do_stash_flush(self, message);
	const struct state *state = actor_state(self);

	if (state->closed)
		raise(SIGKILL);
	return r;
}

static int do_stash_flush_fail(struct actor *self,
			       const struct actor_message *message)
{
	int r = do_stash_flush(self, message);
	const struct state *state = actor_state(self);

	return state->closed ? -EIO : r;
}

static int do_flush_fail(struct actor *self,
			 const struct actor_message *message)
{
	(void)message;
	tell_peer(self, "flushed", &(struct report){ 0 });
	actor_flush(self);
	tell_peer(self, "never-sent", &(struct report){ 0 });
	return -EIO;
}

static int do_flush_die(struct actor *self,
			const struct actor_message *message)
{
	tell_peer(self, "flushed",
		  &(struct report){ .n = actor_message_attempt(message) });
	actor_flush(self);
	tell_peer(self, "never-sent", &(struct report){ 0 });
	raise(SIGKILL);
	return 0;
}

static int do_fail(struct actor *self, const struct actor_message *message)
{
	(void)self;
	(void)message;
	return -EIO;
}

static int do_die(struct actor *self, const struct actor_message *message)
{
	struct report report = report_on(message);

	if (report.n)
		return tell_peer(self, "item", &report);
	raise(SIGKILL);
	return 0;
}

static int do_block(struct actor *self, const struct actor_message *message)
{
	const struct timespec while_ = { .tv_nsec = 1000000 };

	(void)message;
	tell_peer(self, "blocked", &(struct report){ 0 });
	actor_flush(self);
	while (!__atomic_load_n(&subject_shared->gate, __ATOMIC_ACQUIRE))
		nanosleep(&while_, NULL);
	return 0;
}

/* ---- sending ----------------------------------------------------------- */

static struct burst burst_of(const struct actor_message *message)
{
	struct burst burst = { 0 };
	const void *payload;
	size_t size;

	payload = actor_message_payload(message, &size);
	memcpy(&burst, payload, size < sizeof(burst) ? size : sizeof(burst));

	return burst;
}

static void *bytes_of(const struct burst *burst)
{
	void *bytes = malloc(burst->n_bytes + 1);

	subject_fill(bytes, burst->n_bytes, 1);
	return bytes;
}

static int do_burst(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *to = actor_reference(self, "other");
	struct burst burst = burst_of(message);
	struct report report = { 0 };
	void *bytes = bytes_of(&burst);

	while (report.n < burst.n && report.r == 0) {
		report.r = actor_tell(self, to, "burst", bytes, burst.n_bytes);
		report.n += report.r == 0;
	}
	free(bytes);

	return tell_peer(self, "sent", &report);
}

/* Until there is no room, and without wanting to hear when there is. */
static int do_fill(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *to = actor_reference(self, "other");
	struct burst burst = burst_of(message);
	struct report report = { 0 };
	const struct actor_outgoing outgoing = {
		.type = "burst",
		.payload = bytes_of(&burst),
		.size = burst.n_bytes,
	};

	while (report.r == 0) {
		report.r = actor_tell_within(self, to, &outgoing, 0);
		report.n += report.r == 0;
	}
	free((void *)outgoing.payload);

	return tell_peer(self, "sent", &report);
}

static int do_try(struct actor *self, const struct actor_message *message)
{
	(void)message;
	subject_shared->r = actor_tell(self, actor_reference(self, "other"),
				       "burst", NULL, 0);
	__atomic_add_fetch(&subject_shared->n_tries, 1, __ATOMIC_RELEASE);
	return 0;
}

static int do_burst_fail(struct actor *self,
			 const struct actor_message *message)
{
	do_burst(self, message);
	return -EIO;
}

static int do_or_dead(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *to = actor_reference(self, "other");
	struct burst burst = burst_of(message);
	struct report report = { 0 };
	const struct actor_outgoing outgoing = {
		.type = "burst",
		.payload = bytes_of(&burst),
		.size = burst.n_bytes,
	};

	while (report.n < burst.n && report.r == 0) {
		report.r = actor_tell_or_dead(self, to, &outgoing);
		report.n += report.r == 0;
	}
	free((void *)outgoing.payload);

	return tell_peer(self, "sent", &report);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int do_within(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *to = actor_reference(self, "other");
	struct burst burst = burst_of(message);
	struct report report = { 0 };
	const struct actor_outgoing outgoing = {
		.type = "burst",
		.payload = bytes_of(&burst),
		.size = burst.n_bytes,
	};

	tell_peer(self, "before", &report);
	report.elapsed_ns = clock_ns(CLOCK_MONOTONIC);
	report.cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	report.r = actor_tell_within(self, to, &outgoing, burst.timeout_ns);
	report.elapsed_ns = clock_ns(CLOCK_MONOTONIC) - report.elapsed_ns;
	report.cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - report.cpu_ns;
	free((void *)outgoing.payload);

	return tell_peer(self, "waited", &report);
}

static int do_within_fail(struct actor *self,
			  const struct actor_message *message)
{
	do_within(self, message);
	return -EIO;
}

static int do_echo(struct actor *self, const struct actor_message *message)
{
	struct report report = report_on(message);
	const void *payload;
	size_t size;

	payload = actor_message_payload(message, &size);
	report.r = actor_tell(self, actor_reference(self, "other"), "echo",
			      payload, size);

	return tell_peer(self, "echoed", &report);
}

/* What it has looked at once stays what it was. */
static int do_look_twice(struct actor *self,
			 const struct actor_message *message)
{
	struct report report = report_on(message);
	const struct timespec while_ = { .tv_nsec = 1000000 };

	tell_peer(self, "looked", &report);
	actor_flush(self);
	while (!__atomic_load_n(&subject_shared->gate, __ATOMIC_ACQUIRE))
		nanosleep(&while_, NULL);
	report = report_on(message);
	tell_peer(self, "looked", &report);
	actor_stash(self);
	report = report_on(message);
	tell_peer(self, "looked", &report);

	return actor_become(self, do_item);
}

static int do_give(struct actor *self, const struct actor_message *message)
{
	struct burst burst = burst_of(message);
	void *bytes = bytes_of(&burst);
	int r = actor_reply(self, "given", bytes, burst.n_bytes);

	free(bytes);
	return r;
}

/* All that have asked so are answered by the one that asks for nothing. */
static int do_give_late(struct actor *self,
			const struct actor_message *message)
{
	struct state *state = actor_state(self);
	struct burst burst = burst_of(message);
	struct actor_outgoing outgoing = { .type = "given" };
	int r = 0;

	if (burst.n_bytes) {
		state->n_bytes = burst.n_bytes;
		state->tokens[state->n_tokens++] = actor_defer(self);
		return 0;
	}
	burst.n_bytes = state->n_bytes;
	outgoing.payload = bytes_of(&burst);
	outgoing.size = burst.n_bytes;
	while (r == 0 && state->n_tokens)
		r = actor_reply_to(self, state->tokens[--state->n_tokens],
				   &outgoing);
	free((void *)outgoing.payload);

	return r;
}

static int do_inquire(struct actor *self, const struct actor_message *message)
{
	struct report report = { 0 };

	(void)message;
	report.r = actor_ask(self, actor_reference(self, "other"), "question",
			     NULL, 0, 0, &report.number);
	return tell_peer(self, "inquired", &report);
}

static int do_answer(struct actor *self, const struct actor_message *message)
{
	const struct state *state = actor_state(self);
	struct report report = { .r = actor_message_error(message),
				 .number = actor_message_ask(message) };

	return state->closed ? put_aside(self, &report)
			     : tell_peer(self, "answered", &report);
}

static int do_room(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *who = actor_message_reference(message, 0);
	struct report report = {
		.r = who == actor_reference(self, "other"),
	};

	__atomic_add_fetch(&subject_shared->n_room, 1, __ATOMIC_RELEASE);
	tell_peer(self, "room", &report);
	return 0;
}

static int do_forward(struct actor *self, const struct actor_message *message)
{
	struct actor_reference *to = actor_message_reference(message, 0);
	const struct state *state = actor_state(self);
	struct report report = { .r = to != NULL };

	if (state->closed)
		return put_aside(self, &report);
	return tell_peer(self, "forwarded", &report);
}

static int do_settle(struct actor *self, const struct actor_message *message)
{
	(void)message;
	return tell_peer(self, "settled", &(struct report){ 0 });
}

static int do_watch(struct actor *self, const struct actor_message *message)
{
	(void)message;
	return actor_watch(self, actor_reference(self, "other"));
}

static int do_life(struct actor *self, const struct actor_message *message)
{
	const struct actor_reference *to = actor_reference(self, "other");

	(void)message;
	return tell_peer(self, "life", &(struct report){
		.number = actor_reference_life(to),
	});
}

static const struct {
	const char *type;
	int (*act)(struct actor *self, const struct actor_message *message);
} acts[] = {
	{ "item", do_item },
	{ "life", do_life },
	{ "question", do_question },
	{ "close", do_close },
	{ "open", do_open },
	{ "unstash", do_unstash },
	{ "unstash-fail", do_unstash_fail },
	{ "unstash-soon", do_unstash_soon },
	{ "stash-fail", do_stash_fail },
	{ "stash-unknown", do_stash_unknown },
	{ "stash-twice", do_stash_twice },
	{ "stash-flush", do_stash_flush },
	{ "stash-flush-die", do_stash_flush_die },
	{ "stash-flush-fail", do_stash_flush_fail },
	{ "flush-fail", do_flush_fail },
	{ "flush-die", do_flush_die },
	{ "fail", do_fail },
	{ "die", do_die },
	{ "block", do_block },
	{ "burst", do_burst },
	{ "burst-fail", do_burst_fail },
	{ "fill", do_fill },
	{ "try", do_try },
	{ "or-dead", do_or_dead },
	{ "within", do_within },
	{ "within-fail", do_within_fail },
	{ "echo", do_echo },
	{ "look-twice", do_look_twice },
	{ "give", do_give },
	{ "give-late", do_give_late },
	{ "inquire", do_inquire },
	{ "forward", do_forward },
	{ "settle", do_settle },
	{ "watch", do_watch },
};

static int act(struct actor *self, const struct actor_message *message)
{
	size_t i;

	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (actor_message_is(message, acts[i].type))
			return acts[i].act(self, message);

	return ACTOR_UNHANDLED;
}

static int behave(struct actor *self, const struct actor_message *message)
{
	switch (actor_message_kind(message)) {
	case ACTOR_REPLY:
	case ACTOR_ERROR:
		return do_answer(self, message);
	case ACTOR_ROOM:
		return do_room(self, message);
	case ACTOR_TERMINATED:
		return tell_peer(self, "mourned", &(struct report){ 0 });
	case ACTOR_TICK:
		return actor_unstash(self);
	default:
		return act(self, message);
	}
}

static void stop(struct actor *self)
{
	if (subject_shared->flushes_at_stop)
		actor_flush(self);
	tell_peer(self, "farewell", &(struct report){ 0 });
}

const struct actor_class subject_class = {
	.state_size = sizeof(struct state),
	.receive = behave,
	.stop = stop,
};

/* ---- the test's side --------------------------------------------------- */

struct fake fake;
struct fake_edge *client, *peer, *other, *letters;

void subject_init(void)
{
	subject_shared = mmap(NULL, sizeof(*subject_shared),
			      PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CU_ASSERT_FATAL(subject_shared != MAP_FAILED);
	fake_init(&fake, &subject_class);
	client = fake_edge(&fake, EDGE_TARGET, NULL, "/test/client");
	peer = fake_edge(&fake, EDGE_HOLDER, "peer", "/test/peer");
	other = fake_edge(&fake, EDGE_HOLDER, "other", "/test/other");
	letters = fake_edge(&fake, EDGE_HOLDER, "dead-letters",
			    "/system/dead-letters");
	fake_share(client);
	fake_share(other);
}

void subject_begin(void)
{
	subject_init();
	fake_start(&fake);
}

void subject_end(void)
{
	fake_order(&fake, "STOP", "DRAIN", UINT64_C(0), NULL);
	fake_expect_frame(peer, FRAME_TELL, "farewell");
	CU_ASSERT_EQUAL(fake_wait(&fake), 0);
	CU_ASSERT_EQUAL(arena_check(fake.arena, ARENA_BYTES), 0);
	fake_deinit(&fake);
}

void subject_order(const char *type, uint64_t n, uint64_t n_bytes,
		   uint64_t timeout_ns)
{
	const struct burst burst = { n, n_bytes, timeout_ns };

	fake_tell(client, type, &burst, sizeof(burst));
}

#define ITEMS_MAX 150

void subject_items(struct fake_edge *edge, uint64_t first, size_t n,
		   uint8_t priority)
{
	struct frame frames[ITEMS_MAX];
	uint64_t numbers[ITEMS_MAX];
	size_t i;

	CU_ASSERT_FATAL(n <= ITEMS_MAX);
	for (i = 0; i < n; i++) {
		numbers[i] = first + i;
		frames[i] = (struct frame){
			.kind = FRAME_TELL,
			.priority = priority,
			.type = "item",
			.type_length = 4,
			.payload = &numbers[i],
			.payload_bytes = sizeof(numbers[i]),
		};
	}
	fake_send(edge, frames, n);
}

void subject_item(struct fake_edge *edge, uint64_t number, uint8_t priority)
{
	subject_items(edge, number, 1, priority);
}

struct report subject_expect(const char *type)
{
	struct frame frame = fake_expect_frame(peer, FRAME_TELL, type);
	struct report report = { 0 };

	CU_ASSERT_EQUAL_FATAL(frame.payload_bytes, sizeof(report));
	memcpy(&report, frame.payload, sizeof(report));

	return report;
}

void subject_expect_item(uint64_t number)
{
	struct report report = subject_expect("item");

	if (report.number != number)
		harness_note("expected item %llu, got %llu",
			     (unsigned long long)number,
			     (unsigned long long)report.number);
	CU_ASSERT_EQUAL(report.number, number);
}

void subject_settle(void)
{
	fake_tell(client, "settle", NULL, 0);
	subject_expect("settled");
	CU_ASSERT(fake_nothing_more(peer));
}

void subject_fill(void *bytes, size_t n_bytes, uint32_t seed)
{
	unsigned char *p = bytes;
	size_t i;

	for (i = 0; i < n_bytes; i++) {
		seed = seed * 1664525 + 1013904223;
		p[i] = (unsigned char)(seed >> 24);
	}
}
