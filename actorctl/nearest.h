/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nearest.h - which known word was meant. Pure.
 */
#pragma once

#include <stddef.h>

/**
 * nearest_of() - the known word that is at most two letters away
 * @known: ends with NULL
 *
 * Return: the nearest, the first of equals; NULL: none is near enough.
 */
const char *nearest_of(const char *const *known, const char *word);
