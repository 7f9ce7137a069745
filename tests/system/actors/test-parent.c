/* SPDX-License-Identifier: 0BSD */
/*
 * test-parent.c - spawns children, as a test tells it to.
 *
 * Argument: --spawn TEMPLATE NAME, in the start hook, waiting for it.
 *
 * Asks, with text payloads; each is answered with what came of it, "OK" or the
 * name of an errno:
 *   spawn TEMPLATE NAME      NAME "-": any
 *   spawn-wait MS TEMPLATE NAME
 *   spawn-list TEMPLATE NAME spawn, then the children, in one turn
 *   spawn-tell TEMPLATE NAME TEXT    spawn, then "note TEXT" to it, in one turn
 *   stop NAME
 *   stop-list NAME           stop, then the children, in one turn
 *   stop-spawn TEMPLATE NAME stop, then spawn it again, in one turn
 *   watch NAME               its end is noted as "terminated PATH REASON"
 *   again TEMPLATE NAME      when that comes, spawn it at once, and note what
 *                            came of it
 *   list                     the children
 *   tell NAME TEXT           "note TEXT"
 *   reach NAME               is there a reference of that name?
 *   notes
 * and told: crash
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actorproc.h>

#define TEXT_BYTES 512
#define NOTES_BYTES 4096
#define CHILDREN 600

struct parent {
	char notes[NOTES_BYTES];
	char template_name[64];
	char name[64];
};

static char *word(char **text)
{
	char *start = *text, *end = start + strcspn(start, " ");

	*text = *end ? end + 1 : end;
	*end = '\0';
	return start;
}

static const char *result_name(int r)
{
	return r < 0 ? strerrorname_np(-r) : "OK";
}

static int say(struct actor *self, const char *text)
{
	const struct actor_outgoing reply = {
		.type = "text",
		.payload = text,
		.size = strlen(text),
		.content = ACTOR_CONTENT_TEXT,
	};

	return actor_reply_message(self, &reply);
}

static int say_result(struct actor *self, int r)
{
	return say(self, result_name(r));
}

static void note(struct actor *self, const char *text)
{
	struct parent *parent = actor_state(self);
	size_t n = strlen(parent->notes);

	snprintf(parent->notes + n, NOTES_BYTES - n, "%s\n", text);
}

static int say_list(struct actor *self, int r)
{
	static struct actor_child children[CHILDREN];
	static char text[CHILDREN * 65];
	int n = actor_children(self, children, CHILDREN);

	if (r < 0 || n < 0)
		return say_result(self, r < 0 ? r : n);
	strcpy(text, "children:");
	for (int i = 0; i < n && i < CHILDREN; i++) {
		strcat(text, " ");
		strcat(text, children[i].name);
	}
	return say(self, text);
}

static const char *any(const char *name)
{
	return strcmp(name, "-") ? name : NULL;
}

static int spawn(struct actor *self, const char *template_name,
		 const char *name)
{
	return actor_spawn(self, template_name, any(name), NULL);
}

static int do_spawn(struct actor *self, char *text)
{
	const char *template_name = word(&text);

	return say_result(self, spawn(self, template_name, text));
}

static int do_spawn_wait(struct actor *self, char *text)
{
	uint64_t timeout_ns = strtoull(word(&text), NULL, 10) * 1000000;
	struct actor_reference *child = NULL;
	const char *template_name = word(&text);
	int r;

	r = actor_spawn_wait(self, template_name, any(text), timeout_ns,
			     &child);
	actor_reference_drop(child);
	return say_result(self, r);
}

static int do_spawn_list(struct actor *self, char *text)
{
	const char *template_name = word(&text);

	return say_list(self, spawn(self, template_name, text));
}

static int do_spawn_tell(struct actor *self, char *text)
{
	struct actor_reference *child = NULL;
	const char *template_name = word(&text);
	int r = actor_spawn(self, template_name, word(&text), &child);

	if (r == 0)
		r = actor_tell(self, child, "note", text, strlen(text));
	actor_reference_drop(child);
	return say_result(self, r);
}

static int do_stop(struct actor *self, char *text)
{
	return say_result(self, actor_stop_child(self, text));
}

static int do_stop_list(struct actor *self, char *text)
{
	return say_list(self, actor_stop_child(self, text));
}

static int do_stop_spawn(struct actor *self, char *text)
{
	const char *template_name = word(&text);
	int r = actor_stop_child(self, text);

	return say_result(self, r < 0 ? r : spawn(self, template_name, text));
}

static int do_watch(struct actor *self, char *text)
{
	struct actor_reference *child = actor_reference(self, text);

	return say_result(self, child ? actor_watch(self, child) : -ENOENT);
}

static int do_again(struct actor *self, char *text)
{
	struct parent *parent = actor_state(self);

	snprintf(parent->template_name, sizeof(parent->template_name), "%s",
		 word(&text));
	snprintf(parent->name, sizeof(parent->name), "%s", text);
	return do_watch(self, text);
}

static int do_list(struct actor *self, char *text)
{
	(void)text;
	return say_list(self, 0);
}

static int do_tell(struct actor *self, char *text)
{
	struct actor_reference *child = actor_reference(self, word(&text));

	return say_result(self, child ? actor_tell(self, child, "note", text,
						   strlen(text)) : -ENOENT);
}

static int do_reach(struct actor *self, char *text)
{
	return say(self, actor_reference(self, text) ? "yes" : "no");
}

static int do_notes(struct actor *self, char *text)
{
	struct parent *parent = actor_state(self);

	(void)text;
	return say(self, parent->notes);
}

static int do_crash(struct actor *self, char *text)
{
	(void)self;
	(void)text;
	abort();
}

static const struct {
	const char *type;
	int (*run)(struct actor *self, char *text);
} words[] = {
	{ "spawn",	do_spawn },
	{ "spawn-wait",	do_spawn_wait },
	{ "spawn-list",	do_spawn_list },
	{ "spawn-tell",	do_spawn_tell },
	{ "stop",	do_stop },
	{ "stop-list",	do_stop_list },
	{ "stop-spawn",	do_stop_spawn },
	{ "watch",	do_watch },
	{ "again",	do_again },
	{ "list",	do_list },
	{ "tell",	do_tell },
	{ "reach",	do_reach },
	{ "notes",	do_notes },
	{ "crash",	do_crash },
};

static void copy_text(const struct actor_message *m, char *text)
{
	size_t size;
	const void *payload = actor_message_payload(m, &size);

	if (size >= TEXT_BYTES)
		size = TEXT_BYTES - 1;
	memcpy(text, payload ? payload : "", size);
	text[size] = '\0';
}

static int ended(struct actor *self, const struct actor_message *m)
{
	struct parent *parent = actor_state(self);
	char text[TEXT_BYTES], line[2 * TEXT_BYTES + 16];

	copy_text(m, text);
	snprintf(line, sizeof(line), "terminated %s %s",
		 actor_message_sender(m), text);
	note(self, line);
	if (!*parent->name)
		return 0;
	note(self, result_name(spawn(self, parent->template_name,
				     parent->name)));
	return actor_watch(self, actor_reference(self, parent->name));
}

static int receive(struct actor *self, const struct actor_message *m)
{
	char text[TEXT_BYTES];

	if (actor_message_kind(m) == ACTOR_TERMINATED)
		return ended(self, m);
	copy_text(m, text);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (actor_message_is(m, words[i].type))
			return words[i].run(self, text);
	return ACTOR_UNHANDLED;
}

static int start(struct actor *self, int argc, char **argv)
{
	if (argc < 4 || strcmp(argv[1], "--spawn"))
		return 0;
	return actor_spawn_wait(self, argv[2], argv[3], 30000000000u, NULL);
}

static const struct actor_class parent_class = {
	.state_size = sizeof(struct parent),
	.start = start,
	.receive = receive,
};

int main(int argc, char **argv)
{
	return actor_main(&parent_class, argc, argv);
}
