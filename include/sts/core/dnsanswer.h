/*
 * DNS answers as they come off the wire (RFC 1035), read with the system's own
 * ns_parserr into plain arrays. Pure.
 *
 * CNAME chains inside one answer are followed, at most STS_CNAME_MAX links;
 * records of other names are ignored.
 */
#ifndef STS_CORE_DNSANSWER_H
#define STS_CORE_DNSANSWER_H

#include "sts/base/addr.h"
#include "sts/base/buf.h"
#include "sts/base/err.h"
#include "sts/base/slice.h"
#include "sts/core/domain.h"

#include <stdint.h>

enum {
	STS_CNAME_MAX = 8,
	STS_RRS_MAX = 256, /* records of the name; more are STS_DNS_FAILED */
};

enum sts_dns_type { /* the wire's own numbers */
	STS_DNS_A = 1,
	STS_DNS_MX = 15,
	STS_DNS_TXT = 16,
	STS_DNS_AAAA = 28,
	STS_DNS_TLSA = 52,
};

enum sts_dns_status {
	STS_DNS_OK, /* at least one record of the type asked for */
	STS_DNS_NODATA, /* the name exists, the type does not */
	STS_DNS_NXDOMAIN, /* the name does not exist */
	STS_DNS_FAILED, /* SERVFAIL, REFUSED, truncated, malformed, another
			   question's …: could not tell */
};

struct sts_mx {
	uint16_t preference;
	char host[STS_DOMAIN_SIZE]; /* canonical; "" is the root: a null MX,
				       and then the only one */
};

struct sts_tlsa {
	uint8_t usage, selector, mtype;
	size_t n;
	const uint8_t *data; /* points into the answer's bytes */
};

struct sts_dns_answer {
	enum sts_dns_status status;
	bool secure; /* the AD bit; believed only by dns_trust_ad */
	bool edns; /* the server knows EDNS: there is an OPT record */
	bool edns_refused; /* it failed for the question's OPT record, as the
			      code says (RFC 6891 section 7) */
	uint32_t ttl; /* s: the least of the chain, or of the SOA's
			 negative TTL (RFC 2308); 0 where unknown */
	enum sts_dns_type type;
	size_t n;
	union {
		void *records; /* whichever it is */
		struct sts_addr *addr; /* A, AAAA */
		struct sts_mx *mx; /* by preference, then as they came */
		struct sts_slice *txt; /* each joined; point into bytes */
		struct sts_tlsa *tlsa;
	};
	char *bytes;
	char detail[64]; /* a word for the log: "SERVFAIL", "timeout" … */
};

/* Reads a whole message that answers (name, type). A malformed one is an answer
 * too: STS_DNS_FAILED.  Only STS_E_NOMEM fails. MX hosts that are no domain
 * names are dropped; where none is left, it is STS_DNS_FAILED and not NODATA,
 * for NODATA makes the domain its own MX.  deinit frees what it holds. */
STS_MUST_USE enum sts_err sts_dns_answer_parse(struct sts_slice wire,
    const char *name, enum sts_dns_type type, struct sts_dns_answer *out);
void sts_dns_answer_deinit(struct sts_dns_answer *answer);

#endif
