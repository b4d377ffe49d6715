#include "sts/core/outcome.h"

#include <stdlib.h>

struct sts_host_outcome *
sts_host_outcome_new(const char *host)
{
	struct sts_host_outcome *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	sts_ref_init(&o->ref);
	if (sts_slice_copy(sts_slice_str(host), o->host, sizeof(o->host)) !=
	    STS_OK) {
		free(o);
		return NULL;
	}
	return o;
}

/* Only the count changes in what is shared; the object itself stays const. */
static struct sts_ref *
ref_of(const struct sts_host_outcome *o)
{
	return (struct sts_ref *)(uintptr_t)&o->ref;
}

const struct sts_host_outcome *
sts_host_outcome_get(const struct sts_host_outcome *o)
{
	if (o != NULL)
		sts_ref_get(ref_of(o));
	return o;
}

void
sts_host_outcome_put(const struct sts_host_outcome *o)
{
	if (o != NULL && sts_ref_put(ref_of(o)))
		free((void *)(uintptr_t)o);
}

/* What DANE decided stands, whatever the policy says (rows 64, 65). */
static bool
is_mismatch(const struct sts_mx_outcome *mx)
{
	return !mx->match && (mx->seen == NULL || !mx->seen->dane);
}

const char *
sts_mx_result_text(const struct sts_mx_outcome *mx)
{
	if (is_mismatch(mx))
		return sts_result_text(STS_RESULT_FAIL);
	if (mx->seen == NULL)
		return "";
	switch (mx->seen->path) {
	case STS_PATH_VALIDATED:
		return sts_result_text(STS_RESULT_PASS);
	case STS_PATH_INVALID:
		return sts_result_text(STS_RESULT_FAIL);
	case STS_PATH_UNREACHABLE:
		break;
	}
	return sts_result_text(STS_RESULT_TEMPERROR);
}

const char *
sts_mx_reason_text(const struct sts_mx_outcome *mx)
{
	if (is_mismatch(mx))
		return sts_reason_text(STS_REASON_MX_MISMATCH);
	return mx->seen == NULL ? "" : sts_reason_text(mx->seen->reason);
}
