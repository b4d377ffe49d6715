/*
 * Any bytes as a name, as a recipient and as a next hop: what comes out is
 * canonical, which means that it is read again as itself.
 */
#include "sts/core/domain.h"

#include "fuzz.h"

static void
check(enum sts_err err, const struct sts_domain *domain)
{
	struct sts_domain again;
	size_t n;

	if (err != STS_OK) {
		CHECK(err == STS_E_SYNTAX);
		return;
	}
	n = strlen(domain->name);
	CHECK((domain->kind == STS_DOMAIN_NAME) == (n > 0));
	if (n == 0)
		return;
	CHECK(n < STS_DOMAIN_SIZE);
	for (size_t i = 0; i < n; i++) {
		char c = domain->name[i];

		CHECK(sts_is_alnum(c) || c == '-' || c == '_' || c == '.');
		CHECK(c == sts_lower(c));
	}
	CHECK(domain->name[0] != '.' && domain->name[n - 1] != '.');
	CHECK(
	    sts_domain_from_name(sts_slice(domain->name, n), &again) == STS_OK);
	CHECK(again.kind == STS_DOMAIN_NAME);
	CHECK(strcmp(again.name, domain->name) == 0);
	CHECK(sts_domain_matches(
	    sts_slice_str(again.name), sts_slice_str(domain->name)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_slice in = sts_slice(data, n);
	struct sts_domain domain;
	bool bracketed;

	check(sts_domain_from_name(in, &domain), &domain);
	check(sts_domain_from_recipient(in, &domain), &domain);
	if (sts_domain_from_next_hop(in, &domain, &bracketed) != STS_OK)
		return 0;
	check(STS_OK, &domain);
	CHECK(domain.kind != STS_DOMAIN_LOCAL);
	CHECK(bracketed == (sts_slice_trim(in).p[0] == '['));
	return 0;
}
