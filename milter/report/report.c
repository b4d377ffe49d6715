#include "sts/report/report.h"

#include "sts/report/audit.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct sts_report {
	struct sts_log *log;
	const struct sts_clock *clock;
	struct sts_audit *audit;
	sts_report_observer *observer; /* NULL: none */
	void *cookie;
	int64_t started_s; /* wall */
	atomic_uint_fast64_t messages; /* that were named */
	atomic_uint_fast64_t by_result[STS_REPORT_RESULTS];
	atomic_uint_fast64_t by_action[STS_REPORT_ACTIONS];
};

enum sts_err
sts_report_new(struct sts_log *log, const struct sts_clock *clock,
    const char *audit_file, struct sts_report **out)
{
	struct sts_report *report = calloc(1, sizeof(*report));
	enum sts_err err;

	if (report == NULL)
		return STS_E_NOMEM;
	err = sts_audit_new(log, &report->audit);
	if (err != STS_OK) {
		free(report);
		return err;
	}
	report->log = log;
	report->clock = clock;
	report->started_s = sts_wall_s(clock);
	sts_audit_open(report->audit, audit_file);
	*out = report;
	return STS_OK;
}

void
sts_report_free(struct sts_report *report)
{
	if (report == NULL)
		return;
	sts_audit_free(report->audit);
	free(report);
}

void
sts_report_reopen(struct sts_report *report, const char *audit_file)
{
	sts_audit_open(report->audit, audit_file);
}

void
sts_report_name_message(struct sts_report *report, char name[STS_MESSAGE_NAME])
{
	uint64_t n = atomic_fetch_add(&report->messages, 1);

	(void)snprintf(name, STS_MESSAGE_NAME, "%" PRIx64 ".%lx.%" PRIx64,
	    (uint64_t)report->started_s, (unsigned long)getpid(), n);
}

/* A pair without a value is left out, as in the header. */
static struct sts_kv
pair(const char *key, const char *value)
{
	bool empty = value == NULL || value[0] == '\0';

	return STS_KV_STR(empty ? NULL : key, value);
}

static void
log_line(struct sts_log *log, const struct sts_decision *d)
{
	const struct sts_verdict *v = d->verdict;
	const struct sts_answer *a = d->answer;
	const struct sts_exception *e = d->exception;
	const char *id = a == NULL ? NULL : a->discovery.id;
	bool numbered = d->queue_id != NULL && d->queue_id[0] != '\0';
	const struct sts_kv kv[] = {
		pair("domain", d->domain),
		pair("result", sts_result_text(v->result)),
		pair("policy", v->in_policy ? sts_mode_text(v->mode) : "none"),
		pair("id", id),
		pair("reason", sts_reason_text(v->reason)),
		pair("mx", a == NULL ? NULL : sts_answer_mx(a)),
		pair("action", sts_action_text(d->action)),
		pair("stage", d->stage == STS_STAGE_RCPT ? "rcpt" : "eom"),
		pair("cached", d->cached ? "yes" : "no"),
		STS_KV_INT("ms", d->ms),
		pair("exception", e == NULL ? NULL : e->name),
		pair("exception_reason", e == NULL ? NULL : e->reason),
		pair("requiretls", v->required ? "yes" : NULL),
		pair("relief", sts_relief_text(d->relief)),
	};

	/* The word that Postfix and Sendmail log before there is an id. */
	sts_log_event(log, STS_LOG_INFO, numbered ? d->queue_id : "NOQUEUE",
	    "verdict", sizeof(kv) / sizeof(kv[0]), kv);
}

enum { SOON_S = 7 * 86400 }; /* an exception's end is told so long before */

/* What an auditor greps for: protection that the admin took off, and the day on
 * which it comes back. */
static void
alarm_exception(struct sts_report *report, const struct sts_decision *d)
{
	const struct sts_exception *e = d->exception;
	char until[STS_TIME_TEXT] = "";
	int64_t left;

	if (e == NULL)
		return;
	left = e->until - sts_wall_s(report->clock);
	if (e->until != 0)
		(void)sts_time_rfc3339(e->until, until);
	sts_log(report->log, STS_LOG_NOTICE, "alarm-exception-used",
	    STS_KV_STR("exception", e->name), STS_KV_STR("domain", d->domain),
	    STS_KV_STR("result", sts_result_text(d->verdict->result)),
	    pair("until", until), pair("why", e->reason));
	if (e->until != 0 && left < SOON_S)
		sts_log(report->log, STS_LOG_WARNING,
		    "alarm-exception-ends-soon",
		    STS_KV_STR("exception", e->name),
		    STS_KV_STR("until", until),
		    STS_KV_INT("days", left / 86400));
}

void
sts_report_observe(
    struct sts_report *report, sts_report_observer *observer, void *cookie)
{
	report->observer = observer;
	report->cookie = cookie;
}

void
sts_report_decision(
    struct sts_report *report, const struct sts_decision *decision)
{
	char *line;

	atomic_fetch_add(&report->by_result[decision->verdict->result], 1);
	atomic_fetch_add(&report->by_action[decision->action], 1);
	log_line(report->log, decision);
	alarm_exception(report, decision);
	if (report->observer != NULL)
		report->observer(report->cookie, decision);
	if (!sts_audit_wanted(report->audit))
		return;
	line = sts_audit_line(decision, sts_wall_s(report->clock));
	sts_audit_write(report->audit, line);
	free(line);
}

void
sts_report_counters(struct sts_report *report, struct sts_counters *out)
{
	for (size_t i = 0; i < STS_REPORT_RESULTS; i++)
		out->by_result[i] = atomic_load(&report->by_result[i]);
	for (size_t i = 0; i < STS_REPORT_ACTIONS; i++)
		out->by_action[i] = atomic_load(&report->by_action[i]);
	out->audit_lost = sts_audit_lost(report->audit);
}
