/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ready_spec.c - reads `ready:`, a word or "listen:" and an address. Pure.
 */
#include "supervisord/config/ready_spec.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/network_spec.h"
#include "supervisord/config/suggest.h"

#define LISTEN "listen:"
/* of sun_path, with its NUL */
#define SOCKET_PATH_BYTES 108
#define HOST_BYTES 64

static const char *const words[] = {
	[SPEC_READY_NOTIFY] = "notify",
	[SPEC_READY_AT_ONCE] = "at_once",
	NULL,
};

/* what is wrong with the path of a socket, or NULL */
static const char *fault_of_socket(const char *path)
{
	size_t n_bytes = strlen(path);

	if (n_bytes == 1 || path[n_bytes - 1] == '/')
		return "names no socket";
	if (n_bytes >= SOCKET_PATH_BYTES)
		return "is too long for a socket: 107 bytes at most";
	if (!key_text_is_printable(path))
		return "has control characters";
	return NULL;
}

static bool take_port(const char *text, uint16_t *ret)
{
	unsigned long port;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	port = strtoul(text, &end, 10);
	if (*end != '\0' || port == 0 || port > UINT16_MAX)
		return false;
	*ret = (uint16_t)port;
	return true;
}

/* "127.0.0.1", "[::1]" */
static bool take_host(const char *text, size_t n_bytes, uint8_t ret[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool six = n_bytes > 2 && text[0] == '[' && text[n_bytes - 1] == ']';
	char host[HOST_BYTES];

	if (n_bytes >= sizeof(host))
		return false;
	memcpy(host, text, n_bytes);
	host[six ? n_bytes - 1 : n_bytes] = '\0';
	if (six)
		return inet_pton(AF_INET6, host + 1, ret) == 1;
	memcpy(ret, mapped, sizeof(mapped));
	return inet_pton(AF_INET, host, ret + sizeof(mapped)) == 1;
}

static const char *take_tcp(const char *text, struct spec_listen *ret)
{
	const char *colon = strrchr(text, ':');

	if (!take_port(colon ? colon + 1 : text, &ret->port))
		return "has no port, 1 to 65535, at its end";
	if (colon && !take_host(text, (size_t)(colon - text), ret->host))
		return "begins with no address in digits, like 127.0.0.1:80 or [::1]:80";
	ret->any_host = !colon;
	return NULL;
}

static void take_address(struct reading *r, const struct yaml_value *value,
			 struct spec_node *node)
{
	const char *text = value->text + strlen(LISTEN), *fault;
	struct quoted quoted;

	fault = text[0] == '/' || text[0] == '@' ?
		fault_of_socket(text) : take_tcp(text, &node->listen);
	if (fault) {
		reading_refuse(r, value->mark, "%s %s",
			       reading_quote(&quoted, text), fault);
		return;
	}
	node->ready = SPEC_READY_LISTEN;
	node->listen.text = reading_copy(r, text);
	node->listen.mark = value->mark;
}

static void take_word(struct reading *r, const struct yaml_value *value,
		      struct spec_node *node)
{
	const char *nearest;
	struct quoted quoted;

	for (unsigned int i = 0; words[i]; i++) {
		if (!strcmp(words[i], value->text)) {
			node->ready = (enum spec_ready)i;
			return;
		}
	}
	nearest = suggest_from(words, value->text);
	reading_refuse(r, value->mark, "%s is not a readiness%s%s%s",
		       reading_quote(&quoted, value->text),
		       nearest ? ", did you mean \"" :
				 ": it is notify, at_once or listen:ADDRESS",
		       nearest ? nearest : "", nearest ? "\"?" : "");
}

KEY_READER(ready_spec_read)
{
	struct spec_node *node = ret;

	(void)key;
	if (!reading_expects(r, value, YAML_KIND_TEXT, "a readiness"))
		return;
	if (strncmp(value->text, LISTEN, strlen(LISTEN)))
		take_word(r, value, node);
	else if (!node->listen.text)
		take_address(r, value, node);
}

static void check_port(struct reading *r, const struct spec_node *node)
{
	const struct spec_sandbox *sandbox = &node->sandbox;
	uint16_t port = node->listen.port;

	if (sandbox->network == SPEC_NETWORK_NONE ||
	    sandbox->network == SPEC_NETWORK_GRANTED)
		reading_refuse(r, node->listen.mark,
			       "it has no network to listen in: sandbox: { network: loopback } or host");
	else if (sandbox->ports &&
		 !network_spec_has_port(sandbox->ports, port, true))
		reading_refuse(r, node->listen.mark,
			       "it may not listen at port %u: add it to listen_ports of its network",
			       port);
}

void ready_spec_check(struct reading *r, const struct spec_index *index)
{
	for (size_t i = 0; i < index->n_nodes; i++) {
		const struct spec_node *node = index->nodes[i];

		if (node->ready == SPEC_READY_LISTEN && node->listen.port > 0)
			check_port(r, node);
	}
}
