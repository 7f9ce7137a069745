/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_frame.c - hostile packets, arenas and lists of fields.
 *
 * The first byte says what the rest is:
 *	t, h	a packet as it arrives at the target's, the holder's end
 *	T, H	the same, and its length and checksum are made right
 *	a	lies told to a sound arena, each 13 bytes: where (4), how many
 *		bytes (1; above 127: somewhere that matters), and the bytes (8)
 *	f	a list of fields
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/arena_layout.h"
#include "libactorproc/fields.h"

#define LIE_BYTES 13

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

static volatile uint64_t sink;

/* A sanitizer sees if it is not all there. */
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

static void packets(const uint8_t *bytes, size_t n_bytes, enum edge_end at,
		    bool repair)
{
	uint8_t *packet = malloc(n_bytes ? n_bytes : 1);
	struct actor_packet_header h;
	struct frame f;
	size_t cursor = 0;

	memcpy(packet, bytes, n_bytes);
	if (repair && n_bytes >= PACKET_HEADER_BYTES) {
		h = packet_header(packet);
		packet_seal(packet, (uint32_t)n_bytes, h.n_frames, h.sequence,
			    h.first);
	}
	if (!frame_parse(&f, &cursor, packet, n_bytes))
		touch_frame(&f);
	cursor = 0;
	if (!packet_check(packet, n_bytes, at))
		while (packet_next(packet, &cursor, &f))
			touch_frame(&f);
	free(packet);
}

/* ---- arenas ----------------------------------------------------------- */

static const uint64_t in = 10 << 1 | EDGE_TARGET;
static const uint64_t out = 20 << 1 | EDGE_HOLDER;

static struct frame a_frame(enum frame_kind kind)
{
	return (struct frame){
		.kind = kind,
		.ask_id = kind == FRAME_TELL ? 0 : 7,
		.type = "fuzz",
		.type_length = 4,
		.payload = "payload",
		.payload_bytes = 7,
	};
}

static void land(struct arena *a, uint64_t sequence)
{
	struct frame ask = a_frame(FRAME_ASK);
	uint8_t packet[512];
	size_t n = PACKET_HEADER_BYTES;

	n += frame_write(packet + n, &ask);
	n += frame_write(packet + n, &ask);
	n += frame_write(packet + n, &ask);
	packet_seal(packet, (uint32_t)n, 3, sequence, 0);
	memcpy(arena_landing(a, in), packet, n);
	(void)arena_landed(a, n, NULL);
}

static void send_some(struct arena *a)
{
	static const char large[ACTOR_PAYLOAD_MAX];
	struct frame tell = a_frame(FRAME_TELL);
	struct frame reply = a_frame(FRAME_REPLY);

	(void)arena_send(a, out, &tell, false);
	(void)arena_send(a, in, &reply, true);
	tell.payload = large;
	tell.payload_bytes = sizeof(large);
	(void)arena_send(a, out, &tell, true);
}

/* Something of everything: sealed, released and unreleased, owed and paid. */
static struct arena *sound_arena(void)
{
	struct arena *a = arena_format(calloc(1, ARENA_BYTES));
	struct frame ask = a_frame(FRAME_ASK);
	const void *packet;
	size_t n_bytes;

	arena_edge_add(a, in);
	arena_edge_add(a, out);
	land(a, 1);
	arena_turn_begin(a, true);
	send_some(a);
	arena_owe(a, in, &ask);
	arena_pay(a, arena_owe(a, in, &ask));
	arena_turn_commit(a);
	(void)arena_outbox_peek(a, out, &packet, &n_bytes);
	arena_turn_begin(a, true);
	send_some(a);
	arena_owe(a, in, &ask);

	return a;
}

/* Most of an arena is empty: here are the parts that say something. */
static size_t somewhere(uint32_t at)
{
	static const size_t parts[] = {
		0,
		offsetof(struct arena, landing),
		offsetof(struct arena, buffers),
		offsetof(struct arena, buffers[ARENA_BUFFERS_SMALL]),
		offsetof(struct arena, keys),
		offsetof(struct arena, edges),
		offsetof(struct arena, debts),
		offsetof(struct arena, small),
	};

	return parts[at % 8] + at / 8 % 256;
}

static void tell_lies(struct arena *a, const uint8_t *bytes, size_t n_bytes)
{
	for (; n_bytes >= LIE_BYTES; bytes += LIE_BYTES, n_bytes -= LIE_BYTES) {
		size_t n = 1 + bytes[4] % 8;
		uint32_t at;

		memcpy(&at, bytes, sizeof(at));
		memcpy((uint8_t *)a + (bytes[4] > 127 ? somewhere(at) :
				       at % (ARENA_BYTES - 8)), bytes + 5, n);
	}
}

static void flush(struct arena *a)
{
	size_t cursor = 0, n_bytes;
	const void *packet;
	uint64_t key;

	while ((key = arena_outbox_next(a, &cursor)))
		while (arena_outbox_peek(a, key, &packet, &n_bytes)) {
			touch(packet, n_bytes);
			arena_outbox_drop(a, key);
		}
}

static void handle(struct arena *a)
{
	struct frame f;
	uint64_t key;

	while (arena_frame(a, &f, &key)) {
		touch_frame(&f);
		arena_turn_begin(a, true);
		send_some(a);
		(void)arena_owe(a, key, &f);
		arena_turn_commit(a);
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
	arena_turn_abort(a);
}

static void walk_edges(struct arena *a)
{
	struct arena_edge_counts counts;
	size_t cursor = 0;
	uint64_t key;

	while ((key = arena_edge_next(a, &cursor))) {
		(void)arena_edge_counts(a, key, &counts);
		if (key != in && key != out)
			arena_edge_remove(a, key);
	}
	(void)arena_edge_add(a, in);
	(void)arena_edge_add(a, out);
}

static void every_call(struct arena *a, uint32_t redeliver)
{
	struct arena_remains remains;
	int i;

	for (i = 0; i < 2; i++) {
		handle(a);
		settle_debts(a);
		walk_edges(a);
		flush(a);
		arena_recover(a, redeliver, &remains);
		if (remains.in_hand)
			touch_frame(&remains.frame);
		land(a, 2 + (uint64_t)i);
	}
	handle(a);
	flush(a);
}

static void arenas(const uint8_t *bytes, size_t n_bytes)
{
	static struct arena *sound;
	static struct arena *a;
	struct arena_remains remains;
	size_t cursor = 0, offset, n;

	if (!sound) {
		sound = sound_arena();
		a = malloc(ARENA_BYTES);
	}
	memcpy(a, sound, ARENA_BYTES);
	tell_lies(a, bytes, n_bytes);
	while (arena_used(a, &cursor, &offset, &n))
		touch((uint8_t *)a + offset, n);
	sink += arena_waiting(a);
	if (arena_check(a, ARENA_BYTES))
		return;
	if (n_bytes % 2) /* as a supervisor does, and as nobody does */
		arena_recover(a, n_bytes % 3, &remains);
	every_call(a, n_bytes % 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	struct fields f;

	if (!n_bytes)
		return 0;
	switch (bytes[0]) {
	case 't':
	case 'T':
		packets(bytes + 1, n_bytes - 1, EDGE_TARGET, bytes[0] == 'T');
		break;
	case 'h':
	case 'H':
		packets(bytes + 1, n_bytes - 1, EDGE_HOLDER, bytes[0] == 'H');
		break;
	case 'a':
		arenas(bytes + 1, n_bytes - 1);
		break;
	case 'f':
		if (!fields_parse(&f, bytes + 1, n_bytes - 1) && f.n)
			touch(f.entry[f.n - 1], strlen(f.entry[f.n - 1]));
		break;
	default:
		break;
	}

	return 0;
}
