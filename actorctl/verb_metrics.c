/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_metrics.c - what can be measured of a system, for those who collect it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actorctl/client.h"
#include "actorctl/openmetrics.h"
#include "actorctl/terminal.h"
#include "actorctl/verb.h"

/* ---- into a file -------------------------------------------------------- */

static int cannot_write(const char *file)
{
	char clean[TERMINAL_CLEAN_BYTES];

	fprintf(stderr, "actorctl: %s: cannot be written: %s\n",
		terminal_clean(clean, sizeof(clean), file), strerror(errno));
	return EXIT_FAILED;
}

/* Return: true, or errno */
static bool write_whole(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left > 0) {
		n = write(fd, text, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text += n;
		left -= (size_t)n;
	}
	return fchmod(fd, 0644) == 0 && fsync(fd) == 0;
}

/* beside it, under a name that no collector takes: whoever reads the file has all
 * of the old one or all of the new */
static int write_file(const char *file, const char *text)
{
	char *beside;
	bool done;
	int fd, saved;

	if (asprintf(&beside, "%s.XXXXXX", file) < 0)
		return client_no_memory();
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0) {
		free(beside);
		return cannot_write(file);
	}
	done = write_whole(fd, text);
	done = close(fd) == 0 && done && rename(beside, file) == 0;
	saved = errno;
	if (!done)
		unlink(beside);
	free(beside);
	errno = saved;
	return done ? EXIT_DONE : cannot_write(file);
}

/* ---- asking ------------------------------------------------------------- */

static int ask_version(struct client *client, json_t *metrics)
{
	sd_bus_message *reply = NULL;
	const char *version = "";
	int r;

	r = client_call(client, client_message(client, "Version"),
			CLIENT_PATIENCE_US, &reply);
	if (r != 0)
		return r;
	sd_bus_message_read(reply, "s", &version);
	json_object_set_new(metrics, "version", json_string(version));
	sd_bus_message_unref(reply);
	return 0;
}

static int ask(struct client *client, const char *method, const char *argument,
	       const char *name, json_t *metrics)
{
	json_t *answer = NULL;
	int r = client_call_json(client, method, argument, &answer);

	if (r == 0 && json_object_set_new(metrics, name, answer) < 0)
		r = client_no_memory();
	return r;
}

/* it is in a row of the root's */
static void name_system(json_t *metrics)
{
	json_t *row, *name;
	size_t i;

	json_array_foreach(json_object_get(metrics, "rows"), i, row) {
		name = json_object_get(row, "system");
		if (json_is_string(name))
			json_object_set(metrics, "system", name);
	}
}

static int ask_all(struct client *client, const struct request *request,
		   json_t *metrics)
{
	bool each = request->option[VERB_OPTION_INSTANCES];
	int r;

	r = ask(client, "Metrics", each ? "instances" : "", "rows", metrics);
	if (r == 0)
		r = ask_version(client, metrics);
	if (r == 0)
		r = ask(client, "Counters", NULL, "letters", metrics);
	name_system(metrics);
	return r;
}

static int print(const struct request *request, const json_t *metrics)
{
	const char *file = request->option[VERB_OPTION_OUTPUT];
	char *text = request_json(request) ?
		json_dumps(metrics, JSON_INDENT(2) | JSON_ENSURE_ASCII) :
		openmetrics_format(metrics);
	int r = EXIT_DONE;

	if (!text)
		return client_no_memory();
	if (file)
		r = write_file(file, text);
	else if (fputs(text, stdout) < 0 ||
		 (request_json(request) && putchar('\n') < 0))
		r = EXIT_FAILED;
	free(text);
	if (!openmetrics_is_complete(metrics)) {
		fprintf(stderr, "actorctl: a supervisor did not answer, and is "
			"missing; look: actorctl tree, then try again\n");
		r = EXIT_FAILED;
	}
	return r;
}

static int run(const struct request *request)
{
	struct client client = { .bus = NULL };
	json_t *metrics = json_object();
	int r = metrics ? 0 : client_no_memory();

	if (r == 0)
		r = client_open(&client, request, NULL);
	if (r == 0)
		r = ask_all(&client, request, metrics);
	if (r == 0)
		r = print(request, metrics);

	json_decref(metrics);
	client_close(&client);
	return r;
}

const struct verb verb_metrics = {
	.name = "metrics",
	.usage = "[--instances] [--output FILE]",
	.summary = "counters and gauges of a system, as OpenMetrics text",
	.options = 1u << VERB_OPTION_INSTANCES | 1u << VERB_OPTION_OUTPUT,
	.run = run,
};
