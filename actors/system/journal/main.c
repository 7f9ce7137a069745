/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * system-journal - writes records to the systemd journal.
 *
 * The only caller of sd_journal_sendv(), which blocks for ever behind a
 * stopped journald and reports success where there is no journald at all. So
 * it lives here, behind a mailbox of its own: when it blocks, those who wait
 * for a reply run into their deadlines and nobody else notices. It decides
 * nothing and keeps nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <actorproc.h>
/* where a record comes from is not this file */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "actors/system/records.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* is somebody at the other end of the socket? The library would not say */
static int journal_reachable(void)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = JOURNAL_SOCKET,
	};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address,
		    sizeof(address)) < 0)
		r = -errno;

	close(fd);
	return r;
}

static int send_record(const struct record *record)
{
	struct iovec iov[ACTOR_FIELDS_MAX];
	int r = journal_reachable();

	if (r < 0)
		return r;

	for (size_t i = 0; i < record->n_fields; i++)
		iov[i] = (struct iovec) {
			.iov_base = (void *)record->fields[i],
			.iov_len = strlen(record->fields[i]),
		};
	r = sd_journal_sendv(iov, (int)record->n_fields);
	if (r < 0)
		return r;

	/* it says 0 for a socket that went away just then, too */
	return journal_reachable();
}

static int answer(struct actor *self, const struct actor_message *message,
		  int r, const char *type)
{
	char text[128];

	/* the last records of a stopping system are told, not asked */
	if (actor_message_kind(message) != ACTOR_ASK)
		return 0;

	switch (r) {
	case 0:
		return actor_reply(self, type, NULL, 0);
	case -ENOENT:
	case -ECONNREFUSED:
	case -EACCES:
	case -EPERM:
		snprintf(text, sizeof(text), "no journald at "
			 JOURNAL_SOCKET ": %s", strerror(-r));
		return actor_error(self, -ENOTCONN, text);
	default:
		snprintf(text, sizeof(text), "journald: %s", strerror(-r));
		return actor_error(self, r, text);
	}
}

static int handle_write(struct actor *self, const struct actor_message *message)
{
	struct record record;
	size_t size;
	const void *payload = actor_message_payload(message, &size);
	int r = records_read(&record, payload, size);

	if (r < 0)
		return answer(self, message, r, NULL);
	if (record.n_fields == 0)
		return answer(self, message, -EINVAL, NULL);

	return answer(self, message, send_record(&record), "written");
}

static int receive(struct actor *self, const struct actor_message *message)
{
	if (actor_message_is(message, "write"))
		return handle_write(self, message);
	if (actor_message_is(message, "probe"))
		return answer(self, message, journal_reachable(), "ready");

	return ACTOR_UNHANDLED;
}

int main(int argc, char **argv)
{
	static const struct actor_class class = { .receive = receive };

	return actor_main(&class, argc, argv);
}
