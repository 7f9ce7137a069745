/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * terminal.h - what somebody else wrote, made harmless for a terminal. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TERMINAL_CLEAN_BYTES 512

/**
 * terminal_escape() - any bytes as text that moves no cursor
 * @lines: newlines and tabs may stay
 *
 * Control characters, what turns the direction of writing, and what is not
 * UTF-8 become \xNN. Return: malloc'd; NULL without memory.
 */
char *terminal_escape(const void *bytes, size_t n_bytes, bool lines);
/** terminal_escape_bytes() - printable ASCII stays, everything else is \xNN */
char *terminal_escape_bytes(const void *bytes, size_t n_bytes);
/** terminal_clean() - the same as terminal_escape() for a short string; cut to
 * fit; returns @buffer */
const char *terminal_clean(char *buffer, size_t size_bytes, const char *text);
/** terminal_width() - columns a string takes, counting characters */
size_t terminal_width(const char *text);
