/* SPDX-License-Identifier: 0BSD */
/*
 * vpn-relays.c - owns the relay list.
 *
 *	ask or tell update
 *		updated: {"result": "new" or "unchanged", "relays": N}
 *		error: -EIO, with why; it will be tried again
 *	ask relays [COUNTRY]
 *		relays: {"se": [[hostname, ipv4, weight, key], …], …}
 *	ask count
 *		count: {"relays": N, "countries": N, "generation": N}
 *	ask status
 *		status: {"relays", "countries", "etag", "generation",
 *			 "downloading", "failures", "failure"}
 *	tells the selector: relays, as above
 *
 * It fetches through api at its start, when it is an hour old (looked at every
 * quarter), and on request, which replaces a running download; with the entity
 * tag of the list it has. A failed download is tried again, see retry.h. A bad
 * answer never replaces a good list. TIMEFACTOR=N in the environment makes its
 * clock N times faster, for demonstrations.
 *
 * A list in memory only: the next generation fetches it again, while the
 * selector goes on with what it has.
 */
#include <actorproc.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "demo.h"
#include "download.h"
#include "json_message.h"
#include "relay_list.h"
#include "retry.h"

#define LIST_PATH "/app/v1/relays"
#define POISON_HOSTNAME "segfault-me"
#define TIMER_WAKE "wake"
#define TIMER_RETRY "retry"
#define SECOND_NS UINT64_C(1000000000)
#define WAKE_NS (900 * SECOND_NS)
#define OLD_NS (3600 * SECOND_NS)
/* api itself gives up after ten seconds */
#define ANSWER_NS (12 * SECOND_NS)
#define N_WAITING_MAX 32

struct relays {
	unsigned int time_factor;
	struct relay_list list;
	char etag[DOWNLOAD_ETAG_MAX];

	struct download download;
	int64_t n_downloads;
	uint64_t ask;			/* of the part on its way; 0: none */
	bool retrying;			/* a timer will begin the next one */
	uint64_t attempt_ns;		/* when the latest was begun */
	unsigned int n_failures;	/* in a row */
	char failure[128];

	uint64_t waiting[N_WAITING_MAX];
	size_t n_waiting;
};

/* ---- those who wait for an update ---------------------------------------- */

static int answer_updated(struct actor *self, const char *result)
{
	struct relays *relays = actor_state(self);
	size_t i, n_waiting = relays->n_waiting;
	int r;

	relays->n_waiting = 0;
	for (i = 0; i < n_waiting; i++) {
		r = json_message_reply_to(
			self, relays->waiting[i], "updated",
			json_pack("{ss sI}", "result", result, "relays",
				  (json_int_t)relays->list.n_relays));
		if (r < 0)
			return r;
	}

	return 0;
}

static int answer_failed(struct actor *self)
{
	struct relays *relays = actor_state(self);
	size_t i, n_waiting = relays->n_waiting;
	int r;

	relays->n_waiting = 0;
	for (i = 0; i < n_waiting; i++) {
		r = actor_error_to(self, relays->waiting[i], -EIO,
				   relays->failure);
		if (r < 0)
			return r;
	}

	return 0;
}

/* ---- the download --------------------------------------------------------- */

static uint32_t chance(void)
{
	uint32_t number;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(number))
		return (uint32_t)actor_now_ns();

	return number;
}

/* The list stays as it is; the next try is a matter of time. */
static int download_failed(struct actor *self, const char *why)
{
	struct relays *relays = actor_state(self);
	uint64_t delay_ns;
	int r;

	snprintf(relays->failure, sizeof(relays->failure), "%s", why);
	relays->ask = 0;
	relays->n_failures++;
	download_deinit(&relays->download);

	delay_ns = retry_delay_ns(relays->n_failures, chance(),
				  relays->time_factor);
	r = actor_timer(self, TIMER_RETRY, delay_ns);
	if (r < 0)
		return r;
	relays->retrying = true;

	/* the log may be full; the list is what counts */
	actor_log(self, 4, "relay list: %s; %zu relays kept, next try in %llu ms",
		  relays->failure, relays->list.n_relays,
		  (unsigned long long)(delay_ns / 1000000));

	return answer_failed(self);
}

static int download_part(struct actor *self)
{
	struct relays *relays = actor_state(self);
	int r;

	r = json_message_ask(self, actor_reference(self, "api"), "get",
			     download_request(&relays->download, LIST_PATH,
					      relays->etag),
			     ANSWER_NS, &relays->ask);
	if (r < 0)
		return download_failed(self, "api takes no request now");

	return 0;
}

static void download_cancel(struct actor *self)
{
	struct relays *relays = actor_state(self);

	if (relays->ask == 0)
		return;

	/* when this cannot be sent, api ends it in ten seconds anyway */
	json_message_tell(self, actor_reference(self, "api"), "cancel",
			  json_pack("{sI}", "id",
				    (json_int_t)relays->download.id));
	relays->ask = 0;
}

/* Replaces a running one and one that waits for its retry. */
static int download_begin(struct actor *self)
{
	struct relays *relays = actor_state(self);

	download_cancel(self);
	actor_timer_cancel(self, TIMER_RETRY);
	relays->retrying = false;
	relays->attempt_ns = actor_now_ns();

	download_deinit(&relays->download);
	download_init(&relays->download, ++relays->n_downloads);

	return download_part(self);
}

static int download_ended(struct actor *self, const char *result)
{
	struct relays *relays = actor_state(self);

	relays->ask = 0;
	relays->n_failures = 0;
	relays->failure[0] = '\0';
	download_deinit(&relays->download);

	return answer_updated(self, result);
}

/* The planted defect of the demo, see demo.h: this name kills. */
static void fall_for_poison(const struct relay_list *list)
{
	size_t i;

	if (!demo_enabled())
		return;

	for (i = 0; i < list->n_relays; i++) {
		if (strcmp(list->relays[i].hostname, POISON_HOSTNAME) == 0)
			demo_crash();
	}
}

static int push_list(struct actor *self, const struct relay_list *list)
{
	return json_message_tell(self, actor_reference(self, "selector"),
				 "relays", relay_list_compact(list, NULL));
}

static int download_done(struct actor *self)
{
	struct relays *relays = actor_state(self);
	char error[RELAY_LIST_ERROR_MAX];
	struct relay_list list;
	int r;

	r = relay_list_parse(&list, relays->download.bytes,
			     relays->download.n_bytes, error);
	if (r == -EBADMSG)
		return download_failed(self, error);
	if (r < 0)
		return r;
	fall_for_poison(&list);

	/* the selector first: it must not know less than those who ask us */
	r = push_list(self, &list);
	if (r < 0) {
		relay_list_deinit(&list);
		return download_failed(self, "the selector takes no list now");
	}

	relay_list_deinit(&relays->list);
	relays->list = list;
	snprintf(relays->etag, sizeof(relays->etag), "%s",
		 relays->download.etag);
	actor_log(self, 6, "relay list: %zu relays in %zu countries",
		  list.n_relays, relay_list_n_countries(&list));

	return download_ended(self, "new");
}

static int take_answer(struct actor *self, const struct actor_message *message)
{
	struct relays *relays = actor_state(self);
	size_t n_bytes;
	const char *bytes = actor_message_payload(message, &n_bytes);

	if (actor_message_ask(message) != relays->ask)
		return 0;		/* of one that was replaced */

	switch (download_take(&relays->download, bytes, n_bytes)) {
	case DOWNLOAD_MORE:
		return download_part(self);
	case DOWNLOAD_DONE:
		return download_done(self);
	case DOWNLOAD_UNCHANGED:
		return download_ended(self, "unchanged");
	case DOWNLOAD_FAILED:
		return download_failed(self, relays->download.failure);
	}

	return 0;
}

static int take_error(struct actor *self, const struct actor_message *message)
{
	struct relays *relays = actor_state(self);
	char why[sizeof(relays->failure)];
	size_t n_bytes;
	const char *text = actor_message_payload(message, &n_bytes);

	if (actor_message_ask(message) != relays->ask)
		return 0;

	if (n_bytes > 100)
		n_bytes = 100;
	snprintf(why, sizeof(why), "%s%s%.*s",
		 strerrordesc_np(-actor_message_error(message)),
		 n_bytes ? ": " : "", (int)n_bytes, text);

	return download_failed(self, why);
}

/* ---- messages -------------------------------------------------------------- */

static int update(struct actor *self, const struct actor_message *message)
{
	struct relays *relays = actor_state(self);

	if (actor_message_kind(message) == ACTOR_ASK) {
		if (relays->n_waiting == N_WAITING_MAX)
			return actor_error(self, -EBUSY, "too many wait");
		relays->waiting[relays->n_waiting++] = actor_defer(self);
	}

	return download_begin(self);
}

static int wake(struct actor *self)
{
	const struct relays *relays = actor_state(self);
	uint64_t age_ns = actor_now_ns() - relays->attempt_ns;

	if (relays->ask != 0 || relays->retrying)
		return 0;
	if (age_ns < OLD_NS / relays->time_factor)
		return 0;

	return download_begin(self);
}

static int answer_relays(struct actor *self,
			 const struct actor_message *message)
{
	const struct relays *relays = actor_state(self);
	json_auto_t *json = json_message_load(message);

	return json_message_reply(self, "relays",
				  relay_list_compact(&relays->list,
						     json_string_value(json)));
}

static int answer_count(struct actor *self)
{
	const struct relays *relays = actor_state(self);

	return json_message_reply(
		self, "count",
		json_pack("{sI sI sI}", "relays",
			  (json_int_t)relays->list.n_relays, "countries",
			  (json_int_t)relay_list_n_countries(&relays->list),
			  "generation", (json_int_t)actor_generation(self)));
}

static int answer_status(struct actor *self)
{
	const struct relays *relays = actor_state(self);

	return json_message_reply(
		self, "status",
		json_pack("{sI sI ss sI sb sI ss}", "relays",
			  (json_int_t)relays->list.n_relays, "countries",
			  (json_int_t)relay_list_n_countries(&relays->list),
			  "etag", relays->etag, "generation",
			  (json_int_t)actor_generation(self), "downloading",
			  relays->ask != 0, "failures",
			  (json_int_t)relays->n_failures, "failure",
			  relays->failure));
}

static int receive(struct actor *self, const struct actor_message *message)
{
	struct relays *relays = actor_state(self);

	if (actor_message_kind(message) == ACTOR_REPLY)
		return take_answer(self, message);
	if (actor_message_kind(message) == ACTOR_ERROR)
		return take_error(self, message);
	if (actor_message_is_tick(message, TIMER_WAKE))
		return wake(self);
	if (actor_message_is_tick(message, TIMER_RETRY)) {
		relays->retrying = false;
		return download_begin(self);
	}
	if (actor_message_is(message, "update"))
		return update(self, message);
	if (actor_message_is(message, "relays"))
		return answer_relays(self, message);
	if (actor_message_is(message, "count"))
		return answer_count(self);
	if (actor_message_is(message, "status"))
		return answer_status(self);

	return demo_receive(message);
}

/* A number of hours that fits into one of ours: up to 3,600,000. */
static unsigned int time_factor(void)
{
	const char *text = getenv("TIMEFACTOR");
	long factor = text ? strtol(text, NULL, 10) : 1;

	return factor > 0 && factor <= 3600000 ? (unsigned int)factor : 1;
}

static int start(struct actor *self, int argc, char **argv)
{
	struct relays *relays = actor_state(self);
	uint64_t wake_ns;
	int r;

	(void)argc;
	(void)argv;
	relays->time_factor = time_factor();
	wake_ns = WAKE_NS / relays->time_factor;

	r = actor_timer_every(self, TIMER_WAKE, wake_ns, wake_ns);
	if (r < 0)
		return r;

	return download_begin(self);
}

static void stop(struct actor *self)
{
	struct relays *relays = actor_state(self);

	download_deinit(&relays->download);
	relay_list_deinit(&relays->list);
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct relays),
		.start = start,
		.receive = receive,
		.stop = stop,
	};

	json_message_init();
	return actor_main(&class, argc, argv);
}
