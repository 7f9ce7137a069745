/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_bpf.c - the interpreter by which the filters are judged.
 */
#include "tests/harness/bpf.h"
#include "tests/harness/harness.h"

#define ALLOW SECCOMP_RET_ALLOW
#define KILL SECCOMP_RET_KILL_PROCESS
#define TRAP SECCOMP_RET_TRAP
#define NOTIFY SECCOMP_RET_USER_NOTIF
#define LOW(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#define HIGH(n) (LOW(n) + 4)
#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct seccomp_data call = {
	.nr = 7,
	.arch = 0xc000003e,
	.args = { UINT64_C(0x100000005), 0xf0 },
};

static struct bpf_end run(struct sock_filter *filter, size_t n)
{
	struct sock_fprog program = { (unsigned short)n, filter };

	return bpf_run(&program, &call);
}

static void test_it_loads_and_compares_words_of_a_call(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 5, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, HIGH(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ALLOW),
		BPF_STMT(BPF_RET | BPF_K, KILL),
	};
	struct bpf_end end = run(filter, N(filter));

	CU_ASSERT_PTR_NULL(end.fault);
	CU_ASSERT_EQUAL(end.verdict, ALLOW);
	CU_ASSERT_EQUAL(end.n_steps, 5);
	filter[3].k = 0;
	CU_ASSERT_EQUAL(run(filter, N(filter)).verdict, KILL);
}

static void test_it_has_memory_bits_and_jumps(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW(1)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x30),
		BPF_STMT(BPF_ST, 3),
		BPF_STMT(BPF_LD | BPF_IMM, 0),
		BPF_STMT(BPF_LD | BPF_MEM, 3),
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		BPF_STMT(BPF_RET | BPF_K, KILL),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x10, 0, 1),
		BPF_STMT(BPF_RET | BPF_A, 0),
		BPF_STMT(BPF_RET | BPF_K, KILL),
	};

	CU_ASSERT_EQUAL(run(filter, N(filter)).verdict, 0x30);
}

static void test_it_sees_what_is_put_into_an_order(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 7, 0, 0),
		BPF_STMT(BPF_RET | BPF_K, ALLOW),
	};

	CU_ASSERT_FALSE(run(filter, N(filter)).ordered);
	filter[0].k = LOW(0);
	CU_ASSERT_TRUE(run(filter, N(filter)).ordered);
}

static void test_it_sees_what_the_kernel_cannot_note(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 7, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW(0)),
		BPF_STMT(BPF_RET | BPF_K, ALLOW),
	};

	CU_ASSERT_FALSE(run(filter, N(filter)).unnoted);
	filter[2].k = 6;
	CU_ASSERT_TRUE(run(filter, N(filter)).unnoted);
	filter[2] = (struct sock_filter)BPF_STMT(BPF_MISC | BPF_TAX, 0);
	CU_ASSERT_TRUE(run(filter, N(filter)).unnoted);
}

static void test_what_the_kernel_would_not_take_is_a_fault(void)
{
	static const struct sock_filter wrong[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof(call)),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2),
		BPF_STMT(BPF_LD | BPF_MEM, BPF_MEMWORDS),
		BPF_STMT(BPF_ST, BPF_MEMWORDS),
		BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0),
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		BPF_STMT(BPF_LD | BPF_IMM, 0),
	};
	struct sock_filter filter[2];

	for (size_t i = 0; i < N(wrong); i++) {
		filter[0] = wrong[i];
		filter[1] = wrong[i];
		CU_ASSERT_PTR_NOT_NULL(run(filter, 2).fault);
	}
}

static void test_the_stricter_of_two_counts(void)
{
	static const uint32_t strictest_first[] = {
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
		SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO, SECCOMP_RET_USER_NOTIF,
		SECCOMP_RET_TRACE, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW,
	};

	for (size_t i = 0; i < N(strictest_first); i++)
		for (size_t j = 0; j < N(strictest_first); j++)
			CU_ASSERT_EQUAL(bpf_stricter(strictest_first[i],
						     strictest_first[j]),
					strictest_first[i < j ? i : j]);
	CU_ASSERT_EQUAL(bpf_stricter(NOTIFY, TRAP), TRAP);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_it_loads_and_compares_words_of_a_call),
	HARNESS_TEST(test_it_has_memory_bits_and_jumps),
	HARNESS_TEST(test_it_sees_what_is_put_into_an_order),
	HARNESS_TEST(test_it_sees_what_the_kernel_cannot_note),
	HARNESS_TEST(test_what_the_kernel_would_not_take_is_a_fault),
	HARNESS_TEST(test_the_stricter_of_two_counts),
};

HARNESS_MAIN(tests)
