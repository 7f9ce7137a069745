/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * uids.c - which uid does the process of a node get?
 *
 * That of its seat, which is another one's later; whoever can leave files that
 * others come by has one by its name, which the book on the host keeps for it.
 */
#include "supervisord/uids.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "supervisord/act/uid_book.h"
#include "supervisord/act/uid_lease.h"
#include "supervisord/decide/class.h"
#include "supervisord/decide/seats.h"
#include "supervisord/places.h"

_Static_assert(SEATS_MAX == UID_LEASE_SEATS, "seats are below the book's uids");

/* a state folder can be entered by its actor alone; but what is spawned comes
 * and goes, and nobody looks after what it has left */
static bool leaves_files(const struct spec_node *node)
{
	return spec_has_any(node->sandbox.write) ||
	       (node->template && node->sandbox.state);
}

/* no name has a star: a template is not one of its children */
static void owner_of(const struct tree *tree, const struct spec_node *node,
		     char owner[UID_BOOK_OWNER_BYTES])
{
	snprintf(owner, UID_BOOK_OWNER_BYTES, "%s %s%s", tree->system,
		 node->path, node->is_template ? "*" : "");
}

/* the caller only shows it: one at a time is enough */
static const char *explain(const char *base, const char *why)
{
	static char step[2 * PATH_MAX];

	snprintf(step, sizeof(step), "uid: %.4000s/" UID_BOOK_NAME "%s%s", base,
		 why ? ": " : "", why ? why : "");
	return step;
}

static int find_in_book(const struct tree *tree, const struct spec_node *node,
			uid_t *ret, const char **ret_step)
{
	const struct launch_host *host = &tree->host;
	char owner[UID_BOOK_OWNER_BYTES], *base = places_state_base();
	const char *why;
	int r;

	*ret_step = "uid";
	if (!base)
		return -ENOMEM;
	owner_of(tree, node, owner);
	r = uid_book_find(base, host->uid_first + UID_LEASE_SEATS,
			  host->n_uids - UID_LEASE_SEATS, owner, ret, &why);
	if (r < 0)
		*ret_step = explain(base, why);
	free(base);
	return r;
}

/* what it leaves while it is learned is to be its own with what is found out, when
 * its class is one process again */
static const struct spec_node *learner_of(const struct spec_node *node)
{
	const struct spec_node *class = class_of(node);

	return class ? class : node;
}

int uids_find(const struct tree *tree, const struct spec_node *node, bool learns,
	      uid_t *ret, const char **ret_step)
{
	const struct launch_host *host = &tree->host;

	if ((learns || leaves_files(node)) && host->n_uids > UID_LEASE_SEATS)
		return find_in_book(tree, learns ? learner_of(node) : node,
				    ret, ret_step);
	*ret = launch_host_uid(host, seats_of(node));
	return 0;
}
