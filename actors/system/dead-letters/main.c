/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * system-dead-letters - where every actor and supervisor reports to.
 *
 * Takes "dead-letter" and "record" from everybody, counts them exactly, holds
 * back floods, keeps the latest for who asks, and sees that they get into the
 * journal. It never blocks and never believes what a sender says of others.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <actorproc.h>
#include <jansson.h>

#include "actors/system/dead-letters/counters.h"
#include "actors/system/dead-letters/handover.h"
#include "actors/system/dead-letters/held.h"
#include "actors/system/dead-letters/letter.h"
#include "actors/system/dead-letters/limiter.h"
#include "actors/system/dead-letters/listing.h"
#include "actors/system/dead-letters/ring.h"
#include "actors/system/dead-letters/seen.h"
#include "actors/system/record_json.h"

#define SECOND_NS UINT64_C(1000000000)
#define LIMITER_TIMER "limiter"
#define LIST_LIMIT 100
#define LIST_BYTES 56000

/*
 * What is limited: dead letters by (path, type, reason, sender), so that nobody can
 * use up another's burst; those of all senders by the rest of it, as there may be
 * many of them; apart from both those an actor reports of others; and everything
 * one actor says, so that nobody can drown the rest. What it says is
 * limited by reason: the word of its crash comes after all it said, and its
 * custodian says it in its name.
 */
enum limit {
	LIMIT_LETTERS,
	LIMIT_HEARSAY,
	LIMIT_CHATTER,
	LIMIT_SENDERS,
	LIMIT_HEARSAY_SENDERS,
	N_LIMITS,
};

static const struct limit_row {
	unsigned int burst;
	uint64_t period_ns;
} limit_rows[N_LIMITS] = {
	[LIMIT_LETTERS] = { .burst = 100, .period_ns = 300 * SECOND_NS },
	[LIMIT_HEARSAY] = { .burst = 100, .period_ns = 300 * SECOND_NS },
	[LIMIT_CHATTER] = { .burst = 1000, .period_ns = 30 * SECOND_NS },
	[LIMIT_SENDERS] = { .burst = 10, .period_ns = 300 * SECOND_NS },
	[LIMIT_HEARSAY_SENDERS] = { .burst = 10,
				    .period_ns = 300 * SECOND_NS },
};

struct dead_letters {
	const char *system;
	uint64_t since_us;
	struct counters counters;
	struct limiter *limiters[N_LIMITS];
	struct ring ring;
	struct seen seen;
	struct handover handover;
	struct held held;
	struct seen_key last;		/* in the spool before us */
	bool has_last;
	struct letter letter;		/* of this turn */
};

static uint64_t realtime_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void keep(struct dead_letters *d, struct actor *self, bool dead)
{
	uint64_t now_us = realtime_us();

	if (dead)
		ring_put(&d->ring, now_us, d->letter.bytes, d->letter.n_bytes);
	handover_put(&d->handover, self, now_us, d->letter.bytes,
		     d->letter.n_bytes);
}

/* a record of our own making */
static void write_own(struct dead_letters *d, struct actor *self,
		      enum letter_kind kind, struct records_writer *w)
{
	struct record record;

	if (records_read(&record, w->buffer, w->length_bytes) < 0)
		return;

	letter_write(&d->letter, kind, &record, d->system);
	keep(d, self, kind == LETTER_SUPPRESSED);
}

static void write_summary(struct dead_letters *d, struct actor *self,
			  enum limit limit,
			  const struct limiter_summary *summary)
{
	char bytes[2048];
	struct records_writer w;

	records_begin(&w, bytes, sizeof(bytes), "record");
	records_put(&w, "PATH", summary->key.path);
	records_put(&w, "TYPE", summary->key.type);
	records_put(&w, "REASON", summary->key.reason);
	if (*summary->key.sender)
		records_put(&w, "SENDER", summary->key.sender);
	records_put_u64(&w, "COUNT", summary->count);
	records_put_u64(&w, "WINDOW_MS",
			limit_rows[limit].period_ns / 1000000);
	write_own(d, self, LETTER_SUPPRESSED, &w);
}

static unsigned int place_of(enum limit limit, unsigned int place)
{
	return (unsigned int)limit * LIMITER_PLACES + place;
}

static void write_summaries(struct dead_letters *d, struct actor *self,
			    uint64_t now_ns)
{
	struct limiter_summary summary;

	for (int i = 0; i < N_LIMITS; i++)
		while (limiter_due(d->limiters[i], now_ns, &summary)) {
			write_summary(d, self, (enum limit)i, &summary);
			held_told(&d->held, place_of((enum limit)i,
						     summary.place));
			limiter_summary_clear(&summary);
		}
}

/* what was only a number when the process before this one was killed */
static void write_left(struct dead_letters *d, struct actor *self)
{
	static struct held_entry left;

	for (unsigned int i = 0; i < N_LIMITS * LIMITER_PLACES; i++)
		if (held_left(&d->held, i, &left))
			write_summary(d, self, i / LIMITER_PLACES,
				      &(struct limiter_summary) {
				.key = left.key,
				.count = left.count,
			});
	held_empty(&d->held);
}

static void write_losses(struct dead_letters *d, struct actor *self)
{
	uint64_t n_lost = handover_take_losses(&d->handover);
	char bytes[256];
	struct records_writer w;

	if (n_lost == 0)
		return;

	records_begin(&w, bytes, sizeof(bytes), "record");
	records_put(&w, "PATH", actor_path(self));
	records_put(&w, "COUNTER", "journal");
	records_put_u64(&w, "COUNT", n_lost);
	write_own(d, self, LETTER_LOST, &w);
}

static void schedule_summaries(struct dead_letters *d, struct actor *self)
{
	uint64_t next_ns = UINT64_MAX, now_ns = actor_now_ns();

	for (int i = 0; i < N_LIMITS; i++) {
		uint64_t ns = limiter_next_ns(d->limiters[i]);

		if (ns < next_ns)
			next_ns = ns;
	}

	if (next_ns != UINT64_MAX)
		actor_timer(self, LIMITER_TIMER,
			    next_ns > now_ns ? next_ns - now_ns : 1);
}

static bool passes(struct dead_letters *d, enum limit limit,
		   const struct limiter_key *key, unsigned int burst)
{
	struct limiter_held held;

	if (limiter_take(d->limiters[limit], key, burst, d->letter.count,
			 actor_now_ns()) == LIMITER_PASS)
		return true;

	d->counters.held += d->letter.count;
	held = limiter_held(d->limiters[limit]);
	held_note(&d->held, place_of(limit, held.place), &held,
		  d->letter.numbered ? &d->letter.word.message : NULL);
	return false;
}

static bool letter_passes(struct dead_letters *d)
{
	const struct letter *letter = &d->letter;
	enum limit all = letter->hearsay ? LIMIT_HEARSAY : LIMIT_LETTERS;
	enum limit one = letter->hearsay ? LIMIT_HEARSAY_SENDERS :
					   LIMIT_SENDERS;
	struct limiter_key key = {
		.path = letter->path,
		.type = letter->type,
		.reason = letter->reason,
		.sender = letter->from,
	};
	/* at the end of the system there are many: one line for each kind */
	bool at_end = !strcmp(letter->reason, "shutdown");

	if (!at_end && !passes(d, one, &key, limit_rows[one].burst))
		return false;
	key.sender = "";
	return passes(d, all, &key, at_end ? 0 : limit_rows[all].burst);
}

static bool may_write(struct dead_letters *d, const char *sender, bool dead)
{
	const struct limiter_key speaker = {
		.path = sender,
		.type = "",
		.reason = dead ? counters_reason_name(
				counters_reason(d->letter.reason)) : "",
		.sender = "",
	};

	if (sender[strlen(sender) - 1] != '/' &&
	    !passes(d, LIMIT_CHATTER, &speaker,
		    limit_rows[LIMIT_CHATTER].burst))
		return false;
	return !dead || letter_passes(d);
}

/* a dead letter about a dead letter: counted, never sent */
static bool is_own(const struct dead_letters *d, const struct actor *self)
{
	return !strcmp(d->letter.path, actor_path(self)) ||
	       !strcmp(d->letter.path, "/system/journal");
}

/* what has been counted before, by us or by who had this message in hand */
static bool is_repeated(struct dead_letters *d,
			const struct actor_message *message)
{
	struct seen_word *word = &d->letter.word;
	uint8_t reason;

	word->elsewhere = actor_message_attempt(message) > 0 &&
			  (held_has(&d->held, &word->message) ||
			   (d->has_last &&
			    seen_key_equal(&d->last, &word->message)));
	word->tag = (uint8_t)counters_reason(d->letter.reason);
	switch (seen_take(&d->seen, word, &reason)) {
	case SEEN_AGAIN:
		return true;
	case SEEN_BETTER:
		counters_take_back(&d->counters, reason);
		return false;
	case SEEN_NEW:
		break;
	}

	return word->elsewhere;
}

static int handle_report(struct actor *self,
			 const struct actor_message *message, bool dead)
{
	struct dead_letters *d = actor_state(self);
	const char *sender = actor_message_sender(message);
	struct record report;
	size_t size;
	const void *payload = actor_message_payload(message, &size);

	if (records_read(&report, payload, size) < 0 ||
	    letter_read(&d->letter, &report, dead, sender, d->system) < 0) {
		d->counters.n_malformed++;
		return 0;
	}

	if (dead && d->letter.numbered && is_repeated(d, message)) {
		d->counters.repeated++;
		return 0;
	}
	if (dead)
		counters_add(&d->counters, d->letter.reason, d->letter.count);
	else
		d->counters.n_records++;

	if (dead && is_own(d, self)) {
		d->counters.own += d->letter.count;
		return 0;
	}

	if (!may_write(d, sender, dead)) {
		schedule_summaries(d, self);
		return 0;
	}
	keep(d, self, dead);
	return 0;
}

static int reply_json(struct actor *self, const char *type, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	int r;

	if (text)
		r = actor_reply_message(self, &(struct actor_outgoing) {
			.type = type,
			.payload = text,
			.size = strlen(text),
			.content = ACTOR_CONTENT_JSON,
		});
	else
		r = actor_error(self, -ENOMEM, "no memory");

	free(text);
	json_decref(json);
	return r;
}

static uint64_t number_or(const struct record *record, const char *name,
			  uint64_t otherwise)
{
	uint64_t value;

	return records_get_u64(record, name, &value) < 0 ? otherwise : value;
}

static int handle_list(struct actor *self, const struct actor_message *message)
{
	struct dead_letters *d = actor_state(self);
	struct record record = { .verb = "" };
	struct listing_query query;
	size_t size;
	const void *payload = actor_message_payload(message, &size);

	if (size > 0 && records_read(&record, payload, size) < 0)
		return actor_error(self, -EINVAL, "not a list of fields");

	query = (struct listing_query) {
		.path = records_get(&record, "PATH"),
		.reason = records_get(&record, "REASON"),
		.since_us = number_or(&record, "SINCE_US", 0),
		.limit = number_or(&record, "LIMIT", LIST_LIMIT),
		.before = number_or(&record, "BEFORE", UINT64_MAX),
		.max_bytes = LIST_BYTES,
	};
	return reply_json(self, "list", listing_json(&d->ring, &query));
}

static json_t *reasons_json(const struct counters *counters)
{
	json_t *reasons = json_object();

	for (int i = 0; i < COUNTERS_N_REASONS; i++)
		if (counters->by_reason[i] > 0)
			json_object_set_new(reasons,
				counters_reason_name((enum counters_reason)i),
				json_integer((json_int_t)counters->by_reason[i]));

	return reasons;
}

static json_t *handover_json(const struct handover *h)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"state", h->up ? "up" : "down",
		"written", (json_int_t)h->n_written,
		"open", (json_int_t)h->n_asks,
		"queued", (json_int_t)h->n_queued,
		"spooled", (json_int_t)h->n_spooled,
		"spool_bytes", (json_int_t)(h->spool.end - h->spool.read),
		"spool_skipped", (json_int_t)h->spool.n_skipped,
		"lost", (json_int_t)h->n_lost);
}

static int handle_counters(struct actor *self)
{
	struct dead_letters *d = actor_state(self);
	const struct counters *c = &d->counters;

	return reply_json(self, "counters", json_pack(
		"{s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:o}",
		"since_us", (json_int_t)d->since_us,
		"total", (json_int_t)c->total,
		"by_reason", reasons_json(c),
		"own", (json_int_t)c->own,
		"held_back", (json_int_t)c->held,
		"repeated", (json_int_t)c->repeated,
		"records", (json_int_t)c->n_records,
		"malformed", (json_int_t)c->n_malformed,
		"journal", handover_json(&d->handover)));
}

static int handle_limiter_tick(struct actor *self)
{
	struct dead_letters *d = actor_state(self);

	write_summaries(d, self, actor_now_ns());
	schedule_summaries(d, self);
	return 0;
}

static int dispatch(struct actor *self, const struct actor_message *message)
{
	struct dead_letters *d = actor_state(self);

	if (actor_message_is(message, "dead-letter"))
		return handle_report(self, message, true);
	if (actor_message_is(message, "record"))
		return handle_report(self, message, false);
	if (actor_message_is(message, "list"))
		return handle_list(self, message);
	if (actor_message_is(message, "counters"))
		return handle_counters(self);
	if (actor_message_is_tick(message, LIMITER_TIMER))
		return handle_limiter_tick(self);
	if (handover_answer(&d->handover, self, message))
		return 0;

	/* nobody could be told of a dead letter of ours */
	if (actor_message_kind(message) == ACTOR_ASK)
		return actor_error(self, -EOPNOTSUPP, "no such question");

	d->counters.n_malformed++;
	return 0;
}

static int receive(struct actor *self, const struct actor_message *message)
{
	int r = dispatch(self, message);

	write_losses(actor_state(self), self);
	return r;
}

/* who was killed after that line, before its turn had ended, is told again */
static void find_last(struct dead_letters *d)
{
	static char bytes[SPOOL_RECORD_MAX];
	ssize_t n = spool_last(&d->handover.spool, "ACTOR_NUMBER", bytes,
			       sizeof(bytes));
	struct record record;
	const char *to;

	if (n <= 0 || records_read(&record, bytes, (size_t)n) < 0)
		return;
	to = records_get(&record, "ACTOR_TO");
	d->last.to_holder = to && !strcmp(to, "holder");
	d->has_last = records_get_u64(&record, "ACTOR_EDGE",
				      &d->last.edge) == 0 &&
		      records_get_u64(&record, "ACTOR_NUMBER",
				      &d->last.number) == 0;
}

static int start(struct actor *self, int argc, char **argv)
{
	struct dead_letters *d = actor_state(self);
	int spool_fd = actor_descriptor(self, "spool");
	int held_fd = actor_descriptor(self, "held");
	int r;

	(void)argc;
	(void)argv;

	d->system = getenv("ACTOR_SYSTEM");
	d->since_us = realtime_us();
	r = ring_init(&d->ring);
	if (r < 0)
		return r;
	for (int i = 0; i < N_LIMITS; i++) {
		d->limiters[i] = limiter_new(limit_rows[i].period_ns);
		if (!d->limiters[i])
			return -ENOMEM;
	}

	/* without, who guesses well can hide letters of others, and no more */
	if (getrandom(&d->seen.secret, sizeof(d->seen.secret), 0) < 0)
		d->seen.secret = realtime_us();

	/* without its file it still does the rest; what is lost is counted */
	handover_init(&d->handover, self, actor_reference(self, "journal"),
		      spool_fd < 0 ? -1 : spool_fd);
	find_last(d);
	held_init(&d->held, held_fd < 0 ? -1 : held_fd,
		  N_LIMITS * LIMITER_PLACES);
	write_left(d, self);
	return 0;
}

static void stop(struct actor *self)
{
	struct dead_letters *d = actor_state(self);

	write_summaries(d, self, UINT64_MAX);
	held_empty(&d->held);
	write_losses(d, self);
	handover_finish(&d->handover, self);
	for (int i = 0; i < N_LIMITS; i++)
		limiter_free(d->limiters[i]);
	ring_deinit(&d->ring);
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct dead_letters),
		.start = start,
		.receive = receive,
		.stop = stop,
	};

	record_json_init();
	return actor_main(&class, argc, argv);
}
