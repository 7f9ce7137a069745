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

static int owner_of(const struct child *c, struct folder_owner *ret,
		    const char **ret_step)
{
	const struct tree *tree = c->supervisor->tree;
	int r;

	if (tree->host.user_mode) {
		ret->uid = geteuid();
		ret->gid = getegid();
		return 0;
	}
	r = uids_find(tree, c->node, c->lesson, &ret->uid, ret_step);
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

static int open_one(struct child *c, uint64_t until_ns, int *ret_fd,
		    const char **ret_step)
{
	struct folder_owner owner = { .walk = &c->folder.walk,
				      .until_ns = until_ns };
	const char *why = NULL;
	char name[PATH_MAX] = FOLDER;
	char *base;
	int r;

	r = owner_of(c, &owner, ret_step);
	if (r < 0)
		return r;
	*ret_step = "state";
	base = places_state_dir(c->supervisor->tree->system);
	if (!base)
		return -ENOMEM;
	r = folder_name(c->node, name + strlen(FOLDER),
			sizeof(name) - strlen(FOLDER));
	if (r == 0)
		r = folder_open(base, name, &owner, ret_fd, &why);
	if (r < 0)
		*ret_step = explain(base, name, why);
	free(base);
	return r;
}

int folders_open(struct child *c, int *ret_fd, const char **ret_step)
{
	struct child_folder *found = &c->folder;
	int error = found->error;

	*ret_fd = -1;
	if (!c->node->sandbox.state)
		return 0;
	if (error == 0 && found->fd < 0)	/* nobody has looked */
		return open_one(c, supervisor_now_ns() + FOLDERS_TURN_NS,
				ret_fd, ret_step);
	*ret_fd = found->fd;
	*ret_step = found->step;
	found->fd = -1;
	found->error = 0;
	return error;
}

bool folders_are_ready(struct child *c, uint64_t until_ns)
{
	struct child_folder *found = &c->folder;

	if (c->is_supervisor || !c->node->exec || !c->node->sandbox.state)
		return true;
	found->error = open_one(c, until_ns, &found->fd, &found->step);
	if (found->error != -EINPROGRESS)
		return true;	/* if something is wrong with it its start says so */
	found->error = 0;
	return false;
}

void folders_forget(struct child *c)
{
	if (c->folder.fd >= 0)
		close(c->folder.fd);
	folder_walk_free(c->folder.walk);
	c->folder = (struct child_folder){ .fd = -1 };
}
