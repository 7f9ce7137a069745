/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_audit.c - the two ends of edges, joined and judged.
 *
 * Rows are as the system gives them, in JSON; a count that is not there is 0.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/audit.h"
#include "tests/harness/harness.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

/* of the edge "1" from /a to /b */
#define HOLDER(...) "{\"edge\":\"1\",\"end\":\"holder\",\"path\":\"/a\"," \
	"\"peer\":\"/b\"," __VA_ARGS__ "}"
#define TARGET(...) "{\"edge\":\"1\",\"end\":\"target\",\"path\":\"/b\"," \
	"\"peer\":\"/a\"," __VA_ARGS__ "}"

static json_t *view_rows(const char *text)
{
	json_error_t error;
	char *array = NULL;
	json_t *rows;

	if (asprintf(&array, "[%s]", text) < 0)
		abort();
	rows = json_loads(array, 0, &error);
	if (!rows)
		harness_note("%s in %s", error.text, array);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rows);
	free(array);
	return rows;
}

static struct audit_view *view(const char *text, const char *path)
{
	json_t *rows = text ? view_rows(text) : NULL;
	struct audit_view *made = rows ? audit_view_new(rows, path) : NULL;

	json_decref(rows);
	return made;
}

struct row {
	const char *name;
	const char *before;	/* NULL: the first look */
	const char *now;
	bool settled;
	bool right;
	json_int_t sums[7];		/* as sum_names */
};

static const char *const sum_names[] = {
	"accepted", "handled", "dead", "queued", "lost", "difference", "moving",
};

#define QUIET_S HOLDER("\"accepted\":10,\"sent\":10")
#define QUIET_R TARGET("\"taken\":10,\"taken_before\":10")
#define SHORT_R TARGET("\"taken\":9,\"taken_before\":9")

static const struct row rows[] = {
	{ "nothing at all", NULL, "", true, true, { 0 } },
	{ "quiet, and both ends agree", NULL, QUIET_S "," QUIET_R, true, true,
	  { 10, 10, 0, 0, 0, 0, 0 } },
	{ "the order of the rows does not matter", NULL, QUIET_R "," QUIET_S,
	  true, true, { 10, 10, 0, 0, 0, 0, 0 } },
	{ "every place a message can be in", NULL,
	  HOLDER("\"accepted\":21,\"sent\":15,\"unsent\":4,\"buried\":2") ","
	  TARGET("\"taken\":12,\"taken_before\":12,\"waiting\":3,\"dead\":1,"
		 "\"socket\":3"),
	  true, true, { 21, 8, 3, 10, 0, 0, 0 } },
	{ "replies are a direction of their own", NULL,
	  HOLDER("\"taken\":3,\"taken_before\":3,\"waiting\":1,\"socket\":2") ","
	  TARGET("\"accepted\":5,\"sent\":5"),
	  true, true, { 5, 2, 0, 3, 0, 0, 0 } },
	{ "one look cannot tell wrong from late", NULL, QUIET_S "," SHORT_R,
	  false, true, { 10, 9, 0, 1, 0, 0, 1 } },
	{ "wrong twice in the same way is wrong", QUIET_S "," SHORT_R,
	  QUIET_S "," SHORT_R, true, false, { 10, 9, 0, 0, 0, 1, 0 } },
	{ "too much is wrong as well",
	  HOLDER("\"accepted\":8,\"sent\":8") "," SHORT_R,
	  HOLDER("\"accepted\":8,\"sent\":8") "," SHORT_R,
	  true, false, { 8, 9, 0, 0, 0, -1, 0 } },
	{ "what is lost is wrong", NULL,
	  QUIET_S "," TARGET("\"taken\":10,\"taken_before\":10,\"lost\":2"),
	  true, false, { 10, 10, 0, 0, 2, 0, 0 } },
	{ "what moves and can be right is right",
	  HOLDER("\"accepted\":90,\"sent\":80,\"unsent\":10,\"moving\":\"1\"")
	  "," TARGET("\"taken\":60,\"taken_before\":50,\"socket\":9,"
		     "\"moving\":\"1\""),
	  HOLDER("\"accepted\":190,\"sent\":180,\"unsent\":10,"
		 "\"moving\":\"1\"")
	  "," TARGET("\"taken\":160,\"taken_before\":150,\"socket\":9,"
		     "\"moving\":\"1\""),
	  false, true, { 190, 160, 0, 30, 0, 0, 1 } },
	{ "what was sent before has not arrived later",
	  HOLDER("\"accepted\":90,\"sent\":90,\"moving\":\"1\"")
	  "," TARGET("\"taken\":60,\"taken_before\":50,\"moving\":\"1\""),
	  HOLDER("\"accepted\":90,\"sent\":90,\"moving\":\"1\"")
	  "," TARGET("\"taken\":80,\"taken_before\":70,\"socket\":3,"
		     "\"moving\":\"1\""),
	  false, false, { 90, 80, 0, 3, 0, 7, 1 } },
	{ "more arrived before than was sent later",
	  HOLDER("\"accepted\":10,\"sent\":10,\"moving\":\"1\"")
	  "," TARGET("\"taken\":60,\"taken_before\":50,\"moving\":\"1\""),
	  HOLDER("\"accepted\":40,\"sent\":40,\"moving\":\"1\"")
	  "," TARGET("\"taken\":80,\"taken_before\":70,\"moving\":\"1\""),
	  false, false, { 40, 80, 0, -30, 0, -10, 1 } },
	{ "a socket with too much to look at misses nothing",
	  HOLDER("\"accepted\":90,\"sent\":90") ","
	  TARGET("\"socket\":50,\"partial\":\"1\""),
	  HOLDER("\"accepted\":90,\"sent\":90") ","
	  TARGET("\"socket\":50,\"partial\":\"1\""),
	  false, true, { 90, 0, 0, 90, 0, 0, 1 } },
	{ "an edge with a supervisor is in no sum", NULL,
	  "{\"edge\":\"2\",\"end\":\"target\",\"path\":\"/d\",\"peer\":\"/\","
	  "\"taken\":9,\"taken_before\":9}",
	  true, true, { 0 } },
	{ "what has ended adds up with what its peers remember", NULL,
	  QUIET_S "," QUIET_R ","
	  "{\"path\":\"/a\",\"past\":\"1\",\"accepted\":7,\"sent\":7},"
	  "{\"path\":\"/b\",\"past\":\"1\",\"taken\":1},"
	  "{\"ended\":\"1\",\"lives\":1,\"taken\":6,\"dead\":2}",
	  true, true, { 17, 15, 2, 0, 0, 0, 0 } },
	{ "an end whose other end is over is past too", NULL,
	  HOLDER("\"accepted\":7,\"sent\":4,\"unsent\":1,\"buried\":2") ","
	  "{\"ended\":\"1\",\"lives\":1,\"taken\":4,\"dead\":4}",
	  true, true, { 7, 0, 6, 1, 0, 0, 0 } },
	{ "the past that is short in two looks is wrong",
	  "{\"path\":\"/a\",\"past\":\"1\",\"accepted\":7,\"sent\":7},"
	  "{\"ended\":\"1\",\"taken\":6}",
	  "{\"path\":\"/a\",\"past\":\"1\",\"accepted\":7,\"sent\":7},"
	  "{\"ended\":\"1\",\"taken\":6}",
	  true, false, { 7, 6, 0, 0, 0, 1, 0 } },
	{ "the past of dead letters is in no sum", NULL,
	  "{\"path\":\"/system/dead-letters\",\"past\":\"1\",\"taken\":7},"
	  "{\"ended\":\"1\"}",
	  true, true, { 0 } },
	{ "lives whose counts are not known are not judged",
	  "{\"path\":\"/a\",\"past\":\"1\",\"accepted\":7,\"sent\":7},"
	  "{\"ended\":\"1\",\"unreadable\":1}",
	  "{\"path\":\"/a\",\"past\":\"1\",\"accepted\":7,\"sent\":7},"
	  "{\"ended\":\"1\",\"unreadable\":1}",
	  true, true, { 7, 0, 0, 7, 0, 0, 0 } },
	{ "numbers out of reason are only wrong",
	  HOLDER("\"accepted\":9223372036854775807,\"sent\":-9") ","
	  TARGET("\"taken\":1,\"taken_before\":1"),
	  HOLDER("\"accepted\":9223372036854775807,\"sent\":-9") ","
	  TARGET("\"taken\":1,\"taken_before\":1"),
	  true, false,
	  { INT64_C(1) << 48, 1, 0, 0, 0, (INT64_C(1) << 48) - 1, 0 } },
	{ "who did not answer makes it undecided", NULL,
	  QUIET_S "," QUIET_R ",{\"incomplete\":\"1\"}",
	  false, false, { 10, 10, 0, 0, 0, 0, 0 } },
	{ "an arena that cannot be read does too", NULL,
	  "{\"path\":\"/a\",\"damaged\":\"1\"}", false, false, { 0 } },
};

static bool sums_are(const json_t *judged, const json_int_t *sums)
{
	bool good = true;

	for (size_t i = 0; i < N(sum_names); i++) {
		json_int_t n = json_integer_value(
			json_object_get(judged, sum_names[i]));

		if (n != sums[i])
			harness_note("%s: %lld, not %lld", sum_names[i],
				     (long long)n, (long long)sums[i]);
		good &= n == sums[i];
	}
	return good;
}

static void try_row(const struct row *row)
{
	struct audit_view *before = view(row->before, NULL);
	struct audit_view *now = view(row->now, NULL);
	json_t *judged = audit_judge(before, now);
	bool good = sums_are(judged, row->sums) &&
		    audit_is_settled(before, now) == row->settled &&
		    audit_is_right(judged) == row->right;

	if (!good)
		harness_note("%s", row->name);
	CU_ASSERT(good);
	json_decref(judged);
	audit_view_free(before);
	audit_view_free(now);
}

static void test_looks_are_judged_as_they_should_be(void)
{
	for (size_t i = 0; i < N(rows); i++)
		try_row(&rows[i]);
}

static void test_a_path_means_its_own_edges_alone(void)
{
	struct audit_view *now = view(
		QUIET_S "," QUIET_R ","
		"{\"edge\":\"2\",\"end\":\"holder\",\"path\":\"/c\","
		"\"peer\":\"/d\",\"accepted\":5,\"sent\":5}", "/b");
	json_t *judged = audit_judge(NULL, now);
	json_t *edges = json_object_get(judged, "edges");
	json_t *requests = json_array_get(edges, 0);

	CU_ASSERT_EQUAL(json_array_size(edges), 2);
	CU_ASSERT_STRING_EQUAL(json_string_value(
		json_object_get(requests, "from")), "/a");
	CU_ASSERT_STRING_EQUAL(json_string_value(
		json_object_get(requests, "to")), "/b");
	CU_ASSERT_STRING_EQUAL(json_string_value(
		json_object_get(requests, "kind")), "requests");
	json_decref(judged);
	audit_view_free(now);
}

static void test_what_only_one_end_knows_is_null(void)
{
	struct audit_view *now = view(QUIET_S, NULL);
	json_t *judged = audit_judge(NULL, now);
	json_t *requests = json_array_get(json_object_get(judged, "edges"), 0);

	CU_ASSERT_EQUAL(json_integer_value(
		json_object_get(requests, "accepted")), 10);
	CU_ASSERT(json_is_null(json_object_get(requests, "handled")));
	CU_ASSERT(json_is_null(json_object_get(requests, "difference")));
	json_decref(judged);
	audit_view_free(now);
}

static void test_two_hundred_edges_find_their_ends(void)
{
	json_t *all = json_array(), *judged;
	struct audit_view *now;

	for (int i = 0; i < 400; i++) {
		char id[16];

		/* all holders first, then all targets in another order */
		snprintf(id, sizeof(id), "%d",
			 i < 200 ? i : (i * 7 + 3) % 200);
		json_array_append_new(all, json_pack(
			"{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i}",
			"edge", id, "end", i < 200 ? "holder" : "target",
			"path", i < 200 ? "/a" : "/b",
			"peer", i < 200 ? "/b" : "/a",
			i < 200 ? "accepted" : "taken", 3,
			i < 200 ? "sent" : "taken_before", 3,
			"unsent", 0, "dead", 0));
	}
	now = audit_view_new(all, NULL);
	judged = audit_judge(NULL, now);
	CU_ASSERT(audit_is_settled(NULL, now));
	CU_ASSERT_EQUAL(json_integer_value(
		json_object_get(judged, "handled")), 600);
	CU_ASSERT_EQUAL(json_array_size(
		json_object_get(judged, "edges")), 400);
	json_decref(judged);
	json_decref(all);
	audit_view_free(now);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_looks_are_judged_as_they_should_be),
	HARNESS_TEST(test_a_path_means_its_own_edges_alone),
	HARNESS_TEST(test_what_only_one_end_knows_is_null),
	HARNESS_TEST(test_two_hundred_edges_find_their_ends),
};
HARNESS_MAIN(tests)
