/* SPDX-License-Identifier: 0BSD */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PLAN_PROCESSES_MAX 16
#define PLAN_CPU_ANY UINT64_MAX

/**
 * struct plan - what one measurement is to do
 * @size: bytes of payload, at least the 8 that say whose message it is
 * @n: messages over all, or round trips
 * @senders: how many send, at most PLAN_PROCESSES_MAX
 * @receivers: how many receive; each sender sends to each in turn
 * @sender_cpu: where all that send run, or PLAN_CPU_ANY
 * @receiver_cpu: where all that receive run
 * @port: of a server on the loopback, if one is needed
 */
struct plan {
	uint64_t size;
	uint64_t n;
	uint64_t senders;
	uint64_t receivers;
	uint64_t sender_cpu;
	uint64_t receiver_cpu;
	uint64_t port;
};

/**
 * plan_read() - "size=64 n=1000 senders=4", in any order
 * @text: @n_bytes of it, not terminated; what is not named has its default
 *
 * Return: 0; -EINVAL.
 */
int plan_read(const char *text, size_t n_bytes, struct plan *ret_plan);

/** plan_quota() - messages from one sender to one receiver, at least one */
uint64_t plan_quota(const struct plan *plan);

/** plan_messages() - messages over all: every quota is a whole number */
uint64_t plan_messages(const struct plan *plan);
