/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zygotes.c - processes that fork the instances of their class.
 *
 * One for each class of a supervisor: what has the same program, arguments and
 * sandbox. It is executed in that sandbox once, and with the channel of a new
 * instance it is told to FORK. The channel has everything in it by then that the
 * instance is to know, as with any start.
 *
 * An instance is our child, and says who it is: FORKED, on the channel of the
 * zygote, with the pid that the kernel puts there. It says so before it says
 * anything else, so whoever hears of an instance looks there first
 * (zygotes_catch_up()). Until then it is not known, and nobody reaps strangers,
 * so no number is used twice.
 *
 * There is no instance, and will be none, when its own channel has ended: no
 * process has the other end, nor does any message to one. Or when the zygote has
 * ended, and all that was said on its channel is heard: then that is closed, and
 * who cannot say FORKED any more exits, before it has read a word of its own. So
 * no start is made twice. One that is lost so is made anew, and in the end by
 * itself, for that start alone; the zygote's death is no failure of anybody. One
 * more than are needed is forked ahead (reserve.c).
 *
 * At an upgrade a class has two for a while: one of the new program, and that of
 * before set aside, to which it goes back when the new one is no good.
 *
 * What cannot fork says nothing of the kind, in whatever language it is written:
 * it is waited for, not long, and then its instances have processes of their own.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libactorproc/path.h"
#include "supervisord/act/launch_program.h"
#include "supervisord/act/pidfd.h"
#include "supervisord/breakpoint.h"
#include "supervisord/closing.h"
#include "supervisord/decide/ceiling.h"
#include "supervisord/decide/class.h"
#include "supervisord/reserve.h"
#include "supervisord/snapshot.h"
#include "supervisord/spare.h"
#include "supervisord/zygotes.h"

/* from exec to its first word */
#define WORD_MAX_NS UINT64_C(5000000000)
/* of one class, in a row, without any instance; of one start */
#define LOST_MAX 3
#define RETRIES_MAX 3
/* behind a start, so that those of a group do not wait for what nobody needs */
#define AHEAD_US 50000
/* and as long as somebody of the group starts */
#define AHEAD_AGAIN_US 250000

/**
 * struct zygote - a class, and the process it has, if any
 * @of: the node that stands for the class, as of the last start
 * @pid: 0: none, or it has ended
 * @speaks: it has said that it can fork
 * @dismissed: nobody needs it any more
 * @unfit: its instances have processes of their own
 * @before: what is gone back to when this one is no good; NULL: nothing
 * @set_aside: it is that of another, or nobody's any more
 * @over: it is not to be there when its process has ended
 * @n_lost: its processes that ended by themselves since the last instance
 * @looked_at: the turn of the loop in which its files were looked at last
 * @heard_at: where among the children the next that it has forked may be
 * @reserve: an instance that is there before it is needed
 * @owes: it has not answered in time for one of those, and is not asked again
 * before it has said something
 */
struct zygote {
	struct zygote *next;
	struct supervisor *supervisor;
	const struct spec_node *of;
	bool of_template;
	char path[PATH_MAX];
	struct launch_program *program;
	pid_t pid;
	int pidfd;
	struct link *link;
	struct output *output;
	sd_event_source *exit_source;
	sd_event_source *timer;
	bool speaks;
	bool unfit;
	bool dismissed;
	struct zygote *before;
	bool set_aside;
	bool over;
	unsigned int n_lost;
	uint64_t looked_at;
	size_t heard_at;
	struct reserve reserve;
	bool owes;
	sd_event_source *ahead;
};

/* by name: another file of the system has other nodes for the same */
static bool is_of(const struct zygote *z, const struct spec_node *class)
{
	return z->of_template == class->is_template &&
	       !strcmp(path_last(z->path), class_name(class));
}

static struct zygote *find(const struct supervisor *s,
			   const struct spec_node *class)
{
	struct zygote *z;

	for (z = s->zygotes; z; z = z->next)
		if (class && !z->set_aside && is_of(z, class))
			return z;
	return NULL;
}

static struct zygote *make(struct supervisor *s, const struct spec_node *class)
{
	struct zygote *z = calloc(1, sizeof(*z));

	if (!z)
		return NULL;
	z->supervisor = s;
	z->of = class;
	z->of_template = class->is_template;
	z->pidfd = -1;
	z->looked_at = UINT64_MAX;
	snprintf(z->path, sizeof(z->path), "%s/%s", s->node->path,
		 class_name(class));
	z->next = s->zygotes;
	s->zygotes = z;
	return z;
}

static struct zygote *find_or_make(struct supervisor *s,
				   const struct spec_node *class)
{
	struct zygote *z = find(s, class);

	if (!z)
		return make(s, class);
	z->of = class;
	return z;
}

static void end_reserve(struct zygote *z)
{
	z->ahead = sd_event_source_disable_unref(z->ahead);
	reserve_end(&z->reserve);
}

/* what was asked for and is not there has ended, or never was */
static bool awaits_reserve(struct zygote *z)
{
	if (!z->reserve.number || z->reserve.pid)
		return false;
	if (reserve_is_awaited(&z->reserve))
		return true;
	link_drain(z->link);
	if (z->reserve.number && !z->reserve.pid)
		reserve_end(&z->reserve);
	return false;
}

/* it has no process, and nobody waits for one of it */
static void forget_it(struct zygote *z)
{
	struct zygote **at = &z->supervisor->zygotes;

	while (*at != z)
		at = &(*at)->next;
	*at = z->next;
	end_reserve(z);
	launch_program_free(z->program);
	free(z);
}

__attribute__((format(printf, 2, 3)))
static void record(const struct zygote *z, const char *format, ...)
{
	struct record record;
	char text[320];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	record_begin(&record, "zygote");
	fields_put(&record.fields, "PATH", z->path);
	fields_put(&record.fields, "TEXT", text);
	reporter_send(z->supervisor->reporter, &record);
}

/* not of a host's ceiling: then a start that needs it fails */
static bool host_bears_them_apart(const struct supervisor *s)
{
	const struct spec_node *root = s->tree->root;
	size_t n = 0;

	for (size_t i = 0; i < root->n_children; i++)
		if (strcmp(root->children[i]->path, "/system"))
			n += ceiling_processes(root->children[i]);
	return n <= CEILING_FILTERS;
}

static void kill_it(struct zygote *z)
{
	if (z->pid)
		syscall(SYS_pidfd_send_signal, z->pidfd, SIGKILL, NULL, 0);
}

static void is_unfit(struct zygote *z, const char *why)
{
	if (z->unfit)
		return;
	z->unfit = true;
	end_reserve(z);
	record(z, "%s cannot fork its instances: %s; %s", z->path, why,
	       host_bears_them_apart(z->supervisor) ?
	       "each has a process, filter and uid of its own" :
	       "and they are too many to have processes of their own");
	kill_it(z);
}

/* ---- what comes of a fork ---- */

/* most speak in the order in which they were asked for: behind the last that was
 * found is the next */
static struct child *awaiting(struct zygote *z, uint64_t number)
{
	const struct supervisor *s = z->supervisor;
	struct child *c;

	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[(z->heard_at + i) % s->n_children];
		if (c->zygote != z || c->fork_number != number)
			continue;
		z->heard_at = (z->heard_at + i + 1) % s->n_children;
		return c;
	}
	return NULL;
}

/* ours, alive or not: it is not reaped */
static int open_child(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	siginfo_t info;

	if (fd < 0)
		return -errno;
	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		return fd;
	close(fd);
	return -ECHILD;
}

/* @c: NULL: it is the one that is made before it is needed */
static void born(struct zygote *z, struct child *c, pid_t pid)
{
	int fd = pid <= 0 || supervisor_knows(z->supervisor, pid) ?
			 -EPROTO : open_child(pid);

	/* nobody else can speak there: then it is as good as dead */
	if (fd < 0) {
		kill_it(z);
		return;
	}
	z->n_lost = 0;
	BREAKPOINT("forked: heard, end not watched");
	if (!c) {
		z->ahead = sd_event_source_disable_unref(z->ahead);
		reserve_born(&z->reserve, pid, fd);
		chores_soon(z->supervisor);	/* what waited for its word */
	} else if (spare_awaits(c))
		spare_born(c, pid, fd);
	else
		child_born(c, pid, fd);
}

static void on_forked(struct zygote *z, const struct control_message *m)
{
	struct child *c;
	uint64_t number;

	if (fields_get_u64(&m->fields, "NUMBER", &number) < 0)
		return;
	c = awaiting(z, number);
	if (c || (number && z->reserve.number == number && !z->reserve.pid)) {
		link_expected(z->link);
		born(z, c, m->sender);
	} else {
		chores_soon(z->supervisor);	/* it ends, and nobody is told */
	}
}

static void on_word(void *data, struct control_message *m, int error)
{
	struct zygote *z = data;
	const char *reason;

	(void)error;
	if (!m) {		/* nobody is left who could say anything */
		z->link = link_free(z->link);
		kill_it(z);
		return;
	}
	z->timer = sd_event_source_disable_unref(z->timer);
	z->owes = false;
	if (!strcmp(m->fields.verb, "FORKED")) {
		on_forked(z, m);
	} else if (!strcmp(m->fields.verb, "ZYGOTE")) {
		z->speaks = true;
	} else {
		reason = fields_get(&m->fields, "REASON");
		is_unfit(z, !strcmp(m->fields.verb, "UNFIT") && reason ?
			    reason : "it says something else");
	}
}

void zygotes_catch_up(struct child *c)
{
	if (c->zygote)
		link_drain(c->zygote->link);
}

/* ---- its own process ---- */

static void on_line(void *data, unsigned int priority, const char *line)
{
	struct zygote *z = data;
	struct record record;

	record_begin(&record, "output");
	fields_put(&record.fields, "PATH", z->path);
	fields_put_u64(&record.fields, "PRIORITY", priority);
	fields_put(&record.fields, "TEXT", line);
	reporter_send(z->supervisor->reporter, &record);
}

static void ended(struct zygote *z, const struct cause *cause)
{
	char name[CAUSE_TEXT_MAX], why[CAUSE_TEXT_MAX + 64];

	cause_format(cause, name, sizeof(name));
	if (z->unfit || z->dismissed)
		return;
	z->n_lost++;
	if (!z->speaks || z->n_lost >= LOST_MAX) {
		snprintf(why, sizeof(why), "it ended %s: %s", z->speaks ?
			 "again and again" : "before it could", name);
		is_unfit(z, why);
		return;
	}
	record(z, "the process of class %s ended: %s; its instances run on, and the next that is needed starts another",
	       z->path, name);
}

static void forget_process(struct zygote *z)
{
	z->timer = sd_event_source_disable_unref(z->timer);
	z->exit_source = sd_event_source_disable_unref(z->exit_source);
	z->output = output_free(z->output);
	if (z->pidfd >= 0)
		close(z->pidfd);
	z->pidfd = -1;
	z->pid = 0;
}

/* the first of them may start another process, for itself and for the others */
static void lose_all(struct zygote *z)
{
	const struct supervisor *s = z->supervisor;
	size_t n = s->n_children;

	for (size_t i = 0; i < n && i < s->n_children; i++)
		if (s->children[i]->zygote == z)
			zygotes_lost(s->children[i]);
}

static int on_exit_of(sd_event_source *source, int fd, uint32_t events,
		      void *data)
{
	struct zygote *z = data;
	struct supervisor *s = z->supervisor;
	siginfo_t info;
	struct cause cause;

	(void)source;
	(void)events;
	if (!pidfd_reap(fd, &info))
		return 0;
	/* whom it has forked, and who has not spoken yet, ends when it does */
	link_drain(z->link);
	end_reserve(z);
	z->link = link_free(z->link);
	cause = cause_from_wait(info.si_code, info.si_status);
	forget_process(z);
	ended(z, &cause);
	lose_all(z);
	if (z->over)
		forget_it(z);
	supervisor_reap_strangers(s);
	return 0;
}

static int on_silence(sd_event_source *source, uint64_t usec, void *data)
{
	struct zygote *z = data;

	(void)source;
	(void)usec;
	z->timer = sd_event_source_disable_unref(z->timer);
	is_unfit(z, "it does not say that it can, as those do that link libactorproc");
	return 0;
}

static uint64_t word_us(const struct zygote *z)
{
	uint64_t half_ns = z->of->start_timeout_ns / 2;

	return (half_ns < WORD_MAX_NS ? half_ns : WORD_MAX_NS) / 1000;
}

/* the sender of each message is wanted, so before there can be one */
static int open_channel(struct zygote *z, int *ret_theirs)
{
	static const int yes = 1;
	int fds[2], r = link_pair(fds);

	if (r < 0)
		return r;
	if (setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0) {
		r = -errno;
		close(fds[0]);
	} else {
		r = link_new(&z->link, z->supervisor->event, fds[0], false,
			     on_word, z);
	}
	if (r < 0) {
		close(fds[1]);
		return r;
	}
	/* with room for who sends it; none has a descriptor to give */
	link_accept_fds(z->link);
	*ret_theirs = fds[1];
	return 0;
}

/* each can have one that ends while the next is made, and so can the process of the
 * class; and one is forked ahead */
static unsigned int n_processes(const struct spec_node *of)
{
	return 2 * (class_size(of) + 1) + 1;
}

static const char *prepare(struct zygote *z, int *ret_error)
{
	const struct launch_host *host = &z->supervisor->tree->host;
	const char *what = "exec";

	*ret_error = 0;
	if (z->program && launch_program_serves(z->program))
		return NULL;
	z->program = launch_program_free(z->program);
	*ret_error = launch_program_new_forking(&z->program, host, z->of,
						n_processes(z->of), &what);
	if (*ret_error < 0)
		return what;
	what = "seccomp";
	*ret_error = closing_prepare(host, z->of, true);
	return *ret_error < 0 ? what : NULL;
}

/* Return: the step that failed, with *@ret_error, or NULL */
static const char *launch(struct zygote *z, int control_fd, int *ret_error)
{
	const struct child_process wanted = {
		.control_fd = control_fd,
		.output = &z->output,
		.line = on_line,
		.data = z,
	};
	struct launch_child made;
	const char *step;

	step = child_make_zygote(z->supervisor, z->of, z->path, z->program,
				 &wanted, &made, ret_error);
	if (step)
		return step;
	z->pid = made.pid;
	z->pidfd = made.pidfd;
	z->speaks = false;
	z->owes = false;
	z->dismissed = false;
	*ret_error = -launch_failure(made.error_fd, &step);
	if (made.error_fd >= 0)
		close(made.error_fd);
	if (*ret_error == 0 && made.listener_fd >= 0) {
		step = "violations";
		*ret_error = violations_watch_class(z->supervisor,
						    made.listener_fd);
	}
	return *ret_error < 0 ? step : NULL;
}

static const char *watch(struct zygote *z, int *ret_error)
{
	sd_event *event = z->supervisor->event;
	int r;

	r = sd_event_add_io(event, &z->exit_source, z->pidfd, EPOLLIN,
			    on_exit_of, z);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &z->timer,
					       CLOCK_MONOTONIC, word_us(z),
					       1000, on_silence, z);
	*ret_error = r;
	return r < 0 ? "watch" : NULL;
}

/* with its death on its way, nobody is told of it */
static void give_up(struct zygote *z)
{
	end_reserve(z);
	kill_it(z);
	forget_process(z);
	z->link = link_free(z->link);
}

static const char *begin(struct zygote *z, int *ret_error)
{
	const char *step;
	int theirs = -1;

	step = prepare(z, ret_error);
	if (step)
		return step;
	*ret_error = open_channel(z, &theirs);
	if (*ret_error < 0)
		return "control";
	closing_say(z->link, &z->supervisor->tree->host, z->of, true);
	step = launch(z, theirs, ret_error);
	close(theirs);
	if (!step)
		step = watch(z, ret_error);
	if (step)
		give_up(z);
	return step;
}

/* ---- instances ---- */

static void renew(struct zygote *z)
{
	z->program = launch_program_free(z->program);
	z->unfit = false;
	z->n_lost = 0;
	z->dismissed = true;
	end_reserve(z);
	kill_it(z);
}

/* whom it has forked runs on */
static void let_go(struct zygote *z)
{
	z->set_aside = true;
	z->dismissed = true;
	z->over = true;
	end_reserve(z);
	if (z->pid)
		kill_it(z);
	else
		forget_it(z);
}

static void let_go_of_before(struct zygote *z)
{
	struct zygote *before = z->before;

	z->before = NULL;
	if (before)
		let_go(before);
}

/* what they would go back to is not what the file says now */
void zygotes_renew(struct supervisor *s)
{
	struct zygote *z;

	for (z = s->zygotes; z; z = z->next)
		let_go_of_before(z);
	for (z = s->zygotes; z; z = z->next)
		renew(z);
}

/* ---- another program for a class ---- */

bool zygotes_has(const struct child *c)
{
	const struct spec_node *class = c->is_supervisor ? NULL :
					class_of(c->node);
	const struct zygote *z = find(c->supervisor, class);

	return class && launch_host_counts(&c->supervisor->tree->host) &&
	       !(z && z->unfit);
}

struct launch_program *zygotes_program(const struct child *c)
{
	const struct zygote *z = find(c->supervisor, class_of(c->node));

	return z ? z->program : NULL;
}

/* its last process may be of the file that is there, as is the new one: that is no
 * way back */
static void set_aside(struct zygote *z, struct launch_program *back)
{
	z->set_aside = true;
	end_reserve(z);
	if (!back && z->program && launch_program_is_stale(z->program))
		back = z->program;
	if (back == z->program)
		return;
	renew(z);
	z->program = launch_program_hold(back);
	if (back)
		back->n_processes = n_processes(z->of);
}

const char *zygotes_upgrade(struct child *c, struct launch_program *back,
			    int *ret_error)
{
	struct supervisor *s = c->supervisor;
	struct zygote *before = find_or_make(s, class_of(c->node)), *z;
	const char *step;

	*ret_error = -ENOMEM;
	z = before ? make(s, class_of(c->node)) : NULL;
	if (!z)
		return "zygote";
	step = prepare(z, ret_error);
	if (step) {
		forget_it(z);
		return step;
	}
	z->before = before;
	set_aside(before, back);
	return NULL;
}

/* without a root of its own it is found by its name, and that is the new one's */
bool zygotes_go_back(struct child *c)
{
	struct zygote *z = find(c->supervisor, class_of(c->node));
	struct zygote *before = z ? z->before : NULL;

	if (!before || !before->program || before->program->root_fd < 0)
		return false;
	launch_program_note_tried(before->program, z->program);
	z->before = NULL;
	let_go(z);
	before->set_aside = false;
	return true;
}

void zygotes_stay(struct child *c)
{
	struct zygote *z = find(c->supervisor, class_of(c->node));

	if (z)
		let_go_of_before(z);
}

bool zygotes_are_of_one(const struct child *c, const struct child *other)
{
	return !other->is_supervisor && class_of(other->node) &&
	       class_of(other->node) == class_of(c->node);
}

/* another file has taken the executable's place: what it can do is not known; or that
 * of what it is granted, which it would never see. Once for all who start in one turn
 * of the loop */
static void look_at_program(struct zygote *z)
{
	uint64_t turn = 0;

	sd_event_get_iteration(z->supervisor->event, &turn);
	if (!z->program || z->looked_at == turn)
		return;
	z->looked_at = turn;
	if (!launch_program_is_current(z->program))
		renew(z);
}

bool zygotes_serve(const struct child *c)
{
	const struct spec_node *class = c->is_supervisor ? NULL :
					class_of(c->node);
	struct supervisor *s = c->supervisor;
	struct zygote *z;

	if (!class || !launch_host_counts(&s->tree->host))
		return false;
	z = find_or_make(s, class);
	if (!z)
		return false;
	look_at_program(z);
	if (!z->unfit && c->n_forks_lost < RETRIES_MAX)
		return true;
	/* too many to have processes of their own: that is said by the start */
	return !host_bears_them_apart(s);
}

static void say_fork(struct child *c, struct zygote *z, int control_fd,
		     int output_fd)
{
	const int fds[] = { control_fd, output_fd };
	char bytes[PATH_MAX + 128];
	struct fields_writer w;

	c->zygote = z;
	c->fork_number = ++z->supervisor->last_fork;
	c->forsaken = false;
	fields_begin(&w, bytes, sizeof(bytes), "FORK");
	fields_put_u64(&w, "NUMBER", c->fork_number);
	fields_put(&w, "PATH", c->node->path);
	fields_put_u64(&w, "GENERATION", c->generation);
	child_runs(c, z->program);
	BREAKPOINT("fork: its channel full, not asked for");
	link_send(z->link, &w, fds, 2);
	BREAKPOINT("fork: asked for, not heard of");
}

const char *zygotes_fork(struct child *c, int control_fd, int *ret_error)
{
	struct zygote *z = find(c->supervisor, class_of(c->node));
	const char *step = NULL;
	int output_fd;

	*ret_error = -EMLINK;
	if (z->unfit || c->n_forks_lost >= RETRIES_MAX)
		return "zygote: more than 500 processes with filters of their own";
	if (!z->pid)
		step = begin(z, ret_error);
	if (step)
		return step;
	*ret_error = output_new(&c->output, c->supervisor->event, &output_fd,
				child_line, c);
	if (*ret_error < 0)
		return "output";
	say_fork(c, z, control_fd, output_fd);
	close(output_fd);
	return NULL;
}

/* ---- one that is there before it is needed ---- */

static bool can_fork_ahead(const struct zygote *z)
{
	return z->pid && z->speaks && z->link && !z->dismissed && !z->unfit &&
	       !z->set_aside && !z->before && !z->owes && !z->reserve.number &&
	       !supervisor_going_down(z->supervisor);
}

/* or could at once; not who backs off, however long that is */
static bool somebody_starts(const struct supervisor *s)
{
	uint64_t now = supervisor_now_ns();

	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->state == CHILD_STARTING ||
		    (s->children[i]->state == CHILD_WAITING &&
		     s->children[i]->delay_until_ns <= now))
			return true;
	return false;
}

/* nobody needs it, and meanwhile nobody who is unknown is reaped: it is forgotten,
 * and ends when it is there, as its channel has ended */
static int on_late(sd_event_source *source, uint64_t usec, void *data)
{
	struct zygote *z = data;

	(void)source;
	(void)usec;
	z->ahead = sd_event_source_disable_unref(z->ahead);
	if (!awaits_reserve(z))
		return 0;
	z->owes = true;
	reserve_end(&z->reserve);
	chores_soon(z->supervisor);
	return 0;
}

static int on_ahead(sd_event_source *source, uint64_t usec, void *data);

/* without the timer there is none before the next child is ready */
static void look_later(struct zygote *z, uint64_t delay_us)
{
	sd_event_add_time_relative(z->supervisor->event, &z->ahead,
				   CLOCK_MONOTONIC, delay_us, 1000, on_ahead,
				   z);
}

static int on_ahead(sd_event_source *source, uint64_t usec, void *data)
{
	struct zygote *z = data;

	(void)source;
	(void)usec;
	z->ahead = sd_event_source_disable_unref(z->ahead);
	if (awaits_reserve(z) || !can_fork_ahead(z))
		return 0;
	/* who fails to start does not tell, as who becomes ready does */
	if (somebody_starts(z->supervisor)) {
		look_later(z, AHEAD_AGAIN_US);
		return 0;
	}
	if (reserve_ask(&z->reserve, z->supervisor, z->link, on_line, z) < 0)
		return 0;
	if (sd_event_add_time_relative(z->supervisor->event, &z->ahead,
				       CLOCK_MONOTONIC, word_us(z), 1000,
				       on_late, z) < 0)
		reserve_end(&z->reserve);
	return 0;
}

void zygotes_look_ahead(struct supervisor *s)
{
	for (struct zygote *z = s->zygotes; z; z = z->next)
		if (!z->ahead && can_fork_ahead(z))
			look_later(z, AHEAD_US);
}

bool zygotes_free_descriptors(struct supervisor *s)
{
	bool had = false;

	for (struct zygote *z = s->zygotes; z; z = z->next) {
		if (!z->reserve.number)
			continue;
		end_reserve(z);
		had = true;
	}
	if (had)
		chores_soon(s);
	return had;
}

bool zygotes_take_one(struct child *c, struct launch_child *ret,
		      int *ret_control_fd)
{
	struct zygote *z = c->is_supervisor ? NULL :
			   find(c->supervisor, class_of(c->node));

	/* of another program it would be, if that had been replaced */
	if (!z || !z->reserve.pid || !zygotes_serve(c) ||
	    !reserve_take(&z->reserve, c, ret, ret_control_fd))
		return false;
	child_runs(c, z->program);
	c->forked = true;
	return true;
}

/* the other end of its channel is nobody's; while a zygote ends, whoever asks it
 * would be lost at once, again and again: its end is waited for */
void zygotes_lost(struct child *c)
{
	if (c->zygote->pid && !c->zygote->link)
		return;
	c->zygote = NULL;
	c->n_forks_lost++;
	if (spare_awaits(c))
		spare_unborn(c);
	else
		child_unborn(c);
}

/* it is stuck, or its zygote is: that one is for whoever comes next anew */
void zygotes_kill(struct child *c)
{
	c->forsaken = true;
	kill_it(c->zygote);
}

static bool has_lives(const struct zygote *z)
{
	const struct supervisor *s = z->supervisor;

	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->living &&
		    find(s, class_of(s->children[i]->node)) == z)
			return true;
	return false;
}

void zygotes_end(struct supervisor *s)
{
	for (struct zygote *z = s->zygotes; z; z = z->next)
		if (z->pid)
			give_up(z);
}

void zygotes_look(struct child *c)
{
	struct zygote *z = c->is_supervisor ? NULL :
			   find(c->supervisor, class_of(c->node));

	if (!z || !z->pid || has_lives(z))
		return;
	z->dismissed = true;
	end_reserve(z);
	kill_it(z);
}

void zygotes_violated(struct supervisor *s, pid_t pid, const char *call)
{
	char why[128];

	for (struct zygote *z = s->zygotes; z; z = z->next) {
		if (z->pid != pid)
			continue;
		snprintf(why, sizeof(why),
			 "its sandbox does not allow the call of %s", call);
		is_unfit(z, why);
	}
}

void zygotes_catch_up_all(struct supervisor *s)
{
	for (struct zygote *z = s->zygotes; z; z = z->next)
		link_drain(z->link);
}

bool zygotes_is(const struct supervisor *s, pid_t pid)
{
	for (const struct zygote *z = s->zygotes; z; z = z->next)
		if ((z->pid && z->pid == pid) ||
		    (z->reserve.pid && z->reserve.pid == pid))
			return true;
	return false;
}

bool zygotes_pending(const struct supervisor *s)
{
	for (struct zygote *z = s->zygotes; z; z = z->next)
		if (awaits_reserve(z))
			return true;
	for (size_t i = 0; s->zygotes && i < s->n_children; i++)
		if (s->children[i]->zygote)
			return true;
	return false;
}

size_t zygotes_pidfds(const struct supervisor *s, int *fds, size_t n_max)
{
	size_t n = 0;

	for (const struct zygote *z = s->zygotes; z; z = z->next) {
		if (z->pid && n < n_max)
			fds[n++] = z->pidfd;
		if (z->reserve.pid && n < n_max)
			fds[n++] = z->reserve.pidfd;
	}
	return n;
}

static const struct zygote *of_forked(const struct child *c)
{
	return c->forked ? find(c->supervisor, class_of(c->node)) : NULL;
}

const char *zygotes_word(const struct child *c)
{
	const struct zygote *z = of_forked(c);

	return z ? z->path : NULL;
}

int zygotes_pidfd(const struct child *c)
{
	const struct zygote *z = of_forked(c);

	return z && z->pid ? z->pidfd : -1;
}

/* ---- for who takes our place ---- */

/** struct class_kept - which class that was */
struct class_kept {
	char *name;
	bool of_template;
};

static const struct state_member class_members[] = {
	STATE_MEMBER(struct class_kept, STRING, "NAME", name),
	STATE_MEMBER(struct class_kept, BOOL, "TEMPLATE", of_template),
};
static const struct state_kind class_kind = STATE_KIND("CLASS", class_members);

void zygotes_put(const struct supervisor *s, struct state_writer *w)
{
	struct class_kept kept;

	for (const struct zygote *z = s->zygotes; z; z = z->next) {
		if (z->set_aside || !z->program || z->program->root_fd < 0)
			continue;
		kept.name = (char *)path_last(z->path);
		kept.of_template = z->of_template;
		state_put(w, &class_kind, &kept);
		snapshot_put_program(z->program, w);
	}
}

static const struct spec_node *class_kept(const struct supervisor *s,
					  const struct class_kept *kept)
{
	const struct spec_node *class;

	for (size_t i = 0; i < s->n_children; i++) {
		class = class_of(s->children[i]->node);
		if (class && class->is_template == kept->of_template &&
		    !strcmp(class_name(class), kept->name))
			return class;
	}
	for (size_t i = 0; kept->of_template && i < s->node->n_templates; i++)
		if (!strcmp(class_name(s->node->templates[i]), kept->name))
			return s->node->templates[i];
	return NULL;
}

static void take_class(struct supervisor *s, struct state_reader *r)
{
	struct class_kept kept = { .name = NULL };
	const struct spec_node *class = NULL;
	struct zygote *z = NULL;

	if (state_take(r, &class_kind, &kept) == 0 && kept.name)
		class = class_kept(s, &kept);
	if (class && !find(s, class))
		z = make(s, class);
	if (!z)
		state_fail(r, "there is no class %s",
			   kept.name ? kept.name : "?");
	else
		snapshot_take_program(&z->program, &s->tree->host, class,
				      n_processes(class), r);
	free(kept.name);
}

int zygotes_take(struct supervisor *s, struct state_reader *r)
{
	while (state_is(r, &class_kind))
		take_class(s, r);
	return r->error;
}
