#include "sts/engine/hosts.h"

#include "sts/base/table.h"
#include "sts/engine/hostprobe.h"

#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

enum {
	KEY_SIZE = 1 + STS_DOMAIN_SIZE,
	RENEW = 4, /* in the last quarter of its life, an outcome ends soon */
};

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
	/* Monotonic ms: the end of a validated path that stood when the last
	 * probe began, else 0; and until when it is not probed ahead again. */
	int64_t path_until_ms, alone_until_ms;
	struct sts_hostprobe *probe; /* under way */
	struct sts_timer *prompt; /* of a prompt one; else NULL */
	struct sts_env *env; /* of a probe that waits its turn; else NULL */
	uint64_t round; /* in which its last probe was started */
	bool outdated; /* what the probe finds is for those who wait alone */
	bool telling; /* callbacks are under way: may not be dropped */
	struct host *prev, *next; /* in the queue, or among the slow ones */
	struct sts_hosts_wait *waits;
	enum sts_trust trust;
	char key[]; /* trust as a digit, and the name */
};

struct sts_hosts {
	struct sts_table table; /* of struct host */
	size_t hand; /* of its clock */
	struct host *queue;
	struct host *slow; /* the oldest first */
	size_t n_prompt, n_slow; /* probes */
	uint64_t round;
};

static const char *
key_of(const void *item)
{
	return ((const struct host *)item)->key;
}

enum sts_err
sts_hosts_new(struct sts_hosts **out)
{
	struct sts_hosts *hosts = calloc(1, sizeof(*hosts));

	if (hosts == NULL)
		return STS_E_NOMEM;
	sts_table_init(&hosts->table, key_of);
	*out = hosts;
	return STS_OK;
}

static bool
busy(const struct host *h)
{
	return h->probe != NULL || h->env != NULL || h->telling;
}

/* Takes it out of the queue, and gives what its probe is to work with. */
static struct sts_env *
unqueue(struct host *h)
{
	struct sts_env *env = h->env;

	DL_DELETE(h->hosts->queue, h);
	h->env = NULL;
	return env;
}

static void
env_free(struct sts_env *env)
{
	sts_env_release(env);
	free(env);
}

/* The probe takes its place no more: it is among the slow ones now, or over. */
static void
leave_prompt(struct host *h)
{
	sts_timer_deinit(h->prompt);
	free(h->prompt);
	h->prompt = NULL;
	h->hosts->n_prompt--;
}

/* The probe is over, or is cancelled. */
static void
leave_place(struct host *h)
{
	if (h->prompt != NULL) {
		leave_prompt(h);
	} else {
		DL_DELETE(h->hosts->slow, h);
		h->hosts->n_slow--;
	}
	h->probe = NULL;
}

static void
host_free(struct host *h)
{
	struct sts_hosts_wait *w, *tmp;

	sts_table_remove(
	    &h->hosts->table, sts_table_find(&h->hosts->table, h->key));
	h->tally->hosts--;
	if (h->probe != NULL) {
		sts_hostprobe_cancel(h->probe);
		leave_place(h);
	}
	if (h->env != NULL)
		env_free(unqueue(h));
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
	struct sts_slot *slot;
	size_t at = 0;

	if (hosts == NULL)
		return;
	while ((slot = sts_table_walk(&hosts->table, &at)) != NULL)
		host_free(slot->item);
	sts_table_deinit(&hosts->table);
	free(hosts);
}

/* In ms: twice as long after each failure in a row, to an end. */
static int64_t
life_of(const struct sts_env *env, const struct sts_host_outcome *o)
{
	int64_t times = o->busy ? STS_HOSTS_BUSY : 1;
	int64_t most = times * STS_HOSTS_BACKOFF;

	if (o->path == STS_PATH_VALIDATED)
		return (int64_t)env->conf->probe_ttl * 1000;
	for (unsigned i = 1; i < o->failures && times < most; i++)
		times *= 2;
	return times * env->conf->probe_failure_ttl * 1000;
}

int64_t
sts_hosts_fresh_ms(const struct sts_env *env, const struct sts_host_outcome *o)
{
	bool good = o->path == STS_PATH_VALIDATED;
	int64_t age = sts_env_mono_ms(env) - o->probed_ms;
	int64_t left = life_of(env, o) - age;
	int64_t cert_left = (o->not_after - sts_env_wall_s(env)) * 1000;

	/* An end that was past when the certificate was seen did not count
	 * then, nor does it now: DANE-EE knows no dates. */
	if (good && o->not_after > 0 && cert_left + age >= 0 &&
	    cert_left < left)
		left = cert_left;
	return left > 0 ? left : 0;
}

/* Drops one that was not asked for lately and that nobody waits for. */
static enum sts_err
make_room(struct sts_hosts *hosts)
{
	struct sts_slot *slot;

	if (hosts->table.n < STS_HOSTS_MAX)
		return STS_OK;
	for (size_t steps = 2 * hosts->table.n; steps > 0; steps--) {
		slot = sts_table_walk(&hosts->table, &hosts->hand);
		if (!slot->used && !busy(slot->item)) {
			host_free(slot->item);
			return STS_OK;
		}
		slot->used = false;
	}
	return STS_E_LIMIT;
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
	struct sts_slot *slot;
	struct host *h;
	enum sts_err err;

	make_key(key, name, trust);
	slot = sts_table_find(&hosts->table, key);
	if (slot != NULL) {
		slot->used = true;
		*out = slot->item;
		return STS_OK;
	}
	err = make_room(hosts);
	if (err != STS_OK)
		return err;
	h = calloc(1, sizeof(*h) + strlen(key) + 1);
	if (h == NULL)
		return STS_E_NOMEM;
	h->hosts = hosts;
	h->tally = env->tally;
	h->log = env->log;
	h->trust = trust;
	memcpy(h->key, key, strlen(key) + 1);
	err = sts_table_add(&hosts->table, h);
	if (err != STS_OK) {
		free(h);
		return err;
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
	h->outdated = h->probe != NULL || h->env != NULL;
}

void
sts_hosts_forget(struct sts_hosts *hosts)
{
	size_t at = 0;

	for (size_t left = hosts->table.n; left > 0; left--)
		forget(sts_table_walk(&hosts->table, &at)->item);
}

void
sts_hosts_forget_one(struct sts_hosts *hosts, const char *host)
{
	char key[KEY_SIZE];
	const struct sts_slot *slot;

	for (int trust = STS_TRUST_ANCHORS; trust <= STS_TRUST_TLSA; trust++) {
		make_key(key, host, (enum sts_trust)trust);
		slot = sts_table_find(&hosts->table, key);
		if (slot != NULL)
			forget(slot->item);
	}
}

uint64_t
sts_hosts_anew(struct sts_hosts *hosts)
{
	return ++hosts->round;
}

static void on_probed(void *cookie, const struct sts_host_outcome *outcome);
static void on_slow(void *cookie);

static int64_t
path_until_ms(const struct host *h, const struct sts_env *env)
{
	if (h->outcome == NULL || h->outcome->path != STS_PATH_VALIDATED)
		return 0;
	return sts_env_mono_ms(env) + sts_hosts_fresh_ms(env, h->outcome);
}

static enum sts_err
start_probe(struct host *h, const struct sts_env *env)
{
	unsigned failures = h->outcome == NULL ? 0 : h->outcome->failures;
	enum sts_err err = STS_E_NOMEM;

	h->path_until_ms = path_until_ms(h, env);
	h->prompt = calloc(1, sizeof(*h->prompt));
	if (h->prompt == NULL)
		return err;
	err = sts_timer_init(h->prompt, env->loop, on_slow, h);
	if (err == STS_OK)
		err = sts_hostprobe_start(env, name_of(h), h->trust, failures,
		    on_probed, h, &h->probe);
	h->hosts->n_prompt++;
	if (err != STS_OK)
		leave_prompt(h);
	else
		sts_timer_start(h->prompt, STS_HOSTS_PROMPT_MS);
	if (err == STS_OK)
		h->round = h->hosts->round;
	return err;
}

/* Lets the queue move on.  A host that cannot be probed is told so. */
static void
next_in_queue(struct sts_hosts *hosts)
{
	while (hosts->queue != NULL && hosts->n_prompt < STS_HOSTS_PROBING) {
		struct host *h = hosts->queue;
		struct sts_env *env = unqueue(h);
		enum sts_err err = start_probe(h, env);

		env_free(env);
		if (err != STS_OK)
			tell(h, NULL);
	}
}

static void
on_slow(void *cookie)
{
	struct host *h = cookie;
	struct sts_hosts *hosts = h->hosts;

	leave_prompt(h);
	DL_APPEND(hosts->slow, h);
	if (++hosts->n_slow > STS_HOSTS_SLOW)
		sts_hostprobe_expire(hosts->slow->probe);
	next_in_queue(hosts);
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

/* Keeps what was found (taken over), unless that is that the host could not be
 * reached, while a validated path stands: then that one is the last word, and
 * the host is left alone until it ends.  What is to be told, borrowed. */
static const struct sts_host_outcome *
keep(struct host *h, const struct sts_host_outcome *found)
{
	if (found->path == STS_PATH_UNREACHABLE && h->outcome != NULL &&
	    found->probed_ms < h->path_until_ms) {
		h->alone_until_ms = h->path_until_ms;
		sts_host_outcome_put(found);
		return h->outcome;
	}
	watch_issuer(h, found);
	sts_host_outcome_put(h->outcome);
	h->outcome = found;
	return found;
}

static void
on_probed(void *cookie, const struct sts_host_outcome *found)
{
	struct host *h = cookie;
	struct sts_hosts *hosts = h->hosts;

	leave_place(h);
	tell(h, found == NULL ? NULL : keep(h, found));
	if (h->outdated)
		forget(h);
	next_in_queue(hosts);
}

/* Those that were reached before come before those that are new to us: whoever
 * has us ask for ever more hosts is behind them. */
static void
enqueue(struct host *h)
{
	struct host *other;

	if (h->outcome != NULL && h->outcome->path != STS_PATH_UNREACHABLE) {
		DL_FOREACH (h->hosts->queue, other)
			if (other->outcome == NULL ||
			    other->outcome->path == STS_PATH_UNREACHABLE)
				break;
		if (other != NULL) {
			DL_PREPEND_ELEM(h->hosts->queue, other, h);
			return;
		}
	}
	DL_APPEND(h->hosts->queue, h);
}

static enum sts_err
start_or_queue(struct host *h, const struct sts_env *env)
{
	if (h->hosts->n_prompt < STS_HOSTS_PROBING)
		return start_probe(h, env);
	h->env = malloc(sizeof(*h->env));
	if (h->env == NULL)
		return STS_E_NOMEM;
	*h->env = sts_env_copy(env);
	enqueue(h);
	return STS_OK;
}

/* Whether the outcome may be given; with `renew` not where it ends soon. */
static bool
stands(const struct host *h, const struct sts_env *env, bool renew)
{
	int64_t left;

	if (h->outcome == NULL || h->round < env->round)
		return false;
	left = sts_hosts_fresh_ms(env, h->outcome);
	if (renew && sts_env_mono_ms(env) >= h->alone_until_ms)
		left -= life_of(env, h->outcome) / RENEW;
	return left > 0;
}

enum sts_err
sts_hosts_ask(struct sts_hosts *hosts, const struct sts_env *env,
    const char *name, enum sts_trust trust, bool renew, sts_hosts_done *done,
    void *cookie, const struct sts_host_outcome **known,
    struct sts_hosts_wait **wait)
{
	struct host *h;
	struct sts_hosts_wait *w;
	enum sts_err err = find_or_add(hosts, env, name, trust, &h);

	if (err != STS_OK)
		return err;
	if (stands(h, env, renew)) {
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
