/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notes.c - what happened to a child, as a record for the journal and as a line
 * of its history, which `actorctl why` tells.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libactorproc/path.h"
#include "supervisord/supervisor.h"

/* of two paths, what was decided, and the text beside the cause */
#define SENTENCE_BYTES (2 * PATH_MAX_BYTES + 512)

/* as the kernel's own audit records have them */
static void put_violation(struct fields_writer *w, uint32_t machine,
			  uint64_t instruction)
{
	char text[32];

	snprintf(text, sizeof(text), "%x", machine);
	fields_put(w, "SYSCALL_ARCH", text);
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)instruction);
	fields_put(w, "SYSCALL_IP", text);
}

/* of what went well, was done by hand, or was printed, the last failure is no
 * cause */
static bool has_a_cause(const char *kind)
{
	static const char *const kinds[] = {
		"started", "paused", "unpaused", "idle", "watchdog",
		"standby-lost", "violation", "limit", "output",
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i], kind))
			return false;
	return true;
}

/* by hand, or by itself: no part of a restart that waits for its time */
static bool is_of_a_group(const char *kind)
{
	return strcmp(kind, "paused") && strcmp(kind, "unpaused") &&
	       strcmp(kind, "learning") && strcmp(kind, "watchdog");
}

void child_record(const struct child *c, struct record *record,
		  const char *kind)
{
	char cause[CAUSE_TEXT_MAX];

	record_begin(record, kind);
	fields_put(&record->fields, "PATH", c->node->path);
	if (c->life)
		fields_put_u64(&record->fields, "LIFE", c->life);
	fields_put_u64(&record->fields, "GENERATION", c->generation);
	if (!c->has_cause || !has_a_cause(kind))
		return;
	fields_put(&record->fields, "CAUSE",
		   cause_format(&c->cause, cause, sizeof(cause)));
	/* what the kernel has ended by itself has none of these */
	if (c->cause.kind == CAUSE_SECCOMP && *c->cause.text)
		put_violation(&record->fields, c->violation_machine,
			      c->violation_at);
}

static void put_siblings(struct fields_writer *w, const struct child *c,
			 const struct verdict *v)
{
	char names[512] = "";
	const struct child *other;
	size_t n = 0;

	for (size_t i = v->first; i <= v->last; i++) {
		other = supervisor_child(c->supervisor, (int)i);
		if (!other || other->node == c->node || !other->living)
			continue;
		if (n + strlen(other->node->name) + sizeof("  ...") >
		    sizeof(names)) {
			strcpy(names + n, " ...");
			break;
		}
		n += (size_t)sprintf(names + n, "%s%s", n ? " " : "",
				     other->node->name);
	}
	if (n > 0)
		fields_put(w, "SIBLINGS", names);
}

/**
 * struct note - one that is to be written
 * @child: as it was then
 * @next_group: the number that what follows is about to get
 */
struct note {
	const struct child *child;
	const char *kind;
	const char *decision;
	const struct verdict *verdict;
	uint64_t next_group;
	const char *text;
};

static void put_verdict(struct fields_writer *w, const struct note *note)
{
	const struct child *c = note->child;
	const struct verdict *v = note->verdict;
	const struct spec_intensity *i = &c->supervisor->node->intensity;

	fields_put(w, "DIRECTIVE", spec_directive_name(v->directive));
	if (v->limit || v->count) {
		fields_put_u64(w, "PERIOD_MS", i->period_ns / 1000000);
		fields_put(w, "SCOPE", spec_scope_name(i->scope));
		fields_put_u64(w, "COUNT", v->count);
		fields_put_u64(w, "LIMIT", v->limit);
		fields_put_u64(w, "WINDOW_MS", v->window_left_ns / 1000000);
	}
	if (v->what == VERDICT_RESTART)
		fields_put_u64(w, "DELAY_MS", v->delay_ns / 1000000);
	if (v->what == VERDICT_RESTART || v->what == VERDICT_GIVE_UP ||
	    v->what == VERDICT_FAIL_START)
		fields_put_u64(w, "GROUP", note->next_group);
	if (v->what != VERDICT_RESUME && v->what != VERDICT_STOP &&
	    v->what != VERDICT_ESCALATE)
		put_siblings(w, c, v);
}

static void note_text(char *text, size_t size, const struct child *c,
		      const char *kind, const struct verdict *v,
		      const char *more)
{
	const struct spec_intensity *i = &c->supervisor->node->intensity;
	const char *own = i->scope == SPEC_SCOPE_CHILD ? "its own " : "";
	char cause[CAUSE_TEXT_MAX] = "";
	int n;

	if (c->has_cause)
		cause_format(&c->cause, cause, sizeof(cause));
	n = snprintf(text, size, "%s %s", c->node->path, kind);
	if (v && n > 0 && (size_t)n < size)
		n += snprintf(text + n, size - (size_t)n, ", cause %s: %s",
			      cause, verdict_name(v->what));
	if (v && v->what == VERDICT_RESTART && n > 0 && (size_t)n < size)
		n += snprintf(text + n, size - (size_t)n,
			      " in %llu ms, %u of %s%u in %g s, the oldest for %.1f s more",
			      (unsigned long long)(v->delay_ns / 1000000),
			      v->count, own, v->limit,
			      (double)i->period_ns / 1e9,
			      (double)v->window_left_ns / 1e9);
	if (v && v->what == VERDICT_GIVE_UP && n > 0 && (size_t)n < size)
		n += snprintf(text + n, size - (size_t)n,
			      v->count > v->limit ?
			      ", more than %s%u restarts in %g s" :
			      " (escalated; %s%u in %g s)",
			      own, v->limit, (double)i->period_ns / 1e9);
	if (v && v->what == VERDICT_SHUT_DOWN && n > 0 && (size_t)n < size)
		n += snprintf(text + n, size - (size_t)n,
			      ", auto_shutdown: %s",
			      spec_auto_shutdown_name(
				      c->supervisor->node->auto_shutdown));
	if (more && *more && n > 0 && (size_t)n < size)
		snprintf(text + n, size - (size_t)n, ": %s", more);
}

static void remember(struct child *c, const struct record *record,
		     const char *decision)
{
	char entry[RECORD_BYTES + HISTORY_MORE_BYTES];
	struct fields_writer w;
	struct timespec now;
	struct fields f;

	if (fields_parse(&f, record->bytes, record->fields.length_bytes) < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	fields_begin(&w, entry, sizeof(entry) - 1, "ROW");
	fields_put_u64(&w, "TIME_US", (uint64_t)now.tv_sec * 1000000u +
		       (uint64_t)now.tv_nsec / 1000);
	fields_put(&w, "DECISION", decision);
	for (size_t i = 0; i < f.n; i++)
		if (strncmp(f.entry[i], "DECISION=", strlen("DECISION=")))
			fields_put_entry(&w, f.entry[i]);
	if (w.overflow)
		return;
	entry[w.length_bytes] = '\0';
	history_add(&c->history, entry, w.length_bytes + 1);
}

/* what it printed before it failed, as far as the record has room */
static void put_output(struct fields_writer *w, const struct child *c)
{
	const char *text = c->tail ? c->tail->text : "";
	size_t room = w->size_bytes - w->length_bytes;
	size_t most = room > sizeof("OUTPUT=") ? room - sizeof("OUTPUT=") : 0;

	while (*text && strlen(text) > most) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	if (*text)
		fields_put(w, "OUTPUT", text);
}

static void write_note(struct child *of, const struct note *note)
{
	const struct child *c = note->child;
	const char *kind = note->kind, *decision = note->decision;
	struct record record;
	char sentence[SENTENCE_BYTES];

	child_record(c, &record, kind);
	fields_put(&record.fields, "DECISION", decision);
	if (note->verdict)
		put_verdict(&record.fields, note);
	else if (is_of_a_group(kind) &&
		 (decision || c->because_of || c->generation > 0))
		fields_put_u64(&record.fields, "GROUP", c->group);
	if (!note->verdict && is_of_a_group(kind))
		fields_put(&record.fields, "BECAUSE_OF", c->because_of);
	note_text(sentence, sizeof(sentence), c, kind, note->verdict,
		  note->text);
	fields_put(&record.fields, "TEXT", sentence);
	if (strcmp(kind, "started") && c->status)
		fields_put(&record.fields, "STATUS", c->status);
	if (!strcmp(kind, "failed") ||
	    (note->verdict && strcmp(kind, "stopped")))
		put_output(&record.fields, c);
	reporter_send(of->supervisor->reporter, &record);
	remember(of, &record, decision ? decision : kind);
}

void child_note(struct child *c, const char *kind, const char *decision,
		const struct verdict *verdict, const char *text)
{
	const struct note note = {
		.child = c,
		.kind = kind,
		.decision = decision,
		.verdict = verdict,
		.next_group = c->supervisor->last_group + 1,
		.text = text,
	};

	write_note(c, &note);
}

/* ---- of a restart: who waits for its process does not wait for the words ---- */

/** struct late_note - @child: whose it is; NULL: there is none */
struct late_note {
	struct child *child;
	struct child then;
	struct verdict verdict;
	char text[CHILD_TEXT_BYTES];
	const char *kind;
	uint64_t next_group;
};

static struct late_note late;

/* what it says is in @child itself, and in what outlives the wait */
static bool may_be_late(const struct child *c, const struct verdict *v)
{
	return c->supervisor->notes_may_wait && v->what == VERDICT_RESTART &&
	       v->first == v->last && !c->tail && !c->status;
}

void notes_failed(struct child *c, const char *kind, const struct verdict *v)
{
	notes_catch_up();
	if (!may_be_late(c, v)) {
		child_note(c, kind, verdict_name(v->what), v,
			   child_cause_text(c));
		return;
	}
	late = (struct late_note){
		.child = c,
		.then = *c,
		.verdict = *v,
		.kind = kind,
		.next_group = c->supervisor->last_group + 1,
	};
	snprintf(late.text, sizeof(late.text), "%s", child_cause_text(c));
}

void notes_catch_up(void)
{
	const struct note note = {
		.child = &late.then,
		.kind = late.kind,
		.decision = verdict_name(late.verdict.what),
		.verdict = &late.verdict,
		.next_group = late.next_group,
		.text = late.text,
	};
	struct child *c = late.child;

	late.child = NULL;
	if (c)
		write_note(c, &note);
}

void notes_forked_ended(struct child *c, const struct violation *v,
			const char *text)
{
	struct record record;
	char sentence[SENTENCE_BYTES];

	child_record(c, &record, "violation");
	fields_put(&record.fields, "SYSCALL", v->name);
	put_violation(&record.fields, v->machine, v->instruction);
	fields_put_u64(&record.fields, "PID", (uint64_t)v->thread);
	fields_put_u64(&record.fields, "COUNT", c->n_forked_ended);
	snprintf(sentence, sizeof(sentence),
		 "%s: a process of it was ended, number %u: %s",
		 c->node->path, c->n_forked_ended, text);
	fields_put(&record.fields, "TEXT", sentence);
	reporter_send(c->supervisor->reporter, &record);
	remember(c, &record, "violation");
}

void notes_limit(struct child *c, uint64_t n_refused)
{
	uint32_t most = spec_pids(c->node);
	struct record record;
	char sentence[512];

	child_record(c, &record, "limit");
	fields_put_u64(&record.fields, "COUNT", n_refused);
	fields_put_u64(&record.fields, "LIMIT", most);
	snprintf(sentence, sizeof(sentence),
		 "%s: it had as many processes and threads as it may have, pids: %u, and was refused one more, %llu times by now",
		 c->node->path, most, (unsigned long long)n_refused);
	fields_put(&record.fields, "TEXT", sentence);
	reporter_send(c->supervisor->reporter, &record);
	remember(c, &record, "limit");
}

void notes_gave_up(struct supervisor *s, const struct verdict *verdict)
{
	char cause[CAUSE_TEXT_MAX], text[2 * PATH_MAX];
	struct record record;
	const char *path = s->root ? "/" : s->node->path;

	cause_format(&s->cause, cause, sizeof(cause));
	snprintf(text, sizeof(text), "%s gave up: %s: %s, %s", path,
		 s->cause_path, cause, verdict->count > verdict->limit ?
		 "too often" : "escalated");
	record_begin(&record, "gave-up");
	fields_put(&record.fields, "PATH", path);
	fields_put(&record.fields, "CAUSE", cause);
	fields_put(&record.fields, "BECAUSE_OF", s->cause_path);
	fields_put_u64(&record.fields, "COUNT", verdict->count);
	fields_put_u64(&record.fields, "LIMIT", verdict->limit);
	fields_put_u64(&record.fields, "GROUP", s->last_group);
	fields_put(&record.fields, "TEXT", text);
	reporter_send(s->reporter, &record);
}
