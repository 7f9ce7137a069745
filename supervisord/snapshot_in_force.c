/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * snapshot_in_force.c - what the file says otherwise by now, and is in force until a
 * start.
 *
 * The tree is made anew of the file that was read last. So of each node for which a
 * reload left something for later is written down what it has until then; who goes
 * on, and tells the next reload of it, is what it was.
 */
#include <stdlib.h>
#include <string.h>

#include "supervisord/decide/graft.h"
#include "supervisord/snapshot.h"

/** struct in_force - of the node @path; directives follow, one by one */
struct in_force {
	char *path;
	uint32_t require;
	enum spec_permission learning;
	enum spec_strategy strategy;
};

static const struct state_member in_force_members[] = {
	STATE_MEMBER(struct in_force, STRING, "PATH", path),
	STATE_MEMBER(struct in_force, UNSIGNED, "REQUIRE", require),
	STATE_MEMBER(struct in_force, UNSIGNED, "LEARNING", learning),
	STATE_MEMBER(struct in_force, UNSIGNED, "STRATEGY", strategy),
};
static const struct state_member directive_members[] = {
	STATE_MEMBER(struct spec_directive_row, UNSIGNED, "DIRECTIVE",
		     directive),
	STATE_MEMBER(struct spec_directive_row, UNSIGNED, "CAUSE",
		     pattern.cause.kind),
	STATE_MEMBER(struct spec_directive_row, INT, "NUMBER",
		     pattern.cause.number),
	STATE_MEMBER(struct spec_directive_row, TEXT, "TEXT",
		     pattern.cause.text),
	STATE_MEMBER(struct spec_directive_row, BOOL, "WHOLE", pattern.whole),
};
static const struct state_kind
	in_force_kind = STATE_KIND("IN_FORCE", in_force_members),
	directive_kind = STATE_KIND("DIRECTIVE", directive_members);

static void put_node(const struct spec_node *node, struct state_writer *w)
{
	const struct in_force in_force = {
		.path = node->path,
		.require = node->require,
		.learning = node->learning,
		.strategy = node->strategy,
	};

	if (graft_is_later(node)) {
		state_put(w, &in_force_kind, &in_force);
		for (size_t i = 0; i < node->n_directives; i++)
			state_put(w, &directive_kind, &node->directives[i]);
	}
	for (size_t i = 0; i < node->n_children; i++)
		put_node(node->children[i], w);
}

void snapshot_put_in_force(const struct tree *tree, struct state_writer *w)
{
	put_node(tree->root->children[1], w);
}

static void take_directive(struct spec_later *kept, struct state_reader *r)
{
	struct spec_directive_row *more, *row;

	more = reallocarray(kept->directives, kept->n_directives + 1,
			    sizeof(*more));
	if (!more) {
		state_fail(r, "there is no memory");
		return;
	}
	kept->directives = more;
	row = &more[kept->n_directives++];
	memset(row, 0, sizeof(*row));
	if (state_take(r, &directive_kind, row) == 0 &&
	    (row->directive > SPEC_DIRECTIVE_ESCALATE ||
	     row->pattern.cause.kind > CAUSE_ESCALATED))
		state_fail(r, "a directive is none");
}

static void take_values(struct spec_node *node, const struct in_force *in_force,
			struct state_reader *r)
{
	struct spec_later kept = {
		.require = in_force->require,
		.learning = in_force->learning,
		.strategy = in_force->strategy,
	};

	if (kept.learning > SPEC_ALLOW || kept.strategy > SPEC_REST_FOR_ONE)
		state_fail(r, "what is in force in %s makes no sense",
			   node->path);
	while (r->error == 0 && state_is(r, &directive_kind))
		take_directive(&kept, r);
	if (r->error == 0 && graft_keep(node, &kept) < 0)
		state_fail(r, "there is no memory");
	free(kept.directives);
}

static void take_next(struct in_force *next, struct state_reader *r)
{
	free(next->path);
	*next = (struct in_force){ .path = NULL };
	if (r->error == 0 && state_is(r, &in_force_kind) &&
	    state_take(r, &in_force_kind, next) == 0 && !next->path)
		state_fail(r, "what is in force has no path");
}

/* they are in the order of the tree */
static void take_node(struct spec_node *node, struct in_force *next,
		      struct state_reader *r)
{
	if (next->path && !strcmp(next->path, node->path)) {
		take_values(node, next, r);
		take_next(next, r);
	}
	for (size_t i = 0; i < node->n_children && next->path; i++)
		take_node(node->children[i], next, r);
}

void snapshot_take_in_force(struct tree *tree, struct state_reader *r)
{
	struct in_force next = { .path = NULL };

	take_next(&next, r);
	take_node(tree->root->children[1], &next, r);
	if (next.path && r->error == 0)
		state_fail(r, "the tree has no %s", next.path);
	free(next.path);
}
