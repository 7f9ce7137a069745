/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ready_spec.h - reads `ready:`. Pure.
 */
#pragma once

#include "supervisord/config/index.h"
#include "supervisord/config/key_types.h"

KEY_READER(ready_spec_read);
/** ready_spec_check() - can every program listen where it shall? */
void ready_spec_check(struct reading *r, const struct spec_index *index);
