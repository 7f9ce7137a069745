/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_footprint.c - what this process takes of the host is what it takes. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "supervisord/act/footprint.h"
#include "tests/harness/harness.h"

#define N 37
#define BYTES ((size_t)32 * 1024 * 1024)

static void test_a_descriptor_more_is_one_more(void)
{
	struct footprint before = footprint_of_us(), now;
	int fds[N];

	for (int i = 0; i < N; i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	now = footprint_of_us();
	for (int i = 0; i < N; i++)
		close(fds[i]);
	CU_ASSERT_EQUAL(now.n_fds, before.n_fds + N);
	CU_ASSERT_EQUAL(footprint_of_us().n_fds, before.n_fds);
	CU_ASSERT(before.n_fds >= 3);
}

static void test_the_limit_is_the_one_in_force(void)
{
	struct rlimit limit;

	CU_ASSERT_EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 77;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CU_ASSERT_EQUAL(footprint_of_us().max_fds, 77);
}

static void test_memory_counts_when_it_is_there(void)
{
	uint64_t before = footprint_of_us().memory_bytes, now;
	void *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	CU_ASSERT_FATAL(memory != MAP_FAILED);
	now = footprint_of_us().memory_bytes;
	CU_ASSERT(before > 0 && now > before + BYTES / 2);
	munmap(memory, BYTES);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_descriptor_more_is_one_more),
	HARNESS_TEST(test_the_limit_is_the_one_in_force),
	HARNESS_TEST(test_memory_counts_when_it_is_there),
};
HARNESS_MAIN(tests)
