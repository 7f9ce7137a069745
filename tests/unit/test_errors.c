/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_errors.c - the names of errors that scripts depend on. */
#include <errno.h>

#include "actors/system/control/errors.h"
#include "tests/harness/harness.h"

static void test_an_errno_means_what_its_source_means(void)
{
	static const struct {
		int error;
		enum errors_source source;
		const char *name;
	} rows[] = {
		{ -ENOENT, ERRORS_SUPERVISOR, "NoSuchActor" },
		{ -ENOENT, ERRORS_ACTOR, "Failed" },
		{ -ENOKEY, ERRORS_SUPERVISOR, "NoSuchTemplate" },
		{ -ESRCH, ERRORS_SUPERVISOR, "Terminated" },
		{ -EPIPE, ERRORS_ACTOR, "Terminated" },
		{ -ETIMEDOUT, ERRORS_ACTOR, "TimedOut" },
		{ -EINTR, ERRORS_ACTOR, "Interrupted" },
		{ -EOPNOTSUPP, ERRORS_ACTOR, "DeadLetter" },
		{ -EOPNOTSUPP, ERRORS_SUPERVISOR, "Failed" },
		{ -EAGAIN, ERRORS_ACTOR, "Full" },
		{ -EAGAIN, ERRORS_SUPERVISOR, "Busy" },
		{ -EBUSY, ERRORS_SUPERVISOR, "Busy" },
		{ -EIO, ERRORS_ACTOR, "Failed" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		CU_ASSERT_STRING_EQUAL(errors_name(rows[i].error,
						   rows[i].source) +
				       sizeof(ERRORS_PREFIX) - 1,
				       rows[i].name);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_errno_means_what_its_source_means),
};
HARNESS_MAIN(tests)
