/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_frame.c - frames and packets survive the way, others are refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/frame.h"
#include "tests/harness/harness.h"

#define HEADER sizeof(struct actor_packet_header)

static const uint64_t grants[] = { 7, UINT64_MAX };

static struct frame an_ask(void)
{
	return (struct frame){
		.kind = FRAME_ASK,
		.priority = 3,
		.flags = ACTOR_FRAME_RECEIPT,
		.content_type = ACTOR_CONTENT_JSON,
		.generation = 4,
		.ask_id = UINT64_C(1) << 63,
		.deadline_ns = 6,
		.trace = { 7, 8 },
		.type = "get-relay",
		.type_length = 9,
		.grants = grants,
		.n_grants = 2,
		.payload = "{\"attempt\":3}",
		.payload_bytes = 13,
	};
}

static struct frame a_tell(void)
{
	return (struct frame){
		.kind = FRAME_TELL,
		.priority = ACTOR_PRIORITY_NORMAL,
		.type = "add",
		.type_length = 3,
	};
}

static void test_a_frame_survives_the_way(void)
{
	struct frame sent = an_ask();
	struct frame got;
	uint8_t bytes[256];
	size_t n_bytes = 0;

	memset(bytes, 0xff, sizeof(bytes));
	CU_ASSERT_EQUAL(frame_bytes(&sent), 104);
	CU_ASSERT_EQUAL(frame_write(bytes, &sent), 104);
	CU_ASSERT_EQUAL(bytes[103], 0);
	CU_ASSERT_EQUAL(bytes[104], 0xff);
	CU_ASSERT_EQUAL_FATAL(frame_parse(&got, &n_bytes, bytes, 104), 0);
	CU_ASSERT_EQUAL(n_bytes, 104);
	CU_ASSERT_EQUAL(got.kind, sent.kind);
	CU_ASSERT_EQUAL(got.priority, sent.priority);
	CU_ASSERT_EQUAL(got.flags, sent.flags);
	CU_ASSERT_EQUAL(got.content_type, sent.content_type);
	CU_ASSERT_EQUAL(got.generation, sent.generation);
	CU_ASSERT_EQUAL(got.ask_id, sent.ask_id);
	CU_ASSERT_EQUAL(got.deadline_ns, sent.deadline_ns);
	CU_ASSERT_EQUAL(got.trace[0], 7);
	CU_ASSERT_EQUAL(got.trace[1], 8);
	CU_ASSERT_EQUAL(got.type_length, 9);
	CU_ASSERT_EQUAL(memcmp(got.type, sent.type, 9), 0);
	CU_ASSERT_EQUAL(got.n_grants, 2);
	CU_ASSERT_EQUAL(frame_grant(&got, 0), 7);
	CU_ASSERT_EQUAL(frame_grant(&got, 1), UINT64_MAX);
	CU_ASSERT_EQUAL(got.payload_bytes, 13);
	CU_ASSERT_EQUAL(memcmp(got.payload, sent.payload, 13), 0);
}

static void test_an_attempt_stays_at_home(void)
{
	struct frame sent = a_tell();
	struct frame got = a_tell();
	uint8_t bytes[64];
	size_t n_bytes;

	sent.attempt = 3;
	CU_ASSERT_EQUAL(frame_write(bytes, &sent), 64);
	CU_ASSERT_EQUAL(frame_parse(&got, &n_bytes, bytes, 64), 0);
	CU_ASSERT_EQUAL(got.attempt, 0);
}

/* One row, one field of a good frame's header made bad. */
static void test_bad_headers_are_refused(void)
{
#define FIELD(member, bad) { offsetof(struct actor_frame_header, member), \
	sizeof(((struct actor_frame_header *)0)->member), (bad) }
	static const struct {
		size_t offset;
		size_t n_bytes;
		uint64_t bad;
	} rows[] = {
		FIELD(length, 0),
		FIELD(length, 55),
		FIELD(length, 56 + 16 + 15),
		FIELD(length, 105),
		FIELD(length, UINT32_MAX),
		FIELD(kind, 0),
		FIELD(kind, FRAME_ROOM),	/* which has no ask id */
		FIELD(kind, 7),
		FIELD(kind, 255),
		FIELD(kind, FRAME_TELL),	/* which has no ask id */
		FIELD(kind, FRAME_ERROR),	/* which has an error */
		FIELD(priority, 8),
		FIELD(flags, ACTOR_FRAME_POOLED),	/* of 13 bytes */
		FIELD(flags, ACTOR_FRAME_SEALED),	/* in no memfd */
		FIELD(flags, 8),
		FIELD(flags, 0x8000),
		FIELD(content_type, 4),
		FIELD(type_length, 0),
		FIELD(type_length, 128),
		FIELD(type_length, 10),		/* a grant's NULs in the type */
		FIELD(n_grants, 17),
		FIELD(n_descriptors, 1),	/* whose type is text */
		FIELD(n_descriptors, 17),
		FIELD(error, 1),
		FIELD(attempt, 1),
		FIELD(ask_id, 0),
	};
#undef FIELD
	struct frame sent = an_ask();
	struct frame got;
	uint8_t bytes[104];
	size_t n_bytes, i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		frame_write(bytes, &sent);
		memcpy(bytes + rows[i].offset, &rows[i].bad, rows[i].n_bytes);
		CU_ASSERT_EQUAL(frame_parse(&got, &n_bytes, bytes, 104),
				-EBADMSG);
	}
}

static void test_a_type_is_printable(void)
{
	struct frame sent = a_tell();
	uint8_t bytes[64];
	struct frame got;
	size_t n_bytes;
	int c;

	frame_write(bytes, &sent);
	for (c = 0; c < 256; c++) {
		bytes[57] = (uint8_t)c;
		CU_ASSERT_EQUAL(frame_parse(&got, &n_bytes, bytes, 64),
				c > ' ' && c <= '~' ? 0 : -EBADMSG);
	}
}

/* Exact allocations: a sanitizer sees a read beyond. */
static void test_a_type_is_printable_at_every_place(void)
{
	static const struct {
		char c;
		bool valid;
	} rows[] = {
		{ '!', true }, { '~', true }, { ' ', false }, { '\0', false },
		{ 0x7f, false }, { (char)0x80, false }, { (char)0xa1, false },
		{ (char)0xff, false },
	};
	struct frame f = a_tell();
	size_t row, at;

	for (f.type_length = 1; f.type_length <= ACTOR_TYPE_MAX;
	     f.type_length++) {
		char *type = malloc(f.type_length);

		f.type = memset(type, '~', f.type_length);
		for (row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
			for (at = 0; at < f.type_length; at++) {
				type[at] = rows[row].c;
				CU_ASSERT_EQUAL(frame_valid(&f, EDGE_HOLDER),
						rows[row].valid);
				type[at] = '!';
			}
		free(type);
	}
}

static void test_what_was_checked_is_read_the_same(void)
{
	struct frame sent = an_ask();
	struct frame parsed, decoded;
	uint8_t bytes[112];
	size_t n_bytes, from;

	memset(&parsed, 0, sizeof(parsed));
	memset(&decoded, 0xff, sizeof(decoded));
	for (from = 0; from < 8; from++) {
		frame_write(bytes + from, &sent);
		CU_ASSERT_EQUAL(frame_parse(&parsed, &n_bytes, bytes + from,
					    104), 0);
		CU_ASSERT_EQUAL(frame_decode(&decoded, bytes + from), n_bytes);
		CU_ASSERT_EQUAL(decoded.kind, parsed.kind);
		CU_ASSERT_EQUAL(decoded.attempt, 0);
		CU_ASSERT_EQUAL(decoded.ask_id, parsed.ask_id);
		CU_ASSERT_EQUAL(decoded.payload, parsed.payload);
		CU_ASSERT_EQUAL(decoded.payload_bytes, parsed.payload_bytes);
	}
}

/* Exact allocations: a sanitizer sees a read beyond. */
static void test_a_cut_frame_is_refused(void)
{
	struct frame sent = an_ask();
	uint8_t whole[104];
	struct frame got;
	size_t n, n_bytes;

	frame_write(whole, &sent);
	for (n = 0; n < sizeof(whole); n++) {
		uint8_t *cut = malloc(n ? n : 1);

		memcpy(cut, whole, n);
		CU_ASSERT_EQUAL(frame_parse(&got, &n_bytes, cut, n), -EBADMSG);
		free(cut);
	}
}

static void test_each_end_gets_its_kinds(void)
{
	static const struct {
		enum frame_kind kind;
		const char *name;
		bool holder;
		bool target;
	} rows[] = {
		{ FRAME_TELL, "tell", false, true },
		{ FRAME_ASK, "ask", false, true },
		{ FRAME_REPLY, "reply", true, false },
		{ FRAME_ERROR, "error", true, false },
		{ FRAME_TERMINATED, "terminated", true, false },
		{ 0, "unknown", false, false },
		{ FRAME_ROOM, "room", true, false },
		{ 7, "unknown", false, false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_STRING_EQUAL(frame_kind_name(rows[i].kind),
				       rows[i].name);
		CU_ASSERT_EQUAL(frame_may_arrive(rows[i].kind, EDGE_HOLDER),
				rows[i].holder);
		CU_ASSERT_EQUAL(frame_may_arrive(rows[i].kind, EDGE_TARGET),
				rows[i].target);
	}
}

static void test_what_only_tells_of_something_else_is_not_missed(void)
{
	static const bool is_missed[] = {
		[FRAME_TELL] = true, [FRAME_ASK] = true, [FRAME_REPLY] = true,
		[FRAME_ERROR] = false, [FRAME_TERMINATED] = false,
		[FRAME_ROOM] = false,
	};
	struct frame f = an_ask();

	for (f.kind = FRAME_TELL; f.kind <= FRAME_ROOM; f.kind++)
		CU_ASSERT_EQUAL(frame_is_missed(&f), is_missed[f.kind]);
}

static void test_what_may_be_sent_is_what_may_arrive(void)
{
	struct frame f = an_ask();

	CU_ASSERT_TRUE(frame_valid(&f, EDGE_HOLDER));
	CU_ASSERT_FALSE(frame_valid(&f, EDGE_TARGET));
	f.type_length = 0;
	CU_ASSERT_FALSE(frame_valid(&f, EDGE_HOLDER));
	f = an_ask();
	f.payload_bytes = ACTOR_PAYLOAD_MAX + 1;
	CU_ASSERT_FALSE(frame_valid(&f, EDGE_HOLDER));
	f = an_ask();
	f.n_grants = ACTOR_REFERENCES_MAX + 1;
	CU_ASSERT_FALSE(frame_valid(&f, EDGE_HOLDER));
}

static const struct actor_passed passed[ACTOR_DESCRIPTORS_MAX + 1] = {
	{ 1, 1 }, { UINT64_MAX, 6 },
};

static void test_descriptors_are_named_and_typed(void)
{
	struct frame sent = an_ask();
	struct frame got;
	uint8_t bytes[256];
	size_t n_bytes = 0;

	sent.descriptors = passed;
	sent.n_descriptors = 2;
	CU_ASSERT_EQUAL(frame_write(bytes, &sent), 104 + 32);
	CU_ASSERT_EQUAL_FATAL(frame_parse(&got, &n_bytes, bytes, 136), 0);
	CU_ASSERT_EQUAL(n_bytes, 136);
	CU_ASSERT_EQUAL(frame_grant(&got, 1), UINT64_MAX);
	CU_ASSERT_EQUAL(got.n_descriptors, 2);
	CU_ASSERT_EQUAL(frame_passed(&got, 0).number, 1);
	CU_ASSERT_EQUAL(frame_passed(&got, 1).number, UINT64_MAX);
	CU_ASSERT_EQUAL(frame_passed(&got, 1).type, 6);
	CU_ASSERT_EQUAL(got.payload_bytes, 13);
	CU_ASSERT_EQUAL(memcmp(got.payload, sent.payload, 13), 0);
}

static void test_descriptors_that_may_not_be_named(void)
{
	const struct {
		enum frame_kind kind;
		size_t n;
		bool valid;
	} rows[] = {
		{ FRAME_TELL, 2, true },
		{ FRAME_TELL, 3, false },	/* of type 0 */
		{ FRAME_TELL, ACTOR_DESCRIPTORS_MAX + 1, false },
		{ FRAME_REPLY, 2, true },
		{ FRAME_ERROR, 2, false },
		{ FRAME_TERMINATED, 2, false },
		{ FRAME_ROOM, 2, false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct frame f = a_tell();

		f.kind = rows[i].kind;
		f.ask_id = f.kind == FRAME_REPLY || f.kind == FRAME_ERROR;
		f.error = f.kind == FRAME_ERROR;
		f.descriptors = passed;
		f.n_descriptors = rows[i].n;
		CU_ASSERT_EQUAL(frame_valid(&f, f.kind == FRAME_TELL
							? EDGE_HOLDER
							: EDGE_TARGET),
				rows[i].valid);
	}
}

static void test_modes_have_types(void)
{
	CU_ASSERT_EQUAL(frame_descriptor_type(S_IFREG | 0644), 1);
	CU_ASSERT_EQUAL(frame_descriptor_type(S_IFDIR), 2);
	CU_ASSERT_EQUAL(frame_descriptor_type(S_IFSOCK), 3);
	CU_ASSERT_EQUAL(frame_descriptor_type(S_IFIFO), 4);
	CU_ASSERT_EQUAL(frame_descriptor_type(S_IFCHR), 5);
	CU_ASSERT_EQUAL(frame_descriptor_type(0), 6);
}

/* ---- packets ---------------------------------------------------------- */

static size_t a_packet(uint8_t *to, uint64_t sequence)
{
	struct frame tell = a_tell();
	struct frame ask = an_ask();
	size_t n = HEADER;

	n += frame_write(to + n, &tell);
	n += frame_write(to + n, &ask);
	packet_seal(to, (uint32_t)n, 2, sequence, 40);

	return n;
}

static void test_a_packet_survives_the_way(void)
{
	uint8_t packet[256];
	size_t n = a_packet(packet, 5);
	size_t cursor = 0;
	struct frame f;

	CU_ASSERT_EQUAL(packet_check(packet, n, EDGE_TARGET), 0);
	CU_ASSERT_EQUAL(packet_header(packet).sequence, 5);
	CU_ASSERT_EQUAL(packet_header(packet).first, 40);
	CU_ASSERT_EQUAL(packet_header(packet).n_frames, 2);
	CU_ASSERT_TRUE_FATAL(packet_next(packet, &cursor, &f));
	CU_ASSERT_EQUAL(f.kind, FRAME_TELL);
	CU_ASSERT_TRUE_FATAL(packet_next(packet, &cursor, &f));
	CU_ASSERT_EQUAL(f.kind, FRAME_ASK);
	CU_ASSERT_EQUAL(cursor, n);
	CU_ASSERT_FALSE(packet_next(packet, &cursor, &f));
}

static void test_a_packet_at_the_wrong_end_is_refused(void)
{
	uint8_t packet[256];
	size_t n = a_packet(packet, 1);

	CU_ASSERT_EQUAL(packet_check(packet, n, EDGE_HOLDER), -EBADMSG);
}

static void test_every_flipped_bit_is_seen(void)
{
	uint8_t packet[256];
	size_t n = a_packet(packet, 1);
	size_t bit;

	for (bit = 0; bit < n * 8; bit++) {
		packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CU_ASSERT_EQUAL(packet_check(packet, n, EDGE_TARGET), -EBADMSG);
		packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	CU_ASSERT_EQUAL(packet_check(packet, n, EDGE_TARGET), 0);
}

static void test_a_packet_of_another_length_is_refused(void)
{
	static uint8_t packet[ACTOR_PACKET_MAX + 8];
	size_t n = a_packet(packet, 1);
	size_t i;

	for (i = 0; i < sizeof(packet); i = i < 300 ? i + 1 : i * 2)
		CU_ASSERT_EQUAL(packet_check(packet, i, EDGE_TARGET),
				i == n ? 0 : -EBADMSG);
}

/* The checksum is right in all of these: a stranger can count as well. */
static void test_sealed_lies_are_refused(void)
{
	static const struct {
		uint16_t n_frames;
		uint32_t more;
		uint64_t sequence;
		uint64_t first;
		int result;
	} rows[] = {
		{ 2, 0, 1, 0, 0 },
		{ 2, 0, PACKET_NUMBERS_MAX - 1, 0, 0 },
		{ 0, 0, 1, 0, -EBADMSG },
		{ 1, 0, 1, 0, -EBADMSG },
		{ 3, 0, 1, 0, -EBADMSG },
		{ 2, 8, 1, 0, -EBADMSG },
		{ 2, 56, 1, 0, -EBADMSG },
		{ 2, 0, 0, 0, -EBADMSG },
		{ 2, 0, PACKET_NUMBERS_MAX, 0, -EBADMSG },
		{ 2, 0, 1, PACKET_NUMBERS_MAX, -EBADMSG },
		{ 2, 0, 1, PACKET_NUMBERS_MAX - UINT16_MAX, -EBADMSG },
		{ 2, 0, 1, PACKET_NUMBERS_MAX - UINT16_MAX - 1, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t packet[512] = { 0 };
		uint32_t n = (uint32_t)a_packet(packet, 1) + rows[i].more;

		packet_seal(packet, n, rows[i].n_frames, rows[i].sequence,
			    rows[i].first);
		CU_ASSERT_EQUAL(packet_check(packet, n, EDGE_TARGET),
				rows[i].result);
	}
}

static void test_a_full_packet_is_allowed(void)
{
	static uint8_t packet[ACTOR_PACKET_MAX];
	static uint8_t payload[ACTOR_PACKET_MAX];
	static uint64_t many[ACTOR_REFERENCES_MAX];
	char type[ACTOR_TYPE_MAX];
	struct frame f = an_ask();
	size_t n;

	memset(type, 't', sizeof(type));
	f.type = type;
	f.type_length = sizeof(type);
	f.grants = many;
	f.n_grants = ACTOR_REFERENCES_MAX;
	f.payload = payload;
	f.payload_bytes = 0;
	f.payload_bytes = sizeof(packet) - HEADER - frame_bytes(&f);
	n = HEADER + frame_bytes(&f);
	CU_ASSERT_EQUAL_FATAL(n, sizeof(packet));
	frame_write(packet + HEADER, &f);
	packet_seal(packet, (uint32_t)n, 1, 1, 0);
	CU_ASSERT_EQUAL(packet_check(packet, n, EDGE_TARGET), 0);
}

/* ---- payloads --------------------------------------------------------- */

/* Held messages have them; packets do not. */
static void test_a_frame_may_be_larger_than_a_packet(void)
{
	const size_t n = ACTOR_PAYLOAD_MAX;
	struct frame f = an_ask();
	uint8_t *payload = calloc(1, n + 8);
	uint8_t *bytes = malloc(n + 200);
	struct frame got;
	size_t n_bytes;

	f.payload = payload;
	f.payload_bytes = n;
	frame_write(bytes, &f);
	CU_ASSERT_EQUAL(frame_parse(&got, &n_bytes, bytes, n + 200), 0);
	CU_ASSERT_EQUAL(got.payload_bytes, n);
	CU_ASSERT_EQUAL(frame_size(&got), n);
	f.payload_bytes = n + 8;
	frame_write(bytes, &f);
	CU_ASSERT_EQUAL(frame_parse(&got, &n_bytes, bytes, n + 200), -EBADMSG);
	free(payload);
	free(bytes);
}

static void test_a_place_in_the_pool_is_within_its_window(void)
{
	static const uint64_t w = ACTOR_POOL_WINDOW;
	const struct {
		struct actor_pooled pooled;
		bool valid;
	} rows[] = {
		{ { 0, 1, 0 }, true },
		{ { 0, 0, 0 }, false },
		{ { 0, w, 0 }, true },
		{ { 1, w, 0 }, false },
		{ { 1, w - 1, 0 }, true },
		{ { 7 * w, w, 0 }, true },
		{ { 7 * w + 8, w, 0 }, false },
		{ { 8 * w - 1, 1, 0 }, true },
		{ { 8 * w - 1, 2, 0 }, false },
		{ { 0, w + 1, 0 }, true },
		{ { 8, w + 1, 0 }, false },
		{ { 3 * w, ACTOR_PAYLOAD_MAX, 0 }, true },
		{ { 3 * w, ACTOR_PAYLOAD_MAX + 1, 0 }, false },
		{ { 0, UINT64_MAX, 0 }, false },
		{ { PACKET_NUMBERS_MAX - w, w, 0 }, true },
		{ { PACKET_NUMBERS_MAX, w, 0 }, false },
		{ { UINT64_MAX, 1, 0 }, false },
		{ { UINT64_MAX - 7, 16, 0 }, false },
		{ { 3, ACTOR_PAYLOAD_MAX, w }, true },
		{ { 3, 1, w }, true },
		{ { 3, 1, ACTOR_POOL_BYTES - 1 }, true },
		{ { 3, 2, ACTOR_POOL_BYTES - 1 }, false },
		{ { 3, 1, ACTOR_POOL_BYTES }, false },
		{ { 3, 1, w - 1 }, false },
		{ { 3, 0, w }, false },
		{ { 3, ACTOR_PAYLOAD_MAX + 1, w }, false },
		{ { 3, UINT64_MAX, w }, false },
		{ { 3, 1, UINT64_MAX }, false },
		{ { PACKET_NUMBERS_MAX, 1, w }, false },
	};
	uint8_t bytes[128];
	struct frame got;
	size_t n_bytes, i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct frame f = a_tell();

		f.flags = ACTOR_FRAME_POOLED;
		f.payload = &rows[i].pooled;
		f.payload_bytes = sizeof(rows[i].pooled);
		frame_write(bytes, &f);
		CU_ASSERT_EQUAL(frame_valid(&f, EDGE_HOLDER), rows[i].valid);
		CU_ASSERT_EQUAL(frame_parse(&got, &n_bytes, bytes, 128),
				rows[i].valid ? 0 : -EBADMSG);
		if (!rows[i].valid)
			continue;
		CU_ASSERT_EQUAL(frame_size(&got), rows[i].pooled.size);
		CU_ASSERT_EQUAL(frame_pooled(&got).position,
				rows[i].pooled.position);
	}
}

static void test_a_sealed_payload_is_in_the_first_descriptor(void)
{
	static const struct actor_passed file = { 1, 1 }, pipe = { 1, 4 };
	const struct {
		struct actor_sealed sealed;
		const struct actor_passed *passed;
		size_t n_passed;
		uint16_t flags;
		size_t n_bytes;
		bool valid;
	} rows[] = {
		{ { 1 }, &file, 1, 0, 8, true },
		{ { 1 }, passed, 2, 0, 8, true },
		{ { ACTOR_PAYLOAD_MAX }, &file, 1, 0, 8, true },
		{ { ACTOR_PAYLOAD_MAX + 1 }, &file, 1, 0, 8, false },
		{ { UINT64_MAX }, &file, 1, 0, 8, false },
		{ { 0 }, &file, 1, 0, 8, false },
		{ { 1 }, &file, 0, 0, 8, false },
		{ { 1 }, &pipe, 1, 0, 8, false },
		{ { 1 }, &file, 1, ACTOR_FRAME_POOLED, 8, false },
		{ { 1 }, &file, 1, 0, 7, false },
		{ { 1 }, &file, 1, 0, 0, false },
	};
	uint8_t bytes[128] = { 0 };
	struct frame got;
	size_t n_bytes, i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct frame f = a_tell();

		f.flags = ACTOR_FRAME_SEALED | rows[i].flags;
		f.descriptors = rows[i].passed;
		f.n_descriptors = rows[i].n_passed;
		f.payload = &rows[i].sealed;
		f.payload_bytes = rows[i].n_bytes;
		frame_write(bytes, &f);
		CU_ASSERT_EQUAL(frame_valid(&f, EDGE_HOLDER), rows[i].valid);
		CU_ASSERT_EQUAL(frame_parse(&got, &n_bytes, bytes, 128),
				rows[i].valid ? 0 : -EBADMSG);
		if (rows[i].valid)
			CU_ASSERT_EQUAL(frame_size(&got), rows[i].sealed.size);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_frame_survives_the_way),
	HARNESS_TEST(test_an_attempt_stays_at_home),
	HARNESS_TEST(test_bad_headers_are_refused),
	HARNESS_TEST(test_a_type_is_printable),
	HARNESS_TEST(test_a_type_is_printable_at_every_place),
	HARNESS_TEST(test_what_was_checked_is_read_the_same),
	HARNESS_TEST(test_a_cut_frame_is_refused),
	HARNESS_TEST(test_each_end_gets_its_kinds),
	HARNESS_TEST(test_what_only_tells_of_something_else_is_not_missed),
	HARNESS_TEST(test_what_may_be_sent_is_what_may_arrive),
	HARNESS_TEST(test_descriptors_are_named_and_typed),
	HARNESS_TEST(test_descriptors_that_may_not_be_named),
	HARNESS_TEST(test_modes_have_types),
	HARNESS_TEST(test_a_packet_survives_the_way),
	HARNESS_TEST(test_a_packet_at_the_wrong_end_is_refused),
	HARNESS_TEST(test_every_flipped_bit_is_seen),
	HARNESS_TEST(test_a_packet_of_another_length_is_refused),
	HARNESS_TEST(test_sealed_lies_are_refused),
	HARNESS_TEST(test_a_full_packet_is_allowed),
	HARNESS_TEST(test_a_sealed_payload_is_in_the_first_descriptor),
	HARNESS_TEST(test_a_frame_may_be_larger_than_a_packet),
	HARNESS_TEST(test_a_place_in_the_pool_is_within_its_window),
};
HARNESS_MAIN(tests)
