/*
 * Findings: what is wrong with a domain, or worth to know of it, each with how
 * bad it is, where it is written, and what to publish or to run.
 *
 * Pure but for memory: an answer (front/answerjson.h) and what else was looked
 * up go in, texts of the advice table (prog/advice.h) come out.
 */
#ifndef STS_PROG_FINDINGS_H
#define STS_PROG_FINDINGS_H

#include "sts/prog/advice.h"

/*
 * Adds to the answer
 *
 *	"findings":[{"area":"txt|policy-host|policy|mx|dane|tlsrpt|result",
 *	  "code":"…","severity":"error|warning|note","rfc":"RFC 8461 section …",
 *	  "result_type":"one of RFC 8460's"|null,"hosts":["mx1.example"],
 *	  "message":"…","owner":"…"|null,"sender":"…"|null,
 *	  "lines":["to be published, or done"],"run":"a command"}]
 *	"advice":["the same as paragraphs", …]
 *	mx[].days_left: of the certificate; negative: since it expired
 *
 * empty where all is well.  Where the answer has "tlsrpt", that is looked at
 * too.  `remembered` is the daemon's record of the domain (sts_record_json), or
 * NULL; `now` is wall seconds.  STS_E_NOMEM.
 */
STS_MUST_USE enum sts_err sts_findings_add(
    json_t *answer, const json_t *remembered, int64_t now);

/* The word for it, and the other way round: the worst of the findings, whose
 * area is `area` unless that is NULL; false where there is none. */
const char *sts_severity_text(enum sts_severity severity);
bool sts_findings_worst(
    const json_t *answer, const char *area, enum sts_severity *out);

#endif
