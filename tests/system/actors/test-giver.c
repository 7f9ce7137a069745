/* SPDX-License-Identifier: 0BSD */
/*
 * test-giver.c - passes descriptors on, and looks at its own.
 *
 * Messages, with text payloads; those marked ? are asks:
 *   send NAME TYPE TEXT ?   a new pipe's end for writing to the reference NAME;
 *                           "0", or why not
 *   lend FILE NAME TYPE ?   that file, open for reading, to the reference NAME;
 *                           "0", or why not
 *   carry NAME TYPE TEXT    what came goes on, to that one
 *   write TEXT              writes TEXT into what came
 *   crash-first TEXT        the same, but not at the first attempt
 *   keep                    what came
 *   kept ?                  "pipe", "other", or "nothing"
 *   read ?                  what was written into the last pipe, in 25 s
 *   probe NAME ?            asks "probed" there with a descriptor; the answer, or
 *                           why there is none
 *   probed ?                how many descriptors came
 *   probe-many N NAME ?     so often, one after the other; how many had one
 *   try-many N NAME ?       tells "probed" there so often; why the last failed
 *   fan TYPE SIZE NAME... ? asks TYPE of all of these, with one sealed payload
 *                           of that size; how many have found it good
 *   came ?                  the same, so far
 *   pour N NAME             tells "drop" there so often, each with a sealed
 *                           payload, when there is room
 *   left ?                  how many of these are to be told
 *   drop                    is one, counted when it is good
 *   drops ?                 how many were
 *   look ?                  is the payload good? "1"
 *   look-second ?           the same, but not at the first attempt
 *   open ?                  how many descriptors this process has
 *   fill ?                  until there is room for no more
 *   empty ?
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <actorproc.h>

#define TEXT_BYTES 512
#define FDS_MAX 4200
#define PERIOD 251
#define DROP_BYTES 5000
#define FAN_TIMEOUT_NS UINT64_C(30000000000)

struct giver {
	int pipe_fd;
	int kept_fd;
	uint64_t token;
	unsigned long left;
	unsigned long fan_left;
	unsigned long came;
	unsigned long pour_left;
	unsigned long drops;
	char name[256];
};

static const char *word(char **text)
{
	char *found = strsep(text, " ");

	return found ? found : "";
}

static int reply(struct actor *self, const char *text)
{
	return actor_reply(self, "text", text, strlen(text));
}

static int reply_number(struct actor *self, long n)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", n);
	return reply(self, text);
}

static int pass(struct actor *self, char *text, int fd)
{
	struct actor_reference *to = actor_reference(self, word(&text));
	const char *type = word(&text);
	const struct actor_outgoing message = {
		.type = type,
		.payload = text,
		.size = text ? strlen(text) : 0,
		.descriptors = &fd,
		.n_descriptors = 1,
	};

	return actor_tell_message(self, to, &message);
}

static int do_send(struct actor *self, const struct actor_message *m,
		   char *text)
{
	struct giver *giver = actor_state(self);
	int ends[2], r;

	(void)m;
	if (giver->pipe_fd)
		close(giver->pipe_fd);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	giver->pipe_fd = ends[0];
	r = pass(self, text, ends[1]);
	close(ends[1]);
	return reply(self, r < 0 ? strerrorname_np(-r) : "0");
}

/* one of its files, first word; open for reading */
static int do_lend(struct actor *self, const struct actor_message *m,
		   char *text)
{
	int fd = open(word(&text), O_RDONLY | O_CLOEXEC), r;

	(void)m;
	if (fd < 0)
		return reply(self, strerrorname_np(errno));
	r = pass(self, text, fd);
	close(fd);
	return reply(self, r < 0 ? strerrorname_np(-r) : "0");
}

static int do_carry(struct actor *self, const struct actor_message *m,
		    char *text)
{
	return pass(self, text, actor_message_descriptor(m, 0));
}

static int do_write(struct actor *self, const struct actor_message *m,
		    char *text)
{
	(void)self;
	return write(actor_message_descriptor(m, 0), text, strlen(text)) < 0
		       ? -errno : 0;
}

static int do_crash_first(struct actor *self, const struct actor_message *m,
			  char *text)
{
	if (actor_message_attempt(m) == 0)
		raise(SIGKILL);
	return do_write(self, m, text);
}

static int do_keep(struct actor *self, const struct actor_message *m,
		   char *text)
{
	struct giver *giver = actor_state(self);

	(void)text;
	giver->kept_fd = actor_message_take_descriptor(m, 0);
	return 0;
}

static int do_kept(struct actor *self, const struct actor_message *m,
		   char *text)
{
	const struct giver *giver = actor_state(self);
	struct stat st;

	(void)m;
	(void)text;
	if (giver->kept_fd <= 0 || fstat(giver->kept_fd, &st) < 0)
		return reply(self, "nothing");
	return reply(self, S_ISFIFO(st.st_mode) ? "pipe" : "other");
}

static int do_read(struct actor *self, const struct actor_message *m,
		   char *text)
{
	struct giver *giver = actor_state(self);
	struct pollfd p = { .fd = giver->pipe_fd, .events = POLLIN };
	ssize_t n = -1;

	(void)m;
	if (poll(&p, 1, 25000) == 1)
		n = read(giver->pipe_fd, text, TEXT_BYTES - 1);
	text[n < 0 ? 0 : n] = '\0';
	return reply(self, n < 0 ? "nothing" : text);
}

static int probe(struct actor *self)
{
	struct giver *giver = actor_state(self);
	const int fd = STDIN_FILENO;
	const struct actor_outgoing message = {
		.type = "probed",
		.descriptors = &fd,
		.n_descriptors = 1,
	};

	giver->left--;
	return actor_ask_message(self, actor_reference(self, giver->name),
				 &message, 0, NULL);
}

static int begin_probes(struct actor *self, unsigned long n, const char *name)
{
	struct giver *giver = actor_state(self);
	int r;

	snprintf(giver->name, sizeof(giver->name), "%.255s", name);
	giver->left = n;
	giver->came = 0;
	r = probe(self);
	if (r < 0)
		return reply(self, strerrorname_np(-r));
	giver->token = actor_defer(self);
	return 0;
}

static int do_probe(struct actor *self, const struct actor_message *m,
		    char *text)
{
	(void)m;
	return begin_probes(self, 1, word(&text));
}

static int do_probe_many(struct actor *self, const struct actor_message *m,
			 char *text)
{
	unsigned long n = strtoul(word(&text), NULL, 10);

	(void)m;
	return begin_probes(self, n, word(&text));
}

static int do_try_many(struct actor *self, const struct actor_message *m,
		       char *text)
{
	unsigned long n = strtoul(word(&text), NULL, 10);
	char to[TEXT_BYTES];
	int r = 0;

	(void)m;
	while (n-- > 0) {
		snprintf(to, sizeof(to), "%s probed", text);
		r = pass(self, to, STDIN_FILENO);
	}
	return reply(self, r < 0 ? strerrorname_np(-r) : "0");
}

static int do_probed(struct actor *self, const struct actor_message *m,
		     char *text)
{
	(void)text;
	return reply_number(self, (long)actor_message_n_descriptors(m));
}

static long n_open(void)
{
	long n = 0;

	for (int fd = 0; fd < FDS_MAX; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static int do_open(struct actor *self, const struct actor_message *m,
		   char *text)
{
	(void)m;
	(void)text;
	return reply_number(self, n_open());
}

static int do_fill(struct actor *self, const struct actor_message *m,
		   char *text)
{
	(void)m;
	(void)text;
	while (fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 1000) >= 0)
		;
	while (fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) >= 0)
		;
	return reply(self, "full");
}

static int do_empty(struct actor *self, const struct actor_message *m,
		    char *text)
{
	(void)m;
	(void)text;
	for (int fd = 1000; fd < FDS_MAX; fd++)
		close(fd);
	return reply(self, "empty");
}

static int sealed_of(size_t n_bytes)
{
	int fd = memfd_create("fan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	unsigned char *bytes;

	if (fd < 0 || ftruncate(fd, (off_t)n_bytes) < 0)
		abort();
	bytes = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		abort();
	for (size_t i = 0; i < n_bytes; i++)
		bytes[i] = (unsigned char)(i % PERIOD);
	munmap(bytes, n_bytes);
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK) < 0)
		abort();
	return fd;
}

static int do_fan(struct actor *self, const struct actor_message *m,
		  char *text)
{
	struct giver *giver = actor_state(self);
	const char *type = word(&text);
	size_t size = strtoul(word(&text), NULL, 10);
	const int fd = sealed_of(size);
	const struct actor_outgoing message = {
		.type = type,
		.sealed = &fd,
		.size = size,
	};
	int r = 0;

	giver->came = 0;
	giver->fan_left = 0;
	for (; r == 0 && text; giver->fan_left++)
		r = actor_ask_message(self, actor_reference(self, word(&text)),
				      &message, FAN_TIMEOUT_NS, NULL);
	close(fd);
	if (r < 0)
		return reply(self, strerrorname_np(-r));
	giver->token = actor_message_kind(m) == ACTOR_ASK ? actor_defer(self)
							  : 0;
	return 0;
}

static int do_came(struct actor *self, const struct actor_message *m,
		   char *text)
{
	const struct giver *giver = actor_state(self);

	(void)m;
	(void)text;
	return reply_number(self, (long)giver->came);
}

static int drop(struct actor *self)
{
	const struct giver *giver = actor_state(self);
	int fd = sealed_of(DROP_BYTES), r;

	r = actor_tell_sealed(self, actor_reference(self, giver->name), "drop",
			      fd, DROP_BYTES);
	close(fd);
	return r;
}

static int pour(struct actor *self)
{
	struct giver *giver = actor_state(self);
	int r = 0;

	while (giver->pour_left && (r = drop(self)) == 0)
		giver->pour_left--;
	return r == -EAGAIN ? 0 : r;
}

static int do_pour(struct actor *self, const struct actor_message *m,
		   char *text)
{
	struct giver *giver = actor_state(self);

	(void)m;
	giver->pour_left = strtoul(word(&text), NULL, 10);
	snprintf(giver->name, sizeof(giver->name), "%.255s", text);
	return pour(self);
}

static int do_left(struct actor *self, const struct actor_message *m,
		   char *text)
{
	const struct giver *giver = actor_state(self);

	(void)m;
	(void)text;
	return reply_number(self, (long)giver->pour_left);
}

static bool is_good(const struct actor_message *m)
{
	const unsigned char *bytes;
	size_t n;

	bytes = actor_message_payload(m, &n);
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != i % PERIOD)
			return false;
	return true;
}

static int do_drop(struct actor *self, const struct actor_message *m,
		   char *text)
{
	struct giver *giver = actor_state(self);

	(void)text;
	giver->drops += is_good(m) && actor_message_sealed(m) >= 0;
	return 0;
}

static int do_drops(struct actor *self, const struct actor_message *m,
		    char *text)
{
	const struct giver *giver = actor_state(self);

	(void)m;
	(void)text;
	return reply_number(self, (long)giver->drops);
}

static int do_look(struct actor *self, const struct actor_message *m,
		   char *text)
{
	(void)text;
	if (!is_good(m))
		return reply(self, "bad");
	return reply(self, actor_message_sealed(m) < 0 ? "copied" : "1");
}

static int do_look_second(struct actor *self, const struct actor_message *m,
			  char *text)
{
	if (actor_message_attempt(m) == 0)
		raise(SIGKILL);
	return do_look(self, m, text);
}

static int fan_answered(struct actor *self)
{
	struct giver *giver = actor_state(self);
	char text[32];
	const struct actor_outgoing answer = {
		.type = "text",
		.payload = text,
		.size = (size_t)snprintf(text, sizeof(text), "%lu",
					 giver->came),
	};

	giver->fan_left--;
	if (giver->fan_left || !giver->token)
		return 0;
	return actor_reply_to(self, giver->token, &answer);
}

static int answered(struct actor *self, const struct actor_message *m,
		    char *text)
{
	struct giver *giver = actor_state(self);
	struct actor_outgoing answer = { .type = "text", .payload = text };
	int error = actor_message_error(m);

	giver->came += error == 0 && strcmp(text, "1") == 0;
	if (giver->fan_left)
		return fan_answered(self);
	if (giver->left && error == 0)
		return probe(self);
	if (error < 0)
		snprintf(text, TEXT_BYTES, "%s", strerrorname_np(-error));
	else
		snprintf(text, TEXT_BYTES, "%lu", giver->came);
	answer.size = strlen(text);
	return actor_reply_to(self, giver->token, &answer);
}

static const struct {
	const char *type;
	int (*run)(struct actor *self, const struct actor_message *m,
		   char *text);
} actions[] = {
	{ "send",		do_send },
	{ "lend",		do_lend },
	{ "carry",		do_carry },
	{ "write",		do_write },
	{ "crash-first",	do_crash_first },
	{ "keep",		do_keep },
	{ "kept",		do_kept },
	{ "read",		do_read },
	{ "probe",		do_probe },
	{ "probed",		do_probed },
	{ "try-many",		do_try_many },
	{ "probe-many",		do_probe_many },
	{ "fan",		do_fan },
	{ "came",		do_came },
	{ "pour",		do_pour },
	{ "left",		do_left },
	{ "drop",		do_drop },
	{ "drops",		do_drops },
	{ "look",		do_look },
	{ "look-second",	do_look_second },
	{ "open",		do_open },
	{ "fill",		do_fill },
	{ "empty",		do_empty },
};

static int receive(struct actor *self, const struct actor_message *m)
{
	char text[TEXT_BYTES];
	const void *bytes;
	size_t n;

	bytes = actor_message_payload(m, &n);
	n = n < TEXT_BYTES ? n : TEXT_BYTES - 1;
	memcpy(text, bytes, n);
	text[n] = '\0';
	if (actor_message_kind(m) == ACTOR_REPLY ||
	    actor_message_kind(m) == ACTOR_ERROR)
		return answered(self, m, text);
	if (actor_message_kind(m) == ACTOR_ROOM)
		return pour(self);
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (actor_message_is(m, actions[i].type))
			return actions[i].run(self, m, text);
	return ACTOR_UNHANDLED;
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct giver),
		.receive = receive,
	};

	return actor_main(&class, argc, argv);
}
