/*
 * The reports on their way: which are to be made, where each is to go, and what
 * became of that.
 *
 *	made ─► due ─► claimed ─► done
 *	         ▲        ├─────► due again, later, for 24 hours
 *	         └────────┘─────► failed, uncertain
 *
 * A delivery is claimed before it is begun, and settled when its outcome is
 * known, each in a transaction: of several programs only one delivers it.  One
 * that is claimed and was never settled, by a crash, may have reached its
 * target: it is never delivered again, and becomes "uncertain".
 *
 * Threads and errors are those of report/tlsdb.h.
 */
#ifndef STS_REPORT_TLSQUEUE_H
#define STS_REPORT_TLSQUEUE_H

#include "sts/base/slice.h"
#include "sts/core/tlsrpt.h"
#include "sts/report/tlsdb.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	STS_TLSQUEUE_BATCH = 16, /* domains, or deliveries, at a time */
	STS_TLSQUEUE_CLAIM_S = 1800, /* past the end of any batch */
	STS_TLSQUEUE_LIFE_S = 86400, /* RFC 8460 section 5.5 */
	STS_TLSQUEUE_RETRY_S = 300, /* the first; each is twice as long */
	STS_REPORT_ID_SIZE = 544, /* a day and two domains */
};

/* Days before `end` that have a domain of which nobody has looked yet whether
 * it wants a report: the earliest such day.  STS_E_NOTFOUND: none. */
STS_MUST_USE enum sts_err sts_tlsqueue_open_day(
    struct sts_tlsdb *db, int64_t end, int64_t *day);

struct sts_tlsqueue_domains {
	size_t n;
	char name[STS_TLSQUEUE_BATCH][STS_DOMAIN_SIZE];
};

/* The next domains behind `after` that were tallied on that day; where `open`,
 * only those of which nobody has looked yet. */
STS_MUST_USE enum sts_err sts_tlsqueue_domains(struct sts_tlsdb *db,
    int64_t day, const char *after, bool open,
    struct sts_tlsqueue_domains *out);

/* Notes that nobody wants a report of that day and domain. */
STS_MUST_USE enum sts_err sts_tlsqueue_put_none(
    struct sts_tlsdb *db, int64_t day, const char *domain, int64_t now);

/* Puts a report and its deliveries, due at once; where the domain has one of
 * that day already, that one stays and nothing is put. */
struct sts_tlsqueue_report {
	int64_t day;
	const char *domain;
	const char *report_id;
	struct sts_slice body; /* gzip */
	const struct sts_tlsrpt *targets;
};
STS_MUST_USE enum sts_err sts_tlsqueue_put(struct sts_tlsdb *db,
    const struct sts_tlsqueue_report *report, int64_t now);

struct sts_delivery {
	int64_t id, day;
	char domain[STS_DOMAIN_SIZE];
	char target[STS_TLSRPT_TARGET_SIZE]; /* as in core/tlsrpt.h */
	char report_id[STS_REPORT_ID_SIZE];
	int64_t made_at; /* the report: wall s */
	int tries; /* this one included */
	size_t n;
	char *body; /* of n bytes; owned */
};

struct sts_deliveries {
	size_t n;
	struct sts_delivery one[STS_TLSQUEUE_BATCH];
};

/* Claims deliveries that are due; those of an earlier crash become uncertain
 * first, *uncertain of them.  To be deinitialised where n > 0. */
STS_MUST_USE enum sts_err sts_tlsqueue_claim(struct sts_tlsdb *db, int64_t now,
    struct sts_deliveries *out, int *uncertain);
void sts_deliveries_deinit(struct sts_deliveries *deliveries);

enum sts_settled {
	STS_SETTLED_DONE,
	STS_SETTLED_LATER, /* due again */
	STS_SETTLED_FAILED, /* for good */
};

/* Settles a claimed delivery; what became of it.  `detail` says why, "" where
 * delivered. */
STS_MUST_USE enum sts_err sts_tlsqueue_settle(struct sts_tlsdb *db,
    const struct sts_delivery *delivery, bool delivered, const char *detail,
    int64_t now, enum sts_settled *out);

/* Whether the target is that of a delivery that is under way. */
STS_MUST_USE enum sts_err sts_tlsqueue_is_under_way(
    struct sts_tlsdb *db, const char *target, int64_t now, bool *out);

struct sts_tlsqueue_counts {
	int64_t due, claimed, done, failed, uncertain;
};
/* Of a day. */
STS_MUST_USE enum sts_err sts_tlsqueue_count(
    struct sts_tlsdb *db, int64_t day, struct sts_tlsqueue_counts *out);

#endif
