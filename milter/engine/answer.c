#include "sts/engine/answer.h"

#include <stdio.h>
#include <stdlib.h>

struct sts_answer *
sts_answer_new(const char *domain, size_t n_mx)
{
	struct sts_answer *a = calloc(1, sizeof(*a) + n_mx * sizeof(a->mx[0]));

	if (a == NULL)
		return NULL;
	sts_ref_init(&a->ref);
	(void)snprintf(a->domain, sizeof(a->domain), "%s", domain);
	a->n_mx = n_mx;
	a->verdict.mx = STS_NO_MX;
	return a;
}

struct sts_answer *
sts_answer_of_discovery(const char *domain, const struct sts_discovery *found)
{
	const struct sts_facts facts = {
		.policy = found->state,
		.policy_reason = found->reason,
		.mode =
		    found->policy == NULL ? STS_MODE_NONE : found->policy->mode,
		.mx_state = STS_MX_PENDING,
	};
	struct sts_answer *a = sts_answer_new(domain, 0);

	if (a == NULL) {
		sts_policy_put(found->policy);
		return NULL;
	}
	a->discovery = *found;
	a->mx_state = facts.mx_state;
	a->verdict = sts_verdict_of(&facts);
	return a;
}

const struct sts_answer *
sts_answer_get(const struct sts_answer *answer)
{
	if (answer != NULL)
		sts_ref_get(&((struct sts_answer *)(uintptr_t)answer)->ref);
	return answer;
}

void
sts_answer_put(const struct sts_answer *answer)
{
	struct sts_answer *a = (struct sts_answer *)(uintptr_t)answer;

	if (a == NULL || !sts_ref_put(&a->ref))
		return;
	for (size_t i = 0; i < a->n_mx; i++)
		sts_host_outcome_put(a->mx[i].seen);
	sts_policy_put(a->discovery.policy);
	free(a);
}

const char *
sts_answer_mx(const struct sts_answer *answer)
{
	if (answer->verdict.mx == STS_NO_MX)
		return "";
	return answer->mx[answer->verdict.mx].host;
}
