/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zygote.h - a process that forks the instances of its class.
 */
#pragma once

#include <stdbool.h>

#include "libactorproc/control.h"

/** zygote_wanted() - the supervisor wants this process to be one */
bool zygote_wanted(void);
/**
 * zygote_serve() - fork an instance whenever the supervisor says so
 * @order: room for what it is told, which an instance writes to as well
 *
 * Return: 0 in each instance, which is a process like any other from then on;
 * in the zygote itself, at its end, 1.
 */
int zygote_serve(struct control_message *order);
/**
 * zygote_named() - SETUP has come: in its environment is who it is
 *
 * Return: 0, also where nothing was missing; -EBADMSG.
 */
int zygote_named(const struct fields *setup);
