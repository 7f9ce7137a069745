/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * grants.h - who may have which connections, as the root says.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <actorproc.h>

/**
 * struct grants - zeroed is none
 * @text: lines: PATH, "connect" or "listen", the address
 * @usable: the ports that were granted when this process began, which are those
 *          that its sandbox lets it use; a bit for each
 */
struct grants {
	char *text;
	int fd;
	int news_fd;
	uint8_t usable[65536 / 8];
};

/** grants_open() - find what the root gave us, read it. Return: 0; negative errno */
int grants_open(struct grants *grants, struct actor *self);
/** grants_read() - again. Return: 0; a negative errno: it is as it was */
int grants_read(struct grants *grants);
/** grants_has() - may that path have @what there? */
bool grants_has(const struct grants *grants, const char *path,
		const char *what, const char *address);
/** grants_usable() - may we ourselves use that port? */
bool grants_usable(const struct grants *grants, uint16_t port);
/** grants_are_usable() - the ports of all that is granted */
bool grants_are_usable(const struct grants *grants);
