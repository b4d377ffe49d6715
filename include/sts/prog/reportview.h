/*
 * Words and figures that the text and the page of `mta-sts report show` share.
 * `all` is the object of sts/prog/reportset.h with its summary.  Pure.
 */
#ifndef STS_PROG_REPORTVIEW_H
#define STS_PROG_REPORTVIEW_H

#include "sts/prog/html.h"

#include <jansson.h>
#include <stdint.h>

/* How the sessions of all reports went. */
enum sts_reportmood {
	STS_REPORTMOOD_NOTHING, /* no sessions at all */
	STS_REPORTMOOD_GOOD, /* none failed */
	STS_REPORTMOOD_FEW, /* less than one in a hundred failed */
	STS_REPORTMOOD_MANY,
};

enum sts_reportmood sts_reportview_mood(const json_t *all);

/* For somebody who is not technical. */
const char *sts_reportview_sentence(enum sts_reportmood mood);

/* A result type (RFC 8460 section 4.3) in a few plain words, and in one or two
 * sentences; of one that RFC 8460 has not, NULL. */
struct sts_reportkind {
	const char *result_type;
	const char *name;
	const char *meaning;
};
const struct sts_reportkind *sts_reportview_kind(const char *result_type);

enum { STS_REPORTVIEW_TEXT = 64 };

/* How many reports have the id of another and say otherwise. */
size_t sts_reportview_disputed(const json_t *all);

/* "0 %", "less than 0.1 %", "12.5 %", "100 %". */
char *sts_reportview_share(int64_t part, int64_t whole, char *dst);

/* "2026-11-15 to 2026-11-21", of the reports' days; "" without any. */
char *sts_reportview_period(const json_t *all, char *dst);

/* 12345678 as "12 345 678". */
char *sts_reportview_number(int64_t n, char *dst);

/* The texts of an array, with commas, escaped; at most `max` of them, and how
 * many more there are; cut to the size. */
char *sts_reportview_list(
    const json_t *texts, size_t max, char *dst, size_t size);

#endif
