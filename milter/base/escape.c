#include "sts/base/escape.h"

enum { UNIT = 4 }; /* the longest escape, \xNN */

/* Writes the escape of one byte; returns its length. */
static size_t
escape_byte(char c, char out[UNIT])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char byte = (unsigned char)c;

	if (c == '\\') {
		out[0] = out[1] = '\\';
		return 2;
	}
	if (byte >= 0x20 && byte < 0x7f) {
		out[0] = c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[byte >> 4];
	out[3] = hex[byte & 15];
	return UNIT;
}

/* How many bytes of s have escapes that fit into max together. */
static size_t
fitting(struct sts_slice s, size_t max)
{
	char unit[UNIT];
	size_t used = 0;

	for (size_t i = 0; i < s.n; i++) {
		used += escape_byte(s.p[i], unit);
		if (used > max)
			return i;
	}
	return s.n;
}

/* Leaves in *s what fits into max, room for *dots left behind it. */
static void
cut(struct sts_slice *s, size_t max, struct sts_slice *dots)
{
	size_t all = fitting(*s, max);

	*dots = sts_slice("...", 0);
	if (all < s->n) {
		dots->n = max < 3 ? max : 3;
		s->n = fitting(*s, max - dots->n);
	}
}

void
sts_escape(struct sts_buf *b, struct sts_slice s, size_t max)
{
	struct sts_slice dots;
	char unit[UNIT];

	cut(&s, max, &dots);
	for (size_t i = 0; i < s.n; i++)
		sts_buf_add(b, unit, escape_byte(s.p[i], unit));
	sts_buf_slice(b, dots);
}

char *
sts_escape_to(char *dst, size_t size, struct sts_slice s)
{
	struct sts_slice dots;
	char *at = dst, unit[UNIT];
	size_t n;

	cut(&s, size - 1, &dots);
	for (size_t i = 0; i < s.n; i++) {
		n = escape_byte(s.p[i], unit);
		memcpy(at, unit, n);
		at += n;
	}
	memcpy(at, dots.p, dots.n);
	at[dots.n] = '\0';
	return dst;
}
