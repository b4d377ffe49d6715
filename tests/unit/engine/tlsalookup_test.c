/*
 * TLSA records, asked for through the engine: how many a host has, and whether
 * DNSSEC vouches for them; what cannot be told is not "none".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engineworld.h"
#include "sts/engine/loop.h"
#include "sts/engine/tlsalookup.h"

#define DIGEST                                                                 \
	"3 1 1 "                                                               \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

enum { N = 4 };

static void
tells_each_host_its_own(void **state)
{
	char endless[STS_DOMAIN_SIZE];
	const char *hosts[N] = { "mx.good.test", "mx.slow.test", "mx.none.test",
		endless };
	struct world *w = *state;
	struct sts_tlsa_found found[N];

	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	fakedns_set(w->dns, "_25._tcp.mx.good.test", TLSA, FAKEDNS_ANSWER,
	    DIGEST "|" DIGEST);
	fakedns_set(
	    w->dns, "_25._tcp.mx.slow.test", TLSA, FAKEDNS_SERVFAIL, NULL);
	assert_int_equal(sts_tlsa_lookup(w->engine, hosts, N, found), STS_OK);
	assert_int_equal(found[0].status, STS_DNS_OK);
	assert_int_equal(found[0].records, 2);
	assert_false(found[0].secure);
	assert_int_equal(found[1].status, STS_DNS_FAILED);
	assert_int_equal(found[1].records, 0);
	assert_int_equal(found[2].status, STS_DNS_NXDOMAIN);
	assert_int_equal(found[3].status, STS_DNS_NXDOMAIN);
	assert_int_equal(sts_tlsa_lookup(w->engine, hosts, 0, found), STS_OK);
}

static void
takes_nothing_once_closed(void **state)
{
	static const char *const hosts[] = { "mx.good.test" };
	struct world *w = *state;
	struct sts_tlsa_found found[1];

	sts_loop_stop(sts_engine_loop(w->engine));
	assert_int_equal(
	    sts_tlsa_lookup(w->engine, hosts, 1, found), STS_E_CLOSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    tells_each_host_its_own, world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    takes_nothing_once_closed, world_set_up, world_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
