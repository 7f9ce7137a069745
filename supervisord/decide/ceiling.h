/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ceiling.h - how much may there be of what a host or a system has once? Pure.
 */
#pragma once

#include <stdbool.h>
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
/**
 * struct ceiling_need - so many descriptors a supervisor needs
 * @who: the path of its node, or "the root"
 */
struct ceiling_need {
	const char *who;
	size_t n;
};

/**
 * struct ceiling_terms - what is to be reckoned with
 * @edges: those of the tree, as above
 * @n_may: so many descriptors each supervisor may have
 * @all_spawned: each template has as many children as it may have
 */
struct ceiling_terms {
	const struct declared_edge *edges;
	size_t n_edges;
	size_t n_may;
	bool all_spawned;
};

/**
 * ceiling_exceeded() - is there a supervisor that needs more than it may have?
 * @root: above all nodes, its path is empty
 *
 * As the root, others hold what is below them, and the ends of edges that are
 * there; and what belongs to the processes of their own children.
 */
bool ceiling_exceeded(const struct spec_node *root,
		      const struct ceiling_terms *terms,
		      struct ceiling_need *ret);
/** ceiling_one_more() - the same with one more of a template, of those who have to
 * hold it: the supervisor of @parent, and all above */
bool ceiling_one_more(const struct spec_node *root,
		      const struct spec_node *parent,
		      const struct spec_node *template,
		      const struct ceiling_terms *terms,
		      struct ceiling_need *ret);
/* what to do when there are too few: who, how many it needs, how many it may have */
#define CEILING_DESCRIPTORS_TEXT                                               \
	"%s needs %zu descriptors for it, and may have %zu here; raise "       \
	"the hard limit of RLIMIT_NOFILE (LimitNOFILE= of a unit), or split "  \
	"the system"
/** ceiling_filters() - those that the processes of a tree have, at most */
size_t ceiling_filters(const struct spec_node *top);
/** ceiling_processes() - the same if no actor shared one with others */
size_t ceiling_processes(const struct spec_node *top);
