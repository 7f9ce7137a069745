/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record_json.h - records as JSON, for people's tools.
 */
#pragma once

#include <jansson.h>

#include "actors/system/records.h"

/**
 * record_json_init() - before actor_main(), while files may be opened
 *
 * The library takes its random seed from a file otherwise, at some later time.
 */
void record_json_init(void);
/**
 * record_json_text() - any bytes as a JSON string
 *
 * What is not UTF-8 is written as \xNN: a JSON string cannot hold it. Return:
 * a new reference; NULL without memory.
 */
json_t *record_json_text(const char *bytes, size_t n_bytes);
/**
 * record_json_utf8() - the same as a malloc'd string of valid UTF-8 without
 * NUL; NULL without memory
 */
char *record_json_utf8(const char *bytes, size_t n_bytes);
/**
 * record_json() - a record as an object: names in small letters, what is a
 * number as a number
 *
 * Numbers that name something (lives, traces) stay strings: readers of JSON
 * lose digits beyond 2^53. Return: a new reference; NULL without memory.
 */
json_t *record_json(const struct record *record);
/** record_json_sequence() - a sequence of records as an array; NULL: malformed
 * or without memory */
json_t *record_json_sequence(const void *bytes, size_t n_bytes);
