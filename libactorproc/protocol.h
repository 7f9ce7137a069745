/* SPDX-License-Identifier: 0BSD */
/*
 * protocol.h - everything that crosses a socket, as bytes.
 *
 * For those who write an actor in another language, or read one's packets.
 * actor-protocol(7) explains it. All integers are little-endian. Installed as
 * <actorproc/protocol.h>; it needs nothing but the compiler.
 */
#ifndef ACTORPROC_PROTOCOL_H
#define ACTORPROC_PROTOCOL_H

#include <stdint.h>

/* ---- packets: one datagram on an edge, some frames in it --------------- */

#define ACTOR_PACKET_VERSION 2
#define ACTOR_PACKET_MAX 16384		/* bytes: header and frames */
#define ACTOR_FRAME_ALIGN 8

/*
 * @length counts the whole packet, with the padding of its last frame.
 * @sequence counts packets on this end of the edge, from 1; a packet sent
 * again around a crash has the number it had. @first is the number of its
 * first frame on this end, from 0. @checksum is CRC-32C (Castagnoli) over the
 * whole packet with this field zero.
 */
struct actor_packet_header {
	uint16_t version;
	uint16_t n_frames;
	uint32_t length;
	uint64_t sequence;
	uint64_t first;
	uint32_t checksum;
	uint32_t reserved;		/* zero */
};

/* enum and names come from this list: kind, number, name, has an ask id */
#define ACTOR_FRAME_KINDS(X)				\
	X(TELL,		1, "tell",	0)		\
	X(ASK,		2, "ask",	1)		\
	X(REPLY,	3, "reply",	1)		\
	X(ERROR,	4, "error",	1)		\
	X(TERMINATED,	5, "terminated",0)		\
	X(ROOM,		6, "room",	0)

#define ACTOR_FRAME_RECEIPT 0x0001	/* ask: an empty reply when handled */
#define ACTOR_FRAME_POOLED  0x0002	/* payload: a struct actor_pooled */
#define ACTOR_FRAME_SEALED  0x0004	/* payload: a struct actor_sealed */
#define ACTOR_FRAME_FLAGS   0x0007	/* all that are defined */

/* what a descriptor is, as S_IFMT of its mode says: name, number, word */
#define ACTOR_DESCRIPTOR_TYPES(X)			\
	X(FILE,		1, "file")			\
	X(DIRECTORY,	2, "directory")			\
	X(SOCKET,	3, "socket")			\
	X(PIPE,		4, "pipe")			\
	X(DEVICE,	5, "device")			\
	X(OTHER,	6, "other")

/*
 * A descriptor that goes along, in the frame. It comes by the control channel,
 * never by an edge: @number is what GIVE gave it as, unique on this end.
 */
struct actor_passed {
	uint64_t number;
	uint64_t type;
};

/*
 * A payload that its author has put into a memfd with the seals F_SEAL_WRITE and
 * F_SEAL_SHRINK, on no hugetlbfs and without holes: the first @size bytes of it.
 * The memfd is the first descriptor of the frame, a FILE. What is none after all
 * costs its sender the edge.
 */
struct actor_sealed {
	uint64_t size;
};

#define ACTOR_PRIORITIES 8		/* 0 first; 4 is the normal class */
#define ACTOR_PRIORITY_NORMAL 4

/*
 * Then @type_length bytes of type (1 to 127, printable ASCII without space) and
 * zeros up to a multiple of 8, then @n_grants numbers of 8 bytes, then
 * @n_descriptors (0 to 16; of a TELL, ASK or REPLY) structures actor_passed,
 * then the payload up to @length. The next frame begins at the next multiple
 * of 8.
 *
 * From the holder to the target of an edge: TELL and ASK. The other way:
 * REPLY, ERROR, TERMINATED and ROOM. Everything else is malformed. An ERROR has
 * the positive errno in @error, and text as its payload.
 */
struct actor_frame_header {
	uint32_t length;		/* all of it but the padding at its end */
	uint8_t kind;
	uint8_t priority;
	uint16_t flags;
	uint8_t content_type;
	uint8_t type_length;
	uint8_t n_grants;
	uint8_t n_descriptors;
	uint32_t generation;		/* the asker's: repeated in the reply */
	uint32_t error;			/* of an ERROR; else zero */
	uint32_t attempt;		/* zero on the wire */
	uint64_t ask_id;
	uint64_t deadline_ns;		/* CLOCK_BOOTTIME; 0 for none */
	uint64_t trace[2];		/* of the request this belongs to; 0 for none */
};

/* ---- the pool: what both ends of an edge have mapped ------------------- */

/*
 * A sealed memfd: a page of flow control, then the space for large payloads of
 * the holder, then that of the target, ACTOR_POOL_BYTES each. Whoever sends
 * writes into its own space; the frame names a @position in an endless stream.
 * It is at @position % ACTOR_POOL_WINDOW, and does not wrap; what is longer
 * than the window begins at 0 and is alone. Or it is at @beside, behind the
 * window: then it takes ACTOR_FRAME_ALIGN of the stream, so that it is released
 * in its turn. Neither side believes the other: a receiver copies a payload
 * before it looks at it.
 */
#define ACTOR_POOL_WINDOW (UINT64_C(4) << 20)
#define ACTOR_POOL_BYTES (ACTOR_POOL_WINDOW + (UINT64_C(64) << 20))

struct actor_pooled {
	uint64_t position;
	uint64_t size;
	uint64_t beside;		/* in that space; 0: in the window */
};

/*
 * One for each direction: [0] from the holder to the target, [1] back. The
 * receiver of that direction writes @finished (messages handled or dead, since
 * the life began), @released (a position: nothing before it is needed any
 * more) and its limits (0: none): how many messages it lets wait, how many
 * bytes of packets, how many with those in the pool, and the largest payload it
 * takes. One that takes descriptors says in @taken the number of the message
 * behind the last it has taken, and in @n_passed, before that, how many
 * descriptors go along with those it has taken and not finished; else both are
 * 0. The sender writes @waiting: 1 when it wants a ROOM frame, 2 when it waits
 * for a change of that word by futex(2), in both cases as soon as @finished is
 * @wake_at, or before when the receiver has nothing else to do; the receiver
 * takes it back to 0, then wakes it. In @sent it says, before it sends a
 * packet, the number of the message behind it: who has taken all before that
 * need not ask the socket whether there is more. What is behind a number that
 * is too low waits for the next packet. It is UINT64_MAX when that packet may be
 * in the socket already, from before a crash: one of the two is behind all.
 */
struct actor_pool_flow {
	/* the receiver writes this often, */
	uint64_t finished;
	uint64_t released;
	uint64_t taken;
	uint64_t n_passed;
	uint64_t unused[4];
	/* this seldom, */
	uint64_t limit_messages;
	uint64_t limit_bytes;
	uint64_t limit_all;
	uint64_t limit_payload;
	uint64_t unused_too[4];
	/* and the sender this: in three cache lines */
	uint32_t waiting;		/* what a futex is about */
	uint32_t reserved;
	uint64_t wake_at;
	uint64_t sent;
	uint64_t unused_as_well[5];
};

struct actor_pool_page {
	struct actor_pool_flow flow[2];
	uint8_t unused[4096 - 2 * 192];
};

#define ACTOR_EDGE_BYTES UINT64_C(212992)	/* what may wait of one sender */
#define ACTOR_EDGE_DESCRIPTORS 64	/* and go along with that, of requests */
#define ACTOR_POOL_FILE_BYTES (4096 + 2 * ACTOR_POOL_BYTES)

/* ---- control: one datagram on descriptor 3 or between supervisors ------ */

/*
 * A control message is a list of strings, each ended by a NUL: first the verb,
 * then FIELD=value. Field names are [A-Z][A-Z0-9_]*; values hold any bytes but
 * NUL; numbers are decimal. No field twice, at most ACTOR_FIELDS_MAX fields,
 * at most ACTOR_CONTROL_MAX bytes. Descriptors come beside it in the order in
 * which its fields name them. Records for the journal and dead letters have
 * the same form as payloads of messages.
 */
#define ACTOR_CONTROL_FD 3
#define ACTOR_CONTROL_MAX 32768
#define ACTOR_FIELDS_MAX 64

/*
 * Who makes a system call that the filter of CLOSE forbids has a SIGSYS. Then it
 * makes the call seccomp with this as the operation, and with the number of the
 * call, its machine (AUDIT_ARCH_*) and the address of its instruction: its
 * supervisor hears that, and kills it with the cause. With the flag in the number
 * the first four arguments follow, 32 bits of each, two and two: what of the
 * file would allow the call may depend on them.
 */
#define ACTOR_SECCOMP_TOLD 0x61637470u
#define ACTOR_SECCOMP_ARGUMENTS (UINT64_C(1) << 32)

/* GLIBC_TUNABLES of a zygote, unless its file has some: what is forked from it is
 * not to have the kernel write to the page of its thread whenever it is resumed */
#define ACTOR_ZYGOTE_TUNABLES "glibc.pthread.rseq=0"

/*
 * supervisor to actor                                       with descriptor
 *   SETUP      PATH SYSTEM LIFE GENERATION                  arena
 *              BYTES MESSAGES PER_EDGE STASH PAYLOAD DESCRIPTORS
 *              KIND=fifo|priority
 *              (of its mailbox, see supervisord.conf(5); 0 BYTES or MESSAGES:
 *              no limit)
 *   EDGE       ID END=holder|target PEER LIFE NAME REVOKED  the end, the pool
 *              RATE BYTES NO_GRANTS POOL OVERFLOW=dead_letter
 *              DESCRIPTORS CHILD=1
 *              (NAME only for declared references of the holder; a name again
 *              is a new life behind it; without a descriptor that life is over.
 *              LIFE is the peer's, 0 or none: not known. Limits of the
 *              reference: none, no limit; the target has them too. For an ID
 *              that is known and without a descriptor: other limits.
 *              OVERFLOW only for a holder whose message is to be a dead letter
 *              when there is no room for it. DESCRIPTORS: so many the peer
 *              takes in one message; none, 0. CHILD: it was spawned, NAME is
 *              its name as long as it lives)
 *   EDGE       ID END=holder PEER LIFE NAME LATER=1   what is sent by it waits
 *              until it is there: an EDGE with that ID and a descriptor. It is
 *              made when LETTERS is said
 *   EDGE_END   ID END REASON    the reference was taken back: what the target
 *              has not received is dead, and the holder sends nothing more
 *   GRANTED    EDGE VIA GRANT  (edge ID is what grant GRANT in a frame that
 *              came over edge VIA means)
 *   REFUSED    VIA GRANT
 *   REVOKED    VIA GRANT        it means nothing any more; CLAIM it again
 *   KNOWN      VIA EDGE SAID    all above know what was said by that GRANT, or
 *              have refused it: it need not be said again
 *   GIVEN      VIA NUMBER       FETCHed; without it: it is not there
 *                                                           the descriptor
 *   DESCRIPTOR NAME                                         the descriptor
 *   CLOSE      FILTER LANDLOCK_FS LANDLOCK_NET LANDLOCK_SCOPED
 *              (put on between the start hook and READY, by a zygote at once: a
 *              filter of system calls, its instructions as hexadecimal bytes;
 *              and a Landlock domain that handles these and has no rule. What is
 *              not said is not to be put on)
 *   START                       now run the start hook, answer READY
 *   STOP       DRAIN=0|1        finish, run the stop hook, exit 0
 *              RESTART=0|1      1: its life goes on, with another process
 *              STATE            so many bytes of the memory may be written for
 *              a process of another program that takes over; see SAVED
 *                                                           the memory
 *   STATE      VERSION BYTES    what the process before has SAVED; before START
 *                                                           the memory
 *   RESUME                      go on after FAILED
 *   PAUSE                       begin no turn until UNPAUSE or STOP
 *   UNPAUSE
 *   DONE       NUMBER ERRNO NAME NAMES   what it asked for with that NUMBER; no
 *              ERRNO: it is so. NAMES have a blank behind each
 * supervisor to zygote (ACTOR_ZYGOTE in its environment)
 *   FORK       NUMBER PATH? GENERATION? an instance; then it says FORKED. Who it
 *                                              is can come later, with SETUP
 *                                              its control channel, its output
 * zygote to supervisor
 *   ZYGOTE                      it may be told to FORK
 *   UNFIT      REASON           it cannot fork, and exits
 *   FORKED     NUMBER           of the instance itself, on the zygote's channel
 * actor to supervisor
 *   READY      CLOSED=1         CLOSED: what CLOSE said is on
 *   START_FAILED ERRNO ARENA?   ARENA: of which version it knows them, when that
 *              is why
 *              STEP=closing     that of CLOSE, not the hook
 *   LETTERS                     something waits for the EDGE that was to come
 *              LATER
 *   IDLE                        it had nothing to do for long, and exits: 0
 *   FAILED     ERRNO            a handler failed; the mailbox waits
 *   SAVED      VERSION BYTES    so much of the memory of STOP is state
 *   GRANT      VIA EDGE SAID AGAIN    the peer of edge VIA shall get an edge to
 *              whom our edge EDGE leads; EDGE is also the frame's grant number.
 *              SAID: a number of ours that KNOWN repeats; none: no KNOWN.
 *              AGAIN=1: for what an earlier generation has sent, which may have
 *              taken it back since
 *   LIMIT      EDGE RATE BYTES NO_GRANTS   our edge EDGE is passed on with these
 *              limits too, by a number that both reckon: limits_number()
 *   REVOKE     LIFE EDGE        whoever has that life shall lose what it was
 *              given by GRANT with this EDGE
 *   CLAIM      VIA GRANT        a frame named this grant; where is it?
 *   GIVE       VIA NUMBER       for the peer of edge VIA, which a frame that
 *              goes there names so; only if the peer takes DESCRIPTORS
 *                                                           the descriptor
 *   WITHDRAW   VIA NUMBER       no frame will name it after all
 *   FETCH      VIA NUMBER       a frame that came over edge VIA named it
 *   TAKEN      VIA NUMBER       that message is handled, or dead
 *   SPAWN      NUMBER TEMPLATE NAME WAIT_NS   of a head: make a child; its EDGE
 *              comes before DONE. WAIT_NS: DONE when it runs, and so long at
 *              most
 *   STOP_CHILD NUMBER NAME
 *   CHILDREN   NUMBER           their NAMES
 */

#endif
