/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * neighbours.h - what the supervisors above and below say to each other.
 */
#pragma once

#include "supervisord/supervisor.h"

/** neighbours_message() - a message between supervisors; false: not of that kind
 * @from: the child it came from, NULL for the parent */
bool neighbours_message(struct supervisor *s, struct child *from,
			struct control_message *m);
