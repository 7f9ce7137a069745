/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * connections.c - what /system/network is told of who may have which.
 *
 * The root writes who was granted what into memory that the actor reads when it is
 * asked, and says by an eventfd when that has changed. So nobody has to be asked,
 * and what the actor believes is the tree of the root: who asks it is minted, too.
 * Its supervisor prepares its next process anew when there are other ports.
 *
 * The text has a number in front, odd while it is written: a reader that finds it
 * odd, or another one behind the text, reads again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "supervisord/act/launch.h"
#include "supervisord/connections.h"
#include "supervisord/decide/network.h"

#define HEAD_BYTES 32
#define GRANTS "grants"
#define NEWS "news"

static int descriptor_of(const struct supervisor *s, const char *name)
{
	const struct custody *custody = &s->custody;
	const struct custody_descriptor *d;

	for (size_t i = 0; i < custody->n_descriptors; i++) {
		d = custody->descriptors[i];
		if (!strcmp(d->path, NETWORK_PATH) && !strcmp(d->name, name))
			return d->fd;
	}
	return -1;
}

static uint64_t number_in(int fd)
{
	char head[HEAD_BYTES + 1] = "";

	return pread(fd, head, HEAD_BYTES, 0) == HEAD_BYTES ?
	       strtoull(head, NULL, 10) : 0;
}

static bool put_number(int fd, uint64_t number, size_t n_bytes)
{
	char head[HEAD_BYTES + 1];

	snprintf(head, sizeof(head), "%20llu %10u\n",
		 (unsigned long long)number, (unsigned int)n_bytes);
	return pwrite(fd, head, HEAD_BYTES, 0) == HEAD_BYTES;
}

/* what cannot be written is not granted: the text is empty then */
static bool write_text(int fd, const char *text)
{
	uint64_t number = number_in(fd) | 1;
	size_t n = strlen(text);
	bool done;

	if (!put_number(fd, number, 0))
		return false;
	done = pwrite(fd, text, n, HEAD_BYTES) == (ssize_t)n;
	return put_number(fd, number + 1, done ? n : 0) && done;
}

static void say_grants(struct supervisor *s)
{
	int fd = descriptor_of(s, GRANTS), news_fd = descriptor_of(s, NEWS);
	static const uint64_t one = 1;
	char *text;

	if (fd < 0 || news_fd < 0)
		return;
	if (network_table(s->tree->root, &text) < 0)
		text = NULL;
	if (!write_text(fd, text ? text : ""))
		fprintf(stderr, "supervisord: " NETWORK_PATH " is not told who may have connections: %s\n",
			strerror(ENOMEM));
	free(text);
	if (write(news_fd, &one, sizeof(one)) < 0)
		return;		/* so many were said and not read */
}

int connections_begin(struct supervisor *s)
{
	int fd = memfd_create("network-grants", MFD_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = custody_descriptor_put(&s->custody, NETWORK_PATH, GRANTS, fd);
	if (r < 0)
		return r;
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = custody_descriptor_put(&s->custody, NETWORK_PATH, NEWS, fd);
	if (r == 0)
		say_grants(s);
	return r;
}

void connections_spawned(struct supervisor *s, const struct spec_node *node)
{
	if (supervisor_is_root(s) && network_is_granted(node))
		say_grants(s);
}

int connections_renew(struct supervisor *s)
{
	int r = network_limit(s->tree->root);

	for (size_t i = 0; r > 0 && i < s->n_children; i++) {
		struct child *c = s->children[i];

		if (!strcmp(c->node->path, NETWORK_PATH))
			c->program = launch_program_free(c->program);
	}
	if (supervisor_is_root(s))
		say_grants(s);
	return r < 0 ? r : 0;
}
