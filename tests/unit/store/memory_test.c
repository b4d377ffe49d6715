#include "fixture.h"

#include "sts/store/memory.h"

#include <stdio.h>
#include <stdlib.h>

static struct sts_memory *
memory_of(size_t max)
{
	struct sts_memory *m;

	assert_int_equal(sts_memory_new(max, &m), STS_OK);
	return m;
}

static void
remember(struct sts_memory *m, const char *domain, const char *id, bool wait)
{
	struct sts_record *record = record_of(domain, id, "mx.example");

	assert_int_equal(sts_memory_put(m, domain, record, wait), STS_OK);
	sts_record_put(record);
}

/* The id that is known, "-" where nothing is remembered, "?" where memory
 * cannot tell. */
static const char *
known(struct sts_memory *m, const char *domain)
{
	const struct sts_record *record;

	if (sts_memory_peek(m, domain, &record) != STS_OK)
		return "?";
	return record == NULL ? "-" : record->id;
}

static void
use(struct sts_memory *m, const char *domain)
{
	const struct sts_record *record;

	assert_int_equal(sts_memory_find(m, domain, &record), STS_OK);
}

static void
test_the_least_used_goes_first(void **state)
{
	struct sts_memory *m = memory_of(3);

	(void)state;
	remember(m, "a.example", "1", false);
	remember(m, "b.example", "2", false);
	remember(m, "c.example", "3", false);
	use(m, "a.example");
	assert_string_equal(known(m, "b.example"), "2"); /* not a use */
	remember(m, "d.example", "4", false);
	assert_string_equal(known(m, "b.example"), "?");
	remember(m, "e.example", "5", false);
	assert_string_equal(known(m, "c.example"), "?");
	assert_string_equal(known(m, "a.example"), "1");
	assert_int_equal(sts_memory_counts(m).records, 3);
	assert_int_equal(sts_memory_counts(m).lost, 0);
	sts_memory_free(m);
}

static void
test_what_is_absent_has_a_cap_of_its_own(void **state)
{
	struct sts_memory *m = memory_of(4); /* and two */

	(void)state;
	remember(m, "a.example", "1", false);
	for (char c = 'b'; c <= 'z'; c++)
		assert_int_equal(
		    sts_memory_put(
			m, (char[]){ c, '.', 'x', '\0' }, NULL, false),
		    STS_OK);
	assert_string_equal(known(m, "a.example"), "1");
	assert_string_equal(known(m, "x.x"), "?");
	assert_string_equal(known(m, "y.x"), "-");
	assert_string_equal(known(m, "z.x"), "-");
	remember(m, "z.x", "9", true);
	assert_string_equal(known(m, "z.x"), "9");
	sts_memory_free(m);
}

static void
test_what_waits_is_kept(void **state)
{
	struct sts_memory *m = memory_of(2);
	struct sts_memory_item items[8];
	char domain[32];
	size_t n;

	(void)state;
	for (int i = 0; i < 6; i++) {
		(void)snprintf(domain, sizeof(domain), "d%d.example", i);
		remember(m, domain, "1", true);
	}
	assert_int_equal(sts_memory_counts(m).waiting, 6);
	n = sts_memory_take(m, items, 4);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		assert_string_equal(items[i].domain, domain);
		assert_string_equal(items[i].record->domain, domain);
		sts_memory_written(m, &items[i]);
		sts_memory_item_deinit(&items[i]);
	}
	assert_int_equal(sts_memory_counts(m).waiting, 2);
	assert_int_equal(sts_memory_counts(m).records, 2);
	assert_string_equal(known(m, "d3.example"), "?");
	assert_string_equal(known(m, "d4.example"), "1");
	assert_int_equal(sts_memory_counts(m).lost, 0);
	sts_memory_free(m);
}

static void
test_what_waits_has_a_cap(void **state)
{
	struct sts_memory *m = memory_of(2);
	char domain[32];

	(void)state;
	for (int i = 0; i < STS_MEMORY_WAITING_EXTRA + 5; i++) {
		(void)snprintf(domain, sizeof(domain), "d%d.example", i);
		remember(m, domain, "1", true);
	}
	assert_int_equal(sts_memory_counts(m).lost, 3);
	assert_string_equal(known(m, "d2.example"), "?");
	assert_string_equal(known(m, "d3.example"), "1");
	sts_memory_set_stuck(m, true);
	assert_int_equal(sts_memory_counts(m).waiting, 2);
	assert_int_equal(
	    sts_memory_counts(m).lost, STS_MEMORY_WAITING_EXTRA + 3);
	sts_memory_free(m);
}

static void
test_use_counts_while_nothing_is_written(void **state)
{
	struct sts_memory *m = memory_of(2);

	(void)state;
	sts_memory_set_stuck(m, true);
	remember(m, "a.example", "1", true);
	remember(m, "b.example", "2", true);
	use(m, "a.example");
	remember(m, "c.example", "3", true);
	assert_string_equal(known(m, "a.example"), "1");
	assert_string_equal(known(m, "b.example"), "?");
	assert_int_equal(sts_memory_counts(m).lost, 1);
	sts_memory_free(m);
}

static void
test_what_changed_meanwhile_waits_on(void **state)
{
	struct sts_memory *m = memory_of(8);
	struct sts_memory_item item;

	(void)state;
	remember(m, "a.example", "1", true);
	assert_int_equal(sts_memory_take(m, &item, 1), 1);
	remember(m, "a.example", "2", true);
	sts_memory_written(m, &item);
	sts_memory_item_deinit(&item);
	assert_int_equal(sts_memory_counts(m).waiting, 1);
	assert_int_equal(sts_memory_take(m, &item, 1), 1);
	assert_string_equal(item.record->id, "2");
	sts_memory_written(m, &item);
	sts_memory_item_deinit(&item);
	assert_int_equal(sts_memory_counts(m).waiting, 0);
	sts_memory_free(m);
}

static void
test_a_stamp_tells_what_waits(void **state)
{
	struct sts_memory *m = memory_of(8);
	struct sts_memory_item items[2];
	uint64_t stamp;

	(void)state;
	assert_false(sts_memory_waits(m, UINT64_MAX));
	remember(m, "a.example", "1", true);
	remember(m, "b.example", "1", true);
	stamp = sts_memory_stamp(m);
	remember(m, "c.example", "1", true);
	/* Put again or used, it keeps its place. */
	remember(m, "a.example", "2", true);
	use(m, "a.example");
	assert_true(sts_memory_waits(m, stamp));
	assert_int_equal(sts_memory_take(m, items, 2), 2);
	assert_string_equal(items[0].domain, "a.example");
	assert_string_equal(items[0].record->id, "2");
	assert_string_equal(items[1].domain, "b.example");
	for (size_t i = 0; i < 2; i++) {
		assert_true(sts_memory_waits(m, stamp));
		sts_memory_written(m, &items[i]);
		sts_memory_item_deinit(&items[i]);
	}
	assert_false(sts_memory_waits(m, stamp));
	assert_true(sts_memory_waits(m, UINT64_MAX));
	sts_memory_free(m);
}

static void
test_a_new_file_is_written_anew(void **state)
{
	struct sts_memory *m = memory_of(8);
	struct sts_memory_item items[8];
	uint64_t stamp = 0;

	(void)state;
	remember(m, "a.example", "1", false);
	remember(m, "b.example", "2", false);
	assert_int_equal(
	    sts_memory_put(m, "none.example", NULL, false), STS_OK);
	remember(m, "c.example", "3", true);
	assert_int_equal(sts_memory_put(m, "gone.example", NULL, true), STS_OK);
	sts_memory_rewrite(m);
	assert_string_equal(known(m, "none.example"), "?");
	assert_string_equal(known(m, "gone.example"), "-");
	assert_true(sts_memory_waits(m, stamp)); /* since ever */
	assert_int_equal(sts_memory_take(m, items, 8), 4);
	assert_string_equal(items[0].domain, "a.example");
	assert_string_equal(items[1].domain, "b.example");
	assert_string_equal(items[2].domain, "c.example");
	assert_string_equal(items[3].domain, "gone.example");
	assert_null(items[3].record);
	for (size_t i = 0; i < 4; i++) {
		sts_memory_written(m, &items[i]);
		sts_memory_item_deinit(&items[i]);
	}
	assert_int_equal(sts_memory_counts(m).waiting, 0);
	assert_int_equal(sts_memory_counts(m).records, 3);
	sts_memory_free(m);
}

static void
test_a_big_policy_counts_as_several(void **state)
{
	struct sts_memory *m = memory_of(10);
	struct sts_record draft = { .domain = "big.example" };
	const struct sts_record *big;
	struct sts_policy *policy;
	struct sts_buf text;

	(void)state;
	sts_buf_init(&text, STS_POLICY_TEXT_MAX);
	sts_buf_str(&text, "version: STSv1\nmode: enforce\nmax_age: 86400\n");
	for (int i = 0; i < 1000; i++)
		sts_buf_printf(&text, "mx: host%08d.big.example\n", i);
	assert_int_equal(
	    sts_policy_parse(sts_buf_view(&text), NULL, NULL, &policy), STS_OK);
	sts_buf_deinit(&text);
	draft.policy = policy; /* (24 + 8) * 1000 bytes: 1 + 7 records */
	big = sts_record_new(&draft);
	assert_non_null(big);
	sts_policy_put(policy);
	remember(m, "a.example", "1", false);
	remember(m, "b.example", "2", false);
	remember(m, "c.example", "3", false);
	assert_int_equal(sts_memory_put(m, "big.example", big, false), STS_OK);
	sts_record_put(big);
	assert_string_equal(known(m, "a.example"), "?");
	assert_string_equal(known(m, "b.example"), "2");
	assert_int_equal(sts_memory_counts(m).records, 3);
	/* What took its place gives the room back. */
	remember(m, "big.example", "4", false);
	for (char c = 'd'; c < 'd' + 7; c++)
		remember(m, (char[]){ c, '\0' }, "5", false);
	assert_string_equal(known(m, "b.example"), "2");
	assert_int_equal(sts_memory_counts(m).records, 10);
	sts_memory_free(m);
}

static void
test_clear_forgets_all(void **state)
{
	struct sts_memory *m = memory_of(8);

	(void)state;
	remember(m, "a.example", "1", false);
	remember(m, "b.example", "1", true);
	assert_int_equal(sts_memory_put(m, "c.example", NULL, true), STS_OK);
	assert_int_equal(sts_memory_put(m, "d.example", NULL, false), STS_OK);
	assert_int_equal(sts_memory_clear(m), 2);
	assert_string_equal(known(m, "a.example"), "?");
	assert_string_equal(known(m, "d.example"), "?");
	assert_int_equal(sts_memory_counts(m).waiting, 0);
	assert_int_equal(sts_memory_counts(m).records, 0);
	sts_memory_free(m);
}

static void
test_a_snapshot_has_all_or_what_waits(void **state)
{
	struct sts_memory *m = memory_of(8);
	const struct sts_record **records;
	size_t n;

	(void)state;
	assert_int_equal(sts_memory_snapshot(m, false, &records, &n), STS_OK);
	assert_int_equal(n, 0);
	free(records);
	remember(m, "a.example", "1", false);
	remember(m, "b.example", "1", true);
	assert_int_equal(sts_memory_put(m, "c.example", NULL, true), STS_OK);
	assert_int_equal(sts_memory_snapshot(m, true, &records, &n), STS_OK);
	assert_int_equal(n, 1);
	assert_string_equal(records[0]->domain, "b.example");
	sts_record_put(records[0]);
	free(records);
	assert_int_equal(sts_memory_snapshot(m, false, &records, &n), STS_OK);
	assert_int_equal(n, 2);
	sts_memory_free(m);
	for (size_t i = 0; i < n; i++) /* it holds references of its own */
		sts_record_put(records[i]);
	free(records);
}

static void
test_a_domain_that_is_too_long(void **state)
{
	struct sts_memory *m = memory_of(8);
	const struct sts_record *record;
	char domain[300];

	(void)state;
	memset(domain, 'a', sizeof(domain) - 1);
	domain[sizeof(domain) - 1] = '\0';
	assert_int_equal(sts_memory_find(m, domain, &record), STS_E_NOTFOUND);
	assert_int_equal(sts_memory_put(m, domain, NULL, false), STS_E_RANGE);
	sts_memory_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_least_used_goes_first),
		cmocka_unit_test(test_what_is_absent_has_a_cap_of_its_own),
		cmocka_unit_test(test_what_waits_is_kept),
		cmocka_unit_test(test_what_waits_has_a_cap),
		cmocka_unit_test(test_use_counts_while_nothing_is_written),
		cmocka_unit_test(test_what_changed_meanwhile_waits_on),
		cmocka_unit_test(test_a_stamp_tells_what_waits),
		cmocka_unit_test(test_a_new_file_is_written_anew),
		cmocka_unit_test(test_a_big_policy_counts_as_several),
		cmocka_unit_test(test_clear_forgets_all),
		cmocka_unit_test(test_a_snapshot_has_all_or_what_waits),
		cmocka_unit_test(test_a_domain_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
