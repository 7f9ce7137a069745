/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * delegation.h - references that may do less than others, and that are taken
 * back: what the supervisor says of them, and what arrives by them.
 */
#pragma once

#include "libactorproc/actor.h"
#include "libactorproc/letters.h"

/** struct refusal - what becomes of a message that may not pass */
struct refusal {
	enum letter_reason reason;
	int error;
	const char *text;
};

/**
 * delegation_terms() - life and limits of an edge, as an EDGE order says
 *
 * Return: 0; -EBADMSG.
 */
int delegation_terms(struct actor *self, struct edge *edge,
		     const struct fields *fields);
/** delegation_backlog() - a new end: what lies in it was sent before */
void delegation_backlog(struct actor *self, struct edge *edge);
/** delegation_revoked() - the reference of that edge was taken back */
void delegation_revoked(struct actor *self, struct edge *edge);
/**
 * delegation_admits() - may the request in hand, which came by that edge, pass?
 * @ret_refusal: left alone when it may
 *
 * Counts it once, however often it is asked. Return: false: look at the orders
 * of the supervisor first, and ask again.
 */
bool delegation_admits(struct actor *self, uint64_t key,
		       const struct refusal **ret_refusal);
