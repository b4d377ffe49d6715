#include "sts/base/pack.h"
#include "sts/core/freshness.h"

#include <stdlib.h>

struct sts_record
sts_record_draft(const struct sts_record *known)
{
	/* All but the count, which others may change at this moment. */
	return (struct sts_record){
		.domain = known->domain,
		.id = known->id,
		.policy = known->policy,
		.fetched_at = known->fetched_at,
		.confirmed_at = known->confirmed_at,
		.used_at = known->used_at,
		.tried_at = known->tried_at,
		.failed_id = known->failed_id,
		.failed_at = known->failed_at,
		.failed_reason = known->failed_reason,
	};
}

struct sts_record *
sts_record_new(const struct sts_record *draft)
{
	size_t domain_size = sts_pack_size(draft->domain);
	struct sts_record *record;
	char *at;

	if (domain_size > STS_DOMAIN_SIZE)
		return NULL;
	record =
	    malloc(sizeof(*record) + domain_size + sts_pack_size(draft->id) +
		   sts_pack_size(draft->failed_id));
	if (record == NULL)
		return NULL;
	at = (char *)(record + 1);
	*record = sts_record_draft(draft);
	sts_ref_init(&record->ref);
	record->domain = sts_pack(&at, draft->domain);
	record->id = sts_pack(&at, draft->id);
	record->failed_id = sts_pack(&at, draft->failed_id);
	record->policy = sts_policy_get(draft->policy);
	return record;
}

/* Only the count changes in what is shared; the object itself stays const. */
static struct sts_ref *
ref_of(const struct sts_record *record)
{
	return (struct sts_ref *)(uintptr_t)&record->ref;
}

const struct sts_record *
sts_record_get(const struct sts_record *record)
{
	if (record != NULL)
		sts_ref_get(ref_of(record));
	return record;
}

void
sts_record_put(const struct sts_record *record)
{
	if (record == NULL || !sts_ref_put(ref_of(record)))
		return;
	sts_policy_put(record->policy);
	free((void *)(uintptr_t)record);
}
