/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * root.c - what only the root supervisor does.
 *
 * It alone makes the run directory, and talks to the terminal or the service
 * manager that started it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "supervisord/act/directory.h"
#include "supervisord/connections.h"
#include "supervisord/decide/network.h"
#include "supervisord/loop.h"
#include "supervisord/questions.h"
#include "supervisord/recall.h"
#include "supervisord/root.h"
#include "supervisord/shortage.h"
#include "supervisord/store.h"

struct root {
	int ready_fd;		/* who started us waits here; -1: nobody */
	int exit_status;
	char why[PATH_MAX + 256];	/* it ended by itself; "": it did not */
	int lock_fd;		/* -1: the run directory is not ours */
	const char *state_dir;
};

/* ---- the system's beginning and end ---- */

static void tell_starter(struct root *root, const char *text)
{
	if (root->ready_fd < 0)
		return;
	if (write(root->ready_fd, text, strlen(text)) < 0)
		fprintf(stderr, "supervisord: nobody hears that the system is up\n");
	close(root->ready_fd);
	root->ready_fd = -1;
	supervisor_leave_terminal();
}

static void record_system(struct supervisor *s, const char *text)
{
	struct record record;

	record_begin(&record, "system");
	fields_put(&record.fields, "PATH", s->tree->root->children[1]->path);
	fields_put(&record.fields, "TEXT", text);
	reporter_send(s->reporter, &record);
}

static void record_level(struct supervisor *s)
{
	char reasons[LAUNCH_REASONS_BYTES] = "";
	char text[sizeof(reasons) + 64];
	struct record record;
	int level = launch_host_level(&s->tree->host, reasons,
				      sizeof(reasons));

	if (level >= 3 && !*reasons)
		return;
	snprintf(text, sizeof(text), "sandbox level %d of 3: %s", level,
		 reasons);
	fprintf(stderr, "supervisord: %s\n", text);
	record_begin(&record, "lowered");
	fields_put(&record.fields, "PATH", s->tree->root->children[1]->path);
	fields_put(&record.fields, "TEXT", text);
	reporter_send(s->reporter, &record);
}

void root_up(struct supervisor *s)
{
	record_system(s, "the system is up");
	record_level(s);
	sd_notify(0, "READY=1");
	if (s->root->ready_fd < 0)
		fprintf(stderr, "supervisord: the system \"%s\" is up; it stops with ^C or: actorctl stop /%s\n",
			s->tree->system, s->tree->system);
	tell_starter(s->root, "up\n");
}

void root_exit_with(struct supervisor *s, int status, const char *why)
{
	if (supervisor_going_down(s))
		return;
	s->root->exit_status = status;
	snprintf(s->root->why, sizeof(s->root->why), "the system ends with %s",
		 why);
	record_system(s, s->root->why);
	supervisor_end(s, SUPERVISOR_ENDING, "shutdown");
}

void root_life_over(struct supervisor *s)
{
	const struct child *c = s->children[s->n_children - 1];

	/* the file's tree has ended, by a verb or by itself: nothing is left */
	if (!c->living && !supervisor_going_down(s) && *child_cause_text(c))
		snprintf(s->root->why, sizeof(s->root->why),
			 "the system shut down by itself: %s",
			 child_cause_text(c));
	if (!c->living)
		supervisor_end(s, SUPERVISOR_ENDING, "shutdown");
}

static int on_signal(sd_event_source *source,
		     const struct signalfd_siginfo *info, void *data)
{
	struct supervisor *s = data;

	(void)source;
	(void)info;
	sd_notify(0, "STOPPING=1");
	if (s->phase > SUPERVISOR_RUNNING) {
		/* asked twice: no more patience */
		for (size_t i = 0; i < s->n_children; i++)
			child_signal(s->children[i], SIGKILL);
		return 0;
	}
	supervisor_end(s, SUPERVISOR_ENDING, "shutdown");
	return 0;
}

/* in /tmp anybody could have been there first */
static int private_base(const char *run_dir)
{
	char base[64];
	struct stat st;

	snprintf(base, sizeof(base), "/tmp/actorproc-%u",
		 (unsigned int)geteuid());
	if (strncmp(run_dir, base, strlen(base)) ||
	    run_dir[strlen(base)] != '/')
		return 0;
	if (mkdir(base, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (lstat(base, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
		!(st.st_mode & 077) ? 0 : -EPERM;
}

/* held until the root ends: one system of a name at a time */
static int lock_run_dir(const char *run_dir, int *ret_fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_MAX];
	int fd, r;

	snprintf(path, sizeof(path), "%s/pid", run_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_SETLK, &lock) < 0) {
		r = errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
		close(fd);
		return r;
	}
	if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", getpid()) < 0) {
		r = -errno;
		unlink(path);		/* it is ours: we have the lock */
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

static int listen_control(const char *run_dir, int *ret_fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, r;

	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path),
			     "%s/control", run_dir) >=
	    sizeof(address.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlink(address.sun_path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(address.sun_path, 0600) < 0 || listen(fd, 64) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

static int open_state(const char *state_dir, const char *name, int flags,
		      int *ret_fd)
{
	char path[PATH_MAX];
	int r = directory_make_all(state_dir, 0700);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/%s", state_dir, name);
	*ret_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags,
		       0600);
	return *ret_fd < 0 ? -errno : 0;
}

static int complain(const char *what, const char *where, int error)
{
	fprintf(stderr, "supervisord: %s %s: %s\n", what, where,
		strerror(-error));
	return error;
}

static void last_word_path(const char *state_dir, char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/last-word", state_dir);
}

/* sockets of programs whose supervisor was killed and could not do it */
static void clean_notify(const struct tree *tree)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/notify", tree->run_dir);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

static int prepare(struct supervisor *s)
{
	const char *run_dir = s->tree->run_dir;
	const char *state_dir = s->root->state_dir;
	char notify[PATH_MAX], word[PATH_MAX];
	int fd = -1, r;

	r = private_base(run_dir);
	if (r == 0)
		r = directory_make_all(run_dir, 0711);
	if (r < 0)
		return complain("cannot make", run_dir, r);
	r = lock_run_dir(run_dir, &s->root->lock_fd);
	if (r == -EBUSY) {
		fprintf(stderr, "supervisord: the system \"%s\" is running already (%s is locked); stop it with: actorctl stop /%s\n",
			s->tree->system, run_dir, s->tree->system);
		return r;
	}
	if (r < 0)
		return complain("cannot lock", run_dir, r);
	snprintf(notify, sizeof(notify), "%s/notify", run_dir);
	r = directory_make(notify, 0711);
	if (r < 0)
		return complain("cannot make", notify, r);
	clean_notify(s->tree);
	r = listen_control(run_dir, &fd);
	if (r < 0)
		return complain("cannot listen in", run_dir, r);
	last_word_path(state_dir, word);
	unlink(word);
	r = custody_descriptor_put(&s->custody, CONTROL_PATH, "control", fd);
	if (r < 0)
		return complain("cannot listen in", run_dir, r);
	r = connections_begin(s);
	if (r < 0)
		complain("no connections for", NETWORK_PATH, r);
	/* it goes on without them: records then need the journal, and those that
	 * are only counted a process that is not killed */
	r = open_state(state_dir, "dead-letters.jsonl", O_APPEND, &fd);
	if (r < 0)
		complain("no spool for records in", state_dir, r);
	else
		custody_descriptor_put(&s->custody, "/system/dead-letters",
				       "spool", fd);
	r = open_state(state_dir, "dead-letters.held", 0, &fd);
	if (r < 0)
		complain("no file for numbers of records in", state_dir, r);
	else
		custody_descriptor_put(&s->custody, "/system/dead-letters",
				       "held", fd);
	return 0;
}

static void clean_up(const struct tree *tree)
{
	static const char *const names[] = { "control", "notify" };
	char path[PATH_MAX];

	clean_notify(tree);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", tree->run_dir, names[i]);
		if (unlink(path) < 0)
			rmdir(path);
	}
	/* the locked file goes last, and only by its holder */
	snprintf(path, sizeof(path), "%s/pid", tree->run_dir);
	unlink(path);
	rmdir(tree->run_dir);
}

/* for who comes later: a detached root has no terminal to say it on */
static void leave_last_word(const char *state_dir, const char *text)
{
	char path[PATH_MAX];
	int fd;

	last_word_path(state_dir, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd < 0)
		return;
	if (dprintf(fd, "%s\n", text) < 0)
		unlink(path);
	close(fd);
}

static void explain_failure(struct supervisor *s)
{
	const char *state_dir = s->root->state_dir;
	char cause[CAUSE_TEXT_MAX], text[PATH_MAX + 512];
	char word[sizeof(text) + 64];

	/* what comes from below names the path and the cause by itself */
	if (*s->cause_text)
		snprintf(text, sizeof(text), "%s", s->cause_text);
	else
		snprintf(text, sizeof(text), "%s: %s", s->cause_path,
			 cause_format(&s->cause, cause, sizeof(cause)));
	snprintf(word, sizeof(word), "%s %s",
		 s->phase == SUPERVISOR_FAILING_START ?
		 "the system could not start:" : "the system gave up:", text);
	fprintf(stderr, "supervisord: %s\n", word);
	leave_last_word(state_dir, word);
	tell_starter(s->root, text);
}

static int watch_signals(struct supervisor *s)
{
	static const int signals[] = { SIGTERM, SIGINT };
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (size_t i = 0; i < 2; i++) {
		sd_event_source *source;

		r = sd_event_add_signal(s->event, &source, signals[i],
					on_signal, s);
		if (r < 0)
			return r;
		/* before all others: the loop has taken it from the kernel, and
		 * with an exec it would be lost */
		sd_event_source_set_floating(source, true);
		sd_event_source_set_priority(source,
					     SD_EVENT_PRIORITY_IMPORTANT);
		sd_event_source_unref(source);
	}
	return 0;
}

/* it holds copies of every edge that crosses its children, and their arenas */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int root_go_on(struct supervisor *s)
{
	const struct root *root = s->root;
	int r = loop_run(s);

	store_end(s->store);
	if (s->phase == SUPERVISOR_FAILING_START ||
	    s->phase == SUPERVISOR_GIVING_UP)
		explain_failure(s);
	else if (*root->why)
		fprintf(stderr, "supervisord: %s\n", root->why);
	if (root->exit_status)
		leave_last_word(root->state_dir, root->why);
	clean_up(s->tree);
	store_free(s->store);
	reporter_free(s->reporter);
	custody_deinit(&s->custody);
	intensity_deinit(&s->intensity);
	return r < 0 ? 1 : r ? r : root->exit_status;
}

int root_run(struct tree *tree, const char *state_dir, int ready_fd)
{
	static struct supervisor supervisor;
	static struct root root;
	struct supervisor *s = &supervisor;
	sd_event *event = NULL;
	int r;

	s->root = &root;
	root.ready_fd = ready_fd;
	root.lock_fd = -1;
	root.state_dir = state_dir;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	raise_descriptor_limit();
	shortage_begin();
	r = sd_event_new(&event);
	s->event = event;
	if (r >= 0)	/* what WATCHDOG_USEC asks for; without it, nothing */
		r = sd_event_set_watchdog(event, true);
	if (r >= 0)
		r = watch_signals(s);
	if (r >= 0)
		r = supervisor_init(s, tree, tree->root, event);
	if (r >= 0)
		r = questions_new(&s->questions, s);
	if (r >= 0)
		r = store_new(s);
	if (r < 0) {
		complain("cannot begin", tree->system, r);
		return 1;
	}
	if (prepare(s) < 0) {
		if (root.lock_fd >= 0)
			clean_up(tree);
		else		/* not when somebody else is in it */
			rmdir(tree->run_dir);
		return 1;
	}
	if (recall(s) < 0)
		return 1;	/* who is started next waits for it again */
	supervisor_begin(s);
	return root_go_on(s);
}

/* ---- for who takes our place ---- */

static const struct state_member root_members[] = {
	STATE_MEMBER(struct root, FD, "LOCK_FD", lock_fd),
	STATE_MEMBER(struct root, STRING, "STATE_DIR", state_dir),
};
static const struct state_member lives_members[] = {
	STATE_MEMBER(struct ended_lives, UNSIGNED, "N_LIVES", n_lives),
	STATE_MEMBER(struct ended_lives, UNSIGNED, "N_UNREADABLE",
		     n_unreadable),
#define X(member, name)							\
	STATE_MEMBER(struct ended_lives, UNSIGNED, name, counts.member),
	LEDGER_COUNTS(X)
#undef X
};
static const struct state_kind
	root_kind = STATE_KIND("ROOT", root_members),
	lives_kind = STATE_KIND("LIVES", lives_members);

void root_put(const struct supervisor *s, struct state_writer *w)
{
	state_put(w, &root_kind, s->root);
	state_put(w, &lives_kind, &s->ended);
}

int root_take(struct supervisor *s, struct state_reader *r)
{
	struct root *root = calloc(1, sizeof(*root));
	int error;

	if (!root)
		return -ENOMEM;
	s->root = root;
	root->ready_fd = root->lock_fd = -1;
	state_take(r, &root_kind, root);
	state_take(r, &lives_kind, &s->ended);
	error = sd_event_set_watchdog(s->event, true);
	if (error >= 0)
		error = watch_signals(s);
	if (r->error == 0 &&
	    (root->lock_fd < 0 || !root->state_dir || error < 0))
		state_fail(r, "the root has no lock, or no directory");
	return r->error;
}
