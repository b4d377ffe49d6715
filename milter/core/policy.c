#include "sts/core/policy.h"

#include <stdlib.h>

enum { PATTERN_SIZE = 256 }; /* of a canonical one with its NUL, the most */

/* Only the count changes in what is shared; the object itself stays const. */
static struct sts_ref *
ref_of(const struct sts_policy *policy)
{
	return (struct sts_ref *)(uintptr_t)&policy->ref;
}

/* The patterns' addresses, the patterns, the others. */
struct sts_policy *
sts_policy_make(const struct sts_policy *draft, struct sts_slice patterns,
    struct sts_slice others)
{
	size_t n_mx = draft->n_mx;
	struct sts_policy *policy =
	    malloc(sizeof(*policy) + n_mx * sizeof(char *) + patterns.n +
		   others.n + 1);
	const char **mx;
	char *at;

	if (policy == NULL)
		return NULL;
	mx = (const char **)(policy + 1);
	at = (char *)(mx + n_mx);
	*policy = *draft;
	sts_ref_init(&policy->ref);
	policy->mx = mx;
	if (n_mx > 0)
		memcpy(at, patterns.p, patterns.n);
	for (size_t i = 0; i < n_mx; i++, at += strlen(at) + 1)
		mx[i] = at;
	policy->others = others.n > 0 ? at : NULL;
	if (others.n > 0)
		memcpy(at, others.p, others.n);
	at[others.n] = '\0';
	return policy;
}

enum sts_err
sts_policy_new(enum sts_mode mode, uint32_t max_age, const char *const *mx,
    size_t n_mx, struct sts_policy **out)
{
	const struct sts_policy draft = {
		.mode = mode, .max_age = max_age, .n_mx = n_mx
	};
	struct sts_policy *policy = NULL;
	struct sts_buf patterns;

	if (max_age > STS_MAX_AGE_MAX)
		return STS_E_RANGE;
	if (n_mx > STS_POLICY_MX_MAX)
		return STS_E_LIMIT;
	sts_buf_init(&patterns, (size_t)STS_POLICY_MX_MAX * PATTERN_SIZE);
	for (size_t i = 0; i < n_mx; i++)
		sts_buf_add(&patterns, mx[i], strlen(mx[i]) + 1);
	if (sts_buf_err(&patterns) == STS_OK)
		policy = sts_policy_make(
		    &draft, sts_buf_view(&patterns), sts_slice(NULL, 0));
	sts_buf_deinit(&patterns);
	if (policy == NULL)
		return STS_E_NOMEM;
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
	if (policy != NULL && sts_ref_put(ref_of(policy)))
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
