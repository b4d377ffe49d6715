#include "sts/engine/hostprobe.h"

#include "sts/engine/addresses.h"
#include "sts/engine/probe.h"

#include <stdio.h>
#include <stdlib.h>

enum { STAGGER_MS = 3000 }; /* for a connection to come up */

struct attempt {
	struct sts_hostprobe *hp;
	struct sts_probe *probe; /* NULL: not under way */
};

struct sts_hostprobe {
	struct sts_env env;
	sts_hostprobe_done *done;
	void *cookie;
	struct sts_address_lookup *lookup;
	struct sts_addresses addresses;
	size_t next; /* address to be probed */
	size_t under_way;
	struct attempt attempt[STS_ADDRESSES_MAX];
	struct sts_timer stagger;
	int64_t started_ms;
	struct sts_host_outcome *found; /* the most telling one so far */
};

static void
hostprobe_free(struct sts_hostprobe *hp)
{
	sts_address_lookup_cancel(hp->lookup);
	for (size_t i = 0; i < STS_ADDRESSES_MAX; i++)
		if (hp->attempt[i].probe != NULL)
			sts_probe_cancel(hp->attempt[i].probe);
	sts_timer_deinit(&hp->stagger);
	sts_host_outcome_put(hp->found);
	sts_env_release(&hp->env);
	free(hp);
}

static int64_t
elapsed(const struct sts_hostprobe *hp)
{
	return sts_env_mono_ms(&hp->env) - hp->started_ms;
}

static void
finish(struct sts_hostprobe *hp)
{
	struct sts_host_outcome *o = hp->found;

	hp->found = NULL;
	o->probed_ms = sts_env_mono_ms(&hp->env);
	o->took_ms = (uint32_t)elapsed(hp);
	if (o->path != STS_PATH_VALIDATED)
		hp->env.tally->probe_failures++;
	hp->done(hp->cookie, o);
	hostprobe_free(hp);
}

static void
unreachable(
    struct sts_hostprobe *hp, enum sts_reason reason, const char *detail)
{
	struct sts_host_outcome *o = hp->found;

	o->path = STS_PATH_UNREACHABLE;
	o->reason = reason;
	(void)snprintf(o->detail, sizeof(o->detail), "%s", detail);
}

/* Whether `o` tells more than what was found: a validated path is what is
 * looked for, an invalid one is a proof, the rest is neither. */
static bool
tells_more(
    const struct sts_host_outcome *o, const struct sts_host_outcome *found)
{
	return found->reason == STS_REASON_NONE || o->path < found->path;
}

static void
keep(struct sts_hostprobe *hp, const struct sts_host_outcome *o)
{
	struct sts_host_outcome *found = hp->found;
	struct sts_ref ref = found->ref;
	char host[STS_DOMAIN_SIZE];

	memcpy(host, found->host, sizeof(host));
	*found = *o;
	found->ref = ref;
	memcpy(found->host, host, sizeof(host));
}

static void next_attempt(struct sts_hostprobe *hp);

static void
on_probe(void *cookie, const struct sts_host_outcome *o)
{
	struct attempt *attempt = cookie;
	struct sts_hostprobe *hp = attempt->hp;

	attempt->probe = NULL;
	hp->under_way--;
	if (tells_more(o, hp->found))
		keep(hp, o);
	if (o->path == STS_PATH_VALIDATED)
		finish(hp);
	else
		next_attempt(hp);
}

static enum sts_err
start_attempt(struct sts_hostprobe *hp, size_t i)
{
	struct attempt *attempt = &hp->attempt[i];
	struct sts_probe_request request = {
		.host = hp->found->host,
		.addr = hp->addresses.addr[i],
		.port = STS_SMTP_PORT,
		.conf = hp->env.conf,
		.tls = hp->env.tls,
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
	if (hp->found->reason == STS_REASON_NONE)
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

static void
on_addresses(void *cookie, const struct sts_addresses *addresses)
{
	struct sts_hostprobe *hp = cookie;

	hp->lookup = NULL;
	hp->addresses = *addresses;
	if (addresses->status != STS_DNS_OK)
		unreachable(hp, addresses->reason, addresses->detail);
	next_attempt(hp);
}

enum sts_err
sts_hostprobe_start(const struct sts_env *env, const char *host,
    sts_hostprobe_done *done, void *cookie, struct sts_hostprobe **out)
{
	struct sts_hostprobe *hp = calloc(1, sizeof(*hp));
	enum sts_err err = STS_E_NOMEM;

	if (hp == NULL)
		return STS_E_NOMEM;
	hp->env = sts_env_copy(env);
	hp->done = done;
	hp->cookie = cookie;
	hp->started_ms = sts_env_mono_ms(env);
	hp->found = sts_host_outcome_new(host);
	if (hp->found == NULL)
		goto fail;
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
