/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * withheld.h - grants in frames not sent yet that were taken back meanwhile.
 *
 * A grant is announced when its frame leaves, so what is taken back before that
 * must not be announced after it; but what is granted again later must. Frames
 * with grants are counted on each edge, and the count tells one from the other.
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct withheld_row;

/** struct withheld - zeroed is empty */
struct withheld {
	struct withheld_row *rows;
	size_t n;
	size_t size;
};

void withheld_deinit(struct withheld *withheld);
/**
 * withheld_add() - that grant of the first @n_frames frames over that edge
 *
 * Return: 0; -ENOMEM.
 */
int withheld_add(struct withheld *withheld, uint64_t key, uint64_t number,
		 uint64_t n_frames);
/** withheld_has() - is that grant of frame @index (from 0) one of them? */
bool withheld_has(const struct withheld *withheld, uint64_t key,
		  uint64_t number, uint64_t index);
/** withheld_forget() - nothing is left unsent there */
void withheld_forget(struct withheld *withheld, uint64_t key);
