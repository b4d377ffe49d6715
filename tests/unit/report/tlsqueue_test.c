/*
 * Reports on their way: each is made once, delivered once, tried again for a
 * day, and never after a crash that may have come too late.
 */
#include "sts/report/tlsqueue.h"

#include "test.h"

#include <stdlib.h>
#include <unistd.h>

enum { DAY = 20454, NOW = 1767312000 };

struct fixture {
	char folder[64], path[96];
	struct sts_tlsdb *db, *other;
	struct sts_deliveries *got;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->got = calloc(1, sizeof(*f->got));
	assert_non_null(f->got);
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/sts-queue-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->path, sizeof(f->path), "%s/tlsrpt.db", f->folder);
	assert_int_equal(sts_tlsdb_open(f->path, 5000, &f->db), STS_OK);
	assert_int_equal(sts_tlsdb_open(f->path, 5000, &f->other), STS_OK);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	sts_tlsdb_close(f->db);
	sts_tlsdb_close(f->other);
	(void)unlink(f->path);
	(void)rmdir(f->folder);
	free(f->got);
	free(f);
	return 0;
}

static void
add(struct fixture *f, int64_t day, const char *domain)
{
	const struct sts_tlsrow row = {
		.day = day,
		.domain = domain,
		.policy = "",
		.result_type = "",
		.mx = "",
		.ip = "",
		.reason_code = "",
		.sessions = 1,
	};

	assert_int_equal(sts_tlsdb_add(f->db, &row), STS_OK);
}

static void
put(struct fixture *f, const char *domain, const char *record)
{
	struct sts_slice txt = sts_slice_str(record);
	struct sts_tlsrpt *targets = calloc(1, sizeof(*targets));
	const struct sts_tlsqueue_report report = {
		.day = DAY,
		.domain = domain,
		.report_id = "id@x.example",
		.body = STS_LIT("\x1f\x8b\0x"),
		.targets = targets,
	};

	assert_non_null(targets);
	sts_tlsrpt_select(&txt, 1, targets);
	assert_int_equal(sts_tlsqueue_put(f->db, &report, NOW), STS_OK);
	free(targets);
}

static int
claim(struct fixture *f, struct sts_tlsdb *db, int64_t now)
{
	int uncertain = 0;

	assert_int_equal(
	    sts_tlsqueue_claim(db, now, f->got, &uncertain), STS_OK);
	return uncertain;
}

static void
gives_each_domain_once(void **state)
{
	struct fixture *f = *state;
	struct sts_tlsqueue_domains *d = calloc(1, sizeof(*d));
	int64_t day = 0;
	char name[32];

	assert_non_null(d);
	assert_int_equal(
	    sts_tlsqueue_open_day(f->db, DAY + 1, &day), STS_E_NOTFOUND);
	for (int i = 0; i < STS_TLSQUEUE_BATCH + 2; i++) {
		(void)snprintf(name, sizeof(name), "d%02d.example", i);
		add(f, DAY, name);
		add(f, DAY, name);
	}
	add(f, DAY + 1, "today.example");
	assert_int_equal(
	    sts_tlsqueue_open_day(f->db, DAY, &day), STS_E_NOTFOUND);
	assert_int_equal(sts_tlsqueue_open_day(f->db, DAY + 1, &day), STS_OK);
	assert_int_equal(day, DAY);
	put(f, "d00.example", "v=TLSRPTv1; rua=mailto:a@x.example");
	assert_int_equal(
	    sts_tlsqueue_put_none(f->db, DAY, "d01.example", NOW), STS_OK);
	assert_int_equal(sts_tlsqueue_domains(f->db, DAY, "", true, d), STS_OK);
	assert_int_equal(d->n, STS_TLSQUEUE_BATCH);
	assert_string_equal(d->name[0], "d02.example");
	assert_int_equal(sts_tlsqueue_domains(f->db, DAY,
			     d->name[STS_TLSQUEUE_BATCH - 1], true, d),
	    STS_OK);
	assert_int_equal(d->n, 0);
	assert_int_equal(
	    sts_tlsqueue_domains(f->db, DAY, "", false, d), STS_OK);
	assert_string_equal(d->name[0], "d00.example");
	free(d);
}

static void
delivers_each_target_once(void **state)
{
	struct fixture *f = *state;
	enum sts_settled settled;
	bool under_way = true;

	put(f, "a.example",
	    "v=TLSRPTv1; rua=mailto:a@x.example,https://x.example/");
	put(f, "a.example", "v=TLSRPTv1; rua=mailto:b@x.example"); /* no */
	assert_int_equal(
	    sts_tlsqueue_is_under_way(f->db, "a@x.example", NOW, &under_way),
	    STS_OK);
	assert_false(under_way);
	assert_int_equal(claim(f, f->db, NOW), 0);
	assert_int_equal(f->got->n, 2);
	assert_string_equal(f->got->one[0].domain, "a.example");
	assert_string_equal(f->got->one[0].target, "a@x.example");
	assert_string_equal(f->got->one[1].target, "https://x.example/");
	assert_string_equal(f->got->one[0].report_id, "id@x.example");
	assert_int_equal(f->got->one[0].tries, 1);
	assert_int_equal(f->got->one[0].n, 4);
	assert_memory_equal(f->got->one[0].body, "\x1f\x8b\0x", 4);
	assert_int_equal(
	    sts_tlsqueue_is_under_way(f->other, "a@x.example", NOW, &under_way),
	    STS_OK);
	assert_true(under_way);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(sts_tlsqueue_settle(f->db, &f->got->one[i],
				     true, "", NOW, &settled),
		    STS_OK);
		assert_int_equal(settled, STS_SETTLED_DONE);
	}
	sts_deliveries_deinit(f->got);
	assert_int_equal(claim(f, f->other, NOW + 100000), 0);
	assert_int_equal(f->got->n, 0);
	assert_int_equal(
	    sts_tlsqueue_is_under_way(f->db, "a@x.example", NOW, &under_way),
	    STS_OK);
	assert_false(under_way);
}

/* Who comes second gets nothing. */
static void
claims_for_one_alone(void **state)
{
	struct fixture *f = *state;

	put(f, "a.example", "v=TLSRPTv1; rua=mailto:a@x.example");
	assert_int_equal(claim(f, f->db, NOW), 0);
	assert_int_equal(f->got->n, 1);
	sts_deliveries_deinit(f->got);
	assert_int_equal(claim(f, f->other, NOW), 0);
	assert_int_equal(f->got->n, 0);
}

/* RFC 8460 section 5.5: for a day, and less and less often. */
static void
tries_again_for_a_day(void **state)
{
	struct fixture *f = *state;
	enum sts_settled settled = STS_SETTLED_LATER;
	int64_t now = NOW, last = NOW, gap = 0;
	int tries = 0;

	put(f, "a.example", "v=TLSRPTv1; rua=mailto:a@x.example");
	for (; settled == STS_SETTLED_LATER; now += 60) {
		assert_int_equal(claim(f, f->db, now), 0);
		if (f->got->n == 0)
			continue;
		assert_int_equal(f->got->one[0].tries, ++tries);
		assert_true(tries == 1 || now - last >= 2 * gap - 60);
		gap = now - last;
		last = now;
		assert_int_equal(sts_tlsqueue_settle(f->db, &f->got->one[0],
				     false, "no", now, &settled),
		    STS_OK);
		sts_deliveries_deinit(f->got);
	}
	assert_int_equal(settled, STS_SETTLED_FAILED);
	assert_true(tries >= 8);
	assert_true(last > NOW + STS_TLSQUEUE_LIFE_S / 3);
	assert_true(last <= NOW + STS_TLSQUEUE_LIFE_S);
	assert_int_equal(claim(f, f->db, now + 1000000), 0);
	assert_int_equal(f->got->n, 0);
}

static void
never_repeats_after_a_crash(void **state)
{
	struct fixture *f = *state;
	struct sts_tlsqueue_counts counts;

	put(f, "a.example", "v=TLSRPTv1; rua=mailto:a@x.example");
	assert_int_equal(claim(f, f->db, NOW), 0);
	assert_int_equal(f->got->n, 1);
	sts_deliveries_deinit(f->got);
	/* Another process, later; nobody will ever settle that one. */
	assert_int_equal(claim(f, f->other, NOW + STS_TLSQUEUE_CLAIM_S - 1), 0);
	assert_int_equal(f->got->n, 0);
	assert_int_equal(claim(f, f->other, NOW + STS_TLSQUEUE_CLAIM_S), 1);
	assert_int_equal(f->got->n, 0);
	assert_int_equal(claim(f, f->other, NOW + 1000000), 0);
	assert_int_equal(f->got->n, 0);
	assert_int_equal(sts_tlsqueue_count(f->db, DAY, &counts), STS_OK);
	assert_int_equal(counts.uncertain, 1);
	assert_int_equal(counts.due + counts.claimed + counts.done, 0);
}

static void
forgets_old_days(void **state)
{
	struct fixture *f = *state;
	struct sts_tlsqueue_counts counts;
	int64_t day;

	add(f, DAY, "a.example");
	put(f, "a.example", "v=TLSRPTv1; rua=mailto:a@x.example");
	add(f, DAY + 1, "b.example");
	assert_int_equal(sts_tlsdb_clean(f->db, DAY + 1), STS_OK);
	assert_int_equal(sts_tlsqueue_count(f->db, DAY, &counts), STS_OK);
	assert_int_equal(counts.due, 0);
	assert_int_equal(sts_tlsqueue_open_day(f->db, DAY + 9, &day), STS_OK);
	assert_int_equal(day, DAY + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    gives_each_domain_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    delivers_each_target_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    claims_for_one_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    tries_again_for_a_day, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    never_repeats_after_a_crash, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    forgets_old_days, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
