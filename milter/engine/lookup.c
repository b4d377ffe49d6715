#include "sts/engine/lookup.h"

#include "sts/engine/addresses.h"
#include "sts/engine/alarms.h"

#include <stdio.h>
#include <stdlib.h>

struct sts_lookup {
	struct sts_env env;
	sts_lookup_done *done;
	void *cookie;
	bool recheck, remember, blind;
	/* What was remembered before, and what is now: references, or NULL. */
	const struct sts_record *before, *record;
	struct sts_query *txt;
	struct sts_address_lookup *addresses;
	struct sts_fetchjob *fetch;
	char id[STS_ID_SIZE]; /* the TXT record's, or "" */
	char detail[STS_DETAIL_SIZE];
	struct sts_discovery found; /* its texts are these */
	char domain[STS_DOMAIN_SIZE];
};

static void
lookup_free(struct sts_lookup *l)
{
	sts_query_cancel(l->txt);
	sts_address_lookup_cancel(l->addresses);
	if (l->fetch != NULL)
		sts_fetchpool_cancel(l->fetch);
	sts_policy_put(l->found.policy);
	sts_record_put(l->record);
	sts_record_put(l->before);
	sts_env_release(&l->env);
	free(l);
}

static void
finish(struct sts_lookup *l)
{
	struct sts_discovery found = l->found;

	l->found.policy = NULL;
	sts_alarms_log(l->env.log, l->domain, l->before, &found);
	l->done(l->cookie, &found, l->record);
	lookup_free(l);
}

static int64_t
now(const struct sts_lookup *l)
{
	return sts_env_wall_s(&l->env);
}

static void set_detail(struct sts_lookup *l, const char *fmt, ...)
    STS_PRINTF(2, 3);

static void
set_detail(struct sts_lookup *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(l->detail, sizeof(l->detail), fmt, ap);
	va_end(ap);
}

/* Publishes the record as `change` makes it; the store logs its failures.
 * Without memory the old record stays, which is safe. */
static void
remember(struct sts_lookup *l,
    void (*change)(struct sts_lookup *, struct sts_record *))
{
	struct sts_record draft = { .domain = l->domain };
	const struct sts_record *record;

	if (!l->remember)
		return;
	if (l->record != NULL)
		draft = sts_record_draft(l->record);
	change(l, &draft);
	record = sts_record_new(&draft);
	if (record == NULL)
		return;
	if (sts_store_put(l->env.store, record) != STS_OK)
		sts_log(l->env.log, STS_LOG_WARNING, "not-remembered",
		    STS_KV_STR("domain", l->domain));
	sts_record_put(l->record);
	l->record = record;
}

static void
forget(struct sts_lookup *l)
{
	size_t n;

	if (!l->remember)
		return;
	sts_record_put(l->record);
	l->record = NULL;
	/* It fails out of memory only; then an expired record lives on. */
	if (sts_store_flush(l->env.store, l->domain, &n) != STS_OK)
		return;
}

static void
confirm(struct sts_lookup *l, struct sts_record *record)
{
	record->confirmed_at = now(l);
}

static void
note_fetched(struct sts_lookup *l, struct sts_record *record)
{
	record->policy = l->found.policy;
	record->id = l->id;
	record->fetched_at = record->confirmed_at = now(l);
	if (record->used_at == 0)
		record->used_at = record->fetched_at;
	record->failed_id = "";
	record->failed_at = 0;
	record->failed_reason = STS_REASON_NONE;
}

static void
note_failed(struct sts_lookup *l, struct sts_record *record)
{
	record->failed_id = l->id;
	record->failed_at = now(l);
	record->failed_reason = l->found.reason;
	if (record->used_at == 0)
		record->used_at = record->failed_at;
}

void
sts_discovery_of_record(
    const struct sts_record *record, int64_t now_s, struct sts_discovery *out)
{
	*out = (struct sts_discovery){ .status = STS_FETCH_NONE,
		.state = STS_POLICY_UNKNOWN,
		.reason = STS_REASON_DNS_FAILURE,
		.id = "",
		.detail = "" };
	if (record == NULL || !sts_record_in_force(record, now_s))
		return;
	out->status = STS_FETCH_NOT_CHANGED;
	out->state = STS_POLICY_IN_FORCE;
	out->reason = STS_REASON_NONE;
	out->from_cache = true;
	out->policy = sts_policy_get(record->policy);
	out->expires = sts_record_expires(record, now_s);
	out->id = record->id;
}

/* The remembered policy stands; what was found out on the way stays told. */
static void
use_record(struct sts_lookup *l)
{
	struct sts_discovery *found = &l->found, cached;

	sts_discovery_of_record(l->record, now(l), &cached);
	found->state = cached.state;
	found->reason = cached.reason;
	found->from_cache = cached.from_cache;
	found->policy = cached.policy;
	found->expires = cached.expires;
	(void)snprintf(l->id, sizeof(l->id), "%s", cached.id);
}

/* Carries out a plan that needs no fetch. */
static void
conclude(struct sts_lookup *l, const struct sts_plan *plan)
{
	struct sts_discovery *found = &l->found;

	found->alarms |= plan->alarms;
	switch (plan->step) {
	case STS_STEP_USE_CACHED:
		use_record(l);
		if (plan->confirm) {
			found->status = STS_FETCH_NOT_CHANGED;
			found->expires = now(l) + found->policy->max_age;
			remember(l, confirm);
		}
		break;
	case STS_STEP_NO_POLICY:
		found->state = STS_POLICY_ABSENT;
		break;
	case STS_STEP_FAILED:
	case STS_STEP_FETCH: /* not concluded here */
		found->state = STS_POLICY_FAILED;
		break;
	case STS_STEP_CANNOT_TELL:
		found->state = STS_POLICY_UNKNOWN;
		found->reason = STS_REASON_DNS_FAILURE;
		break;
	}
	/* An expired policy is told once, and dropped then. */
	if (found->policy == NULL && (plan->alarms & STS_ALARM_EXPIRED) &&
	    plan->step == STS_STEP_NO_POLICY)
		forget(l);
	finish(l);
}

/* `reason` and the detail say why there is no policy to be had by HTTPS. */
static void
fetch_failed(struct sts_lookup *l, enum sts_reason reason)
{
	struct sts_plan plan = sts_plan_after_failed_fetch(l->record, now(l));

	l->found.status = STS_FETCH_FETCH_ERROR;
	l->found.reason = reason;
	l->env.tally->fetch_failures++;
	/* In a file that cannot be read a policy may lie: once it can be again,
	 * the failure would take that one's place (row 45). */
	if (!l->blind)
		remember(l, note_failed);
	conclude(l, &plan);
}

/* Gathers what is wrong with the text into the detail, as far as it fits. */
static void
on_note(void *cookie, const struct sts_policy_note *note)
{
	struct sts_lookup *l = cookie;
	size_t used = strlen(l->detail);

	if (!note->is_error)
		return;
	(void)snprintf(l->detail + used, sizeof(l->detail) - used,
	    note->line > 0 ? "%sline %u: %s" : "%s%.0u%s", used > 0 ? "; " : "",
	    note->line, note->message);
}

static void
take_policy(struct sts_lookup *l, struct sts_policy *policy)
{
	struct sts_discovery *found = &l->found;

	found->status = STS_FETCH_VALID;
	found->state = STS_POLICY_IN_FORCE;
	found->policy = policy;
	found->expires = now(l) + policy->max_age;
	if (l->record != NULL)
		found->alarms |=
		    sts_alarms_of_change(l->record, policy, now(l));
	if (policy->max_age == 0) /* valid, and not kept (row 35) */
		forget(l);
	else
		remember(l, note_fetched);
	sts_log(l->env.log, STS_LOG_INFO, "policy-fetched",
	    STS_KV_STR("domain", l->domain), STS_KV_STR("id", l->id),
	    STS_KV_STR("mode", sts_mode_text(policy->mode)),
	    STS_KV_INT("max_age", policy->max_age));
	finish(l);
}

static void
on_fetched(void *cookie, const struct sts_fetch_result *result)
{
	struct sts_lookup *l = cookie;
	struct sts_policy *policy;

	l->fetch = NULL;
	if (!result->ok) {
		set_detail(l, "%s", result->detail);
		fetch_failed(l, result->reason);
	} else if (sts_policy_parse(result->body, on_note, l, &policy) !=
		   STS_OK) {
		fetch_failed(l, STS_REASON_STS_POLICY_INVALID);
	} else {
		set_detail(l, "%s", "");
		take_policy(l, policy);
	}
}

static void
on_addresses(void *cookie, const struct sts_addresses *addresses)
{
	struct sts_lookup *l = cookie;
	struct sts_fetch_request request = {
		.policy_domain = l->domain,
		.addrs = addresses->addr,
		.n_addrs = addresses->n,
		.port = l->env.https_port,
		.conf = l->env.conf,
		.tls = l->env.tls,
		.timeout_ms = (int64_t)l->env.conf->fetch_timeout * 1000,
	};

	l->addresses = NULL;
	if (addresses->status != STS_DNS_OK) {
		set_detail(l, "%s", addresses->detail);
		fetch_failed(l, addresses->reason == STS_REASON_ADDRESS_REFUSED
				    ? STS_REASON_ADDRESS_REFUSED
				    : STS_REASON_STS_POLICY_FETCH_ERROR);
		return;
	}
	l->env.tally->fetches++;
	if (sts_fetchpool_start(l->env.fetchers, &request, on_fetched, l,
		&l->fetch) != STS_OK) {
		set_detail(l, "the fetch could not be started");
		fetch_failed(l, STS_REASON_STS_POLICY_FETCH_ERROR);
	}
}

static void
start_fetch(struct sts_lookup *l)
{
	char host[STS_DOMAIN_SIZE + sizeof("mta-sts.")];

	(void)snprintf(host, sizeof(host), "mta-sts.%s", l->domain);
	if (sts_address_lookup_start(l->env.resolver, l->env.conf, host,
		on_addresses, l, &l->addresses) != STS_OK) {
		set_detail(l, "%s is no host name that can be looked up", host);
		fetch_failed(l, STS_REASON_STS_POLICY_FETCH_ERROR);
	}
}

static enum sts_txt_outcome
read_txt(struct sts_lookup *l, const struct sts_dns_answer *answer)
{
	struct sts_txt txt;

	l->found.txt_asked = true;
	l->found.ttl = answer->ttl;
	switch (answer->status) {
	case STS_DNS_OK:
		break;
	case STS_DNS_NODATA:
	case STS_DNS_NXDOMAIN:
		l->found.txt = STS_TXT_NONE;
		set_detail(
		    l, "there is no TXT record at _mta-sts.%s", l->domain);
		return STS_TXT_SAYS_NONE;
	case STS_DNS_FAILED:
		l->found.txt_asked = false;
		l->found.status = STS_FETCH_FETCH_ERROR;
		set_detail(l, "TXT lookup of _mta-sts.%s: %s", l->domain,
		    answer->detail);
		return STS_TXT_SAYS_NOTHING;
	}
	sts_txt_select(answer->txt, answer->n, &txt);
	l->found.txt = txt.status;
	if (txt.status != STS_TXT_FOUND) {
		set_detail(l, "_mta-sts.%s: %s", l->domain, txt.why);
		return STS_TXT_SAYS_NONE;
	}
	memcpy(l->id, txt.id, sizeof(l->id));
	return STS_TXT_SAYS_ID;
}

static void
on_txt(void *cookie, struct sts_dns_answer *answer)
{
	struct sts_lookup *l = cookie;
	enum sts_txt_outcome says;
	struct sts_plan plan;

	l->txt = NULL;
	says = read_txt(l, answer);
	plan = sts_plan_after_txt(says, l->id, l->record, l->recheck, now(l));
	if (plan.step == STS_STEP_FETCH) {
		l->found.alarms |= plan.alarms;
		start_fetch(l);
		return;
	}
	if (plan.step == STS_STEP_FAILED) {
		/* Held back: it failed a moment ago (row 26). */
		l->found.status = STS_FETCH_FETCH_ERROR;
		l->found.reason = l->record->failed_reason;
		set_detail(l, "the policy could not be fetched a moment ago, "
			      "and is not tried again yet");
	}
	conclude(l, &plan);
}

enum sts_err
sts_lookup_start(const struct sts_env *env,
    const struct sts_lookup_request *request, sts_lookup_done *done,
    void *cookie, struct sts_lookup **out)
{
	struct sts_lookup *l = calloc(1, sizeof(*l));
	char name[STS_DOMAIN_SIZE + sizeof("_mta-sts.")];
	enum sts_err err;

	if (l == NULL)
		return STS_E_NOMEM;
	l->env = sts_env_copy(env);
	l->done = done;
	l->cookie = cookie;
	l->recheck = request->recheck;
	l->remember = request->remember;
	l->blind = request->blind;
	l->before = sts_record_get(request->record);
	l->record = sts_record_get(request->record);
	l->found.status = STS_FETCH_NONE;
	l->found.id = l->id;
	l->found.detail = l->detail;
	(void)snprintf(l->domain, sizeof(l->domain), "%s", request->domain);
	(void)snprintf(name, sizeof(name), "_mta-sts.%s", l->domain);
	err = sts_query_start(
	    l->env.resolver, name, STS_DNS_TXT, on_txt, l, &l->txt);
	if (err != STS_OK) {
		lookup_free(l);
		return err;
	}
	env->tally->lookups++;
	/* Row 44.  Who has the policy looked at anew is no message. */
	if (l->remember && !l->recheck && l->record != NULL)
		sts_store_touch(l->env.store, l->domain);
	*out = l;
	return STS_OK;
}

void
sts_lookup_cancel(struct sts_lookup *l)
{
	if (l != NULL)
		lookup_free(l);
}
