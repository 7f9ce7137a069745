/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * edges.c - which edges a tree declares, and which supervisor mints each.
 *
 * Paths alone say most of it; one sorted index of the nodes finds the mailbox
 * room of the targets, so that the cost grows with the edges. Pure.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/decide/class.h"
#include "supervisord/decide/edges.h"
#include "supervisord/decide/network.h"

#define ROOT "/"
#define DEAD_LETTERS "/system/dead-letters"
#define CONTROL "/system/control"

/* rows that nobody declared: dead letters of both, the root as a supervisor, the
 * head that has spawned it, to and from who makes its connections */
#define IMPLICIT_ROWS_MAX 6

/* struct census - what is to be had, before any memory is */
struct census {
	size_t n_nodes;
	size_t n_rows;
	size_t n_text_bytes;
};

/* struct listing - the rows as they are made, and what they are made from */
struct listing {
	struct spec_node **index;	/* all nodes, by path */
	size_t n_index;
	struct declared_edge *rows;
	size_t n_rows;
	char *text;			/* the next free byte behind the rows */
	bool dead_letters;		/* there is such an actor */
	bool network;			/* the same */
};

static bool is_actor(const struct spec_node *node)
{
	return node->exec && node->kind == SPEC_ACTOR;
}

static void count(const struct spec_node *node, struct census *census)
{
	size_t i;

	census->n_nodes++;
	census->n_rows += node->n_refs + IMPLICIT_ROWS_MAX;
	census->n_text_bytes += strlen(node->path) + sizeof("/");
	for (i = 0; i < node->n_children; i++)
		count(node->children[i], census);
}

static void enter(struct spec_node *node, struct listing *list)
{
	size_t i;

	list->index[list->n_index++] = node;
	for (i = 0; i < node->n_children; i++)
		enter(node->children[i], list);
}

static int by_path(const void *a, const void *b)
{
	const struct spec_node *const *one = a, *const *other = b;

	return strcmp((*one)->path, (*other)->path);
}

static const struct spec_node *find(const struct listing *list,
				    const char *path)
{
	struct spec_node key = { .path = (char *)path }, *one = &key, **found;

	found = bsearch(&one, list->index, list->n_index, sizeof(*list->index),
			by_path);
	return found ? *found : NULL;
}

static void add(struct listing *list, const char *holder, const char *target,
		const char *name)
{
	const struct spec_node *node = find(list, target);

	list->rows[list->n_rows++] = (struct declared_edge){
		.holder = holder,
		.target = target,
		.name = name,
		.room_bytes = node ? node->mailbox_per_edge : 0,
	};
}

static bool declares(const struct spec_node *node, const char *target,
		     const char *name)
{
	size_t i;

	for (i = 0; i < node->n_refs; i++)
		if (!strcmp(node->refs[i].path, target) &&
		    !strcmp(node->refs[i].name, name))
			return true;
	return false;
}

static void add_implicit(struct listing *list, const struct spec_node *node,
			 const char *target, const char *name)
{
	if (!declares(node, target, name))
		add(list, node->path, target, name);
}

static void add_actor(struct listing *list, const struct spec_node *node)
{
	size_t i;

	for (i = 0; i < node->n_refs; i++)
		add(list, node->path, node->refs[i].path, node->refs[i].name);
	if (list->dead_letters && strcmp(node->path, DEAD_LETTERS) &&
	    !class_of(node))
		add_implicit(list, node, DEAD_LETTERS, "dead-letters");
	if (!strcmp(node->path, CONTROL))
		add_implicit(list, node, ROOT, "supervisor");
	if (list->network && !strcmp(node->path, NETWORK_PATH))
		add(list, NETWORK_PATH, NETWORK_PATH, NETWORK_PATH);
	if (list->network && network_is_granted(node))
		add(list, node->path, NETWORK_PATH, NETWORK_PATH);
	if (list->network && network_listens(node))
		add(list, NETWORK_PATH, node->path, node->path);
}

static void add_supervisor(struct listing *list, const struct spec_node *node)
{
	size_t n_bytes = strlen(node->path);
	char *path = list->text;

	if (!list->dead_letters)
		return;
	memcpy(path, node->path, n_bytes);
	memcpy(path + n_bytes, "/", sizeof("/"));
	list->text += n_bytes + sizeof("/");
	add(list, path, DEAD_LETTERS, "dead-letters");
}

static void add_node(struct listing *list, const struct spec_node *node)
{
	size_t i;

	if (spec_is_supervisor(node))
		add_supervisor(list, node);
	if (is_actor(node))
		add_actor(list, node);
	if (is_actor(node) && node->template && is_actor(node->parent))
		add(list, node->parent->path, node->path, node->name);
	for (i = 0; i < node->n_children; i++)
		add_node(list, node->children[i]);
}

int edges_declared(struct spec_node *const *tops, size_t n_tops,
		   struct declared_edge **ret_edges, size_t *ret_n)
{
	struct census census = { .n_rows = 1 };
	struct listing list = {};
	size_t i;

	for (i = 0; i < n_tops; i++)
		count(tops[i], &census);
	list.index = calloc(census.n_nodes + 1, sizeof(*list.index));
	list.rows = malloc(census.n_rows * sizeof(*list.rows) +
			   census.n_text_bytes);
	if (!list.index || !list.rows) {
		free(list.index);
		free(list.rows);
		return -ENOMEM;
	}
	list.text = (char *)(list.rows + census.n_rows);

	for (i = 0; i < n_tops; i++)
		enter(tops[i], &list);
	qsort(list.index, list.n_index, sizeof(*list.index), by_path);

	list.dead_letters = find(&list, DEAD_LETTERS) != NULL;
	list.network = find(&list, NETWORK_PATH) != NULL;
	if (list.dead_letters)
		add(&list, ROOT, DEAD_LETTERS, "dead-letters");
	for (i = 0; i < n_tops; i++)
		add_node(&list, tops[i]);

	free(list.index);
	*ret_edges = list.rows;
	*ret_n = list.n_rows;
	return 0;
}

/* the rows and their text are one piece of memory, so @n does not matter */
void edges_free(struct declared_edge *edges, size_t n)
{
	(void)n;
	free(edges);
}

static bool leads_to(const struct declared_edge *edges, size_t n,
		     const char *target)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(edges[i].target, target))
			return true;
	return false;
}

/* strings of the copy are where they were: in the original, and in the tree */
static int make_room(struct declared_edge **edges, size_t n, size_t n_more,
		     bool *grown)
{
	struct declared_edge *rows;

	rows = reallocarray(*grown ? *edges : NULL, n + n_more, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	if (!*grown && n > 0)
		memcpy(rows, *edges, n * sizeof(*rows));
	*edges = rows;
	*grown = true;
	return 0;
}

int edges_enter(struct declared_edge **edges, size_t *n, bool *grown,
	      const struct spec_node *node)
{
	const struct spec_node *parent = node->parent;
	bool letters = leads_to(*edges, *n, DEAD_LETTERS) && !class_of(node);
	bool network = leads_to(*edges, *n, NETWORK_PATH);
	struct declared_edge *row;
	size_t i;

	if (!is_actor(node))
		return 0;
	if (make_room(edges, *n, node->n_refs + 4, grown) < 0)
		return -ENOMEM;
	row = *edges + *n;
	for (i = 0; i < node->n_refs; i++)
		*row++ = (struct declared_edge){
			.holder = node->path,
			.target = node->refs[i].path,
			.name = node->refs[i].name,
		};
	if (letters)
		*row++ = (struct declared_edge){
			.holder = node->path,
			.target = DEAD_LETTERS,
			.name = "dead-letters",
		};
	if (network && network_is_granted(node))
		*row++ = (struct declared_edge){
			.holder = node->path,
			.target = NETWORK_PATH,
			.name = NETWORK_PATH,
		};
	if (network && network_listens(node))
		*row++ = (struct declared_edge){
			.holder = NETWORK_PATH,
			.target = node->path,
			.name = node->path,
			.room_bytes = node->mailbox_per_edge,
		};
	if (is_actor(parent))
		*row++ = (struct declared_edge){
			.holder = parent->path,
			.target = node->path,
			.name = node->name,
			.room_bytes = node->mailbox_per_edge,
		};
	*n = (size_t)(row - *edges);
	return 0;
}

void edges_leave(struct declared_edge *edges, size_t *n, const char *path)
{
	size_t i, n_left = 0;

	for (i = 0; i < *n; i++)
		if (strcmp(edges[i].holder, path) &&
		    strcmp(edges[i].target, path))
			edges[n_left++] = edges[i];
	*n = n_left;
}

/* random bits in, random bits out: as likely as any two to be the same */
uint64_t edges_id_of_lives(uint64_t holder, uint64_t target)
{
	uint64_t mixed = holder ^ (target << 32 | target >> 32);

	mixed = (mixed ^ mixed >> 31) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 29) >> 2;
	return mixed ? mixed : 1;
}

static bool is_head(struct spec_node *const *tops, size_t n_tops,
		    const char *path)
{
	const struct spec_node *node;
	size_t i;

	for (i = 0; i < n_tops; i++) {
		node = spec_find(tops[i], path);
		if (node)
			return node->exec && spec_is_supervisor(node);
	}
	return false;
}

static const char *copy_path(char *buffer, const char *path, size_t n_bytes)
{
	if (n_bytes == 0 || n_bytes >= PATH_MAX_BYTES) {
		path = ROOT;
		n_bytes = strlen(ROOT);
	}
	memcpy(buffer, path, n_bytes);
	buffer[n_bytes] = '\0';
	return buffer;
}

/*
 * The minter is what two paths have in common, up to a slash. A head counts as
 * below its own supervisor; but that only makes a difference for an edge
 * between it and something below it, and then the other path says that it is a
 * head. The tree is asked about an edge from an actor to itself alone.
 */
const char *edges_minter(struct spec_node *const *tops, size_t n_tops,
			 const char *one, const char *other, char *buffer)
{
	size_t i, common = 0;

	for (i = 0; one[i] && one[i] == other[i]; i++)
		if (one[i] == '/')
			common = i + 1;

	if (!one[i] && other[i] == '/')
		return copy_path(buffer, other, i + 1);
	if (!other[i] && one[i] == '/')
		return copy_path(buffer, one, i + 1);
	copy_path(buffer, one, common);
	if (!one[i] && !other[i] && common < i && i + 1 < PATH_MAX_BYTES &&
	    is_head(tops, n_tops, one)) {
		memcpy(buffer, one, i);
		memcpy(buffer + i, "/", sizeof("/"));
	}
	return buffer;
}

static int route_child(const struct spec_node *node, const char *rest)
{
	size_t n_bytes = strcspn(rest, "/"), i;
	const struct spec_node *child;

	for (i = 0; i < node->n_children; i++) {
		child = node->children[i];
		if (strncmp(child->name, rest, n_bytes) || child->name[n_bytes])
			continue;
		if (rest[n_bytes] && !spec_is_supervisor(child))
			return EDGES_NOWHERE;
		return (int)i;
	}
	return EDGES_NOWHERE;
}

int edges_route(const struct spec_node *node, const char *path)
{
	size_t n_bytes = strcmp(node->path, ROOT) ? strlen(node->path) : 0;

	if (strncmp(path, node->path, n_bytes))
		return EDGES_OUTSIDE;
	path += n_bytes;
	if (!*path && n_bytes)
		return node->exec ? EDGES_HEAD : EDGES_NOWHERE;
	if (*path != '/')
		return EDGES_OUTSIDE;
	if (!path[1])
		return EDGES_ITSELF;
	return route_child(node, path + 1);
}
