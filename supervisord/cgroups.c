/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroups.c - the cgroups of a supervisor's children, where it may have any.
 *
 * Each process has one of its own, from before it is born until nobody is in it.
 * It alone knows which of them are left over. It waits for nothing: what was
 * killed and is not dead yet is removed when the next end is heard of.
 */
#include "supervisord/cgroups.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/values.h"
#include "supervisord/shortage.h"

/** struct cgroup_left - of a process that is gone, and somebody is in it */
struct cgroup_left {
	struct cgroup_left *next;
	char *name;
};

static unsigned int wanted_by(const struct spec_sandbox *sandbox)
{
	return (sandbox->memory_bytes ? 1u << CGROUP_MEMORY : 0) |
	       (sandbox->pids ? 1u << CGROUP_PIDS : 0) |
	       (sandbox->cpu_percent ? 1u << CGROUP_CPU : 0) |
	       (sandbox->n_io ? 1u << CGROUP_IO : 0);
}

unsigned int cgroups_wanted(const struct spec_node *node)
{
	unsigned int wanted = node->exec ? wanted_by(&node->sandbox) : 0;

	for (size_t i = 0; i < node->n_children; i++)
		wanted |= cgroups_wanted(node->children[i]);
	for (size_t i = 0; i < node->n_templates; i++)
		wanted |= cgroups_wanted(node->templates[i]);
	return wanted;
}

static const struct cgroup_base *base_of(const struct supervisor *s)
{
	return &s->tree->host.cgroups;
}

int cgroups_make(struct supervisor *s, const struct spec_node *node,
		 uint32_t generation, struct cgroup *ret)
{
	const struct cgroup_limits limits = {
		.memory_bytes = node->sandbox.memory_bytes,
		.pids = spec_pids(node),
		.cpu_percent = node->sandbox.cpu_percent,
		.io = node->sandbox.io,
		.n_io = node->sandbox.n_io,
	};

	if (base_of(s)->fd < 0)
		return 0;
	return cgroup_new(base_of(s), node->path, generation, &limits, ret);
}

bool cgroups_can_freeze(const struct supervisor *s)
{
	return base_of(s)->fd >= 0;
}

int cgroups_freeze(struct child *c, bool frozen)
{
	int r;

	if (c->is_supervisor || c->node->kind != SPEC_PROGRAM)
		return 0;
	if (c->cgroup.fd < 0)
		return frozen ? -EOPNOTSUPP : 0;
	r = cgroup_freeze(c->cgroup.fd, frozen);
	if (r < 0 && shortage_again(c->supervisor, r, frozen ?
				    "a program was not frozen" :
				    "a program was not thawed"))
		r = cgroup_freeze(c->cgroup.fd, frozen);
	return r;
}

void cgroups_look_for_oom(struct child *c)
{
	uint64_t memory_bytes = c->node->sandbox.memory_bytes;
	char limit[VALUE_TEXT_MAX];

	if (c->cause.kind != CAUSE_SIGNAL || c->cause.number != SIGKILL ||
	    c->cgroup.fd < 0 || cgroup_oom_kills(c->cgroup.fd) == 0)
		return;
	c->cause = (struct cause){ .kind = CAUSE_OOM };
	if (memory_bytes)
		snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES,
			 "the kernel killed it: it needed more than its memory: %s",
			 value_size_format(memory_bytes, limit));
	else
		snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES,
			 "the kernel killed it: the host, or a cgroup above, was out of memory");
}

/* takes the name; without memory to note it, whoever sweeps next removes it */
static void keep_for_later(struct supervisor *s, char *name)
{
	struct cgroup_left *left = calloc(1, sizeof(*left));

	if (!left) {
		free(name);
		return;
	}
	left->name = name;
	left->next = s->cgroups_left;
	s->cgroups_left = left;
}

void cgroups_leave(struct supervisor *s, struct cgroup *cgroup)
{
	if (base_of(s)->fd < 0 || cgroup_end(base_of(s), cgroup) == 0)
		return;
	keep_for_later(s, cgroup->name);
	cgroup->name = NULL;
}

void cgroups_end(struct child *c)
{
	if (!c->is_supervisor)
		cgroups_leave(c->supervisor, &c->cgroup);
	else if (base_of(c->supervisor)->fd >= 0)
		cgroup_sweep(base_of(c->supervisor), c->node->path);
}

void cgroups_end_again(struct supervisor *s)
{
	struct cgroup_left **at = &s->cgroups_left, *left;

	while ((left = *at)) {
		if (cgroup_end_again(base_of(s), left->name) < 0) {
			at = &left->next;
			continue;
		}
		*at = left->next;
		free(left->name);
		free(left);
	}
}

/* ---- for who takes our place ---- */

static const struct state_member left_members[] = {
	STATE_MEMBER(struct cgroup_left, STRING, "NAME", name),
};
static const struct state_kind left_kind = STATE_KIND("CGROUP", left_members);

void cgroups_put(const struct supervisor *s, struct state_writer *w)
{
	const struct cgroup_left *left;

	for (left = s->cgroups_left; left; left = left->next)
		state_put(w, &left_kind, left);
}

int cgroups_take(struct supervisor *s, struct state_reader *r)
{
	struct cgroup_left left;

	while (state_is(r, &left_kind)) {
		memset(&left, 0, sizeof(left));
		if (state_take(r, &left_kind, &left) == 0 && left.name)
			keep_for_later(s, left.name);
		else
			free(left.name);
	}
	return r->error;
}
