/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exit_with.c - the end of one child, on its way to be that of the system.
 *
 * Whose child it is says so to its parent, and so on up to the root, which
 * stops the system and exits with the status. An end that was ordered from
 * above is not told: who ordered it sees to the rest.
 */
#include <stdio.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/decide/exit_status.h"
#include "supervisord/root.h"
#include "supervisord/stories.h"
#include "supervisord/supervisor.h"

static void tell(struct supervisor *s, int status, const char *why)
{
	char bytes[2 * PATH_MAX + 512];
	struct fields_writer w;

	if (s->root) {
		root_exit_with(s, status, why);
		return;
	}
	fields_begin(&w, bytes, sizeof(bytes), "EXIT_WITH");
	fields_put_u64(&w, "STATUS", (uint64_t)status);
	fields_put(&w, "WHY", why);
	link_send(s->parent, &w, NULL, 0);
}

/* what its own process has said of a supervisor's end: who made it give up, or shut
 * down by itself */
static const char *said_of_it(const struct child *c, const struct cause *cause)
{
	const char *shut_down = spec_auto_shutdown_name(c->node->auto_shutdown);
	const char *said = child_cause_text(c);

	if (!c->is_supervisor || !*said ||
	    (cause_ended_well(cause) &&
	     strncmp(said, shut_down, strlen(shut_down))))
		return NULL;
	return said;
}

/* who was stopped for another's failure has ended well, and the system did not */
static int status_of(const struct child *c, const struct cause *cause)
{
	int status = exit_status_of(cause);

	return status == 0 && c->because_of ? 1 : status;
}

static void tell_end(struct child *c, const char *path)
{
	static const struct cause none = { .kind = CAUSE_EXIT };
	struct cause cause = c->has_cause ? c->cause : none;
	const char *said = said_of_it(c, &cause), *whose = c->node->path;
	char text[CAUSE_TEXT_MAX], why[2 * PATH_MAX + CAUSE_TEXT_MAX + 64];
	bool culprit = c->is_supervisor && cause.kind == CAUSE_ESCALATED &&
		       stories_culprit(c, path, &cause);

	if (culprit)
		whose = path;
	cause_format(&cause, text, sizeof(text));
	if (!culprit && said)
		snprintf(why, sizeof(why), "%s: %s: %s", whose, text, said);
	else if (c->because_of && strcmp(c->because_of, whose))
		snprintf(why, sizeof(why), "%s: %s, stopped because %s failed",
			 whose, text, c->because_of);
	else
		snprintf(why, sizeof(why), "%s: %s", whose, text);
	tell(c->supervisor, status_of(c, &cause), why);
}

/* the whole tree, by hand or by itself: root_life_over() sees to that */
static bool is_whole(const struct child *c)
{
	return c->supervisor->root &&
	       (!c->has_cause || cause_ended_well(&c->cause));
}

void exit_with_life_over(struct child *c)
{
	const char *path = c->supervisor->tree->root->exit_with.path;

	/* a reload that takes it away has another one to end with */
	if (!path || supervisor_going_down(c->supervisor) || c->node->leaves ||
	    c->place == CUSTODY_HEAD || !path_is_within(path, c->node->path) ||
	    is_whole(c))
		return;
	tell_end(c, path);
}

bool exit_with_message(struct supervisor *s, const struct fields *f)
{
	const char *why = fields_get(f, "WHY");
	uint64_t status;

	if (strcmp(f->verb, "EXIT_WITH"))
		return false;
	if (!supervisor_going_down(s) && why &&
	    fields_get_u64(f, "STATUS", &status) == 0 && status < 256)
		tell(s, (int)status, why);
	return true;
}
