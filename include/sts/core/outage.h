/*
 * The outage breaker: tells a fault near us from faults of others.
 *
 * When many unrelated places begin to fail at once, it is we who are cut off:
 * port 25 is blocked, STARTTLS is stripped on our own uplink, the CA bundle is
 * gone, the resolver is dead.  Each place, which is the group of hosts that one
 * operator runs, counts once, with what was last found out about it; what is
 * older than the window does not count.  And however many places one owner of
 * domains has us look at, for whoever writes MX records may name any hosts, one
 * that fails counts.  Pure: time is an argument.
 */
#ifndef STS_CORE_OUTAGE_H
#define STS_CORE_OUTAGE_H

#include "sts/base/slice.h"
#include "sts/core/words.h"

#include <stdint.h>

enum {
	STS_OUTAGE_WINDOW_MS = 300000, /* that an outcome counts */
	STS_OUTAGE_PLACES = 64, /* remembered, the oldest go first */
	STS_OUTAGE_FAILED = 10, /* places that fail, at least, to begin … */
	STS_OUTAGE_BEGIN_PERCENT = 80, /* … of all that count */
	STS_OUTAGE_END_PERCENT = 50, /* below which it ends */
};

struct sts_outage_place {
	uint64_t group;
	uint64_t owner; /* the group of the policy domain that led here */
	int64_t at_ms;
	bool failed;
	enum sts_reason reason;
};

struct sts_outage {
	struct sts_outage_place place[STS_OUTAGE_PLACES];
	size_t n;
	bool on;
	int64_t since_ms; /* where on */
	enum sts_reason reason; /* the most frequent one when it began */
};

/* Counts, as of now. */
struct sts_outage_count {
	unsigned places, failed;
};

/* Whether the reason could be a fault near us, rather than one that only the
 * other side can have (an expired certificate, an MX that does not match). */
bool sts_outage_may_be_ours(enum sts_reason reason);

/* The group of a host or domain name: its last two labels, hashed. */
uint64_t sts_outage_group(struct sts_slice host);

/* Notes what was found out now about a place, to which a policy domain of the
 * group `owner` led; STS_REASON_NONE is a success, and so is what cannot be
 * ours. */
void sts_outage_note(struct sts_outage *outage, uint64_t group, uint64_t owner,
    enum sts_reason reason, int64_t now_ms);

/* Sets `on` as it is now; true where that changed. */
bool sts_outage_update(
    struct sts_outage *outage, int64_t now_ms, struct sts_outage_count *count);

#endif
