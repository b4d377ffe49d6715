/*
 * The daily round on a clock that the test moves: which day is over, whose
 * report is made, once, and what is in it.
 */
#include "sts/report/tlssender.h"

#include "test.h"

#include "../engine/engineworld.h"
#include "sts/report/tlsmaker.h"
#include "sts/report/tlsown.h"
#include "sts/report/tlstimer.h"

#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define FROM "tlsrpt@sender.example"

struct fixture {
	void *world; /* as world_set_up wants it */
	const struct sts_conf *conf;
	char folder[64], path[96];
	struct sts_tlsdb *db;
	struct sts_tlssender *sender;
};

static struct world *
world_of(const struct fixture *f)
{
	return f->world;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sts_tlssender_options options;
	char why[256];

	assert_non_null(f);
	assert_int_equal(world_set_up(&f->world), 0);
	f->conf =
	    world_conf(world_of(f), "tlsrpt_from = \"" FROM "\"\n"
				    "tlsrpt_smtp = \"unix:/nowhere/mta\"\n"
				    "tlsrpt_organization = \"Sender\"\n");
	assert_int_equal(
	    sts_engine_reload(world_of(f)->engine, f->conf, why, sizeof(why)),
	    STS_OK);
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/sts-send-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->path, sizeof(f->path), "%s/tlsrpt.db", f->folder);
	assert_int_equal(sts_tlsdb_open(f->path, 5000, &f->db), STS_OK);
	options = (struct sts_tlssender_options){
		.engine = world_of(f)->engine,
		.db = f->db,
		.log = world_of(f)->log,
		.clock = &world_of(f)->clock,
	};
	assert_int_equal(sts_tlssender_new(&options, &f->sender), STS_OK);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	sts_tlssender_free(f->sender);
	sts_tlsdb_close(f->db);
	(void)unlink(f->path);
	(void)rmdir(f->folder);
	sts_conf_put(f->conf);
	assert_int_equal(world_tear_down(&f->world), 0);
	free(f);
	return 0;
}

static int64_t
today(const struct fixture *f)
{
	return world_now(world_of(f)) / STS_DAY_S;
}

static void
add(struct fixture *f, int64_t day, const char *domain, const char *policy,
    const char *result_type, uint64_t sessions)
{
	const struct sts_tlsrow row = {
		.day = day,
		.domain = domain,
		.type = 1, /* sts */
		.policy = policy,
		.result_type = result_type,
		.mx = result_type[0] == '\0' ? "" : "mx.good.test",
		.ip = "",
		.reason_code = "",
		.sessions = sessions,
	};

	assert_int_equal(sts_tlsdb_add(f->db, &row), STS_OK);
}

static void
wants(struct fixture *f, const char *name, const char *record)
{
	fakedns_set(world_of(f)->dns, name, TXT,
	    record == NULL ? FAKEDNS_SERVFAIL : FAKEDNS_ANSWER, record);
}

static struct sts_tlssender_sums
make(struct fixture *f, int64_t day)
{
	struct sts_tlssender_sums sums = { 0 };

	assert_int_equal(sts_tlssender_make(f->sender, day, &sums), STS_OK);
	return sums;
}

/* A day is over at midnight, and its round begins within four hours; never
 * before ten minutes are over. */
static void
knows_when_a_day_is_over(void **state)
{
	static const char *const senders[] = { FROM, "a@b.example", "" };
	int64_t first = INT64_MAX, last = 0;

	(void)state;
	for (int64_t day = 20000; day < 20200; day++) {
		for (size_t i = 0; i < COUNT(senders); i++) {
			int64_t s = 0;

			while (sts_tlstimer_end_day(
				   senders[i], day * STS_DAY_S + s) < day)
				s += 30;
			first = s < first ? s : first;
			last = s > last ? s : last;
			assert_int_equal(sts_tlstimer_end_day(senders[i],
					     (day + 1) * STS_DAY_S - 1),
			    day);
			assert_int_equal(sts_tlstimer_end_day(
					     senders[i], (day + 1) * STS_DAY_S),
			    day);
		}
	}
	assert_in_range(first, 600, 1800);
	assert_in_range(last, 3 * 3600, 4 * 3600 + 30);
}

static void
makes_each_report_once(void **state)
{
	struct fixture *f = *state;
	int64_t day = today(f) - 1;
	struct sts_tlssender_sums sums;

	add(f, day, "good.test", "", "", 1);
	add(f, day, "shared.test", "", "", 1);
	add(f, day, "slow.test", "", "", 1);
	add(f, day + 1, "good.test", "", "", 1); /* of today */
	wants(f, "_smtp._tls.good.test",
	    "v=TLSRPTv1; rua=mailto:a@good.test,mailto:b@good.test");
	wants(f, "_smtp._tls.slow.test", NULL);
	sums = make(f, day);
	assert_int_equal(sums.made, 1);
	assert_int_equal(sums.unwanted, 1);
	assert_int_equal(sums.unknown, 1);
	sums = make(f, day); /* only what could not be told is asked again */
	assert_int_equal(sums.made + sums.unwanted, 0);
	assert_int_equal(sums.unknown, 1);
	assert_int_equal(
	    fakedns_asked(world_of(f)->dns, "_smtp._tls.good.test", TXT), 1);
	wants(f, "_smtp._tls.slow.test", "v=TLSRPTv1; rua=mailto:a@slow.test");
	assert_int_equal(make(f, day).made, 1);
}

/* An MTA that is not there: the delivery is due again, later. */
static void
defers_what_nobody_takes(void **state)
{
	struct fixture *f = *state;
	struct sts_tlssender_sums sums = { 0 };

	add(f, today(f) - 1, "good.test", "", "", 1);
	wants(f, "_smtp._tls.good.test",
	    "v=TLSRPTv1; rua=mailto:a@good.test,https://good.test/,"
	    "https://good.test:8443/"); /* which is none from the start */
	assert_int_equal(make(f, today(f) - 1).made, 1);
	assert_int_equal(sts_tlssender_deliver(f->sender, &sums), STS_OK);
	assert_int_equal(sums.later, 2);
	assert_int_equal(sts_tlssender_deliver(f->sender, &sums), STS_OK);
	assert_int_equal(sums.later, 2);
	world_jump(world_of(f), STS_TLSQUEUE_RETRY_S + 1);
	assert_int_equal(sts_tlssender_deliver(f->sender, &sums), STS_OK);
	assert_int_equal(sums.later, 4);
	world_jump(world_of(f), 3 * 86400);
	assert_int_equal(sts_tlssender_deliver(f->sender, &sums), STS_OK);
	assert_int_equal(sums.failed, 2);
}

/* What is hopeless is not queued: as with no target at all. */
static void
queues_for_no_other_port(void **state)
{
	struct fixture *f = *state;
	struct sts_tlssender_sums sums;

	add(f, today(f) - 1, "good.test", "", "", 1);
	wants(f, "_smtp._tls.good.test",
	    "v=TLSRPTv1; rua=https://good.test:8443/");
	sums = make(f, today(f) - 1);
	assert_int_equal(sums.made, 0);
	assert_int_equal(sums.unwanted, 1);
	sums = (struct sts_tlssender_sums){ 0 };
	assert_int_equal(sts_tlssender_deliver(f->sender, &sums), STS_OK);
	assert_int_equal(sums.later + sums.failed, 0);
}

/* Two policies in a day, since it changed: two of the report's policies. */
static void
tells_policies_apart(void **state)
{
	struct fixture *f = *state;
	int64_t day = today(f) - 1;
	json_t *report, *policies, *one;

	add(f, day, "good.test", "version: STSv1\r\nmx: a\r\nmx: b\r\n", "", 3);
	add(f, day, "good.test", "version: STSv1\r\nmx: c\r\n", "", 5);
	add(f, day, "good.test", "version: STSv1\r\nmx: c\r\n",
	    "certificate-expired", 7);
	assert_int_equal(
	    sts_tlsmaker_json(f->db, f->conf, day, "good.test", &report),
	    STS_OK);
	policies = json_object_get(report, "policies");
	assert_int_equal(json_array_size(policies), 2);
	one = json_array_get(policies, 0);
	assert_int_equal(json_array_size(json_object_get(
			     json_object_get(one, "policy"), "mx-host")),
	    2);
	assert_null(json_object_get(one, "failure-details"));
	one = json_object_get(json_array_get(policies, 1), "summary");
	assert_int_equal(json_integer_value(json_object_get(
			     one, "total-successful-session-count")),
	    5);
	assert_int_equal(json_integer_value(json_object_get(
			     one, "total-failure-session-count")),
	    7);
	json_decref(report);
	assert_int_equal(
	    sts_tlsmaker_json(f->db, f->conf, day, "gone.test", &report),
	    STS_E_NOTFOUND);
}

static void
packs_what_unpacks(void **state)
{
	json_t *report = json_pack("{s:s}", "a", "b");
	unsigned char text[64] = "";
	struct sts_buf b;
	z_stream z = { .next_out = text, .avail_out = sizeof(text) - 1 };

	(void)state;
	sts_buf_init(&b, 1000);
	assert_int_equal(sts_tlsmaker_pack(report, &b), STS_OK);
	z.next_in = (unsigned char *)b.p;
	z.avail_in = (unsigned)b.n;
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_string_equal((const char *)text, "{\"a\":\"b\"}");
	(void)inflateEnd(&z);
	sts_buf_deinit(&b);
	sts_buf_init(&b, 4);
	assert_int_equal(sts_tlsmaker_pack(report, &b), STS_E_LIMIT);
	sts_buf_deinit(&b);
	json_decref(report);
}

/* Ours is what goes from tlsrpt_from to a target that is being delivered to. */
static void
knows_its_own_mail(void **state)
{
	struct fixture *f = *state;
	const struct sts_conf *on = world_conf(
	    world_of(f), "tlsrpt = true\ntlsrpt_from = \"" FROM "\"\n");
	struct sts_deliveries *got = calloc(1, sizeof(*got));
	struct sts_tlsown *own;
	int uncertain;

	assert_non_null(got);
	assert_true(sts_tlsown_is_sender(on, "<" FROM ">"));
	assert_true(sts_tlsown_is_sender(on, "<TLSRPT@Sender.Example>"));
	assert_false(sts_tlsown_is_sender(on, "<other@sender.example>"));
	assert_false(sts_tlsown_is_sender(on, "<>"));
	assert_false(sts_tlsown_is_sender(f->conf, "<" FROM ">"));
	assert_int_equal(
	    sts_tlsown_new(f->path, &world_of(f)->clock, &own), STS_OK);
	add(f, today(f) - 1, "good.test", "", "", 1);
	wants(f, "_smtp._tls.good.test", "v=TLSRPTv1; rua=mailto:A@good.test");
	assert_int_equal(make(f, today(f) - 1).made, 1);
	assert_false(sts_tlsown_is_target(own, "<A@good.test>"));
	assert_int_equal(
	    sts_tlsqueue_claim(f->db, world_now(world_of(f)), got, &uncertain),
	    STS_OK);
	assert_int_equal(got->n, 1);
	assert_true(sts_tlsown_is_target(own, "<A@good.test>"));
	assert_true(sts_tlsown_is_target(own, "A@Good.TEST"));
	assert_false(sts_tlsown_is_target(own, "<a@good.test>"));
	assert_false(sts_tlsown_is_target(own, "<b@good.test>"));
	assert_false(sts_tlsown_is_target(own, ""));
	assert_false(sts_tlsown_is_target(NULL, "<A@good.test>"));
	sts_deliveries_deinit(got);
	free(got);
	sts_tlsown_free(own);
	sts_conf_put(on);
}

static void
timer_makes_what_is_over(void **state)
{
	struct fixture *f = *state;
	struct sts_tlsqueue_counts counts = { 0 };
	struct sts_tlstimer *timer;
	int64_t day = today(f) - 2;

	add(f, day, "good.test", "", "", 1);
	add(f, today(f), "good.test", "", "", 1);
	wants(f, "_smtp._tls.good.test", "v=TLSRPTv1; rua=mailto:a@good.test");
	assert_int_equal(sts_tlstimer_new(f->path, world_of(f)->engine,
			     world_of(f)->log, &world_of(f)->clock, &timer),
	    STS_OK);
	while (counts.due == 0) { /* tried once, and due again */
		(void)usleep(1000);
		assert_int_equal(
		    sts_tlsqueue_count(f->db, day, &counts), STS_OK);
	}
	assert_true(sts_tlstimer_free(timer, 60000));
	assert_true(sts_tlstimer_free(NULL, 0));
	assert_int_equal(sts_tlsqueue_count(f->db, today(f), &counts), STS_OK);
	assert_int_equal(counts.due + counts.claimed, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_when_a_day_is_over),
		cmocka_unit_test(packs_what_unpacks),
		cmocka_unit_test_setup_teardown(
		    makes_each_report_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    defers_what_nobody_takes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    queues_for_no_other_port, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    tells_policies_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    knows_its_own_mail, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    timer_makes_what_is_over, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
