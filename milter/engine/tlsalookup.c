#include "sts/engine/tlsalookup.h"

#include "sts/engine/batch.h"
#include "sts/engine/dane.h"
#include "sts/engine/env.h"

#include <stdlib.h>

struct asked {
	struct sts_batch *batch;
	struct sts_tlsa_found *found;
	struct sts_query *query;
};

struct lookup {
	const char *const *hosts;
	struct sts_tlsa_found *found;
	struct asked *asked;
};

static void
on_answer(void *cookie, struct sts_dns_answer *answer)
{
	struct asked *asked = cookie;

	*asked->found = (struct sts_tlsa_found){
		.status = answer->status,
		.secure = answer->secure,
		.records = answer->status == STS_DNS_OK ? answer->n : 0,
	};
	sts_batch_done(asked->batch);
}

static void
start(void *cookie, struct sts_batch *batch, size_t i)
{
	struct lookup *lookup = cookie;
	struct asked *asked = &lookup->asked[i];
	const struct sts_env *env = sts_engine_env(batch->engine);
	char name[STS_DOMAIN_SIZE];

	asked->batch = batch;
	asked->found = &lookup->found[i];
	*asked->found = (struct sts_tlsa_found){ .status = STS_DNS_NXDOMAIN };
	if (sts_dane_name(lookup->hosts[i], name) == STS_OK) {
		asked->found->status = STS_DNS_FAILED;
		if (sts_query_start(env->resolver, name, STS_DNS_TLSA,
			on_answer, asked, &asked->query) == STS_OK)
			return;
	}
	sts_batch_done(batch);
}

enum sts_err
sts_tlsa_lookup(struct sts_engine *engine, const char *const *hosts, size_t n,
    struct sts_tlsa_found *found)
{
	struct lookup lookup = { hosts, found, NULL };
	enum sts_err err;

	lookup.asked = calloc(n + 1, sizeof(*lookup.asked));
	if (lookup.asked == NULL)
		return STS_E_NOMEM;
	err = sts_batch_run(engine, n, start, &lookup);
	free(lookup.asked);
	return err;
}
