/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * closing.h - what the second stage of an actor's sandbox is.
 */
#pragma once

#include "supervisord/act/launch.h"
#include "supervisord/link.h"

/**
 * closing_prepare() - make what is said of it, which can fail
 * @forks: it is the process of its class
 *
 * Return: 0; negative errno: it would be refused.
 */
int closing_prepare(const struct launch_host *host,
		    const struct spec_node *node, bool forks);

/**
 * closing_say() - by @link, to an actor that has done nothing yet
 * @forks: as it was prepared
 *
 * Nothing is said to a program, or where the host has nothing of the kind.
 */
void closing_say(struct link *link, const struct launch_host *host,
		 const struct spec_node *node, bool forks);

/**
 * closing_send() - the same where nobody listens yet; never of a class
 * @fd: stays the caller's
 *
 * Return: 0; negative errno: it is not told.
 */
int closing_send(int fd, const struct launch_host *host,
		 const struct spec_node *node);
