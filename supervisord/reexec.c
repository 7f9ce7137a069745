/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reexec.c - the supervisors of a system go on as another program.
 *
 * It alone says when: in a moment in which nothing is half done, and only after
 * a child that executed the other program has read all of the state and said that
 * it would go on with it. Until the exec itself everything can be left as it is,
 * and is, with the reason in the answer. Actors are not asked and notice nothing:
 * their edges lead to each other, and what they say to us waits in their channels.
 *
 * The root has the program looked at before anybody else hears of it, without
 * waiting for it, with the state that it has then: what cannot be executed, is
 * no supervisord, or hangs, is found there. Then the deepest go first, each for
 * itself, and each says REEXECED when all below have said so. Whoever could not is
 * what it was, and its parent goes on all the same: both speak the same protocol.
 * So the root is the last, and who asked is answered by its new program.
 *
 * Between supervisors:
 *   REEXEC    ID BINARY     have it looked at, and become it, down
 *   REEXECED  ID            that is done or not, up; ROWs before it say what
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "supervisord/act/memory_file.h"
#include "supervisord/act/successor.h"
#include "supervisord/adoption.h"
#include "supervisord/breakpoint.h"
#include "supervisord/minting.h"
#include "supervisord/nursery.h"
#include "supervisord/questions.h"
#include "supervisord/reexec.h"
#include "supervisord/snapshot.h"
#include "supervisord/spare.h"
#include "supervisord/store.h"
#include "supervisord/trust.h"
#include "supervisord/zygotes.h"

#define CHECK_US UINT64_C(5000000)
/* so long may somebody be starting, stopping or ending */
#define QUIET_US UINT64_C(5000000)
#define LOOK_US 10000
/* of a level: both, the second check, and what it takes besides */
#define LEVEL_US UINT64_C(20000000)
#define ROW_BYTES (2 * PATH_MAX + 1024)

enum reexec_stage {
	REEXEC_CHECKING,	/* in the root, the first time */
	REEXEC_BELOW,		/* those below do it */
	REEXEC_QUIET,		/* we do it as soon as nothing is under way */
	REEXEC_DONE,		/* by the program before this */
};

struct reexec {
	struct supervisor *supervisor;
	uint64_t request;
	enum reexec_stage stage;
	char binary[PATH_MAX];
	int binary_fd;
	struct successor_check check;
	sd_event_source *word;
	sd_event_source *timer;
	uint64_t until_ns;
};

/* ---- what is said of it ---- */

static void row(struct supervisor *s, const char *path, const char *why_not)
{
	char bytes[ROW_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "ROW");
	fields_put_u64(&w, "ID", s->reexec->request);
	fields_put(&w, "PATH", *path ? path : "/");
	fields_put(&w, "SUPERVISOR", *path ? path : "/");
	if (why_not)
		fields_put(&w, "TEXT", why_not);
	else
		fields_put(&w, "VERSION", PACKAGE_VERSION);
	requests_row(s, &w, NULL, 0);
}

static void note(struct supervisor *s, const char *why_not)
{
	struct record record;

	record_begin(&record, "reexec");
	fields_put(&record.fields, "PATH", *s->node->path ? s->node->path :
		   s->tree->root->children[1]->path);
	if (why_not)
		fields_put_format(&record.fields, "TEXT",
				  "the supervisor %s stays what it is: %s",
				  s->path, why_not);
	else
		fields_put_format(&record.fields, "TEXT",
				  "the supervisor %s goes on as another program, of version %s",
				  s->path, PACKAGE_VERSION);
	reporter_send(s->reporter, &record);
}

static void reexec_free(struct reexec *x)
{
	char why[SUCCESSOR_WORD_BYTES];

	sd_event_source_disable_unref(x->word);
	sd_event_source_disable_unref(x->timer);
	if (x->check.pid > 0)
		successor_check_end(&x->check, true, why);
	if (x->binary_fd >= 0)
		close(x->binary_fd);
	x->supervisor->reexec = NULL;
	free(x);
}

/* all below have answered before */
static void end(struct reexec *x, const char *why_not)
{
	struct supervisor *s = x->supervisor;
	uint64_t request = x->request;
	struct fields_writer w;
	char bytes[64];

	row(s, s->node->path, why_not);
	note(s, why_not);
	reexec_free(x);
	if (s->root) {
		requests_done(s, request, 0, NULL, 0);
		return;
	}
	fields_begin(&w, bytes, sizeof(bytes), "REEXECED");
	fields_put_u64(&w, "ID", request);
	link_send(s->parent, &w, NULL, 0);
}

/* before anything was done: there are no rows, only why */
static void refuse(struct supervisor *s, uint64_t request, int error,
		   const char *why)
{
	char text[SUCCESSOR_WORD_BYTES + PATH_MAX];

	snprintf(text, sizeof(text), "no supervisor was replaced: %s", why);
	requests_done(s, request, error, text, 0);
}

/* ---- is anything under way? ---- */

static bool can_be_left(enum child_state state)
{
	switch (state) {
	case CHILD_STOPPED:
	case CHILD_WAITING:
	case CHILD_IDLE:
	case CHILD_RUNNING:
	case CHILD_PAUSED:
	case CHILD_UNKILLABLE:
		return true;
	case CHILD_STARTING:
	case CHILD_SUSPENDED:
	case CHILD_STOPPING:
	case CHILD_TERMINATING:
	case CHILD_KILLING:
	case CHILD_FAILING:
	case N_CHILD_STATES:
		return false;
	}
	return false;
}

/* NULL: nothing; else how it goes on behind its path */
static const char *child_is_busy(const struct child *c)
{
	if (!can_be_left(c->state))
		return child_state_word(c->state);
	if (c->zygote)
		return "starting";
	if (c->upgrade)
		return "being upgraded";
	if (c->lesson)
		return "being learned";
	if (c->node->leaves)
		return "not to stay";
	if (c->stop_wanted || c->purpose != PURPOSE_NONE)
		return "being stopped or restarted";
	if (c->n_ending)
		return "at the end of a life";
	if (c->awaits_mailbox)
		return "waiting for its mailbox";
	if (c->living && c->state == CHILD_STOPPED)
		return "being judged";
	if (c->link && link_waits(c->link))
		return "not reading what it is told";
	return NULL;
}

static bool is_busy(const struct supervisor *s, char *text, size_t size)
{
	const char *busy = NULL;

	if (s->phase != SUPERVISOR_RUNNING || s->shuts_down)
		busy = s->phase == SUPERVISOR_COMING_UP ?
			"it is still coming up" : "it is ending";
	else if (s->reload || adoption_is_clearing(s->tree->root))
		busy = "the file is being read again";
	else if (s->estates || s->burying)
		busy = "a mailbox is being settled";
	else if (s->store && store_waits(s->store))
		busy = "the service manager does not take what it is to keep";
	else if (s->parent && link_waits(s->parent))
		busy = "its parent does not read what it is told";
	else if (s->questions && questions_wait(s->questions))
		busy = "/system/control does not take its answers";
	if (busy)
		snprintf(text, size, "%s", busy);
	for (size_t i = 0; i < s->n_children && !busy; i++) {
		busy = child_is_busy(s->children[i]);
		if (busy)
			snprintf(text, size, "%.300s is %s",
				 s->children[i]->node->path, busy);
	}
	return busy;
}

/* ---- to become it ---- */

static int write_state(struct supervisor *s, struct state_writer *w,
		       struct successor *ret)
{
	int r;

	nursery_sweep(s);
	state_begin(w);
	snapshot_put(s, w);
	r = state_end(w);
	if (r < 0)
		return r;
	*ret = (struct successor){
		.binary_fd = s->reexec->binary_fd,
		.fds = w->fds,
		.n_fds = w->n_fds,
		.keep_capabilities = s->tree->host.user_mode,
		.file = s->tree->file,
	};
	return memory_file_new("supervisord-state",
			       &(struct iovec){ w->bytes, w->n_bytes }, 1,
			       &ret->state_fd);
}

/* no turn of our loop may be between what was checked and the exec, so this one
 * is waited for: that it does not hang the root has seen before */
static int check_and_become(const struct successor *successor,
			    char why[SUCCESSOR_WORD_BYTES])
{
	struct successor_check check;
	int r = successor_check_begin(successor, &check);

	if (r == 0)
		r = successor_check_wait(&check, (int)(CHECK_US / 1000), why);
	else
		snprintf(why, SUCCESSOR_WORD_BYTES, "no child to check it: %s",
			 strerror(-r));
	if (r < 0)
		return r;
	BREAKPOINT("reexec: checked, not executed");
	r = successor_become(successor);
	snprintf(why, SUCCESSOR_WORD_BYTES, "it cannot be executed: %s",
		 strerror(-r));
	return r;
}

/* they have nothing yet, and others are made as soon as somebody looks */
static void end_spares(struct supervisor *s)
{
	zygotes_end(s);
	for (size_t i = 0; i < s->n_children; i++)
		spare_free(s->children[i]);
}

static void look_for_spares(struct supervisor *s)
{
	for (size_t i = 0; i < s->n_children; i++)
		spare_look(s->children[i]);
}

/* returns only when it is not to be */
static void become(struct reexec *x)
{
	char why[SUCCESSOR_WORD_BYTES];
	struct successor successor;
	struct state_writer w;
	int r;

	end_spares(x->supervisor);
	r = write_state(x->supervisor, &w, &successor);
	if (r < 0) {
		snprintf(why, sizeof(why), "its state cannot be written: %s",
			 strerror(-r));
	} else {
		check_and_become(&successor, why);
		close(successor.state_fd);
	}
	state_clear(&w);
	supervisor_reap_strangers(x->supervisor);
	look_for_spares(x->supervisor);
	end(x, why);
}

/* ---- in its order ---- */

static uint64_t timer_us(const struct reexec *x)
{
	return x->until_ns / 1000;
}

static void look_again(struct reexec *x, uint64_t delay_us)
{
	sd_event_source_set_time_relative(x->timer, delay_us);
	sd_event_source_set_enabled(x->timer, SD_EVENT_ONESHOT);
}

static void until(struct reexec *x, uint64_t patience_us)
{
	x->until_ns = supervisor_now_ns() + patience_us * 1000;
	sd_event_source_set_time(x->timer, timer_us(x));
	sd_event_source_set_enabled(x->timer, SD_EVENT_ONESHOT);
}

static uint64_t levels_below(const struct spec_node *node)
{
	uint64_t most = 0, n;

	for (size_t i = 0; i < node->n_children; i++) {
		if (!spec_is_supervisor(node->children[i]))
			continue;
		n = 1 + levels_below(node->children[i]);
		most = n > most ? n : most;
	}
	return most;
}

static void go_quiet(struct reexec *x)
{
	BREAKPOINT("reexec: done below, not here");
	x->stage = REEXEC_QUIET;
	until(x, QUIET_US);
	look_again(x, 0);
}

static void try_now(struct reexec *x)
{
	char text[512], why[600];

	nursery_sweep(x->supervisor);	/* what it says is to go out before */
	if (!is_busy(x->supervisor, text, sizeof(text))) {
		become(x);
		return;
	}
	if (supervisor_now_ns() < x->until_ns) {
		look_again(x, LOOK_US);
		return;
	}
	snprintf(why, sizeof(why), "it is busy: %s; try again", text);
	end(x, why);
}

static void ask(struct child *c, const struct reexec *x)
{
	char bytes[PATH_MAX + 64];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "REEXEC");
	fields_put_u64(&w, "ID", x->request);
	fields_put(&w, "BINARY", x->binary);
	link_send(c->link, &w, NULL, 0);
	c->reexecs = true;
}

static bool any_below(const struct supervisor *s)
{
	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->reexecs)
			return true;
	return false;
}

static void go_below(struct reexec *x)
{
	struct supervisor *s = x->supervisor;

	BREAKPOINT("reexec: wanted, nobody below told");
	x->stage = REEXEC_BELOW;
	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->is_supervisor && s->children[i]->link)
			ask(s->children[i], x);
	if (any_below(s))
		until(x, levels_below(s->node) * LEVEL_US);
	else
		go_quiet(x);
}

static void not_heard(struct child *c, const char *why)
{
	c->reexecs = false;
	row(c->supervisor, c->node->path, why);
}

static void waited_below(struct reexec *x)
{
	struct supervisor *s = x->supervisor;

	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->reexecs)
			not_heard(s->children[i], "it did not answer in time");
	go_quiet(x);
}

/* ---- the first check ---- */

static void checked(struct reexec *x, bool late)
{
	struct supervisor *s = x->supervisor;
	char why[SUCCESSOR_WORD_BYTES], text[SUCCESSOR_WORD_BYTES + 300];
	uint64_t request = x->request;
	int r;

	x->word = sd_event_source_disable_unref(x->word);
	r = successor_check_end(&x->check, late, why);
	x->check.pid = 0;
	supervisor_reap_strangers(s);
	if (r == 0) {
		go_below(x);
		return;
	}
	snprintf(text, sizeof(text), "%.*s: %s", 250, x->binary, why);
	note(s, text);
	reexec_free(x);
	refuse(s, request, -ECANCELED, text);
}

static int on_word(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct reexec *x = data;

	(void)source;
	(void)fd;
	(void)events;
	if (successor_check_read(&x->check))
		checked(x, false);
	return 0;
}

static int check_first(struct reexec *x)
{
	struct successor successor;
	struct state_writer w;
	int r = write_state(x->supervisor, &w, &successor);

	if (r == 0) {
		r = successor_check_begin(&successor, &x->check);
		close(successor.state_fd);
	}
	state_clear(&w);
	if (r == 0)
		r = sd_event_add_io(x->supervisor->event, &x->word,
				    x->check.word_fd, POLLIN, on_word, x);
	until(x, CHECK_US);
	return r < 0 ? r : 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct reexec *x = data;

	(void)source;
	(void)usec;
	switch (x->stage) {
	case REEXEC_CHECKING:
		checked(x, true);
		break;
	case REEXEC_BELOW:
		waited_below(x);
		break;
	case REEXEC_QUIET:
		try_now(x);
		break;
	case REEXEC_DONE:
		break;
	}
	return 0;
}

/* ---- its beginning ---- */

static struct reexec *reexec_new(struct supervisor *s, uint64_t request,
				 const char *binary)
{
	struct reexec *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->supervisor = s;
	x->request = request;
	x->binary_fd = -1;
	snprintf(x->binary, sizeof(x->binary), "%s", binary);
	/* in turn with all others: behind them, one busy child would stop us */
	if (sd_event_add_time_relative(s->event, &x->timer, CLOCK_MONOTONIC,
				       CHECK_US, 1, on_timer, x) < 0) {
		free(x);
		return NULL;
	}
	s->reexec = x;
	return x;
}

/* another has taken its place there, or nobody yet */
#define DELETED " (deleted)"
static const char *own_binary(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	size_t n_deleted = strlen(DELETED);

	if (n < 0)
		return NULL;
	path[n] = '\0';
	if ((size_t)n > n_deleted &&
	    !strcmp(path + (size_t)n - n_deleted, DELETED))
		path[(size_t)n - n_deleted] = '\0';
	return path;
}

static int open_binary(struct reexec *x)
{
	const struct tree *tree = x->supervisor->tree;

	return successor_open(x->binary, tree->owner, !tree->host.user_mode,
			      &x->binary_fd);
}

static const char *why_no_binary(int error)
{
	if (error == -EPERM)
		return "it has to belong to root or to the user whose system it is, and not everybody may write it";
	return strerror(-error);
}

void reexec_begin(struct supervisor *s, uint64_t request, const char *binary)
{
	char own[PATH_MAX], text[PATH_MAX + 200], trust[400];
	struct reexec *x;
	const char *why;
	int r;

	if (s->reexec) {
		refuse(s, request, -EBUSY, "another reexec is under way");
		return;
	}
	if (!binary)
		binary = own_binary(own);
	if (!binary || *binary != '/') {
		refuse(s, request, -EINVAL, "the path of a program has to be absolute");
		return;
	}
	x = reexec_new(s, request, binary);
	if (!x) {
		refuse(s, request, -ENOMEM, strerror(ENOMEM));
		return;
	}
	r = open_binary(x);
	why = r < 0 ? NULL : trust_why_not(x->binary, s->tree->root, trust,
					   sizeof(trust));
	if (why) {
		r = -EPERM;
		snprintf(text, sizeof(text), "it %s", why);
	} else if (r < 0) {
		snprintf(text, sizeof(text), "%s: %s", x->binary,
			 why_no_binary(r));
	} else {
		r = check_first(x);
		snprintf(text, sizeof(text), "%s: it cannot be checked: %s",
			 x->binary, strerror(-r));
	}
	if (r == 0)
		return;
	reexec_free(x);
	refuse(s, request, -ECANCELED, text);
}

void reexec_message(struct supervisor *s, const struct fields *f)
{
	const char *binary = fields_get(f, "BINARY");
	uint64_t request;
	struct reexec *x;
	int r;

	if (!binary || fields_get_u64(f, "ID", &request) < 0)
		return;
	if (s->reexec)		/* its parent has lost patience since */
		reexec_free(s->reexec);
	x = reexec_new(s, request, binary);
	if (!x)
		return;
	r = open_binary(x);
	if (r < 0)
		end(x, why_no_binary(r));
	else
		go_below(x);
}

/* ---- answers ---- */

static void answered(struct supervisor *s)
{
	if (s->reexec && s->reexec->stage == REEXEC_BELOW && !any_below(s))
		go_quiet(s->reexec);
}

bool reexec_answer(struct child *c, const struct fields *f)
{
	struct supervisor *s = c->supervisor;
	uint64_t request;

	if (strcmp(f->verb, "REEXECED"))
		return false;
	if (!s->reexec || fields_get_u64(f, "ID", &request) < 0 ||
	    request != s->reexec->request)
		return true;
	c->reexecs = false;
	answered(s);
	return true;
}

void reexec_orphaned(struct child *c)
{
	if (!c->reexecs)
		return;
	if (c->supervisor->reexec)
		not_heard(c, "it ended meanwhile: see why");
	c->reexecs = false;
	answered(c->supervisor);
}

bool reexec_checks(const struct supervisor *s, pid_t pid)
{
	return s->reexec && s->reexec->check.pid == pid;
}

int reexec_check_pidfd(const struct supervisor *s)
{
	return s->reexec && s->reexec->check.pid ? s->reexec->check.pidfd : -1;
}

/* ---- for who takes our place ---- */

static const struct state_member reexec_members[] = {
	STATE_MEMBER(struct reexec, UNSIGNED, "REQUEST", request),
	STATE_MEMBER(struct reexec, TEXT, "BINARY", binary),
};
static const struct state_kind reexec_kind =
	STATE_KIND("REEXEC", reexec_members);

void reexec_put(const struct supervisor *s, struct state_writer *w)
{
	state_put(w, &reexec_kind, s->reexec);
}

int reexec_take(struct supervisor *s, struct state_reader *r)
{
	struct reexec *x = calloc(1, sizeof(*x));

	if (!x)
		return state_fail(r, "there is no memory");
	x->supervisor = s;
	x->stage = REEXEC_DONE;
	x->binary_fd = -1;
	s->reexec = x;
	return state_take(r, &reexec_kind, x);
}

void reexec_resumed(struct supervisor *s)
{
	look_for_spares(s);
	BREAKPOINT("reexec: goes on, not said");
	end(s->reexec, NULL);
}
