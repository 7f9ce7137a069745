/* SPDX-License-Identifier: 0BSD */
/*
 * messages.h - the kinds of records in the journal, with their MESSAGE_ID.
 *
 * Each has an entry in the journal's catalog (configs/actorproc.catalog), which
 * `journalctl -x` shows. Installed as <actorproc/messages.h>.
 */
#ifndef ACTORPROC_MESSAGES_H
#define ACTORPROC_MESSAGES_H

/* X(symbol, name of the kind, MESSAGE_ID, syslog priority) */
#define ACTOR_RECORD_KINDS(X)						\
	X(DEAD_LETTER,	"dead-letter",	"ad7dd1b5d81a4c46a51518c8b8cba856", 4) \
	X(SUPPRESSED,	"suppressed",	"9a1ea8a6e9fb46f48a938a20a893d102", 4) \
	X(STARTED,	"started",	"28f26dfd33384b35ba6efe1da24c02e0", 6) \
	X(START_FAILED,	"start-failed",	"56461ec0536645c4bad400e76b13fbbe", 3) \
	X(FAILED,	"failed",	"74a10a9a1a5f4b84ad1d48ce97cd50e1", 4) \
	X(RESTARTING,	"restarting",	"7dda1c37ed27408ea187a031d27e0ff8", 5) \
	X(STOPPED,	"stopped",	"1adf5dcc9d0b4c44a62176043204f64b", 6) \
	X(GAVE_UP,	"gave-up",	"1edd588cdee74cc68982c0f896e26626", 3) \
	X(UNKILLABLE,	"unkillable",	"5b5b769b6ca246008a332f5f27a9a14a", 2) \
	X(LOWERED,	"lowered",	"a9f961a7957647a4a3840949fde24756", 4) \
	X(MALFORMED,	"malformed",	"ba2ffebfda574d928cae8c8ff3343fc5", 4) \
	X(GRANT_REFUSED, "grant-refused", "d488db5a0da94f1eab92f3da9e3a41c9", 4) \
	X(OUTPUT,	"output",	"fed2f0d0f64d493d946719b02870c360", 6) \
	X(LOG,		"log",		"6a631eb6a5614fa19a05631f791f9504", 6) \
	X(LOST,		"lost",		"a6c4c45c087249f495c5dfcb840a5fd1", 4) \
	X(PAUSED,	"paused",	"9d2c8d6cf5994063be706072d7538f76", 5) \
	X(UNPAUSED,	"unpaused",	"1f116805a3134920b8d87bc62dd5da37", 5) \
	X(WATCHDOG,	"watchdog",	"66f4e58625fc4379ae7076ef1cb63bd2", 4) \
	X(IDLE,		"idle",		"c36a184f958f48c1959f46dac5271ae8", 6) \
	X(SHORTAGE,	"shortage",	"da034842d299453baf63d960f94128a5", 3) \
	X(STANDBY_LOST,	"standby-lost",	"8c32ec1ab2fb4a80a7dec65278f18667", 4) \
	X(VIOLATION,	"violation",	"6bf5f86c43f94d6db5a0fff694f8fa7d", 4) \
	X(LIMIT,	"limit",	"0749097aa4aa40b2bb8d80e8ad8947db", 4) \
	X(ZYGOTE,	"zygote",	"1db05478beb6497dbf71dafe7ea8889a", 4) \
	X(SYSTEM,	"system",	"433b190c95b045acb88e751c410ab1db", 5) \
	X(STORE,	"store",	"b621eeabea4a4a00917445ae5f988c2d", 4) \
	X(REEXEC,	"reexec",	"a98c303e12324e48a51085b362d65e83", 5)

/* X(symbol, name): ACTOR_REASON of a dead letter; actorproc(7) explains them */
#define ACTOR_LETTER_REASONS(X)			\
	X(TERMINATED, "terminated")		\
	X(SHUTDOWN, "shutdown")			\
	X(CRASHED, "crashed")			\
	X(POISON, "poison")			\
	X(EXPIRED, "expired")			\
	X(UNHANDLED, "unhandled")		\
	X(OVERFLOW, "overflow")			\
	X(OVERSIZE, "oversize")			\
	X(STASH, "stash")			\
	X(LATE_REPLY, "late_reply")		\
	X(REVOKED, "revoked")			\
	X(MALFORMED, "malformed")		\
	X(CAPABILITY_LOST, "capability_lost")	\
	X(UNDELIVERED, "undelivered")

#endif
