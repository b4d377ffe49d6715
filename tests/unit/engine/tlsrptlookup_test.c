/*
 * `_smtp._tls` records, asked for through the engine: many at once, each answer
 * at its place, and what cannot be told apart from what is not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engineworld.h"
#include "sts/engine/loop.h"
#include "sts/engine/tlsrptlookup.h"

#include <stdlib.h>

enum { MANY = 200 };

static void
tells_each_domain_its_own(void **state)
{
	static const char *const domains[] = { "good.test", "shared.test",
		"slow.test", "gone.test" };
	struct world *w = *state;
	struct sts_tlsrpt_found *found = calloc(4, sizeof(*found));

	assert_non_null(found);
	fakedns_set(w->dns, "_smtp._tls.good.test", TXT, FAKEDNS_ANSWER,
	    "v=spf1 -all|v=TLSRPTv1; rua=mailto:a@good.test");
	fakedns_set(
	    w->dns, "_smtp._tls.shared.test", TXT, FAKEDNS_SERVFAIL, NULL);
	fakedns_set(w->dns, "_smtp._tls.slow.test", TXT, FAKEDNS_ANSWER, "x");
	assert_int_equal(
	    sts_tlsrpt_lookup(w->engine, domains, 4, found), STS_OK);
	assert_int_equal(found[0].status, STS_DNS_OK);
	assert_int_equal(found[0].tlsrpt.status, STS_TLSRPT_FOUND);
	assert_string_equal(found[0].tlsrpt.rua[0].target, "a@good.test");
	assert_int_equal(found[1].status, STS_DNS_FAILED);
	assert_string_not_equal(found[1].detail, "");
	assert_int_equal(found[1].tlsrpt.status, STS_TLSRPT_NONE);
	assert_int_equal(found[2].status, STS_DNS_OK);
	assert_int_equal(found[2].tlsrpt.status, STS_TLSRPT_NONE);
	assert_int_equal(found[3].status, STS_DNS_NXDOMAIN);
	assert_int_equal(found[3].tlsrpt.status, STS_TLSRPT_NONE);
	free(found);
}

static void
asks_many_at_once(void **state)
{
	struct world *w = *state;
	struct sts_tlsrpt_found *found = calloc(MANY, sizeof(*found));
	const char *domains[MANY];

	assert_non_null(found);
	for (size_t i = 0; i < MANY; i++)
		domains[i] = i % 2 == 0 ? "good.test" : "gone.test";
	fakedns_set(w->dns, "_smtp._tls.good.test", TXT, FAKEDNS_ANSWER,
	    "v=TLSRPTv1; rua=https://good.test/x");
	assert_int_equal(
	    sts_tlsrpt_lookup(w->engine, domains, MANY, found), STS_OK);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(found[i].tlsrpt.n, i % 2 == 0);
	assert_int_equal(
	    sts_tlsrpt_lookup(w->engine, domains, 0, found), STS_OK);
	free(found);
}

static void
takes_nothing_once_closed(void **state)
{
	static const char *const domains[] = { "good.test" };
	struct world *w = *state;
	struct sts_tlsrpt_found *found = calloc(1, sizeof(*found));

	assert_non_null(found);
	sts_loop_stop(sts_engine_loop(w->engine));
	assert_int_equal(
	    sts_tlsrpt_lookup(w->engine, domains, 1, found), STS_E_CLOSED);
	free(found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    tells_each_domain_its_own, world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    asks_many_at_once, world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    takes_nothing_once_closed, world_set_up, world_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
