/*
 * One TLS report (RFC 8460 section 4.4) as JSON, read into the form that all
 * our views are made of.  It comes from anybody who writes to the address in
 * the `_smtp._tls` record: types, numbers, times and lengths are checked here,
 * and what real senders do otherwise than the RFC is mended and said so in
 * "notes".
 *
 * What comes out, a JSON object; a text that is not there is null:
 *
 *	organization, report_id, contact, begin, end (RFC 3339, UTC),
 *	policies: [{type, domain, success, failure,
 *	    policy_string: [...], mx_host: [...],
 *	    failures: [{result_type, receiving_mx, sending_ip, receiving_ip,
 *		helo, additional_information, reason_code, count}]}],
 *	notes: [...]
 *
 * Texts are as the sender wrote them, cut to STS_REPORT_TEXT_MAX: to be escaped
 * where they are shown.  Names of hosts and domains, types and result types are
 * in lower case.  One thread.
 */
#ifndef STS_PROG_REPORTREAD_H
#define STS_PROG_REPORTREAD_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

#include <jansson.h>
#include <stdint.h>

enum {
	STS_REPORT_JSON_MAX = 16 << 20, /* bytes of a JSON text */
	STS_REPORT_JSON_VALUES = 500000, /* values in it, about */
	STS_REPORT_TEXT_MAX = 512, /* bytes of a text that are kept */
	STS_REPORT_LINES_MAX = 256, /* texts of policy-string and mx-host */
	STS_REPORT_POLICIES_MAX = 1000,
	STS_REPORT_FAILURES_MAX = 50000, /* in one report */
	STS_REPORT_WHY = 320, /* bytes of a `why` */
};

/* Sessions of one count: more than anybody has in a day, and little enough for
 * thousands of them to be summed. */
static const int64_t STS_REPORT_COUNT_MAX = 1000000000000;

/*
 * Parses a JSON text within the caps above; no object may have a key twice.
 * Else `why`, of STS_REPORT_WHY bytes, is told why: printable ASCII.
 * STS_E_SYNTAX, STS_E_LIMIT, STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_reportread_text(
    struct sts_slice text, char *why, json_t **out);

/* Reads one report; the caller owns *out.  STS_E_SYNTAX and STS_E_LIMIT, with
 * `why`, which names the place; STS_E_NOTFOUND: it is JSON, but no report;
 * STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_reportread(
    const json_t *in, char *why, json_t **out);

/* What the mail that a report came in says of it (RFC 8460 section 5.3): any
 * bytes, NULL where it says nothing. */
struct sts_reporthint {
	const char *domain, *submitter;
};

/* Puts that where the report itself says nothing, and notes it: Postfix names
 * no domain where it found no policy.  What is no domain name is no help.
 * STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_reportread_hint(
    json_t *report, const struct sts_reporthint *hint);

#endif
