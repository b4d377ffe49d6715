/*
 * What is done with a remembered policy, row by row (rules.md rows 9, 15, 16,
 * 26, 35, 38 to 46).
 */
#include "sts/core/freshness.h"

#include "test.h"

#include <stdio.h>

enum { NOW = 1800000000, AGE = 604800, YEAR = 365 * 86400 };

static struct sts_policy *
policy_of(enum sts_mode mode, uint32_t max_age)
{
	struct sts_policy *policy;
	struct sts_buf b;

	sts_buf_init(&b, 256);
	sts_buf_printf(&b,
	    "version: STSv1\nmode: %s\nmx: mx.example\nmax_age: %u\n",
	    sts_mode_text(mode), (unsigned)max_age);
	assert_int_equal(
	    sts_policy_parse(sts_buf_view(&b), NULL, NULL, &policy), STS_OK);
	sts_buf_deinit(&b);
	return policy;
}

static const struct sts_record bare = { .domain = "example.com" };

/* A record of an enforce policy with id "a", confirmed `ago` seconds ago. */
static struct sts_record *
record_of(enum sts_mode mode, uint32_t max_age, int64_t ago)
{
	const struct sts_record draft = {
		.domain = "example.com",
		.id = "a",
		.policy = policy_of(mode, max_age),
		.fetched_at = NOW - ago,
		.confirmed_at = NOW - ago,
		.used_at = NOW - ago,
	};
	struct sts_record *record = sts_record_new(&draft);

	assert_non_null(record);
	sts_policy_put(draft.policy);
	return record;
}

static void
add_failure(struct sts_record *record, const char *id, int64_t ago)
{
	record->failed_id = id;
	record->failed_at = record->tried_at = NOW - ago;
	record->failed_reason = STS_REASON_STS_WEBPKI_INVALID;
}

#define ID STS_TXT_SAYS_ID
#define GONE STS_TXT_SAYS_NONE
#define SILENT STS_TXT_SAYS_NOTHING
#define FETCH STS_STEP_FETCH
#define CACHED STS_STEP_USE_CACHED
#define NO_POLICY STS_STEP_NO_POLICY
#define FAILED STS_STEP_FAILED
#define CANNOT STS_STEP_CANNOT_TELL

/* What may be remembered when the TXT lookup has answered. */
enum memory {
	NOTHING, /* no record */
	POLICY, /* enforce, id "a", in force */
	EXPIRED, /* the same, a second past its end */
	NONE, /* mode none, in force */
	NONE_EXPIRED,
	UNKEPT, /* max_age 0 */
	TRIED, /* only that fetching "b" failed 299 s ago */
	TRIED_ONCE, /* … 300 s ago */
	TRIED_NOW, /* … 59 s ago */
	POLICY_TRIED, /* in force, and fetching "b" failed 299 s ago */
	POLICY_TRIED_A, /* in force, and fetching "a" failed 299 s ago */
	POLICY_TRIED_A_NOW, /* … 59 s ago */
	EXPIRED_TRIED, /* expired, and fetching "b" failed 299 s ago */
	POLICY_TRIED_LATER, /* in force; failed in the future: a clock jump */
};

static struct sts_record *
remember(enum memory memory)
{
	struct sts_record *record = NULL;

	switch (memory) {
	case NOTHING:
		return NULL;
	case POLICY:
		return record_of(STS_MODE_ENFORCE, AGE, 1000);
	case EXPIRED:
		return record_of(STS_MODE_ENFORCE, AGE, AGE);
	case NONE:
		return record_of(STS_MODE_NONE, AGE, 1000);
	case NONE_EXPIRED:
		return record_of(STS_MODE_NONE, AGE, AGE);
	case UNKEPT:
		return record_of(STS_MODE_ENFORCE, 0, 0);
	case TRIED:
	case TRIED_ONCE:
	case TRIED_NOW:
		record = sts_record_new(&bare);
		assert_non_null(record);
		add_failure(record, "b",
		    memory == TRIED        ? 299
		    : memory == TRIED_ONCE ? 300
					   : 59);
		return record;
	case POLICY_TRIED:
		record = record_of(STS_MODE_ENFORCE, AGE, 1000);
		add_failure(record, "b", 299);
		return record;
	case POLICY_TRIED_A:
		record = record_of(STS_MODE_ENFORCE, AGE, 1000);
		add_failure(record, "a", 299);
		return record;
	case POLICY_TRIED_A_NOW:
		record = record_of(STS_MODE_ENFORCE, AGE, 1000);
		add_failure(record, "a", 59);
		return record;
	case EXPIRED_TRIED:
		record = record_of(STS_MODE_ENFORCE, AGE, AGE + 1);
		add_failure(record, "b", 299);
		return record;
	case POLICY_TRIED_LATER:
		record = record_of(STS_MODE_ENFORCE, AGE, 1000);
		add_failure(record, "b", -100);
		return record;
	}
	return NULL;
}

static const struct row {
	enum memory memory;
	enum sts_txt_outcome txt;
	const char *id;
	bool recheck;
	enum sts_step step;
	bool confirm;
	unsigned alarms;
} rows[] = {
	/* Nothing is remembered. */
	{ NOTHING, ID, "a", false, FETCH, false, 0 },
	{ NOTHING, GONE, "", false, NO_POLICY, false, 0 },
	{ NOTHING, SILENT, "", false, CANNOT, false, 0 }, /* row 16 */
	{ NOTHING, ID, "a", true, FETCH, false, 0 },
	{ NOTHING, GONE, "", true, NO_POLICY, false, 0 },
	{ NOTHING, SILENT, "", true, CANNOT, false, 0 },

	/* Row 38: the same id. */
	{ POLICY, ID, "a", false, CACHED, true, 0 },
	{ NONE, ID, "a", false, CACHED, true, 0 },
	/* A new one; ids are compared whole and with case. */
	{ POLICY, ID, "b", false, FETCH, false, 0 },
	{ POLICY, ID, "A", false, FETCH, false, 0 },
	{ POLICY, ID, "aa", false, FETCH, false, 0 },
	{ NONE, ID, "b", false, FETCH, false, 0 },

	/* Rows 9, 15, 40: the TXT record is gone. */
	{ POLICY, GONE, "", false, CACHED, false, STS_ALARM_TXT_GONE },
	{ POLICY, GONE, "", true, CACHED, false, STS_ALARM_TXT_GONE },
	/* Which is how a domain ends, after a policy of mode none. */
	{ NONE, GONE, "", false, CACHED, false, 0 },

	/* Row 16: DNS does not answer. */
	{ POLICY, SILENT, "", false, CACHED, false, STS_ALARM_DNS_FAILED },
	{ POLICY, SILENT, "", true, CACHED, false, STS_ALARM_DNS_FAILED },
	{ NONE, SILENT, "", false, CACHED, false, 0 },

	/* Row 41: expired. The same id does not bring it back. */
	{ EXPIRED, ID, "a", false, FETCH, false, 0 },
	{ EXPIRED, ID, "b", false, FETCH, false, 0 },
	{ EXPIRED, GONE, "", false, NO_POLICY, false, STS_ALARM_EXPIRED },
	{ EXPIRED, SILENT, "", false, CANNOT, false, STS_ALARM_EXPIRED },
	{ NONE_EXPIRED, ID, "a", false, FETCH, false, 0 },
	{ NONE_EXPIRED, GONE, "", false, NO_POLICY, false, 0 },
	{ NONE_EXPIRED, SILENT, "", false, CANNOT, false, 0 },

	/* Row 35: max_age 0 was never kept. */
	{ UNKEPT, ID, "a", false, FETCH, false, 0 },
	{ UNKEPT, GONE, "", false, NO_POLICY, false, 0 },
	{ UNKEPT, SILENT, "", false, CANNOT, false, 0 },

	/* Row 26: the id that failed is left alone for five minutes. */
	{ TRIED, ID, "b", false, FAILED, false, 0 },
	{ TRIED, ID, "c", false, FETCH, false, 0 },
	{ TRIED_ONCE, ID, "b", false, FETCH, false, 0 },
	{ TRIED_NOW, ID, "b", false, FAILED, false, 0 },
	{ TRIED, GONE, "", false, NO_POLICY, false, 0 },
	{ TRIED, SILENT, "", false, CANNOT, false, 0 },
	/* Row 39: meanwhile the old policy counts, but is not confirmed. */
	{ POLICY_TRIED, ID, "b", false, CACHED, false, 0 },
	{ POLICY_TRIED, ID, "c", false, FETCH, false, 0 },
	{ POLICY_TRIED, ID, "a", false, CACHED, true, 0 },
	{ EXPIRED_TRIED, ID, "b", false, FAILED, false, 0 },
	{ EXPIRED_TRIED, ID, "a", false, FETCH, false, 0 },

	/* Row 46: the policy itself is looked at, whatever the id says. */
	{ POLICY, ID, "a", true, FETCH, false, 0 },
	{ POLICY, ID, "b", true, FETCH, false, 0 },
	{ POLICY_TRIED_A, ID, "a", true, FETCH, false, 0 },
	{ POLICY_TRIED_A, ID, "a", false, CACHED, true, 0 },
	{ POLICY_TRIED_A_NOW, ID, "a", true, CACHED, true, 0 },
	{ POLICY_TRIED_A_NOW, ID, "b", true, FETCH, false, 0 },
	{ TRIED, ID, "b", true, FETCH, false, 0 },
	{ TRIED_NOW, ID, "b", true, FAILED, false, 0 },

	/* Row 45: a failure in the future holds nothing back. */
	{ POLICY_TRIED_LATER, ID, "b", false, FETCH, false, 0 },
	{ POLICY_TRIED_LATER, ID, "b", true, FETCH, false, 0 },
};

static void
plans_after_txt(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct sts_record *record = remember(row->memory);
		struct sts_plan plan = sts_plan_after_txt(
		    row->txt, row->id, record, row->recheck, NOW);

		if (plan.step != row->step || plan.confirm != row->confirm ||
		    plan.alarms != row->alarms) {
			print_error("row %zu: step %d, confirm %d, alarms %u\n",
			    i, plan.step, plan.confirm, plan.alarms);
			failed++;
		}
		sts_record_put(record);
	}
	assert_int_equal(failed, 0);
}

static void
plans_after_a_failed_fetch(void **state)
{
	static const struct {
		enum memory memory;
		enum sts_step step;
		unsigned alarms;
	} cases[] = {
		{ NOTHING, FAILED, STS_ALARM_FETCH_FAILED }, /* row 26a */
		{ TRIED, FAILED, STS_ALARM_FETCH_FAILED },
		{ POLICY, CACHED, STS_ALARM_FETCH_FAILED }, /* row 39 */
		{ NONE, CACHED, STS_ALARM_FETCH_FAILED },
		{ EXPIRED, FAILED,
		    STS_ALARM_FETCH_FAILED | STS_ALARM_EXPIRED }, /* row 41 */
		{ NONE_EXPIRED, FAILED, STS_ALARM_FETCH_FAILED },
		{ UNKEPT, FAILED, STS_ALARM_FETCH_FAILED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sts_record *record = remember(cases[i].memory);
		struct sts_plan plan = sts_plan_after_failed_fetch(record, NOW);

		assert_int_equal(plan.step, cases[i].step);
		assert_int_equal(plan.alarms, cases[i].alarms);
		assert_false(plan.confirm);
		sts_record_put(record);
	}
}

/* Life counts from the last confirmation (row 38), to the second. */
static void
expires_on_time(void **state)
{
	struct sts_record *record = record_of(STS_MODE_ENFORCE, AGE, 1000);
	struct sts_record *none = sts_record_new(&bare);

	(void)state;
	assert_int_equal(sts_record_expires(record, NOW), NOW - 1000 + AGE);
	assert_true(sts_record_in_force(record, NOW));
	assert_true(sts_record_in_force(record, NOW - 1000 + AGE - 1));
	assert_false(sts_record_in_force(record, NOW - 1000 + AGE));
	record->fetched_at = NOW - YEAR;
	assert_true(sts_record_in_force(record, NOW));
	record->confirmed_at = NOW;
	assert_int_equal(sts_record_expires(record, NOW), NOW + AGE);
	sts_record_put(record);

	assert_non_null(none);
	assert_int_equal(sts_record_expires(none, NOW), 0);
	assert_false(sts_record_in_force(none, NOW));
	sts_record_put(none);
}

/* Row 35. */
static void
keeps_no_max_age_0(void **state)
{
	struct sts_record *record = record_of(STS_MODE_ENFORCE, 0, 0);

	(void)state;
	assert_false(sts_record_in_force(record, NOW));
	assert_false(sts_record_in_force(record, NOW - 1000)); /* a jump */
	assert_false(sts_record_in_force(record, NOW + 1000));
	sts_record_put(record);
}

/* Row 45: set back, the clock neither ends a policy nor makes it eternal. */
static void
survives_clock_jumps(void **state)
{
	struct sts_record *record = record_of(STS_MODE_ENFORCE, AGE, 0);

	(void)state;
	assert_true(sts_record_in_force(record, NOW - YEAR));
	assert_int_equal(
	    sts_record_expires(record, NOW - YEAR), NOW - YEAR + AGE);
	assert_true(sts_record_in_force(record, 0));
	assert_false(sts_record_in_force(record, NOW + YEAR));
	assert_false(sts_record_checked_lately(record, NOW - YEAR));
	assert_false(sts_record_checked_lately(record, NOW + YEAR));
	sts_record_put(record);
}

/* Row 46. */
static void
knows_what_was_checked_lately(void **state)
{
	struct sts_record *record = record_of(STS_MODE_ENFORCE, AGE, 0);

	(void)state;
	assert_true(sts_record_checked_lately(record, NOW));
	assert_true(sts_record_checked_lately(record, NOW + STS_LATELY - 1));
	assert_false(sts_record_checked_lately(record, NOW + STS_LATELY));
	/* A confirmation alone says nothing about the policy's text. */
	record->confirmed_at = NOW + STS_LATELY;
	assert_false(sts_record_checked_lately(record, NOW + STS_LATELY));
	record->fetched_at = 0;
	assert_false(sts_record_checked_lately(record, 10));
	sts_record_put(record);
}

static void
raises_an_alarm_when_a_policy_weakens(void **state)
{
	static const struct {
		enum memory old;
		enum sts_mode fetched;
		unsigned alarms;
	} cases[] = {
		{ POLICY, STS_MODE_ENFORCE, 0 },
		{ POLICY, STS_MODE_TESTING, STS_ALARM_WEAKENED },
		{ POLICY, STS_MODE_NONE, STS_ALARM_WEAKENED }, /* row 42 */
		{ EXPIRED, STS_MODE_NONE, 0 },
		{ NONE, STS_MODE_NONE, 0 },
		{ NONE, STS_MODE_ENFORCE, 0 },
		{ NONE, STS_MODE_TESTING, 0 },
		{ TRIED, STS_MODE_TESTING, 0 },
		{ NOTHING, STS_MODE_ENFORCE, 0 },
		{ NOTHING, STS_MODE_NONE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sts_record *old = remember(cases[i].old);
		struct sts_policy *fetched = policy_of(cases[i].fetched, AGE);

		assert_int_equal(
		    sts_alarms_of_change(old, fetched, NOW), cases[i].alarms);
		sts_policy_put(fetched);
		sts_record_put(old);
	}
}

/* Row 43.  When, in seconds from its confirmation: from so many to so many; 0
 * is not at all. */
static void
says_when_to_refresh(void **state)
{
	static const struct {
		uint32_t max_age;
		int64_t ago, used_ago, failed_ago, tried_ago; /* -1: never */
		int64_t from, to;
	} cases[] = {
		/* Once a day, however long it lives. */
		{ AGE, 0, 0, -1, -1, 72000, 100800 },
		{ YEAR, 0, 0, -1, -1, 72000, 100800 },
		{ AGE, 86400, 86400, -1, -1, 72000, 100800 },
		/* Well before it ceases. */
		{ 86400, 0, 0, -1, -1, 46285, 64800 },
		{ 43200, 0, 0, -1, -1, 23142, 32400 },
		/* Never oftener than once an hour, even so. */
		{ 4000, 0, 0, -1, -1, 3600, 3600 },
		{ 3600, 0, 0, -1, -1, 0, 0 },
		{ 60, 0, 0, -1, -1, 0, 0 },
		{ 0, 0, 0, -1, -1, 0, 0 },
		/* Again an hour after it failed, or was tried. */
		{ AGE, 200000, 0, 0, -1, 203600, 203600 },
		{ AGE, 200000, 0, -1, 10, 203590, 203590 },
		{ AGE, 200000, 0, 20, 10, 203590, 203590 },
		{ AGE, 200000, 0, 10, 20, 203590, 203590 },
		{ AGE, 200000, 0, 7200, 7200, 196400, 196400 },
		/* As long as it is in force. */
		{ AGE, AGE - 3601, 0, 0, -1, AGE - 1, AGE - 1 },
		{ AGE, AGE - 3600, 0, 0, -1, 0, 0 },
		{ AGE, AGE, 0, -1, -1, 0, 0 },
		/* And used. */
		{ YEAR, 0, 28 * 86400, -1, -1, 72000, 100800 },
		{ YEAR, 0, 30 * 86400, -1, -1, 0, 0 },
		{ YEAR, 0, 30 * 86400 - 72000, -1, -1, 0, 0 },
		{ YEAR, 40 * 86400, 30 * 86400 - 1, -1, -1, 72000, 100800 },
		{ YEAR, 40 * 86400, 30 * 86400, -1, -1, 0, 0 },
		/* The clock was set back: nothing is put off by that. */
		{ AGE, -YEAR, -YEAR, -YEAR, -YEAR, 72000 - YEAR,
		    100800 - YEAR },
	};
	struct sts_record *r;
	int64_t at, from;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		r = record_of(STS_MODE_ENFORCE, cases[i].max_age, cases[i].ago);
		r->used_at = NOW - cases[i].used_ago;
		r->failed_at =
		    cases[i].failed_ago == -1 ? 0 : NOW - cases[i].failed_ago;
		r->tried_at =
		    cases[i].tried_ago == -1 ? 0 : NOW - cases[i].tried_ago;
		from = r->confirmed_at;
		at = sts_record_refresh_at(r, NOW);
		if (cases[i].to == 0
			? at != 0
			: at < from + cases[i].from || at > from + cases[i].to)
			fail_msg("row %zu: %lld", i, (long long)(at - from));
		sts_record_put(r);
	}
	r = sts_record_new(&bare);
	r->used_at = NOW;
	assert_int_equal(sts_record_refresh_at(r, NOW), 0);
	sts_record_put(r);
}

/* Those that were confirmed together are refreshed over hours, and each at its
 * own time again. */
static void
spreads_refreshes(void **state)
{
	enum { N = 8000, SLOTS = 8 };
	struct sts_record *r = record_of(STS_MODE_TESTING, AGE, 0);
	unsigned slots[SLOTS] = { 0 };
	char domain[32];
	int64_t after;

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		(void)snprintf(domain, sizeof(domain), "d%u.example", i);
		r->domain = domain;
		after = sts_record_refresh_at(r, NOW) - NOW;
		assert_int_equal(after, sts_record_refresh_at(r, NOW) - NOW);
		assert_in_range(after, STS_REFRESH_MIN, STS_REFRESH_MAX);
		if (after < STS_REFRESH_MAX)
			slots[(after - STS_REFRESH_MIN) / 3600]++;
	}
	for (size_t i = 0; i < SLOTS; i++)
		assert_in_range(slots[i], N / SLOTS / 2, N / SLOTS * 2);
	sts_record_put(r);
}

static void
copies_all_but_the_count(void **state)
{
	struct sts_record *record = remember(POLICY_TRIED);
	const struct sts_record *held = sts_record_get(record);
	struct sts_record draft = sts_record_draft(record);
	struct sts_record *copy = sts_record_new(&draft);

	(void)state;
	assert_non_null(copy);
	assert_ptr_equal(held, record);
	assert_string_equal(copy->domain, "example.com");
	assert_string_equal(copy->id, "a");
	assert_ptr_equal(copy->policy, record->policy);
	assert_int_equal(copy->fetched_at, record->fetched_at);
	assert_int_equal(copy->confirmed_at, record->confirmed_at);
	assert_int_equal(copy->used_at, record->used_at);
	assert_int_equal(copy->tried_at, record->tried_at);
	assert_string_equal(copy->failed_id, "b");
	assert_int_equal(copy->failed_at, record->failed_at);
	assert_int_equal(copy->failed_reason, STS_REASON_STS_WEBPKI_INVALID);
	sts_record_put(record);
	sts_record_put(held);
	/* The policy lives on in the copy. */
	assert_string_equal(copy->policy->mx[0], "mx.example");
	sts_record_put(copy);
	assert_null(sts_record_get(NULL));
	sts_record_put(NULL);
}

static void
takes_no_domain_that_does_not_fit(void **state)
{
	char domain[STS_DOMAIN_SIZE + 1];
	const struct sts_record draft = { .domain = domain };

	(void)state;
	memset(domain, 'a', sizeof(domain) - 1);
	domain[sizeof(domain) - 1] = '\0';
	assert_null(sts_record_new(&draft));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_after_txt),
		cmocka_unit_test(plans_after_a_failed_fetch),
		cmocka_unit_test(expires_on_time),
		cmocka_unit_test(keeps_no_max_age_0),
		cmocka_unit_test(survives_clock_jumps),
		cmocka_unit_test(knows_what_was_checked_lately),
		cmocka_unit_test(says_when_to_refresh),
		cmocka_unit_test(spreads_refreshes),
		cmocka_unit_test(raises_an_alarm_when_a_policy_weakens),
		cmocka_unit_test(copies_all_but_the_count),
		cmocka_unit_test(takes_no_domain_that_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
