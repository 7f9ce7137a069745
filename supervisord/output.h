/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * output.h - what a child prints, line by line.
 */
#pragma once

#include <systemd/sd-event.h>

#include "supervisord/decide/state.h"

struct output;

/** OUTPUT_LINES_A_SECOND - of more, only the number and the last are told */
#define OUTPUT_LINES_A_SECOND 1000

/**
 * output_line_fn - one line without its newline, or a marked part of a long one
 * @priority: as of syslog(3), 0 to 7
 * @line: printable, shorter than TAIL_BYTES
 */
typedef void output_line_fn(void *data, unsigned int priority,
			    const char *line);

/**
 * output_new() - a pipe that is read in the loop
 * @ret_write_fd: the child's end; the caller closes it after the start
 */
int output_new(struct output **ret, sd_event *event, int *ret_write_fd,
	       output_line_fn *line, void *data);
/** output_for() - what is printed from now on is for somebody else */
void output_for(struct output *output, output_line_fn *line, void *data);
/** output_hush() - who prints is about to end: the rest is read then */
void output_hush(struct output *output);
/** output_end() - read what is there. Return: its descriptor, now the caller's; -1
 * with NULL */
int output_end(struct output *output);
/** output_free() - read what is there, then close; NULL is fine */
struct output *output_free(struct output *output);
/** output_put() - for who takes our place; NULL: nothing is written */
void output_put(const struct output *output, struct state_writer *w);
/** output_take() - go on with it; without one *@ret is left as it is. Return: 0; a
 * negative errno */
int output_take(struct output **ret, sd_event *event, struct state_reader *r,
		output_line_fn *line, void *data);
