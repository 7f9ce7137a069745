/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watchdog_spec.h - reads `watchdog:`. Pure.
 */
#pragma once

#include "supervisord/config/key_types.h"

/** watchdog_spec_read() - into a struct spec_watchdog with the defaults */
KEY_READER(watchdog_spec_read);
