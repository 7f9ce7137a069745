/* SPDX-License-Identifier: 0BSD */
/*
 * plan.c - what one measurement is to do, as words.
 *
 * The same words are the arguments of a peer's program and the payload that
 * bench-lead is asked with.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

#define TEXT_MAX 256
#define SIZE_MAX_BYTES (UINT64_C(64) << 20)

static const struct {
	const char *name;
	size_t offset;
} keys[] = {
	{ "size", offsetof(struct plan, size) },
	{ "n", offsetof(struct plan, n) },
	{ "senders", offsetof(struct plan, senders) },
	{ "receivers", offsetof(struct plan, receivers) },
	{ "sender-cpu", offsetof(struct plan, sender_cpu) },
	{ "receiver-cpu", offsetof(struct plan, receiver_cpu) },
	{ "port", offsetof(struct plan, port) },
};

static int read_word(struct plan *plan, char *word)
{
	char *value = strchr(word, '='), *end;
	size_t i;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].name, word) == 0)
			break;
	if (i == sizeof(keys) / sizeof(keys[0]))
		return -EINVAL;

	*(uint64_t *)((char *)plan + keys[i].offset) =
		strtoull(value, &end, 10);
	return end == value || *end ? -EINVAL : 0;
}

static int one_to(uint64_t value, uint64_t max)
{
	return value >= 1 && value <= max;
}

static int check(const struct plan *plan)
{
	return one_to(plan->n, UINT64_C(1) << 32) &&
	       one_to(plan->senders, PLAN_PROCESSES_MAX) &&
	       one_to(plan->receivers, PLAN_PROCESSES_MAX) &&
	       plan->size >= sizeof(uint64_t) && plan->size <= SIZE_MAX_BYTES
		       ? 0 : -EINVAL;
}

int plan_read(const char *text, size_t n_bytes, struct plan *ret_plan)
{
	struct plan plan = {
		.size = 64,
		.n = 1,
		.senders = 1,
		.receivers = 1,
		.sender_cpu = PLAN_CPU_ANY,
		.receiver_cpu = PLAN_CPU_ANY,
	};
	char copy[TEXT_MAX], *rest = NULL, *word;
	int r;

	if (n_bytes >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, n_bytes);
	copy[n_bytes] = '\0';
	for (word = strtok_r(copy, " \n", &rest); word;
	     word = strtok_r(NULL, " \n", &rest)) {
		r = read_word(&plan, word);
		if (r < 0)
			return r;
	}
	r = check(&plan);
	if (r == 0)
		*ret_plan = plan;
	return r;
}

uint64_t plan_quota(const struct plan *plan)
{
	uint64_t quota = plan->n / (plan->senders * plan->receivers);

	return quota ? quota : 1;
}

uint64_t plan_messages(const struct plan *plan)
{
	return plan_quota(plan) * plan->senders * plan->receivers;
}
