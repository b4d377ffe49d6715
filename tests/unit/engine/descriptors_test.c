/*
 * An engine without descriptors to have: every lookup ends with a defined
 * answer, and once there are some again all is well.
 *
 * The engine lives in a process of its own, since its servers are to keep
 * theirs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engineworld.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STALE = 2 * DAY, MORE_MAX = 12 };

/* Leaves so many descriptors to be had. */
static void
leave(rlim_t n)
{
	struct rlimit limit;
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(next >= 0);
	(void)close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = (rlim_t)next + n;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void
leave_all(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 1024;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* Of a domain of which nothing is known. */
static void
ask_cold(struct world *w)
{
	const struct sts_answer *a = world_ask(w, "good.test", 0);

	switch (a->verdict.result) {
	case STS_RESULT_PASS:
	case STS_RESULT_TEMPERROR:
		break;
	case STS_RESULT_NONE: /* row 26a, and no silence */
		assert_int_equal(
		    a->verdict.reason, STS_REASON_STS_POLICY_FETCH_ERROR);
		assert_int_not_equal(
		    world_logged(w, "alarm-policy-fetch-failed"), 0);
		break;
	case STS_RESULT_FAIL:
	case STS_RESULT_EXEMPT:
		fail_msg("%s", sts_reason_text(a->verdict.reason));
	}
	sts_answer_put(a);
}

/* Of one whose policy is remembered: it stays in force. */
static void
ask_known(struct world *w)
{
	const struct sts_answer *a;

	world_remember(w, "good.test");
	a = world_ask(w, "good.test", 0);
	assert_true(a->verdict.in_policy);
	assert_int_equal(a->verdict.mode, STS_MODE_ENFORCE);
	assert_true(a->verdict.result == STS_RESULT_PASS ||
		    a->verdict.result == STS_RESULT_TEMPERROR);
	sts_answer_put(a);
}

static void
live(struct world *w)
{
	world_start_engine(w);
	for (rlim_t n = 0; n <= MORE_MAX; n++) {
		leave(n);
		ask_cold(w);
		world_pass(w, STALE);
		ask_known(w);
		if (n == 0)
			assert_int_not_equal(
			    world_logged(w, "alarm-dns-failed"), 0);
		leave_all();
		world_pass(w, STALE);
		world_expect(w, STS_RESULT_PASS);
		world_pass(w, STALE);
	}
	sts_engine_free(w->engine);
	sts_store_free(w->store);
	sts_log_free(w->log);
	sts_conf_put(w->conf);
}

static void
without_descriptors(void **state)
{
	struct world *w = *state;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)alarm(PATIENCE_MS / 1000);
		live(w);
		exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	/* One test only: a child that fails does not get to another. */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    without_descriptors, world_set_up_servers, world_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
