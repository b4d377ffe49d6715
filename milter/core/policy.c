#include "sts/core/policy.h"

#include <stdlib.h>

/* Only the count changes in what is shared; the object itself stays const. */
static struct sts_ref *
ref_of(const struct sts_policy *policy)
{
	return (struct sts_ref *)(uintptr_t)&policy->ref;
}

enum sts_err
sts_policy_new(enum sts_mode mode, uint32_t max_age, const char *const *mx,
    size_t n_mx, struct sts_policy **out)
{
	struct sts_policy *policy;

	if (max_age > STS_MAX_AGE_MAX)
		return STS_E_RANGE;
	if (n_mx > STS_POLICY_MX_MAX)
		return STS_E_LIMIT;
	policy = calloc(1, sizeof(*policy));
	if (policy == NULL)
		return STS_E_NOMEM;
	sts_ref_init(&policy->ref);
	policy->mode = mode;
	policy->max_age = max_age;
	policy->mx = calloc(n_mx == 0 ? 1 : n_mx, sizeof(*policy->mx));
	while (policy->mx != NULL && policy->n_mx < n_mx) {
		policy->mx[policy->n_mx] = strdup(mx[policy->n_mx]);
		if (policy->mx[policy->n_mx] == NULL)
			break;
		policy->n_mx++;
	}
	if (policy->mx == NULL || policy->n_mx < n_mx) {
		sts_policy_put(policy);
		return STS_E_NOMEM;
	}
	*out = policy;
	return STS_OK;
}

const struct sts_policy *
sts_policy_get(const struct sts_policy *policy)
{
	if (policy != NULL)
		sts_ref_get(ref_of(policy));
	return policy;
}

void
sts_policy_put(const struct sts_policy *policy)
{
	if (policy == NULL || !sts_ref_put(ref_of(policy)))
		return;
	for (size_t i = 0; i < policy->n_mx; i++)
		free(policy->mx[i]);
	free(policy->mx);
	free(policy->others);
	free((void *)(uintptr_t)policy);
}

void
sts_policy_print(const struct sts_policy *policy, struct sts_buf *b)
{
	sts_buf_printf(
	    b, "version: STSv1\r\nmode: %s\r\n", sts_mode_text(policy->mode));
	for (size_t i = 0; i < policy->n_mx; i++)
		sts_buf_printf(b, "mx: %s\r\n", policy->mx[i]);
	sts_buf_printf(b, "max_age: %u\r\n", (unsigned)policy->max_age);
	sts_buf_slice(b, sts_slice_str(policy->others));
}

bool
sts_policy_eq(const struct sts_policy *a, const struct sts_policy *b)
{
	if (a->mode != b->mode || a->max_age != b->max_age ||
	    a->n_mx != b->n_mx)
		return false;
	for (size_t i = 0; i < a->n_mx; i++)
		if (strcmp(a->mx[i], b->mx[i]) != 0)
			return false;
	return sts_slice_eq(sts_slice_str(a->others), sts_slice_str(b->others));
}
