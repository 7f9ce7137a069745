/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * questions.h - methods that are one question to the root supervisor.
 */
#pragma once

#include <systemd/sd-bus.h>

/** questions_method() - handler of all of them; the member says which */
int questions_method(sd_bus_message *m, void *userdata, sd_bus_error *error);
