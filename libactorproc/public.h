/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * public.h - what is seen outside when the library is compiled as a whole.
 *
 * The Makefile puts it before each of its sources, with -fvisibility=hidden.
 */
#pragma once

#pragma GCC visibility push(default)
#include "libactorproc/actorproc.h"
#pragma GCC visibility pop
