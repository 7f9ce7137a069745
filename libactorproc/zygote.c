// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * zygote.c - a process that forks the instances of its class.
 *
 * It has executed the program once, in the sandbox, and has nothing of any
 * instance. Of the library, nothing is set up before the fork but memory: what is
 * written by none behind it has its pages once for all of them, so what libc does
 * once in a process is done here, and symbols have been looked up by the loader
 * (LD_BIND_NOW). What each writes is close together, and the kernel writes to
 * nothing of it (GLIBC_TUNABLES). Each FORK brings the control channel and the
 * output of one more. What is forked is a child of
 * the supervisor, like every actor: it says FORKED, and the kernel says who it
 * is. Then it takes its own channel in the place of the zygote's, so what it
 * becomes later cannot speak here. One that is forked before it is needed has no
 * name so far: that comes with SETUP.
 *
 * The bare system call: libc's fork() makes children of the caller alone. There
 * is one thread, so no lock is held by another; handlers of pthread_atfork(3) do
 * not run.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "libactorproc/closing.h"
#include "libactorproc/path.h"
#include "libactorproc/protocol.h"
#include "libactorproc/zygote.h"

#define WORD_BYTES 128
#define ZYGOTE_VARIABLE "ACTOR_ZYGOTE"
#define BINDING_VARIABLE "LD_BIND_NOW"
#define TUNABLES_VARIABLE "GLIBC_TUNABLES"

bool zygote_wanted(void)
{
	return getenv(ZYGOTE_VARIABLE);
}

static int send_word(const struct fields_writer *word)
{
	struct pollfd room = { .fd = ACTOR_CONTROL_FD, .events = POLLOUT };
	int r;

	for (;;) {
		r = control_send(ACTOR_CONTROL_FD, word->buffer,
				 word->length_bytes, NULL, 0);
		if (r != -EAGAIN)
			return r;
		poll(&room, 1, -1);
	}
}

static int say(const char *verb, const char *name, const char *value)
{
	struct fields_writer word;
	char bytes[WORD_BYTES];

	fields_begin(&word, bytes, sizeof(bytes), verb);
	if (name)
		fields_put(&word, name, value);

	return send_word(&word);
}

/* ---- in the instance ---------------------------------------------------- */

/* What the kernel clears, and what only a zygote may. */
static int put_on(pid_t parent)
{
	const struct rlimit none = { 0, 0 };

	/* bare: libc's own is far from all else that is called here */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    syscall(SYS_getppid) != parent)
		return -ESRCH;

	return setrlimit(RLIMIT_NPROC, &none) < 0 ? -errno : 0;
}

static int take_channel(const int *fds)
{
	if (dup2(fds[1], STDOUT_FILENO) < 0 || dup2(fds[1], STDERR_FILENO) < 0 ||
	    dup2(fds[0], ACTOR_CONTROL_FD) < 0)
		return -errno;
	close(fds[0]);
	close(fds[1]);

	return 0;
}

static int put_name(char *variable, size_t size_bytes, const char *value)
{
	char *at = strchr(variable, '=') + 1;

	if (!value || strlen(value) >= size_bytes - (size_t)(at - variable))
		return -EBADMSG;
	strcpy(at, value);

	return 0;
}

static int take_names(struct zygote_names *names, const struct fields *order)
{
	int r = put_name(names->path, sizeof(names->path),
			 fields_get(order, "PATH"));

	return r < 0 ? r : put_name(names->generation,
				    sizeof(names->generation),
				    fields_get(order, "GENERATION"));
}

int zygote_named(struct zygote_names *names, const struct fields *setup)
{
	return names->missing ? take_names(names, setup) : 0;
}

/* Who it is, is said first: whatever ends it later, its end is known. */
static int become(struct control_message *order, struct zygote_names *names,
		  pid_t parent)
{
	const char *number = fields_get(&order->fields, "NUMBER");
	int r;

	r = put_on(parent);
	if (r == 0)
		r = say("FORKED", "NUMBER", number);
	if (r == 0)
		r = take_channel(order->fds);
	names->missing = !fields_get(&order->fields, "PATH");
	if (r == 0 && !names->missing)
		r = take_names(names, &order->fields);
	order->n_fds = 0;

	return r;
}

/* ---- in the zygote ------------------------------------------------------ */

/* Return: 0 in the child, its pid here, a negative errno */
static long fork_sibling(void)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL,
			   NULL);

	return pid < 0 ? -errno : pid;
}

/* Nobody is forked yet, so it is on for all of them. */
static void close_now(const struct fields *order)
{
	int r = closing_note(order);

	if (r == 0)
		r = closing_close();
	if (r == 0)
		return;
	say("UNFIT", "REASON", "it cannot close its sandbox");
	_exit(1);
}

/* Without a process its channel ends, and that says all. */
static bool obey(struct control_message *order, struct zygote_names *names,
		 pid_t parent)
{
	long pid;

	if (strcmp(order->fields.verb, "CLOSE") == 0) {
		close_now(&order->fields);
		control_message_clear(order);
		return false;
	}
	if (strcmp(order->fields.verb, "FORK") != 0 || order->n_fds != 2 ||
	    !fields_get(&order->fields, "NUMBER")) {
		control_message_clear(order);
		return false;
	}
	pid = fork_sibling();
	if (pid == 0 && become(order, names, parent) < 0)
		_exit(1);
	if (pid != 0)
		control_message_clear(order);

	return pid == 0;
}

static void sleep_until_told(void)
{
	struct pollfd channel = { .fd = ACTOR_CONTROL_FD, .events = POLLIN };

	poll(&channel, 1, -1);
}

/* Once for all: each would have pages of its own for it. */
static void prepare(struct zygote_names *names)
{
	const char *tunables = getenv(TUNABLES_VARIABLE);

	unsetenv(ZYGOTE_VARIABLE);
	unsetenv(BINDING_VARIABLE);
	if (tunables && strcmp(tunables, ACTOR_ZYGOTE_TUNABLES) == 0)
		unsetenv(TUNABLES_VARIABLE);
	strcpy(names->path, "ACTOR_PATH=");
	strcpy(names->generation, "ACTOR_GENERATION=");
	putenv(names->path);
	putenv(names->generation);
	/* what it allocates stays, and would keep the filter's memory a hole: each
	 * would have that for itself, and the lists of malloc(3) that know of it */
	tzset();
	free(malloc(1));
}

int zygote_serve(struct control_message *order, struct zygote_names *names)
{
	pid_t parent = getppid();
	int r;

	/* what is in its buffers would be printed by each */
	fflush(NULL);
	prepare(names);
	if (!__libc_single_threaded) {
		say("UNFIT", "REASON", "it has threads");
		return 1;
	}
	r = say("ZYGOTE", NULL, NULL);
	while (r == 0 || r == -EAGAIN || r == -EBADMSG) {
		r = control_receive(ACTOR_CONTROL_FD, order, true);
		if (r == -EAGAIN)
			sleep_until_told();
		else if (r == 0 && obey(order, names, parent))
			return 0;
	}

	return 1;
}
