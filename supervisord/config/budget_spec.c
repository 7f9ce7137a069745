/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * budget_spec.c - what all that is at and below a supervisor may have together.
 *
 * Each process has a limit of its own, and a budget says what they come to: it is
 * kept because no file is run in which they come to more. So everybody below one
 * needs a limit. Pure.
 */
#include "supervisord/config/budget_spec.h"

#include <inttypes.h>
#include <stdio.h>

static const struct key rows[] = {
	{ .name = "memory", .type = "size", .fallback = "no limit",
	  .meaning = "all of its memory together",
	  .read = key_read_size,
	  .offset = offsetof(struct spec_budget, memory_bytes),
	  .min = 1024 * 1024, .max = UINT64_C(1) << 46 },
	{ .name = "pids", .type = "count", .fallback = "no limit",
	  .meaning = "all of its processes and threads",
	  .read = key_read_count,
	  .offset = offsetof(struct spec_budget, pids),
	  .min = 1, .max = 1000000 },
	{ .name = "cpu", .type = "percent", .fallback = "no limit",
	  .meaning = "all of its processor time",
	  .read = key_read_percent,
	  .offset = offsetof(struct spec_budget, cpu_percent),
	  .min = 1, .max = 1000000 },
};

const struct key_table keys_of_budget = KEY_TABLE("a budget", rows);

KEY_READER(budget_spec_read)
{
	struct spec_node *node = ret;

	node->budget.mark = value->key_mark;
	key_read_inside(r, key, value, &node->budget);
}

/* ---- what is shared out -------------------------------------------------- */

static uint64_t memory_of(const struct spec_node *node)
{
	return node->sandbox.memory_bytes;
}

static uint64_t memory_budget(const struct spec_node *node)
{
	return node->budget.memory_bytes;
}

static uint64_t pids_of(const struct spec_node *node)
{
	return spec_pids(node);
}

static uint64_t pids_budget(const struct spec_node *node)
{
	return node->budget.pids;
}

static uint64_t cpu_of(const struct spec_node *node)
{
	return node->sandbox.cpu_percent;
}

static uint64_t cpu_budget(const struct spec_node *node)
{
	return node->budget.cpu_percent;
}

static const char *count_format(uint64_t count, char *buffer)
{
	snprintf(buffer, VALUE_TEXT_MAX, "%" PRIu64, count);
	return buffer;
}

static const char *percent_format(uint64_t percent, char *buffer)
{
	snprintf(buffer, VALUE_TEXT_MAX, "%" PRIu64 "%%", percent);
	return buffer;
}

/**
 * struct share - a row
 * @limit: of an actor or program; 0: none
 * @budget: of a supervisor; 0: none
 */
struct share {
	const char *name;
	uint64_t (*limit)(const struct spec_node *node);
	uint64_t (*budget)(const struct spec_node *node);
	const char *(*format)(uint64_t value, char *buffer);
};

static const struct share shares[] = {
	{ "memory", memory_of, memory_budget, value_size_format },
	{ "pids", pids_of, pids_budget, count_format },
	{ "cpu", cpu_of, cpu_budget, percent_format },
};

/* ---- do they add up? ----------------------------------------------------- */

/** struct sum - @unlimited: the first that has no limit; then @value is nothing */
struct sum {
	uint64_t value;
	const struct spec_node *unlimited;
};

static void add(struct sum *sum, const struct sum *more, uint32_t times)
{
	uint64_t product;

	if (!sum->unlimited)
		sum->unlimited = more->unlimited;
	if (__builtin_mul_overflow(more->value, times, &product) ||
	    __builtin_add_overflow(sum->value, product, &sum->value))
		sum->value = UINT64_MAX;
}

static struct sum sum_of(const struct spec_node *node,
			 const struct share *share);

/* the head, too; who stands by has each limit for itself */
static struct sum sum_inside(const struct spec_node *node,
			     const struct share *share)
{
	struct sum sum = { 0 }, one;
	size_t i;

	if (node->exec) {
		one.value = share->limit(node);
		one.unlimited = one.value ? NULL : node;
		add(&sum, &one, 1 + node->standby);
	}
	for (i = 0; i < node->n_children; i++) {
		one = sum_of(node->children[i], share);
		add(&sum, &one, 1);
	}
	for (i = 0; i < node->n_templates; i++) {
		one = sum_of(node->templates[i], share);
		add(&sum, &one, node->templates[i]->template_max);
	}

	return sum;
}

/* as deep as the tree */
static struct sum sum_of(const struct spec_node *node,
			 const struct share *share)
{
	struct sum sum = { .value = share->budget(node) };

	return sum.value ? sum : sum_inside(node, share);
}

static void judge(struct reading *r, const struct spec_node *node,
		  const struct share *share)
{
	struct sum sum = sum_inside(node, share);
	char budget[VALUE_TEXT_MAX], wanted[VALUE_TEXT_MAX];

	share->format(share->budget(node), budget);
	if (sum.unlimited)
		reading_refuse(r, sum.unlimited->mark,
			       "\"%s\" needs \"%s\" in its sandbox: it is in the budget of \"%s\" in line %u, %s for all",
			       sum.unlimited->name, share->name, node->name,
			       node->budget.mark.line, budget);
	else if (sum.value > share->budget(node))
		reading_refuse(r, node->budget.mark,
			       "the budget of \"%s\" is %s \"%s\", and what is in it may have %s together",
			       node->name, budget, share->name,
			       share->format(sum.value, wanted));
}

void budget_spec_check(struct reading *r, const struct spec_node *top)
{
	size_t i;

	for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		if (shares[i].budget(top))
			judge(r, top, &shares[i]);
	for (i = 0; i < top->n_children; i++)
		budget_spec_check(r, top->children[i]);
}
