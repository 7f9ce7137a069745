/* SPDX-License-Identifier: 0BSD */
/*
 * test-actor.c - does what a test tells it to, good or bad.
 *
 * Arguments: --fail-start ERRNO, --exit-at-start N, --hang-at-start,
 * --fail-restarts ERRNO: the same, but not of generation 0;
 * --slow-start MS, --gate FILE: its start takes as long as there is nothing in that;
 * --ptrace-at-start; --hooks: the hooks of a restart append to the
 * trace too, "pre-restart NAME GENERATION ERROR" and "post-restart …";
 * --crash-pre-restart, --crash-stop, --ptrace-stop, --hang-stop: generation 0 does
 * that there;
 * --fail-post-restart ERRNO: generation 1 does;
 * --early FILE: before it is an actor, what is written there: "exit", "ptrace"
 * or "hang"; --pass NAME as the message of that name; --trace FILE where "start NAME
 * GENERATION" is appended, and the same with stop, hang and sleep; --tally: and
 * at the end "tally N N N": as of pressed the first and the last, and of counted.
 *
 * Messages, with text payloads; those marked ? are asks:
 *   note TEXT          remember TEXT
 *   notes ?            what was noted in this generation, a line each
 *   echo TEXT ?        TEXT
 *   mirror ?           the payload, of any size
 *   who ?              path, generation and attempt of the message
 *   variable NAME ?    that of its environment
 *   read FILE ?        its first line, or the error's name
 *   uid ?
 *   fork ?             as a zygote does; the error's name
 *   crash              SIGSEGV
 *   exit N             _exit(N) in the handler
 *   stop N             actor_stop(N)
 *   fail ERRNO         the handler returns -ERRNO
 *   call N             the system call of that number
 *   trace TEXT         appends that to the trace
 *   hang               never returns, ignores SIGTERM
 *   sleep MS           is busy for so long
 *   sleep-tell MS NAME TYPE TEXT
 *   defer ?            owes the answer
 *   answer TEXT        answers what is owed
 *   owes ?             is there such an answer?
 *   tell NAME TYPE TEXT           to the reference NAME
 *   tell-then-crash NAME TYPE TEXT
 *   tell-then-fail NAME TYPE TEXT
 *   flood N NAME TYPE  N of them, TEXT 0 … N-1, as fast as it goes, then notes
 *                      "flooded"
 *   burst N NAME TYPE             the same, all in this turn
 *   drip N NAME TYPE   the same, each in a packet of its own
 *   count N            one of that flood
 *   counted ?          how many came, or which came after a later one
 *   pass NAME          from now on "count" goes on to the reference NAME
 *   press NAME         "count" and asks "echo" there, as many as it takes, until
 *   relax              and, as long as that name is a life that is over, nothing
 *   pressed ?          how many were accepted, and of the asks of them how many
 *                      were asked, answered at all, and answered with a reply
 *   ask NAME TYPE TEXT ?          relays the reply, or the error's text
 *   ask-note MS NAME TYPE TEXT    notes "reply TEXT" or "error NAME"
 *   give NAME OTHER               the reference OTHER to NAME, in a "take"
 *   take                          keep the reference that came
 *   use TYPE TEXT                 tell whom was taken
 *   use-many N TYPE TEXT          N of them, or fewer; notes how many went
 *   limit OTHER RATE BYTES NO_GRANTS   as if OTHER had come with these limits
 *   give-taken NAME               pass on what was taken, in a "take"
 *   give-limited NAME OTHER RATE  the reference OTHER with that limit, likewise
 *   watch-taken
 *   revoke NAME OTHER             take OTHER back from NAME
 *   revoke-taken NAME             take back what was taken and passed on
 *   give-revoke NAME OTHER        both in one turn
 *   give-again NAME OTHER         give, revoke and give in one turn
 *   same NAME ?                   is what was taken equal to that reference?
 *   life NAME ?                   the life it leads to
 *   by                            notes the life of who sent it
 *   watch NAME         a Terminated is noted as "terminated PATH REASON"
 *   unwatch NAME
 *   every MS                      note "tick" each time; 0 stops it
 *   strict/plain                  become one that knows only "plain", and back
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <actorproc.h>

#define TEXT_BYTES 1024
#define NOTES_BYTES 60000

static int trace_fd = -1;
static bool tally;
static bool hooks;
static bool crash_pre_restart;
static bool crash_stop;
static bool ptrace_stop;
static bool hang_stop;
static int fail_post_restart;

struct test {
	size_t n_notes_bytes;
	uint64_t token;
	struct actor_reference *taken;
	unsigned long flood_left;
	unsigned long flood_next;
	unsigned long n_counted;
	unsigned long next_counted;
	unsigned long n_pressed;
	unsigned long n_asked;
	unsigned long n_answered;
	unsigned long n_replied;
	char press[64];
	char pass[64];
	char disorder[64];
	char flood_name[64];
	char flood_type[64];
	char notes[NOTES_BYTES];
};

static void trace(const struct actor *self, const char *what)
{
	const char *name = strrchr(actor_path(self), '/') + 1;

	if (trace_fd >= 0)
		dprintf(trace_fd, "%s %s %u\n", what, name,
			actor_generation(self));
}

static void text_of(const struct actor_message *message, char *text)
{
	size_t n;
	const void *bytes = actor_message_payload(message, &n);

	if (n >= TEXT_BYTES)
		n = TEXT_BYTES - 1;
	memcpy(text, bytes, n);
	text[n] = '\0';
}

/* the next word of a text; "" at the end */
static const char *word(char **text)
{
	char *found = strsep(text, " ");

	return found ? found : "";
}

static struct actor_outgoing outgoing(const char *type, const char *text)
{
	return (struct actor_outgoing){
		.type = type,
		.payload = text,
		.size = strlen(text),
		.content = ACTOR_CONTENT_TEXT,
	};
}

static int reply_text(struct actor *self, const char *text)
{
	struct actor_outgoing reply = outgoing("text", text);

	return actor_reply_message(self, &reply);
}

static void note(struct actor *self, const char *text)
{
	struct test *test = actor_state(self);
	size_t n = strlen(text);

	if (test->n_notes_bytes + n + 1 >= sizeof(test->notes))
		return;
	memcpy(test->notes + test->n_notes_bytes, text, n);
	test->n_notes_bytes += n;
	test->notes[test->n_notes_bytes++] = '\n';
	test->notes[test->n_notes_bytes] = '\0';
}

static int tell_text(struct actor *self, struct actor_reference *to,
		     const char *type, const char *text)
{
	struct actor_outgoing message = outgoing(type, text);

	if (!to)
		return -ENOENT;
	return actor_tell_message(self, to, &message);
}

static int do_note(struct actor *self, const struct actor_message *m,
		   char *text)
{
	(void)m;
	note(self, text);
	return 0;
}

static int do_notes(struct actor *self, const struct actor_message *m,
		    char *text)
{
	struct test *test = actor_state(self);

	(void)m;
	(void)text;
	return reply_text(self, test->notes);
}

static int do_echo(struct actor *self, const struct actor_message *m,
		   char *text)
{
	(void)m;
	return reply_text(self, text);
}

static int do_mirror(struct actor *self, const struct actor_message *m,
		     char *text)
{
	struct actor_outgoing reply = { .type = "mirror" };

	(void)text;
	reply.payload = actor_message_payload(m, &reply.size);
	reply.content = actor_message_content(m);
	return actor_reply_message(self, &reply);
}

static int do_who(struct actor *self, const struct actor_message *m,
		  char *text)
{
	snprintf(text, TEXT_BYTES, "%s %u %u %s", actor_path(self),
		 actor_generation(self), actor_message_attempt(m),
		 actor_message_sender(m));
	return reply_text(self, text);
}

static int do_variable(struct actor *self, const struct actor_message *m,
		       char *text)
{
	const char *value = getenv(text);

	(void)m;
	return reply_text(self, value ? value : "");
}

static int do_read(struct actor *self, const struct actor_message *m, char *text)
{
	int fd = open(text, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, TEXT_BYTES - 1);
	const char *name = strerrorname_np(errno);

	(void)m;
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return reply_text(self, name);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return reply_text(self, text);
}

static int do_uid(struct actor *self, const struct actor_message *m, char *text)
{
	(void)m;
	snprintf(text, TEXT_BYTES, "%u", getuid());
	return reply_text(self, text);
}

static int do_fork(struct actor *self, const struct actor_message *m,
		   char *text)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	(void)m;
	(void)text;
	if (pid == 0)
		pause();
	return reply_text(self, pid < 0 ? strerrorname_np(errno) : "forked");
}

static int do_crash(struct actor *self, const struct actor_message *m,
		    char *text)
{
	(void)self;
	(void)m;
	(void)text;
	raise(SIGSEGV);
	return 0;
}

static int do_exit(struct actor *self, const struct actor_message *m,
		   char *text)
{
	(void)self;
	(void)m;
	_exit(atoi(text));
}

static int do_stop(struct actor *self, const struct actor_message *m,
		   char *text)
{
	(void)m;
	return actor_stop(self, atoi(text));
}

static int do_fail(struct actor *self, const struct actor_message *m,
		   char *text)
{
	(void)self;
	(void)m;
	return -atoi(text);
}

/* "NUMBER [ARGUMENT]…" */
static int do_call(struct actor *self, const struct actor_message *m,
		   char *text)
{
	long values[5] = { 0 };

	(void)self;
	(void)m;
	fprintf(stderr, "calls %s\n", text);
	for (size_t i = 0; i < 5; i++)
		values[i] = strtol(text, &text, 0);
	syscall(values[0], values[1], values[2], values[3], values[4]);
	return 0;
}

/* so that no handler tells of it */
static int do_call_unheard(struct actor *self, const struct actor_message *m,
			   char *text)
{
	sigset_t traps;

	sigemptyset(&traps);
	sigaddset(&traps, SIGSYS);
	sigprocmask(SIG_BLOCK, &traps, NULL);
	return do_call(self, m, text);
}

static int do_trace(struct actor *self, const struct actor_message *m,
		    char *text)
{
	(void)m;
	trace(self, text);
	return 0;
}

static _Noreturn void hang(void)
{
	signal(SIGTERM, SIG_IGN);
	for (;;)
		pause();
}

static int do_hang(struct actor *self, const struct actor_message *m,
		   char *text)
{
	(void)m;
	(void)text;
	trace(self, "hang");
	hang();
}

static int do_sleep(struct actor *self, const struct actor_message *m,
		    char *text)
{
	(void)self;
	(void)m;
	usleep((useconds_t)atoi(text) * 1000);
	return 0;
}

static int do_defer(struct actor *self, const struct actor_message *m,
		    char *text)
{
	struct test *test = actor_state(self);

	(void)m;
	(void)text;
	test->token = actor_defer(self);
	return test->token ? 0 : -EINVAL;
}

static int do_answer(struct actor *self, const struct actor_message *m,
		     char *text)
{
	struct test *test = actor_state(self);
	struct actor_outgoing reply = outgoing("text", text);
	uint64_t token = test->token;

	(void)m;
	test->token = 0;
	return actor_reply_to(self, token, &reply);
}

static int do_owes(struct actor *self, const struct actor_message *m,
		   char *text)
{
	struct test *test = actor_state(self);

	(void)m;
	(void)text;
	return reply_text(self, test->token ? "yes" : "no");
}

static int do_tell(struct actor *self, const struct actor_message *m,
		   char *text)
{
	const char *name = word(&text), *type = word(&text);

	(void)m;
	return tell_text(self, actor_reference(self, name), type,
			 text ? text : "");
}

static int do_sleep_tell(struct actor *self, const struct actor_message *m,
			 char *text)
{
	useconds_t us = (useconds_t)atoi(word(&text)) * 1000;

	trace(self, "sleep");
	usleep(us);
	return do_tell(self, m, text);
}

static int do_tell_then_crash(struct actor *self,
			      const struct actor_message *m, char *text)
{
	do_tell(self, m, text);
	raise(SIGSEGV);
	return 0;
}

static int do_tell_then_fail(struct actor *self,
			     const struct actor_message *m, char *text)
{
	do_tell(self, m, text);
	return -EIO;
}

static int flood(struct actor *self)
{
	struct test *test = actor_state(self);
	char number[32];
	int r;

	while (test->flood_left > 0) {
		snprintf(number, sizeof(number), "%lu", test->flood_next);
		r = tell_text(self, actor_reference(self, test->flood_name),
			      test->flood_type, number);
		if (r == -EAGAIN)
			return actor_timer(self, "flood", 1000000);
		if (r < 0)
			return r;
		test->flood_next++;
		test->flood_left--;
	}
	note(self, "flooded");
	return 0;
}

static int do_flood(struct actor *self, const struct actor_message *m,
		    char *text)
{
	struct test *test = actor_state(self);

	(void)m;
	test->flood_left = strtoul(word(&text), NULL, 10);
	test->flood_next = 0;
	snprintf(test->flood_name, sizeof(test->flood_name), "%s",
		 word(&text));
	snprintf(test->flood_type, sizeof(test->flood_type), "%s",
		 word(&text));
	return flood(self);
}

static int tell_numbers(struct actor *self, char *text, bool flush)
{
	unsigned long n = strtoul(word(&text), NULL, 10);
	struct actor_reference *to = actor_reference(self, word(&text));
	const char *type = word(&text);
	char number[32];
	int r = 0;

	for (unsigned long i = 0; i < n && r == 0; i++) {
		snprintf(number, sizeof(number), "%lu", i);
		r = tell_text(self, to, type, number);
		if (r == 0 && flush)
			r = actor_flush(self);
	}
	return r;
}

static int do_burst(struct actor *self, const struct actor_message *m,
		    char *text)
{
	(void)m;
	return tell_numbers(self, text, false);
}

static int do_drip(struct actor *self, const struct actor_message *m,
		   char *text)
{
	(void)m;
	return tell_numbers(self, text, true);
}

/* of many senders: behind it any number is in order */
#define NO_NUMBER "18446744073709551615"
#define PRESS_BATCH 64
#define PRESS_ASKS_MAX 32
#define PRESS_TIMEOUT_NS UINT64_C(60000000000)

/* counted when the turn is committed, and it is: it never fails */
static int press(struct actor *self)
{
	struct test *test = actor_state(self);
	struct actor_reference *to = actor_reference(self, test->press);
	int r = 0;

	if (!*test->press)
		return 0;
	if (test->n_asked - test->n_answered < PRESS_ASKS_MAX &&
	    actor_ask(self, to, "echo", "x", 1, PRESS_TIMEOUT_NS, NULL) == 0) {
		test->n_asked++;
		test->n_pressed++;
	}
	for (int i = 0; i < PRESS_BATCH && r == 0; i++) {
		r = tell_text(self, to, "count", NO_NUMBER);
		test->n_pressed += r == 0;
	}
	return actor_timer(self, "press", r == 0 ? 1 : 1000000);
}

static int do_press(struct actor *self, const struct actor_message *m,
		    char *text)
{
	struct test *test = actor_state(self);

	(void)m;
	snprintf(test->press, sizeof(test->press), "%.60s", text);
	return press(self);
}

static int do_relax(struct actor *self, const struct actor_message *m,
		    char *text)
{
	struct test *test = actor_state(self);

	(void)self;
	(void)m;
	(void)text;
	*test->press = '\0';
	return 0;
}

static int do_pressed(struct actor *self, const struct actor_message *m,
		      char *text)
{
	struct test *test = actor_state(self);

	(void)m;
	snprintf(text, TEXT_BYTES, "%lu %lu %lu %lu", test->n_pressed,
		 test->n_asked, test->n_answered, test->n_replied);
	return reply_text(self, text);
}

static int do_count(struct actor *self, const struct actor_message *m,
		    char *text)
{
	struct test *test = actor_state(self);
	unsigned long number = strtoul(text, NULL, 10);

	(void)m;
	if (*test->pass)
		return tell_text(self, actor_reference(self, test->pass),
				 "count", text);
	if (number < test->next_counted && !*test->disorder)
		snprintf(test->disorder, sizeof(test->disorder),
			 "%lu where %lu was due", number, test->next_counted);
	test->next_counted = number + 1;
	test->n_counted++;
	return 0;
}

static int do_pass(struct actor *self, const struct actor_message *m,
		   char *text)
{
	struct test *test = actor_state(self);

	(void)m;
	snprintf(test->pass, sizeof(test->pass), "%.60s", text);
	return 0;
}

static int do_counted(struct actor *self, const struct actor_message *m,
		      char *text)
{
	struct test *test = actor_state(self);

	(void)m;
	snprintf(text, TEXT_BYTES, "%lu", test->n_counted);
	return reply_text(self, *test->disorder ? test->disorder : text);
}

static int do_ask_note(struct actor *self, const struct actor_message *m,
		       char *text)
{
	uint64_t timeout_ns = strtoull(word(&text), NULL, 10) * 1000000;
	struct actor_reference *to = actor_reference(self, word(&text));
	const char *type = word(&text);
	int r;

	(void)m;
	r = actor_ask(self, to, type, text, text ? strlen(text) : 0,
		      timeout_ns, NULL);
	if (r < 0)
		note(self, strerrorname_np(-r));
	return 0;
}

static int do_ask(struct actor *self, const struct actor_message *m,
		  char *text)
{
	struct test *test = actor_state(self);
	const char *name = word(&text), *type = word(&text);
	struct actor_reference *to = actor_reference(self, name);

	(void)m;
	if (!to)
		return -ENOENT;
	if (!text)
		text = (char []){ "" };
	test->token = actor_defer(self);
	return actor_ask(self, to, type, text, strlen(text), 0, NULL);
}

static int do_give(struct actor *self, const struct actor_message *m,
		   char *text)
{
	struct actor_reference *to = actor_reference(self, word(&text));
	struct actor_reference *other = actor_reference(self, word(&text));
	struct actor_outgoing message = {
		.type = "take",
		.references = &other,
		.n_references = 1,
	};

	(void)m;
	return to && other ? actor_tell_message(self, to, &message) : -ENOENT;
}

static int do_take(struct actor *self, const struct actor_message *m,
		   char *text)
{
	struct test *test = actor_state(self);
	struct actor_reference *came = actor_message_reference(m, 0);

	(void)text;
	if (!came) {
		note(self, "took nothing");
		return 0;
	}
	actor_reference_keep(came);
	actor_reference_drop(test->taken);
	test->taken = came;
	note(self, "took");
	note(self, actor_reference_path(came));
	return 0;
}

static int do_use(struct actor *self, const struct actor_message *m,
		  char *text)
{
	struct test *test = actor_state(self);
	const char *type = word(&text);
	int r = tell_text(self, test->taken, type, text ? text : "");

	(void)m;
	if (r < 0)
		note(self, strerrorname_np(-r));
	return 0;
}

static int do_use_many(struct actor *self, const struct actor_message *m,
		       char *text)
{
	struct test *test = actor_state(self);
	unsigned long n = strtoul(word(&text), NULL, 10), went = 0;
	const char *type = word(&text);
	char line[64];
	int r = 0;

	(void)m;
	while (went < n && r == 0) {
		r = tell_text(self, test->taken, type, text ? text : "");
		went += r == 0;
	}
	snprintf(line, sizeof(line), "%lu went, %s", went,
		 r < 0 ? strerrorname_np(-r) : "all");
	note(self, line);
	return 0;
}

static int note_error(struct actor *self, int r)
{
	if (r < 0)
		note(self, strerrorname_np(-r));
	return 0;
}

static int do_limit(struct actor *self, const struct actor_message *m,
		    char *text)
{
	struct test *test = actor_state(self);
	struct actor_reference *other = actor_reference(self, word(&text));
	struct actor_limits limits;

	(void)m;
	limits.rate = (uint32_t)strtoul(word(&text), NULL, 10);
	limits.bytes = strtoul(word(&text), NULL, 10);
	limits.no_grants = *word(&text) == '1';
	actor_reference_drop(test->taken);
	test->taken = NULL;
	return note_error(self, actor_reference_limit(self, other, &limits,
						      &test->taken));
}

static int give(struct actor *self, struct actor_reference *to,
		struct actor_reference *what)
{
	struct actor_outgoing message = {
		.type = "take",
		.references = &what,
		.n_references = 1,
	};

	return actor_tell_message(self, to, &message);
}

static int do_give_limited(struct actor *self, const struct actor_message *m,
			   char *text)
{
	struct actor_reference *to = actor_reference(self, word(&text));
	struct actor_reference *other = actor_reference(self, word(&text));
	const struct actor_limits limits = {
		.rate = (uint32_t)strtoul(word(&text), NULL, 10),
	};
	struct actor_outgoing message = { .type = "take", .n_references = 1 };
	struct actor_reference *limited;
	int r;

	(void)m;
	if (!to || !other)
		return -ENOENT;
	r = actor_reference_limit(self, other, &limits, &limited);
	if (r < 0)
		return r;
	message.references = &limited;
	r = actor_tell_message(self, to, &message);
	actor_reference_drop(limited);
	return r;
}

static int do_give_taken(struct actor *self, const struct actor_message *m,
			 char *text)
{
	struct test *test = actor_state(self);

	(void)m;
	return note_error(self, give(self, actor_reference(self, word(&text)),
				     test->taken));
}

static int do_watch_taken(struct actor *self, const struct actor_message *m,
			  char *text)
{
	struct test *test = actor_state(self);

	(void)m;
	(void)text;
	return actor_watch(self, test->taken);
}

static int do_revoke(struct actor *self, const struct actor_message *m,
		     char *text)
{
	struct actor_reference *from = actor_reference(self, word(&text));

	(void)m;
	return note_error(self, actor_revoke(self, from,
					     actor_reference(self,
							     word(&text))));
}

static int do_revoke_taken(struct actor *self, const struct actor_message *m,
			   char *text)
{
	struct test *test = actor_state(self);

	(void)m;
	return note_error(self, actor_revoke(self,
					     actor_reference(self, text),
					     test->taken));
}

static int do_give_revoke(struct actor *self, const struct actor_message *m,
			  char *text)
{
	struct actor_reference *to = actor_reference(self, word(&text));
	struct actor_reference *other = actor_reference(self, word(&text));

	(void)m;
	note_error(self, give(self, to, other));
	return note_error(self, actor_revoke(self, to, other));
}

static int do_give_again(struct actor *self, const struct actor_message *m,
			 char *text)
{
	struct actor_reference *to = actor_reference(self, word(&text));
	struct actor_reference *other = actor_reference(self, word(&text));

	(void)m;
	note_error(self, give(self, to, other));
	note_error(self, actor_revoke(self, to, other));
	return note_error(self, give(self, to, other));
}

static int do_same(struct actor *self, const struct actor_message *m,
		   char *text)
{
	struct test *test = actor_state(self);

	(void)m;
	return reply_text(self, actor_reference_equal(
					test->taken,
					actor_reference(self, text))
					? "yes" : "no");
}

static int do_life(struct actor *self, const struct actor_message *m,
		   char *text)
{
	struct actor_reference *reference = actor_reference(self, text);

	(void)m;
	snprintf(text, TEXT_BYTES, "%llu", (unsigned long long)
		 actor_reference_life(reference));
	return reply_text(self, text);
}

static int do_by(struct actor *self, const struct actor_message *m,
		 char *text)
{
	snprintf(text, TEXT_BYTES, "%llu", (unsigned long long)
		 actor_message_sender_life(m));
	note(self, text);
	return 0;
}

static int do_watch(struct actor *self, const struct actor_message *m,
		    char *text)
{
	(void)m;
	return actor_watch(self, actor_reference(self, text));
}

static int do_unwatch(struct actor *self, const struct actor_message *m,
		      char *text)
{
	(void)m;
	return actor_unwatch(self, actor_reference(self, text));
}

static int do_every(struct actor *self, const struct actor_message *m,
		    char *text)
{
	uint64_t interval_ns = strtoull(text, NULL, 10) * 1000000;

	(void)m;
	if (interval_ns == 0)
		return actor_timer_cancel(self, "tick");
	return actor_timer_every(self, "tick", interval_ns, interval_ns);
}

static int strict(struct actor *self, const struct actor_message *m)
{
	if (actor_message_is(m, "plain"))
		return actor_become_pop(self);
	return ACTOR_UNHANDLED;
}

static int do_strict(struct actor *self, const struct actor_message *m,
		     char *text)
{
	(void)m;
	(void)text;
	return actor_become_push(self, strict);
}

static const struct {
	const char *type;
	int (*run)(struct actor *self, const struct actor_message *m,
		   char *text);
} actions[] = {
	{ "note",		do_note },
	{ "notes",		do_notes },
	{ "echo",		do_echo },
	{ "mirror",		do_mirror },
	{ "who",		do_who },
	{ "variable",		do_variable },
	{ "read",		do_read },
	{ "uid",		do_uid },
	{ "fork",		do_fork },
	{ "crash",		do_crash },
	{ "exit",		do_exit },
	{ "stop",		do_stop },
	{ "fail",		do_fail },
	{ "call",		do_call },
	{ "call-unheard",	do_call_unheard },
	{ "trace",		do_trace },
	{ "hang",		do_hang },
	{ "sleep",		do_sleep },
	{ "sleep-tell",		do_sleep_tell },
	{ "defer",		do_defer },
	{ "answer",		do_answer },
	{ "owes",		do_owes },
	{ "tell",		do_tell },
	{ "tell-then-crash",	do_tell_then_crash },
	{ "tell-then-fail",	do_tell_then_fail },
	{ "flood",		do_flood },
	{ "burst",		do_burst },
	{ "drip",	do_drip },
	{ "count",		do_count },
	{ "counted",		do_counted },
	{ "pass",		do_pass },
	{ "press",		do_press },
	{ "relax",		do_relax },
	{ "pressed",		do_pressed },
	{ "ask",		do_ask },
	{ "ask-note",		do_ask_note },
	{ "give",		do_give },
	{ "take",		do_take },
	{ "use",		do_use },
	{ "use-many",		do_use_many },
	{ "limit",		do_limit },
	{ "give-taken",		do_give_taken },
	{ "give-limited",	do_give_limited },
	{ "watch-taken",	do_watch_taken },
	{ "revoke",		do_revoke },
	{ "revoke-taken",	do_revoke_taken },
	{ "give-revoke",	do_give_revoke },
	{ "give-again",		do_give_again },
	{ "same",		do_same },
	{ "life",		do_life },
	{ "by",			do_by },
	{ "watch",		do_watch },
	{ "unwatch",		do_unwatch },
	{ "every",		do_every },
	{ "strict",		do_strict },
};

/* of an ask-note nobody waits for the answer */
static int noted(struct actor *self, const struct actor_message *m,
		 const char *text)
{
	struct test *test = actor_state(self);
	char line[TEXT_BYTES + 64];

	if (test->n_answered < test->n_asked) {
		test->n_answered++;
		test->n_replied += actor_message_kind(m) == ACTOR_REPLY;
		return 0;
	}
	if (actor_message_kind(m) == ACTOR_REPLY)
		snprintf(line, sizeof(line), "reply %s", text);
	else
		snprintf(line, sizeof(line), "error %s",
			 strerrorname_np(-actor_message_error(m)));
	note(self, line);
	return 0;
}

static int answered(struct actor *self, const struct actor_message *m,
		    char *text)
{
	struct test *test = actor_state(self);
	struct actor_outgoing reply = outgoing("text", text);
	uint64_t token = test->token;

	if (!token)
		return noted(self, m, text);
	test->token = 0;
	if (actor_message_kind(m) == ACTOR_REPLY)
		return actor_reply_to(self, token, &reply);
	return actor_error_to(self, token, actor_message_error(m), text);
}

static int terminated(struct actor *self, const struct actor_message *m,
		      const char *reason)
{
	char line[TEXT_BYTES + 256];

	snprintf(line, sizeof(line), "terminated %s %s",
		 actor_message_sender(m), reason);
	note(self, line);
	return 0;
}

static int receive(struct actor *self, const struct actor_message *m)
{
	char text[TEXT_BYTES];

	text_of(m, text);
	switch (actor_message_kind(m)) {
	case ACTOR_REPLY:
	case ACTOR_ERROR:
		return answered(self, m, text);
	case ACTOR_TERMINATED:
		return terminated(self, m, text);
	case ACTOR_TICK:
		if (actor_message_is_tick(m, "flood"))
			return flood(self);
		if (actor_message_is_tick(m, "press"))
			return press(self);
		note(self, "tick");
		return 0;
	case ACTOR_READY_FD:
	case ACTOR_ROOM:
		return ACTOR_UNHANDLED;
	case ACTOR_TELL:
	case ACTOR_ASK:
		break;
	}
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (actor_message_is(m, actions[i].type))
			return actions[i].run(self, m, text);
	return ACTOR_UNHANDLED;
}

static void await_gate(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char byte;

	while (fd >= 0 && read(fd, &byte, 1) == 0)
		usleep(1000);
	close(fd);
}

static int start(struct actor *self, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--trace") == 0)
			trace_fd = open(argv[i + 1],
					O_WRONLY | O_APPEND | O_CLOEXEC);
		tally |= strcmp(argv[i], "--tally") == 0;
		hooks |= strcmp(argv[i], "--hooks") == 0;
		crash_pre_restart |=
			strcmp(argv[i], "--crash-pre-restart") == 0;
		crash_stop |= strcmp(argv[i], "--crash-stop") == 0;
		ptrace_stop |= strcmp(argv[i], "--ptrace-stop") == 0;
		hang_stop |= strcmp(argv[i], "--hang-stop") == 0;
		if (strcmp(argv[i], "--fail-post-restart") == 0)
			fail_post_restart = atoi(argv[i + 1]);
		if (strcmp(argv[i], "--pass") == 0)
			do_pass(self, NULL, argv[i + 1]);
		if (strcmp(argv[i], "--fail-start") == 0)
			return -atoi(argv[i + 1]);
		if (strcmp(argv[i], "--fail-restarts") == 0 &&
		    actor_generation(self) > 0)
			return -atoi(argv[i + 1]);
		if (strcmp(argv[i], "--exit-at-start") == 0)
			_exit(atoi(argv[i + 1]));
		if (strcmp(argv[i], "--ptrace-at-start") == 0)
			syscall(SYS_ptrace, 0, 0, 0, 0);
		if (strcmp(argv[i], "--hang-at-start") == 0)
			hang();
		if (strcmp(argv[i], "--slow-start") == 0)
			usleep((useconds_t)atoi(argv[i + 1]) * 1000);
		if (strcmp(argv[i], "--gate") == 0)
			await_gate(argv[i + 1]);
	}
	trace(self, "start");
	return 0;
}

static void stop(struct actor *self)
{
	struct test *test = actor_state(self);

	trace(self, "stop");
	if (crash_stop && actor_generation(self) == 0)
		raise(SIGSEGV);
	if (ptrace_stop && actor_generation(self) == 0)
		syscall(SYS_ptrace, 0, 0, 0, 0);
	if (hang_stop && actor_generation(self) == 0)
		hang();
	if (tally)
		dprintf(trace_fd, "tally %lu %lu %lu\n", test->n_pressed,
			test->n_replied, test->n_counted);
	actor_log(self, 6, "%s stops", actor_path(self));
}

static void pre_restart(struct actor *self, int error)
{
	if (hooks)
		dprintf(trace_fd, "pre-restart %s %u %d\n",
			strrchr(actor_path(self), '/') + 1,
			actor_generation(self), error);
	if (crash_pre_restart && actor_generation(self) == 0)
		raise(SIGSEGV);
}

static int post_restart(struct actor *self)
{
	if (hooks)
		trace(self, "post-restart");
	return actor_generation(self) == 1 ? -fail_post_restart : 0;
}

/* what a process does that has no life yet */
static void early(const char *path)
{
	char what[16] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, what, sizeof(what) - 1) < 0)
		_exit(2);
	close(fd);
	if (strcmp(what, "exit") == 0)
		_exit(3);
	if (strcmp(what, "ptrace") == 0)
		syscall(SYS_ptrace, 0, 0, 0, 0);
	if (strcmp(what, "hang") == 0)
		hang();
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct test),
		.start = start,
		.receive = receive,
		.stop = stop,
		.pre_restart = pre_restart,
		.post_restart = post_restart,
	};

	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--early") == 0)
			early(argv[i + 1]);

	return actor_main(&class, argc, argv);
}
