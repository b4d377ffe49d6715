#include "sts/base/slice.h"

bool
sts_slice_eq(struct sts_slice a, struct sts_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
sts_slice_eq_nocase(struct sts_slice a, struct sts_slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (sts_lower(a.p[i]) != sts_lower(b.p[i]))
			return false;
	return true;
}

bool
sts_slice_starts(struct sts_slice s, struct sts_slice prefix)
{
	return s.n >= prefix.n &&
	       sts_slice_eq(sts_slice(s.p, prefix.n), prefix);
}

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

struct sts_slice
sts_slice_trim(struct sts_slice s)
{
	while (s.n > 0 && is_wsp(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_wsp(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
sts_slice_cut(struct sts_slice *rest, char sep, struct sts_slice *part)
{
	const char *at = rest->n == 0 ? NULL : memchr(rest->p, sep, rest->n);

	if (at == NULL) {
		*part = *rest;
		*rest = sts_slice(NULL, 0);
		return false;
	}
	*part = sts_slice(rest->p, (size_t)(at - rest->p));
	rest->n -= part->n + 1;
	rest->p = at + 1;
	return true;
}

enum sts_err
sts_slice_copy(struct sts_slice s, char *dst, size_t size)
{
	if (s.n >= size)
		return STS_E_LIMIT;
	if (s.n > 0 && memchr(s.p, '\0', s.n) != NULL)
		return STS_E_SYNTAX;
	if (s.n > 0)
		memcpy(dst, s.p, s.n);
	dst[s.n] = '\0';
	return STS_OK;
}
