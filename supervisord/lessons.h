/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lessons.h - an actor runs outside of its sandbox, to see what it would need.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/act/launch.h"

struct child;

/**
 * lessons_begin() - from its next process on
 * @ret_why: on an error: in words
 *
 * The caller restarts it. Return: 0; negative errno: it is not to be learned.
 */
int lessons_begin(struct child *c, const char **ret_why);
/** lessons_may_be() - does its file let it be learned, when it cannot start? */
bool lessons_may_be(const struct child *c);
/** lessons_underway() - is it being learned, and that has not ended yet? */
bool lessons_underway(const struct child *c);
/** lessons_host() - what its process has of what the host can do: all, or what is
 * left of it while it is learned */
const struct launch_host *lessons_host(const struct child *c);
/** lessons_over() - it goes back into its sandbox, by a start */
void lessons_over(struct child *c, const char *why);
/** lessons_process_ended() - that may have been the last one of its lesson */
void lessons_process_ended(struct child *c);
/** lessons_end() - forget all; for a child that is no more */
void lessons_end(struct child *c);
/** lessons_rows() - what was seen, to whom has asked */
void lessons_rows(struct child *c, uint64_t request);
/** lessons_prepare() - that what @launch starts is seen; negative errno */
int lessons_prepare(struct child *c, struct launch *launch,
		    const char **ret_what);
/** lessons_take() - its listener is readable */
void lessons_take(struct child *c, int listener_fd);
