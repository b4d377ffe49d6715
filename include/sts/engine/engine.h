/*
 * The engine: one thread, one event loop; a policy domain goes in, an answer
 * comes out.  This is all that front ends and commands know of it.
 *
 *	sts_engine_ask ─► ticket ─► sts_ticket_wait (deadline) ─► answer
 *
 * What is known and fresh is answered on the caller's thread, without a thread
 * hop.  What is unknown is looked up once, however many ask.  Unless said
 * otherwise any thread may call.
 */
#ifndef STS_ENGINE_ENGINE_H
#define STS_ENGINE_ENGINE_H

#include "sts/base/clock.h"
#include "sts/base/err.h"
#include "sts/base/log.h"
#include "sts/conf/conf.h"
#include "sts/engine/answer.h"
#include "sts/store/store.h"

struct sts_engine;
struct sts_env;
struct sts_loop;
struct sts_ticket;

struct sts_engine_options {
	const struct sts_clock *clock; /* borrowed, like log and store */
	struct sts_log *log;
	struct sts_store *store;
	const struct sts_conf *conf; /* a reference is taken */
	/* Where policy hosts and MX hosts listen; 0: 443 and 25.  A test's
	 * are elsewhere. */
	uint16_t https_port, smtp_port;
	/* Between looks for policies to be refreshed; 0: the usual. */
	unsigned refresh_interval_ms;
	bool check_hostname; /* say in the log if EHLO's name is unknown */
	/* Between looks for answers to be renewed; 0: the usual. */
	unsigned renew_interval_ms;
};

/*
 * Makes the engine and starts its thread.  On failure `why` (of `size` bytes)
 * tells a person what is wrong: the CA file, the resolver, the system.
 */
STS_MUST_USE enum sts_err sts_engine_new(
    const struct sts_engine_options *options, char *why, size_t size,
    struct sts_engine **out);

/* Nothing new is taken from now on; every ticket that waits gets STS_E_CLOSED.
 * Async-signal-unsafe, but may be called from any thread, and twice. */
void sts_engine_close(struct sts_engine *engine);

/* Closes, ends the thread and frees.  All tickets must have been freed, all
 * tellings be done or cancelled, and all watches freed. */
void sts_engine_free(struct sts_engine *engine);

/* Puts a new configuration in force for what starts once this returned.  On
 * failure the old one stays, and `why` tells the person.  Waits for the
 * engine's thread: not to be called on it. */
STS_MUST_USE enum sts_err sts_engine_reload(struct sts_engine *engine,
    const struct sts_conf *conf, char *why, size_t size);

/*
 * Runs fn(cookie) on the engine's thread, and returns when it has. Not to be
 * called on that thread.  STS_E_NOMEM; STS_E_CLOSED.
 */
STS_MUST_USE enum sts_err sts_engine_run(
    struct sts_engine *engine, void (*fn)(void *), void *cookie);

/* The configuration in force; a reference. */
const struct sts_conf *sts_engine_conf(struct sts_engine *engine);
struct sts_log *sts_engine_log(struct sts_engine *engine);
const struct sts_clock *sts_engine_clock(struct sts_engine *engine);
struct sts_store *sts_engine_store(struct sts_engine *engine);
struct sts_loop *sts_engine_loop(struct sts_engine *engine); /* watch.c's */
/* For the files of engine alone; on the engine's thread. */
const struct sts_env *sts_engine_env(struct sts_engine *engine);

enum sts_ask { /* a set of bits */
	STS_ASK_POLICY_ONLY = 1 << 0, /* no MX lookup, no probe: `query` */
	STS_ASK_UNCACHED = 1 << 1, /* as if nothing were remembered, and
				      nothing is: `query` and `check` */
	STS_ASK_REFRESH = 1 << 2, /* the network is asked, whatever is
				     fresh, and the result is remembered */
	STS_ASK_NO_PROBE = 1 << 3, /* sts_engine_tell's, and no other with it:
				      the MX hosts' names are enough, unless
				      DANE may have a say.  An unprobed answer
				      is given to nobody else. */
	STS_ASK_HOSTS = 1 << 4, /* the MX hosts are looked at even where no
				   policy asks for it, which changes no result:
				   `check` */
	STS_ASK_RENEW = 1 << 5, /* beside none or STS_ASK_NO_PROBE: what ends
				   soon counts as ended, and what is known stays
				   where nothing can be told */
};

/*
 * Asks about a policy domain in canonical form (core/domain.h).  STS_OK: *out
 * is a ticket; a known answer is in it already.  STS_E_LIMIT: too much is under
 * way; STS_E_CLOSED; STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_engine_ask(struct sts_engine *engine,
    const char *domain, unsigned ask, struct sts_ticket **out);

/*
 * Asks what senders would find if this were the domain's policy: as
 * sts_engine_ask with STS_ASK_UNCACHED, but neither TXT record nor policy host
 * is asked, and DANE has no say: not all senders look at it.  `policy` need not
 * have MX patterns: then the MX hosts are only looked up.  A reference is
 * taken.
 */
STS_MUST_USE enum sts_err sts_engine_try(struct sts_engine *engine,
    const char *domain, const struct sts_policy *policy,
    struct sts_ticket **out);

/* The answer where it is known and fresh: a reference, or NULL. Never blocks.
 */
const struct sts_answer *sts_engine_known(
    struct sts_engine *engine, const char *domain);

/*
 * What follows from what is remembered alone, where the question cannot be
 * asked: an answer that is not complete, with the policy if one is in force. A
 * reference, or NULL out of memory.  May wait for the disk: not to be called on
 * the engine's thread.
 */
const struct sts_answer *sts_engine_remembered(
    struct sts_engine *engine, const char *domain);

/*
 * Waits for the answer, at most `ms` (0: only looks).  STS_OK: *out is a
 * reference.  STS_E_TIMEOUT: not yet; *out is a reference to an answer that is
 * not complete, with what is known so far and the verdict that follows from
 * it, or NULL out of memory; one may wait again.  STS_E_CLOSED: the engine
 * closes, *out as with STS_E_TIMEOUT.
 */
STS_MUST_USE enum sts_err sts_ticket_wait(
    struct sts_ticket *ticket, int64_t ms, const struct sts_answer **out);

/*
 * For who cannot wait: calls note(cookie) once, when sts_ticket_wait would wait
 * no more.  true: it will, unless the ticket is freed before; once that
 * returned it never will.  false: that is so now, and it will not.  It is
 * called on another thread, with the engine's lock held: it may do no more than
 * leave a note for its own.  One for each ticket at a time.
 */
STS_MUST_USE bool sts_ticket_notify(
    struct sts_ticket *ticket, void (*note)(void *cookie), void *cookie);

/* Whether the answer was known when it was asked for. */
bool sts_ticket_cached(const struct sts_ticket *ticket);

/* Gives the ticket back; the lookup goes on for others and for the cache.
 * NULL is legal. */
void sts_ticket_free(struct sts_ticket *ticket);

/* Called on the engine's thread; `answer` is complete and borrowed, or NULL
 * where memory ran out. */
typedef void sts_engine_told(void *cookie, const struct sts_answer *answer);

struct sts_telling;

/*
 * Asks, for what lives on the engine's thread (engine/watch.h); to be called
 * there only.  STS_OK: *known is a reference.  STS_E_AGAIN: `done` will be
 * called, exactly once and never before this returned, unless *telling is
 * cancelled before.  Any other error is one of sts_engine_ask's.  A question
 * under way is joined, with probes or without.
 */
STS_MUST_USE enum sts_err sts_engine_tell(struct sts_engine *engine,
    const char *domain, unsigned ask, sts_engine_told *done, void *cookie,
    const struct sts_answer **known, struct sts_telling **telling);

/* `done` is not called any more; the lookup goes on for the cache.  NULL is
 * legal.  Before sts_engine_free, all are to be cancelled or done. */
void sts_telling_cancel(struct sts_telling *telling);

/*
 * What can be said now: the policy that is remembered, where one is in force;
 * else what was found out last, however old that is, where there was no policy
 * in force; else an answer that is not complete and knows nothing.  A
 * reference, or NULL out of memory.
 */
const struct sts_answer *sts_telling_sofar(const struct sts_telling *telling);

/* Forgets answers, of one domain or of all (NULL), and what was found out about
 * their MX hosts, after the store was changed by a command.  Waits for the
 * engine's thread: not to be called on it. */
void sts_engine_forget(struct sts_engine *engine, const char *domain);

/* The outage breaker (core/outage.h): whether the fault is ours. */
struct sts_engine_outage {
	bool on;
	enum sts_reason reason; /* the most frequent one when it began */
	int64_t seconds; /* since it began */
	unsigned failing, places; /* of late */
};
/* Returns `on`. */
bool sts_engine_outage(
    struct sts_engine *engine, struct sts_engine_outage *out);

struct sts_engine_stats { /* since the start, but for the gauges */
	uint64_t asked, known; /* questions; answered from memory */
	uint64_t lookups, fetches, fetch_failures, probes, probe_failures;
	size_t running; /* gauge: domains being looked up */
	size_t answers; /* gauge: answers in memory */
	size_t hosts; /* gauge: MX hosts remembered */
};
void sts_engine_stats(struct sts_engine *engine, struct sts_engine_stats *out);

#endif
