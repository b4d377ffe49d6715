/*
 * Any policy text: remarks are printable and there is an error among them if
 * and only if the text is refused; what is accepted prints to a text that
 * parses to an equal policy.
 */
#include "sts/core/mxmatch.h"
#include "sts/core/policy.h"

#include "fuzz.h"

struct heard {
	unsigned errors;
	unsigned lines; /* of the text */
};

static void
hear(void *cookie, const struct sts_policy_note *note)
{
	struct heard *heard = cookie;

	if (note->is_error)
		heard->errors++;
	CHECK(note->line <= heard->lines);
	CHECK(note->message[0] != '\0');
	for (const char *c = note->message; *c != '\0'; c++)
		CHECK(*c >= ' ' && *c <= '~');
}

static void
check_patterns(const struct sts_policy *policy)
{
	CHECK(policy->n_mx > 0 || policy->mode == STS_MODE_NONE);
	CHECK(policy->n_mx <= STS_POLICY_MX_MAX);
	CHECK(policy->max_age <= STS_MAX_AGE_MAX);
	for (size_t i = 0; i < policy->n_mx; i++) {
		struct sts_slice pattern = sts_slice_str(policy->mx[i]);
		struct sts_slice host = sts_mx_pattern_host(pattern);
		struct sts_domain domain;

		CHECK(sts_domain_from_name(host, &domain) == STS_OK);
		CHECK(domain.kind == STS_DOMAIN_NAME);
		CHECK(sts_slice_eq(host, sts_slice_str(domain.name)));
		/* `*.x` does not allow x, a name allows itself. */
		CHECK(sts_mx_match(pattern, host) == (host.n == pattern.n));
	}
}

static void
check_round_trip(const struct sts_policy *policy)
{
	struct sts_policy *again;
	struct sts_buf b;

	sts_buf_init(&b, STS_POLICY_TEXT_MAX);
	sts_policy_print(policy, &b);
	CHECK(sts_buf_err(&b) == STS_OK);
	CHECK(sts_policy_parse(sts_buf_view(&b), NULL, NULL, &again) == STS_OK);
	CHECK(sts_policy_eq(policy, again));
	sts_policy_put(again);
	sts_buf_deinit(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct heard heard = { .lines = 1 };
	struct sts_policy *policy;
	enum sts_err err;

	for (size_t i = 0; i < n; i++)
		heard.lines += data[i] == '\n' ? 1 : 0;
	err = sts_policy_parse(sts_slice(data, n), hear, &heard, &policy);
	CHECK((err == STS_OK) == (heard.errors == 0));
	if (err != STS_OK) {
		CHECK(err == STS_E_SYNTAX || err == STS_E_LIMIT);
		return 0;
	}
	check_patterns(policy);
	check_round_trip(policy);
	sts_policy_put(policy);
	return 0;
}
