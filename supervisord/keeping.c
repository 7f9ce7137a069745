/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keeping.c - the word that all above hold what was made here.
 *
 * It alone asks for it, hands it on, and says when edges and grants may be used.
 * It never waits for it: what it is about does.
 *
 * An edge that was used and that nobody above knew of would be lost with who
 * made it, and so would be what was sent by it. So whatever we make is pushed
 * up first, and behind it goes one KEEP with a number. Control channels keep
 * their order, and everybody hands on what is pushed before what comes behind:
 * when KEEP has come to the root, all that went before it has come there, and
 * everybody on the way has it as well. The root answers KEPT, or who keeps what
 * the root has (store.c), and only then is anybody told of what has that number.
 *
 * So one word is enough for any number of edges, and for the grants on which
 * they stand: who comes after us finds an edge with its reasons, or one that was
 * told to nobody, and ends that (revocations_settle_all()).
 *
 * Who cannot keep what is pushed does not go on as if it had: it ends the child
 * that it came from, whose successor pushes again. And who has no successor yet
 * has lost the word together with all that waited for it. So no word is lost
 * that somebody waits for, and none is asked for twice. Its number is drawn: that
 * of an earlier process of ours is not taken for our own.
 *
 * Who begins asks before it starts anybody. What it was handed down its parent
 * holds, but maybe nobody above that one: it can be what an earlier process of
 * ours had pushed just before it died. It asks behind the mailboxes with which it
 * begins, which wait for that word too, as all do that are pushed while one is to
 * be asked for. One that goes up alone has a number of its own, which goes the same
 * way back (afterlife.c): it is held, or pushed once more.
 */
#include <string.h>

#include "supervisord/breakpoint.h"
#include "supervisord/keeping.h"
#include "supervisord/minting.h"

#define MESSAGE_BYTES (2 * PATH_MAX)

static void say(struct link *link, const char *verb, const char *path,
		uint64_t number)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), verb);
	fields_put(&w, "PATH", path);
	fields_put_u64(&w, "NUMBER", number);
	link_send(link, &w, NULL, 0);
}

void keeping_say(struct link *link, const char *path, uint64_t number)
{
	say(link, "KEPT", path, number);
}

uint64_t keeping_number(struct supervisor *s)
{
	while (s->parent && !s->next_keep)
		s->next_keep = supervisor_random() >> 2;
	return s->next_keep;
}

void keeping_ask(struct supervisor *s)
{
	if (!s->next_keep)
		return;
	BREAKPOINT("keeping: pushed, not asked");
	say(s->parent, "KEEP", s->path, s->next_keep);
	s->next_keep = 0;
}

void keeping_begin(struct supervisor *s)
{
	s->awaits_keep = keeping_number(s);
}

static void start_them(struct supervisor *s)
{
	s->awaits_keep = 0;
	supervisor_step_soon(s);
}

static void kept(struct supervisor *s, uint64_t number)
{
	BREAKPOINT("keeping: kept above, nobody told");
	minting_kept(s, number);
	BREAKPOINT("keeping: edges told, grants not");
	grants_kept(s, number);
	if (s->awaits_keep == number)
		start_them(s);
	BREAKPOINT("keeping: grants told, no mailbox used");
	afterlife_all_kept(s, number);
}

static void on_keep(struct supervisor *s, const struct child *from,
		    const char *path, uint64_t number)
{
	BREAKPOINT("keeping: asked from below, not passed on");
	if (s->parent)
		say(s->parent, "KEEP", path, number);
	else if (from->link)
		keeping_say(from->link, path, number);
}

static void on_kept(struct supervisor *s, const char *path, uint64_t number)
{
	struct child *c;

	BREAKPOINT("keeping: word came");
	if (!strcmp(path, s->path)) {
		kept(s, number);
		return;
	}
	if (afterlife_kept(s, path, number))
		return;
	c = minting_below(s, minting_place(s, path));
	if (c && c->link)
		keeping_say(c->link, path, number);
}

bool keeping_message(struct supervisor *s, struct child *from,
		     const struct fields *f)
{
	const char *path = fields_get(f, "PATH");
	bool asks = !strcmp(f->verb, "KEEP");
	uint64_t number;

	if (!asks && strcmp(f->verb, "KEPT"))
		return false;
	if (!path || fields_get_u64(f, "NUMBER", &number) < 0)
		return true;
	if (asks && from)
		on_keep(s, from, path, number);
	else if (!asks)
		on_kept(s, path, number);
	return true;
}
