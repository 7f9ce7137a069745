/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_profile.h - which system calls a profile allows, in words and numbers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/act/sandbox.h"

#define SANDBOX_PROFILE_BYTES 112
#define SANDBOX_KEY_BYTES 128
#define SANDBOX_ADVICE_BYTES (SANDBOX_KEY_BYTES + 16)

/** sandbox_profile_words() - its groups: "base files network"; returns @words */
const char *sandbox_profile_words(unsigned int groups,
				  char words[static SANDBOX_PROFILE_BYTES]);
/**
 * sandbox_profile_allows() - the call @name, with some arguments at least
 * @stage: not SANDBOX_BOTH_STAGES
 */
bool sandbox_profile_allows(const struct sandbox_profile *profile,
			    enum sandbox_stage stage, const char *name);
/** sandbox_profile_calls() - how many this machine has of those it allows */
unsigned int sandbox_profile_calls(const struct sandbox_profile *profile,
				   enum sandbox_stage stage);
/**
 * sandbox_profile_key() - what of the file would allow a call that was refused
 * @arguments: six of them; NULL: unknown, of one that the second stage has ended
 *
 * Return: @key; NULL: nothing would.
 */
const char *sandbox_profile_key(const struct sandbox_profile *profile,
				const char *name, const uint64_t *arguments,
				char key[static SANDBOX_KEY_BYTES]);
/**
 * sandbox_profile_advice() - the same in words: "what would is KEY", or that
 * nothing would
 *
 * Return: @advice.
 */
const char *sandbox_profile_advice(const struct sandbox_profile *profile,
				   const char *name, const uint64_t *arguments,
				   char advice[static SANDBOX_ADVICE_BYTES]);
