/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cut.h - a text for a place that may be too small for it. Pure.
 */
#pragma once

#include <stddef.h>

/**
 * cut_words() - as much of @text as there is room for, in whole words
 * @size: of @buffer, 8 at least
 *
 * What is left out is an ellipsis. One word that is too long by itself is cut.
 */
void cut_words(char *buffer, size_t size, const char *text);
/**
 * cut_middle() - as much of the end of @text as there is room for, behind a
 * quarter of its beginning
 * @size: of @buffer, 16 at least
 */
void cut_middle(char *buffer, size_t size, const char *text);
