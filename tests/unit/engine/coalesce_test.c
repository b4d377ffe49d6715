/*
 * What is asked of the network once, however many ask; and that who gives up
 * takes nothing from the others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engineworld.h"

enum { CROWD = 100 };

struct asker {
	struct world *w;
	pthread_barrier_t *start;
	const char *domain;
	const struct sts_answer *answer; /* a reference */
	enum sts_err err;
	pthread_t thread;
};

static void *
ask_in_crowd(void *cookie)
{
	struct asker *a = cookie;
	struct sts_ticket *ticket = NULL;

	(void)pthread_barrier_wait(a->start);
	a->err = sts_engine_ask(a->w->engine, a->domain, 0, &ticket);
	if (a->err == STS_OK)
		a->err = sts_ticket_wait(ticket, PATIENCE_MS, &a->answer);
	sts_ticket_free(ticket);
	return NULL;
}

/* All at once, each a domain of the two in turn. */
static void
ask_all(
    struct world *w, struct asker *crowd, const char *one, const char *other)
{
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, CROWD);
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = (struct asker){ .w = w, .start = &start };
		crowd[i].domain = i % 2 == 0 ? one : other;
		assert_int_equal(pthread_create(&crowd[i].thread, NULL,
				     ask_in_crowd, &crowd[i]),
		    0);
	}
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(pthread_join(crowd[i].thread, NULL), 0);
	pthread_barrier_destroy(&start);
}

static void
all_pass(struct asker *crowd)
{
	for (int i = 0; i < CROWD; i++) {
		assert_int_equal(crowd[i].err, STS_OK);
		assert_string_equal(crowd[i].answer->domain, crowd[i].domain);
		assert_int_equal(
		    crowd[i].answer->verdict.result, STS_RESULT_PASS);
		sts_answer_put(crowd[i].answer);
	}
}

static void
a_crowd_asks_once(void **state)
{
	struct world *w = *state;
	struct asker crowd[CROWD];
	struct sts_engine_stats stats;

	ask_all(w, crowd, "good.test", "good.test");
	for (int i = 1; i < CROWD; i++)
		assert_ptr_equal(crowd[i].answer, crowd[0].answer);
	all_pass(crowd);
	assert_int_equal(world_txt_asked(w), 1);
	assert_int_equal(fakedns_asked(w->dns, "mta-sts.good.test", A), 1);
	assert_int_equal(world_fetches(w), 1);
	assert_int_equal(fakedns_asked(w->dns, "good.test", MX), 1);
	assert_int_equal(fakedns_asked(w->dns, "mx.good.test", A), 1);
	assert_int_equal(world_probes(w), 1);
	sts_engine_stats(w->engine, &stats);
	assert_int_equal(stats.asked, CROWD);
	assert_int_equal(stats.lookups, 1);
	assert_int_equal(stats.fetches, 1);
	assert_int_equal(stats.probes, 1);
	assert_int_equal(stats.running, 0);
}

/* Row 62. */
static void
two_domains_share_a_probe(void **state)
{
	struct world *w = *state;
	struct asker crowd[CROWD];

	ask_all(w, crowd, "good.test", "shared.test");
	all_pass(crowd);
	assert_int_equal(world_fetches(w), 2);
	assert_int_equal(fakedns_asked(w->dns, "good.test", MX), 1);
	assert_int_equal(fakedns_asked(w->dns, "shared.test", MX), 1);
	assert_int_equal(fakedns_asked(w->dns, "mx.good.test", A), 1);
	assert_int_equal(world_probes(w), 1);
}

static struct sts_ticket *
ask(struct world *w, const char *domain)
{
	struct sts_ticket *ticket;

	assert_int_equal(sts_engine_ask(w->engine, domain, 0, &ticket), STS_OK);
	return ticket;
}

static void
who_gives_up_takes_nothing_from_the_others(void **state)
{
	struct world *w = *state;
	struct sts_ticket *first = ask(w, "good.test");
	struct sts_ticket *second = ask(w, "good.test");
	struct sts_ticket *third = ask(w, "good.test");
	const struct sts_answer *a = NULL;

	sts_ticket_free(first);
	sts_ticket_free(third);
	assert_int_equal(sts_ticket_wait(second, PATIENCE_MS, &a), STS_OK);
	assert_int_equal(a->verdict.result, STS_RESULT_PASS);
	assert_int_equal(world_txt_asked(w), 1);
	assert_int_equal(world_probes(w), 1);
	sts_answer_put(a);
	sts_ticket_free(second);
}

/* What was begun for one that left is there for the next. */
static void
it_goes_on_when_all_have_left(void **state)
{
	struct world *w = *state;

	sts_ticket_free(ask(w, "good.test"));
	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(world_txt_asked(w), 1);
	assert_int_equal(world_fetches(w), 1);
	assert_int_equal(world_probes(w), 1);
}

/* Another kind of question is another lookup, but the host is the same. */
static void
a_refresh_asks_anew(void **state)
{
	struct world *w = *state;
	const struct sts_answer *a;

	world_expect(w, STS_RESULT_PASS);
	a = world_ask(w, "good.test", STS_ASK_REFRESH);
	assert_int_equal(a->discovery.status, STS_FETCH_VALID);
	sts_answer_put(a);
	assert_int_equal(world_txt_asked(w), 2);
	assert_int_equal(world_fetches(w), 2);
	assert_int_equal(world_probes(w), 2);
	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(world_txt_asked(w), 2);
	assert_int_equal(world_probes(w), 2);
}

static void
what_is_forgotten_is_probed_anew(void **state)
{
	struct world *w = *state;

	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(world_probes(w), 1);
	sts_engine_forget(w->engine, "good.test");
	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(world_probes(w), 2);
	sts_engine_forget(w->engine, NULL);
	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(world_probes(w), 3);
	/* Of one that nobody asked about there is nothing to forget. */
	sts_engine_forget(w->engine, "unknown.test");
	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(world_probes(w), 3);
}

#define TEST(t)                                                                \
	cmocka_unit_test_setup_teardown(t, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_crowd_asks_once),
		TEST(two_domains_share_a_probe),
		TEST(who_gives_up_takes_nothing_from_the_others),
		TEST(it_goes_on_when_all_have_left),
		TEST(a_refresh_asks_anew),
		TEST(what_is_forgotten_is_probed_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
