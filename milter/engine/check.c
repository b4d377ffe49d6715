#include "sts/engine/check.h"

#include "sts/core/mxmatch.h"
#include "sts/engine/engine.h"
#include "sts/engine/hosts.h"
#include "sts/engine/lookup.h"

#include <stdio.h>
#include <stdlib.h>

enum { STAGGER_MS = 5000 }; /* for a host, before the next is begun too */

struct host_wait {
	struct sts_check *check;
	struct sts_hosts_wait *wait; /* NULL: not waiting */
};

struct sts_check {
	struct sts_env env;
	struct sts_storegate *gate;
	sts_check_told *told;
	void *cookie;
	unsigned ask;
	const struct sts_policy *supposed; /* a reference; NULL: none is */
	bool rechecked; /* row 46 was obeyed */
	bool blind; /* the store could not say what it remembers */
	int64_t started_ms;

	struct sts_storeget *get;
	const struct sts_record *record; /* a reference, or NULL */
	struct sts_lookup *lookup;
	struct sts_discovery found; /* with a reference to its policy … */
	char found_id[STS_ID_SIZE]; /* … and its texts */
	char found_detail[STS_DETAIL_SIZE];
	struct sts_query *query; /* MX */

	enum sts_mx_state mx_state;
	bool mx_asked, implicit_mx;
	bool mx_secure; /* and DNSSEC counts: DANE may decide, row 63 */
	uint32_t mx_ttl;
	char mx_detail[STS_DETAIL_SIZE];
	size_t n_mx;
	struct sts_mx_outcome mx[STS_CHECK_MX_MAX];
	char mx_host[STS_CHECK_MX_MAX][STS_DOMAIN_SIZE];
	size_t next; /* host to be asked for */
	size_t waiting;
	struct host_wait wait[STS_CHECK_MX_MAX];
	struct sts_timer stagger;
	char domain[STS_DOMAIN_SIZE];
};

static void
drop_hosts(struct sts_check *c)
{
	sts_timer_stop(&c->stagger);
	for (size_t i = 0; i < c->n_mx; i++) {
		sts_hosts_cancel(c->wait[i].wait);
		sts_host_outcome_put(c->mx[i].seen);
	}
	memset(c->wait, 0, sizeof(c->wait));
	memset(c->mx, 0, sizeof(c->mx));
	c->n_mx = c->next = c->waiting = 0;
}

static void
check_free(struct sts_check *c)
{
	sts_storegate_cancel(c->get);
	sts_lookup_cancel(c->lookup);
	sts_query_cancel(c->query);
	drop_hosts(c);
	sts_timer_deinit(&c->stagger);
	sts_policy_put(c->found.policy);
	sts_policy_put(c->supposed);
	sts_record_put(c->record);
	sts_env_release(&c->env);
	free(c);
}

static struct sts_verdict
judge(const struct sts_check *c, enum sts_mx_state mx_state, bool probed)
{
	struct sts_facts facts = {
		.policy = c->found.state,
		.policy_reason = c->found.reason,
		.mode = c->found.policy != NULL ? c->found.policy->mode
						: STS_MODE_NONE,
		.mx_state = mx_state,
		.mx = c->mx,
		.n_mx = (uint32_t)c->n_mx,
		.probed = probed,
	};

	return sts_verdict_of(&facts);
}

static int64_t
clamp_ttl_ms(uint32_t ttl_s)
{
	uint32_t s = ttl_s < STS_FRESH_MIN   ? STS_FRESH_MIN
		     : ttl_s > STS_FRESH_MAX ? STS_FRESH_MAX
					     : ttl_s;

	return (int64_t)s * 1000;
}

static void
shorten(int64_t *ms, int64_t to)
{
	if (to < *ms)
		*ms = to > 0 ? to : 0;
}

/* For how long a complete answer stands: as long as all that it rests on. */
static int64_t
fresh_ms(const struct sts_check *c, const struct sts_verdict *verdict)
{
	int64_t ms = clamp_ttl_ms(c->found.ttl);
	int64_t now = sts_env_wall_s(&c->env);

	if (verdict->result == STS_RESULT_TEMPERROR)
		shorten(&ms, (int64_t)STS_FRESH_FAILED * 1000);
	if (c->found.status == STS_FETCH_FETCH_ERROR)
		shorten(&ms, (int64_t)STS_FRESH_MIN * 1000);
	if (c->found.policy != NULL)
		shorten(&ms, (c->found.expires - now) * 1000);
	if (c->mx_asked)
		shorten(&ms, clamp_ttl_ms(c->mx_ttl));
	/* What was not waited for does not count. */
	for (size_t i = 0; i < c->n_mx; i++)
		if (c->mx[i].seen != NULL)
			shorten(
			    &ms, sts_hosts_fresh_ms(&c->env, c->mx[i].seen));
	return ms;
}

enum stage { SO_FAR, UNPROBED, COMPLETE };

/* The answer as far as it is known; `mx_state` is what to think of the MX
 * hosts. NULL: out of memory. */
static struct sts_answer *
make_answer(
    const struct sts_check *c, enum sts_mx_state mx_state, enum stage stage)
{
	int64_t now = sts_env_mono_ms(&c->env);
	struct sts_answer draft = {
		.domain = c->domain,
		.discovery = c->found,
		.mx_state = mx_state,
		.mx_detail = c->mx_detail,
		.implicit_mx = c->implicit_mx,
		.mx_asked = c->mx_asked,
		.complete = stage != SO_FAR,
		.unprobed = stage == UNPROBED,
		.verdict =
		    judge(c, mx_state, c->env.conf->probe && stage != UNPROBED),
		.made_ms = now,
		.took_ms = (uint32_t)(now - c->started_ms),
		.n_mx = (uint32_t)c->n_mx,
		.mx = c->mx,
	};

	if (draft.complete)
		draft.fresh_until_ms = now + fresh_ms(c, &draft.verdict);
	return sts_answer_new(&draft);
}

static void
tell_incomplete(struct sts_check *c)
{
	struct sts_answer *a = make_answer(c, STS_MX_PENDING, SO_FAR);

	if (a != NULL)
		(void)c->told(c->cookie, a);
	sts_answer_put(a);
}

static void
tell_complete(struct sts_check *c)
{
	struct sts_answer *a = make_answer(c, c->mx_state, COMPLETE);

	(void)c->told(c->cookie, a);
	sts_answer_put(a);
	check_free(c);
}

/* Tells of the hosts that the policy allows, before they are probed.  DANE may
 * allow others, and refuse these.  Whether the check goes on. */
static bool
tell_unprobed(struct sts_check *c)
{
	bool goes_on = true;
	struct sts_answer *a;

	if (c->mx_secure ||
	    judge(c, STS_MX_KNOWN, false).result != STS_RESULT_PASS)
		return true;
	a = make_answer(c, STS_MX_KNOWN, UNPROBED);
	if (a != NULL)
		goes_on = c->told(c->cookie, a);
	sts_answer_put(a);
	if (!goes_on)
		check_free(c);
	return goes_on;
}

static void start_lookup(struct sts_check *c, bool recheck);

/* Whether row 46 (RFC 8461 section 5.1) asks for another look at the policy:
 * a violation would be declared by one that was not fetched lately. */
static bool
must_recheck(const struct sts_check *c, const struct sts_verdict *verdict)
{
	return verdict->result == STS_RESULT_FAIL && c->found.from_cache &&
	       !c->rechecked && c->record != NULL &&
	       !sts_record_checked_lately(c->record, sts_env_wall_s(&c->env));
}

static void
conclude(struct sts_check *c)
{
	struct sts_verdict verdict = judge(c, c->mx_state, c->env.conf->probe);

	sts_timer_stop(&c->stagger);
	if (must_recheck(c, &verdict))
		start_lookup(c, true);
	else
		tell_complete(c);
}

/*
 * Whether the hosts that were asked for are enough: one validated path is, for
 * a message.  A person who asks wants to see all.
 */
static bool
is_decided(const struct sts_check *c)
{
	return !(c->ask & STS_ASK_UNCACHED) &&
	       judge(c, STS_MX_KNOWN, c->env.conf->probe).result ==
		   STS_RESULT_PASS;
}

static void next_host(struct sts_check *c);

static void
on_host(void *cookie, const struct sts_host_outcome *outcome)
{
	struct host_wait *wait = cookie;
	struct sts_check *c = wait->check;
	size_t i = (size_t)(wait - c->wait);

	wait->wait = NULL;
	c->waiting--;
	c->mx[i].seen = sts_host_outcome_get(outcome);
	next_host(c);
}

/* A host that could not even be asked for is no proof either way. */
static const struct sts_host_outcome *
not_probed(const struct sts_check *c, const char *host, enum sts_err err)
{
	char detail[STS_DETAIL_SIZE];
	const struct sts_host_outcome draft = {
		.host = host,
		.path = STS_PATH_UNREACHABLE,
		.reason = STS_REASON_UNREACHABLE,
		.detail = detail,
		.probed_ms = sts_env_mono_ms(&c->env),
	};

	(void)snprintf(
	    detail, sizeof(detail), "not probed: %s", sts_err_text(err));
	return sts_host_outcome_new(&draft);
}

/* Rows 64 and 67: without DANE the policy alone says which hosts count. */
static bool
counts(const struct sts_check *c, const struct sts_mx_outcome *mx)
{
	return c->env.conf->probe && (mx->match || c->mx_secure);
}

static enum sts_trust
trust_in(const struct sts_check *c, const struct sts_mx_outcome *mx)
{
	if (!c->mx_secure)
		return STS_TRUST_ANCHORS;
	return mx->match ? STS_TRUST_EITHER : STS_TRUST_TLSA;
}

/* Whether the answer for the host is there already. */
static bool
ask_host(struct sts_check *c, size_t i)
{
	struct host_wait *wait = &c->wait[i];
	enum sts_err err;

	wait->check = c;
	err = sts_hosts_ask(c->env.hosts, &c->env, c->mx[i].host,
	    trust_in(c, &c->mx[i]), (c->ask & STS_ASK_RENEW) != 0, on_host,
	    wait, &c->mx[i].seen, &wait->wait);
	if (err == STS_E_AGAIN) {
		c->waiting++;
		return false;
	}
	if (err != STS_OK)
		c->mx[i].seen = not_probed(c, c->mx[i].host, err);
	return true;
}

/*
 * Asks for the hosts that count, in order of preference: the next one when one
 * has failed or is slow, or all at once for a person.  A host that the policy
 * does not allow is seldom more than a few DNS answers: the next is not kept
 * waiting for it.
 */
static void
next_host(struct sts_check *c)
{
	while (c->next < c->n_mx && !is_decided(c)) {
		size_t i = c->next++;

		if (!counts(c, &c->mx[i]) || ask_host(c, i) || !c->mx[i].match)
			continue;
		if (!(c->ask & STS_ASK_UNCACHED)) {
			sts_timer_start(&c->stagger, STAGGER_MS);
			return;
		}
	}
	if (c->waiting == 0 || is_decided(c))
		conclude(c);
}

static void
on_stagger(void *cookie)
{
	next_host(cookie);
}

/* Whether there is a policy that asks for anything. */
static bool
policy_asks(const struct sts_check *c)
{
	return c->found.state == STS_POLICY_IN_FORCE &&
	       c->found.policy->mode != STS_MODE_NONE;
}

static bool
wants_mx(const struct sts_check *c)
{
	return !(c->ask & STS_ASK_POLICY_ONLY) &&
	       (policy_asks(c) || (c->ask & STS_ASK_HOSTS));
}

static void
add_mx(struct sts_check *c, const char *host, uint16_t preference)
{
	char *kept = c->mx_host[c->n_mx];
	struct sts_mx_outcome *mx = &c->mx[c->n_mx++];

	(void)snprintf(kept, STS_DOMAIN_SIZE, "%s", host);
	mx->host = kept;
	mx->preference = preference;
	mx->match = !policy_asks(c) ||
		    sts_policy_allows(c->found.policy, sts_slice_str(host));
}

/* RFC 7505: one MX record, whose host is the root. */
static bool
is_null_mx(const struct sts_dns_answer *answer)
{
	return answer->n == 1 && answer->mx[0].host[0] == '\0';
}

static void
take_mx(struct sts_check *c, const struct sts_dns_answer *answer)
{
	c->mx_state = STS_MX_KNOWN;
	if (is_null_mx(answer)) {
		c->mx_state = STS_MX_NULL;
		return;
	}
	if (answer->n > STS_CHECK_MX_MAX)
		sts_log(c->env.log, STS_LOG_NOTICE, "mx-hosts-left-out",
		    STS_KV_STR("domain", c->domain),
		    STS_KV_INT("hosts", answer->n),
		    STS_KV_INT("looked_at", STS_CHECK_MX_MAX));
	for (size_t i = 0; i < answer->n && c->n_mx < STS_CHECK_MX_MAX; i++)
		if (answer->mx[i].host[0] != '\0')
			add_mx(c, answer->mx[i].host, answer->mx[i].preference);
	if (c->n_mx == 0) {
		c->mx_state = STS_MX_UNKNOWN;
		(void)snprintf(c->mx_detail, sizeof(c->mx_detail),
		    "no MX record of %s names a host", c->domain);
	}
}

static void
on_mx(void *cookie, struct sts_dns_answer *answer)
{
	struct sts_check *c = cookie;

	c->query = NULL;
	c->mx_asked = true;
	/* A policy that is supposed is for senders without DANE, too. */
	c->mx_secure =
	    c->env.conf->dns_trust_ad && answer->secure && c->supposed == NULL;
	c->mx_ttl = answer->ttl;
	switch (answer->status) {
	case STS_DNS_OK:
		take_mx(c, answer);
		break;
	case STS_DNS_NODATA: /* RFC 5321 section 5.1, row 48 */
		c->mx_state = STS_MX_KNOWN;
		c->implicit_mx = true;
		add_mx(c, c->domain, 0);
		break;
	case STS_DNS_NXDOMAIN:
	case STS_DNS_FAILED:
		c->mx_state = STS_MX_UNKNOWN;
		(void)snprintf(c->mx_detail, sizeof(c->mx_detail),
		    "MX lookup of %s: %s", c->domain,
		    answer->status == STS_DNS_NXDOMAIN
			? "the domain does not exist"
			: answer->detail);
		break;
	}
	if (c->mx_state != STS_MX_KNOWN)
		conclude(c);
	else if (tell_unprobed(c))
		next_host(c);
}

/* Takes over its reference. */
static void
take_discovery(struct sts_check *c, const struct sts_discovery *found)
{
	sts_policy_put(c->found.policy);
	c->found = *found;
	(void)snprintf(c->found_id, sizeof(c->found_id), "%s", found->id);
	(void)snprintf(
	    c->found_detail, sizeof(c->found_detail), "%s", found->detail);
	c->found.id = c->found_id;
	c->found.detail = c->found_detail;
}

static void
on_discovered(void *cookie, const struct sts_discovery *found,
    const struct sts_record *record)
{
	struct sts_check *c = cookie;

	c->lookup = NULL;
	(void)sts_record_get(record);
	sts_record_put(c->record);
	c->record = record;
	take_discovery(c, found);
	drop_hosts(c);
	c->mx_asked = c->implicit_mx = c->mx_secure = false;
	c->mx_detail[0] = '\0';
	c->mx_state = STS_MX_PENDING;
	if (!wants_mx(c)) {
		tell_complete(c);
		return;
	}
	tell_incomplete(c);
	if (sts_query_start(c->env.resolver, c->domain, STS_DNS_MX, on_mx, c,
		&c->query) != STS_OK) {
		c->mx_state = STS_MX_UNKNOWN;
		(void)snprintf(c->mx_detail, sizeof(c->mx_detail),
		    "the MX lookup could not be started");
		tell_complete(c);
	}
}

static void
start_lookup(struct sts_check *c, bool recheck)
{
	struct sts_lookup_request request = {
		.domain = c->domain,
		.record = c->record,
		.recheck = recheck,
		.remember = !(c->ask & STS_ASK_UNCACHED),
		.blind = c->blind && c->record == NULL,
	};

	c->rechecked = recheck;
	if (sts_lookup_start(&c->env, &request, on_discovered, c, &c->lookup) !=
	    STS_OK)
		tell_complete(c);
}

/* Whether the store's file could not be asked, so that there may be more in
 * it. */
static bool
store_fails(const struct sts_check *c)
{
	struct sts_store_health health;

	sts_store_health(c->env.store, &health);
	return health.problem[0] != '\0';
}

static void
on_record(void *cookie, const struct sts_record *record)
{
	struct sts_check *c = cookie;
	struct sts_discovery found;

	c->get = NULL;
	if (record == NULL && !(c->ask & STS_ASK_UNCACHED) && store_fails(c))
		c->blind = true;
	c->record = sts_record_get(record);
	sts_discovery_of_record(record, sts_env_wall_s(&c->env), &found);
	take_discovery(c, &found);
	if (c->found.policy != NULL)
		tell_incomplete(c);
	start_lookup(c, (c->ask & STS_ASK_REFRESH) != 0);
}

enum sts_err
sts_check_new(const struct sts_env *env, struct sts_storegate *gate,
    const char *domain, unsigned ask, sts_check_told *told, void *cookie,
    struct sts_check **out)
{
	struct sts_check *c = calloc(1, sizeof(*c));
	enum sts_err err;

	if (c == NULL)
		return STS_E_NOMEM;
	c->env = sts_env_copy(env);
	if (ask & STS_ASK_REFRESH)
		c->env.round = sts_hosts_anew(env->hosts);
	c->gate = gate;
	c->told = told;
	c->cookie = cookie;
	c->ask = ask;
	c->mx_state = STS_MX_PENDING;
	c->started_ms = sts_env_mono_ms(env);
	(void)snprintf(c->domain, sizeof(c->domain), "%s", domain);
	sts_discovery_of_record(NULL, 0, &c->found);
	err = sts_timer_init(&c->stagger, env->loop, on_stagger, c);
	if (err != STS_OK)
		check_free(c);
	else
		*out = c;
	return err;
}

void
sts_check_suppose(struct sts_check *c, const struct sts_policy *policy)
{
	sts_policy_put(c->supposed);
	c->supposed = sts_policy_get(policy);
}

/* As if it had been fetched just now, and by an id that nobody knows. */
static void
discover_supposed(struct sts_check *c)
{
	struct sts_discovery found = {
		.status = STS_FETCH_VALID,
		.state = STS_POLICY_IN_FORCE,
		.policy = sts_policy_get(c->supposed),
		.expires = sts_env_wall_s(&c->env) + c->supposed->max_age,
	};

	on_discovered(c, &found, NULL);
}

void
sts_check_run(struct sts_check *c)
{
	const struct sts_record *known = NULL;
	enum sts_err err = STS_OK;

	if (c->supposed != NULL) {
		discover_supposed(c);
		return;
	}
	if (!(c->ask & STS_ASK_UNCACHED))
		err = sts_storegate_get(
		    c->gate, c->domain, on_record, c, &known, &c->get);
	if (err == STS_E_AGAIN)
		return;
	/* A store that cannot be asked remembers nothing, for now. */
	c->blind = err != STS_OK;
	on_record(c, err == STS_OK ? known : NULL);
	sts_record_put(known);
}

void
sts_check_cancel(struct sts_check *c)
{
	if (c != NULL)
		check_free(c);
}
