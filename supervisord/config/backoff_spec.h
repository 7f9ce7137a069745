/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * backoff_spec.h - reads `backoff:`. Pure.
 */
#pragma once

#include "supervisord/config/key_types.h"

/** backoff_spec_read() - into a struct spec_backoff that has the defaults */
KEY_READER(backoff_spec_read);
