/*
 * Sending TLS reports (RFC 8460): who wants one is looked up, the report made
 * and queued, and what is due delivered.  What is to be done stands in the file
 * (report/tlsqueue.h), so that any process may go on where another ended.
 *
 * Blocks, on the network and the disk; one thread at a time, which is not the
 * engine's.
 */
#ifndef STS_REPORT_TLSSENDER_H
#define STS_REPORT_TLSSENDER_H

#include "sts/base/clock.h"
#include "sts/base/log.h"
#include "sts/engine/engine.h"
#include "sts/engine/tlsrptlookup.h"
#include "sts/report/tlsqueue.h"

#include <jansson.h>

struct sts_tlssender; /* has room for a batch; see _new */

/* What came of a run. */
struct sts_tlssender_sums {
	unsigned made; /* reports */
	unsigned unwanted; /* domains without an `_smtp._tls` record */
	unsigned unknown; /* whose record could not be looked up: later again */
	unsigned delivered, later, failed, uncertain; /* deliveries */
};

/* All is borrowed. `go_on` is asked between batches, and may be NULL. */
struct sts_tlssender_options {
	struct sts_engine *engine;
	struct sts_tlsdb *db;
	struct sts_log *log;
	const struct sts_clock *clock;
	bool (*go_on)(void *cookie, const struct sts_tlssender_sums *sums);
	void *cookie;
};

STS_MUST_USE enum sts_err sts_tlssender_new(
    const struct sts_tlssender_options *options, struct sts_tlssender **out);
void sts_tlssender_free(struct sts_tlssender *sender);

/* Makes the reports of that day, which is over, and queues them; adds to *sums.
 */
STS_MUST_USE enum sts_err sts_tlssender_make(
    struct sts_tlssender *sender, int64_t day, struct sts_tlssender_sums *sums);

/* Delivers all that is due now; adds to *sums. */
STS_MUST_USE enum sts_err sts_tlssender_deliver(
    struct sts_tlssender *sender, struct sts_tlssender_sums *sums);

/*
 * What _make would do for that day, over or not, and nothing is changed: each
 * domain's report, or why there is none.  `report` is borrowed, NULL where
 * there is none.
 */
typedef void sts_tlssender_show(void *cookie, const char *domain,
    const struct sts_tlsrpt_found *found, json_t *report);
STS_MUST_USE enum sts_err sts_tlssender_preview(struct sts_tlssender *sender,
    int64_t day, sts_tlssender_show *show, void *cookie);

#endif
