/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * questions.c - methods that are one question to the root supervisor.
 *
 * Its answer becomes the reply; what is decided about the tree is decided
 * there, never here.
 *
 * A sequence of records that does not fit into one message ends with a record
 * of MORE=1 and CURSOR: the question is put again with that CURSOR.
 */
#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "actors/system/control/calls.h"
#include "actors/system/control/clients.h"
#include "actors/system/control/questions.h"
#include "actors/system/record_json.h"
#include "actors/system/records.h"

#define SECOND_NS UINT64_C(1000000000)
#define QUERY_NS (10 * SECOND_NS)
/* a tree has 60 s to stop, and a long one may take its time to start */
#define ACTION_NS (180 * SECOND_NS)
#define QUESTION_BYTES 8192
#define PIECES_MAX 1024

/**
 * struct question_row - a method that is one question
 * @type: what the supervisor calls it
 * @answer: turns what comes back into the reply
 */
struct question_row {
	const char *method;
	const char *type;
	uint64_t timeout_ns;
	call_answer_fn *answer;
};

static call_answer_fn answer_records, answer_record, answer_done, answer_text;

static const struct question_row question_rows[] = {
	{ "Tree",	"tree",		QUERY_NS,	answer_records },
	{ "Why",	"why",		QUERY_NS,	answer_records },
	{ "Show",	"show",		QUERY_NS,	answer_record },
	{ "Mailbox",	"mailbox",	QUERY_NS,	answer_records },
	{ "Audit",	"audit",	QUERY_NS,	answer_records },
	{ "Metrics",	"metrics",	QUERY_NS,	answer_records },
	{ "Version",	"version",	QUERY_NS,	answer_text },
	{ "Start",	"start",	ACTION_NS,	answer_done },
	{ "Stop",	"stop",		ACTION_NS,	answer_done },
	{ "Restart",	"restart",	ACTION_NS,	answer_done },
	{ "Kill",	"kill",		ACTION_NS,	answer_done },
	{ "Pause",	"pause",	ACTION_NS,	answer_done },
	{ "Unpause",	"unpause",	ACTION_NS,	answer_done },
	{ "Spawn",	"spawn",	ACTION_NS,	answer_record },
	{ "Upgrade",	"upgrade",	ACTION_NS,	answer_done },
	{ "Learn",	"learn",	ACTION_NS,	answer_done },
	{ "Learned",	"learned",	QUERY_NS,	answer_records },
	{ "Reload",	"reload",	ACTION_NS,	answer_records },
	{ "Reexec",	"reexec",	ACTION_NS,	answer_records },
};

static const struct question_row *question_named(const char *method)
{
	for (size_t i = 0; i < sizeof(question_rows) / sizeof(*question_rows);
	     i++)
		if (!strcmp(question_rows[i].method, method))
			return &question_rows[i];

	return NULL;
}

static void ask_supervisor(struct call *call, uint64_t cursor)
{
	const struct question_row *row = call->row;
	char bytes[QUESTION_BYTES];
	struct records_writer w;

	records_begin(&w, bytes, sizeof(bytes), row->type);
	/* what it is called with is no actor */
	if (call->path && *call->path)
		records_put(&w, !strcmp(row->type, "reload") ||
			    !strcmp(row->type, "metrics") ? "MODE" :
			    !strcmp(row->type, "reexec") ? "BINARY" : "PATH",
			    call->path);
	if (!strcmp(row->type, "spawn")) {
		records_put(&w, "TEMPLATE", call->type);
		if (*call->reason)
			records_put(&w, "NAME", call->reason);
	}
	if (cursor > 0)
		records_put_u64(&w, "CURSOR", cursor);
	if (call->client) {
		records_put_u64(&w, "UID", call->client->uid);
		records_put_u64(&w, "PID", (uint64_t)call->client->pid);
	}
	if (w.overflow) {
		call_fail(call, -ENOENT, ERRORS_SUPERVISOR, NULL);
		return;
	}

	call_ask(call, call->control->supervisor, ERRORS_SUPERVISOR,
		 &(struct actor_outgoing) {
			.type = row->type,
			.payload = bytes,
			.size = w.length_bytes,
		 }, row->timeout_ns, row->answer);
}

/* the last record may only say that there is more; 0 when there is not */
static uint64_t take_more(json_t *records)
{
	size_t n = json_array_size(records);
	json_t *last = json_array_get(records, n - 1);
	uint64_t cursor;

	if (n == 0 || !json_object_get(last, "more"))
		return 0;

	cursor = (uint64_t)json_integer_value(json_object_get(last, "cursor"));
	json_array_remove(records, n - 1);
	return cursor;
}

static void answer_records(struct call *call,
			   const struct actor_message *answer)
{
	size_t size;
	const void *payload = actor_message_payload(answer, &size);
	json_t *records = record_json_sequence(payload, size);
	uint64_t cursor;

	if (!records) {
		call_fail(call, -EBADMSG, ERRORS_ANY, NULL);
		return;
	}

	cursor = take_more(records);
	if (!call->array)
		call->array = json_array();
	json_array_extend(call->array, records);
	json_decref(records);

	if (cursor > 0 && call->limit++ < PIECES_MAX)
		ask_supervisor(call, cursor);
	else
		call_json(call, json_incref(call->array));
}

static void answer_record(struct call *call,
			  const struct actor_message *answer)
{
	size_t size;
	const void *payload = actor_message_payload(answer, &size);
	json_t *records = record_json_sequence(payload, size);
	json_t *first = json_incref(json_array_get(records, 0));

	json_decref(records);
	if (first)
		call_json(call, first);
	else
		call_fail(call, -EBADMSG, ERRORS_ANY, NULL);
}

static void answer_done(struct call *call, const struct actor_message *answer)
{
	(void)answer;
	call_done(call);
}

static void answer_text(struct call *call, const struct actor_message *answer)
{
	size_t size;
	const void *payload = actor_message_payload(answer, &size);

	call_text(call, payload, size);
}

/* how it is called: with a path, and maybe what is to be made there */
static int read_arguments(sd_bus_message *m, const char *arguments[3])
{
	const char *signature = sd_bus_message_get_signature(m, 1);

	if (strcmp(signature, "sss") == 0)
		return sd_bus_message_read(m, "sss", &arguments[0],
					   &arguments[1], &arguments[2]);
	if (*signature)
		return sd_bus_message_read(m, "s", &arguments[0]);

	return 0;
}

int questions_method(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	const struct question_row *row =
		question_named(sd_bus_message_get_member(m));
	const char *arguments[3] = { NULL, NULL, NULL };
	struct call *call;
	int r;

	if (!row)
		return -ENOSYS;
	r = read_arguments(m, arguments);
	if (r < 0)
		return r;

	r = call_begin(&call, userdata, m, error);
	if (r < 0)
		return r;

	call->row = row;
	call->path = arguments[0];
	call->type = arguments[1];
	call->reason = arguments[2];
	ask_supervisor(call, 0);
	return 1;
}
