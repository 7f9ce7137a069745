/* SPDX-License-Identifier: 0BSD */
/*
 * download.c - a document that comes in parts, as answers of vpn-api.
 *
 * Pure: it says what to ask for and takes what came. A part that is not of
 * the same document, not where it should be, or not as long, fails it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "download.h"

#define STATUS_OK 200
#define STATUS_PARTIAL 206
#define STATUS_UNCHANGED 304

struct answer {
	json_int_t status;
	json_int_t total;
	const char *etag;
	const char *body;
	size_t n_body;
};

void download_init(struct download *download, int64_t id)
{
	*download = (struct download){ .id = id };
}

void download_deinit(struct download *download)
{
	if (!download)
		return;

	free(download->bytes);
	*download = (struct download){ 0 };
}

json_t *download_request(const struct download *download, const char *path,
			 const char *known_etag)
{
	const char *match = NULL, *etag = NULL;
	size_t first = download->n_bytes;

	if (first == 0)
		etag = *known_etag ? known_etag : NULL;
	else
		match = *download->etag ? download->etag : NULL;

	return json_pack("{ss ss* ss* sI sI sI}", "path", path, "etag", etag,
			 "match", match, "first", (json_int_t)first, "last",
			 (json_int_t)(first + DOWNLOAD_PART_BYTES - 1), "id",
			 (json_int_t)download->id);
}

__attribute__((format(printf, 2, 3)))
static enum download_result fail(struct download *download, const char *format,
				 ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(download->failure, sizeof(download->failure), format,
		  arguments);
	va_end(arguments);

	return DOWNLOAD_FAILED;
}

/* The document's size is known with the first answer, and stays. */
static enum download_result begin(struct download *download,
				  const struct answer *answer)
{
	if (answer->total <= 0 || answer->total > DOWNLOAD_BYTES_MAX)
		return fail(download, "%lld bytes are not a relay list",
			    (long long)answer->total);

	download->bytes = malloc((size_t)answer->total);
	if (!download->bytes)
		return fail(download, "out of memory");

	download->total_bytes = (size_t)answer->total;
	snprintf(download->etag, sizeof(download->etag), "%s", answer->etag);

	return DOWNLOAD_MORE;
}

static enum download_result append(struct download *download,
				   const struct answer *answer)
{
	if ((size_t)answer->total != download->total_bytes ||
	    strcmp(answer->etag, download->etag) != 0)
		return fail(download, "it changed on the way");
	if (answer->n_body == 0 ||
	    answer->n_body > download->total_bytes - download->n_bytes)
		return fail(download, "a part of the wrong size");

	memcpy(download->bytes + download->n_bytes, answer->body,
	       answer->n_body);
	download->n_bytes += answer->n_body;

	return download->n_bytes < download->total_bytes ? DOWNLOAD_MORE :
							   DOWNLOAD_DONE;
}

static enum download_result take(struct download *download,
				 const struct answer *answer)
{
	enum download_result result;

	if (answer->status == STATUS_UNCHANGED && !download->bytes)
		return DOWNLOAD_UNCHANGED;
	if (answer->status != STATUS_OK && answer->status != STATUS_PARTIAL)
		return fail(download, "HTTP status %lld",
			    (long long)answer->status);
	if (answer->status == STATUS_OK && download->bytes)
		return fail(download, "the whole instead of a part");

	if (!download->bytes) {
		result = begin(download, answer);
		if (result == DOWNLOAD_FAILED)
			return result;
	}

	return append(download, answer);
}

enum download_result download_take(struct download *download,
				   const char *bytes, size_t n_bytes)
{
	const char *newline = memchr(bytes, '\n', n_bytes);
	struct answer answer = { .etag = "" };
	json_auto_t *head = NULL;

	if (!newline)
		return fail(download, "an answer without a head");

	head = json_loadb(bytes, (size_t)(newline - bytes),
			  JSON_REJECT_DUPLICATES, NULL);
	if (json_unpack(head, "{s:I, s:I, s?s}", "status", &answer.status,
			"total", &answer.total, "etag", &answer.etag) < 0 ||
	    strlen(answer.etag) >= DOWNLOAD_ETAG_MAX)
		return fail(download, "an answer with a wrong head");

	answer.body = newline + 1;
	answer.n_body = n_bytes - (size_t)(answer.body - bytes);

	return take(download, &answer);
}
