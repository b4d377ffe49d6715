/*
 * The report of a day and a domain, made of what was tallied.
 */
#ifndef STS_REPORT_TLSMAKER_H
#define STS_REPORT_TLSMAKER_H

#include "sts/base/buf.h"
#include "sts/conf/conf.h"
#include "sts/report/tlsqueue.h"

#include <jansson.h>

enum { STS_TLSREPORT_MAX = 1 << 20 }; /* bytes of a report, either form */

/* The domain of tlsrpt_from: who submits (RFC 8460 section 5.3). */
const char *sts_tlsmaker_submitter(const struct sts_conf *conf);

/* "20260101.example.com@sender.example": of a day and domain there is one, ever
 * the same; fit for a Message-ID.  Into STS_REPORT_ID_SIZE bytes. */
void sts_tlsmaker_id(
    const struct sts_conf *conf, int64_t day, const char *domain, char *id);

/* RFC 8460 section 5.1: SUBMITTER!DOMAIN!BEGIN!END.json.gz, appended. */
void sts_tlsmaker_filename(const struct sts_conf *conf, int64_t day,
    const char *domain, struct sts_buf *b);

/* *out is the caller's. STS_E_NOTFOUND: nothing was tallied; STS_E_NOMEM and
 * those of report/tlsdb.h. */
STS_MUST_USE enum sts_err sts_tlsmaker_json(struct sts_tlsdb *db,
    const struct sts_conf *conf, int64_t day, const char *domain, json_t **out);

/* Appends it as a gzip file. STS_E_LIMIT, STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_tlsmaker_pack(
    const json_t *report, struct sts_buf *b);

#endif
