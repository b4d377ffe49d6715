/*
 * What is used is renewed before it ends, so that no message waits for the
 * network; and what cannot be told ahead of time, or not be reached, leaves
 * what is known as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engineworld.h"

#include <unistd.h>

enum { INTERVAL_MS = 10, PROBE_TTL = 600 };

/* The world's engine once more, that looks oftener. */
static int
set_up(void **state)
{
	struct sts_engine_options options = {
		.renew_interval_ms = INTERVAL_MS,
	};
	struct world *w;
	char why[256];

	(void)world_set_up(state);
	w = *state;
	sts_engine_free(w->engine);
	sts_conf_put(w->conf);
	w->conf = world_conf(w, "probe_ttl = 600\n");
	options.clock = &w->clock;
	options.log = w->log;
	options.store = w->store;
	options.conf = w->conf;
	options.https_port = w->https.port;
	options.smtp_port = w->mx.port;
	if (sts_engine_new(&options, why, sizeof(why), &w->engine) != STS_OK)
		fail_msg("%s", why);
	return 0;
}

/* What would be said without waiting; STS_RESULT_EXEMPT: nothing.  Not a use.
 */
static enum sts_result
known(struct world *w, const char *domain)
{
	const struct sts_answer *a = sts_engine_known(w->engine, domain);
	enum sts_result result =
	    a == NULL ? STS_RESULT_EXEMPT : a->verdict.result;

	sts_answer_put(a);
	return result;
}

/* Asks, waits, and asks again, which is a use.  The answer's life in s. */
static int64_t
learn(struct world *w, const char *domain)
{
	const struct sts_answer *a = world_ask(w, domain, 0);
	int64_t life = (a->fresh_until_ms - a->made_ms) / 1000;

	sts_answer_put(a);
	assert_int_equal(known(w, domain), STS_RESULT_PASS);
	return life;
}

static void
wait_asked(struct world *w, const char *name, int type, unsigned n)
{
	while (fakedns_asked(w->dns, name, type) < n) /* alarm() ends it */
		(void)usleep(1000);
	world_wait_stats(w, world_runs, 0);
}

static void
the_used_is_renewed(void **state)
{
	struct world *w = *state;
	int64_t life = learn(w, "good.test");

	sts_answer_put(world_ask(w, "shared.test", 0)); /* and that is all */
	world_pass(w, life - 2);
	wait_asked(w, "good.test", MX, 2);
	world_pass(w, 10);
	assert_int_equal(known(w, "good.test"), STS_RESULT_PASS);
	assert_int_equal(known(w, "shared.test"), STS_RESULT_EXEMPT);
	assert_int_equal(fakedns_asked(w->dns, "shared.test", MX), 1);
	assert_int_equal(world_txt_asked(w), 2);
	assert_int_equal(world_fetches(w), 2); /* one each */
}

static void
what_cannot_be_told_leaves_it(void **state)
{
	struct world *w = *state;
	int64_t life = learn(w, "good.test");

	fakedns_set(w->dns, "good.test", MX, FAKEDNS_SERVFAIL, NULL);
	world_pass(w, life - 2);
	wait_asked(w, "good.test", MX, 2);
	assert_int_equal(known(w, "good.test"), STS_RESULT_PASS);
	world_pass(w, 10);
	assert_int_equal(known(w, "good.test"), STS_RESULT_EXEMPT);
	world_expect(w, STS_RESULT_TEMPERROR);
}

/* A host's path, too, is proved again before it ends. */
static void
the_path_is_renewed(void **state)
{
	struct world *w = *state;

	assert_in_range(learn(w, "good.test"), 1, PROBE_TTL);
	world_pass(w, PROBE_TTL - 2);
	world_expect(w, STS_RESULT_PASS); /* with what is known of the host */
	assert_int_equal(known(w, "good.test"), STS_RESULT_PASS);
	assert_int_equal(world_probes(w), 1);
	world_pass(w, 1);
	while (world_probes(w) < 2)
		(void)usleep(1000);
	world_wait_stats(w, world_runs, 0);
	world_pass(w, 10);
	assert_int_equal(known(w, "good.test"), STS_RESULT_PASS);
	assert_int_equal(world_fetches(w), 1);
}

static void
a_path_stands_though_the_host_is_away(void **state)
{
	struct world *w = *state;

	(void)learn(w, "good.test");
	smtp_server_stop(&w->mx);
	world_pass(w, PROBE_TTL - 100);
	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(known(w, "good.test"), STS_RESULT_PASS);
	world_pass(w, 55);
	world_wait_stats(w, world_has_probed, 2);
	world_wait_stats(w, world_runs, 0);
	world_expect(w, STS_RESULT_PASS);
	world_pass(w, 60);
	world_expect(w, STS_RESULT_TEMPERROR);
	assert_true(smtp_server_start(&w->mx)); /* to be stopped */
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_used_is_renewed),
		TEST(what_cannot_be_told_leaves_it),
		TEST(the_path_is_renewed),
		TEST(a_path_stands_though_the_host_is_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
