/*
 * What `mta-sts check` found as a page for someone who is not technical: a
 * traffic light, plain sentences, and what to do with lines to copy; what a
 * technician wants to know stands behind each.
 *
 * One thread; pure but for memory and the file.
 */
#ifndef STS_PROG_CHECKPAGE_H
#define STS_PROG_CHECKPAGE_H

#include "sts/prog/html.h"

#include <jansson.h>

/* `answers` is an array of what sts_findings_add made; `many` has a table of
 * them first.  `now` is wall seconds.  Errors of sts_html_save. */
STS_MUST_USE enum sts_err sts_checkpage_write(
    const json_t *answers, bool many, int64_t now, const char *path);

/* The page alone, into one that was initialised. */
void sts_checkpage_put(
    struct sts_html *h, const json_t *answers, bool many, int64_t now);

/* An answer in two plain sentences (milter/prog/checkwords.c); the domain
 * stands between `before` and `after`. */
struct sts_checkwords {
	enum sts_tone tone;
	const char *badge; /* a word or two */
	const char *before, *after;
	const char *more;
};
const struct sts_checkwords *sts_checkwords_of(const json_t *answer);

/* What was looked at, in the order in which a sender does. */
struct sts_checkarea {
	const char *area; /* of a finding */
	const char *title;
	const char *good; /* where nothing is wrong */
};
extern const struct sts_checkarea sts_checkareas[];
extern const size_t sts_checkareas_n;

enum sts_tone sts_checkarea_tone(
    const json_t *answer, const struct sts_checkarea *area);

#endif
