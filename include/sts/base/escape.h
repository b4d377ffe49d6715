/*
 * Escaping of bytes that come from outside, before a person, a log, a header
 * or a reply sees them.
 *
 * What stays: printable ASCII but `\`.  All else, UTF-8 included (its format
 * characters can turn a line around on a terminal), becomes \xNN; a backslash
 * becomes \\.  Pure; any thread.
 */
#ifndef STS_BASE_ESCAPE_H
#define STS_BASE_ESCAPE_H

#include "sts/base/buf.h"
#include "sts/base/slice.h"

/* Appends at most `max` bytes of escaped text; where that cuts, it ends in
 * "..." (inside max).  No escape is ever cut in two. */
void sts_escape(struct sts_buf *b, struct sts_slice s, size_t max);

/* The same into dst of `size` bytes (at least 4), NUL-terminated. Returns dst.
 * For the `detail` texts of outcomes. */
char *sts_escape_to(char *dst, size_t size, struct sts_slice s);

#endif
