#include "sts/engine/certtext.h"

#include "sts/base/clock.h"
#include "sts/base/escape.h"

#include <openssl/x509v3.h>
#include <time.h>

enum {
	IDS_ENOUGH = 80, /* bytes of names after which no more are told */
	ID_MAX = 64, /* bytes of one name */
};

char *
sts_certtext_name(const X509_NAME *name, char *dst, size_t size)
{
	/* Bytes past ASCII and control characters are left to sts_escape. */
	static const unsigned long how =
	    XN_FLAG_RFC2253 &
	    ~(unsigned long)(ASN1_STRFLGS_ESC_MSB | ASN1_STRFLGS_ESC_CTRL);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n = 0;

	if (bio != NULL && X509_NAME_print_ex(bio, name, 0, how) >= 0)
		n = BIO_get_mem_data(bio, &text);
	(void)sts_escape_to(dst, size, sts_slice(text, n > 0 ? (size_t)n : 0));
	BIO_free(bio);
	return dst;
}

/* Of a SAN entry that is a DNS-ID (RFC 6125 section 1.8). */
static bool
dns_id(const GENERAL_NAME *san, struct sts_slice *id)
{
	int type;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(san, &type);

	if (type != GEN_DNS)
		return false;
	*id =
	    sts_slice(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
	return true;
}

void
sts_certtext_dns_ids(const X509 *cert, struct sts_buf *b)
{
	GENERAL_NAMES *sans =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	size_t start = b->n;
	struct sts_slice id;

	for (int i = 0; i < sk_GENERAL_NAME_num(sans); i++) {
		if (!dns_id(sk_GENERAL_NAME_value(sans, i), &id))
			continue;
		if (b->n > start)
			sts_buf_str(b, ", ");
		if (b->n - start > IDS_ENOUGH) {
			sts_buf_str(b, "...");
			break;
		}
		sts_escape(b, id, ID_MAX);
	}
	GENERAL_NAMES_free(sans);
}

int64_t
sts_certtext_time(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? timegm(&tm) : 0;
}

char *
sts_certtext_day(int64_t wall_s, char *dst)
{
	char text[STS_TIME_TEXT];

	(void)sts_time_rfc3339(wall_s, text);
	memcpy(dst, text, STS_DAY_TEXT - 1);
	dst[STS_DAY_TEXT - 1] = '\0';
	return dst;
}
