/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_dead_letters.c - the messages that nobody will handle.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/client.h"
#include "actorctl/duration.h"
#include "actorctl/moment.h"
#include "actorctl/nearest.h"
#include "actorctl/table.h"
#include "actorctl/terminal.h"
#include "actorctl/verb.h"
#include "libactorproc/messages.h"

#define LIMIT_DEFAULT 100

static const char *const reasons[] = {
#define X(symbol, name) name,
	ACTOR_LETTER_REASONS(X)
#undef X
	NULL,
};

/**
 * struct query - what the options say
 */
struct query {
	const char *path;
	const char *reason;
	uint64_t since_us;
	uint32_t limit;
};

static int read_limit(const char *text, uint32_t *ret)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || n == 0 ||
	    n > UINT32_MAX)
		return -EINVAL;

	*ret = (uint32_t)n;
	return 0;
}

static int unknown_reason(const char *reason)
{
	const char *nearest = nearest_of(reasons, reason);
	char clean[TERMINAL_CLEAN_BYTES];

	fprintf(stderr, "actorctl: no dead letter has the reason '%s'",
		terminal_clean(clean, sizeof(clean), reason));
	if (nearest)
		fprintf(stderr, "; did you mean '%s'?", nearest);
	fprintf(stderr, "\nactorctl: there are:");
	for (size_t i = 0; reasons[i]; i++)
		fprintf(stderr, " %s", reasons[i]);
	fprintf(stderr, "\n");
	return EXIT_USAGE;
}

static bool is_reason(const char *text)
{
	for (size_t i = 0; reasons[i]; i++)
		if (!strcmp(reasons[i], text))
			return true;

	return false;
}

static int read_query(const struct request *request, struct query *ret)
{
	const char *since = request->option[VERB_OPTION_SINCE];
	const char *limit = request->option[VERB_OPTION_LIMIT];
	const char *reason = request->option[VERB_OPTION_REASON];

	*ret = (struct query) {
		.path = request->n_arguments ? request->arguments[0] : "",
		.reason = reason ? reason : "",
		.limit = LIMIT_DEFAULT,
	};
	if (since && duration_parse_since(since, moment_now_us(),
					  &ret->since_us) < 0) {
		fprintf(stderr, "actorctl: --since needs a time, as -1h, "
			"-30min, @1700000000\n");
		return EXIT_USAGE;
	}
	if (limit && read_limit(limit, &ret->limit) < 0) {
		fprintf(stderr, "actorctl: --limit needs a number from 1\n");
		return EXIT_USAGE;
	}
	if (reason && !is_reason(reason))
		return unknown_reason(reason);

	return 0;
}

static const char *text_of(const json_t *letter, const char *name)
{
	return json_string_value(json_object_get(letter, name));
}

static void add_row(struct table *table, const json_t *letter)
{
	json_int_t count =
		json_integer_value(json_object_get(letter, "count"));
	char time[MOMENT_BYTES], times[32] = "";
	const char *sender = text_of(letter, "sender");
	const char *cells[] = {
		time, text_of(letter, "path"), text_of(letter, "reason"),
		text_of(letter, "type"), sender ? sender : "-",
		text_of(letter, "cause"), times,
	};

	moment_format(time, (uint64_t)
		      json_integer_value(json_object_get(letter, "time_us")));
	if (count > 1)
		snprintf(times, sizeof(times), "%" JSON_INTEGER_FORMAT
			 " times", count);
	table_add(table, cells, 7);
}

static int print(const json_t *letters)
{
	static const char *const heads[] = {
		"TIME", "TO", "REASON", "TYPE", "FROM", "CAUSE",
	};
	struct table table = { .n_rows = 0 };
	json_t *letter;
	char *text;
	size_t i;

	if (json_array_size(letters) == 0) {
		fprintf(stderr, "actorctl: no dead letters\n");
		return EXIT_DONE;
	}

	table_add(&table, heads, sizeof(heads) / sizeof(*heads));
	json_array_foreach(letters, i, letter)
		add_row(&table, letter);
	text = table_format(&table);
	table_clear(&table);
	if (!text)
		return client_no_memory();

	fputs(text, stdout);
	free(text);
	return EXIT_DONE;
}

static int fetch(struct client *client, const struct query *query,
		 json_t **ret)
{
	sd_bus_message *call = client_message(client, "DeadLetters");
	sd_bus_message *reply = NULL;
	const char *text = "";
	int r;

	if (call && sd_bus_message_append(call, "sstu", query->path,
					  query->reason, query->since_us,
					  query->limit) < 0)
		call = sd_bus_message_unref(call);
	r = client_call(client, call, CLIENT_PATIENCE_US, &reply);
	if (r != 0)
		return r;

	sd_bus_message_read(reply, "s", &text);
	*ret = json_loads(text, 0, NULL);
	sd_bus_message_unref(reply);
	return *ret ? 0 : client_no_memory();
}

static int run(const struct request *request)
{
	struct client client = { .bus = NULL };
	struct query query;
	json_t *letters = NULL;
	int r = read_query(request, &query);

	if (r != 0)
		return r;
	r = client_open(&client, request, query.path);
	if (r == 0)
		r = fetch(&client, &query, &letters);
	if (r == 0)
		r = request_json(request) ? client_print_json(letters)
					  : print(letters);

	json_decref(letters);
	client_close(&client);
	return r;
}

const struct verb verb_dead_letters = {
	.name = "dead-letters",
	.usage = "[--since -1h] [--reason REASON] [--limit N] [PATH]",
	.summary = "the latest messages that nobody will handle, newest last",
	.max = 1,
	.options = 1u << VERB_OPTION_SINCE | 1u << VERB_OPTION_REASON |
		   1u << VERB_OPTION_LIMIT,
	.run = run,
};
