/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_learn.c - which keys of the file would an actor need?
 *
 * The system runs it outside of its sandbox for a while and looks; here that is
 * waited for, and what was seen printed as a part of the file.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "actorctl/client.h"
#include "actorctl/duration.h"
#include "actorctl/terminal.h"
#include "actorctl/verb.h"

#define FOR_US (UINT64_C(10) * 1000000)
#define FOR_MAX_US (UINT64_C(540) * 1000000)	/* the system's own is 10 min */

static const char *text_of(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text ? text : "";
}

/* ---- as a part of the file ---------------------------------------------- */

/* what it says besides, where no key fits */
static const struct {
	const char *key;
	const char *word;
} remarks[] = {
	{ "connects", "it connects to" },
	{ "listens", "it listens at" },
	{ "kind", "it makes processes, which may only be" },
	{ "whole", "it lists or changes, which is too much to propose" },
	{ "call", "no key gives" },
	{ "lost", "more than could be noted: times" },
};

/* where the system makes the connections: below one key */
static const char *const addresses[] = { "connect", "listen" };
#define N_ADDRESSES (sizeof(addresses) / sizeof(*addresses))

static void print_value(const char *value)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789/._+-";
	size_t flags = JSON_ENCODE_ANY;
	json_t *quoted;
	char *clean;

	if (*value && !value[strspn(value, plain)]) {
		printf("%s\n", value);
		return;
	}
	/* what JSON has instead of some characters, two halves, is none to YAML */
	clean = terminal_escape(value, strlen(value), false);
	if (!clean || strcmp(clean, value))
		flags |= JSON_ENSURE_ASCII;
	free(clean);
	quoted = json_string_nocheck(value);
	json_dumpf(quoted, stdout, flags);
	putchar('\n');
	json_decref(quoted);
}

static bool is_list(const char *key)
{
	return !strcmp(key, "read") || !strcmp(key, "execute") ||
	       !strcmp(key, "write") || !strcmp(key, "devices") ||
	       !strcmp(key, "syscalls");
}

static bool is_remark(const char *key)
{
	for (size_t i = 0; i < sizeof(remarks) / sizeof(*remarks); i++)
		if (!strcmp(remarks[i].key, key))
			return true;
	return false;
}

static bool is_address(const char *key)
{
	for (size_t i = 0; i < N_ADDRESSES; i++)
		if (!strcmp(addresses[i], key))
			return true;
	return false;
}

static void print_list(const json_t *rows, const char *wanted,
		       const char *indent)
{
	bool begun = false;
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (strcmp(text_of(row, "key"), wanted))
			continue;
		if (!begun)
			printf("%s%s:\n", indent, wanted);
		begun = true;
		printf("%s  - ", indent);
		print_value(text_of(row, "value"));
	}
}

/* Return: it needs no network itself */
static bool print_addresses(const json_t *rows, const char *network)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (is_address(text_of(row, "key")))
			break;
	if (i == json_array_size(rows))
		return false;
	printf("  # by actor_connect(3) and actor_listen(3); with sockets of its "
	       "own\n  # it needs instead: network: %s\n  network:\n", network);
	for (i = 0; i < N_ADDRESSES; i++)
		print_list(rows, addresses[i], "    ");
	return true;
}

/* sorted by key */
static void print_keys(const json_t *rows)
{
	const char *before = "", *key, *value;
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		key = text_of(row, "key");
		value = text_of(row, "value");
		if (is_remark(key) || is_address(key))
			continue;
		if (!*before)
			printf("sandbox:\n");
		if (is_list(key)) {
			if (strcmp(key, before))
				print_list(rows, key, "  ");
		} else if (strcmp(key, "network") ||
			   !print_addresses(rows, value)) {
			printf("  %s: ", key);
			print_value(value);
		}
		before = key;
	}
	if (!*before)
		printf("# it needs no more keys\n");
}

static void print_remarks(const json_t *rows)
{
	char clean[TERMINAL_CLEAN_BYTES];
	const json_t *row;
	size_t i, k;

	for (k = 0; k < sizeof(remarks) / sizeof(*remarks); k++)
		json_array_foreach(rows, i, row) {
			if (strcmp(text_of(row, "key"), remarks[k].key))
				continue;
			printf("# %s: %s (%" JSON_INTEGER_FORMAT ")\n",
			       remarks[k].word,
			       terminal_clean(clean, sizeof(clean),
					      text_of(row, "value")),
			       json_integer_value(json_object_get(row,
								  "times")));
		}
}

static int print(const char *path, const json_t *rows)
{
	printf("# %s: besides what its sandbox has already\n", path);
	print_keys(rows);
	print_remarks(rows);
	return EXIT_DONE;
}

/* ---- the verb ----------------------------------------------------------- */

static int call(const struct request *request, const char *method,
		json_t **ret_rows)
{
	struct client client = { .bus = NULL };
	const char *path = request->arguments[0];
	sd_bus_message *message;
	int r = client_open(&client, request, path);

	if (r == 0 && ret_rows) {
		r = client_call_json(&client, method, path, ret_rows);
	} else if (r == 0) {
		message = client_message(&client, method);
		if (message && sd_bus_message_append(message, "s", path) < 0)
			message = sd_bus_message_unref(message);
		r = client_call(&client, message, CLIENT_PATIENCE_US, NULL);
	}
	client_close(&client);
	return r;
}

static void end_at(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGHUP);
	sigprocmask(SIG_BLOCK, signals, NULL);
}

static int read_time(const struct request *request, uint64_t *ret_us)
{
	const char *text = request->option[VERB_OPTION_FOR];

	*ret_us = FOR_US;
	if (!text)
		return EXIT_DONE;
	if (duration_parse(text, ret_us) < 0 || *ret_us > FOR_MAX_US) {
		fprintf(stderr, "actorctl: --for: a time of at most 9min, as 30s\n");
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static int run(const struct request *request)
{
	struct timespec time;
	json_t *rows = NULL;
	sigset_t signals;
	uint64_t for_us;
	int r = read_time(request, &for_us);

	if (r != EXIT_DONE)
		return r;
	/* from here on it is to be put back, whatever comes */
	end_at(&signals);
	r = call(request, "Learn", NULL);
	if (r != EXIT_DONE)
		return r;
	fprintf(stderr, "actorctl: %s runs outside of its sandbox now; use it. "
		"Ctrl-C ends this early\n", request->arguments[0]);
	time.tv_sec = (time_t)(for_us / 1000000);
	time.tv_nsec = (long)(for_us % 1000000 * 1000);
	sigtimedwait(&signals, NULL, &time);
	r = call(request, "Learned", &rows);
	if (r == EXIT_DONE)
		r = request_json(request) ? client_print_json(rows) :
			print(request->arguments[0], rows);
	json_decref(rows);
	return r;
}

const struct verb verb_learn = {
	.name = "learn",
	.usage = "[--for TIME] PATH",
	.summary = "which grants it needs, by running it without a sandbox",
	.min = 1,
	.max = 1,
	.options = 1u << VERB_OPTION_FOR,
	.run = run,
};
