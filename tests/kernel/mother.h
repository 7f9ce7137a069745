/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mother.h - a supervisor in the test's own process, and the test is its actors.
 *
 * Of the system "/s" with the actors a, b and c: no processes, only what their
 * supervisor holds for them and their control channels.
 */
#pragma once

#include "supervisord/burial.h"
#include "supervisord/gifts.h"
#include "supervisord/minting.h"

enum mother_child { MOTHER_A, MOTHER_B, MOTHER_C, N_MOTHER_CHILDREN };

/**
 * struct mother - the supervisor
 * @children: its actors, @peers: their ends of the control channels
 * @above: the end of the supervisor above, see mother_below()
 * @records_fd: where its own records arrive
 * @message: what mother_hear() has heard last
 */
struct mother {
	struct supervisor s;
	struct tree tree;
	struct spec_node root, top, nodes[N_MOTHER_CHILDREN];
	struct child actors[N_MOTHER_CHILDREN];
	struct spec_node *tops[1], *children[N_MOTHER_CHILDREN];
	int peers[N_MOTHER_CHILDREN];
	int above;
	int records_fd;
	struct control_message message;
};

void mother_begin(struct mother *m);
void mother_end(struct mother *m);
/** mother_below() - from now on there is a supervisor above, which is the test */
void mother_below(struct mother *m);
/** mother_edge() - a new one; @name: NULL: a granted one */
struct custody_edge *mother_edge(struct mother *m, enum mother_child holder,
				 enum mother_child target, const char *name);
/** mother_say() - the actor says a verb with two numbers */
void mother_say(struct mother *m, enum mother_child who, const char *verb,
		const char *name, uint64_t number, const char *name2,
		uint64_t number2);
/** mother_give() - the actor gives a descriptor with its message */
void mother_give(struct mother *m, enum mother_child who, uint64_t via,
		 uint64_t number);
/**
 * mother_told() - a supervisor says that
 * @from: the child it is; NULL: the one above
 * @pairs: "NAME", "value", …, NULL
 * @fd: goes along, and stays the caller's; -1: none
 */
void mother_told(struct mother *m, struct child *from, const char *verb,
		 const char *const *pairs, int fd);
/** mother_turn() - the loop does what it can do now */
void mother_turn(struct mother *m);
/**
 * mother_hear() - the next control message at the actor's end
 *
 * Closes the descriptors of the one before. Return: its verb; "" when none is
 * there.
 */
const char *mother_hear(struct mother *m, enum mother_child who);
/** mother_finds() - the same of what has been said: the loop does not turn, so none
 * of its timers runs out */
const char *mother_finds(struct mother *m, enum mother_child who);
/** mother_hear_above() - the next one at the end of the supervisor above */
const char *mother_hear_above(struct mother *m);
/** mother_hear_until() - the same, until one is of that verb */
bool mother_hear_until(struct mother *m, enum mother_child who,
		       const char *verb);
/** mother_n_records() - records of a kind whose FIELD is @value, since the last
 * call */
size_t mother_n_records(struct mother *m, const char *kind, const char *field,
			const char *value);
/** mother_n_fds() - how many descriptors this process has */
size_t mother_n_fds(void);
