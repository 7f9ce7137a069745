// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * children.c - what an actor at the head of a node asks for about its children.
 *
 * Nothing is kept here: the supervisor knows the children, and answers at once,
 * whatever they do. So each call is a question and its answer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/reports.h"
#include "libactorproc/setup.h"

/* to end a child that was not ready in time, and to say so */
#define GRACE_NS (UINT64_C(10) * 1000000000)

/* an answer that is over, and may have come too late for who waited */
static void forget_answer(struct actor *self)
{
	free(self->request.text);
	self->request.text = NULL;
}

/* Return: as the supervisor says; self->request.text is there until then. */
static int ask(struct actor *self, struct report_child *report,
	       uint64_t deadline_ns)
{
	int r;

	forget_answer(self);
	report->number = ++self->request.last;
	r = report_child(report);
	if (r == 0)
		r = setup_await(self, deadline_ns);

	return r == 0 ? self->request.error : r;
}

/* The edge came before the answer. A program has none. */
static void take_reference(struct actor *self,
			   struct actor_reference **ret_reference)
{
	struct actor_reference *reference = NULL;

	if (self->request.text)
		reference = references_find(&self->references,
					    self->request.text);
	if (reference)
		actor_reference_keep(reference);
	*ret_reference = reference;
}

static bool is_name(const char *name)
{
	return !name || path_name_valid(name);
}

static int spawn(struct actor *self, struct report_child *report,
		 uint64_t deadline_ns, struct actor_reference **ret_reference)
{
	int r;

	if (!report->template || !path_name_valid(report->template) ||
	    !is_name(report->name))
		return -EINVAL;
	r = ask(self, report, deadline_ns);
	if (r == 0 && ret_reference)
		take_reference(self, ret_reference);
	forget_answer(self);

	return r;
}

int actor_spawn(struct actor *self, const char *template_name,
		const char *name, struct actor_reference **ret_reference)
{
	struct report_child report = {
		.verb = "SPAWN",
		.template = template_name,
		.name = name,
	};

	return spawn(self, &report, UINT64_MAX, ret_reference);
}

int actor_spawn_wait(struct actor *self, const char *template_name,
		     const char *name, uint64_t timeout_ns,
		     struct actor_reference **ret_reference)
{
	struct report_child report = {
		.verb = "SPAWN",
		.template = template_name,
		.name = name,
		.waits = true,
		.wait_ns = timeout_ns,
	};
	uint64_t now_ns = loop_now_ns(), deadline_ns = UINT64_MAX;

	if (timeout_ns < UINT64_MAX - GRACE_NS - now_ns)
		deadline_ns = now_ns + timeout_ns + GRACE_NS;

	return spawn(self, &report, deadline_ns, ret_reference);
}

int actor_stop_child(struct actor *self, const char *name)
{
	struct report_child report = { .verb = "STOP_CHILD", .name = name };
	int r;

	if (!name || !path_name_valid(name))
		return -EINVAL;
	r = ask(self, &report, UINT64_MAX);
	forget_answer(self);

	return r;
}

/* Names, with a blank behind each. Return: how many. */
static int list(const char *names, struct actor_child *children, size_t n_room)
{
	size_t n = 0, n_bytes;

	for (; (n_bytes = strcspn(names, " ")) > 0 && names[n_bytes];
	     names += n_bytes + 1) {
		if (n_bytes > PATH_NAME_MAX)
			continue;
		if (n < n_room) {
			memcpy(children[n].name, names, n_bytes);
			children[n].name[n_bytes] = '\0';
		}
		n++;
	}

	return (int)n;
}

int actor_children(struct actor *self, struct actor_child *children,
		   size_t n_room)
{
	struct report_child report = { .verb = "CHILDREN" };
	int r;

	if (!children && n_room > 0)
		return -EINVAL;
	r = ask(self, &report, UINT64_MAX);
	if (r == 0)
		r = list(self->request.text ? self->request.text : "",
			 children, n_room);
	forget_answer(self);

	return r;
}
