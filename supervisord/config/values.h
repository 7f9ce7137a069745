/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * values.h - the kinds of values a config file has: durations, sizes, counts,
 * intensities and words of a list. Types are ours, not YAML's. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/config/spec.h"

#define VALUE_TEXT_MAX 64

/**
 * value_duration_parse() - "500ms", "5s", "1min", "2h", "0"
 *
 * Return: 0; -EINVAL: not a duration; -ENOMSG: a number without its unit;
 * -ERANGE: too large for nanoseconds.
 */
int value_duration_parse(const char *text, uint64_t *ret_ns);
/** value_duration_format() - the shortest exact form; returns @buffer */
const char *value_duration_format(uint64_t ns, char buffer[VALUE_TEXT_MAX]);
/** value_size_parse() - "65536", "64K", "1M". Return: 0; -EINVAL; -ERANGE */
int value_size_parse(const char *text, uint64_t *ret_bytes);
const char *value_size_format(uint64_t bytes, char buffer[VALUE_TEXT_MAX]);
/** value_count_parse() - digits. Return: 0; -EINVAL; -ERANGE */
int value_count_parse(const char *text, uint64_t *ret_count);
/** value_percent_parse() - "50%". Return: 0; -EINVAL; -ENOMSG: no "%"; -ERANGE */
int value_percent_parse(const char *text, uint64_t *ret_percent);
/** value_factor_parse() - "2", "1.5". Return: 0; -EINVAL; -ERANGE */
int value_factor_parse(const char *text, double *ret_factor);
/** value_intensity_parse() - "5 in 30s". Return: as value_duration_parse() */
int value_intensity_parse(const char *text, struct spec_intensity *ret);

/**
 * struct value_words - the words an enum is written with
 * @what: with its article, for messages: "a strategy"
 * @words: NULL-terminated; the index is the enum's value
 */
struct value_words {
	const char *what;
	const char *const *words;
};

extern const struct value_words value_kinds;
extern const struct value_words value_strategies;
extern const struct value_words value_restarts;
extern const struct value_words value_directives;
extern const struct value_words value_networks;
extern const struct value_words value_permissions;
extern const struct value_words value_overflows;
extern const struct value_words value_mailboxes;
extern const struct value_words value_scopes;
extern const struct value_words value_start_orders;
extern const struct value_words value_significances;
extern const struct value_words value_auto_shutdowns;
extern const struct value_words value_activations;
extern const struct value_words value_isolates;

/** value_word_parse() - Return: 0; -EINVAL */
int value_word_parse(const struct value_words *words, const char *text,
		     unsigned int *ret);
