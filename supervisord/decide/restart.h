/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restart.h - does a child of this restart type come back after this? Pure.
 */
#pragma once

#include <stdbool.h>

#include "supervisord/config/cause.h"
#include "supervisord/config/spec.h"

/**
 * restart_wanted() - as OTP's `restart`
 *
 * permanent: always. transient: unless it ended well, which is exit:0 (OTP's
 * normal and shutdown). temporary: never.
 */
bool restart_wanted(enum spec_restart type, const struct cause *cause);
