#include "sts/engine/engine.h"

#include "sts/engine/env.h"
#include "sts/engine/hosts.h"
#include "sts/engine/lookup.h"
#include "sts/engine/namecheck.h"
#include "sts/engine/outages.h"
#include "sts/engine/refresher.h"
#include "sts/engine/renewer.h"
#include "sts/engine/storegate.h"
#include "sts/engine/tasks.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct sts_engine {
	struct sts_loop *loop;
	struct sts_storegate *gate;
	struct sts_outages *outages;
	struct sts_tasks *tasks;
	struct sts_refresher *refresher;
	struct sts_renewer *renewer;
	struct sts_namecheck *namecheck; /* or NULL */
	struct sts_tally tally;
	struct sts_env env; /* changed on the engine's thread only */
	pthread_mutex_t lock; /* guards env.conf, which others read too */
};

static unsigned
cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : (unsigned)n;
}

static enum sts_err
make_parts(struct sts_engine *e, const struct sts_engine_options *options,
    char *why, size_t size)
{
	struct sts_env *env = &e->env;
	enum sts_err err = sts_loop_new(options->clock, &e->loop);

	env->loop = e->loop;
	env->log = options->log;
	env->store = options->store;
	env->tally = &e->tally;
	env->https_port = options->https_port;
	env->smtp_port = options->smtp_port;
	env->conf = sts_conf_get(options->conf);
	if (err == STS_OK)
		err = sts_storegate_new(e->loop, options->store, &e->gate);
	if (err == STS_OK)
		err =
		    sts_outages_new(options->clock, options->log, &e->outages);
	if (err == STS_OK)
		err = sts_tasks_new(env, e->gate, e->outages, &e->tasks);
	if (err == STS_OK)
		err = sts_refresher_new(e->loop, env->log, e->gate, e->tasks,
		    options->refresh_interval_ms, &e->refresher);
	if (err == STS_OK)
		err = sts_renewer_new(
		    e->loop, e->tasks, options->renew_interval_ms, &e->renewer);
	if (err == STS_OK)
		err = sts_hosts_new(&env->hosts);
	if (err == STS_OK)
		err = sts_fetchpool_new(e->loop, cores(), &env->fetchers);
	if (err == STS_OK)
		err = sts_prober_new(e->loop, &env->prober);
	if (err == STS_OK)
		err = sts_resolver_new(e->loop, env->conf, &env->resolver);
	if (err == STS_OK && options->check_hostname && env->conf->probe)
		err = sts_namecheck_new(env, &e->namecheck);
	if (err != STS_OK) {
		(void)snprintf(why, size, "the engine cannot be set up: %s",
		    sts_err_text(err));
		return err;
	}
	return sts_tls_new(env->conf->ca_file, why, size, &env->tls);
}

enum sts_err
sts_engine_new(const struct sts_engine_options *options, char *why, size_t size,
    struct sts_engine **out)
{
	struct sts_engine *e = calloc(1, sizeof(*e));
	enum sts_err err;

	if (e == NULL) {
		(void)snprintf(why, size, "out of memory");
		return STS_E_NOMEM;
	}
	pthread_mutex_init(&e->lock, NULL);
	err = make_parts(e, options, why, size);
	if (err == STS_OK) {
		sts_loop_name(e->loop, "engine");
		err = sts_loop_start(e->loop);
		if (err != STS_OK)
			(void)snprintf(why, size, "no thread can be started");
	}
	if (err != STS_OK)
		sts_engine_free(e);
	else
		*out = e;
	return err;
}

void
sts_engine_close(struct sts_engine *e)
{
	sts_tasks_close(e->tasks);
}

void
sts_engine_free(struct sts_engine *e)
{
	if (e == NULL)
		return;
	if (e->tasks != NULL)
		sts_tasks_close(e->tasks);
	if (e->loop != NULL)
		sts_loop_stop(e->loop);
	sts_refresher_free(e->refresher);
	sts_renewer_free(e->renewer);
	sts_namecheck_free(e->namecheck);
	sts_tasks_free(e->tasks);
	sts_outages_free(e->outages);
	sts_hosts_free(e->env.hosts);
	sts_fetchpool_free(e->env.fetchers);
	sts_prober_free(e->env.prober);
	sts_resolver_close(e->env.resolver);
	sts_env_release(&e->env);
	sts_storegate_free(e->gate);
	sts_loop_free(e->loop);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

enum sts_err
sts_engine_run(struct sts_engine *e, void (*fn)(void *), void *cookie)
{
	return sts_loop_run(e->loop, fn, cookie);
}

struct reload {
	struct sts_engine *engine;
	const struct sts_conf *conf; /* references, for env */
	const struct sts_tls *tls;
	enum sts_err err;
};

/* All of it or nothing: with the old resolver and the new dns_trust_ad, one
 * that nobody vouched for would be believed. */
static void
put_in_force(void *cookie)
{
	struct reload *r = cookie;
	struct sts_env *env = &r->engine->env, old = *env;

	r->err = sts_resolver_new(env->loop, r->conf, &env->resolver);
	if (r->err != STS_OK)
		return;
	env->tls = r->tls;
	pthread_mutex_lock(&r->engine->lock);
	env->conf = r->conf;
	pthread_mutex_unlock(&r->engine->lock);
	sts_tasks_renew(r->engine->tasks);
	sts_hosts_forget(env->hosts);
	sts_env_release(&old);
}

enum sts_err
sts_engine_reload(
    struct sts_engine *e, const struct sts_conf *conf, char *why, size_t size)
{
	struct reload r = { .engine = e };
	enum sts_err err = sts_tls_new(conf->ca_file, why, size, &r.tls);

	if (err != STS_OK)
		return err;
	r.conf = sts_conf_get(conf);
	err = sts_engine_run(e, put_in_force, &r);
	if (err == STS_OK)
		err = r.err;
	if (err != STS_OK) {
		(void)snprintf(why, size, "the resolver cannot be set up: %s",
		    sts_err_text(err));
		sts_conf_put(r.conf);
		sts_tls_put(r.tls);
	}
	return err;
}

const struct sts_conf *
sts_engine_conf(struct sts_engine *e)
{
	const struct sts_conf *conf;

	pthread_mutex_lock(&e->lock);
	conf = sts_conf_get(e->env.conf);
	pthread_mutex_unlock(&e->lock);
	return conf;
}

struct sts_log *
sts_engine_log(struct sts_engine *e)
{
	return e->env.log;
}

const struct sts_clock *
sts_engine_clock(struct sts_engine *e)
{
	return sts_loop_clock(e->loop);
}

struct sts_store *
sts_engine_store(struct sts_engine *e)
{
	return e->env.store;
}

struct sts_loop *
sts_engine_loop(struct sts_engine *e)
{
	return e->loop;
}

const struct sts_env *
sts_engine_env(struct sts_engine *e)
{
	sts_loop_assert(e->loop);
	return &e->env;
}

enum sts_err
sts_engine_ask(struct sts_engine *e, const char *domain, unsigned ask,
    struct sts_ticket **out)
{
	return sts_tasks_ask(e->tasks, domain, ask, out);
}

enum sts_err
sts_engine_try(struct sts_engine *e, const char *domain,
    const struct sts_policy *policy, struct sts_ticket **out)
{
	return sts_tasks_try(e->tasks, domain, policy, out);
}

enum sts_err
sts_engine_tell(struct sts_engine *e, const char *domain, unsigned ask,
    sts_engine_told *done, void *cookie, const struct sts_answer **known,
    struct sts_telling **telling)
{
	return sts_tasks_tell(
	    e->tasks, domain, ask, done, cookie, known, telling);
}

const struct sts_answer *
sts_engine_known(struct sts_engine *e, const char *domain)
{
	return sts_tasks_known(e->tasks, domain);
}

struct forgetting {
	struct sts_hosts *hosts;
	const struct sts_answer *last; /* NULL: all of them */
};

static void
forget_hosts(void *cookie)
{
	struct forgetting *f = cookie;

	if (f->last == NULL)
		sts_hosts_forget(f->hosts);
	for (size_t i = 0; f->last != NULL && i < f->last->n_mx; i++)
		sts_hosts_forget_one(f->hosts, f->last->mx[i].host);
}

/* The hosts first: an answer that is asked for meanwhile rests on none of
 * them. */
void
sts_engine_forget(struct sts_engine *e, const char *domain)
{
	struct forgetting f = { .hosts = e->env.hosts };
	enum sts_err err = STS_OK;

	if (domain != NULL)
		f.last = sts_tasks_last(e->tasks, domain);
	if (domain == NULL || f.last != NULL)
		err = sts_engine_run(e, forget_hosts, &f);
	if (err != STS_OK)
		sts_log(e->env.log, STS_LOG_WARNING, "hosts-not-forgotten",
		    STS_KV_STR("error", sts_err_text(err)));
	sts_answer_put(f.last);
	sts_tasks_forget(e->tasks, domain);
}

const struct sts_answer *
sts_engine_remembered(struct sts_engine *e, const char *domain)
{
	const struct sts_record *record = sts_store_read(e->env.store, domain);
	const struct sts_answer *answer;
	struct sts_discovery found;

	sts_discovery_of_record(
	    record, sts_wall_s(sts_engine_clock(e)), &found);
	answer = sts_answer_of_discovery(domain, &found);
	sts_record_put(record);
	return answer;
}

bool
sts_engine_outage(struct sts_engine *e, struct sts_engine_outage *out)
{
	return sts_outages_now(e->outages, out);
}

void
sts_engine_stats(struct sts_engine *e, struct sts_engine_stats *out)
{
	*out = (struct sts_engine_stats){
		.lookups = e->tally.lookups,
		.fetches = e->tally.fetches,
		.fetch_failures = e->tally.fetch_failures,
		.probes = e->tally.probes,
		.probe_failures = e->tally.probe_failures,
		.hosts = e->tally.hosts,
	};
	sts_tasks_stats(e->tasks, out);
}
