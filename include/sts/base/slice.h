/*
 * Slices: a pointer and a length into memory that somebody else owns.
 *
 * Input travels as slices, so that a NUL byte is a byte like any other and
 * nothing is copied to be looked at.  A slice never owns and never outlives
 * what it points into.  All functions are pure; any thread may call.
 */
#ifndef STS_BASE_SLICE_H
#define STS_BASE_SLICE_H

#include "sts/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct sts_slice {
	const char *p;
	size_t n;
};

/* Of a string literal, at no cost. */
#define STS_LIT(s) ((struct sts_slice){ (s), sizeof(s) - 1 })

static inline struct sts_slice
sts_slice(const void *p, size_t n)
{
	return (struct sts_slice){ p, n };
}

/* Of a NUL-terminated string; NULL gives the empty slice. */
static inline struct sts_slice
sts_slice_str(const char *s)
{
	return (struct sts_slice){ s, s == NULL ? 0 : strlen(s) };
}

/* Whether both hold the same bytes. */
bool sts_slice_eq(struct sts_slice a, struct sts_slice b);

/* The same, ASCII letters compared without case; no locale is asked. */
bool sts_slice_eq_nocase(struct sts_slice a, struct sts_slice b);

bool sts_slice_starts(struct sts_slice s, struct sts_slice prefix);

/* Without the spaces and tabs at both ends (WSP of RFC 5234). */
struct sts_slice sts_slice_trim(struct sts_slice s);

/*
 * Cuts *rest at the first `sep`: what stands before it is *part, what stands
 * behind it becomes *rest, and true comes back.  Without a `sep`, *part is all
 * of it, *rest is empty, and false comes back.
 */
bool sts_slice_cut(struct sts_slice *rest, char sep, struct sts_slice *part);

/* Copies to dst with a NUL at the end.  STS_E_LIMIT where it does not fit in
 * `size` bytes, STS_E_SYNTAX where the slice itself holds a NUL. */
STS_MUST_USE enum sts_err sts_slice_copy(
    struct sts_slice s, char *dst, size_t size);

/* ASCII only, whatever the locale. */
static inline char
sts_lower(char c)
{
	return (c >= 'A' && c <= 'Z') ? (char)(c - 'A' + 'a') : c;
}

static inline bool
sts_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
sts_is_alnum(char c)
{
	char l = sts_lower(c);

	return sts_is_digit(c) || (l >= 'a' && l <= 'z');
}

#endif
