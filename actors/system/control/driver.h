/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * driver.h - the part of a message bus that clients insist on.
 */
#pragma once

#include "actors/system/control/clients.h"

/** driver_install() - answer org.freedesktop.DBus; 0 or negative errno */
int driver_install(struct client *client);
