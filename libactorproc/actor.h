/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * actor.h - what `struct actor` is: the parts of one process, put together.
 *
 * Private. The parts know nothing of it; those who join them do: setup.c,
 * mailbox.c with claims.c, room.c, stalls.c, stash.c and unburied.c, turn.c,
 * outbox.c, letters.c, send.c and actor.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/arena.h"
#include "libactorproc/arrivals.h"
#include "libactorproc/asks.h"
#include "libactorproc/behaviour.h"
#include "libactorproc/control.h"
#include "libactorproc/descriptors.h"
#include "libactorproc/edges.h"
#include "libactorproc/fd_watches.h"
#include "libactorproc/grants.h"
#include "libactorproc/handover.h"
#include "libactorproc/loop.h"
#include "libactorproc/message.h"
#include "libactorproc/offers.h"
#include "libactorproc/path.h"
#include "libactorproc/promise.h"
#include "libactorproc/queue.h"
#include "libactorproc/references.h"
#include "libactorproc/timers.h"
#include "libactorproc/watches.h"
#include "libactorproc/withheld.h"
#include "libactorproc/zygote.h"

/**
 * enum actor_phase - what this process is doing
 * @ACTOR_SETTING_UP: until START: it learns who it is
 * @ACTOR_STARTING: the start hook
 * @ACTOR_RUNNING: turns
 * @ACTOR_FAILED: a turn failed; no other until the supervisor has decided
 * @ACTOR_ENDING: no more turns but the stop hook
 */
enum actor_phase {
	ACTOR_SETTING_UP,
	ACTOR_STARTING,
	ACTOR_RUNNING,
	ACTOR_FAILED,
	ACTOR_ENDING,
};

/**
 * struct actor_failure - the turn that failed
 * @error: the negative errno its behaviour returned
 * @mail: its message is in the arena still, and to be skipped on RESUME
 */
struct actor_failure {
	int error;
	bool mail;
};

struct unburied;

/**
 * struct actor_request - what was asked of the supervisor, and waited for
 * @last: its number
 * @waiting: for the answer, in the middle of a turn
 * @answered: it came
 * @error: with it
 * @text: with it: the name of a child, or of all of them; NULL
 * @stop: an order that came meanwhile and waits for the end of the turn
 */
struct actor_request {
	uint64_t last;
	bool waiting;
	bool answered;
	int error;
	char *text;
	enum { ACTOR_GO_ON, ACTOR_STOP, ACTOR_DRAIN } stop;
};

/**
 * struct actor_bounds - what the file says of the mailbox
 * @n_stash: messages in the stash
 * @n_descriptors: in one message
 * @priority: the kind is priority, not fifo
 * @idle_ns: with nothing to do for so long it goes; 0: it stays
 */
struct actor_bounds {
	struct flow_bounds flow;
	uint64_t n_stash;
	uint64_t n_descriptors;
	bool priority;
	uint64_t idle_ns;
};

/**
 * struct actor - one actor, all of its process
 * @lost: its supervisor is gone: leave at once, without any hook
 * @paused: told to take nothing until told otherwise
 * @draining: told to stop when the mailbox is empty
 * @replaced: told to stop so that another process can take over
 * @replaced_for: the error that was reported before that, or 0
 * @handover: for who takes over, or of who had this life before
 * @handover_error: why that was not taken
 * @leaving: told to stop, by itself; after the turn
 * @in_turn: sending is possible
 * @control_ready: something is to be read on the control channel
 * @waiting: the next message cannot be handled yet, and there is no room to hold
 *           it apart: nor is any other
 * @insists: asks are handled even if there may be no room for the answer
 * @passed: the next message has been counted by its gate
 * @doubted: the gate refuses the next message; orders may say otherwise
 * @may_land: the arena has memory for a packet
 * @due_ns: timers and asks up to then are due; 0: none
 * @clock_ns: now, or a little before: when it was read last
 * @tick: when we last looked whether anything is ready
 * @looked: since that
 * @n_beats: turns of the loop
 * @n_finished: messages handled, stashed or called dead
 * @idle_since_ns: when it was seen first that there is nothing to do; 0: there is
 * @n_packets: packets taken since then
 * @n_turns_unsent: turns since something was left unsent
 * @look_at_turn: when it is that many, see how long it has been
 * @n_interrupted: as of arena_n_interrupted(), when the outbox was flushed last
 * @flushed_in_turn: and a turn was under way
 * @n_offered: descriptors given by this process
 * @unsent_ns: since when, once @n_turns_unsent > 0
 * @n_traces: requests that began here
 * @mail: the turn under way is about a message that came
 * @from: the edge it came by; NULL: gone
 * @held: its slot when it was held beyond its packet, or -1
 * @n_stashed: messages in the stash
 * @out_of_line: what is held has been changed by this turn
 * @last_ask: of those before the turn
 * @n_lost_letters: dead letters that found no room
 * @unburied: edges that are over, with mail left whose letters await room
 */
struct actor {
	const struct actor_class *class;
	void *state;
	char path[PATH_MAX_BYTES];
	char system[PATH_NAME_MAX + 1];
	struct zygote_names names;
	uint64_t life;
	uint32_t generation;
	uint64_t n_traces;

	enum actor_phase phase;
	int status;
	bool lost;
	bool paused;
	bool draining;
	bool replaced;
	int replaced_for;
	struct handover handover;
	int handover_error;
	bool leaving;
	bool in_turn;
	bool mail;
	bool control_ready;
	bool waiting;
	bool insists;
	bool passed;
	bool doubted;
	bool may_land;
	bool flushed_in_turn;
	struct actor_failure failure;

	struct arena *arena;
	struct loop loop;
	struct loop_source control;
	uint64_t due_ns;
	uint64_t clock_ns;
	uint64_t tick;
	bool looked;
	uint32_t n_beats;
	uint64_t n_finished;
	uint64_t idle_since_ns;
	unsigned int n_packets;
	unsigned int n_turns_unsent;
	unsigned int look_at_turn;
	size_t n_interrupted;
	uint64_t unsent_ns;
	uint64_t n_lost_letters;
	struct unburied *unburied;

	struct actor_bounds bounds;
	struct edge *from;
	int held;
	size_t n_stashed;
	bool out_of_line;
	uint64_t last_ask;

	struct references references;
	struct promise promise;
	struct grants grants;
	struct withheld withheld;
	struct descriptors descriptors;
	struct offers offers;
	struct arrivals arrivals;
	uint32_t n_offered;
	struct fd_watches fd_watches;
	struct behaviour behaviour;
	struct watches watches;
	struct actor_request request;
	struct scratch scratch;

	/* who has nothing to do writes to the first page only: what is large is
	 * behind the rest, and begins with what is used first */
	struct control_message order;
	struct edges edges;
	struct actor_message message;
	struct queue queue;
	struct asks asks;
	struct timers timers;
};

/** actor_clock() - now; what is due by then need not read the clock again */
static inline uint64_t actor_clock(struct actor *self)
{
	return self->clock_ns = loop_now_ns();
}
