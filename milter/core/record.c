#include "sts/core/freshness.h"

#include <stdlib.h>

struct sts_record *
sts_record_new(const char *domain)
{
	struct sts_record *record = calloc(1, sizeof(*record));

	if (record == NULL)
		return NULL;
	sts_ref_init(&record->ref);
	if (sts_slice_copy(sts_slice(domain, strlen(domain)), record->domain,
		sizeof(record->domain)) != STS_OK) {
		free(record);
		return NULL;
	}
	return record;
}

struct sts_record *
sts_record_copy(const struct sts_record *record)
{
	struct sts_record *copy = sts_record_new(record->domain);

	if (copy == NULL)
		return NULL;
	memcpy(copy->id, record->id, sizeof(copy->id));
	copy->policy = sts_policy_get(record->policy);
	copy->fetched_at = record->fetched_at;
	copy->confirmed_at = record->confirmed_at;
	copy->used_at = record->used_at;
	copy->tried_at = record->tried_at;
	memcpy(copy->failed_id, record->failed_id, sizeof(copy->failed_id));
	copy->failed_at = record->failed_at;
	copy->failed_reason = record->failed_reason;
	return copy;
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
