/*
 * The life of an engine: what is said before the answer is there, what a reload
 * changes and what not, and that its end wakes all who wait.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engineworld.h"

#include <ares.h>
#include <unistd.h>

/* c-ares, which has no memory when told so. */
static bool no_resolver;

int __real_ares_init_options(
    ares_channel *channel, struct ares_options *options, int mask);
int __wrap_ares_init_options(
    ares_channel *channel, struct ares_options *options, int mask);

int
__wrap_ares_init_options(
    ares_channel *channel, struct ares_options *options, int mask)
{
	return no_resolver ? ARES_ENOMEM
			   : __real_ares_init_options(channel, options, mask);
}

enum { WAITERS = 20, TURN_MS = 5 };

static struct sts_ticket *
ask(struct world *w, const char *domain)
{
	struct sts_ticket *ticket;

	assert_int_equal(sts_engine_ask(w->engine, domain, 0, &ticket), STS_OK);
	return ticket;
}

/* Looks again and again, until the policy is known, but not yet the answer. */
static const struct sts_answer *
wait_policy(struct sts_ticket *ticket)
{
	const struct sts_answer *a = NULL;

	for (;;) {
		assert_int_equal(
		    sts_ticket_wait(ticket, TURN_MS, &a), STS_E_TIMEOUT);
		assert_false(a->complete);
		if (a->discovery.policy != NULL)
			return a;
		sts_answer_put(a);
	}
}

/* --- before the answer is there --- */

static void
nothing_is_known_yet(void **state)
{
	struct world *w = *state;
	struct sts_ticket *ticket = ask(w, "x.silent.test");
	const struct sts_answer *a = NULL;

	assert_int_equal(sts_ticket_wait(ticket, 0, &a), STS_E_TIMEOUT);
	assert_false(a->complete);
	assert_string_equal(a->domain, "x.silent.test");
	assert_int_equal(a->verdict.result, STS_RESULT_TEMPERROR);
	assert_int_equal(a->verdict.reason, STS_REASON_DNS_FAILURE);
	assert_false(a->verdict.in_policy);
	sts_answer_put(a);

	/* And when the resolver was given up. */
	assert_int_equal(sts_ticket_wait(ticket, PATIENCE_MS, &a), STS_OK);
	assert_true(a->complete);
	assert_int_equal(a->verdict.result, STS_RESULT_TEMPERROR);
	assert_int_equal(a->verdict.reason, STS_REASON_DNS_FAILURE);
	assert_false(a->verdict.in_policy);
	sts_answer_put(a);
	sts_ticket_free(ticket);
}

static void
is_unreachable_so_far(const struct sts_answer *a)
{
	assert_int_equal(a->verdict.result, STS_RESULT_TEMPERROR);
	assert_int_equal(a->verdict.reason, STS_REASON_UNREACHABLE);
	assert_true(a->verdict.in_policy);
	assert_int_equal(a->verdict.mode, STS_MODE_ENFORCE);
	assert_string_equal(a->discovery.id, "1");
	sts_answer_put(a);
}

static void
the_policy_is_known_and_the_path_not(void **state)
{
	struct world *w = *state;
	struct sts_ticket *ticket = ask(w, "slow.test");

	is_unreachable_so_far(wait_policy(ticket));
	sts_ticket_free(ticket);
}

/* A policy in force counts before anybody answered. */
static void
what_is_remembered_is_known_at_once(void **state)
{
	struct world *w = *state;
	struct sts_ticket *ticket;

	world_expect(w, STS_RESULT_PASS);
	fakedns_set(w->dns, "_mta-sts.good.test", TXT, FAKEDNS_SILENCE, NULL);
	world_pass(w, 7200);
	ticket = ask(w, "good.test");
	is_unreachable_so_far(wait_policy(ticket));
	sts_ticket_free(ticket);
	assert_int_equal(world_fetches(w), 1);
	/* The resolver fails, and the policy stands (row 16). */
	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(world_logged(w, "alarm-dns-failed"), 1);
}

/* --- reload --- */

static void
reload(struct world *w, const char *more)
{
	const struct sts_conf *conf = world_conf(w, more);
	char why[256] = "";

	if (sts_engine_reload(w->engine, conf, why, sizeof(why)) != STS_OK)
		fail_msg("%s", why);
	sts_conf_put(conf);
}

/* Each ends with the configuration that it began with, and what is new has the
 * new one: neither the same question nor the answer to it is shared. */
static void
a_reload_is_for_what_comes_after(void **state)
{
	struct world *w = *state;
	struct sts_ticket *before = ask(w, "slow.test");
	const struct sts_answer *a = NULL;

	world_wait_stats(w, world_has_probed, 1);
	reload(w, "probe = false\n");
	a = world_ask(w, "slow.test", 0);
	assert_int_equal(a->verdict.result, STS_RESULT_PASS);
	assert_null(a->mx[0].seen);
	sts_answer_put(a);

	assert_int_equal(sts_ticket_wait(before, 0, &a), STS_E_TIMEOUT);
	sts_answer_put(a);
	(void)close(w->slow_fd); /* refuses it */
	w->slow_fd = -1;
	assert_int_equal(sts_ticket_wait(before, PATIENCE_MS, &a), STS_OK);
	assert_int_equal(a->verdict.result, STS_RESULT_TEMPERROR);
	assert_int_equal(a->verdict.reason, STS_REASON_UNREACHABLE);
	assert_non_null(a->mx[0].seen);
	sts_answer_put(a);
	sts_ticket_free(before);

	a = sts_engine_known(w->engine, "slow.test");
	assert_non_null(a);
	assert_int_equal(a->verdict.result, STS_RESULT_PASS);
	sts_answer_put(a);
}

/* An answer that comes late is not remembered for those who come after. */
static void
an_old_answer_is_not_kept(void **state)
{
	struct world *w = *state;
	struct sts_ticket *before = ask(w, "slow.test");
	const struct sts_answer *a = NULL;

	world_wait_stats(w, world_has_probed, 1);
	reload(w, "probe = false\n");
	(void)close(w->slow_fd);
	w->slow_fd = -1;
	assert_int_equal(sts_ticket_wait(before, PATIENCE_MS, &a), STS_OK);
	assert_int_equal(a->verdict.result, STS_RESULT_TEMPERROR);
	sts_answer_put(a);
	sts_ticket_free(before);
	assert_null(sts_engine_known(w->engine, "slow.test"));
}

/* Other anchors prove other hosts, at once. */
static void
other_anchors_count_at_once(void **state)
{
	struct world *w = *state;
	struct testpki_cert root = testpki_root();
	struct testpki_cert leaf = testpki_leaf("mta-sts.good.test", &root);
	char known[TESTPKI_PATH];

	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(world_probes(w), 1);
	memcpy(known, w->places.ca_path, sizeof(known));
	testpki_write(&root, w->places.ca_path);
	reload(w, "");
	w->https.cert = &leaf;
	world_serve(w, ENFORCE); /* looked at once more, row 46 */
	world_expect(w, STS_RESULT_FAIL);
	assert_int_equal(world_probes(w), 2);
	(void)unlink(w->places.ca_path);
	memcpy(w->places.ca_path, known, sizeof(known));
	reload(w, "");
	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(world_probes(w), 3);
	https_server_stop(&w->https);
	testpki_free(&leaf);
	testpki_free(&root);
}

static void
what_cannot_be_had_changes_nothing(void **state)
{
	struct world *w = *state;
	char known[TESTPKI_PATH], why[256] = "";
	const struct sts_conf *conf, *in_force;

	memcpy(known, w->places.ca_path, sizeof(known));
	(void)snprintf(w->places.ca_path, sizeof(w->places.ca_path),
	    "/nonexistent/ca.pem");
	conf = world_conf(w, "");
	assert_int_not_equal(
	    sts_engine_reload(w->engine, conf, why, sizeof(why)), STS_OK);
	assert_non_null(strstr(why, "/nonexistent/ca.pem"));
	in_force = sts_engine_conf(w->engine);
	assert_ptr_equal(in_force, w->conf);
	sts_conf_put(in_force);
	sts_conf_put(conf);
	memcpy(w->places.ca_path, known, sizeof(known));
	world_expect(w, STS_RESULT_PASS);
}

/* Neither is the new dns_trust_ad put beside the old resolver. */
static void
without_a_resolver_nothing_changes(void **state)
{
	struct world *w = *state;
	const struct sts_conf *conf = world_conf(w, "probe = false\n"), *now;
	char why[256] = "";

	no_resolver = true;
	assert_int_not_equal(
	    sts_engine_reload(w->engine, conf, why, sizeof(why)), STS_OK);
	no_resolver = false;
	assert_non_null(strstr(why, "resolver"));
	now = sts_engine_conf(w->engine);
	assert_ptr_equal(now, w->conf);
	sts_conf_put(now);
	sts_conf_put(conf);
	world_expect(w, STS_RESULT_PASS);
}

/* --- a policy that is supposed --- */

static struct sts_ticket *
try(struct world *w, const char *domain, const char *pattern)
{
	struct sts_policy *policy;
	struct sts_ticket *ticket;

	assert_int_equal(sts_policy_new(STS_MODE_ENFORCE, DAY, &pattern,
			     pattern == NULL ? 0 : 1, &policy),
	    STS_OK);
	assert_int_equal(
	    sts_engine_try(w->engine, domain, policy, &ticket), STS_OK);
	sts_policy_put(policy);
	return ticket;
}

static const struct sts_answer *
take(struct sts_ticket *ticket)
{
	const struct sts_answer *a;

	assert_int_equal(sts_ticket_wait(ticket, PATIENCE_MS, &a), STS_OK);
	assert_true(a->complete);
	sts_ticket_free(ticket);
	return a;
}

/* Two policies of one domain at once are two questions. */
static void
what_is_supposed_is_judged(void **state)
{
	struct world *w = *state;
	struct sts_ticket *good = try(w, "good.test", "mx.good.test");
	struct sts_ticket *other = try(w, "good.test", "mx.other.test");
	const struct sts_answer *a = take(good), *b = take(other);

	assert_int_equal(a->verdict.result, STS_RESULT_PASS);
	assert_int_equal(a->mx[0].seen->path, STS_PATH_VALIDATED);
	assert_int_equal(b->verdict.result, STS_RESULT_FAIL);
	assert_int_equal(b->verdict.reason, STS_REASON_MX_MISMATCH);
	sts_answer_put(a);
	sts_answer_put(b);
}

/* Neither record nor policy host is asked, and nothing is remembered. */
static void
what_is_supposed_is_not_published(void **state)
{
	struct world *w = *state;

	sts_answer_put(take(try(w, "good.test", "mx.good.test")));
	assert_int_equal(world_txt_asked(w), 0);
	assert_int_equal(world_fetches(w), 0);
	assert_null(sts_engine_known(w->engine, "good.test"));
}

/* Without patterns the MX hosts are told, and not bothered. */
static void
mx_hosts_are_told_without_a_probe(void **state)
{
	struct world *w = *state;
	const struct sts_answer *a = take(try(w, "good.test", NULL));

	assert_int_equal(a->n_mx, 1);
	assert_string_equal(a->mx[0].host, "mx.good.test");
	assert_null(a->mx[0].seen);
	assert_int_equal(world_probes(w), 0);
	sts_answer_put(a);
}

/* --- hosts that no policy asks for --- */

static void
hosts_are_looked_at_for_a_person(void **state)
{
	struct world *w = *state;
	const struct sts_answer *a;

	world_txt(w, NULL);
	a = world_ask(w, "good.test", STS_ASK_UNCACHED);
	assert_int_equal(a->n_mx, 0);
	sts_answer_put(a);
	a = world_ask(w, "good.test", STS_ASK_UNCACHED | STS_ASK_HOSTS);
	assert_int_equal(a->verdict.result, STS_RESULT_NONE);
	assert_int_equal(a->verdict.reason, STS_REASON_NONE);
	assert_int_equal(a->n_mx, 1);
	assert_int_equal(a->mx[0].seen->path, STS_PATH_VALIDATED);
	sts_answer_put(a);
}

/* --- the end --- */

struct waiter {
	struct sts_ticket *ticket;
	enum sts_err err;
	const struct sts_answer *answer;
	pthread_t thread;
};

static void *
wait_in_thread(void *cookie)
{
	struct waiter *waiter = cookie;

	waiter->err =
	    sts_ticket_wait(waiter->ticket, PATIENCE_MS, &waiter->answer);
	return NULL;
}

static void
its_end_wakes_all(void **state)
{
	struct world *w = *state;
	struct waiter waiters[WAITERS] = { 0 };
	struct sts_ticket *late;

	for (int i = 0; i < WAITERS; i++) {
		waiters[i].ticket = ask(w, "slow.test");
		assert_int_equal(pthread_create(&waiters[i].thread, NULL,
				     wait_in_thread, &waiters[i]),
		    0);
	}
	world_wait_stats(w, world_has_probed, 1);
	sts_engine_close(w->engine);
	sts_engine_close(w->engine);
	for (int i = 0; i < WAITERS; i++) {
		assert_int_equal(pthread_join(waiters[i].thread, NULL), 0);
		assert_int_equal(waiters[i].err, STS_E_CLOSED);
		is_unreachable_so_far(waiters[i].answer);
		sts_ticket_free(waiters[i].ticket);
	}
	assert_int_equal(
	    sts_engine_ask(w->engine, "good.test", 0, &late), STS_E_CLOSED);
	assert_int_equal(world_txt_asked(w), 0);
}

/* Freed in the middle of everything: nothing is left, nobody is called. */
static void
it_ends_in_mid_work(void **state)
{
	struct world *w = *state;

	sts_ticket_free(ask(w, "good.test"));
	sts_ticket_free(ask(w, "slow.test"));
	sts_ticket_free(ask(w, "x.silent.test"));
}

#define TEST(t)                                                                \
	cmocka_unit_test_setup_teardown(t, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_known_yet),
		TEST(the_policy_is_known_and_the_path_not),
		TEST(what_is_remembered_is_known_at_once),
		TEST(a_reload_is_for_what_comes_after),
		TEST(an_old_answer_is_not_kept),
		TEST(other_anchors_count_at_once),
		TEST(what_cannot_be_had_changes_nothing),
		TEST(without_a_resolver_nothing_changes),
		TEST(what_is_supposed_is_judged),
		TEST(what_is_supposed_is_not_published),
		TEST(mx_hosts_are_told_without_a_probe),
		TEST(hosts_are_looked_at_for_a_person),
		TEST(its_end_wakes_all),
		TEST(it_ends_in_mid_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
