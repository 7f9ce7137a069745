/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * places.h - the directories of a running system.
 */
#pragma once

/** places_run_base(), places_state_base() - what those of all systems are in;
 * malloc'd, NULL without memory */
char *places_run_base(void);
char *places_state_base(void);
/**
 * places_run_dir() - where its control socket is
 *
 * $ACTORPROC_RUN_DIR/SYSTEM, or /run/actorproc/SYSTEM for root, or
 * $XDG_RUNTIME_DIR/actorproc/SYSTEM, or /tmp/actorproc-UID/SYSTEM. Return:
 * malloc'd; NULL without memory.
 */
char *places_run_dir(const char *system);
/**
 * places_state_dir() - where it keeps what outlives it
 *
 * $ACTORPROC_STATE_DIR/SYSTEM, or /var/lib/actorproc/SYSTEM for root, or
 * $XDG_STATE_HOME/actorproc/SYSTEM, or ~/.local/state/actorproc/SYSTEM.
 */
char *places_state_dir(const char *system);
