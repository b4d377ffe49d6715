#include "sts/base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIRST_SIZE = 64, PIECE = 16384 };

void
sts_buf_init(struct sts_buf *b, size_t cap)
{
	*b = (struct sts_buf){ .cap = cap };
}

void
sts_buf_deinit(struct sts_buf *b)
{
	free(b->p);
	sts_buf_init(b, b->cap);
}

void
sts_buf_clear(struct sts_buf *b)
{
	b->n = 0;
	b->err = STS_OK;
	if (b->p != NULL)
		b->p[0] = '\0';
}

/* Makes room for `more` bytes and a NUL. */
static bool
reserve(struct sts_buf *b, size_t more)
{
	size_t size = b->size == 0 ? FIRST_SIZE : b->size;
	char *p;

	if (b->err != STS_OK)
		return false;
	if (more > b->cap - b->n) {
		b->err = STS_E_LIMIT;
		return false;
	}
	while (size < b->n + more + 1)
		size *= 2;
	if (size > b->size) {
		p = realloc(b->p, size);
		if (p == NULL) {
			b->err = STS_E_NOMEM;
			return false;
		}
		b->p = p;
		b->size = size;
	}
	return true;
}

void
sts_buf_add(struct sts_buf *b, const void *p, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
sts_buf_slice(struct sts_buf *b, struct sts_slice s)
{
	sts_buf_add(b, s.p, s.n);
}

void
sts_buf_str(struct sts_buf *b, const char *s)
{
	sts_buf_add(b, s, strlen(s));
}

void
sts_buf_char(struct sts_buf *b, char c)
{
	sts_buf_add(b, &c, 1);
}

void
sts_buf_vprintf(struct sts_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0) {
		if (b->err == STS_OK)
			b->err = STS_E_INTERNAL;
	} else if (reserve(b, (size_t)n)) {
		(void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void
sts_buf_printf(struct sts_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sts_buf_vprintf(b, fmt, ap);
	va_end(ap);
}

enum sts_err
sts_buf_read(struct sts_buf *b, int fd)
{
	char piece[PIECE];
	ssize_t n = 1;

	while (n != 0 && sts_buf_err(b) == STS_OK) {
		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			sts_buf_add(b, piece, (size_t)n);
		else if (n < 0 && errno != EINTR)
			return STS_E_IO;
	}
	return sts_buf_err(b);
}

enum sts_err
sts_slice_write(struct sts_slice s, int fd)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno != EINTR)
			return STS_E_IO;
		if (n > 0)
			s = sts_slice(s.p + n, s.n - (size_t)n);
	}
	return STS_OK;
}

void
sts_buf_drop(struct sts_buf *b, size_t n)
{
	if (n >= b->n) {
		b->n = 0;
	} else {
		memmove(b->p, b->p + n, b->n - n);
		b->n -= n;
	}
	if (b->p != NULL)
		b->p[b->n] = '\0';
}

char *
sts_buf_take(struct sts_buf *b)
{
	char *p;

	sts_buf_add(b, "", 0); /* so that an empty one is "" */
	if (b->err != STS_OK)
		return NULL;
	p = b->p;
	sts_buf_init(b, b->cap);
	return p;
}
