/*
 * The charts of a page about TLS reports, drawn as SVG: they have no text in
 * them, so that they stretch to any width, and say what they show to those who
 * do not see them.  Rows are those of sts/prog/reportsummary.h.  One thread.
 */
#ifndef STS_PROG_REPORTCHART_H
#define STS_PROG_REPORTCHART_H

#include "sts/prog/html.h"

#include <jansson.h>

enum {
	STS_REPORTCHART_COLUMNS = 120, /* of the days */
	STS_REPORTCHART_ROWS = 25, /* of the other charts */
};

/* A column for each day from the first to the last, those without reports too;
 * where they are more than fit, one for several days. */
void sts_reportchart_days(struct sts_html *h, const json_t *days);

/* A bar for each sender, as long as it has sessions, and the failed in it. */
void sts_reportchart_senders(struct sts_html *h, const json_t *senders);

/* A bar for each kind of failure: its share of all. */
void sts_reportchart_kinds(struct sts_html *h, const json_t *kinds);

#endif
