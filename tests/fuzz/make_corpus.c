/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * make_corpus.c - writes the packets that fuzz_frame.c begins with.
 *
 *	make-corpus DIRECTORY
 *
 * `make fuzz-corpus` runs it. To be run again whenever the format changes: a
 * file with an old one only shows that it is refused.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/frame.h"

#define SEED_BYTES 4096

static const uint64_t grants[] = { 7, UINT64_MAX };
static const struct actor_passed passed[] = { { 3, 4 }, { 1, 6 } };
static const struct actor_passed memfd = { 4, 1 };
static const struct actor_sealed sealed = { 1 << 20 };

#define TEXT(text) .payload = (text), .payload_bytes = sizeof(text) - 1
#define TYPE(text) .type = (text), .type_length = sizeof(text) - 1

static const struct frame requests[] = {
	{ .kind = FRAME_TELL, .priority = 4, TYPE("add") },
	{ .kind = FRAME_ASK, .priority = 4, .ask_id = 9, .generation = 2,
	  .flags = ACTOR_FRAME_RECEIPT, .deadline_ns = 1, .trace = { 1, 2 },
	  TYPE("get-relay"), .grants = grants, .n_grants = 2,
	  TEXT("{\"attempt\":3}") },
	{ .kind = FRAME_TELL, .priority = 4, TYPE("take"), .grants = grants,
	  .n_grants = 1, .descriptors = passed, .n_descriptors = 2,
	  TEXT("a pipe") },
	{ .kind = FRAME_TELL, .priority = 4, .flags = ACTOR_FRAME_SEALED,
	  TYPE("look"), .descriptors = &memfd, .n_descriptors = 1,
	  .payload = &sealed, .payload_bytes = sizeof(sealed) },
};

static const struct frame replies[] = {
	{ .kind = FRAME_REPLY, .priority = 4, .ask_id = 9, TYPE("relay"),
	  TEXT("se-got-1") },
	{ .kind = FRAME_ERROR, .priority = 4, .ask_id = 10, .error = 2,
	  TYPE("error"), TEXT("no such relay") },
	{ .kind = FRAME_TERMINATED, .priority = 4, TYPE("terminated"),
	  TEXT("stopped") },
};

/*
 * @first: what fuzz_frame.c shall do with it
 * @offset, @n_bytes, @value: what is written over it, from the packet's start
 * @n_cut: bytes that are taken off its end
 */
struct seed {
	const char *name;
	char first;
	size_t n_frames;
	size_t offset;
	size_t n_bytes;
	uint64_t value;
	size_t n_cut;
};

#define AS_IT_IS .n_cut = 0
#define WRITE(type, member, at, to) .value = (to),			\
	.offset = (at) + offsetof(struct type, member),			\
	.n_bytes = sizeof(((struct type *)NULL)->member)
#define PACKET(member, to) WRITE(actor_packet_header, member, 0, to)
#define FRAME(member, to) \
	WRITE(actor_frame_header, member, PACKET_HEADER_BYTES, to)
#define FRAME_TYPE(to) .value = (to), .n_bytes = 1, .offset =		\
	PACKET_HEADER_BYTES + sizeof(struct actor_frame_header)

static const struct seed seeds[] = {
	{ "good-tell", 't', 1, AS_IT_IS },
	{ "good-ask-with-grants", 't', 2, AS_IT_IS },
	{ "good-descriptors", 't', 3, AS_IT_IS },
	{ "good-sealed", 't', 4, AS_IT_IS },
	{ "good-reply", 'h', 1, AS_IT_IS },
	{ "good-replies", 'h', 3, AS_IT_IS },
	{ "repaired-good", 'T', 2, AS_IT_IS },
	{ "reply-at-target", 'T', 2, FRAME(kind, FRAME_REPLY) },
	{ "tell-at-holder", 'H', 3, FRAME(kind, FRAME_TELL) },
	{ "other-version", 'T', 2, PACKET(version, 99) },
	{ "no-frames", 'T', 2, PACKET(n_frames, 0) },
	{ "frames-too-few", 'T', 2, PACKET(n_frames, 1) },
	{ "frames-too-many", 'T', 2, PACKET(n_frames, 3) },
	{ "sequence-zero", 'T', 2, PACKET(sequence, 0) },
	{ "sequence-huge", 'T', 2, PACKET(sequence, PACKET_NUMBERS_MAX) },
	{ "first-huge", 'T', 2, PACKET(first, PACKET_NUMBERS_MAX) },
	{ "reserved", 'T', 2, PACKET(reserved, 1) },
	{ "length-zero", 't', 2, PACKET(length, 0) },
	{ "length-huge", 't', 2, PACKET(length, UINT32_MAX) },
	{ "flipped-bit", 't', 2, FRAME(generation, 1) },
	{ "torn-header", 't', 1, .n_cut = 80 },
	{ "torn-half", 't', 2, .n_cut = 90 },
	{ "torn-frame", 'T', 2, .n_cut = 8 },
	{ "kind-unknown", 'T', 2, FRAME(kind, 200) },
	{ "ask-without-id", 'T', 2, FRAME(kind, FRAME_ASK) },
	{ "tell-with-id", 'T', 2, FRAME(ask_id, 1) },
	{ "error-without-errno", 'H', 3, FRAME(kind, FRAME_ERROR) },
	{ "reply-with-errno", 'H', 3, FRAME(error, 2) },
	{ "priority-unknown", 'T', 2, FRAME(priority, ACTOR_PRIORITIES) },
	{ "flag-unknown", 'T', 2, FRAME(flags, 0x8000) },
	{ "sealed-in-nothing", 'T', 2, FRAME(flags, ACTOR_FRAME_SEALED) },
	{ "content-type-unknown", 'T', 2, FRAME(content_type, 200) },
	{ "attempt", 'T', 2, FRAME(attempt, 1) },
	{ "frame-length-short", 'T', 2, FRAME(length, 8) },
	{ "frame-length-long", 'T', 2, FRAME(length, 100) },
	{ "frame-length-huge", 'T', 2, FRAME(length, UINT32_MAX) },
	{ "type-empty", 'T', 2, FRAME(type_length, 0) },
	{ "type-beyond", 'T', 2, FRAME(type_length, 127) },
	{ "type-too-long", 'T', 2, FRAME(type_length, 255) },
	{ "type-space", 'T', 2, FRAME_TYPE(' ') },
	{ "grants-beyond", 'T', 2, FRAME(n_grants, 255) },
	{ "descriptors-beyond", 'T', 2, FRAME(n_descriptors, 16) },
};

static size_t packet_of(uint8_t *packet, const struct frame *frames, size_t n)
{
	size_t at = PACKET_HEADER_BYTES;
	size_t i;

	for (i = 0; i < n; i++)
		at += frame_write(packet + at, &frames[i]);
	packet_seal(packet, (uint32_t)at, (uint16_t)n, 1, 0);

	return at;
}

static int write_seed(const char *directory, const struct seed *seed)
{
	const struct frame *frames = seed->first == 'h' || seed->first == 'H' ?
				     replies : requests;
	uint8_t bytes[SEED_BYTES];
	char path[SEED_BYTES];
	FILE *file;
	size_t n;

	bytes[0] = (uint8_t)seed->first;
	n = 1 + packet_of(bytes + 1, frames, seed->n_frames) - seed->n_cut;
	memcpy(bytes + 1 + seed->offset, &seed->value, seed->n_bytes);
	snprintf(path, sizeof(path), "%s/%s", directory, seed->name);
	file = fopen(path, "we");
	if (!file)
		return -1;
	n -= fwrite(bytes, 1, n, file);

	return fclose(file) || n ? -1 : 0;
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 2 && i < sizeof(seeds) / sizeof(seeds[0]); i++)
		if (write_seed(argv[1], &seeds[i]) < 0) {
			perror(seeds[i].name);
			return EXIT_FAILURE;
		}

	return argc == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
