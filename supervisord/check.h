/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check.h - `supervisord check FILE`: what is wrong, or what it would become.
 */
#pragma once

#include <stdbool.h>

/**
 * check_main() - check a config file and say so
 * @json: one JSON object on standard output, and nothing else
 *
 * Errors go to standard error, the tree and the schedule to standard output.
 * Return: an exit status: 0; 1.
 */
int check_main(const char *file, bool json);
