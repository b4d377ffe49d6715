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

enum {
	/* Policy domains of one message; for further ones nothing is looked
	 * up, and they count as those where that failed. */
	STS_SESSION_DOMAINS = 1000,
	/* Between two calls of `progress`: Sendmail gives up after 10 s. */
	STS_SESSION_PROGRESS_MS = 5000,
};

/* Borrowed; outlives all sessions. */
struct sts_session_context {
	struct sts_engine *engine;
	struct sts_report *report;
	struct sts_waiters *waiters;
};

struct sts_session;

/* At MAIL.  The configuration in force now counts for the whole message.
 * STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_session_new(
    const struct sts_session_context *context, struct sts_session **out);
/* At its end, or when it is given up: then nothing more is told. */
void sts_session_free(struct sts_session *session);

/* At RCPT; may wait.  `queue_id` may be NULL. */
void sts_session_rcpt(struct sts_session *session, const struct sts_rcpt *rcpt,
    const char *queue_id, struct sts_reply *out);

/* At MAIL, before any recipient: its parameter REQUIRETLS (RFC 8689 section 4).
 */
void sts_session_require_tls(struct sts_session *session);

/* Each header of the message, in its order. */
void sts_session_header(
    struct sts_session *session, const char *name, const char *value);

/*
 * At the end of the message; may wait.  Then `progress` is called every
 * STS_SESSION_PROGRESS_MS; false from it says that the MTA is gone.  *edits
 * lives as long as the session; NULL where the reply is a refusal.
 */
void sts_session_eom(struct sts_session *session, const char *queue_id,
    bool (*progress)(void *cookie), void *cookie, struct sts_reply *reply,
    const struct sts_edits **edits);

#endif
