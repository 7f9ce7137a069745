/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check_warnings.h - what is right in a file, and perhaps not meant. Pure.
 */
#pragma once

#include "supervisord/config/spec.h"

/**
 * check_warnings() - one line of text for each
 * @controllers: what the host has, as cgroup_host_controllers() says
 * @bound: and what version 1 has there instead, as cgroup_host_bound() says
 * @n_descriptors: that a process may have here, SIZE_MAX: any number
 *
 * Return: NULL-terminated, for check_warnings_free(); NULL: memory was short.
 */
char **check_warnings(const struct spec_system *system,
		      unsigned int controllers, unsigned int bound,
		      size_t n_descriptors);
/** check_warnings_free() - NULL is fine */
void check_warnings_free(char **warnings);
