/*
 * What a domain publishes of MTA-STS and TLS reports, as lines of a zone file
 * (RFC 8461 sections 3.1 and 8.2, RFC 8460 section 3; RFC 1035 section 5), and
 * reading those lines again.  Pure.
 *
 *	; mta-sts example.com mode=testing max_age=86400 mx=mx.example.com
 *	_mta-sts.example.com. 3600 IN TXT "v=STSv1; id=20260101T000000;"
 *	_smtp._tls.example.com. 3600 IN TXT "v=TLSRPTv1; rua=mailto:a@example"
 *	mta-sts.example.com. 3600 IN CNAME policies.example.net.
 *
 * The comment tells which policy the id is for: so an id can be changed exactly
 * when its policy is, even if a run that wrote the policy was cut short.
 */
#ifndef STS_CORE_PUBLISHED_H
#define STS_CORE_PUBLISHED_H

#include "sts/base/buf.h"
#include "sts/core/domain.h"
#include "sts/core/policy.h"
#include "sts/core/txt.h"

enum {
	STS_PUBLISHED_TTL = 3600, /* s, of each record */
	STS_PUBLISHED_TLSRPT_MAX = 4096, /* bytes of the record's text: ours */
};

/* One domain's.  deinit frees what it holds; a zeroed one may be deinited. */
struct sts_published {
	char domain[STS_DOMAIN_SIZE];
	char id[STS_ID_SIZE];
	const struct sts_policy *policy; /* a reference: what the id is for */
	char *tlsrpt; /* the text of _smtp._tls; owned; NULL: there is none */
	char host_at[STS_DOMAIN_SIZE]; /* what mta-sts.DOMAIN is a CNAME of, or
					  "" */
	int64_t earlier; /* wall s until which senders may remember policies
			    from before this one; 0: there are none */
};

void sts_published_deinit(struct sts_published *published);

/* Appends its lines. */
void sts_published_print(
    const struct sts_published *published, struct sts_buf *b);

/* Takes over what *published holds. STS_OK, or why reading ends. */
typedef enum sts_err sts_published_take(
    void *cookie, struct sts_published *published);

/*
 * Reads what sts_published_print wrote, with other comments, empty lines, other
 * TTLs and white space in between; domain by domain.  STS_E_SYNTAX: it does not
 * know line *line (from 1), *why, a literal, tells; STS_E_NOMEM; or what `take`
 * returned.
 */
STS_MUST_USE enum sts_err sts_published_parse(struct sts_slice text,
    sts_published_take *take, void *cookie, unsigned *line, const char **why);

/*
 * The id that follows `previous` ("" is none): the stamp, which grows with
 * time, or, where that is not past the previous one, the one after that. So
 * none is ever used twice, whatever the clock does.  Returns dst.
 */
char *sts_id_next(
    const char *stamp, const char *previous, char dst[STS_ID_SIZE]);

#endif
