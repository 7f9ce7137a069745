/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_mailbox.c - what was sent to whom, and what became of it.
 *
 * Looks again until what is read at different times fits together, or some time
 * is over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actorctl/audit.h"
#include "actorctl/client.h"
#include "actorctl/table.h"
#include "actorctl/verb.h"

#define LOOKS_MAX 10
#define PAUSE_US 50000
#define NUMBER_BYTES 32

static const char *const names[] = {
	"accepted", "handled", "dead", "queued", "lost",
};

#define N_NAMES (sizeof(names) / sizeof(names[0]))

/* ---- for people ---- */

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static json_int_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void format_number(const json_t *object, const char *name,
			  char text[NUMBER_BYTES])
{
	const json_t *number = json_object_get(object, name);

	if (json_is_integer(number))
		snprintf(text, NUMBER_BYTES, "%" JSON_INTEGER_FORMAT,
			 json_integer_value(number));
	else
		strcpy(text, "-");
}

static void format_state(const json_t *flow, char text[NUMBER_BYTES])
{
	json_int_t difference = number_of(flow, "difference");
	json_int_t n_moving = number_of(flow, "moving");

	*text = '\0';
	if (difference)
		snprintf(text, NUMBER_BYTES, "off by %" JSON_INTEGER_FORMAT,
			 difference);
	else if (n_moving)
		snprintf(text, NUMBER_BYTES, "%" JSON_INTEGER_FORMAT " moving",
			 n_moving);
	else if (json_is_true(json_object_get(flow, "moving")))
		strcpy(text, "moving");
}

static void add_flow(struct table *table, const json_t *flow, const char *who,
		     const char *direction)
{
	char numbers[N_NAMES + 1][NUMBER_BYTES];
	const char *cells[N_NAMES + 3] = { who, direction };

	for (size_t i = 0; i < N_NAMES; i++) {
		format_number(flow, names[i], numbers[i]);
		cells[i + 2] = numbers[i];
	}
	format_state(flow, numbers[N_NAMES]);
	cells[N_NAMES + 2] = numbers[N_NAMES];
	table_add(table, cells, N_NAMES + 3);
}

static void add_titles(struct table *table, const char *who,
		       const char *direction)
{
	const char *cells[] = { who, direction, names[0], names[1], names[2],
				names[3], names[4] };

	table_add(table, cells, N_NAMES + 2);
}

static int print_table(struct table *table)
{
	char *text = table_format(table);

	table_clear(table);
	if (!text)
		return client_no_memory();

	fputs(text, stdout);
	free(text);
	return EXIT_DONE;
}

/* replies of who never replies are no news */
static bool is_silent(const json_t *flow)
{
	return !strcmp(text_of(flow, "kind"), "replies") &&
	       number_of(flow, "accepted") == 0 &&
	       number_of(flow, "handled") == 0 &&
	       number_of(flow, "dead") == 0 &&
	       number_of(flow, "queued") == 0 && number_of(flow, "lost") == 0;
}

static void add_peer(struct table *table, const json_t *flow, const char *path)
{
	bool replies = !strcmp(text_of(flow, "kind"), "replies");

	if (!strcmp(text_of(flow, "from"), path))
		add_flow(table, flow, text_of(flow, "to"),
			 replies ? "replies to" : "to");
	else
		add_flow(table, flow, text_of(flow, "from"),
			 replies ? "replies from" : "from");
}

static const char *format_size(json_int_t bytes, char text[NUMBER_BYTES])
{
	static const char units[] = "\0KMG";
	size_t unit = 0;

	while (bytes > 0 && bytes % 1024 == 0 && unit < 3) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, NUMBER_BYTES, "%" JSON_INTEGER_FORMAT "%.1s", bytes,
		 units + unit);
	return text;
}

static void print_bound(const json_t *shown, const char *name,
			const char *title, bool is_size)
{
	char text[NUMBER_BYTES];

	if (is_size)
		format_size(number_of(shown, name), text);
	else
		format_number(shown, name, text);
	/* 0 is no limit of what may wait, and none at all of the others */
	if (strcmp(text, "0"))
		printf(", %s %s", title, text);
}

static void print_bounds(const json_t *shown)
{
	printf("bounds: %s, overflow %s", text_of(shown, "mailbox_kind"),
	       text_of(shown, "mailbox_overflow"));
	print_bound(shown, "mailbox_per_edge", "per_edge", true);
	print_bound(shown, "mailbox_bytes", "bytes", true);
	print_bound(shown, "mailbox_messages", "messages", false);
	print_bound(shown, "mailbox_payload", "payload", true);
	print_bound(shown, "mailbox_stash", "stash", false);
	print_bound(shown, "mailbox_descriptors", "descriptors", false);
	printf("\n");
}

static int print_mailbox(const json_t *judged, const json_t *shown,
			 const char *path)
{
	struct table table = { .n_rows = 0 };
	const json_t *flow;
	size_t i;
	int r;

	add_titles(&table, "peer", "direction");
	json_array_foreach(json_object_get(judged, "edges"), i, flow)
		if (!is_silent(flow))
			add_peer(&table, flow, path);
	r = print_table(&table);
	if (r == EXIT_DONE)
		print_bounds(shown);
	return r;
}

static int print_audit(const json_t *judged)
{
	struct table table = { .n_rows = 0 };
	const json_t *flow;
	char *who;
	size_t i;

	add_titles(&table, "", "");
	add_flow(&table, judged, "all", "");
	if (json_object_get(judged, "past"))
		add_flow(&table, json_object_get(judged, "past"),
			 "of that, of edges that ended", "");
	json_array_foreach(json_object_get(judged, "edges"), i, flow) {
		if (!number_of(flow, "difference") && !number_of(flow, "lost"))
			continue;
		if (asprintf(&who, "%s to %s", text_of(flow, "from"),
			     text_of(flow, "to")) < 0)
			continue;
		add_flow(&table, flow, who, text_of(flow, "kind"));
		free(who);
	}
	return print_table(&table);
}

/* ---- looking ---- */

/** struct looks - the last two */
struct looks {
	struct audit_view *before;
	struct audit_view *now;
};

static int look(struct client *client, const char *method,
		const char *path, struct looks *looks)
{
	json_t *rows = NULL;
	int r = client_call_json(client, method, path, &rows);

	if (r != 0)
		return r;

	audit_view_free(looks->before);
	looks->before = looks->now;
	looks->now = audit_view_new(rows, strcmp(method, "Mailbox") ? NULL
								    : path);
	json_decref(rows);
	return looks->now ? 0 : client_no_memory();
}

static int look_until_settled(struct client *client, const char *method,
			      const char *path, json_t **ret_judged)
{
	struct looks looks = { .before = NULL };
	int r = 0;

	for (unsigned int i = 0; i < LOOKS_MAX && r == 0; i++) {
		if (i > 0)
			usleep(PAUSE_US);
		r = look(client, method, path, &looks);
		if (r == 0 && audit_is_settled(looks.before, looks.now))
			break;
	}
	if (r == 0) {
		*ret_judged = audit_judge(looks.before, looks.now);
		r = *ret_judged ? 0 : client_no_memory();
	}
	audit_view_free(looks.before);
	audit_view_free(looks.now);
	return r;
}

/* ---- the verdict ---- */

static void explain(const json_t *judged)
{
	json_int_t n_unreadable = number_of(judged, "unreadable");

	if (json_is_true(json_object_get(judged, "incomplete")))
		fprintf(stderr, "actorctl: an actor or supervisor could not be "
			"read; look: actorctl tree, then try again\n");
	if (n_unreadable > 0)
		fprintf(stderr, "actorctl: %" JSON_INTEGER_FORMAT " lives "
			"ended with a damaged mailbox: edges that ended are "
			"not judged\n", n_unreadable);
}

static int verdict(const json_t *judged)
{
	explain(judged);
	return audit_is_right(judged) ? EXIT_DONE : EXIT_FAILED;
}

static int show(const struct request *request, json_t *judged, json_t *shown)
{
	if (request_json(request)) {
		if (shown)
			json_object_set(judged, "mailbox", shown);
		return client_print_json(judged);
	}
	if (shown)
		return print_mailbox(judged, shown, request->arguments[0]);
	return print_audit(judged);
}

static int run_open(struct client *client, const struct request *request,
		    const char *path, bool audit)
{
	json_t *judged = NULL, *shown = NULL;
	int r;

	r = look_until_settled(client, audit ? "Audit" : "Mailbox", path,
			       &judged);
	if (r == 0 && !audit)
		r = client_call_json(client, "Show", path, &shown);
	if (r == 0)
		r = show(request, judged, shown);
	if (r == 0)
		r = verdict(judged);

	json_decref(judged);
	json_decref(shown);
	return r;
}

static int run(const struct request *request)
{
	const char *path = request->n_arguments ? request->arguments[0] : "";
	bool audit = request->option[VERB_OPTION_AUDIT];
	struct client client = { .bus = NULL };
	int r;

	if (!audit && !*path) {
		fprintf(stderr, "actorctl: usage: actorctl %s %s\n",
			verb_mailbox.name, verb_mailbox.usage);
		return EXIT_USAGE;
	}

	r = client_open(&client, request, path);
	if (r == 0)
		r = run_open(&client, request, path, audit);

	client_close(&client);
	return r;
}

const struct verb verb_mailbox = {
	.name = "mailbox",
	.usage = "PATH | --audit [PATH]",
	.summary = "what was sent, handled, is dead or waits; does it add up?",
	.max = 1,
	.options = 1u << VERB_OPTION_AUDIT,
	.run = run,
};
