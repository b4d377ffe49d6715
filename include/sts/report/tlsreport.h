/*
 * A TLS report as a sender writes it (RFC 8460 section 4): the model, and its
 * JSON (section 4.4).  Of a day and a policy domain there is one.
 *
 * A report borrows all that it points to.  Text may be any bytes: what is not
 * UTF-8 is escaped.  Pure; any thread.
 */
#ifndef STS_REPORT_TLSREPORT_H
#define STS_REPORT_TLSREPORT_H

#include "sts/base/err.h"

#include <jansson.h>
#include <stdint.h>

enum sts_tlsreport_type { /* policy-type */
	STS_TLSREPORT_TLSA,
	STS_TLSREPORT_STS,
	STS_TLSREPORT_NO_POLICY,
};

/* One of failure-details.  What is NULL or "" is left out. */
struct sts_tlsreport_failure {
	const char *result_type; /* a word of section 4.3 */
	const char *sending_mta_ip;
	const char *receiving_mx_hostname;
	const char *receiving_mx_helo;
	const char *receiving_ip;
	uint64_t failed_session_count;
	const char *additional_information; /* a URI */
	const char *failure_reason_code;
};

struct sts_tlsreport_policy {
	enum sts_tlsreport_type type;
	const char *const *string; /* lines of the policy, TLSA records */
	size_t n_string; /* 0: left out */
	const char *domain; /* A-labels */
	const char *const *mx_host; /* the policy's patterns */
	size_t n_mx_host; /* 0: left out */
	uint64_t success, failure; /* sessions */
	const struct sts_tlsreport_failure *failures;
	size_t n_failures; /* 0: left out */
};

struct sts_tlsreport {
	const char *organization;
	const char *contact; /* an address; "" is left out */
	const char *report_id;
	int64_t begin, end; /* wall s, both inside */
	const struct sts_tlsreport_policy *policies;
	size_t n_policies;
};

/* "tlsa", "sts", "no-policy-found". */
const char *sts_tlsreport_type_text(enum sts_tlsreport_type type);

/* The whole report, the caller's.  NULL: out of memory. */
json_t *sts_tlsreport_json(const struct sts_tlsreport *report);

#endif
