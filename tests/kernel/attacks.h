/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attacks.h - what somebody tries who has taken an actor over.
 */
#pragma once

/**
 * attacks_run() - try it
 * @argument: what each makes of it; ""
 * @ret: 0: it worked; else the errno that it came to
 *
 * Return: 0; -1: there is no attack of that name.
 */
int attacks_run(const char *name, const char *argument, int *ret);
