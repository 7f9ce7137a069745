/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * offers.h - descriptors that this turn has given to its supervisor.
 *
 * They are given before the message that names them is released, so that they
 * are there when it arrives; what a turn gave that did not commit is named by
 * nobody, and is withdrawn. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct offer {
	uint64_t via;
	uint64_t number;
};

/** struct offers - zeroed is empty */
struct offers {
	struct offer *rows;
	size_t n;
	size_t size;
};

void offers_deinit(struct offers *offers);
/** offers_add() - Return: 0; -ENOMEM */
int offers_add(struct offers *offers, uint64_t via, uint64_t number);
/** offers_take_last() - the newest one, and it is none any more; 0 or -ENOENT */
int offers_take_last(struct offers *offers, struct offer *ret);
/** offers_keep() - their messages are released */
static inline void offers_keep(struct offers *offers)
{
	offers->n = 0;
}
