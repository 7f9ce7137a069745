/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * renewals.h - declared edges of a path whose life begins anew.
 */
#pragma once

#include "supervisord/supervisor.h"

/** renewals_renew() - make them; returns true when others make some: RENEWED
 * will come */
bool renewals_renew(struct supervisor *s, const char *path);
/** renewals_complete() - the same if some of them are missing */
bool renewals_complete(struct supervisor *s, const char *path);
/** renewals_renew_tree() - the same for all of a node; its own path, for a
 * supervisor the one with the slash, is the last that is heard of */
bool renewals_renew_tree(struct supervisor *s, const struct spec_node *node);
/** renewals_refresh() - new edges for a restarted supervisor's own */
void renewals_refresh(struct child *c);
/** renewals_message() - RENEW, RENEWED; false: neither */
bool renewals_message(struct supervisor *s, const struct fields *f);
