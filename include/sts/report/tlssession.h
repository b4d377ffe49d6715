/*
 * What an answer stands for in a TLS report: the sessions that a delivery to
 * its domain would have seen (RFC 8460 section 4.2).
 *
 * MX hosts count in order of preference, up to the first that validates, as a
 * delivery would try them: a validated path is one successful session; a host
 * that answers without one, and a host that the policy does not allow, is one
 * failed session; a host that could not be reached, or was not probed, is none.
 * A policy that is announced and cannot be had is one failed session.  Where
 * DANE decides for a host, its session is of a policy of type tlsa.
 *
 * Pure; any thread.
 */
#ifndef STS_REPORT_TLSSESSION_H
#define STS_REPORT_TLSSESSION_H

#include "sts/engine/answer.h"
#include "sts/report/tlsreport.h"

#include <stddef.h>

enum {
	STS_TLSSESSIONS_MAX = 32
}; /* of one answer; further ones are left out */

/* All text is borrowed from the answer, or a literal; none is NULL. */
struct sts_tlssession {
	enum sts_tlsreport_type type;
	const char *result_type; /* "": successful */
	const char *mx, *ip; /* "" where there is none */
	const char *reason_code;
};

/* Returns how many there are. `answer` may be NULL: nothing was looked up. */
size_t sts_tlssessions_of(const struct sts_answer *answer,
    struct sts_tlssession out[STS_TLSSESSIONS_MAX]);

#endif
