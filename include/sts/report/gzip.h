/*
 * A piece of data as a gzip file (RFC 1952), without a name and a time: the
 * same data gives the same file.  Any thread.
 */
#ifndef STS_REPORT_GZIP_H
#define STS_REPORT_GZIP_H

#include "sts/base/buf.h"

/* Appends to `out`, whose cap counts.  STS_E_LIMIT, STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_gzip(struct sts_slice data, struct sts_buf *out);

#endif
