/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * printout.h - text that grows, for what is printed elsewhere. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * struct printout - zeroed at first
 * @broken: memory was short; what is added then is nothing
 */
struct printout {
	char *text;
	size_t n_bytes;
	size_t room_bytes;
	bool broken;
};

void printout_add(struct printout *out, const char *text);
void printout_add_bytes(struct printout *out, const char *text, size_t n_bytes);
void printout_add_format(struct printout *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** printout_take() - the text, the caller's to free(); NULL: no memory */
char *printout_take(struct printout *out);
