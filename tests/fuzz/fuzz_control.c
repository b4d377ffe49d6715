/*
 * Any line as a request of the control socket: what is taken is a word of ours
 * and, just where that word wants one, a canonical domain; what is not comes
 * with a reason.
 */
#include "sts/front/controlrequest.h"

#include "fuzz.h"

static void
check_domain(const char *name)
{
	struct sts_domain again;

	CHECK(sts_domain_from_name(sts_slice_str(name), &again) == STS_OK);
	CHECK(again.kind == STS_DOMAIN_NAME);
	CHECK(strcmp(again.name, name) == 0);
}

static void
check_request(const struct sts_control_request *request)
{
	bool has_domain = request->domain[0] != '\0';

	if (has_domain)
		check_domain(request->domain);
	switch (request->word) {
	case STS_CONTROL_STATUS:
	case STS_CONTROL_RELOAD:
	case STS_CONTROL_CACHE_LIST:
		CHECK(!has_domain);
		return;
	case STS_CONTROL_CACHE_SHOW:
	case STS_CONTROL_CACHE_REFRESH:
		CHECK(has_domain);
		return;
	case STS_CONTROL_CACHE_FLUSH:
		return;
	}
	CHECK(false);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sts_control_request request;
	const char *why = NULL;
	enum sts_err err;

	err = sts_control_request_parse(sts_slice(data, n), &request, &why);
	CHECK(err == STS_OK || err == STS_E_SYNTAX);
	CHECK((why == NULL) == (err == STS_OK));
	if (err == STS_OK)
		check_request(&request);
	return 0;
}
