/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_network.c - connections that are made for actors which have no socket call.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/story.h"

#define CALLER "exec: \"@ACTORS@/test-caller\", start_timeout: 10min"
#define CALLER_LINES                                                           \
	"exec: \"@ACTORS@/test-caller\"\n    start_timeout: 10min\n"
#define BROKER "/system/network"
#define TEXT_BYTES 8192

/* ---- the outside: plain sockets ----------------------------------------- */

static struct sockaddr_in loopback(unsigned int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
		.sin_port = htons((uint16_t)port),
	};
}

static unsigned int port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t n = sizeof(address);

	CU_ASSERT_FATAL(getsockname(fd, (struct sockaddr *)&address, &n) == 0);
	return ntohs(address.sin_port);
}

/* a server of our own; or with @backlog 0 just a port that nobody has */
static int serve(int backlog, unsigned int *ret_port)
{
	struct sockaddr_in address = loopback(0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_FATAL(bind(fd, (struct sockaddr *)&address,
			     sizeof(address)) == 0);
	*ret_port = port_of(fd);
	if (!backlog) {
		close(fd);
		return -1;
	}
	CU_ASSERT_FATAL(listen(fd, backlog) == 0);
	return fd;
}

static unsigned int free_port(void)
{
	unsigned int port;

	serve(0, &port);
	return port;
}

/* -1: refused */
static int call(unsigned int port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_FATAL(fd >= 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool echoes(int fd, const char *text)
{
	char bytes[64] = "";
	size_t n = strlen(text);

	return send(fd, text, n, MSG_NOSIGNAL) == (ssize_t)n &&
	       recv(fd, bytes, sizeof(bytes) - 1, 0) == (ssize_t)n &&
	       !strcmp(bytes, text);
}

static bool is_served(unsigned int port)
{
	int fd = call(port);
	bool served = fd >= 0 && echoes(fd, "hello");

	if (fd >= 0)
		close(fd);
	return served;
}

static bool answers(struct tree *tree, void *data)
{
	(void)tree;
	return is_served(*(unsigned int *)data);
}

static bool refuses(struct tree *tree, void *data)
{
	int fd = call(*(unsigned int *)data);

	(void)tree;
	if (fd >= 0)
		close(fd);
	return fd < 0;
}

/* ---- trees -------------------------------------------------------------- */

/* @PORT1@ and @PORT2@ in it, besides what tree_start() knows */
static char *with_ports(const char *text, unsigned int one, unsigned int two)
{
	char *whole = calloc(1, TEXT_BYTES), *at = whole;

	CU_ASSERT_FATAL(whole != NULL);
	for (; *text; text++) {
		bool first = !strncmp(text, "@PORT1@", 7);

		if (!first && strncmp(text, "@PORT2@", 7)) {
			*at++ = *text;
			continue;
		}
		at += sprintf(at, "%u", first ? one : two);
		text += 6;
	}
	return whole;
}

static void start(struct tree *tree, const char *text, unsigned int one,
		  unsigned int two)
{
	char *whole = with_ports(text, one, two);

	tree_start(tree, whole);
	free(whole);
}

static void expect(struct tree *tree, const char *path, const char *type,
		   unsigned int port, const char *answer)
{
	char address[32];

	snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	story_expect(tree, path, type, address, answer);
}

static bool says(struct tree *tree, const char *path, const char *type,
		 const char *text, const char *part)
{
	char *said = NULL;
	bool found;

	story_ask(tree, path, type, text, &said);
	found = said && strstr(said, part);
	if (!found)
		fprintf(stderr, "said: %s\n", said ? said : "(nothing)");
	free(said);
	return found;
}

static const char talkers[] =
	"system: \"@SYSTEM@\"\nintensity: 50 in 1min\nchildren:\n"
	"  - { name: out, " CALLER ", redeliver: 1,\n"
	"      sandbox: { network: { connect: [\"127.0.0.1:@PORT1@\",\n"
	"        \"no.such.name.invalid:80\"] } } }\n"
	"  - { name: in, " CALLER ", args: [\"127.0.0.1:@PORT2@\"],\n"
	"      sandbox: { network: { listen: [\"127.0.0.1:@PORT2@\"],\n"
	"        connect: [\"127.0.0.1:@PORT2@\"] } } }\n"
	"  - { name: none, " CALLER " }\n";

static void start_talkers(struct tree *tree, unsigned int *server,
			  unsigned int *port, int *ret_fd)
{
	*ret_fd = serve(16, server);
	*port = free_port();
	start(tree, talkers, *server, *port);
}

/* ---- tests -------------------------------------------------------------- */

static void test_nobody_makes_connections_until_one_is_asked_for(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, " CALLER " }\n");
	CU_ASSERT(story_is(&tree, BROKER, "state", "idle"));
	story_expect(&tree, "a", "connect", "127.0.0.1:80", "EPERM");
	CU_ASSERT(story_is(&tree, BROKER, "state", "idle"));
	tree_stop(&tree);
}

static void test_what_is_granted_is_connected(void)
{
	unsigned int server, port;
	struct tree tree;
	int fd, peer;

	start_talkers(&tree, &server, &port, &fd);
	expect(&tree, "out", "connect", server, "connected");
	peer = accept(fd, NULL, NULL);
	CU_ASSERT(peer >= 0);
	CU_ASSERT(send(peer, "good day", 8, 0) == 8);
	story_expect(&tree, "out", "say", "x", "good day");
	/* nobody else holds it: its end is the end */
	story_expect(&tree, "out", "hang-up", "", "closed");
	CU_ASSERT(recv(peer, (char[8]){ 0 }, 1, 0) == 1);
	CU_ASSERT(recv(peer, (char[8]){ 0 }, 1, 0) == 0);
	close(peer);
	close(fd);
	tree_stop(&tree);
}

static void test_what_is_not_granted_is_refused_by_its_key(void)
{
	unsigned int server, port;
	struct tree tree;
	char address[32], part[128];
	int fd;

	start_talkers(&tree, &server, &port, &fd);
	snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	snprintf(part, sizeof(part),
		 "sandbox: { network: { connect: [\"%s\"] } }", address);
	CU_ASSERT(says(&tree, "out", "connect", address, "EPERM: /"));
	CU_ASSERT(says(&tree, "out", "connect", address, part));
	CU_ASSERT(says(&tree, "out", "listen", address, "network: { listen"));
	CU_ASSERT(says(&tree, "out", "connect", "127.0.0.1", "EPERM"));
	story_expect(&tree, "none", "connect", address, "EPERM");
	story_expect(&tree, "none", "listen", address, "EPERM");
	close(fd);
	tree_stop(&tree);
}

static void test_failures_are_those_of_the_network(void)
{
	unsigned int server, port;
	struct tree tree;
	char address[32];
	int fd;

	start_talkers(&tree, &server, &port, &fd);
	close(fd);
	snprintf(address, sizeof(address), "127.0.0.1:%u", server);
	CU_ASSERT(says(&tree, "out", "connect", address,
		       "ECONNREFUSED: 127.0.0.1"));
	CU_ASSERT(says(&tree, "out", "connect", "no.such.name.invalid:80",
		       ": no.such.name.invalid:80: "));
	tree_stop(&tree);
}

/* who calls before the next one is there is served by it */
static void kill_and_call(struct tree *tree, unsigned int port,
			  unsigned int generation)
{
	int fd;

	story_signal(tree, "in", SIGKILL);
	fd = call(port);
	CU_ASSERT(fd >= 0);
	CU_ASSERT(story_await_generation(tree, "in", generation));
	CU_ASSERT(echoes(fd, "after"));
	close(fd);
}

static void test_who_listens_serves_and_crashes_and_nobody_is_refused(void)
{
	unsigned int server, port;
	struct tree tree;
	int fd;

	start_talkers(&tree, &server, &port, &fd);
	CU_ASSERT(tree_wait_until(&tree, answers, &port));
	for (unsigned int i = 1; i <= 5; i++)
		kill_and_call(&tree, port, i);
	close(fd);
	tree_stop(&tree);
}

static void test_who_makes_connections_may_crash(void)
{
	unsigned int server, port;
	struct tree tree;
	int fd;

	start_talkers(&tree, &server, &port, &fd);
	CU_ASSERT(tree_wait_until(&tree, answers, &port));
	story_signal(&tree, BROKER, SIGKILL);
	CU_ASSERT(story_await_generation(&tree, BROKER, 1));
	CU_ASSERT(is_served(port));
	/* both, so that nobody but the supervisors has it for a moment */
	story_signal(&tree, BROKER, SIGKILL);
	kill_and_call(&tree, port, 1);
	expect(&tree, "out", "connect", server, "connected");
	close(fd);
	tree_stop(&tree);
}

static void test_supervisors_may_crash_as_well(void)
{
	unsigned int server, port;
	struct tree tree;
	int fd;

	start_talkers(&tree, &server, &port, &fd);
	CU_ASSERT(tree_wait_until(&tree, answers, &port));
	story_signal(&tree, "/system", SIGKILL);
	CU_ASSERT(tree_wait_until(&tree, answers, &port));
	CU_ASSERT(story_await_generation(&tree, "/system", 1));
	story_signal(&tree, "", SIGKILL);
	CU_ASSERT(tree_wait_until(&tree, answers, &port));
	CU_ASSERT(story_await_generation(&tree, "", 1));
	expect(&tree, "out", "connect", server, "connected");
	close(fd);
	tree_stop(&tree);
}

static void test_nobody_listens_when_the_life_is_over(void)
{
	unsigned int server, port;
	struct tree tree;
	int fd;

	start_talkers(&tree, &server, &port, &fd);
	CU_ASSERT(tree_wait_until(&tree, answers, &port));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "in"), 0);
	CU_ASSERT(tree_wait_until(&tree, refuses, &port));
	CU_ASSERT_EQUAL(story_act(&tree, "start", "in"), 0);
	CU_ASSERT(tree_wait_until(&tree, answers, &port));
	close(fd);
	tree_stop(&tree);
}

static void test_its_filter_has_no_socket_call(void)
{
	unsigned int server, port;
	struct tree tree;
	char *profile;
	int fd;

	start_talkers(&tree, &server, &port, &fd);
	profile = story_text(&tree, "out", "profile");
	CU_ASSERT_STRING_EQUAL(profile, "base streams");
	free(profile);
	expect(&tree, "out", "connect", server, "connected");
	story_tell(&tree, "out", "socket", "");
	CU_ASSERT(story_await(&tree, "out", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "out", "cause", "seccomp:socket"));
	story_tell(&tree, "in", "shutdown", "");
	CU_ASSERT(story_await(&tree, "in", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "in", "cause", "seccomp:shutdown"));
	close(fd);
	tree_stop(&tree);
}

static void reload(struct tree *tree, const char *text, unsigned int one,
		   unsigned int two)
{
	char *ports = with_ports(text, one, two);
	char *whole = tree_expand(tree, ports);
	FILE *file = fopen(tree->config, "w");

	CU_ASSERT_FATAL(file != NULL);
	fputs(whole, file);
	fclose(file);
	CU_ASSERT_EQUAL(tree_actorctl(tree, NULL, "reload", NULL), 0);
	free(whole);
	free(ports);
}

/* its sandbox had the ports of the file before; the actors keep their lives */
static void test_a_reload_grants_other_ports_and_takes_these(void)
{
	static const char before[] =
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: a, " CALLER ",\n"
		"      sandbox: { network: { listen: [\"127.0.0.1:@PORT1@\"] } } }\n"
		"  - { name: b, " CALLER " }\n";
	static const char after[] =
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: a, " CALLER ",\n"
		"      sandbox: { network: { listen: [\"127.0.0.1:@PORT2@\"] } } }\n"
		"  - { name: b, " CALLER ",\n"
		"      sandbox: { network: { connect: [\"127.0.0.1:@PORT2@\"] } } }\n";
	unsigned int one = free_port(), two = free_port();
	struct tree tree;

	start(&tree, before, one, two);
	expect(&tree, "a", "listen", one, "listening");
	CU_ASSERT(is_served(one));
	reload(&tree, after, one, two);
	CU_ASSERT(tree_wait_until(&tree, refuses, &one));
	expect(&tree, "a", "listen", two, "listening");
	CU_ASSERT(is_served(two));
	expect(&tree, "b", "connect", two, "connected");
	CU_ASSERT(story_is(&tree, "a", "generation", "1"));
	tree_stop(&tree);
}

/* by what its supervisor has spawned it from */
static void test_spawned_children_have_their_templates_grants(void)
{
	struct tree tree;
	unsigned int server, port;
	int fd;
	static const char text[] =
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - name: head\n    " CALLER_LINES
		"    templates:\n"
		"      - { name: t, may_exceed: [network], " CALLER ",\n"
		"          sandbox: { network: { connect:\n"
		"            [\"127.0.0.1:@PORT1@\"] } } }\n";

	fd = serve(16, &server);
	port = free_port();
	start(&tree, text, server, port);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "spawn", "/@SYSTEM@/head",
				      "t", "x", NULL), 0);
	expect(&tree, "head/x", "connect", server, "connected");
	close(fd);
	tree_stop(&tree);
}

/* each of them is one who asked; the socket is the same */
static void test_a_class_shares_what_it_listens_at(void)
{
	static const char text[] =
		"system: \"@SYSTEM@\"\nintensity: 50 in 1min\nchildren:\n"
		"  - { name: w, instances: 3, " CALLER ",\n"
		"      args: [\"127.0.0.1:@PORT1@\"],\n"
		"      sandbox: { network: { listen:\n"
		"        [\"127.0.0.1:@PORT1@\"] } } }\n";
	unsigned int port = free_port();
	struct tree tree;

	start(&tree, text, port, port);
	CU_ASSERT(tree_wait_until(&tree, answers, &port));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "w-1"), 0);
	CU_ASSERT(is_served(port));
	story_signal(&tree, "w-2", SIGKILL);
	CU_ASSERT(is_served(port));
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "w-2"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "w-3"), 0);
	CU_ASSERT(tree_wait_until(&tree, refuses, &port));
	tree_stop(&tree);
}

static void test_the_example_serves(void)
{
	static const char text[] =
		"system: \"@SYSTEM@\"\nintensity: 50 in 1min\nchildren:\n"
		"  - { name: server, exec: example-echo,\n"
		"      args: [\"127.0.0.1:@PORT1@\"],\n"
		"      sandbox: { network: { listen:\n"
		"        [\"127.0.0.1:@PORT1@\"] } } }\n";
	unsigned int port = free_port();
	struct tree tree;

	start(&tree, text, port, port);
	CU_ASSERT(tree_wait_until(&tree, answers, &port));
	story_signal(&tree, "server", SIGKILL);
	CU_ASSERT(is_served(port));
	tree_stop(&tree);
}

/* it was reset by its peer, who may well be the attacker's friend */
static void test_a_connection_leads_nowhere_else(void)
{
	static const struct linger now = { .l_onoff = 1 };
	unsigned int server, port, other;
	int fd, other_fd, peer;
	struct tree tree;
	char text[32];

	start_talkers(&tree, &server, &port, &fd);
	other_fd = serve(16, &other);
	expect(&tree, "out", "connect", server, "connected");
	peer = accept(fd, NULL, NULL);
	CU_ASSERT(setsockopt(peer, SOL_SOCKET, SO_LINGER, &now,
			     sizeof(now)) == 0);
	close(peer);
	snprintf(text, sizeof(text), "%u", other);
	story_expect(&tree, "out", "elsewhere", text, "no");
	CU_ASSERT_EQUAL(poll(&(struct pollfd){ other_fd, POLLIN, 0 }, 1, 0),
			0);
	close(other_fd);
	close(fd);
	tree_stop(&tree);
}

/* ---- what does not answer, and who is asked for too much ------------------ */

/* who connects there hears nothing: its queue is full. Return: what to close */
static int serve_nobody(int queue[2], unsigned int *ret_port)
{
	struct sockaddr_in address;
	int fd = serve(1, ret_port);

	CU_ASSERT_FATAL(listen(fd, 0) == 0);
	address = loopback(*ret_port);
	for (int i = 0; i < 2; i++) {
		queue[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK |
				  SOCK_CLOEXEC, 0);
		connect(queue[i], (struct sockaddr *)&address,
			sizeof(address));
	}
	return fd;
}

static void close_nobody(int fd, const int queue[2])
{
	close(queue[0]);
	close(queue[1]);
	close(fd);
}

/* those that wait for an answer from there: state 2 of proc(5)'s net/tcp */
static int n_dialling(unsigned int port)
{
	FILE *file = fopen("/proc/net/tcp", "re");
	unsigned int to, state;
	char line[512];
	int n = 0;

	CU_ASSERT_FATAL(file != NULL);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " %*d: %*x:%*x %*x:%x %x", &to, &state) == 2)
			n += to == port && state == 2;
	fclose(file);
	return n;
}

/* but for one of our own, in the queue */
static bool nobody_dials(struct tree *tree, void *port)
{
	(void)tree;
	return n_dialling(*(unsigned int *)port) <= 1;
}

/* to be waited for; kills @pid when somebody is on the way there */
static pid_t kill_in_the_middle(pid_t pid, unsigned int port)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	alarm(60);
	while (n_dialling(port) < 2)	/* one is our own, in the queue */
		usleep(2000);
	_exit(kill(pid, SIGKILL) < 0);
}

static void test_an_asker_is_told_when_who_connects_dies(void)
{
	unsigned int server, port;
	struct tree tree;
	int fd, queue[2], status;
	char address[32];
	pid_t killer;

	fd = serve_nobody(queue, &server);
	port = free_port();
	start(&tree, talkers, server, port);
	CU_ASSERT(tree_wait_until(&tree, answers, &port));
	snprintf(address, sizeof(address), "127.0.0.1:%u", server);
	killer = kill_in_the_middle(story_pid(&tree, BROKER), server);
	CU_ASSERT(says(&tree, "out", "connect", address, "EINTR"));
	CU_ASSERT(waitpid(killer, &status, 0) == killer && status == 0);
	CU_ASSERT(is_served(port));
	close_nobody(fd, queue);
	tree_stop(&tree);
}

static void test_what_does_not_answer_is_given_up(void)
{
	struct tree_result result;
	unsigned int server;
	struct tree tree;
	int fd, queue[2];
	char address[32];

	fd = serve_nobody(queue, &server);
	start(&tree, talkers, server, free_port());
	snprintf(address, sizeof(address), "127.0.0.1:%u", server);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "ask", "--timeout",
				      "30s", "/@SYSTEM@/out", "connect",
				      address, NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "ETIMEDOUT"));
	tree_result_clear(&result);
	/* nobody goes on for who has given up */
	CU_ASSERT(tree_wait_until(&tree, nobody_dials, &server));
	close_nobody(fd, queue);
	tree_stop(&tree);
}

static void test_who_asks_for_too_much_keeps_nobody_from_it(void)
{
	unsigned int server, port;
	struct tree tree;
	int fd, queue[2];
	char address[32];

	fd = serve_nobody(queue, &server);
	port = free_port();
	start(&tree, talkers, server, port);
	CU_ASSERT(tree_wait_until(&tree, answers, &port));
	snprintf(address, sizeof(address), "127.0.0.1:%u", server);
	for (int i = 0; i < 32; i++)
		story_tell(&tree, "out", "connect", address);
	CU_ASSERT(says(&tree, "out", "connect", address,
		       "EAGAIN: it has 32 connections being made"));
	expect(&tree, "in", "connect", port, "connected");
	CU_ASSERT(story_is(&tree, BROKER, "generation", "0"));
	close_nobody(fd, queue);
	tree_stop(&tree);
}

/* ---- names, the newer addresses, other users ------------------------------ */

static bool has_two_addresses(const char *name)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	bool two;

	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return false;
	two = found->ai_family == AF_INET6 && found->ai_next;
	freeaddrinfo(found);
	return two;
}

static void test_the_next_address_of_a_name_is_tried(void)
{
	unsigned int server;
	struct tree tree;
	char address[32];
	int fd;

	if (!has_two_addresses("localhost"))
		HARNESS_SKIP("localhost has one address");
	fd = serve(4, &server);
	start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		     "  - { name: a, " CALLER ", sandbox: { network:\n"
		     "      { connect: [\"localhost:@PORT1@\"] } } }\n",
	      server, 0);
	/* nobody listens at ::1 */
	snprintf(address, sizeof(address), "localhost:%u", server);
	story_expect(&tree, "a", "connect", address, "connected");
	close(fd);
	tree_stop(&tree);
}

static bool has_ipv6(void)
{
	struct sockaddr_in6 address = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 && bind(fd, (struct sockaddr *)&address,
				   sizeof(address)) == 0;

	close(fd);
	return has;
}

static void test_the_newer_addresses_do_as_well(void)
{
	struct tree tree;
	unsigned int port = free_port();
	char address[32];

	if (!has_ipv6())
		HARNESS_SKIP("no ::1 here");
	start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		     "  - { name: a, " CALLER ", args: [\"[::1]:@PORT1@\"],\n"
		     "      sandbox: { network: { listen: [\"[::1]:@PORT1@\"] } } }\n"
		     "  - { name: b, " CALLER ", sandbox: { network:\n"
		     "      { connect: [\"[::1]:@PORT1@\"] } } }\n", port, 0);
	snprintf(address, sizeof(address), "[::1]:%u", port);
	story_expect(&tree, "a", "listen", address, "listening");
	story_expect(&tree, "b", "connect", address, "connected");
	story_expect(&tree, "b", "say", "six", "six");
	tree_stop(&tree);
}

static void test_an_ordinary_user_s_actors_are_connected_too(void)
{
	unsigned int server, port;
	struct tree tree;
	int fd;

	story_become_ordinary();
	start_talkers(&tree, &server, &port, &fd);
	CU_ASSERT(tree_wait_until(&tree, answers, &port));
	expect(&tree, "out", "connect", server, "connected");
	kill_and_call(&tree, port, 1);
	close(fd);
	tree_stop(&tree);
}

static bool ports_are_for_all(void)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start",
			   "re");
	int first = 1024;

	if (!file)
		return false;
	if (fscanf(file, "%d", &first) != 1)
		first = 1024;
	fclose(file);
	return first <= 81;
}

static void test_a_low_port_is_refused_with_the_way_to_get_it(void)
{
	struct tree tree;

	if (ports_are_for_all())
		HARNESS_SKIP("all ports are for everybody here");
	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, " CALLER ", sandbox: { network:\n"
			  "      { listen: [\"127.0.0.1:81\"] } } }\n");
	CU_ASSERT(says(&tree, "a", "listen", "127.0.0.1:81", "EACCES"));
	CU_ASSERT(says(&tree, "a", "listen", "127.0.0.1:81",
		       "sysctl net.ipv4.ip_unprivileged_port_start=81"));
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(
		test_nobody_makes_connections_until_one_is_asked_for),
	HARNESS_TEST(test_what_is_granted_is_connected),
	HARNESS_TEST(test_what_is_not_granted_is_refused_by_its_key),
	HARNESS_TEST(test_failures_are_those_of_the_network),
	HARNESS_TEST(
		test_who_listens_serves_and_crashes_and_nobody_is_refused),
	HARNESS_TEST(test_who_makes_connections_may_crash),
	HARNESS_TEST(test_supervisors_may_crash_as_well),
	HARNESS_TEST(test_nobody_listens_when_the_life_is_over),
	HARNESS_TEST(test_its_filter_has_no_socket_call),
	HARNESS_TEST(test_a_connection_leads_nowhere_else),
	HARNESS_TEST(test_a_reload_grants_other_ports_and_takes_these),
	HARNESS_TEST(test_a_class_shares_what_it_listens_at),
	HARNESS_TEST(test_the_example_serves),
	HARNESS_TEST(test_spawned_children_have_their_templates_grants),
	HARNESS_TEST(test_an_asker_is_told_when_who_connects_dies),
	HARNESS_TEST(test_what_does_not_answer_is_given_up),
	HARNESS_TEST(test_who_asks_for_too_much_keeps_nobody_from_it),
	HARNESS_TEST(test_the_next_address_of_a_name_is_tried),
	HARNESS_TEST(test_the_newer_addresses_do_as_well),
	HARNESS_TEST(test_an_ordinary_user_s_actors_are_connected_too),
	HARNESS_TEST(test_a_low_port_is_refused_with_the_way_to_get_it),
};
HARNESS_MAIN(tests)
