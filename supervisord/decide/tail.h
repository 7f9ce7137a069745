/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tail.h - the last lines that somebody printed. Pure.
 */
#pragma once

#include <stddef.h>

#define TAIL_LINES 10
#define TAIL_BYTES 4096

/**
 * struct tail - zeroed to begin with
 * @text: the lines, oldest first, with a newline between two
 */
struct tail {
	unsigned int n_lines;
	size_t n_bytes;
	char text[TAIL_BYTES + 1];
};

/** tail_add() - one line of less than TAIL_BYTES, without its newline */
void tail_add(struct tail *tail, const char *line);
