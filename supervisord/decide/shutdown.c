/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shutdown.c - how long may the stop of a child take, and each step of it?
 *
 * Pure: what is left of the total comes in as an argument.
 */
#include "supervisord/decide/shutdown.h"

static uint64_t add_ns(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t min_ns(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* @whole * @part / @all, for @part <= @all, without overflow */
static uint64_t portion_ns(uint64_t whole, uint64_t part, uint64_t all)
{
	if (part >= all)
		return whole;
	if (whole == all)
		return part;
	return min_ns(whole, (uint64_t)((double)whole *
					((double)part / (double)all)));
}

uint64_t shutdown_actor_ns(const struct spec_node *node)
{
	return add_ns(node->stop_timeout_ns, SHUTDOWN_KILL_NS);
}

uint64_t shutdown_tree_ns(const struct spec_node *node)
{
	uint64_t sum_ns = 0;
	size_t i;

	if (node->exec)
		sum_ns = shutdown_actor_ns(node);
	if (!spec_is_supervisor(node))
		return sum_ns;
	for (i = 0; i < node->n_children; i++)
		sum_ns = add_ns(sum_ns, shutdown_tree_ns(node->children[i]));
	sum_ns = add_ns(sum_ns, SHUTDOWN_TERM_NS + SHUTDOWN_KILL_NS);
	/* of a head it is the head's alone */
	return node->exec ? sum_ns : min_ns(sum_ns, shutdown_actor_ns(node));
}

uint64_t shutdown_share_ns(uint64_t left_ns, uint64_t wanted_ns,
			   uint64_t all_wanted_ns)
{
	if (left_ns >= all_wanted_ns)
		return wanted_ns;
	return min_ns(wanted_ns, portion_ns(left_ns, wanted_ns, all_wanted_ns));
}

struct shutdown_phases shutdown_phases(uint64_t wanted_ns, uint64_t share_ns)
{
	uint64_t kill_ns, stop_ns, term_ns;

	share_ns = min_ns(share_ns, wanted_ns);
	kill_ns = portion_ns(share_ns, SHUTDOWN_KILL_NS, wanted_ns);
	stop_ns = share_ns - kill_ns;
	term_ns = min_ns(SHUTDOWN_TERM_NS, stop_ns / 4);

	return (struct shutdown_phases){
		.ask_ns = stop_ns - term_ns,
		.term_ns = term_ns,
		.kill_ns = kill_ns,
	};
}

uint64_t shutdown_dying_ns(uint64_t kill_ns, uint64_t left_ns)
{
	uint64_t ns = min_ns(left_ns, SHUTDOWN_DYING_NS);

	if (ns < kill_ns)
		ns = kill_ns;
	return ns < SHUTDOWN_REAP_NS ? SHUTDOWN_REAP_NS : ns;
}

bool shutdown_kills(const struct shutdown_phases *phases)
{
	return phases->ask_ns == 0 && phases->term_ns == 0;
}
