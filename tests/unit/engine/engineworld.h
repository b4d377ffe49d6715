/*
 * A whole engine for tests, and the small Internet around it on loopback: a DNS
 * server, a policy host, MX hosts, a store, and a clock that the test moves.
 *
 *	good.test	enforce, mx.good.test at MX_GOOD: pass
 *	shared.test	enforce, the same MX host
 *	slow.test	enforce, mx.slow.test at MX_SLOW, which never greets
 *	x.slow.test	the same, and is its own MX host; no policy host
 *	x.silent.test	no DNS server answers
 *
 * Each has a policy host, which is one server: it sends the same policy for
 * all, of every MX host here.  Each function fails the test on failure.
 */
#ifndef STS_TESTS_ENGINEWORLD_H
#define STS_TESTS_ENGINEWORLD_H

#include "fakedns.h"
#include "httpsserver.h"
#include "smtpserver.h"
#include "sts/engine/engine.h"

#include <pthread.h>

#define MX_GOOD "127.0.0.1"
#define MX_SLOW "127.0.0.2"
#define POLICY_HOSTS_ADDRESS "127.0.0.3"

#define POLICY(mode, max_age)                                                  \
	"version: STSv1\r\nmode: " mode "\r\nmx: *.good.test\r\n"              \
	"mx: *.slow.test\r\nmax_age: " max_age "\r\n"
#define ENFORCE POLICY("enforce", "86400")

enum {
	A = 1,
	MX = 15,
	TXT = 16,
	AAAA = 28,
	TLSA = 52,
	DAY = 86400,
	PATIENCE_MS = 60000,
	LINES_MAX = 1 << 18,
};

/* Where the servers are. */
struct places {
	uint16_t dns, https, smtp; /* ports */
	char ca_path[TESTPKI_PATH];
};

struct world {
	struct sts_clock clock; /* first: it is cast back */
	_Atomic int64_t wall_offset_s, mono_offset_ms; /* to the system's */

	struct testpki_cert root, leaf;
	struct places places;
	struct fakedns *dns;
	struct https_server https; /* has the policy of ENFORCE */
	char answer[2048]; /* its own */
	unsigned fetched; /* from servers before */
	struct smtp_server mx;
	int slow_fd; /* listens at MX_SLOW, and takes nobody */
	const struct sts_conf *conf;
	struct sts_log *log;
	struct sts_store *store;
	struct sts_engine *engine;

	pthread_mutex_t lock; /* guards the lines */
	char lines[LINES_MAX];
	size_t n;
};

int world_set_up(void **state);
int world_set_up_servers(void **state); /* and no engine yet */
int world_tear_down(void **state);
/* An engine whose servers are another process's; world_stop_engine ends it. */
struct world *world_elsewhere(const struct places *places);
void world_start_engine(struct world *w); /* its store is in memory */
void world_stop_engine(struct world *w);

/* A configuration for this world, `more` added to it; a reference. */
const struct sts_conf *world_conf(const struct world *w, const char *more);

/* Both clocks go on; the wall clock alone jumps. */
void world_pass(struct world *w, int64_t s);
void world_jump(struct world *w, int64_t s);
int64_t world_now(const struct world *w);

/* What the policy host serves from now on; NULL: status 404. */
void world_serve(struct world *w, const char *policy);
/* The TXT record of good.test; NULL: there is none. */
void world_txt(struct world *w, const char *record);

/* Connections to the policy host, and to MX_GOOD, so far. */
unsigned world_fetches(const struct world *w);
unsigned world_probes(const struct world *w);
/* TXT questions for good.test, so far. */
unsigned world_txt_asked(const struct world *w);

/* As if ENFORCE had been fetched just now. */
void world_remember(struct world *w, const char *domain);

/* Waits until it is so. */
void world_wait_stats(struct world *w,
    bool (*enough)(const struct sts_engine_stats *, uint64_t), uint64_t n);
bool world_has_probed(const struct sts_engine_stats *stats, uint64_t n);
bool world_runs(const struct sts_engine_stats *stats, uint64_t n);

/* Asks and waits; a complete answer, a reference. */
const struct sts_answer *world_ask(
    struct world *w, const char *domain, unsigned ask);
/* The same of good.test, whose result must be this one. */
void world_expect(struct world *w, enum sts_result result);

/* How many log lines since the last call hold the text; forgets them all. */
unsigned world_logged(struct world *w, const char *text);

#endif
