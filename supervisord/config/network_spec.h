/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * network_spec.h - reads `network:`, a word or the connections it may ask for.
 *
 * Pure.
 */
#pragma once

#include "supervisord/config/index.h"
#include "supervisord/config/key_types.h"

/** NETWORK_ADDRESSES_MAX - in one list, and to listen at in one file: each takes
 * a message that waits in the broker */
#define NETWORK_ADDRESSES_MAX 64

/** NETWORK_PORTS_MAX - of a network with ports, both lists together */
#define NETWORK_PORTS_MAX (2 * NETWORK_ADDRESSES_MAX)

/** network_spec_read() - into a struct spec_sandbox */
KEY_READER(network_spec_read);
/** network_spec_check() - can all of a file have what they are granted? */
void network_spec_check(struct reading *r, const struct spec_index *index);
/** network_spec_port() - of an address that was read here */
uint16_t network_spec_port(const char *address);
/** network_spec_has_port() - may it connect there, or listen? */
bool network_spec_has_port(const struct spec_ports *ports, uint16_t number,
			   bool listen);
/**
 * network_spec_ports() - those to connect to, or to listen at, as texts
 * @ports: NULL: none
 *
 * Return: @texts, which point into @digits, and NULL behind.
 */
char **network_spec_ports(const struct spec_ports *ports, bool listen,
			  char *texts[static NETWORK_PORTS_MAX + 1],
			  char digits[static NETWORK_PORTS_MAX][8]);
