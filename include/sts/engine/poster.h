/*
 * HTTPS POSTs of files to those who asked for them (RFC 8460 sections 3 and
 * 5.4).
 *
 * An outsider names the host: its addresses are looked up and vetted as those
 * of policy hosts are.  Its certificate is not looked at: "Report submitters
 * MAY ignore certificate validation errors" (section 3), since a report is
 * needed most where certificates are broken.  Nothing is redirected.
 */
#ifndef STS_ENGINE_POSTER_H
#define STS_ENGINE_POSTER_H

#include "sts/core/outcome.h"
#include "sts/engine/engine.h"

struct sts_post {
	const char *url; /* https; all is borrowed */
	const char *host; /* of the URL, canonical */
	uint16_t port; /* of the URL */
	const char *type; /* media type of the body */
	struct sts_slice body;

	/* Of the outcome: whether the host said 2xx; for people, escaped. */
	bool delivered;
	char detail[STS_DETAIL_SIZE];
};

enum { STS_POSTER_TIMEOUT_MS = 60000 }; /* of each */

/*
 * Sends n of them, all at once, and waits for all outcomes: whatever goes wrong
 * with one is its outcome.  Not to be called on the engine's thread; the engine
 * is not to be freed meanwhile.  STS_E_NOMEM, STS_E_CLOSED: none was sent.
 */
STS_MUST_USE enum sts_err sts_poster_send(
    struct sts_engine *engine, struct sts_post *posts, size_t n);

#endif
