/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_frame.c - hostile packets.
 *
 * The first byte says at which end the rest arrives:
 *	t, h	as it is, at the target's, the holder's
 *	T, H	the same, when its length and checksum have been made right
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

static volatile uint64_t sink;

static void promise(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "broken: %s\n", what);
		abort();
	}
}

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

static bool same(const struct frame *a, const struct frame *b)
{
	return a->kind == b->kind && a->priority == b->priority &&
	       a->flags == b->flags && a->content_type == b->content_type &&
	       a->generation == b->generation && a->error == b->error &&
	       a->ask_id == b->ask_id && a->deadline_ns == b->deadline_ns &&
	       !memcmp(a->trace, b->trace, sizeof(a->trace)) &&
	       a->type_length == b->type_length &&
	       !memcmp(a->type, b->type, a->type_length) &&
	       a->n_grants == b->n_grants &&
	       !memcmp(a->grants, b->grants, a->n_grants * 8) &&
	       a->n_descriptors == b->n_descriptors &&
	       !memcmp(a->descriptors, b->descriptors,
		       a->n_descriptors * sizeof(struct actor_passed)) &&
	       a->payload_bytes == b->payload_bytes &&
	       !memcmp(a->payload, b->payload, a->payload_bytes);
}

/* Who received it could have sent it: in the same bytes but for padding. */
static void send_back(const struct frame *f, enum edge_end from, size_t n_bytes)
{
	char *copy = malloc(n_bytes);
	struct frame again;
	size_t n;

	promise(frame_valid(f, from), "what may arrive may be sent");
	promise(frame_bytes(f) == n_bytes, "it takes the same room");
	promise(frame_write(copy, f) == n_bytes, "it is written in that room");
	promise(!frame_parse(&again, &n, copy, n_bytes) && n == n_bytes &&
		same(f, &again), "it is written the same");
	free(copy);
}

static void walk(const uint8_t *packet, size_t n_bytes, enum edge_end at)
{
	size_t cursor = 0, from = PACKET_HEADER_BYTES;
	size_t n = 0;
	struct frame f;

	for (; packet_next(packet, &cursor, &f); from = cursor, n++) {
		touch_frame(&f);
		promise(frame_may_arrive(f.kind, at), "it may arrive here");
		send_back(&f, at == EDGE_HOLDER ? EDGE_TARGET : EDGE_HOLDER,
			  cursor - from);
	}
	promise(cursor == n_bytes, "frames fill their packet");
	promise(n == packet_header(packet).n_frames, "frames are counted");
}

static void receive(const uint8_t *bytes, size_t n_bytes, enum edge_end at,
		    bool repair)
{
	uint8_t *packet = malloc(n_bytes ? n_bytes : 1);
	struct actor_packet_header h;
	struct frame f;
	size_t n;

	memcpy(packet, bytes, n_bytes);
	if (repair && n_bytes >= PACKET_HEADER_BYTES) {
		h = packet_header(packet);
		packet_seal(packet, (uint32_t)n_bytes, h.n_frames, h.sequence,
			    h.first);
	}
	if (!frame_parse(&f, &n, packet, n_bytes))
		touch_frame(&f);
	if (!packet_check(packet, n_bytes, at))
		walk(packet, n_bytes, at);
	free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	if (!n_bytes)
		return 0;
	switch (bytes[0]) {
	case 't':
	case 'T':
		receive(bytes + 1, n_bytes - 1, EDGE_TARGET, bytes[0] == 'T');
		break;
	case 'h':
	case 'H':
		receive(bytes + 1, n_bytes - 1, EDGE_HOLDER, bytes[0] == 'H');
		break;
	default:
		break;
	}

	return 0;
}
