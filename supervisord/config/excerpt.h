/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * excerpt.h - a line of a file with a caret under one of its characters. Pure.
 */
#pragma once

#include <stddef.h>

/* columns of a terminal; a longer line is cut around the caret */
#define EXCERPT_COLUMNS 72

struct excerpt {
	char line[EXCERPT_COLUMNS * 8 + 16];
	char caret[EXCERPT_COLUMNS + 16];
};

/**
 * excerpt_cut() - show where a character is
 * @column: of the character, from 1; past the end: just behind the line
 *
 * Tabs become spaces up to the next multiple of eight, what is not printable
 * becomes '?'. "…" stands where something was cut off.
 */
void excerpt_cut(struct excerpt *ret, const char *line, size_t n_bytes,
		 unsigned int column);
