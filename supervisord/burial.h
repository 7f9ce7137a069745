/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * burial.h - messages that nobody will handle, in the arena of who is dead.
 *
 * Everything is a turn of that arena: a dead letter, the error to an asker and
 * the end of the message become true at once, and survive whoever does it.
 */
#pragma once

#include "libactorproc/arena.h"
#include "supervisord/supervisor.h"

/**
 * struct burial - of one dead process
 * @arena: a checked copy; for burial_flush() and burial_drain() one that all
 *         levels above hold, see afterlife.c
 * @reason: why its life ended, "terminated" or "shutdown"
 * @last: its life ended with it: what it had in hand is tried no more
 * @begun_ns: when the last turn of the dead one began, as that says
 * @damaged: @arena is an empty one in the place of one that could not be read:
 *           it counts anew, so its numbers name no message
 * @hurry: wait for nobody; what finds no room is counted
 * @pledges_by_ns: so long is waited for what it has given to be known
 * @undecided: the door of an edge is shut, and the word of what had come by it has
 *             not: so it is not known what is dead
 * @granted: the grants that its arena has noted are said again
 * @room_fd: -1, or readable when a socket that was full may have room
 * @letters: its edge to /system/dead-letters as a key, 0 for none
 * @letters_later: that is not there, and is asked for when it is needed
 * @told: what was counted there, when that is forgotten
 * @n_lost: what was said by that edge and nobody got, but for letters
 * @revoked: the end by which the packet in hand came when it was taken back already;
 *           0: it was not
 */
struct burial {
	struct supervisor *supervisor;
	struct arena *arena;
	const char *path;
	uint64_t life;
	uint32_t generation;
	const char *reason;
	bool last;
	uint64_t begun_ns;
	bool damaged;
	bool hurry;
	bool undecided;
	bool granted;
	uint64_t pledges_by_ns;
	int room_fd;
	uint64_t letters;
	bool letters_later;
	struct ledger told;
	uint64_t n_lost;
	uint64_t revoked;
	size_t n_packets;
};

/** burial_damaged() - tell that its arena could not be read
 * @n_held: how many messages it says were taken and not handled */
void burial_damaged(const struct burial *b, size_t n_held);
/**
 * burial_recover() - see to the message in hand and what was owed
 * @redeliver: as of arena_recover(), when it is not the @last
 * @cause: what its process died of
 * @in_order: it ended its life in good order: what it owed is `terminated`;
 *            else it is `interrupted`
 *
 * In a private copy, that is stored afterwards: nothing has left it yet.
 */
void burial_recover(struct burial *b, uint32_t redeliver,
		    const struct cause *cause, bool in_order);
/** burial_flush() - send what was released, as far as sockets have room; when
 * @undecided, to be done again */
void burial_flush(struct burial *b);

enum burial_outcome {
	BURIAL_DONE = 0,	/* drained, told, hung up */
	BURIAL_FULL,		/* somebody has to read before: @room_fd */
	BURIAL_MORE,		/* call again, others want to have a turn */
};

/**
 * burial_drain() - a piece of the end of a life
 *
 * May be begun again at any time, by anybody who has the arena and the edges.
 */
enum burial_outcome burial_drain(struct burial *b);
/** burial_abandon() - hang up on everybody, undrained */
void burial_abandon(struct burial *b);
