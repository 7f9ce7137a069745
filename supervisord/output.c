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
#include "supervisord/turnstile.h"

#define CUT "\u2026"
#define CUT_BYTES (sizeof(CUT) - 1)
#define OUTPUT_TEXT_BYTES (LINE_TEXT_BYTES + 2 * CUT_BYTES)
/* of what is said about lines, not by one */
#define OUTPUT_WARNING 4
#define OUTPUT_TURN_BYTES 16384
#define OUTPUT_TURNS 64

/** struct held - text of a child that waits for what follows */
struct held {
	char bytes[LINE_BYTES];
	char dropped[OUTPUT_TEXT_BYTES];
};

/**
 * struct output - @second: runs while lines are counted
 * @priority: of the line that held bytes begin or go on with
 * @goes_on: they go on with it
 * @n: of them; @n_dropped: lines, of which the last is held
 * @held: NULL while there is nothing
 */
struct output {
	int fd;
	sd_event *event;
	struct turn turn;
	sd_event_source *second;
	unsigned int n_lines;
	uint64_t n_dropped;
	output_line_fn *line;
	void *data;
	unsigned int priority;
	bool goes_on;
	size_t n;
	unsigned int dropped_priority;
	struct held *held;
};

/* nearly all children are silent nearly always */
static bool output_hold(struct output *o)
{
	if (!o->held)
		o->held = calloc(1, sizeof(*o->held));
	return o->held;
}

static void output_let_go(struct output *o)
{
	if (o->n > 0 || o->n_dropped > 0)
		return;
	free(o->held);
	o->held = NULL;
}

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
	output_let_go(o);
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
	snprintf(o->held->dropped, sizeof(o->held->dropped), "%s", text);
	o->dropped_priority = o->priority;
	o->n_dropped++;
}

static void output_drop_front(struct output *o, size_t n)
{
	memmove(o->held->bytes, o->held->bytes + n, o->n - n);
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
		output_drop_front(o, line_priority(o->held->bytes, o->n,
						   &o->priority));
	}
	n = line_escape(o->held->bytes, o->n, whole, part);
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
		o->held->bytes[o->n++] = bytes[i];
	}
}

/* returns false at the end; without memory it is read later */
static bool output_read_some(struct output *o, size_t most)
{
	char bytes[4096];
	ssize_t n;

	while (most > 0 && output_hold(o)) {
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

static bool output_read(struct output *o, size_t most)
{
	bool more = output_read_some(o, most);

	output_let_go(o);
	return more;
}

static void on_turn(void *data, uint32_t events)
{
	struct output *o = data;

	(void)events;
	if (!output_read(o, OUTPUT_TURN_BYTES))
		turn_end(&o->turn);
}

static int output_watch(struct output *o)
{
	o->turn = (struct turn){
		.ready = on_turn,
		.data = o,
		.fd = o->fd,
		.events = EPOLLIN,
		.most = OUTPUT_TURNS,
	};
	return turn_begin(&o->turn, o->event);
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

void output_hush(struct output *o)
{
	if (o)
		turn_hush(&o->turn);
}

/* ---- for who takes our place ---- */

/** struct printed - what of a line has come; @over: no more will */
struct printed {
	struct state_bytes line;
	char dropped[OUTPUT_TEXT_BYTES];
	bool over;
};

static const struct state_member output_members[] = {
	STATE_MEMBER(struct output, FD, "FD", fd),
	STATE_MEMBER(struct output, UNSIGNED, "PRIORITY", priority),
	STATE_MEMBER(struct output, BOOL, "GOES_ON", goes_on),
	STATE_MEMBER(struct output, UNSIGNED, "N_DROPPED", n_dropped),
	STATE_MEMBER(struct output, UNSIGNED, "DROPPED_PRIORITY",
		     dropped_priority),
};
static const struct state_member printed_members[] = {
	STATE_MEMBER(struct printed, BYTES, "LINE", line),
	STATE_MEMBER(struct printed, TEXT, "DROPPED", dropped),
	STATE_MEMBER(struct printed, BOOL, "OVER", over),
};
static const struct state_kind
	output_kind = STATE_KIND("OUTPUT", output_members),
	printed_kind = STATE_KIND("PRINTED", printed_members);

void output_put(const struct output *o, struct state_writer *w)
{
	struct printed printed = { .over = false };

	if (!o)
		return;
	printed.over = !turn_waits(&o->turn);
	if (o->held) {
		printed.line = (struct state_bytes){ o->held->bytes, o->n };
		strcpy(printed.dropped, o->held->dropped);
	}
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
	if (error == 0 && !output_hold(o))
		error = -ENOMEM;
	if (error == 0) {
		memcpy(o->held->bytes, printed.line.bytes,
		       printed.line.n_bytes);
		strcpy(o->held->dropped, printed.dropped);
		o->n = printed.line.n_bytes;
		output_let_go(o);
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
		free(o->held);
		free(o);
		return error;
	}
	*ret = o;
	return 0;
}

int output_end(struct output *o)
{
	int fd;

	if (!o)
		return -1;
	fd = o->fd;
	if (turn_waits(&o->turn))
		output_read(o, 16 * OUTPUT_TURN_BYTES);
	output_flush_line(o);
	if (o->n_dropped > 0) {
		output_tell_dropped(o);
		/* often the reason of the end */
		o->line(o->data, o->dropped_priority, o->held->dropped);
	}
	sd_event_source_disable_unref(o->second);
	turn_end(&o->turn);
	free(o->held);
	free(o);
	return fd;
}

struct output *output_free(struct output *o)
{
	int fd = output_end(o);

	if (fd >= 0)
		close(fd);
	return NULL;
}
