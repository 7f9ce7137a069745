/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mailboxes.c - the arenas of actors below, in the custody of all above.
 *
 * It hands them up, and their ends with what was counted in them. It never looks
 * into one; when a push is needed, and what its word allows, is afterlife.c's.
 */
#include <string.h>
#include <unistd.h>

#include "supervisord/breakpoint.h"
#include "supervisord/custody_gifts.h"
#include "supervisord/keeping.h"
#include "supervisord/mailboxes.h"
#include "supervisord/minting.h"

#define MESSAGE_BYTES (3 * PATH_MAX)

static const struct custody_mailbox *mailbox_of_life(const struct supervisor *s,
						     uint64_t life)
{
	const struct custody *custody = &s->custody;

	for (size_t i = 0; i < custody->n_mailboxes; i++)
		if (custody->mailboxes[i]->life == life)
			return custody->mailboxes[i];
	return NULL;
}

/* @number: of the word for it alone; 0: it is the one for all that is behind */
static void put_mailbox(struct link_message *m,
			const struct custody_mailbox *mailbox, uint64_t number)
{
	fields_begin(&m->w, m->bytes, sizeof(m->bytes), "MAILBOX");
	fields_put(&m->w, "PATH", mailbox->path);
	fields_put_u64(&m->w, "LIFE", mailbox->life);
	fields_put_u64(&m->w, "GENERATION", mailbox->generation);
	if (number)
		fields_put_u64(&m->w, "NUMBER", number);
	fields_put(&m->w, "END", mailbox->ending);
	if (mailbox->paused)
		fields_put(&m->w, "PAUSED", "1");
	m->fds[0] = mailbox->arena_fd;
	m->n_fds = 1;
}

static bool make_mailbox(const struct link_words *words, struct link_message *m)
{
	const struct custody_mailbox *mailbox = mailbox_of_life(words->whose,
								words->id);

	if (!mailbox || mailbox->arena_fd < 0)
		return false;
	put_mailbox(m, mailbox, words->number);
	return true;
}

static void say(struct supervisor *s, struct link *link,
		const struct custody_mailbox *mailbox, uint64_t number)
{
	const struct link_words words = {
		.make = make_mailbox,
		.whose = s,
		.id = mailbox->life,
		.number = number,
	};
	struct link_message m;

	put_mailbox(&m, mailbox, number);
	link_send_again(link, &m.w, m.fds, m.n_fds, &words);
}

void mailboxes_say(struct supervisor *s, struct link *link,
		   const struct custody_mailbox *m)
{
	say(s, link, m, m->number);
}

bool mailboxes_is_ending(const struct supervisor *s, const char *path)
{
	const struct custody_mailbox *m = custody_mailbox(&s->custody, path);

	return m && m->ending;
}

bool mailboxes_push(struct supervisor *s,
		    const struct custody_mailbox *mailbox)
{
	BREAKPOINT("mailbox: not pushed");
	if (s->parent)
		say(s, s->parent, mailbox, mailbox->number == s->next_keep ?
					   0 : mailbox->number);
	return s->parent;
}

static void say_mailbox_end(struct link *link, const char *path,
			    const struct ended_lives *life)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "MAILBOX_END");
	fields_put(&w, "PATH", path);
	if (life->n_unreadable)
		fields_put_u64(&w, "UNREADABLE", life->n_unreadable);
	ledger_put(&life->counts, &w);
	link_send(link, &w, NULL, 0);
}

/* the sum is the root's, who outlives all others */
void mailboxes_end(struct supervisor *s, const char *path,
		   const struct ended_lives *life)
{
	custody_mailbox_drop(&s->custody, path);
	BREAKPOINT("mailbox end: dropped, not told");
	custody_gifts_drop(&s->custody, 0, path);
	if (s->parent)
		say_mailbox_end(s->parent, path, life);
	if (!supervisor_is_root(s))
		return;
	s->ended.n_lives++;
	s->ended.n_unreadable += life->n_unreadable;
	ledger_add(&s->ended.counts, &life->counts);
}

static void on_mailbox_end(struct supervisor *s, const char *path,
			   const struct fields *f)
{
	const struct custody_mailbox *m = custody_mailbox(&s->custody, path);
	struct ended_lives life = { .counts = ledger_get(f) };

	if (m && m->estate)	/* it is settled here, and so said by us */
		return;
	fields_get_u64(f, "UNREADABLE", &life.n_unreadable);
	mailboxes_end(s, path, &life);
}

/* the word goes down only when it has been all the way up */
static void on_pushed(struct supervisor *s, struct child *from,
		      const struct custody_mailbox *mailbox)
{
	if (!mailboxes_push(s, mailbox) && mailbox->number && from->link)
		keeping_say(from->link, mailbox->path, mailbox->number);
}

/* the two there are: custody keeps no strings that somebody sent */
static const char *read_ending(const char *reason)
{
	if (!reason)
		return NULL;
	return !strcmp(reason, "shutdown") ? "shutdown" : "terminated";
}

/* to let go of an arena frees its pages: somebody waits for the word before */
static int take_old(struct supervisor *s, const char *path)
{
	struct custody_mailbox *mailbox = custody_mailbox(&s->custody, path);

	int fd = mailbox ? mailbox->arena_fd : -1;

	if (mailbox)
		mailbox->arena_fd = -1;
	return fd;
}

static void on_mailbox(struct supervisor *s, struct child *from,
		       struct control_message *m)
{
	const char *path = fields_get(&m->fields, "PATH");
	struct custody_mailbox *mailbox;
	uint64_t life, generation, number = 0;
	int fd = control_take_fd(m), old;
	bool alone = fields_get_u64(&m->fields, "NUMBER", &number) == 0;

	if (!path || fd < 0 ||
	    fields_get_u64(&m->fields, "LIFE", &life) < 0 ||
	    fields_get_u64(&m->fields, "GENERATION", &generation) < 0) {
		if (fd >= 0)
			close(fd);
		return;
	}
	old = take_old(s, path);
	mailbox = custody_mailbox_put(&s->custody, path, life,
				      (uint32_t)generation, fd);
	/* it is not kept: it will be sent again, or the word must not go by */
	if (!mailbox && !alone && from)
		supervisor_event(from, CHILD_EVENT_KILL);
	if (!mailbox)
		return;
	mailbox->number = number;
	mailbox->ending = read_ending(fields_get(&m->fields, "END"));
	mailbox->paused = fields_get(&m->fields, "PAUSED");
	mailbox->at = minting_place(s, path);
	BREAKPOINT("mailbox: came");
	if (from)
		on_pushed(s, from, mailbox);
	if (old >= 0)
		chores_close(s, old);
}

bool mailboxes_message(struct supervisor *s, struct child *from,
		       struct control_message *m)
{
	const char *path = fields_get(&m->fields, "PATH");

	if (!strcmp(m->fields.verb, "MAILBOX"))
		on_mailbox(s, from, m);
	else if (path && !strcmp(m->fields.verb, "MAILBOX_END"))
		on_mailbox_end(s, path, &m->fields);
	else
		return false;
	return true;
}
