/*
 * The `_smtp._tls` TXT record: where a domain wants its TLS reports (RFC 8460
 * section 3).  Pure.
 *
 * The targets are an outsider's words: each comes out checked and in one
 * canonical form, fit for an SMTP command or a request line, or not at all.
 */
#ifndef STS_CORE_TLSRPT_H
#define STS_CORE_TLSRPT_H

#include "sts/base/slice.h"
#include "sts/core/domain.h"

#include <stdint.h>

enum {
	STS_TLSRPT_RUA_MAX = 8, /* targets of one record: ours */
	STS_TLSRPT_TARGET_SIZE = 1024, /* bytes with the NUL: ours */
	STS_TLSRPT_IGNORED_MAX = 8, /* of those ignored, told by name: ours */
	STS_TLSRPT_SHOWN_SIZE = 256, /* bytes with the NUL, of one told: ours */
};

enum sts_tlsrpt_status {
	STS_TLSRPT_FOUND, /* exactly one record, and a target to report to */
	STS_TLSRPT_NONE, /* no record begins with v=TLSRPTv1; */
	STS_TLSRPT_MULTIPLE, /* more than one does: as if there were none */
	STS_TLSRPT_INVALID, /* one does, and it is broken: as if none */
};

enum sts_tlsrpt_scheme {
	STS_TLSRPT_MAILTO,
	STS_TLSRPT_HTTPS,
};

struct sts_tlsrpt_rua {
	enum sts_tlsrpt_scheme scheme;
	char host[STS_DOMAIN_SIZE]; /* of the address or the URI, canonical */
	uint16_t port; /* https: 443 unless written; mailto: 0 */
	/* mailto: the address, decoded, its local part quoted where it must be;
	 * https: the whole URI, without a fragment. */
	char target[STS_TLSRPT_TARGET_SIZE];
};

/* A target that cannot be used. */
struct sts_tlsrpt_ignored {
	char target[STS_TLSRPT_SHOWN_SIZE]; /* escaped, and perhaps cut */
	const char *why; /* a literal */
};

struct sts_tlsrpt {
	enum sts_tlsrpt_status status;
	size_t n; /* targets, 0 unless STS_TLSRPT_FOUND; none twice */
	struct sts_tlsrpt_rua rua[STS_TLSRPT_RUA_MAX];
	unsigned n_ignored; /* targets that cannot be used, */
	struct sts_tlsrpt_ignored ignored[STS_TLSRPT_IGNORED_MAX]; /* the first
								    */
	/* A literal: what is wrong with the records or, where there is a usable
	 * target, with the first ignored one; "" where nothing is. */
	const char *why;
};

/* Looks at all TXT records of one name, each already joined from its
 * character-strings without a space. */
void sts_tlsrpt_select(
    const struct sts_slice *records, size_t n, struct sts_tlsrpt *out);

/* Takes the https: targets out whose port is not 443, the only one that reports
 * are sent to: an outsider names it.  Where none is left, it is as if the
 * record were broken. */
void sts_tlsrpt_refuse_ports(struct sts_tlsrpt *tlsrpt);

/* One URI as it stands in a record, before it is published there.  Returns what
 * is wrong with it, a literal, and then leaves *out undefined; or NULL. */
const char *sts_tlsrpt_parse_uri(
    struct sts_slice uri, struct sts_tlsrpt_rua *out);

#endif
