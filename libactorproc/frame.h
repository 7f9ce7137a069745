/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * frame.h - packets and frames to bytes and back.
 *
 * The one parser of bytes that come over an edge. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libactorproc/protocol.h"

enum frame_kind {
#define X(kind, number, name, asks) FRAME_##kind = number,
	ACTOR_FRAME_KINDS(X)
#undef X
};

/** enum edge_end - which end of an edge is ours; decides what may arrive */
enum edge_end {
	EDGE_HOLDER,	/* we hold the reference; replies arrive */
	EDGE_TARGET,	/* it leads to us; requests arrive */
};

/**
 * struct frame - one frame, checked; points into its packet
 * @number: counts the frames of that edge end, from 0; where it is known
 * @type: @type_length bytes, not NUL-terminated
 * @grants: @n_grants numbers, unaligned: read with frame_grant()
 * @descriptors: @n_descriptors struct actor_passed, unaligned: frame_passed()
 */
struct frame {
	enum frame_kind kind;
	uint8_t priority;
	uint16_t flags;
	uint8_t content_type;
	uint32_t generation;
	uint32_t error;
	uint32_t attempt;
	uint64_t ask_id;
	uint64_t deadline_ns;
	uint64_t trace[2];
	uint64_t number;
	const char *type;
	size_t type_length;
	const void *grants;
	size_t n_grants;
	const void *descriptors;
	size_t n_descriptors;
	const void *payload;
	size_t payload_bytes;
};

const char *frame_kind_name(enum frame_kind kind);
uint64_t frame_grant(const struct frame *frame, size_t index);
struct actor_passed frame_passed(const struct frame *frame, size_t index);
/** frame_descriptor_type() - how a struct actor_passed names that mode */
uint64_t frame_descriptor_type(unsigned int mode);

/** frame_is_sealed() - is its payload in its first descriptor? */
static inline bool frame_is_sealed(const struct frame *frame)
{
	return frame->flags & ACTOR_FRAME_SEALED;
}

/** frame_size() - bytes of its payload, wherever they are */
uint64_t frame_size(const struct frame *frame);
/** frame_pooled() - where in the pool its payload is; ACTOR_FRAME_POOLED is set */
struct actor_pooled frame_pooled(const struct frame *frame);

/** frame_valid() - could it be sent by this @end of an edge as it is? */
bool frame_valid(const struct frame *frame, enum edge_end end);
/** frame_padded() - where the frame after one of that length begins */
static inline size_t frame_padded(size_t length)
{
	return (length + ACTOR_FRAME_ALIGN - 1) & -(size_t)ACTOR_FRAME_ALIGN;
}

/** frame_bytes() - room it takes in a packet, padding included */
size_t frame_bytes(const struct frame *frame);
/**
 * frame_write() - write it at @to (frame_bytes() room); returns frame_bytes()
 *
 * For a valid frame. The attempt is not written: it is zero on the wire.
 */
size_t frame_write(void *to, const struct frame *frame);
/**
 * frame_parse() - read the frame at the start of @bytes, trusting nothing
 * @ret_bytes: how much it takes, padding included
 *
 * Return: 0; -EBADMSG.
 */
int frame_parse(struct frame *ret, size_t *ret_bytes, const void *bytes,
		size_t n_bytes);
/**
 * frame_decode() - read a frame that was checked, and trust it
 *
 * Only for memory that nobody else can have changed since frame_parse() or
 * packet_check() liked it. Return: how much it takes, padding included.
 */
size_t frame_decode(struct frame *ret, const void *bytes);
/** frame_may_arrive() - may such a frame arrive at this end of an edge? */
bool frame_may_arrive(enum frame_kind kind, enum edge_end at);
/** frame_is_request() - does somebody want something, tell or ask? */
static inline bool frame_is_request(const struct frame *frame)
{
	return frame->kind == FRAME_TELL || frame->kind == FRAME_ASK;
}

/**
 * frame_is_missed() - is it a dead letter when nobody handles it?
 *
 * Not what only tells how something else went: an error, an end, room.
 */
bool frame_is_missed(const struct frame *frame);

/** PACKET_HEADER_BYTES - where the frames of a packet begin */
#define PACKET_HEADER_BYTES sizeof(struct actor_packet_header)
/** PACKET_NUMBERS_MAX - sequence and first are below this */
#define PACKET_NUMBERS_MAX (UINT64_C(1) << 62)

/** packet_seal() - fill in the header of a packet whose frames are in place */
void packet_seal(void *packet, uint32_t length_bytes, uint16_t n_frames,
		 uint64_t sequence, uint64_t first);
/**
 * packet_check() - header, checksum and every frame in it
 * @at: the end of the edge it arrived at
 *
 * After 0, packet_next() cannot fail. Return: 0; -EBADMSG.
 */
int packet_check(const void *packet, size_t n_bytes, enum edge_end at);
/** packet_header() - the header of a checked packet */
struct actor_packet_header packet_header(const void *packet);
/**
 * packet_next() - walk the frames of a checked packet
 * @cursor: 0 at first; advanced. It is the offset of the next frame.
 *
 * It trusts the packet as frame_decode() does. Return: true and a frame; false at
 * the end.
 */
bool packet_next(const void *packet, size_t *cursor, struct frame *ret);
