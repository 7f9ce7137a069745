/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * handover.h - the state that one process of a life leaves to the next.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct actor;
struct control_message;

/**
 * struct handover - zeroed to begin with
 * @memory: mapped; NULL: nothing is handed over
 * @version: of who wrote it
 * @n_bytes: written
 * @reads: it is of the process before; else it is to be written
 */
struct handover {
	void *memory;
	size_t size_bytes;
	uint32_t version;
	size_t n_bytes;
	bool reads;
};

/** handover_ordered() - STOP with room for it; no room is no error */
void handover_ordered(struct actor *self, struct control_message *order);
/** handover_came() - STATE: what the process before has left. Return: 0; a
 * negative errno */
int handover_came(struct actor *self, struct control_message *order);
/** handover_save() - write it, if there is room for it and a hook that does */
void handover_save(struct actor *self);
/** handover_restore() - if something came: the hook takes it, or refuses */
void handover_restore(struct actor *self);
/** handover_deinit() - what is mapped still */
void handover_deinit(struct handover *handover);
