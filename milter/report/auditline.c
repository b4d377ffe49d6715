#include "sts/report/audit.h"
#include "sts/report/jsontext.h"

#include <jansson.h>
#include <stdlib.h>

/* null for nothing. */
static json_t *
text(const char *s)
{
	return s == NULL || s[0] == '\0' ? json_null() : sts_json_string(s);
}

static json_t *
time_text(int64_t wall_s)
{
	char dst[STS_TIME_TEXT];

	return json_string(sts_time_rfc3339(wall_s, dst));
}

static json_t *
mx_object(const struct sts_mx_outcome *mx)
{
	const struct sts_host_outcome *seen = mx->seen;

	return json_pack("{so, so, so, so, so, sb}", "host", text(mx->host),
	    "address", text(seen == NULL ? NULL : seen->address), "reason",
	    text(sts_mx_reason_text(mx)), "tls",
	    text(seen == NULL ? NULL : seen->tls), "result",
	    text(sts_mx_result_text(mx)), "dane",
	    (int)(seen != NULL && seen->dane));
}

static json_t *
mx_array(const struct sts_answer *answer)
{
	json_t *array = json_array();

	for (size_t i = 0; answer != NULL && i < answer->n_mx; i++) {
		if (json_array_append_new(array, mx_object(&answer->mx[i])) ==
		    0)
			continue;
		json_decref(array);
		return NULL;
	}
	return array;
}

static json_t *
exception_object(const struct sts_exception *e)
{
	if (e == NULL)
		return json_null();
	return json_pack("{so, so, so}", "name", text(e->name), "reason",
	    text(e->reason), "until",
	    e->until == 0 ? json_null() : time_text(e->until));
}

char *
sts_audit_line(const struct sts_decision *d, int64_t wall_s)
{
	const struct sts_verdict *v = d->verdict;
	const struct sts_answer *a = d->answer;
	json_t *object;
	char *line;

	object = json_pack("{so, so, so, ss, ss, so, so, so, ss, ss, sb, sI, "
			   "so, so, sb, so, so, sb, sb, sb}",
	    "time", time_text(wall_s), "queue_id", text(d->queue_id), "domain",
	    text(d->domain), "result", sts_result_text(v->result), "policy",
	    v->in_policy ? sts_mode_text(v->mode) : "none", "id",
	    text(a == NULL ? NULL : a->discovery.id), "reason",
	    text(sts_reason_text(v->reason)), "mx",
	    text(a == NULL ? NULL : sts_answer_mx(a)), "action",
	    sts_action_text(d->action), "stage",
	    d->stage == STS_STAGE_RCPT ? "rcpt" : "eom", "cached",
	    (int)d->cached, "ms", (json_int_t)d->ms, "mxs", mx_array(a),
	    "exception", exception_object(d->exception), "requiretls",
	    (int)v->required, "relief", text(sts_relief_text(d->relief)),
	    "message", text(d->message), "outage", (int)d->about.outage,
	    "tls_required_no", (int)d->about.tls_required_no, "by_command",
	    (int)d->about.by_command);
	line = sts_json_text(object);
	json_decref(object); /* which may be NULL */
	return line;
}
