/*
 * hostprobe and hosts: when TLSA records are looked for, what they change, and
 * who shares what (rules.md rows 62 to 68), over a DNS server of the test's
 * own.  What the probe itself finds is not the matter here: nothing is expected
 * to listen where it goes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../conf/conffile.h"
#include "fakedns.h"
#include "sts/engine/hostprobe.h"
#include "sts/engine/hosts.h"
#include "testpki.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define D16 "000102030405060708090a0b0c0d0e0f"
#define D32 D16 D16
#define ADDRESS "127.0.0.9"

enum { PATIENCE_S = 60 };

#define AT(host, v4_ad, v6_kind, v6_ad)                                        \
	{ host, STS_DNS_A, FAKEDNS_ANSWER, ADDRESS, 60, (v4_ad) },             \
	{                                                                      \
		host, STS_DNS_AAAA, (v6_kind), NULL, 60, (v6_ad)               \
	}
#define SIGNED(host) AT(host, true, FAKEDNS_ANSWER, true)
#define TLSA(host, kind, data, ad)                                             \
	{                                                                      \
		"_25._tcp." host, STS_DNS_TLSA, (kind), (data), 60, (ad)       \
	}
#define USABLE(host) TLSA(host, FAKEDNS_ANSWER, "3 1 1 " D32, true)

static const struct fakedns_row table[] = {
	SIGNED("usable.test"),
	USABLE("usable.test"),
	SIGNED("some-usable.test"),
	TLSA("some-usable.test", FAKEDNS_ANSWER, "1 1 1 " D32 "|2 0 1 " D32,
	    true),
	SIGNED("nodata.test"),
	TLSA("nodata.test", FAKEDNS_ANSWER, NULL, true),
	SIGNED("nxdomain.test"),
	TLSA("nxdomain.test", FAKEDNS_NXDOMAIN, NULL, true),
	SIGNED("pkix.test"),
	TLSA("pkix.test", FAKEDNS_ANSWER, "1 1 1 " D32 "|3 1 1 00", true),
	SIGNED("tlsa-insecure.test"),
	TLSA("tlsa-insecure.test", FAKEDNS_ANSWER, "3 1 1 " D32, false),
	SIGNED("bogus.test"),
	TLSA("bogus.test", FAKEDNS_SERVFAIL, NULL, false),
	SIGNED("silent.test"),
	TLSA("silent.test", FAKEDNS_SILENCE, NULL, false),
	AT("insecure.test", false, FAKEDNS_ANSWER, false),
	USABLE("insecure.test"),
	AT("v4-insecure.test", false, FAKEDNS_ANSWER, true),
	USABLE("v4-insecure.test"),
	AT("v6-insecure.test", true, FAKEDNS_ANSWER, false),
	USABLE("v6-insecure.test"),
	AT("v6-fails.test", true, FAKEDNS_SERVFAIL, false),
	USABLE("v6-fails.test"),
	AT("v6-fails-insecure.test", false, FAKEDNS_SERVFAIL, false),
	USABLE("v6-fails-insecure.test"),
	{ "no-address.test", STS_DNS_A, FAKEDNS_ANSWER, NULL, 60, true },
	{ "no-address.test", STS_DNS_AAAA, FAKEDNS_ANSWER, NULL, 60, true },
	USABLE("no-address.test"),
	{ 0 },
};

struct world {
	struct fakedns *dns;
	struct sts_tally tally;
	struct sts_env env;
	unsigned calls;
	const struct sts_host_outcome *o; /* the last one seen */
};

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sts_env *env = &w->env;
	struct testpki_cert root = testpki_root();
	char text[256], why[256], path[TESTPKI_PATH];

	assert_non_null(w);
	(void)alarm(PATIENCE_S);
	w->dns = fakedns_start(table);
	(void)snprintf(text, sizeof(text),
	    "dns_servers = {\"127.0.0.1:%u\"}\ndns_timeout = 1\n"
	    "probe_timeout = 5\nallow_networks = {\"127.0.0.0/8\"}\n",
	    (unsigned)fakedns_port(w->dns));
	env->conf = conffile_good(text);
	env->tally = &w->tally;
	testpki_write(&root, path);
	assert_int_equal(
	    sts_tls_new(path, why, sizeof(why), &env->tls), STS_OK);
	(void)unlink(path);
	testpki_free(&root);
	assert_int_equal(sts_loop_new(&sts_clock_system, &env->loop), STS_OK);
	assert_int_equal(sts_prober_new(env->loop, &env->prober), STS_OK);
	assert_int_equal(sts_hosts_new(&env->hosts), STS_OK);
	assert_int_equal(
	    sts_resolver_new(env->loop, env->conf, &env->resolver), STS_OK);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	sts_hosts_free(w->env.hosts);
	sts_prober_free(w->env.prober);
	sts_resolver_close(w->env.resolver);
	sts_resolver_put(w->env.resolver);
	sts_loop_free(w->env.loop);
	sts_tls_put(w->env.tls);
	sts_conf_put(w->env.conf);
	fakedns_stop(w->dns);
	sts_host_outcome_put(w->o);
	free(w);
	(void)alarm(0);
	return 0;
}

static void
wait_calls(struct world *w, unsigned n)
{
	while (w->calls < n)
		assert_true(event_base_loop(
				sts_loop_base(w->env.loop), EVLOOP_ONCE) >= 0);
	assert_int_equal(w->calls, n);
}

/* --- hostprobe --- */

static void
on_probed(void *cookie, const struct sts_host_outcome *outcome)
{
	struct world *w = cookie;

	assert_non_null(outcome);
	w->calls++;
	sts_host_outcome_put(w->o);
	w->o = outcome;
}

#define ANCHORS STS_TRUST_ANCHORS
#define EITHER STS_TRUST_EITHER
#define ONLY_TLSA STS_TRUST_TLSA
#define UNREACHABLE STS_REASON_UNREACHABLE
#define MISMATCH STS_REASON_MX_MISMATCH
#define DNSSEC STS_REASON_DNSSEC_INVALID

static const struct row {
	const char *host;
	enum sts_trust trust;
	bool asked, dane, probed;
	enum sts_reason reason; /* where it was not probed */
	const char *detail; /* is in it */
} rows[] = {
	/* Row 64: usable records. */
	{ "usable.test", EITHER, true, true, true, 0, "" },
	{ "usable.test", ONLY_TLSA, true, true, true, 0, "" },
	{ "some-usable.test", EITHER, true, true, true, 0, "" },
	/* Row 67: none is looked for. */
	{ "usable.test", ANCHORS, false, false, true, 0, "" },
	{ "bogus.test", ANCHORS, false, false, true, 0, "" },
	{ "insecure.test", EITHER, false, false, true, 0, "" },
	{ "v4-insecure.test", EITHER, false, false, true, 0, "" },
	{ "v6-insecure.test", EITHER, false, false, true, 0, "" },
	{ "v6-fails-insecure.test", EITHER, false, false, true, 0, "" },
	{ "insecure.test", ONLY_TLSA, false, false, false, MISMATCH,
	    "no usable TLSA record" },
	/* Whoever can break one address lookup does not get rid of DANE. */
	{ "v6-fails.test", EITHER, true, true, true, 0, "" },
	/* There is none, or none that counts. */
	{ "nodata.test", EITHER, true, false, true, 0, "" },
	{ "nxdomain.test", EITHER, true, false, true, 0, "" },
	{ "tlsa-insecure.test", EITHER, true, false, true, 0, "" },
	{ "nodata.test", ONLY_TLSA, true, false, false, MISMATCH,
	    "not probed: the policy does not allow" },
	{ "tlsa-insecure.test", ONLY_TLSA, true, false, false, MISMATCH, "" },
	/* Row 68: none is usable. */
	{ "pkix.test", EITHER, true, false, true, 0, "" },
	{ "pkix.test", ONLY_TLSA, true, false, false, MISMATCH, "" },
	/* Row 66: could not tell. */
	{ "bogus.test", EITHER, true, true, false, DNSSEC,
	    "TLSA lookup of _25._tcp.bogus.test: " },
	{ "bogus.test", ONLY_TLSA, true, true, false, DNSSEC, "" },
	{ "silent.test", EITHER, true, true, false, DNSSEC,
	    "TLSA lookup of _25._tcp.silent.test: " },
	/* No address to go to. */
	{ "no-address.test", EITHER, false, false, false, UNREACHABLE,
	    "no address record" },
	{ "no-address.test", ONLY_TLSA, false, false, false, UNREACHABLE, "" },
};

static unsigned
asked(struct world *w, const char *host)
{
	char name[STS_DOMAIN_SIZE];

	assert_int_equal(sts_dane_name(host, name), STS_OK);
	return fakedns_asked(w->dns, name, STS_DNS_TLSA);
}

static void
run(struct world *w, const struct row *row)
{
	struct sts_hostprobe *hp;

	w->calls = 0;
	assert_int_equal(sts_hostprobe_start(&w->env, row->host, row->trust, 0,
			     on_probed, w, &hp),
	    STS_OK);
	assert_int_equal(w->calls, 0);
	wait_calls(w, 1);
}

static bool
is_as_told(const struct world *w, const struct row *row)
{
	const struct sts_host_outcome *o = w->o;
	const char *address = row->probed ? ADDRESS : "";

	return o->dane == row->dane && o->path != STS_PATH_VALIDATED &&
	       (o->path == STS_PATH_INVALID || row->reason != DNSSEC) &&
	       (row->probed || o->reason == row->reason) &&
	       strcmp(o->address, address) == 0 &&
	       strstr(o->detail, row->detail) != NULL;
}

static void
obeys_every_row(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		unsigned before = asked(w, row->host);
		uint64_t probes = w->tally.probes;

		run(w, row);
		if (!is_as_told(w, row) ||
		    (asked(w, row->host) > before) != row->asked ||
		    (w->tally.probes > probes) != row->probed)
			fail_msg("%s, trust %d: dane %d, %s, %s", row->host,
			    (int)row->trust, w->o->dane,
			    sts_reason_text(w->o->reason), w->o->detail);
	}
}

/* A host that the policy does not allow, and nothing else is wrong with. */
static void
counts_no_mismatch_as_a_failed_probe(void **state)
{
	static const struct row none = { .host = "nodata.test",
		.trust = ONLY_TLSA };
	static const struct row bogus = { .host = "bogus.test",
		.trust = ONLY_TLSA };
	struct world *w = *state;

	run(w, &none);
	assert_int_equal(w->tally.probe_failures, 0);
	run(w, &bogus);
	assert_int_equal(w->tally.probe_failures, 1);
}

/* While the TLSA records are waited for. */
static void
ends_when_cancelled(void **state)
{
	struct world *w = *state;
	struct sts_hostprobe *hp;

	assert_int_equal(sts_hostprobe_start(&w->env, "silent.test", EITHER, 0,
			     on_probed, w, &hp),
	    STS_OK);
	while (asked(w, "silent.test") == 0)
		(void)event_base_loop(sts_loop_base(w->env.loop), EVLOOP_ONCE);
	sts_hostprobe_cancel(hp);
	assert_int_equal(w->calls, 0);
}

/* --- hosts --- */

static void
on_host(void *cookie, const struct sts_host_outcome *outcome)
{
	struct world *w = cookie;

	assert_non_null(outcome);
	w->calls++;
	sts_host_outcome_put(w->o);
	w->o = sts_host_outcome_get(outcome);
}

static enum sts_err
ask(struct world *w, const char *host, enum sts_trust trust,
    const struct sts_host_outcome **known)
{
	struct sts_hosts_wait *wait;

	return sts_hosts_ask(w->env.hosts, &w->env, host, trust, false, on_host,
	    w, known, &wait);
}

/* Row 62, but for what DANE says where it has no say. */
static void
shares_what_is_trusted_alike(void **state)
{
	static const enum sts_trust all[] = { ANCHORS, EITHER, ONLY_TLSA };
	const struct sts_host_outcome *known;
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(all); i++) {
		w->calls = 0;
		assert_int_equal(
		    ask(w, "nodata.test", all[i], &known), STS_E_AGAIN);
		assert_int_equal(
		    ask(w, "nodata.test", all[i], &known), STS_E_AGAIN);
		wait_calls(w, 2);
	}
	assert_int_equal(asked(w, "nodata.test"), 2);
	assert_int_equal(w->tally.probes, 2);
	assert_int_equal(w->tally.hosts, 3);
	for (size_t i = 0; i < COUNT(all); i++) {
		assert_int_equal(ask(w, "nodata.test", all[i], &known), STS_OK);
		assert_string_equal(known->host, "nodata.test");
		assert_int_equal(
		    known->reason == MISMATCH, all[i] == ONLY_TLSA);
		sts_host_outcome_put(known);
	}
	assert_int_equal(asked(w, "nodata.test"), 2);
}

/* An answer of DANE's is none to who may not ask it, and the reverse. */
static void
keeps_answers_of_dane_apart(void **state)
{
	const struct sts_host_outcome *known;
	struct world *w = *state;

	assert_int_equal(ask(w, "bogus.test", EITHER, &known), STS_E_AGAIN);
	wait_calls(w, 1);
	assert_int_equal(w->o->reason, DNSSEC);
	assert_int_equal(ask(w, "bogus.test", ANCHORS, &known), STS_E_AGAIN);
	wait_calls(w, 2);
	assert_false(w->o->dane);
	assert_int_equal(ask(w, "bogus.test", EITHER, &known), STS_OK);
	assert_int_equal(known->reason, DNSSEC);
	sts_host_outcome_put(known);
}

enum { NOW_S = 1000000, NOW_MS = 5000000 };

static int64_t
wall_now(const struct sts_clock *clock)
{
	(void)clock;
	return NOW_S;
}

static int64_t
mono_now(const struct sts_clock *clock)
{
	(void)clock;
	return NOW_MS;
}

/* DANE-EE knows no dates: an ended certificate is good for as long as any. */
static void
is_fresh_by_dates_that_count(void **state)
{
	static const struct sts_clock clock = { wall_now, mono_now };
	static const struct {
		int64_t not_after, age_s, fresh_s;
	} cases[] = {
		{ 0, 0, 3600 }, /* unknown */
		{ NOW_S + 10000, 0, 3600 },
		{ NOW_S + 10000, 3599, 1 },
		{ NOW_S + 100, 0, 100 },
		{ NOW_S + 100, 50, 100 },
		{ NOW_S, 0, 0 },
		{ NOW_S - 10, 50, 0 }, /* ended since */
		{ NOW_S - 1, 0, 3600 }, /* before */
		{ NOW_S - 100, 50, 3550 },
	};
	struct world *w = *state;
	struct sts_env env = w->env;

	assert_int_equal(sts_loop_new(&clock, &env.loop), STS_OK);
	assert_int_equal(env.conf->probe_ttl, 3600);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct sts_host_outcome o = {
			.path = STS_PATH_VALIDATED,
			.not_after = cases[i].not_after,
			.probed_ms = NOW_MS - cases[i].age_s * 1000,
		};

		assert_int_equal(
		    sts_hosts_fresh_ms(&env, &o), cases[i].fresh_s * 1000);
	}
	sts_loop_free(env.loop);
}

/* Longer after each failure in a row, and for who asked to be left alone. */
static void
fails_for_longer_each_time(void **state)
{
	static const struct sts_clock clock = { wall_now, mono_now };
	static const struct {
		uint16_t failures;
		bool busy;
		int64_t life_s;
	} cases[] = {
		{ 0, false, 300 },
		{ 1, false, 300 },
		{ 2, false, 600 },
		{ 3, false, 1200 },
		{ 4, false, 2400 },
		{ 5, false, 2400 },
		{ 1000, false, 2400 },
		{ 1, true, 1200 },
		{ 2, true, 2400 },
		{ 4, true, 9600 },
		{ 1000, true, 9600 },
	};
	struct world *w = *state;
	struct sts_env env = w->env;

	assert_int_equal(sts_loop_new(&clock, &env.loop), STS_OK);
	assert_int_equal(env.conf->probe_failure_ttl, 300);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct sts_host_outcome o = {
			.path = STS_PATH_UNREACHABLE,
			.failures = cases[i].failures,
			.busy = cases[i].busy,
			.probed_ms = NOW_MS - 100 * 1000,
		};

		assert_int_equal(sts_hosts_fresh_ms(&env, &o),
		    (cases[i].life_s - 100) * 1000);
	}
	sts_loop_free(env.loop);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(obeys_every_row),
		TEST(counts_no_mismatch_as_a_failed_probe),
		TEST(ends_when_cancelled),
		TEST(shares_what_is_trusted_alike),
		TEST(keeps_answers_of_dane_apart),
		TEST(is_fresh_by_dates_that_count),
		TEST(fails_for_longer_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
