/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandboxed.c - start the probe in a sandbox and see how it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness/harness.h"
#include "tests/kernel/sandboxed.h"

#define NOBODY 65534
#define UID_NUMBER 7

static void copy_probe(const char *to)
{
	const char *build = getenv("ACTORPROC_BUILD");
	char from[4096];
	struct stat st;
	int in, out;

	snprintf(from, sizeof(from), "%s/tests/kernel/probe",
		 build ? build : ".");
	in = open(from, O_RDONLY | O_CLOEXEC);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (in < 0 || out < 0 || fstat(in, &st) < 0 ||
	    sendfile(out, in, NULL, (size_t)st.st_size) != st.st_size ||
	    fchmod(out, 0755) < 0)
		HARNESS_SKIP("the probe is not built: make check builds it");
	close(in);
	close(out);
}

static void become_user(const char *directory)
{
	if (geteuid() != 0)
		return;
	if (chown(directory, NOBODY, NOBODY) < 0 ||
	    setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		HARNESS_SKIP("root cannot become an ordinary user here");
	/* as after an exec */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

void sandboxed_setup(struct sandboxed *s, enum sandboxed_as as)
{
	const char *what;
	char run[96];

	memset(s, 0, sizeof(*s));
	if (as == AS_ROOT && geteuid() != 0)
		HARNESS_SKIP("not root");
	strcpy(s->directory, "/tmp/actorproc-sandboxed-XXXXXX");
	if (!mkdtemp(s->directory) || chmod(s->directory, 0755) < 0)
		HARNESS_SKIP("/tmp is not writable");
	snprintf(s->program, sizeof(s->program), "%s/probe", s->directory);
	snprintf(run, sizeof(run), "%s/run", s->directory);
	setenv("ACTORPROC_RUN_DIR", run, 1);
	copy_probe(s->program);
	if (as == AS_USER)
		become_user(s->directory);
	/* whose uids are not those of another test program that runs meanwhile: the
	 * processes of one are counted */
	CU_ASSERT_EQUAL_FATAL(launch_host_init(&s->host,
					       program_invocation_short_name,
					       &what), 0);
	if (as == AS_ROOT && s->host.user_mode) {
		sandboxed_teardown(s);
		HARNESS_SKIP("root without its capabilities");
	}
	/* nobody here answers: the kernel shall kill */
	s->listener = s->host.seccomp_listener;
	s->host.seccomp_listener = false;
	s->node.name = (char []){ "probe" };
	s->node.path = strdup("/sandboxed/probe");
	s->node.exec_path = s->program;
	s->node.args = s->arguments;
}

void sandboxed_teardown(struct sandboxed *s)
{
	launch_host_deinit(&s->host);
	harness_remove(s->directory);
	free(s->node.path);
}

/* reads the output to its end, so that a child never waits for us */
static void collect_output(int fd, char *output, size_t size_bytes)
{
	size_t n = 0;
	ssize_t did;

	do {
		did = read(fd, output + n, size_bytes - 1 - n);
		if (did > 0)
			n += (size_t)did;
	} while (did > 0 && n < size_bytes - 1);
	output[n] = '\0';
}

static void collect_end(const struct launch_child *child, int output_fd,
			struct sandboxed_end *ret)
{
	siginfo_t info = { .si_pid = 0 };

	memset(ret, 0, sizeof(*ret));
	collect_output(output_fd, ret->output, sizeof(ret->output));
	while (waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED) < 0 &&
	       errno == EINTR)
		;
	CU_ASSERT_EQUAL(info.si_pid, child->pid);
	if (info.si_code == CLD_EXITED)
		ret->status = info.si_status;
	else
		ret->signal = info.si_status;
	ret->error = launch_failure(child->error_fd, &ret->failed);
}

int sandboxed_run_program(struct sandboxed *s,
			  const struct launch_program *program,
			  struct sandboxed_end *ret)
{
	char *const environment[] = { (char []){ "COLOUR=green" }, NULL };
	struct launch launch = {
		.program = program,
		.host = &s->host,
		.node = &s->node,
		.uid = launch_host_uid(&s->host, UID_NUMBER),
		.environment = environment,
		.state_fd = s->state_fd,
	};
	struct launch_child child;
	int control[2], output[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0)
		return -errno;
	if (pipe2(output, O_CLOEXEC) < 0) {
		r = -errno;
		close(control[0]);
		close(control[1]);
		return r;
	}
	launch.control_fd = control[1];
	launch.output_fd = output[1];
	r = launch_start(&launch, &child);
	close(control[1]);
	close(output[1]);
	if (r == 0) {
		/* what the attempt "control" waits for */
		send(control[0], "d", 1, MSG_NOSIGNAL);
		collect_end(&child, output[0], ret);
		close(child.pidfd);
		if (child.error_fd >= 0)
			close(child.error_fd);
	}
	close(control[0]);
	close(output[0]);
	return r;
}

int sandboxed_run(struct sandboxed *s, const char *name, const char *argument,
		  struct sandboxed_end *ret)
{
	struct launch_program *program;
	const char *what = "";
	int r;

	s->arguments[0] = (char *)(uintptr_t)name;
	s->arguments[1] = (char *)(uintptr_t)argument;
	r = launch_program_new(&program, &s->host, &s->node, &what);
	if (r < 0) {
		harness_note("prepare %s %s: %s: %s", name,
			     argument ? argument : "", what, strerror(-r));
		return r;
	}
	r = sandboxed_run_program(s, program, ret);
	launch_program_free(program);
	return r;
}
