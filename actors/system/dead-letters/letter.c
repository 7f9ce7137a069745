/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * letter.c - what somebody reported, as a record for the journal.
 *
 * Two tables: the kinds of records, and what of a report becomes which field
 * of the journal. Pure.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actors/system/dead-letters/letter.h"

#define VALUE_BYTES_MAX 1024
#define OUTPUT_BYTES_MAX 4096
#define TEXT_BYTES_MAX 2048
/* more than that one actor cannot have lost in one go */
#define COUNT_MAX UINT64_C(1000000000)

struct kind_row {
	const char *name;
	const char *id;
	unsigned int priority;
};

static const struct kind_row kinds[] = {
#define X(symbol, name_, id_, priority_) \
	[LETTER_##symbol] = { .name = name_, .id = id_, .priority = priority_ },
	ACTOR_RECORD_KINDS(X)
#undef X
};

#define N_KINDS (sizeof(kinds) / sizeof(*kinds))

/* what an actor may say about itself */
static const bool of_an_actor[N_KINDS] = {
	[LETTER_LOG] = true,
	[LETTER_MALFORMED] = true,
	[LETTER_LOST] = true,
};

/* what a sender knows of somebody else's end: @receiver: only the end itself */
static const struct field_row {
	const char *name;
	const char *journal;
	bool receiver;
} field_rows[] = {
	{ "LIFE",	"ACTOR_LIFE",		true },
	{ "GENERATION",	"ACTOR_GENERATION",	true },
	{ "TYPE",	"ACTOR_MESSAGE_TYPE",	false },
	{ "SIZE",	"ACTOR_MESSAGE_SIZE",	false },
	{ "REASON",	"ACTOR_REASON",		false },
	{ "CAUSE",	"ACTOR_CAUSE",		false },
	{ "IN_HAND_MS",	"ACTOR_IN_HAND_MS",	true },
	{ "TRACE",	"ACTOR_TRACE",		false },
	{ "EDGE",	"ACTOR_EDGE",		false },
	{ "TO",		"ACTOR_TO",		false },
	{ "NUMBER",	"ACTOR_NUMBER",		false },
};

/* what is not a field of the journal by itself */
static const char *const consumed[] = {
	"COUNT", "KIND", "OUTPUT", "PATH", "PRIORITY", "ROLE", "SENDER", "TEXT",
};

/* a report with what is believed of who it is about and who sent it */
struct claim {
	const struct record *report;
	enum letter_kind kind;
	const char *path;
	const char *sender;
	const char *system;
	bool receiver;		/* it speaks of its own end */
	bool believed;		/* a supervisor's: any field, any text */
};

static bool is_supervisor(const char *path)
{
	size_t n = strlen(path);

	return n > 0 && path[n - 1] == '/';
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static enum letter_kind kind_named(const char *name)
{
	for (size_t i = 0; name && i < N_KINDS; i++)
		if (!strcmp(kinds[i].name, name))
			return (enum letter_kind)i;

	return LETTER_LOG;
}

/* journald writes an emergency to all terminals of the host, as it is
 * (ForwardToWall=): what an actor says or prints is none */
static unsigned int least_priority(const struct claim *claim)
{
	return !claim->believed || claim->kind == LETTER_OUTPUT;
}

static unsigned int priority_of(const struct claim *claim)
{
	unsigned int least = least_priority(claim);
	uint64_t priority;

	if (records_get_u64(claim->report, "PRIORITY", &priority) < 0 ||
	    priority > 7)
		return kinds[claim->kind].priority;

	return priority < least ? least : (unsigned int)priority;
}

static bool is_mapped(const char *field, size_t n_name)
{
	for (size_t i = 0; i < sizeof(consumed) / sizeof(*consumed); i++)
		if (!strncmp(consumed[i], field, n_name) &&
		    !consumed[i][n_name])
			return true;
	for (size_t i = 0; i < sizeof(field_rows) / sizeof(*field_rows); i++)
		if (!strncmp(field_rows[i].name, field, n_name) &&
		    !field_rows[i].name[n_name])
			return true;

	return false;
}

static void put_mapped(struct records_writer *w, const struct claim *claim)
{
	for (size_t i = 0; i < sizeof(field_rows) / sizeof(*field_rows); i++) {
		const struct field_row *row = &field_rows[i];

		if (!row->receiver || claim->receiver)
			records_put_cut(w, row->journal,
					records_get(claim->report, row->name),
					VALUE_BYTES_MAX);
	}
}

static void put_free(struct records_writer *w, const struct claim *claim)
{
	char name[sizeof("ACTOR_") + RECORDS_NAME_MAX];

	for (size_t i = 0; i < claim->report->n_fields; i++) {
		const char *field = claim->report->fields[i];
		size_t n = claim->report->n_names[i];

		if (is_mapped(field, n))
			continue;
		snprintf(name, sizeof(name), "ACTOR_%.*s", (int)n, field);
		records_put_cut(w, name, field + n + 1, VALUE_BYTES_MAX);
	}
	/* the largest comes last */
	records_put_cut(w, "ACTOR_OUTPUT",
			records_get(claim->report, "OUTPUT"),
			OUTPUT_BYTES_MAX);
}

static const char *describe(const struct claim *claim, uint64_t count,
			    char *text, size_t size_bytes)
{
	const struct record *report = claim->report;
	const char *given = records_get(report, "TEXT");
	const char *type = or_empty(records_get(report, "TYPE"));
	const char *reason = or_empty(records_get(report, "REASON"));
	const char *cause = or_empty(records_get(report, "CAUSE"));

	if (given && (claim->believed || claim->kind != LETTER_DEAD_LETTER))
		return given;

	if (claim->kind == LETTER_DEAD_LETTER)
		snprintf(text, size_bytes,
			 "Dead letter: %.127s from %.200s to %.200s: %.40s%s%.96s%s",
			 *type ? type : "message",
			 claim->sender ? claim->sender : "?", claim->path,
			 reason, *cause ? " (" : "", cause, *cause ? ")" : "");
	else if (claim->kind == LETTER_SUPPRESSED && *type)
		snprintf(text, size_bytes, "%" PRIu64 "%s dead letters were "
			 "not written: %.127s%s%.200s to %.200s: %.40s", count,
			 strcmp(reason, "shutdown") ? " more" : "", type,
			 claim->sender ? " from " : "",
			 or_empty(claim->sender), claim->path, reason);
	else if (claim->kind == LETTER_SUPPRESSED && *reason)
		snprintf(text, size_bytes, "%" PRIu64 " more dead letters of "
			 "%.200s were not written: %.40s", count, claim->path,
			 reason);
	else if (claim->kind == LETTER_SUPPRESSED)
		snprintf(text, size_bytes, "%" PRIu64
			 " more records of %.200s were not written", count,
			 claim->path);
	else
		snprintf(text, size_bytes, "%.200s: %s%s%.96s", claim->path,
			 kinds[claim->kind].name, *cause ? ": " : "", cause);

	return text;
}

static void put_head(struct records_writer *w, const struct claim *claim,
		     uint64_t count)
{
	char text[1024];

	records_begin(w, w->buffer, w->size_bytes, "write");
	records_put(w, "MESSAGE_ID", kinds[claim->kind].id);
	records_put_u64(w, "PRIORITY", priority_of(claim));
	records_put(w, "SYSLOG_IDENTIFIER", "actorproc");
	records_put(w, "ACTOR_RECORD", kinds[claim->kind].name);
	records_put(w, "ACTOR_SYSTEM", claim->system);
	records_put_cut(w, "ACTOR_PATH", claim->path, VALUE_BYTES_MAX);
	records_put_cut(w, "ACTOR_SENDER", claim->sender, VALUE_BYTES_MAX);
	records_put_cut(w, "MESSAGE",
			describe(claim, count, text, sizeof(text)),
			TEXT_BYTES_MAX);
}

/* pointers into what was written, so that they live as long as the letter */
static void find_key(struct letter *letter)
{
	struct record record;

	letter->path = letter->type = letter->reason = letter->from = "";
	if (records_read(&record, letter->bytes, letter->n_bytes) < 0)
		return;

	letter->path = or_empty(records_get(&record, "ACTOR_PATH"));
	letter->type = or_empty(records_get(&record, "ACTOR_MESSAGE_TYPE"));
	letter->reason = or_empty(records_get(&record, "ACTOR_REASON"));
	letter->from = or_empty(records_get(&record, "ACTOR_SENDER"));
}

/* a second word of the same message is not another letter */
static bool read_word(struct seen_word *ret, const struct claim *claim)
{
	const struct record *report = claim->report;
	const char *to = or_empty(records_get(report, "TO"));

	*ret = (struct seen_word) {
		.message.to_holder = !strcmp(to, "holder"),
		.receiver = or_empty(claim->path),
		.sender = or_empty(claim->sender),
		.by_sender = !strcmp(or_empty(records_get(report, "ROLE")),
				     "sender"),
		.hearsay = !claim->receiver,
	};
	return *to && !records_get(report, "COUNT") &&
	       records_get_u64(report, "EDGE", &ret->message.edge) == 0 &&
	       records_get_u64(report, "NUMBER", &ret->message.number) == 0;
}

static void compose(struct letter *ret, const struct claim *claim)
{
	struct records_writer w = {
		.buffer = ret->bytes,
		.size_bytes = sizeof(ret->bytes),
	};

	ret->kind = claim->kind;
	if (records_get_u64(claim->report, "COUNT", &ret->count) < 0 ||
	    ret->count == 0)
		ret->count = 1;
	if (ret->count > COUNT_MAX)
		ret->count = COUNT_MAX;

	/* what does not fit any more is left out, the first fields never are */
	put_head(&w, claim, ret->count);
	put_mapped(&w, claim);
	if (claim->kind == LETTER_DEAD_LETTER)
		records_put_u64(&w, "ACTOR_COUNT", ret->count);
	else
		records_put_cut(&w, "ACTOR_COUNT",
				records_get(claim->report, "COUNT"),
				VALUE_BYTES_MAX);
	if (claim->believed)
		put_free(&w, claim);

	ret->hearsay = !claim->receiver;
	ret->numbered = claim->kind == LETTER_DEAD_LETTER &&
			read_word(&ret->word, claim);
	ret->n_bytes = w.length_bytes;
	find_key(ret);
}

/* what an actor says: its own end is believed, of others only that it tried */
static void judge_actor(struct claim *claim, bool dead, const char *sender)
{
	const char *role = or_empty(records_get(claim->report, "ROLE"));
	const char *target = records_get(claim->report, "PATH");

	if (!dead && !of_an_actor[claim->kind])
		claim->kind = LETTER_LOG;

	if (!dead || strcmp(role, "sender")) {
		claim->path = sender;
		claim->sender = records_get(claim->report, "SENDER");
		claim->receiver = true;
		return;
	}

	/* its edge is gone, and the name with it: counted all the same */
	claim->path = target && target[0] == '/' ? target : "unknown";
	claim->sender = sender;
	claim->receiver = false;
}

int letter_read(struct letter *ret, const struct record *report, bool dead,
		const char *sender, const char *system)
{
	struct claim claim = {
		.report = report,
		.kind = dead ? LETTER_DEAD_LETTER
			     : kind_named(records_get(report, "KIND")),
		.path = records_get(report, "PATH"),
		.sender = records_get(report, "SENDER"),
		.system = system,
		.receiver = true,
		.believed = true,
	};

	if (!is_supervisor(sender)) {
		claim.believed = false;
		judge_actor(&claim, dead, sender);
	}
	if (!claim.path)
		claim.path = sender;
	/* counted as a dead letter, so it has to be one */
	if (!dead && claim.kind == LETTER_DEAD_LETTER)
		return -EBADMSG;

	compose(ret, &claim);
	return 0;
}

void letter_write(struct letter *ret, enum letter_kind kind,
		  const struct record *report, const char *system)
{
	struct claim claim = {
		.report = report,
		.kind = kind,
		.path = or_empty(records_get(report, "PATH")),
		.sender = records_get(report, "SENDER"),
		.system = system,
		.receiver = true,
		.believed = true,
	};

	compose(ret, &claim);
}
