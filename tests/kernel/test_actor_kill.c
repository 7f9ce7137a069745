// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_actor_kill.c - an actor may die at any instruction.
 *
 * A real process with the real library is run one instruction at a time, from
 * the packet that wakes it up to its sleep. After each, what it has and what
 * lies in sockets is treated as if that had been the last: recovered as a
 * supervisor does it, and every message must be there once. At some of them, in
 * long runs at all, a next generation, which gets copies of all that, has to
 * finish the work. And it is killed indeed, here and there. (What the arena
 * alone promises, test_arena_kill.c looks at.)
 *
 * ACTORPROC_KILLER_SECONDS=N kills for so long, at other instructions each time;
 * ACTORPROC_KILLER_SEED=N does it in the same order again.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "libactorproc/checksum.h"
#include "tests/harness/dice.h"
#include "tests/harness/harness.h"
#include "tests/kernel/autopsy.h"
#include "tests/kernel/fake_supervisor.h"
#include "tests/kernel/stepper.h"

#define MESSAGES_MAX 8
#define QUICK_MS 2000		/* of killing */
#define LONG_MS 60000
#define QUICK_EVERY 100		/* at one instruction of so many: a succession */
#define LOOK_EVERY 10		/* in a quick run, where payloads are copied */
#define QUICK_STEPS 20000	/* of those, before they are killed */
#define STEPS_MAX 100000	/* before it is known better */
#define LARGE (POOL_PAYLOAD_MIN + 8)	/* each byte may be an instruction */
/* when something is in hand, or done and not yet sent */
#define HEIR_AFTER 3000
#define HEIR_WITHIN 4500
#define HEIR_WITHIN_COPIES 27000

/* ---- the actor ---------------------------------------------------------- */

static bool is_heir, is_open;
static uint64_t owed;

/* what an earlier generation has stashed comes out, or nobody would open it */
static int begin_life(struct actor *self, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	is_open = is_heir;

	return is_open ? actor_unstash(self) : 0;
}

static int open_up(struct actor *self)
{
	is_open = true;
	return actor_unstash(self);
}

static int behave(struct actor *self, const struct actor_message *message)
{
	const struct actor_outgoing late = { .type = "late" };
	const void *payload;
	size_t size;
	int r = 0;

	if (actor_message_is(message, "odd"))
		return ACTOR_UNHANDLED;
	if (actor_message_is(message, "keep") && !is_open)
		return actor_stash(self);
	payload = actor_message_payload(message, &size);
	if (actor_message_is(message, "owe"))
		owed = actor_defer(self);
	else if (actor_message_is(message, "pay") && owed)
		/* from another generation there is nothing to be paid */
		r = actor_reply_to(self, owed, &late);
	else if (actor_message_is(message, "open"))
		r = open_up(self);
	else if (actor_message_kind(message) == ACTOR_ASK)
		r = actor_reply(self, "reply", payload, size);

	return r < 0 ? r : actor_tell(self, actor_reference(self, "out"),
				      "told", payload, size);
}

static const struct actor_class class = {
	.start = begin_life,
	.receive = behave,
};

/* ---- what it is sent ---------------------------------------------------- */

/**
 * struct message - number, and of which packet
 * @ask: 0: a tell
 * @size: of its payload; 0: none, else it goes by the pool
 * @priority: 0: the normal one
 */
struct message {
	const char *type;
	bool ask;
	unsigned int packet;
	size_t size;
	uint8_t priority;
};

/**
 * struct scenario - what it is sent, and what is done with it
 * @shared: edges have pools; a quick run does not look at every instruction
 * @kind: of its mailbox; NULL: as it is when nobody says
 */
struct scenario {
	const char *name;
	uint32_t redeliver;
	struct message messages[MESSAGES_MAX];
	bool shared;
	const char *kind;
};

static const struct scenario scenarios[] = {
	{ "replies and tells", .messages = {
		{ "work", true, .packet = 0 },
		{ "note", false, .packet = 0 },
		{ "work", true, .packet = 1 } } },
	{ "tries again", .redeliver = 2, .messages = {
		{ "work", true, .packet = 0 },
		{ "note", false, .packet = 0 } } },
	{ "does not handle", .messages = {
		{ "odd", false, .packet = 0 },
		{ "odd", true, .packet = 0 },
		{ "note", false, .packet = 0 } } },
	{ "owes and pays", .messages = {
		{ "owe", true, .packet = 0 },
		{ "pay", false, .packet = 0 } } },
	{ "copies large payloads", .redeliver = 1, .messages = {
		{ "work", true, .packet = 0, .size = LARGE },
		{ "note", false, .packet = 1, .size = LARGE } },
	  .shared = true },
	{ "stashes and unstashes", .redeliver = 1, .messages = {
		{ "keep", false, .packet = 0, .size = LARGE },
		{ "keep", true, .packet = 0 },
		{ "note", false, .packet = 0 },
		{ "open", false, .packet = 1 } },
	  .shared = true },
	{ "holds for their class", .redeliver = 1, .messages = {
		{ "note", false, .packet = 0, .priority = 7 },
		{ "work", true, .packet = 0, .size = LARGE },
		{ "note", false, .packet = 0, .priority = 7 },
		{ "work", true, .packet = 1, .priority = 1 } },
	  .shared = true, .kind = "priority" },
};

static bool is_odd(const struct message *m)
{
	return !strcmp(m->type, "odd");
}

/* ---- the test is everybody else ----------------------------------------- */

/**
 * struct world - one actor, and who is at its edges
 * @places: of payloads in the pool of that edge, @sums: of them
 * @asker: at the far end of the edge that leads to it; @sent is nothing there
 */
struct world {
	const struct scenario *scenario;
	size_t n_messages;
	struct fake fake;
	struct fake_edge *in, *out, *letters;
	struct actor_pooled places[MESSAGES_MAX];
	uint32_t sums[MESSAGES_MAX];
	struct witness asker, receiver, undertaker;
};

/* what became of a message; a number from 1, 0 is no message. @spoiled: its
 * payload is not what it was, or may be overwritten any time */
struct fate {
	size_t spoiled;
	size_t queued;
	size_t waiting;
	size_t dead;
	size_t told;
	size_t replied;
	size_t failed;
};

static void begin(struct world *w, const struct scenario *scenario)
{
	*w = (struct world){
		.scenario = scenario,
		.asker.at = EDGE_HOLDER,
		.receiver.at = EDGE_TARGET,
		.undertaker.at = EDGE_TARGET,
	};
	while (w->n_messages < MESSAGES_MAX &&
	       scenario->messages[w->n_messages].type)
		w->n_messages++;
	fake_init(&w->fake, &class);
	w->in = fake_edge(&w->fake, EDGE_TARGET, NULL, "/test/asker");
	w->out = fake_edge(&w->fake, EDGE_HOLDER, "out", "/test/receiver");
	w->letters = fake_edge(&w->fake, EDGE_HOLDER, "dead-letters",
			       "/system/dead-letters");
	w->fake.mailbox.kind = scenario->kind;
	is_heir = false;
	if (!scenario->shared)
		return;
	fake_share(w->in);
	fake_share(w->out);
	w->asker.pool = &w->in->pool;
	w->receiver.pool = &w->out->pool;
}

static void put_payload(struct world *w, size_t i, struct frame *frame)
{
	static uint8_t bytes[LARGE];
	size_t k;

	for (k = 0; k < sizeof(bytes); k++)
		bytes[k] = (uint8_t)(i * 83 + k * 7 + k / 256);
	w->sums[i] = checksum_crc32c(0, bytes, sizeof(bytes));
	w->places[i] = (struct actor_pooled){
		.position = w->in->pool_head,
		.size = sizeof(bytes),
	};
	w->in->pool_head = arena_pool_end(w->places[i]);
	pool_write(&w->in->pool, EDGE_HOLDER, w->places[i], bytes);
	frame->flags = ACTOR_FRAME_POOLED;
	frame->payload = &w->places[i];
	frame->payload_bytes = sizeof(w->places[i]);
}

static void send_all(struct world *w)
{
	struct frame frames[MESSAGES_MAX];
	size_t i, n = 0;

	for (i = 0; i < w->n_messages; i++) {
		const struct message *m = &w->scenario->messages[i];

		if (i && m->packet != m[-1].packet) {
			fake_send(w->in, frames, n);
			n = 0;
		}
		frames[n] = (struct frame){
			.kind = m->ask ? FRAME_ASK : FRAME_TELL,
			.priority = m->priority ? m->priority
						: ACTOR_PRIORITY_NORMAL,
			.type = m->type,
			.type_length = strlen(m->type),
			.ask_id = m->ask ? i + 1 : 0,
			.generation = m->ask ? 7 : 0,
			.trace = { 1, i + 1 },
		};
		if (m->size)
			put_payload(w, i, &frames[n]);
		n++;
	}
	fake_send(w->in, frames, n);
}

static void witness_all(struct world *w)
{
	witness_receive(&w->asker, w->in->test_fd);
	witness_receive(&w->receiver, w->out->test_fd);
	witness_receive(&w->undertaker, w->letters->test_fd);
}

static uint64_t key_of(const struct fake_edge *edge)
{
	return arena_key(edge->id, edge->end);
}

/* ---- the law ------------------------------------------------------------ */

static void note_frame(struct world *w, struct fate *fates,
		       const struct frame *frame, bool dead)
{
	uint64_t number = frame->trace[1];

	CU_ASSERT_TRUE_FATAL(number >= 1 && number <= w->n_messages);
	if (dead)
		fates[number].dead++;
	else
		fates[number].waiting++;
}

/* Its sender writes into places that were given back. */
static bool is_given_back(const struct world *w, uint64_t number)
{
	return w->places[number - 1].size &&
	       fake_words(w->in, true)->released >
		       w->places[number - 1].position;
}

static void note_payload(struct world *w, struct fate *fates,
			 const struct frame *frame)
{
	uint64_t number = frame->trace[1];
	bool pooled = frame->flags & ACTOR_FRAME_POOLED;

	if (!w->places[number - 1].size)
		return;
	if (autopsy_sum(&w->in->pool, EDGE_HOLDER, frame) !=
	    w->sums[number - 1] || (pooled && is_given_back(w, number)))
		fates[number].spoiled++;
}

/* what waits in the packet in hand, as the next life would find it */
static void note_in_packet(struct world *w, struct fate *fates,
			   struct arena *a)
{
	struct frame frame;
	uint64_t key;

	while (arena_frame(a, &frame, &key)) {
		CU_ASSERT_EQUAL(key, key_of(w->in));
		note_frame(w, fates, &frame, false);
		note_payload(w, fates, &frame);
		arena_turn_begin(a, true);
		arena_turn_commit(a);
	}
}

/* and beyond it: in the stash, or for their class */
static void note_held(struct world *w, struct fate *fates,
		      const struct arena *a)
{
	struct arena_held_message message;
	struct frame frame;
	size_t cursor = 0;
	uint64_t key;

	while (arena_held_next(a, &cursor, &message)) {
		CU_ASSERT_TRUE_FATAL(arena_held_frame(a, message.slot, &frame,
						      &key));
		CU_ASSERT_EQUAL(key, key_of(w->in));
		note_frame(w, fates, &frame, false);
		note_payload(w, fates, &frame);
	}
}

static void note_queued(struct world *w, struct fate *fates)
{
	struct witness queue = { .at = EDGE_TARGET, .pool = &w->in->pool };
	size_t i;

	autopsy_queue(w->in->actor_fd, &queue, -1);
	for (i = 0; i < queue.n; i++) {
		uint64_t number = queue.seen[i].number;

		fates[number].queued++;
		fates[number].spoiled +=
			queue.seen[i].sum != w->sums[number - 1] ||
			is_given_back(w, number);
	}
}

/* What it has sent of a payload is whole wherever its frame is. */
static void note_copies(const struct world *w, struct fate *fates,
			const struct witness *witness)
{
	size_t i;

	for (i = 0; i < witness->n; i++) {
		uint64_t number = witness->seen[i].number;

		if (number && number <= w->n_messages &&
		    witness->seen[i].kind != FRAME_ERROR)
			fates[number].spoiled += witness->seen[i].sum !=
						 w->sums[number - 1];
	}
}

static void note_witnessed(struct world *w, struct fate *fates)
{
	uint64_t i;

	note_copies(w, fates, &w->receiver);
	note_copies(w, fates, &w->asker);

	for (i = 1; i <= w->n_messages; i++) {
		fates[i].told = witness_count(&w->receiver, FRAME_TELL, i);
		fates[i].dead += witness_count(&w->undertaker, FRAME_TELL, i);
		fates[i].replied = witness_count(&w->asker, FRAME_REPLY, i);
		fates[i].failed = witness_count(&w->asker, FRAME_ERROR, i);
	}
}

/* a reply comes with the turn of its ask, or later: what is owed is paid */
static bool is_answered(const struct message *m, const struct fate *fate,
			bool at_the_end)
{
	size_t n = fate->replied + fate->failed;
	bool done = fate->told || fate->dead;

	if (!m->ask || !done)
		return n == 0;
	if (is_odd(m) || fate->dead)
		return fate->failed == 1 && n == 1;
	if (!strcmp(m->type, "owe") && !at_the_end)
		return n <= 1;

	return n == 1;
}

static bool is_lawful(const struct message *m, const struct fate *fate,
		      bool at_the_end)
{
	size_t n = fate->queued + fate->waiting + fate->dead + fate->told;

	if (fate->spoiled || (at_the_end && fate->told + fate->dead != 1))
		return false;

	return n == 1 && (!is_odd(m) || !fate->told) &&
	       is_answered(m, fate, at_the_end);
}

/* what overtakes others: what is stashed is overtaken, and lower classes are */
static bool is_in_one_line(const struct message *a, const struct message *b)
{
	return a->priority == b->priority &&
	       !strcmp(a->type, "keep") == !strcmp(b->type, "keep");
}

static bool is_in_order(const struct world *w)
{
	const struct message *all = w->scenario->messages;
	size_t i, k;

	for (i = 1; i < w->receiver.n; i++)
		for (k = 0; k < i; k++) {
			uint64_t now = w->receiver.seen[i].number;
			uint64_t before = w->receiver.seen[k].number;

			if (now <= before &&
			    is_in_one_line(&all[now - 1], &all[before - 1]))
				return false;
		}

	return true;
}

static bool judge(const struct world *w, const struct fate *fates,
		  bool at_the_end)
{
	bool lawful = is_in_order(w);
	size_t i;

	for (i = 0; i < w->n_messages; i++) {
		const struct message *m = &w->scenario->messages[i];
		const struct fate *f = &fates[i + 1];

		if (is_lawful(m, f, at_the_end))
			continue;
		lawful = false;
		harness_note("%s: %s %zu: queued %zu, waiting %zu, dead %zu, "
			     "told %zu, replied %zu, failed %zu, spoiled %zu",
			     w->scenario->name, m->type, i, f->queued,
			     f->waiting, f->dead, f->told, f->replied,
			     f->failed, f->spoiled);
	}

	return lawful;
}

/* Return: whether all would be well if it had died right now */
static bool examine(struct world *w, const struct fate *buried)
{
	struct fate fates[MESSAGES_MAX + 1];
	struct world after = *w;
	struct arena_remains remains;
	struct arena *a = autopsy_copy(w->fake.arena);

	memcpy(fates, buried, sizeof(fates));
	arena_recover(a, w->scenario->redeliver, &remains);
	if (remains.in_hand && !remains.retry)
		note_frame(w, fates, &remains.frame, true);
	note_queued(w, fates);
	note_held(w, fates, a);
	note_in_packet(w, fates, a);
	autopsy_outbox(a, key_of(w->in), &after.asker);
	autopsy_outbox(a, key_of(w->out), &after.receiver);
	autopsy_outbox(a, key_of(w->letters), &after.undertaker);
	note_witnessed(&after, fates);

	return judge(&after, fates, false);
}

/* ---- the next generation ------------------------------------------------ */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* as a supervisor does: the dead letter, and the arena for the next life */
static void bury(struct world *w, const void *arena, struct fate *fates)
{
	struct arena_remains remains;
	size_t cursor = 0, offset, n_bytes;
	uint8_t *to = w->fake.arena;
	struct arena *a = autopsy_copy(arena);

	arena_recover(a, w->scenario->redeliver, &remains);
	if (remains.in_hand && !remains.retry)
		note_frame(w, fates, &remains.frame, true);
	CU_ASSERT_EQUAL_FATAL(fallocate(w->fake.arena_fd,
					FALLOC_FL_PUNCH_HOLE |
						FALLOC_FL_KEEP_SIZE,
					0, (off_t)ARENA_BYTES), 0);
	while (arena_used(a, &cursor, &offset, &n_bytes))
		memcpy(to + offset, (const uint8_t *)a + offset, n_bytes);
	w->fake.generation++;
	is_heir = true;
}

static bool all_is_done(struct world *w, const struct fate *buried)
{
	struct fate fates[MESSAGES_MAX + 1];
	size_t i, n_done = 0;

	memcpy(fates, buried, sizeof(fates));
	note_witnessed(w, fates);
	for (i = 0; i < w->n_messages; i++)
		n_done += is_lawful(&w->scenario->messages[i], &fates[i + 1],
				    true);

	return n_done == w->n_messages;
}

static bool finish(struct world *w, const struct fate *buried)
{
	const struct timespec moment = { .tv_nsec = 200000 };
	int64_t deadline_ms = now_ms() + 5000;
	struct fate fates[MESSAGES_MAX + 1];

	fake_start(&w->fake);
	do {
		witness_all(w);
		if (all_is_done(w, buried))
			break;
		nanosleep(&moment, NULL);
	} while (now_ms() < deadline_ms);
	fake_order(&w->fake, "STOP", "DRAIN", UINT64_C(1), NULL);
	CU_ASSERT_EQUAL(fake_wait(&w->fake), 0);
	/* nothing more comes, and nothing twice */
	witness_all(w);
	memcpy(fates, buried, sizeof(fates));
	note_witnessed(w, fates);

	return judge(w, fates, true);
}

static void inherit_pools(struct world *next, const struct world *w)
{
	autopsy_pool(w->in->pool_fd, next->in->pool_fd);
	autopsy_pool(w->out->pool_fd, next->out->pool_fd);
	memcpy(next->places, w->places, sizeof(w->places));
	memcpy(next->sums, w->sums, sizeof(w->sums));
	next->asker.pool = &next->in->pool;
	next->receiver.pool = &next->out->pool;
}

/* what the next generation will have: copies of all there is */
static void inherit(struct world *next, const struct world *w,
		    struct fate *fates)
{
	struct witness queue = { .at = EDGE_TARGET, .pool = &w->in->pool };

	begin(next, w->scenario);
	next->asker = w->asker;
	next->receiver = w->receiver;
	next->undertaker = w->undertaker;
	if (w->scenario->shared)
		inherit_pools(next, w);
	autopsy_queue(w->in->actor_fd, &queue, next->in->test_fd);
	bury(next, w->fake.arena, fates);
}

/* Return: whether it ends well */
static bool succeed(const struct world *w)
{
	struct fate fates[MESSAGES_MAX + 1] = { { 0 } };
	struct world next;
	bool lawful;

	inherit(&next, w, fates);
	lawful = finish(&next, fates);
	fake_deinit(&next.fake);

	return lawful;
}

/* ---- every instruction -------------------------------------------------- */

/**
 * struct march - from instruction to instruction
 * @looks: at one of so many it is looked at; 0: at all
 * @every: at one of these there is a succession; 0: at none
 * @buried: what became a dead letter before it began
 */
struct march {
	struct dice dice;
	size_t looks;
	size_t every;
	size_t n_steps;
	size_t n_successions;
	struct fate buried[MESSAGES_MAX + 1];
};

static bool look_around(struct march *march, struct world *w)
{
	bool lawful;

	witness_all(w);
	lawful = examine(w, march->buried);
	if (lawful && march->every &&
	    dice_once_in(&march->dice, (unsigned int)march->every)) {
		lawful = succeed(w);
		march->n_successions++;
	}
	if (!lawful)
		harness_note("at instruction %zu", march->n_steps);
	CU_ASSERT_TRUE(lawful);

	return lawful;
}

static bool looks_now(struct march *march)
{
	return !march->looks ||
	       dice_once_in(&march->dice, (unsigned int)march->looks);
}

/* Return: whether it went to sleep, at the latest after @n_most instructions */
static bool march_on(struct march *march, struct world *w, size_t n_most)
{
	do {
		if (looks_now(march) && !look_around(march, w))
			return false;
		if (++march->n_steps >= n_most)
			return false;
	} while (stepper_step(w->fake.pid, NULL) == STEPPER_STEPPED);

	return look_around(march, w);
}

static void kill_it(struct world *w)
{
	stepper_kill(w->fake.pid);
	w->fake.pid = 0;
}

static void wake(struct world *w, const struct scenario *scenario)
{
	begin(w, scenario);
	fake_start(&w->fake);
	stepper_hold(w->fake.pid);
	send_all(w);
}

static void step_through(const struct scenario *scenario, struct march *march)
{
	struct world w;

	wake(&w, scenario);
	CU_ASSERT_TRUE(march_on(march, &w, SIZE_MAX));
	CU_ASSERT_EQUAL(w.receiver.n + w.undertaker.n, w.n_messages);
	kill_it(&w);
	fake_deinit(&w.fake);
}

static uint64_t seed(void)
{
	const char *text = getenv("ACTORPROC_KILLER_SEED");
	uint64_t number = 0;

	if (text)
		return strtoull(text, NULL, 0);
	CU_ASSERT_EQUAL(getrandom(&number, sizeof(number), 0),
			sizeof(number));

	return number >> 1;
}

static bool is_long(void)
{
	const char *text = getenv("HARNESS_LONG");

	return text && *text;
}

static int64_t killing_ms(void)
{
	const char *text = getenv("ACTORPROC_KILLER_SECONDS");

	if (text)
		return strtoll(text, NULL, 10) * 1000;

	return is_long() ? LONG_MS : QUICK_MS;
}

static void march_through(const struct scenario *scenario, uint64_t first)
{
	struct march march = {
		.looks = scenario->shared && !is_long() ? LOOK_EVERY : 0,
		.every = is_long() ? 1 : QUICK_EVERY,
	};

	dice_load(&march.dice, first);
	step_through(scenario, &march);
	harness_note("%s: %zu instructions, %zu successions", scenario->name,
		     march.n_steps, march.n_successions);
}

static void test_every_instruction_may_be_the_last(void)
{
	uint64_t first = seed();
	size_t i;

	harness_note("ACTORPROC_KILLER_SEED=%#llx", (unsigned long long)first);
	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		march_through(&scenarios[i], first);
}

/* ---- every instruction of the next generation ---------------------------- */

static void step_through_heir(struct world *w)
{
	struct march march = { .every = 0 };
	struct world heir;

	inherit(&heir, w, march.buried);
	heir.fake.forked = stepper_hold;
	fake_spawn(&heir.fake);
	CU_ASSERT_TRUE(march_on(&march, &heir, SIZE_MAX));
	harness_note("%s: %zu instructions of an heir", w->scenario->name,
		     march.n_steps);
	kill_it(&heir);
	CU_ASSERT_TRUE(all_is_done(&heir, march.buried));
	fake_deinit(&heir.fake);
}

/* of one whose parent died with all that it could have in hand and unsent */
static void step_through_heir_after(const struct scenario *scenario,
				    size_t n_steps)
{
	struct march march = { .every = 0 };
	struct world w;

	wake(&w, scenario);
	march_on(&march, &w, n_steps);
	kill_it(&w);
	step_through_heir(&w);
	fake_deinit(&w.fake);
}

static void test_so_may_each_one_of_its_successor(void)
{
	struct dice dice;
	const size_t n_all = sizeof(scenarios) / sizeof(scenarios[0]);
	size_t i, n = is_long() ? 2 * n_all : 1;

	dice_load(&dice, seed());
	for (i = 0; i < n; i++) {
		const struct scenario *scenario = &scenarios[i % n_all];

		step_through_heir_after(scenario, HEIR_AFTER +
			dice_below(&dice, scenario->shared ? HEIR_WITHIN_COPIES
							   : HEIR_WITHIN));
	}
}

/* ---- killed indeed ------------------------------------------------------ */

/* Return: the last instruction it came to, at most that one */
static size_t kill_at(const struct scenario *scenario, size_t instruction)
{
	struct fate fates[MESSAGES_MAX + 1] = { { 0 } };
	struct world w;
	bool lawful;
	size_t i;

	wake(&w, scenario);
	for (i = 0; i < instruction; i++)
		if (stepper_step(w.fake.pid, NULL) != STEPPER_STEPPED)
			break;
	kill_it(&w);
	bury(&w, w.fake.arena, fates);
	lawful = finish(&w, fates);
	if (!lawful)
		harness_note("%s: killed at instruction %zu", scenario->name,
			     i);
	CU_ASSERT_TRUE(lawful);
	fake_deinit(&w.fake);

	return i;
}

static void test_the_next_generation_finishes_the_work(void)
{
	const size_t n = sizeof(scenarios) / sizeof(scenarios[0]);
	size_t most[sizeof(scenarios) / sizeof(scenarios[0])] = { 0 };
	int64_t end_ms = now_ms() + killing_ms();
	size_t i, n_kills = 0;
	struct dice dice;

	dice_load(&dice, seed());
	while (CU_get_number_of_failures() == 0 &&
	       (n_kills < 2 * n || now_ms() < end_ms)) {
		i = n_kills++ % n;
		if (scenarios[i].shared && !is_long())
			most[i] = QUICK_STEPS;
		/* the first time it dies in its sleep */
		if (!most[i])
			most[i] = kill_at(&scenarios[i], STEPS_MAX);
		else
			kill_at(&scenarios[i],
				dice_below(&dice, (unsigned int)most[i] + 1));
	}
	harness_note("killed %zu times", n_kills);
}

int main(void)
{
	const struct harness_test tests[] = {
		{ .name = "test_every_instruction_may_be_the_last",
		  .run = test_every_instruction_may_be_the_last,
		  .timeout_s = is_long() ? 14400 : 3600 },
		{ .name = "test_so_may_each_one_of_its_successor",
		  .run = test_so_may_each_one_of_its_successor,
		  .timeout_s = is_long() ? 7200 : 3600 },
		{ .name = "test_the_next_generation_finishes_the_work",
		  .run = test_the_next_generation_finishes_the_work,
		  .timeout_s = (unsigned int)killing_ms() / 1000 + 1200 },
	};

	return harness_main(__FILE__, tests, 3);
}
