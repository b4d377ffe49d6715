/*
 * What an SMTP client is told when a recipient or a message is refused.
 *
 * The enhanced status codes (RFC 3463) say what kind of thing failed:
 *
 *	X.7.5	a certificate or another cryptographic proof
 *	X.7.4	TLS is required and not offered
 *	X.7.0	another matter of policy, such as an MX that it does not allow
 *	X.4.1	no MX host could be reached
 *	X.4.3	a DNS lookup failed
 *	X.5.3	the message has recipients in too many domains
 *	X.3.2	this system is shutting down
 *	X.3.0	this system has a fault
 *
 * Pure.
 */
#ifndef STS_FRONT_REPLY_H
#define STS_FRONT_REPLY_H

#include "sts/core/verdict.h"

enum { STS_REPLY_TEXT = 401 }; /* 400 bytes, for 512 are a line's, and NUL */

struct sts_reply {
	const char *code; /* "451", "550"; NULL: go on */
	const char *status; /* "4.7.5" */
	char text[STS_REPLY_TEXT]; /* printable ASCII */
};

extern const struct sts_reply sts_reply_go_on;
extern const struct sts_reply sts_reply_closing;
extern const struct sts_reply sts_reply_fault;
extern const struct sts_reply sts_reply_too_many; /* policy domains */

/* `action` is STS_ACTION_REJECT, or else it is taken as STS_ACTION_DEFER.
 * `domain` and `mx` are "" where they are not known. */
void sts_reply_of(enum sts_action action, const struct sts_verdict *verdict,
    const char *domain, const char *mx, struct sts_reply *out);

#endif
