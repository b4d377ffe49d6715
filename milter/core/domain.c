#include "sts/core/domain.h"

#include "sts/base/addr.h"
#include "sts/core/grammar.h"

#include <idn2.h>

/* Bytes of a name as written: 253 characters of four UTF-8 bytes, and more. */
enum { WRITTEN_MAX = 1024, LABEL_MAX = 63 };

static bool
is_label(struct sts_slice label)
{
	if (label.n == 0 || label.n > LABEL_MAX)
		return false;
	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];

		if (!sts_is_alnum(c) && c != '-' && c != '_')
			return false;
	}
	return true;
}

static bool
is_number(struct sts_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!sts_is_digit(s.p[i]))
			return false;
	return true;
}

/* A top-level domain is never a number (RFC 1123 section 2.1): a name that ends
 * in one would be taken for an address by one library or another. */
static bool
is_name(struct sts_slice s)
{
	struct sts_slice label;
	bool more;

	do {
		more = sts_slice_cut(&s, '.', &label);
		if (!is_label(label))
			return false;
	} while (more);
	return !is_number(label);
}

static bool
is_address(struct sts_slice s)
{
	struct sts_addr addr;

	return sts_addr_parse(s, &addr) == STS_OK;
}

/* Of a name in ASCII, or of a bare address. */
static enum sts_err
from_ascii(struct sts_slice s, struct sts_domain *out)
{
	if (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	if (is_address(s)) {
		*out = (struct sts_domain){ .kind = STS_DOMAIN_LITERAL };
		return STS_OK;
	}
	if (s.n >= STS_DOMAIN_SIZE || !is_name(s))
		return STS_E_SYNTAX;
	*out = (struct sts_domain){ .kind = STS_DOMAIN_NAME };
	for (size_t i = 0; i < s.n; i++)
		out->name[i] = sts_lower(s.p[i]);
	return STS_OK;
}

/* Whether the name has one of the four characters that transitional processing
 * of UTS 46 maps to something else (its section 2.3). */
static bool
has_deviation(const char *name)
{
	static const char *const deviations[] = { "\xc3\x9f", "\xcf\x82",
		"\xe2\x80\x8c", "\xe2\x80\x8d" };

	for (size_t i = 0; i < sizeof(deviations) / sizeof(*deviations); i++)
		if (strstr(name, deviations[i]) != NULL)
			return true;
	return false;
}

/*
 * As UTS 46 has it, not transitional.  Where IDNA 2008 disallows a character
 * that UTS 46 alone does not (symbols: the snowman), the MTA converts the name
 * all the same, by ICU, and delivers there: so it must be looked up.  libidn2
 * does so only in its transitional mode, which differs in the deviations.
 */
static int
to_ascii(const char *name, char **ascii)
{
	int rc = idn2_to_ascii_8z(
	    name, ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

	if (rc == IDN2_DISALLOWED && !has_deviation(name))
		rc = idn2_to_ascii_8z(
		    name, ascii, IDN2_NFC_INPUT | IDN2_TRANSITIONAL);
	return rc;
}

/* Of a name with U-labels (RFC 5890, mapped as UTS 46 does). */
static enum sts_err
from_utf8(struct sts_slice s, struct sts_domain *out)
{
	char written[WRITTEN_MAX];
	char *ascii = NULL;
	enum sts_err err;
	int rc;

	if (sts_slice_copy(s, written, sizeof(written)) != STS_OK)
		return STS_E_SYNTAX;
	rc = to_ascii(written, &ascii);
	if (rc == IDN2_MALLOC)
		return STS_E_NOMEM;
	if (rc != IDN2_OK)
		return STS_E_SYNTAX;
	err = from_ascii(sts_slice_str(ascii), out);
	idn2_free(ascii);
	return err;
}

enum sts_err
sts_domain_from_name(struct sts_slice s, struct sts_domain *out)
{
	if (s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']') {
		*out = (struct sts_domain){ .kind = STS_DOMAIN_LITERAL };
		return STS_OK;
	}
	return sts_grammar_is_ascii(s) ? from_ascii(s, out) : from_utf8(s, out);
}

/* Without the source route `@a,@b:` (RFC 5321, 4.1.1.3): to be accepted and
 * ignored.  A colon inside an address literal does not end it. */
static struct sts_slice
drop_route(struct sts_slice s)
{
	bool in_literal = false;

	if (s.n == 0 || s.p[0] != '@')
		return s;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '[')
			in_literal = true;
		else if (s.p[i] == ']')
			in_literal = false;
		else if (s.p[i] == ':' && !in_literal)
			return sts_slice(s.p + i + 1, s.n - i - 1);
	}
	return s;
}

/* Finds the last @ that is not quoted: what an MTA routes by.  *at is s.n where
 * there is none.  false: a quote is left open. */
static bool
find_at(struct sts_slice s, size_t *at)
{
	bool quoted = false;

	*at = s.n;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == '@' && !quoted)
			*at = i;
	}
	return !quoted;
}

enum sts_err
sts_domain_from_recipient(struct sts_slice s, struct sts_domain *out)
{
	size_t at;

	s = sts_slice_trim(s);
	if (s.n > 0 && s.p[0] == '<') {
		if (s.p[s.n - 1] != '>')
			return STS_E_SYNTAX;
		s = sts_slice_trim(sts_slice(s.p + 1, s.n - 2));
	}
	s = drop_route(s);
	if (s.n == 0 || !find_at(s, &at))
		return STS_E_SYNTAX;
	if (at == s.n) {
		*out = (struct sts_domain){ .kind = STS_DOMAIN_LOCAL };
		return STS_OK;
	}
	return sts_domain_from_name(sts_slice(s.p + at + 1, s.n - at - 1), out);
}

/* Of the inside of a next hop's brackets: a name, or an address with or without
 * the tag of RFC 5321's IPv6 literals. */
static enum sts_err
from_brackets(struct sts_slice s, struct sts_domain *out)
{
	const struct sts_slice tag = STS_LIT("IPv6:");

	if (s.n > tag.n && sts_slice_eq_nocase(sts_slice(s.p, tag.n), tag))
		s = sts_slice(s.p + tag.n, s.n - tag.n);
	return sts_domain_from_name(s, out);
}

/* The first of a list: Postfix parts them by commas or space, Sendmail by
 * colons, which is also what parts a name from its port. */
static struct sts_slice
first_hop(struct sts_slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ':' && s.p[n] != ',' && s.p[n] != ' ' &&
	       s.p[n] != '\t')
		n++;
	return sts_slice(s.p, n);
}

enum sts_err
sts_domain_from_next_hop(
    struct sts_slice s, struct sts_domain *out, bool *bracketed)
{
	struct sts_slice inside;
	enum sts_err err;
	bool brackets = false;

	s = sts_slice_trim(s);
	if (s.n > 0 && s.p[0] == '[') {
		s = sts_slice(s.p + 1, s.n - 1);
		if (!sts_slice_cut(&s, ']', &inside) || first_hop(s).n > 0)
			return STS_E_SYNTAX;
		brackets = true;
		err = from_brackets(inside, out);
	} else if (is_address(s)) { /* bare IPv6 has colons of its own */
		*out = (struct sts_domain){ .kind = STS_DOMAIN_LITERAL };
		err = STS_OK;
	} else {
		err = sts_domain_from_name(first_hop(s), out);
	}
	if (err == STS_OK)
		*bracketed = brackets;
	return err;
}

bool
sts_domain_matches(struct sts_slice pattern, struct sts_slice name)
{
	const struct sts_slice star = STS_LIT("*.");

	if (!sts_slice_starts(pattern, star))
		return sts_slice_eq_nocase(pattern, name);
	pattern = sts_slice(pattern.p + 1, pattern.n - 1); /* ".x" */
	if (pattern.n == 1 || name.n <= pattern.n)
		return false;
	return sts_slice_eq_nocase(
	    pattern, sts_slice(name.p + name.n - pattern.n, pattern.n));
}
