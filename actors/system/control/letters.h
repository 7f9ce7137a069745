/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * letters.h - methods that ask system-dead-letters.
 */
#pragma once

#include <systemd/sd-bus.h>

int letters_method_list(sd_bus_message *m, void *userdata,
			sd_bus_error *error);
int letters_method_counters(sd_bus_message *m, void *userdata,
			    sd_bus_error *error);
