/* SPDX-License-Identifier: 0BSD */
/*
 * test-juggler.c - throws numbered messages around, and swears to each.
 *
 * Every message has a name of its own, its type. What a turn sent and handled
 * is told to the collector by that same turn: so what the collector writes is
 * what has been committed, no more and no less, whoever is killed when.
 *
 * Arguments of a juggler: --seed N --me INDEX --quiet FILE --collector PATH
 * [--keep-references] [--take-nothing-back] [--sober] [--patience MS] [--alone FILE]
 * [--lazy] [--tick US], then the paths it can reach. Its own path ends in "/jINDEX",
 * and all theirs do.
 * While the first byte of FILE is '0' it throws; later it only answers. Asked
 * "waits", it says how many references it was not yet told of room behind. One
 * that is not sober fails by itself now and then; an answer is waited for that
 * many MS. The FILE of --alone is locked as long as the process lives: there is
 * one at a time. Who is lazy has no clock, asks nothing, puts nothing aside and
 * owes nothing: it can go. Others throw each US at least.
 *
 * Arguments of the collector: --collect FILE, where it appends one record for
 * each turn: an empty line, since the one before may have been cut off, "C FROM
 * ATTEMPT", "T STAMP TURN LIFE GENERATION TIME" (UTC, so that it can be compared
 * with dead letters), these lines, and a line with one dot:
 *   s NAME          sent, a reply too
 *   h NAME ATTEMPT  handled, a reply too
 *   k NAME          put aside, to be handled later
 *   n NAME          came without its reference: that life is over, or it was
 *                   taken back meanwhile
 *   e NAME ERRNO    that ask of ours got no reply
 *   x TEXT          what should never be
 *
 * A NAME is KIND.FROM.TO.WAY.STAMP.NUMBER: t a tell, a an ask, g one with a
 * reference, u one that nobody handles, r the reply to the ask with the rest of
 * the name. WAY is an edge and a class of messages, in which they are in order: a
 * reference that was taken back and given again is another edge, and one that was
 * given twice is one. STAMP is when the process of FROM began, and is never there
 * twice; its messages are counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <actorproc.h>

/* no actor has to know which edge a reference is: who judges their order has */
#include "libactorproc/references.h"

#define NAME_BYTES 64
#define REPORT_BYTES 16000
#define WAYS_MAX 20
#define KEPT_MAX 4		/* the last of the ways */
#define WAITS_MAX 64
#define OWED_MAX 8
#define ASKS_MAX 32
#define SENDS_MAX 60		/* in one turn */
#define LARGE_BYTES (2 << 20)
#define CLASSES (ACTOR_PRIORITY_MAX + 1)	/* 0: none is named */
#define TICK_US 6000
#define ASK_TIMEOUT_NS UINT64_C(2000000000)

/**
 * struct way - a reference
 * @peer: the index of whom it leads to
 */
struct way {
	struct actor_reference *to;
	unsigned int peer;
};

struct name {
	char kind;
	unsigned int from;
	unsigned int to;
	unsigned int way;
	unsigned long stamp;
	unsigned long number;
};

/**
 * struct owed - an answer that we owe
 * @turn: since when; 0: none
 * @paid: by what is not yet true
 */
struct owed {
	uint64_t turn;
	bool paid;
	uint64_t token;
	char name[NAME_BYTES];
};

/**
 * struct asked - an ask that is open, or whose end is not yet told
 * @turn: since when; 0: none
 * @told: of its end, by what is not yet true
 */
struct asked {
	uint64_t turn;
	uint64_t id;
	bool ended;
	bool told;
	int error;
	char name[NAME_BYTES];
};

/**
 * struct juggler
 * @answered: the ask in hand, in this turn. Released, it would be answered again
 *            after a crash, as the ask is still in hand
 * @waits: references that had no room, and we will be told when they have; also
 *         of some that are kept no more, and may come again meanwhile
 */
struct juggler {
	uint64_t random;
	unsigned int me;
	int quiet_fd;
	bool quiet;
	bool keeps_references;
	bool takes_nothing_back;
	bool sober;
	bool lazy;
	unsigned int tick_us;
	uint64_t patience_ns;
	bool not_alone;
	uint64_t stamp;
	uint64_t turn;
	bool answered;
	uint64_t first_turn;	/* of those that this turn of the actor tells */
	unsigned int n_ways;
	uint64_t n_sent;
	struct actor_reference *collector;
	struct way ways[WAYS_MAX + KEPT_MAX];
	const struct actor_reference *waits[WAITS_MAX];
	struct owed owed[OWED_MAX];
	struct asked asked[ASKS_MAX];
	unsigned int n_sends;
	unsigned int n_lines;
	size_t n_report;
	char report[REPORT_BYTES];
	unsigned char payload[LARGE_BYTES];
};

/* ---- chance ------------------------------------------------------------ */

static unsigned int draw(struct juggler *j, unsigned int n)
{
	j->random ^= j->random << 13;
	j->random ^= j->random >> 7;
	j->random ^= j->random << 17;
	return (unsigned int)(j->random >> 33) % n;
}

static bool once_in(struct juggler *j, unsigned int n)
{
	return draw(j, n) == 0;
}

/* ---- what is said of a turn -------------------------------------------- */

__attribute__((format(printf, 2, 3)))
static void report(struct juggler *j, const char *format, ...)
{
	va_list arguments;
	size_t room = sizeof(j->report) - j->n_report;
	int n;

	va_start(arguments, format);
	n = vsnprintf(j->report + j->n_report, room, format, arguments);
	va_end(arguments);
	if (n < 0 || (size_t)n >= room)
		abort();	/* SENDS_MAX sees to it */
	j->n_report += (size_t)n;
	j->n_lines++;
}

static void report_begin(struct actor *self)
{
	struct juggler *j = actor_state(self);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	j->n_sends = 0;
	j->n_lines = 0;
	j->n_report = 0;
	report(j, "T %lx %lu %llu %u %02ld:%02ld:%02ld.%06ld\n",
	       (unsigned long)j->stamp, (unsigned long)j->turn + 1,
	       (unsigned long long)actor_life(self), actor_generation(self),
	       now.tv_sec / 3600 % 24, now.tv_sec / 60 % 60, now.tv_sec % 60,
	       now.tv_nsec / 1000);
}

static void turn_begin(struct actor *self)
{
	struct juggler *j = actor_state(self);

	j->first_turn = j->turn + 1;
	j->answered = false;
	report_begin(self);
}

/* it dies or fails now and then, at the worst moment: all is said and sent */
static int stumble(struct juggler *j)
{
	if (j->quiet || j->sober)
		return 0;
	if (once_in(j, 4000))
		raise(SIGSEGV);
	return once_in(j, 1500) ? -EIO : 0;
}

/*
 * What a turn that failed had asked is void, but for what it had released; what
 * it had deferred, the library answers with an error.
 */
static void forget_turn(struct juggler *j)
{
	for (size_t i = 0; i < ASKS_MAX; i++)
		if (j->asked[i].turn > j->turn)
			j->asked[i].turn = 0;
	for (size_t i = 0; i < OWED_MAX; i++)
		if (j->owed[i].turn >= j->first_turn)
			j->owed[i].turn = 0;
}

/* what was said and paid is true now, or has to be done again */
static void settle(struct juggler *j, bool is_true)
{
	for (size_t i = 0; i < ASKS_MAX; i++) {
		if (is_true && j->asked[i].told)
			j->asked[i].turn = 0;
		j->asked[i].told = false;
	}
	for (size_t i = 0; i < OWED_MAX; i++) {
		if (is_true && j->owed[i].paid)
			j->owed[i].turn = 0;
		j->owed[i].paid = false;
	}
	if (is_true)
		j->turn++;
	else
		forget_turn(j);
}

static int turn_end(struct actor *self)
{
	struct juggler *j = actor_state(self);
	int r;

	r = actor_tell(self, j->collector, "turn", j->report, j->n_report);
	if (r == 0)
		r = stumble(j);
	settle(j, r == 0);
	return r;
}

/*
 * What has been sent so far becomes true now, and so does what is said of it.
 * The message of the turn is still in hand, so nothing is said of that yet.
 */
static int turn_release(struct actor *self)
{
	struct juggler *j = actor_state(self);
	int r;

	r = actor_tell(self, j->collector, "turn", j->report, j->n_report);
	if (r == 0)
		r = actor_flush(self);
	if (r < 0)
		return r;
	settle(j, true);
	report_begin(self);
	return 0;
}

/* ---- names and payloads ------------------------------------------------ */

static bool name_read(struct name *ret, const char *text)
{
	char end;

	return sscanf(text, "%c.%u.%u.%u.%lx.%lx%c", &ret->kind, &ret->from,
		      &ret->to, &ret->way, &ret->stamp, &ret->number,
		      &end) == 6;
}

/* the payload that goes with a name */
static unsigned char byte_of(const char *name, size_t n_name, size_t i)
{
	return (unsigned char)(name[i % n_name] + i / n_name);
}

static size_t draw_size(struct juggler *j)
{
	if (once_in(j, 5000))
		return draw(j, LARGE_BYTES);
	if (once_in(j, 300))
		return draw(j, 100000);
	if (once_in(j, 20))
		return draw(j, 6000);
	return draw(j, 120);
}

static size_t fill(struct juggler *j, const char *name)
{
	size_t n = draw_size(j), n_name = strlen(name);

	for (size_t i = 0; i < n; i++)
		j->payload[i] = byte_of(name, n_name, i);
	return n;
}

static bool whole(const struct actor_message *m, const char *name)
{
	size_t n, n_name = strlen(name);
	const unsigned char *bytes = actor_message_payload(m, &n);

	for (size_t i = 0; i < n; i++)
		if (bytes[i] != byte_of(name, n_name, i))
			return false;
	return true;
}

static unsigned int index_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] == 'j' ?
		       (unsigned int)strtoul(slash + 2, NULL, 10) : 0;
}

/* ---- throwing ---------------------------------------------------------- */

/* where that reference stands among those that wait, NULL: the end; or nowhere */
static const struct actor_reference **
find_wait(struct juggler *j, const struct actor_reference *to)
{
	for (size_t i = 0; i < WAITS_MAX; i++)
		if (j->waits[i] == to)
			return &j->waits[i];
	return NULL;
}

static void wait_for_room(struct juggler *j, const struct actor_reference *to)
{
	const struct actor_reference **at = find_wait(j, to);

	if (!at)
		at = find_wait(j, NULL);
	if (!at)
		abort();	/* there are not so many */
	*at = to;
}

static struct asked *free_ask(struct juggler *j)
{
	for (size_t i = 0; i < ASKS_MAX; i++)
		if (!j->asked[i].turn)
			return &j->asked[i];
	return NULL;
}

static int ask(struct actor *self, struct way *way,
	       struct actor_outgoing *message)
{
	struct juggler *j = actor_state(self);
	struct asked *asked = free_ask(j);
	uint64_t timeout_ns = once_in(j, 20) ? 3000000 : j->patience_ns, id;
	int r;

	if (!asked)
		return -EAGAIN;
	message->receipt = once_in(j, 4);
	r = actor_ask_message(self, way->to, message, timeout_ns, &id);
	if (r == -EAGAIN)
		wait_for_room(j, way->to);
	if (r < 0)
		return r;
	*asked = (struct asked){ .turn = j->turn + 1, .id = id };
	strcpy(asked->name, message->type);
	return 0;
}

static char draw_kind(struct juggler *j)
{
	if (once_in(j, 6))
		return j->lazy ? 't' : 'a';
	if (once_in(j, 40) && !j->keeps_references)
		return 'g';
	return once_in(j, 200) ? 'u' : 't';
}

static struct way *draw_way(struct juggler *j)
{
	unsigned int i = draw(j, j->n_ways + KEPT_MAX);

	if (i >= j->n_ways)
		i = WAYS_MAX + i - j->n_ways;
	return j->ways[i].to ? &j->ways[i] : &j->ways[0];
}

/* what may happen to any sender, and sends nothing */
static bool may_fail_so(int error)
{
	return error == -EAGAIN || error == -EPIPE || error == -EMSGSIZE ||
	       error == -EPERM;
}

static int tell(struct actor *self, struct way *way,
		const struct actor_outgoing *message)
{
	struct juggler *j = actor_state(self);
	int r;

	if (once_in(j, 10))
		return actor_tell_or_dead(self, way->to, message);
	r = actor_tell_message(self, way->to, message);
	if (r != -EAGAIN)
		return r;
	wait_for_room(j, way->to);
	if (!once_in(j, 20) || j->answered)
		return r;
	r = turn_release(self);
	return r < 0 ? r : actor_tell_within(self, way->to, message, 2000000);
}

static unsigned int number_of(const struct way *way, unsigned int class)
{
	uint64_t key = way->to->key;

	return ((unsigned int)(key ^ key >> 32) & ~15u) | class;
}

static void name_next(struct juggler *j, struct way *way, char kind,
		      unsigned int class, char name[NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "%c.%u.%u.%u.%lx.%lx", kind, j->me,
		 way->peer, number_of(way, class),
		 (unsigned long)j->stamp, (unsigned long)j->n_sent + 1);
}

static int throw(struct actor *self, struct way *way)
{
	struct juggler *j = actor_state(self);
	struct actor_reference *other = draw_way(j)->to;
	unsigned int class = once_in(j, 3) ? draw(j, CLASSES) : 0;
	char name[NAME_BYTES], kind = draw_kind(j);
	struct actor_outgoing message = {
		.type = name,
		.payload = j->payload,
		.references = &other,
		.n_references = kind == 'g',
		.priority = class,
	};
	int r;

	if (j->n_sends >= SENDS_MAX || !way->to || (kind == 'g' && !other))
		return -EAGAIN;
	name_next(j, way, kind, class, name);
	message.size = fill(j, name);
	r = kind == 'a' ? ask(self, way, &message)
			: tell(self, way, &message);
	if (r < 0) {
		if (!may_fail_so(r))
			report(j, "x %s: %s\n", name, strerrorname_np(-r));
		return r;
	}
	j->n_sent++;
	j->n_sends++;
	report(j, "s %s\n", name);
	return 0;
}

static void throw_some(struct actor *self)
{
	struct juggler *j = actor_state(self);
	struct way *way = draw_way(j);
	unsigned int n = draw(j, once_in(j, 50) ? SENDS_MAX : 8);

	for (unsigned int i = 0; i < n; i++) {
		/* many to the same fill a packet, and the edge */
		if (n < 8)
			way = draw_way(j);
		if (throw(self, way) < 0)
			return;
	}
}

/* It was given to them, or never was; both may be gone, and no message says so. */
static void take_back(struct actor *self)
{
	struct juggler *j = actor_state(self);
	const struct way *from = draw_way(j), *what = draw_way(j);
	int r;

	if (j->takes_nothing_back || !from->to || !what->to || !once_in(j, 40))
		return;
	r = actor_revoke(self, from->to, what->to);
	/* whose supervisor is dead will be, too */
	if (r < 0 && r != -ESTALE && r != -EPIPE)
		report(j, "x taken back: %s\n", strerrorname_np(-r));
}

/* is it time to throw? */
static bool look_around(struct juggler *j)
{
	char byte = '0';

	if (pread(j->quiet_fd, &byte, 1, 0) != 1)
		return false;
	j->quiet = byte != '0';
	return true;
}

/* ---- catching ---------------------------------------------------------- */

static void reply_name(char reply[NAME_BYTES], const char *name)
{
	snprintf(reply, NAME_BYTES, "r%s", name + 1);
}

static void answer(struct actor *self, const char *name)
{
	struct juggler *j = actor_state(self);
	char type[NAME_BYTES];
	size_t n;
	int r;

	reply_name(type, name);
	n = fill(j, type);
	j->answered = true;
	r = actor_reply(self, type, j->payload, n);
	if (r < 0)
		report(j, "x answer %s: %s\n", name, strerrorname_np(-r));
	else
		report(j, "s %s\n", type);
}

static void answer_owed(struct actor *self, struct owed *owed)
{
	struct juggler *j = actor_state(self);
	char type[NAME_BYTES];
	struct actor_outgoing message = {
		.type = type,
		.payload = j->payload,
	};
	int r;

	reply_name(type, owed->name);
	message.size = fill(j, type);
	r = actor_reply_to(self, owed->token, &message);
	if (r < 0)
		report(j, "x answer %s: %s\n", owed->name,
		       strerrorname_np(-r));
	else
		report(j, "s %s\n", type);
	owed->paid = true;
}

static bool owe(struct actor *self, const char *name)
{
	struct juggler *j = actor_state(self);
	struct owed *owed = &j->owed[draw(j, OWED_MAX)];

	if (owed->turn)
		return false;
	owed->token = actor_defer(self);
	if (!owed->token)
		return false;
	owed->turn = j->turn + 1;
	owed->paid = false;
	strcpy(owed->name, name);
	return true;
}

/* some answers come now, some later, some never */
static void asked(struct actor *self, const char *name)
{
	struct juggler *j = actor_state(self);

	switch (draw(j, 8)) {
	case 0:
		break;
	case 2:
	case 3:
		if (!j->lazy && owe(self, name))
			break;
		answer(self, name);
		break;
	case 1:
		actor_error(self, -EBUSY, "no");
		break;
	default:
		answer(self, name);
	}
}

/* what came takes the place of another one */
static void keep(struct juggler *j, const struct actor_message *m)
{
	struct actor_reference *came = actor_message_reference(m, 0);
	struct way *way = &j->ways[WAYS_MAX + draw(j, KEPT_MAX)];

	if (!came) {
		report(j, "n %s\n", actor_message_type(m));
		return;
	}
	actor_reference_keep(came);
	actor_reference_drop(way->to);
	*way = (struct way){
		.to = came,
		.peer = index_of(actor_reference_path(came)),
	};
}

/* without room in the stash it is a dead letter */
static int put_aside(struct actor *self, const char *name)
{
	int r = actor_stash(self);

	if (r == -ENOSPC)
		return 0;
	report(actor_state(self), r < 0 ? "x %s: not stashed\n" : "k %s\n",
	       name);
	return turn_end(self);
}

static int caught(struct actor *self, const struct actor_message *m,
		  const struct name *name)
{
	struct juggler *j = actor_state(self);
	const char *text = actor_message_type(m);
	const char *sender = actor_message_sender(m);

	if (name->kind == 'u')
		return ACTOR_UNHANDLED;
	if (j->lazy && !look_around(j))
		return -EIO;
	turn_begin(self);
	if (!j->quiet && !j->lazy && once_in(j, 60))
		return put_aside(self, text);
	/* who is gone since the message was taken has no path */
	if (name->to != j->me || (*sender && index_of(sender) != name->from))
		report(j, "x %s: from %s to %u\n", text, sender, j->me);
	if (!whole(m, text))
		report(j, "x %s: not its payload\n", text);
	if (actor_message_n_references(m) != (name->kind == 'g'))
		report(j, "x %s: references\n", text);
	if (name->kind == 'g')
		keep(j, m);
	if (actor_message_kind(m) == ACTOR_ASK)
		asked(self, text);
	if (!j->quiet && once_in(j, 3))
		throw(self, draw_way(j));
	report(j, "h %s %u\n", text, actor_message_attempt(m));
	return turn_end(self);
}

static struct asked *find_ask(struct juggler *j, uint64_t id)
{
	for (size_t i = 0; i < ASKS_MAX; i++)
		if (j->asked[i].turn && j->asked[i].id == id)
			return &j->asked[i];
	return NULL;
}

/* a reply that has its own name */
static int replied(struct actor *self, const struct actor_message *m,
		   struct asked *asked)
{
	struct juggler *j = actor_state(self);
	const char *type = actor_message_type(m);
	char expected[NAME_BYTES];

	reply_name(expected, asked->name);
	if (strcmp(type, expected) || !whole(m, type))
		report(j, "x %s: answers %s\n", type, asked->name);
	else
		report(j, "h %s %u\n", type, actor_message_attempt(m));
	/* when this turn fails, the reply is a dead letter */
	asked->turn = 0;
	return turn_end(self);
}

/* Exactly one for each ask. What has no name of its own is told of later. */
static int answered(struct actor *self, const struct actor_message *m)
{
	struct juggler *j = actor_state(self);
	const char *type = actor_message_type(m);
	struct asked *asked = find_ask(j, actor_message_ask(m));

	turn_begin(self);
	if (!asked || asked->ended) {
		report(j, "x %s: answers nothing\n", type);
		return turn_end(self);
	}
	if (actor_message_kind(m) == ACTOR_REPLY && strcmp(type, "handled"))
		return replied(self, m, asked);
	asked->ended = true;
	asked->error = -actor_message_error(m);
	return 0;
}

/* ---- behaviours -------------------------------------------------------- */

static void tell_of_asks(struct juggler *j)
{
	for (size_t i = 0; i < ASKS_MAX; i++)
		if (j->asked[i].turn && j->asked[i].ended) {
			report(j, "e %s %d\n", j->asked[i].name,
			       j->asked[i].error);
			j->asked[i].told = true;
		}
}

/* exactly one word of it for who got -EAGAIN */
static int room(struct actor *self, const struct actor_message *m)
{
	struct juggler *j = actor_state(self);
	const struct actor_reference *to = actor_message_reference(m, 0);
	const struct actor_reference **at = to ? find_wait(j, to) : NULL;

	turn_begin(self);
	if (at) {
		*at = NULL;
		return 0;
	}
	report(j, "x room, and nobody waits for it\n");
	return turn_end(self);
}

/* how many references still wait for it, as an answer */
static int tell_waits(struct actor *self)
{
	struct juggler *j = actor_state(self);
	unsigned int n = 0;
	char text[16];

	for (size_t i = 0; i < WAITS_MAX; i++)
		n += j->waits[i] != NULL;
	snprintf(text, sizeof(text), "%u waits", n);
	return actor_reply(self, "waits", text, strlen(text));
}

static int tick(struct actor *self)
{
	struct juggler *j = actor_state(self);
	struct owed *owed = &j->owed[draw(j, OWED_MAX)];

	if (!look_around(j))
		return -EIO;
	actor_timer(self, "tick", (draw(j, j->tick_us) + 1000) * UINT64_C(1000));
	turn_begin(self);
	tell_of_asks(j);
	for (unsigned int i = 0; !j->turn && i < j->n_ways; i++)
		if (!j->ways[i].to)
			report(j, "x no reference to j%u\n",
			       j->ways[i].peer);
	if (!j->turn && j->not_alone)
		report(j, "x another process of this actor lives\n");
	if (owed->turn)
		answer_owed(self, owed);
	if (actor_n_stashed(self) && (j->quiet || once_in(j, 10)))
		actor_unstash(self);
	if (!j->quiet) {
		throw_some(self);
		take_back(self);
	}
	/* the first says that this process is there */
	if (j->n_lines == 1 && j->turn)
		return 0;
	return turn_end(self);
}

static int juggle(struct actor *self, const struct actor_message *m)
{
	struct name name;

	switch (actor_message_kind(m)) {
	case ACTOR_TELL:
	case ACTOR_ASK:
		if (actor_message_is(m, "waits"))
			return tell_waits(self);
		if (!name_read(&name, actor_message_type(m)))
			return ACTOR_UNHANDLED;
		return caught(self, m, &name);
	case ACTOR_REPLY:
	case ACTOR_ERROR:
		return answered(self, m);
	case ACTOR_TICK:
		return tick(self);
	case ACTOR_ROOM:
		return room(self, m);
	default:
		return 0;
	}
}

static int write_all(int fd, struct iovec *parts, int n)
{
	ssize_t length = 0;

	for (int i = 0; i < n; i++)
		length += (ssize_t)parts[i].iov_len;
	return writev(fd, parts, n) == length ? 0 : -EIO;
}

static int collect(struct actor *self, const struct actor_message *m)
{
	const struct juggler *j = actor_state(self);
	char head[64];
	struct iovec parts[3] = { { .iov_base = head } };

	if (!actor_message_is(m, "turn"))
		return ACTOR_UNHANDLED;
	parts[0].iov_len = (size_t)snprintf(
		head, sizeof(head), "\nC %u %u\n",
		index_of(actor_message_sender(m)), actor_message_attempt(m));
	parts[1].iov_base =
		(void *)(uintptr_t)actor_message_payload(m, &parts[1].iov_len);
	parts[2] = (struct iovec){ (char []){ ".\n" }, 2 };
	return write_all(j->quiet_fd, parts, 3);
}

static int receive(struct actor *self, const struct actor_message *m)
{
	const struct juggler *j = actor_state(self);

	return j->me ? juggle(self, m) : collect(self, m);
}

static void add_way(struct actor *self, const char *path)
{
	struct juggler *j = actor_state(self);

	if (j->n_ways == WAYS_MAX)
		return;
	j->ways[j->n_ways++] = (struct way){
		.to = actor_reference(self, path),
		.peer = index_of(path),
	};
}

/* open, and so locked, until the process has ended */
static bool is_alone(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static int start(struct actor *self, int argc, char **argv)
{
	struct juggler *j = actor_state(self);

	j->patience_ns = ASK_TIMEOUT_NS;
	j->tick_us = TICK_US;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--collect"))
			j->quiet_fd = open(argv[++i], O_WRONLY | O_APPEND |
							      O_CLOEXEC);
		else if (!strcmp(argv[i], "--quiet"))
			j->quiet_fd = open(argv[++i], O_RDONLY | O_CLOEXEC);
		else if (!strcmp(argv[i], "--seed"))
			j->random = strtoull(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--me"))
			j->me = (unsigned int)atoi(argv[++i]);
		else if (!strcmp(argv[i], "--keep-references"))
			j->keeps_references = true;
		else if (!strcmp(argv[i], "--take-nothing-back"))
			j->takes_nothing_back = true;
		else if (!strcmp(argv[i], "--patience"))
			j->patience_ns = strtoull(argv[++i], NULL, 0) * 1000000;
		else if (!strcmp(argv[i], "--tick"))
			j->tick_us = (unsigned int)strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--lazy"))
			j->lazy = true;
		else if (!strcmp(argv[i], "--sober"))
			j->sober = true;
		else if (!strcmp(argv[i], "--alone"))
			j->not_alone = !is_alone(argv[++i]);
		else if (!strcmp(argv[i], "--collector"))
			j->collector = actor_reference(self, argv[++i]);
		else
			add_way(self, argv[i]);
	}
	if (j->quiet_fd < 0)
		return -EBADF;
	if (!j->me)
		return 0;
	j->quiet = true;	/* until it has looked */
	j->stamp = actor_now_ns();
	j->random ^= j->stamp * UINT64_C(0x9e3779b97f4a7c15) ^ j->me;
	return j->lazy ? 0 : actor_timer(self, "tick", 1000000);
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct juggler),
		.start = start,
		.receive = receive,
	};

	return actor_main(&class, argc, argv);
}
