/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exit_status.h - what a shell would say of how something ended. Pure.
 */
#pragma once

#include "supervisord/config/cause.h"

/**
 * exit_status_of() - 0 to 255
 *
 * The status of what exited, 128 and the signal's number of what was killed, by
 * whomever, and 1 for what ended without either.
 */
int exit_status_of(const struct cause *cause);
