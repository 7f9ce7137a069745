/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_arena_crash.c - whatever the instant of death, nothing is lost or twice.
 *
 * An actor's work is played with an arena: packets arrive (some of them twice),
 * their messages are handled in turns that send, reply, put off, fail. After
 * every single store to the arena, the memory is copied as a supervisor
 * would copy it, recovered, and emptied; what comes out must be what a
 * bookkeeper of this file, who knows which turns were committed, expects:
 *
 *	accepted = handled + reported in hand + still there	(in order)
 *	released = received by the peer + still there		(in order)
 *
 * Now and then the recovery itself is treated in the same way.
 */
#include <stdlib.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/arena.h"
#include "tests/harness/harness.h"

static void crash_here(void);
#define ARENA_STEP() crash_here()

/* its own copy of the code, with a hook in every store */
#include "libactorproc/arena.c"
#include "libactorproc/arena_outbox.c"
#include "libactorproc/arena_owed.c"
#include "libactorproc/arena_recover.c"
#include "libactorproc/arena_turn.c"

#define PACKETS 40
#define LIST_MAX 4096
#define OWED_MAX 8

#define NUMBERS_MAX (PACKETS * 5)

/* replies leave by IN, tells by OUT; by SIDE come tells from somebody else */
enum { IN, OUT, N_EDGES, SIDE = N_EDGES };

static const uint64_t keys[] = {
	[IN] = 10 << 1 | EDGE_TARGET,
	[OUT] = 20 << 1 | EDGE_HOLDER,
	[SIDE] = 30 << 1 | EDGE_TARGET,
};

struct list {
	uint64_t values[LIST_MAX];
	size_t n;
};

struct sent {
	uint64_t key;
	uint8_t *bytes;
	size_t n_bytes;
};

struct message {
	uint64_t key;
	bool ask;
};

/* The books: what is true outside of the arena. */
struct books {
	struct sent queue[PACKETS];
	size_t n_queue;
	size_t n_received;		/* taken off the queue */
	struct message messages[NUMBERS_MAX];
	uint64_t n_accepted;
	uint64_t n_sent[SIDE + 1];	/* packets, by edge */

	uint64_t n_handled;		/* by committed turns */
	struct list released[N_EDGES];
	struct list pending[N_EDGES];	/* of this turn */
	struct list peer[N_EDGES];	/* what the other side has got */
	uint64_t peer_sequence[N_EDGES];

	uint64_t owed[OWED_MAX];	/* ask ids of committed debts */
	uint64_t tokens[OWED_MAX];
	size_t n_owed;
	uint64_t made;			/* ask id of this turn, or 0 */
	uint64_t made_token;
	uint64_t paid;

	uint64_t turn;			/* under way, or 0 */
	bool message;			/* it handles one */
	bool begun;			/* a message is in hand */
};

static struct books books;
static struct arena *arena;
static uint64_t random_state;
static uint32_t redeliver;
static unsigned int depth;	/* how many crashes deep we are looking */
static bool armed;
static size_t n_crashes;

static uint64_t chance(uint64_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % n;
}

static void add(struct list *list, uint64_t value)
{
	CU_ASSERT_TRUE_FATAL(list->n < LIST_MAX);
	list->values[list->n++] = value;
}

static uint64_t value_of(const struct frame *f)
{
	return (uint64_t)f->kind << 32 | (f->ask_id ? f->ask_id : f->trace[1]);
}

/* ---- what the books say at a crash ------------------------------------ */

static bool committed_now(void)
{
	return books.turn && arena->commit >= books.turn;
}

static void expected_out(struct list *ret, size_t edge)
{
	size_t i;

	*ret = books.released[edge];
	for (i = 0; committed_now() && i < books.pending[edge].n; i++)
		add(ret, books.pending[edge].values[i]);
}

/* Ask ids that are owed a reply. */
static void expected_owed(struct list *ret)
{
	size_t i;

	ret->n = 0;
	for (i = 0; i < books.n_owed; i++)
		if (!committed_now() || books.owed[i] != books.paid)
			add(ret, books.owed[i]);
	if (committed_now() && books.made)
		add(ret, books.made);
}

/* ---- looking into a crashed arena ------------------------------------- */

struct autopsy {
	struct arena *arena;
	struct arena_remains remains;
	uint64_t next;			/* message that must come next */
	bool errored;			/* the one in hand is done */
	struct list found[N_EDGES];
	uint64_t sequence[N_EDGES];
};

static void look_at_packet(struct autopsy *y, size_t edge, const void *packet,
			   size_t n_bytes)
{
	uint64_t sequence = packet_header(packet).sequence;
	size_t cursor = 0;
	struct frame f;

	CU_ASSERT_EQUAL_FATAL(packet_check(packet, n_bytes,
					   arena_other_end(keys[edge])), 0);
	if (sequence <= y->sequence[edge])
		return;
	CU_ASSERT_EQUAL_FATAL(sequence, y->sequence[edge] + 1);
	CU_ASSERT_EQUAL_FATAL(packet_header(packet).first, y->found[edge].n);
	y->sequence[edge] = sequence;
	while (packet_next(packet, &cursor, &f))
		add(&y->found[edge], value_of(&f));
}

static void empty_outbox(struct autopsy *y, size_t edge)
{
	const void *packet;
	size_t n_bytes;

	while (arena_outbox_peek(y->arena, keys[edge], &packet, &n_bytes)) {
		look_at_packet(y, edge, packet, n_bytes);
		arena_outbox_drop(y->arena, keys[edge]);
	}
}

static void handle_rest(struct autopsy *y)
{
	struct frame f;
	uint64_t key;

	while (arena_frame(y->arena, &f, &key)) {
		CU_ASSERT_EQUAL_FATAL(f.trace[1], y->next);
		CU_ASSERT_EQUAL_FATAL(key, books.messages[y->next].key);
		y->next++;
		arena_turn_begin(y->arena, true);
		arena_turn_commit(y->arena);
	}
}

static void handle_queue(struct autopsy *y)
{
	size_t i;

	handle_rest(y);
	for (i = books.n_received; i < books.n_queue; i++) {
		memcpy(arena_landing(y->arena, books.queue[i].key),
		       books.queue[i].bytes, books.queue[i].n_bytes);
		CU_ASSERT_TRUE(arena_landed(y->arena, books.queue[i].n_bytes,
					    NULL) >= 0);
		handle_rest(y);
	}
	CU_ASSERT_EQUAL_FATAL(y->next, books.n_accepted);
}

/* Which message must come next, by what recovery said. */
static void judge_in_hand(struct autopsy *y)
{
	const struct arena_remains *r = &y->remains;
	bool in_hand = books.begun && !(books.message && committed_now());
	struct frame f;
	uint64_t key;

	y->next = books.n_handled + (books.message && committed_now());
	if (r->in_hand) {
		CU_ASSERT_EQUAL_FATAL(books.message && committed_now(), false);
		CU_ASSERT_EQUAL_FATAL(r->frame.trace[1], y->next);
		CU_ASSERT_EQUAL_FATAL(r->key, books.messages[y->next].key);
		y->errored = !r->retry;
	} else if (depth > 1) {
		/* an earlier recovery may have done with it */
		y->errored = (books.begun || books.message) &&
			     !(books.message && committed_now()) &&
			     !(arena_frame(y->arena, &f, &key) &&
			       f.trace[1] == y->next);
	} else {
		CU_ASSERT_FALSE_FATAL(in_hand);
	}
}

static bool take_out(struct list *list, uint64_t value)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (list->values[i] != value)
			continue;
		list->values[i] = list->values[--list->n];
		return true;
	}

	return false;
}

/* What left by IN beyond what was released is errors, one for each owed. */
static void judge_errors(struct autopsy *y, size_t n_released)
{
	static struct list owed;
	size_t i;

	expected_owed(&owed);
	if (y->errored && books.messages[y->next].ask)
		add(&owed, y->next + 1);
	for (i = n_released; i < y->found[IN].n; i++) {
		uint64_t value = y->found[IN].values[i];

		CU_ASSERT_EQUAL_FATAL(value >> 32, FRAME_ERROR);
		CU_ASSERT_TRUE_FATAL(take_out(&owed, value & UINT32_MAX));
	}
	CU_ASSERT_EQUAL_FATAL(owed.n, 0);
}

static void judge_outbox(struct autopsy *y)
{
	static struct list expected;
	size_t edge;

	for (edge = 0; edge < N_EDGES; edge++) {
		expected_out(&expected, edge);
		empty_outbox(y, edge);
		CU_ASSERT_TRUE_FATAL(y->found[edge].n >= expected.n);
		CU_ASSERT_EQUAL_FATAL(memcmp(y->found[edge].values,
					     expected.values,
					     expected.n * sizeof(uint64_t)), 0);
		if (edge == IN)
			judge_errors(y, expected.n);
		else
			CU_ASSERT_EQUAL_FATAL(y->found[edge].n, expected.n);
	}
}

/* What a supervisor reads into zeroed memory. */
static struct arena *copy_of(const struct arena *from)
{
	static struct arena copies[4];
	struct arena *copy = &copies[depth];
	size_t cursor = 0, offset, n_bytes;

	memset(copy, 0, ARENA_HEAD_BYTES);
	memset(copy->index, 0, sizeof(copy->index));
	while (arena_used(from, &cursor, &offset, &n_bytes))
		memcpy((uint8_t *)copy + offset, (const uint8_t *)from + offset,
		       n_bytes);

	return copy;
}

static struct arena *dying;	/* whose recovery is looked into */

static void examine(const struct arena *from)
{
	static struct autopsy autopsies[4];
	struct autopsy *y;
	bool was_armed = armed;

	depth++;
	n_crashes++;
	y = &autopsies[depth];
	memset(&y->remains, 0, sizeof(y->remains));
	y->errored = false;
	memcpy(y->found, books.peer, sizeof(books.peer));
	memcpy(y->sequence, books.peer_sequence, sizeof(y->sequence));
	y->arena = copy_of(from);
	CU_ASSERT_EQUAL_FATAL(arena_check(y->arena, ARENA_BYTES), 0);

	dying = y->arena;
	armed = depth == 1 && !chance(40);
	arena_recover(y->arena, redeliver, &y->remains);
	armed = false;
	CU_ASSERT_EQUAL_FATAL(arena_check(y->arena, ARENA_BYTES), 0);

	judge_in_hand(y);
	judge_outbox(y);
	y->next += y->errored;
	handle_queue(y);
	armed = was_armed;
	depth--;
	dying = depth ? autopsies[depth].arena : arena;
}

static void crash_here(void)
{
	if (armed)
		examine(dying);
}

/* ---- the actor's work ------------------------------------------------- */

static void receive_packet(void)
{
	const struct sent *p = &books.queue[books.n_received];
	void *landing;

	if (arena_waiting(arena) || books.n_received == books.n_queue)
		return;
	landing = arena_landing(arena, p->key);
	memcpy(landing, p->bytes, p->n_bytes);
	books.n_received++;
	crash_here();
	CU_ASSERT_TRUE(arena_landed(arena, p->n_bytes, NULL) >= 0);
}

static void turn_begin(bool message)
{
	books.turn = arena->commit + 1;
	books.message = message;
	arena_turn_begin(arena, message);
	if (message)
		books.begun = true;
}

static void turn_over(void)
{
	books.turn = 0;
	books.made = books.paid = 0;
	books.pending[IN].n = books.pending[OUT].n = 0;
	books.message = false;
}

static void turn_commit(void)
{
	size_t edge, i;

	arena_turn_commit(arena);
	for (edge = 0; edge < N_EDGES; edge++)
		for (i = 0; i < books.pending[edge].n; i++)
			add(&books.released[edge],
			    books.pending[edge].values[i]);
	for (i = 0; i < books.n_owed; i++)
		if (books.owed[i] == books.paid) {
			books.owed[i] = books.owed[--books.n_owed];
			books.tokens[i--] = books.tokens[books.n_owed];
		}
	if (books.made) {
		books.owed[books.n_owed] = books.made;
		books.tokens[books.n_owed++] = books.made_token;
	}
	if (books.message) {
		books.n_handled++;
		books.begun = false;
	}
	turn_over();
}

static void turn_abort(void)
{
	arena_turn_abort(arena);
	turn_over();
}

static size_t some_size(void)
{
	if (!chance(20))
		return 20000 + chance(40000);

	return chance(chance(4) ? 100 : 9000);
}

static void send_frame(size_t edge, enum frame_kind kind, uint64_t number)
{
	static const char payload[ACTOR_PAYLOAD_MAX];
	struct frame f = {
		.kind = kind,
		.priority = ACTOR_PRIORITY_NORMAL,
		.ask_id = kind == FRAME_REPLY ? number : 0,
		.trace = { 0, number },
		.type = "work",
		.type_length = 4,
		.payload = payload,
		.payload_bytes = some_size(),
	};

	if (!arena_send(arena, keys[edge], &f, kind == FRAME_REPLY))
		add(&books.pending[edge], value_of(&f));
	else
		CU_ASSERT_EQUAL_FATAL(kind, FRAME_TELL);
}

static void put_off(uint64_t ask_id)
{
	struct frame ask = { .kind = FRAME_ASK, .ask_id = ask_id };

	books.made_token = arena_owe(arena, keys[IN], &ask);
	CU_ASSERT_NOT_EQUAL_FATAL(books.made_token, 0);
	books.made = ask_id;
}

static void pay_one(void)
{
	size_t i;

	if (!books.n_owed)
		return;
	i = chance(books.n_owed);
	send_frame(IN, FRAME_REPLY, books.owed[i]);
	arena_pay(arena, books.tokens[i]);
	books.paid = books.owed[i];
}

static void work(void)
{
	static uint64_t number;
	size_t n = chance(4);

	while (n--)
		send_frame(OUT, FRAME_TELL, ++number & UINT32_MAX);
	if (!chance(3))
		pay_one();
}

static void answer(uint64_t message)
{
	if (!books.messages[message].ask)
		return;
	if (books.n_owed < OWED_MAX && !chance(3))
		put_off(message + 1);
	else
		send_frame(IN, FRAME_REPLY, message + 1);
}

static void handle_message(void)
{
	struct frame f;
	uint64_t key;

	if (!arena_frame(arena, &f, &key))
		return;
	turn_begin(true);
	work();
	if (!chance(5)) {
		turn_abort();
		return;
	}
	answer(f.trace[1]);
	turn_commit();
}

static void tick(void)
{
	turn_begin(false);
	work();
	if (chance(4))
		turn_commit();
	else
		turn_abort();
}

static void flush(void)
{
	size_t edge = chance(N_EDGES);
	size_t cursor = 0;
	const void *packet;
	size_t n_bytes;

	if (!arena_outbox_peek(arena, keys[edge], &packet, &n_bytes))
		return;
	books.peer_sequence[edge] = packet_header(packet).sequence;
	for (struct frame f; packet_next(packet, &cursor, &f);)
		add(&books.peer[edge], value_of(&f));
	crash_here();
	arena_outbox_drop(arena, keys[edge]);
}

static void grow_and_shrink(void)
{
	uint64_t key = 1000 + chance(8);

	if (chance(2))
		arena_edge_add(arena, key);
	else
		arena_edge_remove(arena, key);
}

/* It really dies here, and the next generation goes on with what is left. */
static void die(void)
{
	struct arena_remains remains;
	bool was_armed = armed;

	armed = false;
	memcpy(arena, copy_of(arena), sizeof(*arena));
	arena_recover(arena, redeliver, &remains);
	if (remains.in_hand && !remains.retry)
		books.n_handled++;
	books.begun = false;
	books.n_owed = 0;
	for (size_t edge = 0; edge < N_EDGES; edge++) {
		const void *packet;
		size_t n_bytes, cursor;
		struct frame f;

		while (arena_outbox_peek(arena, keys[edge], &packet, &n_bytes)) {
			cursor = 0;
			books.peer_sequence[edge]++;
			while (packet_next(packet, &cursor, &f))
				add(&books.peer[edge], value_of(&f));
			arena_outbox_drop(arena, keys[edge]);
		}
		books.released[edge] = books.peer[edge];
	}
	armed = was_armed;
}

static void one_step(void)
{
	uint64_t what = chance(20);

	if (what < 3)
		receive_packet();
	else if (what < 10)
		handle_message();
	else if (what < 12)
		tick();
	else if (what < 17)
		flush();
	else if (what < 19)
		grow_and_shrink();
	else if (!chance(4))
		die();
}

/* ---- the story -------------------------------------------------------- */

static size_t write_message(void *to, size_t edge)
{
	struct message *m = &books.messages[books.n_accepted];
	struct frame f = {
		.trace = { 0, books.n_accepted },
		.type = "message",
		.type_length = 7,
	};

	m->key = keys[edge];
	m->ask = edge == IN && chance(2);
	f.kind = m->ask ? FRAME_ASK : FRAME_TELL;
	f.ask_id = m->ask ? books.n_accepted + 1 : 0;
	books.n_accepted++;

	return frame_write(to, &f);
}

static void enqueue(uint64_t key, const void *packet, size_t n_bytes)
{
	struct sent *sent = &books.queue[books.n_queue++];

	sent->key = key;
	sent->bytes = malloc(n_bytes);
	memcpy(sent->bytes, packet, n_bytes);
	sent->n_bytes = n_bytes;
}

static void send_packet(void)
{
	static uint8_t packet[ACTOR_PACKET_MAX];
	uint16_t n_frames = (uint16_t)(1 + chance(5)), i;
	size_t n_bytes = PACKET_HEADER_BYTES;
	size_t edge = chance(3) ? IN : SIDE;

	for (i = 0; i < n_frames; i++)
		n_bytes += write_message(packet + n_bytes, edge);
	packet_seal(packet, (uint32_t)n_bytes, n_frames, ++books.n_sent[edge],
		    0);
	enqueue(keys[edge], packet, n_bytes);
	/* the sender died before it noted that it had sent it */
	if (books.n_queue < PACKETS && !chance(4))
		enqueue(keys[edge], packet, n_bytes);
}

static void live(uint64_t seed, size_t n_steps)
{
	memset(&books, 0, sizeof(books));
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
	redeliver = (uint32_t)(seed % 3);
	arena = arena_format(calloc(1, ARENA_BYTES));
	CU_ASSERT_EQUAL_FATAL(arena_edge_add(arena, keys[IN]), 0);
	CU_ASSERT_EQUAL_FATAL(arena_edge_add(arena, keys[OUT]), 0);
	CU_ASSERT_EQUAL_FATAL(arena_edge_add(arena, keys[SIDE]), 0);
	while (books.n_queue < PACKETS)
		send_packet();

	dying = arena;
	armed = true;
	while (n_steps--)
		one_step();
	armed = false;
	examine(arena);

	while (books.n_queue)
		free(books.queue[--books.n_queue].bytes);
	free(arena);
}

static void test_every_store_may_be_the_last(void)
{
	uint64_t seed;

	for (seed = 1; seed <= 200; seed++)
		live(seed, 60);
	CU_ASSERT_TRUE(n_crashes > 10000);
	harness_note("%zu crashes", n_crashes);
}

static void test_long_lives_with_many_deaths(void)
{
	harness_only_long();
	for (uint64_t seed = 1000; seed < 1100; seed++)
		live(seed, 250);
	harness_note("%zu crashes", n_crashes);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_every_store_may_be_the_last),
	{ .name = "test_long_lives_with_many_deaths",
	  .run = test_long_lives_with_many_deaths,
	  .timeout_s = 600 },
};
HARNESS_MAIN(tests)
