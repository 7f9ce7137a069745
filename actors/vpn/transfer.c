/* SPDX-License-Identifier: 0BSD */
/*
 * transfer.c - one HTTP request and what came back, on libcurl's easy handle.
 *
 * It neither waits nor loops: that is vpn-api.c. It never follows a redirect,
 * asks a proxy or resolves a name, and it makes no socket: libcurl is given one
 * that is connected, and told of an address that nobody ever looks at.
 */
#include <ctype.h>
#include <curl/mprintf.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transfer.h"

#define HEADER_MAX 512
/* host and port of the URL, whatever they are, are for the request alone */
#define DETOUR "::127.0.0.1:9"

static const struct {
	CURLcode code;
	int error;
} errors[] = {
	{ CURLE_COULDNT_CONNECT,	-ECONNREFUSED },
	{ CURLE_OPERATION_TIMEDOUT,	-ETIMEDOUT },
	{ CURLE_GOT_NOTHING,		-ECONNRESET },
	{ CURLE_RECV_ERROR,		-ECONNRESET },
	{ CURLE_SEND_ERROR,		-ECONNRESET },
	{ CURLE_PARTIAL_FILE,		-EPROTO },
	{ CURLE_URL_MALFORMAT,		-EINVAL },
	{ CURLE_OUT_OF_MEMORY,		-ENOMEM },
};

int transfer_error(const struct transfer *transfer, CURLcode code)
{
	size_t i;

	if (code == CURLE_OK)
		return 0;
	if (transfer->failure < 0)
		return transfer->failure;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].code == code)
			return errors[i].error;
	}

	return -EIO;
}

const char *transfer_text(const struct transfer *transfer, CURLcode code)
{
	if (transfer->failure == -EMSGSIZE)
		return "the answer is too large for a message: get it in parts";
	if (transfer->text[0])
		return transfer->text;

	return curl_easy_strerror(code);
}

static size_t take_body(char *bytes, size_t size, size_t n, void *data)
{
	struct transfer *transfer = data;
	size_t n_bytes = size * n;

	if (n_bytes > TRANSFER_BODY_MAX - transfer->n_body) {
		transfer->failure = -EMSGSIZE;
		return 0;
	}
	memcpy(transfer->body + transfer->n_body, bytes, n_bytes);
	transfer->n_body += n_bytes;

	return n_bytes;
}

/* What goes into a request line or a header cannot end it. */
static bool is_printable(const char *text)
{
	for (; *text; text++) {
		if (!isgraph((unsigned char)*text))
			return false;
	}

	return true;
}

static bool is_request(const struct transfer_request *request)
{
	if (!request->path || request->path[0] != '/' ||
	    !is_printable(request->path))
		return false;
	if (request->etag && !is_printable(request->etag))
		return false;
	if (request->match && !is_printable(request->match))
		return false;
	if (request->first < 0)
		return request->first == -1 && request->last == -1;

	return request->last >= request->first;
}

static int add_header(struct transfer *transfer, const char *name,
		      const char *value)
{
	struct curl_slist *longer;
	char line[HEADER_MAX];
	int n;

	if (!value)
		return 0;

	n = snprintf(line, sizeof(line), "%s: %s", name, value);
	if (n < 0 || (size_t)n >= sizeof(line))
		return -EINVAL;

	longer = curl_slist_append(transfer->headers, line);
	if (!longer)
		return -ENOMEM;
	transfer->headers = longer;

	return 0;
}

static int set_url(struct transfer *transfer, const char *base_url,
		   const char *path)
{
	char url[1024];
	int n;

	n = snprintf(url, sizeof(url), "%s%s", base_url, path);
	if (n < 0 || (size_t)n >= sizeof(url))
		return -EINVAL;

	return curl_easy_setopt(transfer->easy, CURLOPT_URL, url) ? -ENOMEM : 0;
}

static int set_range(struct transfer *transfer,
		     const struct transfer_request *request)
{
	char range[64];

	if (request->first < 0)
		return 0;

	snprintf(range, sizeof(range), "%" PRId64 "-%" PRId64, request->first,
		 request->last);

	return curl_easy_setopt(transfer->easy, CURLOPT_RANGE, range) ?
		       -ENOMEM : 0;
}

/* ---- a connection that is there already ---------------------------------- */

/* once: what was connected is used up, and there is no other */
static curl_socket_t give_socket(void *data, curlsocktype purpose,
				 struct curl_sockaddr *address)
{
	struct transfer *transfer = data;
	int fd = transfer->fd;

	(void)purpose;
	(void)address;
	transfer->fd = -1;

	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int is_connected(void *data, curl_socket_t fd, curlsocktype purpose)
{
	(void)data;
	(void)fd;
	(void)purpose;

	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/*
 * libcurl 7.88 calls it nevertheless, which 8.0 does not. In this program nobody
 * else does, and what libcurl has is connected, so this is the truth.
 */
__attribute__((visibility("default")))
int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t n_bytes)
{
	(void)fd;
	(void)address;
	(void)n_bytes;

	return 0;
}

static int set_connection(struct transfer *transfer)
{
	CURL *easy = transfer->easy;

	transfer->detour = curl_slist_append(NULL, DETOUR);
	if (!transfer->detour)
		return -ENOMEM;

	curl_easy_setopt(easy, CURLOPT_CONNECT_TO, transfer->detour);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, give_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, is_connected);
	/* setsockopt() would work on edges, so it is not there */
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 0L);

	return 0;
}

void transfer_connected(struct transfer *transfer, int fd, long timeout_ms)
{
	transfer->fd = fd;
	curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS, timeout_ms);
}

static int join_address(CURLU *url, char **ret)
{
	char *host = NULL, *port = NULL;
	int r = -EINVAL;

	if (curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_PORT, &port,
			 CURLU_DEFAULT_PORT) == CURLUE_OK) {
		*ret = curl_maprintf("%s:%s", host, port);
		r = *ret ? 0 : -ENOMEM;
	}
	curl_free(host);
	curl_free(port);

	return r;
}

int transfer_address(const char *base_url, char **ret)
{
	CURLU *url = curl_url();
	int r = -EINVAL;

	if (!url)
		return -ENOMEM;
	if (curl_url_set(url, CURLUPART_URL, base_url, 0) == CURLUE_OK)
		r = join_address(url, ret);
	curl_url_cleanup(url);

	return r;
}

/* ---- a request ----------------------------------------------------------- */

static void set_options(struct transfer *transfer)
{
	CURL *easy = transfer->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	/* on a used connection libcurl repeats a failed request by itself */
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->text);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
}

static int prepare(struct transfer *transfer, const char *base_url,
		   const struct transfer_request *request)
{
	int r;

	r = add_header(transfer, "If-None-Match", request->etag);
	if (r == 0)
		r = add_header(transfer, "If-Match", request->match);
	if (r == 0)
		r = set_url(transfer, base_url, request->path);
	if (r == 0)
		r = set_range(transfer, request);
	if (r == 0)
		r = set_connection(transfer);
	if (r == 0)
		set_options(transfer);

	return r;
}

int transfer_new(struct transfer **ret, const char *base_url,
		 const struct transfer_request *request)
{
	struct transfer *transfer;
	int r;

	if (!is_request(request))
		return -EINVAL;

	transfer = calloc(1, sizeof(*transfer));
	if (!transfer)
		return -ENOMEM;
	transfer->fd = -1;
	transfer->body = malloc(TRANSFER_BODY_MAX);
	transfer->easy = curl_easy_init();

	r = transfer->body && transfer->easy ?
		    prepare(transfer, base_url, request) : -ENOMEM;
	if (r < 0) {
		transfer_free(transfer);
		return r;
	}
	*ret = transfer;

	return 0;
}

struct transfer *transfer_free(struct transfer *transfer)
{
	if (!transfer)
		return NULL;

	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->headers);
	curl_slist_free_all(transfer->detour);
	if (transfer->fd >= 0)
		close(transfer->fd);
	free(transfer->body);
	free(transfer);

	return NULL;
}

static const char *header(const struct transfer *transfer, const char *name)
{
	struct curl_header *found;

	if (curl_easy_header(transfer->easy, name, 0, CURLH_HEADER, -1,
			     &found) != CURLHE_OK)
		return NULL;

	return found->value;
}

/* "bytes 0-49151/139584": the last number; else what came is all of it */
static json_int_t total_bytes(const struct transfer *transfer)
{
	const char *place = header(transfer, "Content-Range");
	const char *slash = place ? strchr(place, '/') : NULL;

	if (slash && isdigit((unsigned char)slash[1]))
		return strtoll(slash + 1, NULL, 10);

	return (json_int_t)transfer->n_body;
}

/* A tag too long to be sent back is none. */
static const char *entity_tag(const struct transfer *transfer)
{
	const char *etag = header(transfer, "ETag");

	return etag && strlen(etag) < HEADER_MAX / 2 && is_printable(etag) ?
		       etag : NULL;
}

bool transfer_is_text(const struct transfer *transfer)
{
	json_auto_t *text = json_stringn(transfer->body, transfer->n_body);

	return text != NULL;
}

int transfer_answer(const struct transfer *transfer, char **ret_payload,
		    size_t *ret_n_bytes)
{
	json_auto_t *head = NULL;
	char *payload, *text;
	long status = 0;
	size_t n_head;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	head = json_pack("{s:I, s:s*, s:I}", "status", (json_int_t)status,
			 "etag", entity_tag(transfer), "total",
			 total_bytes(transfer));
	text = head ? json_dumps(head, JSON_COMPACT) : NULL;
	if (!text)
		return -ENOMEM;

	n_head = strlen(text) + 1;
	payload = realloc(text, n_head + transfer->n_body);
	if (!payload) {
		free(text);
		return -ENOMEM;
	}
	payload[n_head - 1] = '\n';
	memcpy(payload + n_head, transfer->body, transfer->n_body);

	*ret_payload = payload;
	*ret_n_bytes = n_head + transfer->n_body;

	return 0;
}
