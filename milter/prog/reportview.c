#include "sts/prog/reportview.h"

#include "sts/base/escape.h"
#include "sts/prog/js.h"

#include <inttypes.h>
#include <stdio.h>

enum { FEW = 100 }; /* less than one in so many failed */

enum sts_reportmood
sts_reportview_mood(const json_t *all)
{
	const json_t *total = json_object_get(all, "total");
	int64_t failure = sts_js_int(total, "failure");
	int64_t sessions = sts_js_int(total, "success") + failure;
	bool faults = json_array_size(json_object_get(all, "faults")) > 0;

	if (sessions == 0 && !faults)
		return STS_REPORTMOOD_NOTHING;
	if (failure == 0 && !faults)
		return STS_REPORTMOOD_GOOD;
	return failure < sessions / FEW ? STS_REPORTMOOD_FEW
					: STS_REPORTMOOD_MANY;
}

const char *
sts_reportview_sentence(enum sts_reportmood mood)
{
	switch (mood) {
	case STS_REPORTMOOD_NOTHING:
		break;
	case STS_REPORTMOOD_GOOD:
		return "All mail that was reported travelled protected.";
	case STS_REPORTMOOD_FEW:
		return "Nearly all mail travelled protected; a few connections "
		       "failed.";
	case STS_REPORTMOOD_MANY:
		return "Connections failed that should have been protected.";
	}
	return "There is nothing to tell: no report counts any connection.";
}

static const struct sts_reportkind kinds[] = {
	{ "starttls-not-supported", "No encryption offered",
	    "The mail server did not offer to encrypt the connection "
	    "(STARTTLS)." },
	{ "certificate-host-mismatch", "Certificate for another name",
	    "The mail server showed a certificate that is not for its own "
	    "name." },
	{ "certificate-expired", "Certificate expired",
	    "The mail server's certificate was past its end." },
	{ "certificate-not-trusted", "Certificate not trusted",
	    "The mail server's certificate comes from nobody whom senders "
	    "trust." },
	{ "validation-failure", "Encryption failed",
	    "The encrypted connection could not be set up, for another "
	    "reason." },
	{ "tlsa-invalid", "Certificate against DNS",
	    "The certificate is not the one that DNS announces (DANE)." },
	{ "dnssec-invalid", "DNS not proven",
	    "The signed DNS data of the mail server could not be proven "
	    "genuine (DNSSEC)." },
	{ "dane-required", "DANE missing",
	    "The sender insists on DANE, and the mail server has none." },
	{ "sts-policy-fetch-error", "Policy not reachable",
	    "The web server with your MTA-STS policy did not hand it out." },
	{ "sts-policy-invalid", "Policy with errors",
	    "Your MTA-STS policy was read, and has errors." },
	{ "sts-webpki-invalid", "Policy server's certificate",
	    "The web server with your MTA-STS policy has a certificate that "
	    "does not count." },
	{ "", "Not said", "The report counts a failure and does not say why." },
};

const struct sts_reportkind *
sts_reportview_kind(const char *result_type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].result_type, result_type) == 0)
			return &kinds[i];
	return NULL;
}

size_t
sts_reportview_disputed(const json_t *all)
{
	const json_t *duplicates = json_object_get(all, "duplicates");
	size_t disputed = 0;

	for (size_t i = 0; i < json_array_size(duplicates); i++)
		disputed += !sts_js_true(json_array_get(duplicates, i), "same");
	return disputed;
}

char *
sts_reportview_share(int64_t part, int64_t whole, char *dst)
{
	double share = whole <= 0 ? 0 : (double)part / (double)whole * 100;

	if (part > 0 && share < 0.1)
		(void)snprintf(dst, STS_REPORTVIEW_TEXT, "less than 0.1 %%");
	else if (part < whole && share > 99.9)
		(void)snprintf(dst, STS_REPORTVIEW_TEXT, "over 99.9 %%");
	else
		(void)snprintf(dst, STS_REPORTVIEW_TEXT, "%.*f %%",
		    part == 0 || part >= whole ? 0 : 1, share);
	return dst;
}

char *
sts_reportview_period(const json_t *all, char *dst)
{
	const json_t *days = json_object_get(all, "days");
	size_t n = json_array_size(days);
	const char *first = sts_js_text(json_array_get(days, 0), "name");
	const char *last =
	    n == 0 ? "" : sts_js_text(json_array_get(days, n - 1), "name");

	(void)snprintf(dst, STS_REPORTVIEW_TEXT, "%s%s%s", first,
	    n > 1 ? " to " : "", n > 1 ? last : "");
	return dst;
}

char *
sts_reportview_number(int64_t n, char *dst)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, n);
	size_t used = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			dst[used++] = ' ';
		dst[used++] = digits[i];
	}
	dst[used] = '\0';
	return dst;
}

char *
sts_reportview_list(const json_t *texts, size_t max, char *dst, size_t size)
{
	size_t n = json_array_size(texts);
	struct sts_buf b;

	sts_buf_init(&b, size - 1);
	for (size_t i = 0; i < n && i < max; i++) {
		sts_buf_str(&b, i == 0 ? "" : ", ");
		sts_escape(&b,
		    sts_slice_str(json_string_value(json_array_get(texts, i))),
		    64);
	}
	if (n > max)
		sts_buf_printf(&b, " and %zu more", n - max);
	(void)snprintf(dst, size, "%s", sts_buf_cstr(&b));
	sts_buf_deinit(&b);
	return dst;
}
