/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_sealed.c - which memory of others may be looked at where it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/sealed.h"
#include "tests/harness/harness.h"

#define SIZE 100000
#define NEEDED (F_SEAL_WRITE | F_SEAL_SHRINK)

static void fill(int fd, off_t from, size_t n_bytes)
{
	char *bytes = malloc(n_bytes);

	CU_ASSERT_FATAL(bytes != NULL);
	memset(bytes, 7, n_bytes);
	CU_ASSERT_FATAL(pwrite(fd, bytes, n_bytes, from) == (ssize_t)n_bytes);
	free(bytes);
}

/* @n_filled bytes of @size are written */
static int memfd(unsigned int flags, size_t size, size_t n_filled, int seals)
{
	int fd = memfd_create("test", flags | MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_FATAL(ftruncate(fd, (off_t)size) == 0);
	if (n_filled)
		fill(fd, 0, n_filled);
	CU_ASSERT_FATAL(fcntl(fd, F_ADD_SEALS, seals) == 0);

	return fd;
}

static int checked(int fd, uint64_t size)
{
	int r = sealed_check(fd, size);

	close(fd);
	return r;
}

static void test_what_is_sealed_can_be_mapped(void)
{
	const void *bytes;
	int fd = memfd(0, SIZE, SIZE, NEEDED);

	CU_ASSERT_EQUAL(sealed_check(fd, SIZE), 0);
	CU_ASSERT_EQUAL(sealed_check(fd, 1), 0);
	CU_ASSERT_EQUAL_FATAL(sealed_map(fd, SIZE, &bytes), 0);
	close(fd);
	CU_ASSERT_EQUAL(((const char *)bytes)[SIZE - 1], 7);
	sealed_unmap(bytes, SIZE);
	sealed_unmap(NULL, SIZE);
}

static void test_more_seals_are_fine(void)
{
	CU_ASSERT_EQUAL(checked(memfd(0, SIZE, SIZE, NEEDED | F_SEAL_GROW |
						     F_SEAL_SEAL), SIZE), 0);
}

/* What is mapped for writing cannot be sealed so, F_SEAL_FUTURE_WRITE can. */
static void test_what_could_change_is_refused(void)
{
	static const int seals[] = {
		0, F_SEAL_WRITE, F_SEAL_SHRINK, F_SEAL_SEAL,
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
		F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE,
	};
	size_t i;

	for (i = 0; i < sizeof(seals) / sizeof(seals[0]); i++)
		CU_ASSERT_EQUAL(checked(memfd(0, SIZE, SIZE, seals[i]), SIZE),
				-ETXTBSY);
}

static void test_sizes_are_compared(void)
{
	CU_ASSERT_EQUAL(checked(memfd(0, SIZE, SIZE, NEEDED), SIZE + 1),
			-EINVAL);
	CU_ASSERT_EQUAL(checked(memfd(0, SIZE, SIZE, NEEDED), UINT64_MAX),
			-EINVAL);
	CU_ASSERT_EQUAL(checked(memfd(0, SIZE, SIZE, NEEDED), 0), -EINVAL);
	CU_ASSERT_EQUAL(checked(memfd(0, 0, 0, NEEDED), 1), -EINVAL);
	/* grown afterwards: what was there is there */
	CU_ASSERT_EQUAL(checked(memfd(0, SIZE, SIZE - 1, NEEDED), SIZE - 1),
			0);
}

static void test_holes_are_refused(void)
{
	int fd;

	CU_ASSERT_EQUAL(checked(memfd(0, SIZE, 0, NEEDED), SIZE), -ENODATA);
	CU_ASSERT_EQUAL(checked(memfd(0, SIZE, 8192, NEEDED), SIZE), -ENODATA);
	CU_ASSERT_EQUAL(checked(memfd(0, SIZE, 8192, NEEDED), 8192), 0);
	fd = memfd(0, SIZE, 8192, 0);
	fill(fd, 16384, SIZE - 16384);
	fcntl(fd, F_ADD_SEALS, NEEDED);
	CU_ASSERT_EQUAL(checked(fd, SIZE), -ENODATA);
	fd = memfd(0, SIZE, 0, 0);
	CU_ASSERT_EQUAL(fallocate(fd, 0, 0, SIZE), 0);
	fcntl(fd, F_ADD_SEALS, NEEDED);
	CU_ASSERT_EQUAL(checked(fd, SIZE), -ENODATA);
}

static void test_huge_pages_are_refused(void)
{
	int fd = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING |
				      MFD_HUGETLB);

	if (fd < 0)
		HARNESS_SKIP("this kernel has no memfds of huge pages");
	CU_ASSERT_EQUAL(ftruncate(fd, 2 << 20), 0);
	CU_ASSERT_EQUAL(fcntl(fd, F_ADD_SEALS, NEEDED), 0);
	CU_ASSERT_EQUAL(checked(fd, 2 << 20), -EINVAL);
}

static void test_what_is_no_memfd_is_refused(void)
{
	int ends[2], fd;

	CU_ASSERT_EQUAL(sealed_check(-1, 1), -EBADF);
	CU_ASSERT_EQUAL(pipe2(ends, O_CLOEXEC), 0);
	CU_ASSERT_EQUAL(checked(ends[0], 1), -EINVAL);
	CU_ASSERT_EQUAL(checked(ends[1], 1), -EINVAL);
	CU_ASSERT_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				   ends), 0);
	CU_ASSERT_EQUAL(checked(ends[0], 1), -EINVAL);
	CU_ASSERT_EQUAL(checked(ends[1], 1), -EINVAL);
	CU_ASSERT_EQUAL(checked(open("/dev/zero", O_RDWR | O_CLOEXEC), 1),
			-EINVAL);
	CU_ASSERT_EQUAL(checked(open("/", O_RDONLY | O_CLOEXEC), 1), -EINVAL);
	CU_ASSERT_EQUAL(checked(open("/proc/self/exe", O_RDONLY | O_CLOEXEC),
				1), -EINVAL);
	fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	CU_ASSERT_EQUAL(checked(fd, 1), -EBADF);
	fd = memfd_create("unsealable", MFD_CLOEXEC);
	CU_ASSERT_EQUAL(checked(fd, 1), -ETXTBSY);
}

static int reopened(int fd, int flags)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, flags | O_CLOEXEC);
	CU_ASSERT_FATAL(again >= 0);
	close(fd);

	return again;
}

static void test_what_cannot_be_read_cannot_be_mapped(void)
{
	int unsealed = memfd(0, SIZE, SIZE, 0);
	int fd = reopened(dup(unsealed), O_WRONLY);
	const void *bytes;

	fcntl(unsealed, F_ADD_SEALS, NEEDED);
	close(unsealed);
	if (sealed_check(fd, SIZE) == 0)
		CU_ASSERT_EQUAL(sealed_map(fd, SIZE, &bytes), -EACCES);
	close(fd);
	fd = reopened(memfd(0, SIZE, SIZE, NEEDED), O_RDONLY);
	CU_ASSERT_EQUAL(sealed_check(fd, SIZE), 0);
	CU_ASSERT_EQUAL(sealed_map(fd, SIZE, &bytes), 0);
	sealed_unmap(bytes, SIZE);
	close(fd);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_is_sealed_can_be_mapped),
	HARNESS_TEST(test_more_seals_are_fine),
	HARNESS_TEST(test_what_could_change_is_refused),
	HARNESS_TEST(test_sizes_are_compared),
	HARNESS_TEST(test_holes_are_refused),
	HARNESS_TEST(test_huge_pages_are_refused),
	HARNESS_TEST(test_what_is_no_memfd_is_refused),
	HARNESS_TEST(test_what_cannot_be_read_cannot_be_mapped),
};
HARNESS_MAIN(tests)
