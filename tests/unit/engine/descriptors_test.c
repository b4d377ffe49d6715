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
	world_stop_engine(w);
	free(w);
}

/* Begun before there is any thread, which a fork would not take along. */
static pid_t
fork_engine(int *to_engine)
{
	struct places places;
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)alarm(PATIENCE_MS / 1000);
		assert_int_equal(
		    read(fds[0], &places, sizeof(places)), sizeof(places));
		live(world_elsewhere(&places));
		exit(0);
	}
	(void)close(fds[0]);
	*to_engine = fds[1];
	return pid;
}

static void
without_descriptors(void **state)
{
	int to_engine, status;
	pid_t pid = fork_engine(&to_engine);
	struct world *w;

	assert_int_equal(world_set_up_servers(state), 0);
	w = *state;
	assert_int_equal(
	    write(to_engine, &w->places, sizeof(w->places)), sizeof(w->places));
	(void)close(to_engine);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	/* One test only: a child that fails does not get to another. */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(without_descriptors, world_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
