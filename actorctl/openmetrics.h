/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * openmetrics.h - what is measured of a system, as OpenMetrics text. Pure but for
 * memory.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/**
 * openmetrics_format() - families with their samples, and "# EOF"
 * @metrics: "system", "version", "rows" of the supervisors, "letters" of
 *           /system/dead-letters
 *
 * What is not in it has no sample, and a family without any is left out.
 *
 * Return: malloc'd text; NULL without memory.
 */
char *openmetrics_format(const json_t *metrics);
/** openmetrics_is_complete() - have all supervisors answered? One that has not is
 * missing in all the rest */
bool openmetrics_is_complete(const json_t *metrics);
