/*
 * Advice: what each failure means and what to do about it, for an admin.
 *
 * The words are one table (milter/prog/advicetable.c), keyed by what an answer
 * (front/answerjson.h) says: the state of the TXT record, the reason why a
 * policy was not to be had, the reason of each MX host.
 */
#ifndef STS_PROG_ADVICE_H
#define STS_PROG_ADVICE_H

#include "sts/base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What of an answer an entry speaks about. */
enum sts_advice_about {
	STS_ABOUT_TXT, /* policy.txt, or policy.reason where DNS failed */
	STS_ABOUT_FETCH, /* policy.reason, where the fetch failed */
	STS_ABOUT_POLICY, /* "testing", "none", "short", "standing", "late" */
	STS_ABOUT_MX, /* mx_state, where it is not simply known */
	STS_ABOUT_HOST, /* mx[].reason, or "expires-soon" */
	STS_ABOUT_RESULT, /* "enforced": mail is held up */
};

/*
 * Paragraphs may hold {domain}, {id} (a new one), {detail}, {expires},
 * {max_age}, {policy} (a text to begin with, a line each), {hosts} (the hosts
 * concerned and their details, a line each), {host} (the first of them) and
 * {mx_lines}.  A line that begins with a space is a record, a file or a
 * command, to be shown as it is.
 */
struct sts_advice {
	enum sts_advice_about about;
	const char *key;
	const char *detail; /* must stand in the detail, in any case;
			       NULL: any detail */
	bool in_force; /* only where an older policy is in force */
	const char *means;
	const char *owner; /* what the recipient domain's owner does */
	const char *sender; /* what the sender does; NULL: nothing */
};

/* The first entry that matches counts. */
extern const struct sts_advice sts_advice_table[];
extern const size_t sts_advice_table_n;

/* The entry for it, or NULL. `detail` is "" where there is none. */
const struct sts_advice *sts_advice_find(enum sts_advice_about about,
    const char *key, const char *detail, bool in_force);

/* Adds "advice" to an answer: an array of texts, empty where all is well. `now`
 * is wall seconds. STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_advice_add(json_t *answer, int64_t now);

#endif
