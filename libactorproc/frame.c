/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * frame.c - packets and frames to bytes and back.
 *
 * The one parser of bytes that come over an edge: whatever they are, it says
 * yes or -EBADMSG and reads nothing outside. Pure; never copies a payload but
 * into a packet.
 *
 * Headers are copied in and out, since frames in a stranger's buffer may lie
 * anywhere. For little-endian machines, as is the wire.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/checksum.h"
#include "libactorproc/frame.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "headers are copied as they lie in memory");
_Static_assert(sizeof(struct actor_packet_header) == 32, "the wire format");
_Static_assert(sizeof(struct actor_frame_header) == 56, "the wire format");

#define FRAME_HEADER_BYTES sizeof(struct actor_frame_header)
#define ERROR_MAX 4095

struct kind {
	const char *name;
	bool asks;
};

static const struct kind kinds[] = {
#define X(kind, number, text, ask) [number] = { .name = text, .asks = ask },
	ACTOR_FRAME_KINDS(X)
#undef X
};

static bool kind_known(unsigned int kind)
{
	return kind < sizeof(kinds) / sizeof(kinds[0]) && kinds[kind].name;
}

const char *frame_kind_name(enum frame_kind kind)
{
	return kind_known(kind) ? kinds[kind].name : "unknown";
}

bool frame_may_arrive(enum frame_kind kind, enum edge_end at)
{
	bool request = kind == FRAME_TELL || kind == FRAME_ASK;

	return kind_known(kind) && request == (at == EDGE_TARGET);
}

/* ---- frames ----------------------------------------------------------- */

static bool type_valid(const char *type, size_t length)
{
	if (!length || length > ACTOR_TYPE_MAX)
		return false;
	while (length--)
		if (type[length] <= ' ' || type[length] > '~')
			return false;

	return true;
}

static bool flags_valid(const struct frame *f)
{
	return !(f->flags & ~ACTOR_FRAME_FLAGS) &&
	       (!(f->flags & ACTOR_FRAME_RECEIPT) || f->kind == FRAME_ASK);
}

/* The rules that hold for every frame, whoever made it. */
static bool frame_sound(const struct frame *f)
{
	return kind_known(f->kind) && f->priority < ACTOR_PRIORITIES &&
	       flags_valid(f) && f->content_type <= ACTOR_CONTENT_CBOR &&
	       (f->kind == FRAME_ERROR) == (f->error != 0) &&
	       f->error <= ERROR_MAX &&
	       kinds[f->kind].asks == (f->ask_id != 0) &&
	       f->n_grants <= ACTOR_REFERENCES_MAX &&
	       f->payload_bytes <= ACTOR_PAYLOAD_MAX &&
	       type_valid(f->type, f->type_length);
}

bool frame_valid(const struct frame *frame, enum edge_end end)
{
	enum edge_end other = end == EDGE_HOLDER ? EDGE_TARGET : EDGE_HOLDER;

	return frame_sound(frame) && frame_may_arrive(frame->kind, other);
}

uint64_t frame_grant(const struct frame *frame, size_t index)
{
	uint64_t grant;

	memcpy(&grant, (const char *)frame->grants + index * sizeof(grant),
	       sizeof(grant));
	return grant;
}

static size_t unpadded_bytes(const struct frame *f)
{
	return FRAME_HEADER_BYTES + f->type_length + f->n_grants * 8 +
	       f->payload_bytes;
}

size_t frame_bytes(const struct frame *frame)
{
	return frame_padded(unpadded_bytes(frame));
}

static char *append(char *to, const void *from, size_t n_bytes)
{
	if (n_bytes)
		memcpy(to, from, n_bytes);

	return to + n_bytes;
}

size_t frame_write(void *to, const struct frame *frame)
{
	size_t length = unpadded_bytes(frame);
	struct actor_frame_header h = {
		.length = (uint32_t)length,
		.kind = (uint8_t)frame->kind,
		.priority = frame->priority,
		.flags = frame->flags,
		.content_type = frame->content_type,
		.type_length = (uint8_t)frame->type_length,
		.n_grants = (uint8_t)frame->n_grants,
		.generation = frame->generation,
		.error = frame->error,
		.ask_id = frame->ask_id,
		.deadline_ns = frame->deadline_ns,
		.trace = { frame->trace[0], frame->trace[1] },
	};
	char *at = append(to, &h, sizeof(h));

	at = append(at, frame->type, frame->type_length);
	at = append(at, frame->grants, frame->n_grants * 8);
	at = append(at, frame->payload, frame->payload_bytes);
	memset(at, 0, frame_padded(length) - length);

	return frame_padded(length);
}

int frame_parse(struct frame *ret, size_t *ret_bytes, const void *bytes,
		size_t n_bytes)
{
	const char *type = (const char *)bytes + FRAME_HEADER_BYTES;
	struct actor_frame_header h;
	struct frame f;
	size_t head;

	if (n_bytes < FRAME_HEADER_BYTES)
		return -EBADMSG;
	memcpy(&h, bytes, sizeof(h));
	head = FRAME_HEADER_BYTES + h.type_length + (size_t)h.n_grants * 8;
	if (h.length < head || frame_padded(h.length) > n_bytes || h.reserved ||
	    h.attempt)
		return -EBADMSG;

	f = (struct frame){
		.kind = h.kind,
		.priority = h.priority,
		.flags = h.flags,
		.content_type = h.content_type,
		.generation = h.generation,
		.error = h.error,
		.ask_id = h.ask_id,
		.deadline_ns = h.deadline_ns,
		.trace = { h.trace[0], h.trace[1] },
		.type = type,
		.type_length = h.type_length,
		.grants = type + h.type_length,
		.n_grants = h.n_grants,
		.payload = (const char *)bytes + head,
		.payload_bytes = h.length - head,
	};
	if (!frame_sound(&f))
		return -EBADMSG;

	*ret = f;
	*ret_bytes = frame_padded(h.length);
	return 0;
}

/* ---- packets ---------------------------------------------------------- */

static uint32_t packet_checksum(const void *packet, size_t length)
{
	struct actor_packet_header h = packet_header(packet);
	uint32_t crc;

	h.checksum = 0;
	crc = checksum_crc32c(0, &h, sizeof(h));
	return checksum_crc32c(crc, (const char *)packet + sizeof(h),
			       length - sizeof(h));
}

struct actor_packet_header packet_header(const void *packet)
{
	struct actor_packet_header h;

	memcpy(&h, packet, sizeof(h));
	return h;
}

void packet_seal(void *packet, uint32_t length_bytes, uint16_t n_frames,
		 uint64_t sequence, uint64_t first)
{
	struct actor_packet_header h = {
		.version = ACTOR_PACKET_VERSION,
		.n_frames = n_frames,
		.length = length_bytes,
		.sequence = sequence,
		.first = first,
	};

	memcpy(packet, &h, sizeof(h));
	h.checksum = packet_checksum(packet, length_bytes);
	memcpy(packet, &h, sizeof(h));
}

static bool header_sound(const struct actor_packet_header *h, size_t n_bytes)
{
	return h->version == ACTOR_PACKET_VERSION && h->length == n_bytes &&
	       h->n_frames && h->sequence &&
	       h->sequence < PACKET_NUMBERS_MAX &&
	       h->first < PACKET_NUMBERS_MAX && !h->reserved;
}

int packet_check(const void *packet, size_t n_bytes, enum edge_end at)
{
	struct actor_packet_header h;
	struct frame frame;
	size_t cursor = 0;
	size_t n = 0;

	if (n_bytes < sizeof(h) || n_bytes > ACTOR_PACKET_MAX)
		return -EBADMSG;
	h = packet_header(packet);
	if (!header_sound(&h, n_bytes) ||
	    packet_checksum(packet, n_bytes) != h.checksum)
		return -EBADMSG;

	for (; packet_next(packet, &cursor, &frame); n++)
		if (!frame_may_arrive(frame.kind, at))
			return -EBADMSG;

	return n == h.n_frames && cursor == n_bytes ? 0 : -EBADMSG;
}

bool packet_next(const void *packet, size_t *cursor, struct frame *ret)
{
	struct actor_packet_header h = packet_header(packet);
	size_t at = *cursor ? *cursor : sizeof(h);
	size_t n_bytes;

	if (at >= h.length ||
	    frame_parse(ret, &n_bytes, (const char *)packet + at, h.length - at))
		return false;

	*cursor = at + n_bytes;
	return true;
}
