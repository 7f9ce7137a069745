/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * budget_spec.h - what all that is at and below a supervisor may have together.
 * Pure.
 */
#pragma once

#include "supervisord/config/key_types.h"

/** budget_spec_read() - `budget:` of a struct spec_node */
KEY_READER(budget_spec_read);
/** budget_spec_check() - do the limits below each budget add up to no more? */
void budget_spec_check(struct reading *r, const struct spec_node *top);
