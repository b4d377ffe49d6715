/*
 * Our own report mail, as it comes back through the milter: it is to be
 * delivered despite the very failure that it reports, and is not to be tallied
 * (RFC 8460 section 3).
 *
 * Ours is what goes from tlsrpt_from to a target of a report that is being
 * delivered just now, as the file says (report/tlsqueue.h), whichever process
 * delivers it.  Forging the sender gains nothing: the recipient is an address
 * that its domain has published for such mail.
 *
 * Any thread; only mail of that sender waits for the disk.
 */
#ifndef STS_REPORT_TLSOWN_H
#define STS_REPORT_TLSOWN_H

#include "sts/base/clock.h"
#include "sts/base/err.h"
#include "sts/conf/conf.h"

struct sts_tlsown;

/* `clock` is borrowed. STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_tlsown_new(
    const char *path, const struct sts_clock *clock, struct sts_tlsown **out);
void sts_tlsown_free(struct sts_tlsown *own);

/* Whether the envelope's sender, as MAIL has it, is tlsrpt_from. */
bool sts_tlsown_is_sender(const struct sts_conf *conf, const char *sender);

/* Whether a recipient, as RCPT has it, of such a sender's mail is such a
 * target.  false where the file fails, and where `own` is NULL. */
bool sts_tlsown_is_target(struct sts_tlsown *own, const char *recipient);

#endif
