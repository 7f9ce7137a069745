/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shutdown.h - how long may the stop of a child take, and each step of it?
 *
 * Pure arithmetic: a tree has one total deadline; whoever is stopped gets a
 * share of what is left of it, and what it does not use is left for the others.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/config/spec.h"

/** SHUTDOWN_TERM_NS - SIGTERM gets this at most, out of the stop_timeout */
#define SHUTDOWN_TERM_NS UINT64_C(1000000000)
/** SHUTDOWN_KILL_NS - so much of a stop is for SIGKILL */
#define SHUTDOWN_KILL_NS UINT64_C(1000000000)
/** SHUTDOWN_REAP_NS - and so much even when no time is left */
#define SHUTDOWN_REAP_NS UINT64_C(100000000)
/** SHUTDOWN_DYING_NS - and where there is time: after it, what SIGKILL did not end is
 * unkillable. Who dies is run for that like anybody else */
#define SHUTDOWN_DYING_NS UINT64_C(20000000000)
/** SHUTDOWN_UNHURRIED_NS - the share of a stop that no total limits */
#define SHUTDOWN_UNHURRIED_NS UINT64_MAX

/**
 * struct shutdown_phases - of one stop
 * @ask_ns: after the control message (SIGTERM already, to a program)
 * @term_ns: after SIGTERM
 * @kill_ns: after SIGKILL
 */
struct shutdown_phases {
	uint64_t ask_ns;
	uint64_t term_ns;
	uint64_t kill_ns;
};

/**
 * shutdown_actor_ns() - what stopping the actor of a node (a leaf, or its
 *                       head) may take
 * shutdown_tree_ns() - the same for all of a node: its children one after
 *                      another, its head, and the supervisor over them
 *
 * With the time after SIGKILL; unlimited by the total. A supervisor's own
 * stop_timeout limits what is below it.
 */
uint64_t shutdown_actor_ns(const struct spec_node *node);
uint64_t shutdown_tree_ns(const struct spec_node *node);
/**
 * shutdown_share_ns() - the part of @left_ns for one child
 * @wanted_ns: what it may take, from the above
 * @all_wanted_ns: the sum for all that are still to stop, this one included
 *
 * Return: @wanted_ns if there is enough for all, else its just part.
 */
uint64_t shutdown_share_ns(uint64_t left_ns, uint64_t wanted_ns,
			   uint64_t all_wanted_ns);
/**
 * shutdown_phases() - how a stop that may take @wanted_ns spends its share
 *
 * A child that is a supervisor is told @ask_ns: what is left for its tree.
 */
struct shutdown_phases shutdown_phases(uint64_t wanted_ns, uint64_t share_ns);
/**
 * shutdown_dying_ns() - how long may it take to die?
 * @kill_ns: of its stop that is for that
 * @left_ns: that nobody else needs
 */
uint64_t shutdown_dying_ns(uint64_t kill_ns, uint64_t left_ns);
/** shutdown_kills() - nothing is asked first: stop_timeout is 0, or none is left */
bool shutdown_kills(const struct shutdown_phases *phases);
