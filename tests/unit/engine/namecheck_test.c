/* The name that EHLO gives is looked up once, and told where it has no address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engineworld.h"

#include <unistd.h>

/* The world's engine once more, with these lines in its configuration. */
static void
start(struct world *w, const char *more)
{
	struct sts_engine_options options = {
		.clock = &w->clock,
		.log = w->log,
		.store = w->store,
		.https_port = w->https.port,
		.smtp_port = w->mx.port,
		.check_hostname = true,
	};
	char why[256];

	sts_engine_free(w->engine);
	sts_conf_put(w->conf);
	options.conf = w->conf = world_conf(w, more);
	if (sts_engine_new(&options, why, sizeof(why), &w->engine) != STS_OK)
		fail_msg("%s", why);
}

static void
an_unknown_name_is_told(void **state)
{
	struct world *w = *state;

	start(w, "hostname = \"absent.test\"\n");
	while (world_logged(w, "hostname-unknown hostname=absent.test") == 0)
		(void)usleep(1000); /* alarm() ends it */
}

static void
a_known_one_is_not(void **state)
{
	struct world *w = *state;

	start(w, "hostname = \"mx.slow.test\"\n");
	while (fakedns_asked(w->dns, "mx.slow.test", A) == 0)
		(void)usleep(1000);
	world_expect(w, STS_RESULT_PASS); /* its answer has come before */
	assert_int_equal(world_logged(w, "hostname-unknown"), 0);
}

static void
without_probes_nobody_hears_it(void **state)
{
	struct world *w = *state;

	start(w, "hostname = \"mx.slow.test\"\nprobe = false\n");
	world_expect(w, STS_RESULT_PASS);
	assert_int_equal(fakedns_asked(w->dns, "mx.slow.test", A), 0);
}

#define TEST(t)                                                                \
	cmocka_unit_test_setup_teardown(t, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unknown_name_is_told),
		TEST(a_known_one_is_not),
		TEST(without_probes_nobody_hears_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
