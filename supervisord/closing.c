/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * closing.c - what the second stage of an actor's sandbox is.
 *
 * It is said in bytes and numbers: the library that puts it on knows nothing of
 * calls and files. Who does not link that stays in the first.
 */
#include <errno.h>

#include "libactorproc/control.h"
#include "supervisord/act/launch_override.h"
#include "supervisord/act/sandbox.h"
#include "supervisord/closing.h"

#define MESSAGE_BYTES ACTOR_CONTROL_MAX

static bool has_second_stage(const struct launch_host *host,
			     const struct spec_node *node)
{
	return node->kind != SPEC_PROGRAM &&
	       !(host->without & LAUNCH_SECOND_STAGE) &&
	       (host->seccomp || host->landlock_abi > 0 || host->mdwe);
}

/* made once for all that have the same */
static int filter_of(const struct spec_node *node, bool forks,
		     const struct sock_fprog **ret)
{
	const struct sandbox_profile profile = {
		.groups = launch_program_profile(node) |
			  (forks ? SANDBOX_ZYGOTE : 0),
		.granted = node->sandbox.syscalls,
	};

	return sandbox_filter(&profile, SANDBOX_ENDS, ret);
}

int closing_prepare(const struct launch_host *host,
		    const struct spec_node *node, bool forks)
{
	const struct sock_fprog *filter;

	return host->seccomp && has_second_stage(host, node) ?
		       filter_of(node, forks, &filter) : 0;
}

/* what cannot be made, or said, is said to be empty: that is refused */
static void put_filter(struct fields_writer *w, const struct spec_node *node,
		       bool forks)
{
	static const char digits[] = "0123456789abcdef";
	static char text[MESSAGE_BYTES - 256];
	const struct sock_fprog *filter;
	const unsigned char *bytes;
	size_t n_bytes = 0;

	if (filter_of(node, forks, &filter) == 0)
		n_bytes = filter->len * sizeof(*filter->filter);
	if (2 * n_bytes >= sizeof(text))
		n_bytes = 0;
	bytes = n_bytes ? (const unsigned char *)filter->filter : NULL;
	for (size_t i = 0; i < n_bytes; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * n_bytes] = '\0';
	fields_put(w, "FILTER", text);
}

static void put_landlock(struct fields_writer *w, int abi,
			 const struct spec_sandbox *sandbox)
{
	struct sandbox_landlock_rights rights;

	if (!sandbox_landlock_closing(abi, sandbox, &rights))
		return;
	fields_put_u64(w, "LANDLOCK_FS", rights.fs);
	fields_put_u64(w, "LANDLOCK_NET", rights.net);
	fields_put_u64(w, "LANDLOCK_SCOPED", rights.scoped);
}

/* Return: is there anything to say? */
static bool put(struct fields_writer *w, const struct launch_host *host,
		const struct spec_node *node, bool forks)
{
	static char bytes[MESSAGE_BYTES];

	if (!has_second_stage(host, node))
		return false;
	fields_begin(w, bytes, sizeof(bytes), "CLOSE");
	if (host->seccomp)
		put_filter(w, node, forks);
	put_landlock(w, host->landlock_abi, &node->sandbox);
	if (host->mdwe)
		fields_put_u64(w, "MDWE", 1);
	return true;
}

void closing_say(struct link *link, const struct launch_host *host,
		 const struct spec_node *node, bool forks)
{
	struct fields_writer w;

	if (put(&w, host, node, forks))
		link_send(link, &w, NULL, 0);
}

int closing_send(int fd, const struct launch_host *host,
		 const struct spec_node *node)
{
	struct fields_writer w;
	int r = closing_prepare(host, node, false);

	if (r < 0 || !put(&w, host, node, false))
		return r;
	return w.overflow ? -EMSGSIZE :
	       control_send(fd, w.buffer, w.length_bytes, NULL, 0);
}
