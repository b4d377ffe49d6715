/*
 * The rows of rules.md that time decides, on a whole engine and a clock that
 * the test moves: what is asked of the network, what is said, and what an
 * auditor reads of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engineworld.h"

#define ID1 "v=STSv1; id=1;"
#define ID2 "v=STSv1; id=2;"
#define PASS STS_RESULT_PASS
#define FAIL STS_RESULT_FAIL
#define NONE STS_RESULT_NONE

enum { STALE = 7200 }; /* s: past what any answer in memory stands */

static void
move_mx(struct world *w, const char *list)
{
	fakedns_set(w->dns, "good.test", MX, FAKEDNS_ANSWER, list);
}

/* The daily life of a policy: one fetch, then only TXT questions. */
static void
learn(struct world *w)
{
	world_expect(w, PASS);
	assert_int_equal(world_txt_asked(w), 1);
	assert_int_equal(world_fetches(w), 1);
	assert_int_equal(world_probes(w), 1);
	assert_int_equal(world_logged(w, "alarm-"), 0);
}

/* Row 26. */
static void
a_failing_id_is_left_alone_for_a_while(void **state)
{
	struct world *w = *state;

	world_serve(w, NULL);
	world_expect(w, NONE); /* row 26a */
	assert_int_equal(world_fetches(w), 1);
	assert_int_equal(world_logged(w, "alarm-policy-fetch-failed"), 1);

	world_pass(w, STS_FETCH_BACKOFF - 10);
	world_expect(w, NONE);
	assert_int_equal(world_txt_asked(w), 2);
	assert_int_equal(world_fetches(w), 1);

	world_pass(w, 70);
	world_expect(w, NONE);
	assert_int_equal(world_txt_asked(w), 3);
	assert_int_equal(world_fetches(w), 2);

	/* Another id may be another policy: it is tried at once. */
	world_txt(w, ID2);
	world_serve(w, ENFORCE);
	world_pass(w, 70);
	world_expect(w, PASS);
	assert_int_equal(world_fetches(w), 3);
}

/* Row 35. */
static void
max_age_0_is_fetched_for_each_look(void **state)
{
	struct world *w = *state;

	world_serve(w, POLICY("enforce", "0"));
	world_expect(w, PASS);
	world_pass(w, 1);
	world_expect(w, PASS);
	assert_int_equal(world_fetches(w), 2);
	assert_int_equal(world_txt_asked(w), 2);
	assert_int_equal(world_logged(w, "alarm-"), 0);

	/* And nothing protects once it cannot be had. */
	world_serve(w, NULL);
	world_pass(w, 1);
	world_expect(w, NONE);
}

/* Row 38. */
static void
the_same_id_gives_it_a_new_life(void **state)
{
	struct world *w = *state;
	const struct sts_answer *a;
	int64_t confirmed;

	learn(w);
	world_pass(w, DAY - 100);
	confirmed = world_now(w);
	a = world_ask(w, "good.test", 0);
	assert_int_equal(a->discovery.status, STS_FETCH_NOT_CHANGED);
	assert_in_range(
	    a->discovery.expires, confirmed + DAY, world_now(w) + DAY);
	sts_answer_put(a);
	assert_int_equal(world_txt_asked(w), 2);
	assert_int_equal(world_fetches(w), 1);

	/* Past the first expiry, and short of the second: it is in force,
	 * though nothing says so any more. */
	world_txt(w, NULL);
	world_pass(w, DAY - 100);
	world_expect(w, PASS);
	assert_int_equal(world_fetches(w), 1);
	assert_int_equal(world_logged(w, "alarm-txt-gone"), 1);
	world_pass(w, 200);
	world_expect(w, NONE);
}

/* Row 39. */
static void
a_new_id_that_cannot_be_fetched_changes_nothing(void **state)
{
	struct world *w = *state;
	const struct sts_answer *a;

	learn(w);
	world_serve(w, NULL);
	world_txt(w, ID2);
	world_pass(w, STALE);
	a = world_ask(w, "good.test", 0);
	assert_int_equal(a->verdict.result, PASS);
	assert_string_equal(a->discovery.id, "1");
	sts_answer_put(a);
	assert_int_equal(world_fetches(w), 2);
	assert_int_equal(
	    world_logged(w, "alarm-policy-fetch-failed domain=good.test "
			    "was=enforce was_id=1 "
			    "policy=enforce id=1"),
	    1);

	/* Its life did not count anew. */
	world_pass(w, DAY - STALE);
	world_expect(w, NONE);
	assert_int_equal(world_logged(w, "alarm-policy-expired"), 1);
}

/* Row 40. */
static void
a_record_that_is_gone_takes_nothing_along(void **state)
{
	struct world *w = *state;

	learn(w);
	world_txt(w, NULL);
	world_pass(w, STALE);
	world_expect(w, PASS);
	assert_int_equal(world_logged(w, "alarm-txt-gone"), 1);
	assert_int_equal(world_txt_asked(w), 2);
	assert_int_equal(world_fetches(w), 1);
}

/* Row 41, where the record is gone: told once. */
static void
expired_and_without_a_record(void **state)
{
	struct world *w = *state;

	learn(w);
	world_txt(w, NULL);
	world_pass(w, DAY + 1);
	world_expect(w, NONE);
	assert_int_equal(world_logged(w, "alarm-policy-expired"), 1);
	world_pass(w, STALE);
	world_expect(w, NONE);
	assert_int_equal(world_logged(w, "alarm-"), 0);
	assert_int_equal(world_fetches(w), 1);
}

/* Row 41, where the policy host fails. */
static void
expired_and_not_to_be_fetched(void **state)
{
	struct world *w = *state;
	const struct sts_answer *a;

	learn(w);
	world_serve(w, NULL);
	world_pass(w, DAY + 1);
	a = world_ask(w, "good.test", 0);
	assert_int_equal(a->verdict.result, NONE);
	assert_int_equal(a->verdict.reason, STS_REASON_STS_POLICY_FETCH_ERROR);
	assert_null(a->discovery.policy);
	sts_answer_put(a);
	assert_int_equal(world_fetches(w), 2);
	assert_int_equal(world_logged(w, "alarm-policy-expired"), 1);

	/* It comes back by itself. */
	world_serve(w, ENFORCE);
	world_pass(w, STALE);
	world_expect(w, PASS);
	assert_int_equal(world_logged(w, "alarm-"), 0);
}

/* Row 42. */
static void
none_replaces_it_at_once(void **state)
{
	struct world *w = *state;

	learn(w);
	world_txt(w, ID2);
	world_serve(w, POLICY("none", "86400"));
	world_pass(w, STALE);
	world_expect(w, NONE);
	assert_int_equal(world_logged(w, "alarm-policy-weakened"), 1);
	assert_int_equal(world_probes(w), 1);

	/* The old one is not what comes back when the record is lost. */
	world_txt(w, NULL);
	world_pass(w, STALE);
	world_expect(w, NONE);
}

static bool
find_record(void *cookie, const struct sts_record *record)
{
	int64_t *used_at = cookie;

	*used_at = record->used_at;
	return true;
}

static int64_t
used_at(struct world *w)
{
	int64_t at = 0;

	assert_int_equal(sts_store_list(w->store, find_record, &at), STS_OK);
	return at;
}

/* Row 44: what is asked about for a message is in use, a refresh is not. */
static void
use_is_noted(void **state)
{
	struct world *w = *state;
	int64_t first;

	learn(w);
	first = used_at(w);
	assert_in_range(first, world_now(w) - 60, world_now(w));
	world_pass(w, DAY - 200);
	sts_answer_put(world_ask(w, "good.test", STS_ASK_REFRESH));
	world_pass(w, 300);
	sts_answer_put(world_ask(w, "good.test", STS_ASK_REFRESH));
	assert_int_equal(used_at(w), first);
	world_pass(w, DAY - 100);
	world_expect(w, PASS);
	assert_in_range(used_at(w), world_now(w) - 60, world_now(w));
}

/* Row 45: no jump takes protection away, or keeps it for ever. */
static void
the_wall_clock_jumps_back(void **state)
{
	struct world *w = *state;

	learn(w);
	world_txt(w, NULL);
	move_mx(w, "10 mx.elsewhere.test");
	world_jump(w, -400 * (int64_t)DAY);
	world_pass(w, STALE);
	world_expect(w, FAIL);
	assert_int_not_equal(world_logged(w, "alarm-txt-gone"), 0);
	/* And forward again, to where it was. */
	world_jump(w, 400 * (int64_t)DAY);
	world_pass(w, STALE);
	world_expect(w, FAIL);
	world_pass(w, DAY);
	world_expect(w, NONE);
}

/* It expired, as far as anybody can tell: not in silence, and the policy is
 * fetched again. */
static void
the_wall_clock_jumps_forward(void **state)
{
	struct world *w = *state;

	learn(w);
	world_jump(w, 20 * (int64_t)DAY); /* certificates last 30 days */
	world_pass(w, STALE);
	world_expect(w, PASS);
	assert_int_equal(world_fetches(w), 2);
	world_txt(w, NULL);
	world_jump(w, 5 * (int64_t)DAY);
	world_pass(w, STALE);
	world_expect(w, NONE);
	assert_int_equal(world_logged(w, "alarm-policy-expired"), 1);
}

/* A failed fetch that lies in the future holds nothing back. */
static void
a_failure_in_the_future_is_none(void **state)
{
	struct world *w = *state;

	world_serve(w, NULL);
	world_expect(w, NONE);
	world_jump(w, -DAY);
	world_serve(w, ENFORCE);
	world_pass(w, 61); /* past what an answer after a failure stands */
	world_expect(w, PASS);
	assert_int_equal(world_fetches(w), 2);
}

/* Row 46: the receiver moved, and forgot to change the id. */
static void
a_violation_is_looked_at_once_more(void **state)
{
	struct world *w = *state;
	const struct sts_answer *a;

	world_serve(w, "version: STSv1\nmode: enforce\nmx: old.good.test\n"
		       "max_age: 86400\n");
	move_mx(w, "10 old.good.test");
	sts_answer_put(world_ask(w, "good.test", 0));
	assert_int_equal(world_fetches(w), 1);
	world_serve(w, ENFORCE);
	move_mx(w, "10 mx.good.test");
	world_pass(w, STALE);
	a = world_ask(w, "good.test", 0);
	assert_int_equal(a->verdict.result, PASS);
	assert_int_equal(a->discovery.status, STS_FETCH_VALID);
	sts_answer_put(a);
	assert_int_equal(world_txt_asked(w), 3);
	assert_int_equal(world_fetches(w), 2);
	assert_int_equal(fakedns_asked(w->dns, "good.test", MX), 3);
	assert_int_equal(world_probes(w), 1);
}

/* Row 46: it is the same policy, and the violation one. */
static void
a_violation_that_stays_is_declared(void **state)
{
	struct world *w = *state;

	learn(w);
	move_mx(w, "10 mx.elsewhere.test");
	world_pass(w, STALE);
	world_expect(w, FAIL);
	assert_int_equal(world_txt_asked(w), 3);
	assert_int_equal(world_fetches(w), 2);
	assert_int_equal(world_probes(w), 1);

	/* Nor does a policy host that fails unsay it. */
	world_serve(w, NULL);
	world_pass(w, STALE);
	world_expect(w, FAIL);
	assert_int_equal(world_txt_asked(w), 5);
	assert_int_equal(world_fetches(w), 3);
}

/* Row 46: it was looked at a moment ago. */
static void
a_violation_by_what_was_just_fetched(void **state)
{
	struct world *w = *state;

	move_mx(w, "10 mx.elsewhere.test");
	world_expect(w, FAIL);
	assert_int_equal(world_txt_asked(w), 1);
	assert_int_equal(world_fetches(w), 1);
	assert_int_equal(fakedns_asked(w->dns, "good.test", MX), 1);
}

#define TEST(t)                                                                \
	cmocka_unit_test_setup_teardown(t, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_failing_id_is_left_alone_for_a_while),
		TEST(max_age_0_is_fetched_for_each_look),
		TEST(the_same_id_gives_it_a_new_life),
		TEST(a_new_id_that_cannot_be_fetched_changes_nothing),
		TEST(a_record_that_is_gone_takes_nothing_along),
		TEST(expired_and_without_a_record),
		TEST(expired_and_not_to_be_fetched),
		TEST(none_replaces_it_at_once),
		TEST(use_is_noted),
		TEST(the_wall_clock_jumps_back),
		TEST(the_wall_clock_jumps_forward),
		TEST(a_failure_in_the_future_is_none),
		TEST(a_violation_is_looked_at_once_more),
		TEST(a_violation_that_stays_is_declared),
		TEST(a_violation_by_what_was_just_fetched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
