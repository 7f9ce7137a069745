/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unburied.h - what was to be sent by an edge that is over, as dead letters.
 */
#pragma once

#include "libactorproc/actor.h"

/**
 * struct unburied - an edge that is over, and what was to be sent by it
 * @peer: NULL when it is not known
 * @revoked: the reference was taken back
 */
struct unburied {
	struct unburied *next;
	uint64_t key;
	char *peer;
	bool revoked;
};

/** unburied_bury() - as much as there is room for; the rest is remembered, with
 * copies of what @u points at. Forgets the edge when nothing is left */
void unburied_bury(struct actor *self, const struct unburied *u);
/** unburied_bury_rest() - go on with what is remembered */
void unburied_bury_rest(struct actor *self);
void unburied_deinit(struct actor *self);
