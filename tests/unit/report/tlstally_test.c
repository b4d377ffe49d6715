/*
 * What decisions stand for, and the tally of it: by kind and UTC day, bounded,
 * and on the disk as soon as it was written.
 */
#include "sts/report/tlstally.h"

#include "test.h"

#include "sts/report/tlsdb.h"
#include "sts/report/tlssession.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DAY_ONE = 20454 }; /* 2026-01-01 */

struct fixture {
	struct sts_clock clock; /* first: it is cast back */
	_Atomic int64_t wall_s;
	char folder[64], path[96];
	struct kept_log kept;
	struct sts_log *log;
	struct sts_tlstally *tally;
};

static int64_t
wall_s(const struct sts_clock *clock)
{
	return ((const struct fixture *)(const void *)clock)->wall_s;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->clock.wall_s = wall_s;
	f->clock.mono_ms = sts_clock_system.mono_ms;
	f->wall_s = (int64_t)DAY_ONE * STS_DAY_S;
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/sts-tally-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->path, sizeof(f->path), "%s/tlsrpt.db", f->folder);
	assert_int_equal(
	    sts_log_new_sink(keep_line, &f->kept, STS_LOG_DEBUG, &f->log),
	    STS_OK);
	*state = f;
	return 0;
}

static void
start(struct fixture *f)
{
	assert_int_equal(
	    sts_tlstally_new(f->path, &f->clock, f->log, &f->tally), STS_OK);
}

static int
tear_down(void **state)
{
	static const char *const endings[] = { "", "-wal", "-shm" };
	struct fixture *f = *state;
	char path[128];

	sts_tlstally_free(f->tally);
	sts_log_free(f->log);
	for (size_t i = 0; i < COUNT(endings); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", f->path, endings[i]);
		(void)unlink(path);
	}
	(void)rmdir(f->folder);
	free(f);
	return 0;
}

/* One MX host; 'v'alidated, 'i'nvalid, 'u'nreachable, 'm'ismatch, 't'rusted
 * without a probe; in capitals where DANE decided. */
static void
set_mx(struct sts_mx_outcome *mx, size_t i, char what, const char *detail)
{
	static const char *const hosts[] = { "mx0.a.example", "mx1.a.example" };
	static const char *const addresses[] = { "192.0.2.1", "192.0.2.2" };
	char low = sts_lower(what);
	bool dane = low != what;
	const struct sts_host_outcome draft = {
		.host = hosts[i],
		.dane = dane,
		.path = low == 'v'   ? STS_PATH_VALIDATED
			: low == 'i' ? STS_PATH_INVALID
				     : STS_PATH_UNREACHABLE,
		.reason = low == 'v'   ? STS_REASON_NONE
			  : low == 'u' ? STS_REASON_UNREACHABLE
			  : dane       ? STS_REASON_TLSA_INVALID
				       : STS_REASON_CERTIFICATE_EXPIRED,
		.address = addresses[i],
		.detail = detail,
	};

	mx->host = hosts[i];
	mx->match = low != 'm';
	if (low == 'm' || low == 't')
		return;
	mx->seen = sts_host_outcome_new(&draft);
	assert_non_null(mx->seen);
}

static struct sts_answer *
detailed_answer(const char *hosts, const char *mode, const char *detail)
{
	char text[256];
	int n = snprintf(text, sizeof(text),
	    "version: STSv1\nmode: %s\nmx: *.a.example\nmax_age: 86400\n",
	    mode);
	struct sts_mx_outcome mx[2] = { 0 };
	struct sts_answer draft = {
		.domain = "a.example",
		.discovery.state = STS_POLICY_IN_FORCE,
		.complete = true,
		.n_mx = (uint32_t)strlen(hosts),
		.mx = mx,
	};
	struct sts_policy *policy;
	struct sts_answer *a;

	assert_int_equal(
	    sts_policy_parse(sts_slice(text, (size_t)n), NULL, NULL, &policy),
	    STS_OK);
	draft.discovery.policy = policy;
	for (size_t i = 0; hosts[i] != '\0'; i++)
		set_mx(&mx[i], i, hosts[i], detail);
	a = sts_answer_new(&draft);
	assert_non_null(a);
	for (size_t i = 0; hosts[i] != '\0'; i++)
		sts_host_outcome_put(mx[i].seen);
	sts_policy_put(policy);
	return a;
}

static struct sts_answer *
answer_of(const char *hosts, const char *mode)
{
	return detailed_answer(hosts, mode, "expired");
}

static void
follows_the_table(void **state)
{
	static const struct {
		const char *hosts, *mode, *sessions;
	} rows[] = {
		{ "v", "enforce", "sts ok" },
		{ "v", "testing", "sts ok" },
		{ "v", "none", "" },
		{ "i", "enforce", "sts certificate-expired mx0 expired" },
		{ "iv", "enforce",
		    "sts certificate-expired mx0 expired; sts ok" },
		{ "vi", "enforce", "sts ok" },
		{ "uv", "enforce", "sts ok" },
		{ "uu", "enforce", "" },
		{ "m", "enforce", "sts validation-failure mx0 mx-mismatch" },
		{ "mv", "enforce",
		    "sts validation-failure mx0 mx-mismatch; sts ok" },
		{ "t", "enforce", "" },
		{ "mt", "enforce", "sts validation-failure mx0 mx-mismatch" },
		{ "V", "enforce", "tlsa ok" },
		{ "Iv", "enforce", "tlsa tlsa-invalid mx0 expired; sts ok" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sts_answer *a = answer_of(rows[i].hosts, rows[i].mode);
		struct sts_tlssession s[STS_TLSSESSIONS_MAX];
		size_t n = sts_tlssessions_of(a, s);
		char text[512] = "";
		size_t at = 0;

		for (size_t k = 0; k < n; k++) {
			at += (size_t)snprintf(text + at, sizeof(text) - at,
			    "%s%s ", k == 0 ? "" : "; ",
			    sts_tlsreport_type_text(s[k].type));
			if (s[k].result_type[0] == '\0')
				at += (size_t)snprintf(
				    text + at, sizeof(text) - at, "ok");
			else
				at += (size_t)snprintf(text + at,
				    sizeof(text) - at, "%s %.3s %s",
				    s[k].result_type, s[k].mx,
				    s[k].reason_code);
		}
		assert_string_equal(text, rows[i].sessions);
		sts_answer_put(a);
	}
}

static void
knows_what_says_nothing(void **state)
{
	struct sts_tlssession s[STS_TLSSESSIONS_MAX];
	struct sts_answer *a = answer_of("v", "enforce");

	(void)state;
	assert_int_equal(sts_tlssessions_of(NULL, s), 0);
	a->complete = false;
	assert_int_equal(sts_tlssessions_of(a, s), 0);
	a->complete = true;
	a->unprobed = true;
	assert_int_equal(sts_tlssessions_of(a, s), 0);
	a->unprobed = false;
	a->discovery.state = STS_POLICY_ABSENT;
	assert_int_equal(sts_tlssessions_of(a, s), 0);
	a->discovery.state = STS_POLICY_UNKNOWN;
	assert_int_equal(sts_tlssessions_of(a, s), 0);
	sts_answer_put(a);
}

static void
knows_failures_of_policies(void **state)
{
	static const struct {
		enum sts_reason reason;
		const char *type;
	} rows[] = {
		{ STS_REASON_STS_POLICY_INVALID, "sts-policy-invalid" },
		{ STS_REASON_STS_WEBPKI_INVALID, "sts-webpki-invalid" },
		{ STS_REASON_STS_POLICY_FETCH_ERROR, "sts-policy-fetch-error" },
		{ STS_REASON_DNS_FAILURE, "sts-policy-fetch-error" },
		{ STS_REASON_ADDRESS_REFUSED, "sts-policy-fetch-error" },
	};
	struct sts_tlssession s[STS_TLSSESSIONS_MAX];
	const struct sts_answer draft = { .domain = "a.example",
		.complete = true };
	struct sts_answer *a = sts_answer_new(&draft);

	(void)state;
	assert_non_null(a);
	a->discovery.state = STS_POLICY_FAILED;
	for (size_t i = 0; i < COUNT(rows); i++) {
		a->discovery.reason = rows[i].reason;
		assert_int_equal(sts_tlssessions_of(a, s), 1);
		assert_int_equal(s[0].type, STS_TLSREPORT_STS);
		assert_string_equal(s[0].result_type, rows[i].type);
	}
	sts_answer_put(a);
}

static void
decide(struct fixture *f, const char *domain, const struct sts_answer *answer)
{
	const struct sts_decision decision = {
		.domain = domain,
		.verdict = &answer->verdict,
		.answer = answer,
	};

	sts_tlstally_observe(f->tally, &decision);
}

struct sums {
	uint64_t success, failure;
	size_t rows;
};

static enum sts_err
sum(void *cookie, const struct sts_tlsrow *row)
{
	struct sums *sums = cookie;

	sums->rows++;
	if (row->result_type[0] == '\0')
		sums->success += row->sessions;
	else
		sums->failure += row->sessions;
	return STS_OK;
}

static struct sums
sums_of(const struct fixture *f, int64_t day, const char *domain)
{
	struct sums sums = { 0 };
	struct sts_tlsdb *db = NULL;

	assert_int_equal(sts_tlsdb_open(f->path, 5000, &db), STS_OK);
	assert_int_equal(sts_tlsdb_rows(db, day, domain, sum, &sums), STS_OK);
	sts_tlsdb_close(db);
	return sums;
}

static void
counts_by_domain_and_day(void **state)
{
	struct fixture *f = *state;
	struct sts_answer *pass = answer_of("iv", "enforce");
	struct sts_answer *fail = answer_of("i", "enforce");
	struct sums sums;

	start(f);
	for (int i = 0; i < 1000; i++)
		decide(f, "a.example", pass);
	decide(f, "b.example", fail);
	assert_true(sts_tlstally_write(f->tally));
	f->wall_s += STS_DAY_S - 1; /* the last second of the day */
	decide(f, "a.example", pass);
	f->wall_s += 1; /* the first of the next */
	decide(f, "a.example", fail);
	decide(f, "a.example", fail);
	assert_true(sts_tlstally_write(f->tally));
	sums = sums_of(f, DAY_ONE, "a.example");
	assert_int_equal(sums.success, 1001);
	assert_int_equal(sums.failure, 1001);
	assert_int_equal(sums.rows, 2);
	sums = sums_of(f, DAY_ONE, "b.example");
	assert_int_equal(sums.success, 0);
	assert_int_equal(sums.failure, 1);
	sums = sums_of(f, DAY_ONE + 1, "a.example");
	assert_int_equal(sums.success, 0);
	assert_int_equal(sums.failure, 2);
	assert_int_equal(sums_of(f, DAY_ONE + 1, "b.example").rows, 0);
	sts_answer_put(pass);
	sts_answer_put(fail);
}

/* By itself, and at its end. */
static void
writes_unasked(void **state)
{
	struct fixture *f = *state;
	struct sts_answer *pass = answer_of("v", "enforce");

	start(f);
	decide(f, "a.example", pass);
	while (sums_of(f, DAY_ONE, "a.example").success < 1)
		(void)usleep(10000);
	decide(f, "a.example", pass);
	sts_tlstally_free(f->tally);
	f->tally = NULL;
	assert_int_equal(sums_of(f, DAY_ONE, "a.example").success, 2);
	sts_answer_put(pass);
}

/* Days go by, and the clock is set back: nothing is counted twice or lost but
 * what belongs to days that are over. */
static void
survives_a_clock_that_jumps(void **state)
{
	struct fixture *f = *state;
	struct sts_answer *pass = answer_of("v", "enforce");

	start(f);
	for (int day = 0; day < 10; day++) {
		decide(f, "a.example", pass);
		assert_true(sts_tlstally_write(f->tally));
		f->wall_s += STS_DAY_S;
	}
	f->wall_s = (int64_t)DAY_ONE * STS_DAY_S;
	decide(f, "a.example", pass);
	assert_true(sts_tlstally_write(f->tally));
	for (int day = 0; day < 10; day++)
		assert_int_equal(
		    sums_of(f, DAY_ONE + day, "a.example").success, 1);
	sts_answer_put(pass);
}

static void
is_bounded(void **state)
{
	struct fixture *f = *state;
	struct sts_answer *fail;
	struct sums sums;
	char name[64];

	start(f);
	for (unsigned i = 0; i < STS_TALLY_KINDS + 10; i++) {
		(void)snprintf(name, sizeof(name), "fault %u", i);
		fail = detailed_answer("i", "enforce", name);
		decide(f, "a.example", fail);
		sts_answer_put(fail);
	}
	fail = answer_of("i", "enforce");
	for (unsigned i = 0; i < STS_TALLY_DOMAINS + 10; i++) {
		(void)snprintf(name, sizeof(name), "d%u.example", i);
		decide(f, name, fail);
	}
	assert_true(sts_tlstally_write(f->tally));
	/* The rest without its details, and nothing is lost. */
	sums = sums_of(f, DAY_ONE, "a.example");
	assert_int_equal(sums.rows, STS_TALLY_KINDS + 1);
	assert_int_equal(sums.failure, STS_TALLY_KINDS + 10);
	assert_int_equal(sums_of(f, DAY_ONE, "d0.example").rows, 1);
	(void)snprintf(name, sizeof(name), "d%u.example", STS_TALLY_DOMAINS);
	assert_int_equal(sums_of(f, DAY_ONE, name).rows, 0);
	assert_int_equal(f->kept.n, 1); /* once a day */
	assert_non_null(strstr(f->kept.lines[0], "tlsrpt-tally-full"));
	sts_answer_put(fail);
}

/* No folder at first: what was counted waits, which is told once. */
static void
waits_for_its_file(void **state)
{
	struct fixture *f = *state;
	struct sts_answer *pass = answer_of("v", "enforce");

	assert_int_equal(rmdir(f->folder), 0);
	start(f);
	decide(f, "a.example", pass);
	assert_false(sts_tlstally_write(f->tally));
	assert_false(sts_tlstally_write(f->tally));
	assert_int_equal(f->kept.n, 1);
	assert_non_null(strstr(f->kept.lines[0], "tlsrpt-store-failing"));
	assert_int_equal(mkdir(f->folder, 0700), 0);
	assert_true(sts_tlstally_write(f->tally));
	assert_int_equal(f->kept.n, 2);
	assert_non_null(strstr(f->kept.lines[1], "tlsrpt-store-recovered"));
	assert_int_equal(sums_of(f, DAY_ONE, "a.example").success, 1);
	sts_answer_put(pass);
}

static void
leaves_a_strangers_file_alone(void **state)
{
	struct fixture *f = *state;
	struct sts_tlsdb *db = NULL;
	FILE *file = fopen(f->path, "w");

	assert_non_null(file);
	assert_true(fputs("a diary, and a long one at that", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_not_equal(sts_tlsdb_open(f->path, 100, &db), STS_OK);
	assert_non_null(strstr(sts_tlsdb_why(db), "move it away"));
	sts_tlsdb_close(db);
	file = fopen(f->path, "r");
	assert_non_null(file);
	assert_int_equal(fgetc(file), 'a');
	assert_int_equal(fclose(file), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_table),
		cmocka_unit_test(knows_what_says_nothing),
		cmocka_unit_test(knows_failures_of_policies),
		cmocka_unit_test_setup_teardown(
		    counts_by_domain_and_day, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    writes_unasked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    survives_a_clock_that_jumps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(is_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    waits_for_its_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    leaves_a_strangers_file_alone, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
