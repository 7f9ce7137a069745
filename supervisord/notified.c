/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notified.c - what a program says of itself, as with sd_notify(3).
 *
 * It alone has the socket for that, which has a name in the folder of the system as
 * long as nobody has mounted it. Who sends there is believed to be the program, and
 * what it says is about itself: that it is ready, what it does, and that it needs
 * longer, within limits. Its watchdog is guard.c's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervisord/decide/extension.h"
#include "supervisord/decide/line.h"
#include "supervisord/guard.h"
#include "supervisord/notified.h"
#include "supervisord/order.h"

#define STATUS "STATUS="
#define STATUS_BYTES 200
#define LAST_WORDS_MAX 64	/* somebody else may still say more */

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : NULL;
}

static bool says_ready(const char *text)
{
	for (const char *line = text; line; line = next_line(line))
		if (!strncmp(line, "READY=1", 7) &&
		    (line[7] == '\n' || line[7] == '\0'))
			return true;
	return false;
}

/* ---- how long it may take ------------------------------------------------ */

/* 0: it has had its time */
static uint64_t limit_ns(const struct child *c)
{
	switch (child_state_deadline(c->state)) {
	case CHILD_DEADLINE_START:
		return c->start_by_ns && c->generation == 0 ? c->start_by_ns :
							      UINT64_MAX;
	case CHILD_DEADLINE_ASK:
	case CHILD_DEADLINE_TERM:
		return order_stop_limit_ns(c);
	case CHILD_DEADLINE_NONE:
	case CHILD_DEADLINE_BACKOFF:
	case CHILD_DEADLINE_KILL:
		break;
	}
	return 0;
}

static void extend(struct child *c, uint64_t asked_ns)
{
	uint64_t at_us, later_us;
	struct extension e;

	if (!c->timer || sd_event_source_get_time(c->timer, &at_us) < 0)
		return;
	e = (struct extension){
		.now_ns = supervisor_now_ns(),
		.asked_ns = asked_ns,
		.deadline_ns = at_us * 1000,
		.limit_ns = limit_ns(c),
	};
	later_us = extension_deadline_ns(&e) / 1000;
	if (later_us <= at_us ||
	    sd_event_source_set_time(c->timer, later_us) < 0)
		return;
	c->extended |= c->state == CHILD_STARTING;
}

/* ---- what it does -------------------------------------------------------- */

/* for people: one line that cannot do anything to a terminal */
static void set_status(struct child *c, const char *line)
{
	char text[LINE_TEXT_BYTES];
	size_t n = strcspn(line, "\n");
	bool whole = n <= STATUS_BYTES;

	line_escape(line, whole ? n : STATUS_BYTES, whole, text);
	free(c->status);
	c->status = *text ? strdup(text) : NULL;
}

/* ---- its socket ---------------------------------------------------------- */

static void heard(struct child *c, const char *line)
{
	uint64_t asked_ns;

	guard_notified(c, line);
	if (extension_read(line, &asked_ns))
		extend(c, asked_ns);
	else if (!strncmp(line, STATUS, strlen(STATUS)))
		set_status(c, line + strlen(STATUS));
}

/* Return: was there anything? */
static bool hear(struct child *c)
{
	char text[4097];
	ssize_t n;

	n = recv(c->notify_fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	if (n < 0)
		return false;
	text[n] = '\0';
	/* first: its watchdog, which the other lines can be for, begins then */
	if (c->node->ready == SPEC_READY_NOTIFY && says_ready(text))
		supervisor_event(c, CHILD_EVENT_READY);
	for (const char *line = text; line; line = next_line(line))
		heard(c, line);
	return true;
}

static int on_notify(sd_event_source *source, int fd, uint32_t events,
		     void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	hear(data);
	return 0;
}

void notified_drain(struct child *c)
{
	for (int i = 0; i < LAST_WORDS_MAX && c->notify_fd >= 0 && hear(c); i++)
		;
}

int notified_watch(struct child *c)
{
	return sd_event_add_io(c->supervisor->event, &c->notify_source,
			       c->notify_fd, EPOLLIN, on_notify, c);
}

/*
 * What is sent along is closed when it is received, and what waits for a network
 * then, we would wait for. Who has none may go on: systemd-notify(1) sends a pipe, to
 * see when it is closed.
 */
static void refuse_what_lingers(const struct child *c)
{
	if (c->node->sandbox.network != SPEC_NETWORK_NONE)
		(void)control_pass_fds(c->notify_fd, false);
}

/* a socket of this child's own: who sends there need not be asked */
int notified_listen(struct child *c)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (snprintf(address.sun_path, sizeof(address.sun_path),
		     "%s/notify/%016llx", c->supervisor->tree->run_dir,
		     (unsigned long long)supervisor_random()) >=
	    (int)sizeof(address.sun_path))
		return -ENAMETOOLONG;
	c->notify_path = strdup(address.sun_path);
	if (!c->notify_path)
		return -ENOMEM;
	c->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC |
			      SOCK_NONBLOCK, 0);
	if (c->notify_fd < 0 ||
	    bind(c->notify_fd, (struct sockaddr *)&address,
		 sizeof(address)) < 0 ||
	    chmod(c->notify_path, 0666) < 0)
		return -errno;
	refuse_what_lingers(c);
	return notified_watch(c);
}

/* when it is mounted it is found by that, and nobody is left to remove the name if we
 * are killed */
void notified_forget_name(struct child *c)
{
	if (c->notify_path)
		unlink(c->notify_path);
	free(c->notify_path);
	c->notify_path = NULL;
}

void notified_end(struct child *c)
{
	c->notify_source = sd_event_source_disable_unref(c->notify_source);
	if (c->notify_fd >= 0)
		close(c->notify_fd);
	notified_forget_name(c);
	c->notify_fd = -1;
}
