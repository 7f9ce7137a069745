/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * manager.h - the service manager that started us, by the words of sd_notify(3).
 */
#pragma once

#include <stddef.h>

/**
 * manager_connect() - a socket to the one at @address, as in NOTIFY_SOCKET
 *
 * Return: a descriptor that never blocks; negative errno.
 */
int manager_connect(const char *address);
/**
 * manager_send() - one message, with descriptors that stay the caller's
 *
 * Return: 0: the kernel has it; -EAGAIN: it has no room for it now, and poll(2)
 * tells when; -EBUSY: it has not, and nobody tells; other negative errno: nobody
 * listens.
 */
int manager_send(int fd, const char *text, const int *fds, size_t n_fds);
#define MANAGER_FDS_MAX 3
