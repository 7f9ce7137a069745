/* SPDX-License-Identifier: 0BSD */
#pragma once

#include <stddef.h>

#include "plan.h"

/** pairs_make() - a socket pair for each sender and receiver, before any fork
 * @type: SOCK_SEQPACKET or SOCK_STREAM
 * @packet_bytes: the largest thing sent at once; four of them have room */
void pairs_make(const struct plan *plan, int type, size_t packet_bytes);

int pairs_sender_fd(unsigned int sender, unsigned int receiver);
int pairs_receiver_fd(unsigned int sender, unsigned int receiver);

/**
 * pairs_wait() - until somebody has sent something to that receiver
 * @ret_senders: who; PLAN_PROCESSES_MAX places
 *
 * With one sender it does not wait: receiving does.
 *
 * Return: how many they are.
 */
size_t pairs_wait(const struct plan *plan, unsigned int receiver,
		  unsigned int *ret_senders);

/** pairs_receive_flags() - for recv(): what fits to how pairs_wait() waits */
int pairs_receive_flags(const struct plan *plan);
