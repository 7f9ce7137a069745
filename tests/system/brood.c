/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * brood.c - the children of a process, and who among them is new.
 *
 * Looks only.
 */
#include "tests/system/brood.h"

#include <stdio.h>

#include "tests/harness/harness.h"

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

static void look(struct brood *brood, bool meet)
{
	char path[64];
	FILE *file;
	pid_t pid;

	brood->n = 0;
	brood->stranger = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
		 brood->parent, brood->parent);
	file = fopen(path, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	while (fscanf(file, "%d", &pid) == 1) {
		brood->n++;
		if (brood_knows(brood, pid))
			continue;
		brood->stranger = brood->stranger ? brood->stranger : pid;
		if (meet)
			brood_meet(brood, pid);
	}
	fclose(file);
}

void brood_look(struct brood *brood)
{
	look(brood, false);
}

void brood_meet_all(struct brood *brood)
{
	look(brood, true);
}
