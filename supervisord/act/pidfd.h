/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pidfd.h - the pid behind a pidfd, as those see it who mounted /proc.
 */
#pragma once

#include <sys/types.h>

/** pidfd_pid() - 0 when it has ended or cannot be seen from there */
pid_t pidfd_pid(int pidfd);
