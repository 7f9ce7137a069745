/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena_owed.c - replies that are owed: asks a turn has put off.
 *
 * A debt is made and paid as part of a turn. Debts of a process that died are
 * paid here, with an error.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/arena_layout.h"

static bool is_free(const struct arena *a, const struct arena_debt *d)
{
	return !d->made || (d->paid && d->paid <= a->commit);
}

static bool is_open(const struct arena_debt *d)
{
	return d->made && !d->paid;
}

/* Whatever lay there is nobody's before it is counted. */
static struct arena_debt *new_debt(struct arena *a, size_t top)
{
	if (top == ARENA_OWED_MAX)
		return NULL;
	ARENA_SET(a->debts[top].made, 0);
	ARENA_SET(a->debts_top, (uint32_t)top + 1);

	return &a->debts[top];
}

static struct arena_debt *free_debt(struct arena *a)
{
	size_t top = arena_debts_top(a);
	size_t i;

	for (i = 0; i < top; i++) {
		size_t at = (a->debt_hint + i) % top;

		if (!is_free(a, &a->debts[at]))
			continue;
		a->debt_hint = (uint32_t)(at + 1);
		return &a->debts[at];
	}

	return new_debt(a, top);
}

/* Return: the one that this can be, or NULL */
static struct arena_debt *debt_of(const struct arena *a, uint64_t token)
{
	size_t at = token % ARENA_OWED_MAX;
	struct arena_debt *d = (struct arena_debt *)&a->debts[at];

	return at < arena_debts_top(a) && d->token == token && is_open(d)
		       ? d : NULL;
}

static uint64_t owe(struct arena *a, uint64_t key, const struct frame *ask,
		    bool interrupted)
{
	struct arena_debt *d = free_debt(a);
	size_t i;

	if (!d)
		return 0;

	/* first it is nothing: paid and unpaid must not mix with the new */
	ARENA_SET(d->made, 0);
	ARENA_SET(a->tokens, a->tokens + 1);
	i = (size_t)(d - a->debts);
	*d = (struct arena_debt){
		.token = a->tokens * ARENA_OWED_MAX + i,
		.key = key,
		.ask_id = ask->ask_id,
		.trace = { ask->trace[0], ask->trace[1] },
		.generation = ask->generation,
		.interrupted = interrupted,
	};
	ARENA_SET(d->made, arena_turn(a));

	return d->token;
}

uint64_t arena_owe(struct arena *a, uint64_t key, const struct frame *ask)
{
	return owe(a, key, ask, false);
}

static struct frame ask_of(const struct arena_debt *d)
{
	return (struct frame){
		.kind = FRAME_ASK,
		.priority = ACTOR_PRIORITY_NORMAL,
		.generation = d->generation,
		.ask_id = d->ask_id,
		.trace = { d->trace[0], d->trace[1] },
	};
}

int arena_owed(const struct arena *a, uint64_t token, uint64_t *ret_key,
	       struct frame *ret_ask)
{
	const struct arena_debt *d = debt_of(a, token);

	if (!d)
		return -ENOENT;

	*ret_key = d->key;
	*ret_ask = ask_of(d);
	return 0;
}

uint64_t arena_owed_next(const struct arena *a, size_t *cursor)
{
	while (*cursor < arena_debts_top(a)) {
		const struct arena_debt *d = &a->debts[(*cursor)++];

		if (is_open(d))
			return d->token;
	}

	return 0;
}

void arena_pay(struct arena *a, uint64_t token)
{
	struct arena_debt *d = debt_of(a, token);

	if (d)
		ARENA_SET(d->paid, arena_turn(a));
}

/* What is not committed never was. */
void arena_owed_truncate(struct arena *a)
{
	size_t top = arena_debts_top(a);
	size_t i;

	for (i = 0; i < top; i++) {
		struct arena_debt *d = &a->debts[i];

		if (d->made > a->commit)
			ARENA_SET(d->made, 0);
		else if (d->paid > a->commit)
			ARENA_SET(d->paid, 0);
	}
}

/* ---- debts of a dead process ------------------------------------------ */

static int send_error(struct arena *a, uint64_t key, const struct frame *ask)
{
	static const char text[] = "interrupted";
	struct frame error = {
		.kind = FRAME_ERROR,
		.priority = ACTOR_PRIORITY_NORMAL,
		.content_type = ACTOR_CONTENT_TEXT,
		.generation = ask->generation,
		.error = EINTR,
		.ask_id = ask->ask_id,
		.trace = { ask->trace[0], ask->trace[1] },
		.type = text,
		.type_length = sizeof(text) - 1,
		.payload = text,
		.payload_bytes = sizeof(text) - 1,
	};

	return arena_send(a, key, &error, true);
}

/* Within a turn; when there is no room it becomes a debt of ours. */
void arena_owed_error(struct arena *a, uint64_t key, const struct frame *ask)
{
	if (send_error(a, key, ask) == -EAGAIN && owe(a, key, ask, true))
		a->n_interrupted++;
}

/* Return: how many debts became ours. */
size_t arena_owed_interrupt(struct arena *a)
{
	size_t top = arena_debts_top(a);
	size_t n = 0;
	size_t i;

	a->n_interrupted = 0;
	for (i = 0; i < top; i++) {
		struct arena_debt *d = &a->debts[i];

		if (!is_open(d))
			continue;
		n += !d->interrupted;
		d->interrupted = 1;
		a->n_interrupted++;
	}

	return n;
}

size_t arena_n_interrupted(const struct arena *a)
{
	return a->n_interrupted;
}

/* Within a turn: pay as many as there is room for. */
void arena_owed_settle(struct arena *a)
{
	size_t i;

	for (i = 0; i < arena_debts_top(a) && a->n_interrupted; i++) {
		struct arena_debt *d = &a->debts[i];
		struct frame ask = ask_of(d);

		if (!is_open(d) || !d->interrupted ||
		    send_error(a, d->key, &ask) == -EAGAIN)
			continue;
		ARENA_SET(d->paid, arena_turn(a));
		a->n_interrupted--;
	}
}
