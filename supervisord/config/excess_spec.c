/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * excess_spec.c - no child has more than the head above it, unless the file says
 * so.
 *
 * A head says to its children what they do, and starts those of templates when it
 * likes: what it lacks itself it could have done by them. So who looks for what
 * somebody can do needs to look at the actors at the heads alone, and at each
 * `may_exceed`. References are not among it: the file names each of them, one by
 * one, and a head that had to have those of its children could use them itself.
 * Pure.
 */
#include "supervisord/config/excess_spec.h"
#include "supervisord/config/network_spec.h"

#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/config/suggest.h"

/* a path; or an address or a name, which have nothing below them */
static bool is_within(const char *item, char *const *list)
{
	for (; list && *list; list++)
		if (path_is_within(item, *list))
			return true;

	return false;
}

static bool is_beyond(char *const *items, char *const *list)
{
	for (; items && *items; items++)
		if (!is_within(*items, list))
			return true;

	return false;
}

/* ---- one grant each ------------------------------------------------------ */

/* what is granted by address is looked at by address */
static enum spec_network as_a_whole(enum spec_network network)
{
	return network == SPEC_NETWORK_GRANTED ? SPEC_NETWORK_NONE : network;
}

static bool are_ports_beyond(const struct spec_ports *its,
			     const struct spec_ports *own)
{
	if (!its)
		return true;
	for (size_t i = 0; i < its->n; i++) {
		const struct spec_port *port = &its->ports[i];

		if ((port->connect &&
		     !network_spec_has_port(own, port->number, false)) ||
		    (port->listen &&
		     !network_spec_has_port(own, port->number, true)))
			return true;
	}

	return false;
}

static bool are_addresses_beyond(char *const *addresses,
				 const struct spec_ports *own, bool listen)
{
	for (; addresses && *addresses; addresses++)
		if (!network_spec_has_port(own, network_spec_port(*addresses),
					   listen))
			return true;

	return false;
}

/* a loopback of its own leads nowhere, whatever its ports */
static bool exceeds_ports(const struct spec_sandbox *its,
			  const struct spec_sandbox *own)
{
	return (its->network == SPEC_NETWORK_HOST &&
		are_ports_beyond(its->ports, own->ports)) ||
	       are_addresses_beyond(its->connect, own->ports, false) ||
	       are_addresses_beyond(its->listen, own->ports, true);
}

static bool exceeds_network(const struct spec_node *node,
			    const struct spec_node *head)
{
	const struct spec_sandbox *its = &node->sandbox, *own = &head->sandbox;

	if (own->network == SPEC_NETWORK_HOST)
		return own->ports && exceeds_ports(its, own);
	return as_a_whole(its->network) > as_a_whole(own->network) ||
	       is_beyond(its->connect, own->connect) ||
	       is_beyond(its->listen, own->listen);
}

/* what may be executed or written may be read */
static bool exceeds_read(const struct spec_node *node,
			 const struct spec_node *head)
{
	char *const *at = node->sandbox.read;

	for (; at && *at; at++)
		if (!is_within(*at, head->sandbox.read) &&
		    !is_within(*at, head->sandbox.execute) &&
		    !is_within(*at, head->sandbox.write))
			return true;

	return false;
}

static bool exceeds_execute(const struct spec_node *node,
			    const struct spec_node *head)
{
	return is_beyond(node->sandbox.execute, head->sandbox.execute);
}

static bool exceeds_write(const struct spec_node *node,
			  const struct spec_node *head)
{
	return is_beyond(node->sandbox.write, head->sandbox.write);
}

static bool exceeds_devices(const struct spec_node *node,
			    const struct spec_node *head)
{
	return is_beyond(node->sandbox.devices, head->sandbox.devices);
}

static bool exceeds_syscalls(const struct spec_node *node,
			     const struct spec_node *head)
{
	return is_beyond(node->sandbox.syscalls, head->sandbox.syscalls);
}

static bool exceeds_memfd(const struct spec_node *node,
			  const struct spec_node *head)
{
	return node->sandbox.memfd > head->sandbox.memfd;
}

/* 0: no limit */
static bool is_more(uint64_t value, uint64_t limit)
{
	return limit > 0 && (value == 0 || value > limit);
}

static bool exceeds_memory(const struct spec_node *node,
			   const struct spec_node *head)
{
	return is_more(node->sandbox.memory_bytes, head->sandbox.memory_bytes);
}

static bool exceeds_cpu(const struct spec_node *node,
			const struct spec_node *head)
{
	return is_more(node->sandbox.cpu_percent, head->sandbox.cpu_percent);
}

/* those who have a filter of many calls, and processes of their own */
static bool exceeds_kind(const struct spec_node *node,
			 const struct spec_node *head)
{
	return node->kind == SPEC_PROGRAM && head->kind != SPEC_PROGRAM;
}

/* that it is a program is said by "kind", and what all programs have comes with
 * that: who has less of it has nothing to explain */
static bool exceeds_pids(const struct spec_node *node,
			 const struct spec_node *head)
{
	uint32_t most = spec_pids(head);

	if (exceeds_kind(node, head) && most < SPEC_PIDS_OF_PROGRAM)
		most = SPEC_PIDS_OF_PROGRAM;
	return spec_pids(node) > most;
}

static bool exceeds_scratch(const struct spec_node *node,
			    const struct spec_node *head)
{
	return node->sandbox.scratch_bytes > head->sandbox.scratch_bytes;
}

/* each state is of one actor, so that none is part of another */
static bool exceeds_state(const struct spec_node *node,
			  const struct spec_node *head)
{
	return node->sandbox.state && !head->sandbox.state;
}

/* two names of one disk are two disks here: the file can use the same */
static bool is_limited(const struct spec_sandbox *sandbox,
		       const struct spec_io *limit)
{
	for (size_t i = 0; i < sandbox->n_io; i++)
		if (!strcmp(sandbox->io[i].device, limit->device) &&
		    !is_more(sandbox->io[i].bytes, limit->bytes))
			return true;

	return false;
}

static bool exceeds_io(const struct spec_node *node,
		       const struct spec_node *head)
{
	for (size_t i = 0; i < head->sandbox.n_io; i++)
		if (!is_limited(&node->sandbox, &head->sandbox.io[i]))
			return true;

	return false;
}

static bool exceeds_descriptors(const struct spec_node *node,
				const struct spec_node *head)
{
	return node->mailbox_descriptors > head->mailbox_descriptors;
}

/* the key, of a sandbox, an actor or a mailbox, and its word in `may_exceed` */
static const struct {
	const char *name;
	bool (*exceeds)(const struct spec_node *node,
			const struct spec_node *head);
} rows[] = {
	{ "network", exceeds_network },
	{ "read", exceeds_read },
	{ "execute", exceeds_execute },
	{ "write", exceeds_write },
	{ "devices", exceeds_devices },
	{ "syscalls", exceeds_syscalls },
	{ "memfd", exceeds_memfd },
	{ "memory", exceeds_memory },
	{ "cpu", exceeds_cpu },
	{ "kind", exceeds_kind },
	{ "pids", exceeds_pids },
	{ "scratch", exceeds_scratch },
	{ "state", exceeds_state },
	{ "io", exceeds_io },
	{ "descriptors", exceeds_descriptors },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* ---- what the file says -------------------------------------------------- */

static void refuse_word(struct reading *r, const struct yaml_value *item)
{
	struct quoted quoted;
	struct suggest s;

	suggest_begin(&s, item->text);
	for (size_t i = 0; i < N_ROWS; i++)
		suggest_offer(&s, rows[i].name);
	reading_refuse(r, item->mark, "%s is nothing that can exceed: %s%s%s",
		       reading_quote(&quoted, item->text),
		       s.nearest ? "did you mean \"" : "it is network, read, execute, write, devices, syscalls, memfd, memory, cpu, kind, pids, scratch, state, io or descriptors",
		       s.nearest ? s.nearest : "", s.nearest ? "\"?" : "");
}

static uint32_t bit_of(const char *word)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (!strcmp(rows[i].name, word))
			return UINT32_C(1) << i;

	return 0;
}

const char *excess_spec_word(unsigned int bit)
{
	return bit < N_ROWS ? rows[bit].name : NULL;
}

KEY_READER(excess_spec_read)
{
	const struct yaml_value *item;
	uint32_t *may = ret;

	(void)key;
	if (!reading_expects(r, value, YAML_KIND_LIST,
			     "a list of keys, like [network, kind]"))
		return;
	for (item = value->first; item; item = item->next) {
		if (!reading_expects(r, item, YAML_KIND_TEXT, "a key"))
			continue;
		if (!bit_of(item->text))
			refuse_word(r, item);
		*may |= bit_of(item->text);
	}
}

/* of a head that is not itself */
const struct spec_node *excess_spec_head(const struct spec_node *node)
{
	const struct spec_node *head = node->parent;

	while (head && !head->exec)
		head = head->parent;

	return head;
}

uint32_t excess_spec_bits(const struct spec_node *node,
			  const struct spec_node *head)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].exceeds(node, head))
			bits |= UINT32_C(1) << i;

	return bits;
}

static void check(struct reading *r, const struct spec_node *node,
		  const struct spec_node *head)
{
	uint32_t bits = excess_spec_bits(node, head) & ~node->may_exceed;

	for (size_t i = 0; i < N_ROWS; i++)
		if (bits & UINT32_C(1) << i)
			reading_refuse(r, node->mark,
				       "\"%s\" of \"%s\" goes beyond that of \"%s\" above it, in line %u: if that is meant, say \"may_exceed: [%s]\" beside its sandbox",
				       rows[i].name, node->name, head->name,
				       head->mark.line, rows[i].name);
}

void excess_spec_check(struct reading *r, const struct spec_index *index)
{
	for (size_t i = 0; i < index->n_nodes; i++) {
		const struct spec_node *node = index->nodes[i];
		const struct spec_node *head = excess_spec_head(node);

		if (node->exec && !node->model && head)
			check(r, node, head);
	}
}
