/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bpf.c - what would the kernel say of a system call, by the bytes of a filter?
 *
 * An interpreter of the classic instructions that seccomp(2) takes, written by
 * its text and not by what any compiler makes. Pure: nothing is installed.
 */
#include <string.h>

#include "tests/harness/bpf.h"

struct machine {
	const struct sock_fprog *program;
	const struct seccomp_data *data;
	struct bpf_end end;
	uint32_t a;
	uint32_t x;
	uint32_t memory[BPF_MEMWORDS];
	bool a_is_number;
	bool ended;
	size_t at;
};

static void fail(struct machine *m, const char *fault)
{
	m->end.fault = fault;
	m->ended = true;
}

static void load(struct machine *m, const struct sock_filter *f, uint32_t *to)
{
	if (to == &m->a)
		m->a_is_number = false;
	switch (BPF_MODE(f->code)) {
	case BPF_IMM:
		*to = f->k;
		break;
	case BPF_MEM:
		if (f->k >= BPF_MEMWORDS)
			fail(m, "no such memory");
		else
			*to = m->memory[f->k];
		break;
	case BPF_LEN:
		*to = sizeof(*m->data);
		break;
	case BPF_ABS:
		if (to != &m->a || f->k % 4 || f->k >= sizeof(*m->data)) {
			fail(m, "no such data");
			break;
		}
		memcpy(to, (const char *)m->data + f->k, sizeof(*to));
		m->a_is_number = f->k == offsetof(struct seccomp_data, nr);
		break;
	default:
		fail(m, "a load it does not take");
	}
}

static void store(struct machine *m, const struct sock_filter *f, uint32_t from)
{
	if (f->k >= BPF_MEMWORDS)
		fail(m, "no such memory");
	else
		m->memory[f->k] = from;
}

static void compute(struct machine *m, const struct sock_filter *f)
{
	uint32_t by = BPF_SRC(f->code) == BPF_X ? m->x : f->k;

	m->a_is_number = false;
	switch (BPF_OP(f->code)) {
	case BPF_ADD:
		m->a += by;
		break;
	case BPF_SUB:
		m->a -= by;
		break;
	case BPF_MUL:
		m->a *= by;
		break;
	case BPF_DIV:
		if (!by)
			fail(m, "a division by zero");
		else
			m->a /= by;
		break;
	case BPF_AND:
		m->a &= by;
		break;
	case BPF_OR:
		m->a |= by;
		break;
	case BPF_XOR:
		m->a ^= by;
		break;
	case BPF_LSH:
		m->a = by < 32 ? m->a << by : 0;
		break;
	case BPF_RSH:
		m->a = by < 32 ? m->a >> by : 0;
		break;
	case BPF_NEG:
		m->a = -m->a;
		break;
	default:
		fail(m, "arithmetic it does not take");
	}
}

static void jump(struct machine *m, const struct sock_filter *f)
{
	uint32_t by = BPF_SRC(f->code) == BPF_X ? m->x : f->k;
	bool yes = false;

	switch (BPF_OP(f->code)) {
	case BPF_JA:
		m->at += f->k;
		return;
	case BPF_JEQ:
		yes = m->a == by;
		break;
	case BPF_JSET:
		yes = m->a & by;
		break;
	case BPF_JGT:
		yes = m->a > by;
		m->end.ordered |= !m->a_is_number;
		break;
	case BPF_JGE:
		yes = m->a >= by;
		m->end.ordered |= !m->a_is_number;
		break;
	default:
		fail(m, "a jump it does not take");
	}
	m->at += yes ? f->jt : f->jf;
}

static void move(struct machine *m, const struct sock_filter *f)
{
	if (BPF_MISCOP(f->code) == BPF_TAX)
		m->x = m->a;
	else
		m->a = m->x;
	m->a_is_number = false;
}

static void finish(struct machine *m, const struct sock_filter *f)
{
	m->end.verdict = BPF_RVAL(f->code) == BPF_A ? m->a : f->k;
	m->ended = true;
}

static bool is_noted(const struct sock_filter *f)
{
	switch (f->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return f->k == offsetof(struct seccomp_data, nr) ||
		       f->k == offsetof(struct seccomp_data, arch);
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_JMP | BPF_JA:
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_RET | BPF_K:
		return true;
	default:
		return false;
	}
}

static void step(struct machine *m, const struct sock_filter *f)
{
	m->end.unnoted |= !is_noted(f);
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
		load(m, f, &m->a);
		break;
	case BPF_LDX:
		load(m, f, &m->x);
		break;
	case BPF_ST:
		store(m, f, m->a);
		break;
	case BPF_STX:
		store(m, f, m->x);
		break;
	case BPF_ALU:
		compute(m, f);
		break;
	case BPF_JMP:
		jump(m, f);
		break;
	case BPF_RET:
		finish(m, f);
		break;
	case BPF_MISC:
		move(m, f);
		break;
	}
}

/* jumps go forward, so there are not more steps than instructions */
struct bpf_end bpf_run(const struct sock_fprog *program,
		       const struct seccomp_data *data)
{
	struct machine m = { .program = program, .data = data };

	while (!m.ended) {
		if (m.at >= program->len) {
			fail(&m, "it goes on behind its end");
			break;
		}
		m.end.n_steps++;
		step(&m, &program->filter[m.at++]);
	}
	return m.end;
}

/* signed: to kill the process is the least of all */
uint32_t bpf_stricter(uint32_t one, uint32_t other)
{
	int32_t a = (int32_t)(one & SECCOMP_RET_ACTION_FULL);
	int32_t b = (int32_t)(other & SECCOMP_RET_ACTION_FULL);

	return b < a ? other : one;
}
