/*
 * What the receiver of TLS reports should do: the words of `mta-sts check` on
 * the same reasons (milter/prog/advicetable.c), for each domain with faults.
 * Put into the object of sts/prog/reportset.h:
 *
 *	advice: [{domain, texts: [...]}]
 *
 * The texts are printable ASCII.  One thread.
 */
#ifndef STS_PROG_REPORTADVICE_H
#define STS_PROG_REPORTADVICE_H

#include "sts/base/err.h"

#include <jansson.h>
#include <stdint.h>

/* Behind sts_reportsummary_add.  `now` is wall seconds.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_reportadvice_add(json_t *all, int64_t now);

#endif
