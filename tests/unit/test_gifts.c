/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_gifts.c - tables of descriptors that go along with messages.
 */
#include <fcntl.h>
#include <unistd.h>

#include "libactorproc/arrivals.h"
#include "libactorproc/offers.h"
#include "supervisord/custody_gifts.h"
#include "tests/harness/harness.h"

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int some_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

static bool put(struct custody *c, uint64_t via, const char *to,
		uint64_t number, size_t max)
{
	const struct custody_gift gift = {
		.via = via,
		.to = (char *)to,
		.number = number,
		.fd = some_fd(),
	};
	bool kept = custody_gift_put(c, &gift, max);

	CU_ASSERT_EQUAL(is_open(gift.fd), kept);
	return kept;
}

static void test_a_gift_has_three_names(void)
{
	struct custody c = { 0 };

	CU_ASSERT(put(&c, 1, "/s/a", 5, 9));
	CU_ASSERT(put(&c, 1, "/s/b", 5, 9));
	CU_ASSERT(put(&c, 2, "/s/a", 5, 9));
	CU_ASSERT_FALSE(put(&c, 1, "/s/a", 5, 9));
	CU_ASSERT_PTR_NOT_NULL(custody_gift(&c, 1, "/s/b", 5));
	CU_ASSERT_PTR_NULL(custody_gift(&c, 2, "/s/b", 5));
	CU_ASSERT(custody_gift_drop(&c, 1, "/s/b", 5));
	CU_ASSERT_FALSE(custody_gift_drop(&c, 1, "/s/b", 5));
	CU_ASSERT_EQUAL(c.n_gifts, 2);
	custody_deinit(&c);
}

static void test_the_oldest_of_a_sender_gives_way(void)
{
	struct custody c = { 0 };

	CU_ASSERT(put(&c, 7, "/s/a", 1, 1000));
	for (uint64_t i = 1; i <= CUSTODY_GIFTS_MAX + 2; i++)
		CU_ASSERT(put(&c, 1, "/s/a", i, 1000));
	CU_ASSERT_EQUAL(c.n_gifts, CUSTODY_GIFTS_MAX + 1);
	CU_ASSERT_PTR_NULL(custody_gift(&c, 1, "/s/a", 2));
	CU_ASSERT_PTR_NOT_NULL(custody_gift(&c, 1, "/s/a", 3));
	CU_ASSERT_PTR_NOT_NULL(custody_gift(&c, 7, "/s/a", 1));
	custody_deinit(&c);
}

static void test_there_is_an_end_to_all(void)
{
	struct custody c = { 0 };

	CU_ASSERT(put(&c, 1, "/s/a", 1, 2));
	CU_ASSERT(put(&c, 2, "/s/a", 1, 2));
	CU_ASSERT_FALSE(put(&c, 3, "/s/a", 1, 2));
	custody_deinit(&c);
}

static void test_they_end_with_their_edge_or_their_receiver(void)
{
	struct custody c = { 0 };

	put(&c, 1, "/s/a", 1, 9);
	put(&c, 1, "/s/b", 1, 9);
	put(&c, 2, "/s/a", 1, 9);
	put(&c, 3, "/s/c", 1, 9);
	custody_gifts_drop(&c, 1, "/s/b");
	CU_ASSERT_EQUAL(c.n_gifts, 3);
	custody_gifts_drop(&c, 0, "/s/a");
	CU_ASSERT_EQUAL(c.n_gifts, 1);
	CU_ASSERT_PTR_NOT_NULL(custody_gift(&c, 3, "/s/c", 1));
	custody_deinit(&c);
}

static void test_the_newest_offer_is_withdrawn_first(void)
{
	struct offers offers = { 0 };
	struct offer last;

	for (uint64_t i = 1; i <= 100; i++)
		CU_ASSERT_EQUAL(offers_add(&offers, 7, i), 0);
	CU_ASSERT_EQUAL(offers_take_last(&offers, &last), 0);
	CU_ASSERT_EQUAL(last.number, 100);
	offers_keep(&offers);
	CU_ASSERT(offers_take_last(&offers, &last) < 0);
	offers_deinit(&offers);
}

static void test_what_came_is_closed_unless_it_is_taken_out(void)
{
	struct arrivals arrivals = { 0 };
	int first = some_fd(), second = some_fd(), third = some_fd();

	arrivals_came(&arrivals, 1, 1, first);
	CU_ASSERT_FALSE(is_open(first));
	CU_ASSERT_PTR_NOT_NULL(arrivals_fetch(&arrivals, 1, 2));
	arrivals_came(&arrivals, 1, 2, second);
	CU_ASSERT_EQUAL(arrivals_find(&arrivals, 1, 2)->state, ARRIVAL_HERE);
	arrivals_came(&arrivals, 1, 2, third);
	CU_ASSERT_FALSE(is_open(third));
	CU_ASSERT(is_open(second));
	arrivals_fetch(&arrivals, 1, 3);
	arrivals_came(&arrivals, 1, 3, -1);
	CU_ASSERT_EQUAL(arrivals_find(&arrivals, 1, 3)->state, ARRIVAL_LOST);
	arrivals_deinit(&arrivals);
	CU_ASSERT_FALSE(is_open(second));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_gift_has_three_names),
	HARNESS_TEST(test_the_oldest_of_a_sender_gives_way),
	HARNESS_TEST(test_there_is_an_end_to_all),
	HARNESS_TEST(test_they_end_with_their_edge_or_their_receiver),
	HARNESS_TEST(test_the_newest_offer_is_withdrawn_first),
	HARNESS_TEST(test_what_came_is_closed_unless_it_is_taken_out),
};
HARNESS_MAIN(tests)
