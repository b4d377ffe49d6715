/* front/miltertalk.c over an engine that answers from a script: what is said to
 * packets in every order, and what waits. */
#include "sts/front/miltertalk.h"

#include "fakeengine.h"
#include "packets.h"
#include "test.h"

#include <libmilter/mfdef.h>
#include <stdio.h>
#include <string.h>

static struct {
	char queue_id[128];
	char domain[STS_DOMAIN_SIZE];
	enum sts_action action;
	unsigned n;
} told;

void
sts_report_name_message(struct sts_report *report, char name[STS_MESSAGE_NAME])
{
	(void)report;
	name[0] = '\0';
}

void
sts_report_decision(
    struct sts_report *report, const struct sts_decision *decision)
{
	(void)report;
	(void)snprintf(told.queue_id, sizeof(told.queue_id), "%s",
	    decision->queue_id == NULL ? "-" : decision->queue_id);
	(void)snprintf(
	    told.domain, sizeof(told.domain), "%s", decision->domain);
	told.action = decision->action;
	told.n++;
}

static const struct fake_domain domains[] = {
	{ "good.example", FAKE_PASS, FAKE_PASS, 0 },
	{ "bad.example", FAKE_FAIL, FAKE_FAIL, 0 },
	{ "slow.example", FAKE_UNKNOWN, FAKE_FAIL, 3000 },
	{ "never.example", FAKE_UNKNOWN, FAKE_FAIL, FAKE_NEVER },
	{ NULL, FAKE_PASS, FAKE_PASS, 0 },
};

struct world {
	struct sts_engine engine;
	struct sts_waiters waiters;
	struct sts_session_context context;
	struct sts_miltertalk talk;
	struct sts_buf in, out, words;
	enum sts_err err; /* of the last packet */
	const char *why;
};

static void
begin(struct world *w, const char *conf)
{
	memset(w, 0, sizeof(*w));
	memset(&told, 0, sizeof(told));
	fake_engine_init(&w->engine, domains, conf);
	sts_waiters_init(&w->waiters, 10, NULL);
	w->context.engine = &w->engine;
	w->context.waiters = &w->waiters;
	sts_miltertalk_init(&w->talk, &w->context, false);
	sts_buf_init(&w->in, 1 << 20);
	sts_buf_init(&w->out, 1 << 24);
	sts_buf_init(&w->words, 1 << 20);
}

static void
end(struct world *w)
{
	sts_miltertalk_deinit(&w->talk);
	sts_buf_deinit(&w->in);
	sts_buf_deinit(&w->out);
	sts_buf_deinit(&w->words);
	fake_engine_deinit(&w->engine);
}

static const char *
words(struct world *w)
{
	return packets_in_words(sts_buf_view(&w->out), &w->words);
}

/* Gives it all that is in w->in, until one is not taken; what is said. */
static const char *
run(struct world *w)
{
	struct sts_slice in = sts_buf_view(&w->in);
	struct sts_milterwire_packet p;

	sts_buf_clear(&w->out);
	w->err = STS_OK;
	while (w->err == STS_OK && in.n > 0) {
		assert_int_equal(sts_milterwire_read(&in, &p), STS_OK);
		w->err = sts_miltertalk_take(&w->talk, &p, &w->out, &w->why);
	}
	sts_buf_clear(&w->in);
	return words(w);
}

static const char *
resume(struct world *w)
{
	sts_buf_clear(&w->out);
	w->err = sts_miltertalk_resume(&w->talk, &w->out);
	return words(w);
}

static void
greet(struct world *w)
{
	packet_add_options(
	    &w->in, 6, SMFI_CURR_ACTS, SMFI_CURR_PROT & ~SMFIP_NR_HDR);
	assert_string_equal(run(w), "O");
}

static void
add_rcpt(struct world *w, const char *domain)
{
	char argument[300];

	(void)snprintf(argument, sizeof(argument), "<u@%s>", domain);
	packet_add_macros(&w->in, SMFIC_RCPT, "i", "QID", "{rcpt_mailer}",
	    "smtp", "{rcpt_host}", domain, NULL);
	packet_add(&w->in, SMFIC_RCPT, argument, NULL);
}

static void
a_message(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "header = \"all\" hostname = \"h.example\"");
	greet(&w);
	packet_add(&w.in, SMFIC_CONNECT, "x", NULL);
	packet_add(&w.in, SMFIC_HELO, "x", NULL);
	packet_add(&w.in, SMFIC_MAIL, "<s@x.example>", "SIZE=1", NULL);
	add_rcpt(&w, "good.example");
	add_rcpt(&w, "bad.example");
	packet_add(&w.in, SMFIC_DATA, NULL);
	packet_add(&w.in, SMFIC_HEADER, "mta-sts-status", "forged", NULL);
	packet_add(&w.in, SMFIC_HEADER, "Subject", "x", NULL);
	packet_add(&w.in, SMFIC_HEADER, "MTA-STS-Status", "forged", NULL);
	packet_add(&w.in, SMFIC_EOH, NULL);
	packet_add(&w.in, SMFIC_BODY, "text", NULL);
	packet_add(&w.in, SMFIC_BODYEOB, NULL);
	assert_string_equal(run(&w),
	    "c, c, c, c, "
	    "y 451 4.7.5 bad.example: MTA-STS policy (enforce) and no "
	    "validated TLS path: certificate-expired at mx1.example.com; try "
	    "again later, "
	    "c, c, c, c, c, m 2 MTA-STS-Status , m 1 MTA-STS-Status , "
	    "i 0 MTA-STS-Status pass; host=h.example; domain=good.example; "
	    "policy=enforce;\n"
	    " id=20260101; mx=mx1.example.com; action=accept, c");
	assert_int_equal(told.n, 2);
	assert_string_equal(told.queue_id, "QID");
	/* And the next one. */
	packet_add(&w.in, SMFIC_MAIL, "<>", NULL);
	packet_add_macros(&w.in, SMFIC_RCPT, "{rcpt_mailer}", "local", NULL);
	packet_add(&w.in, SMFIC_RCPT, "<u@good.example>", NULL);
	packet_add(&w.in, SMFIC_BODYEOB, NULL);
	assert_string_equal(run(&w),
	    "c, c, i 0 MTA-STS-Status exempt; host=h.example; "
	    "domain=good.example; action=accept, c");
	assert_string_equal(told.queue_id, "-");
	packet_add(&w.in, SMFIC_QUIT, NULL);
	assert_string_equal(run(&w), "");
	assert_int_equal(w.err, STS_E_CLOSED);
	end(&w);
}

static void
a_quarantine(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "on_fail = \"quarantine\" hostname = \"h.example\"");
	greet(&w);
	packet_add(&w.in, SMFIC_MAIL, "<s@x.example>", NULL);
	add_rcpt(&w, "bad.example");
	packet_add(&w.in, SMFIC_BODYEOB, NULL);
	assert_string_equal(run(&w),
	    "c, c, i 0 MTA-STS-Status fail; host=h.example; "
	    "domain=bad.example; policy=enforce;\n"
	    " id=20260101; reason=certificate-expired; mx=mx1.example.com;\n"
	    " action=quarantine, q mta-sts: bad.example: certificate-expired, "
	    "c");
	end(&w);
}

/* What an MTA offers, and what it is asked for. */
static void
negotiation(void **state)
{
	static const struct {
		uint32_t version, actions, steps;
		enum sts_err err;
		uint32_t spared; /* asked for */
		bool lists;
	} rows[] = {
		{ 6, 0x1ff, 0x1fffff, STS_OK, 0x40193, true },
		{ 6, 0x1ff, 0, STS_OK, 0, true },
		{ 6, 0x1ff, 0xffffffff, STS_OK, 0x40193, true },
		{ 6, 0x0ff, 0x1fffff, STS_OK, 0x40193, false },
		{ 7, 0x1ff, 0x1fffff, STS_OK, 0x40193, true },
		{ 0xffffffff, 0x1ff, 0, STS_OK, 0, true },
		{ 2, 0x03f, 0x7f, STS_OK, 0x13, false },
		{ 2, 0x01f, 0x7f, STS_E_REFUSED, 0, false },
		{ 6, 0, 0, STS_E_REFUSED, 0, false },
		{ 1, 0x1ff, 0x7f, STS_E_REFUSED, 0, false },
		{ 0, 0x1ff, 0x7f, STS_E_REFUSED, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sts_milterwire_options o;
		struct sts_slice reply;
		struct world w;

		begin(&w, "");
		packet_add_options(
		    &w.in, rows[i].version, rows[i].actions, rows[i].steps);
		(void)run(&w);
		assert_int_equal(w.err, rows[i].err);
		reply = sts_buf_view(&w.out);
		if (w.err == STS_OK) {
			reply = sts_slice(reply.p + 5, reply.n - 5);
			assert_int_equal(
			    sts_milterwire_options(reply, &o), STS_OK);
			assert_int_equal(o.version,
			    rows[i].version > 6 ? 6 : rows[i].version);
			assert_int_equal(o.actions, 0x31);
			assert_int_equal(o.steps, rows[i].spared);
			assert_int_equal(reply.n > 12, rows[i].lists);
		} else {
			assert_int_equal(reply.n, 0);
		}
		end(&w);
	}
}

static void
silence_where_it_was_negotiated(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "");
	packet_add_options(&w.in, 6, SMFI_CURR_ACTS, SMFI_CURR_PROT);
	packet_add(&w.in, SMFIC_MAIL, "<s@x.example>", NULL);
	packet_add(&w.in, SMFIC_HEADER, "Subject", "x", NULL);
	packet_add(&w.in, SMFIC_EOH, NULL);
	packet_add(&w.in, SMFIC_BODYEOB, NULL);
	assert_string_equal(run(&w), "O, c, c");
	end(&w);
}

#define FAULT "y 451 4.3.0 mta-sts-milter has a local problem; try again later"

/* On one machine two turns are spared, and MAIL is not replied to. */
static void
locally(void **state)
{
	struct sts_milterwire_options o;
	struct world w;

	(void)state;
	begin(&w, "header = \"none\"");
	w.talk.local = true;
	packet_add_options(&w.in, 6, SMFI_CURR_ACTS, SMFI_CURR_PROT);
	assert_string_equal(run(&w), "O");
	assert_int_equal(
	    sts_milterwire_options(sts_slice(w.out.p + 5, w.out.n - 5), &o),
	    STS_OK);
	assert_int_equal(o.steps, 0x40193 | SMFIP_NODATA | SMFIP_NR_MAIL);
	packet_add(&w.in, SMFIC_MAIL, "<s@x.example>", NULL);
	add_rcpt(&w, "good.example");
	packet_add(&w.in, SMFIC_BODYEOB, NULL);
	assert_string_equal(run(&w), "c, c");
	end(&w);
	/* An older MTA leaves no choice. */
	begin(&w, "header = \"none\"");
	w.talk.local = true;
	packet_add_options(&w.in, 2, 0x3f, 0x7f);
	packet_add(&w.in, SMFIC_MAIL, "<s@x.example>", NULL);
	assert_string_equal(run(&w), "O, c");
	end(&w);
}

/* In an order that no MTA keeps: each line begins a connection. */
static void
any_order(void **state)
{
	static const struct {
		const char *letters; /* r: a RCPT to bad, R: to good */
		const char *said;
	} rows[] = {
		{ "R", FAULT },
		{ "E", FAULT },
		{ "MRE", "c, c, c" },
		{ "MREE", "c, c, c, " FAULT },
		{ "MRER", "c, c, c, " FAULT },
		{ "MMMRE", "c, c, c, c, c" },
		{ "MRMRE", "c, c, c, c, c" },
		{ "MRMAE", "c, c, c, " FAULT },
		{ "AAAMRE", "c, c, c" },
		{ "MRKR", "c, c, " FAULT },
		{ "KMRE", "c, c, c" },
		{ "TLNBMRE", "c, c, c, c, c, c, c" },
		{ "MERE", "c, c, " FAULT ", " FAULT },
		{ "MRNLNLE", "c, c, c, c, c, c, c" },
		{ "UCHU", "c, c, c, c" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world w;

		begin(&w, "header = \"none\"");
		packet_add_options(&w.in, 6, SMFI_CURR_ACTS, 0);
		assert_string_equal(run(&w), "O");
		for (const char *p = rows[i].letters; *p != '\0'; p++)
			if (*p == 'R')
				add_rcpt(&w, "good.example");
			else if (*p == 'M' || *p == 'L')
				packet_add(&w.in, *p, "one", "two", NULL);
			else
				packet_add(&w.in, *p, NULL);
		assert_string_equal(run(&w), rows[i].said);
		assert_int_equal(w.err, STS_OK);
		end(&w);
	}
}

/* What ends a connection. */
static void
broken_packets(void **state)
{
	static const struct {
		bool greeted;
		char letter;
		struct sts_slice body;
	} rows[] = {
		{ false, 'M', { "<s>\0", 4 } },
		{ false, 'A', { "", 0 } },
		{ false, 'O', { "\0\0\0\6", 4 } },
		{ true, 'O', { "\0\0\0\6\0\0\1\xff\0\0\0\0", 12 } },
		{ true, 'M', { "", 0 } },
		{ true, 'M', { "<s>", 3 } },
		{ true, 'R', { "", 0 } },
		{ true, 'R', { "<u@good.example>", 16 } },
		{ true, 'L', { "Subject\0", 8 } },
		{ true, 'L', { "Subject\0x", 9 } },
		{ true, 'D', { "", 0 } },
		{ true, 'Z', { "", 0 } },
		{ true, '\0', { "", 0 } },
		{ true, '\xff', { "", 0 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world w;

		begin(&w, "");
		if (rows[i].greeted)
			greet(&w);
		sts_milterwire_add(&w.in, rows[i].letter, rows[i].body);
		assert_string_equal(run(&w), "");
		assert_int_equal(w.err, STS_E_SYNTAX);
		assert_true(w.why[0] != '\0');
		end(&w);
	}
}

/* They are the next RCPT's, and of no other. */
static void
macros_of_a_recipient(void **state)
{
	char *huge = test_malloc(9001);
	struct world w;

	(void)state;
	begin(&w, "header = \"none\"");
	greet(&w);
	packet_add(&w.in, SMFIC_MAIL, "<s@x.example>", NULL);
	packet_add_macros(&w.in, SMFIC_RCPT, "{rcpt_mailer}", "local", NULL);
	packet_add(&w.in, SMFIC_RCPT, "<u@bad.example>", NULL);
	packet_add(&w.in, SMFIC_RCPT, "<u@bad.example>", NULL);
	assert_true(strncmp(run(&w), "c, c, y 451 4.7.5 ", 18) == 0);
	/* Too many: whether it may be let through cannot be told. */
	memset(huge, 'x', 9000);
	huge[9000] = '\0';
	packet_add_macros(
	    &w.in, SMFIC_RCPT, "{rcpt_mailer}", "local", "{x}", huge, NULL);
	packet_add(&w.in, SMFIC_RCPT, "<u@good.example>", NULL);
	add_rcpt(&w, "good.example");
	assert_string_equal(run(&w), FAULT ", c");
	/* The queue ID is cut. */
	packet_add_macros(&w.in, SMFIC_DATA, "i", huge, NULL);
	packet_add(&w.in, SMFIC_BODYEOB, NULL);
	assert_string_equal(run(&w), "c");
	assert_int_equal(strlen(told.queue_id), STS_MILTERTALK_ID - 1);
	test_free(huge);
	end(&w);
}

static void
a_recipient_waits(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "header = \"none\"");
	greet(&w);
	packet_add(&w.in, SMFIC_MAIL, "<s@x.example>", NULL);
	add_rcpt(&w, "slow.example");
	assert_string_equal(run(&w), "c");
	assert_int_equal(w.err, STS_E_AGAIN);
	/* Too early is no harm. */
	w.engine.now_ms += 2999;
	assert_string_equal(resume(&w), "");
	assert_int_equal(w.err, STS_E_AGAIN);
	w.engine.now_ms += 1;
	assert_true(strncmp(resume(&w), "y 451 4.7.5 ", 12) == 0);
	assert_int_equal(w.err, STS_OK);
	assert_string_equal(told.domain, "slow.example");
	end(&w);
}

static void
a_recipient_waits_in_vain(void **state)
{
	struct world w;
	struct sts_pause pause;

	(void)state;
	begin(&w, "header = \"none\" on_temperror = \"defer\"");
	greet(&w);
	packet_add(&w.in, SMFIC_MAIL, "<s@x.example>", NULL);
	add_rcpt(&w, "never.example");
	(void)run(&w);
	pause = sts_session_pause(w.talk.session);
	assert_int_equal(pause.until_ms, w.engine.now_ms + 8000);
	assert_false(pause.progress);
	w.engine.now_ms = pause.until_ms;
	assert_true(strncmp(resume(&w), "y 451 4.4.3 ", 12) == 0);
	end(&w);
}

/* It is told that it takes longer, and given up without harm. */
static void
the_end_of_a_message_waits(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "header = \"none\" decide_at = \"eom\" on_fail = \"reject\"");
	greet(&w);
	packet_add(&w.in, SMFIC_MAIL, "<s@x.example>", NULL);
	add_rcpt(&w, "never.example");
	add_rcpt(&w, "slow.example");
	packet_add(&w.in, SMFIC_BODYEOB, NULL);
	assert_string_equal(run(&w), "c, c, c");
	assert_int_equal(w.err, STS_E_AGAIN);
	for (int i = 1; i < 12; i++) {
		w.engine.now_ms = sts_session_pause(w.talk.session).until_ms;
		assert_string_equal(resume(&w), "p");
		assert_int_equal(w.err, STS_E_AGAIN);
		assert_int_equal(w.engine.now_ms, 1000 + 5000 * i);
	}
	w.engine.now_ms = sts_session_pause(w.talk.session).until_ms;
	assert_int_equal(w.engine.now_ms, 1000 + 60000);
	assert_true(strncmp(resume(&w), "y 550 5.7.5 ", 12) == 0);
	assert_int_equal(told.n, 2);
	/* The next one, given up. */
	packet_add(&w.in, SMFIC_MAIL, "<s@x.example>", NULL);
	add_rcpt(&w, "never.example");
	packet_add(&w.in, SMFIC_BODYEOB, NULL);
	(void)run(&w);
	assert_int_equal(w.err, STS_E_AGAIN);
	end(&w);
	assert_int_equal(told.n, 2);
}

static void
the_daemon_ends_meanwhile(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "");
	greet(&w);
	packet_add(&w.in, SMFIC_MAIL, "<s@x.example>", NULL);
	add_rcpt(&w, "never.example");
	(void)run(&w);
	w.engine.close_ms = w.engine.now_ms;
	assert_string_equal(resume(&w),
	    "y 451 4.3.2 mta-sts-milter is shutting down; try again later");
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message),
		cmocka_unit_test(a_quarantine),
		cmocka_unit_test(negotiation),
		cmocka_unit_test(silence_where_it_was_negotiated),
		cmocka_unit_test(locally),
		cmocka_unit_test(any_order),
		cmocka_unit_test(broken_packets),
		cmocka_unit_test(macros_of_a_recipient),
		cmocka_unit_test(a_recipient_waits),
		cmocka_unit_test(a_recipient_waits_in_vain),
		cmocka_unit_test(the_end_of_a_message_waits),
		cmocka_unit_test(the_daemon_ends_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
