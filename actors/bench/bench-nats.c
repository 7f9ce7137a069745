/* SPDX-License-Identifier: 0BSD */
/*
 * bench-nats.c - the contestant: a NATS server on the loopback.
 *
 * Speaks its text protocol (docs.nats.io, "Client Protocol"), as much as is
 * needed. Small messages leave in blocks of 32 KiB, as NATS's own clients do.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "contest.h"

#define BLOCK_BYTES 32768
#define READ_BYTES ((size_t)4 << 20)
#define LINE_MAX_BYTES 256

/**
 * struct nats - one connection
 * @out: what waits to be written, @n_out bytes
 * @in: what was read and not used: from @begin to @end
 */
struct nats {
	int fd;
	size_t n_out;
	char out[BLOCK_BYTES];
	char *in;
	size_t begin;
	size_t end;
};

/**
 * struct delivery - a message that came; valid until the next is read
 * @reply: where an answer should go, "" for nowhere
 */
struct delivery {
	const char *payload;
	size_t size;
	char reply[64];
};

/* ---- bytes -------------------------------------------------------------- */

static void write_parts(struct nats *nats, struct iovec *parts, int n)
{
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = (size_t)n };
	ssize_t done;

	while (message.msg_iovlen > 0) {
		done = sendmsg(nats->fd, &message, MSG_NOSIGNAL);
		if (done < 0)
			contest_fail_errno("sendmsg");
		while (message.msg_iovlen > 0 &&
		       (size_t)done >= message.msg_iov->iov_len) {
			done -= (ssize_t)message.msg_iov->iov_len;
			message.msg_iov++;
			message.msg_iovlen--;
		}
		if (message.msg_iovlen > 0) {
			message.msg_iov->iov_base =
				(char *)message.msg_iov->iov_base + done;
			message.msg_iov->iov_len -= (size_t)done;
		}
	}
}

static void flush(struct nats *nats)
{
	struct iovec part = { .iov_base = nats->out, .iov_len = nats->n_out };

	if (nats->n_out)
		write_parts(nats, &part, 1);
	nats->n_out = 0;
}

static void put(struct nats *nats, const void *bytes, size_t n)
{
	struct iovec part = { .iov_base = (void *)bytes, .iov_len = n };

	if (nats->n_out + n > BLOCK_BYTES)
		flush(nats);
	if (n > BLOCK_BYTES) {
		write_parts(nats, &part, 1);
		return;
	}
	memcpy(nats->out + nats->n_out, bytes, n);
	nats->n_out += n;
}

static void put_text(struct nats *nats, const char *text)
{
	put(nats, text, strlen(text));
}

/* more than @n bytes from @begin on, whatever that takes */
static void need(struct nats *nats, size_t n)
{
	ssize_t got;

	while (nats->end - nats->begin < n) {
		if (nats->begin + n > READ_BYTES || nats->end == READ_BYTES) {
			memmove(nats->in, nats->in + nats->begin,
				nats->end - nats->begin);
			nats->end -= nats->begin;
			nats->begin = 0;
		}
		got = recv(nats->fd, nats->in + nats->end,
			   READ_BYTES - nats->end, 0);
		if (got <= 0)
			contest_fail("nats-server", "hung up");
		nats->end += (size_t)got;
	}
}

/* the next line, without its end */
static void get_line(struct nats *nats, char line[LINE_MAX_BYTES])
{
	size_t searched = 0, n, kept;
	char *end = NULL;

	while (!end) {
		need(nats, searched + 1);
		end = memchr(nats->in + nats->begin + searched, '\n',
			     nats->end - nats->begin - searched);
		searched = nats->end - nats->begin;
	}
	n = (size_t)(end - (nats->in + nats->begin));
	kept = n > 0 && end[-1] == '\r' ? n - 1 : n;
	if (kept >= LINE_MAX_BYTES)
		kept = LINE_MAX_BYTES - 1;	/* INFO is all that is so long */
	memcpy(line, nats->in + nats->begin, kept);
	line[kept] = '\0';
	nats->begin += n + 1;
}

/* ---- protocol ----------------------------------------------------------- */

static void expect_pong(struct nats *nats)
{
	char line[LINE_MAX_BYTES];

	put_text(nats, "PING\r\n");
	flush(nats);
	do {
		get_line(nats, line);
		if (strncmp(line, "-ERR", 4) == 0)
			contest_fail("nats-server", line);
	} while (strcmp(line, "PONG") != 0);
}

static struct nats *connected(const struct plan *plan)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)plan->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct nats *nats = calloc(1, sizeof(*nats));
	const int yes = 1;

	if (!nats)
		contest_fail_errno("calloc");
	nats->in = malloc(READ_BYTES);
	nats->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (!nats->in || nats->fd < 0)
		contest_fail_errno("socket");
	if (connect(nats->fd, (const struct sockaddr *)&address,
		    sizeof(address)) < 0)
		contest_fail_errno("connect");
	setsockopt(nats->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	put_text(nats, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n");
	expect_pong(nats);
	return nats;
}

static void subscribe(struct nats *nats, const char *subject)
{
	char line[LINE_MAX_BYTES];

	snprintf(line, sizeof(line), "SUB %s 1\r\n", subject);
	put_text(nats, line);
	expect_pong(nats);
}

/* a number without terminator; snprintf() would be most of the work */
static size_t print_number(char *text, size_t number)
{
	char digits[24];
	size_t n = 0, i;

	do
		digits[n++] = (char)('0' + number % 10);
	while (number /= 10);
	for (i = 0; i < n; i++)
		text[i] = digits[n - 1 - i];
	return n;
}

/* @head is "PUB SUBJECT ", or "PUB SUBJECT REPLY " */
static void publish(struct nats *nats, const char *head, const void *payload,
		    size_t size)
{
	char number[32];
	size_t n = print_number(number, size);

	memcpy(number + n, "\r\n", 2);
	put_text(nats, head);
	put(nats, number, n + 2);
	put(nats, payload, size);
	put(nats, "\r\n", 2);
}

/* "MSG subject sid [reply] size": its last word, and what is before that */
static void read_head(const char *line, struct delivery *ret_delivery)
{
	const char *words[5] = { "" };
	size_t n = 0, length;

	for (; n < 5 && line; line = strchr(line, ' ')) {
		line += *line == ' ';
		words[n++] = line;
	}
	if (n < 4)
		contest_fail("nats-server", "sent an odd line");
	ret_delivery->reply[0] = '\0';
	ret_delivery->size = strtoull(words[n - 1], NULL, 10);
	if (n == 4)
		return;
	length = (size_t)(words[4] - words[3]) - 1;
	if (length >= sizeof(ret_delivery->reply))
		contest_fail("nats-server", "sent a long name");
	memcpy(ret_delivery->reply, words[3], length);
	ret_delivery->reply[length] = '\0';
}

static void take(struct nats *nats, struct delivery *ret_delivery)
{
	char line[LINE_MAX_BYTES];

	for (;;) {
		get_line(nats, line);
		if (strncmp(line, "MSG ", 4) == 0)
			break;
		if (strncmp(line, "-ERR", 4) == 0)
			contest_fail("nats-server", line);
		if (strcmp(line, "PING") == 0) {
			put_text(nats, "PONG\r\n");
			flush(nats);
		}
	}
	read_head(line, ret_delivery);
	need(nats, ret_delivery->size + 2);
	ret_delivery->payload = nats->in + nats->begin;
	nats->begin += ret_delivery->size + 2;
}

/* ---- the contestant ------------------------------------------------------ */

static void sends(const struct plan *plan, unsigned int sender)
{
	const void *payload = contest_payload(plan, sender);
	struct nats *nats = connected(plan);
	char heads[PLAN_PROCESSES_MAX][32];
	uint64_t quota = plan_quota(plan);
	unsigned int i;

	for (i = 0; i < plan->receivers; i++)
		snprintf(heads[i], sizeof(heads[i]), "PUB bench.%u ", i);
	contest_ready();
	while (quota-- > 0)
		for (i = 0; i < plan->receivers; i++)
			publish(nats, heads[i], payload, plan->size);
	flush(nats);
}

static void takes(const struct plan *plan, unsigned int receiver,
		  struct tally *tally)
{
	struct nats *nats = connected(plan);
	struct delivery delivery;
	char subject[32];

	snprintf(subject, sizeof(subject), "bench.%u", receiver);
	subscribe(nats, subject);
	contest_ready();
	while (tally->left > 0) {
		take(nats, &delivery);
		tally_take(tally, delivery.payload, delivery.size);
	}
}

static void asks(const struct plan *plan, struct samples *samples)
{
	void *payload = contest_payload(plan, 0);
	struct nats *nats = connected(plan);
	struct delivery delivery;
	uint64_t n = plan->n, begin;

	subscribe(nats, "reply");
	contest_ready();
	while (n-- > 0) {
		begin = contest_now_ns();
		publish(nats, "PUB bench.ask reply ", payload, plan->size);
		flush(nats);
		take(nats, &delivery);
		samples_add(samples, contest_now_ns() - begin);
	}
}

static void answers(const struct plan *plan)
{
	struct nats *nats = connected(plan);
	struct delivery delivery;
	char head[96];

	subscribe(nats, "bench.ask");
	contest_ready();
	for (;;) {
		take(nats, &delivery);
		snprintf(head, sizeof(head), "PUB %s ", delivery.reply);
		publish(nats, head, delivery.payload, delivery.size);
		flush(nats);
	}
}

int main(int argc, char **argv)
{
	static const struct contestant nats = {
		.name = "nats",
		.send = sends,
		.take = takes,
		.ask = asks,
		.answer = answers,
	};

	return contest_main(&nats, argc, argv);
}
