/*
 * Values of a TLS report (RFC 8460 section 4.4), taken from JSON that anybody
 * may have written: checked, mended where senders are known to err, and put
 * into an object of ours.
 *
 * The first fault stays, and what is taken behind it is as if it were not
 * there: take plainly, and judge once, by `err`.  For reportread.c only; one
 * thread.
 */
#ifndef STS_PROG_REPORTVALUE_H
#define STS_PROG_REPORTVALUE_H

#include "sts/base/err.h"

#include <jansson.h>
#include <stdint.h>

/* A report being read. */
struct sts_reportvalue {
	char *why; /* STS_REPORT_WHY bytes: the place and the fault */
	enum sts_err err;
	json_t *notes; /* what was mended */
	/* Where we are: of policies and of failure-details, -1 outside. */
	int64_t policy, failure;
	size_t failures; /* so far, in all */
};

/* `key` is "" for the object that we are in. */
void sts_reportvalue_refuse(struct sts_reportvalue *r, enum sts_err err,
    const char *key, const char *what);
/* STS_E_SYNTAX, and the value is shown. */
void sts_reportvalue_refuse_value(struct sts_reportvalue *r, const char *key,
    const json_t *value, const char *what);

/* What was mended; each kind of it is noted once. */
void sts_reportvalue_note(struct sts_reportvalue *r, const char *text);

/* Puts the value, or remembers that there was no memory for it. */
void sts_reportvalue_put(
    struct sts_reportvalue *r, json_t *object, const char *key, json_t *value);
/* An array put into the object; NULL, to which nothing is appended, where there
 * was no memory for it. */
json_t *sts_reportvalue_put_array(
    struct sts_reportvalue *r, json_t *object, const char *key);

/* Each of these takes `key` of `in` (which may be NULL: then nothing is there)
 * and puts it as `name` into `out`. */

/* A text, as it is; "" and what is not there are null. */
void sts_reportvalue_text(struct sts_reportvalue *r, const json_t *in,
    const char *key, json_t *out, const char *name);
/* A name: in lower case, without the dot at the end of a domain. */
void sts_reportvalue_name(struct sts_reportvalue *r, const json_t *in,
    const char *key, json_t *out, const char *name);
/* An array of texts; one text is cut into its lines. */
void sts_reportvalue_lines(struct sts_reportvalue *r, const json_t *in,
    const char *key, json_t *out, const char *name);

/* A count of sessions; -1 where there is none. */
int64_t sts_reportvalue_count(
    struct sts_reportvalue *r, const json_t *in, const char *key);

/* One end of the date range, as wall seconds. */
int64_t sts_reportvalue_time(
    struct sts_reportvalue *r, const json_t *range, const char *key);

/* How many objects an array has, at most `max`; an object alone counts as an
 * array of one.  The i-th of them, borrowed; it may be no object. */
size_t sts_reportvalue_objects(
    struct sts_reportvalue *r, const json_t *in, const char *key, size_t max);
const json_t *sts_reportvalue_object_at(
    const json_t *in, const char *key, size_t i);

#endif
