/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * metrics.h - OpenMetrics text, as a strict collector reads it.
 */
#pragma once

#include <stddef.h>

/**
 * metrics_fault() - what is wrong with it; NULL: nothing
 *
 * Families are whole, named and typed before their samples, none twice; labels
 * are escaped; counters end with _total; no series is there twice; the last line
 * is "# EOF". Return: static text.
 */
const char *metrics_fault(const char *text);
/**
 * metrics_value() - of the series that is written so, "a{b=\"c\"}"
 *
 * Return: -1: there is none.
 */
double metrics_value(const char *text, const char *series);
