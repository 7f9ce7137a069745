/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * network.h - what the parts of system-network share: its state.
 */
#pragma once

#include "actors/system/network/dials.h"
#include "actors/system/network/grants.h"
#include "actors/system/network/listeners.h"

/** struct network - zeroed is new */
struct network {
	struct grants grants;
	struct dials dials;
	struct listeners listeners;
};
