/*
 * Any certificate, as a peer may send it: what is told of it is printable,
 * short and whole, and its end is a day.
 */
#include "sts/engine/certtext.h"

#include <openssl/err.h>

#include "fuzz.h"

enum { IDS_MAX = 512 };

static void
check_printable(struct sts_slice text)
{
	for (size_t i = 0; i < text.n; i++)
		CHECK(text.p[i] >= ' ' && text.p[i] <= '~');
}

/* Into memory of its own size, so that a byte too far is seen. */
static void
check_name(const X509_NAME *name, size_t size)
{
	char *text = malloc(size);

	CHECK(text != NULL);
	CHECK(sts_certtext_name(name, text, size) == text);
	CHECK(strnlen(text, size) < size);
	check_printable(sts_slice_str(text));
	free(text);
}

static void
check_time(const ASN1_TIME *t)
{
	char day[STS_DAY_TEXT];

	CHECK(sts_certtext_day(sts_certtext_time(t), day) == day);
	CHECK(strlen(day) == STS_DAY_TEXT - 1);
	CHECK(day[4] == '-' && day[7] == '-');
}

static void
check_dns_ids(const X509 *cert)
{
	struct sts_buf b;

	sts_buf_init(&b, IDS_MAX);
	sts_certtext_dns_ids(cert, &b);
	CHECK(sts_buf_err(&b) == STS_OK);
	check_printable(sts_buf_view(&b));
	sts_buf_deinit(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const unsigned char *at = data;
	X509 *cert = d2i_X509(NULL, &at, (long)n);

	ERR_clear_error();
	if (cert == NULL)
		return 0;
	check_name(X509_get_subject_name(cert), 4);
	check_name(X509_get_subject_name(cert), 64);
	check_name(X509_get_issuer_name(cert), 256);
	check_time(X509_get0_notBefore(cert));
	check_time(X509_get0_notAfter(cert));
	check_dns_ids(cert);
	X509_free(cert);
	ERR_clear_error();
	return 0;
}
