/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notified.h - what a program says of itself, as with sd_notify(3).
 */
#pragma once

#include "supervisord/supervisor.h"

/** notified_listen() - at a socket of its own, @c->notify_path. 0 or a negative
 * errno; in any case notified_end() ends what there is of it */
int notified_listen(struct child *c);
/** notified_forget_name() - its process has the socket in its own tree of files, or a
 * mount that becomes that: @c->notify_path is not needed any more */
void notified_forget_name(struct child *c);
/** notified_watch() - at @c->notify_fd. 0 or a negative errno */
int notified_watch(struct child *c);
/** notified_drain() - its process has ended: what it had said by then is heard */
void notified_drain(struct child *c);
/** notified_end() - its process is gone, or there was none */
void notified_end(struct child *c);
