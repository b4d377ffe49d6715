#include "sts/front/socketmapreply.h"

/* The admin's own words for this domain: mail shall go out and only be told
 * of.  Without an exception a socketmap that is asked shall protect. */
static bool
lets_go(const struct sts_exception *exception)
{
	return exception != NULL && exception->has_on_fail &&
	       (exception->on_fail == STS_ACTION_LOG ||
		   exception->on_fail == STS_ACTION_TAG);
}

/* As the report tells it of a message, with who it is that used it. */
static void
log_exception(
    struct sts_log *log, const struct sts_exception *e, const char *domain)
{
	sts_log(log, STS_LOG_NOTICE, "alarm-exception-used",
	    STS_KV_STR("exception", e->name), STS_KV_STR("domain", domain),
	    STS_KV_STR("by", "socketmap"),
	    STS_KV_STR(e->reason[0] == '\0' ? NULL : "why", e->reason));
}

void
sts_socketmap_reply_of(enum sts_socketmap_dialect dialect,
    const struct sts_answer *answer, const struct sts_conf *conf, int64_t now,
    struct sts_log *log, struct sts_buf *b)
{
	const struct sts_exception *exception;
	struct sts_actions actions = sts_conf_actions(
	    conf, sts_slice_str(answer->domain), now, &exception);
	const struct sts_socketmap_facts facts = {
		.domain = answer->domain,
		.state = answer->discovery.state,
		.policy = answer->discovery.policy,
		.mx_state = answer->mx_state,
		.mx = answer->mx,
		.n_mx = answer->n_mx,
		.on_temperror = actions.on_temperror,
		.excepted = lets_go(exception),
	};

	sts_socketmap_reply(dialect, &facts, b);
	if (sts_socketmap_exception_counts(&facts))
		log_exception(log, exception, answer->domain);
}
