/*
 * TLS reports as a page (sts/prog/html.h), for people who know no more of mail
 * than that it should arrive.
 */
#ifndef STS_PROG_REPORTHTML_H
#define STS_PROG_REPORTHTML_H

#include "sts/base/err.h"

#include <jansson.h>
#include <stdint.h>

enum {
	STS_REPORTHTML_REPORTS = 500, /* that are listed one by one */
	STS_REPORTHTML_FAULTS = 100, /* of a domain */
	STS_REPORTHTML_ERRORS = 100,
};

/* `all` is the object of sts/prog/reportset.h with all that is put beside it;
 * `now` is wall seconds.  STS_E_IO, errno tells; STS_E_LIMIT, STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_reporthtml_save(
    const json_t *all, const char *path, int64_t now);

#endif
