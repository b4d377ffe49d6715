#include "sts/core/grammar.h"

bool
sts_grammar_is_field_name(struct sts_slice s)
{
	if (s.n == 0 || s.n > STS_FIELD_NAME_MAX || !sts_is_alnum(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!sts_is_alnum(s.p[i]) && s.p[i] != '_' && s.p[i] != '-' &&
		    s.p[i] != '.')
			return false;
	return true;
}

bool
sts_grammar_is_field_value(struct sts_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '=' ||
		    s.p[i] == ';')
			return false;
	return s.n > 0;
}

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

bool
sts_grammar_next_field(struct sts_slice *rest, struct sts_slice *field)
{
	if (!sts_slice_cut(rest, ';', field))
		return false;
	while (field->n > 0 && is_wsp(field->p[field->n - 1]))
		field->n--;
	while (rest->n > 0 && is_wsp(rest->p[0]))
		*rest = sts_slice(rest->p + 1, rest->n - 1);
	return true;
}

bool
sts_grammar_is_ascii(struct sts_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* How many bytes the UTF-8 character at the start takes (RFC 3629 section 4), 0
 * where there is none. */
static size_t
utf8_length(struct sts_slice s)
{
	static const struct {
		unsigned char first, last; /* of the first byte */
		unsigned char low, high; /* of the second */
		size_t n;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const unsigned char *p = (const unsigned char *)s.p;

	if (p[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (s.n < forms[i].n || p[1] < forms[i].low ||
		    p[1] > forms[i].high)
			return 0;
		for (size_t k = 2; k < forms[i].n; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].n;
	}
	return 0;
}

bool
sts_grammar_is_utf8(struct sts_slice s)
{
	while (s.n > 0) {
		size_t n = utf8_length(s);

		if (n == 0)
			return false;
		s = sts_slice(s.p + n, s.n - n);
	}
	return true;
}
