/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pidfd.h - a process by its pidfd: its number, as those see it who mounted /proc,
 * and its end.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/** pidfd_pid() - 0 when it has ended or cannot be seen from there */
pid_t pidfd_pid(int pidfd);
/**
 * pidfd_look() - has that child of ours ended?
 * @ret: how, as of waitid(2)
 *
 * One of which nobody can say that any more, as somebody else has reaped it, has
 * ended as if it had been killed: a pidfd that stays readable would be looked at
 * forever.
 */
bool pidfd_look(int pidfd, siginfo_t *ret);
/** pidfd_reap() - the same, and then its number is free for others */
bool pidfd_reap(int pidfd, siginfo_t *ret);
