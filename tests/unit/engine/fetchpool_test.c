/*
 * Fetches on threads of their own: what one is told, when, and that it is never
 * told anything after it was cancelled.
 */
#include "fetchworld.h"
#include "sts/engine/fetchpool.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define HELLO "Content-Length: 5\r\n\r\nhello"
#define GOOD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" HELLO

enum { THREADS = 3, MANY = 12 };

struct pool_world {
	struct fetch_world *net;
	struct sts_fetchpool *pool;
};

static int
set_up(void **state)
{
	struct pool_world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_int_equal(fetch_world_set_up(state), 0);
	w->net = *state;
	assert_int_equal(
	    sts_fetchpool_new(w->net->loop, THREADS, &w->pool), STS_OK);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct pool_world *w = *state;
	void *net = w->net;

	sts_fetchpool_free(w->pool);
	free(w);
	return fetch_world_tear_down(&net);
}

static struct sts_fetchjob *
start(struct pool_world *w, const char *domain, struct fetch_seen *seen)
{
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request request = fetch_request(w->net, &addr);
	struct sts_fetchjob *job = NULL;

	*seen = (struct fetch_seen){ 0 };
	request.policy_domain = domain;
	assert_int_equal(
	    sts_fetchpool_start(w->pool, &request, fetch_note, seen, &job),
	    STS_OK);
	assert_non_null(job);
	assert_int_equal(seen->calls, 0);
	return job;
}

static void
test_answer(void **state)
{
	struct pool_world *w = *state;
	struct fetch_seen seen;

	w->net->server.answer = STS_LIT(GOOD);
	https_server_start(&w->net->server);
	(void)start(w, POLICY_DOMAIN, &seen);
	while (seen.calls == 0)
		fetch_turn(w->net);
	assert_int_equal(seen.calls, 1);
	assert_true(seen.result.ok);
	assert_string_equal(seen.body, "hello");
	assert_string_equal(seen.result.address, "127.0.0.1");
	fetch_seen_deinit(&seen);
}

/* More than there are threads. */
static void
test_many(void **state)
{
	struct pool_world *w = *state;
	struct fetch_seen seen[MANY];

	w->net->server.answer = STS_LIT(GOOD);
	https_server_start(&w->net->server);
	for (size_t i = 0; i < MANY; i++)
		(void)start(w, POLICY_DOMAIN, &seen[i]);
	for (size_t i = 0; i < MANY; i++)
		while (seen[i].calls == 0)
			fetch_turn(w->net);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(seen[i].calls, 1);
		assert_string_equal(seen[i].body, "hello");
		fetch_seen_deinit(&seen[i]);
	}
	assert_int_equal(atomic_load(&w->net->server.accepted), MANY);
}

/* What a fetch would not begin with comes back as a fetch that failed. */
static void
test_refused(void **state)
{
	struct pool_world *w = *state;
	struct fetch_seen seen;

	(void)start(w, "no domain", &seen);
	while (seen.calls == 0)
		fetch_turn(w->net);
	assert_false(seen.result.ok);
	assert_int_equal(seen.result.reason, STS_REASON_STS_POLICY_FETCH_ERROR);
	assert_string_equal(
	    seen.result.detail, "the fetch could not be started");
	fetch_seen_deinit(&seen);
}

static void
start_stalling(struct fetch_world *net, int stage)
{
	net->server.answer = STS_LIT("");
	net->server.end = HTTPS_HOLD;
	if (stage == HTTPS_ACCEPTED)
		net->server.cert = NULL;
	https_server_start(&net->server);
}

static struct sts_fetchjob *
start_until(struct pool_world *w, int stage, struct fetch_seen *seen)
{
	struct sts_fetchjob *job;

	start_stalling(w->net, stage);
	job = start(w, POLICY_DOMAIN, seen);
	while (atomic_load(&w->net->server.stage) < stage)
		(void)sched_yield();
	return job;
}

/* The server's thread ends only where the connection is gone. */
static void
test_cancel(void **state)
{
	struct pool_world *w = *state;
	struct https_server ours = w->net->server;
	struct fetch_seen seen;

	for (int stage = HTTPS_IDLE; stage < HTTPS_ANSWERING; stage++) {
		w->net->server = ours;
		sts_fetchpool_cancel(start_until(w, stage, &seen));
		https_server_stop(&w->net->server);
		(void)event_base_loop(
		    sts_loop_base(w->net->loop), EVLOOP_NONBLOCK);
		assert_int_equal(seen.calls, 0);
	}
	sts_fetchpool_cancel(NULL);
}

/* The fetch is over, and the loop has not yet heard of it. */
static void
test_cancel_when_over(void **state)
{
	struct pool_world *w = *state;
	struct sts_fetchjob *job;
	struct fetch_seen seen;

	w->net->server.answer = STS_LIT(GOOD);
	https_server_start(&w->net->server);
	job = start(w, POLICY_DOMAIN, &seen);
	while (atomic_load(&w->net->server.accepted) == 0)
		(void)sched_yield();
	https_server_stop(&w->net->server);
	sts_fetchpool_cancel(job);
	sts_fetchpool_free(w->pool);
	w->pool = NULL;
	(void)event_base_loop(sts_loop_base(w->net->loop), EVLOOP_NONBLOCK);
	assert_int_equal(seen.calls, 0);
}

static void
test_free_when_cancelled(void **state)
{
	struct pool_world *w = *state;
	struct fetch_seen seen[2];

	sts_fetchpool_cancel(start_until(w, HTTPS_ACCEPTED, &seen[0]));
	sts_fetchpool_cancel(start(w, POLICY_DOMAIN, &seen[1]));
	sts_fetchpool_free(w->pool);
	w->pool = NULL;
	assert_int_equal(seen[0].calls + seen[1].calls, 0);
	sts_fetchpool_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cancel, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_cancel_when_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_free_when_cancelled, set_up, tear_down),
	};

	return cmocka_run_group_tests(
	    tests, fetch_pki_set_up, fetch_pki_tear_down);
}
