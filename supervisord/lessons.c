/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lessons.c - an actor runs outside of its sandbox, to see what it would need.
 *
 * It is started as on a host that has no mounts, networks and Landlock of its own,
 * with its own uid, and with a filter whose calls wait for us when they name
 * something, or when its profile does not have them; all are then made. So it does
 * what it would do, and what it wanted is turned into keys of the file, but for
 * what every sandbox has. A system has to allow that (`learning`): whoever has
 * taken such an actor over has the host with the rights of its uid.
 *
 * When this supervisor is gone the waiting calls fail, and the actor dies with it;
 * the next one starts it in its sandbox. So it does when nobody has ended the
 * lesson for LESSON_US. What ends without having been ready has been seen, too: it
 * stays where it is until somebody asks for it.
 */
#include "supervisord/lessons.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libactorproc/path.h"
#include "supervisord/act/launch_override.h"
#include "supervisord/act/observation.h"
#include "supervisord/act/program_libraries.h"
#include "supervisord/act/sandbox.h"
#include "supervisord/decide/class.h"
#include "supervisord/decide/lesson.h"
#include "supervisord/spare.h"
#include "supervisord/supervisor.h"

#define LESSON_US UINT64_C(600000000)
#define N_OPENED 16
#define ROW_BYTES (2 * PATH_MAX + 256)

/**
 * struct child_lesson - of one child
 * @host: ours, without what would hide the host's own
 * @over: it ends with its process
 * @opened: its last files, by the names that it had for them
 */
struct child_lesson {
	struct launch_host host;
	struct launch_program *program;
	sd_event_source *timer;
	bool over;
	char opened[N_OPENED][PATH_MAX];
	size_t n_opened;
	struct lesson lesson;
};

/* ---- begin and end ------------------------------------------------------ */

static const char *why_not(const struct child *c, int *ret_error)
{
	*ret_error = -EPERM;
	if (c->supervisor->tree->root->children[1]->learning != SPEC_ALLOW)
		return "this system is in production: learning needs "
		       "\"learning: allow\" in its file, and a restart";
	*ret_error = -EOPNOTSUPP;
	if (class_of(c->node) && class_is_shared(c->node))
		return "its class is forked from one process: set "
		       "\"isolate: instance\" to learn what it needs";
	if (spec_has_own_place(c->node))
		return "its scratch and state are mounts of its sandbox: take "
		       "these keys out to learn what else it needs";
	if (!c->supervisor->tree->host.seccomp_listener)
		return "this kernel does not tell of system calls";
	*ret_error = -EALREADY;
	return c->lesson ? "it is being learned already" : NULL;
}

/* not those that the file does not have */
bool lessons_may_be(const struct child *c)
{
	int error;

	return !c->is_supervisor && !path_is_within(c->node->path, "/system") &&
	       (!why_not(c, &error) || error == -EALREADY);
}

bool lessons_underway(const struct child *c)
{
	return c->lesson && !c->lesson->over;
}

/* what is below its end has not ended yet: then it is started */
static void start_in_sandbox(struct child *c)
{
	if (supervisor_start_child(c) == -EAGAIN)
		c->starts_when_settled = true;
	/* else the system ends, if it does not start */
}

/* the process has no other filter before its end */
void lessons_over(struct child *c, const char *why)
{
	struct child_lesson *lesson = c->lesson;

	child_note(c, "learned", NULL, NULL, why);
	if (!child_state_has_process(c->state)) {
		lessons_end(c);
		/* what had ended well, or was stopped, is no lesson's to start */
		if (!c->living && !c->was_ready)
			start_in_sandbox(c);
		return;
	}
	lesson->over = true;
	lesson->timer = sd_event_source_disable_unref(lesson->timer);
	supervisor_stop_child(c, PURPOSE_RESTART, NULL,
			      ++c->supervisor->last_group);
}

void lessons_process_ended(struct child *c)
{
	const struct child_lesson *lesson = c->lesson;

	if (lesson && lesson->over)
		lessons_end(c);
}

static int on_end(sd_event_source *timer, uint64_t usec, void *data)
{
	(void)timer;
	(void)usec;
	lessons_over(data, "nobody has asked what it needs in time");
	return 0;
}

int lessons_begin(struct child *c, const char **ret_why)
{
	struct child_lesson *lesson;
	int r;

	*ret_why = why_not(c, &r);
	if (*ret_why)
		return r;
	*ret_why = "no memory";
	lesson = calloc(1, sizeof(*lesson));
	if (!lesson)
		return -ENOMEM;
	r = sd_event_add_time_relative(c->supervisor->event, &lesson->timer,
				       CLOCK_BOOTTIME, LESSON_US, 0, on_end, c);
	if (r < 0) {
		free(lesson);
		return r;
	}
	lesson->host = c->supervisor->tree->host;
	lesson->host.namespaces = false;
	lesson->host.landlock_abi = 0;
	lesson->host.empty_netns_fd = -1;
	lesson->host.learns = true;
	lesson->lesson.is_program = c->node->kind == SPEC_PROGRAM;
	c->lesson = lesson;
	spare_look(c);
	child_note(c, "learning", NULL, NULL, "outside of its sandbox, by hand");
	return 0;
}

const struct launch_host *lessons_host(const struct child *c)
{
	if (c->lesson && c->lesson->program)
		return &c->lesson->host;
	return &c->supervisor->tree->host;
}

void lessons_end(struct child *c)
{
	struct child_lesson *lesson = c->lesson;

	if (!lesson)
		return;
	c->lesson = NULL;
	sd_event_source_disable_unref(lesson->timer);
	launch_program_free(lesson->program);
	lesson_clear(&lesson->lesson);
	free(lesson);
}

int lessons_prepare(struct child *c, struct launch *launch,
		    const char **ret_what)
{
	struct child_lesson *lesson = c->lesson;
	int r;

	lesson->program = launch_program_free(lesson->program);
	r = launch_program_new(&lesson->program, &lesson->host, c->node,
			       ret_what);
	if (r == 0) {
		*ret_what = "seccomp";
		r = launch_program_learns(lesson->program, c->node);
	}
	launch->host = &lesson->host;
	launch->program = lesson->program;
	return r;
}

/* ---- what is seen ------------------------------------------------------- */

static bool is_same_file(const struct stat *st, const char *path)
{
	struct stat other;

	return stat(path, &other) == 0 && st->st_dev == other.st_dev &&
	       st->st_ino == other.st_ino;
}

/* its program and libraries, by whatever name */
static bool is_own(const struct spec_node *node, const char *path)
{
	const struct program_libraries *libraries;
	const char *what;
	struct stat st;

	if (stat(path, &st) < 0 || S_ISDIR(st.st_mode))
		return false;
	if (is_same_file(&st, node->exec_path) ||
	    is_same_file(&st, PROGRAM_LIBRARIES_CACHE))
		return true;
	if (program_libraries(node->exec_path, node->environment, &libraries,
			      &what) < 0)
		return false;
	for (size_t i = 0; i < libraries->n_paths; i++)
		if (is_same_file(&st, libraries->paths[i]))
			return true;
	return false;
}

static bool is_granted(char *const *paths, const char *path)
{
	for (; paths && *paths; paths++)
		if (path_is_within(path, *paths))
			return true;
	return false;
}

static const enum lesson_use uses[] = {
	[OBSERVATION_READS] = LESSON_READS,
	[OBSERVATION_EXECUTES] = LESSON_EXECUTES,
	[OBSERVATION_MAPS] = LESSON_EXECUTES,
	[OBSERVATION_WRITES] = LESSON_WRITES,
	[OBSERVATION_SEES] = LESSON_SEES,
	[OBSERVATION_MAKES] = LESSON_MAKES,
	[OBSERVATION_REPLACES] = LESSON_REPLACES,
	[OBSERVATION_CONNECTS] = LESSON_CONNECTS,
	[OBSERVATION_LISTENS] = LESSON_LISTENS,
	[OBSERVATION_SENDS] = LESSON_SENDS,
	[OBSERVATION_CALLS] = LESSON_CALLS,
};

static bool leads_to(const char *folder, char *const *paths)
{
	for (; paths && *paths; paths++)
		if (path_is_within(*paths, folder))
			return true;
	return false;
}

/* what is on the way to what it has is there */
static bool is_on_the_way(const struct spec_node *node, const char *folder)
{
	return path_is_within(node->exec_path, folder) ||
	       leads_to(folder, node->sandbox.read) ||
	       leads_to(folder, node->sandbox.execute) ||
	       leads_to(folder, node->sandbox.write) ||
	       leads_to(folder, node->sandbox.devices);
}

static bool needs_no_key(const struct spec_node *node,
			 const struct observation *o)
{
	bool sees = o->use == OBSERVATION_SEES ||
		    (o->use == OBSERVATION_MAKES && o->exists);

	if (uses[o->use] == LESSON_EXECUTES)
		return is_own(node, o->text) ||
		       is_granted(node->sandbox.execute, o->text);
	if (is_granted(node->sandbox.write, o->text) ||
	    is_granted(node->sandbox.devices, o->text))
		return true;
	if (!sees && o->use != OBSERVATION_READS)
		return false;
	return !strcmp(o->text, "/") || is_own(node, o->text) ||
	       is_granted(node->sandbox.read, o->text) ||
	       is_granted(node->sandbox.execute, o->text) ||
	       (sees && is_on_the_way(node, o->text));
}

/* a file is opened before code of it is mapped, and its loader will look for it by
 * that name again */
static void name_as_opened(struct child_lesson *lesson, struct observation *o)
{
	struct stat st;

	if (o->use == OBSERVATION_READS && o->exists)
		strcpy(lesson->opened[lesson->n_opened++ % N_OPENED], o->text);
	if (o->use != OBSERVATION_MAPS || stat(o->text, &st) < 0)
		return;
	for (size_t i = 0; i < N_OPENED; i++)
		if (is_same_file(&st, lesson->opened[i])) {
			strcpy(o->text, lesson->opened[i]);
			return;
		}
}

static void take(struct child *c, struct observation *o)
{
	struct lesson *lesson = &c->lesson->lesson;

	if (*o->text == '/')
		lesson_path(o->text);
	name_as_opened(c->lesson, o);
	if (!needs_no_key(c->node, o) &&
	    lesson_note(lesson, uses[o->use], o->text, o->exists) < 0)
		lesson->n_lost++;
}

/* its second stage is behind the start hook, and a program has none */
static enum sandbox_stage stage_of(const struct child *c)
{
	if (!c->was_ready || c->node->kind == SPEC_PROGRAM ||
	    c->lesson->host.without & LAUNCH_SECOND_STAGE)
		return SANDBOX_FIRST_STAGE;
	return SANDBOX_SECOND_STAGE;
}

static void take_call(struct child *c, const struct observation_call *call)
{
	struct lesson *lesson = &c->lesson->lesson;
	unsigned int groups;

	if (!*call->name || call->is_address ||
	    spec_lists(c->node->sandbox.syscalls, call->name))
		return;
	groups = sandbox_groups_of(call->name, call->arguments, stage_of(c));
	if (!(groups & launch_program_profile(c->node)) &&
	    lesson_call(lesson, call->name, groups) < 0)
		lesson->n_lost++;
}

void lessons_take(struct child *c, int listener_fd)
{
	struct observation seen[OBSERVATIONS_MAX];
	struct observation_call call;
	int n;

	/* it waits: what it said before is all there, as that it is ready */
	link_drain(c->link);
	if (!c->lesson)
		return;
	n = observation_take(listener_fd, &call, seen);
	for (int i = 0; i < n; i++)
		take(c, &seen[i]);
	if (n >= 0)
		take_call(c, &call);
}

/* ---- what is told ------------------------------------------------------- */

static void row(const struct child *c, uint64_t request, const char *key,
		const char *value, uint64_t times)
{
	char bytes[ROW_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "ROW");
	fields_put_u64(&w, "ID", request);
	fields_put(&w, "PATH", c->node->path);
	fields_put(&w, "KEY", key);
	fields_put(&w, "VALUE", value);
	fields_put_u64(&w, "TIMES", times);
	requests_row(c->supervisor, &w, NULL, 0);
}

static bool has_key(const struct lesson *lesson, const char *key)
{
	for (size_t i = 0; i < lesson->n_rows; i++)
		if (!strcmp(lesson->rows[i].key, key))
			return true;
	return false;
}

/* what its calls would be with the rows of the lesson in its file */
static unsigned int profile_with(const struct lesson *lesson,
				 const struct spec_node *of)
{
	static char *some[] = { "/", NULL };
	struct spec_node node = *of;
	struct spec_sandbox *sandbox = &node.sandbox;

	if (has_key(lesson, "read") || has_key(lesson, "execute") ||
	    has_key(lesson, "devices"))
		sandbox->read = some;
	if (has_key(lesson, "write"))
		sandbox->write = some;
	if (has_key(lesson, "memfd"))
		sandbox->memfd = SPEC_ALLOW;
	if (has_key(lesson, "pids"))
		sandbox->pids = 2;
	if (has_key(lesson, "connect") || has_key(lesson, "listen"))
		sandbox->network = SPEC_NETWORK_GRANTED;
	else if (has_key(lesson, "network"))
		sandbox->network = SPEC_NETWORK_HOST;
	return launch_program_profile(&node);
}

void lessons_rows(struct child *c, uint64_t request)
{
	struct lesson *lesson = &c->lesson->lesson;

	lesson_finish(lesson);
	lesson_drop_calls(lesson, profile_with(lesson, c->node));
	for (size_t i = 0; i < lesson->n_rows; i++)
		row(c, request, lesson->rows[i].key, lesson->rows[i].value,
		    lesson->rows[i].times);
	if (lesson->n_lost)
		row(c, request, "lost", "", lesson->n_lost);
}
