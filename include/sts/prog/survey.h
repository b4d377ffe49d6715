/*
 * A survey: the diagnosis of many domains, or of one, on one engine.  For each
 * the verdict on its policy and MX hosts, its TLS-RPT record (RFC 8460), what
 * the daemon remembers of it, if one answers, and the findings.
 *
 * Some threads of its own each take the next domain; all else, the callback
 * too, is on the caller's.
 */
#ifndef STS_PROG_SURVEY_H
#define STS_PROG_SURVEY_H

#include "sts/core/domain.h"
#include "sts/prog/cli.h"

#include <jansson.h>

enum { STS_SURVEY_AT_ONCE = 64 }; /* domains under way */

/* `answer` is as of sts_answer_json and sts_findings_add, with "tlsrpt":
 * {"status":"found|none|multiple|invalid|unknown","rua":["mailto:…"],
 * "detail":"…"|null}, and with mx[]."tlsa": {"status":"found|none|unknown",
 * "records":N,"secure":bool} where --dane was given; borrowed.  In the order of
 * the domains. */
typedef void sts_surveyed(void *cookie, json_t *answer);

/*
 * Asks the network about each of n domains in canonical form, and shows how far
 * it is on standard error.  Anything but STS_EXIT_OK was told to the person;
 * some domains may have been told by then.
 */
STS_MUST_USE enum sts_exit sts_survey(struct sts_cli *cli,
    char (*domains)[STS_DOMAIN_SIZE], size_t n, sts_surveyed *told,
    void *cookie);

#endif
