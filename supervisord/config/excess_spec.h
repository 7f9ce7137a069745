/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * excess_spec.h - no child has more than the head above it, unless the file says
 * so. Pure.
 */
#pragma once

#include "supervisord/config/index.h"
#include "supervisord/config/key_types.h"

/** excess_spec_read() - `may_exceed:` of a struct spec_node */
KEY_READER(excess_spec_read);
/** excess_spec_word() - of a bit of @may_exceed, from 0; NULL: there is none */
const char *excess_spec_word(unsigned int bit);
/** excess_spec_head() - the nearest above, whose grants bound those of @node; NULL */
const struct spec_node *excess_spec_head(const struct spec_node *node);
/** excess_spec_bits() - in what it goes beyond @head, as bits, said or not */
uint32_t excess_spec_bits(const struct spec_node *node,
			  const struct spec_node *head);
/** excess_spec_check() - has anybody more, without a word of the file? */
void excess_spec_check(struct reading *r, const struct spec_index *index);
