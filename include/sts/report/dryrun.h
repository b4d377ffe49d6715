/*
 * The dry run: what a configuration would have done with the decisions of the
 * past, as the audit file has them.
 *
 * Nothing is decided here: each line's verdict goes once more through the words
 * of the configuration (conf/conf.h), the verdict's table (core/verdict.h) and
 * what relieves it (report/relief.h), as it would for a message now.  So an
 * exception counts if it counts today.
 *
 * Memory is bounded whatever is added: past STS_DRYRUN_ROWS rows, further
 * domains are counted and not named.  One thread.
 */
#ifndef STS_REPORT_DRYRUN_H
#define STS_REPORT_DRYRUN_H

#include "sts/report/auditentry.h"

enum { STS_DRYRUN_ROWS = 20000 };

struct sts_dryrun_settings {
	const struct sts_conf *conf; /* borrowed; outlives the dry run */
	struct sts_actions actions; /* in place of its general words */
	enum sts_decide_at decide_at;
	int64_t since, now; /* wall s: lines before `since` do not count */
};

/* What failed, or could not be told, for one reason. */
struct sts_dryrun_row {
	char domain[STS_DOMAIN_SIZE]; /* "": of recipients without one */
	enum sts_reason reason;
	uint64_t messages, decisions;
	uint64_t would[STS_REPORT_ACTIONS]; /* decisions, by enum sts_action */
	uint64_t was[STS_REPORT_ACTIONS];
	int64_t first, last; /* wall s */
	/* Of the newest line. */
	struct sts_verdict verdict;
	char mx[STS_DOMAIN_SIZE];
	const struct sts_exception *exception; /* that counts for it; conf's */
};

struct sts_dryrun_totals {
	uint64_t older; /* decisions before `since`: all else is without them */
	uint64_t decisions, messages;
	int64_t first, last; /* wall s; 0 without any */
	uint64_t held; /* messages that would not have gone on, wholly or for
			  some of their domains */
	uint64_t held_as[STS_REPORT_ACTIONS]; /* by the most severe action */
	uint64_t along; /* of them, those whose recipients elsewhere would have
			   been held with the others */
	/* Decisions: [what was done][what would have been]. */
	uint64_t changes[STS_REPORT_ACTIONS][STS_REPORT_ACTIONS];
	uint64_t unnamed; /* decisions that have no row any more */
};

struct sts_dryrun;

STS_MUST_USE enum sts_err sts_dryrun_new(
    const struct sts_dryrun_settings *settings, struct sts_dryrun **out);
void sts_dryrun_free(struct sts_dryrun *dryrun);

STS_MUST_USE enum sts_err sts_dryrun_add(
    struct sts_dryrun *dryrun, const struct sts_audit_entry *entry);

/* Decisions of the row that would have been held. */
uint64_t sts_dryrun_held(const struct sts_dryrun_row *row);

/* Borrowed, until the next call. */
const struct sts_dryrun_totals *sts_dryrun_totals(
    const struct sts_dryrun *dryrun);

/* All rows, those with the most that would be held first: *out is an array of
 * pointers into the dry run, to be given to free().  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_dryrun_rows(const struct sts_dryrun *dryrun,
    const struct sts_dryrun_row ***out, size_t *n);

#endif
