#include "sts/engine/answer.h"

#include "sts/base/pack.h"

#include <stdlib.h>

static size_t
size_of(const struct sts_answer *a)
{
	size_t n = sizeof(*a) + a->n_mx * sizeof(*a->mx) +
		   sts_pack_size(a->domain) + sts_pack_size(a->discovery.id) +
		   sts_pack_size(a->discovery.detail) +
		   sts_pack_size(a->mx_detail);

	for (size_t i = 0; i < a->n_mx; i++)
		if (a->mx[i].seen == NULL)
			n += sts_pack_size(a->mx[i].host);
	return n;
}

/* Of a host that was seen, the name lies in the outcome. */
static void
pack_mx(struct sts_mx_outcome *to, const struct sts_mx_outcome *mx, char **at)
{
	*to = *mx;
	(void)sts_host_outcome_get(mx->seen);
	to->host = mx->seen == NULL ? sts_pack(at, mx->host) : mx->seen->host;
}

struct sts_answer *
sts_answer_new(const struct sts_answer *draft)
{
	size_t size = size_of(draft);
	struct sts_answer *a = malloc(size);
	struct sts_mx_outcome *mx;
	char *at;

	if (a == NULL)
		return NULL;
	mx = (struct sts_mx_outcome *)(a + 1);
	at = (char *)(mx + draft->n_mx);
	*a = *draft;
	sts_ref_init(&a->ref);
	a->size = (uint32_t)size;
	a->domain = sts_pack(&at, draft->domain);
	a->discovery.id = sts_pack(&at, draft->discovery.id);
	a->discovery.detail = sts_pack(&at, draft->discovery.detail);
	a->mx_detail = sts_pack(&at, draft->mx_detail);
	(void)sts_policy_get(a->discovery.policy);
	for (size_t i = 0; i < draft->n_mx; i++)
		pack_mx(&mx[i], &draft->mx[i], &at);
	a->mx = mx;
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
	const struct sts_answer draft = {
		.domain = domain,
		.discovery = *found,
		.mx_state = facts.mx_state,
		.verdict = sts_verdict_of(&facts),
	};
	struct sts_answer *a = sts_answer_new(&draft);

	sts_policy_put(found->policy);
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
