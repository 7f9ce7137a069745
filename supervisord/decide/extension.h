/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * extension.h - a program asks for more time: until when does it get it? Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** EXTENSION_MAX_NS - one word is for so much at most, as is a start_timeout */
#define EXTENSION_MAX_NS UINT64_C(3600000000000)

/**
 * struct extension - a word, and when it came
 * @asked_ns: from now on
 * @deadline_ns: when it is ended as things stand
 * @limit_ns: no word leads beyond that; UINT64_MAX: nobody else waits
 */
struct extension {
	uint64_t now_ns;
	uint64_t asked_ns;
	uint64_t deadline_ns;
	uint64_t limit_ns;
};

/**
 * extension_read() - "EXTEND_TIMEOUT_USEC=" and a number, up to the line's end
 * @ret_ns: EXTENSION_MAX_NS of what is more, however large
 *
 * Return: false for any other line.
 */
bool extension_read(const char *line, uint64_t *ret_ns);
/** extension_deadline_ns() - the deadline from now on, which is never earlier */
uint64_t extension_deadline_ns(const struct extension *e);
