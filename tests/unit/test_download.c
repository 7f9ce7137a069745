/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_download.c - a document in parts: taken whole, or not at all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/vpn/download.h"
#include "tests/harness/harness.h"

static enum download_result take(struct download *download, const char *text)
{
	return download_take(download, text, strlen(text));
}

static char *request(const struct download *download, const char *etag)
{
	json_t *json = download_request(download, "/l", etag);
	char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);

	return text;
}

static void test_parts_make_a_document(void)
{
	struct download download;
	char *text;

	download_init(&download, 7);
	text = request(&download, "\"old\"");
	CU_ASSERT_STRING_EQUAL(text, "{\"path\":\"/l\",\"etag\":\"\\\"old\\\"\","
				     "\"first\":0,\"last\":49151,\"id\":7}");
	free(text);

	CU_ASSERT_EQUAL(take(&download, "{\"status\":206,\"etag\":\"\\\"n\\\"\","
					"\"total\":5}\nabc"), DOWNLOAD_MORE);
	text = request(&download, "\"old\"");
	CU_ASSERT_STRING_EQUAL(text, "{\"path\":\"/l\",\"match\":\"\\\"n\\\"\","
				     "\"first\":3,\"last\":49154,\"id\":7}");
	free(text);

	CU_ASSERT_EQUAL(take(&download, "{\"status\":206,\"etag\":\"\\\"n\\\"\","
					"\"total\":5}\nde"), DOWNLOAD_DONE);
	CU_ASSERT_EQUAL(memcmp(download.bytes, "abcde", 5), 0);
	CU_ASSERT_STRING_EQUAL(download.etag, "\"n\"");
	download_deinit(&download);
}

static void test_a_whole_document_and_none(void)
{
	struct download download;

	download_init(&download, 1);
	CU_ASSERT_EQUAL(take(&download, "{\"status\":200,\"total\":3}\nabc"),
			DOWNLOAD_DONE);
	download_deinit(&download);

	download_init(&download, 1);
	CU_ASSERT_EQUAL(take(&download, "{\"status\":304,\"total\":0}\n"),
			DOWNLOAD_UNCHANGED);
	download_deinit(&download);
}

static void test_wrong_answers_fail_it(void)
{
	static const char *const rows[] = {
		"", "\n", "x", "{}\n", "{\"status\":200}\nabc",
		"{\"status\":200,\"total\":0}\n",
		"{\"status\":200,\"total\":-1}\nabc",
		"{\"status\":200,\"total\":9999999}\nabc",
		"{\"status\":200,\"total\":2}\nabc",
		"{\"status\":200,\"total\":5}\n",
		"{\"status\":500,\"total\":3}\nabc",
		"{\"status\":\"200\",\"total\":3}\nabc",
		"{\"status\":200,\"total\":3,\"etag\":7}\nabc",
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct download download;

		download_init(&download, 1);
		CU_ASSERT_EQUAL(take(&download, rows[i]), DOWNLOAD_FAILED);
		CU_ASSERT(download.failure[0] != '\0');
		download_deinit(&download);
	}
}

static void test_a_document_that_changes_on_the_way_fails(void)
{
	static const char *const rows[] = {
		"{\"status\":206,\"total\":6,\"etag\":\"a\"}\nde",
		"{\"status\":206,\"total\":5,\"etag\":\"b\"}\nde",
		"{\"status\":206,\"total\":5}\nde",
		"{\"status\":206,\"total\":5,\"etag\":\"a\"}\ndef",
		"{\"status\":200,\"total\":5,\"etag\":\"a\"}\nde",
		"{\"status\":304,\"total\":0}\n",
		"{\"status\":412,\"total\":2}\nno",
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct download download;

		download_init(&download, 1);
		CU_ASSERT_EQUAL(take(&download, "{\"status\":206,\"total\":5,"
						"\"etag\":\"a\"}\nabc"),
				DOWNLOAD_MORE);
		CU_ASSERT_EQUAL(take(&download, rows[i]), DOWNLOAD_FAILED);
		download_deinit(&download);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_parts_make_a_document),
	HARNESS_TEST(test_a_whole_document_and_none),
	HARNESS_TEST(test_wrong_answers_fail_it),
	HARNESS_TEST(test_a_document_that_changes_on_the_way_fails),
};
HARNESS_MAIN(tests)
