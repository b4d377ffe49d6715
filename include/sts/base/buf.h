/*
 * A growing buffer that is born with its cap.
 *
 * All bytes that come from outside are gathered in one of these, and all text
 * that is made is made in one: so no length is unbounded.  What was appended
 * stays NUL-terminated for the libraries that need it (`p` is never NULL after
 * the first append).  The first failure is remembered: a run of appends may be
 * written plainly and judged once, by sts_buf_err().
 */
#ifndef STS_BASE_BUF_H
#define STS_BASE_BUF_H

#include "sts/base/err.h"
#include "sts/base/slice.h"

#include <stdarg.h>

struct sts_buf {
	char *p;
	size_t n; /* bytes in use, without the final NUL */
	size_t size; /* bytes allocated */
	size_t cap; /* bytes that n may reach */
	enum sts_err err; /* the first failure */
};

/* Owns nothing until the first append. */
void sts_buf_init(struct sts_buf *b, size_t cap);
void sts_buf_deinit(struct sts_buf *b);

/* Forgets the content and the failure, keeps the memory. */
void sts_buf_clear(struct sts_buf *b);

/* Each appends all or, past the cap or out of memory, nothing; then the buffer
 * is in error and takes no more until it is cleared. */
void sts_buf_add(struct sts_buf *b, const void *p, size_t n);
void sts_buf_slice(struct sts_buf *b, struct sts_slice s);
void sts_buf_str(struct sts_buf *b, const char *s);
void sts_buf_char(struct sts_buf *b, char c);
void sts_buf_printf(struct sts_buf *b, const char *fmt, ...) STS_PRINTF(2, 3);
void sts_buf_vprintf(struct sts_buf *b, const char *fmt, va_list ap)
    STS_PRINTF(2, 0);

/* Appends what can be read from a descriptor, to its end.  STS_E_LIMIT: it is
 * more than the cap takes; STS_E_IO: errno says why; STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_buf_read(struct sts_buf *b, int fd);

/* Its counterpart: writes all of the slice.  STS_E_IO: errno says why. */
STS_MUST_USE enum sts_err sts_slice_write(struct sts_slice s, int fd);

/* Drops the first n bytes (at most all). */
void sts_buf_drop(struct sts_buf *b, size_t n);

/* Hands the memory to the caller, to be given to free(), and is empty then.
 * NULL where the buffer is in error; "" where nothing was appended. */
char *sts_buf_take(struct sts_buf *b);

static inline enum sts_err
sts_buf_err(const struct sts_buf *b)
{
	return b->err;
}

static inline struct sts_slice
sts_buf_view(const struct sts_buf *b)
{
	return sts_slice(b->p, b->n);
}

/* The content as a C string; "" where nothing was appended. */
static inline const char *
sts_buf_cstr(const struct sts_buf *b)
{
	return b->p == NULL ? "" : b->p;
}

#endif
