/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host_wanted.h - what a file's tree needs of its host, besides what all need.
 */
#pragma once

#include "supervisord/config/spec.h"

/** host_wanted() - at and below @node: as struct launch_host has it */
unsigned int host_wanted(const struct spec_node *node);
