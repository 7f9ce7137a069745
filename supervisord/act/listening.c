/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listening.c - does a line of /proc/PID/net/… tell of a socket that listens
 * on an address?
 *
 * The kernel writes those lines, but a name of a unix socket in them is text of
 * whoever bound it. Who forges a line so may be taken for ready too early; so
 * whose socket it is has to be asked elsewhere. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "supervisord/act/listening.h"

#define STATE_LISTEN 0x0a		/* TCP_LISTEN */
#define FLAG_ACCEPTS 0x10000		/* __SO_ACCEPTCON */

/* each 32 bits of the address as one number, in the machine's order */
static bool read_host(const char *digits, size_t n_words, uint8_t ret[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	unsigned int word;

	if (strlen(digits) != 8 * n_words)
		return false;
	memcpy(ret, mapped, sizeof(mapped));
	ret += 16 - 4 * n_words;
	for (size_t i = 0; i < n_words; i++) {
		if (sscanf(digits + 8 * i, "%8x", &word) != 1)
			return false;
		memcpy(ret + 4 * i, &word, sizeof(word));
	}
	return true;
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i])
			return false;
	return true;
}

/* a socket that is bound to all addresses listens on this one too */
static bool hears(const uint8_t bound[16], bool six,
		  const struct spec_listen *address)
{
	if (address->any_host || !memcmp(bound, address->host, 16))
		return true;
	if (six)
		return is_zero(bound, 16);
	return is_zero(bound + 12, 4) && !memcmp(bound, address->host, 12);
}

static enum listening tcp_line(bool six, const char *line,
			       const struct spec_listen *address,
			       uint64_t *ret_inode, uint32_t *ret_uid)
{
	unsigned int port, state, uid;
	unsigned long long inode;
	char digits[40];
	uint8_t bound[16];

	if (sscanf(line, " %*u: %32[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%*x %*x:%*x %*x %u %*u %llu",
		   digits, &port, &state, &uid, &inode) != 5)
		return LISTENING_OTHER;
	if (state != STATE_LISTEN)
		return LISTENING_LAST;
	if (port != address->port || !read_host(digits, six ? 4 : 1, bound) ||
	    !hears(bound, six, address))
		return LISTENING_OTHER;
	*ret_inode = inode;
	*ret_uid = uid;
	return LISTENING_THERE;
}

static enum listening unix_line(const char *line,
				const struct spec_listen *address,
				uint64_t *ret_inode)
{
	unsigned long long inode;
	unsigned int flags;
	int at = 0;
	size_t n = strlen(address->text);

	if (sscanf(line, "%*[0-9a-fA-F]: %*x %*x %x %*x %*x %llu %n", &flags,
		   &inode, &at) != 2 || at == 0)
		return LISTENING_OTHER;
	if (!(flags & FLAG_ACCEPTS) || strncmp(line + at, address->text, n) ||
	    (line[at + (int)n] != '\n' && line[at + (int)n] != '\0'))
		return LISTENING_OTHER;
	*ret_inode = inode;
	return LISTENING_THERE;
}

enum listening listening_line(enum listening_table table, const char *line,
			      const struct spec_listen *address,
			      uint64_t *ret_inode, uint32_t *ret_uid)
{
	*ret_uid = UINT32_MAX;
	if ((table == LISTENING_UNIX) != (address->port == 0))
		return LISTENING_OTHER;
	if (table == LISTENING_UNIX)
		return unix_line(line, address, ret_inode);
	return tcp_line(table == LISTENING_TCP6, line, address, ret_inode,
			ret_uid);
}
