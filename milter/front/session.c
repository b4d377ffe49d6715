#include "sts/front/session.h"

#include <stdlib.h>

struct sts_session {
	struct sts_session_context context;
	const struct sts_clock *clock;
	const struct sts_conf *conf; /* a reference, for the whole message */
	struct sts_inquiry **inquiries; /* in the order of the recipients */
	size_t n_inquiries, room;
	bool by_command;
	bool requires_tls;
	bool too_many; /* domains, as was told */
	bool of_reporter; /* the sender is tlsrpt_from */
	unsigned tls_required; /* header fields of that name */
	bool tls_required_no; /* the last of them said so */
	struct sts_circumstances about; /* as of the decision being made */
	char name[STS_MESSAGE_NAME];
	struct sts_edits edits;
	bool edited; /* they are what is to be done */

	int64_t rcpt_held_ms; /* all recipients together */

	/* of the step under way; times are monotonic */
	enum sts_stage stage;
	const char *queue_id; /* borrowed */
	struct sts_inquiry *awaited;
	struct sts_pause pause; /* for that one's answer */
	int64_t since_ms; /* when that began */
	size_t looked_at; /* at the end of the message: inquiries */
	int64_t deadline_ms;
	int64_t progress_ms; /* when the MTA is to hear of us */
};

enum sts_err
sts_session_new(
    const struct sts_session_context *context, struct sts_session **out)
{
	struct sts_session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return STS_E_NOMEM;
	s->context = *context;
	s->clock = sts_engine_clock(context->engine);
	s->conf = sts_engine_conf(context->engine);
	s->edits.header_name = s->conf->header_name;
	sts_report_name_message(context->report, s->name);
	*out = s;
	return STS_OK;
}

void
sts_session_free(struct sts_session *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_inquiries; i++) {
		sts_inquiry_deinit(s->inquiries[i]);
		free(s->inquiries[i]);
	}
	free(s->inquiries);
	sts_edits_deinit(&s->edits);
	sts_conf_put(s->conf);
	free(s);
}

static struct sts_inquiry *
find(const struct sts_session *s, enum sts_route route, const char *domain)
{
	for (size_t i = 0; i < s->n_inquiries; i++)
		if (s->inquiries[i]->route == route &&
		    strcmp(s->inquiries[i]->domain, domain) == 0)
			return s->inquiries[i];
	return NULL;
}

static bool
make_room(struct sts_session *s)
{
	size_t room = s->room == 0 ? 4 : 2 * s->room;
	struct sts_inquiry **grown;

	if (s->n_inquiries < s->room)
		return true;
	grown = reallocarray(s->inquiries, room, sizeof(s->inquiries[0]));
	if (grown == NULL)
		return false;
	s->inquiries = grown;
	s->room = room;
	return true;
}

/* Whether the recipient's domain would be one past the cap, and somebody is
 * there who can send it separately. */
static bool
is_one_too_many(
    const struct sts_session *s, const struct sts_recipient *recipient)
{
	bool outbound = recipient->route == STS_ROUTE_OUTBOUND ||
			recipient->route == STS_ROUTE_UNCLEAR;

	return outbound && !s->by_command &&
	       s->n_inquiries >= STS_SESSION_DOMAINS &&
	       find(s, recipient->route, recipient->domain) == NULL;
}

/* Once a message. */
static void
tell_too_many(struct sts_session *s)
{
	if (s->too_many)
		return;
	s->too_many = true;
	sts_log(sts_engine_log(s->context.engine), STS_LOG_WARNING,
	    "too-many-domains", STS_KV_INT("cap", STS_SESSION_DOMAINS));
}

/* Those past the cap share one without a domain.  NULL: out of memory. */
static struct sts_inquiry *
inquiry_of(struct sts_session *s, const struct sts_recipient *recipient)
{
	bool overflow = s->n_inquiries >= STS_SESSION_DOMAINS;
	struct sts_inquiry *q = find(s, recipient->route, recipient->domain);

	if (q == NULL && overflow)
		q = find(s, recipient->route, "");
	if (q != NULL)
		return q;
	if (!make_room(s))
		return NULL;
	if (overflow)
		tell_too_many(s);
	q = malloc(sizeof(*q));
	if (q == NULL)
		return NULL;
	sts_inquiry_init(q, s->context.engine, s->conf, recipient, overflow,
	    s->requires_tls);
	s->inquiries[s->n_inquiries++] = q;
	return q;
}

/* The sender's wish is a header field, which is seen after the recipients. */
static bool
awaits_header(const struct sts_session *s)
{
	return s->conf->honor_tls_required_no && !s->requires_tls;
}

static bool
awaited_at_rcpt(const struct sts_session *s, const struct sts_inquiry *q)
{
	if (s->by_command || awaits_header(s))
		return false;
	switch (s->conf->decide_at) {
	case STS_DECIDE_AUTO:
		return sts_inquiry_may_refuse(q);
	case STS_DECIDE_RCPT:
		return true;
	case STS_DECIDE_EOM:
		break;
	}
	return false;
}

/* The step is to be resumed with the inquiry's answer. */
static void
await(struct sts_session *s, struct sts_inquiry *q, int64_t now_ms)
{
	s->awaited = q;
	s->since_ms = now_ms;
	s->pause = (struct sts_pause){ .ticket = q->ticket,
		.until_ms = s->deadline_ms };
}

/* For how long a recipient may wait, in ms. */
static int64_t
patience_at_rcpt(const struct sts_session *s)
{
	int64_t each = (int64_t)s->conf->rcpt_wait * 1000;
	int64_t left = STS_SESSION_RCPT_WAITS * each - s->rcpt_held_ms;

	return left < each ? left : each;
}

/* The recipients of one domain wait once; later ones only look. */
static bool
must_wait_at_rcpt(struct sts_session *s, struct sts_inquiry *q)
{
	bool waited = q->waited;

	if (q->refused || q->final)
		return false;
	q->waited = true;
	return sts_inquiry_look(q) == STS_INQUIRY_PENDING && !waited &&
	       patience_at_rcpt(s) > 0;
}

/* What could relieve the message, as of now. */
static struct sts_circumstances
circumstances_of(const struct sts_session *s)
{
	struct sts_engine_outage outage;

	return (struct sts_circumstances){
		.tls_required_no = s->tls_required == 1 && s->tls_required_no,
		.outage = sts_engine_outage(s->context.engine, &outage),
		.by_command = s->by_command,
	};
}

/* What is done because of this domain; an inquiry that was cut off by the end
 * of the daemon must not let the message pass. */
static enum sts_action
judge(const struct sts_session *s, const struct sts_inquiry *q,
    enum sts_relief *relief)
{
	*relief = STS_RELIEF_NONE;
	if (q->state == STS_INQUIRY_CLOSED)
		return STS_ACTION_DEFER;
	return sts_relief_of(
	    s->conf, &s->about, &q->verdict, q->action, relief);
}

static enum sts_action
action_of(const struct sts_session *s, const struct sts_inquiry *q)
{
	enum sts_relief relief;

	return judge(s, q, &relief);
}

static void
reply_of(
    enum sts_action action, const struct sts_inquiry *q, struct sts_reply *out)
{
	if (q->state == STS_INQUIRY_CLOSED)
		*out = sts_reply_closing;
	else
		sts_reply_of(
		    action, &q->verdict, q->domain, sts_inquiry_mx(q), out);
}

static void
report(const struct sts_session *s, const struct sts_inquiry *q)
{
	enum sts_relief relief;
	enum sts_action action = judge(s, q, &relief);
	const struct sts_decision decision = {
		.queue_id = s->queue_id,
		.message = s->name,
		.domain = q->domain,
		.verdict = &q->verdict,
		.answer = q->answer,
		.action = action,
		.relief = relief,
		.about = s->about,
		.exception = action == STS_ACTION_ACCEPT ? NULL : q->exception,
		.stage = s->stage,
		.cached = q->ticket != NULL && sts_ticket_cached(q->ticket),
		.ms = q->held_ms,
	};

	sts_report_decision(s->context.report, &decision);
}

static void
decide_at_rcpt(
    struct sts_session *s, struct sts_inquiry *q, struct sts_reply *out)
{
	enum sts_action action;

	s->about = circumstances_of(s);
	action = action_of(s, q);
	if (sts_verdict_refuses(action)) {
		if (!q->refused)
			report(s, q);
		q->refused = true;
		reply_of(action, q, out);
		return;
	}
	q->final = s->conf->decide_at == STS_DECIDE_RCPT;
	q->accepted++;
}

enum sts_err
sts_session_rcpt(struct sts_session *s, const struct sts_rcpt *rcpt,
    const char *queue_id, struct sts_reply *out)
{
	struct sts_recipient recipient;
	struct sts_inquiry *q;
	int64_t now;

	s->stage = STS_STAGE_RCPT;
	s->queue_id = queue_id;
	sts_recipient_of(s->conf, rcpt, &recipient);
	s->by_command = s->by_command || recipient.by_command;
	/* RFC 8460 section 3: a report is delivered despite what it tells. */
	if (s->of_reporter && !s->requires_tls &&
	    sts_tlsown_is_target(s->context.own, rcpt->argument))
		recipient.route = STS_ROUTE_EXEMPT;
	if (is_one_too_many(s, &recipient)) {
		tell_too_many(s);
		*out = sts_reply_too_many;
		return STS_OK;
	}
	q = inquiry_of(s, &recipient);
	if (q != NULL && q->state != STS_INQUIRY_CLOSED &&
	    awaited_at_rcpt(s, q) && must_wait_at_rcpt(s, q)) {
		now = sts_mono_ms(s->clock);
		s->deadline_ms = now + patience_at_rcpt(s);
		await(s, q, now);
		return STS_E_AGAIN;
	}
	*out = sts_reply_go_on;
	if (q == NULL)
		*out = sts_reply_fault;
	else if (q->state == STS_INQUIRY_CLOSED || awaited_at_rcpt(s, q))
		decide_at_rcpt(s, q, out);
	else
		q->accepted++;
	return STS_OK;
}

void
sts_session_sender(struct sts_session *s, const char *sender)
{
	s->of_reporter = sts_tlsown_is_sender(s->conf, sender);
}

void
sts_session_require_tls(struct sts_session *s)
{
	s->requires_tls = true;
}

void
sts_session_header(struct sts_session *s, const char *name, const char *value)
{
	struct sts_slice field = sts_slice_str(name);

	if (sts_slice_eq_nocase(field, sts_slice_str(s->conf->header_name)))
		s->edits.n_forged++;
	if (sts_slice_eq_nocase(field, STS_LIT("TLS-Required"))) {
		s->tls_required++;
		s->tls_required_no = sts_slice_eq_nocase(
		    sts_slice_trim(sts_slice_str(value)), STS_LIT("No"));
	}
}

/* Reports every domain; returns the one that decides, NULL without any. */
static const struct sts_inquiry *
decide_at_eom(const struct sts_session *s)
{
	const struct sts_inquiry *worst = NULL;

	for (size_t i = 0; i < s->n_inquiries; i++) {
		const struct sts_inquiry *q = s->inquiries[i];

		if (q->accepted == 0)
			continue;
		report(s, q);
		if (worst == NULL ||
		    sts_verdict_severity(action_of(s, q)) >
			sts_verdict_severity(action_of(s, worst)))
			worst = q;
	}
	return worst;
}

/* Of policy domains that the message still goes to.  Those without a name
 * count as different. */
static bool
single_domain(const struct sts_session *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_inquiries; i++)
		n += s->inquiries[i]->accepted > 0;
	return n == 1;
}

static bool
told_in_header(const struct sts_session *s, const struct sts_inquiry *q)
{
	enum sts_action action = action_of(s, q);

	/* Postfix has no other place for why a message is held. */
	if (action == STS_ACTION_TAG || action == STS_ACTION_QUARANTINE)
		return true;
	switch (s->conf->header) {
	case STS_HEADER_ALL:
		return true;
	case STS_HEADER_FAILURES:
		return q->verdict.result == STS_RESULT_FAIL ||
		       q->verdict.result == STS_RESULT_TEMPERROR;
	case STS_HEADER_NONE:
		break;
	}
	return false;
}

STS_MUST_USE static enum sts_err
make_edits(struct sts_session *s, const struct sts_inquiry *worst)
{
	bool single = single_domain(s);
	enum sts_err err = STS_OK;

	for (size_t i = 0; err == STS_OK && i < s->n_inquiries; i++) {
		const struct sts_inquiry *q = s->inquiries[i];

		if (q->accepted > 0 && told_in_header(s, q))
			err = sts_edits_header(
			    &s->edits, s->conf, q, action_of(s, q), single);
	}
	if (err == STS_OK && worst != NULL &&
	    action_of(s, worst) == STS_ACTION_QUARANTINE)
		err = sts_edits_quarantine(&s->edits, worst, single);
	return err;
}

static void
finish(struct sts_session *s, struct sts_reply *out)
{
	const struct sts_inquiry *worst;

	s->about = circumstances_of(s);
	worst = decide_at_eom(s);
	*out = sts_reply_fault;
	if (worst != NULL && sts_verdict_refuses(action_of(s, worst))) {
		reply_of(action_of(s, worst), worst, out);
	} else if (make_edits(s, worst) == STS_OK) {
		*out = sts_reply_go_on;
		s->edited = true;
	}
}

static bool
is_open(const struct sts_inquiry *q)
{
	return q->accepted > 0 && !q->final && q->state == STS_INQUIRY_PENDING;
}

static void
await_at_eom(struct sts_session *s, struct sts_inquiry *q, int64_t now_ms)
{
	await(s, q, now_ms);
	s->pause.progress = now_ms >= s->progress_ms;
	if (s->pause.progress)
		s->progress_ms = now_ms + STS_SESSION_PROGRESS_MS;
	if (s->progress_ms < s->pause.until_ms)
		s->pause.until_ms = s->progress_ms;
}

/* One after the other, with one deadline for all, since all are looked up at
 * once; past it all are looked at once more. */
static enum sts_err
wait_or_finish(struct sts_session *s, struct sts_reply *out)
{
	int64_t now = sts_mono_ms(s->clock);

	for (; s->looked_at < s->n_inquiries; s->looked_at++) {
		struct sts_inquiry *q = s->inquiries[s->looked_at];

		if (is_open(q) && sts_inquiry_look(q) == STS_INQUIRY_PENDING &&
		    now < s->deadline_ms) {
			await_at_eom(s, q, now);
			return STS_E_AGAIN;
		}
	}
	finish(s, out);
	return STS_OK;
}

enum sts_err
sts_session_eom(
    struct sts_session *s, const char *queue_id, struct sts_reply *out)
{
	int64_t now = sts_mono_ms(s->clock);

	s->stage = STS_STAGE_EOM;
	s->queue_id = queue_id;
	s->looked_at = 0;
	s->deadline_ms = now + (int64_t)s->conf->eom_wait * 1000;
	s->progress_ms = now + STS_SESSION_PROGRESS_MS;
	return wait_or_finish(s, out);
}

struct sts_pause
sts_session_pause(const struct sts_session *s)
{
	return s->pause;
}

enum sts_err
sts_session_resume(struct sts_session *s, struct sts_reply *out)
{
	struct sts_inquiry *q = s->awaited;
	int64_t now = sts_mono_ms(s->clock);

	q->held_ms += now - s->since_ms;
	switch (s->stage) {
	case STS_STAGE_RCPT:
		s->rcpt_held_ms += now - s->since_ms;
		if (sts_inquiry_look(q) == STS_INQUIRY_PENDING &&
		    now < s->deadline_ms) {
			await(s, q, now);
			return STS_E_AGAIN;
		}
		*out = sts_reply_go_on;
		decide_at_rcpt(s, q, out);
		return STS_OK;
	case STS_STAGE_EOM:
		break;
	}
	return wait_or_finish(s, out);
}

void
sts_session_hurry(struct sts_session *s)
{
	s->deadline_ms = sts_mono_ms(s->clock);
	s->pause.until_ms = s->deadline_ms;
}

const struct sts_edits *
sts_session_edits(const struct sts_session *s)
{
	return s->edited ? &s->edits : NULL;
}
