/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake_supervisor.h - the test is the supervisor of one actor, and all the
 * other actors it knows.
 *
 * The actor is a child process that runs actor_main(). Of every edge the test
 * keeps the far end, to talk over, and a copy of the actor's end, as a
 * supervisor does: so the edge outlives the process. All of it fails the test
 * when something does not come in time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/arena.h"
#include "libactorproc/control.h"
#include "libactorproc/flow.h"
#include "libactorproc/pool.h"

/**
 * struct fake_edge - an edge between the actor and the test
 * @end: which end is the actor's
 * @name: under which it is declared; NULL: it is not
 * @overflow: as the file of who is at the test's end says; NULL: nothing
 * @pool: mapped by fake_share(), @pool_fd: handed on with it; else -1
 * @pool_head: up to where fake_tell_pooled() has given out places
 * @n_received: frames that fake_receive() has returned
 * @life: of the peer, 0: it is not told
 * @limits: of the reference, told with the edge
 * @n_descriptors: that the test takes, told with it
 * @in: the packet last received, @cursor: the next frame in it
 */
struct fake_edge {
	uint64_t id;
	enum edge_end end;
	const char *name;
	const char *peer;
	const char *overflow;
	uint64_t life;
	struct actor_limits limits;
	uint64_t n_descriptors;
	int actor_fd;
	int test_fd;
	int pool_fd;
	struct pool pool;
	uint64_t pool_head;
	uint64_t n_received;
	uint64_t in_sequence;
	uint64_t sequence;
	uint64_t n_frames;
	size_t cursor;
	size_t n_in;
	_Alignas(8) unsigned char in[ACTOR_PACKET_MAX];
};

#define FAKE_EDGES_MAX 80

/** struct fake_mailbox - what SETUP says of it; 0, NULL: nothing */
struct fake_mailbox {
	struct flow_bounds bounds;
	uint64_t n_stash;
	uint64_t n_descriptors;
	const char *kind;
};

/**
 * struct fake - one actor
 * @forked: what is done to a new process before it is told anything; or NULL
 */
struct fake {
	const struct actor_class *class;
	void (*forked)(pid_t pid);
	pid_t pid;
	int control_fd;
	int arena_fd;
	void *arena;
	uint64_t generation;
	struct fake_mailbox mailbox;
	size_t n_edges;
	struct fake_edge edges[FAKE_EDGES_MAX];
	struct control_message message;
};

/** fake_init() - no process yet, an empty arena */
void fake_init(struct fake *fake, const struct actor_class *class);
/** fake_deinit() - kills what is left of it */
void fake_deinit(struct fake *fake);
/** fake_edge() - a new one; before fake_start(), or send it with fake_hand() */
struct fake_edge *fake_edge(struct fake *fake, enum edge_end end,
			    const char *name, const char *peer);
/** fake_share() - it has a pool; before it is handed to the actor */
void fake_share(struct fake_edge *edge);
/** fake_fork() - the process, with SETUP alone: it may leave at once */
void fake_fork(struct fake *fake);
/** fake_spawn() - the process, with SETUP, all edges and START */
void fake_spawn(struct fake *fake);
/** fake_start() - the same, until READY */
void fake_start(struct fake *fake);
/** fake_hand() - tell the running actor of an edge */
void fake_hand(struct fake *fake, const struct fake_edge *edge);
/** fake_relimit() - tell the running actor of its other limits */
void fake_relimit(struct fake *fake, const struct fake_edge *edge);
/** fake_revoke() - tell it that the edge was taken back */
void fake_revoke(struct fake *fake, const struct fake_edge *edge);
/** fake_hang_up() - that life is over */
void fake_hang_up(struct fake_edge *edge);
/** fake_kill() - SIGKILL, and the arena is made fit for the next generation */
struct arena_remains fake_kill(struct fake *fake, uint32_t redeliver);
/** fake_recover() - the same for a process that has ended by itself */
struct arena_remains fake_recover(struct fake *fake, uint32_t redeliver);
/** fake_restart() - the next generation, until READY */
void fake_restart(struct fake *fake);

/** fake_order() - a control message: a verb and NAME, number pairs, NULL */
void fake_order(struct fake *fake, const char *verb, ...)
	__attribute__((sentinel));
/** fake_expect() - the next control message is this. Return: a field, or 0 */
uint64_t fake_expect(struct fake *fake, const char *verb, const char *field);
/** fake_give() - GIVEN, with a copy of @fd unless that is -1 */
void fake_give(struct fake *fake, uint64_t via, uint64_t number, int fd);
/** fake_expect_given() - the next control message is a GIVE; Return: what */
int fake_expect_given(struct fake *fake, uint64_t *ret_number);
/** fake_wait() - Return: the exit status, or 128 + signal */
int fake_wait(struct fake *fake);
/** fake_deafen() - nobody hears any more what it says: that fails, and it has not
 * noticed anything else */
void fake_deafen(struct fake *fake);
/** fake_orphan() - its supervisor is gone, and it ends. Return: as fake_wait() */
int fake_orphan(struct fake *fake);

/** fake_send() - one packet with these frames */
void fake_send(struct fake_edge *edge, const struct frame *frames, size_t n);
void fake_tell(struct fake_edge *edge, const char *type, const void *payload,
	       size_t size);
/** fake_tell_pooled() - the same by the pool; @payload NULL: nothing is written
 * there. Return: its place */
struct actor_pooled fake_tell_pooled(struct fake_edge *edge, const char *type,
				     const void *payload, size_t size);
void fake_ask(struct fake_edge *edge, const char *type, uint64_t ask_id);
/** fake_answer() - a reply to @ask; an error when @error is not 0 */
void fake_answer(struct fake_edge *edge, const struct frame *ask,
		 const char *type, uint32_t error);
/** fake_receive() - the next frame; false when none comes in time */
bool fake_receive(struct fake_edge *edge, struct frame *ret);
/** fake_is() - is it a frame of that kind and type? */
bool fake_is(const struct frame *frame, enum frame_kind kind, const char *type);
/** fake_expect_frame() - the next frame is of that kind and type */
struct frame fake_expect_frame(struct fake_edge *edge, enum frame_kind kind,
			       const char *type);
/** fake_expect_letter() - the next one there has this FIELD=value */
void fake_expect_letter(struct fake_edge *edge, const char *field,
			const char *value);
/** fake_nothing_more() - nothing lies there now */
bool fake_nothing_more(struct fake_edge *edge);
/** fake_payload() - a copy of it, wherever it is; free() it */
void *fake_payload(struct fake_edge *edge, const struct frame *frame);

/** fake_words() - of what the test's or the actor's end sends */
struct actor_pool_flow *fake_words(const struct fake_edge *edge, bool test_end);
/** fake_finish() - as the receiver: all that came is finished, @released is the
 * end of what was in the pool */
void fake_finish(struct fake_edge *edge, uint64_t released);
/** fake_pool_bytes() - the memory that it takes */
size_t fake_pool_bytes(const struct fake_edge *edge);
/** fake_counts() - of the actor's end */
struct arena_edge_counts fake_counts(const struct fake *fake,
				     const struct fake_edge *edge);
/** fake_leave_to_next() - its supervisor is gone, it ends, and what waited for an
 * answer of that is the next one's: one message, which came by @edge */
void fake_leave_to_next(struct fake *fake, const struct fake_edge *edge);
/** fake_expect_gone() - the actor sees that the edge is over */
void fake_expect_gone(const struct fake *fake, const struct fake_edge *edge);
/** fake_await_sleep() - the actor has done all it can do with what was sent by now */
void fake_await_sleep(const struct fake *fake);
/** fake_n_open() - how many descriptors the actor has */
size_t fake_n_open(const struct fake *fake);
/**
 * fake_audit() - taken = handled + dead + waiting, as far as the test knows them
 *
 * Of what the test has sent over the edge, when the actor is idle or gone.
 */
void fake_audit(const struct fake *fake, const struct fake_edge *edge,
		uint64_t n_dead, uint64_t n_waiting);
