/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * client.c - a conversation with the control actor of a system.
 *
 * sd-bus from peer to peer. Turns the errors of org.actorproc into words and
 * exit statuses, by a table.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actorctl/client.h"
#include "actorctl/systems.h"
#include "actorctl/terminal.h"
#include "actorctl/verb.h"

#define PATH "/org/actorproc"
#define INTERFACE "org.actorproc.Control1"
#define PREFIX "org.actorproc.Error."

/* what is said instead of the error's own text, or after it */
static const struct error_row {
	const char *name;
	enum exit_status status;
	const char *advice;
} error_rows[] = {
	{ PREFIX "NoSuchActor", EXIT_NO_ACTOR, "for a list: actorctl tree" },
	{ PREFIX "NoSuchTemplate", EXIT_NO_ACTOR, NULL },
	{ PREFIX "TimedOut", EXIT_TIMED_OUT,
	  "to see what it does: actorctl why PATH" },
	{ PREFIX "Terminated", EXIT_DEAD_LETTER,
	  "for a new life: actorctl start PATH, or spawn another of what was spawned" },
	{ PREFIX "DeadLetter", EXIT_DEAD_LETTER,
	  "see: actorctl dead-letters PATH" },
	{ PREFIX "Interrupted", EXIT_FAILED,
	  "see: actorctl why PATH" },
	{ PREFIX "Full", EXIT_FAILED, "its mailbox is full; try again" },
	{ PREFIX "TooLarge", EXIT_FAILED,
	  "for the largest payload it takes: actorctl mailbox PATH" },
	{ PREFIX "Busy", EXIT_FAILED, "try again" },
	{ PREFIX "Invalid", EXIT_USAGE, NULL },
	{ SD_BUS_ERROR_NO_REPLY, EXIT_TIMED_OUT, "no answer came" },
	{ SD_BUS_ERROR_TIMEOUT, EXIT_TIMED_OUT, "no answer came" },
	{ SD_BUS_ERROR_UNKNOWN_METHOD, EXIT_FAILED,
	  "the running system is older than this actorctl" },
};

int client_no_memory(void)
{
	fprintf(stderr, "actorctl: out of memory\n");
	return EXIT_FAILED;
}

static int cannot_talk(const struct client *client, int r)
{
	int fd, status;

	fprintf(stderr, "actorctl: lost the system: %s\n", strerror(-r));
	/* says what became of it when it has ended */
	status = systems_choose(client->request, client->path, &fd);
	if (status != 0)
		return status;

	close(fd);
	/* it went between our connect and its accept: it is ending */
	return r == -ENOTCONN ? EXIT_NO_SYSTEM : EXIT_FAILED;
}

int client_open(struct client *client, const struct request *request,
		const char *path)
{
	int fd, r;

	client->request = request;
	client->path = path;
	r = systems_choose(request, path, &fd);
	if (r != 0)
		return r;

	r = sd_bus_new(&client->bus);
	if (r < 0 || sd_bus_set_fd(client->bus, fd, fd) < 0) {
		close(fd);
		return client_no_memory();
	}

	r = sd_bus_start(client->bus);
	return r < 0 ? cannot_talk(client, r) : 0;
}

void client_close(struct client *client)
{
	client->bus = sd_bus_close_unref(client->bus);
}

sd_bus_message *client_message(struct client *client, const char *method)
{
	sd_bus_message *call = NULL;

	if (sd_bus_message_new_method_call(client->bus, &call, NULL, PATH,
					   INTERFACE, method) < 0)
		return NULL;

	return call;
}

static const struct error_row *find_error(const sd_bus_error *error)
{
	for (size_t i = 0; i < sizeof(error_rows) / sizeof(*error_rows); i++)
		if (sd_bus_error_has_name(error, error_rows[i].name))
			return &error_rows[i];

	return NULL;
}

/* the advice with the path that was meant */
static void print_advice(const struct client *client, const char *advice)
{
	const char *at = strstr(advice, "PATH");
	char clean[TERMINAL_CLEAN_BYTES];

	if (!at || !client->path) {
		fprintf(stderr, "; %s", advice);
		return;
	}

	fprintf(stderr, "; %.*s%s%s", (int)(at - advice), advice,
		terminal_clean(clean, sizeof(clean), client->path), at + 4);
}

static void print_json_error(const char *path, const char *text, int status)
{
	json_t *error = json_pack("{s:s, s:s, s:i}", "path", path ? path : "",
				  "error", text, "status", status);

	if (error)
		client_print_json(error);
	json_decref(error);
}

static int explain(const struct client *client, const sd_bus_error *error,
		   int r)
{
	const struct error_row *row = find_error(error);
	char path[TERMINAL_CLEAN_BYTES], text[4 * TERMINAL_CLEAN_BYTES];
	bool is_ours = error->name &&
		!strncmp(error->name, "org.", strlen("org."));

	if (!is_ours && !row)
		return cannot_talk(client, sd_bus_error_get_errno(error) > 0
				   ? -sd_bus_error_get_errno(error) : r);

	terminal_clean(text, sizeof(text),
		       error->message ? error->message : error->name);
	fprintf(stderr, "actorctl: %s%s%s",
		client->path && *client->path
		? terminal_clean(path, sizeof(path), client->path) : "",
		client->path && *client->path ? ": " : "", text);
	/* the system may know better whom to ask */
	if (row && row->advice && !strstr(text, "see: actorctl "))
		print_advice(client, row->advice);
	fprintf(stderr, "\n");
	if (request_json(client->request))
		print_json_error(client->path, text,
				 row ? row->status : EXIT_FAILED);
	return row ? row->status : EXIT_FAILED;
}

int client_call(struct client *client, sd_bus_message *call,
		uint64_t timeout_us, sd_bus_message **ret_reply)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	int r;

	if (!call)
		return client_no_memory();

	r = sd_bus_call(client->bus, call, timeout_us, &error, &reply);
	sd_bus_message_unref(call);
	if (r < 0) {
		r = explain(client, &error, r);
		sd_bus_error_free(&error);
		return r;
	}

	if (ret_reply)
		*ret_reply = reply;
	else
		sd_bus_message_unref(reply);
	return 0;
}

int client_call_json(struct client *client, const char *method,
		     const char *argument, json_t **ret_json)
{
	sd_bus_message *call = client_message(client, method);

	if (call && argument &&
	    sd_bus_message_append(call, "s", argument) < 0)
		call = sd_bus_message_unref(call);

	return client_answer_json(client, call, ret_json);
}

int client_answer_json(struct client *client, sd_bus_message *call,
		       json_t **ret_json)
{
	sd_bus_message *reply = NULL;
	const char *text = "";
	json_t *json;
	int r;

	r = client_call(client, call, CLIENT_PATIENCE_US, &reply);
	if (r != 0)
		return r;

	sd_bus_message_read(reply, "s", &text);
	json = json_loads(text, JSON_DECODE_ANY, NULL);
	sd_bus_message_unref(reply);
	if (!json) {
		fprintf(stderr, "actorctl: the system's answer is no JSON; "
			"do its version and actorctl's agree? "
			"actorctl version\n");
		return EXIT_FAILED;
	}

	*ret_json = json;
	return 0;
}

int client_print_json(const json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII |
		   JSON_ENCODE_ANY);
	putchar('\n');
	return EXIT_DONE;
}

int client_look(const struct request *request, const char *method,
		int (*print)(json_t *json))
{
	const char *path = request->arguments[0];
	struct client client = { .bus = NULL };
	json_t *json = NULL;
	int r;

	r = client_open(&client, request, path);
	if (r == 0)
		r = client_call_json(&client, method, path, &json);
	if (r == 0)
		r = request_json(request) ? client_print_json(json)
					  : print(json);

	json_decref(json);
	client_close(&client);
	return r;
}

int client_act(const struct request *request, const char *method)
{
	struct client client = { .bus = NULL };
	const char *path = request->arguments[0];
	sd_bus_message *call;
	int r = client_open(&client, request, path);

	if (r == 0) {
		call = client_message(&client, method);
		if (call && sd_bus_message_append(call, "s", path) < 0)
			call = sd_bus_message_unref(call);
		r = client_call(&client, call, CLIENT_PATIENCE_US, NULL);
	}
	if (r == 0 && request_json(request)) {
		json_t *done = json_pack("{s:s}", "done", path);

		client_print_json(done);
		json_decref(done);
	}

	client_close(&client);
	return r;
}
