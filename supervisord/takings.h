/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * takings.h - what has come by an edge that neither of its ends ends.
 */
#pragma once

#include "supervisord/supervisor.h"

/** takings_settle() - before its holder's door is shut: when that one is dead and
 * may have sent something, it is certain afterwards */
void takings_settle(struct supervisor *s, const struct custody_edge *edge);
/** takings_note() - nothing more can be sent: note what came at both ends */
void takings_note(struct supervisor *s, const struct custody_edge *edge);
