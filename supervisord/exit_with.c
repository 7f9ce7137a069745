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
#include "supervisord/supervisor.h"

static void tell(struct supervisor *s, int status, const char *why)
{
	char bytes[PATH_MAX + 512];
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

void exit_with_life_over(struct child *c)
{
	const char *path = c->supervisor->tree->root->exit_with.path;
	static const struct cause none = { .kind = CAUSE_EXIT };
	const struct cause *cause = c->has_cause ? &c->cause : &none;
	char text[CAUSE_TEXT_MAX], why[PATH_MAX + CAUSE_TEXT_MAX + 8];

	/* a reload that takes it away has another one to end with */
	if (!path || supervisor_going_down(c->supervisor) || c->node->leaves ||
	    c->place == CUSTODY_HEAD || !path_is_within(path, c->node->path))
		return;
	snprintf(why, sizeof(why), "%s: %s", c->node->path,
		 cause_format(cause, text, sizeof(text)));
	tell(c->supervisor, exit_status_of(cause), why);
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
