/*
 * What was found out about one MX host: the evidence behind a verdict.
 *
 * A host outcome is the same for all domains that use the host (row 62) and is
 * immutable and reference-counted once published; an MX outcome is one line of
 * one domain's evidence.  All texts are escaped already.
 */
#ifndef STS_CORE_OUTCOME_H
#define STS_CORE_OUTCOME_H

#include "sts/base/addr.h"
#include "sts/base/ref.h"
#include "sts/core/domain.h"
#include "sts/core/words.h"

#include <stdint.h>

enum sts_path {
	STS_PATH_VALIDATED, /* STARTTLS with a valid certificate */
	STS_PATH_INVALID, /* the host answers, and validation fails */
	STS_PATH_UNREACHABLE, /* not a proof either way, row 58 */
};

/* Two certificates' worth of text that people ask for. */
enum { STS_DETAIL_SIZE = 384, STS_CERT_TEXT_SIZE = 256 };

/* What a probe finds, in the making: the outcome's fields, with room. */
struct sts_host_finding {
	char host[STS_DOMAIN_SIZE];
	enum sts_path path;
	enum sts_reason reason; /* STS_REASON_NONE when validated */
	bool dane; /* DANE decides, not STS: there are usable TLSA records, or
		      nobody can tell (rows 64 to 66) */
	char address[STS_ADDR_TEXT]; /* the one that decided, or "" */
	char detail[STS_DETAIL_SIZE]; /* for people, or "" */
	char tls[16]; /* "TLSv1.3", or "" */
	char cipher[64];
	char subject[STS_CERT_TEXT_SIZE]; /* the leaf certificate's */
	char issuer[STS_CERT_TEXT_SIZE];
	int64_t not_after; /* wall s, 0 where unknown */
	uint32_t took_ms;
	uint16_t failures; /* in a row, this one too */
	bool busy; /* it asked to be left alone: 4xx as greeting or to EHLO */
};

/* The same for good: one piece of memory with its texts. */
struct sts_host_outcome {
	struct sts_ref ref;
	enum sts_path path;
	enum sts_reason reason;
	bool dane, busy;
	uint16_t failures;
	uint32_t took_ms;
	const char *host, *address, *detail, *tls, *cipher, *subject, *issuer;
	int64_t not_after;
	int64_t probed_ms; /* monotonic, when it was published */
};

/* Copies the draft's texts; NULL counts as "".  NULL: out of memory. */
struct sts_host_outcome *sts_host_outcome_new(
    const struct sts_host_outcome *draft);
/* Of a finding, `probed_ms` being now. */
struct sts_host_outcome *sts_host_outcome_of(
    const struct sts_host_finding *finding, int64_t probed_ms);
/* NULL is legal for both. */
const struct sts_host_outcome *sts_host_outcome_get(
    const struct sts_host_outcome *o);
void sts_host_outcome_put(const struct sts_host_outcome *o);

struct sts_mx_outcome {
	const char *host;
	uint16_t preference;
	bool match; /* the policy allows it */
	const struct sts_host_outcome *seen; /* a reference; NULL: not probed
						(mismatch, or probe = false) */
};

/* One line of the evidence in the verdict's words; "" where the host was not
 * looked at, or not in time. */
const char *sts_mx_result_text(const struct sts_mx_outcome *mx);
const char *sts_mx_reason_text(const struct sts_mx_outcome *mx);

#endif
