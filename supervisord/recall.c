/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * recall.c - the root takes back what the service manager has kept of an earlier
 * one.
 *
 * It alone reads a book of store.c, which is hostile until it has been checked as
 * a whole; then it is said again, by the code that hears a parent. Either all that
 * is needed is there, or nothing of it is used: half a tree would be worse than a
 * new one.
 *
 * Nobody of before may live: two processes on one mailbox would both take from
 * it. The supervisors below an earlier root have a parent-death signal, and it
 * comes when that dies; but a process that is being killed is not gone yet. So
 * the root keeps their pidfds too, and we wait for all of them: each is the first
 * of a pid namespace, and has ended when all in it have. One that is younger than
 * its pidfd in the store has started nobody: it asks before (keeping.c), and is
 * answered when that is kept.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "libactorproc/path.h"
#include "supervisord/custody_gifts.h"
#include "supervisord/decide/logbook.h"
#include "supervisord/endings.h"
#include "supervisord/inventory.h"
#include "supervisord/neighbours.h"
#include "supervisord/nursery.h"
#include "supervisord/questions_lost.h"
#include "supervisord/recall.h"
#include "supervisord/store.h"

/* less than a watchdog of a unit has */
#define END_NS UINT64_C(10000000000)

/** struct inherited - @bundle: 0: it has no such name */
struct inherited {
	int fd;
	char *name;
	uint32_t bundle;
	uint64_t file;
};

static struct inherited *inherited;
static size_t n_inherited;

/**
 * struct recall - one attempt
 * @lost: paths of mailboxes that are missing; @n_lost of them
 * @why: it cannot be used; NULL: it can
 */
struct recall {
	struct supervisor *supervisor;
	void *bytes;
	struct logbook book;
	uint64_t sequence;
	bool found;
	char **lost;
	size_t n_lost;
	const char *why;
};

/* ---- what we were started with ------------------------------------------ */

static uint32_t bundle_of(const char *name)
{
	char *end = NULL;
	unsigned long number = strtoul(name, &end, 16);

	return end != name && !*end && number <= DEPOSITS_NAMES_MAX ?
	       (uint32_t)number : 0;
}

void recall_inherit(void)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);

	if (n > 0)
		inherited = calloc((size_t)n, sizeof(*inherited));
	for (int i = 0; i < n && inherited && names; i++)
		inherited[n_inherited++] = (struct inherited){
			.fd = SD_LISTEN_FDS_START + i,
			.name = names[i],
			.bundle = bundle_of(names[i]),
			.file = store_file(SD_LISTEN_FDS_START + i),
		};
	free(names);
}

static void forget_inherited(void)
{
	while (n_inherited > 0) {
		n_inherited--;
		close(inherited[n_inherited].fd);
		free(inherited[n_inherited].name);
	}
	free(inherited);
	inherited = NULL;
}

static bool begins_with(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* ---- nobody of before lives --------------------------------------------- */

static bool is_running(int pidfd, int wait_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, wait_ms) == 0;
}

/* what is no pidfd runs nothing: it is not waited for */
static bool await_end(int pidfd, uint64_t until_ns)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0)
		return true;
	while (is_running(pidfd, 20))
		if (supervisor_now_ns() > until_ns)
			return false;
	return true;
}

static int await_ends(void)
{
	uint64_t until_ns = supervisor_now_ns() + END_NS;

	for (size_t i = 0; i < n_inherited; i++) {
		if (!begins_with(inherited[i].name, STORE_PROCESS) ||
		    await_end(inherited[i].fd, until_ns))
			continue;
		fputs("supervisord: a supervisor of before the root's death does not end; nothing is started as long as it lives\n",
		      stderr);
		return -EBUSY;
	}
	return 0;
}

/* ---- the book ----------------------------------------------------------- */

static void *read_all(int fd, size_t *ret_bytes)
{
	struct stat st;
	size_t n = 0;
	char *bytes;
	ssize_t got;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
	    (uint64_t)st.st_size > LOGBOOK_BYTES_MAX)
		return NULL;
	bytes = malloc((size_t)st.st_size + 1);
	while (bytes && n < (size_t)st.st_size) {
		got = pread(fd, bytes + n, (size_t)st.st_size - n, (off_t)n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	*ret_bytes = n;
	return bytes;
}

static const char *const findings[] = {
	[LOGBOOK_OPEN] = NULL,
	[LOGBOOK_CLOSED] = NULL,
	[LOGBOOK_FOREIGN] = "its book is not one of this version",
	[LOGBOOK_GARBLED] = "its book is damaged",
};

static void look_into(struct recall *rc, int fd)
{
	size_t n_bytes = 0;
	void *bytes = read_all(fd, &n_bytes);
	enum logbook_finding finding;
	struct logbook book;

	finding = bytes ? logbook_open(&book, bytes, n_bytes) :
		  LOGBOOK_FOREIGN;
	if (finding == LOGBOOK_OPEN &&
	    (!rc->found || book.sequence > rc->book.sequence)) {
		free(rc->bytes);
		rc->bytes = bytes;
		rc->book = book;
		rc->found = true;
		return;
	}
	if (findings[finding])
		rc->why = findings[finding];
	free(bytes);
}

static uint64_t sequence_of(const char *name)
{
	return strtoull(name + strlen(STORE_BOOK), NULL, 16);
}

/* of two the later one, when both are sound */
static void find_book(struct recall *rc)
{
	uint64_t sequence;

	for (size_t i = 0; i < n_inherited; i++) {
		if (!begins_with(inherited[i].name, STORE_BOOK))
			continue;
		sequence = sequence_of(inherited[i].name);
		if (sequence > rc->sequence)
			rc->sequence = sequence;
		look_into(rc, inherited[i].fd);
	}
	if (rc->found && !rc->why && rc->book.sequence > rc->sequence)
		rc->sequence = rc->book.sequence;
}

static uint64_t text_sequence(const struct inherited *text)
{
	return strtoull(text->name + strlen(STORE_TEXT), NULL, 16);
}

/* each counts from the book on of which it has the number */
int recall_text(void)
{
	const struct inherited *text = NULL, *at;
	struct recall rc = { .found = false };

	find_book(&rc);
	free(rc.bytes);
	for (size_t i = 0; i < n_inherited && rc.found && !rc.why; i++) {
		at = &inherited[i];
		if (begins_with(at->name, STORE_TEXT) &&
		    text_sequence(at) <= rc.book.sequence &&
		    (!text || text_sequence(at) > text_sequence(text)))
			text = at;
	}
	return text ? fcntl(text->fd, F_DUPFD_CLOEXEC, 0) : -1;
}

/* ---- saying it again ---------------------------------------------------- */

static void now_lost(struct recall *rc, const char *path)
{
	char **more = reallocarray(rc->lost, rc->n_lost + 1, sizeof(*more));

	if (!more) {
		rc->why = "there is no memory for it";
		return;
	}
	rc->lost = more;
	rc->lost[rc->n_lost] = strdup(path);
	if (rc->lost[rc->n_lost])
		rc->n_lost++;
	else
		rc->why = "there is no memory for it";
}

static void not_lost(struct recall *rc, const char *path)
{
	for (size_t i = rc->n_lost; i-- > 0;) {
		if (strcmp(rc->lost[i], path))
			continue;
		free(rc->lost[i]);
		rc->lost[i] = rc->lost[--rc->n_lost];
	}
}

/* -1: it is not kept any more, which is as it should be for what is over */
static int find_fd(uint32_t bundle, uint64_t file)
{
	for (size_t i = 0; i < n_inherited; i++)
		if (inherited[i].bundle == bundle && inherited[i].file == file)
			return inherited[i].fd;
	return -1;
}

/* all of them, or none; false: we have no room for them */
static bool put_fds(struct control_message *m,
		    const struct logbook_entry *entry)
{
	int fd;

	for (size_t i = 0; i < entry->n_files; i++) {
		fd = find_fd(entry->bundle, entry->files[i]);
		if (fd < 0) {
			control_message_clear(m);
			return true;
		}
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (fd < 0) {
			control_message_clear(m);
			return false;
		}
		m->fds[m->n_fds++] = fd;
	}
	return true;
}

/* while it is not known what becomes of it, the store has it by its name */
static void keep_name(struct recall *rc, const struct fields *f,
		      const struct logbook_entry *entry)
{
	struct deposit found = {
		.name = entry->bundle,
		.n_files = entry->n_files,
	};

	memcpy(found.files, entry->files, sizeof(found.files));
	if (store_key(f, &found.key))
		store_found(rc->supervisor->store, &found);
}

static void note_mailbox(struct recall *rc, const struct fields *f,
			 bool is_there)
{
	const char *path = fields_get(f, "PATH");

	if (!path || (strcmp(f->verb, "MAILBOX") &&
		      strcmp(f->verb, "MAILBOX_END")))
		return;
	not_lost(rc, path);
	if (!strcmp(f->verb, "MAILBOX") && !is_there)
		now_lost(rc, path);
}

static void say_again(struct recall *rc, const struct logbook_entry *entry)
{
	static struct control_message m;
	struct supervisor *s = rc->supervisor;

	memcpy(m.bytes, entry->text, entry->n_text);
	m.n_fds = 0;
	if (fields_parse(&m.fields, m.bytes, entry->n_text) < 0) {
		rc->why = "its book has what is no message";
		return;
	}
	if (inventory_message(s, &m.fields))
		return;
	if (!put_fds(&m, entry)) {
		rc->why = "there are not enough descriptors: see LimitNOFILE= of the unit";
		return;
	}
	note_mailbox(rc, &m.fields, m.n_fds);
	if (m.n_fds)
		keep_name(rc, &m.fields, entry);
	neighbours_message(s, NULL, &m);
	control_message_clear(&m);
}

static bool is_whole(const struct custody_edge *edge)
{
	if (!custody_edge_open(edge))
		return true;
	return edge->holder_fd >= 0 && edge->target_fd >= 0 &&
	       (edge->pool_fd >= 0 || path_is_supervisor(edge->holder) ||
		path_is_supervisor(edge->target));
}

static void say_all_again(struct recall *rc)
{
	const struct custody *custody = &rc->supervisor->custody;
	struct logbook_entry entry;

	while (!rc->why && logbook_next(&rc->book, &entry))
		say_again(rc, &entry);
	for (size_t i = 0; i < custody->n_edges && !rc->why; i++)
		if (!is_whole(custody->edges[i]))
			rc->why = "an end of a reference is missing";
	if (rc->n_lost && !rc->why)
		rc->why = "a mailbox is missing";
	for (size_t i = 0; i < custody->n_mailboxes && !rc->why; i++)
		if (!spec_find(rc->supervisor->tree->root,
			       custody->mailboxes[i]->path))
			rc->why = "there are mailboxes of actors that the file does not have";
}

/* ---- without it --------------------------------------------------------- */

static void forget_taken(struct custody *c)
{
	for (size_t i = 0; i < CUSTODY_TAKEN_MAX; i++) {
		free(c->taken[i].path);
		c->taken[i] = (struct custody_taken){ .path = NULL };
	}
	c->n_taken = 0;
}

static void begin_afresh(struct supervisor *s)
{
	struct custody *c = &s->custody;
	struct custody_gift gift;

	while (c->n_edges)
		custody_edge_drop(c, c->edges[c->n_edges - 1]);
	while (c->n_mailboxes)
		custody_mailbox_drop(c, c->mailboxes[0]->path);
	while (c->n_gifts) {
		gift = c->gifts[0];
		custody_gift_drop(c, gift.via, gift.to, gift.number);
	}
	forget_taken(c);
	nursery_forget_below(s, s->node);
	s->ended = (struct ended_lives){ .n_lives = 0 };
	for (size_t i = 0; i < s->n_children; i++)
		s->children[i]->generation = 0;
}

/* ---- all of it ---------------------------------------------------------- */

static enum deposit_kind kind_of(const struct inherited *from)
{
	return begins_with(from->name, STORE_PROCESS) ? DEPOSIT_PROCESS :
							DEPOSIT_EDGE;
}

/* names that nothing stands for: also what was not even in the book yet */
static void let_go_of_the_rest(struct store *st)
{
	store_sort_out(st);
	for (size_t i = 0; i < n_inherited; i++)
		if (!store_keeps_text(st, inherited[i].name,
				      inherited[i].file) &&
		    (!inherited[i].bundle ||
		     !store_holds(st, kind_of(&inherited[i]),
				  inherited[i].bundle)))
			store_discard(st, inherited[i].name);
}

/* the earlier root counted its packets on these: see renewals_refresh() */
static void end_own_edges(struct supervisor *s)
{
	struct custody_edge *edge;

	for (size_t i = s->custody.n_edges; i-- > 0;) {
		if (i >= s->custody.n_edges)
			continue;
		edge = s->custody.edges[i];
		if (custody_edge_open(edge) &&
		    (edge->holder_at == CUSTODY_SELF ||
		     edge->target_at == CUSTODY_SELF))
			endings_end(s, edge, edge->target_at == CUSTODY_SELF);
	}
}

static void tell(const struct recall *rc)
{
	const struct custody *c = &rc->supervisor->custody;
	char text[256];

	if (rc->why)
		snprintf(text, sizeof(text), "the root had died, and what the service manager has kept cannot be used, for %s: the system begins afresh, and what waited is lost",
			 rc->why);
	else if (rc->found)
		snprintf(text, sizeof(text), "the root had died, and has taken back from the service manager: %zu lives, %zu references, %zu descriptors on their way",
			 c->n_mailboxes, c->n_edges, c->n_gifts);
	else
		return;
	store_tell(rc->supervisor, text);
}

static void take_back(struct recall *rc)
{
	find_book(rc);
	if (rc->found && !rc->why)
		say_all_again(rc);
	if (rc->why)
		begin_afresh(rc->supervisor);
	rc->supervisor->taken_back = rc->found && !rc->why;
}

int recall(struct supervisor *s)
{
	struct recall rc = { .supervisor = s };
	int r = await_ends();

	if (r == 0 && s->store) {
		take_back(&rc);
		let_go_of_the_rest(s->store);
		/* what is in use stays until it is written down anew */
		if (!rc.found || rc.why)
			store_clear(s->store);
		/* the next book has both or neither */
		questions_lost(s);
		end_own_edges(s);
		store_begin(s->store, rc.sequence + 1);
		tell(&rc);
	}
	while (rc.n_lost > 0)
		free(rc.lost[--rc.n_lost]);
	free(rc.lost);
	free(rc.bytes);
	forget_inherited();
	return r;
}
