#include "sts/front/blocking.h"

static void
wait_for_answer(
    const struct sts_session_context *context, const struct sts_pause *pause)
{
	int64_t ms =
	    pause->until_ms - sts_mono_ms(sts_engine_clock(context->engine));
	const struct sts_answer *answer = NULL;

	/* What came of it the session sees for itself. */
	(void)!sts_ticket_wait(pause->ticket, ms > 0 ? ms : 0, &answer);
	sts_answer_put(answer);
}

/* Resumes until there is a reply.  STS_E_CLOSED: the MTA is gone. */
STS_MUST_USE static enum sts_err
finish(const struct sts_session_context *context, struct sts_session *session,
    bool (*progress)(void *), void *cookie, struct sts_reply *out)
{
	bool waits = sts_waiters_enter(context->waiters);
	enum sts_err err = STS_E_AGAIN;
	struct sts_pause pause;

	if (!waits)
		sts_session_hurry(session);
	while (err == STS_E_AGAIN) {
		pause = sts_session_pause(session);
		if (pause.progress && !progress(cookie)) {
			err = STS_E_CLOSED;
			break;
		}
		if (waits)
			wait_for_answer(context, &pause);
		err = sts_session_resume(session, out);
	}
	if (waits)
		sts_waiters_leave(context->waiters);
	return err;
}

void
sts_blocking_rcpt(const struct sts_session_context *context,
    struct sts_session *session, const struct sts_rcpt *rcpt,
    const char *queue_id, struct sts_reply *out)
{
	if (sts_session_rcpt(session, rcpt, queue_id, out) != STS_OK &&
	    finish(context, session, NULL, NULL, out) != STS_OK)
		*out = sts_reply_fault;
}

void
sts_blocking_eom(const struct sts_session_context *context,
    struct sts_session *session, const char *queue_id, bool (*progress)(void *),
    void *cookie, struct sts_reply *out)
{
	if (sts_session_eom(session, queue_id, out) != STS_OK &&
	    finish(context, session, progress, cookie, out) != STS_OK)
		*out = sts_reply_fault;
}
