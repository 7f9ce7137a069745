/* SPDX-License-Identifier: 0BSD */
/*
 * vpn-api.c - the only one of the daemon's actors that talks to the network.
 *
 *	ask get {"path": "/…", "etag"?, "match"?, "first"?, "last"?, "id"?}
 *		response: {"status":200,"etag":"…","total":N} newline body
 *		error: -ECONNREFUSED -ECONNRESET -ETIMEDOUT -EPROTO (cut short)
 *		       -EMSGSIZE (get it in parts) -ECANCELED -EBUSY -EINVAL
 *	tell cancel {"id": N}	the asker's own request of that number
 *
 * It may not make a socket. Each connection is asked for with actor_connect(),
 * and libcurl is given what comes; so the host's name is looked up elsewhere, too.
 *
 * libcurl's multi interface runs inside the actor's loop: its sockets are
 * watched descriptors, its timeout is a timer. So any number of transfers go
 * on while messages are taken, without a thread, and nothing here blocks. It
 * knows nothing of relays and never looks into a body.
 */
#include <actorproc.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "demo.h"
#include "json_message.h"
#include "transfer.h"

#define N_TRANSFERS_MAX 16
#define TIMER_CURL "curl"
#define MILLISECOND_NS UINT64_C(1000000)

struct api {
	const char *base_url;
	char *address;
	CURLM *multi;
	struct transfer *transfers;
	size_t n_transfers;
};

/* ---- libcurl in the actor's loop --------------------------------------- */

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *data,
			  void *socket_data)
{
	struct actor *self = data;
	uint32_t events = 0;

	(void)easy;
	(void)socket_data;
	if (what == CURL_POLL_REMOVE) {
		actor_unwatch_fd(self, fd);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;

	return actor_watch_fd(self, fd, events) < 0 ? -1 : 0;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *data)
{
	struct actor *self = data;

	(void)multi;
	if (timeout_ms < 0) {
		actor_timer_cancel(self, TIMER_CURL);
		return 0;
	}

	/* never at once: libcurl must not be called from its own callback */
	return actor_timer(self, TIMER_CURL,
			   (uint64_t)timeout_ms * MILLISECOND_NS + 1) < 0 ?
		       -1 : 0;
}

static int start(struct actor *self, int argc, char **argv)
{
	struct api *api = actor_state(self);
	int r;

	if (argc != 2) {
		fputs("usage: vpn-api BASE-URL\n", stderr);
		return -EINVAL;
	}
	if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK)
		return -ENOMEM;

	api->base_url = argv[1];
	r = transfer_address(api->base_url, &api->address);
	if (r < 0) {
		fprintf(stderr, "%s is no URL\n", api->base_url);
		return r;
	}
	api->multi = curl_multi_init();
	if (!api->multi)
		return -ENOMEM;

	curl_multi_setopt(api->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(api->multi, CURLMOPT_SOCKETDATA, self);
	curl_multi_setopt(api->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(api->multi, CURLMOPT_TIMERDATA, self);

	return 0;
}

/* ---- transfers ---------------------------------------------------------- */

static void unlink_transfer(struct api *api, struct transfer *transfer)
{
	struct transfer **at = &api->transfers;

	while (*at && *at != transfer)
		at = &(*at)->next;
	if (*at) {
		*at = transfer->next;
		api->n_transfers--;
	}
}

/* A transfer ends here, whatever its end. */
static void end_transfer(struct api *api, struct transfer *transfer)
{
	curl_multi_remove_handle(api->multi, transfer->easy);
	unlink_transfer(api, transfer);
	transfer_free(transfer);
}

static int give_up(struct actor *self, struct transfer *transfer, int error,
		   const char *text)
{
	int r = actor_error_to(self, transfer->token, error, text);

	end_transfer(actor_state(self), transfer);

	return r;
}

static int send_answer(struct actor *self, const struct transfer *transfer)
{
	struct actor_outgoing outgoing = { .type = "response" };
	char *payload;
	int r;

	r = transfer_answer(transfer, &payload, &outgoing.size);
	if (r < 0)
		return r;

	outgoing.payload = payload;
	outgoing.content = transfer_is_text(transfer) ? ACTOR_CONTENT_TEXT :
							ACTOR_CONTENT_BYTES;
	r = actor_reply_to(self, transfer->token, &outgoing);
	free(payload);

	return r;
}

static int finish_transfer(struct actor *self, struct transfer *transfer,
			   CURLcode code)
{
	int error = transfer_error(transfer, code), r;

	if (error < 0)
		return give_up(self, transfer, error,
			       transfer_text(transfer, code));
	r = send_answer(self, transfer);
	end_transfer(actor_state(self), transfer);

	return r;
}

/* Return: 0; the first error, when all that have ended are dealt with. */
static int finish_transfers(struct actor *self)
{
	struct api *api = actor_state(self);
	int n_left, first = 0;
	CURLMsg *done;

	while ((done = curl_multi_info_read(api->multi, &n_left))) {
		struct transfer *transfer = NULL;
		CURLcode code = done->data.result;
		int r;

		curl_easy_getinfo(done->easy_handle, CURLINFO_PRIVATE,
				  (char **)&transfer);
		r = finish_transfer(self, transfer, code);
		if (r < 0 && first == 0)
			first = r;
	}

	return first;
}

static int drive(struct actor *self, curl_socket_t fd, int events)
{
	struct api *api = actor_state(self);
	int n_running;

	if (curl_multi_socket_action(api->multi, fd, events, &n_running) !=
	    CURLM_OK)
		return -EIO;

	return finish_transfers(self);
}

static int drive_descriptor(struct actor *self,
			    const struct actor_message *message)
{
	uint32_t events = actor_message_events(message);
	int what = 0;

	if (events & (EPOLLIN | EPOLLHUP))
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		what |= CURL_CSELECT_ERR;

	return drive(self, actor_message_fd(message), what);
}

/* ---- messages ----------------------------------------------------------- */

static uint64_t deadline_ns(const struct actor_message *message)
{
	uint64_t asked_ns = actor_message_deadline_ns(message);
	uint64_t own_ns = actor_now_ns() + TRANSFER_TIMEOUT_MS * MILLISECOND_NS;

	return asked_ns && asked_ns < own_ns ? asked_ns : own_ns;
}

static uint64_t left_ns(const struct transfer *transfer)
{
	uint64_t now_ns = actor_now_ns();

	return transfer->deadline_ns > now_ns ?
		       transfer->deadline_ns - now_ns : 1;
}

/* What the JSON asks for; not linked yet and owed to nobody. */
static int prepare(struct api *api, struct transfer **ret,
		   const struct actor_message *message)
{
	struct transfer_request request = { .first = -1, .last = -1 };
	json_int_t id = 0, first = -1, last = -1;
	json_auto_t *json = NULL;
	struct transfer *transfer;
	int r;

	json = json_message_load(message);
	if (json_unpack(json, "{s:s, s?s, s?s, s?I, s?I, s?I !}", "path",
			&request.path, "etag", &request.etag, "match",
			&request.match, "first", &first, "last", &last, "id",
			&id) < 0)
		return -EINVAL;
	request.first = first;
	request.last = last;

	r = transfer_new(&transfer, api->base_url, &request);
	if (r < 0)
		return r;

	transfer->id = id;
	transfer->deadline_ns = deadline_ns(message);
	snprintf(transfer->sender, sizeof(transfer->sender), "%s",
		 actor_message_sender(message));
	*ret = transfer;

	return 0;
}

static int get(struct actor *self, const struct actor_message *message)
{
	struct api *api = actor_state(self);
	struct transfer *transfer;
	int r;

	if (actor_message_kind(message) != ACTOR_ASK)
		return ACTOR_UNHANDLED;
	if (api->n_transfers == N_TRANSFERS_MAX)
		return actor_error(self, -EBUSY, "too many transfers");

	r = prepare(api, &transfer, message);
	if (r == -EINVAL)
		return actor_error(self, r, "want {\"path\": \"/…\", …}");
	if (r < 0)
		return actor_error(self, r, NULL);

	r = actor_connect(self, api->address, left_ns(transfer),
			  &transfer->dial);
	if (r < 0) {
		transfer_free(transfer);
		return actor_error(self, r, "no connection can be asked for");
	}
	transfer->token = actor_defer(self);
	transfer->next = api->transfers;
	api->transfers = transfer;
	api->n_transfers++;

	return 0;
}

/* who has been cancelled meanwhile is not there: its connection is closed */
static struct transfer *find_dial(struct api *api, uint64_t dial)
{
	struct transfer *transfer = api->transfers;

	while (transfer && transfer->dial != dial)
		transfer = transfer->next;

	return transfer;
}

static int go_on(struct actor *self, const struct actor_message *message)
{
	struct api *api = actor_state(self);
	uint64_t dial = actor_message_ask(message);
	struct transfer *transfer = find_dial(api, dial);
	int fd;

	if (!transfer)
		return 0;

	fd = actor_message_take_descriptor(message, 0);
	transfer->dial = 0;
	transfer_connected(transfer, fd,
			   (long)(left_ns(transfer) / MILLISECOND_NS + 1));
	if (curl_multi_add_handle(api->multi, transfer->easy) == CURLM_OK)
		return 0;

	return give_up(self, transfer, -EIO, "libcurl refuses");
}

/* Its text says why, and which key of the file is missing. */
static int no_connection(struct actor *self,
			 const struct actor_message *message)
{
	struct api *api = actor_state(self);
	struct transfer *transfer;
	int error = actor_message_error(message);
	const char *payload;
	char text[512];
	size_t size;

	transfer = find_dial(api, actor_message_ask(message));
	if (!transfer)
		return 0;
	/* who makes them was started anew */
	if (error == -EINTR &&
	    actor_connect(self, api->address, left_ns(transfer),
			  &transfer->dial) == 0)
		return 0;

	payload = actor_message_payload(message, &size);
	snprintf(text, sizeof(text), "%.*s", (int)size, payload);

	return give_up(self, transfer, error, text);
}

static struct transfer *find_transfer(struct api *api, const char *sender,
				      int64_t id)
{
	struct transfer *transfer;

	for (transfer = api->transfers; transfer; transfer = transfer->next) {
		if (transfer->id == id && !strcmp(transfer->sender, sender))
			return transfer;
	}

	return NULL;
}

static int cancel(struct actor *self, const struct actor_message *message)
{
	struct api *api = actor_state(self);
	struct transfer *transfer;
	json_auto_t *json = NULL;
	json_int_t id;

	json = json_message_load(message);
	if (json_unpack(json, "{s:I}", "id", &id) < 0)
		return ACTOR_UNHANDLED;

	transfer = find_transfer(api, actor_message_sender(message), id);
	if (!transfer)
		return 0;

	return give_up(self, transfer, -ECANCELED, "cancelled");
}

static int receive(struct actor *self, const struct actor_message *message)
{
	if (actor_message_kind(message) == ACTOR_READY_FD)
		return drive_descriptor(self, message);
	if (actor_message_kind(message) == ACTOR_REPLY)
		return go_on(self, message);
	if (actor_message_kind(message) == ACTOR_ERROR)
		return no_connection(self, message);
	if (actor_message_is_tick(message, TIMER_CURL))
		return drive(self, CURL_SOCKET_TIMEOUT, 0);
	if (actor_message_is(message, "get"))
		return get(self, message);
	if (actor_message_is(message, "cancel"))
		return cancel(self, message);

	return demo_receive(message);
}

static void stop(struct actor *self)
{
	struct api *api = actor_state(self);

	while (api->transfers)
		end_transfer(api, api->transfers);
	curl_multi_cleanup(api->multi);
	curl_free(api->address);
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct api),
		.start = start,
		.receive = receive,
		.stop = stop,
	};

	json_message_init();
	return actor_main(&class, argc, argv);
}
