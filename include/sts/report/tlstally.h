/*
 * The tally: how many sessions of which outcome each policy domain has had on
 * each UTC day (report/tlssession.h says what a decision stands for).
 *
 * It hears of each decision through sts_report's observer.  Counting takes a
 * lock and no disk; a thread of its own writes what was counted every second,
 * so that a crash loses no more than that.  A full or failing disk holds up
 * nothing: what was counted waits, and the log is told.
 *
 * It is bounded: domains past STS_TALLY_DOMAINS of a day are not counted, and
 * kinds of sessions past STS_TALLY_KINDS of a domain without host, address and
 * reason, which the log is told once a day.  (A restart begins these bounds
 * anew.)
 *
 * Any thread may call, but for _new and _free.
 */
#ifndef STS_REPORT_TLSTALLY_H
#define STS_REPORT_TLSTALLY_H

#include "sts/base/clock.h"
#include "sts/base/log.h"
#include "sts/report/report.h"

enum {
	STS_TALLY_DOMAINS = 50000, /* of a day */
	STS_TALLY_KINDS = 64, /* of a domain and day */
	STS_TALLY_POLICY = 4096, /* bytes of a policy that are reported */
	STS_TALLY_WRITE_MS = 1000,
};

struct sts_tlstally;

/* A file that cannot be opened is a line in the log, and is tried again. `log`
 * and `clock` are borrowed.  STS_E_NOMEM; STS_E_IO: no thread. */
STS_MUST_USE enum sts_err sts_tlstally_new(const char *path,
    const struct sts_clock *clock, struct sts_log *log,
    struct sts_tlstally **out);
/* Writes what waits, and ends the thread. */
void sts_tlstally_free(struct sts_tlstally *tally);

/* An observer of decisions; the cookie is the tally. */
void sts_tlstally_observe(void *tally, const struct sts_decision *decision);

/* Writes what waits now; false: it could not be written, and waits on. */
bool sts_tlstally_write(struct sts_tlstally *tally);

#endif
