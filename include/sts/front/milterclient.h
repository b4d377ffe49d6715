/*
 * One connection of an MTA to the milter's server: its socket, what of a packet
 * came so far, what of a reply is not sent yet, and its time.  What is said is
 * front/miltertalk.h's.
 *
 * An idle one has no buffers.  While a reply waits for its answer, nothing is
 * taken from the MTA, but that it went away is seen.  All that one turn has to
 * say is sent at once.  The loop's thread only.
 */
#ifndef STS_FRONT_MILTERCLIENT_H
#define STS_FRONT_MILTERCLIENT_H

#include "sts/engine/watch.h"
#include "sts/front/miltertalk.h"
#include "sts/front/notes.h"

enum {
	/* Without a command.  An SMTP client may be silent for long (RFC 5321
	 * section 4.5.3.2), and libmilter waits as long. */
	STS_MILTERCLIENT_IDLE_MS = 7210000,
	/* For options, for the rest of a packet, for reading some of what was
	 * said. */
	STS_MILTERCLIENT_STALL_MS = 60000,
	STS_MILTERCLIENT_CHUNK = 65536, /* bytes read at once */
	/* Of one turn, or not read yet: one message's edits, and some. */
	STS_MILTERCLIENT_OUT = 2 * STS_MILTERTALK_OUT,
};

struct sts_milterclient;

/* What the clients of one server share. */
struct sts_milterclient_shared {
	const struct sts_session_context *context; /* borrowed */
	const struct sts_clock *clock; /* borrowed */
	struct sts_loop *loop; /* borrowed */
	bool local; /* it listens at a unix socket */
	struct sts_notes notes;
	struct sts_buf out; /* of one turn */
	char chunk[STS_MILTERCLIENT_CHUNK];
	/* Called last: the client has ended and is to be freed; `why`, a
	 * literal, tells what was wrong, if anything was. */
	void (*gone)(struct sts_milterclient *client, const char *why);
};

struct sts_milterclient {
	struct sts_milterclient *prev, *next; /* its owner's */
	void *owner;
	struct sts_milterclient_shared *shared;
	int fd;
	struct sts_watch *watch;
	struct sts_miltertalk talk;
	struct sts_buf in, out;
	struct sts_note note;
	bool waits; /* for an answer */
	bool counted; /* among those that wait */
	bool ended; /* nothing more is to be said */
	const char *why; /* something was wrong, or NULL */
	int64_t moved_ms; /* monotonic: when something got done, or began */
};

/* Takes the descriptor, on failure too.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_milterclient_new(
    struct sts_milterclient_shared *shared, void *owner, int fd,
    struct sts_milterclient **out);
void sts_milterclient_free(struct sts_milterclient *client);

/* There is a note about it. */
void sts_milterclient_go_on(struct sts_milterclient *client);

/* To be called every now and then: ends what takes too long. */
void sts_milterclient_tick(struct sts_milterclient *client, int64_t now_ms);

/* Whether no message is under way, and all was said. */
bool sts_milterclient_is_idle(const struct sts_milterclient *client);

#endif
