/*
 * The report: what becomes of every decision, for people and for auditors.
 *
 * A decision is one policy domain of one message.  Each gives a line in the
 * log, a line in the audit file (see report/audit.h) and a count, whatever its
 * result: an auditor also reads what was exempt.
 *
 * One report is made by the program and borrowed by the front ends; it must
 * outlive them.  Any thread may call.
 */
#ifndef STS_REPORT_REPORT_H
#define STS_REPORT_REPORT_H

#include "sts/base/clock.h"
#include "sts/base/err.h"
#include "sts/base/log.h"
#include "sts/conf/conf.h"
#include "sts/engine/answer.h"
#include "sts/report/relief.h"

#include <stdint.h>

/* Where a decision took effect. */
enum sts_stage {
	STS_STAGE_RCPT, /* the recipients were refused */
	STS_STAGE_EOM, /* with the message, at its end */
};

/* The name of one message in the log's eyes, whatever the MTA calls it, and its
 * NUL. */
enum { STS_MESSAGE_NAME = 48 };

/* All is borrowed for the call. */
struct sts_decision {
	const char *queue_id; /* NULL or "": the MTA had none yet */
	const char *message; /* its name, of sts_report_name_message */
	const char *domain; /* the policy domain; "": there is none */
	const struct sts_verdict *verdict;
	const struct sts_answer *answer; /* NULL: nothing was looked up */
	enum sts_action action;
	enum sts_relief relief; /* where it changed the action */
	struct sts_circumstances about; /* what could relieve it */
	const struct sts_exception *exception; /* used for it, or NULL */
	enum sts_stage stage;
	bool cached; /* the answer was known when it was asked for */
	int64_t ms; /* how long the message was held for the answer */
};

struct sts_report;

/* Told of each decision, on its thread; must not wait. */
typedef void sts_report_observer(
    void *cookie, const struct sts_decision *decision);

/* `audit_file` is a path, "" for none; a file that cannot be opened is a line
 * in the log and no failure.  `log` and `clock` are borrowed.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_report_new(struct sts_log *log,
    const struct sts_clock *clock, const char *audit_file,
    struct sts_report **out);
void sts_report_free(struct sts_report *report);

/* Names a message: no two have the same name, in no two processes.  A queue id
 * is there only after the first recipient, and is used again. */
void sts_report_name_message(
    struct sts_report *report, char name[STS_MESSAGE_NAME]);

void sts_report_decision(
    struct sts_report *report, const struct sts_decision *decision);

/* Who is told of each decision from now on; before there are any. */
void sts_report_observe(
    struct sts_report *report, sts_report_observer *observer, void *cookie);

/* Opens the audit file anew, after it was rotated or its name changed. */
void sts_report_reopen(struct sts_report *report, const char *audit_file);

enum {
	STS_REPORT_RESULTS = STS_RESULT_EXEMPT + 1,
	STS_REPORT_ACTIONS = STS_ACTION_REJECT + 1,
};

/* Decisions since the start. */
struct sts_counters {
	uint64_t by_result[STS_REPORT_RESULTS]; /* by enum sts_result */
	uint64_t by_action[STS_REPORT_ACTIONS]; /* by enum sts_action */
	uint64_t audit_lost; /* audit lines that could not be written */
};

void sts_report_counters(struct sts_report *report, struct sts_counters *out);

#endif
