/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * line.h - bytes that somebody printed, as text for people. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** LINE_BYTES - of the text of one line, its end not included */
#define LINE_BYTES 1024
/** LINE_TEXT_BYTES - room for it: the last character may reach beyond */
#define LINE_TEXT_BYTES (LINE_BYTES + 4)

/** LINE_PRIORITY - of a line that names none, as of systemd's services */
#define LINE_PRIORITY 6

/**
 * line_escape() - as much of @bytes as fits, every character printable
 * @whole: nothing follows: an unfinished character is none
 * @text: what is no printable UTF-8 is there as \xHH
 *
 * Return: how many of @bytes are in @text; 0 only when all of them are an
 * unfinished character.
 */
size_t line_escape(const char *bytes, size_t n_bytes, bool whole,
		   char text[LINE_TEXT_BYTES]);
/**
 * line_priority() - "<3>" in front, as in sd-daemon(3)
 * @ret_priority: 0 to 7; untouched when there is none
 *
 * Return: its bytes, 0 or 3.
 */
size_t line_priority(const char *bytes, size_t n_bytes,
		     unsigned int *ret_priority);
