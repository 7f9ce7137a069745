/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * grants.c - who may have which connections, as the root says.
 *
 * The root writes a text into memory, with a number in front that is odd meanwhile,
 * and says so by an eventfd. Nobody else can tell us anything of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "actors/system/network/grants.h"

#define HEAD_BYTES 32
#define TRIES 1000
#define TEXT_BYTES_MAX (64u << 20)

struct head {
	unsigned long long number;
	size_t n_bytes;
};

static int read_head(int fd, struct head *ret)
{
	char text[HEAD_BYTES + 1] = "";

	if (pread(fd, text, HEAD_BYTES, 0) != HEAD_BYTES ||
	    sscanf(text, "%llu %zu", &ret->number, &ret->n_bytes) != 2 ||
	    ret->n_bytes > TEXT_BYTES_MAX)
		return -EBADMSG;
	return ret->number % 2 ? -EAGAIN : 0;
}

static int read_once(int fd, char **ret)
{
	struct head before, after;
	char *text;
	int r = read_head(fd, &before);

	if (r < 0)
		return r;
	text = calloc(1, before.n_bytes + 1);
	if (!text)
		return -ENOMEM;
	if (pread(fd, text, before.n_bytes, HEAD_BYTES) !=
	    (ssize_t)before.n_bytes)
		r = -EAGAIN;
	if (r == 0)
		r = read_head(fd, &after);
	if (r == 0 && after.number != before.number)
		r = -EAGAIN;
	if (r < 0) {
		free(text);
		return r;
	}
	*ret = text;
	return 0;
}

int grants_read(struct grants *grants)
{
	char *text;
	int r = -EAGAIN;

	for (int i = 0; i < TRIES && r == -EAGAIN; i++)
		r = read_once(grants->fd, &text);
	if (r < 0)
		return r;
	free(grants->text);
	grants->text = text;
	return 0;
}

/* the line behind @at, or the first; it ends with a newline */
static const char *next_line(const struct grants *grants, const char *at)
{
	at = at ? strchr(at, '\n') + 1 : grants->text;
	return at && strchr(at, '\n') ? at : NULL;
}

static uint16_t port_of(const char *line)
{
	const char *end = strchr(line, '\n');

	while (end > line && end[-1] != ':')
		end--;
	return (uint16_t)strtoul(end, NULL, 10);
}

int grants_open(struct grants *grants, struct actor *self)
{
	const char *line = NULL;
	uint16_t port;
	int r;

	grants->fd = actor_descriptor(self, "grants");
	grants->news_fd = actor_descriptor(self, "news");
	if (grants->fd < 0 || grants->news_fd < 0)
		return -ENOENT;
	r = grants_read(grants);
	if (r < 0)
		return r;
	while ((line = next_line(grants, line))) {
		port = port_of(line);
		grants->usable[port / 8] |= (uint8_t)(1 << port % 8);
	}
	return actor_watch_fd(self, grants->news_fd, EPOLLIN);
}

static bool is_word(const char **at, const char *word, char end)
{
	size_t n = strlen(word);

	if (strncmp(*at, word, n) || (*at)[n] != end)
		return false;
	*at += n + 1;
	return true;
}

bool grants_has(const struct grants *grants, const char *path,
		const char *what, const char *address)
{
	const char *line = NULL, *at;

	while ((line = next_line(grants, line))) {
		at = line;
		if (is_word(&at, path, ' ') && is_word(&at, what, ' ') &&
		    is_word(&at, address, '\n'))
			return true;
	}
	return false;
}

bool grants_usable(const struct grants *grants, uint16_t port)
{
	return grants->usable[port / 8] & 1 << port % 8;
}

bool grants_are_usable(const struct grants *grants)
{
	const char *line = NULL;

	while ((line = next_line(grants, line)))
		if (!grants_usable(grants, port_of(line)))
			return false;
	return true;
}
