/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * edges.h - which edges a tree declares, and which supervisor mints each. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/config/spec.h"

/**
 * struct declared_edge - one edge a tree needs before anybody starts
 * @holder: path of the actor (or supervisor, "/vpn/") that holds the reference
 * @target: path of the actor (or "/" the root supervisor) it leads to
 * @name: what the holder calls it
 * @room_bytes: of the target's `mailbox: per_edge`, 0 for the default
 */
struct declared_edge {
	const char *holder;
	const char *target;
	const char *name;
	size_t room_bytes;
};

/**
 * edges_declared() - all edges of these trees (/system and the file's)
 *
 * The refs of every actor; "dead-letters" for every actor (kind: actor) but
 * those of a class (letters.c), and for every supervisor, the root ("/") too; "supervisor" (to "/") for
 * /system/control; of /system/network to itself, of all who may have connections to it,
 * and of it to those that listen; of a head to each child that was spawned, by its name. Strings belong to the trees or are static or are in the
 * returned array's own memory; free it with edges_free(). Return: 0; -ENOMEM.
 *
 * In tree order, but for those of a head to what it has spawned the rows of one
 * holder next to each other. No row twice; a
 * target that its holder knows under two names has two.
 */
int edges_declared(struct spec_node *const *tops, size_t n_tops,
		   struct declared_edge **ret_edges, size_t *ret_n);
void edges_free(struct declared_edge *edges, size_t n);

/**
 * edges_enter() - those of a node that was spawned, behind all others
 * @edges, @n: as edges_declared() made them
 * @grown: false before the first time: then @edges becomes a copy, which is
 *         free()d by itself
 *
 * What the file declares of it, and one of the head to it, which calls it by its
 * name. Strings belong to the tree: they go before it does. Return: 0; -ENOMEM.
 */
int edges_enter(struct declared_edge **edges, size_t *n, bool *grown,
	      const struct spec_node *node);
/** edges_id_of_lives() - the id of an edge that is known by the lives at its ends:
 * below 2^62, never 0 */
uint64_t edges_id_of_lives(uint64_t holder, uint64_t target);
/** edges_leave() - those of and to a path */
void edges_leave(struct declared_edge *edges, size_t *n, const char *path);

/**
 * edges_minter() - path of the supervisor that mints it: the deepest one that
 * has both ends in its subtree ("/vpn/", or "/")
 * @buffer: PATH_MAX_BYTES
 *
 * The supervisor of an actor's node (its head) is the node's own; of a leaf its
 * parent's. @tops are needed to tell a head from a leaf. Return: @buffer.
 */
const char *edges_minter(struct spec_node *const *tops, size_t n_tops,
			 const char *one, const char *other, char *buffer);

enum edges_route {
	EDGES_ITSELF = -1,	/* the supervisor's own path, "/vpn/" */
	EDGES_HEAD = -2,	/* the head of the node, "/vpn" */
	EDGES_OUTSIDE = -3,	/* ask the parent */
	EDGES_NOWHERE = -4,	/* below the node, but nobody has that name */
};

/**
 * edges_route() - whose business is @path, seen from the supervisor of @node?
 * @node: of the root supervisor: a node with path "/" and the tops as children
 *
 * Return: index of the child of @node it is at or below, or one of the above.
 */
int edges_route(const struct spec_node *node, const char *path);
