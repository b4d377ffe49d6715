/* The outage breaker, on a scripted clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sts/core/outage.h"

#include <stdio.h>

static void
note(struct sts_outage *o, unsigned from, unsigned to, enum sts_reason reason,
    int64_t now_ms)
{
	char host[32];
	uint64_t group;

	for (unsigned i = from; i < to; i++) {
		(void)snprintf(host, sizeof(host), "mx.place%u.test", i);
		group = sts_outage_group(sts_slice_str(host));
		sts_outage_note(o, group, group, reason, now_ms);
	}
}

static bool
changed(struct sts_outage *o, int64_t now_ms)
{
	struct sts_outage_count count;

	return sts_outage_update(o, now_ms, &count);
}

static void
test_begins_when_many_fail(void **state)
{
	struct sts_outage o = { 0 };
	struct sts_outage_count count;

	(void)state;
	note(&o, 0, 9, STS_REASON_UNREACHABLE, 1000);
	assert_false(changed(&o, 1000));
	note(&o, 9, 10, STS_REASON_DNS_FAILURE, 2000);
	assert_true(sts_outage_update(&o, 2000, &count));
	assert_true(o.on);
	assert_int_equal(o.since_ms, 2000);
	assert_int_equal(o.reason, STS_REASON_UNREACHABLE);
	assert_int_equal(count.failed, 10);
	assert_int_equal(count.places, 10);
	assert_false(changed(&o, 2001));
}

static void
test_one_operator_counts_once(void **state)
{
	struct sts_outage o = { 0 };
	char host[32];

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		(void)snprintf(host, sizeof(host), "mx%u.one.test", i);
		sts_outage_note(&o, sts_outage_group(sts_slice_str(host)), i,
		    STS_REASON_UNREACHABLE, 0);
	}
	assert_int_equal(o.n, 1);
	assert_false(changed(&o, 0));
}

/* Whoever publishes MX records chooses which hosts we find unreachable. */
static void
test_one_owner_counts_once(void **state)
{
	struct sts_outage o = { 0 };
	struct sts_outage_count count;
	uint64_t owner = sts_outage_group(STS_LIT("owner.test"));

	(void)state;
	for (uint64_t group = 1; group <= 60; group++)
		sts_outage_note(&o, group, owner, STS_REASON_UNREACHABLE, 0);
	assert_false(sts_outage_update(&o, 0, &count));
	assert_int_equal(count.failed, 1);
	assert_int_equal(count.places, 1);
	note(&o, 0, 8, STS_REASON_UNREACHABLE, 1);
	assert_false(changed(&o, 1));
	note(&o, 8, 9, STS_REASON_UNREACHABLE, 2);
	assert_true(changed(&o, 2));
}

static void
test_groups(void **state)
{
	(void)state;
	assert_int_equal(sts_outage_group(STS_LIT("a.b.example.com")),
	    sts_outage_group(STS_LIT("EXAMPLE.com")));
	assert_int_not_equal(sts_outage_group(STS_LIT("example.com")),
	    sts_outage_group(STS_LIT("example.net")));
	assert_int_equal(sts_outage_group(STS_LIT("")),
	    sts_outage_group(sts_slice(NULL, 0)));
}

static void
test_others_faults_do_not_count(void **state)
{
	struct sts_outage o = { 0 };

	(void)state;
	note(&o, 0, 20, STS_REASON_CERTIFICATE_EXPIRED, 0);
	note(&o, 20, 40, STS_REASON_MX_MISMATCH, 0);
	assert_false(changed(&o, 0));
}

static void
test_some_that_work_prevent_it(void **state)
{
	struct sts_outage o = { 0 };

	(void)state;
	note(&o, 0, 15, STS_REASON_UNREACHABLE, 0);
	note(&o, 15, 20, STS_REASON_NONE, 0); /* 75 % fail */
	assert_false(changed(&o, 0));
}

static void
test_ends_when_they_work_again(void **state)
{
	struct sts_outage o = { 0 };

	(void)state;
	note(&o, 0, 12, STS_REASON_STARTTLS_NOT_SUPPORTED, 0);
	assert_true(changed(&o, 0));
	note(&o, 0, 6, STS_REASON_NONE, 1000); /* half */
	assert_false(changed(&o, 1000));
	note(&o, 6, 7, STS_REASON_NONE, 2000);
	assert_true(changed(&o, 2000));
	assert_false(o.on);
}

static void
test_ends_by_itself(void **state)
{
	struct sts_outage o = { 0 };

	(void)state;
	note(&o, 0, 12, STS_REASON_UNREACHABLE, 0);
	assert_true(changed(&o, 0));
	assert_false(changed(&o, STS_OUTAGE_WINDOW_MS - 1));
	assert_true(changed(&o, STS_OUTAGE_WINDOW_MS));
	assert_false(o.on);
}

static void
test_memory_is_bounded(void **state)
{
	struct sts_outage o = { 0 };
	struct sts_outage_count count;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		note(&o, i, i + 1, STS_REASON_UNREACHABLE, i);
	(void)sts_outage_update(&o, 1000, &count);
	assert_int_equal(count.places, STS_OUTAGE_PLACES);
	for (size_t i = 0; i < o.n; i++) /* the oldest went */
		assert_true(o.place[i].at_ms >= 1000 - STS_OUTAGE_PLACES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begins_when_many_fail),
		cmocka_unit_test(test_one_operator_counts_once),
		cmocka_unit_test(test_one_owner_counts_once),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_others_faults_do_not_count),
		cmocka_unit_test(test_some_that_work_prevent_it),
		cmocka_unit_test(test_ends_when_they_work_again),
		cmocka_unit_test(test_ends_by_itself),
		cmocka_unit_test(test_memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
