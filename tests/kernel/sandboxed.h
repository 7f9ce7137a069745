/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandboxed.h - start the probe in a sandbox and see how it ends.
 */
#pragma once

#include <stdbool.h>

#include "supervisord/act/launch.h"

/**
 * struct sandboxed - a host probed for one test, and the probe where all can
 * read it
 * @host: to be changed by a test that wants to do without something; listeners are
 *        taken away already, so that the kernel kills
 * @listener: could it have one?
 * @node: what is started; changed between sandboxed_setup() and _run()
 */
struct sandboxed {
	struct launch_host host;
	bool listener;
	struct spec_node node;
	char directory[64];
	char program[96];
	char *arguments[3];
	int state_fd;	/* a folder that was opened for it */
};

/** enum sandboxed_as - who starts it; skips when this process cannot be that */
enum sandboxed_as { AS_ROOT, AS_USER };

void sandboxed_setup(struct sandboxed *s, enum sandboxed_as as);
void sandboxed_teardown(struct sandboxed *s);

/**
 * struct sandboxed_end - how it ended
 * @failed: the step that failed and its errno, or NULL
 * @signal: that killed it, or 0
 * @output: what it printed
 */
struct sandboxed_end {
	const char *failed;
	int error;
	int signal;
	int status;
	char output[512];
};

/** sandboxed_run() - probe NAME ARGUMENT, to its end; 0 or negative errno */
int sandboxed_run(struct sandboxed *s, const char *name, const char *argument,
		  struct sandboxed_end *ret);
/** sandboxed_run_program() - the same with a program that was prepared */
int sandboxed_run_program(struct sandboxed *s,
			  const struct launch_program *program,
			  struct sandboxed_end *ret);
