/*
 * The mail that carries a TLS report (RFC 8460 section 5.3), handed to the
 * local MTA, which is to sign it by DKIM.
 */
#ifndef STS_REPORT_TLSMAIL_H
#define STS_REPORT_TLSMAIL_H

#include "sts/conf/conf.h"
#include "sts/report/tlsqueue.h"

/* Blocks.  Whether the MTA took it; `detail`, of `size` bytes, gets why not, or
 * its reply. */
bool sts_tlsmail_send(const struct sts_conf *conf,
    const struct sts_delivery *delivery, int64_t now, char *detail,
    size_t size);

#endif
