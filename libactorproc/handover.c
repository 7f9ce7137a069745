// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * handover.c - the state that one process of a life leaves to the next.
 *
 * The supervisor makes the memory, and looks at nothing in it: who writes and
 * who reads is one actor, of two programs. What cannot be written or taken is
 * said in the journal, and the next process begins without.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <syslog.h>
#include <unistd.h>

#include "libactorproc/actor.h"
#include "libactorproc/reports.h"
#include "libactorproc/turn.h"

static int map(struct handover *handover, int fd, size_t n_bytes, int protection)
{
	void *memory;

	if (n_bytes == 0 || n_bytes > ACTOR_STATE_MAX)
		return -EBADMSG;
	memory = mmap(NULL, n_bytes, protection, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	handover->memory = memory;
	handover->size_bytes = n_bytes;

	return 0;
}

void handover_deinit(struct handover *handover)
{
	if (handover->memory)
		munmap(handover->memory, handover->size_bytes);
	*handover = (struct handover){ .memory = NULL };
}

void handover_ordered(struct actor *self, struct control_message *order)
{
	uint64_t room = 0;
	int fd;

	if (fields_get_u64(&order->fields, "STATE", &room) < 0)
		return;
	fd = control_take_fd(order);
	if (fd < 0)
		return;
	handover_deinit(&self->handover);
	if (map(&self->handover, fd, room, PROT_READ | PROT_WRITE) < 0)
		handover_deinit(&self->handover);
	close(fd);
}

int handover_came(struct actor *self, struct control_message *order)
{
	uint64_t version, n_bytes;
	int fd = control_take_fd(order), r = 0;

	if (fd < 0 ||
	    fields_get_u64(&order->fields, "VERSION", &version) < 0 ||
	    fields_get_u64(&order->fields, "BYTES", &n_bytes) < 0)
		r = -EBADMSG;
	handover_deinit(&self->handover);
	/* of nothing there is no mapping: it came all the same */
	if (r == 0 && n_bytes > 0)
		r = map(&self->handover, fd, n_bytes, PROT_READ);
	if (fd >= 0)
		close(fd);
	if (r < 0)
		return r;
	self->handover.version = (uint32_t)version;
	self->handover.n_bytes = n_bytes;
	self->handover.reads = true;

	return 0;
}

static int save(struct actor *self)
{
	struct handover *handover = &self->handover;
	size_t n_bytes = 0;
	int r = self->class->save(self, handover->memory, handover->size_bytes,
				  &n_bytes);

	if (r >= 0 && n_bytes > handover->size_bytes)
		r = -EMSGSIZE;
	if (r < 0)
		actor_log(self, LOG_WARNING,
			  "its state is not handed over: save: %s",
			  strerror(-r));
	else
		report_saved(self->class->state_version, n_bytes);

	return 0;	/* or nobody would hear why not */
}

void handover_save(struct actor *self)
{
	if (!self->handover.memory || self->handover.reads)
		return;
	if (self->class->save)
		turn_hook(self, save);
	handover_deinit(&self->handover);
}

static int restore(struct actor *self)
{
	const struct handover *handover = &self->handover;

	if (!self->class->restore)
		return -ENOSYS;

	return self->class->restore(self, handover->version, handover->memory,
				    handover->n_bytes);
}

static int say_refused(struct actor *self)
{
	return actor_log(self, LOG_WARNING,
			 "it begins with its initial state: that of version %u, of the program before, was not taken: %s",
			 self->handover.version,
			 strerror(-self->handover_error));
}

/* what a hook that refuses has changed of the state is undone */
void handover_restore(struct actor *self)
{
	size_t n_bytes = self->class->state_size;
	void *before = NULL;
	int r = 0;

	if (!self->handover.reads)
		return;
	if (n_bytes > 0) {
		before = malloc(n_bytes);
		r = before ? 0 : -ENOMEM;
	}
	if (before)
		memcpy(before, self->state, n_bytes);
	if (r == 0)
		r = turn_hook(self, restore);
	if (r < 0) {
		self->handover_error = r;
		if (before)
			memcpy(self->state, before, n_bytes);
		turn_hook(self, say_refused);
	}
	free(before);
	handover_deinit(&self->handover);
}
