/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * directives_spec.h - reads `directives:`. Pure.
 */
#pragma once

#include "supervisord/config/key_types.h"

/** directives_spec_read() - into a struct spec_node */
KEY_READER(directives_spec_read);
