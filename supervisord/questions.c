/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * questions.c - the requests of /system/control, in the root supervisor.
 *
 * It serves one edge: frames in, verbs down the tree, rows and ends up from
 * there, frames out. It translates pids, which below are those of other
 * namespaces. It decides nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "config.h"
#include "libactorproc/edge.h"
#include "libactorproc/frame.h"
#include "libactorproc/path.h"
#include "supervisord/act/pidfd.h"
#include "supervisord/cgroups.h"
#include "supervisord/decide/pages.h"
#include "supervisord/lendings.h"
#include "supervisord/questions.h"
#include "supervisord/reloads.h"
#include "supervisord/shortage.h"
#include "supervisord/tally.h"

#define ASKS_MAX 256
#define ASK_TIMEOUT_US 2000000
#define KEEP_TIMEOUT_US 5000000
#define CURSOR_ROWS (UINT64_C(1) << 24)	/* the rest is the question's id */

/** struct question - an ask of /system/control that is not answered yet */
struct question {
	struct question *next;
	struct questions *all;
	uint64_t id;
	uint64_t edge;
	uint64_t ask_id;
	uint32_t generation;
	uint64_t trace[2];
	char verb[32];
	char path[PATH_MAX];
	uint64_t cursor;
	unsigned int n_outstanding;
	bool incomplete;	/* somebody did not answer */
	bool kept;		/* answered in part: the rest is asked for next */
	struct row *rows, **tail;
	sd_event_source *timer;
};

struct reply {
	struct reply *next;
	size_t n_bytes;
	char packet[];
};

/**
 * struct questions - the edge from /system/control, and what came over it
 * @sequence, @n_frames: sent; @taken: last packet received
 */
struct questions {
	struct supervisor *supervisor;
	uint64_t edge;
	int edge_fd;
	sd_event_source *edge_source;
	uint64_t sequence;
	uint64_t n_frames;
	uint64_t taken;
	struct reply *replies, **reply_tail;
	struct question *first;
	size_t n;
	uint64_t last;
};

/* ---- frames to /system/control ---- */

static void replies_push_out(struct questions *all)
{
	struct reply *reply;

	while ((reply = all->replies) &&
	       edge_send(all->edge_fd, reply->packet, reply->n_bytes) !=
	       EDGE_FULL) {
		all->replies = reply->next;
		free(reply);
	}
	if (!all->replies)
		all->reply_tail = &all->replies;
	/* who does not take its answers is not asked for more questions */
	if (all->edge_source)
		sd_event_source_set_io_events(all->edge_source, all->replies ?
					      EPOLLOUT : EPOLLIN);
}

static void reply_send(struct questions *all, const struct frame *frame)
{
	size_t n = sizeof(struct actor_packet_header) + frame_bytes(frame);
	struct reply *reply = calloc(1, sizeof(*reply) + n);

	if (!reply)
		return;
	reply->n_bytes = n;
	frame_write(reply->packet + sizeof(struct actor_packet_header), frame);
	packet_seal(reply->packet, (uint32_t)n, 1, ++all->sequence,
		    all->n_frames++);
	*all->reply_tail = reply;
	all->reply_tail = &reply->next;
	replies_push_out(all);
}

static void answer(struct questions *all, const struct question *q,
		   const void *payload, size_t n_bytes, uint64_t grant)
{
	struct frame frame = {
		.kind = FRAME_REPLY,
		.priority = ACTOR_PRIORITY_NORMAL,
		.generation = q->generation,
		.ask_id = q->ask_id,
		.trace = { q->trace[0], q->trace[1] },
		.type = q->verb,
		.type_length = strlen(q->verb),
		.grants = &grant,
		.n_grants = grant ? 1 : 0,
		.payload = payload,
		.payload_bytes = n_bytes,
	};

	if (q->edge == all->edge)
		reply_send(all, &frame);
}

static void answer_error(struct questions *all, const struct question *q,
			 int error, const char *text)
{
	struct frame frame = {
		.kind = FRAME_ERROR,
		.priority = ACTOR_PRIORITY_NORMAL,
		.generation = q->generation,
		.error = (uint32_t)-error,
		.ask_id = q->ask_id,
		.trace = { q->trace[0], q->trace[1] },
		.type = "error",
		.type_length = strlen("error"),
		.content_type = 1,
		.payload = text ? text : strerror(-error),
	};

	frame.payload_bytes = strlen(frame.payload);
	if (q->edge == all->edge)
		reply_send(all, &frame);
}

/* ---- questions ---- */

static struct question *question_find(struct questions *all, uint64_t id)
{
	struct question *q;

	for (q = all->first; q; q = q->next)
		if (q->id == id && !q->kept)
			return q;
	return NULL;
}

/* many answer it, each for a part */
static bool spreads(const char *verb)
{
	return !strcmp(verb, "tree") || !strcmp(verb, "mailbox") ||
	       !strcmp(verb, "audit") || !strcmp(verb, "metrics");
}

/* its answer is rows, however many */
static bool has_rows(const char *verb)
{
	return spreads(verb) || !strcmp(verb, "show") || !strcmp(verb, "why") ||
	       !strcmp(verb, "spawn") || !strcmp(verb, "reload") ||
	       !strcmp(verb, "reexec") || !strcmp(verb, "learned");
}

/* it is about all, or about the system */
static bool needs_path(const char *verb)
{
	return strcmp(verb, "tree") && strcmp(verb, "audit") &&
	       strcmp(verb, "metrics") &&
	       strcmp(verb, "reload") && strcmp(verb, "reexec");
}

static void question_free(struct questions *all, struct question *q)
{
	struct question **at = &all->first;

	while (*at && *at != q)
		at = &(*at)->next;
	if (*at) {
		*at = q->next;
		all->n--;
	}
	q->rows = pages_free(q->rows);
	sd_event_source_disable_unref(q->timer);
	free(q);
}

void questions_row(struct supervisor *s, const struct fields *f, const int *fds,
	      size_t n_fds)
{
	const char *path = fields_get(f, "PATH");
	struct fields_writer w;
	struct question *q;
	struct row *row;
	char bytes[ACTOR_CONTROL_MAX];
	uint64_t id;

	if (fields_get_u64(f, "ID", &id) < 0 || !path ||
	    !(q = question_find(s->questions, id)))
		return;
	/* an empty verb is one NUL, which the row leaves out */
	fields_begin(&w, bytes, sizeof(bytes), "");
	for (size_t i = 0; i < f->n; i++)
		if (strncmp(f->entry[i], "ID=", 3) &&
		    !(path_is_supervisor(path) &&
		      !strncmp(f->entry[i], "PATH=", 5)))
			fields_put_entry(&w, f->entry[i]);
	if (n_fds > 0)
		fields_put_u64(&w, "PID", (uint64_t)pidfd_pid(fds[0]));
	if (n_fds > 1)
		fields_put_u64(&w, fields_get(f, "CLASS") ? "CLASS_PID" :
			       "STANDBY_PID", (uint64_t)pidfd_pid(fds[1]));
	row = malloc(sizeof(*row) + w.length_bytes);
	if (!row || w.overflow || !(row->path = strdup(path))) {
		free(row);
		return;
	}
	row->next = NULL;
	row->n_bytes = w.length_bytes;
	memcpy(row->bytes, bytes + 1, w.length_bytes - 1);
	row->bytes[w.length_bytes - 1] = '\0';
	*q->tail = row;
	q->tail = &row->next;
}

static void answer_page(struct questions *all, struct question *q,
			struct pages *p)
{
	p->cursor = q->cursor;
	for (struct row *row = q->rows; row; row = row->next)
		pages_add(p, row);
	if (p->full)
		p->n_bytes += (size_t)snprintf(p->bytes + p->n_bytes, 48,
			"MORE=1%cCURSOR=%llu%c", 0, (unsigned long long)
			(q->id * CURSOR_ROWS + p->cursor), 0) + 1;
	answer(all, q, p->bytes, p->n_bytes, 0);
}

static int on_question_timeout(sd_event_source *source, uint64_t usec,
			       void *data);

static void time_limit(struct question *q, uint64_t timeout_us)
{
	q->timer = sd_event_source_disable_unref(q->timer);
	if (sd_event_add_time_relative(q->all->supervisor->event, &q->timer,
				       CLOCK_MONOTONIC, timeout_us, 0,
				       on_question_timeout, q) < 0)
		q->timer = NULL;
}

static void put_in_order(const struct questions *all, struct question *q)
{
	if (!strcmp(q->verb, "tree"))
		q->rows = pages_in_order(q->rows, all->supervisor->tree->root,
					 q->path);
	else if (!strcmp(q->verb, "why"))
		q->rows = pages_in_time(q->rows);
	q->tail = &q->rows;
	while (*q->tail)
		q->tail = &(*q->tail)->next;
}

/* the next page is of the same rows: asked anew they would not fit together */
static void answer_rows(struct questions *all, struct question *q)
{
	struct pages *p = calloc(1, sizeof(*p));

	if (!q->kept)
		put_in_order(all, q);
	q->kept = false;
	if (p) {
		answer_page(all, q, p);
		q->kept = p->full;
	}
	free(p);
	if (q->kept)
		time_limit(q, KEEP_TIMEOUT_US);
	else
		question_free(all, q);
}

/* numbers at two ends of an edge are of no use when one is missing */
static void add_closing_row(struct supervisor *s, const struct question *q)
{
	char bytes[64];
	struct fields_writer w;

	/* which edges ended is not known: they are in the sum of all alone */
	if (!strcmp(q->verb, "audit") && !*q->path)
		tally_ended(s, q->id);
	if (!q->incomplete || !strcmp(q->verb, "tree"))
		return;
	fields_begin(&w, bytes, sizeof(bytes), "ROW");
	fields_put_u64(&w, "ID", q->id);
	fields_put(&w, "PATH", "/");
	fields_put(&w, "INCOMPLETE", "1");
	requests_row(s, &w, NULL, 0);
}

static void answer_reference(struct questions *all, const struct question *q)
{
	uint64_t grant = lendings_lend(all->supervisor, q->path, q->edge);

	answer(all, q, q->path, strlen(q->path), grant);
}

void questions_done(struct supervisor *s, uint64_t request, int error,
	       const char *text, unsigned int n_forwarded)
{
	struct questions *all = s->questions;
	struct question *q = question_find(all, request);

	if (!q)
		return;
	q->incomplete |= text != NULL;
	q->n_outstanding += n_forwarded;
	if (q->n_outstanding > 0)
		q->n_outstanding--;
	if (q->n_outstanding > 0 &&
	    (spreads(q->verb) || !strcmp(q->verb, "reload")))
		return;
	if (error == 0 && has_rows(q->verb)) {
		add_closing_row(s, q);
		answer_rows(all, q);
		return;
	}
	if (error < 0)
		answer_error(all, q, error, text);
	else if (!strcmp(q->verb, "reference"))
		answer_reference(all, q);
	else
		answer(all, q, NULL, 0, 0);
	question_free(all, q);
}

/* who has not answered by now is being restarted: show what there is. Nobody
 * came for the rest of an answer: forget it */
static int on_question_timeout(sd_event_source *source, uint64_t usec,
			       void *data)
{
	struct question *q = data;
	struct questions *all = q->all;

	(void)source;
	(void)usec;
	if (q->kept) {
		question_free(all, q);
		return 0;
	}
	q->incomplete = true;
	add_closing_row(all->supervisor, q);
	answer_rows(all, q);
	return 0;
}

static bool node_is_system(const char *path)
{
	return path_is_within(path, "/system");
}

static bool is_about_mail(const char *verb)
{
	return !strcmp(verb, "reference") || !strcmp(verb, "mailbox");
}

static const char *why_no_mail(const struct spec_node *node)
{
	if (!node->exec)
		return "it is a supervisor: it takes no messages";
	if (node->kind != SPEC_ACTOR)
		return "it is a program: it takes no messages";
	return NULL;
}

static bool is_pause(const char *verb)
{
	return !strcmp(verb, "pause") || !strcmp(verb, "unpause");
}

static const char *why_no_pause(const struct supervisor *s,
				const struct spec_node *node)
{
	if (!node->exec)
		return "it is a supervisor: pause the actors below it";
	if (node->kind == SPEC_PROGRAM && !cgroups_can_freeze(s))
		return "it is a program: it can only be frozen, and for that the system needs a cgroup of version 2";
	return NULL;
}

static bool is_lesson(const char *verb)
{
	return !strcmp(verb, "learn") || !strcmp(verb, "learned");
}

/* it may have been: a node with templates knows who was spawned there */
static bool may_have_been(const struct questions *all, const char *path)
{
	char parent[PATH_MAX];
	const struct spec_node *node;

	snprintf(parent, sizeof(parent), "%.*s",
		 (int)(path_last(path) - path) - 1, path);
	node = spec_find(all->supervisor->tree->root, parent);
	return node && node->n_templates;
}

static const char *why_not(const struct questions *all, const char *verb,
			   const char *path, int *ret_error)
{
	const struct spec_node *node = spec_find(all->supervisor->tree->root,
						 path);

	*ret_error = -ENOENT;
	if (!path_valid(path))
		return "no such actor";
	if (!node)
		return !strcmp(verb, "why") && may_have_been(all, path) ?
			NULL : "no such actor";
	*ret_error = -EPERM;
	if (node_is_system(path) &&
	    (!strcmp(verb, "stop") || !strcmp(verb, "start") ||
	     !strcmp(verb, "spawn")))
		return "the actors of /system begin and end with the system";
	if (node_is_system(path) && !strcmp(verb, "upgrade"))
		return "the programs of /system are those of the supervisor's version";
	if (node_is_system(path) && !strcmp(verb, "pause"))
		return "all others need the actors of /system";
	if (node_is_system(path) && is_lesson(verb))
		return "what the actors of /system need is known";
	*ret_error = -EOPNOTSUPP;
	if (is_lesson(verb) && spec_is_supervisor(node))
		return "it is a supervisor: learn the actors below it";
	if (is_pause(verb))
		return why_no_pause(all->supervisor, node);
	return is_about_mail(verb) ? why_no_mail(node) : NULL;
}

/*
 * What a template may do the file has said already; what a client adds is one
 * more of it, which is its owner's to decide, and root's. So is the moment from
 * which on another version of that file counts, or of a program that it names, or
 * of ours.
 */
static bool adds_authority(const char *verb)
{
	return !strcmp(verb, "spawn") || !strcmp(verb, "reload") ||
	       !strcmp(verb, "upgrade") || !strcmp(verb, "reexec") ||
	       is_lesson(verb);
}

static bool is_owner(const struct questions *all, const struct fields *f)
{
	uint64_t uid;

	return fields_get_u64(f, "UID", &uid) == 0 &&
	       (uid == 0 || uid == all->supervisor->tree->owner);
}

static void question_of(struct question *q, const struct frame *frame,
			uint64_t cursor)
{
	q->edge = q->all->edge;
	q->ask_id = frame->ask_id;
	q->generation = frame->generation;
	memcpy(q->trace, frame->trace, sizeof(q->trace));
	q->cursor = cursor % CURSOR_ROWS;
}

/* the rest of an answer; false: there is none, or no more */
static bool question_goes_on(struct questions *all, const struct frame *frame,
			     const char *verb, const char *path,
			     uint64_t cursor)
{
	struct question *q;

	for (q = all->first; q; q = q->next) {
		if (!q->kept || q->id != cursor / CURSOR_ROWS ||
		    strcmp(q->verb, verb) || strcmp(q->path, path))
			continue;
		question_of(q, frame, cursor);
		answer_rows(all, q);
		return true;
	}
	return false;
}

static void question_begin(struct questions *all, const struct frame *frame,
			   const char *verb, const struct fields *f)
{
	struct supervisor *s = all->supervisor;
	const char *path = fields_get(f, "PATH"), *text;
	char bytes[2 * PATH_MAX + 256];
	struct fields_writer w;
	struct fields request;
	struct question *q;
	uint64_t cursor = 0;
	int error;

	fields_get_u64(f, "CURSOR", &cursor);
	if (cursor && question_goes_on(all, frame, verb, path ? path : "",
				       cursor))
		return;
	q = calloc(1, sizeof(*q));
	if (!q)
		return;
	q->all = all;
	q->id = ++all->last;
	question_of(q, frame, cursor);
	q->n_outstanding = 1;
	q->tail = &q->rows;
	snprintf(q->verb, sizeof(q->verb), "%s", verb);
	snprintf(q->path, sizeof(q->path), "%s", path ? path : "");
	q->next = all->first;
	all->first = q;
	all->n++;
	text = path ? why_not(all, verb, path, &error) : NULL;
	if (!text && adds_authority(verb) && !is_owner(all, f)) {
		text = "only root, and the user whose system it is, may do that";
		error = -EPERM;
	}
	if (!path && needs_path(verb)) {
		text = "a path is missing";
		error = -EINVAL;
	}
	if (text) {
		answer_error(all, q, error, text);
		question_free(all, q);
		return;
	}
	if (!strcmp(verb, "reload")) {
		reloads_begin(s, q->id, fields_get(f, "MODE"));
		return;
	}
	if (spreads(verb))
		time_limit(q, ASK_TIMEOUT_US);
	fields_begin(&w, bytes, sizeof(bytes), "REQUEST");
	fields_put_u64(&w, "ID", q->id);
	fields_put(&w, "VERB", verb);
	fields_put(&w, "PATH", path);
	fields_put(&w, "TEMPLATE", fields_get(f, "TEMPLATE"));
	fields_put(&w, "NAME", fields_get(f, "NAME"));
	fields_put(&w, "BINARY", fields_get(f, "BINARY"));
	fields_put(&w, "MODE", fields_get(f, "MODE"));
	if (fields_parse(&request, bytes, w.length_bytes) == 0)
		requests_handle(s, &request);
}

static const char *const verbs[] = {
	"tree", "show", "why", "mailbox", "audit", "start", "stop", "restart",
	"kill", "reference", "pause", "unpause", "spawn", "reload",
	"upgrade", "reexec", "learn", "learned", "metrics",
};

static void take_ask(struct questions *all, const struct frame *frame)
{
	struct question refused = {
		.edge = all->edge,
		.ask_id = frame->ask_id,
		.generation = frame->generation,
	};
	struct fields f;
	char verb[32];

	snprintf(verb, sizeof(verb), "%.*s", (int)frame->type_length,
		 frame->type);
	snprintf(refused.verb, sizeof(refused.verb), "%s", verb);
	if (!strcmp(verb, "version")) {
		answer(all, &refused, PACKAGE_VERSION,
		       strlen(PACKAGE_VERSION), 0);
		return;
	}
	if (!strcmp(verb, "release") &&
	    fields_parse(&f, frame->payload, frame->payload_bytes) == 0) {
		lendings_return(all->supervisor, fields_get(&f, "PATH"));
		answer(all, &refused, NULL, 0, 0);
		return;
	}
	if (all->n >= ASKS_MAX) {
		answer_error(all, &refused, -EBUSY, "too many requests");
		return;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i], verb))
			continue;
		if (fields_parse(&f, frame->payload, frame->payload_bytes) < 0)
			break;
		question_begin(all, frame, verb, &f);
		return;
	}
	answer_error(all, &refused, -EINVAL, "unknown request");
}

static void take_packet(struct questions *all, const void *packet, size_t n_bytes)
{
	const struct actor_packet_header *header = packet;
	struct frame frame;
	size_t cursor = 0;

	if (packet_check(packet, n_bytes, EDGE_TARGET) < 0 ||
	    header->sequence <= all->taken)
		return;		/* broken, or sent again around a crash */
	all->taken = header->sequence;
	while (packet_next(packet, &cursor, &frame))
		if (frame.kind == FRAME_ASK)
			take_ask(all, &frame);
}

static int on_edge_io(sd_event_source *source, int fd, uint32_t events,
		      void *data)
{
	static char packet[ACTOR_PACKET_MAX + 1]
		__attribute__((aligned(ACTOR_FRAME_ALIGN)));
	struct questions *all = data;
	size_t n_bytes;
	int r;

	(void)source;
	if (events & EPOLLOUT)
		replies_push_out(all);
	if (all->replies && !(events & (EPOLLHUP | EPOLLERR)))
		return 0;
	r = edge_receive(fd, packet, sizeof(packet), &n_bytes);
	if (r == EDGE_DONE && n_bytes <= sizeof(packet))
		take_packet(all, packet, n_bytes);
	else if (r == EDGE_CLOSED || r < 0)
		all->edge_source =
			sd_event_source_disable_unref(all->edge_source);
	return 0;
}

static int watch_edge(struct questions *all, int fd)
{
	int r;

	if (all->edge_fd < 0)
		all->edge_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (all->edge_fd < 0)
		return -errno;
	r = sd_event_add_io(all->supervisor->event, &all->edge_source,
			    all->edge_fd, EPOLLIN, on_edge_io, all);
	if (r < 0)
		all->edge_source = NULL;
	return r;
}

void questions_edge(struct supervisor *s, struct custody_edge *edge)
{
	int r;

	struct questions *all = s->questions;
	struct reply *reply;

	all->edge_source = sd_event_source_disable_unref(all->edge_source);
	while ((reply = all->replies)) {
		all->replies = reply->next;
		free(reply);
	}
	all->reply_tail = &all->replies;
	all->edge = edge->id;
	/* our own copy: custody closes its one whenever the edge ends */
	if (all->edge_fd >= 0)
		close(all->edge_fd);
	all->edge_fd = -1;
	all->sequence = all->n_frames = all->taken = 0;
	r = watch_edge(all, edge->target_fd);
	if (r < 0 && shortage_again(s, r, "questions cannot be heard"))
		watch_edge(all, edge->target_fd);
}


int questions_new(struct questions **ret, struct supervisor *s)
{
	struct questions *all = calloc(1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	all->supervisor = s;
	all->edge_fd = -1;
	all->reply_tail = &all->replies;
	*ret = all;
	return 0;
}

/* ---- for who takes our place ---- */

static const struct state_member questions_members[] = {
	STATE_MEMBER(struct questions, UNSIGNED, "EDGE", edge),
	STATE_MEMBER(struct questions, FD, "EDGE_FD", edge_fd),
	STATE_MEMBER(struct questions, UNSIGNED, "SEQUENCE", sequence),
	STATE_MEMBER(struct questions, UNSIGNED, "N_FRAMES", n_frames),
	STATE_MEMBER(struct questions, UNSIGNED, "TAKEN", taken),
	STATE_MEMBER(struct questions, UNSIGNED, "LAST", last),
};
static const struct state_member question_members[] = {
	STATE_MEMBER(struct question, UNSIGNED, "ID", id),
	STATE_MEMBER(struct question, UNSIGNED, "EDGE", edge),
	STATE_MEMBER(struct question, UNSIGNED, "ASK", ask_id),
	STATE_MEMBER(struct question, UNSIGNED, "GENERATION", generation),
	STATE_MEMBER(struct question, UNSIGNED, "TRACE_0", trace[0]),
	STATE_MEMBER(struct question, UNSIGNED, "TRACE_1", trace[1]),
	STATE_MEMBER(struct question, TEXT, "VERB", verb),
	STATE_MEMBER(struct question, TEXT, "PATH", path),
	STATE_MEMBER(struct question, UNSIGNED, "CURSOR", cursor),
	STATE_MEMBER(struct question, UNSIGNED, "N_OUTSTANDING",
		     n_outstanding),
	STATE_MEMBER(struct question, BOOL, "INCOMPLETE", incomplete),
	STATE_MEMBER(struct question, BOOL, "KEPT", kept),
};

/** struct row_kept - a row of an answer */
struct row_kept {
	char *path;
	struct state_bytes fields;
};

static const struct state_member row_members[] = {
	STATE_MEMBER(struct row_kept, STRING, "PATH", path),
	STATE_MEMBER(struct row_kept, BYTES, "FIELDS", fields),
};
static const struct state_kind
	questions_kind = STATE_KIND("QUESTIONS", questions_members),
	question_kind = STATE_KIND("QUESTION", question_members),
	row_kind = STATE_KIND("ROW", row_members);

bool questions_wait(const struct questions *all)
{
	return all->replies;
}

void questions_put(const struct questions *all, struct state_writer *w)
{
	struct row_kept kept;

	state_put(w, &questions_kind, all);
	for (const struct question *q = all->first; q; q = q->next) {
		state_put(w, &question_kind, q);
		for (struct row *row = q->rows; row; row = row->next) {
			kept = (struct row_kept){
				.path = row->path,
				.fields = { row->bytes, row->n_bytes },
			};
			state_put(w, &row_kind, &kept);
		}
	}
}

static void take_row(struct question *q, struct state_reader *r)
{
	struct row_kept kept = { .path = NULL };
	struct row *row = NULL;

	if (state_take(r, &row_kind, &kept) == 0 && kept.path &&
	    kept.fields.n_bytes > 0)
		row = malloc(sizeof(*row) + kept.fields.n_bytes);
	if (row) {
		row->next = NULL;
		row->path = kept.path;
		row->n_bytes = kept.fields.n_bytes;
		memcpy(row->bytes, kept.fields.bytes, row->n_bytes);
		*q->tail = row;
		q->tail = &row->next;
	} else {
		state_fail(r, "a row of an answer is none");
		free(kept.path);
	}
	free(kept.fields.bytes);
}

/* those that many answer, or that are kept, wait as long as if they were new */
static struct question *take_question(struct questions *all,
				      struct state_reader *r)
{
	struct question *q = calloc(1, sizeof(*q));

	if (!q) {
		state_fail(r, "there is no memory");
		return NULL;
	}
	q->all = all;
	q->tail = &q->rows;
	state_take(r, &question_kind, q);
	while (state_is(r, &row_kind))
		take_row(q, r);
	if (q->kept || spreads(q->verb))
		time_limit(q, q->kept ? KEEP_TIMEOUT_US : ASK_TIMEOUT_US);
	return q;
}

int questions_take(struct questions *all, struct state_reader *r)
{
	struct question **end = &all->first;

	state_take(r, &questions_kind, all);
	while (state_is(r, &question_kind)) {
		*end = take_question(all, r);
		if (!*end)
			break;
		end = &(*end)->next;
		all->n++;
	}
	if (r->error == 0 && all->edge_fd >= 0 &&
	    watch_edge(all, all->edge_fd) < 0)
		state_fail(r, "questions cannot be heard");
	return r->error;
}
