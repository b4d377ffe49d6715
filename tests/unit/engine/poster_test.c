/*
 * POSTs through the engine: what a host says is the outcome, each has its own,
 * and an outsider's host is not taken inside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engineworld.h"
#include "sts/engine/poster.h"

#include <stdio.h>

enum { URL_MAX = 128 };

static struct sts_post
post_to(const struct world *w, const char *host, char url[URL_MAX])
{
	(void)snprintf(url, URL_MAX, "https://%s:%u/path?x=%%2C", host,
	    (unsigned)w->places.https);
	return (struct sts_post){
		.url = url,
		.host = host,
		.port = w->places.https,
		.type = "application/x-test",
		.body = STS_LIT("a\0b"),
	};
}

static void
is_delivered(void **state)
{
	struct world *w = *state;
	char url[URL_MAX];
	struct sts_post post = post_to(w, "mta-sts.good.test", url);

	assert_int_equal(sts_poster_send(w->engine, &post, 1), STS_OK);
	assert_string_equal(post.detail, "HTTP status 200");
	assert_true(post.delivered);
	https_server_stop(&w->https);
	assert_non_null(strstr(w->https.request, "POST /path?x=%2C HTTP/1.1"));
	assert_non_null(
	    strstr(w->https.request, "Content-Type: application/x-test\r\n"));
	assert_non_null(strstr(w->https.request, "Content-Length: 3\r\n"));
	assert_string_equal(w->https.sni, "mta-sts.good.test");
}

static void
each_has_its_outcome(void **state)
{
	struct world *w = *state;
	char url[3][URL_MAX];
	struct sts_post posts[] = {
		post_to(w, "mta-sts.good.test", url[0]),
		post_to(w, "gone.test", url[1]),
		post_to(w, "mx.good.test", url[2]), /* nobody is there */
	};

	assert_int_equal(sts_poster_send(w->engine, posts, 3), STS_OK);
	assert_true(posts[0].delivered);
	assert_false(posts[1].delivered);
	assert_string_equal(posts[1].detail, "gone.test has no address record");
	assert_false(posts[2].delivered);
	assert_string_not_equal(posts[2].detail, "");
	assert_int_equal(sts_poster_send(w->engine, posts, 0), STS_OK);
}

static void
status_counts(void **state)
{
	struct world *w = *state;
	char url[URL_MAX];
	struct sts_post post = post_to(w, "mta-sts.good.test", url);

	world_serve(w, NULL);
	assert_int_equal(sts_poster_send(w->engine, &post, 1), STS_OK);
	assert_false(post.delivered);
	assert_string_equal(post.detail, "HTTP status 404");
}

static void
stays_outside(void **state)
{
	struct world *w = *state;
	char url[URL_MAX];
	struct sts_post post = post_to(w, "mx.slow.test", url);

	fakedns_set(w->dns, "mx.slow.test", A, FAKEDNS_ANSWER, "10.0.0.1");
	assert_int_equal(sts_poster_send(w->engine, &post, 1), STS_OK);
	assert_false(post.delivered);
	assert_string_equal(post.detail,
	    "mx.slow.test is at 10.0.0.1, which is not a public address");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    is_delivered, world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    each_has_its_outcome, world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    status_counts, world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    stays_outside, world_set_up, world_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
