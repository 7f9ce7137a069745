/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_arena.c - the life of an arena as a script: calls, crashes and lies.
 *
 * A letter is a step, the bytes behind it are its arguments, taken modulo what
 * they may be, so that '0' to '9' are 0 to 9; steps[] says what there is. As
 * long as no lie was told, the arena must be sound at any time. After lies
 * arena_check() may refuse it; if it does not, every call must work on it, and
 * what recovery makes of it must be sound again. Knows nothing of the layout:
 * lies are told about the words that are not empty, wherever they are.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/arena.h"

#define GUARD_BYTES ((size_t)65536)
#define EDGES 8
#define TOKENS 16
#define PACKETS 8
#define WORDS_MAX 65536
#define PAYLOAD_BYTES ((size_t)70000)
#define ROUNDS_MAX 4096
#define IN_GOOD_ORDER 3		/* instead of a number of tries */
#ifdef FUZZ_CORPUS
#define WORDS_AT_ONCE 1
#else
#define WORDS_AT_ONCE 0
#endif

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

/**
 * struct script - where in it we are, and what it has made
 * @lied: nothing is certain any more
 * @in_turn: a turn is under way
 * @tokens: asks that are owed, or were
 * @packets: where packets have been seen in the arena
 */
struct script {
	const uint8_t *at;
	const uint8_t *end;
	struct arena *arena;
	bool lied;
	bool in_turn;
	uint64_t tokens[TOKENS];
	size_t n_tokens;
	size_t packets[PACKETS];
	size_t n_packets;
};

static volatile uint64_t sink;
static const uint8_t zeros[PAYLOAD_BYTES];

/* For who debugs: where the last lie was told, from the start of the arena. */
static size_t lied_at;

static void promise(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "broken: %s; last lie at %zu\n", what, lied_at);
		abort();
	}
}

/* A sanitizer, or the guard, sees if it is not all there. */
static void touch(const void *bytes, size_t n_bytes)
{
	const uint8_t *at = bytes;

	while (n_bytes--)
		sink += *at++;
}

static void touch_frame(const struct frame *f)
{
	size_t i;

	touch(f->type, f->type_length);
	touch(f->payload, f->payload_bytes);
	for (i = 0; i < f->n_grants; i++)
		sink += frame_grant(f, i);
}

/* ---- memory ----------------------------------------------------------- */

/* Nothing can be read or written in front of it or behind it. */
static struct arena *guarded_memory(void)
{
	uint8_t *at = mmap(NULL, ARENA_BYTES + 2 * GUARD_BYTES, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	promise(at != MAP_FAILED &&
		mprotect(at + GUARD_BYTES, ARENA_BYTES,
			 PROT_READ | PROT_WRITE) == 0, "memory");
	return (struct arena *)(at + GUARD_BYTES);
}

static void clear(struct arena *a)
{
	promise(madvise(a, ARENA_BYTES, MADV_DONTNEED) == 0, "empty memory");
}

static void copy_used(struct arena *to, const struct arena *from,
		      const struct arena *head)
{
	size_t cursor = 0, offset, n_bytes;

	while (arena_used(head, &cursor, &offset, &n_bytes)) {
		promise(n_bytes <= ARENA_BYTES &&
			offset <= ARENA_BYTES - n_bytes, "ranges are inside");
		memcpy((uint8_t *)to + offset, (const uint8_t *)from + offset,
		       n_bytes);
	}
}

/* As a supervisor reads a dead actor's arena: the head, then what it tells. */
static void load(struct arena *to, const struct arena *from)
{
	clear(to);
	memcpy(to, from, ARENA_HEAD_BYTES);
	copy_used(to, from, to);
}

/* As it makes the next one. */
static void store(struct arena *to, const struct arena *from)
{
	clear(to);
	copy_used(to, from, from);
}

/* ---- frames and packets ----------------------------------------------- */

static size_t payload_size(unsigned int size)
{
	static const size_t sizes[] = {
		0, 7, 64, 1000, 8000, 16000, 65536, PAYLOAD_BYTES
	};

	return sizes[size % 8];
}

static struct frame a_frame(enum frame_kind kind, unsigned int size)
{
	bool asks = kind == FRAME_ASK || kind == FRAME_REPLY ||
		    kind == FRAME_ERROR;

	return (struct frame){
		.kind = kind,
		.priority = (uint8_t)(size % ACTOR_PRIORITIES),
		.ask_id = asks ? 7 : 0,
		.error = kind == FRAME_ERROR ? 5 : 0,
		.type = "fuzz",
		.type_length = 4,
		.payload = zeros,
		.payload_bytes = payload_size(size),
	};
}

/* What may leave by that end, one of three kinds. */
static enum frame_kind kind_from(enum edge_end end, unsigned int which)
{
	static const enum frame_kind kinds[2][3] = {
		[EDGE_HOLDER] = { FRAME_TELL, FRAME_ASK, FRAME_ASK },
		[EDGE_TARGET] = { FRAME_REPLY, FRAME_ERROR, FRAME_TERMINATED },
	};

	return kinds[end][which % 3];
}

static enum edge_end other_end(uint64_t key)
{
	return arena_key_end(key) == EDGE_HOLDER ? EDGE_TARGET : EDGE_HOLDER;
}

static size_t a_packet(uint8_t *packet, uint64_t key,
		       const struct arena_edge_counts *counts, unsigned int gap,
		       unsigned int n_frames, unsigned int size)
{
	size_t n_bytes = PACKET_HEADER_BYTES;
	uint16_t n = 0;

	for (; n < n_frames; n++) {
		struct frame f = a_frame(kind_from(other_end(key), n), size);

		if (n_bytes + frame_bytes(&f) > ACTOR_PACKET_MAX)
			break;
		n_bytes += frame_write(packet + n_bytes, &f);
	}
	packet_seal(packet, (uint32_t)n_bytes, n, counts->packets_taken + 1 + gap,
		    counts->frames_taken + counts->frames_lost + gap * 3);

	return n_bytes;
}

/* ---- every call ------------------------------------------------------- */

static void send_some(struct arena *a)
{
	size_t cursor = 0;
	unsigned int n = 0;
	uint64_t key;

	while ((key = arena_edge_next(a, &cursor)) && n < EDGES) {
		struct frame f = a_frame(kind_from(arena_key_end(key), n), n);

		(void)arena_send(a, key, &f, n % 2);
		n++;
	}
}

static void take_packet(struct arena *a)
{
	struct arena_edge_counts counts;
	uint8_t *landing;
	size_t cursor = 0;
	uint64_t key = arena_edge_next(a, &cursor);

	if (!key || arena_packet_rest(a) || arena_edge_counts(a, key, &counts))
		return;
	landing = arena_landing(a, key);
	(void)arena_landed(a, a_packet(landing, key, &counts, 0, 3, 1), NULL);
}

static void handle(struct arena *a)
{
	struct frame f;
	uint64_t key;
	int n;

	for (n = 0; n < ROUNDS_MAX && arena_frame(a, &f, &key); n++) {
		touch_frame(&f);
		if (n % 4 == 3) {
			arena_turn_begin_move(a);
			(void)arena_hold(a, key, &f, n % 8 == 3);
			arena_turn_commit(a);
			continue;
		}
		arena_turn_begin(a, true);
		if (n < 8)
			send_some(a);
		if (n % 5 == 1)
			arena_turn_release(a);
		(void)arena_owe(a, key, &f);
		if (n % 5 == 2)
			arena_turn_dead(a);
		if (n % 8 == 6)
			arena_turn_abort(a);
		else
			arena_turn_commit(a);
	}
}

/* Again from the front after each, as the next is chosen when it is wanted. */
static void handle_held(struct arena *a)
{
	struct arena_held_message held;
	size_t cursor = 0, n = 0;
	struct frame f;
	uint64_t key;

	arena_turn_begin(a, false);
	sink += arena_unstash(a);
	arena_turn_commit(a);
	while (arena_held_next(a, &cursor, &held) && n++ < ROUNDS_MAX) {
		promise(held.slot < ARENA_HELD_MAX, "a slot is one");
		sink += arena_held_line(a, held.slot);
		if (!arena_held_frame(a, held.slot, &f, &key))
			continue;
		touch_frame(&f);
		arena_turn_begin_held(a, held.slot);
		(void)arena_owe(a, key, &f);
		if (n % 3 == 2)
			arena_turn_dead(a);
		arena_turn_commit(a);
	}
}

static void take_from_pools(struct arena *a)
{
	size_t cursor = 0;
	struct arena_edge_out out;
	uint64_t key, position;
	struct actor_pooled place;
	unsigned int n = 0;

	arena_turn_begin(a, false);
	while ((key = arena_edge_next(a, &cursor)) && n++ < EDGES) {
		uint64_t released = arena_pool_released(a, key);

		if (arena_edge_out(a, key, &out))
			continue;
		sink += arena_has_room(a, key, 100000, n % 2, released);
		if (!arena_pool_take(a, key, 100000, released, &position) &&
		    n % 4 == 1)
			arena_pool_give_back(a, key, &out);
		sink += arena_has_reserve(a, key);
		if (!arena_pool_take_beside(a, key, 100000, released, &place))
			sink += arena_pool_end(place);
	}
	arena_turn_commit(a);
}

static void bury(struct arena *a)
{
	size_t cursor = 0, n_bytes;
	const void *packet;
	uint64_t key = arena_outbox_next(a, &cursor);

	if (!key || !arena_outbox_peek(a, key, &packet, &n_bytes))
		return;
	arena_turn_begin(a, false);
	arena_outbox_bury(a, key);
	arena_turn_commit(a);
}

static void flush(struct arena *a, bool sound)
{
	struct arena_offer offer;
	size_t cursor = 0;
	uint64_t key;
	int n = 0;

	while ((key = arena_outbox_next(a, &cursor)))
		while (arena_outbox_offer(a, key, &offer)) {
			touch(offer.packet, offer.n_bytes);
			promise(!sound || !packet_check(offer.packet,
							offer.n_bytes,
							other_end(key)),
				"what is sent is a packet");
			arena_outbox_refused(a, key, &offer);
			sink += arena_outbox_doubtful(a, key) +
				arena_outbox_has(a, key);
			arena_outbox_drop(a, key);
			promise(n++ < ROUNDS_MAX, "an outbox has an end");
		}
}

static void settle_debts(struct arena *a)
{
	struct frame ask;
	size_t cursor = 0;
	uint64_t token, key;

	arena_turn_begin(a, false);
	while ((token = arena_owed_next(a, &cursor))) {
		if (!arena_owed(a, token, &key, &ask))
			(void)arena_send(a, key, &ask, true);
		arena_pay(a, token);
	}
	arena_turn_commit(a);
}

static void walk_edges(struct arena *a)
{
	struct arena_edge_counts counts;
	size_t cursor = 0;
	uint64_t key;

	arena_life_counts(a, &counts);
	arena_past_counts(a, &counts);
	while ((key = arena_edge_next(a, &cursor))) {
		(void)arena_edge_counts(a, key, &counts);
		sink += arena_passed(a, key);
		if (arena_key_id(key) > EDGES)
			arena_edge_remove(a, key);
	}
	for (key = arena_key(1, EDGE_HOLDER); arena_key_id(key) < EDGES; key++)
		(void)arena_edge_add(a, key);
}

static void say_grants(struct arena *a)
{
	struct arena_limit limit;
	struct arena_grant grant;
	size_t cursor = 0;

	while (arena_grant_next(a, &cursor, &grant)) {
		sink += grant.said;
		(void)arena_grant_say(a, grant.key, grant.number);
		if (grant.number % 2)
			arena_grant_known(a, arena_key_id(grant.key),
					  grant.number, grant.said);
		else
			arena_grant_forget(a, grant.key, grant.number);
	}
	(void)arena_grant_say(a, arena_key(1, EDGE_HOLDER), 1);
	cursor = 0;
	while (arena_limit_next(a, &cursor, &limit))
		arena_limit_say(a, &limit);
	limit = (struct arena_limit){ arena_key(1, EDGE_HOLDER), 1, 2, 1 };
	arena_limit_say(a, &limit);
}

/*
 * @sound: it was recovered, and stays sound. Else a turn is under way that tells
 * nobody what it did until it is committed: nothing is promised of that.
 */
static void every_call(struct arena *a, bool sound)
{
	sink += arena_waiting(a);
	handle(a);
	handle_held(a);
	take_from_pools(a);
	say_grants(a);
	settle_debts(a);
	bury(a);
	flush(a, sound);
	walk_edges(a);
	take_packet(a);
	handle(a);
	settle_debts(a);
	flush(a, sound);
	promise(!sound || !arena_check(a, ARENA_BYTES), "calls keep it sound");
}

/* ---- the end of a process --------------------------------------------- */

static void recover(struct arena *a, unsigned int redeliver)
{
	struct arena_remains remains;

	arena_recover(a, redeliver, &remains);
	if (remains.in_hand)
		touch_frame(&remains.frame);
	promise(!arena_check(a, ARENA_BYTES), "recovery leaves a sound arena");
	arena_recover(a, redeliver, &remains);
	promise(!remains.in_hand && !remains.n_owed,
		"what was recovered is not recovered again");
	promise(!arena_check(a, ARENA_BYTES), "and stays sound");
}

/*
 * As supervisors do it: who ended in good order says no to those that wait.
 * Return: false when it was not to be trusted.
 */
static bool next_life(struct arena *a, unsigned int redeliver)
{
	static struct arena *loaded;

	if (!loaded)
		loaded = guarded_memory();
	load(loaded, a);
	if (arena_check(loaded, ARENA_BYTES))
		return false;

	if (redeliver == IN_GOOD_ORDER) {
		arena_tidy(loaded);
		settle_debts(loaded);
	}
	recover(loaded, redeliver);
	store(a, loaded);
	promise(!arena_check(a, ARENA_BYTES), "a stored arena is the same");
	return true;
}

/* Whatever it contains: refused, or good for every call, recovered or not. */
static void live_on(struct arena *a, bool lied, unsigned int redeliver)
{
	static struct arena *other;

	if (!other)
		other = guarded_memory();
	sink += arena_waiting(a);
	store(other, a);
	if (!arena_check(a, ARENA_BYTES)) {
		every_call(a, false);
		if (next_life(a, redeliver))
			every_call(a, true);
	}
	if (next_life(other, redeliver)) {
		every_call(other, true);
	} else {
		promise(lied, "a crash is no lie");
	}
}

/* ---- lies ------------------------------------------------------------- */

static uint64_t words[WORDS_MAX];

static bool empty(const struct arena *a, size_t offset)
{
	uint64_t word;

	memcpy(&word, (const uint8_t *)a + offset, sizeof(word));
	return !word;
}

/* Where the words are that say something, and those right behind them. */
static size_t find_words(const struct arena *a)
{
	size_t cursor = 0, offset, n_bytes, n = 0;

	while (arena_used(a, &cursor, &offset, &n_bytes)) {
		size_t end = (offset + n_bytes) / 8 * 8;
		size_t at = (offset + 7) / 8 * 8;
		bool told = true;

		for (; at < end && n < WORDS_MAX; at += 8) {
			bool tells = !empty(a, at);

			if (tells || told)
				words[n++] = at;
			told = tells;
		}
	}

	return n;
}

static uint64_t lie_about(uint64_t word, unsigned int how, uint64_t other)
{
	switch (how % 8) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return word + 1;
	case 3:
		return word - 1;
	case 4:
		return word ^ UINT64_C(1) << other % 64;
	case 5:
		return word << 32 | word >> 32;
	case 6:
		return word + (UINT64_C(1) << 32);
	default:
		return other;
	}
}

static void tell_lie(struct arena *a, size_t offset, unsigned int how,
		     uint64_t other)
{
	uint64_t word;

	lied_at = offset;
	memcpy(&word, (uint8_t *)a + offset, sizeof(word));
	word = lie_about(word, how, other);
	memcpy((uint8_t *)a + offset, &word, sizeof(word));
}

/* ---- steps ------------------------------------------------------------ */

static unsigned int argument(struct script *s, unsigned int n)
{
	return s->at < s->end ? *s->at++ % n : 0;
}

static uint64_t wide_argument(struct script *s)
{
	uint64_t value = 0;
	int i;

	for (i = 0; i < 8; i++)
		value = value << 8 | argument(s, 256);

	return value;
}

/* Of an edge, one end or the other. */
static uint64_t key_argument(struct script *s)
{
	unsigned int n = argument(s, EDGES);

	return arena_key(n / 2 + 1, n % 2 ? EDGE_TARGET : EDGE_HOLDER);
}

static void remember_packet(struct script *s, const void *packet)
{
	s->packets[s->n_packets++ % PACKETS] =
		(size_t)((const uint8_t *)packet - (uint8_t *)s->arena);
}

static void step_add(struct script *s)
{
	(void)arena_edge_add(s->arena, key_argument(s));
}

static void step_remove(struct script *s)
{
	uint64_t key = key_argument(s);

	if (!s->in_turn)
		arena_edge_remove(s->arena, key);
}

/* Return: 0 when no packet can be taken from that edge now. */
static size_t land(struct script *s, uint64_t key)
{
	unsigned int n_frames = 1 + argument(s, 8);
	unsigned int size = argument(s, 8), gap = argument(s, 2);
	struct arena_edge_counts counts;
	uint8_t *landing;

	if (s->in_turn || arena_packet_rest(s->arena) ||
	    arena_edge_counts(s->arena, key, &counts))
		return 0;

	landing = arena_landing(s->arena, key);
	remember_packet(s, landing);
	return a_packet(landing, key, &counts, gap, n_frames, size);
}

static void step_take(struct script *s)
{
	size_t n_bytes = land(s, key_argument(s));

	if (n_bytes)
		(void)arena_landed(s->arena, n_bytes, NULL);
}

/* It was killed before it could say that a packet has come. */
static void step_crash_taking(struct script *s)
{
	uint64_t key = key_argument(s);

	(void)land(s, key);
	s->in_turn = false;
	promise(next_life(s->arena, argument(s, 4)) || s->lied,
		"a crash is no lie");
}

static void step_crash(struct script *s)
{
	s->in_turn = false;
	promise(next_life(s->arena, argument(s, 4)) || s->lied,
		"a crash is no lie");
}

static void step_begin(struct script *s)
{
	bool message = argument(s, 2);

	if (!s->in_turn)
		arena_turn_begin(s->arena, message);
	s->in_turn = true;
}

/* A message leaves its packet, for its class or for the stash. */
static void step_move(struct script *s)
{
	bool stash = argument(s, 2);
	struct frame f;
	uint64_t key;

	if (s->in_turn || !arena_frame(s->arena, &f, &key))
		return;
	arena_turn_begin_move(s->arena);
	if (arena_hold(s->arena, key, &f, stash) >= 0)
		arena_turn_commit(s->arena);
	else
		arena_turn_abort(s->arena);
}

static void step_begin_held(struct script *s)
{
	unsigned int which = argument(s, 16);
	struct arena_held_message held = { .slot = 0 };
	size_t cursor = 0;

	if (s->in_turn || !arena_held_next(s->arena, &cursor, &held))
		return;
	while (which-- && arena_held_next(s->arena, &cursor, &held))
		;
	arena_turn_begin_held(s->arena, held.slot);
	s->in_turn = true;
}

/* What is handled in this turn goes into the stash. */
static void step_stash(struct script *s)
{
	struct frame f;
	uint64_t key;

	if (s->in_turn && arena_frame(s->arena, &f, &key))
		(void)arena_hold(s->arena, key, &f, true);
}

static void step_unstash(struct script *s)
{
	if (s->in_turn)
		sink += arena_unstash(s->arena);
}

static void step_dead(struct script *s)
{
	if (s->in_turn)
		arena_turn_dead(s->arena);
}

static void step_release(struct script *s)
{
	if (s->in_turn)
		arena_turn_release(s->arena);
}

static void step_bury(struct script *s)
{
	uint64_t key = key_argument(s);

	if (s->in_turn)
		arena_outbox_bury(s->arena, key);
}

static void step_pool(struct script *s)
{
	uint64_t key = key_argument(s);
	uint64_t shift = argument(s, 8);
	uint64_t n_bytes = UINT64_C(100000) << shift, position;
	struct actor_pooled place;

	if (s->in_turn && shift % 2)
		(void)arena_pool_take_beside(s->arena, key, n_bytes,
					     arena_pool_released(s->arena, key),
					     &place);
	else if (s->in_turn)
		(void)arena_pool_take(s->arena, key, n_bytes,
				      arena_pool_released(s->arena, key),
				      &position);
}

static void step_commit(struct script *s)
{
	if (s->in_turn)
		arena_turn_commit(s->arena);
	s->in_turn = false;
}

static void step_abort(struct script *s)
{
	if (s->in_turn)
		arena_turn_abort(s->arena);
	s->in_turn = false;
}

static void step_send(struct script *s)
{
	uint64_t key = key_argument(s);
	unsigned int kind = argument(s, 3), size = argument(s, 8);
	struct frame f = a_frame(kind_from(arena_key_end(key), kind), size);

	if (s->in_turn)
		(void)arena_send(s->arena, key, &f, size % 2);
}

static void step_owe(struct script *s)
{
	struct frame f;
	uint64_t key;

	if (s->in_turn && arena_frame(s->arena, &f, &key))
		s->tokens[s->n_tokens++ % TOKENS] =
			arena_owe(s->arena, key, &f);
}

static void step_pay(struct script *s)
{
	unsigned int n = argument(s, TOKENS);

	if (s->in_turn)
		arena_pay(s->arena, s->tokens[n]);
}

static void step_grant(struct script *s)
{
	uint64_t key = key_argument(s);

	(void)arena_grant_say(s->arena, key, argument(s, 4));
}

static void step_limit(struct script *s)
{
	const struct arena_limit limit = {
		.key = key_argument(s), .rate = argument(s, 8), .bytes = 1,
	};

	arena_limit_say(s->arena, &limit);
}

static void step_known(struct script *s)
{
	uint64_t via = argument(s, EDGES) / 2 + 1;
	uint64_t number = argument(s, 4);

	arena_grant_known(s->arena, via, number, argument(s, 8));
}

static void step_peek(struct script *s)
{
	uint64_t key = key_argument(s);
	const void *packet;
	size_t n_bytes;

	if (s->in_turn || !arena_outbox_peek(s->arena, key, &packet, &n_bytes))
		return;
	promise(!packet_check(packet, n_bytes, other_end(key)),
		"what is sent is a packet");
	remember_packet(s, packet);
}

/* A socket sees it, and may say that it is full. */
static void step_offer(struct script *s)
{
	uint64_t key = key_argument(s);
	struct arena_offer offer;

	if (s->in_turn || !arena_outbox_offer(s->arena, key, &offer))
		return;
	promise(!packet_check(offer.packet, offer.n_bytes, other_end(key)),
		"what is sent is a packet");
	promise(arena_outbox_doubtful(s->arena, key),
		"what is offered may have left");
	if (argument(s, 2))
		arena_outbox_refused(s->arena, key, &offer);
}

static void step_drop(struct script *s)
{
	uint64_t key = key_argument(s);

	if (!s->in_turn)
		arena_outbox_drop(s->arena, key);
}

/* From here on only what arena_check() lets pass may be touched. */
static void step_lie(struct script *s)
{
	unsigned int how = argument(s, 8);
	size_t n = argument(s, 256) << 8;
	size_t n_words = find_words(s->arena);
	uint64_t other;

	n += argument(s, 256);
	other = how == 4 ? argument(s, 64) : how == 7 ? wide_argument(s) : 0;
	s->lied = true;
	if (n_words)
		tell_lie(s->arena, words[n % n_words], how, other);
}

/* A liar can count: the packet there gets the checksum that it should have. */
static void step_seal(struct script *s)
{
	size_t offset = s->packets[argument(s, PACKETS)];
	uint8_t *packet = (uint8_t *)s->arena + offset;
	struct actor_packet_header h;

	if (!offset)
		return;
	s->lied = true;
	h = packet_header(packet);
	if (h.length >= PACKET_HEADER_BYTES && h.length <= ACTOR_PACKET_MAX &&
	    h.length <= ARENA_BYTES - offset)
		packet_seal(packet, h.length, h.n_frames, h.sequence, h.first);
}

/*
 * The same lie about each word, one at a time. For the replay alone: it takes
 * too long for a fuzzer, which tries them one after the other anyway.
 */
static void step_each_word(struct script *s)
{
	unsigned int how = argument(s, 8), redeliver = argument(s, 4);
	struct arena *liar = guarded_memory();
	size_t n = find_words(s->arena);
	size_t i;

	for (i = 0; i < n && WORDS_AT_ONCE; i++) {
		store(liar, s->arena);
		tell_lie(liar, words[i], how, i * 7);
		live_on(liar, true, redeliver);
	}
	munmap((uint8_t *)liar - GUARD_BYTES, ARENA_BYTES + 2 * GUARD_BYTES);
}

static void (*const steps[256])(struct script *s) = {
	['+'] = step_add,		/* an edge end: EDGE */
	['-'] = step_remove,		/* EDGE */
	['t'] = step_take,		/* a packet: EDGE, frames, size, gap */
	['T'] = step_crash_taking,	/* the same, redeliver */
	['b'] = step_begin,		/* a turn: with a message or without */
	['c'] = step_commit,
	['a'] = step_abort,
	['s'] = step_send,		/* EDGE, kind, size */
	['o'] = step_owe,
	['p'] = step_pay,		/* which */
	['g'] = step_grant,		/* EDGE, number */
	['G'] = step_known,		/* EDGE, number, of what time */
	['l'] = step_limit,		/* EDGE, rate */
	['k'] = step_peek,		/* EDGE */
	['O'] = step_offer,		/* EDGE, refused? */
	['d'] = step_drop,		/* EDGE */
	['m'] = step_move,		/* into the stash? */
	['h'] = step_begin_held,	/* a turn: which held message */
	['z'] = step_stash,
	['u'] = step_unstash,
	['D'] = step_dead,
	['r'] = step_release,
	['B'] = step_bury,		/* EDGE */
	['P'] = step_pool,		/* EDGE, size */
	['C'] = step_crash,		/* redeliver */
	['L'] = step_lie,		/* how, word (2 bytes), more */
	['S'] = step_seal,		/* which packet seen */
	['W'] = step_each_word,		/* how, redeliver */
};

static bool is_lie(uint8_t step)
{
	return step == 'L' || step == 'S';
}

/* What comes before the first lie is itself a script: it is checked there. */
static void run(struct script *s)
{
	while (s->at < s->end) {
		uint8_t step = *s->at++;

		if (s->lied && !is_lie(step))
			break;
		if (steps[step])
			steps[step](s);
	}
	promise(s->lied || !arena_check(s->arena, ARENA_BYTES),
		"an arena is sound at any time");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	static struct arena *memory;
	struct script s = { .at = bytes, .end = bytes + n_bytes };

	if (!memory)
		memory = guarded_memory();
	clear(memory);
	s.arena = arena_format(memory);
	run(&s);
	live_on(s.arena, s.lied, (unsigned int)n_bytes % 4);

	return 0;
}
