/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * brood.h - the children of a process, and who among them is new.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tests/harness/tree.h"

#define BROOD_KNOWN_MAX 16

/**
 * struct brood - .parent is whose children they are
 * @known: who is no stranger, the first @n_known of it; may be gone by now
 * @n: how many children there were when brood_look() did
 * @stranger: the first of them that was not known; 0: none
 */
struct brood {
	pid_t parent;
	pid_t known[BROOD_KNOWN_MAX];
	size_t n_known;
	size_t n;
	pid_t stranger;
};

/** brood_look() - who is there now; nobody becomes known by that */
void brood_look(struct brood *brood);
void brood_meet(struct brood *brood, pid_t pid);
/**
 * brood_await_one_more() - until all that are known and one more are there, and
 * nobody else: who has ended has been reaped, too; and that one sleeps: it has
 * said what it says by itself, and has been heard
 * @path: one of those children
 *
 * Return: that one more, who does not become known by that; 0: it never came.
 */
pid_t brood_await_one_more(struct brood *brood, struct tree *tree,
			   const char *path);
bool brood_knows(const struct brood *brood, pid_t pid);
