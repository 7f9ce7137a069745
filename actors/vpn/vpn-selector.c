/* SPDX-License-Identifier: 0BSD */
/*
 * vpn-selector.c - picks the relay for an attempt to connect.
 *
 *	tell relays {"se": [[hostname, ipv4, weight, key], …], …}
 *	ask select {"country": "se", "attempt": 0}
 *		relay: {"hostname", "country", "ipv4_addr_in", "public_key",
 *			"weight", "attempt"}
 *		error: -ENOENT no relay there; -EINVAL; -EBUSY
 *	ask count
 *		count: {"relays": N, "countries": N, "generation": N}
 *
 * It has no list before relays has sent it one. Who asks earlier waits for it.
 */
#include <actorproc.h>
#include <errno.h>
#include <string.h>

#include "demo.h"
#include "json_message.h"
#include "relay_list.h"

#define N_WAITING_MAX 64

struct wish {
	char country[3];
	uint32_t attempt;
};

struct selector {
	struct relay_list list;
	struct waiting {
		uint64_t token;
		struct wish wish;
	} waiting[N_WAITING_MAX];
	size_t n_waiting;
};

static int read_wish(struct wish *ret, const struct actor_message *message)
{
	json_auto_t *json = json_message_load(message);
	json_int_t attempt = 0;
	const char *country;

	if (json_unpack(json, "{s:s, s?I !}", "country", &country, "attempt",
			&attempt) < 0)
		return -EINVAL;
	if (strlen(country) != 2 || attempt < 0 || attempt > UINT32_MAX)
		return -EINVAL;

	memcpy(ret->country, country, sizeof(ret->country));
	ret->attempt = (uint32_t)attempt;

	return 0;
}

static int answer(struct actor *self, uint64_t token, const struct wish *wish)
{
	struct selector *selector = actor_state(self);
	const struct relay *relay;

	relay = relay_list_select(&selector->list, wish->country,
				  wish->attempt);
	if (!relay)
		return actor_error_to(self, token, -ENOENT,
				      "no relay in that country");

	return json_message_reply_to(
		self, token, "relay",
		json_pack("{ss ss ss ss si sI}", "hostname", relay->hostname,
			  "country", relay->country, "ipv4_addr_in",
			  relay->ipv4, "public_key", relay->public_key,
			  "weight", (int)relay->weight, "attempt",
			  (json_int_t)wish->attempt));
}

static int wait_for_list(struct actor *self, uint64_t token,
			 const struct wish *wish)
{
	struct selector *selector = actor_state(self);

	if (selector->n_waiting == N_WAITING_MAX)
		return actor_error_to(self, token, -EBUSY,
				      "too many wait for the relay list");

	selector->waiting[selector->n_waiting++] = (struct waiting){
		.token = token,
		.wish = *wish,
	};

	return 0;
}

static int select_relay(struct actor *self, const struct actor_message *message)
{
	struct selector *selector = actor_state(self);
	struct wish wish;
	uint64_t token;

	if (actor_message_kind(message) != ACTOR_ASK)
		return ACTOR_UNHANDLED;
	if (read_wish(&wish, message) < 0)
		return actor_error(self, -EINVAL,
				   "want {\"country\": \"se\", \"attempt\": 0}");

	token = actor_defer(self);
	if (selector->list.n_relays == 0)
		return wait_for_list(self, token, &wish);

	return answer(self, token, &wish);
}

static int answer_waiting(struct actor *self)
{
	struct selector *selector = actor_state(self);
	size_t i, n_waiting = selector->n_waiting;
	int r;

	selector->n_waiting = 0;
	for (i = 0; i < n_waiting; i++) {
		r = answer(self, selector->waiting[i].token,
			   &selector->waiting[i].wish);
		if (r < 0)
			return r;
	}

	return 0;
}

static int take_list(struct actor *self, const struct actor_message *message)
{
	struct selector *selector = actor_state(self);
	json_auto_t *json = json_message_load(message);
	struct relay_list list;
	int r;

	r = relay_list_read(&list, json);
	if (r == -EBADMSG)
		return actor_log(self, 4, "%s sent what is no relay list",
				 actor_message_sender(message));
	if (r < 0)
		return r;

	relay_list_deinit(&selector->list);
	selector->list = list;

	return answer_waiting(self);
}

static int count(struct actor *self)
{
	const struct selector *selector = actor_state(self);

	return json_message_reply(
		self, "count",
		json_pack("{sI sI sI}", "relays",
			  (json_int_t)selector->list.n_relays, "countries",
			  (json_int_t)relay_list_n_countries(&selector->list),
			  "generation", (json_int_t)actor_generation(self)));
}

static int receive(struct actor *self, const struct actor_message *message)
{
	if (actor_message_is(message, "select"))
		return select_relay(self, message);
	if (actor_message_is(message, "relays"))
		return take_list(self, message);
	if (actor_message_is(message, "count"))
		return count(self);

	return demo_receive(message);
}

static void stop(struct actor *self)
{
	struct selector *selector = actor_state(self);

	relay_list_deinit(&selector->list);
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct selector),
		.receive = receive,
		.stop = stop,
	};

	json_message_init();
	return actor_main(&class, argc, argv);
}
