#include "sts/conf/fieldname.h"

enum { MAX_NAME = 64 };

/* Of RFC 5322, MIME, DKIM, ARC and the mailing lists; "*" ends a prefix. */
static const char *const in_use[] = {
	"ARC-*",
	"Authentication-Results",
	"Auto-Submitted",
	"Bcc",
	"Cc",
	"Comments",
	"Content-*",
	"DKIM-Signature",
	"Date",
	"Delivered-To",
	"Errors-To",
	"From",
	"Importance",
	"In-Reply-To",
	"Keywords",
	"List-*",
	"MIME-Version",
	"Message-ID",
	"Organization",
	"Precedence",
	"Priority",
	"Received",
	"Received-SPF",
	"References",
	"Reply-To",
	"Resent-*",
	"Return-Path",
	"Sender",
	"Subject",
	"To",
	"User-Agent",
};

static bool
covers(struct sts_slice used, struct sts_slice name)
{
	if (used.p[used.n - 1] == '*') {
		used.n--;
		if (name.n > used.n)
			name.n = used.n;
	}
	return sts_slice_eq_nocase(used, name);
}

enum sts_err
sts_field_name_check(struct sts_slice name)
{
	if (name.n < 1 || name.n > MAX_NAME)
		return STS_E_SYNTAX;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] < 33 || name.p[i] > 126 || name.p[i] == ':')
			return STS_E_SYNTAX;
	for (size_t i = 0; i < sizeof(in_use) / sizeof(in_use[0]); i++)
		if (covers(sts_slice_str(in_use[i]), name))
			return STS_E_REFUSED;
	return STS_OK;
}
