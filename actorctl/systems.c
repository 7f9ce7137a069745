/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * systems.c - which systems run here, and which one is meant.
 *
 * A running system listens at BASE/SYSTEM/control. The base is /run/actorproc
 * for root, else below $XDG_RUNTIME_DIR, else a folder in /tmp that must be
 * ours alone. A socket that nobody listens at is what a crash left behind; the
 * root supervisor began to listen, so one whose root is gone is that as well:
 * the kernel is about to end who has it still.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "actorctl/moment.h"
#include "actorctl/systems.h"
#include "actorctl/terminal.h"
#include "actorctl/verb.h"
#include "libactorproc/path.h"

static int find_base(char *ret, size_t size_bytes)
{
	const char *base = getenv("ACTORPROC_RUN_DIR");
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat st;
	int n;

	if (base && *base)
		n = snprintf(ret, size_bytes, "%s", base);
	else if (geteuid() == 0)
		n = snprintf(ret, size_bytes, "/run/actorproc");
	else if (runtime && *runtime == '/')
		n = snprintf(ret, size_bytes, "%s/actorproc", runtime);
	else {
		n = snprintf(ret, size_bytes, "/tmp/actorproc-%u",
			     (unsigned int)geteuid());
		/* anybody may have made it */
		if (lstat(ret, &st) < 0)
			return -errno;
		if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
		    (st.st_mode & 022))
			return -EPERM;
	}

	return n < 0 || (size_t)n >= size_bytes ? -ENAMETOOLONG : 0;
}

/* a root in another pid namespace is believed to live */
static bool has_lost_its_root(int fd)
{
	struct pollfd root = { .events = POLLIN };
	struct ucred listener;
	socklen_t n_bytes = sizeof(listener);
	bool is_gone;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &listener, &n_bytes) < 0 ||
	    listener.pid == 0)
		return false;

	root.fd = (int)syscall(SYS_pidfd_open, listener.pid, 0);
	if (root.fd < 0)
		return errno == ESRCH;
	is_gone = poll(&root, 1, 0) > 0;
	close(root.fd);
	return is_gone;
}

/* more wait to be let in than there is room for; nobody says when there is */
#define AGAIN_MS 20
#define PATIENCE_MS 5000

/* a connect that waits for room waits without end, when nobody lets others in */
static int connect_within(int fd, const struct sockaddr_un *address)
{
	const struct timespec pause = { .tv_nsec = AGAIN_MS * 1000000 };

	for (int ms = 0; ms <= PATIENCE_MS; ms += AGAIN_MS) {
		if (connect(fd, (const struct sockaddr *)address,
			    sizeof(*address)) == 0)
			return 0;
		if (errno != EAGAIN)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

static int connect_at(const char *folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, n;

	n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/control",
		     folder);
	if (n < 0 || (size_t)n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	n = connect_within(fd, &address);
	if (n < 0) {
		close(fd);
		return n;
	}
	if (has_lost_its_root(fd)) {
		close(fd);
		return -ECONNREFUSED;
	}

	return fd;
}

int systems_connect(const char *name)
{
	char base[256], folder[512];
	int r = find_base(base, sizeof(base));

	if (r < 0)
		return r;
	if (!path_name_valid(name))
		return -ENOENT;

	snprintf(folder, sizeof(folder), "%s/%s", base, name);
	return connect_at(folder);
}

int systems_pidfd(const char *name)
{
	char base[256], path[512], text[32] = "";
	int fd, r = find_base(base, sizeof(base));
	ssize_t n;

	if (r < 0)
		return r;
	if (!path_name_valid(name))
		return -ENOENT;
	snprintf(path, sizeof(path), "%s/%s/pid", base, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0 || atoi(text) <= 0)
		return -EBADMSG;
	fd = (int)syscall(SYS_pidfd_open, atoi(text), 0);
	return fd < 0 ? -errno : fd;
}

/* ---- those that do not run ---- */

static int find_state(const char *name, char *ret, size_t size_bytes)
{
	const char *base = getenv("ACTORPROC_STATE_DIR");
	const char *middle = "", *home = getenv("HOME");
	int n;

	if (!base || *base != '/') {
		base = geteuid() == 0 ? "/var/lib" : getenv("XDG_STATE_HOME");
		middle = "/actorproc";
	}
	if (!base || *base != '/') {
		base = home && *home == '/' ? home : "/tmp";
		middle = "/.local/state/actorproc";
	}

	n = snprintf(ret, size_bytes, "%s%s/%s", base, middle, name);
	return n < 0 || (size_t)n >= size_bytes ? -ENAMETOOLONG : 0;
}

/* false: it left none, so it ended in order or was killed */
static bool print_last_word(const char *name)
{
	char folder[4096], path[4200], text[TERMINAL_CLEAN_BYTES] = "";
	char clean[2 * TERMINAL_CLEAN_BYTES], time[MOMENT_BYTES];
	FILE *file = NULL;
	struct stat st;

	if (find_state(name, folder, sizeof(folder)) == 0) {
		snprintf(path, sizeof(path), "%s/last-word", folder);
		file = fopen(path, "re");
	}
	if (!file)
		return false;

	if (fstat(fileno(file), &st) == 0 && fgets(text, sizeof(text), file)) {
		text[strcspn(text, "\n")] = '\0';
		moment_format(time, (uint64_t)st.st_mtim.tv_sec * 1000000 +
				    (uint64_t)st.st_mtim.tv_nsec / 1000);
		fprintf(stderr, "actorctl: last word of '%s', %s: %s\n", name,
			time, terminal_clean(clean, sizeof(clean), text));
	}
	fclose(file);
	return true;
}

/* nothing is said of what never ran here */
static void print_end(const char *name, bool was_killed)
{
	char folder[4096];

	if (!path_name_valid(name) ||
	    find_state(name, folder, sizeof(folder)) < 0 ||
	    access(folder, F_OK) < 0)
		return;

	if (!print_last_word(name) && was_killed)
		fprintf(stderr, "actorctl: '%s' did not end in order: its root "
			"supervisor was killed\n", name);
	fprintf(stderr, "actorctl: what happened: journalctl ACTOR_SYSTEM=%s; "
		"without a journal see %s/dead-letters.jsonl\n", name, folder);
}

static void print_last_words(void)
{
	char base[4096];
	struct dirent *entry;
	DIR *dir;

	if (find_state("", base, sizeof(base)) < 0)
		return;
	dir = opendir(base);
	if (!dir)
		return;

	while ((entry = readdir(dir)))
		if (path_name_valid(entry->d_name))
			print_last_word(entry->d_name);
	closedir(dir);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

int systems_find(struct systems *ret)
{
	struct systems found = { .n = 0 };
	char base[256];
	struct dirent *entry;
	DIR *dir;
	int r = find_base(base, sizeof(base));

	if (r < 0)
		return r;
	dir = opendir(base);
	if (!dir)
		return -errno;

	while (found.n < SYSTEMS_MAX && (entry = readdir(dir))) {
		size_t n_bytes = strlen(entry->d_name) + 1;
		int fd;

		if (n_bytes > SYSTEMS_NAME_BYTES ||
		    !path_name_valid(entry->d_name))
			continue;
		fd = systems_connect(entry->d_name);
		if (fd < 0 && fd != -ETIMEDOUT)
			continue;
		if (fd >= 0)
			close(fd);
		memcpy(found.names[found.n++], entry->d_name, n_bytes);
	}

	closedir(dir);
	qsort(found.names, found.n, SYSTEMS_NAME_BYTES, compare_names);
	*ret = found;
	return 0;
}

static void print_running(void)
{
	struct systems systems;

	if (systems_find(&systems) < 0 || systems.n == 0) {
		fprintf(stderr, "actorctl: no system is running; "
			"start one with: actorctl run FILE\n");
		return;
	}

	fprintf(stderr, "actorctl: running:");
	for (size_t i = 0; i < systems.n; i++)
		fprintf(stderr, " %s", systems.names[i]);
	fprintf(stderr, "\n");
}

static int connect_named(const char *name, int *ret_fd)
{
	char clean[TERMINAL_CLEAN_BYTES];
	int fd = systems_connect(name);

	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}

	terminal_clean(clean, sizeof(clean), name);
	if (fd == -ENOENT || fd == -ECONNREFUSED) {
		fprintf(stderr, "actorctl: no system '%s' is running\n", clean);
		print_end(name, fd == -ECONNREFUSED);
		print_running();
		return EXIT_NO_SYSTEM;
	}

	if (fd == -ETIMEDOUT) {
		fprintf(stderr, "actorctl: system '%s' lets nobody in: as many as there is room for wait for /system/control; try again, or see what it does in the journal\n",
			clean);
		return EXIT_TIMED_OUT;
	}
	fprintf(stderr, "actorctl: cannot reach system '%s': %s%s\n", clean,
		strerror(-fd), fd == -EACCES || fd == -EPERM
		? "; it belongs to another user" : "");
	return EXIT_NO_SYSTEM;
}

static int connect_only(int *ret_fd)
{
	struct systems systems;
	int r = systems_find(&systems);

	if (r < 0 || systems.n == 0) {
		print_last_words();
		print_running();
		return EXIT_NO_SYSTEM;
	}
	if (systems.n == 1)
		return connect_named(systems.names[0], ret_fd);

	fprintf(stderr, "actorctl: several systems run; "
		"say which one with: -s SYSTEM\n");
	print_running();
	return EXIT_USAGE;
}

int systems_choose(const struct request *request, const char *path,
		   int *ret_fd)
{
	const char *name = request->option[VERB_OPTION_SYSTEM];
	char first[SYSTEMS_NAME_BYTES];
	size_t n;

	if (name)
		return connect_named(name, ret_fd);
	if (!path || !*path)
		return connect_only(ret_fd);

	n = strcspn(path + 1, "/");
	if (path[0] != '/' || n >= sizeof(first)) {
		fprintf(stderr, "actorctl: a path looks like /SYSTEM/ACTOR; "
			"for those there are: actorctl tree\n");
		return EXIT_USAGE;
	}
	snprintf(first, sizeof(first), "%.*s", (int)n, path + 1);
	if (!*first || !strcmp(first, "system"))
		return connect_only(ret_fd);

	return connect_named(first, ret_fd);
}
