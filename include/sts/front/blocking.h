/*
 * The steps of a session for a caller that may block its thread until they are
 * done: libmilter's callbacks.
 *
 * At most as many threads as the session's context says wait; past that, the
 * answer is taken as it is then (front/waiters.h).
 */
#ifndef STS_FRONT_BLOCKING_H
#define STS_FRONT_BLOCKING_H

#include "sts/front/session.h"

/* As sts_session_rcpt; returns with the reply. */
void sts_blocking_rcpt(const struct sts_session_context *context,
    struct sts_session *session, const struct sts_rcpt *rcpt,
    const char *queue_id, struct sts_reply *out);

/*
 * As sts_session_eom; returns with the reply.  While it waits, `progress` is
 * called every STS_SESSION_PROGRESS_MS; false from it says that the MTA is
 * gone: then nothing is decided, and there is nobody to tell.
 */
void sts_blocking_eom(const struct sts_session_context *context,
    struct sts_session *session, const char *queue_id,
    bool (*progress)(void *cookie), void *cookie, struct sts_reply *out);

#endif
