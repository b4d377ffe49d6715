#include "sts/engine/hosts.h"

#include "sts/engine/hostprobe.h"

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

enum { KEY_SIZE = 1 + STS_DOMAIN_SIZE };

struct sts_hosts_wait {
	struct host *host;
	sts_hosts_done *done;
	void *cookie;
	struct sts_hosts_wait *prev, *next;
};

struct host {
	struct sts_hosts *hosts;
	struct sts_tally *tally;
	struct sts_log *log;
	/* The last one that showed a certificate: a reference, or NULL. */
	const struct sts_host_outcome *certified;
	const struct sts_host_outcome *outcome; /* a reference, or NULL */
	struct sts_hostprobe *probe; /* under way */
	struct sts_env env; /* of a probe that waits its turn */
	bool queued;
	bool outdated; /* what the probe finds is for those who wait alone */
	bool telling; /* callbacks are under way: may not be dropped */
	struct host *prev, *next; /* in the queue */
	struct sts_hosts_wait *waits;
	UT_hash_handle hh;
	enum sts_trust trust;
	char key[KEY_SIZE]; /* trust as a digit, and the name */
};

struct sts_hosts {
	struct host *table; /* in the order of being added */
	struct host *queue;
	size_t probing;
};

enum sts_err
sts_hosts_new(struct sts_hosts **out)
{
	struct sts_hosts *hosts = calloc(1, sizeof(*hosts));

	if (hosts == NULL)
		return STS_E_NOMEM;
	*out = hosts;
	return STS_OK;
}

static bool
busy(const struct host *h)
{
	return h->probe != NULL || h->queued || h->telling;
}

static void
unqueue(struct host *h)
{
	DL_DELETE(h->hosts->queue, h);
	h->queued = false;
	sts_env_release(&h->env);
}

static void
host_free(struct host *h)
{
	struct sts_hosts_wait *w, *tmp;

	HASH_DEL(h->hosts->table, h);
	h->tally->hosts--;
	sts_hostprobe_cancel(h->probe);
	if (h->queued)
		unqueue(h);
	DL_FOREACH_SAFE (h->waits, w, tmp) {
		free(w);
	}
	sts_host_outcome_put(h->outcome);
	sts_host_outcome_put(h->certified);
	free(h);
}

void
sts_hosts_free(struct sts_hosts *hosts)
{
	struct host *h, *tmp;

	if (hosts == NULL)
		return;
	HASH_ITER (hh, hosts->table, h, tmp) {
		host_free(h);
	}
	free(hosts);
}

int64_t
sts_hosts_fresh_ms(const struct sts_env *env, const struct sts_host_outcome *o)
{
	bool good = o->path == STS_PATH_VALIDATED;
	int64_t ttl_s =
	    good ? env->conf->probe_ttl : env->conf->probe_failure_ttl;
	int64_t age = sts_env_mono_ms(env) - o->probed_ms;
	int64_t left = ttl_s * 1000 - age;
	int64_t cert_left = (o->not_after - sts_env_wall_s(env)) * 1000;

	/* An end that was past when the certificate was seen did not count
	 * then, nor does it now: DANE-EE knows no dates. */
	if (good && o->not_after > 0 && cert_left + age >= 0 &&
	    cert_left < left)
		left = cert_left;
	return left > 0 ? left : 0;
}

/* Drops the host that was added first and that nobody waits for. */
static void
make_room(struct sts_hosts *hosts)
{
	struct host *h, *tmp;

	if (HASH_COUNT(hosts->table) < STS_HOSTS_MAX)
		return;
	HASH_ITER (hh, hosts->table, h, tmp) {
		if (!busy(h)) {
			host_free(h);
			return;
		}
	}
}

static void
make_key(char key[KEY_SIZE], const char *name, enum sts_trust trust)
{
	(void)snprintf(key, KEY_SIZE, "%c%s", '0' + (char)trust, name);
}

static const char *
name_of(const struct host *h)
{
	return h->key + 1;
}

static enum sts_err
find_or_add(struct sts_hosts *hosts, const struct sts_env *env,
    const char *name, enum sts_trust trust, struct host **out)
{
	char key[KEY_SIZE];
	struct host *h;

	make_key(key, name, trust);
	HASH_FIND_STR(hosts->table, key, h);
	if (h != NULL) {
		*out = h;
		return STS_OK;
	}
	make_room(hosts);
	if (HASH_COUNT(hosts->table) >= STS_HOSTS_MAX)
		return STS_E_LIMIT;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return STS_E_NOMEM;
	h->hosts = hosts;
	h->tally = env->tally;
	h->log = env->log;
	h->trust = trust;
	memcpy(h->key, key, sizeof(key));
	HASH_ADD_STR(hosts->table, key, h);
	if (h->hh.tbl == NULL) { /* no memory for the table */
		free(h);
		return STS_E_NOMEM;
	}
	env->tally->hosts++;
	*out = h;
	return STS_OK;
}

/* Tells all that wait, those too that begin to wait while others are told: what
 * was found is as new to them. */
static void
tell(struct host *h, const struct sts_host_outcome *outcome)
{
	struct sts_hosts_wait *w;

	h->telling = true;
	while ((w = h->waits) != NULL) {
		DL_DELETE(h->waits, w);
		w->done(w->cookie, outcome);
		free(w);
	}
	h->telling = false;
}

static void
forget(struct host *h)
{
	sts_host_outcome_put(h->outcome);
	h->outcome = NULL;
	h->outdated = h->probe != NULL || h->queued;
}

void
sts_hosts_forget(struct sts_hosts *hosts)
{
	struct host *h, *tmp;

	HASH_ITER (hh, hosts->table, h, tmp) {
		forget(h);
	}
}

static void on_probed(void *cookie, const struct sts_host_outcome *outcome);

static enum sts_err
start_probe(struct host *h, const struct sts_env *env)
{
	enum sts_err err = sts_hostprobe_start(
	    env, name_of(h), h->trust, on_probed, h, &h->probe);

	if (err == STS_OK)
		h->hosts->probing++;
	return err;
}

/* Lets the queue move on.  A host that cannot be probed is told so. */
static void
next_in_queue(struct sts_hosts *hosts)
{
	while (hosts->queue != NULL && hosts->probing < STS_HOSTS_PROBING) {
		struct host *h = hosts->queue;
		struct sts_env env = sts_env_copy(&h->env);
		enum sts_err err;

		unqueue(h);
		err = start_probe(h, &env);
		sts_env_release(&env);
		if (err != STS_OK)
			tell(h, NULL);
	}
}

/* Another issuer may be a new provider, or somebody in between: an auditor
 * wants to know, whatever it proved. */
static void
watch_issuer(struct host *h, const struct sts_host_outcome *outcome)
{
	const struct sts_host_outcome *before = h->certified;

	if (outcome->issuer[0] == '\0')
		return;
	if (before != NULL && strcmp(before->issuer, outcome->issuer) != 0)
		sts_log(h->log, STS_LOG_WARNING, "alarm-mx-issuer-changed",
		    STS_KV_STR("mx", outcome->host),
		    STS_KV_STR("address", outcome->address),
		    STS_KV_STR("was", before->issuer),
		    STS_KV_STR("issuer", outcome->issuer),
		    STS_KV_STR("reason", sts_reason_text(outcome->reason)));
	h->certified = sts_host_outcome_get(outcome);
	sts_host_outcome_put(before);
}

static void
on_probed(void *cookie, const struct sts_host_outcome *outcome)
{
	struct host *h = cookie;
	struct sts_hosts *hosts = h->hosts;

	h->probe = NULL;
	hosts->probing--;
	if (outcome != NULL) {
		watch_issuer(h, outcome);
		sts_host_outcome_put(h->outcome);
		h->outcome = outcome;
	}
	tell(h, outcome);
	if (h->outdated)
		forget(h);
	next_in_queue(hosts);
}

static enum sts_err
start_or_queue(struct host *h, const struct sts_env *env)
{
	if (h->hosts->probing < STS_HOSTS_PROBING)
		return start_probe(h, env);
	h->env = sts_env_copy(env);
	h->queued = true;
	DL_APPEND(h->hosts->queue, h);
	return STS_OK;
}

enum sts_err
sts_hosts_ask(struct sts_hosts *hosts, const struct sts_env *env,
    const char *name, enum sts_trust trust, sts_hosts_done *done, void *cookie,
    const struct sts_host_outcome **known, struct sts_hosts_wait **wait)
{
	struct host *h;
	struct sts_hosts_wait *w;
	enum sts_err err = find_or_add(hosts, env, name, trust, &h);

	if (err != STS_OK)
		return err;
	if (h->outcome != NULL && sts_hosts_fresh_ms(env, h->outcome) > 0) {
		*known = sts_host_outcome_get(h->outcome);
		return STS_OK;
	}
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return STS_E_NOMEM;
	if (!busy(h)) {
		err = start_or_queue(h, env);
		if (err != STS_OK) {
			free(w);
			return err;
		}
	}
	*w = (struct sts_hosts_wait){
		.host = h, .done = done, .cookie = cookie
	};
	DL_APPEND(h->waits, w);
	*wait = w;
	return STS_E_AGAIN;
}

void
sts_hosts_cancel(struct sts_hosts_wait *w)
{
	if (w == NULL)
		return;
	DL_DELETE(w->host->waits, w);
	free(w);
}
