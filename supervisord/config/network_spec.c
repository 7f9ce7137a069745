/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * network_spec.c - reads `network:`, a word, the connections it may ask for, or the
 * ports of a network it has.
 *
 * An address is kept as it was written, and compared as that: so there is one way
 * to write each number, and what resolvers read otherwise than people, as "127.1",
 * is no address here. Pure.
 */
#include "supervisord/config/network_spec.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES_MAX 253
#define LABEL_BYTES_MAX 63
#define HOST_BYTES 256

static KEY_READER(read_connect);
static KEY_READER(read_listen);
static KEY_READER(read_connect_ports);
static KEY_READER(read_listen_ports);

static const struct key rows[] = {
	{ .name = "connect", .type = "list of host:port", .fallback = "[]",
	  .meaning = "where it may have itself connected to",
	  .read = read_connect,
	  .offset = offsetof(struct spec_sandbox, connect) },
	{ .name = "listen", .type = "list of address:port", .fallback = "[]",
	  .meaning = "where it may have a socket that listens",
	  .read = read_listen,
	  .offset = offsetof(struct spec_sandbox, listen) },
	{ .name = "mode", .type = "none|loopback|host", .fallback = "none",
	  .meaning = "a network with these ports of TCP alone",
	  .read = key_read_word,
	  .offset = offsetof(struct spec_sandbox, network),
	  .words = &value_networks },
	{ .name = "connect_ports", .type = "list of ports", .fallback = "[]",
	  .meaning = "ports it may connect to",
	  .read = read_connect_ports,
	  .offset = offsetof(struct spec_sandbox, ports) },
	{ .name = "listen_ports", .type = "list of ports", .fallback = "[]",
	  .meaning = "ports it may listen at",
	  .read = read_listen_ports,
	  .offset = offsetof(struct spec_sandbox, ports) },
};

const struct key_table keys_of_network = KEY_TABLE("a network", rows);

/* ---- addresses ---------------------------------------------------------- */

/* one way to write each: no sign, no zero in front */
static bool is_port(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n <= 5 && text[n] == '\0' && text[0] != '0' &&
	       strtoul(text, NULL, 10) <= UINT16_MAX;
}

static bool is_label(const char *label, size_t n_bytes)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_";

	return n_bytes > 0 && n_bytes <= LABEL_BYTES_MAX &&
	       strspn(label, letters) >= n_bytes && label[0] != '-';
}

/* the last label of a name begins with no digit, or it could be read as one */
static bool is_name(const char *host)
{
	const char *label = host;
	size_t n;

	if (strlen(host) > NAME_BYTES_MAX)
		return false;
	for (;; label += n + 1) {
		n = strcspn(label, ".");
		if (!is_label(label, n))
			return false;
		if (label[n] == '\0')
			return label[0] < '0' || label[0] > '9';
	}
}

static bool is_six(const char *host)
{
	size_t n = strlen(host);
	uint8_t address[16];
	char digits[HOST_BYTES];

	if (n < 3 || host[n - 1] != ']')
		return false;
	memcpy(digits, host + 1, n - 2);
	digits[n - 2] = '\0';
	return inet_pton(AF_INET6, digits, address) == 1;
}

/* what is wrong with it, or NULL */
static const char *fault_of(const char *text, bool digits_only)
{
	const char *colon = strrchr(text, ':');
	char host[HOST_BYTES];
	uint8_t address[4];

	if (!colon || !is_port(colon + 1))
		return "has no port, 1 to 65535, at its end, as in 127.0.0.1:80";
	if ((size_t)(colon - text) >= sizeof(host))
		return "is too long";
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	if (host[0] == '[')
		return is_six(host) ? NULL :
		       "has no IPv6 address in its brackets, as in [::1]:80";
	if (strchr(host, ':'))
		return "needs brackets around its IPv6 address, as in [::1]:80";
	if (inet_pton(AF_INET, host, address) == 1)
		return NULL;
	if (digits_only)
		return "begins with no address in digits, like 127.0.0.1:80 or [::1]:80";
	return is_name(host) ? NULL :
	       "begins with neither a name nor an address, like example.org:443";
}

uint16_t network_spec_port(const char *address)
{
	return (uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10);
}

/* ---- lists -------------------------------------------------------------- */

static bool is_address(struct reading *r, const struct yaml_value *item,
		       char *const *before, bool digits_only)
{
	const char *fault;
	struct quoted quoted;

	if (!reading_expects(r, item, YAML_KIND_TEXT,
			     "an address, like 127.0.0.1:80"))
		return false;
	fault = fault_of(item->text, digits_only);
	if (!fault && spec_lists(before, item->text))
		fault = "stands there twice";
	if (fault)
		reading_refuse(r, item->mark, "%s %s",
			       reading_quote(&quoted, item->text), fault);
	return !fault;
}

static void read_addresses(struct reading *r, const struct yaml_value *list,
			   bool digits_only, char ***ret)
{
	const struct yaml_value *item;
	char **texts;
	size_t n = 0;

	if (!reading_expects(r, list, YAML_KIND_LIST,
			     "a list, like [\"127.0.0.1:80\"]"))
		return;
	if (list->n_values > NETWORK_ADDRESSES_MAX) {
		reading_refuse(r, list->mark, "more than %d addresses",
			       NETWORK_ADDRESSES_MAX);
		return;
	}
	texts = reading_allocate(r, list->n_values + 1, sizeof(*texts));
	if (!texts)
		return;
	for (item = list->first; item; item = item->next) {
		if (is_address(r, item, texts, digits_only))
			texts[n] = reading_copy(r, item->text);
		n += texts[n] != NULL;
	}
	*ret = texts;
}

static KEY_READER(read_connect)
{
	(void)key;
	read_addresses(r, value, false, ret);
}

static KEY_READER(read_listen)
{
	(void)key;
	read_addresses(r, value, true, ret);
}

/* ---- ports -------------------------------------------------------------- */

static struct spec_port *port_for(struct spec_ports *ports, uint16_t number)
{
	for (size_t i = 0; i < ports->n; i++)
		if (ports->ports[i].number == number)
			return &ports->ports[i];
	ports->ports[ports->n] = (struct spec_port){ .number = number };
	return &ports->ports[ports->n++];
}

static void read_port(struct reading *r, const struct yaml_value *item,
		      struct spec_ports *ports, bool listen)
{
	struct spec_port *port;
	struct quoted quoted;
	bool *may;

	if (!reading_expects(r, item, YAML_KIND_TEXT, "a port, like 443"))
		return;
	if (!is_port(item->text)) {
		reading_refuse(r, item->mark, "%s is no port: it is 1 to 65535",
			       reading_quote(&quoted, item->text));
		return;
	}
	port = port_for(ports, (uint16_t)strtoul(item->text, NULL, 10));
	may = listen ? &port->listen : &port->connect;
	if (*may)
		reading_refuse(r, item->mark, "%s stands there twice",
			       reading_quote(&quoted, item->text));
	*may = true;
}

/* both lists are one, with room for all of both */
static void read_ports(struct reading *r, const struct yaml_value *list,
		       struct spec_ports **ports, bool listen)
{
	const struct yaml_value *item;

	if (!*ports)
		*ports = reading_allocate(r, 1, sizeof(**ports) +
			NETWORK_PORTS_MAX * sizeof((*ports)->ports[0]));
	if (!reading_expects(r, list, YAML_KIND_LIST, "a list, like [443]"))
		return;
	if (list->n_values > NETWORK_ADDRESSES_MAX) {
		reading_refuse(r, list->mark, "more than %d ports",
			       NETWORK_ADDRESSES_MAX);
		return;
	}
	for (item = list->first; item && *ports; item = item->next)
		read_port(r, item, *ports, listen);
}

static KEY_READER(read_connect_ports)
{
	(void)key;
	read_ports(r, value, ret, false);
}

static KEY_READER(read_listen_ports)
{
	(void)key;
	read_ports(r, value, ret, true);
}

/* connections are made outside, ports are of a network that it has */
static const char *fault_of_mapping(const struct spec_sandbox *sandbox)
{
	if (sandbox->network == SPEC_NETWORK_GRANTED)
		return sandbox->ports ?
		       "has ports and no network: say \"mode: host\" or loopback" :
		       NULL;
	if (sandbox->connect || sandbox->listen)
		return "has addresses, which need no network, and a mode: say connect_ports and listen_ports, or leave \"mode\" out";
	return sandbox->ports ? NULL :
	       "limits nothing: it has \"connect_ports\" or \"listen_ports\", or is one word";
}

bool network_spec_has_port(const struct spec_ports *ports, uint16_t number,
			   bool listen)
{
	for (size_t i = 0; i < ports->n; i++)
		if (ports->ports[i].number == number &&
		    (listen ? ports->ports[i].listen :
			      ports->ports[i].connect))
			return true;
	return false;
}

char **network_spec_ports(const struct spec_ports *ports, bool listen,
			  char *texts[static NETWORK_PORTS_MAX + 1],
			  char digits[static NETWORK_PORTS_MAX][8])
{
	size_t n = 0;

	for (size_t i = 0; ports && i < ports->n && n < NETWORK_PORTS_MAX;
	     i++) {
		if (!(listen ? ports->ports[i].listen :
			       ports->ports[i].connect))
			continue;
		snprintf(digits[n], sizeof(digits[n]), "%u",
			 ports->ports[i].number);
		texts[n] = digits[n];
		n++;
	}
	texts[n] = NULL;
	return texts;
}

KEY_READER(network_spec_read)
{
	static const struct key_table *const tables[] = { &keys_of_network,
							  NULL };
	struct spec_sandbox *sandbox = ret;
	const char *fault;

	if (value->kind != YAML_KIND_MAP) {
		key_read_word(r, key, value, &sandbox->network);
		return;
	}
	sandbox->network = SPEC_NETWORK_GRANTED;
	sandbox->network_mark = value->mark;
	if (value->n_values == 0)
		reading_refuse(r, value->mark,
			       "grants nothing: it has \"connect\" or \"listen\", or is none");
	keys_read(r, tables, value, 0, sandbox);
	if (sandbox->network == SPEC_NETWORK_NONE)
		sandbox->network = SPEC_NETWORK_GRANTED;
	fault = fault_of_mapping(sandbox);
	if (fault && value->n_values > 0)
		reading_refuse(r, value->mark, "%s", fault);
}

/* ---- a whole file ------------------------------------------------------- */

struct listening {
	const struct spec_node *nodes[NETWORK_ADDRESSES_MAX];
	const char *addresses[NETWORK_ADDRESSES_MAX];
	size_t n;
	bool full;
};

/* those of a class share what they were copied with, and each address */
static bool are_of_a_kind(const struct spec_node *one,
			  const struct spec_node *other)
{
	return one->sandbox.listen == other->sandbox.listen;
}

static void check_address(struct reading *r, struct listening *all,
			  const struct spec_node *node, const char *address)
{
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->addresses[i], address))
			continue;
		if (!are_of_a_kind(all->nodes[i], node))
			reading_refuse(r, node->sandbox.network_mark,
				       "\"%s\" is where %s listens", address,
				       all->nodes[i]->path);
		return;
	}
	if (all->n < NETWORK_ADDRESSES_MAX) {
		all->nodes[all->n] = node;
		all->addresses[all->n++] = address;
	} else if (!all->full) {
		all->full = true;
		reading_refuse(r, node->sandbox.network_mark,
			       "all of a file may listen at %d addresses",
			       NETWORK_ADDRESSES_MAX);
	}
}

void network_spec_check(struct reading *r, const struct spec_index *index)
{
	struct listening all = { .n = 0 };

	for (size_t i = 0; i < index->n_nodes; i++) {
		const struct spec_node *node = index->nodes[i];

		if (node->sandbox.network != SPEC_NETWORK_GRANTED)
			continue;
		if (node->kind == SPEC_PROGRAM && !node->model)
			reading_refuse(r, node->sandbox.network_mark,
				       "connections come in messages, and this is a program: network: loopback or host");
		for (char **at = node->sandbox.listen; at && *at; at++)
			check_address(r, &all, node, *at);
	}
}
