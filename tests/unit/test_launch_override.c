/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "supervisord/act/launch_override.h"
#include "tests/harness/harness.h"

static void test_words_take_layers_away(void)
{
	static const struct {
		const char *text;
		unsigned int without;
		int landlock_abi;
	} cases[] = {
		{ NULL, 0, INT_MAX },
		{ "", 0, INT_MAX },
		{ "lease", LAUNCH_LEASE, INT_MAX },
		{ "cgroups", LAUNCH_CGROUPS, INT_MAX },
		{ "second-stage", LAUNCH_SECOND_STAGE, INT_MAX },
		{ "mdwe", LAUNCH_MDWE, INT_MAX },
		{ "landlock", LAUNCH_LANDLOCK, 0 },
		{ "landlock=5", LAUNCH_LANDLOCK, 5 },
		{ "uids,network-namespaces",
		  LAUNCH_UIDS | LAUNCH_NETWORK_NAMESPACES, INT_MAX },
		{ "cgroups,", LAUNCH_CGROUPS, INT_MAX },
		/* who has the one has the other */
		{ "seccomp", LAUNCH_SECCOMP | LAUNCH_SECCOMP_LISTENER,
		  INT_MAX },
		{ "namespaces", LAUNCH_NAMESPACES | LAUNCH_PID_NAMESPACES,
		  INT_MAX },
		{ "user-namespaces",
		  LAUNCH_UIDS | LAUNCH_USER_NAMESPACES | LAUNCH_NAMESPACES |
			  LAUNCH_PID_NAMESPACES | LAUNCH_NETWORK_NAMESPACES,
		  INT_MAX },
	};
	struct launch_override override;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CU_ASSERT_EQUAL(launch_override_read(cases[i].text, &override),
				0);
		CU_ASSERT_EQUAL(override.without, cases[i].without);
		CU_ASSERT_EQUAL(override.landlock_abi, cases[i].landlock_abi);
	}
}

static void test_a_word_that_means_nothing_is_refused(void)
{
	static const char *const wrong[] = {
		"nothing", "landlock=", "landlock=0", "landlock=-1",
		"landlock=x", "landlock=5x", "landlock=100", "seccomp,,lease",
		",", " seccomp", "seccomp lease", "seccom", "seccompx",
		"lease,nothing",
	};
	struct launch_override override = { .without = 77 };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		CU_ASSERT_EQUAL(launch_override_read(wrong[i], &override),
				-EINVAL);
		CU_ASSERT_EQUAL(override.without, 77);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_words_take_layers_away),
	HARNESS_TEST(test_a_word_that_means_nothing_is_refused),
};
HARNESS_MAIN(tests)
