/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ceiling.h - how much may there be of what a host or a system has once? Pure.
 */
#pragma once

#include <stddef.h>

#include "supervisord/config/spec.h"
#include "supervisord/decide/edges.h"

/* a host may hang when more processes with filters of their own end at once */
#define CEILING_FILTERS 500

/* whoever can make dead letters has an edge to the one actor that keeps them,
 * and an actor has 1024; some are those of /system */
#define CEILING_LETTERS 1000

/** ceiling_letters() - actors and supervisors: those that have such an edge from
 * the beginning, all but the actors of a class */
size_t ceiling_letters(const struct spec_node *top);
/**
 * ceiling_descriptors() - so many the root has open when all of a tree is up
 * @edges: those of the tree, as edges_declared() makes them
 *
 * It holds all arenas, and of each edge both ends and the memory that they share.
 * What is granted later, and what dead letters of instances need, comes on top.
 */
size_t ceiling_descriptors(const struct spec_node *top,
			   const struct declared_edge *edges, size_t n_edges);
/* what to do when there are too few: how many it needs, how many it may have */
#define CEILING_DESCRIPTORS_TEXT                                               \
	"the root needs %zu descriptors for it, and may have %zu here; "       \
	"raise the hard limit of RLIMIT_NOFILE (LimitNOFILE= of a unit), "     \
	"or split the system"
/** ceiling_filters() - those that the processes of a tree have, at most */
size_t ceiling_filters(const struct spec_node *top);
/** ceiling_processes() - the same if no actor shared one with others */
size_t ceiling_processes(const struct spec_node *top);
