/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * methods.h - the interface org.actorproc.Control1.
 */
#pragma once

#include "actors/system/control/clients.h"

/** methods_install() - answer CONTROL_INTERFACE; 0 or negative errno */
int methods_install(struct client *client);
