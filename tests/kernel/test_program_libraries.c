/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_program_libraries.c - what a program needs is found, or said to be
 * missing.
 */
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/program_libraries.h"
#include "tests/harness/harness.h"

/* ---- the text ----------------------------------------------------------- */

static char culprit[64];

static int parse(const char *text, struct program_libraries *ret)
{
	const char *about = "";
	char buffer[512];
	int r;

	snprintf(buffer, sizeof(buffer), "%s", text);
	r = program_libraries_parse(buffer, ret, &about);
	snprintf(culprit, sizeof(culprit), "%s", about);
	return r;
}

static void test_lines_of_the_loader(void)
{
	static const struct {
		const char *text;
		int result;
		size_t n_paths;
		bool needs_cache;
	} cases[] = {
		{ "", 0, 0, false },
		{ "\tstatically linked\n", 0, 0, false },
		{ "\tlinux-vdso.so.1 (0x00007fff)\n", 0, 0, false },
		{ "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x0)\n"
		  "\t/lib64/ld-linux-x86-64.so.2 (0x0)\n", 0, 2, false },
		{ "\tliba.so => /usr/local/lib/liba.so (0x0)\n", 0, 1, true },
		{ "\tliba.so => /usr/lib/liba.so (0x0)\n", 0, 1, false },
		{ "\tliba.so => /usr/lib/a/b/liba.so (0x0)\n", 0, 1, true },
		{ "\tliba.so => /lib/a b.so (0x0)\n", 0, 1, false },
		{ "\ta => /lib/a (0x0)\n\tb => /lib/a (0x0)\n", 0, 1, false },
		{ "\tliba.so => not found\n", -ENOENT, 0, false },
		{ "\tliba.so => b/liba.so (0x0)\n", -ENOTDIR, 0, false },
		{ "\tanything else\n", -EINVAL, 0, false },
		{ "/bin/a: /lib/b.so: no version information available (required by /bin/a)\n"
		  "\tb.so => /lib/b.so (0x0)\n", 0, 1, false },
	};
	struct program_libraries libraries;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(parse(cases[i].text, &libraries),
				cases[i].result);
		if (cases[i].result == 0) {
			CU_ASSERT_EQUAL(libraries.n_paths, cases[i].n_paths);
			CU_ASSERT_EQUAL(libraries.needs_cache,
					cases[i].needs_cache);
		}
		program_libraries_clear(&libraries);
	}
}

static void test_the_line_that_is_wrong_is_named(void)
{
	struct program_libraries libraries;

	parse("\tliba.so => /a (0x0)\n\tlibb.so => not found\n", &libraries);
	CU_ASSERT_STRING_EQUAL(culprit, "libb.so");
	program_libraries_clear(&libraries);
	parse("\tliba.so => b/liba.so (0x0)\n", &libraries);
	CU_ASSERT_STRING_EQUAL(culprit, "b/liba.so");
	program_libraries_clear(&libraries);
	parse("\tanything else\n", &libraries);
	CU_ASSERT_STRING_EQUAL(culprit, "anything else");
	program_libraries_clear(&libraries);
}

static void test_folders_are_taken_from_the_environment(void)
{
	static const struct {
		const char *variable;
		const char *expected;
	} rows[] = {
		{ "A=/b", "" },
		{ "LD_LIBRARY_PATH=", "" },
		{ "LD_LIBRARY_PATH=/a", "/a" },
		{ "LD_LIBRARY_PATH=/a:/b;/c", "/a:/b:/c" },
		/* not from where the supervisor happens to be */
		{ "LD_LIBRARY_PATH=a:.:/b:", "/b" },
		{ "LD_LIBRARY_PATH=:;:", "" },
		{ "LD_LIBRARY_PATH=$ORIGIN/lib:/a/$LIB", "/a/$LIB" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char variable[64], expected[64], *folders;
		char *environment[] = { (char []){ "HOME=/" }, variable, NULL };

		snprintf(variable, sizeof(variable), "%s", rows[i].variable);
		snprintf(expected, sizeof(expected), "LD_LIBRARY_PATH=%s",
			 rows[i].expected);
		folders = program_libraries_folders(environment);
		CU_ASSERT_PTR_NOT_NULL_FATAL(folders);
		CU_ASSERT_STRING_EQUAL(folders, expected);
		free(folders);
	}
}

static void test_a_place_has_no_dots(void)
{
	static const struct {
		const char *path;
		const char *place;
	} rows[] = {
		{ "/lib/a.so", "/lib/a.so" },
		{ "/opt/bin/../lib/a.so", "/opt/lib/a.so" },
		{ "/opt/./lib//a.so", "/opt/lib/a.so" },
		{ "/opt/..a/.b/a..so", "/opt/..a/.b/a..so" },
		{ "/../../a.so", "/a.so" },
		{ "/a/..", "/" },
		{ "/a/b/../../c", "/c" },
	};
	char place[PATH_MAX], *longest;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_EQUAL(program_libraries_place(rows[i].path, place),
				0);
		CU_ASSERT_STRING_EQUAL(place, rows[i].place);
	}
	CU_ASSERT_EQUAL(program_libraries_place("lib/a.so", place), -EINVAL);
	longest = calloc(PATH_MAX + 1, 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(longest);
	memset(longest, '/', PATH_MAX - 1);
	memset(longest + 1, 'a', PATH_MAX - 2);
	CU_ASSERT_EQUAL(program_libraries_place(longest, place), 0);
	CU_ASSERT_STRING_EQUAL(place, longest);
	longest[PATH_MAX - 1] = 'a';
	CU_ASSERT_EQUAL(program_libraries_place(longest, place),
			-ENAMETOOLONG);
	free(longest);
}

/* ---- programs ----------------------------------------------------------- */

static bool has(const struct program_libraries *libraries, const char *word)
{
	size_t i;

	for (i = 0; i < libraries->n_paths; i++)
		if (strstr(libraries->paths[i], word))
			return true;
	return false;
}

static void test_a_dynamic_program_has_libc_and_its_loader(void)
{
	const struct program_libraries *libraries = NULL, *again;
	char *self = realpath("/proc/self/exe", NULL);
	const char *what;
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(self);
	CU_ASSERT_EQUAL_FATAL(program_libraries(self, NULL, &libraries, &what), 0);
	if (libraries->n_paths == 0)
		HARNESS_SKIP("this test is linked statically");
	CU_ASSERT(has(libraries, "/libc."));
	CU_ASSERT(has(libraries, "/ld-"));
	for (i = 0; i < libraries->n_paths; i++)
		CU_ASSERT_EQUAL(access(libraries->paths[i], R_OK), 0);
	CU_ASSERT_EQUAL(program_libraries(self, NULL, &again, &what), 0);
	CU_ASSERT_PTR_EQUAL(libraries, again);
	free(self);
}

static void with_file(const void *bytes, size_t n_bytes, mode_t mode,
		      int expected, const char *word)
{
	char path[] = "/tmp/actorproc-libraries-XXXXXX";
	const struct program_libraries *libraries;
	const char *what = "";
	int fd, r;

	fd = mkstemp(path);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, bytes, n_bytes), (ssize_t)n_bytes);
	CU_ASSERT_EQUAL(fchmod(fd, mode), 0);
	close(fd);
	r = program_libraries(path, NULL, &libraries, &what);
	CU_ASSERT_EQUAL(r, expected);
	CU_ASSERT_PTR_NOT_NULL(strstr(what, word));
	if (r != expected || !strstr(what, word))
		harness_note("got %d, %s; expected %d, %s", r, what, expected,
			     word);
	unlink(path);
}

static void test_scripts_are_refused_with_advice(void)
{
	static const char script[] = "#!/bin/sh\necho hello\n";

	with_file(script, sizeof(script) - 1, 0755, -ENOEXEC, "interpreter");
}

static void test_what_is_no_program_is_refused(void)
{
	with_file("", 0, 0755, -ENOEXEC, "ELF");
	with_file("x", 1, 0755, -ENOEXEC, "ELF");
	with_file("hello, world", 12, 0755, -ENOEXEC, "ELF");
	with_file(ELFMAG, SELFMAG, 0755, -ENOEXEC, "another machine");
}

struct image {
	ElfW(Ehdr) header;
	ElfW(Phdr) part;
	char loader[64];
};

static void image_init(struct image *image, const char *loader)
{
	memset(image, 0, sizeof(*image));
	memcpy(image->header.e_ident, ELFMAG, SELFMAG);
	image->header.e_ident[EI_CLASS] =
		__ELF_NATIVE_CLASS == 64 ? ELFCLASS64 : ELFCLASS32;
	image->header.e_phentsize = sizeof(image->part);
	image->header.e_phoff = offsetof(struct image, part);
	image->header.e_phnum = 1;
	image->part.p_type = PT_INTERP;
	image->part.p_offset = offsetof(struct image, loader);
	image->part.p_filesz = strlen(loader) + 1;
	strcpy(image->loader, loader);
}

static void test_damaged_programs_are_refused(void)
{
	struct image image;

	image_init(&image, "/nonexistent/ld.so");
	with_file(&image, sizeof(image), 0755, -ENOENT, "missing");
	image_init(&image, "relative/ld.so");
	with_file(&image, sizeof(image), 0755, -ENOEXEC, "damaged");
	image_init(&image, "/lib/ld.so");
	image.part.p_filesz = 3;
	with_file(&image, sizeof(image), 0755, -ENOEXEC, "damaged");
	image.part.p_filesz = (size_t)-1;
	with_file(&image, sizeof(image), 0755, -ENOEXEC, "damaged");
	image_init(&image, "/lib/ld.so");
	image.part.p_offset = 1 << 20;
	with_file(&image, sizeof(image), 0755, -ENOEXEC, "damaged");
	image_init(&image, "/lib/ld.so");
	image.header.e_phoff = (size_t)-1;
	with_file(&image, sizeof(image), 0755, -EINVAL, "damaged");
	image_init(&image, "/lib/ld.so");
	image.header.e_phnum = 60000;
	with_file(&image, sizeof(image), 0755, -ENOEXEC, "another machine");
}

/* a program could name anything as its loader, and that would run unconfined */
static void test_a_loader_of_a_stranger_is_not_run(void)
{
	char loader[] = "/tmp/actorproc-loader-XXXXXX";
	struct image image;
	int fd;

	fd = mkstemp(loader);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(fchmod(fd, 0777), 0);
	close(fd);
	image_init(&image, loader);
	with_file(&image, sizeof(image), 0755, -EACCES, "loader");
	unlink(loader);
}

static void test_a_static_program_has_none(void)
{
	const struct program_libraries *libraries;
	struct image image;
	const char *what;
	char path[] = "/tmp/actorproc-libraries-XXXXXX";
	int fd;

	image_init(&image, "");
	image.part.p_type = PT_LOAD;
	fd = mkstemp(path);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, &image, sizeof(image)),
			(ssize_t)sizeof(image));
	close(fd);
	CU_ASSERT_EQUAL_FATAL(program_libraries(path, NULL, &libraries, &what), 0);
	CU_ASSERT_EQUAL(libraries->n_paths, 0);
	unlink(path);
}

static void test_a_missing_program_is_an_error(void)
{
	const struct program_libraries *libraries;
	const char *what;

	CU_ASSERT_EQUAL(program_libraries("/nonexistent", NULL, &libraries,
					  &what),
			-ENOENT);
	CU_ASSERT_EQUAL(program_libraries("/tmp", NULL, &libraries, &what), -EACCES);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_lines_of_the_loader),
	HARNESS_TEST(test_the_line_that_is_wrong_is_named),
	HARNESS_TEST(test_a_place_has_no_dots),
	HARNESS_TEST(test_folders_are_taken_from_the_environment),
	HARNESS_TEST(test_a_dynamic_program_has_libc_and_its_loader),
	HARNESS_TEST(test_scripts_are_refused_with_advice),
	HARNESS_TEST(test_what_is_no_program_is_refused),
	HARNESS_TEST(test_damaged_programs_are_refused),
	HARNESS_TEST(test_a_loader_of_a_stranger_is_not_run),
	HARNESS_TEST(test_a_static_program_has_none),
	HARNESS_TEST(test_a_missing_program_is_an_error),
};

HARNESS_MAIN(tests)
