/* front/session.c over an engine that answers from a script, as a caller has it
 * who waits. */
#include "sts/front/blocking.h"

#include "fakeengine.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was reported, instead of report/report.c. */
struct told {
	char domain[STS_DOMAIN_SIZE];
	char queue_id[32];
	enum sts_result result;
	enum sts_action action;
	enum sts_stage stage;
	enum sts_relief relief;
	char message[STS_MESSAGE_NAME];
	bool has_exception, cached;
	int64_t ms;
};

static struct told told[64];
static size_t n_told, n_named;

void
sts_report_name_message(struct sts_report *report, char name[STS_MESSAGE_NAME])
{
	(void)report;
	(void)snprintf(name, STS_MESSAGE_NAME, "m%zu", n_named++);
}

void
sts_report_decision(
    struct sts_report *report, const struct sts_decision *decision)
{
	struct told *t = &told[n_told++];

	(void)report;
	assert_true(n_told <= COUNT(told));
	memset(t, 0, sizeof(*t));
	(void)snprintf(t->domain, sizeof(t->domain), "%s", decision->domain);
	if (decision->queue_id != NULL)
		(void)snprintf(
		    t->queue_id, sizeof(t->queue_id), "%s", decision->queue_id);
	t->result = decision->verdict->result;
	t->action = decision->action;
	t->relief = decision->relief;
	(void)snprintf(t->message, sizeof(t->message), "%s", decision->message);
	t->stage = decision->stage;
	t->has_exception = decision->exception != NULL;
	t->cached = decision->cached;
	t->ms = decision->ms;
}

struct world {
	struct sts_engine engine;
	struct sts_waiters waiters;
	struct sts_session_context context;
	struct sts_session *session;
	struct sts_reply reply;
	const struct sts_edits *edits;
	unsigned n_progress;
	bool gone; /* the MTA */
};

static void
begin(struct world *w, const struct fake_domain *domains, const char *conf)
{
	memset(w, 0, sizeof(*w));
	n_told = 0;
	fake_engine_init(&w->engine, domains, conf);
	sts_waiters_init(&w->waiters, 10, NULL);
	w->context.engine = &w->engine;
	w->context.waiters = &w->waiters;
	assert_int_equal(sts_session_new(&w->context, &w->session), STS_OK);
}

static void
end(struct world *w)
{
	sts_session_free(w->session);
	assert_int_equal(sts_waiters_count(&w->waiters), 0);
	fake_engine_deinit(&w->engine);
}

/* As smtpd: brackets, and the macros. */
static const char *
rcpt(struct world *w, const char *domain)
{
	char argument[300];
	const struct sts_rcpt r = {
		.argument = argument,
		.mailer = "smtp",
		.host = domain,
	};

	(void)snprintf(argument, sizeof(argument), "<u@%s>", domain);
	sts_blocking_rcpt(&w->context, w->session, &r, NULL, &w->reply);
	return w->reply.code == NULL ? "" : w->reply.code;
}

/* As the sendmail command: neither. */
static const char *
rcpt_by_command(struct world *w, const char *domain)
{
	char argument[300];
	const struct sts_rcpt r = { .argument = argument };

	(void)snprintf(argument, sizeof(argument), "u@%s", domain);
	sts_blocking_rcpt(&w->context, w->session, &r, NULL, &w->reply);
	return w->reply.code == NULL ? "" : w->reply.code;
}

static bool
progress(void *cookie)
{
	struct world *w = cookie;

	w->n_progress++;
	return !w->gone;
}

static const char *
eom(struct world *w)
{
	sts_blocking_eom(
	    &w->context, w->session, "QID", progress, w, &w->reply);
	w->edits = sts_session_edits(w->session);
	if (w->reply.code == NULL)
		assert_non_null(w->edits);
	else
		assert_null(w->edits);
	return w->reply.code == NULL ? "" : w->reply.code;
}

/* One message to one domain whose answer is known at once. */

enum path { SMTPD, COMMAND };

struct row {
	enum sts_decide_at decide_at;
	enum path path;
	enum sts_action word;
	const char *rcpt; /* reply codes, "" to go on */
	const char *eom;
	bool quarantine;
	bool header; /* where no header is wanted */
	enum sts_action action; /* reported */
};

static const struct row rows[] = {
#define AUTO STS_DECIDE_AUTO
#define RCPT STS_DECIDE_RCPT
#define EOM STS_DECIDE_EOM
#define LOG STS_ACTION_LOG
#define TAG STS_ACTION_TAG
#define DEFER STS_ACTION_DEFER
#define QUARANTINE STS_ACTION_QUARANTINE
#define REJECT STS_ACTION_REJECT
	{ AUTO, SMTPD, LOG, "", "", false, false, LOG },
	{ AUTO, SMTPD, TAG, "", "", false, true, TAG },
	{ AUTO, SMTPD, DEFER, "451", "", false, false, DEFER },
	{ AUTO, SMTPD, QUARANTINE, "", "", true, true, QUARANTINE },
	{ AUTO, SMTPD, REJECT, "550", "", false, false, REJECT },
	{ AUTO, COMMAND, LOG, "", "", false, false, LOG },
	{ AUTO, COMMAND, TAG, "", "", false, true, TAG },
	{ AUTO, COMMAND, DEFER, "", "", true, true, QUARANTINE },
	{ AUTO, COMMAND, QUARANTINE, "", "", true, true, QUARANTINE },
	{ AUTO, COMMAND, REJECT, "", "550", false, false, REJECT },
	{ RCPT, SMTPD, LOG, "", "", false, false, LOG },
	{ RCPT, SMTPD, TAG, "", "", false, true, TAG },
	{ RCPT, SMTPD, DEFER, "451", "", false, false, DEFER },
	{ RCPT, SMTPD, QUARANTINE, "", "", true, true, QUARANTINE },
	{ RCPT, SMTPD, REJECT, "550", "", false, false, REJECT },
	{ RCPT, COMMAND, DEFER, "", "", true, true, QUARANTINE },
	{ RCPT, COMMAND, REJECT, "", "550", false, false, REJECT },
	{ EOM, SMTPD, LOG, "", "", false, false, LOG },
	{ EOM, SMTPD, TAG, "", "", false, true, TAG },
	{ EOM, SMTPD, DEFER, "", "451", false, false, DEFER },
	{ EOM, SMTPD, QUARANTINE, "", "", true, true, QUARANTINE },
	{ EOM, SMTPD, REJECT, "", "550", false, false, REJECT },
	{ EOM, COMMAND, DEFER, "", "", true, true, QUARANTINE },
	{ EOM, COMMAND, REJECT, "", "550", false, false, REJECT },
};

/* Which of the three words a bad answer asks for. */
struct bad {
	enum fake_answer answer;
	const char *key;
	enum sts_result result;
};

static const struct bad bads[] = {
	{ FAKE_FAIL, "on_fail", STS_RESULT_FAIL },
	{ FAKE_UNREACHABLE, "on_unreachable", STS_RESULT_TEMPERROR },
	{ FAKE_UNKNOWN, "on_temperror", STS_RESULT_TEMPERROR },
};

/* Past the checks of a file, which refuses some of these combinations: what is
 * done must be safe whatever a file may say. */
static void
set_conf(struct sts_engine *engine, const struct row *row, const char *key)
{
	struct sts_conf *conf = (struct sts_conf *)(uintptr_t)engine->conf;
	struct sts_actions log = { STS_ACTION_LOG, STS_ACTION_LOG,
		STS_ACTION_LOG };

	conf->header = STS_HEADER_NONE;
	conf->decide_at = row->decide_at;
	conf->actions = log;
	if (strcmp(key, "on_fail") == 0)
		conf->actions.on_fail = row->word;
	else if (strcmp(key, "on_unreachable") == 0)
		conf->actions.on_unreachable = row->word;
	else
		conf->actions.on_temperror = row->word;
}

static void
check_row(const struct row *row, const struct bad *bad)
{
	const struct fake_domain domains[] = {
		{ "example.com", bad->answer, bad->answer, 0 },
		{ NULL, FAKE_PASS, FAKE_PASS, 0 },
	};
	bool refused = row->rcpt[0] != '\0', by_command = row->path == COMMAND;
	struct world w;

	begin(&w, domains, "");
	set_conf(&w.engine, row, bad->key);
	assert_string_equal(by_command ? rcpt_by_command(&w, "example.com")
				       : rcpt(&w, "example.com"),
	    row->rcpt);
	if (!refused) {
		assert_int_equal(n_told, 0);
		assert_string_equal(eom(&w), row->eom);
	}
	assert_int_equal(n_told, 1);
	assert_int_equal(told[0].result, bad->result);
	assert_int_equal(told[0].action, row->action);
	assert_int_equal(
	    told[0].stage, refused ? STS_STAGE_RCPT : STS_STAGE_EOM);
	assert_true(told[0].cached);
	if (w.edits != NULL) {
		assert_int_equal(w.edits->quarantine != NULL, row->quarantine);
		assert_int_equal(w.edits->n_headers, row->header);
	}
	end(&w);
}

static void
each_word_is_done_where_decide_at_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t k = 0; k < COUNT(bads); k++)
			check_row(&rows[i], &bads[k]);
}

static const char all_reject[] = "header = \"all\"\nhostname = \"h.example\"\n"
				 "on_fail = \"reject\"\n"
				 "on_unreachable = \"reject\"\n"
				 "on_temperror = \"reject\"\n";

/* Row 61 for testing. */
static void
pass_none_and_testing_are_never_refused(void **state)
{
	static const struct {
		enum fake_answer answer;
		enum sts_result result;
		enum sts_action action;
		const char *header;
	} good[] = {
		{ FAKE_PASS, STS_RESULT_PASS, STS_ACTION_ACCEPT,
		    "pass; host=h.example; domain=example.com;\n"
		    " policy=enforce; id=20260101; mx=mx1.example.com; "
		    "action=accept" },
		{ FAKE_NONE, STS_RESULT_NONE, STS_ACTION_ACCEPT,
		    "none; host=h.example; domain=example.com; action=accept" },
		{ FAKE_TESTING, STS_RESULT_FAIL, STS_ACTION_LOG,
		    "fail; host=h.example; domain=example.com;\n"
		    " policy=testing; id=20260101; "
		    "reason=certificate-expired;\n"
		    " mx=mx1.example.com; action=log" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		const struct fake_domain domains[] = {
			{ "example.com", good[i].answer, good[i].answer, 0 },
			{ NULL, FAKE_PASS, FAKE_PASS, 0 },
		};
		char plain[300];
		struct world w;
		size_t n = 0;

		begin(&w, domains, all_reject);
		assert_string_equal(rcpt(&w, "example.com"), "");
		assert_string_equal(eom(&w), "");
		assert_int_equal(n_told, 1);
		assert_int_equal(told[0].result, good[i].result);
		assert_int_equal(told[0].action, good[i].action);
		assert_string_equal(told[0].queue_id, "QID");
		assert_int_equal(w.edits->n_headers, 1);
		assert_null(w.edits->quarantine);
		/* Where it is folded is core/statusheader.c's own matter. */
		for (const char *p = w.edits->headers[0]; *p != '\0'; p++)
			if (*p != '\n')
				plain[n++] = *p;
		plain[n] = '\0';
		n = 0;
		for (const char *p = good[i].header; *p != '\0'; p++)
			if (*p != '\n')
				assert_int_equal(plain[n++], *p);
		assert_int_equal(plain[n], '\0');
		end(&w);
	}
}

static const struct fake_domain mixed[] = {
	{ "good.example", FAKE_PASS, FAKE_PASS, 0 },
	{ "bad.example", FAKE_FAIL, FAKE_FAIL, 0 },
	{ "other.example", FAKE_UNKNOWN, FAKE_UNKNOWN, 0 },
	{ NULL, FAKE_PASS, FAKE_PASS, 0 },
};

static void
a_bad_recipient_does_not_hold_the_others(void **state)
{
	struct world w;

	(void)state;
	begin(&w, mixed, "");
	assert_string_equal(rcpt(&w, "good.example"), "");
	assert_string_equal(rcpt(&w, "bad.example"), "451");
	assert_string_equal(w.reply.status, "4.7.5");
	assert_string_equal(w.reply.text,
	    "bad.example: MTA-STS policy (enforce) and no validated TLS path: "
	    "certificate-expired at mx1.example.com; try again later");
	assert_string_equal(eom(&w), "");
	assert_int_equal(n_told, 2);
	assert_string_equal(told[0].domain, "bad.example");
	assert_int_equal(told[0].stage, STS_STAGE_RCPT);
	assert_string_equal(told[1].domain, "good.example");
	assert_int_equal(told[1].stage, STS_STAGE_EOM);
	assert_int_equal(told[1].action, STS_ACTION_ACCEPT);
	end(&w);
}

static void
recipients_of_a_domain_share_one_question(void **state)
{
	const struct fake_domain domains[] = {
		{ "slow.example", FAKE_UNREACHABLE, FAKE_FAIL, FAKE_NEVER },
		{ NULL, FAKE_PASS, FAKE_PASS, 0 },
	};
	struct world w;

	(void)state;
	begin(&w, domains, "rcpt_wait = 8");
	assert_string_equal(rcpt(&w, "slow.example"), "451");
	assert_string_equal(rcpt(&w, "Slow.Example."), "451");
	assert_string_equal(rcpt(&w, "slow.example"), "451");
	assert_int_equal(w.engine.asked, 1);
	assert_int_equal(w.engine.waited, 1);
	assert_int_equal(w.engine.now_ms, 1000 + 8000);
	assert_int_equal(n_told, 1);
	assert_int_equal(told[0].ms, 8000);
	assert_false(told[0].cached);
	end(&w);
}

/* However many of its recipients' domains hang, a message is held up for four
 * times rcpt_wait. */
static void
recipients_of_a_message_wait_together(void **state)
{
	const struct fake_domain domains[] = {
		{ "a.example", FAKE_UNREACHABLE, FAKE_FAIL, FAKE_NEVER },
		{ "b.example", FAKE_UNREACHABLE, FAKE_FAIL, FAKE_NEVER },
		{ "c.example", FAKE_PASS, FAKE_PASS, 2000 },
		{ "d.example", FAKE_UNREACHABLE, FAKE_FAIL, FAKE_NEVER },
		{ "e.example", FAKE_UNREACHABLE, FAKE_FAIL, FAKE_NEVER },
		{ "f.example", FAKE_UNREACHABLE, FAKE_FAIL, FAKE_NEVER },
		{ NULL, FAKE_PASS, FAKE_PASS, 0 },
	};
	struct world w;

	(void)state;
	begin(&w, domains, "rcpt_wait = 8");
	assert_string_equal(rcpt(&w, "a.example"), "451");
	assert_string_equal(rcpt(&w, "b.example"), "451");
	assert_string_equal(rcpt(&w, "c.example"), "");
	assert_string_equal(rcpt(&w, "d.example"), "451");
	assert_int_equal(w.engine.now_ms, 1000 + 8000 + 8000 + 2000 + 8000);
	assert_string_equal(rcpt(&w, "e.example"), "451");
	assert_int_equal(w.engine.now_ms, 1000 + 32000);
	assert_string_equal(rcpt(&w, "f.example"), "451");
	assert_int_equal(w.engine.now_ms, 1000 + 32000);
	end(&w);
}

/* At end of message the most severe word counts for the whole message. */
static void
the_most_severe_action_wins_at_eom(void **state)
{
	static const struct {
		const char *bad, *unknown; /* words */
		const char *code;
		bool quarantine;
	} cases[] = {
		{ "log", "log", "", false },
		{ "tag", "quarantine", "", true },
		{ "quarantine", "tag", "", true },
		{ "quarantine", "defer", "451", false },
		{ "defer", "quarantine", "451", false },
		{ "defer", "reject", "550", false },
		{ "reject", "defer", "550", false },
		{ "reject", "log", "550", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char conf[200];
		struct world w;

		(void)snprintf(conf, sizeof(conf),
		    "decide_at = \"eom\"\non_fail = \"%s\"\n"
		    "on_temperror = \"%s\"\n",
		    cases[i].bad, cases[i].unknown);
		begin(&w, mixed, conf);
		assert_string_equal(rcpt(&w, "bad.example"), "");
		assert_string_equal(rcpt(&w, "good.example"), "");
		assert_string_equal(rcpt(&w, "other.example"), "");
		assert_string_equal(eom(&w), cases[i].code);
		assert_int_equal(n_told, 3);
		assert_string_equal(
		    sts_action_text(told[0].action), cases[i].bad);
		assert_int_equal(told[1].action, STS_ACTION_ACCEPT);
		assert_string_equal(
		    sts_action_text(told[2].action), cases[i].unknown);
		if (w.edits != NULL)
			assert_int_equal(
			    w.edits->quarantine != NULL, cases[i].quarantine);
		end(&w);
	}
}

/* The answer comes after rcpt_wait: what is known then decides at RCPT, and
 * what is known at the end of the message decides there. */
static void
late_answers(void **state)
{
	static const struct {
		const char *what;
		enum fake_answer early, late;
		int64_t ready_ms;
		const char *conf;
		const char *rcpt, *eom;
		enum sts_result result; /* reported last */
	} cases[] = {
		{ "unknown is only logged by default, and then it passes",
		    FAKE_UNKNOWN, FAKE_PASS, 20000, "", "", "",
		    STS_RESULT_PASS },
		{ "a late failure of what was accepted", FAKE_UNKNOWN,
		    FAKE_FAIL, 20000, "", "", "451", STS_RESULT_FAIL },
		{ "not even at the end of the message", FAKE_UNKNOWN, FAKE_PASS,
		    FAKE_NEVER, "", "", "", STS_RESULT_TEMPERROR },
		{ "unknown is to be deferred", FAKE_UNKNOWN, FAKE_PASS, 20000,
		    "on_temperror = \"defer\"", "451", "",
		    STS_RESULT_TEMPERROR },
		{ "a policy, but no MX yet", FAKE_UNREACHABLE, FAKE_PASS, 20000,
		    "", "451", "", STS_RESULT_TEMPERROR },
		{ "in time", FAKE_UNREACHABLE, FAKE_PASS, 7999, "", "", "",
		    STS_RESULT_PASS },
		{ "in time for eom", FAKE_UNREACHABLE, FAKE_PASS, 59999,
		    "decide_at = \"eom\"", "", "", STS_RESULT_PASS },
		{ "too late for eom", FAKE_UNREACHABLE, FAKE_PASS, 60001,
		    "decide_at = \"eom\"", "", "451", STS_RESULT_TEMPERROR },
		{ "nothing would refuse: not awaited at RCPT", FAKE_UNREACHABLE,
		    FAKE_PASS, 1000,
		    "on_fail = \"tag\"\non_unreachable = \"quarantine\"", "",
		    "", STS_RESULT_PASS },
		{ "decided at RCPT for good", FAKE_UNKNOWN, FAKE_FAIL, 9000,
		    "decide_at = \"rcpt\"", "", "", STS_RESULT_TEMPERROR },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct fake_domain domains[] = {
			{ "example.com", cases[i].early, cases[i].late,
			    cases[i].ready_ms },
			{ NULL, FAKE_PASS, FAKE_PASS, 0 },
		};
		struct world w;

		begin(&w, domains, cases[i].conf);
		if (strcmp(rcpt(&w, "example.com"), cases[i].rcpt) != 0)
			fail_msg("%s: RCPT", cases[i].what);
		if (cases[i].rcpt[0] == '\0' &&
		    strcmp(eom(&w), cases[i].eom) != 0)
			fail_msg("%s: eom", cases[i].what);
		assert_int_equal(n_told, 1);
		if (told[0].result != cases[i].result)
			fail_msg("%s: result", cases[i].what);
		end(&w);
	}
}

static void
the_mta_hears_of_us_while_we_wait(void **state)
{
	const struct fake_domain domains[] = {
		{ "a.example", FAKE_UNKNOWN, FAKE_PASS, FAKE_NEVER },
		{ "b.example", FAKE_UNKNOWN, FAKE_PASS, FAKE_NEVER },
		{ NULL, FAKE_PASS, FAKE_PASS, 0 },
	};
	struct world w;

	(void)state;
	begin(&w, domains, "decide_at = \"eom\"\neom_wait = 60");
	assert_string_equal(rcpt(&w, "a.example"), "");
	assert_string_equal(rcpt(&w, "b.example"), "");
	assert_string_equal(eom(&w), "");
	/* One deadline for both; a call every 5 s, none after the last step. */
	assert_int_equal(w.engine.now_ms, 1000 + 60000);
	assert_int_equal(w.n_progress, 11);
	assert_int_equal(n_told, 2);
	end(&w);
}

static void
the_mta_hears_of_us_though_answers_come(void **state)
{
	const struct fake_domain domains[] = {
		{ "a.example", FAKE_UNKNOWN, FAKE_PASS, 4900 },
		{ "b.example", FAKE_UNKNOWN, FAKE_PASS, 9800 },
		{ "c.example", FAKE_UNKNOWN, FAKE_PASS, 14700 },
		{ NULL, FAKE_PASS, FAKE_PASS, 0 },
	};
	struct world w;

	(void)state;
	begin(&w, domains, "decide_at = \"eom\"\neom_wait = 60");
	for (size_t i = 0; domains[i].domain != NULL; i++)
		assert_string_equal(rcpt(&w, domains[i].domain), "");
	assert_string_equal(eom(&w), "");
	assert_int_equal(w.engine.now_ms, 1000 + 14700);
	assert_int_equal(w.n_progress, 2); /* after 5 s and 10 s */
	end(&w);
}

static void
an_mta_that_is_gone_is_not_waited_for(void **state)
{
	const struct fake_domain domains[] = {
		{ "a.example", FAKE_UNKNOWN, FAKE_PASS, FAKE_NEVER },
		{ NULL, FAKE_PASS, FAKE_PASS, 0 },
	};
	struct world w;

	(void)state;
	begin(&w, domains, "decide_at = \"eom\"");
	w.gone = true;
	assert_string_equal(rcpt(&w, "a.example"), "");
	assert_string_equal(eom(&w), "451");
	assert_int_equal(w.n_progress, 1);
	assert_int_equal(n_told, 0);
	end(&w);
}

static void
an_engine_that_is_full_is_a_temperror(void **state)
{
	static const struct {
		enum sts_err err;
		enum fake_answer remembered;
		const char *key, *word, *rcpt;
	} cases[] = {
		{ STS_E_LIMIT, FAKE_UNKNOWN, "on_temperror", "log", "" },
		{ STS_E_LIMIT, FAKE_UNKNOWN, "on_temperror", "defer", "451" },
		{ STS_E_NOMEM, FAKE_UNKNOWN, "on_temperror", "reject", "550" },
		/* A policy that is known to be in force stays so. */
		{ STS_E_LIMIT, FAKE_UNREACHABLE, "on_unreachable", "defer",
		    "451" },
		{ STS_E_LIMIT, FAKE_UNREACHABLE, "on_unreachable", "log", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char conf[100];
		struct world w;

		(void)snprintf(conf, sizeof(conf), "%s = \"%s\"", cases[i].key,
		    cases[i].word);
		begin(&w, mixed, conf);
		w.engine.refuse = cases[i].err;
		w.engine.remembered = cases[i].remembered;
		assert_string_equal(rcpt(&w, "good.example"), cases[i].rcpt);
		if (cases[i].rcpt[0] == '\0')
			assert_string_equal(eom(&w), "");
		assert_int_equal(n_told, 1);
		assert_int_equal(told[0].result, STS_RESULT_TEMPERROR);
		assert_string_equal(
		    sts_action_text(told[0].action), cases[i].word);
		end(&w);
	}
}

/* However mild the words are. */
static void
shutdown_defers_what_is_not_answered(void **state)
{
	const struct fake_domain domains[] = {
		{ "good.example", FAKE_PASS, FAKE_PASS, 0 },
		{ "slow.example", FAKE_UNKNOWN, FAKE_PASS, FAKE_NEVER },
		{ NULL, FAKE_PASS, FAKE_PASS, 0 },
	};
	struct world w;

	(void)state;
	/* Before the question, */
	begin(&w, domains, "decide_at = \"eom\"");
	w.engine.close_ms = 0;
	assert_string_equal(rcpt(&w, "slow.example"), "451");
	assert_string_equal(w.reply.status, "4.3.2");
	assert_int_equal(told[0].action, STS_ACTION_DEFER);
	end(&w);
	/* the same by the sendmail command, */
	begin(&w, domains, "");
	w.engine.close_ms = 0;
	assert_string_equal(rcpt_by_command(&w, "slow.example"), "451");
	end(&w);
	/* while waiting at RCPT, */
	begin(&w, domains, "");
	w.engine.close_ms = 3000;
	assert_string_equal(rcpt(&w, "slow.example"), "451");
	assert_string_equal(w.reply.status, "4.3.2");
	assert_int_equal(w.engine.now_ms, 3000);
	end(&w);
	/* and at the end of the message, of which a part is answered. */
	begin(&w, domains, "");
	w.engine.close_ms = 20000;
	assert_string_equal(rcpt(&w, "good.example"), "");
	assert_string_equal(rcpt(&w, "slow.example"), "");
	assert_string_equal(eom(&w), "451");
	assert_string_equal(w.reply.status, "4.3.2");
	assert_int_equal(n_told, 2);
	assert_int_equal(told[0].action, STS_ACTION_ACCEPT);
	assert_int_equal(told[1].action, STS_ACTION_DEFER);
	end(&w);
	/* What is known already goes through. */
	begin(&w, domains, "");
	assert_string_equal(rcpt(&w, "good.example"), "");
	w.engine.close_ms = 0;
	assert_string_equal(eom(&w), "");
	end(&w);
}

static void
past_the_cap_nobody_waits(void **state)
{
	const struct fake_domain domains[] = {
		{ "slow.example", FAKE_UNREACHABLE, FAKE_PASS, 1000 },
		{ NULL, FAKE_PASS, FAKE_PASS, 0 },
	};
	struct world w;

	(void)state;
	begin(&w, domains, "");
	w.waiters.cap = 0;
	assert_string_equal(rcpt(&w, "slow.example"), "451");
	assert_int_equal(w.engine.waited, 0);
	end(&w);
	begin(&w, domains, "decide_at = \"eom\"");
	w.waiters.cap = 0;
	assert_string_equal(rcpt(&w, "slow.example"), "");
	assert_string_equal(eom(&w), "451");
	assert_int_equal(w.engine.waited, 0);
	end(&w);
}

static void
forged_headers_are_counted_whatever_happens(void **state)
{
	struct world w;

	(void)state;
	begin(&w, mixed, "header = \"none\"");
	assert_string_equal(rcpt(&w, "good.example"), "");
	sts_session_header(w.session, "MTA-STS-Status", "x");
	sts_session_header(w.session, "Subject", "x");
	sts_session_header(w.session, "mta-sts-STATUS", "x");
	sts_session_header(w.session, "MTA-STS-Status2", "x");
	assert_string_equal(eom(&w), "");
	assert_int_equal(w.edits->n_forged, 2);
	assert_int_equal(w.edits->n_headers, 0);
	assert_string_equal(w.edits->header_name, "MTA-STS-Status");
	end(&w);
}

static bool
header_has(const struct world *w, const char *text)
{
	for (size_t i = 0; i < w->edits->n_headers; i++)
		if (strstr(w->edits->headers[i], text) != NULL)
			return true;
	return false;
}

/* A Bcc must not be told to the others. */
static void
several_domains_are_not_named(void **state)
{
	const char conf[] = "header = \"all\"\non_fail = \"quarantine\"\n"
			    "on_unreachable = \"tag\"";
	const struct sts_rcpt local = { "<u@local.example>", "local", "",
		"u@local.example" };
	struct world w;

	(void)state;
	begin(&w, mixed, conf);
	assert_string_equal(rcpt(&w, "bad.example"), "");
	assert_string_equal(rcpt(&w, "bad.example"), "");
	assert_string_equal(eom(&w), "");
	assert_int_equal(w.edits->n_headers, 1);
	assert_true(header_has(&w, "domain=bad.example"));
	assert_true(header_has(&w, "mx=mx1.example.com"));
	assert_string_equal(
	    w.edits->quarantine, "mta-sts: bad.example: certificate-expired");
	end(&w);
	/* Another policy domain, */
	begin(&w, mixed, conf);
	assert_string_equal(rcpt(&w, "bad.example"), "");
	assert_string_equal(rcpt(&w, "good.example"), "");
	assert_string_equal(eom(&w), "");
	assert_int_equal(w.edits->n_headers, 2);
	assert_false(header_has(&w, "example.com"));
	assert_false(header_has(&w, "domain="));
	assert_false(header_has(&w, "id="));
	assert_true(header_has(&w, "reason=certificate-expired"));
	assert_string_equal(
	    w.edits->quarantine, "mta-sts: certificate-expired");
	assert_string_equal(told[0].domain, "bad.example");
	end(&w);
	/* or one that no policy is looked up for. */
	begin(&w, mixed, conf);
	assert_string_equal(rcpt(&w, "bad.example"), "");
	sts_blocking_rcpt(&w.context, w.session, &local, NULL, &w.reply);
	assert_string_equal(eom(&w), "");
	assert_int_equal(w.edits->n_headers, 2);
	assert_false(header_has(&w, "domain="));
	end(&w);
}

/* What is refused at RCPT is no part of the message. */
static void
a_refused_domain_does_not_hide_the_other(void **state)
{
	struct world w;

	(void)state;
	begin(&w, mixed, "header = \"all\"");
	assert_string_equal(rcpt(&w, "good.example"), "");
	assert_string_equal(rcpt(&w, "bad.example"), "451");
	assert_string_equal(eom(&w), "");
	assert_int_equal(w.edits->n_headers, 1);
	assert_true(header_has(&w, "domain=good.example"));
	end(&w);
}

static void
a_header_that_tells_nothing_new_is_left_out(void **state)
{
	const struct fake_domain domains[] = {
		{ "a.example", FAKE_NONE, FAKE_NONE, 0 },
		{ "b.example", FAKE_NONE, FAKE_NONE, 0 },
		{ "c.example", FAKE_FAIL, FAKE_FAIL, 0 },
		{ NULL, FAKE_PASS, FAKE_PASS, 0 },
	};
	struct world w;

	(void)state;
	begin(&w, domains, "header = \"all\"\non_fail = \"tag\"");
	assert_string_equal(rcpt(&w, "a.example"), "");
	assert_string_equal(rcpt(&w, "b.example"), "");
	assert_string_equal(rcpt(&w, "c.example"), "");
	assert_string_equal(eom(&w), "");
	assert_int_equal(w.edits->n_headers, 2);
	assert_int_equal(n_told, 3);
	end(&w);
}

static void
failures_alone_get_a_header_by_default(void **state)
{
	static const struct {
		const char *domain;
		bool header;
	} cases[] = { { "good.example", false }, { "bad.example", true },
		{ "other.example", true } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct world w;

		begin(&w, mixed, "on_fail = \"log\"");
		assert_string_equal(rcpt(&w, cases[i].domain), "");
		assert_string_equal(eom(&w), "");
		assert_int_equal(w.edits->n_headers, cases[i].header);
		end(&w);
	}
}

/* One message to example.com with `field` as TLS-Required, twice where `again`;
 * its end. */
static const char *
with_field(struct world *w, const char *field, bool again)
{
	assert_string_equal(rcpt(w, "example.com"), "");
	if (field != NULL)
		sts_session_header(w->session, "TLS-required", field);
	if (again)
		sts_session_header(w->session, "TLS-Required", field);
	return eom(w);
}

/* RFC 8689 section 5. */
static void
tls_required_no_is_honored_where_allowed(void **state)
{
	static const struct {
		const char *field;
		bool again;
		const char *eom;
	} cases[] = {
		{ "No", false, "" }, { " no ", false, "" },
		{ NULL, false, "451" }, { "Yes", false, "451" },
		{ "No.", false, "451" },
		{ "No", true, "451" }, /* at most once */
	};
	static const struct fake_domain domains[] = {
		{ "example.com", FAKE_FAIL, FAKE_FAIL, 0 },
		{ NULL, FAKE_PASS, FAKE_PASS, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct world w;

		begin(&w, domains, "honor_tls_required_no = true");
		assert_string_equal(
		    with_field(&w, cases[i].field, cases[i].again),
		    cases[i].eom);
		assert_int_equal(n_told, 1);
		assert_int_equal(told[0].result, STS_RESULT_FAIL);
		assert_int_equal(told[0].relief,
		    cases[i].eom[0] == '\0' ? STS_RELIEF_TLS_REQUIRED_NO
					    : STS_RELIEF_NONE);
		assert_int_equal(told[0].action, cases[i].eom[0] == '\0'
						     ? STS_ACTION_LOG
						     : STS_ACTION_DEFER);
		end(&w);
	}
}

static void
tls_required_no_is_nothing_by_default(void **state)
{
	static const struct fake_domain domains[] = {
		{ "example.com", FAKE_FAIL, FAKE_FAIL, 0 },
		{ NULL, FAKE_PASS, FAKE_PASS, 0 },
	};
	struct world w;

	(void)state;
	begin(&w, domains, "decide_at = \"eom\"");
	assert_string_equal(with_field(&w, "No", false), "451");
	end(&w);
}

/* RFC 8689 section 4.2.1, and 4.1 where both are there. */
static void
requiretls_fails_without_a_validated_path(void **state)
{
	static const struct {
		enum fake_answer answer;
		enum sts_result result;
		const char *rcpt;
	} cases[] = {
		{ FAKE_PASS, STS_RESULT_PASS, "" },
		{ FAKE_NONE, STS_RESULT_FAIL, "550" },
		{ FAKE_TESTING, STS_RESULT_FAIL, "550" },
		{ FAKE_FAIL, STS_RESULT_FAIL, "550" },
		{ FAKE_UNREACHABLE, STS_RESULT_TEMPERROR, "451" },
		{ FAKE_UNKNOWN, STS_RESULT_TEMPERROR, "451" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct fake_domain domains[] = {
			{ "example.com", cases[i].answer, cases[i].answer, 0 },
			{ NULL, FAKE_PASS, FAKE_PASS, 0 },
		};
		struct world w;

		begin(&w, domains,
		    "honor_tls_required_no = true\non_outage = \"log\"\n"
		    "on_fail = \"reject\"");
		w.engine.outage = true;
		sts_session_require_tls(w.session);
		assert_string_equal(rcpt(&w, "example.com"), cases[i].rcpt);
		if (cases[i].rcpt[0] == '\0') {
			sts_session_header(w.session, "TLS-Required", "No");
			assert_string_equal(eom(&w), "");
		}
		assert_int_equal(told[0].result, cases[i].result);
		assert_int_equal(told[0].relief, STS_RELIEF_NONE);
		end(&w);
	}
}

static void
an_outage_only_logs_where_configured(void **state)
{
	static const struct fake_domain domains[] = {
		{ "example.com", FAKE_UNREACHABLE, FAKE_UNREACHABLE, 0 },
		{ NULL, FAKE_PASS, FAKE_PASS, 0 },
	};
	struct world w;

	(void)state;
	begin(&w, domains, "on_outage = \"log\"");
	w.engine.outage = true;
	assert_string_equal(rcpt(&w, "example.com"), "");
	assert_string_equal(eom(&w), "");
	assert_int_equal(told[0].result, STS_RESULT_TEMPERROR);
	assert_int_equal(told[0].action, STS_ACTION_LOG);
	assert_int_equal(told[0].relief, STS_RELIEF_OUTAGE);
	end(&w);

	begin(&w, domains, "on_outage = \"log\""); /* it has ended */
	assert_string_equal(rcpt(&w, "example.com"), "451");
	end(&w);

	begin(&w, domains, ""); /* hold */
	w.engine.outage = true;
	assert_string_equal(rcpt(&w, "example.com"), "451");
	assert_int_equal(told[0].relief, STS_RELIEF_NONE);
	end(&w);
}

/* Nobody is asked about these: the engine of this test fails where it is. */
static void
no_lookup_without_a_policy_domain(void **state)
{
	static const struct {
		struct sts_rcpt rcpt;
		enum sts_result result;
	} cases[] = {
		{ { "<u@[192.0.2.1]>", "smtp", "[192.0.2.1]", NULL },
		    STS_RESULT_NONE },
		{ { "<u@[192.0.2.1]>", NULL, NULL, NULL }, STS_RESULT_NONE },
		{ { "<u@x.example>", "smtp", "[smart.example]:587", NULL },
		    STS_RESULT_NONE },
		{ { "<u@x.example>", "local", "x.example", "u@x.example" },
		    STS_RESULT_EXEMPT },
		{ { "<u@x.example>", "error", "", NULL }, STS_RESULT_EXEMPT },
		{ { "root", NULL, NULL, NULL }, STS_RESULT_EXEMPT },
	};
	const struct fake_domain nobody[] = { { NULL, FAKE_PASS, FAKE_PASS,
	    0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct world w;

		begin(&w, nobody, all_reject);
		sts_blocking_rcpt(
		    &w.context, w.session, &cases[i].rcpt, NULL, &w.reply);
		assert_null(w.reply.code);
		assert_string_equal(eom(&w), "");
		assert_int_equal(n_told, 1);
		assert_int_equal(told[0].result, cases[i].result);
		assert_int_equal(told[0].action, STS_ACTION_ACCEPT);
		end(&w);
	}
}

static void
an_exception_is_used_and_named(void **state)
{
	const char conf[] =
	    "domain \"bad.example\" { on_fail = \"log\" reason = \"ticket 7\" }"
	    "\ndomain \"good.example\" { on_fail = \"log\" }\n";
	struct world w;

	(void)state;
	begin(&w, mixed, conf);
	assert_string_equal(rcpt(&w, "bad.example"), "");
	assert_string_equal(rcpt(&w, "good.example"), "");
	assert_string_equal(eom(&w), "");
	assert_int_equal(told[0].action, STS_ACTION_LOG);
	assert_true(told[0].has_exception);
	/* It passed: there was nothing to be excepted. */
	assert_false(told[1].has_exception);
	end(&w);
}

/* A symbol has no A-label for us, and one for the MTA: there may be a policy.
 */
static void
a_domain_that_cannot_be_looked_up_is_a_temperror(void **state)
{
	const struct fake_domain nobody[] = { { NULL, FAKE_PASS, FAKE_PASS,
	    0 } };
	struct world w;

	(void)state;
	begin(&w, nobody, "on_temperror = \"defer\"");
	assert_string_equal(rcpt(&w, "\xe2\x80\x8d.example"), "451");
	assert_int_equal(told[0].result, STS_RESULT_TEMPERROR);
	end(&w);
	begin(&w, nobody, "");
	assert_string_equal(rcpt(&w, "\xe2\x80\x8d.example"), "");
	assert_string_equal(eom(&w), "");
	assert_int_equal(told[0].result, STS_RESULT_TEMPERROR);
	assert_int_equal(told[0].action, STS_ACTION_LOG);
	end(&w);
}

/* One message cannot make the daemon look up, or keep, any number of domains.
 */
static void
domains_past_the_cap_come_with_another_message(void **state)
{
	struct fake_domain *domains;
	struct world w;
	char name[64];

	(void)state;
	domains = calloc(STS_SESSION_DOMAINS + 1, sizeof(*domains));
	assert_non_null(domains);
	for (int i = 0; i < STS_SESSION_DOMAINS; i++) {
		(void)snprintf(name, sizeof(name), "d%d.example", i);
		domains[i].domain = strdup(name);
		assert_non_null(domains[i].domain);
		domains[i].early = domains[i].late = FAKE_PASS;
	}
	/* Whatever the word for what could not be told. */
	begin(&w, domains, "on_temperror = \"log\"");
	for (int i = 0; i < STS_SESSION_DOMAINS; i++)
		assert_string_equal(rcpt(&w, domains[i].domain), "");
	assert_string_equal(rcpt(&w, "more.example"), "452");
	assert_string_equal(w.reply.status, "4.5.3");
	assert_string_equal(rcpt(&w, "still-more.example"), "452");
	assert_string_equal(rcpt(&w, "d7.example"), "");
	assert_int_equal(w.engine.asked, STS_SESSION_DOMAINS);
	assert_int_equal(n_told, 0);
	end(&w);
	/* A message that nobody could send again is judged as it is. */
	begin(&w, domains, "on_temperror = \"defer\"");
	for (int i = 0; i < STS_SESSION_DOMAINS; i++)
		assert_string_equal(rcpt_by_command(&w, domains[i].domain), "");
	assert_string_equal(rcpt_by_command(&w, "more.example"), "");
	assert_int_equal(w.engine.asked, STS_SESSION_DOMAINS);
	end(&w);
	for (int i = 0; i < STS_SESSION_DOMAINS; i++)
		free((char *)(uintptr_t)domains[i].domain);
	free(domains);
}

/* Before the MTA has a queue id, and with it. */
static void
the_decisions_of_a_message_have_its_name(void **state)
{
	struct world w;
	char first[STS_MESSAGE_NAME];

	(void)state;
	begin(&w, mixed, "");
	assert_string_equal(rcpt(&w, "bad.example"), "451");
	assert_string_equal(rcpt(&w, "good.example"), "");
	assert_string_equal(eom(&w), "");
	assert_int_equal(n_told, 2);
	assert_string_equal(told[0].message, told[1].message);
	memcpy(first, told[0].message, sizeof(first));
	end(&w);
	begin(&w, mixed, "");
	assert_string_equal(rcpt(&w, "bad.example"), "451");
	assert_string_not_equal(told[0].message, first);
	end(&w);
}

static void
a_message_given_up_is_not_reported(void **state)
{
	struct world w;

	(void)state;
	begin(&w, mixed, "on_fail = \"tag\"");
	assert_string_equal(rcpt(&w, "bad.example"), "");
	end(&w);
	assert_int_equal(n_told, 0);
}

/* A reload in the middle of a message does not change it. */
static void
a_message_keeps_its_configuration(void **state)
{
	const struct sts_conf *old;
	struct sts_engine stricter;
	struct world w;

	(void)state;
	begin(&w, mixed, "on_fail = \"tag\"");
	fake_engine_init(&stricter, mixed, "on_fail = \"reject\"");
	old = w.engine.conf;
	w.engine.conf = stricter.conf;
	sts_conf_put(old);
	assert_string_equal(rcpt(&w, "bad.example"), "");
	assert_string_equal(eom(&w), "");
	assert_int_equal(told[0].action, STS_ACTION_TAG);
	end(&w); /* which gives stricter's back */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_is_done_where_decide_at_says),
		cmocka_unit_test(pass_none_and_testing_are_never_refused),
		cmocka_unit_test(a_bad_recipient_does_not_hold_the_others),
		cmocka_unit_test(recipients_of_a_domain_share_one_question),
		cmocka_unit_test(recipients_of_a_message_wait_together),
		cmocka_unit_test(the_most_severe_action_wins_at_eom),
		cmocka_unit_test(late_answers),
		cmocka_unit_test(the_mta_hears_of_us_while_we_wait),
		cmocka_unit_test(the_mta_hears_of_us_though_answers_come),
		cmocka_unit_test(an_mta_that_is_gone_is_not_waited_for),
		cmocka_unit_test(an_engine_that_is_full_is_a_temperror),
		cmocka_unit_test(shutdown_defers_what_is_not_answered),
		cmocka_unit_test(past_the_cap_nobody_waits),
		cmocka_unit_test(forged_headers_are_counted_whatever_happens),
		cmocka_unit_test(several_domains_are_not_named),
		cmocka_unit_test(a_refused_domain_does_not_hide_the_other),
		cmocka_unit_test(a_header_that_tells_nothing_new_is_left_out),
		cmocka_unit_test(failures_alone_get_a_header_by_default),
		cmocka_unit_test(tls_required_no_is_honored_where_allowed),
		cmocka_unit_test(tls_required_no_is_nothing_by_default),
		cmocka_unit_test(requiretls_fails_without_a_validated_path),
		cmocka_unit_test(an_outage_only_logs_where_configured),
		cmocka_unit_test(no_lookup_without_a_policy_domain),
		cmocka_unit_test(
		    a_domain_that_cannot_be_looked_up_is_a_temperror),
		cmocka_unit_test(an_exception_is_used_and_named),
		cmocka_unit_test(
		    domains_past_the_cap_come_with_another_message),
		cmocka_unit_test(the_decisions_of_a_message_have_its_name),
		cmocka_unit_test(a_message_given_up_is_not_reported),
		cmocka_unit_test(a_message_keeps_its_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
