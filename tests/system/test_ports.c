/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_ports.c - a network of some ports: others are refused, by whatever way.
 *
 * test-visitor tries, and says by its exit status what came of it. The ports are
 * of the host; this test listens at some.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/system/story.h"

#define CONFIG_BYTES 1024
#define THERE 40	/* test-visitor got there */

/** struct door - a port of this test's */
struct door {
	int fd;
	unsigned int port;
};

/* where nobody listens yet, but who says so can bind to it as well */
static struct door closed_door(void)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t n = sizeof(at);
	struct door door = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
					  0) };
	const int yes = 1;

	CU_ASSERT_FATAL(setsockopt(door.fd, SOL_SOCKET, SO_REUSEADDR, &yes,
				   sizeof(yes)) == 0 &&
			bind(door.fd, (struct sockaddr *)&at, n) == 0 &&
			getsockname(door.fd, (struct sockaddr *)&at, &n) == 0);
	door.port = ntohs(at.sin_port);
	return door;
}

static struct door open_door(void)
{
	struct door door = closed_door();

	CU_ASSERT_FATAL(listen(door.fd, 9) == 0);
	return door;
}

static void put_visitor(FILE *out, const char *name, const char *way,
			unsigned int port, const char *network)
{
	fprintf(out, "  - { name: %s, kind: program, ready: at_once,\n"
		"      restart: temporary, exec: \"@ACTORS@/test-visitor\",\n"
		"      args: [%s, \"%u\"], sandbox: { network: %s } }\n", name,
		way, port, network);
}

static void start(struct tree *tree, const struct door *open,
		  const struct door *shut, const struct door *nobodys)
{
	char text[4 * CONFIG_BYTES], network[CONFIG_BYTES];
	FILE *out = fmemopen(text, sizeof(text), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	snprintf(network, sizeof(network),
		 "{ mode: host, connect_ports: [%u], listen_ports: [%u] }",
		 open->port, nobodys->port);
	fputs("system: \"@SYSTEM@\"\nchildren:\n", out);
	fputs("  - { name: stays, " STORY_ACTOR " }\n", out);
	put_visitor(out, "granted", "connect", open->port, network);
	put_visitor(out, "other", "connect", shut->port, network);
	put_visitor(out, "bind", "bind", nobodys->port, network);
	put_visitor(out, "bind-other", "bind", open->port, network);
	put_visitor(out, "fastopen", "fastopen", shut->port, network);
	put_visitor(out, "mptcp", "mptcp", shut->port, network);
	put_visitor(out, "free", "connect", shut->port, "host");
	fclose(out);
	tree_start(tree, text);
}

static void expect_end(struct tree *tree, const char *path, int status)
{
	char cause[32];

	snprintf(cause, sizeof(cause), "exit:%d", status);
	CU_ASSERT(story_await(tree, path, "cause", cause));
}

static void need_ports(struct tree *tree)
{
	if (story_number(tree, "stays", "landlock") >= 4 &&
	    story_number(tree, "stays", "stage") >= 0)
		return;
	tree_stop(tree);
	HARNESS_SKIP("no Landlock with ports, or no seccomp here");
}

static void expect_port(struct tree *tree, const char *field, unsigned int port)
{
	char *text = story_text(tree, "other", field);

	CU_ASSERT_EQUAL(atoi(text), (int)port);
	free(text);
}

static void test_what_is_listed_works_and_nothing_else(void)
{
	struct door open = open_door(), shut = open_door();
	struct door nobodys = closed_door();
	struct tree tree;

	start(&tree, &open, &shut, &nobodys);
	need_ports(&tree);
	expect_end(&tree, "granted", THERE);
	expect_end(&tree, "other", EACCES);
	expect_end(&tree, "bind", THERE);
	expect_end(&tree, "bind-other", EACCES);
	expect_end(&tree, "free", THERE);
	/* Landlock lets these pass */
	expect_end(&tree, "fastopen", EOPNOTSUPP);
	expect_end(&tree, "mptcp", EPROTONOSUPPORT);
	expect_port(&tree, "network_connect_ports", open.port);
	expect_port(&tree, "network_listen_ports", nobodys.port);
	tree_stop(&tree);
	close(nobodys.fd);
	close(open.fd);
	close(shut.fd);
}

static void test_where_ports_are_not_in_force_that_is_said(void)
{
	struct door open = open_door(), shut = open_door();
	struct door nobodys = closed_door();
	struct tree tree;
	char *text;

	setenv("ACTORPROC_PROBE_OVERRIDE", "landlock=3", 1);
	start(&tree, &open, &shut, &nobodys);
	text = story_text(&tree, "stays", "degraded");
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "ports"));
	free(text);
	text = story_text(&tree, "stays", "lowered");
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "connect_ports and listen_ports"));
	free(text);
	expect_end(&tree, "other", THERE);
	tree_stop(&tree);
	close(nobodys.fd);
	close(open.fd);
	close(shut.fd);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_is_listed_works_and_nothing_else),
	HARNESS_TEST(test_where_ports_are_not_in_force_that_is_said),
};
HARNESS_MAIN(tests)
