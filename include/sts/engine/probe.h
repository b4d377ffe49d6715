/*
 * One SMTP STARTTLS probe of one address of one MX host (RFC 8461 section 5,
 * rules.md rows 53 to 60): connect, greeting, EHLO, STARTTLS, handshake with
 * SNI, chain and name checked, EHLO, QUIT, and no more (RFC 3207).
 *
 * Bounded in time by its timeout and in memory by core/smtpreply and a cap on
 * all bytes of the peer.  Engine's thread only.
 */
#ifndef STS_ENGINE_PROBE_H
#define STS_ENGINE_PROBE_H

#include "sts/base/addr.h"
#include "sts/conf/conf.h"
#include "sts/core/dnsanswer.h"
#include "sts/core/outcome.h"
#include "sts/engine/loop.h"
#include "sts/engine/tls.h"

enum {
	STS_SMTP_PORT = 25,
	STS_PROBER_VISITS = 20, /* at one address at once; others wait */
};

struct sts_prober; /* all probes of a loop, those too that take their leave */
struct sts_probe; /* one under way */

struct sts_probe_request {
	const char *host; /* the MX host: SNI and the name checked */
	struct sts_addr addr;
	uint16_t port; /* 0: STS_SMTP_PORT */
	const struct sts_conf *conf; /* a reference is taken: hostname for
					EHLO, allow_networks */
	const struct sts_tls *tls; /* a reference is taken */
	/* The usable records that alone authenticate the host (engine/dane);
	 * NULL: the anchors do.  Borrowed until `done` fires or the cancel. */
	const struct sts_dns_answer *tlsa;
	int64_t timeout_ms;
};

/* `found` is borrowed during the call. */
typedef void sts_probe_done(void *cookie, const struct sts_host_finding *found);

/* `loop` is borrowed. */
STS_MUST_USE enum sts_err sts_prober_new(
    struct sts_loop *loop, struct sts_prober **out);
/* Cancels what is under way; no callback comes. */
void sts_prober_free(struct sts_prober *prober);

/*
 * `done` fires exactly once, never before this returns; after sts_probe_cancel
 * never.  Once it fired, *out is gone for the caller: what is left is the QUIT,
 * whose answer the prober awaits for a moment by itself.
 *
 * Whatever the network does is an outcome.  STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_probe_start(struct sts_prober *prober,
    const struct sts_probe_request *request, sts_probe_done *done, void *cookie,
    struct sts_probe **out);
void sts_probe_cancel(struct sts_probe *probe);

/* Whether the connection is up: what the next address waits for. */
bool sts_probe_connected(const struct sts_probe *probe);

#endif
