/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_profile.h - which system calls a profile allows, in words and numbers.
 */
#pragma once

#include <stdbool.h>

#include "supervisord/act/sandbox.h"

#define SANDBOX_PROFILE_BYTES 80

/** sandbox_profile_words() - its groups: "base files network"; returns @words */
const char *sandbox_profile_words(unsigned int profile,
				  char words[static SANDBOX_PROFILE_BYTES]);
/** sandbox_profile_allows() - the call @name, with some arguments at least */
bool sandbox_profile_allows(unsigned int profile, const char *name);
/** sandbox_profile_calls() - how many this machine has of those it allows */
unsigned int sandbox_profile_calls(unsigned int profile);
