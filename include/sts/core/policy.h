/*
 * The policy text (RFC 8461 section 3.2, rules.md rows 28 to 37).
 *
 * A policy is immutable and reference-counted: any thread may read one that it
 * holds.  Very many are remembered: one is a single piece of memory, in which
 * its texts lie behind the structure.  Parsing is pure.
 */
#ifndef STS_CORE_POLICY_H
#define STS_CORE_POLICY_H

#include "sts/base/buf.h"
#include "sts/base/err.h"
#include "sts/base/ref.h"
#include "sts/base/slice.h"
#include "sts/core/words.h"

#include <stdint.h>

enum {
	STS_POLICY_TEXT_MAX = 65536, /* bytes, RFC 8461 section 3.3 */
	STS_POLICY_MX_MAX = 1024, /* patterns of one policy: ours */
	STS_POLICY_OTHERS_MAX = 1024, /* bytes of `others`: ours */
	STS_MAX_AGE_MAX = 31557600, /* seconds, section 3.2 */
};

struct sts_policy {
	struct sts_ref ref;
	enum sts_mode mode;
	uint32_t max_age; /* seconds, at most STS_MAX_AGE_MAX */
	size_t n_mx;
	const char *const *mx; /* patterns in canonical form, in the text's
				  order */
	const char *others; /* fields that the RFC does not know, for reports
			       alone: "name: value" lines, CRLF; each name
			       once, and those past the cap left out. NULL:
			       none */
};

/* One remark about the text. `line` counts from 1; 0 is the text as a whole.
 * `message` is already escaped and lives during the call only. */
struct sts_policy_note {
	bool is_error; /* else a warning */
	unsigned line;
	const char *message;
};

/* Called for every error and warning: first those of single lines, as they
 * come, then those of the text as a whole. */
typedef void sts_policy_note_fn(
    void *cookie, const struct sts_policy_note *note);

/*
 * Parses a whole text.  Every error is told to `note` (may be NULL), not only
 * the first.  STS_E_SYNTAX where any was an error; STS_E_LIMIT where the text,
 * or its canonical form, is longer than STS_POLICY_TEXT_MAX; STS_E_NOMEM.  *out
 * holds one reference.
 */
STS_MUST_USE enum sts_err sts_policy_parse(struct sts_slice text,
    sts_policy_note_fn *note, void *cookie, struct sts_policy **out);

/* Makes one of its parts, unchecked: the draft's mode, max_age and n_mx, that
 * many patterns with a NUL behind each, and others.  NULL: out of memory. */
struct sts_policy *sts_policy_make(const struct sts_policy *draft,
    struct sts_slice patterns, struct sts_slice others);

/*
 * Makes one to be published or tried.  The patterns are canonical
 * (core/mxmatch.h) and are copied; `max_age` is in seconds.  STS_E_RANGE: more
 * than STS_MAX_AGE_MAX; STS_E_LIMIT: more than STS_POLICY_MX_MAX patterns;
 * STS_E_NOMEM.  *out holds one reference.
 */
STS_MUST_USE enum sts_err sts_policy_new(enum sts_mode mode, uint32_t max_age,
    const char *const *mx, size_t n_mx, struct sts_policy **out);

/* NULL is legal for both. */
const struct sts_policy *sts_policy_get(const struct sts_policy *policy);
void sts_policy_put(const struct sts_policy *policy);

/* Appends the canonical text, CRLF line ends; parsing it gives an equal
 * policy.  What the store keeps. */
void sts_policy_print(const struct sts_policy *policy, struct sts_buf *b);

bool sts_policy_eq(const struct sts_policy *a, const struct sts_policy *b);

#endif
