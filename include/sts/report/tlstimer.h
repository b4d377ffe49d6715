/*
 * The daemon's daily round of TLS reports, on a thread of its own: some time
 * after midnight UTC the reports of the days that are over are made; what is
 * due is delivered, and tried again, all day.
 *
 * When a day's round begins is chosen by the day and the sender's address, from
 * 10 minutes to 4 hours after midnight (RFC 8460 section 4.1): senders spread
 * out, and a restart changes nothing.
 */
#ifndef STS_REPORT_TLSTIMER_H
#define STS_REPORT_TLSTIMER_H

#include "sts/base/clock.h"
#include "sts/base/log.h"
#include "sts/engine/engine.h"

struct sts_tlstimer;

/* The first day that is not to be reported at that time, of which the round
 * has not begun. */
int64_t sts_tlstimer_end_day(const char *from, int64_t wall_s);

/* All is borrowed. STS_E_NOMEM; STS_E_IO: no thread. */
STS_MUST_USE enum sts_err sts_tlstimer_new(const char *path,
    struct sts_engine *engine, struct sts_log *log,
    const struct sts_clock *clock, struct sts_tlstimer **out);

/* Ends it, once the deliveries under way have ended, for at most `ms`: false
 * where they have not, and then its thread and what it borrows must live on to
 * the end of the process.  NULL is legal. */
STS_MUST_USE bool sts_tlstimer_free(struct sts_tlstimer *timer, int ms);

#endif
