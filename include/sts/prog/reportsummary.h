/*
 * What many TLS reports say together, put into the object of
 * sts/prog/reportset.h:
 *
 *	senders: [{name, reports, success, failure}],
 *	domains: [{name, reports, success, failure, policies: [types]}],
 *	days: [{name, reports, success, failure}] (the UTC day of `begin`),
 *	kinds: [{name, failure}] (result types),
 *	faults: [{domain, result_type, receiving_mx, count, first, last,
 *	    senders, sending_ips, reason_codes: [...]}],
 *
 * A name is null where the reports do not tell; sessions that failed, says a
 * summary, and that no detail is given of, are of the result type null.  Days
 * are in their order; faults, the most frequent first; the others as asked for.
 * One thread.
 */
#ifndef STS_PROG_REPORTSUMMARY_H
#define STS_PROG_REPORTSUMMARY_H

#include "sts/base/err.h"

#include <jansson.h>

enum { STS_REPORTSUMMARY_LISTED = 16 }; /* texts of a list in `faults` */

enum sts_reportsort {
	STS_REPORTSORT_FAILURES, /* the most first */
	STS_REPORTSORT_SESSIONS, /* the most first */
	STS_REPORTSORT_NAME,
};

/* "failures", "sessions", "name": STS_E_NOTFOUND for another word. */
STS_MUST_USE enum sts_err sts_reportsort_parse(
    const char *word, enum sts_reportsort *out);

/* STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_reportsummary_add(
    json_t *all, enum sts_reportsort sort);

#endif
