/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supervisord.h - actorctl's way to the daemon's program.
 */
#pragma once

/**
 * supervisord_exec() - become it
 * @arguments: NULL-terminated, without the program's name; at most 8
 *
 * Does not return when it works. Return: exit status, explained on standard
 * error.
 */
int supervisord_exec(const char *const *arguments);
