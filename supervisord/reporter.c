/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reporter.c - a supervisor's own records and dead letters, on their way to
 * /system/dead-letters.
 *
 * It alone sends frames of a supervisor's own. It never waits, except in
 * reporter_flush() before the end.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "libactorproc/frame.h"
#include "supervisord/reporter.h"

struct queued_record {
	struct queued_record *next;
	bool dead_letter;
	size_t n_bytes;
	char bytes[];
};

/* so much may wait for a quiet moment of the loop */
#define REPORTER_PATIENCE_BYTES (64 * 1024)
/* behind the next tick of the kernel: a timer before that costs, on a virtual
 * machine, as much as all that follows from a crash */
#define LATER_US 5000
#define LETTER_LATER_US 1000

/**
 * struct reporter
 * @before: called before anything is sent, or NULL
 * @has_letter: a dead letter waits, or has since all was sent; @hurries: @later
 * is set for one
 */
struct reporter {
	sd_event *event;
	sd_event_source *source;
	sd_event_source *later;
	void (*before)(void);
	int fd;
	uint64_t sequence;
	uint64_t n_frames;
	struct queued_record *head, **tail;
	size_t queued_bytes;
	bool has_letter;
	bool hurries;
	uint64_t n_lost;
};

static const char kind_dead_letter[] = "dead-letter";


struct reporter *reporter_free(struct reporter *r)
{
	struct queued_record *q;

	if (!r)
		return NULL;
	reporter_edge(r, -1);
	sd_event_source_disable_unref(r->later);
	while ((q = r->head)) {
		r->head = q->next;
		free(q);
	}
	free(r);
	return NULL;
}

static size_t record_frame(const struct queued_record *q, struct frame *ret)
{
	const char *type = q->dead_letter ? kind_dead_letter : "record";

	*ret = (struct frame){
		.kind = FRAME_TELL,
		.priority = ACTOR_PRIORITY_NORMAL,
		.type = type,
		.type_length = strlen(type),
		.payload = q->bytes,
		.payload_bytes = q->n_bytes,
	};
	return frame_bytes(ret);
}

/* as many records as one packet takes; returns how many */
static uint16_t reporter_pack(const struct reporter *r, char *packet,
			      size_t *ret_bytes)
{
	size_t at = sizeof(struct actor_packet_header);
	const struct queued_record *q;
	struct frame frame;
	uint16_t n = 0;

	for (q = r->head; q && n < UINT16_MAX; q = q->next) {
		if (at + record_frame(q, &frame) > ACTOR_PACKET_MAX)
			break;
		at += frame_write(packet + at, &frame);
		n++;
	}
	packet_seal(packet, (uint32_t)at, n, r->sequence + 1, r->n_frames);
	*ret_bytes = at;
	return n;
}

static void reporter_pop(struct reporter *r, uint16_t n)
{
	struct queued_record *q;

	while (n-- > 0 && (q = r->head)) {
		r->head = q->next;
		r->queued_bytes -= q->n_bytes;
		free(q);
	}
	if (r->head)
		return;
	r->tail = &r->head;
	r->has_letter = r->hurries = false;
}

static void reporter_push_out(struct reporter *r)
{
	static char packet[ACTOR_PACKET_MAX]
		__attribute__((aligned(ACTOR_FRAME_ALIGN)));
	size_t n_bytes;
	uint16_t n;
	int sent;

	while (r->head && r->fd >= 0) {
		n = reporter_pack(r, packet, &n_bytes);
		sent = edge_send(r->fd, packet, n_bytes);
		if (sent == EDGE_FULL)
			break;
		if (sent != EDGE_DONE) {
			reporter_edge(r, -1);
			return;
		}
		r->sequence++;
		r->n_frames += n;
		reporter_pop(r, n);
	}
	if (r->source)
		sd_event_source_set_io_events(r->source,
					      r->head ? EPOLLOUT : 0);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct reporter *r = data;

	(void)source;
	(void)fd;
	if (events & (EPOLLHUP | EPOLLERR))
		reporter_edge(r, -1);
	else
		reporter_push_out(r);
	return 0;
}

static int on_later(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	reporter_push_out(data);
	return 0;
}

int reporter_new(struct reporter **ret, sd_event *event)
{
	struct reporter *r = calloc(1, sizeof(*r));
	int error;

	if (!r)
		return -ENOMEM;
	r->event = event;
	r->fd = -1;
	r->tail = &r->head;
	error = sd_event_add_time(event, &r->later, CLOCK_MONOTONIC, 0, 1,
				  on_later, r);
	if (error < 0) {
		free(r);
		return error;
	}
	sd_event_source_set_enabled(r->later, SD_EVENT_OFF);
	sd_event_source_set_priority(r->later, SD_EVENT_PRIORITY_NORMAL + 1);
	*ret = r;
	return 0;
}

static void reporter_watch(struct reporter *r)
{
	if (sd_event_add_io(r->event, &r->source, r->fd, r->head ? EPOLLOUT : 0,
			    on_io, r) < 0)
		r->source = NULL;
}

void reporter_edge(struct reporter *r, int fd)
{
	r->source = sd_event_source_disable_unref(r->source);
	if (r->fd >= 0)
		close(r->fd);
	r->fd = fd;
	r->sequence = 0;
	r->n_frames = 0;
	if (fd < 0)
		return;
	reporter_watch(r);
	reporter_push_out(r);
}

void reporter_flush(struct reporter *r, int timeout_ms)
{
	struct pollfd p;

	if (r && r->before)
		r->before();
	while (r && r->head && r->fd >= 0) {
		p = (struct pollfd){ .fd = r->fd, .events = POLLOUT };
		if (poll(&p, 1, timeout_ms) <= 0 ||
		    (p.revents & (POLLHUP | POLLERR)))
			return;
		reporter_push_out(r);
	}
}

void record_begin(struct record *record, const char *kind)
{
	fields_begin(&record->fields, record->bytes, sizeof(record->bytes),
		     "record");
	fields_put(&record->fields, "KIND", kind);
}

static bool queue_bytes(struct reporter *r, const char *bytes, size_t n_bytes)
{
	struct queued_record *q;
	struct fields fields;
	const char *kind;

	if (r->queued_bytes + n_bytes > REPORTER_QUEUE_BYTES ||
	    fields_parse(&fields, bytes, n_bytes) < 0)
		return false;
	q = malloc(sizeof(*q) + n_bytes);
	if (!q)
		return false;
	kind = fields_get(&fields, "KIND");
	q->next = NULL;
	q->dead_letter = kind && !strcmp(kind, kind_dead_letter);
	r->has_letter |= q->dead_letter;
	q->n_bytes = n_bytes;
	memcpy(q->bytes, bytes, n_bytes);
	*r->tail = q;
	r->tail = &q->next;
	r->queued_bytes += n_bytes;
	return true;
}

static bool reporter_queue(struct reporter *r, const struct record *record)
{
	return !record->fields.overflow &&
	       queue_bytes(r, record->bytes, record->fields.length_bytes);
}

/* a restart does not wait for the news of it, nor for processors on which these
 * are read: by then it has been started, and has its mailbox. What tells of a
 * message waits less: it would end with us */
static void push_out_later(struct reporter *r)
{
	bool sooner = r->has_letter && !r->hurries;
	int enabled = SD_EVENT_OFF;

	sd_event_source_get_enabled(r->later, &enabled);
	if (enabled != SD_EVENT_OFF && !sooner)
		return;
	r->hurries = r->has_letter;
	sd_event_source_set_time_relative(r->later, r->hurries ?
					  LETTER_LATER_US : LATER_US);
	sd_event_source_set_enabled(r->later, SD_EVENT_ONESHOT);
}

void reporter_before(struct reporter *r, void (*before)(void))
{
	r->before = before;
}

void reporter_send(struct reporter *r, const struct record *record)
{
	struct record lost;

	if (r->before)
		r->before();
	if (r->n_lost > 0) {
		record_begin(&lost, "lost");
		fields_put_u64(&lost.fields, "COUNT", r->n_lost);
		fields_put(&lost.fields, "TEXT",
			   "records were lost: the queue to /system/dead-letters was full");
		if (reporter_queue(r, &lost))
			r->n_lost = 0;
	}
	if (!reporter_queue(r, record))
		r->n_lost++;
	if (r->queued_bytes > REPORTER_PATIENCE_BYTES)
		reporter_push_out(r);
	else
		push_out_later(r);
}

/* ---- for who takes our place ---- */

static const struct state_member reporter_members[] = {
	STATE_MEMBER(struct reporter, FD, "FD", fd),
	STATE_MEMBER(struct reporter, UNSIGNED, "SEQUENCE", sequence),
	STATE_MEMBER(struct reporter, UNSIGNED, "N_FRAMES", n_frames),
	STATE_MEMBER(struct reporter, UNSIGNED, "N_LOST", n_lost),
};
static const struct state_member record_members[] = {
	{ "BYTES", STATE_BYTES, 0, sizeof(struct state_bytes) },
};
static const struct state_kind
	reporter_kind = STATE_KIND("REPORTER", reporter_members),
	record_kind = STATE_KIND("RECORD", record_members);

void reporter_put(const struct reporter *r, struct state_writer *w)
{
	struct state_bytes bytes;

	state_put(w, &reporter_kind, r);
	for (const struct queued_record *q = r->head; q; q = q->next) {
		bytes = (struct state_bytes){ (char *)q->bytes, q->n_bytes };
		state_put(w, &record_kind, &bytes);
	}
}

int reporter_take(struct reporter *r, struct state_reader *from)
{
	struct state_bytes bytes;

	if (state_take(from, &reporter_kind, r) < 0)
		return from->error;
	while (state_is(from, &record_kind)) {
		bytes = (struct state_bytes){ .bytes = NULL };
		if (state_take(from, &record_kind, &bytes) == 0 &&
		    !queue_bytes(r, bytes.bytes, bytes.n_bytes))
			state_fail(from, "a record that waits is none");
		free(bytes.bytes);
	}
	if (r->fd >= 0)
		reporter_watch(r);
	return from->error;
}
