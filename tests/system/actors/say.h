/* SPDX-License-Identifier: 0BSD */
/*
 * say.h - what a program says to who started it, in the words of sd_notify.
 */
#pragma once

/** say() - to $NOTIFY_SOCKET; ends the process when it cannot */
void say(const char *text);
