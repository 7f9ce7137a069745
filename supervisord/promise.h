/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * promise.h - what the sandboxes of a file would be on this machine.
 */
#pragma once

/**
 * promise_main() - the program `supervisord promise FILE`, for actorctl
 *
 * Writes an array in JSON: of each actor and program "path", "kind", "profile",
 * "calls", and "values" by the ids of actorctl/exposure.h, where "asked" are those
 * that the file asks for in vain, and "details" which paths. Starts nothing.
 *
 * Return: an exit status.
 */
int promise_main(const char *file);
