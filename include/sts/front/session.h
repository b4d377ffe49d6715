/*
 * One message, from MAIL to its end: what a milter answers and does, apart from
 * how libmilter is told (that is front/filter.h).
 *
 * Lookups start at RCPT, whatever happens then.  Where `decide_at` says `rcpt`,
 * or `auto` and some outcome would be a refusal, the answer is awaited at RCPT
 * and the recipient is refused there.  All else is decided at the end of the
 * message, with the newest answers, and the most severe action of all policy
 * domains is done to the message.
 *
 * What came by the sendmail command has no SMTP client that could try again:
 * a message refused there would stay in Postfix's maildrop for ever.  It is
 * quarantined where another would be deferred.
 *
 * Nothing in here waits.  A step that has to wait for an answer says
 * STS_E_AGAIN and what for (struct sts_pause); its caller waits as it likes,
 * blocking its thread (front/blocking.h) or not (front/milterclient.h), and
 * resumes it.
 *
 * A session belongs to its caller, who must not use it on two threads at once
 * (any thread may, one after the other: libmilter does so).
 */
#ifndef STS_FRONT_SESSION_H
#define STS_FRONT_SESSION_H

#include "sts/engine/engine.h"
#include "sts/front/edits.h"
#include "sts/front/recipient.h"
#include "sts/front/reply.h"
#include "sts/front/waiters.h"
#include "sts/report/report.h"
#include "sts/report/tlsown.h"

enum {
	/* Policy domains of one message.  Recipients in further ones are told
	 * to come with another (452 4.5.3); by the sendmail command, where
	 * nobody could be told, they count as those whose lookup failed. */
	STS_SESSION_DOMAINS = 1000,
	/* Times rcpt_wait that the recipients of one message wait together: of
	 * further ones only what is known is said. */
	STS_SESSION_RCPT_WAITS = 4,
	/* Between two words to the MTA at the end of a message: Sendmail gives
	 * up after 10 s. */
	STS_SESSION_PROGRESS_MS = 5000,
};

/* Borrowed; outlives all sessions. */
struct sts_session_context {
	struct sts_engine *engine;
	struct sts_report *report;
	struct sts_waiters *waiters; /* the front end's */
	struct sts_tlsown *own; /* NULL: no reports are sent */
};

/* What a step waits for. */
struct sts_pause {
	struct sts_ticket *ticket; /* its answer, or ... */
	int64_t until_ms; /* ... this time, monotonic */
	bool progress; /* the MTA must hear now that it takes longer: if it is
			  gone, nothing is to be resumed */
};

struct sts_session;

/* At MAIL.  The configuration in force now counts for the whole message.
 * STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_session_new(
    const struct sts_session_context *context, struct sts_session **out);
/* At its end, or when it is given up: then nothing more is told. */
void sts_session_free(struct sts_session *session);

/* At MAIL, before any recipient: the sender as given, with its brackets. */
void sts_session_sender(struct sts_session *session, const char *sender);

/* At MAIL, before any recipient: its parameter REQUIRETLS (RFC 8689 section 4).
 */
void sts_session_require_tls(struct sts_session *session);

/* Each header of the message, in its order. */
void sts_session_header(
    struct sts_session *session, const char *name, const char *value);

/*
 * The steps: at RCPT and at the end of the message.  STS_OK: *out is the reply.
 * STS_E_AGAIN: it has to wait, as sts_session_pause says.  `queue_id` may be
 * NULL, and is borrowed until the reply is there.  One step at a time.
 */
STS_MUST_USE enum sts_err sts_session_rcpt(struct sts_session *session,
    const struct sts_rcpt *rcpt, const char *queue_id, struct sts_reply *out);
STS_MUST_USE enum sts_err sts_session_eom(
    struct sts_session *session, const char *queue_id, struct sts_reply *out);

/* Of the step that said STS_E_AGAIN. */
struct sts_pause sts_session_pause(const struct sts_session *session);

/* The step goes on: there is an answer, or it is time.  As those above; to come
 * too early does no harm. */
STS_MUST_USE enum sts_err sts_session_resume(
    struct sts_session *session, struct sts_reply *out);

/* Time is up: once resumed, the step replies by what is known. */
void sts_session_hurry(struct sts_session *session);

/* After the end of the message was replied to: what is to be done to it. Lives
 * as long as the session; NULL where it was refused. */
const struct sts_edits *sts_session_edits(const struct sts_session *session);

#endif
