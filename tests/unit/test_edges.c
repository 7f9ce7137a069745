/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_edges.c - which edges a tree declares, who mints them, where they go.
 */
#include <stdio.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/decide/edges.h"
#include "tests/harness/harness.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define ACTOR(the_name, the_path)                                              \
	.name = (the_name), .path = (the_path), .exec = "x",                   \
	.kind = SPEC_ACTOR
#define CHILDREN(array) .children = (array), .n_children = LENGTH(array)
#define REFS(array) .refs = (array), .n_refs = LENGTH(array)

/* ---- /system as it is bundled ------------------------------------------ */

static struct spec_ref journal_ref[] = {
	{ .name = "journal", .path = "/system/journal" },
};
static struct spec_ref dead_letters_ref[] = {
	{ .name = "dead-letters", .path = "/system/dead-letters" },
};
static struct spec_node journal = { ACTOR("journal", "/system/journal") };
static struct spec_node dead_letters = {
	ACTOR("dead-letters", "/system/dead-letters"),
	REFS(journal_ref),
	.mailbox_per_edge = 65536,
};
static struct spec_node control = { ACTOR("control", "/system/control"),
				    REFS(dead_letters_ref) };
static struct spec_node *system_children[] = { &journal, &dead_letters,
					       &control };
static struct spec_node system_node = { .name = "system",
					.path = "/system",
					CHILDREN(system_children) };

/* ---- a tree with a program, a head and a group without one ------------- */

static struct spec_ref api_refs[] = {
	{ .name = "tunnel", .path = "/vpn/tunnel" },
	{ .name = "/vpn/group/x", .path = "/vpn/group/x" },
};
static struct spec_node server = { .name = "server", .path = "/vpn/server",
				   .exec = "x", .kind = SPEC_PROGRAM };
static struct spec_node api = { ACTOR("api", "/vpn/api"), REFS(api_refs) };
static struct spec_node monitor = { ACTOR("monitor", "/vpn/tunnel/monitor") };
static struct spec_node *tunnel_children[] = { &monitor };
static struct spec_node tunnel = { ACTOR("tunnel", "/vpn/tunnel"),
				   .mailbox_per_edge = 4096,
				   CHILDREN(tunnel_children) };
static struct spec_node x = { ACTOR("x", "/vpn/group/x") };
static struct spec_node *group_children[] = { &x };
static struct spec_node group = { .name = "group", .path = "/vpn/group",
				  CHILDREN(group_children) };
static struct spec_node *vpn_children[] = { &server, &api, &tunnel, &group };
static struct spec_node vpn = { .name = "vpn", .path = "/vpn",
				CHILDREN(vpn_children) };

static struct spec_node *tops[] = { &system_node, &vpn };
static struct spec_node root = { .name = "", .path = "/", CHILDREN(tops) };

#define DEAD "/system/dead-letters"

static void test_all_edges_are_declared_in_tree_order(void)
{
	static const struct declared_edge wanted[] = {
		{ "/", DEAD, "dead-letters", 65536 },
		{ "/system/", DEAD, "dead-letters", 65536 },
		{ "/system/journal", DEAD, "dead-letters", 65536 },
		{ "/system/dead-letters", "/system/journal", "journal", 0 },
		{ "/system/control", DEAD, "dead-letters", 65536 },
		{ "/system/control", "/", "supervisor", 0 },
		{ "/vpn/", DEAD, "dead-letters", 65536 },
		{ "/vpn/api", "/vpn/tunnel", "tunnel", 4096 },
		{ "/vpn/api", "/vpn/group/x", "/vpn/group/x", 0 },
		{ "/vpn/api", DEAD, "dead-letters", 65536 },
		{ "/vpn/tunnel/", DEAD, "dead-letters", 65536 },
		{ "/vpn/tunnel", DEAD, "dead-letters", 65536 },
		{ "/vpn/tunnel/monitor", DEAD, "dead-letters", 65536 },
		{ "/vpn/group/", DEAD, "dead-letters", 65536 },
		{ "/vpn/group/x", DEAD, "dead-letters", 65536 },
	};
	struct declared_edge *edges;
	size_t i, n;

	CU_ASSERT_EQUAL_FATAL(edges_declared(tops, 2, &edges, &n), 0);
	CU_ASSERT_EQUAL_FATAL(n, LENGTH(wanted));
	for (i = 0; i < n; i++) {
		CU_ASSERT_STRING_EQUAL(edges[i].holder, wanted[i].holder);
		CU_ASSERT_STRING_EQUAL(edges[i].target, wanted[i].target);
		CU_ASSERT_STRING_EQUAL(edges[i].name, wanted[i].name);
		CU_ASSERT_EQUAL(edges[i].room_bytes, wanted[i].room_bytes);
	}
	edges_free(edges, n);
}

static void test_a_tree_alone_has_nobody_to_send_dead_letters_to(void)
{
	struct spec_node *alone[] = { &vpn };
	struct declared_edge *edges;
	size_t n;

	CU_ASSERT_EQUAL_FATAL(edges_declared(alone, 1, &edges, &n), 0);
	CU_ASSERT_EQUAL(n, LENGTH(api_refs));
	edges_free(edges, n);
	CU_ASSERT_EQUAL_FATAL(edges_declared(NULL, 0, &edges, &n), 0);
	CU_ASSERT_EQUAL(n, 0);
	edges_free(edges, n);
}

static void test_the_deepest_common_supervisor_mints(void)
{
	static const struct {
		const char *one, *other, *minter;
	} rows[] = {
		{ "/vpn/api", "/vpn/server", "/vpn/" },
		{ "/vpn/api", "/vpn/apis", "/vpn/" },
		{ "/vpn/api", DEAD, "/" },
		{ "/vpn/", DEAD, "/" },
		{ "/", DEAD, "/" },
		{ "/system/control", "/", "/" },
		{ "/system/", DEAD, "/system/" },
		{ "/vpn/api", "/vpn/tunnel", "/vpn/" },
		{ "/vpn/api", "/vpn/tunnel/monitor", "/vpn/" },
		{ "/vpn/tunnel", "/vpn/tunnel/monitor", "/vpn/tunnel/" },
		{ "/vpn/tunnel", "/vpn/tunnel/", "/vpn/tunnel/" },
		{ "/vpn/tunnel/", "/vpn/tunnel/", "/vpn/tunnel/" },
		{ "/vpn/tunnel", "/vpn/tunnel", "/vpn/tunnel/" },
		{ "/vpn/api", "/vpn/api", "/vpn/" },
		{ "/vpn/group/x", "/vpn/tunnel/monitor", "/vpn/" },
		{ "/vpn/api", "/system/", "/" },
		/* nonsense has no minter below the root */
		{ "", "", "/" },
		{ "vpn", "vpn", "/" },
	};
	char buffer[PATH_MAX_BYTES];
	size_t i;

	for (i = 0; i < LENGTH(rows); i++) {
		CU_ASSERT_STRING_EQUAL(edges_minter(tops, 2, rows[i].one,
						    rows[i].other, buffer),
				       rows[i].minter);
		CU_ASSERT_STRING_EQUAL(edges_minter(tops, 2, rows[i].other,
						    rows[i].one, buffer),
				       rows[i].minter);
	}
}

static void test_a_path_that_is_too_long_does_no_harm(void)
{
	char path[2 * PATH_MAX_BYTES], buffer[PATH_MAX_BYTES];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 2] = '/';
	path[sizeof(path) - 1] = '\0';
	CU_ASSERT_STRING_EQUAL(edges_minter(tops, 2, path, path, buffer), "/");
}

static void test_every_path_is_somebodys_business(void)
{
	static const struct {
		const struct spec_node *node;
		const char *path;
		int route;
	} rows[] = {
		{ &vpn, "/vpn/", EDGES_ITSELF },
		{ &vpn, "/vpn/server", 0 },
		{ &vpn, "/vpn/api", 1 },
		{ &vpn, "/vpn/tunnel", 2 },
		{ &vpn, "/vpn/tunnel/", 2 },
		{ &vpn, "/vpn/tunnel/monitor", 2 },
		{ &vpn, "/vpn/group/nobody", 3 },
		{ &vpn, "/vpn/nobody", EDGES_NOWHERE },
		{ &vpn, "/vpn/ap", EDGES_NOWHERE },
		{ &vpn, "/vpn/api/", EDGES_NOWHERE },
		{ &vpn, "/vpn/api/x", EDGES_NOWHERE },
		{ &vpn, "/vpn", EDGES_NOWHERE },
		{ &vpn, "/vpnx", EDGES_OUTSIDE },
		{ &vpn, "/vp", EDGES_OUTSIDE },
		{ &vpn, "/", EDGES_OUTSIDE },
		{ &vpn, "", EDGES_OUTSIDE },
		{ &vpn, "/system/journal", EDGES_OUTSIDE },
		{ &tunnel, "/vpn/tunnel", EDGES_HEAD },
		{ &tunnel, "/vpn/tunnel/", EDGES_ITSELF },
		{ &tunnel, "/vpn/tunnel/monitor", 0 },
		{ &tunnel, "/vpn/", EDGES_OUTSIDE },
		{ &root, "/", EDGES_ITSELF },
		{ &root, "/system", 0 },
		{ &root, "/system/journal", 0 },
		{ &root, "/vpn/", 1 },
		{ &root, "/vpn/tunnel/monitor", 1 },
		{ &root, "/other", EDGES_NOWHERE },
		{ &root, "/other/x", EDGES_NOWHERE },
		{ &root, "", EDGES_OUTSIDE },
		{ &root, "vpn", EDGES_OUTSIDE },
		{ &root, "//", EDGES_NOWHERE },
	};
	size_t i;
	int route;

	for (i = 0; i < LENGTH(rows); i++) {
		route = edges_route(rows[i].node, rows[i].path);
		CU_ASSERT_EQUAL(route, rows[i].route);
		if (route != rows[i].route)
			harness_note("%s seen from %s: %d", rows[i].path,
				     rows[i].node->path, route);
	}
}

/* the supervisors between the minter and both ends all know the way */
static bool arrives(const struct spec_node *node, const char *path)
{
	int route = edges_route(node, path);

	while (route >= 0) {
		const struct spec_node *child = node->children[route];

		if (!strcmp(child->path, path) && child->n_children == 0)
			return true;
		node = child;
		route = edges_route(node, path);
	}
	return route == EDGES_ITSELF || route == EDGES_HEAD;
}

static void test_both_ends_of_every_edge_find_their_way_down(void)
{
	char buffer[PATH_MAX_BYTES];
	struct declared_edge *edges;
	const struct spec_node *minter;
	size_t i, n;

	CU_ASSERT_EQUAL_FATAL(edges_declared(tops, 2, &edges, &n), 0);
	for (i = 0; i < n; i++) {
		edges_minter(tops, 2, edges[i].holder, edges[i].target, buffer);
		minter = &root;
		while (edges_route(minter, buffer) >= 0)
			minter = minter->children[edges_route(minter, buffer)];
		CU_ASSERT_EQUAL(edges_route(minter, buffer), EDGES_ITSELF);
		CU_ASSERT(arrives(minter, edges[i].holder));
		CU_ASSERT(arrives(minter, edges[i].target));
	}
	edges_free(edges, n);
}

/* ---- many -------------------------------------------------------------- */

#define N_MANY 5000

static struct spec_node many[N_MANY];
static struct spec_node *many_children[N_MANY];
static struct spec_ref many_refs[N_MANY];
static char many_paths[N_MANY][32];

/* each refers to another one far away in the list */
static void make_many(struct spec_node *top)
{
	size_t i;

	for (i = 0; i < N_MANY; i++) {
		snprintf(many_paths[i], sizeof(many_paths[i]), "/vpn/actor%zu",
			 i);
		many_refs[i] = (struct spec_ref){
			.name = many_paths[(i * 7919 + 1) % N_MANY] + 5,
			.path = many_paths[(i * 7919 + 1) % N_MANY],
		};
		many[i] = (struct spec_node){
			ACTOR(many_paths[i] + 5, many_paths[i]),
			.refs = &many_refs[i],
			.n_refs = 1,
			.mailbox_per_edge = i,
		};
		many_children[i] = &many[i];
	}
	*top = (struct spec_node){ .name = "vpn", .path = "/vpn",
				   CHILDREN(many_children) };
}

static void test_five_thousand_actors_are_no_effort(void)
{
	struct spec_node top, *both[] = { &system_node, &top };
	char buffer[PATH_MAX_BYTES];
	struct declared_edge *edges;
	size_t i, n, n_right = 0;

	make_many(&top);
	CU_ASSERT_EQUAL_FATAL(edges_declared(both, 2, &edges, &n), 0);
	CU_ASSERT_EQUAL(n, 7 + 2 * N_MANY);
	for (i = 7; i < n; i += 2) {
		edges_minter(both, 2, edges[i].holder, edges[i].target, buffer);
		n_right += !strcmp(buffer, "/vpn/") &&
			   edges_route(&top, edges[i].target) ==
				   (int)edges[i].room_bytes;
	}
	CU_ASSERT_EQUAL(n_right, N_MANY);
	edges_free(edges, n);
}

/* theirs is made when they want it: letters.c */
static void test_instances_have_no_edge_for_letters_from_the_beginning(void)
{
	struct spec_node instances[] = {
		{ .name = "w-1", .path = "/n/w-1", .exec = "w", .group = "w",
		  .n_instances = 2 },
		{ .name = "w-2", .path = "/n/w-2", .exec = "w", .group = "w",
		  .n_instances = 2, .model = &instances[0] },
	};
	struct spec_node *children[] = { &instances[0], &instances[1] };
	struct spec_node top = { .name = "n", .path = "/n",
				 .children = children, .n_children = 2 };
	struct spec_node *both[] = { &system_node, &top };
	struct declared_edge *edges;
	size_t n, n_before;

	CU_ASSERT_EQUAL_FATAL(edges_declared(both, 1, &edges, &n_before), 0);
	edges_free(edges, n_before);
	CU_ASSERT_EQUAL_FATAL(edges_declared(both, 2, &edges, &n), 0);
	CU_ASSERT_EQUAL_FATAL(n, n_before + 1);
	CU_ASSERT_STRING_EQUAL(edges[n - 1].holder, "/n/");
	edges_free(edges, n);
}

static void test_lives_name_an_edge(void)
{
	uint64_t id = edges_id_of_lives(5, 7);

	CU_ASSERT_EQUAL(edges_id_of_lives(5, 7), id);
	CU_ASSERT_NOT_EQUAL(edges_id_of_lives(7, 5), id);
	CU_ASSERT_NOT_EQUAL(edges_id_of_lives(5, 8), id);
	CU_ASSERT_NOT_EQUAL(edges_id_of_lives(6, 7), id);
	CU_ASSERT_NOT_EQUAL(edges_id_of_lives(0, 0), 0);
	CU_ASSERT_EQUAL(edges_id_of_lives(UINT64_MAX, 3) >> 62, 0);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_all_edges_are_declared_in_tree_order),
	HARNESS_TEST(test_a_tree_alone_has_nobody_to_send_dead_letters_to),
	HARNESS_TEST(test_the_deepest_common_supervisor_mints),
	HARNESS_TEST(test_a_path_that_is_too_long_does_no_harm),
	HARNESS_TEST(test_every_path_is_somebodys_business),
	HARNESS_TEST(test_both_ends_of_every_edge_find_their_way_down),
	HARNESS_TEST(test_five_thousand_actors_are_no_effort),
	HARNESS_TEST(test_instances_have_no_edge_for_letters_from_the_beginning),
	HARNESS_TEST(test_lives_name_an_edge),
};
HARNESS_MAIN(tests)
