/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_kept_file.c - a file that was read, as it is kept, and what is none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "supervisord/act/memory_file.h"
#include "supervisord/kept_file.h"
#include "tests/harness/harness.h"

static const char text[] =
	"system: kept\n"
	"children:\n"
	"  - { name: a, exec: /bin/true, kind: program }\n"
	"  - { name: b, exec: /bin/false, kind: program }\n";

static void keep(int *ret_fd)
{
	char path[] = "/tmp/kept-XXXXXX";
	int fd = mkstemp(path);
	struct load load;

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	CU_ASSERT_EQUAL_FATAL(load_file(&load, path), 0);
	unlink(path);
	CU_ASSERT_EQUAL_FATAL(kept_file_write(&load, ret_fd), 0);
	load_deinit(&load);
}

static int read_it(int fd)
{
	struct spec_system *system = NULL;
	int r = kept_file_read(fd, "kept", &system);

	CU_ASSERT_EQUAL(system != NULL, r == 0);
	spec_system_free(system);
	return r;
}

static void test_it_is_the_tree_with_the_programs_as_they_were_found(void)
{
	struct spec_system *system = NULL;
	int fd;

	keep(&fd);
	CU_ASSERT_EQUAL_FATAL(kept_file_read(fd, "kept", &system), 0);
	CU_ASSERT_STRING_EQUAL(system->name, "kept");
	CU_ASSERT_EQUAL(system->top->n_children, 2);
	CU_ASSERT_PTR_NOT_NULL(system->top->children[1]->exec_path);
	spec_system_free(system);
	close(fd);
}

static void test_what_somebody_can_still_change_is_none(void)
{
	int fd = memfd_create("kept", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	CU_ASSERT_EQUAL(read_it(fd), -EPERM);
	close(fd);
}

/* it begins with three numbers of eight bytes: programs, their bytes, the text's */
static const struct {
	size_t number;
	uint64_t add;
} wrong[] = {
	{ 0, 1 }, { 0, 2 }, { 0, (uint64_t)-2 }, { 0, UINT64_MAX / 2 },
	{ 1, 1 }, { 1, (uint64_t)-1 }, { 1, UINT64_MAX - 100 },
	{ 2, 1 }, { 2, (uint64_t)-1 }, { 2, UINT64_MAX - 100 },
};

static int read_bytes(char *bytes, size_t n_bytes)
{
	int fd = -1, r;

	CU_ASSERT_EQUAL_FATAL(memory_file_new("kept", &(struct iovec){
			      bytes, n_bytes }, 1, &fd), 0);
	r = read_it(fd);
	close(fd);
	return r;
}

static void test_one_that_does_not_add_up_is_none(void)
{
	uint64_t *numbers;
	size_t n_bytes;
	char *bytes;
	int fd;

	keep(&fd);
	CU_ASSERT_EQUAL_FATAL(memory_file_read(fd, &bytes, &n_bytes), 0);
	close(fd);
	numbers = (uint64_t *)(void *)bytes;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		numbers[wrong[i].number] += wrong[i].add;
		CU_ASSERT_EQUAL(read_bytes(bytes, n_bytes), -EBADMSG);
		numbers[wrong[i].number] -= wrong[i].add;
	}
	for (size_t n = 0; n < n_bytes; n++)
		CU_ASSERT_EQUAL(read_bytes(bytes, n), -EBADMSG);
	CU_ASSERT_EQUAL(read_bytes(bytes, n_bytes), 0);
	free(bytes);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_it_is_the_tree_with_the_programs_as_they_were_found),
	HARNESS_TEST(test_what_somebody_can_still_change_is_none),
	HARNESS_TEST(test_one_that_does_not_add_up_is_none),
};
HARNESS_MAIN(tests)
