#include "sts/core/outcome.h"

#include "sts/base/pack.h"

#include <stdlib.h>

static size_t
texts_size(const struct sts_host_outcome *o)
{
	return sts_pack_size(o->host) + sts_pack_size(o->address) +
	       sts_pack_size(o->detail) + sts_pack_size(o->tls) +
	       sts_pack_size(o->cipher) + sts_pack_size(o->subject) +
	       sts_pack_size(o->issuer);
}

struct sts_host_outcome *
sts_host_outcome_new(const struct sts_host_outcome *draft)
{
	struct sts_host_outcome *o = malloc(sizeof(*o) + texts_size(draft));
	char *at;

	if (o == NULL)
		return NULL;
	*o = *draft;
	sts_ref_init(&o->ref);
	at = (char *)(o + 1);
	o->host = sts_pack(&at, draft->host);
	o->address = sts_pack(&at, draft->address);
	o->detail = sts_pack(&at, draft->detail);
	o->tls = sts_pack(&at, draft->tls);
	o->cipher = sts_pack(&at, draft->cipher);
	o->subject = sts_pack(&at, draft->subject);
	o->issuer = sts_pack(&at, draft->issuer);
	return o;
}

struct sts_host_outcome *
sts_host_outcome_of(const struct sts_host_finding *f, int64_t probed_ms)
{
	const struct sts_host_outcome draft = {
		.path = f->path,
		.reason = f->reason,
		.dane = f->dane,
		.busy = f->busy,
		.failures = f->failures,
		.took_ms = f->took_ms,
		.host = f->host,
		.address = f->address,
		.detail = f->detail,
		.tls = f->tls,
		.cipher = f->cipher,
		.subject = f->subject,
		.issuer = f->issuer,
		.not_after = f->not_after,
		.probed_ms = probed_ms,
	};

	return sts_host_outcome_new(&draft);
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
