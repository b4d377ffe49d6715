#include "sts/engine/tlsrptlookup.h"

#include "sts/engine/batch.h"
#include "sts/engine/env.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME_PREFIX "_smtp._tls."

struct asked {
	struct sts_batch *batch;
	struct sts_tlsrpt_found *found;
	struct sts_query *query;
};

struct lookup {
	const char *const *domains;
	struct sts_tlsrpt_found *found;
	struct asked *asked;
};

static void
fail(struct sts_tlsrpt_found *found, const char *detail)
{
	found->status = STS_DNS_FAILED;
	(void)snprintf(found->detail, sizeof(found->detail), "%s", detail);
	sts_tlsrpt_select(NULL, 0, &found->tlsrpt);
}

static void
on_answer(void *cookie, struct sts_dns_answer *answer)
{
	struct asked *asked = cookie;
	struct sts_tlsrpt_found *found = asked->found;
	bool there = answer->status == STS_DNS_OK;

	found->status = answer->status;
	(void)snprintf(found->detail, sizeof(found->detail), "%s",
	    answer->status == STS_DNS_FAILED ? answer->detail : "");
	sts_tlsrpt_select(
	    there ? answer->txt : NULL, there ? answer->n : 0, &found->tlsrpt);
	sts_batch_done(asked->batch);
}

static void
start(void *cookie, struct sts_batch *batch, size_t i)
{
	struct lookup *lookup = cookie;
	struct asked *asked = &lookup->asked[i];
	const struct sts_env *env = sts_engine_env(batch->engine);
	char name[sizeof(NAME_PREFIX) + STS_DOMAIN_SIZE];

	asked->batch = batch;
	asked->found = &lookup->found[i];
	(void)snprintf(
	    name, sizeof(name), NAME_PREFIX "%s", lookup->domains[i]);
	if (sts_query_start(env->resolver, name, STS_DNS_TXT, on_answer, asked,
		&asked->query) == STS_OK)
		return;
	fail(asked->found, "out of memory");
	sts_batch_done(batch);
}

enum sts_err
sts_tlsrpt_lookup(struct sts_engine *engine, const char *const *domains,
    size_t n, struct sts_tlsrpt_found *found)
{
	struct lookup lookup = { domains, found, NULL };
	enum sts_err err;

	lookup.asked = calloc(n + 1, sizeof(*lookup.asked));
	if (lookup.asked == NULL)
		return STS_E_NOMEM;
	err = sts_batch_run(engine, n, start, &lookup);
	free(lookup.asked);
	return err;
}
