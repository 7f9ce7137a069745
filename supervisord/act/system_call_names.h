/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * system_call_names.h - what system calls are called.
 */
#pragma once

/**
 * system_call_names() - of this machine's, and of others that the same file can
 * be for; NULL-terminated, ours; NULL: memory was short
 */
const char *const *system_call_names(void);
