/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * manager.c - a tree under a service manager that keeps descriptors.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/harness/harness.h"
#include "tests/system/manager.h"

void manager_spawn(struct tree *tree)
{
	tree->manager = tree_expand(tree, "@ACTORS@/test-manager");
	tree_spawn(tree);
}

void manager_start(struct tree *tree, const char *config_text)
{
	tree_prepare(tree, config_text);
	manager_spawn(tree);
	CU_ASSERT_FATAL(tree_await_up(tree));
}

static int connect_to(const struct tree *tree)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = TREE_DEADLINE_MS / 1000 };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%.90s/manager",
		 tree->directory);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool ask(const struct tree *tree, const char *text, char *ret,
		size_t size)
{
	int fd = connect_to(tree);
	ssize_t n = -1;

	if (fd < 0)
		return false;
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) > 0)
		n = recv(fd, ret, size - 1, 0);
	close(fd);
	ret[n > 0 ? n : 0] = '\0';
	return n > 0;
}

bool manager_say(struct tree *tree, const char *command, long number)
{
	char text[64], reply[64];

	snprintf(text, sizeof(text), number < 0 ? "%s" : "%s %ld", command,
		 number);
	return ask(tree, text, reply, sizeof(reply));
}

struct manager_status manager_look(struct tree *tree)
{
	static char text[65536];
	struct manager_status status = { .root = -1 };

	if (ask(tree, "status", text, sizeof(text)))
		sscanf(text, "%d %u %u %u %u %lld", &status.root,
		       &status.n_starts, &status.n_kept, &status.up,
		       &status.n_watchdog, &status.book_bytes);
	return status;
}

static bool has_started(struct tree *tree, void *data)
{
	const unsigned int *n = data;
	struct manager_status status = manager_look(tree);

	return status.up && status.n_starts >= *n;
}

bool manager_await_start(struct tree *tree, unsigned int n)
{
	harness_awaits("start %u of the root", n);
	return tree_wait_until(tree, has_started, &n);
}

void manager_kill(struct tree *tree)
{
	struct manager_status status = manager_look(tree);

	CU_ASSERT_FATAL(status.root > 0);
	CU_ASSERT_FATAL(manager_say(tree, "kill", 0));
	CU_ASSERT_FATAL(manager_await_start(tree, status.n_starts + 1));
}
