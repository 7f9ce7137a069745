/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_confinement.c - a process that has begun its confinement tries to get out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <seccomp.h>

#include "supervisord/act/confinement.h"
#include "supervisord/act/sandbox.h"
#include "supervisord/act/sandbox_profile.h"
#include "supervisord/config/system_calls.h"
#include "tests/harness/harness.h"

/* what an actor may do, or be granted, its supervisor's filter must not take away */
static void test_nothing_is_denied_that_an_actor_may_call(void)
{
	const struct sandbox_profile all = {
		SANDBOX_PROFILES - 1, (char *const *)system_calls_grantable(),
	};
	size_t n;
	const char *const *denied = confinement_denied(&n);

	for (size_t i = 0; i < n; i++)
		if (sandbox_profile_allows(&all, SANDBOX_FIRST_STAGE,
					   denied[i])) {
			harness_note("%s", denied[i]);
			CU_FAIL("a profile allows it");
		}
}

static int in_confinement(int (*work)(void))
{
	const char *what;
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (confinement_begin(false, true, &what) < 0)
			_exit(99);
		_exit(work());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int call_each_denied(void)
{
	size_t n;
	const char *const *denied = confinement_denied(&n);

	for (size_t i = 0; i < n; i++) {
		int number = seccomp_syscall_resolve_name(denied[i]);

		if (number < 0 || !strcmp(denied[i], "ptrace"))
			continue;
		if (syscall(number, -1, -1, -1, -1, -1, -1) >= 0 ||
		    errno != ENOSYS) {
			fprintf(stderr, "# %s: %s\n", denied[i],
				strerror(errno));
			return 1;
		}
	}
	return 0;
}

static void test_what_is_denied_is_not_there(void)
{
	CU_ASSERT_EQUAL(in_confinement(call_each_denied), 0);
}

static int try_other_capabilities(void)
{
	cap_value_t gone = CAP_SYS_MODULE;
	cap_t capabilities = cap_get_proc();
	int r;

	cap_set_flag(capabilities, CAP_EFFECTIVE, 1, &gone, CAP_SET);
	cap_set_flag(capabilities, CAP_PERMITTED, 1, &gone, CAP_SET);
	r = cap_set_proc(capabilities) < 0 && errno == EPERM ? 0 : 1;
	cap_free(capabilities);
	if (prctl(PR_CAPBSET_READ, CAP_SYS_MODULE, 0, 0, 0) != 0)
		r = 2;
	return r;
}

static void test_a_capability_does_not_come_back(void)
{
	if (geteuid() != 0)
		HARNESS_SKIP("not root");
	CU_ASSERT_EQUAL(in_confinement(try_other_capabilities), 0);
}

static int code_of_own(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? errno : 0;
}

static int try_code(void)
{
	if (!sandbox_memory_begin())
		return 77;
	return code_of_own() == EACCES ? 0 : 1;
}

/* a program that it starts may have a compiler inside */
static int try_code_of_a_child(void)
{
	int status = -1;
	pid_t pid;

	if (!sandbox_memory_begin())
		return 77;
	pid = fork();
	if (pid == 0)
		_exit(code_of_own());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void test_what_a_supervisor_has_written_is_no_code(void)
{
	int r = in_confinement(try_code);

	if (r == 77)
		HARNESS_SKIP("no MDWE");
	CU_ASSERT_EQUAL(r, 0);
	CU_ASSERT_EQUAL(in_confinement(try_code_of_a_child), 0);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_nothing_is_denied_that_an_actor_may_call),
	HARNESS_TEST(test_what_is_denied_is_not_there),
	HARNESS_TEST(test_a_capability_does_not_come_back),
	HARNESS_TEST(test_what_a_supervisor_has_written_is_no_code),
};
HARNESS_MAIN(tests)
