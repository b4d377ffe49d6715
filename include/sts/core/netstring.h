/*
 * Netstrings: `LENGTH:BYTES,`, the length in decimal digits; what socketmaps
 * are spoken in.  Pure.
 */
#ifndef STS_CORE_NETSTRING_H
#define STS_CORE_NETSTRING_H

#include "sts/base/buf.h"
#include "sts/base/err.h"
#include "sts/base/slice.h"

/*
 * Takes one from the front of *in: *body points into it, and *in is what stands
 * behind.  STS_E_AGAIN: it is not whole yet, nothing is taken.  STS_E_LIMIT:
 * its body is, or will be, longer than `max`.  STS_E_SYNTAX: whatever follows,
 * it will never be one.
 */
STS_MUST_USE enum sts_err sts_netstring_read(
    struct sts_slice *in, size_t max, struct sts_slice *body);

/* Appends one.  A buffer in error may hold a part of it. */
void sts_netstring_add(struct sts_buf *b, struct sts_slice body);

#endif
