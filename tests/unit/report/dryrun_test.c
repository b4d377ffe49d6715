/* report/dryrun.c: what would have been done; report/recent.c; relief.c. */
#include "test.h"

#include "sts/report/dryrun.h"
#include "sts/report/recent.h"

#include "../conf/conffile.h"
#include "../starve.h"

#include <stdlib.h>
#include <string.h>

static const int64_t now = 1767225600; /* 2026-01-01T00:00:00Z */

struct world {
	const struct sts_conf *conf;
	struct sts_dryrun *dryrun;
};

static void
begin(struct world *w, const char *conf)
{
	struct sts_dryrun_settings settings = {
		.since = now - 86400,
		.now = now,
	};

	settings.conf = w->conf = conffile_good(conf);
	settings.actions = w->conf->actions;
	settings.decide_at = w->conf->decide_at;
	assert_int_equal(sts_dryrun_new(&settings, &w->dryrun), STS_OK);
}

static void
end(struct world *w)
{
	sts_dryrun_free(w->dryrun);
	sts_conf_put(w->conf);
}

static struct sts_audit_entry
entry(const char *message, const char *domain, enum sts_result result)
{
	struct sts_audit_entry e = {
		.time = now - 60,
		.verdict = {
			.result = result,
			.reason = result == STS_RESULT_PASS
				? STS_REASON_NONE
				: STS_REASON_CERTIFICATE_EXPIRED,
			.in_policy = true,
			.mode = STS_MODE_ENFORCE,
			.mx = STS_NO_MX,
		},
		.action = STS_ACTION_LOG,
		.stage = STS_STAGE_EOM,
	};

	(void)snprintf(e.message, sizeof(e.message), "%s", message);
	(void)snprintf(e.domain, sizeof(e.domain), "%s", domain);
	return e;
}

static void
add(struct world *w, struct sts_audit_entry e)
{
	assert_int_equal(sts_dryrun_add(w->dryrun, &e), STS_OK);
}

/* One line, and what would have been done. */
static enum sts_action
would(const char *conf, struct sts_audit_entry e)
{
	const struct sts_dryrun_totals *t;
	enum sts_action action = STS_ACTION_ACCEPT;
	struct world w;

	begin(&w, conf);
	add(&w, e);
	t = sts_dryrun_totals(w.dryrun);
	while (t->changes[e.action][action] == 0)
		action++;
	end(&w);
	return action;
}

static void
the_tables_are_asked(void **state)
{
	struct sts_audit_entry fail, late, unknown, e;

	(void)state;
	fail = entry("m", "a.example", STS_RESULT_FAIL);
	late = entry("m", "a.example", STS_RESULT_TEMPERROR);
	unknown = late;
	unknown.verdict.in_policy = false;
	assert_int_equal(
	    would("on_fail = \"reject\"", fail), STS_ACTION_REJECT);
	assert_int_equal(
	    would("on_unreachable = \"tag\"", late), STS_ACTION_TAG);
	assert_int_equal(
	    would("on_temperror = \"defer\"", unknown), STS_ACTION_DEFER);
	assert_int_equal(would("", entry("m", "a.example", STS_RESULT_PASS)),
	    STS_ACTION_ACCEPT);
	/* Testing never holds, but where the sender asked for it. */
	e = fail;
	e.verdict.mode = STS_MODE_TESTING;
	assert_int_equal(would("", e), STS_ACTION_LOG);
	e.verdict.required = true;
	assert_int_equal(would("", e), STS_ACTION_DEFER);
	/* What relieves. */
	e = fail;
	e.about.outage = true;
	assert_int_equal(would("", e), STS_ACTION_DEFER);
	assert_int_equal(would("on_outage = \"log\"", e), STS_ACTION_LOG);
	e = fail;
	e.about.tls_required_no = true;
	assert_int_equal(would("", e), STS_ACTION_DEFER);
	assert_int_equal(
	    would("honor_tls_required_no = true", e), STS_ACTION_LOG);
	e.verdict.required = true;
	assert_int_equal(
	    would("honor_tls_required_no = true", e), STS_ACTION_DEFER);
	/* Nobody could be told to try again. */
	e = fail;
	e.about.by_command = true;
	assert_int_equal(would("", e), STS_ACTION_QUARANTINE);
	assert_int_equal(would("on_fail = \"reject\"", e), STS_ACTION_REJECT);
}

/* As it counts now, not as it counted then. */
static void
exceptions_and_their_ends(void **state)
{
	struct sts_audit_entry e = entry("m", "a.example", STS_RESULT_FAIL);

	(void)state;
	assert_int_equal(would("domain \"a.example\" { on_fail = \"log\" }", e),
	    STS_ACTION_LOG);
	assert_int_equal(would("domain \"a.example\" { on_fail = \"log\" until "
			       "= \"2026-01-01\" }",
			     e),
	    STS_ACTION_LOG);
	assert_int_equal(would("domain \"a.example\" { on_fail = \"log\" until "
			       "= \"2025-12-31\" }",
			     e),
	    STS_ACTION_DEFER);
}

static const struct sts_dryrun_row *
only_row(struct world *w)
{
	const struct sts_dryrun_row **rows, *row;
	size_t n;

	assert_int_equal(sts_dryrun_rows(w->dryrun, &rows, &n), STS_OK);
	assert_int_equal(n, 1);
	row = rows[0];
	free(rows);
	return row;
}

static void
messages_and_decisions(void **state)
{
	const struct sts_dryrun_totals *t;
	const struct sts_dryrun_row *row;
	struct sts_audit_entry e;
	struct world w;

	(void)state;
	begin(&w, "");
	/* Refused at RCPT, and elsewhere it goes on. */
	e = entry("m1", "bad.example", STS_RESULT_FAIL);
	e.stage = STS_STAGE_RCPT;
	add(&w, e);
	add(&w, entry("m1", "good.example", STS_RESULT_PASS));
	e.stage = STS_STAGE_EOM; /* the answer changed in between */
	add(&w, e);
	add(&w, entry("m2", "bad.example", STS_RESULT_FAIL));
	/* Without a name each line is a message. */
	add(&w, entry("", "good.example", STS_RESULT_PASS));
	add(&w, entry("", "good.example", STS_RESULT_PASS));
	e.time = now - 86401;
	add(&w, e);
	t = sts_dryrun_totals(w.dryrun);
	assert_true(t->older == 1);
	assert_true(t->decisions == 6);
	assert_true(t->messages == 4);
	assert_true(t->held == 2);
	assert_true(t->held_as[STS_ACTION_DEFER] == 2);
	assert_true(t->along == 0);
	row = only_row(&w);
	assert_string_equal(row->domain, "bad.example");
	assert_true(row->messages == 2);
	assert_true(row->decisions == 3);
	assert_true(sts_dryrun_held(row) == 3);
	end(&w);
}

/* A message is one: where it is held as such, all of its recipients wait. */
static void
who_waits_with_the_others(void **state)
{
	static const struct {
		const char *conf;
		unsigned along;
	} cases[] = {
		{ "", 0 },
		{ "decide_at = \"eom\"", 1 },
		{ "on_fail = \"quarantine\"", 1 },
		{ "on_fail = \"reject\"", 0 },
		{ "honor_tls_required_no = true", 1 },
	};
	struct world w;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin(&w, cases[i].conf);
		add(&w, entry("m", "bad.example", STS_RESULT_FAIL));
		add(&w, entry("m", "good.example", STS_RESULT_PASS));
		add(&w, entry("alone", "bad.example", STS_RESULT_FAIL));
		assert_true(sts_dryrun_totals(w.dryrun)->held == 2);
		assert_true(
		    sts_dryrun_totals(w.dryrun)->along == cases[i].along);
		end(&w);
	}
}

static void
most_held_first(void **state)
{
	const struct sts_dryrun_row **rows;
	struct world w;
	size_t n;

	(void)state;
	begin(&w, "on_unreachable = \"log\"");
	add(&w, entry("1", "late.example", STS_RESULT_TEMPERROR));
	add(&w, entry("2", "late.example", STS_RESULT_TEMPERROR));
	add(&w, entry("3", "one.example", STS_RESULT_FAIL));
	add(&w, entry("4", "two.example", STS_RESULT_FAIL));
	add(&w, entry("5", "two.example", STS_RESULT_FAIL));
	assert_int_equal(sts_dryrun_rows(w.dryrun, &rows, &n), STS_OK);
	assert_int_equal(n, 3);
	assert_string_equal(rows[0]->domain, "two.example");
	assert_string_equal(rows[1]->domain, "one.example");
	assert_string_equal(rows[2]->domain, "late.example");
	assert_true(sts_dryrun_held(rows[2]) == 0);
	free(rows);
	end(&w);
}

/* However many domains there are, memory is bounded, and none is lost count
 * of. */
static void
past_the_cap_of_rows(void **state)
{
	const struct sts_dryrun_totals *t;
	const struct sts_dryrun_row **rows;
	char domain[64];
	struct world w;
	size_t n;

	(void)state;
	begin(&w, "");
	for (unsigned i = 0; i < STS_DRYRUN_ROWS + 10; i++) {
		(void)snprintf(domain, sizeof(domain), "d%u.example", i);
		add(&w, entry(domain, domain, STS_RESULT_FAIL));
	}
	t = sts_dryrun_totals(w.dryrun);
	assert_true(t->held == STS_DRYRUN_ROWS + 10);
	assert_true(t->unnamed == 10);
	assert_int_equal(sts_dryrun_rows(w.dryrun, &rows, &n), STS_OK);
	assert_int_equal(n, STS_DRYRUN_ROWS);
	free(rows);
	end(&w);
}

static void
the_oldest_make_room(void **state)
{
	struct sts_recent *recent;
	unsigned *marks;
	bool is_new;

	(void)state;
	assert_int_equal(sts_recent_new(&recent), STS_OK);
	for (uint64_t key = 0; key < STS_RECENT_MAX; key++) {
		marks = sts_recent_marks(recent, key, &is_new);
		assert_true(is_new && *marks == 0);
		*marks = 7;
	}
	marks = sts_recent_marks(recent, 0, &is_new);
	assert_true(!is_new && *marks == 7);
	(void)sts_recent_marks(recent, STS_RECENT_MAX, &is_new);
	assert_true(is_new);
	(void)sts_recent_marks(recent, 1, &is_new);
	assert_false(is_new);
	marks = sts_recent_marks(recent, 0, &is_new);
	assert_true(is_new && *marks == 0);
	sts_recent_free(recent);
}

/* --- without memory --- */

static bool
run_once(void *cookie)
{
	const struct sts_conf *conf = cookie;
	struct sts_dryrun_settings settings = { .conf = conf,
		.actions = conf->actions };
	struct sts_audit_entry e = entry("m", "a.example", STS_RESULT_FAIL);
	const struct sts_dryrun_row **rows = NULL;
	struct sts_dryrun *d = NULL;
	size_t n = 0;
	enum sts_err err = sts_dryrun_new(&settings, &d);

	if (err == STS_OK)
		err = sts_dryrun_add(d, &e);
	if (err == STS_OK)
		err = sts_dryrun_rows(d, &rows, &n);
	if (err == STS_OK)
		assert_int_equal(n, 1);
	else
		assert_int_equal(err, STS_E_NOMEM);
	free(rows);
	sts_dryrun_free(d);
	return err == STS_OK;
}

static void
without_memory(void **state)
{
	const struct sts_conf *conf = conffile_good("");

	(void)state;
	assert_true(starve(run_once, (void *)(uintptr_t)conf) >= 5);
	sts_conf_put(conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tables_are_asked),
		cmocka_unit_test(exceptions_and_their_ends),
		cmocka_unit_test(messages_and_decisions),
		cmocka_unit_test(who_waits_with_the_others),
		cmocka_unit_test(most_held_first),
		cmocka_unit_test(past_the_cap_of_rows),
		cmocka_unit_test(the_oldest_make_room),
		cmocka_unit_test(without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
