/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * actorproc.h - what an actor links: the whole public interface.
 *
 * An actor is one sandboxed process. actor_main() takes over the process,
 * talks to the supervisor, and calls the behaviour of the actor once for each
 * message, a *turn*. What a turn sends becomes true when the turn ends, all at
 * once; a turn that crashes or fails has sent nothing.
 *
 * All calls are for the one thread that runs actor_main(), from inside a turn.
 * None of them blocks unless its description says so. Calls that can fail
 * return 0 or a negative errno, and change nothing when they fail.
 */
#ifndef ACTORPROC_H
#define ACTORPROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct actor;
struct actor_message;
struct actor_reference;

/**
 * ACTOR_UNHANDLED - what a behaviour returns for a message it does not know
 *
 * The message becomes a dead letter `unhandled`, and an asker gets the error
 * -EOPNOTSUPP at once. Since 0.1.
 */
#define ACTOR_UNHANDLED 1

/** ACTOR_TYPE_MAX - bytes in the name of a message type, without the NUL */
#define ACTOR_TYPE_MAX 127

/** ACTOR_PAYLOAD_MAX - bytes of payload in one message. Since 0.1. */
#define ACTOR_PAYLOAD_MAX (64 << 20)

/** ACTOR_DESCRIPTORS_MAX - descriptors in one message. Since 0.1. */
#define ACTOR_DESCRIPTORS_MAX 16
/** ACTOR_REFERENCES_MAX - references in one message. Since 0.1. */
#define ACTOR_REFERENCES_MAX 16

/** ACTOR_PRIORITY_MAX - classes of messages: 1 is the first. Since 0.1. */
#define ACTOR_PRIORITY_MAX 8

/** ACTOR_STATE_MAX - bytes of state that an actor can hand over. Since 0.1. */
#define ACTOR_STATE_MAX (16u << 20)

/** ACTOR_BEHAVIOURS_MAX - how deep actor_become_push() can go. Since 0.1. */
#define ACTOR_BEHAVIOURS_MAX 16

/** ACTOR_ASK_TIMEOUT_NS - the deadline of an ask that names none: 5 s */
#define ACTOR_ASK_TIMEOUT_NS UINT64_C(5000000000)

/**
 * enum actor_content - what the bytes of a payload are
 *
 * The library never looks inside; tools do, to show a payload to a person.
 */
enum actor_content {
	ACTOR_CONTENT_BYTES = 0,
	ACTOR_CONTENT_TEXT = 1,
	ACTOR_CONTENT_JSON = 2,
	ACTOR_CONTENT_CBOR = 3,
};

/**
 * enum actor_kind - why this turn runs
 * @ACTOR_TELL: a message nobody waits for
 * @ACTOR_ASK: a message whose sender waits for a reply
 * @ACTOR_REPLY: the reply to an ask of ours, see actor_message_ask()
 * @ACTOR_ERROR: an ask of ours will get no reply, see actor_message_error()
 * @ACTOR_TERMINATED: a watched actor's life is over
 * @ACTOR_TICK: a timer of ours fired; the type is its key
 * @ACTOR_READY_FD: a watched descriptor is ready
 * @ACTOR_ROOM: after -EAGAIN: there is room again, see actor_tell()
 */
enum actor_kind {
	ACTOR_TELL,
	ACTOR_ASK,
	ACTOR_REPLY,
	ACTOR_ERROR,
	ACTOR_TERMINATED,
	ACTOR_TICK,
	ACTOR_READY_FD,
	ACTOR_ROOM,
};

/**
 * actor_receive_fn - a behaviour: handles one message
 *
 * Return: 0 when handled; ACTOR_UNHANDLED when the message is not known; a
 * negative errno for a failure: what the turn sent is discarded, the message
 * becomes a dead letter `crashed` with cause `reported:ERRNO`, and the
 * supervisor decides (restart by default, `resume` where the file says so).
 * @message and everything it points to belong to the library and live until
 * the behaviour returns.
 */
typedef int actor_receive_fn(struct actor *self,
			     const struct actor_message *message);

/**
 * struct actor_class - what makes an actor
 * @state_size: bytes of state, zeroed before @start; see actor_state()
 * @start: start hook, a turn of its own before the first message and before
 *         the supervisor is told READY. A negative errno is a failed start.
 *         May be NULL. @argv[0] is the program, the rest are the `args`.
 * @receive: the first behaviour; required
 * @stop: stop hook, runs as the last turn of an orderly stop or restart. May be
 *        NULL.
 * @pre_restart: runs before @stop when another process is to take over this life.
 *               @error is the negative errno that the behaviour returned; 0 when
 *               the restart is for another reason. May be NULL.
 * @post_restart: runs after @start in a process that took over, and is a part of
 *                the start like it. May be NULL.
 * @state_version: of what @save writes; what it means is the actor's
 * @save: writes the state into the @room bytes at @to, at most ACTOR_STATE_MAX,
 *        and says how many it were: for a process of another program that is to
 *        take over this life. Runs behind @pre_restart and before @stop. A
 *        negative errno: it takes over without. May be NULL.
 * @restore: takes what the program before has saved, as @version of that says;
 *           runs behind @start and before @post_restart. @from is valid as long as
 *           the hook runs. A negative errno: it is not taken, and the state is as
 *           @start has left it. May be NULL.
 *
 * A crash runs neither @pre_restart nor @stop: nothing is left to run them.
 */
struct actor_class {
	size_t state_size;
	int (*start)(struct actor *self, int argc, char **argv);
	actor_receive_fn *receive;
	void (*stop)(struct actor *self);
	void (*pre_restart)(struct actor *self, int error);
	int (*post_restart)(struct actor *self);
	uint32_t state_version;
	int (*save)(struct actor *self, void *to, size_t room,
		    size_t *ret_size);
	int (*restore)(struct actor *self, uint32_t version, const void *from,
		       size_t size);
};

/**
 * actor_main() - be an actor until told to stop
 * @actor_class: what to run; must outlive the call
 * @argc: as main() got it
 * @argv: as main() got it
 *
 * Takes over descriptor 3 (the control channel) and the process. Blocks.
 *
 * Return: what main() should return. 0 after an orderly stop; the status given
 * to actor_stop(); 64 with an explanation on standard error when the process
 * was not started by a supervisor. Since 0.1.
 */
int actor_main(const struct actor_class *actor_class, int argc, char **argv);

/* ---- self ------------------------------------------------------------- */

/** actor_state() - the state, @state_size bytes; never NULL when that is > 0 */
void *actor_state(struct actor *self);
/** actor_path() - this actor's path, as "/vpn/api"; valid as long as @self */
const char *actor_path(const struct actor *self);
/** actor_life() - the number of this life; survives automatic restarts */
uint64_t actor_life(const struct actor *self);
/** actor_generation() - how often this life was restarted, from 0 */
uint32_t actor_generation(const struct actor *self);
/** actor_now_ns() - CLOCK_BOOTTIME in nanoseconds, the clock of all deadlines */
uint64_t actor_now_ns(void);

/**
 * actor_become() - replace the current behaviour, from the next message on
 * actor_become_push() - put a behaviour on top of it
 * actor_become_pop() - return to the one below
 *
 * A restart begins again with the first behaviour. Return: 0; -EINVAL when
 * @receive is NULL; -ENOSPC when ACTOR_BEHAVIOURS_MAX deep; -ENOENT for a pop
 * of the last one. Since 0.1.
 */
int actor_become(struct actor *self, actor_receive_fn *receive);
int actor_become_push(struct actor *self, actor_receive_fn *receive);
int actor_become_pop(struct actor *self);

/**
 * actor_stop() - end this process in an orderly way after this turn
 * @status: exit status, 0 to 125; the restart type decides what it means
 *
 * The stop hook runs. What waits in the mailbox stays there when the
 * supervisor restarts the actor. Return: 0; -EINVAL. Since 0.1.
 */
int actor_stop(struct actor *self, int status);

/**
 * actor_log() - one record in the journal, with this actor's fields
 * @priority: as in syslog(3), 0 (emerg) to 7 (debug)
 * @format: as printf(3); at most 1 KiB of text is kept
 *
 * Part of the turn like everything sent. Return: 0; -EAGAIN when the outbox is
 * full (the record is then lost); -EINVAL. Since 0.1.
 */
int actor_log(struct actor *self, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * actor_descriptor() - a descriptor the supervisor gave by name
 *
 * Return: the descriptor, which stays the library's; -ENOENT. Since 0.1.
 */
int actor_descriptor(struct actor *self, const char *name);

/* ---- the message of this turn ----------------------------------------- */

enum actor_kind actor_message_kind(const struct actor_message *message);
/** actor_message_type() - the type's name; "" for a watched descriptor */
const char *actor_message_type(const struct actor_message *message);
/**
 * actor_message_is() - is this a tell or an ask of that type?
 *
 * False for replies, errors, ticks and the rest, whatever their type: what
 * strangers send is never mistaken for what was asked for.
 */
bool actor_message_is(const struct actor_message *message, const char *type);
/**
 * actor_message_is_tick() - is this the tick of that timer?
 */
bool actor_message_is_tick(const struct actor_message *message,
			   const char *key);
/**
 * actor_message_payload() - the payload, in one piece, aligned to 8 bytes
 * @ret_size: where to put its size in bytes; may be NULL
 *
 * Never NULL. Not NUL-terminated. Since 0.1.
 */
const void *actor_message_payload(const struct actor_message *message,
				  size_t *ret_size);
/**
 * actor_message_sealed() - the memfd that the payload is in, if it is in one
 *
 * To pass it on as it is. It stays the library's and is closed after the turn.
 * Return: the descriptor; -1 when the payload came in another way. Since 0.1.
 */
int actor_message_sealed(const struct actor_message *message);
/** actor_message_priority() - its class, 1 (first) to 8; 0 for what is no mail */
unsigned int actor_message_priority(const struct actor_message *message);
enum actor_content actor_message_content(const struct actor_message *message);
/**
 * actor_message_sender() - path of who sent it, as minted by a supervisor
 *
 * Never a claim of the sender's. A path that ends in '/' is the supervisor of
 * that node. For ticks and descriptors it is our own.
 */
const char *actor_message_sender(const struct actor_message *message);
/**
 * actor_message_sender_life() - the life of who sent it, as minted
 *
 * For ticks and descriptors it is our own, of a Terminated the one that is
 * over. 0 when it is not known: of a supervisor, or when the sender's edge was
 * gone before its message was handled. Since 0.1.
 */
uint64_t actor_message_sender_life(const struct actor_message *message);
/** actor_message_attempt() - 0, or n for the n-th try again after crashes */
uint32_t actor_message_attempt(const struct actor_message *message);
/** actor_message_ask() - of a reply or error: the id actor_ask() returned */
uint64_t actor_message_ask(const struct actor_message *message);
/**
 * actor_message_error() - of an error: why there is no reply
 *
 * -EINTR interrupted: it was in hand when the callee crashed; -EPIPE
 * terminated: the callee's life is over; -ETIMEDOUT expired; -EOPNOTSUPP
 * unhandled; or whatever negative errno the callee gave to actor_error(). The
 * payload has the callee's text. 0 for all other kinds.
 */
int actor_message_error(const struct actor_message *message);
/** actor_message_deadline_ns() - when the asker gives up, BOOTTIME; or 0 */
uint64_t actor_message_deadline_ns(const struct actor_message *message);
/** actor_message_fd() - of ACTOR_READY_FD: the descriptor; else -1 */
int actor_message_fd(const struct actor_message *message);
/** actor_message_events() - of ACTOR_READY_FD: EPOLLIN, EPOLLOUT, EPOLLHUP … */
uint32_t actor_message_events(const struct actor_message *message);
/** actor_message_n_references() - how many references came along */
size_t actor_message_n_references(const struct actor_message *message);
/**
 * actor_message_reference() - a reference that came along
 * @index: from 0
 *
 * Return: the reference, valid during this turn unless kept with
 * actor_reference_keep(); of a Terminated, index 0 is whose life is over. NULL
 * when there is none, or it was refused by the supervisors. Since 0.1.
 */
struct actor_reference *
actor_message_reference(const struct actor_message *message, size_t index);
/** actor_message_n_descriptors() - how many descriptors came along */
size_t actor_message_n_descriptors(const struct actor_message *message);
/**
 * actor_message_descriptor() - a descriptor that came along
 * @index: from 0
 *
 * Of the type that its sender named, and close-on-exec; what else it is, nobody
 * has looked at. Return: the descriptor, which stays the library's and is closed
 * after the turn; -1 when there is none, or it has been taken. Since 0.1.
 */
int actor_message_descriptor(const struct actor_message *message,
			     size_t index);
/**
 * actor_message_take_descriptor() - the same, and it is the caller's from now on
 *
 * A turn that fails does not close it. Return: as above. Since 0.1.
 */
int actor_message_take_descriptor(const struct actor_message *message,
				  size_t index);

/* ---- references ------------------------------------------------------- */

/**
 * actor_reference() - the reference declared under that name in `refs`
 * @name: the sibling's name, or the whole path, as the file has it
 *
 * Valid for the life of this process and always to the present life of that
 * name. Return: NULL when the file declares no such reference. Since 0.1.
 */
struct actor_reference *actor_reference(struct actor *self, const char *name);
/** actor_reference_path() - whom it leads to, as minted */
const char *actor_reference_path(const struct actor_reference *reference);
/**
 * actor_reference_life() - the life it leads to, as minted
 *
 * Of a declared one, that of the present life of the name. Return: as
 * actor_life() of that actor says; 0 when it is not known. Since 0.1.
 */
uint64_t actor_reference_life(const struct actor_reference *reference);
/**
 * actor_reference_equal() - do both lead to the same life of the same actor?
 *
 * Whatever their limits, and also when that life is over. NULL is equal to
 * nothing. Since 0.1.
 */
bool actor_reference_equal(const struct actor_reference *a,
			   const struct actor_reference *b);
/**
 * actor_reference_keep() - keep a received reference beyond its turn
 * actor_reference_drop() - let go of a kept one; NULL is fine
 *
 * Counted; declared references ignore both. Since 0.1.
 */
void actor_reference_keep(struct actor_reference *reference);
void actor_reference_drop(struct actor_reference *reference);

/**
 * struct actor_limits - what a reference may be used for
 * @rate: tells and asks a second, a second's worth at once; 0: no limit
 * @bytes: of payload in one message; 0: no limit
 * @no_grants: it may be used, but not passed on
 */
struct actor_limits {
	uint32_t rate;
	uint64_t bytes;
	bool no_grants;
};

/** ACTOR_LIMITED_MAX - limited references made of one. Since 0.1. */
#define ACTOR_LIMITED_MAX 16

/**
 * actor_reference_limit() - a reference to the same life that may do less
 * @reference: what it is made of; its own limits stay in force
 * @ret_reference: to be dropped with actor_reference_drop()
 *
 * To pass on: who gets it can do no more with it, however it tries. Several
 * that get it have these limits each. Who has a reference to that actor already
 * can do what either allows. What we send by it ourselves is limited too, but
 * we may always pass it on: @no_grants is for those who get it.
 *
 * The same limits of the same reference give the same pointer, counted once
 * more. Acts at once. Return: 0; -EINVAL; -EPIPE that life is over; -ENOSPC
 * with ACTOR_LIMITED_MAX different ones; -ENOMEM. Since 0.1.
 */
int actor_reference_limit(struct actor *self,
			  struct actor_reference *reference,
			  const struct actor_limits *limits,
			  struct actor_reference **ret_reference);
/**
 * actor_revoke() - take back what we have granted
 * @from: to whom we gave it
 * @reference: what we gave; a limited one takes back only what was given as that
 *
 * Unless that actor has it from somebody else too, or by its file, its sends
 * fail with -EPIPE from then on, its watches end with the reason `revoked`, and
 * what it sent and the target has not taken becomes a dead letter of that
 * reason. What it has passed on in turn ends in the same way, and what those
 * passed on. A grant still under way arrives refused. Not having given it is no
 * error.
 *
 * Acts at once, like a watch: it is no part of the turn, and also takes back
 * what this turn has given so far. It reaches others as fast as supervisors
 * talk; what they do in between is not undone. Return: 0; -EINVAL; -ESTALE the
 * life behind @from is not known, as of a supervisor; -ENOMEM. Since 0.1.
 */
int actor_revoke(struct actor *self, struct actor_reference *from,
		 struct actor_reference *reference);

/**
 * actor_watch() - be told when the life behind a reference is over
 * actor_unwatch() - no longer
 *
 * One message ACTOR_TERMINATED comes for the end of that life: exactly once,
 * at once when it is over already, never for a restart, and never after
 * actor_unwatch(). Its sender is the path, its payload the reason as text.
 * Return: 0; -EINVAL; -ENOMEM. Since 0.1.
 */
int actor_watch(struct actor *self, struct actor_reference *reference);
int actor_unwatch(struct actor *self, struct actor_reference *reference);

/* ---- children --------------------------------------------------------- */

/**
 * actor_spawn() - one more child of our node, made of a template of the file
 * @template_name: of one in `templates` of the node whose head we are
 * @name: of the child; NULL: that of the template with a number
 * @ret_reference: to be dropped with actor_reference_drop(); may be NULL. NULL
 *                 comes for a program, which has no mailbox
 *
 * When it returns, the child has its name, is listed by actor_children(), and
 * what is sent to it waits for it; its process starts then. As long as it lives,
 * actor_reference() knows it by its name. If its first start fails its life
 * ends; later failures are its supervisor's to decide, by the file. When our
 * process is started again, the lives of all our spawned children end first.
 *
 * It acts at once, like a watch: it is no part of the turn. It asks our
 * supervisor, which never waits for an actor. Return: 0; -EINVAL that is no
 * name; -ENOENT no such template; -EEXIST the name is in use, by a child whose
 * life is not over yet too, or by one of our declared references; -ENOSPC there
 * are as many as its `max` says, or as the supervisor or the system can have;
 * -EOPNOTSUPP we are not the head of a node with templates; -ENFILE no
 * descriptors for its reference; -ESHUTDOWN our node ends; -ECANCELED we were
 * told to stop meanwhile; -ENOMEM. Since 0.1.
 */
int actor_spawn(struct actor *self, const char *template_name,
		const char *name, struct actor_reference **ret_reference);
/**
 * actor_spawn_wait() - the same, and wait until it is ready
 * @timeout_ns: how long at most; `start_timeout` counts as well
 *
 * Blocks: meanwhile we handle no message. Return: as actor_spawn(); or, when it
 * did not become ready, and its life is over: -ETIMEDOUT not in time; the error
 * of its start hook, or of the step of its start that failed; -ECANCELED it
 * ended otherwise; -ESRCH it was stopped. Since 0.1.
 */
int actor_spawn_wait(struct actor *self, const char *template_name,
		     const char *name, uint64_t timeout_ns,
		     struct actor_reference **ret_reference);
/**
 * actor_stop_child() - end the life of a child that was spawned
 *
 * As `actorctl stop` does. When it returns, the child is not listed any more,
 * though its process may still run, and its name is in use until its life is
 * over: see actor_watch(). Return: 0; -EINVAL; -ENOENT; -EOPNOTSUPP; -ECANCELED;
 * -ENOMEM. Since 0.1.
 */
int actor_stop_child(struct actor *self, const char *name);

/** ACTOR_NAME_MAX - bytes of a name. Since 0.1. */
#define ACTOR_NAME_MAX 63

/** struct actor_child - a child that was spawned. Since 0.1. */
struct actor_child {
	char name[ACTOR_NAME_MAX + 1];
};

/**
 * actor_children() - those that were spawned and live, oldest first
 * @children: filled in, @n_room of them at most; NULL: with 0
 *
 * Whoever spawned them. Return: how many there are; -EINVAL; -EOPNOTSUPP;
 * -ECANCELED; -ENOMEM. Since 0.1.
 */
int actor_children(struct actor *self, struct actor_child *children,
		   size_t n_room);

/* ---- sending ---------------------------------------------------------- */

/**
 * struct actor_outgoing - a message to send, with everything it can carry
 * @type: name of its type, 1 to ACTOR_TYPE_MAX bytes; copied
 * @payload: @size bytes; copied; may be NULL when @size is 0
 * @size: at most ACTOR_PAYLOAD_MAX
 * @content: what the payload is
 * @references: references of ours that the receiver shall get too
 * @n_references: at most ACTOR_REFERENCES_MAX
 * @descriptors: open ones that the receiver shall get copies of; they stay the
 *               caller's, and may be closed as soon as the call returns
 * @n_descriptors: at most ACTOR_DESCRIPTORS_MAX, and what its file allows
 * @sealed: NULL, or a memfd whose first @size bytes are the payload, instead of
 *          @payload: see actor_tell_sealed(). It counts as one descriptor
 * @priority: its class where the receiver's mailbox has classes: 1 comes first, 8
 *            last; 0: the normal one, 5
 * @receipt: of an ask: an empty reply `handled` when the behaviour has handled
 *           it and neither answered nor deferred it. Ignored by all others.
 */
struct actor_outgoing {
	const char *type;
	const void *payload;
	size_t size;
	enum actor_content content;
	struct actor_reference *const *references;
	size_t n_references;
	const int *descriptors;
	size_t n_descriptors;
	const int *sealed;
	unsigned int priority;
	bool receipt;
};

/**
 * actor_tell() - send a message and forget it
 *
 * It is part of the turn: it leaves when the turn ends well, and never was when
 * it does not. A large payload is copied once, into memory that the receiver
 * shares; its limit is ACTOR_PAYLOAD_MAX or the receiver's `payload`.
 *
 * Return: 0; -EAGAIN no room just now, here or in the receiver's mailbox (then
 * one message ACTOR_ROOM comes when there is, or when that life is over; its
 * actor_message_reference() 0 is @to), or more in this time than the limits of
 * the reference allow (then too, when there may be one more); -EPIPE that life is
 * over, or the reference was revoked; -EMSGSIZE larger than a message, or than
 * those limits; -EPERM a reference in it may not be passed on, or the receiver's
 * file does not let it take descriptors; -E2BIG more than that allows; -EBADF
 * one that is not open; -EINVAL. Where the
 * receiver's file says `overflow: dead_letter` a full mailbox is no -EAGAIN, but
 * a dead letter and 0. Since 0.1.
 */
int actor_tell(struct actor *self, struct actor_reference *to,
	       const char *type, const void *payload, size_t size);
/** actor_tell_message() - the same with everything a message can carry */
int actor_tell_message(struct actor *self, struct actor_reference *to,
		       const struct actor_outgoing *message);
/**
 * actor_tell_or_dead() - the same, and what finds no room becomes a dead letter
 *
 * Of reason `overflow`. Return: as actor_tell(), but never -EAGAIN. Since 0.1.
 */
int actor_tell_or_dead(struct actor *self, struct actor_reference *to,
		       const struct actor_outgoing *message);
/**
 * actor_tell_within() - the same, and waits for room
 * @timeout_ns: how long at most
 *
 * When it has to wait, it first releases what the turn has sent so far, as
 * actor_flush() does. Blocks: meanwhile no message is handled and no order of
 * the supervisor obeyed. Return: as actor_tell(); -EAGAIN when there was no room
 * until the end. Since 0.1.
 */
int actor_tell_within(struct actor *self, struct actor_reference *to,
		      const struct actor_outgoing *message,
		      uint64_t timeout_ns);
/**
 * actor_tell_sealed() - tell with a payload that is not copied
 * @memfd: whose first @size bytes are the payload, for good: written, then sealed
 *         with F_SEAL_WRITE and F_SEAL_SHRINK
 * @size: 1 to ACTOR_PAYLOAD_MAX, or the receiver's `payload`
 *
 * The receiver maps it, after it has looked whether that is safe, and its
 * actor_message_payload() is no different. It stays the caller's, and may be
 * closed, or sent to others, as soon as the call returns: many receivers, one
 * memory. Its file offset is moved about. Only to those whose file says
 * `mailbox: { descriptors: N }`; to make one, ours says `sandbox: { memfd: allow }`.
 * Asks and replies: @sealed of struct actor_outgoing.
 *
 * Return: as actor_tell() with a descriptor; -EINVAL also for what is no memfd, is
 * one of huge pages, or has less than @size bytes; -ETXTBSY a seal is missing;
 * -ENODATA some of these bytes were never written. Since 0.1.
 */
int actor_tell_sealed(struct actor *self, struct actor_reference *to,
		      const char *type, int memfd, size_t size);
/**
 * actor_flush() - release what this turn has sent so far
 *
 * It is sent even if the turn fails later; the message of the turn is in hand
 * still. Return: 0; -EINVAL outside of a turn. Since 0.1.
 */
int actor_flush(struct actor *self);

/**
 * actor_ask() - send a message whose reply comes as a turn of its own
 * @timeout_ns: how long to wait; 0 means ACTOR_ASK_TIMEOUT_NS
 * @ret_ask: the id that the reply or the error will carry; may be NULL
 *
 * Exactly one ACTOR_REPLY or ACTOR_ERROR follows in this process, at the
 * latest at the deadline. A reply that comes later is a dead letter
 * `late_reply`. Return: as actor_tell(); -ENOSPC with 1024 asks open. Since 0.1.
 */
int actor_ask(struct actor *self, struct actor_reference *to,
	      const char *type, const void *payload, size_t size,
	      uint64_t timeout_ns, uint64_t *ret_ask);
int actor_ask_message(struct actor *self, struct actor_reference *to,
		      const struct actor_outgoing *message,
		      uint64_t timeout_ns, uint64_t *ret_ask);

/**
 * actor_reply() - answer the ask of this turn
 *
 * To a tell, the reply becomes a dead letter and the call returns 0. Return:
 * 0; -EMSGSIZE; -EINVAL; -EALREADY when it is answered or deferred. Since 0.1.
 */
int actor_reply(struct actor *self, const char *type, const void *payload,
		size_t size);
int actor_reply_message(struct actor *self,
			const struct actor_outgoing *message);
/**
 * actor_error() - answer the ask of this turn with an error
 * @error: a negative errno
 * @text: what a person should read, or NULL
 */
int actor_error(struct actor *self, int error, const char *text);

/**
 * actor_defer() - answer the ask of this turn in a later turn
 *
 * Return: a token > 0 for the calls below; 0 when there is nothing to answer or
 * 256 are open. If this process crashes first, the asker is told `interrupted`
 * at once. Since 0.1.
 */
uint64_t actor_defer(struct actor *self);
/**
 * actor_reply_to() - as actor_reply_message(), for a deferred ask
 * actor_error_to() - as actor_error(), for a deferred ask
 *
 * Return: as actor_reply(); -ENOENT when the token is not open.
 */
int actor_reply_to(struct actor *self, uint64_t token,
		   const struct actor_outgoing *message);
int actor_error_to(struct actor *self, uint64_t token, int error,
		   const char *text);

/* ---- the stash --------------------------------------------------------- */

/**
 * actor_stash() - put the message of this turn aside, to be handled later
 *
 * As part of the turn. What is stashed survives a crash. An ask in it is still
 * owed its answer. At most as many as the file's `stash` says.
 *
 * Return: 0; -ENOSPC: it is a dead letter `stash` now, and an asker is told so;
 * -EINVAL when the turn is about no message, or has stashed it. Since 0.1.
 */
int actor_stash(struct actor *self);
/**
 * actor_unstash() - all that is stashed comes next, before other messages
 *
 * In the order in which it was stashed, as part of the turn. Return: 0; -EINVAL
 * outside of a turn. Since 0.1.
 */
int actor_unstash(struct actor *self);
/** actor_n_stashed() - how many are in the stash */
size_t actor_n_stashed(const struct actor *self);

/* ---- timers and descriptors ------------------------------------------- */

/**
 * actor_timer() - one tick after a delay
 * actor_timer_every() - a tick after @delay_ns, then at a fixed delay
 * actor_timer_cancel() - no more ticks under that key
 * @key: 1 to ACTOR_TYPE_MAX bytes; a new timer with a key in use replaces it
 *
 * A tick is a message ACTOR_TICK whose type is the key. After a replacement or
 * cancellation no old tick arrives, after a restart of the actor no old timer
 * fires. Acts at once. Return: 0; -EINVAL; -ENOSPC with 256 timers; cancel:
 * -ENOENT. Since 0.1.
 */
int actor_timer(struct actor *self, const char *key, uint64_t delay_ns);
int actor_timer_every(struct actor *self, const char *key, uint64_t delay_ns,
		      uint64_t interval_ns);
int actor_timer_cancel(struct actor *self, const char *key);

/**
 * actor_watch_fd() - a turn whenever a descriptor is ready
 * actor_unwatch_fd() - no longer; call it before closing the descriptor
 * @fd: stays the caller's
 * @events: EPOLLIN, EPOLLOUT …, level-triggered; a second call for the same
 *          descriptor changes them
 *
 * Return: 0; -EINVAL; -EBADF; -EPERM for what epoll cannot watch; -ENOSPC with
 * 256 descriptors; unwatch: -ENOENT. Since 0.1.
 */
int actor_watch_fd(struct actor *self, int fd, uint32_t events);
int actor_unwatch_fd(struct actor *self, int fd);

/* ---- connections -------------------------------------------------------- */

/**
 * actor_connect() - have a TCP connection made
 * @to: "host:port", as one of `network: { connect: … }` in our file is written
 * @timeout_ns: how long to wait; 0 means ACTOR_ASK_TIMEOUT_NS
 * @ret_ask: the id that the reply or the error will carry; may be NULL
 *
 * It is an ask of /system/network, which makes the socket: we need, and have, no
 * call for that. One ACTOR_REPLY "connected" follows, whose descriptor is the
 * connection, non-blocking: take it with actor_message_take_descriptor(), and wait
 * for it with actor_watch_fd(). Or one ACTOR_ERROR: -EPERM our file does not grant
 * that, and its text says what to write there; -ECONNREFUSED, -EHOSTUNREACH,
 * -ETIMEDOUT and the like, as connect(2); -EAGAIN the name could not be looked up
 * just now, or there are too many at once; -EINTR who makes it was started anew: ask
 * again. Return: as actor_ask(); -EPERM our file grants no connections. Since 0.1.
 */
int actor_connect(struct actor *self, const char *to, uint64_t timeout_ns,
		  uint64_t *ret_ask);
/**
 * actor_listen() - have a TCP socket that listens
 * @at: "address:port", as one of `network: { listen: … }` in our file is written
 *
 * As actor_connect(), with a reply "listening". Its descriptor is for accept4(2),
 * and non-blocking. The socket is kept outside until our life is over: who connects
 * while we are started anew waits in it, and our next process asks for it again.
 * All of a class share it. An error is -EADDRINUSE, -EADDRNOTAVAIL, -EACCES of a
 * port below 1024, or as above. Return: as actor_connect(). Since 0.1.
 */
int actor_listen(struct actor *self, const char *at, uint64_t timeout_ns,
		 uint64_t *ret_ask);

#ifdef __cplusplus
}
#endif

#endif
