/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * key_types.h - readers for the types that several keys have. Pure.
 *
 * Each fits the read of struct key; @ret is of the type named.
 */
#pragma once

#include "supervisord/config/keys.h"

#define KEY_READER(name)						\
	void name(struct reading *r, const struct key *key,		\
		  const struct yaml_value *value, void *ret)

/** uint64_t, between the row's min and max */
KEY_READER(key_read_duration);
/** uint64_t, between the row's min and max */
KEY_READER(key_read_size);
/** uint32_t, between the row's min and max */
KEY_READER(key_read_count);
/** uint64_t, between the row's min and max */
KEY_READER(key_read_large_count);
/** uint32_t, between the row's min and max, written with a "%" */
KEY_READER(key_read_percent);
/** double, between the row's min and max */
KEY_READER(key_read_factor);
/** an enum of the row's words */
KEY_READER(key_read_word);
/** char *: an actor's name; kept, cut, even when it is refused */
KEY_READER(key_read_name);
/** char **: any text, NULL-terminated */
KEY_READER(key_read_texts);
/** char **: clean absolute paths, NULL-terminated */
KEY_READER(key_read_paths);
/** char **: names of system calls, NULL-terminated */
KEY_READER(key_read_system_calls);
/** the row's table, from @ret on */
KEY_READER(key_read_inside);

/** key_text_is_printable() - nothing that no path or name has */
bool key_text_is_printable(const char *text);
