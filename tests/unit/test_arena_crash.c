/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_arena_crash.c - whatever the instant of death, nothing is lost or twice.
 *
 * An actor's work is played with an arena: packets arrive (some of them twice,
 * some by edges that do not last), their messages are handled in turns that
 * send, reply, put off, stash, release, fail, or are moved to wait for their
 * class. After every single store to the arena, the memory is copied as a
 * supervisor would copy it, recovered, and emptied; what comes out must be
 * what a bookkeeper of this file, who knows which turns were committed, expects:
 *
 *	every message that was taken is handled, dead, or where it was put
 *	every message that was released is with the peer, buried, or still there
 *	what the arena counts is what the books say
 *
 * Now and then the recovery itself is treated in the same way, and now and then
 * the process really dies there, and its next life goes on with what is left.
 */
#include <setjmp.h>
#include <stdlib.h>

#define ARENA_EDGES_MAX 16
#define ARENA_HELD_MAX 24
#define ARENA_HEAP_PAGES 16

#include "libactorproc/actorproc.h"
#include "libactorproc/arena.h"
#include "tests/harness/harness.h"

static void crash_here(void);
#define ARENA_STEP() crash_here()

/* its own copy of the code, with a hook in every store */
#include "libactorproc/arena.c"
#include "libactorproc/arena_counts.c"
#include "libactorproc/arena_grants.c"
#include "libactorproc/arena_held.c"
#include "libactorproc/arena_limits.c"
#include "libactorproc/arena_outbox.c"
#include "libactorproc/arena_owed.c"
#include "libactorproc/arena_pool.c"
#include "libactorproc/arena_recover.c"
#include "libactorproc/arena_turn.c"

#define PACKETS 60
#define LIST_MAX 4096
#define OWED_MAX 8
#define MOVES_MAX (2 * ARENA_HELD_MAX)
#define PASSING_MAX 6
#define PAYLOAD_MAX 9000
#define NUMBERS_MAX (PACKETS * 5)
#define NO_MESSAGE UINT64_MAX

/* Replies leave by IN, tells by OUT; by SIDE come tells from somebody else. The
 * edges that pass are behind them. */
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
	uint64_t first_message;
	size_t n_messages;		/* 0: it comes for the second time */
	uint64_t n_lost;		/* before it */
};

enum where { SOCKET, PACKET, QUEUE, STASH, FRONT, HANDLED, DEAD };

struct message {
	uint64_t key;
	bool ask;
	uint8_t priority;
	size_t n_bytes;			/* of its payload */
	uint32_t attempt;
	enum where where;
	uint64_t since;			/* the lower was held earlier */
};

/* What a turn does with a message, when it is committed. */
struct move {
	uint64_t message;
	enum where where;
	uint64_t since;
	size_t n_bytes;
};

/* The books: what is true outside of the arena. */
struct books {
	struct sent queue[PACKETS];
	size_t n_queue;
	size_t n_received;		/* taken off the queue */
	bool landing;			/* the last of them is being taken */
	struct message messages[NUMBERS_MAX];
	uint64_t n_accepted;
	uint64_t n_sent[SIDE + 1];	/* packets, by edge */
	uint64_t n_frames[SIDE + 1];
	uint64_t n_lost;		/* before packets that were received */
	uint64_t passing[PASSING_MAX];	/* keys of edges that pass */
	uint64_t n_passing;		/* made so far */
	uint64_t holds;			/* made so far */

	struct list released[N_EDGES];
	struct list pending[N_EDGES];	/* of this turn */
	struct list peer[N_EDGES];	/* what the other side has got */
	uint64_t peer_sequence[N_EDGES];
	uint64_t n_passed;		/* released to edges that pass */
	uint64_t n_pending_passed;
	uint64_t n_dropped;		/* of all edges, after they were sent */
	uint64_t n_dropping;
	uint64_t n_buried;
	uint64_t n_burying;		/* by this turn */
	bool buries_out;		/* they are of OUT */
	bool forgets;			/* an edge is being removed with mail */
	uint64_t pool_head;
	uint64_t pool_pending;
	uint64_t beside_end;
	uint64_t beside_pending;

	uint64_t owed[OWED_MAX];	/* ask ids of committed debts */
	uint64_t tokens[OWED_MAX];
	size_t n_owed;
	uint64_t made;			/* ask id of this turn, or 0 */
	uint64_t made_token;
	uint64_t paid;

	uint64_t turn;			/* under way, or 0 */
	struct move moves[MOVES_MAX];	/* of this turn */
	size_t n_moves;
	uint64_t in_hand;
	uint64_t going;			/* may be in hand, or not any more */
	uint64_t coming;		/* may be in hand, or not yet */
};

static struct books books;
static struct arena *arena;
static uint64_t random_state;
static uint32_t redeliver;
static unsigned int depth;	/* how many crashes deep we are looking */
static bool armed;
static size_t n_crashes, n_deaths;
static jmp_buf death;

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

static struct message moved(uint64_t number)
{
	struct message m = books.messages[number];
	size_t i;

	for (i = 0; i < books.n_moves; i++) {
		const struct move *move = &books.moves[i];

		if (move->message != number)
			continue;
		m.where = move->where;
		m.since = move->since;
		m.n_bytes = move->n_bytes;
	}

	return m;
}

static struct message expected(uint64_t number)
{
	return committed_now() ? moved(number) : books.messages[number];
}

static bool is_over(enum where where)
{
	return where == HANDLED || where == DEAD;
}

static void expected_out(struct list *ret, size_t edge)
{
	size_t i;

	*ret = books.released[edge];
	for (i = 0; committed_now() && i < books.pending[edge].n; i++)
		add(ret, books.pending[edge].values[i]);
}

static uint64_t expected_accepted(void)
{
	uint64_t n = books.released[IN].n + books.released[OUT].n +
		     books.n_passed;

	if (committed_now())
		n += books.pending[IN].n + books.pending[OUT].n +
		     books.n_pending_passed;

	return n;
}

/* Ask ids that are owed a reply. */
static void expected_owed(struct list *ret)
{
	size_t i;

	ret->n = 0;
	for (i = 0; i < books.n_owed; i++)
		if (!committed_now() || books.tokens[i] != books.paid)
			add(ret, books.owed[i]);
	if (committed_now() && books.made)
		add(ret, books.made);
}

static uint64_t count_messages(uint64_t key, enum where where)
{
	uint64_t n = 0, i;

	for (i = 0; i < books.n_accepted; i++)
		if ((!key || books.messages[i].key == key) &&
		    expected(i).where == where)
			n++;

	return n;
}

/* ---- looking into a crashed arena ------------------------------------- */

struct autopsy {
	struct arena *arena;
	struct arena_remains remains;
	uint64_t dead;			/* the message that recovery gave up */
	bool found_message[NUMBERS_MAX];
	struct list found[N_EDGES];
	uint64_t sequence[N_EDGES];
};

static void judge_life(const struct arena *a,
		       const struct arena_edge_counts *sum)
{
	struct arena_edge_counts life;

	arena_life_counts(a, &life);
	CU_ASSERT_EQUAL_FATAL(life.packets_taken, sum->packets_taken);
	CU_ASSERT_EQUAL_FATAL(life.frames_taken, sum->frames_taken);
	CU_ASSERT_EQUAL_FATAL(life.frames_waiting, sum->frames_waiting);
	CU_ASSERT_EQUAL_FATAL(life.frames_dead, sum->frames_dead);
	CU_ASSERT_EQUAL_FATAL(life.frames_lost, sum->frames_lost);
	CU_ASSERT_EQUAL_FATAL(life.packets_sent, sum->packets_sent);
	CU_ASSERT_EQUAL_FATAL(life.frames_sent, sum->frames_sent);
	CU_ASSERT_EQUAL_FATAL(life.frames_unsent, sum->frames_unsent);
	CU_ASSERT_EQUAL_FATAL(life.frames_buried, sum->frames_buried);
	CU_ASSERT_EQUAL_FATAL(life.frames_accepted, sum->frames_accepted);
}

/* Edges that pass are known together with those that have passed. */
static struct arena_edge_counts sum_counts(const struct arena *a)
{
	struct arena_edge_counts sum, c;
	size_t cursor = 0;
	uint64_t key;

	arena_past_counts(a, &sum);
	while ((key = arena_edge_next(a, &cursor))) {
		CU_ASSERT_EQUAL_FATAL(arena_edge_counts(a, key, &c), 0);
		CU_ASSERT_EQUAL_FATAL(c.frames_accepted, c.frames_sent +
				      c.frames_unsent + c.frames_buried);
		sum.packets_taken += c.packets_taken;
		sum.packets_sent += c.packets_sent;
		sum.frames_unsent += c.frames_unsent;
		sum.frames_taken += c.frames_taken;
		sum.frames_waiting += c.frames_waiting;
		sum.frames_dead += c.frames_dead;
		sum.frames_lost += c.frames_lost;
		sum.frames_sent += c.frames_sent;
		sum.frames_buried += c.frames_buried;
		sum.frames_accepted += c.frames_accepted;
	}
	judge_life(a, &sum);

	return sum;
}

static void judge_taken(const struct arena_edge_counts *c, uint64_t key,
			bool one_more_dead)
{
	CU_ASSERT_EQUAL_FATAL(c->frames_taken - c->frames_waiting -
			      c->frames_dead, count_messages(key, HANDLED));
	CU_ASSERT_EQUAL_FATAL(c->frames_dead,
			      count_messages(key, DEAD) + one_more_dead);
}

static void judge_counts(const struct arena *a, uint64_t dead)
{
	struct arena_edge_counts sum = sum_counts(a), c;
	uint64_t behind = 0;
	size_t edge;

	if (books.landing)
		behind = books.queue[books.n_received - 1].n_lost;
	judge_taken(&sum, 0, dead != NO_MESSAGE);
	for (edge = 0; edge <= SIDE; edge++) {
		arena_edge_counts(a, keys[edge], &c);
		judge_taken(&c, keys[edge], dead != NO_MESSAGE &&
			    books.messages[dead].key == keys[edge]);
	}
	CU_ASSERT_TRUE_FATAL(sum.frames_lost == books.n_lost ||
			     sum.frames_lost == books.n_lost - behind);
	CU_ASSERT_EQUAL_FATAL(sum.frames_buried, books.n_buried +
			      (committed_now() ? books.n_burying : 0));
	CU_ASSERT_TRUE_FATAL(sum.frames_sent == books.n_dropped ||
			     sum.frames_sent == books.n_dropped +
						books.n_dropping);
	CU_ASSERT_TRUE_FATAL(armed || sum.frames_waiting == arena_waiting(a));
}

static void judge_accepted(const struct arena *a, size_t n_errors)
{
	if (!books.forgets)
		CU_ASSERT_EQUAL_FATAL(sum_counts(a).frames_accepted,
				      expected_accepted() + n_errors);
}

/* ---- what was sent ---- */

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
		/* what its peer has already says that it may be so */
		CU_ASSERT_TRUE_FATAL(packet_header(packet).sequence >
					     books.peer_sequence[edge] ||
				     arena_outbox_doubtful(y->arena,
							   keys[edge]));
		look_at_packet(y, edge, packet, n_bytes);
		arena_outbox_drop(y->arena, keys[edge]);
	}
}

/* The dead letters of this turn are for what is buried, which comes first. */
static void bury_in_books(struct autopsy *y)
{
	size_t from = y->found[OUT].n, i;

	if (!books.buries_out || !committed_now())
		return;
	for (i = 0; i < books.n_burying; i++)
		add(&y->found[OUT], books.released[OUT].values[from + i]);
	y->sequence[OUT]++;
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
	if (y->dead != NO_MESSAGE && books.messages[y->dead].ask)
		add(&owed, y->dead + 1);
	for (i = n_released; i < y->found[IN].n; i++) {
		uint64_t value = y->found[IN].values[i];

		CU_ASSERT_EQUAL_FATAL(value >> 32, FRAME_ERROR);
		CU_ASSERT_TRUE_FATAL(take_out(&owed, value & UINT32_MAX));
	}
	CU_ASSERT_EQUAL_FATAL(owed.n, 0);
}

static void judge_outbox(struct autopsy *y)
{
	static struct list due;
	struct arena_edge_out o;
	size_t edge;

	bury_in_books(y);
	expected_out(&due, OUT);
	CU_ASSERT_EQUAL_FATAL(arena_edge_out(y->arena, keys[OUT], &o), 0);
	CU_ASSERT_EQUAL_FATAL(o.next, due.n);
	CU_ASSERT_EQUAL_FATAL(o.pool_head, committed_now() ? books.pool_pending
							   : books.pool_head);
	CU_ASSERT_EQUAL_FATAL(o.beside_end, committed_now()
						    ? books.beside_pending
						    : books.beside_end);
	for (edge = 0; edge < N_EDGES; edge++) {
		expected_out(&due, edge);
		empty_outbox(y, edge);
		CU_ASSERT_TRUE_FATAL(y->found[edge].n >= due.n);
		CU_ASSERT_EQUAL_FATAL(memcmp(y->found[edge].values, due.values,
					     due.n * sizeof(uint64_t)), 0);
		if (edge == OUT) {
			CU_ASSERT_EQUAL_FATAL(y->found[edge].n, due.n);
			continue;
		}
		judge_errors(y, due.n);
		judge_accepted(y->arena, y->found[edge].n - due.n);
	}
}

/* ---- what was taken ---- */

/* The message that a frame is; each once. */
static uint64_t find(struct autopsy *y, const struct frame *f, uint64_t key)
{
	uint64_t number = f->trace[1];
	const uint8_t *payload = f->payload;
	size_t i;

	CU_ASSERT_TRUE_FATAL(number < books.n_accepted);
	CU_ASSERT_FALSE_FATAL(y->found_message[number]);
	CU_ASSERT_EQUAL_FATAL(key, books.messages[number].key);
	CU_ASSERT_EQUAL_FATAL(f->priority, books.messages[number].priority);
	CU_ASSERT_EQUAL_FATAL(f->payload_bytes, expected(number).n_bytes);
	for (i = 0; i < f->payload_bytes; i += 256)
		CU_ASSERT_EQUAL_FATAL(payload[i], (uint8_t)number);
	y->found_message[number] = true;

	return number;
}

static void find_held(struct autopsy *y)
{
	uint64_t orders[NUMBERS_MAX] = { 0 };
	struct arena_held_message m;
	size_t cursor = 0;
	struct frame f;
	uint64_t key, i, n;

	while (arena_held_next(y->arena, &cursor, &m)) {
		CU_ASSERT_TRUE_FATAL(arena_held_frame(y->arena, m.slot, &f,
						      &key));
		n = find(y, &f, key);
		CU_ASSERT_EQUAL_FATAL(expected(n).where,
				      m.line == ARENA_QUEUE ? QUEUE :
				      m.line == ARENA_FRONT ? FRONT : STASH);
		orders[n] = m.order;
	}
	for (n = 0; n < books.n_accepted; n++)
		for (i = 0; orders[n] && i < n; i++)
			CU_ASSERT_TRUE_FATAL(!orders[i] ||
				(orders[i] < orders[n]) ==
				(expected(i).since < expected(n).since));
}

static void find_in_packet(struct autopsy *y, enum where where)
{
	uint64_t key, number, last = 0;
	struct frame f;

	while (arena_frame(y->arena, &f, &key)) {
		number = find(y, &f, key);
		CU_ASSERT_TRUE_FATAL(number >= last);
		CU_ASSERT_EQUAL_FATAL(expected(number).where, where);
		last = number;
		arena_turn_begin(y->arena, true);
		arena_turn_commit(y->arena);
	}
}

static void find_in_queue(struct autopsy *y)
{
	size_t i;

	for (i = books.n_received; i < books.n_queue; i++) {
		memcpy(arena_landing(y->arena, books.queue[i].key),
		       books.queue[i].bytes, books.queue[i].n_bytes);
		CU_ASSERT_TRUE(arena_landed(y->arena, books.queue[i].n_bytes,
					    NULL) >= 0);
		find_in_packet(y, SOCKET);
	}
}

/* A message that must be in hand, by what is committed. */
static uint64_t must_be_in_hand(void)
{
	uint64_t number = books.in_hand;

	if (number != NO_MESSAGE && committed_now() &&
	    moved(number).where != books.messages[number].where)
		return NO_MESSAGE;

	return number;
}

static void judge_in_hand(struct autopsy *y)
{
	const struct arena_remains *r = &y->remains;
	uint64_t number = r->in_hand ? r->frame.trace[1] : NO_MESSAGE;

	y->dead = NO_MESSAGE;
	if (r->in_hand) {
		CU_ASSERT_TRUE_FATAL(number == must_be_in_hand() ||
				     number == books.going ||
				     number == books.coming);
		CU_ASSERT_TRUE_FATAL(depth > 1 || r->frame.attempt ==
				     books.messages[number].attempt);
		CU_ASSERT_EQUAL_FATAL(r->key, books.messages[number].key);
		CU_ASSERT_EQUAL_FATAL(r->retry, r->frame.attempt < redeliver);
		if (!r->retry)
			y->dead = number;
	} else if (depth == 1) {
		CU_ASSERT_EQUAL_FATAL(must_be_in_hand(), NO_MESSAGE);
	}
}

static bool is_there(const struct arena *a, uint64_t number)
{
	struct arena_held_message m;
	size_t cursor = 0;
	struct frame f;
	uint64_t key;

	if (expected(number).where == PACKET)
		return arena_frame(a, &f, &key) && f.trace[1] <= number;
	while (arena_held_next(a, &cursor, &m))
		if (arena_held_frame(a, m.slot, &f, &key) &&
		    f.trace[1] == number)
			return true;

	return false;
}

/* An earlier recovery, that was cut short, may have given it up. */
static void find_dead(struct autopsy *y)
{
	const uint64_t may[] = { must_be_in_hand(), books.going, books.coming };
	size_t i;

	for (i = 0; i < 3 && depth > 1 && y->dead == NO_MESSAGE; i++)
		if (may[i] != NO_MESSAGE && !is_over(expected(may[i]).where) &&
		    !is_there(y->arena, may[i]))
			y->dead = may[i];
}

static void judge_found(const struct autopsy *y)
{
	uint64_t n;

	for (n = 0; n < books.n_accepted; n++)
		CU_ASSERT_EQUAL_FATAL(y->found_message[n], n != y->dead &&
				      !is_over(expected(n).where));
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

static void recover(struct autopsy *y)
{
	CU_ASSERT_EQUAL_FATAL(arena_check(y->arena, ARENA_BYTES), 0);
	if (depth == 1) {
		judge_counts(y->arena, NO_MESSAGE);
		judge_accepted(y->arena, 0);
	}
	dying = y->arena;
	armed = depth == 1 && !chance(50);
	arena_recover(y->arena, redeliver, &y->remains);
	armed = false;
	CU_ASSERT_EQUAL_FATAL(arena_check(y->arena, ARENA_BYTES), 0);
}

static void examine(const struct arena *from)
{
	static struct autopsy autopsies[4];
	struct autopsy *y;
	bool was_armed = armed;

	depth++;
	n_crashes++;
	y = &autopsies[depth];
	memset(&y->remains, 0, sizeof(y->remains));
	memset(y->found_message, 0, sizeof(y->found_message));
	memcpy(y->found, books.peer, sizeof(books.peer));
	memcpy(y->sequence, books.peer_sequence, sizeof(y->sequence));
	y->arena = copy_of(from);
	recover(y);

	judge_in_hand(y);
	find_dead(y);
	judge_counts(y->arena, y->dead);
	judge_outbox(y);
	find_held(y);
	find_in_packet(y, PACKET);
	find_in_queue(y);
	judge_found(y);
	armed = was_armed;
	depth--;
	dying = depth ? autopsies[depth].arena : arena;
}

static void crash_here(void)
{
	if (!armed)
		return;
	examine(dying);
	if (!depth && !chance(400))
		longjmp(death, 1);
}

/* ---- the actor's work ------------------------------------------------- */

static void receive_packet(void)
{
	const struct sent *p = &books.queue[books.n_received];
	void *landing;
	size_t i;

	if (arena_packet_rest(arena) || books.n_received == books.n_queue)
		return;
	landing = arena_landing(arena, p->key);
	memcpy(landing, p->bytes, p->n_bytes);
	for (i = 0; i < p->n_messages; i++)
		books.messages[p->first_message + i].where = PACKET;
	books.n_lost += p->n_lost;
	books.n_received++;
	books.landing = true;
	crash_here();
	CU_ASSERT_TRUE(arena_landed(arena, p->n_bytes, NULL) >= 0);
	books.landing = false;
	crash_here();
}

static void settle(uint64_t number, enum where where, size_t n_bytes)
{
	uint64_t since = moved(number).since;

	CU_ASSERT_TRUE_FATAL(books.n_moves < MOVES_MAX);
	if (where == QUEUE || where == STASH)
		since = ++books.holds;
	books.moves[books.n_moves++] = (struct move){
		number, where, since, n_bytes
	};
}

/* ---- how turns begin and end ---- */

/* @number: whose message it is; what failed before goes back then. */
static void turn_begin(uint64_t number, int slot)
{
	books.turn = arena->commit + 1;
	if (number != NO_MESSAGE) {
		books.going = books.in_hand;
		books.coming = number;
		books.in_hand = NO_MESSAGE;
	}
	if (slot >= 0)
		arena_turn_begin_held(arena, (size_t)slot);
	else
		arena_turn_begin(arena, number != NO_MESSAGE);
	if (number != NO_MESSAGE)
		books.in_hand = number;
	books.going = books.coming = NO_MESSAGE;
}

static void turn_over(void)
{
	books.turn = 0;
	books.made = books.paid = 0;
	books.pending[IN].n = books.pending[OUT].n = 0;
	books.n_pending_passed = books.n_burying = 0;
	books.buries_out = false;
	books.pool_pending = books.pool_head;
	books.beside_pending = books.beside_end;
	books.n_moves = 0;
}

static void book_burial(void)
{
	const struct list *from = &books.released[OUT];
	size_t i;

	books.n_buried += books.n_burying;
	if (!books.buries_out)
		return;
	for (i = 0; i < books.n_burying; i++)
		add(&books.peer[OUT], from->values[books.peer[OUT].n]);
	books.peer_sequence[OUT]++;
}

static void book_debts(void)
{
	size_t i;

	for (i = 0; i < books.n_owed; i++)
		if (books.tokens[i] == books.paid) {
			books.owed[i] = books.owed[--books.n_owed];
			books.tokens[i--] = books.tokens[books.n_owed];
		}
	if (books.made) {
		books.owed[books.n_owed] = books.made;
		books.tokens[books.n_owed++] = books.made_token;
	}
}

static void book_moves(void)
{
	size_t i;

	for (i = 0; i < books.n_moves; i++) {
		const struct move *move = &books.moves[i];
		struct message *m = &books.messages[move->message];

		m->where = move->where;
		m->since = move->since;
		m->n_bytes = move->n_bytes;
		if (move->message == books.in_hand)
			books.in_hand = NO_MESSAGE;
	}
}

/* What this turn has done is true. */
static void book_turn(void)
{
	size_t edge, i;

	for (edge = 0; edge < N_EDGES; edge++)
		for (i = 0; i < books.pending[edge].n; i++)
			add(&books.released[edge],
			    books.pending[edge].values[i]);
	books.n_passed += books.n_pending_passed;
	books.pool_head = books.pool_pending;
	books.beside_end = books.beside_pending;
	book_burial();
	book_debts();
	book_moves();
	turn_over();
}

static void turn_commit(void)
{
	arena_turn_commit(arena);
	book_turn();
}

static void turn_release(void)
{
	CU_ASSERT_EQUAL_FATAL(arena_turn_release(arena), 0);
	book_turn();
	books.turn = arena->commit + 1;
}

static void turn_abort(void)
{
	arena_turn_abort(arena);
	turn_over();
}

/* ---- what turns do ---- */

static size_t some_size(void)
{
	if (!chance(20))
		return 9000 + chance(7000);

	return chance(chance(4) ? 100 : 5000);
}

static bool send_by(uint64_t key, enum frame_kind kind, uint64_t number,
		    uint64_t *ret_value)
{
	static const char payload[ACTOR_PACKET_MAX];
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

	*ret_value = value_of(&f);
	return !arena_send(arena, key, &f, kind == FRAME_REPLY);
}

static void send_frame(size_t edge, enum frame_kind kind, uint64_t number)
{
	uint64_t value;

	if (send_by(keys[edge], kind, number, &value))
		add(&books.pending[edge], value);
	else
		CU_ASSERT_EQUAL_FATAL(kind, FRAME_TELL);
}

static uint64_t some_passing(void)
{
	return books.passing[chance(PASSING_MAX)];
}

static void send_to_passing(void)
{
	uint64_t key = some_passing(), value;

	if (key && send_by(key, FRAME_REPLY, 1, &value))
		books.n_pending_passed++;
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

	if (!books.n_owed || books.paid)
		return;
	i = chance(books.n_owed);
	send_frame(IN, FRAME_REPLY, books.owed[i]);
	arena_pay(arena, books.tokens[i]);
	books.paid = books.tokens[i];
}

static void take_place(void)
{
	struct arena_edge_out o = { 0 };
	struct actor_pooled place;
	uint64_t released;

	CU_ASSERT_EQUAL_FATAL(arena_edge_out(arena, keys[OUT], &o), 0);
	released = chance(3) ? o.pool_head : books.pool_head;
	if (chance(2) ? arena_pool_take(arena, keys[OUT],
					1 + chance(ACTOR_POOL_WINDOW),
					released, &place.position)
		      : arena_pool_take_beside(arena, keys[OUT],
					       1 + chance(ACTOR_PAYLOAD_MAX),
					       released, &place))
		return;
	if (!chance(4))
		arena_pool_give_back(arena, keys[OUT], &o);
	CU_ASSERT_EQUAL_FATAL(arena_edge_out(arena, keys[OUT], &o), 0);
	books.pool_pending = o.pool_head;
	books.beside_pending = o.beside_end;
}

static void unstash(void)
{
	size_t n = 0;
	uint64_t i;

	for (i = 0; i < books.n_accepted; i++) {
		if (moved(i).where != STASH)
			continue;
		settle(i, FRONT, moved(i).n_bytes);
		n++;
	}
	CU_ASSERT_EQUAL_FATAL(arena_unstash(arena), n);
}

static void work(void)
{
	static uint64_t number;
	size_t n = chance(4);

	while (n--)
		send_frame(OUT, FRAME_TELL, ++number & UINT32_MAX);
	if (!chance(3))
		pay_one();
	if (!chance(3))
		send_to_passing();
	if (!chance(4))
		take_place();
	if (!chance(5))
		unstash();
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

/* ---- turns ---- */

static void die(void);

/* Sometimes more than its packet brought: as from a pool. */
static int hold(const struct frame *f, uint64_t key, bool stash)
{
	static uint8_t payload[PAYLOAD_MAX];
	struct frame whole = *f;
	int slot;

	if (!chance(4)) {
		memset(payload, (int)(uint8_t)f->trace[1], sizeof(payload));
		whole.payload = payload;
		whole.payload_bytes = chance(PAYLOAD_MAX);
	}
	slot = arena_hold(arena, key, &whole, stash);
	if (slot >= 0)
		settle(f->trace[1], stash ? STASH : QUEUE, whole.payload_bytes);

	return slot;
}

/* What is held already can stay where it is. */
static int stash(const struct frame *f, uint64_t key, int slot)
{
	int r;

	if (slot < 0 || !chance(3))
		return hold(f, key, true);
	r = arena_hold_again(arena);
	CU_ASSERT_EQUAL_FATAL(r, slot);
	settle(f->trace[1], STASH, f->payload_bytes);

	return r;
}

static void end_message(const struct frame *f, uint64_t key, int slot)
{
	uint64_t number = f->trace[1];

	switch (chance(8)) {
	case 0:
		turn_abort();
		return;
	case 1:
		die();
		return;
	case 2:
		arena_turn_dead(arena);
		settle(number, DEAD, 0);
		break;
	case 3:
	case 4:
		if (stash(f, key, slot) >= 0)
			break;
		/* fall through */
	default:
		answer(number);
		settle(number, HANDLED, 0);
		break;
	}
	turn_commit();
}

static void handle(const struct frame *f, uint64_t key, int slot)
{
	turn_begin(f->trace[1], slot);
	work();
	while (!chance(4)) {
		turn_release();
		work();
	}
	end_message(f, key, slot);
}

static void handle_message(void)
{
	struct frame f;
	uint64_t key;

	if (arena_frame(arena, &f, &key))
		handle(&f, key, -1);
}

static bool is_before(const struct message *m, const struct message *than)
{
	if (m->where != than->where)
		return m->where == FRONT;
	if (m->where == QUEUE && m->priority != than->priority)
		return m->priority < than->priority;

	return m->since < than->since;
}

/* By the books. */
static uint64_t first_held(void)
{
	uint64_t first = NO_MESSAGE, i;

	for (i = 0; i < books.n_accepted; i++) {
		const struct message *m = &books.messages[i];

		if ((m->where == QUEUE || m->where == FRONT) &&
		    (first == NO_MESSAGE ||
		     is_before(m, &books.messages[first])))
			first = i;
	}

	return first;
}

static bool comes_first(const struct arena_held_message *m,
			const struct arena_held_message *than)
{
	if (m->line != than->line)
		return m->line < than->line;
	if (m->line == ARENA_QUEUE && m->priority != than->priority)
		return m->priority < than->priority;

	return m->order < than->order;
}

static void handle_held(void)
{
	struct arena_held_message first = { .line = ARENA_STASH }, m;
	size_t cursor = 0;
	struct frame f;
	uint64_t key;

	while (arena_held_next(arena, &cursor, &m))
		if (first.line == ARENA_STASH || comes_first(&m, &first))
			first = m;
	if (first.line == ARENA_STASH) {
		CU_ASSERT_EQUAL_FATAL(first_held(), NO_MESSAGE);
		return;
	}
	CU_ASSERT_TRUE_FATAL(arena_held_frame(arena, first.slot, &f, &key));
	CU_ASSERT_EQUAL_FATAL(f.trace[1], first_held());
	handle(&f, key, (int)first.slot);
}

static void move_message(void)
{
	struct frame f;
	uint64_t key;

	if (!arena_frame(arena, &f, &key))
		return;
	books.turn = arena->commit + 1;
	if (books.in_hand == f.trace[1]) {
		books.going = books.in_hand;
		books.in_hand = NO_MESSAGE;
	}
	arena_turn_begin_move(arena);
	books.going = NO_MESSAGE;
	if (hold(&f, key, false) < 0 || !chance(8))
		turn_abort();
	else if (!chance(10))
		die();
	else
		turn_commit();
}

static void tick(void)
{
	turn_begin(NO_MESSAGE, -1);
	work();
	while (!chance(4)) {
		turn_release();
		work();
	}
	if (chance(4))
		turn_commit();
	else
		turn_abort();
}

/* ---- what leaves ---- */

static void flush(uint64_t key, size_t edge)
{
	struct arena_offer offer;
	size_t cursor = 0;
	const void *packet;

	if (!arena_outbox_offer(arena, key, &offer))
		return;
	if (armed && chance(4) == 0) {		/* its socket is full */
		crash_here();
		arena_outbox_refused(arena, key, &offer);
		return;
	}
	packet = offer.packet;
	books.n_dropping = packet_header(packet).n_frames;
	if (edge < N_EDGES &&
	    packet_header(packet).sequence > books.peer_sequence[edge]) {
		books.peer_sequence[edge] = packet_header(packet).sequence;
		for (struct frame f; packet_next(packet, &cursor, &f);)
			add(&books.peer[edge], value_of(&f));
	}
	crash_here();
	arena_outbox_drop(arena, key);
	books.n_dropped += books.n_dropping;
	books.n_dropping = 0;
}

static void flush_one(void)
{
	size_t edge = chance(N_EDGES + 1);
	uint64_t key = edge < N_EDGES ? keys[edge] : some_passing();

	if (key)
		flush(key, edge);
}

static void bury(uint64_t key, bool out)
{
	const void *packet;
	size_t n_bytes;

	if (!arena_outbox_peek(arena, key, &packet, &n_bytes))
		return;
	turn_begin(NO_MESSAGE, -1);
	work();
	books.n_burying = packet_header(packet).n_frames;
	books.buries_out = out;
	arena_outbox_bury(arena, key);
	if (!chance(4))
		work();
	if (!chance(4))
		turn_release();
	if (chance(4))
		turn_commit();
	else
		turn_abort();
}

static void bury_one(void)
{
	uint64_t key = chance(2) ? keys[OUT] : some_passing();

	if (key)
		bury(key, key == keys[OUT]);
}

static uint64_t n_unsent(uint64_t key)
{
	struct arena_edge_counts c;

	CU_ASSERT_EQUAL_FATAL(arena_edge_counts(arena, key, &c), 0);
	return c.frames_unsent;
}

/* ---- edges that pass ---- */

static bool has_mail(uint64_t key)
{
	size_t i;

	for (i = books.n_received; i < books.n_queue; i++)
		if (books.queue[i].key == key)
			return true;

	return false;
}

static void send_packet(uint64_t key, uint64_t sequence, uint64_t first,
			uint64_t n_lost);

static void grow_and_shrink(void)
{
	uint64_t *key = &books.passing[chance(PASSING_MAX)];
	uint64_t n_lost = chance(3);

	if (!*key && books.n_queue < PACKETS) {
		*key = arena_key(1000 + ++books.n_passing, EDGE_TARGET);
		CU_ASSERT_EQUAL_FATAL(arena_edge_add(arena, *key), 0);
		send_packet(*key, 1 + n_lost, n_lost, n_lost);
		return;
	}
	if (!*key || has_mail(*key))
		return;
	while (chance(3) && n_unsent(*key)) {
		if (chance(2))
			flush(*key, N_EDGES);
		else
			bury(*key, false);
	}
	if (!chance(6))
		receive_packet();	/* in hand while its edge goes */
	books.forgets = n_unsent(*key);
	books.n_passed -= n_unsent(*key);
	arena_edge_remove(arena, *key);
	books.forgets = false;
	*key = 0;
}

/* ---- death ---- */

/* What was under way outside of turns is found as the arena says. */
static void book_interrupted(void)
{
	struct arena_edge_counts sum = sum_counts(arena);
	size_t i;

	if (sum.frames_sent != books.n_dropped)
		books.n_dropped += books.n_dropping;
	if (books.forgets)
		books.n_passed = sum.frames_accepted - books.released[IN].n -
				 books.released[OUT].n;
	books.n_dropping = 0;
	books.landing = books.forgets = false;
	for (i = 0; i < PASSING_MAX; i++)
		if (arena_slot(arena, books.passing[i]) < 0)
			books.passing[i] = 0;
}

static void book_death(const struct arena_remains *r)
{
	struct message *m = &books.messages[r->in_hand ? r->frame.trace[1] : 0];

	books.going = books.coming = NO_MESSAGE;
	if (r->in_hand && r->retry)
		m->attempt++;
	else if (r->in_hand)
		m->where = DEAD;
	books.in_hand = NO_MESSAGE;
	books.n_owed = 0;
}

static void die(void)
{
	struct arena_remains remains;
	bool was_armed = armed;
	size_t edge, n_bytes;
	const void *packet;

	n_deaths++;
	armed = false;
	dying = arena;
	if (committed_now())
		book_turn();
	turn_over();
	memcpy(arena, copy_of(arena), sizeof(*arena));
	book_interrupted();
	arena_recover(arena, redeliver, &remains);
	book_death(&remains);
	for (edge = 0; edge < N_EDGES; edge++) {
		while (arena_outbox_peek(arena, keys[edge], &packet, &n_bytes))
			flush(keys[edge], edge);
		books.released[edge] = books.peer[edge];
	}
	armed = was_armed;
}

static void send_some(void);

static void one_step(void)
{
	uint64_t what = chance(32);

	if (what < 4)
		receive_packet();
	else if (what < 9)
		handle_message();
	else if (what < 14)
		handle_held();
	else if (what < 17)
		move_message();
	else if (what < 19)
		tick();
	else if (what < 25)
		flush_one();
	else if (what < 27)
		bury_one();
	else if (what < 31)
		grow_and_shrink();
	else if (books.n_queue < PACKETS)
		send_some();
}

/* ---- the story -------------------------------------------------------- */

static size_t write_message(void *to, uint64_t key)
{
	static uint8_t payload[2000];
	struct message *m = &books.messages[books.n_accepted];
	struct frame f = {
		.trace = { 0, books.n_accepted },
		.type = "message",
		.type_length = 7,
		.payload = payload,
	};

	m->key = key;
	m->ask = key == keys[IN] && chance(2);
	m->priority = (uint8_t)chance(3);
	m->n_bytes = chance(chance(3) ? 10 : sizeof(payload));
	memset(payload, (int)(uint8_t)books.n_accepted, sizeof(payload));
	f.kind = m->ask ? FRAME_ASK : FRAME_TELL;
	f.ask_id = m->ask ? books.n_accepted + 1 : 0;
	f.priority = m->priority;
	f.payload_bytes = m->n_bytes;
	books.n_accepted++;

	return frame_write(to, &f);
}

static struct sent *enqueue(uint64_t key, const void *packet, size_t n_bytes)
{
	struct sent *sent = &books.queue[books.n_queue++];

	*sent = (struct sent){
		.key = key,
		.bytes = malloc(n_bytes),
		.n_bytes = n_bytes,
	};
	memcpy(sent->bytes, packet, n_bytes);

	return sent;
}

static void send_packet(uint64_t key, uint64_t sequence, uint64_t first,
			uint64_t n_lost)
{
	static uint8_t packet[ACTOR_PACKET_MAX];
	uint16_t n_frames = (uint16_t)(1 + chance(5)), i;
	uint64_t first_message = books.n_accepted;
	size_t n_bytes = PACKET_HEADER_BYTES;
	struct sent *sent;

	for (i = 0; i < n_frames; i++)
		n_bytes += write_message(packet + n_bytes, key);
	packet_seal(packet, (uint32_t)n_bytes, n_frames, sequence, first);
	sent = enqueue(key, packet, n_bytes);
	sent->first_message = first_message;
	sent->n_messages = n_frames;
	sent->n_lost = n_lost;
	/* the sender died before it noted that it had sent it */
	if (books.n_queue < PACKETS && !chance(4))
		enqueue(key, packet, n_bytes);
}

static void send_some(void)
{
	size_t edge = chance(3) ? IN : SIDE;
	uint64_t first = books.n_accepted;

	send_packet(keys[edge], ++books.n_sent[edge], books.n_frames[edge], 0);
	books.n_frames[edge] += books.n_accepted - first;
}

static void lives_left(size_t n_steps)
{
	volatile size_t n = n_steps;

	dying = arena;
	if (setjmp(death))
		die();
	armed = true;
	while (n) {
		n = n - 1;
		one_step();
	}
	armed = false;
}

static void live(uint64_t seed, size_t n_steps)
{
	memset(&books, 0, sizeof(books));
	books.in_hand = books.going = books.coming = NO_MESSAGE;
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
	redeliver = (uint32_t)(seed % 3);
	arena = arena_format(calloc(1, ARENA_BYTES));
	CU_ASSERT_EQUAL_FATAL(arena_edge_add(arena, keys[IN]), 0);
	CU_ASSERT_EQUAL_FATAL(arena_edge_add(arena, keys[OUT]), 0);
	CU_ASSERT_EQUAL_FATAL(arena_edge_add(arena, keys[SIDE]), 0);
	while (books.n_queue < PACKETS / 8)
		send_some();
	lives_left(n_steps);
	examine(arena);

	while (books.n_queue)
		free(books.queue[--books.n_queue].bytes);
	free(arena);
}

static void test_every_store_may_be_the_last(void)
{
	uint64_t seed;

	for (seed = 1; seed <= 200; seed++)
		live(seed, 120);
	CU_ASSERT_TRUE(n_crashes > 100000);
	harness_note("%zu crashes, %zu deaths", n_crashes, n_deaths);
}

static void test_long_lives_with_many_deaths(void)
{
	harness_only_long();
	for (uint64_t seed = 1000; seed < 1100; seed++)
		live(seed, 500);
	harness_note("%zu crashes, %zu deaths", n_crashes, n_deaths);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_every_store_may_be_the_last),
	{ .name = "test_long_lives_with_many_deaths",
	  .run = test_long_lives_with_many_deaths,
	  .timeout_s = 3600 },
};
HARNESS_MAIN(tests)
