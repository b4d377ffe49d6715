/*
 * Exceptions: which one counts for a domain, and until when.
 */
#include "conffile.h"
#include "test.h"

#define NOON_DEC_31 INT64_C(1798718400)
#define JAN_1 INT64_C(1798761600)

static const char text[] =
    "on_fail = reject\n"
    "on_unreachable = quarantine\n"
    "on_temperror = tag\n"
    "domain \"*.example\" { on_fail = log }\n"
    "domain \"*.b.example\" { on_unreachable = tag reason = \"slow\" }\n"
    "domain \"a.b.example\" {\n"
    "	on_fail = defer\n"
    "	on_unreachable = log\n"
    "	until = \"2026-12-31\"\n"
    "}\n"
    "domain \"b\xc3\xbc"
    "cher.test\" { on_fail = tag }\n";

static void
test_rows(void **state)
{
	static const struct {
		const char *domain;
		int64_t now;
		const char *used; /* NULL: none */
		enum sts_action on_fail, on_unreachable;
	} rows[] = {
		{ "other.test", 0, NULL, STS_ACTION_REJECT,
		    STS_ACTION_QUARANTINE },
		/* A pattern is not for the name itself. */
		{ "example", 0, NULL, STS_ACTION_REJECT,
		    STS_ACTION_QUARANTINE },
		{ "notexample", 0, NULL, STS_ACTION_REJECT,
		    STS_ACTION_QUARANTINE },
		{ "x.example", 0, "*.example", STS_ACTION_LOG,
		    STS_ACTION_QUARANTINE },
		{ "b.example", 0, "*.example", STS_ACTION_LOG,
		    STS_ACTION_QUARANTINE },
		/* The longest pattern; what it leaves open is general. */
		{ "x.b.example", 0, "*.b.example", STS_ACTION_REJECT,
		    STS_ACTION_TAG },
		{ "y.x.b.example", 0, "*.b.example", STS_ACTION_REJECT,
		    STS_ACTION_TAG },
		/* The name itself, for as long as it counts. */
		{ "a.b.example", NOON_DEC_31, "a.b.example", STS_ACTION_DEFER,
		    STS_ACTION_LOG },
		{ "a.b.example", JAN_1 - 1, "a.b.example", STS_ACTION_DEFER,
		    STS_ACTION_LOG },
		{ "a.b.example", JAN_1, "*.b.example", STS_ACTION_REJECT,
		    STS_ACTION_TAG },
		{ "x.a.b.example", 0, "*.b.example", STS_ACTION_REJECT,
		    STS_ACTION_TAG },
		{ "xn--bcher-kva.test", 0, "xn--bcher-kva.test", STS_ACTION_TAG,
		    STS_ACTION_QUARANTINE },
	};
	const struct sts_conf *conf = conffile_good(text);
	const struct sts_exception *used;
	struct sts_actions actions;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		actions = sts_conf_actions(
		    conf, sts_slice_str(rows[i].domain), rows[i].now, &used);
		if (rows[i].used == NULL)
			assert_null(used);
		else if (used == NULL)
			fail_msg("%s: none", rows[i].domain);
		else
			assert_string_equal(used->name, rows[i].used);
		assert_int_equal(actions.on_fail, rows[i].on_fail);
		assert_int_equal(
		    actions.on_unreachable, rows[i].on_unreachable);
		assert_int_equal(actions.on_temperror, STS_ACTION_TAG);
	}
	sts_conf_put(conf);
}

static void
test_fields(void **state)
{
	const struct sts_conf *conf = conffile_good(text);
	const struct sts_exception *e = conf->exceptions;

	(void)state;
	assert_int_equal(conf->n_exceptions, 4);
	assert_string_equal(e[0].name, "*.example");
	assert_true(e[0].has_on_fail);
	assert_false(e[0].has_on_unreachable);
	assert_int_equal(e[0].until, 0);
	assert_string_equal(e[0].reason, "");
	assert_int_equal(e[0].line, 4);
	assert_false(e[1].has_on_fail);
	assert_string_equal(e[1].reason, "slow");
	assert_int_equal(e[2].line, 6);
	assert_int_equal(e[2].until, JAN_1);
	assert_int_equal(e[3].line, 11);
	sts_conf_put(conf);
}

/* The order in the file does not matter. */
static void
test_order(void **state)
{
	const struct sts_conf *conf =
	    conffile_good("domain \"a.b.example\" { on_fail = tag }\n"
			  "domain \"*.b.example\" { on_fail = log }\n"
			  "domain \"*.example\" { on_fail = reject }\n");
	const struct sts_exception *used;

	(void)state;
	assert_int_equal(
	    sts_conf_actions(conf, STS_LIT("a.b.example"), 0, &used).on_fail,
	    STS_ACTION_TAG);
	assert_int_equal(
	    sts_conf_actions(conf, STS_LIT("x.b.example"), 0, &used).on_fail,
	    STS_ACTION_LOG);
	assert_int_equal(
	    sts_conf_actions(conf, STS_LIT("b.example"), 0, &used).on_fail,
	    STS_ACTION_REJECT);
	sts_conf_put(conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
