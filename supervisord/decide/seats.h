/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seats.h - which of the system's uids is whose. Pure.
 */
#pragma once

#include "supervisord/config/spec.h"

/* so many a system has: the 501 and more of each node with templates are most */
#define SEATS_MAX 49152u
/* what to do when there are too few: how many are needed */
#define SEATS_TEXT                                                             \
	"%u uids would be kept for its nodes, 501 and more for each that has " \
	"templates, and a system has 49152; fewer nodes with templates, or "   \
	"split the system"

/**
 * seats_take() - one for each node of a tree that nobody runs yet
 * @root: of everything
 */
void seats_take(struct spec_node *root);
/**
 * seats_keep() - those that go on keep theirs, others get what is free
 * @old: what runs
 * @new: what takes its place
 *
 * So no two processes ever have one uid, though some of both trees run beside
 * each other. Return: 0; -ENOMEM; -ENOSPC: there are more than SEATS_MAX then.
 */
int seats_keep(const struct spec_node *old, struct spec_node *new);
/** seats_count() - those that a tree takes which nobody runs yet */
unsigned int seats_count(const struct spec_node *root);
/** seats_of() - the number of a node's uid among those of the system */
unsigned int seats_of(const struct spec_node *node);
