// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * autopsy.c - what there is of messages when a process with an arena dies.
 *
 * Looks at copies and at what lies in sockets; changes neither arena nor queue.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/checksum.h"
#include "libactorproc/edge.h"
#include "libactorproc/fields.h"
#include "tests/harness/harness.h"
#include "tests/kernel/autopsy.h"

#ifndef SO_PEEK_OFF
#define SO_PEEK_OFF 42
#endif

/* a dead letter has the number of what it tells of */
static uint64_t number_of(const struct frame *frame)
{
	struct fields fields;
	const char *trace;

	if (frame->trace[1] ||
	    fields_parse(&fields, frame->payload, frame->payload_bytes) < 0)
		return frame->trace[1];
	trace = fields_get(&fields, "TRACE");

	return trace && strlen(trace) == 32 ? strtoull(trace + 16, NULL, 16)
					    : 0;
}

uint32_t autopsy_sum(struct pool *pool, enum edge_end sender,
		     const struct frame *frame)
{
	size_t n_bytes = frame_size(frame);
	uint32_t sum;
	void *bytes;

	if (!(frame->flags & ACTOR_FRAME_POOLED))
		return checksum_crc32c(0, frame->payload, n_bytes);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
	bytes = malloc(n_bytes);
	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	pool_read(pool, sender, frame_pooled(frame), bytes);
	sum = checksum_crc32c(0, bytes, n_bytes);
	free(bytes);

	return sum;
}

static uint32_t sum_at(const struct witness *w, const struct frame *frame)
{
	enum edge_end sender = w->at == EDGE_HOLDER ? EDGE_TARGET : EDGE_HOLDER;

	return frame->flags & ACTOR_FRAME_POOLED
		       ? autopsy_sum(w->pool, sender, frame) : 0;
}

void witness_look(struct witness *w, const void *packet, size_t n_bytes)
{
	struct frame frame;
	size_t cursor = 0;

	CU_ASSERT_EQUAL_FATAL(packet_check(packet, n_bytes, w->at), 0);
	if (packet_header(packet).sequence <= w->sequence)
		return;
	CU_ASSERT_EQUAL(packet_header(packet).sequence, w->sequence + 1);
	w->sequence = packet_header(packet).sequence;
	while (packet_next(packet, &cursor, &frame)) {
		CU_ASSERT_TRUE_FATAL(w->n < WITNESS_MAX);
		w->seen[w->n].kind = frame.kind;
		w->seen[w->n].sum = sum_at(w, &frame);
		w->seen[w->n++].number = number_of(&frame);
	}
}

void witness_receive(struct witness *w, int fd)
{
	static _Alignas(8) uint8_t packet[ACTOR_PACKET_MAX];
	size_t n_bytes;

	while (edge_receive(fd, packet, sizeof(packet), &n_bytes) ==
	       EDGE_DONE)
		witness_look(w, packet, n_bytes);
}

size_t witness_count(const struct witness *w, enum frame_kind kind,
		     uint64_t number)
{
	size_t i, n = 0;

	for (i = 0; i < w->n; i++)
		n += w->seen[i].kind == kind && w->seen[i].number == number;

	return n;
}

struct arena *autopsy_copy(const void *arena)
{
	static uint64_t *copy;
	size_t cursor = 0, offset, n_bytes;

	if (!copy)
		copy = calloc(1, ARENA_BYTES);
	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	memset(copy, 0, ARENA_HEAD_BYTES);
	while (arena_used(arena, &cursor, &offset, &n_bytes))
		memcpy((uint8_t *)copy + offset,
		       (const uint8_t *)arena + offset, n_bytes);
	CU_ASSERT_EQUAL_FATAL(arena_check(copy, ARENA_BYTES), 0);

	return (struct arena *)copy;
}

void autopsy_outbox(struct arena *a, uint64_t key, struct witness *w)
{
	const void *packet;
	size_t n_bytes;

	while (arena_outbox_peek(a, key, &packet, &n_bytes)) {
		witness_look(w, packet, n_bytes);
		arena_outbox_drop(a, key);
	}
}

/* Each peek goes on behind the last one, once it is told where to begin. */
void autopsy_queue(int fd, struct witness *w, int copy_fd)
{
	static _Alignas(8) uint8_t packet[ACTOR_PACKET_MAX];
	const int start = 0, off = -1;
	ssize_t n;

	CU_ASSERT_EQUAL_FATAL(setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &start,
					 sizeof(start)), 0);
	while ((n = recv(fd, packet, sizeof(packet),
			 MSG_DONTWAIT | MSG_PEEK)) > 0) {
		if (!w->n)
			w->sequence = packet_header(packet).sequence - 1;
		witness_look(w, packet, (size_t)n);
		if (copy_fd >= 0)
			CU_ASSERT_EQUAL(edge_send(copy_fd, packet, (size_t)n),
					EDGE_DONE);
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof(off));
}

void autopsy_pool(int fd, int copy_fd)
{
	static uint8_t page[4096];
	off_t from = 0, to;

	while ((from = lseek(fd, from, SEEK_DATA)) >= 0) {
		to = lseek(fd, from, SEEK_HOLE);
		for (; from < to; from += (off_t)sizeof(page)) {
			CU_ASSERT_EQUAL_FATAL(pread(fd, page, sizeof(page),
						    from), sizeof(page));
			CU_ASSERT_EQUAL_FATAL(pwrite(copy_fd, page,
						     sizeof(page), from),
					      sizeof(page));
		}
	}
}
