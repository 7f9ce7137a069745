/* SPDX-License-Identifier: 0BSD */
/*
 * fault.c - what the relay server does wrong on purpose, and how often.
 *
 * Pure: relay-server.c commits the faults.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "fault.h"

static const char *const names[] = {
#define X(symbol, name) [FAULT_##symbol] = name,
	FAULT_MODES(X)
#undef X
};

const char *fault_name(enum fault_mode mode)
{
	return names[mode];
}

int fault_parse(enum fault_mode *ret_mode, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0) {
			*ret_mode = (enum fault_mode)i;
			return 0;
		}
	}

	return -EINVAL;
}

enum fault_mode fault_next(struct fault *fault)
{
	enum fault_mode mode = fault->mode;

	if (fault->n_times > 0 && --fault->n_times == 0)
		fault->mode = FAULT_NONE;

	return mode;
}
