/* SPDX-License-Identifier: 0BSD */
/*
 * relay-server.c - a real HTTP server with real faults, for the VPN example.
 *
 *	GET /app/v1/relays		the list; ETag, If-None-Match, Range
 *	GET /fault			the present fault
 *	GET|POST /fault?mode=MODE[&times=N]	another one, see fault.h
 *
 * One thread. It knows nothing of actors: it is a child of the tree as any
 * program could be, and says READY=1 as systemd's services do. A fault is for
 * requests that begin a list (no If-Match); those that go on with one whose
 * entity tag they name get the rest of it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fault.h"
#include "relay_document.h"

#define N_HANGING_MAX 32

static const char page_500[] = "the relay list is out for lunch\n";
static const char page_not_json[] = "<!doctype html><title>Sign in</title>"
				    "<p>Free airport WiFi: please sign in.\n";

struct server {
	struct relay_document good;
	struct relay_document poison;
	struct fault fault;
	unsigned long n_requests;
	struct MHD_Connection *hanging[N_HANGING_MAX];
	size_t n_hanging;
};

/* what a request's context points to: seen it, or let it go */
static char context_begun, context_released;

static volatile sig_atomic_t stopping;

static void on_stop_signal(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

static enum MHD_Result respond(struct MHD_Connection *connection,
			       unsigned int status, struct MHD_Response *response)
{
	enum MHD_Result result;

	if (!response)
		return MHD_NO;

	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);

	return result;
}

static enum MHD_Result respond_text(struct MHD_Connection *connection,
				    unsigned int status, const char *type,
				    const char *text)
{
	struct MHD_Response *response;

	response = MHD_create_response_from_buffer(strlen(text), (void *)text,
						   MHD_RESPMEM_MUST_COPY);
	if (response)
		MHD_add_response_header(response, "Content-Type", type);

	return respond(connection, status, response);
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Hanging requests are let go: their connections are closed, unanswered. */
static void release_hanging(struct server *server)
{
	size_t i;

	for (i = 0; i < server->n_hanging; i++)
		MHD_resume_connection(server->hanging[i]);
	server->n_hanging = 0;
}

/* ---- the list --------------------------------------------------------- */

struct range {
	size_t first;
	size_t n_bytes;
};

/* "bytes=A-B" or "bytes=A-"; what is not one of these is no range */
static bool parse_range(struct range *ret, const char *text, size_t total)
{
	unsigned long first, last = total - 1;
	char *end;

	if (!text || strncmp(text, "bytes=", 6) != 0)
		return false;

	first = strtoul(text + 6, &end, 10);
	if (end == text + 6 || *end++ != '-')
		return false;
	if (*end) {
		last = strtoul(end, &end, 10);
		if (*end)
			return false;
	}
	if (first >= total || last < first)
		return false;

	if (last >= total)
		last = total - 1;
	*ret = (struct range){ .first = first, .n_bytes = last - first + 1 };

	return true;
}

static void add_list_headers(struct MHD_Response *response,
			     const struct relay_document *document)
{
	MHD_add_response_header(response, "Content-Type", "application/json");
	MHD_add_response_header(response, "ETag", document->etag);
	MHD_add_response_header(response, "Accept-Ranges", "bytes");
}

/* how the bytes of a range are sent; NULL when out of memory */
typedef struct MHD_Response *body_fn(const struct range *range,
				     const struct relay_document *document);

static struct MHD_Response *
whole_response(const struct range *range, const struct relay_document *document)
{
	return MHD_create_response_from_buffer(range->n_bytes,
					       document->bytes + range->first,
					       MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result respond_list(struct MHD_Connection *connection,
				    const struct relay_document *document,
				    body_fn *body)
{
	struct range range = { .n_bytes = document->n_bytes };
	unsigned int status = MHD_HTTP_OK;
	struct MHD_Response *response;
	char place[80];

	if (parse_range(&range, header(connection, "Range"), document->n_bytes))
		status = MHD_HTTP_PARTIAL_CONTENT;

	response = body(&range, document);
	if (!response)
		return MHD_NO;

	add_list_headers(response, document);
	if (status == MHD_HTTP_PARTIAL_CONTENT) {
		snprintf(place, sizeof(place), "bytes %zu-%zu/%zu", range.first,
			 range.first + range.n_bytes - 1, document->n_bytes);
		MHD_add_response_header(response, "Content-Range", place);
	}

	return respond(connection, status, response);
}

static enum MHD_Result respond_unchanged(struct MHD_Connection *connection,
					 const struct relay_document *document)
{
	struct MHD_Response *response;

	response = MHD_create_response_from_buffer(0, (void *)"",
						   MHD_RESPMEM_PERSISTENT);
	if (response)
		add_list_headers(response, document);

	return respond(connection, MHD_HTTP_NOT_MODIFIED, response);
}

static enum MHD_Result respond_document(struct MHD_Connection *connection,
					const struct relay_document *document)
{
	const char *known = header(connection, "If-None-Match");

	if (known && strcmp(known, document->etag) == 0)
		return respond_unchanged(connection, document);

	return respond_list(connection, document, whole_response);
}

/* More of a list whose beginning the client has. */
static enum MHD_Result respond_match(struct MHD_Connection *connection,
				     const struct server *server,
				     const char *etag)
{
	if (strcmp(etag, server->good.etag) == 0)
		return respond_list(connection, &server->good, whole_response);
	if (strcmp(etag, server->poison.etag) == 0)
		return respond_list(connection, &server->poison,
				    whole_response);

	return respond_text(connection, MHD_HTTP_PRECONDITION_FAILED,
			    "text/plain", "that list is gone\n");
}

/* ---- the faults ------------------------------------------------------- */

static enum MHD_Result hang(struct MHD_Connection *connection,
			    struct server *server, void **context)
{
	if (server->n_hanging == N_HANGING_MAX)
		release_hanging(server);

	*context = &context_released;
	MHD_suspend_connection(connection);
	server->hanging[server->n_hanging++] = connection;

	return MHD_YES;
}

/* an answer that ends before all it announced was sent */
struct cut_answer {
	const char *bytes;
	size_t n_bytes;
};

static ssize_t read_cut(void *data, uint64_t position, char *buffer, size_t max)
{
	const struct cut_answer *cut = data;
	size_t n;

	if (position >= cut->n_bytes)
		return MHD_CONTENT_READER_END_WITH_ERROR;

	n = cut->n_bytes - (size_t)position;
	if (n > max)
		n = max;
	memcpy(buffer, cut->bytes + position, n);

	return (ssize_t)n;
}

static struct MHD_Response *cut_response(const struct range *range,
					 const struct relay_document *document)
{
	struct cut_answer *cut = malloc(sizeof(*cut));

	if (!cut)
		return NULL;

	cut->bytes = document->bytes + range->first;
	cut->n_bytes = range->n_bytes / 2;

	return MHD_create_response_from_callback(range->n_bytes, 4096, read_cut,
						 cut, free);
}

static enum MHD_Result answer_relays(struct server *server,
				     struct MHD_Connection *connection,
				     void **context)
{
	const char *etag = header(connection, "If-Match");

	if (etag)
		return respond_match(connection, server, etag);

	server->n_requests++;
	switch (fault_next(&server->fault)) {
	case FAULT_NONE:
		return respond_document(connection, &server->good);
	case FAULT_REFUSE:
		return MHD_NO;
	case FAULT_HANG:
		return hang(connection, server, context);
	case FAULT_STATUS_500:
		return respond_text(connection,
				    MHD_HTTP_INTERNAL_SERVER_ERROR,
				    "text/plain", page_500);
	case FAULT_TRUNCATED:
		return respond_list(connection, &server->good, cut_response);
	case FAULT_NOT_JSON:
		return respond_text(connection, MHD_HTTP_OK, "text/html",
				    page_not_json);
	case FAULT_POISON:
		return respond_document(connection, &server->poison);
	}

	return MHD_NO;
}

static bool parse_times(unsigned int *ret_times, const char *text)
{
	unsigned long times;
	char *end;

	times = strtoul(text, &end, 10);
	if (end == text || *end || times > 1000000)
		return false;

	*ret_times = (unsigned int)times;

	return true;
}

static bool set_fault(struct server *server, struct MHD_Connection *connection)
{
	const char *mode, *times;
	struct fault fault = { 0 };

	mode = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND,
					   "mode");
	times = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND,
					    "times");
	if (!mode)
		return !times;
	if (fault_parse(&fault.mode, mode) < 0)
		return false;
	if (times && !parse_times(&fault.n_times, times))
		return false;

	server->fault = fault;
	release_hanging(server);

	return true;
}

static enum MHD_Result answer_fault(struct server *server,
				    struct MHD_Connection *connection,
				    void **context)
{
	char text[128];

	(void)context;
	if (!set_fault(server, connection))
		return respond_text(connection, MHD_HTTP_BAD_REQUEST,
				    "text/plain",
				    "want mode=none|refuse|hang|500|truncated|"
				    "not-json|poison and times=N\n");

	snprintf(text, sizeof(text),
		 "{\"mode\":\"%s\",\"times\":%u,\"requests\":%lu}\n",
		 fault_name(server->fault.mode), server->fault.n_times,
		 server->n_requests);

	return respond_text(connection, MHD_HTTP_OK, "application/json", text);
}

/* ---- the server ------------------------------------------------------- */

static const struct resource {
	const char *path;
	bool post;
	enum MHD_Result (*answer)(struct server *server,
				  struct MHD_Connection *connection,
				  void **context);
} resources[] = {
	{ "/app/v1/relays", false, answer_relays },
	{ "/fault",	    true,  answer_fault },
};

static const struct resource *find_resource(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		if (strcmp(resources[i].path, path) == 0)
			return &resources[i];
	}

	return NULL;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection,
				  const char *path, const char *method,
				  const char *version, const char *upload,
				  size_t *n_upload, void **context)
{
	const struct resource *resource = find_resource(path);

	(void)version;
	(void)upload;
	if (*context == &context_released)
		return MHD_NO;
	if (!*context) {		/* headers only: the body follows */
		*context = &context_begun;
		return MHD_YES;
	}
	if (*n_upload) {
		*n_upload = 0;
		return MHD_YES;
	}
	if (!resource)
		return respond_text(connection, MHD_HTTP_NOT_FOUND,
				    "text/plain", "no such thing here\n");
	if (strcmp(method, "GET") != 0 &&
	    !(resource->post && strcmp(method, "POST") == 0))
		return respond_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
				    "text/plain", "not that way\n");

	return resource->answer(data, connection, context);
}

/* As sd_notify(3): one datagram to the socket the environment names. */
static void say_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = path ? strlen(path) : 0;
	int fd;

	if (length == 0 || length >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, length);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		perror("relay-server: notify socket");
		return;
	}
	if (sendto(fd, "READY=1", 7, MSG_NOSIGNAL,
		   (const struct sockaddr *)&address,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			       length)) < 0)
		perror("relay-server: notify");
	close(fd);
}

/* "127.0.0.1:18580"; no names, since that would need a resolver */
static bool parse_address(struct sockaddr_in *ret, const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const char *colon = strrchr(text, ':');
	char host[INET_ADDRSTRLEN];
	unsigned long port;
	char *end;

	if (!colon || (size_t)(colon - text) >= sizeof(host))
		return false;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	port = strtoul(colon + 1, &end, 10);
	if (end == colon + 1 || *end || port > 65535)
		return false;
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return false;

	address.sin_port = htons((uint16_t)port);
	*ret = address;

	return true;
}

static struct MHD_Daemon *start(struct server *server,
				const struct sockaddr_in *address)
{
	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
		on_request, server, MHD_OPTION_SOCK_ADDR, address,
		MHD_OPTION_CONNECTION_LIMIT, 64u,
		MHD_OPTION_CONNECTION_TIMEOUT, 60u,
		MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
}

static void serve(struct MHD_Daemon *daemon, const sigset_t *while_waiting)
{
	const union MHD_DaemonInfo *info;
	struct pollfd ready = { .events = POLLIN };
	MHD_UNSIGNED_LONG_LONG timeout_ms;
	struct timespec timeout;

	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	ready.fd = info->epoll_fd;
	while (!stopping) {
		bool limited = MHD_get_timeout(daemon, &timeout_ms) == MHD_YES;

		timeout.tv_sec = (time_t)(timeout_ms / 1000);
		timeout.tv_nsec = (long)(timeout_ms % 1000) * 1000000;
		if (ppoll(&ready, 1, limited ? &timeout : NULL,
			  while_waiting) < 0 && errno != EINTR)
			return;
		MHD_run(daemon);
	}
}

/* Signals arrive in ppoll() only, so that none is missed before it. */
static void catch_stop_signals(sigset_t *ret_while_waiting)
{
	const struct sigaction action = { .sa_handler = on_stop_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, ret_while_waiting);
	sigdelset(ret_while_waiting, SIGTERM);
	sigdelset(ret_while_waiting, SIGINT);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int run(struct server *server, const struct sockaddr_in *address)
{
	struct MHD_Daemon *daemon;
	sigset_t while_waiting;

	catch_stop_signals(&while_waiting);
	daemon = start(server, address);
	if (!daemon) {
		fprintf(stderr, "relay-server: cannot listen: %s\n",
			strerror(errno));
		return EXIT_FAILURE;
	}

	say_ready();
	serve(daemon, &while_waiting);

	release_hanging(server);
	MHD_run(daemon);
	MHD_stop_daemon(daemon);

	return EXIT_SUCCESS;
}

static int load(struct server *server, const char *list)
{
	int r;

	r = list ? relay_document_load(&server->good, list) :
		   relay_document_generate(&server->good, NULL);
	if (r < 0) {
		fprintf(stderr, "relay-server: %s: %s\n",
			list ? list : "relay list", strerror(-r));
		return r;
	}

	return relay_document_generate(&server->poison, RELAY_DOCUMENT_POISON);
}

static int usage(void)
{
	fputs("usage: relay-server --listen ADDRESS:PORT [--list FILE]\n"
	      "       relay-server --print\n", stderr);

	return 64;
}

struct arguments {
	struct sockaddr_in address;
	bool listen;
	bool print;
	const char *list;
};

static bool parse_arguments(struct arguments *ret, int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "list",   required_argument, NULL, 'f' },
		{ "print",  no_argument,       NULL, 'p' },
		{ NULL,	    0,		       NULL, 0 },
	};
	int option;

	*ret = (struct arguments){ 0 };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'l':
			if (!parse_address(&ret->address, optarg))
				return false;
			ret->listen = true;
			break;
		case 'f':
			ret->list = optarg;
			break;
		case 'p':
			ret->print = true;
			break;
		default:
			return false;
		}
	}

	return optind == argc && ret->listen != ret->print;
}

int main(int argc, char **argv)
{
	struct server server = { 0 };
	struct arguments arguments;
	int status = EXIT_FAILURE;

	if (!parse_arguments(&arguments, argc, argv))
		return usage();

	if (load(&server, arguments.list) == 0) {
		if (arguments.print)
			status = fputs(server.good.bytes, stdout) == EOF;
		else
			status = run(&server, &arguments.address);
	}
	relay_document_deinit(&server.good);
	relay_document_deinit(&server.poison);

	return status;
}
