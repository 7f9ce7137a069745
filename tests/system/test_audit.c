/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_audit.c - what bounds a mailbox, what is counted at every edge, and that
 * it adds up.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/system/story.h"

/* ---- bounds ------------------------------------------------------------- */

static const char bounded[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: b, " STORY_ACTOR ", mailbox: { overflow: dead_letter } }\n"
	"  - { name: c, " STORY_ACTOR " }\n"
	"  - name: a\n"
	"    exec: \"@ACTORS@/test-bounds\"\n"
	"    refs: [b, c]\n"
	"    restart: temporary\n"
	"    mailbox: { bytes: 1M, messages: 9, per_edge: 64K, stash: 7,\n"
	"               kind: priority, payload: 16K, descriptors: 3 }\n";

static void test_an_actor_is_told_the_bounds_of_its_file(void)
{
	struct tree tree;

	tree_start(&tree, bounded);
	CU_ASSERT(tree_wait_for(&tree, "BYTES=1048576 MESSAGES=9 "
				"PER_EDGE=65536 KIND=priority STASH=7 "
				"PAYLOAD=16384 DESCRIPTORS=3 "
				"OVERFLOW=dead_letter ", "why",
				"/@SYSTEM@/a", NULL));
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_actor_is_told_the_bounds_of_its_file),
};
HARNESS_MAIN(tests)
