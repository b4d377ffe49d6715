/*
 * What lookups work with.  The engine owns one and replaces what a reload
 * changes; each piece of work holds a copy, so that it ends with the
 * configuration it began with.  Engine's thread only.
 */
#ifndef STS_ENGINE_ENV_H
#define STS_ENGINE_ENV_H

#include "sts/base/log.h"
#include "sts/conf/conf.h"
#include "sts/engine/fetchpool.h"
#include "sts/engine/probe.h"
#include "sts/engine/resolver.h"
#include "sts/engine/tls.h"
#include "sts/store/store.h"

#include <stdatomic.h>

struct sts_hosts;

struct sts_tally { /* written on the engine's thread, read on any */
	_Atomic uint64_t lookups, fetches, fetch_failures, probes,
	    probe_failures;
	_Atomic size_t hosts; /* gauge: MX hosts remembered */
};

struct sts_env {
	struct sts_loop *loop; /* borrowed, as all up to tally */
	struct sts_log *log;
	struct sts_store *store;
	struct sts_fetchpool *fetchers;
	struct sts_prober *prober;
	struct sts_hosts *hosts;
	struct sts_tally *tally;
	uint16_t https_port, smtp_port; /* 0: the usual one */
	uint64_t round; /* probes of earlier rounds do not count: hosts.h */
	struct sts_resolver *resolver; /* references, from here on */
	const struct sts_tls *tls;
	const struct sts_conf *conf;
};

static inline struct sts_env
sts_env_copy(const struct sts_env *env)
{
	struct sts_env copy = *env;

	copy.resolver = sts_resolver_get(env->resolver);
	copy.tls = sts_tls_get(env->tls);
	copy.conf = sts_conf_get(env->conf);
	return copy;
}

static inline void
sts_env_release(struct sts_env *env)
{
	sts_resolver_put(env->resolver);
	sts_tls_put(env->tls);
	sts_conf_put(env->conf);
}

static inline int64_t
sts_env_wall_s(const struct sts_env *env)
{
	return sts_wall_s(sts_loop_clock(env->loop));
}

static inline int64_t
sts_env_mono_ms(const struct sts_env *env)
{
	return sts_mono_ms(sts_loop_clock(env->loop));
}

#endif
