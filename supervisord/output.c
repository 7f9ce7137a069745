/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * output.c - what a child prints, line by line.
 *
 * It alone reads the pipes that are a child's standard output and error. Long
 * lines are cut, and each cut is marked on both sides. Who prints too much waits
 * for us, and of more than so many lines in a second only their number is passed
 * on, so that it takes neither the loop nor the journal from others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "supervisord/decide/line.h"
#include "supervisord/output.h"

#define CUT "\u2026"
#define CUT_BYTES (sizeof(CUT) - 1)
#define OUTPUT_TEXT_BYTES (LINE_TEXT_BYTES + 2 * CUT_BYTES)
/* of what is said about lines, not by one */
#define OUTPUT_WARNING 4
#define OUTPUT_TURN_BYTES 16384
#define OUTPUT_TURNS 64
#define OUTPUT_TURNS_US 100000

/**
 * struct output - @second: runs while lines are counted
 * @priority: of the line that @bytes begin or go on with
 * @goes_on: they go on with it
 * @dropped: the last of @n_dropped, with its priority
 */
struct output {
	int fd;
	sd_event *event;
	sd_event_source *source;
	sd_event_source *second;
	unsigned int n_lines;
	uint64_t n_dropped;
	output_line_fn *line;
	void *data;
	unsigned int priority;
	bool goes_on;
	size_t n;
	char bytes[LINE_BYTES];
	unsigned int dropped_priority;
	char dropped[OUTPUT_TEXT_BYTES];
};

static void output_tell_dropped(struct output *o)
{
	char text[128];

	if (o->n_dropped == 0)
		return;
	snprintf(text, sizeof(text),
		 "(%llu lines left out: more than %u in a second)",
		 (unsigned long long)o->n_dropped, OUTPUT_LINES_A_SECOND);
	o->n_dropped = 0;
	o->line(o->data, OUTPUT_WARNING, text);
}

static int on_second(sd_event_source *source, uint64_t usec, void *data)
{
	struct output *o = data;

	(void)source;
	(void)usec;
	o->second = sd_event_source_disable_unref(o->second);
	o->n_lines = 0;
	output_tell_dropped(o);
	return 0;
}

/* without a timer nothing would ever end the second */
static bool output_may_pass(struct output *o)
{
	if (!o->second &&
	    sd_event_add_time_relative(o->event, &o->second, CLOCK_MONOTONIC,
				       1000000, 0, on_second, o) < 0)
		o->n_lines = 0;
	return o->n_lines++ < OUTPUT_LINES_A_SECOND;
}

static void output_pass(struct output *o, const char *text)
{
	if (output_may_pass(o)) {
		o->line(o->data, o->priority, text);
		return;
	}
	snprintf(o->dropped, sizeof(o->dropped), "%s", text);
	o->dropped_priority = o->priority;
	o->n_dropped++;
}

static void output_drop_front(struct output *o, size_t n)
{
	memmove(o->bytes, o->bytes + n, o->n - n);
	o->n -= n;
}

/* as much of the line as one text takes; @whole: its end is known */
static void output_flush_part(struct output *o, bool whole)
{
	char part[LINE_TEXT_BYTES], text[OUTPUT_TEXT_BYTES];
	bool more;
	size_t n;

	if (!o->goes_on) {
		o->priority = LINE_PRIORITY;
		output_drop_front(o, line_priority(o->bytes, o->n,
						   &o->priority));
	}
	n = line_escape(o->bytes, o->n, whole, part);
	more = !whole || n < o->n;
	if (n > 0) {
		snprintf(text, sizeof(text), "%s%s%s", o->goes_on ? CUT : "",
			 part, more ? CUT : "");
		output_pass(o, text);
	}
	output_drop_front(o, n);
	o->goes_on = more;
}

static void output_flush_line(struct output *o)
{
	while (o->n > 0)
		output_flush_part(o, true);
	o->goes_on = false;
}

static void output_add(struct output *o, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n') {
			output_flush_line(o);
			continue;
		}
		if (o->n == LINE_BYTES)
			output_flush_part(o, false);
		o->bytes[o->n++] = bytes[i];
	}
}

/* returns false at the end */
static bool output_read(struct output *o, size_t most)
{
	char bytes[4096];
	ssize_t n;

	while (most > 0) {
		n = read(o->fd, bytes, sizeof(bytes));
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		output_add(o, bytes, (size_t)n);
		most -= (size_t)n < most ? (size_t)n : most;
	}
	return true;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct output *o = data;

	(void)source;
	(void)fd;
	(void)events;
	if (!output_read(o, OUTPUT_TURN_BYTES))
		o->source = sd_event_source_disable_unref(o->source);
	return 0;
}

static int output_watch(struct output *o)
{
	int r = sd_event_add_io(o->event, &o->source, o->fd, EPOLLIN, on_io, o);

	return r < 0 ? r : sd_event_source_set_ratelimit(o->source,
							 OUTPUT_TURNS_US,
							 OUTPUT_TURNS);
}

int output_new(struct output **ret, sd_event *event, int *ret_write_fd,
	       output_line_fn *line, void *data)
{
	struct output *o = calloc(1, sizeof(*o));
	int fds[2], r;

	if (!o)
		return -ENOMEM;
	if (pipe2(fds, O_CLOEXEC) < 0) {
		r = -errno;
		free(o);
		return r;
	}
	o->fd = fds[0];
	o->event = event;
	o->line = line;
	o->data = data;
	/* only our end: the child may expect its own to block */
	if (fcntl(o->fd, F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	else
		r = output_watch(o);
	if (r < 0) {
		close(fds[1]);
		output_free(o);
		return r;
	}
	*ret_write_fd = fds[1];
	*ret = o;
	return 0;
}

void output_for(struct output *o, output_line_fn *line, void *data)
{
	o->line = line;
	o->data = data;
}

/* ---- for who takes our place ---- */

/** struct printed - what of a line has come; @over: no more will */
struct printed {
	struct state_bytes line;
	bool over;
};

static const struct state_member output_members[] = {
	STATE_MEMBER(struct output, FD, "FD", fd),
	STATE_MEMBER(struct output, UNSIGNED, "PRIORITY", priority),
	STATE_MEMBER(struct output, BOOL, "GOES_ON", goes_on),
	STATE_MEMBER(struct output, UNSIGNED, "N_DROPPED", n_dropped),
	STATE_MEMBER(struct output, UNSIGNED, "DROPPED_PRIORITY",
		     dropped_priority),
	STATE_MEMBER(struct output, TEXT, "DROPPED", dropped),
};
static const struct state_member printed_members[] = {
	STATE_MEMBER(struct printed, BYTES, "LINE", line),
	STATE_MEMBER(struct printed, BOOL, "OVER", over),
};
static const struct state_kind
	output_kind = STATE_KIND("OUTPUT", output_members),
	printed_kind = STATE_KIND("PRINTED", printed_members);

void output_put(const struct output *o, struct state_writer *w)
{
	struct printed printed;

	if (!o)
		return;
	printed = (struct printed){
		.line = { (char *)o->bytes, o->n },
		.over = !o->source,
	};
	state_put(w, &output_kind, o);
	state_put(w, &printed_kind, &printed);
}

static int output_read_state(struct output *o, struct state_reader *r)
{
	struct printed printed = { .over = false };
	int error;

	state_take(r, &output_kind, o);
	error = state_take(r, &printed_kind, &printed);
	if (error == 0 && (o->fd < 0 || printed.line.n_bytes > LINE_BYTES))
		error = state_fail(r, "what a child prints is no pipe, or too long");
	if (error == 0) {
		memcpy(o->bytes, printed.line.bytes, printed.line.n_bytes);
		o->n = printed.line.n_bytes;
	}
	free(printed.line.bytes);
	return error < 0 || printed.over ? error : output_watch(o);
}

int output_take(struct output **ret, sd_event *event, struct state_reader *r,
		output_line_fn *line, void *data)
{
	struct output *o;
	int error;

	if (!state_is(r, &output_kind))
		return r->error;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->event = event;
	o->line = line;
	o->data = data;
	error = output_read_state(o, r);
	if (error < 0) {
		free(o);
		return error;
	}
	*ret = o;
	return 0;
}

struct output *output_free(struct output *o)
{
	if (!o)
		return NULL;
	if (o->source)
		output_read(o, 16 * OUTPUT_TURN_BYTES);
	output_flush_line(o);
	if (o->n_dropped > 0) {
		output_tell_dropped(o);
		/* often the reason of the end */
		o->line(o->data, o->dropped_priority, o->dropped);
	}
	sd_event_source_disable_unref(o->second);
	sd_event_source_disable_unref(o->source);
	close(o->fd);
	free(o);
	return NULL;
}
