/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * brood.c - the children of a process, and who among them is new.
 *
 * Looks only.
 */
#include "tests/system/brood.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/harness.h"
#include "tests/harness/proc.h"
#include "tests/system/story.h"

#define CHILDREN_BYTES 4096

bool brood_knows(const struct brood *brood, pid_t pid)
{
	for (size_t i = 0; i < brood->n_known; i++)
		if (brood->known[i] == pid)
			return true;
	return false;
}

void brood_meet(struct brood *brood, pid_t pid)
{
	CU_ASSERT_FATAL(brood->n_known < BROOD_KNOWN_MAX);
	brood->known[brood->n_known++] = pid;
}

/** struct children - the pids that the kernel lists, as text */
struct children {
	char pids[CHILDREN_BYTES];
};

static void read_children(pid_t parent, struct children *ret)
{
	char path[64];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent,
		 parent);
	file = fopen(path, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	n = fread(ret->pids, 1, sizeof(ret->pids) - 1, file);
	ret->pids[n] = '\0';
	fclose(file);
}

/* when one is reaped meanwhile, the kernel may leave out others: not twice alike */
static void read_all_children(pid_t parent, struct children *ret)
{
	struct children before;

	read_children(parent, ret);
	do {
		before = *ret;
		read_children(parent, ret);
	} while (strcmp(before.pids, ret->pids));
}

void brood_look(struct brood *brood)
{
	struct children children;
	char *at = children.pids;
	pid_t pid;

	read_all_children(brood->parent, &children);
	brood->n = 0;
	brood->stranger = 0;
	while ((pid = (pid_t)strtol(at, &at, 10)) > 0) {
		brood->n++;
		if (!brood->stranger && !brood_knows(brood, pid))
			brood->stranger = pid;
	}
}

static bool has_one_more(struct tree *tree, void *data)
{
	struct brood *brood = data;

	(void)tree;
	brood_look(brood);
	return brood->n == brood->n_known + 1 && brood->stranger &&
	       proc_state(brood->stranger) == 'S';
}

/* its word has come by then: what came first is read first, and of what came at
 * once all is, before the second answer */
static void await_heard(struct tree *tree, const char *path)
{
	story_pid(tree, path);
	story_pid(tree, path);
}

pid_t brood_await_one_more(struct brood *brood, struct tree *tree,
			   const char *path)
{
	harness_awaits("one more child of process %d", brood->parent);
	if (!tree_wait_until(tree, has_one_more, brood))
		return 0;
	await_heard(tree, path);
	return brood->stranger;
}
