/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_state.c - what is written is read as it was, or refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/decide/state.h"
#include "tests/harness/dice.h"
#include "tests/harness/harness.h"

#define N_STATES 200
#define N_RECORDS_MAX 12

/* one member of each type */
struct thing {
	uint8_t small;
	uint16_t middling;
	uint32_t large;
	uint64_t huge;
	int number;
	bool flag;
	char *string;
	char text[16];
	struct state_bytes bytes;
	int fd;
};

static const struct state_member thing_members[] = {
	STATE_MEMBER(struct thing, UNSIGNED, "SMALL", small),
	STATE_MEMBER(struct thing, UNSIGNED, "MIDDLING", middling),
	STATE_MEMBER(struct thing, UNSIGNED, "LARGE", large),
	STATE_MEMBER(struct thing, UNSIGNED, "HUGE", huge),
	STATE_MEMBER(struct thing, INT, "NUMBER", number),
	STATE_MEMBER(struct thing, BOOL, "FLAG", flag),
	STATE_MEMBER(struct thing, STRING, "STRING", string),
	STATE_MEMBER(struct thing, TEXT, "TEXT", text),
	STATE_MEMBER(struct thing, BYTES, "BYTES", bytes),
	STATE_MEMBER(struct thing, FD, "FD", fd),
};

static const struct state_kind thing_kind = STATE_KIND("THING", thing_members);

static void thing_clear(struct thing *thing)
{
	free(thing->string);
	free(thing->bytes.bytes);
	*thing = (struct thing){ .fd = -1 };
}

static char any_char(struct dice *dice)
{
	return (char)(1 + dice_below(dice, 255));
}

static struct thing any_thing(struct dice *dice)
{
	struct thing thing = {
		.small = (uint8_t)dice_seed(dice),
		.middling = (uint16_t)dice_seed(dice),
		.large = (uint32_t)dice_seed(dice),
		.huge = dice_seed(dice),
		.number = (int)dice_seed(dice),
		.flag = dice_once_in(dice, 2),
		.fd = (int)dice_below(dice, 1000) - 1,
	};
	size_t n = dice_below(dice, 40);

	if (dice_once_in(dice, 8))
		thing.number = dice_once_in(dice, 2) ? INT32_MIN : INT32_MAX;
	for (size_t i = 0; i < dice_below(dice, sizeof(thing.text)); i++)
		thing.text[i] = any_char(dice);
	if (!dice_once_in(dice, 4)) {
		thing.string = calloc(1, n + 1);
		for (size_t i = 0; i < n; i++)
			thing.string[i] = any_char(dice);
	}
	thing.bytes.n_bytes = n;
	thing.bytes.bytes = calloc(1, n + 1);
	for (size_t i = 0; i < n; i++)
		thing.bytes.bytes[i] = (char)dice_seed(dice);
	return thing;
}

static bool same(const struct thing *a, const struct thing *b)
{
	return a->small == b->small && a->middling == b->middling &&
	       a->large == b->large && a->huge == b->huge &&
	       a->number == b->number && a->flag == b->flag &&
	       !a->string == !b->string &&
	       (!a->string || !strcmp(a->string, b->string)) &&
	       !strcmp(a->text, b->text) && a->fd == b->fd &&
	       a->bytes.n_bytes == b->bytes.n_bytes &&
	       !memcmp(a->bytes.bytes, b->bytes.bytes, a->bytes.n_bytes);
}

static void test_any_state_is_read_as_it_was_written(void)
{
	struct thing things[N_RECORDS_MAX], read;
	struct state_reader r = { .claim = NULL };
	struct state_writer w;
	struct dice dice;
	size_t n, n_fds;

	dice_load(&dice, 20);
	for (unsigned int round = 0; round < N_STATES; round++) {
		n = dice_below(&dice, N_RECORDS_MAX);
		n_fds = 0;
		state_begin(&w);
		for (size_t i = 0; i < n; i++) {
			things[i] = any_thing(&dice);
			n_fds += things[i].fd >= 0;
			state_put(&w, &thing_kind, &things[i]);
		}
		CU_ASSERT_EQUAL_FATAL(state_end(&w), 0);
		CU_ASSERT_EQUAL(w.n_fds, n_fds);
		CU_ASSERT_EQUAL_FATAL(state_open(&r, w.bytes, w.n_bytes), 0);
		for (size_t i = 0; i < n; i++) {
			memset(&read, 0, sizeof(read));
			CU_ASSERT(state_is(&r, &thing_kind));
			CU_ASSERT_EQUAL(state_take(&r, &thing_kind, &read), 0);
			CU_ASSERT(same(&read, &things[i]));
			thing_clear(&read);
			thing_clear(&things[i]);
		}
		CU_ASSERT_EQUAL(state_close(&r), 0);
		state_clear(&w);
	}
}

/* how a successor would; true: it took it for good */
static bool is_accepted(const char *bytes, size_t n_bytes)
{
	struct state_reader r = { .claim = NULL };
	struct thing thing;

	if (state_open(&r, bytes, n_bytes) < 0)
		return false;
	while (state_is(&r, &thing_kind)) {
		memset(&thing, 0, sizeof(thing));
		state_take(&r, &thing_kind, &thing);
		thing_clear(&thing);
	}
	return state_close(&r) == 0;
}

static void write_some(struct state_writer *w)
{
	struct thing thing;
	struct dice dice;

	dice_load(&dice, 3);
	state_begin(w);
	for (int i = 0; i < 4; i++) {
		thing = any_thing(&dice);
		state_put(w, &thing_kind, &thing);
		thing_clear(&thing);
	}
	CU_ASSERT_EQUAL_FATAL(state_end(w), 0);
	CU_ASSERT_FATAL(is_accepted(w->bytes, w->n_bytes));
}

static void test_what_is_cut_at_any_byte_is_refused(void)
{
	struct state_writer w;
	char *copy;

	write_some(&w);
	for (size_t n = 0; n < w.n_bytes; n++) {
		copy = malloc(n + 1);
		CU_ASSERT_FATAL(copy != NULL);
		memcpy(copy, w.bytes, n);
		CU_ASSERT_FALSE(is_accepted(copy, n));
		free(copy);
	}
	state_clear(&w);
}

static void test_what_has_one_wrong_bit_is_refused(void)
{
	struct state_writer w;

	write_some(&w);
	for (size_t i = 0; i < 8 * w.n_bytes; i++) {
		w.bytes[i / 8] = (char)(w.bytes[i / 8] ^ 1 << i % 8);
		CU_ASSERT_FALSE(is_accepted(w.bytes, w.n_bytes));
		w.bytes[i / 8] = (char)(w.bytes[i / 8] ^ 1 << i % 8);
	}
	CU_ASSERT(is_accepted(w.bytes, w.n_bytes));
	state_clear(&w);
}

static void test_another_version_is_refused_by_its_name(void)
{
	struct state_reader r = { .claim = NULL };
	struct state_writer w;

	write_some(&w);
	memcpy(strstr(w.bytes, " ") + 1, "0fed", 4);
	CU_ASSERT_EQUAL(state_open(&r, w.bytes, w.n_bytes), -EPROTONOSUPPORT);
	CU_ASSERT(strstr(r.why, "version 4077") != NULL);
	state_clear(&w);
}

/* ---- the checksum is right, and what it sums up is not ---- */

struct other {
	uint64_t number;
	char *text;
};

static const struct state_member number_members[] = {
	STATE_MEMBER(struct other, UNSIGNED, "A", number),
};
static const struct state_member string_members[] = {
	STATE_MEMBER(struct other, STRING, "A", text),
};
static const struct state_member two_members[] = {
	STATE_MEMBER(struct other, UNSIGNED, "A", number),
	STATE_MEMBER(struct other, UNSIGNED, "B", number),
};

static const struct state_kind
	a_number = STATE_KIND("X", number_members),
	a_string = STATE_KIND("X", string_members),
	two = STATE_KIND("X", two_members);

static struct other written = { .text = NULL };

/* read by a table that is another one than it was written by */
static int read_as(const struct state_kind *wrote, const char *text,
		   uint64_t number, const struct state_kind *reads)
{
	struct thing thing = { .fd = -1 };
	struct state_reader r = { .claim = NULL };
	struct state_writer w;
	char copy[64];

	snprintf(copy, sizeof(copy), "%s", text ? text : "");
	written.text = copy;
	written.number = number;
	state_begin(&w);
	state_put(&w, wrote, &written);
	CU_ASSERT_EQUAL_FATAL(state_end(&w), 0);
	CU_ASSERT_EQUAL_FATAL(state_open(&r, w.bytes, w.n_bytes), 0);
	state_take(&r, reads, &thing);
	thing_clear(&thing);
	state_clear(&w);
	return state_close(&r);
}

#define AS(type, member)						\
	&(const struct state_kind)STATE_KIND("X",			\
	((const struct state_member[]){					\
		STATE_MEMBER(struct thing, type, "A", member) }))

static void test_each_member_is_in_its_range_or_refused(void)
{
	CU_ASSERT_EQUAL(read_as(&a_number, NULL, 255, AS(UNSIGNED, small)), 0);
	CU_ASSERT_EQUAL(read_as(&a_number, NULL, 256, AS(UNSIGNED, small)),
			-EBADMSG);
	CU_ASSERT_EQUAL(read_as(&a_number, NULL, UINT64_C(1) << 32,
				AS(UNSIGNED, large)), -EBADMSG);
	CU_ASSERT_EQUAL(read_as(&a_string, "-2147483648", 0,
				AS(INT, number)), 0);
	for (size_t i = 0; i < 7; i++) {
		static const char *const wrong[] = {
			"", "-", "2147483648", "-2147483649", "1x", "99999999999",
			" 1",
		};

		CU_ASSERT_EQUAL(read_as(&a_string, wrong[i], 0,
					AS(INT, number)), -EBADMSG);
		CU_ASSERT_EQUAL(read_as(&a_string, wrong[i], 0, AS(FD, fd)),
				-EBADMSG);
		CU_ASSERT_EQUAL(read_as(&a_string, wrong[i], 0,
					AS(BOOL, flag)), -EBADMSG);
	}
	CU_ASSERT_EQUAL(read_as(&a_string, "-2", 0, AS(FD, fd)), -EBADMSG);
	CU_ASSERT_EQUAL(read_as(&a_string, "-1", 0, AS(FD, fd)), 0);
	CU_ASSERT_EQUAL(read_as(&a_string, "2", 0, AS(BOOL, flag)), -EBADMSG);
	CU_ASSERT_EQUAL(read_as(&a_string, "abc", 0, AS(BYTES, bytes)),
			-EBADMSG);
	CU_ASSERT_EQUAL(read_as(&a_string, "ag", 0, AS(BYTES, bytes)),
			-EBADMSG);
	CU_ASSERT_EQUAL(read_as(&a_string, "0123456789abcde", 0,
				AS(TEXT, text)), 0);
	CU_ASSERT_EQUAL(read_as(&a_string, "0123456789abcdef", 0,
				AS(TEXT, text)), -EBADMSG);
}

static void test_what_is_missing_or_unknown_is_refused(void)
{
	CU_ASSERT_EQUAL(read_as(&two, NULL, 1, AS(UNSIGNED, huge)), -EBADMSG);
	CU_ASSERT_EQUAL(read_as(&a_number, NULL, 1, &thing_kind), -EBADMSG);
	CU_ASSERT_EQUAL(read_as(&a_number, NULL, 1,
				&(const struct state_kind)STATE_KIND("X",
				((const struct state_member[]){
				STATE_MEMBER(struct thing, UNSIGNED, "A", huge),
				STATE_MEMBER(struct thing, UNSIGNED, "C", large)
				}))), -EBADMSG);
}

static bool only_seven(void *data, int fd)
{
	++*(int *)data;
	return fd == 7;
}

static void test_each_descriptor_is_asked_for(void)
{
	struct thing thing = { .fd = 7 }, read = { .fd = -1 };
	struct state_writer w;
	int n = 0;
	struct state_reader r = { .claim = only_seven, .data = &n };

	thing.bytes.bytes = NULL;
	state_begin(&w);
	state_put(&w, &thing_kind, &thing);
	thing.fd = 8;
	state_put(&w, &thing_kind, &thing);
	CU_ASSERT_EQUAL_FATAL(state_end(&w), 0);
	CU_ASSERT_EQUAL(w.fds[0], 7);
	CU_ASSERT_EQUAL(w.fds[1], 8);
	CU_ASSERT_EQUAL_FATAL(state_open(&r, w.bytes, w.n_bytes), 0);
	CU_ASSERT_EQUAL(state_take(&r, &thing_kind, &read), 0);
	thing_clear(&read);
	CU_ASSERT_EQUAL(state_take(&r, &thing_kind, &read), -EBADMSG);
	thing_clear(&read);
	CU_ASSERT_EQUAL(n, 2);
	state_clear(&w);
}

static void test_what_cannot_be_written_is_an_error_and_no_state(void)
{
	struct thing thing = { .string = (char *)"x" };
	const struct state_kind bad = STATE_KIND("two words", thing_members);
	struct state_writer w;

	state_begin(&w);
	state_put(&w, &bad, &thing);
	state_put(&w, &thing_kind, &thing);
	CU_ASSERT_EQUAL(state_end(&w), -EMSGSIZE);
	state_clear(&w);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_any_state_is_read_as_it_was_written),
	HARNESS_TEST(test_what_is_cut_at_any_byte_is_refused),
	HARNESS_TEST(test_what_has_one_wrong_bit_is_refused),
	HARNESS_TEST(test_another_version_is_refused_by_its_name),
	HARNESS_TEST(test_each_member_is_in_its_range_or_refused),
	HARNESS_TEST(test_what_is_missing_or_unknown_is_refused),
	HARNESS_TEST(test_each_descriptor_is_asked_for),
	HARNESS_TEST(test_what_cannot_be_written_is_an_error_and_no_state),
};
HARNESS_MAIN(tests)
