/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * snapshot.c - all that a supervisor knows, written down and read again.
 *
 * It says in which order, and has the tables of what is a supervisor's own. A
 * member that is in no table is what it was at the beginning: so a new one
 * belongs into one of them, unless it is reckoned from others, or there is none
 * of it while nothing is under way (reexec.c). A table that changes is another
 * STATE_VERSION.
 *
 * Reading does what can be tried without harm: it makes the tree, watches
 * descriptors, sets timers. That is what a check by another process is, who then
 * ends without one turn of its loop. What others would notice comes after.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/cgroups.h"
#include "supervisord/nursery.h"
#include "supervisord/questions.h"
#include "supervisord/reexec.h"
#include "supervisord/root.h"
#include "supervisord/snapshot.h"
#include "supervisord/store.h"
#include "supervisord/zygotes.h"

static const struct state_member tree_members[] = {
	STATE_MEMBER(struct tree, STRING, "FILE", file),
	STATE_MEMBER(struct tree, FD, "CONFIG_FD", config_fd),
	STATE_MEMBER(struct tree, FD, "BUNDLED_FD", bundled_fd),
	STATE_MEMBER(struct tree, STRING, "RUN_DIR", run_dir),
	STATE_MEMBER(struct tree, UNSIGNED, "OWNER", owner),
	STATE_MEMBER(struct tree, BOOL, "DETACHED", detached),
	STATE_MEMBER(struct tree, BOOL, "USER_MODE", host.user_mode),
	STATE_MEMBER(struct tree, INT, "LANDLOCK_ABI", host.landlock_abi),
	STATE_MEMBER(struct tree, BOOL, "SECCOMP", host.seccomp),
	STATE_MEMBER(struct tree, BOOL, "SECCOMP_LISTENER",
		     host.seccomp_listener),
	STATE_MEMBER(struct tree, BOOL, "NAMESPACES", host.namespaces),
	STATE_MEMBER(struct tree, FD, "EMPTY_NETNS_FD", host.empty_netns_fd),
	STATE_MEMBER(struct tree, UNSIGNED, "UID_FIRST", host.uid_first),
	STATE_MEMBER(struct tree, UNSIGNED, "N_UIDS", host.n_uids),
	STATE_MEMBER(struct tree, FD, "UID_LEASE_FD", host.uid_lease_fd),
	STATE_MEMBER(struct tree, FD, "CGROUPS_FD", host.cgroups.fd),
	STATE_MEMBER(struct tree, UNSIGNED, "CONTROLLERS",
		     host.cgroups.controllers),
	STATE_MEMBER(struct tree, UNSIGNED, "WANTED", host.wanted),
	STATE_MEMBER(struct tree, UNSIGNED, "WITHOUT", host.without),
};

/** struct process - where it is in the tree; @parent_fd: -1: it is the root */
struct process {
	char *path;
	int parent_fd;
};

static const struct state_member process_members[] = {
	STATE_MEMBER(struct process, STRING, "PATH", path),
	STATE_MEMBER(struct process, FD, "PARENT_FD", parent_fd),
};
static const struct state_member supervisor_members[] = {
	STATE_MEMBER(struct supervisor, UNSIGNED, "LAST_GROUP", last_group),
	STATE_MEMBER(struct supervisor, UNSIGNED, "NEXT_KEEP", next_keep),
	STATE_MEMBER(struct supervisor, UNSIGNED, "AWAITS_KEEP", awaits_keep),
	STATE_MEMBER(struct supervisor, UNSIGNED, "LAST_FORK", last_fork),
};

static const struct state_kind
	tree_kind = STATE_KIND("TREE", tree_members),
	process_kind = STATE_KIND("PROCESS", process_members),
	supervisor_kind = STATE_KIND("SUPERVISOR", supervisor_members);

/* ---- whose uid is whose: a reload moves nobody ---- */

static const struct state_member seats_members[] = {
	{ "SEATS", STATE_BYTES, 0, sizeof(struct state_bytes) },
};
static const struct state_kind seats_kind = STATE_KIND("SEATS", seats_members);

/** struct seats - of all nodes, in the order of the tree */
struct seats {
	unsigned int *numbers;
	size_t n, room;
};

static void collect_seats(struct seats *seats, struct spec_node *node,
			  bool take)
{
	unsigned int *number = &seats->numbers[seats->n++];

	if (seats->n > seats->room)
		return;
	if (take)
		node->seat = *number;
	else
		*number = node->seat;
	for (size_t i = 0; i < node->n_children; i++)
		collect_seats(seats, node->children[i], take);
}

static size_t count_nodes(const struct spec_node *node)
{
	size_t n = 1;

	for (size_t i = 0; i < node->n_children; i++)
		n += count_nodes(node->children[i]);
	return n;
}

static void put_seats(const struct tree *tree, struct state_writer *w)
{
	struct seats seats = { .room = count_nodes(tree->root) };
	struct state_bytes bytes;

	seats.numbers = calloc(seats.room, sizeof(*seats.numbers));
	if (!seats.numbers) {
		w->error = -ENOMEM;
		return;
	}
	collect_seats(&seats, tree->root, false);
	bytes.bytes = (char *)seats.numbers;
	bytes.n_bytes = seats.n * sizeof(*seats.numbers);
	state_put(w, &seats_kind, &bytes);
	free(seats.numbers);
}

static void take_seats(struct tree *tree, struct state_reader *r)
{
	struct seats seats = { .room = count_nodes(tree->root) };
	struct state_bytes bytes = { .bytes = NULL };

	if (state_take(r, &seats_kind, &bytes) == 0 &&
	    bytes.n_bytes != seats.room * sizeof(*seats.numbers))
		state_fail(r, "the tree has another number of nodes");
	if (r->error == 0) {
		seats.numbers = (unsigned int *)bytes.bytes;
		collect_seats(&seats, tree->root, true);
	}
	free(bytes.bytes);
}

void snapshot_put(struct supervisor *s, struct state_writer *w)
{
	const struct process process = {
		.path = s->path,
		.parent_fd = s->root ? -1 : link_fd(s->parent),
	};

	notes_catch_up();
	state_put(w, &tree_kind, s->tree);
	nursery_put(s->tree, w);
	put_seats(s->tree, w);
	snapshot_put_in_force(s->tree, w);
	state_put(w, &process_kind, &process);
	state_put(w, &supervisor_kind, s);
	snapshot_put_window(&s->intensity, w);
	reexec_put(s, w);
	if (s->root) {
		root_put(s, w);
		questions_put(s->questions, w);
		store_put(s->store, w);
	}
	snapshot_put_custody(s, w);
	reporter_put(s->reporter, w);
	violations_put_classes(s, w);
	cgroups_put(s, w);
	zygotes_put(s, w);
	for (size_t i = 0; i < s->n_children; i++)
		snapshot_put_child(s->children[i], w);
	measures_put_gone(s, w);
}

int snapshot_take_tree(struct tree *tree, struct state_reader *r)
{
	if (state_take(r, &tree_kind, tree) == 0 &&
	    (!tree->file || !tree->run_dir || tree->config_fd < 0 ||
	     tree->bundled_fd < 0))
		state_fail(r, "the state has no tree");
	return r->error;
}

/* "/" is the root's, "/vpn/" that of the node "/vpn" */
static struct spec_node *node_of(struct tree *tree, const struct process *p)
{
	size_t n = p->path ? strlen(p->path) : 0;
	struct spec_node *node;

	if (n == 0 || p->path[n - 1] != '/' ||
	    (n == 1) != (p->parent_fd < 0))
		return NULL;
	if (n == 1)
		return tree->root;
	p->path[n - 1] = '\0';
	node = spec_find(tree->root, p->path);
	return node && spec_is_supervisor(node) ? node : NULL;
}

static int begin(struct supervisor *s, struct tree *tree, sd_event *event,
		 struct state_reader *r)
{
	struct process process = { .parent_fd = -1 };
	struct spec_node *node = NULL;
	int error = state_take(r, &process_kind, &process);

	if (error == 0) {
		node = node_of(tree, &process);
		error = node ? supervisor_init(s, tree, node, event) :
			state_fail(r, "the tree has no supervisor %s",
				   process.path ? process.path : "?");
	}
	if (error == 0 && process.parent_fd >= 0)
		error = supervisor_parent(s, process.parent_fd);
	free(process.path);
	if (error < 0)
		state_fail(r, "no supervisor can be made: %s",
			   strerror(-error));
	return r->error;
}

static void take_root(struct supervisor *s, struct state_reader *r)
{
	int error = root_take(s, r);

	if (error == 0)
		error = questions_new(&s->questions, s);
	if (error == 0)
		error = questions_take(s->questions, r);
	if (error == 0)
		error = store_take(s, r);
	if (error < 0)
		state_fail(r, "no root can be made: %s", strerror(-error));
}

int snapshot_take(struct supervisor *s, struct tree *tree, sd_event *event,
		  struct state_reader *r)
{
	if (nursery_take(tree, r) == 0)
		take_seats(tree, r);
	snapshot_take_in_force(tree, r);
	if (r->error || begin(s, tree, event, r) < 0)
		return r->error;
	s->phase = SUPERVISOR_RUNNING;
	state_take(r, &supervisor_kind, s);
	snapshot_take_window(&s->intensity, r);
	reexec_take(s, r);
	if (r->error == 0 && !s->parent)
		take_root(s, r);
	snapshot_take_custody(s, r);
	if (r->error == 0 && reporter_take(s->reporter, r) < 0)
		state_fail(r, "no records can be sent");
	violations_take_classes(s, r);
	cgroups_take(s, r);
	zygotes_take(s, r);
	for (size_t i = 0; i < s->n_children && r->error == 0; i++)
		snapshot_take_child(s->children[i], r);
	measures_take_gone(s, r);
	return state_close(r);
}
