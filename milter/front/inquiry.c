#include "sts/front/inquiry.h"

static void
judge(struct sts_inquiry *q, struct sts_verdict verdict)
{
	if (q->requires_tls)
		verdict = sts_verdict_require_tls(verdict);
	q->verdict = verdict;
	q->action = sts_verdict_action(&verdict, &q->words);
}

static struct sts_verdict
could_not_tell(void)
{
	const struct sts_facts facts = { .policy = STS_POLICY_UNKNOWN };

	return sts_verdict_of(&facts);
}

static struct sts_verdict
without_policy(enum sts_result result)
{
	return (struct sts_verdict){ .result = result, .mx = STS_NO_MX };
}

/* Pending until the first look at the ticket says otherwise. */
static void
ask(struct sts_inquiry *q, struct sts_engine *engine)
{
	enum sts_err err = sts_engine_ask(engine, q->domain, 0, &q->ticket);

	judge(q, could_not_tell());
	if (err == STS_OK)
		return;
	if (err == STS_E_CLOSED) {
		q->state = STS_INQUIRY_CLOSED;
		return;
	}
	q->state = STS_INQUIRY_SETTLED;
	q->answer = sts_engine_remembered(engine, q->domain);
	if (q->answer != NULL)
		judge(q, q->answer->verdict);
	sts_log(sts_engine_log(engine), STS_LOG_WARNING, "not-looked-up",
	    STS_KV_STR("domain", q->domain),
	    STS_KV_STR("error", sts_err_text(err)));
}

void
sts_inquiry_init(struct sts_inquiry *q, struct sts_engine *engine,
    const struct sts_conf *conf, const struct sts_recipient *recipient,
    bool overflow, bool requires_tls)
{
	struct sts_verdict verdict = could_not_tell();

	memset(q, 0, sizeof(*q));
	q->route = recipient->route;
	q->requires_tls = requires_tls;
	if (!overflow)
		memcpy(q->domain, recipient->domain, sizeof(q->domain));
	q->words = sts_conf_actions(conf, sts_slice_str(q->domain),
	    sts_wall_s(sts_engine_clock(engine)), &q->exception);
	q->state = STS_INQUIRY_SETTLED;
	switch (q->route) {
	case STS_ROUTE_OUTBOUND:
		if (overflow)
			break;
		q->state = STS_INQUIRY_PENDING;
		ask(q, engine);
		return;
	case STS_ROUTE_NO_POLICY:
		verdict = without_policy(STS_RESULT_NONE);
		break;
	case STS_ROUTE_EXEMPT:
		verdict = without_policy(STS_RESULT_EXEMPT);
		break;
	case STS_ROUTE_UNCLEAR:
		break;
	}
	judge(q, verdict);
}

void
sts_inquiry_deinit(struct sts_inquiry *q)
{
	if (q->answer != NULL)
		sts_answer_put(q->answer);
	sts_ticket_free(q->ticket);
}

enum sts_inquiry_state
sts_inquiry_look(struct sts_inquiry *q)
{
	const struct sts_answer *answer = NULL;
	enum sts_err err;

	if (q->state != STS_INQUIRY_PENDING)
		return q->state;
	err = sts_ticket_wait(q->ticket, 0, &answer);
	if (answer != NULL) {
		if (q->answer != NULL)
			sts_answer_put(q->answer);
		q->answer = answer;
		judge(q, answer->verdict);
	}
	if (err == STS_E_CLOSED)
		q->state = STS_INQUIRY_CLOSED;
	else if (err != STS_E_TIMEOUT)
		q->state = STS_INQUIRY_SETTLED;
	return q->state;
}

bool
sts_inquiry_may_refuse(const struct sts_inquiry *q)
{
	return (q->route == STS_ROUTE_OUTBOUND ||
		   q->route == STS_ROUTE_UNCLEAR) &&
	       (sts_verdict_refuses(q->words.on_fail) ||
		   sts_verdict_refuses(q->words.on_unreachable) ||
		   sts_verdict_refuses(q->words.on_temperror));
}

const char *
sts_inquiry_mx(const struct sts_inquiry *q)
{
	return q->answer == NULL ? "" : sts_answer_mx(q->answer);
}

const char *
sts_inquiry_id(const struct sts_inquiry *q)
{
	return q->answer == NULL ? "" : q->answer->discovery.id;
}
