/*
 * The resolver and the address lookup over a DNS server of the test's own:
 * rules.md rows 15, 16, 27, 59.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../conf/conffile.h"
#include "fakedns.h"
#include "sts/engine/addresses.h"
#include "sts/engine/resolver.h"

#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATIENCE_S = 60 };

static const struct fakedns_row table[] = {
	{ "_mta-sts.good.test", STS_DNS_TXT, FAKEDNS_ANSWER,
	    "v=STSv1; id=1;|other", 120, true },
	{ "good.test", STS_DNS_MX, FAKEDNS_ANSWER,
	    "20 mx2.good.test|10 mx1.good.test", 300, false },
	{ "null.test", STS_DNS_MX, FAKEDNS_ANSWER, "0 .", 300, false },
	{ "nodata.test", STS_DNS_MX, FAKEDNS_ANSWER, NULL, 0, false },
	{ "servfail.test", STS_DNS_MX, FAKEDNS_SERVFAIL, NULL, 0, false },
	{ "refused.test", STS_DNS_MX, FAKEDNS_REFUSED, NULL, 0, false },
	{ "formerr.test", STS_DNS_MX, FAKEDNS_FORMERR, "10 mx.test", 60, true },
	{ "notimp.test", STS_DNS_MX, FAKEDNS_NOTIMP, "10 mx.test", 60, true },
	{ "badvers.test", STS_DNS_MX, FAKEDNS_BADVERS, "10 mx.test", 60, true },
	{ "silent.test", STS_DNS_MX, FAKEDNS_SILENCE, NULL, 0, false },
	{ "both.test", STS_DNS_A, FAKEDNS_ANSWER, "8.8.8.8|8.8.4.4", 60,
	    false },
	{ "both.test", STS_DNS_AAAA, FAKEDNS_ANSWER, "2a00::1|2a00::2", 60,
	    false },
	{ "v4.test", STS_DNS_A, FAKEDNS_ANSWER, "8.8.8.8", 60, false },
	{ "v4.test", STS_DNS_AAAA, FAKEDNS_SERVFAIL, NULL, 0, false },
	{ "private.test", STS_DNS_A, FAKEDNS_ANSWER, "10.0.0.1|127.0.0.1", 60,
	    false },
	{ "mixed.test", STS_DNS_A, FAKEDNS_ANSWER, "10.0.0.1|8.8.8.8", 60,
	    false },
	{ "broken.test", STS_DNS_A, FAKEDNS_SERVFAIL, NULL, 0, false },
	{ 0 },
};

struct world {
	struct fakedns *dns;
	struct sts_loop *loop;
	const struct sts_conf *conf;
	struct sts_resolver *resolver;
	unsigned calls;
	struct sts_dns_answer answer;
	struct sts_addresses addresses;
};

static int
set_up_with(void **state, unsigned timeout_s)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sts_buf text;

	assert_non_null(w);
	(void)alarm(PATIENCE_S);
	w->dns = fakedns_start(table);
	sts_buf_init(&text, 512);
	sts_buf_printf(&text,
	    "dns_servers = {\"127.0.0.1:%u\"}\ndns_timeout = %u\n",
	    (unsigned)fakedns_port(w->dns), timeout_s);
	w->conf = conffile_good(sts_buf_cstr(&text));
	sts_buf_deinit(&text);
	assert_int_equal(sts_loop_new(&sts_clock_system, &w->loop), STS_OK);
	assert_int_equal(
	    sts_resolver_new(w->loop, w->conf, &w->resolver), STS_OK);
	*state = w;
	return 0;
}

static int
set_up(void **state)
{
	return set_up_with(state, 1);
}

/* So that nothing is asked again while a test goes on. */
static int
set_up_patient(void **state)
{
	return set_up_with(state, PATIENCE_S);
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	sts_resolver_close(w->resolver);
	sts_resolver_put(w->resolver);
	sts_loop_free(w->loop);
	sts_conf_put(w->conf);
	fakedns_stop(w->dns);
	sts_dns_answer_deinit(&w->answer);
	free(w);
	(void)alarm(0);
	return 0;
}

static void
note(void *cookie, struct sts_dns_answer *answer)
{
	struct world *w = cookie;

	w->calls++;
	sts_dns_answer_deinit(&w->answer);
	w->answer = *answer;
	*answer = (struct sts_dns_answer){ 0 };
}

static void
turn(struct world *w)
{
	(void)event_base_loop(sts_loop_base(w->loop), EVLOOP_ONCE);
}

static const struct sts_dns_answer *
resolve(struct world *w, const char *name, enum sts_dns_type type)
{
	struct sts_query *query;

	w->calls = 0;
	assert_int_equal(
	    sts_query_start(w->resolver, name, type, note, w, &query), STS_OK);
	assert_int_equal(w->calls, 0); /* never before it returned */
	while (w->calls == 0)
		turn(w);
	return &w->answer;
}

static void
test_txt(void **state)
{
	struct world *w = *state;
	const struct sts_dns_answer *a =
	    resolve(w, "_mta-sts.good.test", STS_DNS_TXT);

	assert_int_equal(a->status, STS_DNS_OK);
	assert_int_equal(a->n, 2);
	assert_true(sts_slice_eq(a->txt[0], STS_LIT("v=STSv1; id=1;")));
	assert_true(sts_slice_eq(a->txt[1], STS_LIT("other")));
	assert_int_equal(a->ttl, 120);
	assert_true(a->secure);
	assert_true(fakedns_saw_ad(w->dns));
}

static void
test_mx(void **state)
{
	const struct sts_dns_answer *a =
	    resolve(*state, "good.test", STS_DNS_MX);

	assert_int_equal(a->status, STS_DNS_OK);
	assert_int_equal(a->n, 2);
	assert_string_equal(a->mx[0].host, "mx1.good.test");
	assert_int_equal(a->mx[1].preference, 20);
	assert_int_equal(a->ttl, 300);
	assert_false(a->secure);
}

static void
test_statuses(void **state)
{
	assert_int_equal(
	    resolve(*state, "null.test", STS_DNS_MX)->status, STS_DNS_OK);
	assert_int_equal(
	    resolve(*state, "nodata.test", STS_DNS_MX)->status, STS_DNS_NODATA);
	assert_int_equal(resolve(*state, "absent.test", STS_DNS_MX)->status,
	    STS_DNS_NXDOMAIN);
	assert_int_equal(resolve(*state, "servfail.test", STS_DNS_MX)->status,
	    STS_DNS_FAILED);
}

static void
test_failures_have_the_servers_words(void **state)
{
	assert_string_equal(
	    resolve(*state, "servfail.test", STS_DNS_MX)->detail, "SERVFAIL");
	assert_string_equal(
	    resolve(*state, "refused.test", STS_DNS_MX)->detail, "REFUSED");
}

/* It is asked once more, without the OPT record, and then vouches for nothing:
 * each time, for who answers so once may be somebody else. */
static void
test_servers_without_edns(void **state)
{
	static const char *const names[] = { "formerr.test", "notimp.test",
		"badvers.test" };
	const struct sts_dns_answer *a;

	for (size_t i = 0; i < 2 * 3; i++) {
		a = resolve(*state, names[i % 3], STS_DNS_MX);
		assert_string_equal(a->detail, "");
		assert_int_equal(a->status, STS_DNS_OK);
		assert_string_equal(a->mx[0].host, "mx.test");
		assert_false(a->secure);
	}
	a = resolve(*state, "_mta-sts.good.test", STS_DNS_TXT);
	assert_true(a->secure);
}

static void
test_silence_ends_at_the_deadline(void **state)
{
	const struct sts_dns_answer *a =
	    resolve(*state, "silent.test", STS_DNS_MX);

	assert_int_equal(a->status, STS_DNS_FAILED);
	assert_non_null(strstr(a->detail, "ime")); /* timeout, Timeout … */
}

static void
test_names_that_cannot_be_asked(void **state)
{
	char name[STS_DOMAIN_SIZE + 8];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(
	    resolve(*state, name, STS_DNS_TXT)->status, STS_DNS_FAILED);
}

static void
test_cancelled_is_never_called(void **state)
{
	struct world *w = *state;
	struct sts_query *query;

	assert_int_equal(sts_query_start(w->resolver, "silent.test", STS_DNS_MX,
			     note, w, &query),
	    STS_OK);
	sts_query_cancel(query);
	assert_int_equal(sts_query_start(w->resolver, "good.test", STS_DNS_MX,
			     note, w, &query),
	    STS_OK);
	sts_query_cancel(query);
	w->calls = 0;
	(void)resolve(w, "good.test", STS_DNS_MX);
	assert_int_equal(w->calls, 1);
}

static void
test_closing_answers_what_is_under_way(void **state)
{
	struct world *w = *state;
	struct sts_query *query;

	w->calls = 0;
	assert_int_equal(sts_query_start(w->resolver, "silent.test", STS_DNS_MX,
			     note, w, &query),
	    STS_OK);
	sts_resolver_close(w->resolver);
	assert_int_equal(w->calls, 1);
	assert_int_equal(w->answer.status, STS_DNS_FAILED);
}

static void
note_addresses(void *cookie, const struct sts_addresses *addresses)
{
	struct world *w = cookie;

	w->calls++;
	w->addresses = *addresses;
}

static const struct sts_addresses *
look_up(struct world *w, const char *host)
{
	struct sts_address_lookup *lookup;

	w->calls = 0;
	assert_int_equal(sts_address_lookup_start(w->resolver, w->conf, host,
			     note_addresses, w, &lookup),
	    STS_OK);
	while (w->calls == 0)
		turn(w);
	return &w->addresses;
}

static void
assert_address(const struct sts_addresses *a, size_t i, const char *text)
{
	char got[STS_ADDR_TEXT];

	assert_true(i < a->n);
	assert_string_equal(sts_addr_text(&a->addr[i], got), text);
}

static void
test_families_take_turns(void **state)
{
	const struct sts_addresses *a = look_up(*state, "both.test");

	assert_int_equal(a->status, STS_DNS_OK);
	assert_int_equal(a->n, 4);
	assert_address(a, 0, "2a00::1");
	assert_address(a, 1, "8.8.8.8");
	assert_address(a, 2, "2a00::2");
	assert_address(a, 3, "8.8.4.4");
}

static void
test_one_family_is_enough(void **state)
{
	const struct sts_addresses *a = look_up(*state, "v4.test");

	assert_int_equal(a->status, STS_DNS_OK);
	assert_int_equal(a->n, 1);
}

static void
test_addresses_are_vetted(void **state)
{
	const struct sts_addresses *a = look_up(*state, "private.test");

	assert_int_equal(a->n, 0);
	assert_int_equal(a->reason, STS_REASON_ADDRESS_REFUSED);
	assert_non_null(strstr(a->detail, "not a public address"));
	a = look_up(*state, "mixed.test");
	assert_int_equal(a->n, 1);
	assert_address(a, 0, "8.8.8.8");
}

static void
test_no_address(void **state)
{
	const struct sts_addresses *a = look_up(*state, "absent.test");

	assert_int_equal(a->reason, STS_REASON_UNREACHABLE);
	assert_int_equal(a->status, STS_DNS_NXDOMAIN);
	a = look_up(*state, "broken.test");
	assert_int_equal(a->reason, STS_REASON_DNS_FAILURE);
	assert_int_equal(a->status, STS_DNS_FAILED);
}

/* All are answered before the first answer is read: there is room for them. */
static void
test_many_answers_at_once(void **state)
{
	enum { MANY = 400 }; /* more than Linux by default has room for */
	struct world *w = *state;
	struct sts_query *query;

	for (unsigned i = 1; i <= MANY; i++) {
		assert_int_equal(sts_query_start(w->resolver, "good.test",
				     STS_DNS_MX, note, w, &query),
		    STS_OK);
		while (fakedns_asked(w->dns, "good.test", STS_DNS_MX) < i)
			(void)sched_yield();
	}
	while (w->calls < MANY)
		turn(w);
	assert_int_equal(fakedns_asked(w->dns, "good.test", STS_DNS_MX), MANY);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_txt),
		T(test_mx),
		T(test_statuses),
		T(test_failures_have_the_servers_words),
		T(test_servers_without_edns),
		T(test_silence_ends_at_the_deadline),
		T(test_names_that_cannot_be_asked),
		T(test_cancelled_is_never_called),
		T(test_closing_answers_what_is_under_way),
		T(test_families_take_turns),
		T(test_one_family_is_enough),
		T(test_addresses_are_vetted),
		T(test_no_address),
		cmocka_unit_test_setup_teardown(
		    test_many_answers_at_once, set_up_patient, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
