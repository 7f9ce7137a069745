/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_network.c - who may have which connections, and the ports they need.
 */
#include <stdlib.h>
#include <string.h>

#include "supervisord/decide/edges.h"
#include "supervisord/decide/network.h"
#include "tests/harness/harness.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define CHILDREN(array) .children = (array), .n_children = LENGTH(array)

static char *out_to[] = { "example.org:443", "[::1]:80", NULL };
static char *in_at[] = { "127.0.0.1:80", NULL };
static char *spawned_to[] = { "127.0.0.1:7", NULL };

static struct spec_node broker = { .name = "network", .path = NETWORK_PATH,
				   .exec = "x" };
static struct spec_node *system_children[] = { &broker };
static struct spec_node system_node = { .name = "system", .path = "/system",
					CHILDREN(system_children) };
static struct spec_node template = {
	.name = "t", .path = "/s/a/*t", .exec = "x", .is_template = true,
	.sandbox = { .network = SPEC_NETWORK_GRANTED, .connect = spawned_to },
};
static struct spec_node *templates[] = { &template };
static struct spec_node a = {
	.name = "a", .path = "/s/a", .exec = "x",
	.templates = templates, .n_templates = 1,
	.sandbox = { .network = SPEC_NETWORK_GRANTED, .connect = out_to },
};
static struct spec_node b = {
	.name = "b", .path = "/s/b", .exec = "x",
	.sandbox = { .network = SPEC_NETWORK_GRANTED, .listen = in_at },
};
static struct spec_node c = { .name = "c", .path = "/s/c", .exec = "x",
			      .sandbox = { .network = SPEC_NETWORK_HOST } };
static struct spec_node *children[] = { &a, &b, &c };
static struct spec_node top = { .name = "s", .path = "/s", CHILDREN(children) };
static struct spec_node *tops[] = { &system_node, &top };
static struct spec_node root = { .name = "", .path = "", CHILDREN(tops) };

static void test_the_table_has_a_line_for_each(void)
{
	char *text;

	CU_ASSERT_EQUAL_FATAL(network_table(&root, &text), 0);
	CU_ASSERT_STRING_EQUAL(text, "/s/a connect example.org:443\n"
				     "/s/a connect [::1]:80\n"
				     "/s/b listen 127.0.0.1:80\n");
	free(text);
}

static void expect_port(uint16_t number, bool connect, bool listen)
{
	const struct spec_ports *ports = broker.sandbox.ports;
	size_t i = 0;

	while (i < ports->n && ports->ports[i].number != number)
		i++;
	CU_ASSERT_FATAL(i < ports->n);
	CU_ASSERT_EQUAL(ports->ports[i].connect, connect);
	CU_ASSERT_EQUAL(ports->ports[i].listen, listen);
}

static void test_its_ports_are_those_of_all(void)
{
	CU_ASSERT_EQUAL(network_limit(&root), 1);
	CU_ASSERT_EQUAL(broker.sandbox.ports->n, 4);
	expect_port(7, true, false);		/* of what may be spawned */
	expect_port(53, true, false);		/* to look up names */
	expect_port(80, true, true);
	expect_port(443, true, false);
	CU_ASSERT_EQUAL(network_limit(&root), 0);
	b.sandbox.network = SPEC_NETWORK_NONE;
	CU_ASSERT_EQUAL(network_limit(&root), 1);
	expect_port(80, true, false);
	b.sandbox.network = SPEC_NETWORK_GRANTED;
	free(broker.sandbox.ports);
	broker.sandbox.ports = NULL;
}

static bool has_edge(const struct declared_edge *edges, size_t n,
		     const char *holder, const char *target, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(edges[i].holder, holder) &&
		    !strcmp(edges[i].target, target) &&
		    !strcmp(edges[i].name, name))
			return true;
	return false;
}

static void test_who_may_have_some_can_ask_and_is_watched(void)
{
	struct declared_edge *edges;
	size_t n;

	CU_ASSERT_EQUAL_FATAL(edges_declared(tops, 2, &edges, &n), 0);
	CU_ASSERT_EQUAL(n, 4);
	CU_ASSERT(has_edge(edges, n, "/s/a", NETWORK_PATH, NETWORK_PATH));
	CU_ASSERT(has_edge(edges, n, "/s/b", NETWORK_PATH, NETWORK_PATH));
	CU_ASSERT(has_edge(edges, n, NETWORK_PATH, "/s/b", "/s/b"));
	CU_ASSERT(has_edge(edges, n, NETWORK_PATH, NETWORK_PATH,
			   NETWORK_PATH));
	edges_free(edges, n);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_table_has_a_line_for_each),
	HARNESS_TEST(test_its_ports_are_those_of_all),
	HARNESS_TEST(test_who_may_have_some_can_ask_and_is_watched),
};
HARNESS_MAIN(tests)
