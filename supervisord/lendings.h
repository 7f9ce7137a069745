/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lendings.h - references that /system/control has for what clients say.
 */
#pragma once

#include "supervisord/supervisor.h"

/* so many it may have however many others take what room there is */
#define LENDINGS_MIN 128

/**
 * lendings_lend() - it shall have a reference, by @via, its edge to us
 *
 * Return: the number of the grant.
 */
uint64_t lendings_lend(struct supervisor *s, const char *path, uint64_t via);
/** lendings_return() - it needs none to @path any more; NULL: none at all */
void lendings_return(struct supervisor *s, const char *path);
/** lendings_has_room() - may it be lent one more, if nobody else could have one? */
bool lendings_has_room(const struct supervisor *s);
