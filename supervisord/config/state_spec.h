/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * state_spec.h - reads `state:`, whether an actor has a folder that outlives it.
 * Pure.
 */
#pragma once

#include "supervisord/config/index.h"
#include "supervisord/config/key_types.h"

/** state_spec_read() - of a struct spec_sandbox: true, false or a name */
KEY_READER(state_spec_read);
/** state_spec_check() - no folder is that of two */
void state_spec_check(struct reading *r, const struct spec_index *index);
