/*
 * The addresses of a host: AAAA and A asked at once, given in turn with IPv6
 * first (row 59), each vetted (row 27).  Engine's thread only.
 */
#ifndef STS_ENGINE_ADDRESSES_H
#define STS_ENGINE_ADDRESSES_H

#include "sts/core/outcome.h"
#include "sts/engine/resolver.h"

enum { STS_ADDRESSES_MAX = 8 }; /* kept of one host: 4 of each family */

struct sts_addresses {
	/* STS_DNS_OK: at least one address that may be used.  NODATA or
	 * NXDOMAIN: the host has none.  FAILED: could not tell, or all refused.
	 */
	enum sts_dns_status status;
	enum sts_reason reason; /* where not OK: unreachable (it has none),
				   dns-failure or address-refused */
	char detail[STS_DETAIL_SIZE];
	bool secure; /* each answer that came carried AD */
	size_t n;
	struct sts_addr addr[STS_ADDRESSES_MAX];
};

struct sts_address_lookup;

typedef void sts_addresses_done(
    void *cookie, const struct sts_addresses *addresses);

/* The callback's rules are those of sts_query_start. */
STS_MUST_USE enum sts_err sts_address_lookup_start(
    struct sts_resolver *resolver, const struct sts_conf *conf,
    const char *host, sts_addresses_done *done, void *cookie,
    struct sts_address_lookup **out);
void sts_address_lookup_cancel(struct sts_address_lookup *lookup);

#endif
