/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * address.h - "host:port" as it is asked for.
 */
#pragma once

#include <netdb.h>
#include <stdint.h>

#include <actorproc.h>

/** ADDRESS_BYTES - of the text with its NUL: a name of 253, a port */
#define ADDRESS_BYTES 264

/** struct address - text without a NUL in it; as long as a file may have */
struct address {
	char text[ADDRESS_BYTES];
};

/** address_read() - of a message's payload. Return: 0; -EINVAL */
int address_read(struct address *ret, const struct actor_message *message);
/** address_port() - its last digits; 0: it has none */
uint16_t address_port(const struct address *address);
/**
 * address_find() - where that is; looks up a name, and blocks meanwhile
 * @digits_only: it is no name
 * @ret_text: static, for people, of an error
 *
 * Return: 0, with @ret to be freed with freeaddrinfo(); a negative errno.
 */
int address_find(const struct address *address, bool digits_only,
		 struct addrinfo **ret, const char **ret_text);
