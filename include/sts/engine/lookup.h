/*
 * The discovery of a domain's policy (RFC 8461 section 3): TXT record, policy
 * host, fetch, what is remembered.  Each decision on the way is
 * core/freshness's; this file only does what it says.  Engine's thread only.
 */
#ifndef STS_ENGINE_LOOKUP_H
#define STS_ENGINE_LOOKUP_H

#include "sts/engine/answer.h"
#include "sts/engine/env.h"

struct sts_lookup;

struct sts_lookup_request {
	const char *domain;
	const struct sts_record *record; /* what is remembered, or NULL */
	bool recheck; /* the policy is looked at whatever the id says, row 46 */
	bool remember; /* what is found goes to the store */
	bool blind; /* the store could not say what it remembers */
};

/* `discovery` and its texts are borrowed, its policy is a reference that the
 * callee takes over; `record`, borrowed, is what is remembered from now on, or
 * NULL. */
typedef void sts_lookup_done(void *cookie,
    const struct sts_discovery *discovery, const struct sts_record *record);

/* The callback's rules are those of sts_query_start. */
STS_MUST_USE enum sts_err sts_lookup_start(const struct sts_env *env,
    const struct sts_lookup_request *request, sts_lookup_done *done,
    void *cookie, struct sts_lookup **out);
void sts_lookup_cancel(struct sts_lookup *lookup);

/* What is known of a domain before anything was asked: the remembered policy
 * where it is in force, else that nothing is known. The policy is a reference,
 * the texts are the record's.
 */
void sts_discovery_of_record(
    const struct sts_record *record, int64_t now, struct sts_discovery *out);

#endif
