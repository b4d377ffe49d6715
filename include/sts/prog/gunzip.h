/*
 * gzip (RFC 1952), unpacked in memory.  What is unpacked may be a bomb: it goes
 * into a buffer with a cap, and nothing past the cap is ever unpacked.
 *
 * Pure; any thread.
 */
#ifndef STS_PROG_GUNZIP_H
#define STS_PROG_GUNZIP_H

#include "sts/base/buf.h"
#include "sts/base/slice.h"

#include <stdbool.h>

/* Whether it begins as gzip does. */
bool sts_gunzip_is(struct sts_slice in);

/*
 * Appends what `in` unpacks to, all its members one after the other; what
 * stands behind the last is ignored, as gzip(1) does with padding.
 * STS_E_SYNTAX: not gzip, or damaged; STS_E_NOTFOUND: it ends too early;
 * STS_E_LIMIT: the buffer's cap; STS_E_NOMEM.  `out` holds what was unpacked up
 * to there.
 */
STS_MUST_USE enum sts_err sts_gunzip(struct sts_slice in, struct sts_buf *out);

#endif
