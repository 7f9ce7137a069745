/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zygote.h - a process that forks the instances of its class.
 */
#pragma once

#include <stdbool.h>

/** zygote_wanted() - the supervisor wants this process to be one */
bool zygote_wanted(void);
/**
 * zygote_serve() - fork an instance whenever the supervisor says so
 *
 * Return: 0 in each instance, which is a process like any other from then on;
 * in the zygote itself, at its end, 1.
 */
int zygote_serve(void);
