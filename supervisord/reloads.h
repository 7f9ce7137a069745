/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reloads.h - the file is read again: in the root supervisor alone.
 */
#pragma once

#include "supervisord/supervisor.h"

/**
 * reloads_begin() - a client wants the file to be read again
 * @id: of the question that is answered
 * @mode: "plan": only say what would happen
 */
void reloads_begin(struct supervisor *s, uint64_t id, const char *mode);
/** reloads_step() - something that was to stop is gone: is it all of it? */
void reloads_step(struct supervisor *s);
