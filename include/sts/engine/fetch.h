/*
 * One HTTPS GET of a policy text (RFC 8461 section 3.3, rules.md rows 18 to
 * 25), over libcurl's multi interface on a loop: that of one of the fetchers'
 * threads (fetchpool.h).
 *
 * The addresses come from the engine's resolver; libcurl looks nothing up, and
 * each address is vetted once more where its socket is opened (row 27).
 * That loop's thread only.
 */
#ifndef STS_ENGINE_FETCH_H
#define STS_ENGINE_FETCH_H

#include "sts/base/addr.h"
#include "sts/conf/conf.h"
#include "sts/core/outcome.h"
#include "sts/engine/loop.h"
#include "sts/engine/tls.h"

enum {
	STS_HTTPS_PORT = 443,
	STS_FETCH_ADDRS_MAX = 16,
	STS_FETCH_TIMEOUT_MAX_MS = 60000, /* section 3.3's "one minute" */
};

struct sts_fetcher; /* the multi handle and its connection to the loop */
struct sts_fetch; /* one under way */

struct sts_fetch_result {
	bool ok; /* 200, text/plain, whole body in `body` */
	struct sts_slice body; /* lives during the callback only */
	enum sts_reason reason; /* where not ok: sts-policy-fetch-error,
				   sts-webpki-invalid, address-refused */
	char detail[STS_DETAIL_SIZE]; /* for people, escaped: "HTTP status 404",
				   "certificate has expired" … */
	char address[STS_ADDR_TEXT]; /* that was connected to, or "" */
};

typedef void sts_fetch_done(void *cookie, const struct sts_fetch_result *r);

struct sts_fetch_request {
	const char *policy_domain; /* canonical (core/domain.h):
				      GET https://mta-sts.<policy_domain>/… */
	const struct sts_addr *addrs; /* in the order of preference */
	size_t n_addrs; /* at least 1; past the max are ignored */
	uint16_t port; /* 0: STS_HTTPS_PORT */
	const struct sts_conf *conf; /* a reference is taken */
	const struct sts_tls *tls; /* a reference is taken */
	int64_t timeout_ms; /* of the whole exchange, at least 1; past the
			       max it is the max */
};

STS_MUST_USE enum sts_err sts_fetcher_new(
    struct sts_loop *loop, struct sts_fetcher **out);
/* Cancels what is under way; no callback comes.  Not from a callback. */
void sts_fetcher_free(struct sts_fetcher *fetcher);

/*
 * `done` fires exactly once, never before this returns; after sts_fetch_cancel
 * never.  Once it fired, *out is gone.  From within it other fetches may be
 * started and cancelled.  The request is copied.  STS_E_RANGE for no address
 * or no time, STS_E_SYNTAX for a policy domain that is not canonical,
 * STS_E_LIMIT where its policy host's name would be too long for the DNS,
 * STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_fetch_start(struct sts_fetcher *fetcher,
    const struct sts_fetch_request *request, sts_fetch_done *done, void *cookie,
    struct sts_fetch **out);
void sts_fetch_cancel(struct sts_fetch *fetch);

#endif
