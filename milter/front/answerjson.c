#include "sts/front/answerjson.h"

#include "sts/base/clock.h"

/* An object in the making; the first failure is remembered. */
struct maker {
	json_t *object;
	int failed;
};

static struct maker
maker(void)
{
	struct maker m = { json_object(), 0 };

	m.failed = m.object == NULL;
	return m;
}

static json_t *
made(struct maker *m)
{
	if (!m->failed)
		return m->object;
	json_decref(m->object);
	return NULL;
}

static void
put(struct maker *m, const char *key, json_t *value)
{
	m->failed |= json_object_set_new(m->object, key, value) != 0;
}

/* "" and NULL are what is not known. */
static void
put_text(struct maker *m, const char *key, const char *text)
{
	bool unknown = text == NULL || *text == '\0';

	put(m, key, unknown ? json_null() : json_string(text));
}

static void
put_time(struct maker *m, const char *key, int64_t wall_s)
{
	char text[STS_TIME_TEXT];

	put_text(m, key, wall_s == 0 ? "" : sts_time_rfc3339(wall_s, text));
}

static json_t *
mx_patterns(const struct sts_policy *policy)
{
	json_t *array = json_array();

	for (size_t i = 0; policy != NULL && i < policy->n_mx; i++)
		if (json_array_append_new(array, json_string(policy->mx[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static void
put_policy(struct maker *m, const struct sts_policy *policy, bool with_mx)
{
	put_text(m, "mode", policy == NULL ? "" : sts_mode_text(policy->mode));
	if (with_mx)
		put(m, "mx", mx_patterns(policy));
	put(m, "max_age",
	    policy == NULL ? json_null() : json_integer(policy->max_age));
}

static const char *
txt_text(const struct sts_discovery *discovery)
{
	if (!discovery->txt_asked)
		return "";
	switch (discovery->txt) {
	case STS_TXT_FOUND:
		return "found";
	case STS_TXT_NONE:
		return "none";
	case STS_TXT_MULTIPLE:
		return "multiple";
	case STS_TXT_INVALID:
		return "invalid";
	}
	return "";
}

static json_t *
discovery_json(const struct sts_discovery *discovery)
{
	struct maker m = maker();

	put_text(&m, "status", sts_fetch_status_text(discovery->status));
	put_text(&m, "source", discovery->from_cache ? "cache" : "network");
	put_text(&m, "id", discovery->id);
	put_policy(&m, discovery->policy, true);
	put_time(&m, "expires", discovery->expires);
	put_text(&m, "reason", sts_reason_text(discovery->reason));
	put_text(&m, "detail", discovery->detail);
	put_text(&m, "txt", txt_text(discovery));
	return made(&m);
}

static const struct sts_host_outcome not_seen;

/* null where no policy says anything of hosts. */
static json_t *
match_json(const struct sts_answer *answer, const struct sts_mx_outcome *mx)
{
	const struct sts_policy *policy = answer->discovery.policy;

	if (policy == NULL || policy->mode == STS_MODE_NONE)
		return json_null();
	return json_boolean(mx->match);
}

static json_t *
mx_json(const struct sts_answer *answer, const struct sts_mx_outcome *mx)
{
	const struct sts_host_outcome *seen =
	    mx->seen == NULL ? &not_seen : mx->seen;
	struct maker m = maker();

	put_text(&m, "host", mx->host);
	put(&m, "preference", json_integer(mx->preference));
	put_text(&m, "address", seen->address);
	put(&m, "match", match_json(answer, mx));
	put(&m, "dane", json_boolean(seen->dane));
	put_text(&m, "result", sts_mx_result_text(mx));
	put_text(&m, "reason", sts_mx_reason_text(mx));
	put_text(&m, "detail", seen->detail);
	put_text(&m, "tls", seen->tls);
	put_text(&m, "cipher", seen->cipher);
	put_text(&m, "subject", seen->subject);
	put_text(&m, "issuer", seen->issuer);
	put_time(&m, "not_after", seen->not_after);
	return made(&m);
}

static json_t *
mxs_json(const struct sts_answer *answer)
{
	json_t *array = json_array();

	for (size_t i = 0; i < answer->n_mx; i++)
		if (json_array_append_new(
			array, mx_json(answer, &answer->mx[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static const char *
mx_state_text(const struct sts_answer *answer)
{
	if (!answer->mx_asked)
		return "";
	switch (answer->mx_state) {
	case STS_MX_KNOWN:
		return answer->implicit_mx ? "implicit" : "known";
	case STS_MX_NULL:
		return "null";
	case STS_MX_UNKNOWN:
		return "unknown";
	case STS_MX_PENDING:
		return "pending";
	}
	return "";
}

json_t *
sts_answer_json(const struct sts_answer *answer)
{
	const struct sts_verdict *verdict = &answer->verdict;
	struct maker m = maker();

	put_text(&m, "domain", answer->domain);
	put_text(&m, "result", sts_result_text(verdict->result));
	put_text(&m, "reason", sts_reason_text(verdict->reason));
	put(&m, "policy", discovery_json(&answer->discovery));
	put(&m, "mx", mxs_json(answer));
	put_text(&m, "mx_state", mx_state_text(answer));
	put_text(&m, "mx_detail", answer->mx_detail);
	put(&m, "complete", json_boolean(answer->complete));
	return made(&m);
}

json_t *
sts_record_json(const struct sts_record *record, int64_t now, bool whole)
{
	struct maker m = maker();

	put_text(&m, "domain", record->domain);
	put_text(&m, "id", record->id);
	put_policy(&m, record->policy, whole);
	put_time(&m, "fetched", record->fetched_at);
	put_time(&m, "confirmed", record->confirmed_at);
	put_time(&m, "used", record->used_at);
	put_time(&m, "expires", sts_record_expires(record, now));
	put(&m, "in_force", json_boolean(sts_record_in_force(record, now)));
	put_time(&m, "failed", record->failed_at);
	put_text(&m, "failed_id", record->failed_id);
	put_text(&m, "failed_reason", sts_reason_text(record->failed_reason));
	return made(&m);
}
