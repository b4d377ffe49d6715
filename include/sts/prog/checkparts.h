/*
 * The parts of a page about one domain (prog/checkpage.h), each a card or a row
 * of its own, or nothing where there is nothing to say.  `answer` is as of
 * sts_findings_add.  One thread.
 */
#ifndef STS_PROG_CHECKPARTS_H
#define STS_PROG_CHECKPARTS_H

#include "sts/prog/html.h"

#include <jansson.h>

/* The traffic light. */
void sts_checkpart_light(struct sts_html *h, const json_t *answer);
/* Policy, hosts, days and reports as figures. */
void sts_checkpart_tiles(struct sts_html *h, const json_t *answer);
/* What to do, the worst first. */
void sts_checkpart_findings(struct sts_html *h, const json_t *answer);
/* What was looked at, and how it is. */
void sts_checkpart_areas(struct sts_html *h, const json_t *answer);
/* The MX hosts. */
void sts_checkpart_hosts(struct sts_html *h, const json_t *answer);

#endif
