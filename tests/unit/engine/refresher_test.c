/*
 * Row 43 of rules.md on a whole engine: policies that are cached and in use are
 * looked at anew although no message asks, and no message waits for that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engineworld.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WEEK POLICY("enforce", "604800")
#define HOUR 3600

enum { INTERVAL_MS = 20 };

static char on_disk[32]; /* the folder of the store that is on disk */

/* The world's engine once more, that looks oftener. */
static void
hurry(struct world *w)
{
	struct sts_engine_options options = {
		.clock = &w->clock,
		.log = w->log,
		.store = w->store,
		.conf = w->conf,
		.https_port = w->https.port,
		.smtp_port = w->mx.port,
		.refresh_interval_ms = INTERVAL_MS,
	};
	char why[256];

	if (sts_engine_new(&options, why, sizeof(why), &w->engine) != STS_OK)
		fail_msg("%s", why);
	world_serve(w, WEEK);
}

static int
set_up_in_memory(void **state)
{
	struct world *w;

	(void)world_set_up(state);
	w = *state;
	sts_engine_free(w->engine);
	hurry(w);
	return 0;
}

static int
set_up_on_disk(void **state)
{
	char dir[] = "/tmp/sts-refresher-XXXXXX", path[64];
	struct world *w;
	struct sts_store_options options = { .path = path,
		.memory_records = 1000 };

	(void)world_set_up(state);
	w = *state;
	sts_engine_free(w->engine);
	sts_store_free(w->store);
	options.clock = &w->clock;
	options.log = w->log;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/cache.db", dir);
	assert_int_equal(sts_store_open(&options, &w->store), STS_OK);
	hurry(w);
	(void)snprintf(on_disk, sizeof(on_disk), "%s", dir);
	return 0;
}

/* The file, those that SQLite has beside it, and the folder. */
static int
tear_down_on_disk(void **state)
{
	static const char *const names[] = { "/cache.db", "/cache.db-wal",
		"/cache.db-shm", "" };
	char path[64];

	(void)world_tear_down(state);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", on_disk, names[i]);
		(void)remove(path);
	}
	return 0;
}

/* Remembers a policy, confirmed and used so many seconds ago. */
static void
remember(struct world *w, const char *domain, int64_t confirmed, int64_t used)
{
	struct sts_record draft = { .domain = domain, .id = "1" };
	const struct sts_record *record;
	struct sts_policy *policy;

	assert_int_equal(
	    sts_policy_parse(sts_slice_str(POLICY("enforce", "31536000")), NULL,
		NULL, &policy),
	    STS_OK);
	draft.policy = policy;
	draft.fetched_at = draft.confirmed_at = world_now(w) - confirmed;
	draft.used_at = world_now(w) - used;
	record = sts_record_new(&draft);
	assert_non_null(record);
	sts_policy_put(policy);
	assert_int_equal(sts_store_put(w->store, record), STS_OK);
	sts_record_put(record);
}

static void
wait_for_refresh(struct world *w, const char *line)
{
	while (world_logged(w, line) == 0) /* alarm() ends it */
		(void)usleep(1000);
}

/* A domain that is due now was refreshed: so has been all that was due. */
static void
wait_for_a_look(struct world *w)
{
	remember(w, "shared.test", 2 * DAY, 0);
	wait_for_refresh(w, "policy-refreshed domain=shared.test");
}

static void
learn(struct world *w)
{
	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(world_txt_asked(w), 1);
	assert_int_equal(world_fetches(w), 1);
	assert_int_equal(world_probes(w), 1);
}

static void
a_day_later_and_not_before(void **state)
{
	struct world *w = *state;

	learn(w);
	world_pass(w, STS_REFRESH_MIN - 60);
	wait_for_a_look(w);
	assert_int_equal(world_txt_asked(w), 1);
	assert_int_equal(world_fetches(w), 2); /* shared.test's */

	world_pass(w, STS_REFRESH_MAX - STS_REFRESH_MIN + 60);
	wait_for_refresh(w, "policy-refreshed domain=good.test fetch=VALID");
	assert_int_equal(world_txt_asked(w), 2);
	assert_int_equal(world_fetches(w), 3);
	assert_int_equal(world_probes(w), 1);

	/* Once, and then a day later again. */
	wait_for_a_look(w);
	assert_int_equal(world_txt_asked(w), 2);
	world_pass(w, STS_REFRESH_MAX);
	wait_for_refresh(w, "policy-refreshed domain=good.test");
	assert_int_equal(world_txt_asked(w), 3);
}

static void
what_is_not_used_is_left_alone(void **state)
{
	struct world *w = *state;

	remember(w, "good.test", 2 * DAY, STS_REFRESH_USED + HOUR);
	wait_for_a_look(w);
	wait_for_a_look(w);
	assert_int_equal(world_txt_asked(w), 0);

	/* A message changes that. */
	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(world_txt_asked(w), 1);
	world_jump(w, STS_REFRESH_MAX);
	wait_for_refresh(w, "policy-refreshed domain=good.test");
	assert_int_equal(world_txt_asked(w), 2);
}

/* While the refresh waits for the network, mail is answered from memory. */
static void
no_message_waits(void **state)
{
	struct world *w = *state;
	struct sts_ticket *ticket;
	unsigned asked;

	learn(w);
	fakedns_set(w->dns, "_mta-sts.good.test", TXT, FAKEDNS_SILENCE, NULL);
	world_jump(w, STS_REFRESH_MAX);
	while (world_txt_asked(w) == 1)
		(void)usleep(1000);
	assert_int_equal(
	    sts_engine_ask(w->engine, "good.test", 0, &ticket), STS_OK);
	assert_true(sts_ticket_cached(ticket));
	sts_ticket_free(ticket);

	/* What failed changes nothing, and comes again in an hour. */
	wait_for_refresh(w, "policy-refreshed domain=good.test");
	asked = world_txt_asked(w);
	world_expect(w, STS_RESULT_PASS);
	world_txt(w, "v=STSv1; id=1;");
	world_jump(w, STS_REFRESH_RETRY - 60);
	wait_for_a_look(w);
	assert_int_equal(world_txt_asked(w), asked);
	world_jump(w, 60);
	wait_for_refresh(w, "policy-refreshed domain=good.test fetch=VALID");
}

static void
the_next_message_sees_a_change(void **state)
{
	struct world *w = *state;

	learn(w);
	world_serve(w, NULL);
	world_jump(w, STS_REFRESH_MAX);
	wait_for_refresh(w, "policy-refreshed domain=good.test "
			    "fetch=FETCH_ERROR");
	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(world_probes(w), 1); /* from memory still */

	world_serve(w, POLICY("none", "604800"));
	world_jump(w, STS_REFRESH_RETRY);
	wait_for_refresh(w, "policy-refreshed domain=good.test fetch=VALID");
	world_expect(w, STS_RESULT_NONE);
}

int
main(void)
{
#define IN_MEMORY(t)                                                           \
	cmocka_unit_test_setup_teardown(t, set_up_in_memory, world_tear_down)
#define ON_DISK(t)                                                             \
	cmocka_unit_test_setup_teardown(t, set_up_on_disk, tear_down_on_disk)
	const struct CMUnitTest tests[] = {
		IN_MEMORY(a_day_later_and_not_before),
		ON_DISK(a_day_later_and_not_before),
		IN_MEMORY(what_is_not_used_is_left_alone),
		ON_DISK(what_is_not_used_is_left_alone),
		ON_DISK(no_message_waits),
		ON_DISK(the_next_message_sees_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
