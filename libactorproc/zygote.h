/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zygote.h - a process that forks the instances of its class.
 */
#pragma once

#include <stdbool.h>

#include "libactorproc/control.h"
#include "libactorproc/path.h"

#define ZYGOTE_NUMBER_BYTES 24

/**
 * struct zygote_names - who an instance is; zeroed is that of who was not forked
 *
 * In its environment, to be written over: libc would copy all of that. So it has to
 * be there as long as the process.
 * @missing: it was forked before anybody needed it: that comes with SETUP
 */
struct zygote_names {
	char path[sizeof("ACTOR_PATH=") + PATH_MAX_BYTES];
	char generation[sizeof("ACTOR_GENERATION=") + ZYGOTE_NUMBER_BYTES];
	bool missing;
};

/** zygote_wanted() - the supervisor wants this process to be one */
bool zygote_wanted(void);
/**
 * zygote_serve() - fork an instance whenever the supervisor says so
 * @order: room for what it is told, which an instance writes to as well
 * @names: of the instance
 *
 * Return: 0 in each instance, which is a process like any other from then on;
 * in the zygote itself, at its end, 1.
 */
int zygote_serve(struct control_message *order, struct zygote_names *names);
/**
 * zygote_named() - SETUP has come: in its environment is who it is
 *
 * Return: 0, also where nothing was missing; -EBADMSG.
 */
int zygote_named(struct zygote_names *names, const struct fields *setup);
/** zygote_in_environment() - are they? */
static inline bool zygote_in_environment(const struct zygote_names *names)
{
	return names->path[0];
}
