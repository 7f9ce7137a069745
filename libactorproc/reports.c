// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * reports.c - what an actor tells its supervisor, over the control channel.
 *
 * Only says it; what is answered, setup.c hears.
 */
#include <errno.h>

#include "libactorproc/control.h"
#include "libactorproc/loop.h"
#include "libactorproc/reports.h"

#define REPORT_BYTES 256

static int send_with(const struct fields_writer *w, const int *fds,
		     size_t n_fds)
{
	int r;

	for (;;) {
		r = control_send(ACTOR_CONTROL_FD, w->buffer, w->length_bytes,
				 fds, n_fds);
		if (r != -EAGAIN)
			return r;
		r = loop_wait_writable(ACTOR_CONTROL_FD);
		if (r < 0)
			return r;
	}
}

static int send_list(const struct fields_writer *w)
{
	return send_with(w, NULL, 0);
}

static int report_error(const char *verb, int error)
{
	char buffer[REPORT_BYTES];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), verb);
	fields_put_u64(&w, "ERRNO", (uint64_t)-(int64_t)error);

	return send_list(&w);
}

static int report_pair(const char *verb, const char *one, uint64_t first,
		       const char *other, uint64_t second)
{
	char buffer[REPORT_BYTES];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), verb);
	fields_put_u64(&w, one, first);
	fields_put_u64(&w, other, second);

	return send_list(&w);
}

static int report_bare(const char *verb)
{
	char buffer[REPORT_BYTES];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), verb);

	return send_list(&w);
}

int report_idle(void)
{
	return report_bare("IDLE");
}

int report_letters(void)
{
	return report_bare("LETTERS");
}

int report_ready(bool closed)
{
	char buffer[REPORT_BYTES];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), "READY");
	if (closed)
		fields_put(&w, "CLOSED", "1");

	return send_list(&w);
}

int report_start_failed(int error, const char *step)
{
	char buffer[REPORT_BYTES];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), "START_FAILED");
	fields_put_u64(&w, "ERRNO", (uint64_t)-(int64_t)error);
	fields_put(&w, "STEP", step);

	return send_list(&w);
}

int report_foreign(uint32_t version)
{
	return report_pair("START_FAILED", "ERRNO", EPROTONOSUPPORT, "ARENA",
			   version);
}

int report_failed(int error)
{
	return report_error("FAILED", error);
}

int report_grant(const struct arena_grant *grant, bool again)
{
	char buffer[REPORT_BYTES];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), "GRANT");
	fields_put_u64(&w, "VIA", arena_key_id(grant->key));
	fields_put_u64(&w, "EDGE", grant->number);
	fields_put_u64(&w, "SAID", grant->said);
	if (again)
		fields_put_u64(&w, "AGAIN", 1);

	return send_list(&w);
}

int report_limit(uint64_t edge, const struct actor_limits *limits)
{
	char buffer[REPORT_BYTES];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), "LIMIT");
	fields_put_u64(&w, "EDGE", edge);
	limits_put(&w, limits);

	return send_list(&w);
}

int report_revoke(uint64_t life, uint64_t number)
{
	return report_pair("REVOKE", "LIFE", life, "EDGE", number);
}

int report_claim(uint64_t via, uint64_t number)
{
	return report_pair("CLAIM", "VIA", via, "GRANT", number);
}

int report_give(uint64_t via, uint64_t number, int fd)
{
	char buffer[REPORT_BYTES];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), "GIVE");
	fields_put_u64(&w, "VIA", via);
	fields_put_u64(&w, "NUMBER", number);

	return send_with(&w, &fd, 1);
}

int report_withdraw(uint64_t via, uint64_t number)
{
	return report_pair("WITHDRAW", "VIA", via, "NUMBER", number);
}

int report_fetch(uint64_t via, uint64_t number)
{
	return report_pair("FETCH", "VIA", via, "NUMBER", number);
}

int report_taken(uint64_t via, uint64_t number)
{
	return report_pair("TAKEN", "VIA", via, "NUMBER", number);
}

int report_child(const struct report_child *report)
{
	char buffer[REPORT_BYTES];
	struct fields_writer w;

	fields_begin(&w, buffer, sizeof(buffer), report->verb);
	fields_put_u64(&w, "NUMBER", report->number);
	fields_put(&w, "TEMPLATE", report->template);
	fields_put(&w, "NAME", report->name);
	if (report->waits)
		fields_put_u64(&w, "WAIT_NS", report->wait_ns);

	return send_list(&w);
}

int report_saved(uint32_t version, size_t n_bytes)
{
	return report_pair("SAVED", "VERSION", version, "BYTES", n_bytes);
}
