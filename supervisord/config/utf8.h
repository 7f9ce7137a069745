/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * utf8.h - characters of a text, without any locale. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * utf8_next() - the character at the start of @text
 *
 * Overlong forms, surrogates and what is past U+10FFFF are no characters.
 * Return: its bytes; 0: there is none, or no character.
 */
size_t utf8_next(const char *text, size_t n_bytes, uint32_t *ret);
/** utf8_printable() - not one that moves, hides or turns what is around it */
bool utf8_printable(uint32_t character);
/** utf8_columns() - cells of a terminal a printable character takes: 0, 1, 2 */
unsigned int utf8_columns(uint32_t character);
