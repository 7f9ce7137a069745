/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * intensity_spec.h - reads `intensity:`. Pure.
 */
#pragma once

#include "supervisord/config/key_types.h"

/** intensity_spec_read() - into a struct spec_intensity with the defaults */
KEY_READER(intensity_spec_read);
