/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_load.c - what is looked at when a file is read, and by whom.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/load.h"
#include "tests/harness/harness.h"

/* an actor that may write where the libraries of all are */
static const char text[] =
	"system: load\n"
	"children:\n"
	"  - { name: a, exec: /bin/true, kind: program,\n"
	"      sandbox: { write: [/usr/lib] } }\n";

static int load(int (*how)(struct load *load, const char *file))
{
	char path[] = "/tmp/load-XXXXXX";
	int fd = mkstemp(path), r;
	struct load load;

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	r = how(&load, path);
	unlink(path);
	load_deinit(&load);
	return r;
}

/* a loader is another process, that a supervisor in its loop would wait for */
static void test_who_has_a_loop_runs_no_loader(void)
{
	CU_ASSERT_EQUAL(load(load_file), -EINVAL);
	CU_ASSERT_EQUAL(load(load_file_at_once), 0);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_who_has_a_loop_runs_no_loader),
};
HARNESS_MAIN(tests)
