/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * system_calls.h - which system calls a file may grant by name. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** system_calls_grantable() - their names, sorted, NULL-terminated */
const char *const *system_calls_grantable(void);
/** system_call_may_be_granted() - is @name one of them? */
bool system_call_may_be_granted(const char *name);
/**
 * system_call_is_kept() - is @name one that somebody may well ask for in vain?
 *
 * It is not a slip of the pen, so that no other name was meant.
 */
bool system_call_is_kept(const char *name);
