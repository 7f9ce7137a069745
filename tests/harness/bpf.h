/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bpf.h - what would the kernel say of a system call, by the bytes of a filter?
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

/**
 * struct bpf_end - of one run
 * @verdict: SECCOMP_RET_*
 * @n_steps: instructions it took
 * @ordered: it has asked which of two is greater of something else than the
 *           number of the call
 * @unnoted: it has done what the kernel does not follow when it notes which calls
 *           a filter allows by number and machine alone, and runs it no more for
 * @fault: what the kernel would not have taken; NULL: it is sound
 */
struct bpf_end {
	uint32_t verdict;
	unsigned int n_steps;
	bool ordered;
	bool unnoted;
	const char *fault;
};

/** bpf_run() - interpret @program for one call. Pure */
struct bpf_end bpf_run(const struct sock_fprog *program,
		       const struct seccomp_data *data);
/** bpf_stricter() - which of two verdicts counts, as the kernel has it */
uint32_t bpf_stricter(uint32_t one, uint32_t other);
