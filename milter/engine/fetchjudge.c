#include "sts/engine/fetchjudge.h"

#include "sts/base/escape.h"
#include "sts/core/policy.h"
#include "sts/engine/certtext.h"

#include <openssl/x509_vfy.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { OK_STATUS = 200 }; /* row 19: no other */

static const struct field_rule {
	const char *name;
	const char *want; /* parameters and case aside */
	const char *missing; /* what to say without one; NULL: it is optional */
	const char *label;
} field_rules[] = {
	{ "Content-Type", "text/plain", "no media type", "media type" },
	/* A few compressed bytes can stand for megabytes: row 21. */
	{ "Content-Encoding", "identity", NULL, "content encoding" },
	{ "Transfer-Encoding", "chunked", NULL, "transfer encoding" },
};

void
sts_fetchjudge_fault(struct sts_fetch_result *result, enum sts_reason reason,
    const char *fmt, ...)
{
	char text[2 * STS_DETAIL_SIZE];
	va_list ap;

	if (result->reason != STS_REASON_NONE)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	result->reason = reason;
	(void)sts_escape_to(
	    result->detail, sizeof(result->detail), sts_slice_str(text));
}

/* The commonest fault of all. */
#define fetch_error(result, ...)                                               \
	sts_fetchjudge_fault(                                                  \
	    (result), STS_REASON_STS_POLICY_FETCH_ERROR, __VA_ARGS__)

static void
judge_status(CURL *easy, struct sts_fetch_result *result)
{
	long status = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (status / 100 == 3)
		fetch_error(result, "redirect (%ld) is not allowed", status);
	else if (status != OK_STATUS)
		fetch_error(result, "HTTP status %ld", status);
}

static bool
field_is(struct sts_slice value, const char *want)
{
	struct sts_slice token;

	(void)sts_slice_cut(&value, ';', &token);
	return sts_slice_eq_nocase(sts_slice_trim(token), sts_slice_str(want));
}

/* Where a field comes more than once, each must be good: which of them another
 * reader would believe is anybody's guess. */
static void
judge_field(
    CURL *easy, const struct field_rule *rule, struct sts_fetch_result *result)
{
	struct curl_header *h;
	size_t n = 0;

	while (curl_easy_header(easy, rule->name, n, CURLH_HEADER, -1, &h) ==
	       CURLHE_OK) {
		n++;
		if (!field_is(sts_slice_str(h->value), rule->want))
			fetch_error(result, "%s %s", rule->label, h->value);
	}
	if (n == 0 && rule->missing != NULL)
		fetch_error(result, "%s", rule->missing);
}

void
sts_fetchjudge_head(CURL *easy, struct sts_fetch_result *result)
{
	judge_status(easy, result);
	for (size_t i = 0; i < sizeof(field_rules) / sizeof(field_rules[0]);
	     i++)
		judge_field(easy, &field_rules[i], result);
}

static bool
has_field(CURL *easy, const char *name)
{
	struct curl_header *h;

	return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) ==
	       CURLHE_OK;
}

/*
 * libcurl takes any end of the connection for the end of a head, and of a body
 * whose length it does not know.  Such a body is whole only where TLS says so
 * (RFC 9112 section 9.8): whoever sits on the path could else cut a max_age
 * short.
 */
void
sts_fetchjudge_end(
    CURL *easy, bool head_ended, bool closed, struct sts_fetch_result *result)
{
	sts_fetchjudge_head(easy, result);
	if (!head_ended)
		fetch_error(
		    result, "the connection was cut within the HTTP head");
	if (!closed && !has_field(easy, "Content-Length") &&
	    !has_field(easy, "Transfer-Encoding"))
		fetch_error(result, "the connection was cut within the body");
}

void
sts_fetchjudge_too_long(struct sts_fetch_result *result)
{
	fetch_error(result, "body over %d bytes", STS_POLICY_TEXT_MAX);
}

static void
judge_mismatch(
    const X509 *cert, const char *host, struct sts_fetch_result *result)
{
	struct sts_buf ids;

	sts_buf_init(&ids, STS_DETAIL_SIZE);
	sts_certtext_dns_ids(cert, &ids);
	sts_fetchjudge_fault(result, STS_REASON_STS_WEBPKI_INVALID,
	    "certificate names %s; not %s",
	    ids.n > 0 ? sts_buf_cstr(&ids) : "no host in subjectAltName", host);
	sts_buf_deinit(&ids);
}

void
sts_fetchjudge_chain(
    X509_STORE_CTX *chain, const char *host, struct sts_fetch_result *result)
{
	int error = X509_STORE_CTX_get_error(chain);

	if (sts_tls_reason(error) == STS_REASON_CERTIFICATE_HOST_MISMATCH)
		judge_mismatch(X509_STORE_CTX_get0_cert(chain), host, result);
	else
		sts_fetchjudge_fault(result, STS_REASON_STS_WEBPKI_INVALID,
		    "%s", X509_verify_cert_error_string(error));
}

static bool
reached(CURL *easy, CURLINFO milestone)
{
	curl_off_t us = 0;

	return curl_easy_getinfo(easy, milestone, &us) == CURLE_OK && us > 0;
}

static void
judge_timeout(CURL *easy, struct sts_fetch_result *result)
{
	const char *what = "the whole answer";

	/* CURLINFO_CONNECT_TIME_T waits for TLS, whatever its page says. */
	if (result->address[0] == '\0')
		what = "a connection";
	else if (!reached(easy, CURLINFO_APPCONNECT_TIME_T))
		what = "a TLS session";
	else if (!reached(easy, CURLINFO_STARTTRANSFER_TIME_T))
		what = "an answer";
	fetch_error(result, "timed out waiting for %s", what);
}

static void
judge_connect(CURL *easy, struct sts_fetch_result *result)
{
	char text[STS_DETAIL_SIZE] = "cannot connect";
	long error = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
	if (error != 0)
		(void)snprintf(text, sizeof(text), "%s", strerror((int)error));
	text[0] = sts_lower(text[0]);
	fetch_error(result, "%s", text);
}

/* "error:0A000102:SSL routines::unsupported protocol": a person needs only the
 * end of it. */
static void
judge_handshake(const char *text, struct sts_fetch_result *result)
{
	const char *end = strstr(text, "::");

	fetch_error(
	    result, "TLS handshake failed: %s", end == NULL ? text : end + 2);
}

void
sts_fetchjudge_error(CURL *easy, CURLcode code, const char *text,
    struct sts_fetch_result *result)
{
	/* What it calls so is its cap of a line as well. */
	if (code == CURLE_OUT_OF_MEMORY)
		text = "no memory, or an endless line in the HTTP head";
	else if (*text == '\0')
		text = curl_easy_strerror(code);
	if (code == CURLE_OPERATION_TIMEDOUT) {
		judge_timeout(easy, result);
	} else if (code == CURLE_COULDNT_CONNECT) {
		judge_connect(easy, result);
	} else if (code == CURLE_SSL_CONNECT_ERROR) {
		judge_handshake(text, result);
	} else if (code == CURLE_PEER_FAILED_VERIFICATION) {
		sts_fetchjudge_fault(
		    result, STS_REASON_STS_WEBPKI_INVALID, "%s", text);
	} else if (code == CURLE_FILESIZE_EXCEEDED) {
		/* Told before the head was whole: the status says more. */
		judge_status(easy, result);
		sts_fetchjudge_too_long(result);
	} else {
		fetch_error(result, "%s", text);
	}
}
