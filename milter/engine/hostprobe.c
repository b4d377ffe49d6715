#include "sts/engine/hostprobe.h"

#include "sts/engine/addresses.h"
#include "sts/engine/probe.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	STAGGER_MS = 3000, /* for a connection to come up */
	FAILURES_MAX = 1000, /* that are counted */
};

struct attempt {
	struct sts_hostprobe *hp;
	struct sts_probe *probe; /* NULL: not under way */
};

struct sts_hostprobe {
	struct sts_env env;
	enum sts_trust trust;
	unsigned failures; /* before, in a row */
	sts_hostprobe_done *done;
	void *cookie;
	struct sts_address_lookup *lookup;
	struct sts_query *query; /* TLSA */
	struct sts_dns_answer tlsa; /* where found->dane: the usable ones */
	struct sts_addresses addresses;
	size_t next; /* address to be probed */
	size_t under_way;
	struct attempt attempt[STS_ADDRESSES_MAX];
	struct sts_timer stagger;
	int64_t started_ms;
	struct sts_host_finding found; /* the most telling one so far */
};

static void
hostprobe_free(struct sts_hostprobe *hp)
{
	sts_address_lookup_cancel(hp->lookup);
	sts_query_cancel(hp->query);
	for (size_t i = 0; i < STS_ADDRESSES_MAX; i++)
		if (hp->attempt[i].probe != NULL)
			sts_probe_cancel(hp->attempt[i].probe);
	sts_timer_deinit(&hp->stagger);
	sts_dns_answer_deinit(&hp->tlsa);
	sts_env_release(&hp->env);
	free(hp);
}

static int64_t
elapsed(const struct sts_hostprobe *hp)
{
	return sts_env_mono_ms(&hp->env) - hp->started_ms;
}

/* Ends with what was found; the caller must not touch `hp` afterwards. */
static void
finish(struct sts_hostprobe *hp)
{
	struct sts_host_finding *found = &hp->found;

	found->took_ms = (uint32_t)elapsed(hp);
	found->failures = 0;
	if (found->path != STS_PATH_VALIDATED)
		found->failures =
		    (uint16_t)(hp->failures < FAILURES_MAX ? hp->failures + 1
							   : FAILURES_MAX);
	if (found->path != STS_PATH_VALIDATED &&
	    found->reason != STS_REASON_MX_MISMATCH)
		hp->env.tally->probe_failures++;
	hp->done(
	    hp->cookie, sts_host_outcome_of(found, sts_env_mono_ms(&hp->env)));
	hostprobe_free(hp);
}

static void
conclude(struct sts_hostprobe *hp, enum sts_path path, enum sts_reason reason,
    const char *detail)
{
	struct sts_host_finding *found = &hp->found;

	found->path = path;
	found->reason = reason;
	(void)snprintf(found->detail, sizeof(found->detail), "%s", detail);
}

static void
unreachable(
    struct sts_hostprobe *hp, enum sts_reason reason, const char *detail)
{
	conclude(hp, STS_PATH_UNREACHABLE, reason, detail);
}

/* Whether it tells more than what was found before: a validated path is what is
 * looked for, an invalid one is a proof, the rest is neither. */
static bool
tells_more(
    const struct sts_host_finding *now, const struct sts_host_finding *before)
{
	return before->reason == STS_REASON_NONE || now->path < before->path;
}

static void next_attempt(struct sts_hostprobe *hp);

static void
on_probe(void *cookie, const struct sts_host_finding *found)
{
	struct attempt *attempt = cookie;
	struct sts_hostprobe *hp = attempt->hp;

	attempt->probe = NULL;
	hp->under_way--;
	if (tells_more(found, &hp->found))
		hp->found = *found;
	if (found->path == STS_PATH_VALIDATED)
		finish(hp);
	else
		next_attempt(hp);
}

static enum sts_err
start_attempt(struct sts_hostprobe *hp, size_t i)
{
	struct attempt *attempt = &hp->attempt[i];
	struct sts_probe_request request = {
		.host = hp->found.host,
		.addr = hp->addresses.addr[i],
		.port = hp->env.smtp_port,
		.conf = hp->env.conf,
		.tls = hp->env.tls,
		.tlsa = hp->found.dane ? &hp->tlsa : NULL,
		.timeout_ms =
		    (int64_t)hp->env.conf->probe_timeout * 1000 - elapsed(hp),
	};
	enum sts_err err;

	attempt->hp = hp;
	if (request.timeout_ms <= 0)
		return STS_E_TIMEOUT;
	err = sts_probe_start(
	    hp->env.prober, &request, on_probe, attempt, &attempt->probe);
	if (err == STS_OK) {
		hp->under_way++;
		hp->env.tally->probes++;
	}
	return err;
}

/* Begins the next address that can be begun; ends where there is none left and
 * none under way. */
static void
next_attempt(struct sts_hostprobe *hp)
{
	while (hp->next < hp->addresses.n) {
		if (start_attempt(hp, hp->next++) != STS_OK)
			continue;
		sts_timer_start(&hp->stagger, STAGGER_MS);
		return;
	}
	sts_timer_stop(&hp->stagger);
	if (hp->under_way > 0)
		return;
	if (hp->found.reason == STS_REASON_NONE)
		unreachable(hp, STS_REASON_UNREACHABLE, "could not be probed");
	finish(hp);
}

static void
on_stagger(void *cookie)
{
	struct sts_hostprobe *hp = cookie;
	const struct attempt *newest = &hp->attempt[hp->next - 1];

	if (newest->probe == NULL || !sts_probe_connected(newest->probe))
		next_attempt(hp);
}

/* Nothing but the anchors can authenticate the host. */
static void
without_dane(struct sts_hostprobe *hp)
{
	if (hp->trust != STS_TRUST_TLSA) {
		next_attempt(hp);
		return;
	}
	/* Whatever they would prove, the policy does not allow the host. */
	unreachable(hp, STS_REASON_MX_MISMATCH,
	    "not probed: the policy does not allow this host, and it has no "
	    "usable TLSA record in a signed zone");
	finish(hp);
}

/* Row 66: who keeps the records back must not get rid of DANE by that. */
static void
dane_unknown(struct sts_hostprobe *hp, const char *why)
{
	char detail[STS_DETAIL_SIZE];

	(void)snprintf(detail, sizeof(detail), "TLSA lookup of _25._tcp.%s: %s",
	    hp->found.host, why);
	hp->found.dane = true;
	conclude(hp, STS_PATH_INVALID, STS_REASON_DNSSEC_INVALID, detail);
	finish(hp);
}

static void
on_tlsa(void *cookie, struct sts_dns_answer *answer)
{
	struct sts_hostprobe *hp = cookie;

	hp->query = NULL;
	hp->tlsa = *answer;
	*answer = (struct sts_dns_answer){ 0 };
	switch (sts_dane_of(hp->env.tls, hp->found.host, &hp->tlsa)) {
	case STS_DANE_ABSENT:
		without_dane(hp);
		break;
	case STS_DANE_USABLE:
		hp->found.dane = true;
		next_attempt(hp);
		break;
	case STS_DANE_UNKNOWN:
		dane_unknown(hp, hp->tlsa.detail);
		break;
	}
}

static void
look_for_tlsa(struct sts_hostprobe *hp)
{
	char name[STS_DOMAIN_SIZE];

	if (sts_dane_name(hp->found.host, name) != STS_OK)
		without_dane(hp);
	else if (sts_query_start(hp->env.resolver, name, STS_DNS_TLSA, on_tlsa,
		     hp, &hp->query) != STS_OK)
		dane_unknown(hp, "could not be started");
}

static void
on_addresses(void *cookie, const struct sts_addresses *addresses)
{
	struct sts_hostprobe *hp = cookie;

	hp->lookup = NULL;
	hp->addresses = *addresses;
	if (addresses->status != STS_DNS_OK) {
		unreachable(hp, addresses->reason, addresses->detail);
		finish(hp);
	} else if (hp->trust != STS_TRUST_ANCHORS && addresses->secure) {
		look_for_tlsa(hp);
	} else {
		without_dane(hp); /* row 67 */
	}
}

enum sts_err
sts_hostprobe_start(const struct sts_env *env, const char *host,
    enum sts_trust trust, unsigned failures, sts_hostprobe_done *done,
    void *cookie, struct sts_hostprobe **out)
{
	struct sts_hostprobe *hp = calloc(1, sizeof(*hp));
	enum sts_err err;

	if (hp == NULL)
		return STS_E_NOMEM;
	hp->env = sts_env_copy(env);
	hp->trust = trust;
	hp->failures = failures;
	hp->done = done;
	hp->cookie = cookie;
	hp->started_ms = sts_env_mono_ms(env);
	(void)snprintf(hp->found.host, sizeof(hp->found.host), "%s", host);
	err = sts_timer_init(&hp->stagger, env->loop, on_stagger, hp);
	if (err == STS_OK)
		err = sts_address_lookup_start(hp->env.resolver, env->conf,
		    host, on_addresses, hp, &hp->lookup);
	if (err != STS_OK)
		goto fail;
	*out = hp;
	return STS_OK;
fail:
	hostprobe_free(hp);
	return err;
}

void
sts_hostprobe_cancel(struct sts_hostprobe *hp)
{
	if (hp != NULL)
		hostprobe_free(hp);
}

void
sts_hostprobe_expire(struct sts_hostprobe *hp)
{
	if (hp->found.reason == STS_REASON_NONE)
		unreachable(hp, STS_REASON_UNREACHABLE,
		    "no answer yet, and others wait for their turn");
	finish(hp);
}
