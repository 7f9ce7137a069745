/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_listening.c - which lines of the kernel's tables tell of a socket.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "supervisord/act/listening.h"
#include "tests/harness/harness.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

struct row {
	enum listening_table table;
	const char *line;
	const char *host;	/* NULL: any */
	uint16_t port;
	enum listening what;
};

/* as little-endian machines have them */
#define TCP(address, state) "   0: " address " 00000000:0000 " state \
	" 00000000:00000000 00:00000000 00000000  1007        0 4711 1 x\n"
#define TCP6(address, state) "   0: " address \
	" 00000000000000000000000000000000:0000 " state \
	" 00000000:00000000 00:00000000 00000000  1007        0 4711 1 x\n"
#define ANY6 "00000000000000000000000000000000"
#define ONE6 "00000000000000000000000001000000"
#define MAPPED "0000000000000000FFFF00000100007F"

static const struct row rows[] = {
	{ LISTENING_TCP, TCP("0100007F:1F90", "0A"), NULL, 8080, LISTENING_THERE },
	{ LISTENING_TCP, TCP("0100007F:1F90", "0A"), "127.0.0.1", 8080, LISTENING_THERE },
	{ LISTENING_TCP, TCP("00000000:1F90", "0A"), "127.0.0.1", 8080, LISTENING_THERE },
	{ LISTENING_TCP, TCP("0200007F:1F90", "0A"), "127.0.0.1", 8080, LISTENING_OTHER },
	{ LISTENING_TCP, TCP("0100007F:1F91", "0A"), NULL, 8080, LISTENING_OTHER },
	{ LISTENING_TCP, TCP("0100007F:1F90", "01"), NULL, 8080, LISTENING_LAST },
	{ LISTENING_TCP, TCP("00000000:1F90", "0A"), "::1", 8080, LISTENING_OTHER },
	{ LISTENING_TCP6, TCP6(ANY6 ":1F90", "0A"), NULL, 8080, LISTENING_THERE },
	{ LISTENING_TCP6, TCP6(ANY6 ":1F90", "0A"), "127.0.0.1", 8080, LISTENING_THERE },
	{ LISTENING_TCP6, TCP6(ANY6 ":1F90", "0A"), "::1", 8080, LISTENING_THERE },
	{ LISTENING_TCP6, TCP6(ONE6 ":1F90", "0A"), "::1", 8080, LISTENING_THERE },
	{ LISTENING_TCP6, TCP6(ONE6 ":1F90", "0A"), "127.0.0.1", 8080, LISTENING_OTHER },
	{ LISTENING_TCP6, TCP6(MAPPED ":1F90", "0A"), "127.0.0.1", 8080, LISTENING_THERE },
	{ LISTENING_TCP, "  sl  local_address rem_address   st tx_queue", NULL, 8080,
	  LISTENING_OTHER },
	{ LISTENING_TCP, "", NULL, 8080, LISTENING_OTHER },
	{ LISTENING_TCP, "0: 0100:1F90 00000000:0000 0A 0:0 0:0 0 7 0 4711", NULL, 8080,
	  LISTENING_OTHER },
};

static void look_at(const struct row *row)
{
	struct spec_listen address = { .port = row->port,
				       .any_host = !row->host };
	uint64_t inode = 0;
	uint32_t uid = 0;
	enum listening what;

	address.host[10] = address.host[11] = 0xff;
	if (row->host && strchr(row->host, ':'))
		inet_pton(AF_INET6, row->host, address.host);
	else if (row->host)
		inet_pton(AF_INET, row->host, address.host + 12);
	what = listening_line(row->table, row->line, &address, &inode, &uid);
	CU_ASSERT_EQUAL(what, row->what);
	if (what != row->what)
		harness_note("%s: %s", row->host ? row->host : "any", row->line);
	if (what != LISTENING_THERE)
		return;
	CU_ASSERT_EQUAL(inode, 4711);
	CU_ASSERT_EQUAL(uid, 1007);
}

static void test_a_port_may_be_that_of_all_addresses(void)
{
	if (htonl(1) == 1)
		HARNESS_SKIP("the lines are those of a little-endian machine");
	for (size_t i = 0; i < N(rows); i++)
		look_at(&rows[i]);
}

static void test_a_path_is_all_of_the_name(void)
{
	static const struct {
		const char *line;
		enum listening what;
	} lines[] = {
		{ "00000000dde08397: 00000002 00000000 00010000 0001 01  4711 /run/x/s\n",
		  LISTENING_THERE },
		{ "0000000000000000: 00000002 00000000 00010000 0005 01 4711 /run/x/s",
		  LISTENING_THERE },
		{ "00000000dde08397: 00000002 00000000 00000000 0001 01  4711 /run/x/s\n",
		  LISTENING_OTHER },
		{ "00000000dde08397: 00000002 00000000 00010000 0001 01  4711 /run/x/s2\n",
		  LISTENING_OTHER },
		{ "00000000dde08397: 00000002 00000000 00010000 0001 01  4711 /run/x\n",
		  LISTENING_OTHER },
		{ "00000000dde08397: 00000002 00000000 00010000 0001 01  4711\n",
		  LISTENING_OTHER },
		{ "Num       RefCount Protocol Flags    Type St Inode Path\n",
		  LISTENING_OTHER },
		{ "", LISTENING_OTHER },
	};
	char path[] = "/run/x/s";
	struct spec_listen address = { .text = path };
	uint64_t inode;
	uint32_t uid;

	for (size_t i = 0; i < N(lines); i++) {
		inode = 0;
		CU_ASSERT_EQUAL(listening_line(LISTENING_UNIX, lines[i].line,
					       &address, &inode, &uid),
				lines[i].what);
		CU_ASSERT(lines[i].what != LISTENING_THERE || inode == 4711);
	}
	/* and the tables are not mixed up */
	CU_ASSERT_EQUAL(listening_line(LISTENING_TCP, rows[0].line, &address,
				       &inode, &uid), LISTENING_OTHER);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_port_may_be_that_of_all_addresses),
	HARNESS_TEST(test_a_path_is_all_of_the_name),
};
HARNESS_MAIN(tests)
