/*
 * Advice: what each failure means and what to do about it, for an admin.
 *
 * The words are one table (milter/prog/advicetable.c), keyed by what an answer
 * (front/answerjson.h) says: the state of the TXT record, the reason why a
 * policy was not to be had, the reason of each MX host.  Which of its entries
 * an answer calls for, prog/findings.h says.  Pure, but for memory.
 */
#ifndef STS_PROG_ADVICE_H
#define STS_PROG_ADVICE_H

#include "sts/base/buf.h"
#include "sts/base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What of an answer an entry speaks about. */
enum sts_advice_about {
	STS_ABOUT_TXT, /* policy.txt, or policy.reason where DNS failed */
	STS_ABOUT_FETCH, /* policy.reason, where the fetch failed */
	STS_ABOUT_POLICY, /* "testing", "none", "short", "standing", … */
	STS_ABOUT_MX, /* mx_state, where it is not simply known */
	STS_ABOUT_HOST, /* mx[].reason, or "expires-soon", or "dane" */
	STS_ABOUT_DANE, /* mx[].tlsa, where that does not decide */
	STS_ABOUT_TLSRPT, /* tlsrpt.status */
	STS_ABOUT_RESULT, /* "enforced": mail is held up */
};

enum sts_severity {
	STS_SEVERITY_NOTE, /* good to know */
	STS_SEVERITY_WARNING, /* works, but not as well or as long as it should
			       */
	STS_SEVERITY_ERROR, /* does not work */
};

/*
 * Paragraphs may hold {domain}, {id} (a new one), {detail}, {expires},
 * {max_age}, {policy} (a text to begin with, a line each), {hosts} (the hosts
 * concerned and their details, a line each), {host} (the first of them),
 * {mx_lines}, {patterns} (of the policy, that no MX has, as lines of it) and
 * {tlsa_hosts} (those that the entry about DANE is about).  A line that begins
 * with a space is a record, a file or a command, to be shown as it is.
 */
struct sts_advice {
	enum sts_advice_about about;
	const char *key;
	const char *detail; /* must stand in the detail, in any case;
			       NULL: any detail */
	bool in_force; /* only where an older policy, or for TLSRPT any policy,
			  is in force */
	enum sts_severity severity;
	const char *rfc; /* "RFC 8461 section 3.1" */
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

/* One answer, about which texts are made. */
struct sts_advising {
	const json_t *answer, *policy, *mx; /* borrowed */
	int64_t now; /* wall s */
	const struct sts_advice *entry; /* the one that is being told … */
	const char *detail; /* … and its {detail} */
	struct sts_buf text;
};

void sts_advising_init(
    struct sts_advising *a, const json_t *answer, int64_t now);
void sts_advising_deinit(struct sts_advising *a);

/* A template of a->entry with its words filled in; valid until the next call,
 * NULL out of memory. */
const char *sts_advising_text(struct sts_advising *a, const char *template);

/* The entry for one MX host of the answer, or NULL. */
const struct sts_advice *sts_advising_host(
    const struct sts_advising *a, const json_t *mx);
/* The next host that a->entry is about, from *i on, or NULL. */
const json_t *sts_advising_next_host(const struct sts_advising *a, size_t *i);
/* The next host whose TLSA records did not decide, and which DNSSEC vouches for
 * or not, from *i on, or NULL. */
const json_t *sts_advising_next_tlsa(
    const struct sts_advising *a, bool secure, size_t *i);
/* The next pattern of the policy that no MX has, from *i on, or NULL. */
const char *sts_advising_next_unused(const struct sts_advising *a, size_t *i);

#endif
