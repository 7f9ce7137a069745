/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * network.c - who may have which connections, for who makes them.
 *
 * It only lists what a tree says. Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/network_spec.h"
#include "supervisord/decide/network.h"

#define PORT_OF_NAMES 53
#define N_PORTS 65536

bool network_is_granted(const struct spec_node *node)
{
	return node->exec && node->kind == SPEC_ACTOR &&
	       node->sandbox.network == SPEC_NETWORK_GRANTED;
}

bool network_listens(const struct spec_node *node)
{
	return network_is_granted(node) && node->sandbox.listen &&
	       node->sandbox.listen[0];
}

static size_t count(char *const *addresses)
{
	size_t n = 0;

	while (addresses && addresses[n])
		n++;
	return n;
}

size_t network_n_granted(const struct spec_node *node)
{
	return count(node->sandbox.connect) + count(node->sandbox.listen);
}

bool network_wants_ports(const struct spec_node *root)
{
	if (root->exec && root->sandbox.ports &&
	    strcmp(root->path, NETWORK_PATH))
		return true;
	for (size_t i = 0; i < root->n_children; i++)
		if (network_wants_ports(root->children[i]))
			return true;
	for (size_t i = 0; i < root->n_templates; i++)
		if (network_wants_ports(root->templates[i]))
			return true;
	return false;
}

/* ---- the table ---------------------------------------------------------- */

/* struct listing - the text; without memory its bytes are only counted */
struct listing {
	char *text;
	size_t n_bytes;
};

static void list(struct listing *all, const struct spec_node *node,
		 const char *what, char *const *addresses)
{
	for (; addresses && *addresses; addresses++) {
		size_t n = strlen(node->path) + strlen(what) +
			   strlen(*addresses) + 3;

		if (all->text)
			snprintf(all->text + all->n_bytes, n + 1, "%s %s %s\n",
				 node->path, what, *addresses);
		all->n_bytes += n;
	}
}

static void list_tree(struct listing *all, const struct spec_node *node)
{
	if (network_is_granted(node)) {
		list(all, node, "connect", node->sandbox.connect);
		list(all, node, "listen", node->sandbox.listen);
	}
	for (size_t i = 0; i < node->n_children; i++)
		list_tree(all, node->children[i]);
}

int network_table(const struct spec_node *root, char **ret_text)
{
	struct listing all = { .text = NULL };

	list_tree(&all, root);
	all.text = calloc(1, all.n_bytes + 1);
	if (!all.text)
		return -ENOMEM;
	all.n_bytes = 0;
	list_tree(&all, root);
	*ret_text = all.text;
	return 0;
}

/* ---- ports -------------------------------------------------------------- */

enum { CONNECT = 1, LISTEN = 2 };

static void mark(uint8_t *marks, char *const *addresses, uint8_t use)
{
	for (; addresses && *addresses; addresses++)
		marks[network_spec_port(*addresses)] |= use;
}

static void mark_tree(uint8_t *marks, const struct spec_node *node)
{
	if (network_is_granted(node)) {
		mark(marks, node->sandbox.connect, CONNECT);
		mark(marks, node->sandbox.listen, LISTEN);
		if (node->sandbox.connect && node->sandbox.connect[0])
			marks[PORT_OF_NAMES] |= CONNECT;
	}
	for (size_t i = 0; i < node->n_templates; i++)
		mark_tree(marks, node->templates[i]);
	for (size_t i = 0; i < node->n_children; i++)
		mark_tree(marks, node->children[i]);
}

static struct spec_ports *ports_of(const uint8_t *marks)
{
	struct spec_ports *ports;
	size_t n = 0;

	for (size_t i = 0; i < N_PORTS; i++)
		n += marks[i] != 0;
	ports = calloc(1, sizeof(*ports) + n * sizeof(ports->ports[0]));
	for (size_t i = 0; ports && i < N_PORTS; i++)
		if (marks[i])
			ports->ports[ports->n++] = (struct spec_port){
				.number = (uint16_t)i,
				.connect = marks[i] & CONNECT,
				.listen = marks[i] & LISTEN,
			};
	return ports;
}

static bool are_same(const struct spec_ports *one,
		     const struct spec_ports *other)
{
	if (!one || one->n != other->n)
		return false;
	for (size_t i = 0; i < one->n; i++)
		if (one->ports[i].number != other->ports[i].number ||
		    one->ports[i].connect != other->ports[i].connect ||
		    one->ports[i].listen != other->ports[i].listen)
			return false;
	return true;
}

int network_limit(struct spec_node *root)
{
	struct spec_node *broker = spec_find(root, NETWORK_PATH);
	struct spec_ports *ports;
	uint8_t *marks;

	if (!broker)
		return 0;
	marks = calloc(1, N_PORTS);
	if (!marks)
		return -ENOMEM;
	mark_tree(marks, root);
	ports = ports_of(marks);
	free(marks);
	if (!ports)
		return -ENOMEM;
	if (are_same(broker->sandbox.ports, ports)) {
		free(ports);
		return 0;
	}
	free(broker->sandbox.ports);
	broker->sandbox.ports = ports;
	return 1;
}
