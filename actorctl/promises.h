/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * promises.h - what the sandboxes of a file would be, from the daemon's program.
 */
#pragma once

#include <jansson.h>

#include "actorctl/exposure.h"

/**
 * promises_read() - of all actors and programs of @file on this machine
 * @ret: an array, the caller's reference
 *
 * Return: 0; or the exit status, explained on standard error.
 */
int promises_read(const char *file, json_t **ret);
/** promises_exposure() - one of them; false: it is not understood. Pure. */
bool promises_exposure(const json_t *promise, struct exposure *ret);
