/* Host outcomes are shared, and live as long as somebody holds them. */
#include "sts/core/outcome.h"

#include "test.h"

static void
is_born_empty(void **state)
{
	struct sts_host_outcome *o = sts_host_outcome_new("mx.example.com");

	(void)state;
	assert_non_null(o);
	assert_string_equal(o->host, "mx.example.com");
	assert_int_equal(o->reason, STS_REASON_NONE);
	assert_false(o->dane);
	assert_string_equal(o->address, "");
	assert_string_equal(o->detail, "");
	assert_string_equal(o->tls, "");
	assert_int_equal(o->not_after, 0);
	sts_host_outcome_put(o);
}

static void
lives_as_long_as_it_is_held(void **state)
{
	struct sts_host_outcome *o = sts_host_outcome_new("mx.example.com");
	const struct sts_host_outcome *held = sts_host_outcome_get(o);

	(void)state;
	assert_ptr_equal(held, o);
	sts_host_outcome_put(o);
	assert_string_equal(held->host, "mx.example.com");
	sts_host_outcome_put(held);
	assert_null(sts_host_outcome_get(NULL));
	sts_host_outcome_put(NULL);
}

static void
takes_no_host_that_does_not_fit(void **state)
{
	char host[STS_DOMAIN_SIZE + 1];

	(void)state;
	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	assert_null(sts_host_outcome_new(host));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_born_empty),
		cmocka_unit_test(lives_as_long_as_it_is_held),
		cmocka_unit_test(takes_no_host_that_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
