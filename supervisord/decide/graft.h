/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * graft.h - what of a tree that runs goes on in the tree that a file declares
 * now. Pure.
 */
#pragma once

#include "supervisord/config/spec.h"

/**
 * graft() - put into @new what goes on of @old, and no file has
 * @old: the system's node as it runs; is not changed
 * @new: as it was read, of the same name
 *
 * Children that were spawned, where their template still is; what is fixed for a
 * life (struct spec_later). Return: 0; -ENOMEM: @new is good for nothing.
 */
int graft(const struct spec_node *old, struct spec_node *new);
/** graft_is_later() - the file says what is not in force there yet */
bool graft_is_later(const struct spec_node *node);
/**
 * graft_keep() - in a node of a file that was read again, by who has no tree of
 * before: that is in force. Return: 0; -ENOMEM.
 */
int graft_keep(struct spec_node *new, const struct spec_later *kept);
/** graft_begin_anew() - a node begins anew: what was to come is in force */
void graft_begin_anew(struct spec_node *node);
