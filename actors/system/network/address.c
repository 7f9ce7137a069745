/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * address.c - "host:port" as it is asked for.
 *
 * What is asked for is held against what was granted, byte for byte, before it is
 * looked at here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "actors/system/network/address.h"

int address_read(struct address *ret, const struct actor_message *message)
{
	size_t size;
	const char *text = actor_message_payload(message, &size);

	if (size == 0 || size >= sizeof(ret->text) || memchr(text, '\0', size))
		return -EINVAL;
	memcpy(ret->text, text, size);
	ret->text[size] = '\0';
	return 0;
}

uint16_t address_port(const struct address *address)
{
	const char *colon = strrchr(address->text, ':');

	return colon ? (uint16_t)strtoul(colon + 1, NULL, 10) : 0;
}

static const struct {
	int code;
	int error;
} codes[] = {
	{ EAI_AGAIN, -EAGAIN },
	{ EAI_NONAME, -EHOSTUNREACH },
	{ EAI_NODATA, -EHOSTUNREACH },
	{ EAI_MEMORY, -ENOMEM },
};

static int error_of(int code)
{
	if (code == EAI_SYSTEM)
		return errno ? -errno : -EIO;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (codes[i].code == code)
			return codes[i].error;
	return -EIO;
}

/* brackets are ours, and not the resolver's */
static void take_host(const char *text, size_t n, char host[ADDRESS_BYTES])
{
	if (n > 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	memcpy(host, text, n);
	host[n] = '\0';
}

int address_find(const struct address *address, bool digits_only,
		 struct addrinfo **ret, const char **ret_text)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | (digits_only ? AI_NUMERICHOST : 0),
	};
	const char *colon = strrchr(address->text, ':');
	char host[ADDRESS_BYTES];
	int code, r;

	*ret_text = "no port at its end";
	if (!colon)
		return -EINVAL;
	take_host(address->text, (size_t)(colon - address->text), host);
	errno = 0;
	code = getaddrinfo(host, colon + 1, &hints, ret);
	if (code == 0)
		return 0;
	r = error_of(code);
	*ret_text = code == EAI_SYSTEM ? strerror(-r) : gai_strerror(code);
	return r;
}
