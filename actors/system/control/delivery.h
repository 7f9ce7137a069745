/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * delivery.h - methods that send a message to an actor.
 */
#pragma once

#include <systemd/sd-bus.h>

int delivery_method_tell(sd_bus_message *m, void *userdata,
			 sd_bus_error *error);
int delivery_method_ask(sd_bus_message *m, void *userdata,
			sd_bus_error *error);
