/*
 * TLS reports gathered: those asked for, each once, within caps; and what did
 * not become one.  What all views are made of is one JSON object, which is what
 * --json prints:
 *
 *	reports: [{file, ...}] (as of sts_reportread),
 *	total: {reports, success, failure},
 *	errors: [{file, message}],
 *	duplicates: [{file, organization, report_id, first, same}] (where it is
 *		not the same, the report counts: see reportset.c),
 *	left_out: N (by the filter),
 *
 * and what sts_reportsummary_add and sts_reportadvice_add put beside it. All
 * counts together fit into 53 bits, so that any sum of some of them does, in
 * any reader's numbers.  One thread.
 */
#ifndef STS_PROG_REPORTSET_H
#define STS_PROG_REPORTSET_H

#include "sts/base/err.h"

#include <jansson.h>
#include <stdint.h>

enum {
	STS_REPORTSET_REPORTS = 100000,
	STS_REPORTSET_FAILURES = 100000, /* failure-details, in all */
	STS_REPORTSET_ERRORS = 10000, /* that are told one by one */
	STS_REPORTSET_DUPLICATES = 100000, /* that are listed */
};

/* What is asked for. */
struct sts_reportset_filter {
	const char *domain; /* of policies, canonical; NULL: any */
	/* A report counts that begins in [since, until), wall seconds. */
	int64_t since, until;
};

struct sts_reportset;

/* `filter` is borrowed.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_reportset_new(
    const struct sts_reportset_filter *filter, struct sts_reportset **out);
void sts_reportset_free(struct sts_reportset *set);

/* The file that comes next. */
void sts_reportset_file(struct sts_reportset *set, const char *name);

/* Takes the reference. */
void sts_reportset_report(struct sts_reportset *set, json_t *report);
void sts_reportset_broken(struct sts_reportset *set, const char *why);

/* The object; borrowed from the set. */
json_t *sts_reportset_json(struct sts_reportset *set);

/* STS_E_NOMEM where memory ran out since the start. */
STS_MUST_USE enum sts_err sts_reportset_finish(struct sts_reportset *set);

#endif
