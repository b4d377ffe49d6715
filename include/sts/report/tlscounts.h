/*
 * The tally in memory: days, their domains, and of each domain the kinds of
 * sessions with how many of each are not yet in the file.  Bounded as
 * report/tlstally.h says, whose lock guards it: one thread at a time.
 */
#ifndef STS_REPORT_TLSCOUNTS_H
#define STS_REPORT_TLSCOUNTS_H

#include "sts/base/log.h"
#include "sts/report/tlsdb.h"
#include "sts/report/tlssession.h"

struct sts_tlscounts;

/* `log` is borrowed. STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_tlscounts_new(
    struct sts_log *log, struct sts_tlscounts **out);
void sts_tlscounts_free(struct sts_tlscounts *counts); /* NULL is legal */

/* Counts n sessions of that day and domain; those of type sts are of the
 * policy whose text that is.  All is copied.  Without memory they are not
 * counted. */
void sts_tlscounts_add(struct sts_tlscounts *counts, int64_t day,
    const char *domain, const char *policy,
    const struct sts_tlssession *sessions, size_t n);

/* What was taken to be written.  The row's texts live until
 * sts_tlscounts_drop_old, or the end, and never change: no lock is needed to
 * read them. */
struct sts_tlstaken {
	void *kind;
	struct sts_tlsrow row;
};

/* Takes all that waits, *n of it, to be given to free(); NULL: nothing, or out
 * of memory. */
struct sts_tlstaken *sts_tlscounts_take(
    struct sts_tlscounts *counts, size_t *n);
/* What could not be written waits again. */
void sts_tlscounts_put_back(
    struct sts_tlscounts *counts, const struct sts_tlstaken *all, size_t n);

/* Forgets all but the latest two days, unless something waits.  While nothing
 * taken is in use. */
void sts_tlscounts_drop_old(struct sts_tlscounts *counts);

#endif
