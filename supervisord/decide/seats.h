/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seats.h - which of the system's uids is whose. Pure.
 */
#pragma once

#include "supervisord/config/spec.h"

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
 * each other. Return: 0; -ENOMEM.
 */
int seats_keep(const struct spec_node *old, struct spec_node *new);
/** seats_of() - the number of a node's uid among those of the system */
unsigned int seats_of(const struct spec_node *node);
