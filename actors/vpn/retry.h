/* SPDX-License-Identifier: 0BSD */
/*
 * retry.h - when to try a failed download again.
 */
#pragma once

#include <stdint.h>

/**
 * retry_delay_ns() - 16 s times 8 to the n-th, at most 2 h, with full jitter
 * @n_failures: in a row, from 1
 * @chance: any number: a random one gives a random delay
 * @time_factor: how much faster the clock of a demo runs; 0 counts as 1
 *
 * Return: in (0, limit].
 */
uint64_t retry_delay_ns(unsigned int n_failures, uint32_t chance,
			unsigned int time_factor);
