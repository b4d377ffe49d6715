/*
 * The engine's caps, each pushed: what comes past one has a defined answer, and
 * what was there before is served on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engineworld.h"
#include "sts/engine/addresses.h"
#include "sts/engine/answers.h"
#include "sts/engine/check.h"
#include "sts/engine/hosts.h"
#include "sts/engine/tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	QUEUED = 40, /* hosts more than are probed at once */
	MX_TOO_MANY = STS_CHECK_MX_MAX + 8,
	MANY_ANSWERS = 20000, /* more than a megabyte has room for */
};

static enum sts_err
ask(struct world *w, const char *domain, struct sts_ticket **out)
{
	return sts_engine_ask(w->engine, domain, 0, out);
}

/* --- lookups under way --- */

static void
ask_silent(struct world *w, int n, struct sts_ticket **out)
{
	char domain[64];

	(void)snprintf(domain, sizeof(domain), "d%d.silent.test", n);
	assert_int_equal(ask(w, domain, out), STS_OK);
}

static void
lookups_at_once(void **state)
{
	struct world *w = *state;
	struct sts_ticket **tickets = calloc(STS_TASKS_MAX, sizeof(*tickets));
	struct sts_ticket *one = NULL;
	const struct sts_answer *a;

	assert_non_null(tickets);
	world_expect(w, STS_RESULT_PASS);
	for (int i = 0; i < STS_TASKS_MAX; i++)
		ask_silent(w, i, &tickets[i]);
	assert_int_equal(ask(w, "shared.test", &one), STS_E_LIMIT);
	assert_null(one);

	/* A policy in force stays so, if nothing more. */
	world_pass(w, DAY / 2);
	assert_int_equal(ask(w, "good.test", &one), STS_E_LIMIT);
	a = sts_engine_remembered(w->engine, "good.test");
	assert_true(a->verdict.in_policy);
	assert_int_equal(a->verdict.reason, STS_REASON_UNREACHABLE);
	sts_answer_put(a);
	world_pass(w, -DAY / 2);

	/* What is known is answered, what is under way is joined. */
	world_expect(w, STS_RESULT_PASS);
	ask_silent(w, STS_TASKS_MAX - 1, &one);
	sts_ticket_free(one);

	for (int i = 0; i < STS_TASKS_MAX; i++) {
		assert_int_equal(
		    sts_ticket_wait(tickets[i], PATIENCE_MS, &a), STS_OK);
		assert_int_equal(a->verdict.result, STS_RESULT_TEMPERROR);
		sts_answer_put(a);
		sts_ticket_free(tickets[i]);
	}
	free(tickets);
	world_wait_stats(w, world_runs, 0);
	sts_answer_put(world_ask(w, "shared.test", 0));
	assert_int_equal(world_fetches(w), 2);
}

/* --- probes under way --- */

static void
ask_slow(struct world *w, int n, struct sts_ticket **out)
{
	char domain[64];

	(void)snprintf(domain, sizeof(domain), "d%d.slow.test", n);
	world_remember(w, domain);
	assert_int_equal(ask(w, domain, out), STS_OK);
}

/* However many hang, those that do not have their turn soon. */
static void
hosts_at_once(void **state)
{
	struct world *w = *state;
	struct sts_ticket *tickets[STS_HOSTS_PROBING + QUEUED];
	const struct sts_answer *a = NULL;

	for (int i = 0; i < STS_HOSTS_PROBING + QUEUED; i++) {
		ask_slow(w, i, &tickets[i]);
		if (i == STS_HOSTS_PROBING - 1)
			world_wait_stats(
			    w, world_has_probed, STS_HOSTS_PROBING);
	}
	world_expect(w, STS_RESULT_PASS);
	/* Those that hang are given up no earlier for that. */
	assert_int_equal(sts_ticket_wait(tickets[0], 0, &a), STS_E_TIMEOUT);
	sts_answer_put(a);

	/* Each has its turn. */
	world_wait_stats(w, world_has_probed, STS_HOSTS_PROBING + QUEUED + 1);
	(void)close(w->slow_fd);
	w->slow_fd = -1;
	for (int i = 0; i < STS_HOSTS_PROBING + QUEUED; i++) {
		assert_int_equal(
		    sts_ticket_wait(tickets[i], PATIENCE_MS, &a), STS_OK);
		assert_int_equal(a->verdict.reason, STS_REASON_UNREACHABLE);
		assert_true(a->verdict.in_policy);
		sts_answer_put(a);
		sts_ticket_free(tickets[i]);
	}
}

/* Of the slow ones too there is an end: then the oldest is given up. */
static void
slow_hosts_at_once(void **state)
{
	enum { MANY = STS_HOSTS_PROBING + STS_HOSTS_SLOW + 1 };
	struct world *w = *state;
	struct sts_ticket **tickets = calloc(MANY, sizeof(*tickets));
	const struct sts_answer *a = NULL;

	assert_non_null(tickets);
	for (int i = 0; i < MANY; i++) {
		ask_slow(w, i, &tickets[i]);
		if (i == 0)
			world_wait_stats(w, world_has_probed, 1);
	}
	assert_int_equal(sts_ticket_wait(tickets[0], PATIENCE_MS, &a), STS_OK);
	assert_int_equal(a->verdict.result, STS_RESULT_TEMPERROR);
	assert_non_null(strstr(a->mx[0].seen->detail, "others wait"));
	sts_answer_put(a);
	world_expect(w, STS_RESULT_PASS);
	(void)close(w->slow_fd);
	w->slow_fd = -1;
	for (int i = 0; i < MANY; i++)
		sts_ticket_free(tickets[i]);
	free(tickets);
}

/* --- of one domain, and of one host --- */

static void
mx_hosts_of_a_domain(void **state)
{
	struct world *w = *state;
	const struct sts_answer *a;
	/* The DNS server reads it to its end. */
	static char list[MX_TOO_MANY * 24];
	char *at = list;

	/* The last one is preferred. */
	for (int i = 0; i < MX_TOO_MANY; i++)
		at += snprintf(at, 24, "%s%d m%d.good.test", i > 0 ? "|" : "",
		    MX_TOO_MANY - i, i);
	fakedns_set(w->dns, "good.test", MX, FAKEDNS_ANSWER, list);
	a = world_ask(w, "good.test", 0);
	assert_int_equal(a->n_mx, STS_CHECK_MX_MAX);
	for (int i = 0; i < STS_CHECK_MX_MAX; i++) {
		char host[24];

		(void)snprintf(
		    host, sizeof(host), "m%d.good.test", MX_TOO_MANY - 1 - i);
		assert_string_equal(a->mx[i].host, host);
	}
	assert_int_equal(a->verdict.result, STS_RESULT_TEMPERROR);
	assert_int_equal(a->verdict.reason, STS_REASON_UNREACHABLE);
	sts_answer_put(a);
	assert_int_equal(
	    world_logged(w, "mx-hosts-left-out domain=good.test hosts=40"), 1);
}

static void
addresses_of_a_host(void **state)
{
	struct world *w = *state;
	struct sts_engine_stats stats;
	const struct sts_answer *a;

	/* Nobody listens at any of them but the last. */
	fakedns_set(w->dns, "mx.good.test", A, FAKEDNS_ANSWER,
	    "127.0.1.1|127.0.1.2|127.0.1.3|127.0.1.4|127.0.1.5|127.0.1.6|"
	    "127.0.1.7|127.0.1.8|127.0.1.9|" MX_GOOD);
	a = world_ask(w, "good.test", 0);
	assert_int_equal(a->verdict.result, STS_RESULT_TEMPERROR);
	assert_int_equal(a->verdict.reason, STS_REASON_UNREACHABLE);
	sts_answer_put(a);
	sts_engine_stats(w->engine, &stats);
	assert_int_equal(stats.probes, STS_ADDRESSES_MAX / 2);
	assert_int_equal(world_probes(w), 0);
}

/* --- what is remembered --- */

static void
put(struct sts_answers *answers, int n)
{
	char domain[32];
	struct sts_answer *a;

	(void)snprintf(domain, sizeof(domain), "d%d.test", n);
	a = sts_answer_new(&(struct sts_answer){
	    .domain = domain, .complete = true, .fresh_until_ms = 1000 });
	assert_non_null(a);
	sts_answers_put(answers, a);
	sts_answer_put(a);
}

static bool
knows(struct sts_answers *answers, int n, int64_t mono_ms)
{
	const struct sts_answer *a;
	char domain[32];

	(void)snprintf(domain, sizeof(domain), "d%d.test", n);
	a = sts_answers_find(answers, domain, mono_ms);
	sts_answer_put(a);
	return a != NULL;
}

/* They take no more than they may, and those that are used stay. */
static void
answers_in_memory(void **state)
{
	struct sts_answers *answers;

	(void)state;
	assert_int_equal(sts_answers_new(1 << 20, &answers), STS_OK);
	put(answers, 0);
	assert_true(knows(answers, 0, 999));
	assert_false(knows(answers, 0, 1000)); /* not fresh any more */
	for (int i = 1; i < MANY_ANSWERS; i++) {
		put(answers, i);
		if (i % 100 == 0)
			assert_true(knows(answers, 0, 0));
	}
	assert_in_range(sts_answers_count(answers), 2000, 8000);
	assert_true(knows(answers, MANY_ANSWERS - 1, 0));
	assert_false(knows(answers, 1, 0));
	sts_answers_free(answers);
}

static void
put_lasting(struct sts_answers *answers, const char *domain)
{
	struct sts_answer *a = sts_answer_new(&(struct sts_answer){
	    .domain = domain, .made_ms = 1000, .fresh_until_ms = 2000 });

	assert_non_null(a);
	sts_answers_put(answers, a);
	sts_answer_put(a);
}

/* Those that were used are given once, towards their end. */
static void
answers_that_end(void **state)
{
	char domains[4][STS_DOMAIN_SIZE];
	const struct sts_answer *a;
	struct sts_answers *answers;

	(void)state;
	assert_int_equal(sts_answers_new(1 << 20, &answers), STS_OK);
	assert_int_equal(sts_answers_ending(answers, 0, 99, domains, 4), 0);
	put_lasting(answers, "used.test");
	put_lasting(answers, "unused.test");
	a = sts_answers_find(answers, "used.test", 1000);
	assert_non_null(a);
	sts_answer_put(a);
	sts_answer_put(sts_answers_last(answers, "unused.test"));
	assert_int_equal(sts_answers_ending(answers, 1650, 99, domains, 4), 0);
	assert_int_equal(sts_answers_ending(answers, 1750, 99, domains, 0), 0);
	assert_int_equal(sts_answers_ending(answers, 1750, 99, domains, 4), 1);
	assert_string_equal(domains[0], "used.test");
	assert_int_equal(sts_answers_ending(answers, 1750, 99, domains, 4), 0);
	sts_answer_put(sts_answers_find(answers, "unused.test", 1999));
	assert_int_equal(sts_answers_ending(answers, 2000, 99, domains, 4), 0);
	sts_answers_free(answers);
}

#define TEST(t)                                                                \
	cmocka_unit_test_setup_teardown(t, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lookups_at_once),
		TEST(hosts_at_once),
		TEST(slow_hosts_at_once),
		TEST(mx_hosts_of_a_domain),
		TEST(addresses_of_a_host),
		cmocka_unit_test(answers_in_memory),
		cmocka_unit_test(answers_that_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
