/*
 * Any DNS message, behind a byte that chooses the type: what is read is whole,
 * canonical and in order, and points nowhere else.  The name asked for is the
 * message's own, where it has one, so that the answer is looked at.
 */
#include "sts/core/dnsanswer.h"

#include <arpa/nameser.h>

#include "fuzz.h"

static const enum sts_dns_type types[] = { STS_DNS_TXT, STS_DNS_MX, STS_DNS_A,
	STS_DNS_AAAA, STS_DNS_TLSA };

enum { N_TYPES = sizeof(types) / sizeof(types[0]) };

static void
check_mx(const struct sts_dns_answer *answer)
{
	for (size_t i = 0; i < answer->n; i++) {
		const struct sts_mx *mx = &answer->mx[i];
		struct sts_domain domain;

		CHECK(i == 0 || mx[-1].preference <= mx->preference);
		if (mx->host[0] == '\0') {
			CHECK(answer->n == 1);
			continue;
		}
		CHECK(sts_domain_from_name(sts_slice_str(mx->host), &domain) ==
		      STS_OK);
		CHECK(domain.kind == STS_DOMAIN_NAME);
		CHECK(strcmp(domain.name, mx->host) == 0);
	}
}

static void
check_inside(
    const struct sts_dns_answer *answer, size_t cap, const void *p, size_t n)
{
	const char *from = p;

	CHECK(from >= answer->bytes && n <= cap);
	CHECK(from + n <= answer->bytes + cap);
	/* Every byte may be read: the sanitizer says otherwise. */
	for (size_t i = 0; i < n; i++)
		CHECK(((const volatile char *)from)[i] == from[i]);
}

static void
check_records(const struct sts_dns_answer *answer, size_t cap)
{
	CHECK(answer->n <= STS_RRS_MAX);
	for (size_t i = 0; i < answer->n; i++) {
		switch (answer->type) {
		case STS_DNS_A:
			CHECK(answer->addr[i].family == AF_INET);
			break;
		case STS_DNS_AAAA:
			CHECK(answer->addr[i].family == AF_INET6);
			break;
		case STS_DNS_TXT:
			check_inside(
			    answer, cap, answer->txt[i].p, answer->txt[i].n);
			break;
		case STS_DNS_TLSA:
			check_inside(answer, cap, answer->tlsa[i].data,
			    answer->tlsa[i].n);
			break;
		case STS_DNS_MX:
			break;
		}
	}
	if (answer->type == STS_DNS_MX)
		check_mx(answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char name[NS_MAXDNAME] = "example.com";
	struct sts_dns_answer answer;
	ns_msg msg;
	ns_rr question;

	if (n == 0)
		return 0;
	if (ns_initparse(data + 1, (int)n - 1, &msg) == 0 &&
	    ns_parserr(&msg, ns_s_qd, 0, &question) == 0)
		(void)snprintf(name, sizeof(name), "%s", ns_rr_name(question));
	CHECK(sts_dns_answer_parse(sts_slice(data + 1, n - 1), name,
		  types[data[0] % N_TYPES], &answer) == STS_OK);
	CHECK((answer.status == STS_DNS_OK) == (answer.n > 0));
	if (answer.status == STS_DNS_FAILED)
		CHECK(!answer.secure && answer.ttl == 0 && answer.detail[0]);
	CHECK(answer.ttl <= INT32_MAX);
	check_records(&answer, n - 1);
	sts_dns_answer_deinit(&answer);
	return 0;
}
