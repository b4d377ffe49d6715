/*
 * The reports in a mail (RFC 8460 section 5.3), read with GMime.
 *
 * A report is a part of type application/tlsrpt+gzip or
 * application/tlsrpt+json, or the whole mail; some senders call it
 * application/gzip, application/json or octet-stream, some admins forward the
 * mail as an attachment: every part that may be one is handed out, decoded.
 *
 * A mail comes from anybody.  Before GMime sees it, what would make it work
 * hard or take much memory is counted, and refused past a cap.
 *
 * Where the build has no GMime, no mail can be read, and sts_reportmail_built
 * says so.  One thread.
 */
#ifndef STS_PROG_REPORTMAIL_H
#define STS_PROG_REPORTMAIL_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

#include <stdbool.h>

enum {
	STS_REPORTMAIL_MAX = 16 << 20, /* bytes of a mail */
	STS_REPORTMAIL_DASHES = 2000, /* lines that begin as boundaries do */
	STS_REPORTMAIL_FIELDS = 20000, /* lines that may be header fields */
	STS_REPORTMAIL_PARAMETERS = 100000, /* semicolons */
	STS_REPORTMAIL_PARTS = 1000, /* parts that are looked at */
	STS_REPORTMAIL_DEPTH = 16, /* of parts in parts */
};

/* A part that may be a report; borrowed for the call. */
struct sts_reportmail_part {
	const char *name; /* its file name, else its type; any bytes */
	bool sure; /* its type says that it is one */
	struct sts_slice content;
	/* The mail's TLS-Report-Domain and TLS-Report-Submitter (RFC 8460
	 * section 5.3); any bytes, NULL where there is none. */
	const char *domain, *submitter;
};

typedef void sts_reportmail_fn(
    void *cookie, const struct sts_reportmail_part *part);

bool sts_reportmail_built(void);

/* To be called before the first mail, once in a process: GMime keeps what it
 * needs to the end, and giving it back loses some of it. */
void sts_reportmail_begin(void);

/* Whether it begins as a mail does: with a header field, or as in an mbox. */
bool sts_reportmail_is(struct sts_slice bytes);

/*
 * Hands out each part that may be a report.  STS_E_LIMIT, and `why`, of
 * STS_REPORT_WHY bytes, is told which cap; STS_E_SYNTAX: GMime cannot read it;
 * STS_E_NOTFOUND: this build reads no mail.
 */
STS_MUST_USE enum sts_err sts_reportmail_visit(
    struct sts_slice mail, sts_reportmail_fn *visit, void *cookie, char *why);

#endif
