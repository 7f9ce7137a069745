/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * system-control - the server that actorctl(1) and busctl(1) talk to.
 *
 * sd-bus from peer to peer on a socket it was given. It turns method calls
 * into messages and their answers into replies, and has no authority over the
 * tree but that of asking the root supervisor, who judges the client itself.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <actorproc.h>

#include "actors/system/control/calls.h"
#include "actors/system/control/clients.h"
#include "actors/system/control/control.h"
#include "actors/system/control/references.h"
#include "actors/system/record_json.h"

static int dispatch(struct control *control,
		    const struct actor_message *message)
{
	switch (actor_message_kind(message)) {
	case ACTOR_READY_FD:
		clients_ready(control, actor_message_fd(message));
		return 0;
	case ACTOR_TICK:
		clients_tick(control, message);
		return 0;
	case ACTOR_REPLY:
	case ACTOR_ERROR:
		calls_answer(control, message);
		return 0;
	case ACTOR_TERMINATED:
		references_forget(control,
				  actor_message_reference(message, 0));
		return 0;
	case ACTOR_TELL:
	case ACTOR_ASK:
	case ACTOR_ROOM:
		break;
	}

	return ACTOR_UNHANDLED;
}

static int receive(struct actor *self, const struct actor_message *message)
{
	struct control *control = actor_state(self);
	int r = dispatch(control, message);

	clients_settle(control);
	return r;
}

/* the uid that runs the system; without one only root is let in */
static uid_t read_owner(void)
{
	const char *text = getenv("ACTOR_OWNER_UID");
	char *end;
	unsigned long uid;

	if (!text || *text < '0' || *text > '9')
		return 0;

	errno = 0;
	uid = strtoul(text, &end, 10);
	if (errno || *end || uid >= UINT32_MAX)
		return 0;

	return (uid_t)uid;
}

static int start(struct actor *self, int argc, char **argv)
{
	struct control *control = actor_state(self);

	(void)argc;
	(void)argv;

	control->self = self;
	control->system = getenv("ACTOR_SYSTEM");
	if (!control->system)
		control->system = "";
	control->supervisor = actor_reference(self, "supervisor");
	control->dead_letters = actor_reference(self, "dead-letters");
	control->owner_uid = read_owner();
	control->listen_fd = actor_descriptor(self, "control");
	if (control->listen_fd < 0)
		return control->listen_fd;

	references_start(control);
	return clients_start(control);
}

static void stop(struct actor *self)
{
	struct control *control = actor_state(self);

	calls_clear(control);
	clients_clear(control);
	references_clear(control);
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct control),
		.start = start,
		.receive = receive,
		.stop = stop,
	};

	record_json_init();
	return actor_main(&class, argc, argv);
}
