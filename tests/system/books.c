/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * books.c - what jugglers swore to and what is in dead letters: does it add up?
 *
 * Reads two files and judges them. Knows nothing of the tree.
 */
#include "tests/system/books.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/harness/harness.h"

#define LINE_BYTES 65536
#define TOLD_MAX 30

static const char *const event_names[] = {
	[BOOKS_SENT] = "sent",
	[BOOKS_HANDLED] = "handled",
	[BOOKS_DEAD] = "dead",
	[BOOKS_FAILED] = "failed",
	[BOOKS_STASHED] = "stashed",
	[BOOKS_REFUSED] = "refused",
};

/* ---- names ------------------------------------------------------------- */

static bool name_read(struct books_name *ret, const char *text)
{
	char end = '\0';
	int n = sscanf(text, "%c.%u.%u.%u.%lx.%lx%c", &ret->kind, &ret->from,
		       &ret->to, &ret->way, &ret->stamp, &ret->number, &end);

	return (n == 6 || (n == 7 && (end == ' ' || end == '\n'))) &&
	       ret->from < BOOKS_ACTORS_MAX && ret->to < BOOKS_ACTORS_MAX;
}

static const char *name_text(const struct books_name *name, char buffer[96])
{
	snprintf(buffer, 96, "%c.%u.%u.%u.%lx.%lx", name->kind, name->from,
		 name->to, name->way, name->stamp, name->number);
	return buffer;
}

static int compare_numbers(unsigned long a, unsigned long b)
{
	return (a > b) - (a < b);
}

/* of one edge, whatever its processes */
static int compare_edges(const struct books_name *a, const struct books_name *b)
{
	int r = compare_numbers(a->from, b->from);

	if (r == 0)
		r = compare_numbers(a->to, b->to);
	return r ? r : compare_numbers(a->way, b->way);
}

/* a reply follows its ask */
static int compare_names(const struct books_name *a, const struct books_name *b)
{
	int r = compare_edges(a, b);

	if (r == 0)
		r = compare_numbers(a->stamp, b->stamp);
	if (r == 0)
		r = compare_numbers(a->number, b->number);
	return r ? r : (a->kind == 'r') - (b->kind == 'r');
}

static int compare_entries(const void *a, const void *b)
{
	const struct books_entry *one = a, *other = b;
	int r = compare_names(&one->name, &other->name);

	return r ? r : compare_numbers(one->line, other->line);
}

/* ---- reading ----------------------------------------------------------- */

static void odd(struct books *b, const char *what, const char *text)
{
	if (b->n_odd++ < TOLD_MAX && b->loud)
		harness_note("%s: %s", what, text);
}

/* room for one more, when it is time to double it */
static void *grown(void *array, size_t n, size_t size_bytes)
{
	if ((n & (n - 1)) != 0)
		return array;
	array = reallocarray(array, n ? 2 * n : 1, size_bytes);
	if (!array)
		abort();
	return array;
}

static void enter(struct books *b, enum books_event event, const char *text)
{
	struct books_name name;

	if (!name_read(&name, text)) {
		odd(b, "no name", text);
		return;
	}
	b->entries = grown(b->entries, b->n, sizeof(*b->entries));
	b->entries[b->n++] = (struct books_entry){ name, event, b->n_lines };
}

static const char events[] = {
	[BOOKS_SENT] = 's',
	[BOOKS_HANDLED] = 'h',
	[BOOKS_DEAD] = '-',
	[BOOKS_FAILED] = 'e',
	[BOOKS_STASHED] = 'k',
	[BOOKS_REFUSED] = 'n',
};

static void read_line(struct books *b, const char *line)
{
	const char *found = memchr(events, line[0], sizeof(events));

	if (found && line[1] == ' ')
		enter(b, (enum books_event)(found - events), line + 2);
	else
		odd(b, "an actor says", line);
}

static void note_process(struct books *b, unsigned int actor,
			 unsigned long stamp, unsigned long long life)
{
	b->processes = grown(b->processes, b->n_processes,
			     sizeof(*b->processes));
	b->processes[b->n_processes++] =
		(struct books_process){ actor, stamp, life };
}

/*
 * The head of what one turn told: is it new? One that the collector was told
 * again after a crash may stand there twice, or have been cut off.
 */
static bool read_head(struct books *b, unsigned int from, unsigned int attempt,
		      const char *line)
{
	unsigned long stamp, turn;
	unsigned long long life;
	char text[128];

	if (from >= BOOKS_ACTORS_MAX ||
	    sscanf(line, "T %lx %lu %llu", &stamp, &turn, &life) != 3) {
		odd(b, "no turn", line);
		return false;
	}
	if (stamp == b->stamps[from] && turn == b->turns[from] && attempt)
		return false;
	if (stamp == b->stamps[from] ? turn != b->turns[from] + 1
				     : stamp < b->stamps[from] || turn != 1) {
		snprintf(text, sizeof(text), "%lx %lu of j%u after %lx %lu",
			 stamp, turn, from, b->stamps[from], b->turns[from]);
		odd(b, "a turn out of turn", text);
	}
	if (stamp != b->stamps[from])
		note_process(b, from, stamp, life);
	b->stamps[from] = stamp;
	b->turns[from] = turn;
	return true;
}

/* one that has its end, which is cut off: "C FROM ATTEMPT", head, lines */
static void read_record(struct books *b, char *record)
{
	unsigned int from = 0, attempt = 0;
	char *head = strchr(record, '\n'), *line;

	if (!head || sscanf(record, "C %u %u", &from, &attempt) != 2) {
		odd(b, "no record", record);
		return;
	}
	line = strchr(++head, '\n');
	if (!read_head(b, from, attempt, head))
		return;
	for (; line && line[1]; line = strchr(line, '\n')) {
		b->n_lines++;
		read_line(b, ++line);
	}
}

/** struct text - lines, one behind the other */
struct text {
	char *bytes;
	size_t n;
	size_t room;
};

static void add_line(struct text *text, const char *line, size_t n)
{
	if (text->n + n >= text->room) {
		text->room = 2 * (text->n + n) + 1;
		text->bytes = realloc(text->bytes, text->room);
		if (!text->bytes)
			abort();
	}
	memcpy(text->bytes + text->n, line, n + 1);
	text->n += n;
}

/* line by line: to search a whole file for each record takes minutes where a
 * sanitizer looks at all of it each time */
static void read_book(struct books *b, const char *path)
{
	FILE *file = fopen(path, "re");
	struct text record = { .n = 0 };
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while (file && (n = getline(&line, &size, file)) > 0) {
		if (*line == '\n')
			record.n = 0;	/* what has no end is not one */
		else if (strcmp(line, ".\n") != 0)
			add_line(&record, line, (size_t)n);
		else if (record.n)
			read_record(b, record.bytes);
	}
	free(record.bytes);
	free(line);
	if (file)
		fclose(file);
}

static const char *field(const json_t *record, const char *name)
{
	const char *value = json_string_value(json_object_get(record, name));

	return value ? value : "";
}

static void read_letter(struct books *b, const json_t *record, const char *line)
{
	const char *kind = field(record, "ACTOR_RECORD");
	const char *type = field(record, "ACTOR_MESSAGE_TYPE");
	unsigned long n = strtoul(field(record, "ACTOR_COUNT"), NULL, 10);
	struct books_name name;

	b->n_lines++;
	if (!strcmp(kind, "lost") || !strcmp(kind, "malformed") ||
	    !strcmp(type, "turn"))
		odd(b, "a record", line);
	if (strcmp(kind, "dead-letter") && strcmp(kind, "suppressed"))
		return;
	if (!*type) {
		b->n_nameless += n;
	} else if (name_read(&name, type)) {
		while (n-- > 0)
			enter(b, BOOKS_DEAD, type);
	}
}

static void read_letters(struct books *b, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	json_t *record;

	while (file && getline(&line, &size, file) > 0) {
		record = json_loads(line, 0, NULL);
		if (record)
			read_letter(b, record, line);
		json_decref(record);
	}
	free(line);
	if (file)
		fclose(file);
}

void books_clear(struct books *b)
{
	free(b->entries);
	free(b->processes);
	*b = (struct books){ .loud = b->loud };
}

void books_read(struct books *b, const char *book_path,
		const char *letters_path)
{
	books_clear(b);
	read_book(b, book_path);
	read_letters(b, letters_path);
}

/* ---- adding up --------------------------------------------------------- */

/** struct sum - under way: of one name, of its ask, and of its edge */
struct sum {
	const struct books *books;
	struct books_sums *sums;
	size_t n_told;
	const struct books_entry *handled;	/* the last one of this edge */
	const struct books_entry *ask;
	unsigned int n_answers;
};

static void tell(struct sum *sum, const struct books_entry *e, size_t n,
		 const char *what)
{
	char name[96], text[512];
	size_t at = 0;

	if (!sum->books->loud || sum->n_told++ >= TOLD_MAX)
		return;
	for (size_t i = 0; i < n && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       ", %s in line %zu",
				       event_names[e[i].event], e[i].line);
	harness_note("%s: %s%s", name_text(&e->name, name), what, text);
}

static unsigned long long life_of(const struct books *b,
				  const struct books_name *name)
{
	for (size_t i = 0; i < b->n_processes; i++)
		if (b->processes[i].actor == name->from &&
		    b->processes[i].stamp == name->stamp)
			return b->processes[i].life;
	return 0;
}

static void judge_order(struct sum *sum, const struct books_entry *e, size_t n,
			const struct books_entry *handled)
{
	const struct books_entry *last = sum->handled;

	/* a new life has new edges */
	if (last && compare_edges(&last->name, &e->name) == 0 &&
	    last->line > handled->line &&
	    life_of(sum->books, &last->name) ==
		    life_of(sum->books, &e->name)) {
		sum->sums->n_disordered++;
		tell(sum, e, n, "handled before an earlier one");
		return;
	}
	sum->handled = handled;
}

static void judge_count(struct sum *sum, const struct books_entry *e, size_t n,
			const size_t events_of[BOOKS_EVENTS])
{
	struct books_sums *sums = sum->sums;
	size_t n_ends = events_of[BOOKS_HANDLED] + events_of[BOOKS_DEAD];

	if (events_of[BOOKS_SENT] == 0) {
		sums->n_unsent++;
		tell(sum, e, n, "nobody sent it");
	} else if (n_ends == 0) {
		sums->n_missing++;
		tell(sum, e, n, "missing");
	} else if (n_ends > 1 || events_of[BOOKS_SENT] > 1) {
		sums->n_twice++;
		tell(sum, e, n, "twice");
	}
}

/* is the process that asked the one that is there now? */
static bool still_waits(const struct books *b, const struct books_name *ask)
{
	return !b->ended[ask->from] && ask->stamp == b->stamps[ask->from];
}

static void judge_ask(struct sum *sum)
{
	const struct books_entry *ask = sum->ask;

	sum->ask = NULL;
	if (!ask || sum->n_answers == 1 ||
	    (sum->n_answers == 0 && !still_waits(sum->books, &ask->name)))
		return;
	if (sum->n_answers > 1)
		sum->sums->n_twice++;
	else
		sum->sums->n_unanswered++;
	tell(sum, ask, 1, sum->n_answers ? "answered twice" : "no answer");
}

/* a dead reply is an answer too, but not when something else was one as well */
static void note_answers(struct sum *sum, const struct books_entry *e,
			 const size_t events_of[BOOKS_EVENTS])
{
	if (e->name.kind != 'r') {
		judge_ask(sum);
		sum->ask = e->name.kind == 'a' ? e : NULL;
		sum->n_answers = (unsigned int)events_of[BOOKS_FAILED];
		return;
	}
	sum->n_answers += (unsigned int)events_of[BOOKS_HANDLED];
	if (sum->n_answers == 0 && events_of[BOOKS_DEAD])
		sum->n_answers = 1;
}

/* all entries of one name */
static void judge(struct sum *sum, const struct books_entry *e, size_t n)
{
	size_t events_of[BOOKS_EVENTS] = { 0 };
	const struct books_entry *handled = NULL;

	for (size_t i = 0; i < n; i++) {
		events_of[e[i].event]++;
		sum->sums->events[e[i].event]++;
		if (e[i].event == BOOKS_HANDLED)
			handled = &e[i];
	}
	judge_count(sum, e, n, events_of);
	if (handled && e->name.kind != 'r' && !events_of[BOOKS_STASHED])
		judge_order(sum, e, n, handled);
	note_answers(sum, e, events_of);
}

void books_add_up(struct books *b, struct books_sums *ret)
{
	struct sum sum = { .books = b, .sums = ret };
	size_t i, n;

	*ret = (struct books_sums){ .n_missing = 0 };
	if (b->n)
		qsort(b->entries, b->n, sizeof(*b->entries), compare_entries);
	for (i = 0; i < b->n; i += n) {
		for (n = 1; i + n < b->n; n++)
			if (compare_names(&b->entries[i].name,
					  &b->entries[i + n].name))
				break;
		judge(&sum, &b->entries[i], n);
	}
	judge_ask(&sum);
}

bool books_balance(const struct books *b, const struct books_sums *sums)
{
	return sums->n_missing <= b->n_nameless && b->n_odd == 0 &&
	       sums->n_twice == 0 && sums->n_unsent == 0 &&
	       sums->n_disordered == 0 && sums->n_unanswered == 0;
}
