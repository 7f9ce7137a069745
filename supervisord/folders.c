/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folders.c - the folders in which actors keep their state.
 *
 * They are below that of the system, $ACTORPROC_STATE_DIR/SYSTEM/state, and stay
 * there whatever becomes of the actor: nobody removes them but people.
 */
#include "supervisord/folders.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/act/folder.h"
#include "supervisord/decide/folder_name.h"
#include "supervisord/places.h"
#include "supervisord/uids.h"

#define FOLDER "state/"

static int owner_of(const struct tree *tree, const struct spec_node *node,
		    struct folder_owner *ret, const char **ret_step)
{
	int r;

	if (tree->host.user_mode) {
		ret->uid = geteuid();
		ret->gid = getegid();
		return 0;
	}
	r = uids_find(tree, node, &ret->uid, ret_step);
	ret->gid = (gid_t)ret->uid;
	ret->change = true;
	return r;
}

/* the caller only shows it: one at a time is enough */
static const char *explain(const char *base, const char *name, const char *why)
{
	static char step[3 * PATH_MAX];

	snprintf(step, sizeof(step), "state: %s/%s%s%s", base, name,
		 why ? ": " : "", why ? why : "");
	return step;
}

static int open_one(const struct tree *tree, const struct spec_node *node,
		    struct folder_walk **walk, int *ret_fd,
		    const char **ret_step)
{
	struct folder_owner owner = { .walk = walk };
	const char *why = NULL;
	char name[PATH_MAX] = FOLDER;
	char *base;
	int r;

	r = owner_of(tree, node, &owner, ret_step);
	if (r < 0)
		return r;
	*ret_step = "state";
	base = places_state_dir(tree->system);
	if (!base)
		return -ENOMEM;
	r = folder_name(node, name + strlen(FOLDER),
			sizeof(name) - strlen(FOLDER));
	if (r == 0)
		r = folder_open(base, name, &owner, ret_fd, &why);
	if (r < 0)
		*ret_step = explain(base, name, why);
	free(base);
	return r;
}

int folders_open(const struct tree *tree, const struct spec_node *node,
		 int *ret_fd, const char **ret_step)
{
	*ret_fd = -1;
	if (!node->sandbox.state)
		return 0;
	return open_one(tree, node, NULL, ret_fd, ret_step);
}

bool folders_are_ready(struct child *c)
{
	const char *step;
	int fd, r;

	if (c->is_supervisor || !c->node->exec || !c->node->sandbox.state)
		return true;
	r = open_one(c->supervisor->tree, c->node, &c->folder_walk, &fd, &step);
	if (r == 0)
		close(fd);
	/* what else is wrong with it its start says */
	return r != -EINPROGRESS;
}
