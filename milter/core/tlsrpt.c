#include "sts/core/tlsrpt.h"

#include "sts/base/buf.h"
#include "sts/base/escape.h"
#include "sts/core/grammar.h"

#include <stdio.h>

enum {
	HTTPS_PORT = 443,
	PORT_DIGITS = 5,
	LOCAL_MAX = 64, /* bytes, RFC 5321 section 4.5.3.1.1 */
};

static const struct sts_slice version = { "v=TLSRPTv1", 10 };

static struct sts_slice
from(struct sts_slice s, size_t i)
{
	return sts_slice(s.p + i, s.n - i);
}

/* RFC 3986 section 2, without what RFC 8460 wants encoded: ",", "!", ";". */
static bool
is_uri_char(char c)
{
	return sts_is_alnum(c) ||
	       (c != '\0' && strchr("-._~:/?#[]@$&'()*+=%", c) != NULL);
}

static int
hex(char c)
{
	if (sts_is_digit(c))
		return c - '0';
	c = sts_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_escape(struct sts_slice s)
{
	return s.n >= 3 && s.p[0] == '%' && hex(s.p[1]) >= 0 &&
	       hex(s.p[2]) >= 0;
}

static bool
is_uri(struct sts_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_uri_char(s.p[i]) ||
		    (s.p[i] == '%' && !is_escape(from(s, i))))
			return false;
	return true;
}

/* Each of these returns what is wrong, or NULL. */

static const char *
decode(struct sts_slice s, char *dst, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			c = (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]));
			i += 2;
		}
		if (c < ' ' || c > '~')
			return "a mailto: address has a character that is not "
			       "printable ASCII";
		if (n + 1 >= size)
			return "a mailto: address is too long";
		dst[n++] = c;
	}
	dst[n] = '\0';
	return NULL;
}

static const char *
read_host(struct sts_slice s, char *host)
{
	struct sts_domain domain;

	if (sts_domain_from_name(s, &domain) != STS_OK ||
	    domain.kind != STS_DOMAIN_NAME)
		return "a target does not name its host by a domain name";
	(void)snprintf(host, STS_DOMAIN_SIZE, "%s", domain.name);
	return NULL;
}

/* dot-string of RFC 5321 section 4.1.2. */
static bool
is_dot_string(struct sts_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool dot = s.p[i] == '.';

		if (!sts_is_alnum(s.p[i]) &&
		    strchr(".!#$%&'*+-/=?^_`{|}~", s.p[i]) == NULL)
			return false;
		if (dot && (i == 0 || i + 1 == s.n || s.p[i + 1] == '.'))
			return false;
	}
	return s.n > 0;
}

/* RFC 6068 section 2; header fields behind a "?" are no address. */
static const char *
read_mailto(struct sts_slice s, struct sts_tlsrpt_rua *out)
{
	char address[LOCAL_MAX + 1 + STS_DOMAIN_SIZE];
	struct sts_slice path, local;
	const char *why, *at;
	bool plain;

	(void)sts_slice_cut(&s, '?', &path);
	why = decode(path, address, sizeof(address));
	if (why != NULL)
		return why;
	at = strrchr(address, '@');
	if (at == NULL || at == address || at - address > LOCAL_MAX)
		return "a mailto: target is not an address of the form "
		       "user@domain";
	local = sts_slice(address, (size_t)(at - address));
	plain = is_dot_string(local);
	if (!plain && (memchr(local.p, '"', local.n) != NULL ||
			  memchr(local.p, '\\', local.n) != NULL ||
			  memchr(local.p, '@', local.n) != NULL))
		return "a mailto: target's local part is not accepted";
	why = read_host(sts_slice_str(at + 1), out->host);
	if (why != NULL)
		return why;
	out->scheme = STS_TLSRPT_MAILTO;
	out->port = 0;
	(void)snprintf(out->target, sizeof(out->target),
	    plain ? "%.*s@%s" : "\"%.*s\"@%s", (int)local.n, local.p,
	    out->host);
	return NULL;
}

static const char *
read_port(struct sts_slice s, uint16_t *port)
{
	unsigned value = 0;

	for (size_t i = 0; i < s.n && i < PORT_DIGITS; i++)
		if (sts_is_digit(s.p[i]))
			value = value * 10 + (unsigned)(s.p[i] - '0');
		else
			value = UINT16_MAX + 1;
	if (s.n == 0 || s.n > PORT_DIGITS || value == 0 || value > UINT16_MAX)
		return "an https: target's port is not a number from 1 to "
		       "65535";
	*port = (uint16_t)value;
	return NULL;
}

/* `s` is what follows "https://".  No user, no address for a host: what the
 * certificate is to name is a domain name. */
static const char *
read_https(struct sts_slice s, struct sts_tlsrpt_rua *out)
{
	struct sts_slice all, host, authority;
	const char *why;
	char port[PORT_DIGITS + 2] = "";
	size_t n = 0;
	int length;

	(void)sts_slice_cut(&s, '#', &all);
	while (n < all.n && all.p[n] != '/' && all.p[n] != '?')
		n++;
	authority = sts_slice(all.p, n);
	all = from(all, n);
	out->port = HTTPS_PORT;
	if (sts_slice_cut(&authority, ':', &host)) {
		why = read_port(authority, &out->port);
		if (why != NULL)
			return why;
	}
	why = read_host(host, out->host);
	if (why != NULL)
		return why;
	if (out->port != HTTPS_PORT)
		(void)snprintf(port, sizeof(port), ":%u", (unsigned)out->port);
	out->scheme = STS_TLSRPT_HTTPS;
	length = snprintf(out->target, sizeof(out->target),
	    "https://%s%s%s%.*s", out->host, port,
	    all.n == 0 || all.p[0] != '/' ? "/" : "", (int)all.n, all.p);
	return (size_t)length < sizeof(out->target)
		   ? NULL
		   : "an https: target is too long";
}

static bool
takes_scheme(struct sts_slice *uri, struct sts_slice scheme)
{
	if (uri->n < scheme.n ||
	    !sts_slice_eq_nocase(sts_slice(uri->p, scheme.n), scheme))
		return false;
	*uri = from(*uri, scheme.n);
	return true;
}

const char *
sts_tlsrpt_parse_uri(struct sts_slice uri, struct sts_tlsrpt_rua *out)
{
	if (uri.n == 0)
		return "there is nothing where a target should be";
	if (uri.n >= STS_TLSRPT_TARGET_SIZE)
		return "a target is too long";
	if (!is_uri(uri))
		return "a target has a character that must be written as %XX "
		       "(a comma is %2C, an exclamation mark %21, a semicolon "
		       "%3B)";
	if (takes_scheme(&uri, STS_LIT("mailto:")))
		return read_mailto(uri, out);
	if (takes_scheme(&uri, STS_LIT("https://")))
		return read_https(uri, out);
	return "a target is neither a mailto: nor an https: URI";
}

static bool
is_known(const struct sts_tlsrpt *t, const struct sts_tlsrpt_rua *rua)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->rua[i].target, rua->target) == 0)
			return true;
	return false;
}

static void
ignore(struct sts_tlsrpt *t, struct sts_slice target, const char *why)
{
	struct sts_tlsrpt_ignored *ignored;

	if (t->n_ignored == 0)
		t->why = why;
	if (t->n_ignored < STS_TLSRPT_IGNORED_MAX) {
		ignored = &t->ignored[t->n_ignored];
		(void)sts_escape_to(
		    ignored->target, sizeof(ignored->target), target);
		ignored->why = why;
	}
	t->n_ignored++;
}

/* tlsrpt-rua: a broken target does not take the others with it. */
static void
read_rua(struct sts_slice list, struct sts_tlsrpt *out)
{
	struct sts_slice uri;
	bool more = true;

	while (more) {
		const char *why;

		more = sts_slice_cut(&list, ',', &uri);
		uri = sts_slice_trim(uri);
		if (out->n == STS_TLSRPT_RUA_MAX)
			why = "there are more targets than eight";
		else
			why = sts_tlsrpt_parse_uri(uri, &out->rua[out->n]);
		if (why == NULL) {
			if (!is_known(out, &out->rua[out->n]))
				out->n++;
			continue;
		}
		ignore(out, uri, why);
	}
}

/* Returns what is wrong with the record as a whole, or NULL. */
static const char *
read_field(struct sts_slice field, struct sts_tlsrpt *out)
{
	struct sts_slice name;

	if (field.n == 0)
		return "there is nothing between two semicolons";
	if (sts_slice_starts(field, STS_LIT("rua="))) {
		read_rua(from(field, 4), out);
		return NULL;
	}
	if (!sts_slice_cut(&field, '=', &name))
		return "a field is not of the form name=value";
	if (!sts_grammar_is_field_name(name))
		return "a field's name is not 1 to 32 letters, digits, "
		       "hyphens, dots or underscores";
	if (!sts_grammar_is_field_value(field))
		return "a field's value is empty or has a character that is "
		       "not accepted there";
	return NULL;
}

/* RFC 8460 section 3, tlsrpt-record. */
static void
read_record(struct sts_slice record, struct sts_tlsrpt *out)
{
	struct sts_slice field;
	const char *why = NULL;
	bool more = sts_grammar_next_field(&record, &field); /* the version */

	while (more && why == NULL && record.n > 0) {
		more = sts_grammar_next_field(&record, &field);
		why = read_field(field, out);
	}
	if (why == NULL && out->n == 0)
		why = out->n_ignored > 0
			  ? out->why
			  : "the rua is missing; write v=TLSRPTv1; "
			    "rua=mailto:USER@DOMAIN";
	out->status = why == NULL ? STS_TLSRPT_FOUND : STS_TLSRPT_INVALID;
	if (why != NULL) {
		out->why = why;
		out->n = 0;
	}
}

/* "Records that do not begin with "v=TLSRPTv1;" are discarded." */
static bool
is_tlsrpt_record(struct sts_slice record)
{
	struct sts_slice first;

	return sts_grammar_next_field(&record, &first) &&
	       sts_slice_eq(first, version);
}

static bool
is_near_miss(struct sts_slice record)
{
	record = sts_slice_trim(record);
	return record.n >= version.n &&
	       sts_slice_eq_nocase(sts_slice(record.p, version.n), version);
}

void
sts_tlsrpt_select(
    const struct sts_slice *records, size_t n, struct sts_tlsrpt *out)
{
	const struct sts_slice *found = NULL;
	const char *why = "";

	*out = (struct sts_tlsrpt){ .status = STS_TLSRPT_NONE, .why = "" };
	for (size_t i = 0; i < n; i++) {
		if (!is_tlsrpt_record(records[i])) {
			if (is_near_miss(records[i]))
				why = "a record resembles one, but does not "
				      "begin with v=TLSRPTv1;";
			continue;
		}
		if (found != NULL) {
			out->status = STS_TLSRPT_MULTIPLE;
			out->why = "more than one record begins with "
				   "v=TLSRPTv1;";
			return;
		}
		found = &records[i];
	}
	if (found == NULL)
		out->why = why;
	else
		read_record(*found, out);
}

void
sts_tlsrpt_refuse_ports(struct sts_tlsrpt *tlsrpt)
{
	size_t n = 0;

	for (size_t i = 0; i < tlsrpt->n; i++) {
		const struct sts_tlsrpt_rua *rua = &tlsrpt->rua[i];

		if (rua->scheme == STS_TLSRPT_HTTPS && rua->port != HTTPS_PORT)
			ignore(tlsrpt, sts_slice_str(rua->target),
			    "an https: target's port is not 443, the only one "
			    "that reports are sent to");
		else if (n++ != i)
			tlsrpt->rua[n - 1] = *rua;
	}
	if (n == 0 && tlsrpt->status == STS_TLSRPT_FOUND)
		tlsrpt->status = STS_TLSRPT_INVALID;
	tlsrpt->n = n;
}
