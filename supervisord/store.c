/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * store.c - what the root holds, pushed on to the service manager.
 *
 * The service manager is the root's parent. Whatever a supervisor pushes up
 * (neighbours.c, the list on top) the root pushes too, by the same code: into a
 * link without a socket, whose other end is here. A service manager keeps
 * descriptors and cannot read, so the messages go into a book in memory
 * (decide/logbook.c) that is itself among what it keeps, and each descriptor gets
 * a name there by which the book speaks of it. Who comes after us reads the book
 * as if a parent said it all: recall.c.
 *
 * It alone knows what the service manager keeps, and why. How it gets there
 * without waiting is parcels.c's.
 *
 * When is something kept? A message that has been sent lies in a socket of the
 * manager's, with its descriptors, and stays there when we die. systemd reads all
 * such sockets before it looks for processes that have ended (the priorities of
 * its event loop; it has to, or it could not say whose messages they were), and
 * what it finds there belongs to the unit as long as the unit is not over. So who
 * is started in our place is given what we had sent, and no answer is waited for.
 * In the book, an entry stands behind the message with its descriptors, and KEPT
 * is said when the queue is empty: behind all that was asked for before.
 *
 * A store that is full does not say so: the descriptor is closed. So behind what
 * was added goes a canary, the end of a socket pair of which we have the other
 * one, and before anything is taken out again: if what was added was refused, so
 * is the canary, and we see a hang-up. Then the system goes on as one without a
 * store, and says so once; the book says that it is not to be believed.
 */
#include <errno.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/act/manager.h"
#include "supervisord/book.h"
#include "supervisord/custody_gifts.h"
#include "supervisord/inventory.h"
#include "supervisord/minting.h"
#include "supervisord/neighbours.h"
#include "supervisord/parcels.h"
#include "supervisord/shortage.h"
#include "supervisord/store.h"

#define NAME_BYTES PARCEL_NAME_BYTES
#define TIDY_US 100000
#define END_MS 10000
/* a book is written anew when it is that large, and twice as large as then */
#define BOOK_BYTES (512 * 1024)
/* beside what is held: books, canaries */
#define OWN_FDS 6

/** struct answer - the word of who is above, when the queue is empty
 * @asker: its process; one that was started since has not asked that */
struct answer {
	struct answer *next;
	const char *verb;
	uint64_t number;
	pid_t asker;
	char path[];
};

/**
 * struct store
 * @begun: what is pushed from now on is news
 * @off: nothing is kept any more
 * @unproved: something was added behind the canary
 * @text_name: of the file of this tree; "": it is not kept
 * @reread: the tree is that of another file, and neither that nor the book is
 * @gone: names of what need not be kept any longer
 * @incarnation: a number that no other root of this system has
 * @max_fds: as far as the manager has told us
 */
struct store {
	struct supervisor *supervisor;
	struct parcels *parcels;
	bool begun;
	bool off;
	bool unproved;
	bool reread;
	struct custody_heir heir;
	struct deposits deposits;
	struct book book;
	struct book draft;
	bool draft_failed;
	struct answer *answers, **last_answer;
	char (*gone)[NAME_BYTES];
	size_t n_gone;
	size_t room_gone;
	size_t max_fds;
	char text_name[NAME_BYTES];
	int canary_fd;
	unsigned int n_canaries;
	uint32_t incarnation;
	sd_event_source *canary;
	sd_event_source *answering;
	sd_event_source *tidying;
};

static void give_up(struct store *st, const char *why);

void store_tell(struct supervisor *s, const char *text)
{
	struct record record;

	fprintf(stderr, "supervisord: %s\n", text);
	record_begin(&record, "store");
	fields_put(&record.fields, "PATH", s->tree->root->children[1]->path);
	fields_put(&record.fields, "TEXT", text);
	reporter_send(s->reporter, &record);
}

/* ---- names -------------------------------------------------------------- */

static void name_of(char name[NAME_BYTES], enum deposit_kind kind,
		    uint32_t number)
{
	snprintf(name, NAME_BYTES, "%s%x",
		 kind == DEPOSIT_PROCESS ? STORE_PROCESS : "", number);
}

static void name_of_book(char name[NAME_BYTES], uint64_t sequence)
{
	snprintf(name, NAME_BYTES, STORE_BOOK "%llx",
		 (unsigned long long)sequence);
}

/* one of an earlier root is not ours to watch */
static void name_of_canary(char name[NAME_BYTES], const struct store *st)
{
	snprintf(name, NAME_BYTES, "canary-%x-%x", st->incarnation,
		 st->n_canaries);
}

static void tidy_soon(struct store *st)
{
	if (st->off || sd_event_source_get_enabled(st->tidying, NULL) > 0)
		return;
	sd_event_source_set_time_relative(st->tidying, TIDY_US);
	sd_event_source_set_enabled(st->tidying, SD_EVENT_ONESHOT);
}

/* without memory for its name it stays until the end, and does no harm */
void store_discard(struct store *st, const char *name)
{
	size_t room = st->room_gone ? st->room_gone * 2 : 64;
	void *more;

	if (st->n_gone == st->room_gone) {
		more = reallocarray(st->gone, room, sizeof(*st->gone));
		if (!more)
			return;
		st->gone = more;
		st->room_gone = room;
	}
	snprintf(st->gone[st->n_gone++], NAME_BYTES, "%s", name);
	tidy_soon(st);
}

static void discard(struct store *st, enum deposit_kind kind, uint32_t number)
{
	char name[NAME_BYTES];

	if (!number)
		return;
	name_of(name, kind, number);
	store_discard(st, name);
}

/* ---- out ---------------------------------------------------------------- */

static int on_sent(void *data, const struct parcel *p)
{
	struct store *st = data;
	int r;

	if (p->n_fds) {
		st->unproved = true;
		tidy_soon(st);
	}
	if (!p->entry.n_text)
		return 0;
	r = book_write(&st->book, &p->entry);
	return r < 0 ? r : book_head(&st->book, false);
}

static bool has_grown(const struct store *st)
{
	return st->book.n_bytes > BOOK_BYTES &&
	       st->book.n_bytes > 2 * st->book.n_first;
}

static void answer_soon(struct store *st)
{
	if ((st->answers || has_grown(st)) &&
	    (st->off || !parcels_wait(st->parcels)))
		sd_event_source_set_enabled(st->answering, SD_EVENT_ONESHOT);
}

static void renew_file(struct store *st);

static void on_all_sent(void *data)
{
	renew_file(data);
	answer_soon(data);
}

static void on_failed(void *data, int error)
{
	struct store *st = data;
	char text[160];

	parcels_forget(st->parcels);
	snprintf(text, sizeof(text), "the service manager could not be told what to keep: %s",
		 strerror(-error));
	give_up(st, text);
}

/* ---- is there room? ----------------------------------------------------- */

static int on_canary(sd_event_source *source, int fd, uint32_t events,
		     void *data)
{
	struct store *st = data;

	(void)source;
	(void)fd;
	(void)events;
	give_up(st, st->n_canaries == 1 ?
		"the service manager keeps no descriptors: what waits here would be lost with the root; see FileDescriptorStoreMax= and NotifyAccess= of the unit" :
		"the service manager kept a descriptor no longer: from now on what waits here would be lost with the root; raise FileDescriptorStoreMax= of the unit");
	return 0;
}

static void forget_canary(struct store *st)
{
	char name[NAME_BYTES];

	if (st->canary_fd < 0)
		return;
	st->canary = sd_event_source_disable_unref(st->canary);
	close(st->canary_fd);
	st->canary_fd = -1;
	name_of_canary(name, st);
	store_discard(st, name);
}

static void send_canary(struct store *st)
{
	struct parcel p = { .n_fds = 1 };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return;		/* at the next occasion */
	forget_canary(st);
	st->canary_fd = fds[0];
	if (sd_event_add_io(st->supervisor->event, &st->canary, fds[0],
			    EPOLLIN, on_canary, st) < 0)
		st->canary = NULL;
	st->n_canaries++;
	name_of_canary(p.name, st);
	p.fds[0] = fds[1];
	parcels_post(st->parcels, &p);
	close(fds[1]);
	st->unproved = false;
}

static void remove_gone(struct store *st)
{
	struct parcel p = { .n_fds = 0 };

	for (size_t i = 0; i < st->n_gone; i++) {
		snprintf(p.name, sizeof(p.name), "%s", st->gone[i]);
		parcels_post(st->parcels, &p);
	}
	st->n_gone = 0;
}

static void rewrite(struct store *st);

static int on_tidying(sd_event_source *source, uint64_t usec, void *data)
{
	struct store *st = data;

	(void)source;
	(void)usec;
	if (st->unproved && !st->off)
		send_canary(st);
	remove_gone(st);
	rewrite(st);
	renew_file(st);
	return 0;
}

/* ---- in ----------------------------------------------------------------- */

uint64_t store_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return 0;
	return (uint64_t)st.st_dev << 40 ^ (uint64_t)st.st_ino;
}

static bool number_of(const struct fields *f, const char *name, uint64_t *ret)
{
	return fields_get_u64(f, name, ret) == 0;
}

bool store_key(const struct fields *f, struct deposit_key *ret)
{
	struct deposit_key key = { .path = fields_get(f, "PATH") };

	if (!strcmp(f->verb, "EDGE")) {
		key = (struct deposit_key){ .kind = DEPOSIT_EDGE };
		if (!number_of(f, "ID", &key.id))
			return false;
	} else if (!strcmp(f->verb, "MAILBOX") && key.path) {
		key.kind = DEPOSIT_MAILBOX;
	} else if (!strcmp(f->verb, "PROCESS") && key.path) {
		key.kind = DEPOSIT_PROCESS;
	} else if (!strcmp(f->verb, "GIVE")) {
		key.kind = DEPOSIT_GIFT;
		key.path = fields_get(f, "TO");
		if (!key.path || !number_of(f, "VIA", &key.id) ||
		    !number_of(f, "NUMBER", &key.number))
			return false;
	} else {
		return false;
	}
	*ret = key;
	return true;
}

static bool is_same_file(int one, int other)
{
	pid_t pid = getpid();
	long r = syscall(SYS_kcmp, pid, pid, KCMP_FILE, one, other);

	/* who keeps it can compare no better, when there is no such call */
	return r == 0 || (r < 0 && errno != EBADF);
}

static size_t fds_of(const struct custody *c, const struct deposit_key *key,
		     int ret[DEPOSIT_FILES_MAX])
{
	const struct custody_edge *edge;
	const struct custody_mailbox *m;
	const struct custody_gift *gift;

	switch (key->kind) {
	case DEPOSIT_EDGE:
		edge = custody_edge(c, key->id);
		if (!edge)
			return 0;
		ret[0] = edge->holder_fd;
		ret[1] = edge->target_fd;
		ret[2] = edge->pool_fd;
		return 3;
	case DEPOSIT_MAILBOX:
		m = custody_mailbox(c, key->path);
		ret[0] = m ? m->arena_fd : -1;
		return 1;
	case DEPOSIT_GIFT:
		gift = custody_gift(c, key->id, key->path, key->number);
		ret[0] = gift ? gift->fd : -1;
		return 1;
	case DEPOSIT_PROCESS:
		break;
	}
	return 0;
}

static bool has_file(const struct deposit *d, uint64_t file)
{
	for (size_t i = 0; i < d->n_files; i++)
		if (d->files[i] == file)
			return true;
	return false;
}

static bool holds_file(const struct custody *c, const struct deposit *d,
		       int fd)
{
	int fds[DEPOSIT_FILES_MAX];
	size_t n = fds_of(c, &d->key, fds);

	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0 && is_same_file(fds[i], fd))
			return true;
	return false;
}

/*
 * What an actor passes on can be a file that is kept already, by that or another
 * name: it would not be kept twice, and go with the first name.
 */
static uint32_t name_of_file(const struct store *st, int fd, uint64_t file)
{
	const struct deposits *d = &st->deposits;

	for (size_t i = 0; i < d->n; i++)
		if (has_file(&d->list[i], file) &&
		    d->list[i].key.kind != DEPOSIT_PROCESS &&
		    holds_file(&st->supervisor->custody, &d->list[i], fd))
			return d->list[i].name;
	return 0;
}

static bool has_files(const struct deposit *d,
		      const struct logbook_entry *entry)
{
	for (size_t i = 0; i < entry->n_files; i++)
		if (!has_file(d, entry->files[i]))
			return false;
	return true;
}

static bool has_room(const struct store *st, size_t n)
{
	return st->deposits.n_fds + n + OWN_FDS <= st->max_fds;
}

/* false: there is nothing more to be done with it */
static bool deposit(struct store *st, const struct deposit_key *key,
		    struct parcel *p)
{
	struct deposit *known = deposits_find(&st->deposits, key);
	struct deposit new = { .key = *key, .n_files = p->n_fds };
	uint32_t gone = 0;

	/* all pidfds have one number */
	if (known && key->kind != DEPOSIT_PROCESS &&
	    has_files(known, &p->entry)) {
		p->entry.bundle = known->name;
		p->n_fds = 0;
		return true;
	}
	memcpy(new.files, p->entry.files, sizeof(new.files));
	new.name = key->kind == DEPOSIT_GIFT ?
		   name_of_file(st, p->fds[0], new.files[0]) : 0;
	if (new.name)
		p->n_fds = 0;
	else if (has_room(st, p->n_fds))
		new.name = deposits_name(&st->deposits);
	if (!new.name || deposits_put(&st->deposits, &new, &gone) < 0) {
		give_up(st, "there is more to keep than the service manager takes: from now on what waits here would be lost with the root; raise FileDescriptorStoreMax= of the unit");
		return false;
	}
	p->entry.bundle = new.name;
	if (p->n_fds)
		name_of(p->name, key->kind, new.name);
	discard(st, key->kind, gone);
	return true;
}

static bool entry_of(struct parcel *p, const struct fields_writer *message,
		     const int *fds, size_t n_fds)
{
	if (n_fds > DEPOSIT_FILES_MAX)
		return false;
	p->entry = (struct logbook_entry){
		.text = message->buffer,
		.n_text = message->length_bytes,
		.n_files = n_fds,
	};
	p->n_fds = n_fds;
	for (size_t i = 0; i < n_fds; i++) {
		p->fds[i] = fds[i];
		p->entry.files[i] = store_file(fds[i]);
	}
	return true;
}

static void note(struct store *st, const struct fields *f,
		 const struct fields_writer *message, const int *fds,
		 size_t n_fds)
{
	struct parcel p = { .n_fds = 0 };
	struct deposit_key key;

	if (!entry_of(&p, message, fds, n_fds) ||
	    (n_fds && (!store_key(f, &key) || !deposit(st, &key, &p))))
		return;
	parcels_post(st->parcels, &p);
}

static void forget_mailbox(struct store *st, const struct fields *f)
{
	const struct deposit_key key = {
		.kind = DEPOSIT_MAILBOX,
		.path = fields_get(f, "PATH"),
	};

	if (key.path)
		discard(st, key.kind, deposits_drop(&st->deposits, &key));
}

/* of the supervisor below that has that path; 0: none, or the root asks */
static pid_t process_of(struct supervisor *s, const char *path)
{
	const struct child *c = minting_below(s, minting_place(s, path));

	return c ? c->pid : 0;
}

static void answer(struct store *st, const char *verb, const struct fields *f)
{
	const char *path = fields_get(f, "PATH");
	struct answer *a = path ? malloc(sizeof(*a) + strlen(path) + 1) : NULL;

	/* who waits for that waits for our successor */
	if (path && !a)
		shortage_end(st->supervisor, -ENOMEM, "an answer was not kept");
	if (!a)
		return;
	*a = (struct answer){
		.verb = verb,
		.asker = process_of(st->supervisor, path),
	};
	fields_get_u64(f, "NUMBER", &a->number);
	memcpy(a->path, path, strlen(path) + 1);
	*st->last_answer = a;
	st->last_answer = &a->next;
	answer_soon(st);
}

/** enum what - what is to be done with a message that is pushed */
enum what {
	NOTHING,
	NOTE,
	ANSWER_KEPT,
	ANSWER_RENEWED,
};

static const struct {
	const char *verb;
	enum what what;
} verbs[] = {
	{ "EDGE",		NOTE },
	{ "EDGE_END",		NOTE },
	{ "MAILBOX",		NOTE },
	{ "MAILBOX_END",	NOTE },
	{ "GRANTED",		NOTE },
	{ "UNGRANTED",		NOTE },
	{ "LIMITED",		NOTE },
	{ "LIMIT",		NOTE },
	{ "REVOKE",		NOTE },
	{ "UNDONE",		NOTE },
	{ "GIVE",		NOTE },
	{ "TAKEN",		NOTE },
	{ "CAME",		NOTE },
	{ "CHILD",		NOTE },
	{ "CHILD_END",		NOTE },
	{ "PROCESS",		NOTE },
	{ "ENDED",		NOTE },
	{ "KEEP",		ANSWER_KEPT },
	{ "RENEW",		ANSWER_RENEWED },
};

static enum what what_of(const char *verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(verb, verbs[i].verb))
			return verbs[i].what;
	return NOTHING;
}

/* the root says it to who is above it */
static void take(void *data, const struct fields_writer *message,
		 const int *fds, size_t n_fds)
{
	struct store *st = data;
	struct fields f;
	enum what what;

	if (!st->begun ||
	    fields_parse(&f, message->buffer, message->length_bytes) < 0)
		return;
	what = what_of(f.verb);
	if (what == NOTE && !st->off)
		note(st, &f, message, fds, n_fds);
	if (!strcmp(f.verb, "MAILBOX_END"))
		forget_mailbox(st, &f);
	if (what == ANSWER_KEPT ||
	    (!strcmp(f.verb, "MAILBOX") && fields_get(&f, "NUMBER")))
		answer(st, "KEPT", &f);
	else if (what == ANSWER_RENEWED)
		answer(st, "RENEWED", &f);
}

static void say_answer(struct store *st, const struct answer *a)
{
	static struct control_message m;
	struct fields_writer w;

	if (a->asker != process_of(st->supervisor, a->path))
		return;
	fields_begin(&w, m.bytes, sizeof(m.bytes), a->verb);
	fields_put(&w, "PATH", a->path);
	fields_put_u64(&w, "NUMBER", a->number);
	m.n_fds = 0;
	if (!w.overflow && fields_parse(&m.fields, m.bytes,
					w.length_bytes) == 0)
		neighbours_message(st->supervisor, NULL, &m);
}

/* those that come meanwhile are for the next turn */
static int on_answering(sd_event_source *source, void *data)
{
	struct store *st = data;
	struct answer *a, *all = st->answers;

	(void)source;
	if (parcels_wait(st->parcels) && !st->off)
		return 0;
	st->answers = NULL;
	st->last_answer = &st->answers;
	while ((a = all)) {
		all = a->next;
		say_answer(st, a);
		free(a);
	}
	rewrite(st);
	return 0;
}

/* what is let go of */

static void on_edge(void *data, const struct custody_edge *edge)
{
	const struct deposit_key key = { DEPOSIT_EDGE, .id = edge->id };
	struct store *st = data;

	discard(st, key.kind, deposits_drop(&st->deposits, &key));
}

static void on_gift(void *data, const struct custody_gift *gift)
{
	const struct deposit_key key = {
		DEPOSIT_GIFT, gift->via, gift->number, gift->to,
	};
	struct store *st = data;

	discard(st, key.kind, deposits_drop(&st->deposits, &key));
}

/* ---- the book anew ------------------------------------------------------ */

static void draft(void *data, const struct fields_writer *message,
		  const int *fds, size_t n_fds)
{
	struct store *st = data;
	const struct deposit *known = NULL;
	struct parcel p = { .n_fds = 0 };
	struct deposit_key key;
	struct fields f;

	if (st->draft_failed)
		return;
	if (fields_parse(&f, message->buffer, message->length_bytes) < 0 ||
	    !entry_of(&p, message, fds, n_fds)) {
		st->draft_failed = true;
		return;
	}
	if (n_fds && store_key(&f, &key))
		known = deposits_find(&st->deposits, &key);
	/* an arena that is about to be pushed: at another time */
	if (n_fds && (!known || (key.kind != DEPOSIT_PROCESS &&
				 !has_files(known, &p.entry)))) {
		st->draft_failed = true;
		return;
	}
	p.entry.bundle = known ? known->name : 0;
	st->draft_failed = book_write(&st->draft, &p.entry) < 0;
}

static bool write_draft(struct store *st, uint64_t sequence)
{
	struct link *link;

	if (book_begin(&st->draft, sequence) < 0)
		return false;
	st->draft_failed = link_new_sink(&link, draft, st) < 0;
	if (!st->draft_failed) {
		inventory_say(st->supervisor, link);
		link_free(link);
	}
	st->draft.n_first = st->draft.n_bytes;
	if (!st->draft_failed && book_head(&st->draft, false) == 0)
		return true;
	book_end(&st->draft);
	return false;
}

/* before the book from which on it counts */
static void keep_text(struct store *st, uint64_t sequence)
{
	struct parcel p = { .n_fds = 1 };

	p.fds[0] = st->supervisor->tree->config_fd;
	if (*st->text_name || p.fds[0] < 0)
		return;
	snprintf(st->text_name, sizeof(st->text_name), STORE_TEXT "%llx",
		 (unsigned long long)sequence);
	snprintf(p.name, sizeof(p.name), "%s", st->text_name);
	parcels_post(st->parcels, &p);
}

/* that of before goes with the book of before */
static void keep_new_text(struct store *st, uint64_t sequence)
{
	st->reread = false;
	if (*st->text_name)
		store_discard(st, st->text_name);
	st->text_name[0] = '\0';
	keep_text(st, sequence);
}

/* from then on news go into that one; the older one is not looked at when both
 * are found */
static bool new_book(struct store *st, uint64_t sequence)
{
	struct book old = st->book;
	struct parcel p = { .n_fds = 1 };
	char name[NAME_BYTES];

	if (!write_draft(st, sequence))
		return false;
	if (st->reread)
		keep_new_text(st, sequence);
	st->book = st->draft;
	p.fds[0] = st->book.fd;
	name_of_book(p.name, sequence);
	parcels_post(st->parcels, &p);
	if (old.fd < 0)
		return true;
	book_end(&old);
	name_of_book(name, old.sequence);
	store_discard(st, name);
	return true;
}

/* not while anything waits for a word: what is awaited is in the old one */
static void rewrite(struct store *st)
{
	if (!st->off && !parcels_wait(st->parcels) && !st->answers &&
	    !st->supervisor->next_keep && has_grown(st))
		new_book(st, st->book.sequence + 1);
}

/* what was posted before belongs into the old one; whoever waits for a word
 * since then hears it when this is kept */
static void renew_file(struct store *st)
{
	if (st->reread && !st->off && !parcels_wait(st->parcels) &&
	    !new_book(st, st->book.sequence + 1))
		tidy_soon(st);
}

void store_reread(struct store *st)
{
	if (!st)
		return;
	st->reread = true;
	renew_file(st);
}

/* ---- beginning and end -------------------------------------------------- */

static size_t max_fds(void)
{
	const char *text = getenv("FDSTORE");
	char *end = NULL;
	unsigned long n = text ? strtoul(text, &end, 10) : 0;

	return end && end != text && !*end ? n : SIZE_MAX;
}

static int watch(struct store *st)
{
	sd_event *event = st->supervisor->event;
	int r;

	r = sd_event_add_time(event, &st->tidying, CLOCK_MONOTONIC, 0, 1,
			      on_tidying, st);
	if (r >= 0)
		r = sd_event_source_set_enabled(st->tidying, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_defer(event, &st->answering, on_answering,
				       st);
	if (r >= 0)
		r = sd_event_source_set_enabled(st->answering, SD_EVENT_OFF);
	return r;
}

static int store_make(struct supervisor *s, int fd, struct store **ret)
{
	struct store *st = calloc(1, sizeof(*st));
	struct parcels_ways ways = { on_sent, on_all_sent, on_failed, NULL };
	int r;

	if (!st) {
		close(fd);
		return -ENOMEM;
	}
	*st = (struct store){
		.supervisor = s,
		.heir = { on_edge, on_gift, st },
		.last_answer = &st->answers,
		.book.fd = -1,
		.canary_fd = -1,
		.incarnation = (uint32_t)supervisor_random(),
		.max_fds = max_fds(),
	};
	ways.data = st;
	r = parcels_new(&st->parcels, s->event, fd, &ways);
	if (r >= 0)
		r = watch(st);
	if (r >= 0)
		r = link_new_sink(&s->parent, take, st);
	if (r < 0) {
		store_free(st);
		return r;
	}
	*ret = st;
	return 0;
}

/* that becomes the store's, also on failure */
static int store_at(struct supervisor *s, int fd)
{
	int r = store_make(s, fd, &s->store);

	if (r == 0)
		s->custody.heir = &s->store->heir;
	return r;
}

int store_new(struct supervisor *s)
{
	const char *address = getenv("NOTIFY_SOCKET");
	int fd;

	if (!address)
		return 0;
	fd = manager_connect(address);
	if (fd < 0) {
		fprintf(stderr, "supervisord: NOTIFY_SOCKET=%s: %s; nobody keeps what the root holds\n",
			address, strerror(-fd));
		return 0;
	}
	return store_at(s, fd);
}

bool store_waits(const struct store *st)
{
	return parcels_wait(st->parcels) || st->answers;
}

bool store_keeps_text(struct store *st, const char *name, uint64_t file)
{
	int fd = st->supervisor->tree->config_fd;

	if (strncmp(name, STORE_TEXT, strlen(STORE_TEXT)) || fd < 0 ||
	    store_file(fd) != file)
		return false;
	snprintf(st->text_name, sizeof(st->text_name), "%s", name);
	return true;
}

void store_clear(struct store *st)
{
	remove_gone(st);
}

void store_begin(struct store *st, uint64_t sequence)
{
	st->begun = true;
	keep_text(st, sequence);
	if (!has_room(st, 0))
		give_up(st, "the service manager keeps no descriptors: what waits here would be lost with the root; see FileDescriptorStoreMax= of the unit");
	else if (!new_book(st, sequence))
		give_up(st, "what the root holds could not be written down: it would be lost with the root");
	else
		send_canary(st);
	remove_gone(st);
}

void store_process(struct store *st, const struct child *c)
{
	if (st && !st->off)
		inventory_say_process(st->supervisor->parent, c);
}

/* first of all, the book is not to be believed any more */
static void take_all_back(struct store *st, uint64_t until_ns)
{
	char name[NAME_BYTES];
	int r = 0;

	if (st->book.fd >= 0) {
		book_head(&st->book, true);
		name_of_book(name, st->book.sequence);
		r = parcels_withdraw(st->parcels, name, until_ns);
	}
	if (*st->text_name && r == 0)
		r = parcels_withdraw(st->parcels, st->text_name, until_ns);
	if (r == 0)
		r = parcels_withdraw_waiting(st->parcels, until_ns);
	for (size_t i = 0; i < st->n_gone && r == 0; i++)
		r = parcels_withdraw(st->parcels, st->gone[i], until_ns);
	for (size_t i = 0; i < st->deposits.n && r == 0; i++) {
		name_of(name, st->deposits.list[i].key.kind,
			st->deposits.list[i].name);
		r = parcels_withdraw(st->parcels, name, until_ns);
	}
	if (r < 0)
		fprintf(stderr, "supervisord: the service manager keeps some of what is over: %s\n",
			strerror(-r));
}

static void forget_all(struct store *st)
{
	if (st->parcels)
		parcels_forget(st->parcels);
	deposits_deinit(&st->deposits);
	free(st->gone);
	st->gone = NULL;
	st->n_gone = st->room_gone = 0;
	book_end(&st->book);
}

static void stop(struct store *st, uint64_t wait_ms)
{
	forget_canary(st);
	st->off = true;
	take_all_back(st, supervisor_now_ns() + wait_ms * 1000000);
	forget_all(st);
}

/* what is kept is of no use any more, and makes room for others */
static void discard_all(struct store *st)
{
	char name[NAME_BYTES];

	if (st->book.fd >= 0) {
		book_head(&st->book, true);
		name_of_book(name, st->book.sequence);
		store_discard(st, name);
	}
	if (*st->text_name)
		store_discard(st, st->text_name);
	st->text_name[0] = '\0';
	forget_canary(st);
	for (size_t i = 0; i < st->deposits.n; i++)
		discard(st, st->deposits.list[i].key.kind,
			st->deposits.list[i].name);
}

static void give_up(struct store *st, const char *why)
{
	if (st->off)
		return;
	st->off = true;
	parcels_forget_news(st->parcels);
	discard_all(st);
	deposits_deinit(&st->deposits);
	book_end(&st->book);
	remove_gone(st);
	store_tell(st->supervisor, why);
	answer_soon(st);
}

void store_end(struct store *st)
{
	if (st)
		stop(st, END_MS);
}

struct store *store_free(struct store *st)
{
	struct answer *a;

	if (!st)
		return NULL;
	st->supervisor->custody.heir = NULL;
	st->supervisor->parent = link_free(st->supervisor->parent);
	forget_canary(st);
	forget_all(st);
	while ((a = st->answers)) {
		st->answers = a->next;
		free(a);
	}
	sd_event_source_disable_unref(st->tidying);
	sd_event_source_disable_unref(st->answering);
	parcels_free(st->parcels);
	free(st);
	return NULL;
}

/* ---- what was found ----------------------------------------------------- */

void store_found(struct store *st, const struct deposit *found)
{
	uint32_t gone = 0;

	if (found->name > st->deposits.last)
		st->deposits.last = found->name;
	if (deposits_put(&st->deposits, found, &gone) == 0)
		discard(st, found->key.kind, gone);
}

bool store_holds(const struct store *st, enum deposit_kind kind, uint32_t name)
{
	const struct deposit *d = deposits_named(&st->deposits, name);

	return d && (d->key.kind == DEPOSIT_PROCESS) ==
		    (kind == DEPOSIT_PROCESS);
}

static bool is_held(const struct store *st, const struct deposit *d)
{
	int fds[DEPOSIT_FILES_MAX];
	size_t n = fds_of(&st->supervisor->custody, &d->key, fds);

	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0)
			return true;
	return false;
}

void store_sort_out(struct store *st)
{
	struct deposit_key key;

	for (size_t i = st->deposits.n; i-- > 0;) {
		if (i >= st->deposits.n || is_held(st, &st->deposits.list[i]))
			continue;
		key = st->deposits.list[i].key;
		discard(st, key.kind, deposits_drop(&st->deposits, &key));
	}
}

/* ---- for who takes our place --------------------------------------------- */

static const struct state_member manager_members[] = {
	{ "FD", STATE_FD, 0, sizeof(int) },
};
static const struct state_member store_members[] = {
	STATE_MEMBER(struct store, BOOL, "OFF", off),
	STATE_MEMBER(struct store, BOOL, "UNPROVED", unproved),
	STATE_MEMBER(struct store, BOOL, "REREAD", reread),
	STATE_MEMBER(struct store, FD, "BOOK_FD", book.fd),
	STATE_MEMBER(struct store, UNSIGNED, "SEQUENCE", book.sequence),
	STATE_MEMBER(struct store, UNSIGNED, "BYTES", book.n_bytes),
	STATE_MEMBER(struct store, UNSIGNED, "FIRST_BYTES", book.n_first),
	STATE_MEMBER(struct store, TEXT, "TEXT_NAME", text_name),
	STATE_MEMBER(struct store, FD, "CANARY_FD", canary_fd),
	STATE_MEMBER(struct store, UNSIGNED, "CANARIES", n_canaries),
	STATE_MEMBER(struct store, UNSIGNED, "INCARNATION", incarnation),
	STATE_MEMBER(struct store, UNSIGNED, "LAST_NAME", deposits.last),
};
static const struct state_member deposit_members[] = {
	STATE_MEMBER(struct deposit, UNSIGNED, "KIND", key.kind),
	STATE_MEMBER(struct deposit, UNSIGNED, "ID", key.id),
	STATE_MEMBER(struct deposit, UNSIGNED, "NUMBER", key.number),
	STATE_MEMBER(struct deposit, STRING, "PATH", path),
	STATE_MEMBER(struct deposit, UNSIGNED, "NAME", name),
	STATE_MEMBER(struct deposit, UNSIGNED, "FILES", n_files),
	STATE_MEMBER(struct deposit, UNSIGNED, "FILE_0", files[0]),
	STATE_MEMBER(struct deposit, UNSIGNED, "FILE_1", files[1]),
	STATE_MEMBER(struct deposit, UNSIGNED, "FILE_2", files[2]),
};
static const struct state_member gone_members[] = {
	{ "NAME", STATE_TEXT, 0, NAME_BYTES },
};
static const struct state_kind
	manager_kind = STATE_KIND("MANAGER", manager_members),
	store_kind = STATE_KIND("STORE", store_members),
	deposit_kind = STATE_KIND("DEPOSIT", deposit_members),
	gone_kind = STATE_KIND("DISCARD", gone_members);

void store_put(const struct store *st, struct state_writer *w)
{
	int fd;

	if (!st)
		return;
	fd = parcels_fd(st->parcels);
	state_put(w, &manager_kind, &fd);
	state_put(w, &store_kind, st);
	for (size_t i = 0; i < st->deposits.n; i++)
		state_put(w, &deposit_kind, &st->deposits.list[i]);
	for (size_t i = 0; i < st->n_gone; i++)
		state_put(w, &gone_kind, st->gone[i]);
}

static void take_deposit(struct store *st, struct state_reader *r)
{
	struct deposit read = { .path = NULL };
	uint32_t gone = 0;

	if (state_take(r, &deposit_kind, &read) == 0) {
		read.key.path = read.path;
		if (read.key.kind > DEPOSIT_PROCESS || !read.name ||
		    read.name > DEPOSITS_NAMES_MAX ||
		    read.n_files > DEPOSIT_FILES_MAX ||
		    deposits_find(&st->deposits, &read.key) ||
		    deposits_put(&st->deposits, &read, &gone) < 0)
			state_fail(r, "what the service manager keeps makes no sense");
	}
	free(read.path);
}

static void take_gone(struct store *st, struct state_reader *r)
{
	char name[NAME_BYTES] = "";

	if (state_take(r, &gone_kind, name) == 0)
		store_discard(st, name);
}

/* its other end is kept: from here on a hang-up is seen again */
static void watch_canary(struct store *st, struct state_reader *r)
{
	if (st->canary_fd >= 0 &&
	    sd_event_add_io(st->supervisor->event, &st->canary, st->canary_fd,
			    EPOLLIN, on_canary, st) < 0)
		state_fail(r, "the service manager cannot be watched");
}

static bool makes_sense(const struct store *st)
{
	return st->off || (st->book.fd >= 0 && st->book.sequence &&
			   st->book.n_bytes >= sizeof(struct logbook_head));
}

int store_take(struct supervisor *s, struct state_reader *r)
{
	struct store *st;
	int fd = -1;

	if (!state_is(r, &manager_kind))
		return r->error;
	if (state_take(r, &manager_kind, &fd) < 0)
		return r->error;
	if (store_at(s, fd) < 0)
		return state_fail(r, "the service manager cannot be spoken to");
	st = s->store;
	if (state_take(r, &store_kind, st) == 0 && !makes_sense(st))
		state_fail(r, "the book of the service manager makes no sense");
	while (state_is(r, &deposit_kind))
		take_deposit(st, r);
	while (state_is(r, &gone_kind))
		take_gone(st, r);
	watch_canary(st, r);
	if (st->unproved || st->reread)
		tidy_soon(st);
	st->begun = true;
	return r->error;
}
