/*
 * What is to be done with a remembered policy (RFC 8461 sections 3.3, 5.1, 10;
 * rules.md rows 9, 15, 16, 26, 35, 38 to 46).
 *
 * Pure: time is an argument.  The wall clock may have jumped: a confirmation in
 * the future is read as now, so that a jump can shorten but never stretch what
 * is remembered beyond max_age from now; a failure or a check in the future is
 * none, so that nothing is held back by it.
 */
#ifndef STS_CORE_FRESHNESS_H
#define STS_CORE_FRESHNESS_H

#include "sts/core/domain.h"
#include "sts/core/policy.h"
#include "sts/core/txt.h"

enum {
	STS_FETCH_BACKOFF = 300, /* s between fetches of a failing id, row 26 */
	STS_LATELY = 60, /* s: checked so recently is recent, row 46 */
	STS_UNUSED_MAX = 180 * 86400, /* s, row 44 */
	STS_REFRESH_MIN = 20 * 3600, /* s from confirmation to refresh … */
	STS_REFRESH_MAX = 28 * 3600, /* … by domain, row 43 */
	STS_REFRESH_RETRY = 3600, /* s, at least, between refreshes */
	STS_REFRESH_USED = 30 * 86400, /* s without use: not refreshed */
};

/*
 * What is remembered of one policy domain.  Immutable once published;
 * reference-counted; one piece of memory with its texts.  Times are wall
 * seconds, 0 is never.
 *
 * Another one is made from a draft: a structure on the stack, whose texts and
 * policy are borrowed.
 */
struct sts_record {
	struct sts_ref ref;
	enum sts_reason failed_reason;
	const char *domain;
	const char *id; /* of the policy; "" without one */
	const struct sts_policy *policy; /* a reference; NULL: only a failure */
	int64_t fetched_at; /* when the policy's text was fetched */
	int64_t confirmed_at; /* max_age counts from here (row 38) */
	int64_t used_at; /* by a message, to within a day (row 44) */
	int64_t tried_at; /* when a refresh was last begun (row 43) */
	int64_t failed_at;
	const char *failed_id; /* the id whose fetch failed last, or "" */
};

/* What is known, to be changed; `known` must outlive it. */
struct sts_record sts_record_draft(const struct sts_record *known);
/* Copies the draft's texts (NULL counts as ""; the domain is canonical), and
 * takes a reference to its policy.  With one reference of its own.  NULL: out
 * of memory, or longer than any domain. */
struct sts_record *sts_record_new(const struct sts_record *draft);
/* NULL is legal for both. */
const struct sts_record *sts_record_get(const struct sts_record *record);
void sts_record_put(const struct sts_record *record);

/* When the record's policy ceases, in wall seconds; 0 without a policy. */
int64_t sts_record_expires(const struct sts_record *record, int64_t now);
/* Whether it has a policy in force now: one with max_age 0 never is (row 35).
 */
bool sts_record_in_force(const struct sts_record *record, int64_t now);
/* Whether its policy was fetched within STS_LATELY: then a violation may be
 * declared without another look (row 46). */
bool sts_record_checked_lately(const struct sts_record *record, int64_t now);
/*
 * When the policy is to be looked at anew although no message asks (row 43; RFC
 * 8461 section 10.2), in wall seconds; 0: not at all, since it is not in force,
 * is not used, or ceases before the next try may be made.  A day after it was
 * confirmed, or at three quarters of its life where that is sooner, less some
 * of it: how much follows from the domain, so that those that were confirmed at
 * one moment are not all refreshed at one.  A refresh that was begun, or a
 * fetch that failed, puts it off.
 */
int64_t sts_record_refresh_at(const struct sts_record *record, int64_t now);

/* What the TXT lookup said: DNS first, then the text. */
enum sts_txt_outcome {
	STS_TXT_SAYS_ID, /* a valid record, with an id */
	STS_TXT_SAYS_NONE, /* NXDOMAIN, NODATA, or as if there were none */
	STS_TXT_SAYS_NOTHING, /* SERVFAIL, timeout, bogus: could not tell */
};

enum sts_step {
	STS_STEP_FETCH, /* get the policy by HTTPS */
	STS_STEP_USE_CACHED, /* the remembered policy is in force */
	STS_STEP_NO_POLICY, /* there is none */
	STS_STEP_FAILED, /* as a failed fetch: no policy, row 26a; where no
			    fetch was made, failed_reason of the record says why
			  */
	STS_STEP_CANNOT_TELL, /* temperror, row 16 */
};

/*
 * Alarms that an auditor greps for; a set of bits.  The loss of a policy that
 * asked for nothing (mode none, max_age 0) is none.  An expired policy is told
 * again as long as the record has it.
 */
enum sts_alarm {
	STS_ALARM_TXT_GONE = 1 << 0, /* row 40 */
	STS_ALARM_FETCH_FAILED = 1 << 1, /* rows 26a, 39 */
	STS_ALARM_EXPIRED = 1 << 2, /* row 41 */
	STS_ALARM_WEAKENED = 1 << 3, /* enforce became testing or none */
	STS_ALARM_DNS_FAILED = 1 << 4, /* row 16, with a cached policy */
};

struct sts_plan {
	enum sts_step step;
	bool confirm; /* life counts anew from now: NOT_CHANGED, row 38 */
	unsigned alarms; /* enum sts_alarm */
};

/*
 * After the TXT lookup: `id` where it says one, `record` what is remembered or
 * NULL, `recheck` where row 46 asks for the policy whatever the id says (that
 * fetch is held back only by one that failed within STS_LATELY, not by the
 * longer backoff of row 26).
 */
struct sts_plan sts_plan_after_txt(enum sts_txt_outcome txt, const char *id,
    const struct sts_record *record, bool recheck, int64_t now);

/* After a fetch that failed: the remembered policy, or none. */
struct sts_plan sts_plan_after_failed_fetch(
    const struct sts_record *record, int64_t now);

/* Alarms of a fetched policy replacing the remembered one (may be NULL). */
unsigned sts_alarms_of_change(const struct sts_record *old,
    const struct sts_policy *fetched, int64_t now);

#endif
