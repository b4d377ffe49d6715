/*
 * What is said on one connection of an MTA, in the milter protocol: packets in,
 * packets out, a session (front/session.h) for each message.  No sockets, no
 * waiting: those are front/milterclient.h's.
 *
 * Every order of packets is answered, and no order is trusted: what comes
 * without a message begun, or with one not ended, gets a temporary failure or
 * begins anew.  One thread.
 */
#ifndef STS_FRONT_MILTERTALK_H
#define STS_FRONT_MILTERTALK_H

#include "sts/core/milterwire.h"
#include "sts/front/session.h"

enum {
	STS_MILTERTALK_ID = 64, /* of a queue ID, with NUL; more is cut off */
	STS_MILTERTALK_MACROS = 8192, /* of one RCPT, in bytes */
	STS_MILTERTALK_OUT = 8388608, /* edits of one message, in bytes */
};

struct sts_miltertalk {
	const struct sts_session_context *context; /* borrowed */
	bool local; /* the MTA is on this machine, at a unix socket */
	bool negotiated;
	bool silent_mail; /* SMFIP_NR_MAIL: MAIL gets no reply */
	bool silent_headers; /* SMFIP_NR_HDR: headers get no reply */
	bool silent_eoh; /* SMFIP_NR_EOH: nor does their end */
	bool at_eom; /* of the step that waits */
	char id[STS_MILTERTALK_ID]; /* the macro `i`, or "" */
	struct sts_buf macros; /* of the RCPT that comes next */
	struct sts_session *session; /* of the message, or NULL */
};

void sts_miltertalk_init(struct sts_miltertalk *talk,
    const struct sts_session_context *context, bool local);
void sts_miltertalk_deinit(struct sts_miltertalk *talk);

/*
 * Takes a packet and appends what is said to it.  STS_OK.  STS_E_AGAIN: the
 * reply has to wait, as sts_session_pause(talk->session) says; nothing else is
 * taken until it is there.  STS_E_CLOSED: the MTA ends the connection.
 * STS_E_SYNTAX, STS_E_LIMIT, STS_E_REFUSED: this cannot be talked to, *why (a
 * literal) tells.
 */
STS_MUST_USE enum sts_err sts_miltertalk_take(struct sts_miltertalk *talk,
    const struct sts_milterwire_packet *packet, struct sts_buf *out,
    const char **why);

/* The reply that had to wait.  STS_OK, STS_E_AGAIN. */
STS_MUST_USE enum sts_err sts_miltertalk_resume(
    struct sts_miltertalk *talk, struct sts_buf *out);

#endif
