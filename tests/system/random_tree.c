/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * random_tree.c - a tree of jugglers drawn from a seed.
 *
 * Only the shape and the text: starts nothing.
 */
#include "tests/system/random_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTORS_MIN 5
#define ACTORS_MAX 15
#define GROUPS_MAX 6
#define ACTORS_OF_A_GROUP 12	/* of a large tree */
#define DEPTH_MAX 2		/* of groups below the topmost */
#define REFS_MAX 7
#define TICK_US 6000

/* ---- the shape ---------------------------------------------------------- */

static void draw_groups(struct random_tree *t, struct dice *dice)
{
	struct random_group *g;

	strcpy(t->groups[0].path, "t");
	for (unsigned int i = 1; i < t->n_groups; i++) {
		g = &t->groups[i];
		do
			g->parent = dice_below(dice, i);
		while (t->groups[g->parent].depth == DEPTH_MAX);
		g->depth = t->groups[g->parent].depth + 1;
	}
}

/* each group has an actor of its own, the others are anywhere */
static void draw_actors(struct random_tree *t, struct dice *dice)
{
	struct random_actor *a;

	for (unsigned int i = 0; i < t->n_actors; i++) {
		a = &t->actors[i];
		a->group = i < t->n_groups ? i : dice_below(dice, t->n_groups);
		a->temporary = dice_once_in(dice, 12);
	}
}

/* beside the first of each group, who is there */
static void draw_ways_of_life(struct random_tree *t, struct dice *dice)
{
	struct random_actor *a;

	for (unsigned int i = t->n_groups; i < t->n_actors; i++) {
		a = &t->actors[i];
		if (a->temporary || a->heads)
			continue;
		a->spawned = dice_once_in(dice, 6);
		a->lazy = !a->spawned && dice_once_in(dice, 4);
	}
}

/* a head stands in the place of its group */
static void draw_heads(struct random_tree *t, struct dice *dice)
{
	struct random_actor *a;

	for (unsigned int i = t->n_groups; i < t->n_actors; i++) {
		a = &t->actors[i];
		if (!a->group || t->groups[a->group].head ||
		    !dice_once_in(dice, 4))
			continue;
		a->heads = a->group;
		a->temporary = false;
		t->groups[a->group].head = i + 1;
	}
}

static void name_group(struct random_tree *t, unsigned int i)
{
	struct random_group *g = &t->groups[i];
	char parent[RANDOM_TREE_PATH_BYTES];

	strcpy(parent, t->groups[g->parent].path);
	snprintf(g->path, sizeof(g->path), "%.40s/%c%u", parent,
		 g->head ? 'j' : 'g', g->head ? g->head : i);
}

static void name_actor(struct random_tree *t, unsigned int i)
{
	struct random_actor *a = &t->actors[i];
	char group[RANDOM_TREE_PATH_BYTES];

	strcpy(group, t->groups[a->group].path);
	if (a->heads)
		strcpy(a->path, group);
	else
		snprintf(a->path, sizeof(a->path), "%.50s/j%u", group, i + 1);
}

static void draw_size(struct random_tree *t, struct dice *dice)
{
	t->n_groups = 1 + dice_below(dice, GROUPS_MAX);
	t->n_actors = ACTORS_MIN + t->n_groups / 2 +
		      dice_below(dice, ACTORS_MAX - ACTORS_MIN -
				       t->n_groups / 2 + 1);
	if (t->n_actors < t->n_groups)
		t->n_actors = t->n_groups;
}

static void draw_shape(struct random_tree *t, struct dice *dice)
{
	draw_groups(t, dice);
	draw_actors(t, dice);
	draw_heads(t, dice);
	draw_ways_of_life(t, dice);
	for (unsigned int i = 1; i < t->n_groups; i++)
		name_group(t, i);
	for (unsigned int i = 0; i < t->n_actors; i++)
		name_actor(t, i);
}

void random_tree_draw(struct random_tree *t, uint64_t seed)
{
	struct dice dice;

	*t = (struct random_tree){ .seed = seed };
	dice_load(&dice, seed);
	draw_size(t, &dice);
	draw_shape(t, &dice);
}

void random_tree_draw_large(struct random_tree *t, uint64_t seed,
			    unsigned int n_actors)
{
	struct dice dice;

	*t = (struct random_tree){ .seed = seed };
	dice_load(&dice, seed);
	if (n_actors > RANDOM_TREE_ACTORS_MAX)
		n_actors = RANDOM_TREE_ACTORS_MAX;
	t->n_actors = n_actors;
	t->n_groups = 1 + n_actors / ACTORS_OF_A_GROUP;
	draw_shape(t, &dice);
	for (unsigned int i = 0; i < n_actors; i++)
		t->actors[i].temporary = false;
}

/* ---- the text ----------------------------------------------------------- */

#define SYSTEM_PATH "/@SYSTEM@/"
#define COLLECTOR "/@SYSTEM@/collector"

static const char beginning[] =
	"system: \"@SYSTEM@\"\n"
	"intensity: 10000 in 1s\n"
	"children:\n"
	"- name: collector\n"
	"  exec: \"@ACTORS@/test-juggler\"\n"
	"  args: [--collect, \"@DIRECTORY@/book\"]\n"
	"  start_timeout: 10min\n"
	"  redeliver: 100\n"
	"  mailbox: { per_edge: 64M }\n"
	"  sandbox: { write: [\"@DIRECTORY@/book\"] }\n";

static const char *const strategies[] = {
	"one_for_one", "one_for_one", "rest_for_one", "one_for_all",
};

static void indent(FILE *file, unsigned int depth)
{
	fprintf(file, "%*s", 2 * (int)depth, "");
}

static unsigned int draw_refs(const struct random_tree *t, struct dice *dice,
			      unsigned int me, unsigned int refs[REFS_MAX])
{
	unsigned int wanted = 2 + dice_below(dice, REFS_MAX - 1), n = 0, other;

	for (unsigned int tries = 0; tries < 30 && n < wanted; tries++) {
		bool known = false;

		other = dice_below(dice, t->n_actors);
		for (unsigned int i = 0; i < n; i++)
			known |= refs[i] == other;
		if (other != me && !known && !t->actors[other].spawned)
			refs[n++] = other;
	}
	return n;
}

static void write_list(FILE *file, const struct random_tree *t,
		       const unsigned int *refs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		fprintf(file, ", \"" SYSTEM_PATH "%s\"",
			t->actors[refs[i]].path);
	fprintf(file, "]\n");
}

/* each key in its own share of them; a stash and nothing else in most */
static void write_mailbox(FILE *file, struct dice *dice, unsigned int depth)
{
	indent(file, depth);
	fprintf(file, "  mailbox: { stash: %u", dice_below(dice, 40));
	if (dice_once_in(dice, 3))
		fprintf(file, ", kind: priority");
	if (dice_once_in(dice, 3))
		fprintf(file, ", per_edge: %u", 4096 << dice_below(dice, 7));
	if (dice_once_in(dice, 6))
		fprintf(file, ", bytes: %u", 65536 << dice_below(dice, 4));
	if (dice_once_in(dice, 6))
		fprintf(file, ", messages: %u", 30 + dice_below(dice, 300));
	if (dice_once_in(dice, 6))
		fprintf(file, ", overflow: dead_letter");
	if (dice_once_in(dice, 8))
		fprintf(file, ", payload: %u", dice_below(dice, 20000));
	fprintf(file, " }\n");
}

static void write_way_of_life(FILE *file, const struct random_actor *a,
			      struct dice *dice, unsigned int depth)
{
	if (a->temporary || a->spawned) {
		indent(file, depth);
		fprintf(file, "  restart: %s\n",
			a->temporary ? "temporary" : "permanent");
	}
	if (a->lazy && dice_once_in(dice, 2)) {
		indent(file, depth);
		fprintf(file, "  activation: on_message\n");
	}
	if (a->lazy) {
		indent(file, depth);
		fprintf(file, "  idle_stop: %ums\n",
			100 + dice_below(dice, 200));
	}
	if (a->spawned) {
		indent(file, depth);
		fprintf(file, "  max: 1\n");
	}
}

static void write_actor(FILE *file, const struct random_tree *t,
			unsigned int i, unsigned int depth)
{
	unsigned int refs[REFS_MAX], n;
	struct dice dice;

	dice_load(&dice, t->seed ^ (i + 1) * UINT64_C(0x2545f4914f6cdd1d));
	n = draw_refs(t, &dice, i, refs);
	indent(file, depth);
	fprintf(file, "  exec: \"@ACTORS@/test-juggler\"\n");
	indent(file, depth);
	fprintf(file, "  start_timeout: 10min\n");
	indent(file, depth);
	fprintf(file, "  stop_timeout: 500ms\n");
	indent(file, depth);
	fprintf(file, "  redeliver: %u\n", dice_below(&dice, 2) * 2);
	indent(file, depth);
	fprintf(file, "  directives: { reported: %s }\n",
		dice_once_in(&dice, 2) ? "resume" : "restart");
	write_mailbox(file, &dice, depth);
	write_way_of_life(file, &t->actors[i], &dice, depth);
	indent(file, depth);
	fprintf(file, "  sandbox: { read: [\"@DIRECTORY@/quiet\"] }\n");
	indent(file, depth);
	fprintf(file, "  refs: [\"" COLLECTOR "\"");
	write_list(file, t, refs, n);
	indent(file, depth);
	fprintf(file, "  args: [--tick, \"%u\", ",
		t->tick_us ? t->tick_us : TICK_US);
	fprintf(file, "--me, \"%u\", --seed, \"%llu\", --quiet, "
		"\"@DIRECTORY@/quiet\", --collector, \"" COLLECTOR "\"%s%s%s",
		i + 1, (unsigned long long)dice_seed(&dice) >> 1,
		t->keeps_references ? ", --keep-references" : "",
		t->takes_nothing_back ? ", --take-nothing-back" : "",
		t->actors[i].lazy ? ", --lazy" : "");
	write_list(file, t, refs, n);
}

static void write_name(FILE *file, const char *path, unsigned int depth)
{
	const char *slash = strrchr(path, '/');

	indent(file, depth);
	fprintf(file, "- name: %s\n", slash ? slash + 1 : path);
}

/* each has a template of its own, so that it knows who it is */
static void write_templates(FILE *file, const struct random_tree *t,
			    unsigned int group, unsigned int depth)
{
	bool any = false;

	for (unsigned int i = 0; i < t->n_actors; i++) {
		if (t->actors[i].group != group || !t->actors[i].spawned)
			continue;
		if (!any) {
			indent(file, depth);
			fprintf(file, "templates:\n");
		}
		any = true;
		indent(file, depth);
		fprintf(file, "- name: s%u\n", i + 1);
		write_actor(file, t, i, depth);
	}
}

static void write_group(FILE *file, const struct random_tree *t,
			unsigned int group)
{
	const struct random_group *g = &t->groups[group];
	unsigned int i, depth = g->depth + 1;

	write_name(file, g->path, g->depth);
	if (g->head)
		write_actor(file, t, g->head - 1, g->depth);
	indent(file, depth);
	fprintf(file, "strategy: %s\n", strategies[(t->seed >> group) % 4]);
	indent(file, depth);
	fprintf(file, "intensity: 10000 in 1s\n");
	write_templates(file, t, group, depth);
	indent(file, depth);
	fprintf(file, "children:\n");
	for (i = 0; i < t->n_actors; i++) {
		if (t->actors[i].group != group || t->actors[i].heads ||
		    t->actors[i].spawned)
			continue;
		write_name(file, t->actors[i].path, depth);
		write_actor(file, t, i, depth);
	}
	for (i = 1; i < t->n_groups; i++)
		if (t->groups[i].parent == group)
			write_group(file, t, i);
}

char *random_tree_config(const struct random_tree *t)
{
	size_t n_bytes = 0;
	char *text = NULL;
	FILE *file = open_memstream(&text, &n_bytes);

	if (!file)
		abort();
	fputs(beginning, file);
	write_group(file, t, 0);
	if (fclose(file) != 0)
		abort();
	return text;
}
