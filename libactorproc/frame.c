/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * frame.c - packets and frames to bytes and back.
 *
 * The one parser of bytes that come over an edge: whatever they are, it says
 * yes or -EBADMSG and reads nothing outside. Pure; never copies a payload but
 * into a packet.
 *
 * Headers are read and written where they lie, which may be anywhere, member by
 * member: to copy as a whole what has just been written in parts makes the
 * processor wait. For little-endian machines, as is the wire.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/checksum.h"
#include "libactorproc/frame.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "headers are read as they lie in memory");
_Static_assert(sizeof(struct actor_packet_header) == 32, "the wire format");
_Static_assert(sizeof(struct actor_frame_header) == 56, "the wire format");

#define FRAME_HEADER_BYTES sizeof(struct actor_frame_header)
#define PASSED_BYTES sizeof(struct actor_passed)
#define ERROR_MAX 4095

enum {
#define X(name, number, word) DESCRIPTOR_##name = number,
	ACTOR_DESCRIPTOR_TYPES(X)
#undef X
};

struct unaligned_header {
	struct actor_frame_header h;
} __attribute__((packed, may_alias));

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

bool frame_is_missed(const struct frame *frame)
{
	return frame->kind == FRAME_TELL || frame->kind == FRAME_ASK ||
	       frame->kind == FRAME_REPLY;
}

/* ---- frames ----------------------------------------------------------- */

#define EACH_BYTE(c) ((c) * UINT64_C(0x0101010101010101))

/* Not 0 when one of eight bytes is not between '!' and '~'. */
static uint64_t unprintable(uint64_t eight)
{
	uint64_t above = eight | (eight + EACH_BYTE(1));
	uint64_t not_below = (eight | EACH_BYTE(0x80)) - EACH_BYTE('!');

	return (above | ~not_below) & EACH_BYTE(0x80);
}

static uint64_t eight_bytes(const char *at)
{
	uint64_t eight;

	memcpy(&eight, at, sizeof(eight));
	return eight;
}

static bool type_valid(const char *type, size_t length)
{
	uint64_t bad = 0;

	if (!length || length > ACTOR_TYPE_MAX)
		return false;
	for (; length >= 8; length -= 8, type += 8)
		bad |= unprintable(eight_bytes(type));
	while (length--)
		bad |= (uint8_t)(type[length] - '!') > '~' - '!';

	return !bad;
}

static bool flags_valid(const struct frame *f)
{
	return !(f->flags & ~ACTOR_FRAME_FLAGS) &&
	       (!(f->flags & ACTOR_FRAME_RECEIPT) || f->kind == FRAME_ASK);
}

struct actor_pooled frame_pooled(const struct frame *frame)
{
	struct actor_pooled pooled;

	memcpy(&pooled, frame->payload, sizeof(pooled));
	return pooled;
}

static uint64_t sealed_size(const struct frame *frame)
{
	struct actor_sealed sealed;

	memcpy(&sealed, frame->payload, sizeof(sealed));
	return sealed.size;
}

uint64_t frame_size(const struct frame *frame)
{
	if (frame_is_sealed(frame))
		return sealed_size(frame);

	return frame->flags & ACTOR_FRAME_POOLED ? frame_pooled(frame).size
						 : frame->payload_bytes;
}

static bool in_window(struct actor_pooled p)
{
	uint64_t at = p.position % ACTOR_POOL_WINDOW;

	return p.size <= ACTOR_POOL_WINDOW ? at <= ACTOR_POOL_WINDOW - p.size
					   : at == 0;
}

/* Its memfd is a descriptor like others, so the rules of those hold too. */
static bool sealed_valid(const struct frame *f)
{
	return !(f->flags & ACTOR_FRAME_POOLED) && f->n_descriptors &&
	       frame_passed(f, 0).type == DESCRIPTOR_FILE &&
	       f->payload_bytes == sizeof(struct actor_sealed) &&
	       sealed_size(f) && sealed_size(f) <= ACTOR_PAYLOAD_MAX;
}

static bool place_valid(struct actor_pooled p)
{
	if (!p.beside)
		return in_window(p);

	return p.beside >= ACTOR_POOL_WINDOW && p.beside < ACTOR_POOL_BYTES &&
	       p.size <= ACTOR_POOL_BYTES - p.beside;
}

static bool payload_valid(const struct frame *f)
{
	struct actor_pooled pooled;

	if (frame_is_sealed(f))
		return sealed_valid(f);
	if (!(f->flags & ACTOR_FRAME_POOLED))
		return f->payload_bytes <= ACTOR_PAYLOAD_MAX;
	if (f->payload_bytes != sizeof(pooled))
		return false;
	pooled = frame_pooled(f);
	return pooled.position < PACKET_NUMBERS_MAX && pooled.size &&
	       pooled.size <= ACTOR_PAYLOAD_MAX && place_valid(pooled);
}

struct actor_passed frame_passed(const struct frame *frame, size_t index)
{
	struct actor_passed passed;

	memcpy(&passed,
	       (const char *)frame->descriptors + index * sizeof(passed),
	       sizeof(passed));
	return passed;
}

uint64_t frame_descriptor_type(unsigned int mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return DESCRIPTOR_FILE;
	case S_IFDIR:
		return DESCRIPTOR_DIRECTORY;
	case S_IFSOCK:
		return DESCRIPTOR_SOCKET;
	case S_IFIFO:
		return DESCRIPTOR_PIPE;
	case S_IFCHR:
	case S_IFBLK:
		return DESCRIPTOR_DEVICE;
	default:
		return DESCRIPTOR_OTHER;
	}
}

static bool descriptors_valid(const struct frame *f)
{
	size_t i;

	if (!f->n_descriptors)
		return true;
	if (f->n_descriptors > ACTOR_DESCRIPTORS_MAX ||
	    (f->kind != FRAME_TELL && f->kind != FRAME_ASK &&
	     f->kind != FRAME_REPLY))
		return false;
	for (i = 0; i < f->n_descriptors; i++)
		if (frame_passed(f, i).type - 1 >= DESCRIPTOR_OTHER)
			return false;

	return true;
}

/* The rules that hold for every frame, whoever made it. */
static bool frame_sound(const struct frame *f)
{
	return kind_known(f->kind) && f->priority < ACTOR_PRIORITIES &&
	       flags_valid(f) && f->content_type <= ACTOR_CONTENT_CBOR &&
	       (f->kind == FRAME_ERROR) == (f->error != 0) &&
	       f->error <= ERROR_MAX &&
	       kinds[f->kind].asks == (f->ask_id != 0) &&
	       f->n_grants <= ACTOR_REFERENCES_MAX && descriptors_valid(f) &&
	       payload_valid(f) &&
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
	return FRAME_HEADER_BYTES + frame_padded(f->type_length) +
	       f->n_grants * 8 + f->n_descriptors * PASSED_BYTES +
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
	struct unaligned_header *at = to;
	char *rest = (char *)(at + 1);

	/* padding; what of these eight bytes is none is written below */
	memset((char *)to + frame_padded(length) - 8, 0, 8);
	memset(rest + frame_padded(frame->type_length) - 8, 0, 8);
	at->h.length = (uint32_t)length;
	at->h.kind = (uint8_t)frame->kind;
	at->h.priority = frame->priority;
	at->h.flags = frame->flags;
	at->h.content_type = frame->content_type;
	at->h.type_length = (uint8_t)frame->type_length;
	at->h.n_grants = (uint8_t)frame->n_grants;
	at->h.n_descriptors = (uint8_t)frame->n_descriptors;
	at->h.generation = frame->generation;
	at->h.error = frame->error;
	at->h.attempt = 0;
	at->h.ask_id = frame->ask_id;
	at->h.deadline_ns = frame->deadline_ns;
	at->h.trace[0] = frame->trace[0];
	at->h.trace[1] = frame->trace[1];

	append(rest, frame->type, frame->type_length);
	rest += frame_padded(frame->type_length);
	rest = append(rest, frame->grants, frame->n_grants * 8);
	rest = append(rest, frame->descriptors,
		      frame->n_descriptors * PASSED_BYTES);
	append(rest, frame->payload, frame->payload_bytes);

	return frame_padded(length);
}

static inline size_t head_bytes(const struct unaligned_header *at)
{
	return FRAME_HEADER_BYTES + frame_padded(at->h.type_length) +
	       (size_t)at->h.n_grants * 8 +
	       (size_t)at->h.n_descriptors * PASSED_BYTES;
}

static inline void decode(struct frame *ret, const struct unaligned_header *at)
{
	const char *type = (const char *)(at + 1);

	ret->kind = at->h.kind;
	ret->priority = at->h.priority;
	ret->flags = at->h.flags;
	ret->content_type = at->h.content_type;
	ret->generation = at->h.generation;
	ret->error = at->h.error;
	ret->attempt = 0;
	ret->ask_id = at->h.ask_id;
	ret->deadline_ns = at->h.deadline_ns;
	ret->trace[0] = at->h.trace[0];
	ret->trace[1] = at->h.trace[1];
	ret->number = 0;
	ret->type = type;
	ret->type_length = at->h.type_length;
	ret->grants = type + frame_padded(at->h.type_length);
	ret->n_grants = at->h.n_grants;
	ret->descriptors = (const char *)ret->grants + ret->n_grants * 8;
	ret->n_descriptors = at->h.n_descriptors;
	ret->payload = (const char *)at + head_bytes(at);
	ret->payload_bytes = at->h.length - head_bytes(at);
}

static bool header_fits(const struct unaligned_header *at, size_t n_bytes)
{
	return n_bytes >= FRAME_HEADER_BYTES &&
	       at->h.length >= head_bytes(at) &&
	       frame_padded(at->h.length) <= n_bytes && !at->h.attempt;
}

/* Is there a sound frame at the start of @n_bytes? */
static bool sound_at(const struct unaligned_header *at, size_t n_bytes)
{
	struct frame f;

	if (!header_fits(at, n_bytes))
		return false;

	decode(&f, at);
	return frame_sound(&f);
}

size_t frame_decode(struct frame *ret, const void *bytes)
{
	const struct unaligned_header *at = bytes;

	decode(ret, at);
	return frame_padded(at->h.length);
}

int frame_parse(struct frame *ret, size_t *ret_bytes, const void *bytes,
		size_t n_bytes)
{
	if (!sound_at(bytes, n_bytes))
		return -EBADMSG;

	*ret_bytes = frame_decode(ret, bytes);
	return 0;
}

/* ---- packets ---------------------------------------------------------- */

static uint32_t packet_checksum(const void *packet, size_t length)
{
	struct actor_packet_header h = packet_header(packet);
	uint32_t crc;

#ifdef ACTORPROC_BARE	/* to measure what safety costs; others send single ones */
	if (h.n_frames > 1)
		return 0;
#endif
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
	       h->first < PACKET_NUMBERS_MAX - UINT16_MAX && !h->reserved;
}

int packet_check(const void *packet, size_t n_bytes, enum edge_end at)
{
	struct actor_packet_header h;
	const struct unaligned_header *frame;
	size_t cursor = PACKET_HEADER_BYTES;
	size_t n;

	if (n_bytes < sizeof(h) || n_bytes > ACTOR_PACKET_MAX)
		return -EBADMSG;
	h = packet_header(packet);
	if (!header_sound(&h, n_bytes) ||
	    packet_checksum(packet, n_bytes) != h.checksum)
		return -EBADMSG;

	for (n = 0; n < h.n_frames; n++) {
		frame = (const void *)((const char *)packet + cursor);
		if (!sound_at(frame, n_bytes - cursor) ||
		    !frame_may_arrive(frame->h.kind, at))
			return -EBADMSG;
		cursor += frame_padded(frame->h.length);
	}

	return cursor == n_bytes ? 0 : -EBADMSG;
}

bool packet_next(const void *packet, size_t *cursor, struct frame *ret)
{
	const char *bytes = packet;
	size_t at = *cursor ? *cursor : PACKET_HEADER_BYTES;
	uint32_t length;

	memcpy(&length, bytes + offsetof(struct actor_packet_header, length),
	       sizeof(length));
	if (at >= length)
		return false;

	*cursor = at + frame_decode(ret, bytes + at);
	return true;
}
