/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * claims.h - the references that go along with a message.
 */
#pragma once

#include "libactorproc/actor.h"

/** claims_grants() - ask for those that have not come. Return: all are known */
bool claims_grants(struct actor *self, const struct frame *frame, uint64_t via);
/** claims_take() - all are known: they are the message's. Return: false when one
 * was lost, so that it must not be handled without */
bool claims_take(struct actor *self, struct actor_message *message,
		 uint64_t via);
