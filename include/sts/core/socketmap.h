/*
 * The socketmap's dialects: what an MTA asks for at delivery, `MAP KEY`, and
 * what it is told, each the body of a netstring (core/netstring.h).
 *
 * The map's name picks the dialect.  That of Postfix is described in its
 * socketmap_table(5), TLS_README and, from 3.10 on, TLSRPT_README; that of
 * Sendmail in its FEATURE(sts).  Which domain gets which reply is one table in
 * milter/core/socketmap.c.  Pure.
 */
#ifndef STS_CORE_SOCKETMAP_H
#define STS_CORE_SOCKETMAP_H

#include "sts/base/buf.h"
#include "sts/core/outcome.h"
#include "sts/core/policy.h"
#include "sts/core/verdict.h"

enum {
	STS_SOCKETMAP_REQUEST_MAX = 1024, /* bytes of a body: ours */
	STS_SOCKETMAP_REPLY_MAX = 100000, /* Postfix takes no more */
};

enum sts_socketmap_dialect {
	STS_SOCKETMAP_POSTFIX, /* `postfix`, `QUERY` */
	STS_SOCKETMAP_POSTFIX310, /* `postfix310`, `QUERYwithTLSRPT` */
	STS_SOCKETMAP_SENDMAIL, /* `sts` */
};

struct sts_socketmap_request {
	enum sts_socketmap_dialect dialect;
	char domain[STS_DOMAIN_SIZE]; /* of the policy; "": the key can have
					 none, the reply is NOTFOUND */
};

/*
 * Reads a request.  The key is an MTA's next hop: `:port` and a final dot are
 * dropped; `[host]`, addresses, `.parent` and what is no domain name can have
 * no policy.  STS_E_NOTFOUND: there is no such map, the reply is PERM.
 * STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_socketmap_request_parse(
    struct sts_slice body, struct sts_socketmap_request *out);

/* What is known of the domain. */
struct sts_socketmap_facts {
	const char *domain;
	enum sts_policy_state state;
	const struct sts_policy *policy; /* where it is in force, else NULL */
	enum sts_mx_state mx_state;
	const struct sts_mx_outcome *mx; /* in order of preference */
	size_t n_mx;
	enum sts_action on_temperror; /* the configuration's */
	bool excepted; /* an exception says that its mail shall go out even
			  where validation fails */
};

/* Clears `b`, whose cap is STS_SOCKETMAP_REPLY_MAX, and writes the reply's
 * body. */
void sts_socketmap_reply(enum sts_socketmap_dialect dialect,
    const struct sts_socketmap_facts *facts, struct sts_buf *b);

/* Whether the exception is what makes the reply; else it changes nothing. */
bool sts_socketmap_exception_counts(const struct sts_socketmap_facts *facts);

/* Replies without facts. */
#define STS_SOCKETMAP_NOTFOUND STS_LIT("NOTFOUND ")
#define STS_SOCKETMAP_NO_MAP STS_LIT("PERM there is no such map")
#define STS_SOCKETMAP_LATE STS_LIT("TEMP MTA-STS: no answer in time")
#define STS_SOCKETMAP_BUSY STS_LIT("TEMP MTA-STS: too much to do")

#endif
