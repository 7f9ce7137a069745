/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_evidence.c - texts of /proc in, what they say out.
 *
 * Names in them were chosen by whoever made a process or a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/evidence.h"
#include "tests/harness/harness.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))
#define UNREAD EXPOSURE_UNREAD

static const struct evidence_plan plain = {
	.exec = "/opt/greeter", .read = "", .write = "",
};

static int64_t value_of(const struct exposure *e, enum exposure_check check)
{
	return e->values[check].value;
}

static struct exposure nothing(void)
{
	struct exposure e;

	exposure_init(&e, EXPOSURE_OF_ACTOR);
	return e;
}

/* ---- status ------------------------------------------------------------- */

#define STATUS(uids, groups, caps, bound, nnp, seccomp, mask)		\
	"Name:\tgreeter\nUmask:\t" mask "\nPPid:\t12\n"			\
	"Uid:\t" uids "\nGid:\t" uids "\nGroups:\t" groups "\n"		\
	"CapInh:\t" caps "\nCapPrm:\t" caps "\nCapEff:\t" caps "\n"	\
	"CapBnd:\t" bound "\nCapAmb:\t" caps "\nNoNewPrivs:\t" nnp "\n"	\
	"Seccomp:\t" seccomp "\nSeccomp_filters:\t1\n"

#define ZERO "0000000000000000"
#define GOOD STATUS("7\t7\t7\t7", " ", ZERO, ZERO, "1", "2", "0077")

static const struct {
	const char *name;
	const char *status;
	int64_t uid_root, groups, capabilities, bounding, privileges, filter;
	int64_t umask;
} statuses[] = {
	{ "all is well", GOOD, 0, 0, 0, 0, 0, 0, 0 },
	{ "root", STATUS("0\t0\t0\t0", " ", "000001ffffffffff",
			 "000001ffffffffff", "0", "0", "0022"),
	  1, 0, 41, 41, 1, 1, 1 },
	{ "one of four ids is root's",
	  STATUS("7\t7\t0\t7", " ", ZERO, ZERO, "1", "2", "0077"),
	  1, 0, 0, 0, 0, 0, 0 },
	{ "groups", STATUS("7\t7\t7\t7", "4 27 1000 ", ZERO, ZERO, "1", "2",
			   "0077"), 0, 3, 0, 0, 0, 0, 0 },
	{ "one capability is left in the bounding set",
	  STATUS("7\t7\t7\t7", " ", ZERO, "0000000000000020", "1", "2",
		 "0077"), 0, 0, 0, 1, 0, 0, 0 },
	{ "the strict mode is a filter, too",
	  STATUS("7\t7\t7\t7", " ", ZERO, ZERO, "1", "1", "0077"),
	  0, 0, 0, 0, 0, 0, 0 },
	{ "nobody can read it", NULL, UNREAD, UNREAD, UNREAD, UNREAD, UNREAD,
	  UNREAD, UNREAD },
	{ "it is empty", "", UNREAD, UNREAD, UNREAD, UNREAD, UNREAD, UNREAD,
	  UNREAD },
	{ "it ends in a word", "Name:\tx\nUid:\t7\t7\t7", UNREAD, UNREAD,
	  UNREAD, UNREAD, UNREAD, UNREAD, UNREAD },
	{ "its name looks like a line",
	  "Name:\tUid:\\t0\\nSeccomp:\t2\n", UNREAD, UNREAD, UNREAD, UNREAD,
	  UNREAD, UNREAD, UNREAD },
	{ "numbers are none",
	  STATUS("a\tb\tc\td", " ", "zz", "-1", "yes", "two", "9"),
	  UNREAD, 0, UNREAD, UNREAD, UNREAD, UNREAD, UNREAD },
	{ "numbers are too large",
	  STATUS("7\t7\t7\t7", " ", "10000000000000000",
		 "99999999999999999999", "99999999999999999999",
		 "99999999999999999999", "7777777777777777777777777"),
	  0, 0, UNREAD, UNREAD, UNREAD, UNREAD, UNREAD },
};

static void test_a_status_says_who_it_is(void)
{
	for (size_t i = 0; i < N(statuses); i++) {
		struct exposure e = nothing();

		harness_note("%s", statuses[i].name);
		evidence_status(&e, statuses[i].status);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_UID_ROOT),
				statuses[i].uid_root);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_GROUPS),
				statuses[i].groups);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_CAPABILITIES),
				statuses[i].capabilities);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_BOUNDING),
				statuses[i].bounding);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_PRIVILEGES),
				statuses[i].privileges);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_FILTER),
				statuses[i].filter);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_UMASK),
				statuses[i].umask);
	}
}

static void test_an_identity_is_whole_or_none(void)
{
	struct evidence_identity identity = { 1, 2 };

	CU_ASSERT_TRUE(evidence_identity(GOOD, &identity));
	CU_ASSERT_EQUAL(identity.uid, 7);
	CU_ASSERT_EQUAL(identity.parent, 12);
	CU_ASSERT_FALSE(evidence_identity(NULL, &identity));
	CU_ASSERT_FALSE(evidence_identity("", &identity));
	CU_ASSERT_FALSE(evidence_identity("Uid:\t7\t7\t7\t7\n", &identity));
	CU_ASSERT_FALSE(evidence_identity("Uid:\t4294967296\nPPid:\t1\n",
					  &identity));
	CU_ASSERT_EQUAL(identity.uid, 7);
}

static void test_a_terminal_is_seen_behind_any_name(void)
{
	static const struct {
		const char *stat;
		int64_t terminal;
	} rows[] = {
		{ "7 (greeter) S 1 7 7 0 -1 0", 0 },
		{ "7 (greeter) S 1 7 7 34816 -1 0", 1 },
		{ "7 (a) S 1 7 7 0 (b) S 1 7 7 34816 -1 0", 1 },
		{ "7 ()\n) R) S 1 7 7 0 -1 0", 0 },
		{ "7 (greeter", UNREAD },
		{ "7 (greeter) S 1 7", UNREAD },
		{ "", UNREAD },
		{ NULL, UNREAD },
	};

	for (size_t i = 0; i < N(rows); i++) {
		struct exposure e = nothing();

		evidence_stat(&e, rows[i].stat);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_TERMINAL),
				rows[i].terminal);
	}
}

/* ---- limits ------------------------------------------------------------- */

static void test_the_hard_limit_is_what_holds(void)
{
	struct exposure e = nothing();

	evidence_limits(&e,
		"Limit                     Soft Limit           Hard Limit           Units     \n"
		"Max core file size        0                    unlimited            bytes     \n"
		"Max processes             1                    64                   processes \n"
		"Max open files            4096                 4096                 files     \n"
		"Max locked memory         0                    x                    bytes     \n"
		"Max msgqueue size         0                    0                    bytes     \n");
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_CORE), EXPOSURE_NO_LIMIT);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_PROCESSES), 64);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_FILES), 4096);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_LOCKED), UNREAD);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_QUEUES), 0);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_REALTIME), UNREAD);
	evidence_limits(&e, NULL);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_FILES), UNREAD);
}

static void test_the_lower_of_two_limits_of_processes_holds(void)
{
	struct exposure e = nothing();

	exposure_set(&e, EXPOSURE_PROCESSES, 64);
	evidence_cgroup(&e, "max\n", "max 100000\n", "8\n");
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_PROCESSES), 8);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_MEMORY), 1);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_CPU), 1);
	evidence_cgroup(&e, "67108864\n", "50000 100000\n", "max\n");
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_PROCESSES), 8);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_MEMORY), 0);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_CPU), 0);
	evidence_cgroup(&e, NULL, "", "junk");
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_MEMORY), 1);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_CPU), 1);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_PROCESSES), 8);
	exposure_set(&e, EXPOSURE_PROCESSES, UNREAD);
	evidence_cgroup(&e, NULL, NULL, "1\n");
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_PROCESSES), UNREAD);
}

static void test_a_cgroup_is_found_among_the_old_ones(void)
{
	char path[32];

	CU_ASSERT_TRUE(evidence_cgroup_path("4:memory:/x\n0::/a/b\n", path,
					    sizeof(path)));
	CU_ASSERT_STRING_EQUAL(path, "/a/b");
	CU_ASSERT_FALSE(evidence_cgroup_path("4:memory:/0::/x\n", path,
					     sizeof(path)));
	CU_ASSERT_FALSE(evidence_cgroup_path("0::relative\n", path,
					     sizeof(path)));
	CU_ASSERT_FALSE(evidence_cgroup_path("0::/", path, 1));
	CU_ASSERT_FALSE(evidence_cgroup_path(NULL, path, sizeof(path)));
	CU_ASSERT_TRUE(evidence_cgroup_mount(
		"31 23 0:28 / /cg rw - tmpfs tmpfs rw\n"
		"41 31 0:38 / /cg/unified rw - cgroup2 cgroup2 rw\n",
		path, sizeof(path)));
	CU_ASSERT_STRING_EQUAL(path, "/cg/unified");
	CU_ASSERT_FALSE(evidence_cgroup_mount("31 23 0:28 / /cg rw - tmpfs\n",
					      path, sizeof(path)));
	CU_ASSERT_FALSE(evidence_cgroup_mount(NULL, path, sizeof(path)));
}

/* ---- mounts ------------------------------------------------------------- */

#define BOX "9 1 0:1 / / ro,nosuid,nodev,noexec,relatime - tmpfs none rw\n" \
	"8 9 0:2 /l /lib/libc.so.6 ro,nosuid,nodev - ext4 /dev/x rw\n"	    \
	"7 9 0:2 /g /opt/greeter ro,nosuid,nodev - ext4 /dev/x rw\n"

static const struct {
	const char *name;
	const char *mountinfo;
	int64_t root, setuid, devices, programs, write, read, execute, kernel;
} mounts[] = {
	{ "a program and its library", BOX, 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "a place to write",
	  BOX "6 9 0:2 / /d rw,nosuid,nodev,noexec - ext4 x rw\n",
	  0, 0, 0, 0, 1, 0, 0, 0 },
	{ "one in which it can execute",
	  BOX "6 9 0:2 / /d rw,nosuid,nodev - ext4 x rw\n",
	  0, 0, 0, 1, 1, 0, 1, 0 },
	{ "a place to read", BOX "6 9 0:2 / /etc ro,nosuid,nodev,noexec - ext4 x rw\n",
	  0, 0, 0, 0, 0, 1, 0, 0 },
	{ "a place to execute",
	  BOX "6 9 0:2 / /bin ro,nosuid,nodev - ext4 x rw\n",
	  0, 0, 0, 0, 0, 1, 1, 0 },
	{ "options look like others",
	  BOX "6 9 0:2 / /d road,nosuidx,nodevices,noexecs - ext4 x rw\n",
	  0, 1, 1, 1, 1, 0, 1, 0 },
	{ "an option of the file system is none of the mount",
	  BOX "6 9 0:2 / /d rw - ext4 x ro,nosuid,nodev,noexec\n",
	  0, 1, 1, 1, 1, 0, 1, 0 },
	{ "a /proc", BOX "6 9 0:2 / /p ro,nosuid,nodev - proc proc rw\n",
	  0, 0, 0, 0, 0, 1, 1, 1 },
	{ "a device", BOX "6 9 0:2 /kvm /dev/kvm rw,nosuid,noexec - tmpfs x rw\n",
	  0, 0, 1, 0, 1, 0, 0, 1 },
	{ "the host", "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n",
	  1, 1, 1, 1, 0, 0, 0, 0 },
	{ "the socket for READY=1",
	  BOX "6 9 0:2 /n /run/notify rw - tmpfs x rw\n",
	  0, 0, 0, 0, 0, 0, 0, 0 },
	{ "a name that has the end of a line in it",
	  BOX "6 9 0:2 / /a\\012/proc ro,nosuid,nodev - ext4 x rw\n",
	  0, 0, 0, 0, 0, 1, 1, 0 },
	{ "a name with a dash in the middle",
	  BOX "6 9 0:2 / /a\\040-\\040proc ro,nosuid,nodev - ext4 x rw\n",
	  0, 0, 0, 0, 0, 1, 1, 0 },
	{ "there is none", "", UNREAD, 0, 0, 0, 0, 0, 0, 0 },
	{ "it cannot be read", NULL, UNREAD, UNREAD, UNREAD, UNREAD, UNREAD,
	  UNREAD, UNREAD, UNREAD },
	{ "it is cut", BOX "6 9 0:2 / /d rw", 0, UNREAD, UNREAD, UNREAD,
	  UNREAD, UNREAD, UNREAD, UNREAD },
};

static void test_mounts_say_what_is_visible(void)
{
	for (size_t i = 0; i < N(mounts); i++) {
		struct exposure e = nothing();

		harness_note("%s", mounts[i].name);
		evidence_mounts(&e, mounts[i].mountinfo, &plain);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_ROOT), mounts[i].root);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_SETUID),
				mounts[i].setuid);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_DEVICES),
				mounts[i].devices);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_PROGRAMS),
				mounts[i].programs);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_WRITE), mounts[i].write);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_READ), mounts[i].read);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_EXECUTE),
				mounts[i].execute);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_KERNEL),
				mounts[i].kernel);
	}
}

static void test_a_line_longer_than_any_is_not_believed(void)
{
	struct exposure e = nothing();
	size_t n = 100000;
	char *text = malloc(n + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	memset(text, 'x', n);
	text[n] = '\0';
	evidence_mounts(&e, text, &plain);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_SETUID), UNREAD);
	evidence_status(&e, text);
	evidence_limits(&e, text);
	evidence_interfaces(&e, text);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_INTERFACES), UNREAD);
	free(text);
}

static void test_interfaces_but_loopback_are_named(void)
{
	static const char head[] = "Inter-|   Receive\n face |bytes\n";
	struct exposure e = nothing();
	char text[256];

	snprintf(text, sizeof(text), "%s    lo:       0 0\n", head);
	evidence_interfaces(&e, text);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_INTERFACES), 0);
	snprintf(text, sizeof(text), "%s    lo: 0\n  eth0: 0\n lo2: 1\n", head);
	evidence_interfaces(&e, text);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_INTERFACES), 2);
	CU_ASSERT_STRING_EQUAL(e.values[EXPOSURE_INTERFACES].detail,
			       "eth0, lo2");
	evidence_interfaces(&e, head);
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_INTERFACES), 0);
	evidence_interfaces(&e, "Inter-|");
	CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_INTERFACES), UNREAD);
}

/* ---- descriptors -------------------------------------------------------- */

static const struct evidence_plan networked = {
	.exec = "/opt/x", .read = "/etc", .write = "/var/x", .sockets = true,
};
static const struct evidence_plan connected = {
	.exec = "/opt/x", .read = "", .write = "", .streams = true,
};
static const struct evidence_plan program = {
	.exec = "/opt/x", .read = "", .write = "", .program = true,
};
static const struct evidence_plan bundled = {
	.exec = "/opt/x", .read = "", .write = "", .bundled = true,
};

static const struct {
	const char *name;
	const char *protocol;
	const struct evidence_plan *plan;
	bool planned;
} descriptors[] = {
	{ "/dev/null", "", &plain, true },
	{ "pipe:[12]", "", &plain, true },
	{ "socket:[12]", "UNIX", &plain, true },
	{ "socket:[12]", "UNIX-STREAM", &plain, true },
	{ "socket:[12]", "TCP", &plain, false },
	{ "socket:[12]", "TCPv6", &connected, true },
	{ "socket:[12]", "UDP", &connected, false },
	{ "/memfd:actor-pool (deleted)", "", &plain, true },
	{ "anon_inode:[eventpoll]", "", &plain, true },
	{ "/opt/greeter", "", &plain, true },
	{ "/lib/libc.so.6", "", &plain, true },
	{ "socket:[12]", "TCP", &plain, false },
	{ "socket:[12]", "NETLINK", &plain, false },
	{ "socket:[12]", "PACKET", &networked, false },
	{ "socket:[12]", "", &networked, false },
	{ "socket:[12]", "TCP", &networked, true },
	{ "socket:[12]", "UDPv6", &networked, true },
	{ "/etc/passwd", "", &networked, true },
	{ "/etcetera", "", &networked, false },
	{ "/var/x/y", "", &networked, true },
	{ "/etc/shadow", "", &plain, false },
	{ "/memfd:x", "", &plain, false },
	{ "/memfd:x", "", &program, true },
	{ "anon_inode:[io_uring]", "", &program, false },
	{ "anon_inode:[pidfd]", "", &plain, false },
	{ "anon_inode:inotify", "", &plain, false },
	{ "anon_inode:inotify", "", &program, true },
	{ "mnt:[402]", "", &plain, false },
	{ "/var/lib/s/dead-letters.jsonl", "", &bundled, true },
	{ "/var/lib/s/dead-letters.jsonl", "", &plain, false },
	{ "", "", &plain, false },
	{ "/", "", &networked, false },
};

static void test_a_descriptor_is_planned_or_named(void)
{
	for (size_t i = 0; i < N(descriptors); i++) {
		struct exposure e = nothing();

		harness_note("%s %s", descriptors[i].name,
			     descriptors[i].protocol);
		exposure_set(&e, EXPOSURE_DESCRIPTORS, 0);
		evidence_descriptor(&e, descriptors[i].plan, 7,
				    descriptors[i].name,
				    descriptors[i].protocol);
		CU_ASSERT_EQUAL(value_of(&e, EXPOSURE_DESCRIPTORS),
				!descriptors[i].planned);
		if (!descriptors[i].planned)
			CU_ASSERT_PTR_NOT_NULL(strstr(
				e.values[EXPOSURE_DESCRIPTORS].detail,
				descriptors[i].name));
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_status_says_who_it_is),
	HARNESS_TEST(test_an_identity_is_whole_or_none),
	HARNESS_TEST(test_a_terminal_is_seen_behind_any_name),
	HARNESS_TEST(test_the_hard_limit_is_what_holds),
	HARNESS_TEST(test_the_lower_of_two_limits_of_processes_holds),
	HARNESS_TEST(test_a_cgroup_is_found_among_the_old_ones),
	HARNESS_TEST(test_mounts_say_what_is_visible),
	HARNESS_TEST(test_a_line_longer_than_any_is_not_believed),
	HARNESS_TEST(test_interfaces_but_loopback_are_named),
	HARNESS_TEST(test_a_descriptor_is_planned_or_named),
};
HARNESS_MAIN(tests)
