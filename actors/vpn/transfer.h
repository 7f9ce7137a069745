/* SPDX-License-Identifier: 0BSD */
/*
 * transfer.h - one HTTP request and what came back, on libcurl's easy handle.
 */
#pragma once

#include <actorproc.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** TRANSFER_BODY_MAX - bytes of an answer; the rest is room for its head */
#define TRANSFER_BODY_MAX (ACTOR_PAYLOAD_MAX - 1000)
/** TRANSFER_TIMEOUT_MS - for one request, unless its asker gives up sooner */
#define TRANSFER_TIMEOUT_MS 10000
#define TRANSFER_SENDER_MAX 256

/**
 * struct transfer_request - what to get
 * @path: begins with a slash; printable ASCII
 * @etag: only if it is no longer this one, or NULL
 * @match: only if it is still this one, or NULL
 * @first: a part only, with @last; both -1: all of it
 */
struct transfer_request {
	const char *path;
	const char *etag;
	const char *match;
	int64_t first;
	int64_t last;
};

/**
 * struct transfer - one running or finished request
 * @token: of the deferred ask it answers
 * @dial: of the ask for its connection, while there is none
 * @deadline_ns: when it is given up
 * @id: the asker's number for it, to cancel it by
 * @next: whoever owns it may link it
 * The rest is private to transfer.c.
 */
struct transfer {
	struct transfer *next;
	uint64_t token;
	uint64_t dial;
	uint64_t deadline_ns;
	int64_t id;
	char sender[TRANSFER_SENDER_MAX];

	CURL *easy;
	int fd;
	struct curl_slist *headers;
	struct curl_slist *detour;
	char *body;
	size_t n_body;
	int failure;
	char text[CURL_ERROR_SIZE];
};

/**
 * transfer_address() - where a URL leads, as actor_connect() wants it
 * @ret: "host:port", to be freed with curl_free()
 *
 * Return: 0; -EINVAL for what is no http URL; -ENOMEM.
 */
int transfer_address(const char *base_url, char **ret);

/**
 * transfer_new() - prepare a request; nothing is sent yet
 * @base_url: "http://127.0.0.1:18580"
 *
 * Its easy handle points to the transfer (CURLOPT_PRIVATE). Return: 0; -EINVAL
 * for a request that cannot be; -ENOMEM.
 */
int transfer_new(struct transfer **ret, const char *base_url,
		 const struct transfer_request *request);
/**
 * transfer_connected() - what it goes by; its handle may be driven from now on
 * @fd: a connection, which is the transfer's from now on
 * @timeout_ms: for all that follows
 */
void transfer_connected(struct transfer *transfer, int fd, long timeout_ms);
/** transfer_free() - NULL is fine; not while it is in a multi handle */
struct transfer *transfer_free(struct transfer *transfer);

/**
 * transfer_error() - why there is no answer
 * @code: how libcurl says it ended
 *
 * Return: 0 when there is one; else a negative errno, see transfer_text().
 */
int transfer_error(const struct transfer *transfer, CURLcode code);
const char *transfer_text(const struct transfer *transfer, CURLcode code);
/** transfer_is_text() - is the body UTF-8 that a person could be shown? */
bool transfer_is_text(const struct transfer *transfer);

/**
 * transfer_answer() - the answer as the payload of a message
 * @ret_payload: {"status":200,"etag":"…","total":N}, a newline, the body;
 *               the caller's to free()
 *
 * @total is the size of the whole document of which the body may be a part.
 */
int transfer_answer(const struct transfer *transfer, char **ret_payload,
		    size_t *ret_n_bytes);
