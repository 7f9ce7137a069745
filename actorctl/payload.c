/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * payload.c - what tell and ask send, and what comes back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actorctl/client.h"
#include "actorctl/duration.h"
#include "actorctl/payload.h"
#include "actorctl/terminal.h"
#include "actorctl/verb.h"

#define INPUT_BYTES 65536

enum { CONTENT_BYTES, CONTENT_TEXT, CONTENT_JSON, CONTENT_CBOR };

static const char *const contents[] = {
	[CONTENT_BYTES] = "bytes",
	[CONTENT_TEXT] = "text",
	[CONTENT_JSON] = "json",
	[CONTENT_CBOR] = "cbor",
};

#define N_CONTENTS (sizeof(contents) / sizeof(*contents))

const char *payload_content_name(uint8_t content)
{
	return content < N_CONTENTS ? contents[content] : "bytes";
}

static int read_content(const struct request *request, uint8_t *ret)
{
	const char *name = request->option[VERB_OPTION_CONTENT];

	*ret = CONTENT_TEXT;
	if (!name)
		return 0;

	for (size_t i = 0; i < N_CONTENTS; i++)
		if (!strcmp(contents[i], name)) {
			*ret = (uint8_t)i;
			return 0;
		}

	fprintf(stderr, "actorctl: --content is json, text, bytes or cbor\n");
	return EXIT_USAGE;
}

static int too_large(void)
{
	fprintf(stderr, "actorctl: a payload has at most %d MiB\n",
		PAYLOAD_BYTES_MAX >> 20);
	return EXIT_FAILED;
}

static int read_input(struct payload *ret)
{
	size_t size = 0;

	do {
		char *bytes;

		size = size == 0 ? INPUT_BYTES : 2 * size;
		bytes = realloc(ret->bytes, size);
		if (!bytes)
			return client_no_memory();
		ret->bytes = bytes;
		ret->n_bytes += fread(bytes + ret->n_bytes, 1,
				      size - ret->n_bytes, stdin);
	} while (ret->n_bytes == size && size <= PAYLOAD_BYTES_MAX);

	if (ferror(stdin)) {
		fprintf(stderr, "actorctl: cannot read standard input: %s\n",
			strerror(errno));
		return EXIT_FAILED;
	}

	return ret->n_bytes > PAYLOAD_BYTES_MAX ? too_large() : 0;
}

static int check_json(const struct payload *payload)
{
	json_error_t error;
	json_t *json;

	if (payload->content != CONTENT_JSON)
		return 0;

	json = json_loadb(payload->bytes ? payload->bytes : "",
			  payload->n_bytes, JSON_DECODE_ANY, &error);
	json_decref(json);
	if (json)
		return 0;

	fprintf(stderr, "actorctl: the payload is no JSON: line %d, column %d: "
		"%s\n", error.line, error.column, error.text);
	return EXIT_FAILED;
}

int payload_read(struct payload *ret, const struct request *request)
{
	const char *text = request->n_arguments > 2 ? request->arguments[2]
						    : NULL;
	int r = read_content(request, &ret->content);

	if (r != 0)
		return r;
	/* nothing at all is no text either */
	if (!text && !request->option[VERB_OPTION_CONTENT]) {
		ret->content = CONTENT_BYTES;
		return 0;
	}

	if (text && !strcmp(text, "-")) {
		r = read_input(ret);
	} else if (text) {
		ret->bytes = strdup(text);
		ret->n_bytes = strlen(text);
		if (!ret->bytes)
			return client_no_memory();
		if (ret->n_bytes > PAYLOAD_BYTES_MAX)
			r = too_large();
	}

	return r != 0 ? r : check_json(ret);
}

void payload_clear(struct payload *payload)
{
	free(payload->bytes);
	*payload = (struct payload) { .bytes = NULL };
}

sd_bus_message *payload_call(struct client *client, const char *method,
			     const struct request *request,
			     const struct payload *payload)
{
	sd_bus_message *call = client_message(client, method);

	if (!call ||
	    sd_bus_message_append(call, "ssy", request->arguments[0],
				  request->arguments[1],
				  (int)payload->content) < 0 ||
	    sd_bus_message_append_array(call, 'y', payload->bytes,
					payload->n_bytes) < 0)
		return sd_bus_message_unref(call);

	return call;
}

int payload_timeout(const struct request *request, uint64_t *ret_us)
{
	const char *text = request->option[VERB_OPTION_TIMEOUT];

	*ret_us = PAYLOAD_TIMEOUT_US;
	if (!text)
		return 0;
	if (duration_parse(text, ret_us) == 0 && *ret_us > 0)
		return 0;

	fprintf(stderr, "actorctl: --timeout needs a duration with a unit, "
		"as 500ms, 5s, 2min\n");
	return EXIT_USAGE;
}

int payload_print(const struct payload *payload)
{
	bool lines = payload->content == CONTENT_TEXT ||
		     payload->content == CONTENT_JSON;
	char *text = lines
		? terminal_escape(payload->bytes, payload->n_bytes, true)
		: terminal_escape_bytes(payload->bytes, payload->n_bytes);
	size_t n;

	if (!text)
		return client_no_memory();

	n = strlen(text);
	fputs(text, stdout);
	if (n > 0 && text[n - 1] != '\n')
		putchar('\n');
	free(text);
	return EXIT_DONE;
}

static json_t *base64_json(const unsigned char *bytes, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc((n + 2) / 3 * 4 + 1), *to = text;
	json_t *json;

	if (!text)
		return NULL;

	for (size_t i = 0; i < n; i += 3) {
		unsigned int group = (unsigned int)bytes[i] << 16;

		if (i + 1 < n)
			group |= (unsigned int)bytes[i + 1] << 8;
		if (i + 2 < n)
			group |= bytes[i + 2];
		*to++ = digits[group >> 18];
		*to++ = digits[group >> 12 & 63];
		*to++ = i + 1 < n ? digits[group >> 6 & 63] : '=';
		*to++ = i + 2 < n ? digits[group & 63] : '=';
	}
	*to = '\0';

	json = json_string(text);
	free(text);
	return json;
}

json_t *payload_json(const struct payload *payload)
{
	json_t *json = NULL;
	char *text;

	if (payload->content == CONTENT_JSON)
		json = json_loadb(payload->bytes, payload->n_bytes,
				  JSON_DECODE_ANY, NULL);
	if (json)
		return json;
	if (payload->content != CONTENT_TEXT && payload->content != CONTENT_JSON)
		return base64_json((const unsigned char *)payload->bytes,
				   payload->n_bytes);

	/* text that is none, and JSON that is none */
	json = json_stringn(payload->bytes, payload->n_bytes);
	if (json)
		return json;
	text = terminal_escape(payload->bytes, payload->n_bytes, true);
	json = text ? json_string(text) : NULL;
	free(text);
	return json;
}
