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

#include "libactorproc/limits.h"

/* whose an end is, as edges_route() says; a child's index otherwise */
enum custody_place {
	CUSTODY_SELF = -1,
	CUSTODY_HEAD = -2,
	CUSTODY_OUTSIDE = -3,
};

/**
 * struct custody_alias - a grant that means an edge: see GRANTED in protocol.h
 * @via: by which edge the message came, and
 * @grant: its number there: together they name it
 * @parent: the giver's own edge to that target; 0: a declared one that is gone
 * @to: the life it was given to
 * @limits: at most so much
 * @supports: it is a reason for the edge to be; else only a name of it
 * @awaited: given here, and told to nobody below until that word (keeping.h)
 * @said: as its giver counts; @owed: who is told by that word that all know it
 */
struct custody_alias {
	uint64_t via;
	uint64_t grant;
	uint64_t parent;
	uint64_t to;
	struct actor_limits limits;
	bool supports;
	uint64_t awaited;
	uint64_t said;
	uint64_t owed;
};

/** struct custody_facet - how its holder names an edge with these limits */
struct custody_facet {
	uint64_t number;
	struct actor_limits limits;
};

/**
 * struct custody_pledge - a grant that was said by an actor of ours, and that not
 *                         all above are known to know: see pledges.h
 * @parent, @grant, @limits, @said: as in struct grant_order
 * @to_holder: the edge by which its message goes is held by who gets it
 */
struct custody_pledge {
	uint64_t parent;
	uint64_t grant;
	struct actor_limits limits;
	uint64_t said;
	bool to_holder;
};

/** struct custody_undone - what its holder has taken back: see custody_undo() */
struct custody_undone {
	uint64_t to;
	uint64_t grant;
};

/**
 * struct custody_edge - one edge, as far as it concerns this subtree
 * @holder_fd: our copy of the holder's end; -1 when the holder is outside
 * @target_fd: our copy of the target's end; -1 when the target is outside
 * @pool_fd: the memory that both ends share; -1: it has none
 * @name: what the holder's file calls it; NULL when it was granted
 * @minted_here: this supervisor made it
 * @closed: the holder's side is over; mail may be left to read
 * @revoked: it was taken back: what is left is dead
 * @settling: and what had come by it is not told yet (takings.h)
 * @tattled: its journal record of a forbidden grant has been made
 * @returned: who holds it needs it no more (lendings.h)
 * @holder_life: as minted; 0: not known
 * @target_life: the same
 * @limits: what its holder may do with it
 * @holder_drained, @target_drained: a life at that end is over, its door is shut
 *                                   and nothing is left behind it
 * @given_up: what the holder's life had released and that had no room is dead: no
 *            more is sent by it, or its target would miss what is in between
 * @parted: that life's last word has been put behind all it said
 * @left: the target's side is over; answers may be left to read
 * @awaited: made here, and given to nobody until that word (keeping.h); 0: anybody
 *           may have it
 * @taken: sequence of the last packet that who ends it has taken; 0: not known
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
	int pool_fd;
	bool minted_here;
	bool closed;
	bool revoked;
	bool settling;
	bool tattled;
	bool returned;
	uint64_t holder_life;
	uint64_t target_life;
	struct actor_limits limits;
	bool holder_drained;
	bool target_drained;
	bool given_up;
	bool parted;
	bool left;
	uint64_t awaited;
	uint64_t taken;
	struct custody_alias *aliases;
	size_t n_aliases;
	struct custody_facet *facets;
	size_t n_facets;
	struct custody_undone *undone;
	size_t n_undone;
	struct custody_pledge *pledges;
	size_t n_pledges;
};

/** custody_edge_open() - do the lives at both ends go on, and may it be used? */
static inline bool custody_edge_open(const struct custody_edge *edge)
{
	return !edge->closed && !edge->left && !edge->settling;
}

/** custody_edge_holders() - may its holder have something to read there, or to
 * send? */
static inline bool custody_edge_holders(const struct custody_edge *edge)
{
	return !edge->closed || edge->left;
}

/**
 * struct custody_mailbox - what outlives one actor's process
 * @number: of the last push of it that asks for KEPT
 * @ending: its life is over, for this reason, and it is being drained; or NULL
 * @fresh: made by this process, and given to no actor yet
 * @paused: whoever runs on it is given no messages
 * @estate: what is being settled of it by this process (afterlife.c), or NULL
 */
struct custody_mailbox {
	char *path;
	int at;
	uint64_t life;
	uint32_t generation;
	int arena_fd;
	uint64_t number;
	const char *ending;
	bool fresh;
	bool paused;
	struct estate *estate;
};

/** struct custody_descriptor - something an actor is given by name */
struct custody_descriptor {
	char *path;
	char *name;
	int fd;
};

/** struct custody_gift - what goes along with a message: see custody_gifts.h */
struct custody_gift {
	uint64_t via;
	char *to;
	uint64_t number;
	int fd;
};

/**
 * struct custody_taken - what came of an edge that is no more
 * @path: the sender's, who may have no process to see it by
 * @key: of its end
 * @sequence: of the last packet that its peer has taken
 */
struct custody_taken {
	char *path;
	uint64_t key;
	uint64_t sequence;
};

#define CUSTODY_TAKEN_MAX 256

/** struct custody_heir - who hears what is let go of, while it is still there */
struct custody_heir {
	void (*edge)(void *data, const struct custody_edge *edge);
	void (*gift)(void *data, const struct custody_gift *gift);
	void *data;
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
	struct custody_gift *gifts;
	size_t n_gifts;
	size_t room_gifts;
	struct custody_taken taken[CUSTODY_TAKEN_MAX];
	size_t n_taken;		/* since the beginning: the oldest is forgotten */
	const struct custody_heir *heir;	/* NULL: nobody */
};

void custody_deinit(struct custody *c);

/**
 * custody_edge_new() - put an edge into the table
 *
 * Copies the strings; all descriptors are -1. Return: the edge, or NULL.
 */
struct custody_edge *custody_edge_new(struct custody *c, uint64_t id,
				      const char *holder, const char *target,
				      const char *name);
struct custody_edge *custody_edge(const struct custody *c, uint64_t id);
/** custody_edge_between() - an open edge of that holder to that target */
struct custody_edge *custody_edge_between(const struct custody *c,
					  const char *holder,
					  const char *target);
/** custody_edge_declared() - the same, of which the file of the holder tells */
struct custody_edge *custody_edge_declared(const struct custody *c,
					   const char *holder,
					   const char *target);
/** custody_edge_life() - of that path, as an open edge at it says; or 0 */
uint64_t custody_edge_life(const struct custody_edge *edge, const char *path);
/** custody_edge_drop() - close our copies and forget it */
void custody_edge_drop(struct custody *c, struct custody_edge *edge);
/** custody_edge_alias() - note a grant, or what has changed about it; false when
 * nothing has; -ENOMEM is treated as that; the oldest of more than
 * CUSTODY_ALIASES_MAX is forgotten */
#define CUSTODY_ALIASES_MAX 256
bool custody_edge_alias(struct custody_edge *edge,
			const struct custody_alias *alias);
/** custody_edge_grant() - that grant of it, or NULL */
struct custody_alias *custody_edge_grant(const struct custody_edge *edge,
					 uint64_t via, uint64_t grant);
/** custody_edge_unalias() - forget a grant; false when it was not known */
bool custody_edge_unalias(struct custody_edge *edge, uint64_t via,
			  uint64_t grant);
/**
 * custody_edge_facet() - its holder will pass it on with these limits
 *
 * The oldest of more than CUSTODY_FACETS_MAX is forgotten, and can no longer be
 * passed on. Return: 0; -ENOMEM.
 */
#define CUSTODY_FACETS_MAX 64
int custody_edge_facet(struct custody_edge *edge,
		       const struct actor_limits *limits);
/**
 * custody_numbered() - which edge of that holder does it name with a number?
 * @ret_limits: those that belong to the number
 *
 * Return: an open edge, or NULL.
 */
struct custody_edge *custody_numbered(const struct custody *c,
				      const char *holder, uint64_t number,
				      struct actor_limits *ret_limits);
/**
 * custody_undo() - its holder has taken back what it gave to that life
 * custody_redo() - and given it again
 * custody_is_undone() - is a message of before to be refused?
 *
 * For messages that are sent after their author died. The oldest of more than
 * CUSTODY_UNDONE_MAX is forgotten.
 */
#define CUSTODY_UNDONE_MAX 64
void custody_undo(struct custody_edge *edge, uint64_t to, uint64_t grant);
void custody_redo(struct custody_edge *edge, uint64_t to, uint64_t grant);
bool custody_is_undone(const struct custody_edge *edge, uint64_t to,
		       uint64_t grant);
/**
 * custody_pledge_put() - enter or replace; the oldest of more than
 *                        CUSTODY_PLEDGES_MAX is forgotten
 * custody_pledge() - that grant of it; or NULL
 * custody_pledge_drop() - forget it; NULL is fine
 */
#define CUSTODY_PLEDGES_MAX 256
void custody_pledge_put(struct custody_edge *via,
			const struct custody_pledge *pledge);
struct custody_pledge *custody_pledge(const struct custody_edge *via,
				      uint64_t grant);
void custody_pledge_drop(struct custody_edge *via,
			 struct custody_pledge *pledge);
/**
 * custody_inherit() - @edge ends with its holder: what stood on it does not fall
 *
 * Whoever could take that away can still: who gave @edge to its holder, or
 * nobody when a file had declared it.
 */
void custody_inherit(struct custody *c, const struct custody_edge *edge);
/**
 * custody_taken_put() - note what came of an edge that is no more
 * custody_taken() - Return: the sequence of the last packet that came; 0: that
 *                   is not known
 */
void custody_taken_put(struct custody *c, const char *path, uint64_t key,
		       uint64_t sequence);
uint64_t custody_taken(const struct custody *c, uint64_t key);

/** custody_granted() - what that grant to that holder means, or NULL */
struct custody_edge *custody_granted(const struct custody *c,
				     const char *holder, uint64_t via,
				     uint64_t grant);

struct custody_mailbox *custody_mailbox(const struct custody *c,
					const char *path);
/** custody_mailbox_put() - enter or replace; takes @arena_fd; NULL: -ENOMEM
 *
 * What it says of itself besides begins anew: it is neither ending nor fresh.
 * That it is paused stays.
 */
struct custody_mailbox *custody_mailbox_put(struct custody *c,
					    const char *path, uint64_t life,
					    uint32_t generation, int arena_fd);
void custody_mailbox_drop(struct custody *c, const char *path);

/** custody_descriptor_put() - enter one; takes @fd, also on -ENOMEM */
int custody_descriptor_put(struct custody *c, const char *path,
			   const char *name, int fd);
