/*
 * Any set of `_smtp._tls` records, one a line: a target comes only from exactly
 * one good record, is fit for an SMTP command or a URL, and read again it is
 * the same.
 */
#include "sts/core/tlsrpt.h"

#include "fuzz.h"

enum { RECORDS_MAX = 16 };

static void
check_target(const struct sts_tlsrpt_rua *rua)
{
	bool mail = rua->scheme == STS_TLSRPT_MAILTO;
	struct sts_domain domain;
	struct sts_tlsrpt_rua again;

	CHECK(memchr(rua->target, '\0', sizeof(rua->target)) != NULL);
	for (const char *p = rua->target; *p != '\0'; p++)
		CHECK(*p > (mail ? ' ' - 1 : ' ') && *p <= '~' && *p != '\\');
	CHECK(
	    sts_domain_from_name(sts_slice_str(rua->host), &domain) == STS_OK);
	CHECK(domain.kind == STS_DOMAIN_NAME);
	CHECK(strcmp(domain.name, rua->host) == 0);
	CHECK((rua->port == 0) == mail);
	if (mail) {
		CHECK(strcmp(strrchr(rua->target, '@') + 1, rua->host) == 0);
		return;
	}
	CHECK(sts_tlsrpt_parse_uri(sts_slice_str(rua->target), &again) == NULL);
	CHECK(strcmp(again.target, rua->target) == 0);
	CHECK(again.port == rua->port);
}

static void
check(const struct sts_tlsrpt *t)
{
	CHECK((t->status == STS_TLSRPT_FOUND) == (t->n > 0));
	CHECK(t->n <= STS_TLSRPT_RUA_MAX);
	CHECK(t->why != NULL);
	if (t->status == STS_TLSRPT_FOUND)
		CHECK((t->why[0] != '\0') == (t->n_ignored > 0));
	else if (t->status != STS_TLSRPT_NONE)
		CHECK(t->why[0] != '\0');
	for (size_t i = 0; i < t->n; i++)
		check_target(&t->rua[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_slice rest = sts_slice(data, n);
	struct sts_slice records[RECORDS_MAX];
	struct sts_tlsrpt t;
	size_t count = 0;

	while (rest.n > 0 && count < RECORDS_MAX)
		(void)sts_slice_cut(&rest, '\n', &records[count++]);
	sts_tlsrpt_select(records, count, &t);
	check(&t);
	sts_tlsrpt_refuse_ports(&t);
	check(&t);
	return 0;
}
