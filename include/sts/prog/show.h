/*
 * The parts of an answer (front/answerjson.h) as text for people.
 */
#ifndef STS_PROG_SHOW_H
#define STS_PROG_SHOW_H

#include "sts/prog/ui.h"

#include <jansson.h>
#include <stdint.h>

/* "STSFetchResult.VALID" and a line end. */
void sts_show_status(struct sts_ui *ui, const char *status);

/* id, mode, mx, max_age, expires, reason and detail, as far as they are
 * there. */
void sts_show_policy(struct sts_ui *ui, const json_t *policy);

/* A table of the MX hosts; `now` is wall seconds. */
void sts_show_mx(struct sts_ui *ui, const json_t *mx, int64_t now);

/* Does nothing where there is none. */
void sts_show_advice(struct sts_ui *ui, const json_t *advice);

/* Where TLS reports go; nothing where that was not looked at. */
void sts_show_tlsrpt(struct sts_ui *ui, const json_t *tlsrpt);

/* The findings of an answer (prog/findings.h). */
void sts_show_findings(struct sts_ui *ui, const json_t *answer);

/* Of a result or a reason: good, bad or in between. */
enum sts_style sts_show_style(const char *result);

#endif
