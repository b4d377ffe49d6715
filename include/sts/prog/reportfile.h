/*
 * What a file holds: a TLS report as JSON, an array of them, what `report send
 * --dry-run --json` prints ({"reports": [...]}), gzip of any of these, a mail
 * with reports in it, an mbox of mails.  It is told by the bytes, never by the
 * file's name, and unpacked down to the reports.
 *
 * One thread, behind sts_reportmail_begin.
 */
#ifndef STS_PROG_REPORTFILE_H
#define STS_PROG_REPORTFILE_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

#include <jansson.h>

enum {
	STS_REPORTFILE_MAX = 64 << 20, /* bytes of a file, for an mbox */
	STS_REPORTFILE_UNPACKED = 16 << 20, /* bytes that gzip unpacks to */
	STS_REPORTFILE_DEPTH = 6, /* of gzip, mail and array in each other */
	STS_REPORTFILE_REPORTS = 10000, /* in one array */
	STS_REPORTFILE_MESSAGES = 50000, /* in an mbox */
	STS_REPORTFILE_WHY = 512, /* bytes of what is told, at most */
};

/* Who is told.  `why` is printable ASCII. */
struct sts_reportfile_sink {
	void *cookie;
	/* As of sts_reportread; the reference is the sink's. */
	void (*report)(void *cookie, json_t *report);
	void (*broken)(void *cookie, const char *why);
};

/* Tells the sink of each report, and of each thing that should be one and is
 * none; at least one of these.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_reportfile_unpack(
    struct sts_slice bytes, const struct sts_reportfile_sink *sink);

#endif
