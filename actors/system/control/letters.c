/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * letters.c - methods that ask system-dead-letters.
 *
 * A list comes in pieces, newest first, and leaves as one, oldest first.
 */
#include <errno.h>
#include <string.h>

#include <actorproc/messages.h>
#include <jansson.h>

#include "actors/system/control/calls.h"
#include "actors/system/control/clients.h"
#include "actors/system/control/letters.h"
#include "actors/system/records.h"

#define QUERY_NS UINT64_C(10000000000)
#define LIMIT_MAX 4096

static call_answer_fn answer_list;

static void ask_list(struct call *call, uint64_t before)
{
	char bytes[4096];
	struct records_writer w;

	records_begin(&w, bytes, sizeof(bytes), "list");
	if (*call->path)
		records_put(&w, "PATH", call->path);
	if (*call->reason)
		records_put(&w, "REASON", call->reason);
	records_put_u64(&w, "SINCE_US", call->since_us);
	records_put_u64(&w, "LIMIT",
			call->limit - json_array_size(call->array));
	records_put_u64(&w, "BEFORE", before);
	if (w.overflow) {
		call_fail(call, -EINVAL, ERRORS_SUPERVISOR, NULL);
		return;
	}

	call_ask(call, call->control->dead_letters, ERRORS_SUPERVISOR,
		 &(struct actor_outgoing) {
			.type = "list",
			.payload = bytes,
			.size = w.length_bytes,
		 }, QUERY_NS, answer_list);
}

static void reply_oldest_first(struct call *call)
{
	json_t *array = json_array();

	for (size_t i = json_array_size(call->array); i-- > 0;)
		json_array_append(array, json_array_get(call->array, i));
	call_json(call, array);
}

static void answer_list(struct call *call, const struct actor_message *answer)
{
	size_t size;
	const char *payload = actor_message_payload(answer, &size);
	json_t *piece = json_loadb(payload, size, 0, NULL);
	json_t *letters = json_object_get(piece, "letters");
	json_int_t before =
		json_integer_value(json_object_get(piece, "before"));
	size_t n = json_array_size(letters);

	json_array_extend(call->array, letters);
	json_decref(piece);

	if (before > 0 && n > 0 && json_array_size(call->array) < call->limit)
		ask_list(call, (uint64_t)before);
	else
		reply_oldest_first(call);
}

/* one that is mistyped would find nothing, and look like good news */
static const char *find_fault(const char *reason)
{
	static const char *const reasons[] = {
#define X(symbol, name) name,
		"", ACTOR_LETTER_REASONS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (!strcmp(reasons[i], reason))
			return NULL;

	return "no dead letter has such a reason; see actorproc(7)";
}

int letters_method_list(sd_bus_message *m, void *userdata,
			sd_bus_error *error)
{
	const char *path, *reason, *fault;
	uint64_t since_us;
	struct call *call;
	uint32_t limit;
	int r;

	r = sd_bus_message_read(m, "sstu", &path, &reason, &since_us, &limit);
	if (r < 0)
		return r;
	fault = find_fault(reason);
	if (fault)
		return sd_bus_error_set(error,
			errors_name(-EINVAL, ERRORS_SUPERVISOR), fault);
	r = call_begin(&call, userdata, m, error);
	if (r < 0)
		return r;

	call->path = path;
	call->reason = reason;
	call->since_us = since_us;
	call->limit = limit == 0 || limit > LIMIT_MAX ? LIMIT_MAX : limit;
	call->array = json_array();
	ask_list(call, UINT64_MAX);
	return 1;
}

static void answer_counters(struct call *call,
			    const struct actor_message *answer)
{
	size_t size;
	const char *payload = actor_message_payload(answer, &size);

	call_text(call, payload, size);
}

int letters_method_counters(sd_bus_message *m, void *userdata,
			    sd_bus_error *error)
{
	struct call *call;
	int r = call_begin(&call, userdata, m, error);

	if (r < 0)
		return r;

	call_ask(call, call->control->dead_letters, ERRORS_SUPERVISOR,
		 &(struct actor_outgoing) { .type = "counters" }, QUERY_NS,
		 answer_counters);
	return 1;
}
