/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * custody.h - what a supervisor holds for the actors below it.
 *
 * Copies of the ends of their edges, and their arenas, so that both outlive the
 * processes. A table and its descriptors; what to do with them is
 * supervisor.c's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* whose an end is, as edges_route() says; a child's index otherwise */
enum custody_place {
	CUSTODY_SELF = -1,
	CUSTODY_HEAD = -2,
	CUSTODY_OUTSIDE = -3,
};

/** struct custody_alias - a grant that means an edge: see GRANTED in protocol.h */
struct custody_alias {
	uint64_t via;
	uint64_t grant;
};

/**
 * struct custody_edge - one edge, as far as it concerns this subtree
 * @holder_fd: our copy of the holder's end; -1 when the holder is outside
 * @target_fd: our copy of the target's end; -1 when the target is outside
 * @name: what the holder's file calls it; NULL when it was granted
 * @minted_here: this supervisor made it
 * @closed: the holder's side is over; mail may be left to read
 */
struct custody_edge {
	uint64_t id;
	char *holder;
	char *target;
	char *name;
	int holder_at;
	int target_at;
	int holder_fd;
	int target_fd;
	bool minted_here;
	bool closed;
	struct custody_alias *aliases;
	size_t n_aliases;
};

/** struct custody_mailbox - what outlives one actor's process */
struct custody_mailbox {
	char *path;
	int at;
	uint64_t life;
	uint32_t generation;
	int arena_fd;
};

/** struct custody_descriptor - something an actor is given by name */
struct custody_descriptor {
	char *path;
	char *name;
	int fd;
};

struct custody {
	struct custody_edge **edges;
	size_t n_edges;
	size_t room_edges;
	struct custody_mailbox **mailboxes;
	size_t n_mailboxes;
	size_t room_mailboxes;
	struct custody_descriptor **descriptors;
	size_t n_descriptors;
	size_t room_descriptors;
};

void custody_deinit(struct custody *c);

/**
 * custody_edge_new() - put an edge into the table
 *
 * Copies the strings; both descriptors are -1. Return: the edge, or NULL.
 */
struct custody_edge *custody_edge_new(struct custody *c, uint64_t id,
				      const char *holder, const char *target,
				      const char *name);
struct custody_edge *custody_edge(const struct custody *c, uint64_t id);
/** custody_edge_between() - an open edge of that holder to that target */
struct custody_edge *custody_edge_between(const struct custody *c,
					  const char *holder,
					  const char *target);
/** custody_edge_drop() - close our copies and forget it */
void custody_edge_drop(struct custody *c, struct custody_edge *edge);
/** custody_edge_alias() - note a grant; false when it was known; -ENOMEM is
 * treated as known; the oldest of more than CUSTODY_ALIASES_MAX is forgotten */
#define CUSTODY_ALIASES_MAX 256
bool custody_edge_alias(struct custody_edge *edge, uint64_t via,
			uint64_t grant);
/** custody_granted() - what that grant to that holder means, or NULL */
struct custody_edge *custody_granted(const struct custody *c,
				     const char *holder, uint64_t via,
				     uint64_t grant);

struct custody_mailbox *custody_mailbox(const struct custody *c,
					const char *path);
/** custody_mailbox_put() - enter or replace; takes @arena_fd; NULL: -ENOMEM */
struct custody_mailbox *custody_mailbox_put(struct custody *c,
					    const char *path, uint64_t life,
					    uint32_t generation, int arena_fd);
void custody_mailbox_drop(struct custody *c, const char *path);

/** custody_descriptor_put() - enter one; takes @fd, also on -ENOMEM */
int custody_descriptor_put(struct custody *c, const char *path,
			   const char *name, int fd);
