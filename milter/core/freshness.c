#include "sts/core/freshness.h"

/* When its life began. */
static int64_t
life_begins(const struct sts_record *record, int64_t now)
{
	/* Later than now: the clock was set back (row 45). */
	return record->confirmed_at > now ? now : record->confirmed_at;
}

int64_t
sts_record_expires(const struct sts_record *record, int64_t now)
{
	if (record->policy == NULL)
		return 0;
	return life_begins(record, now) + record->policy->max_age;
}

bool
sts_record_in_force(const struct sts_record *record, int64_t now)
{
	return record->policy != NULL && now < sts_record_expires(record, now);
}

/* Less than `s` seconds ago.  What lies in the future was stamped before the
 * clock was set back: it may hold nothing up, for who knows how long. */
static bool
is_within(int64_t then, int64_t s, int64_t now)
{
	return then != 0 && then <= now && now - then < s;
}

bool
sts_record_checked_lately(const struct sts_record *record, int64_t now)
{
	return is_within(record->fetched_at, STS_LATELY, now);
}

/* FNV-1a: any that spreads will do. */
static uint32_t
hash_of(const char *domain)
{
	uint32_t hash = 2166136261U;

	for (; *domain != '\0'; domain++)
		hash = (hash ^ (unsigned char)*domain) * 16777619U;
	return hash;
}

/* In s. The earliest is to the latest as STS_REFRESH_MIN to STS_REFRESH_MAX,
 * however short the policy's life. */
static int64_t
refresh_after(const char *domain, int64_t max_age)
{
	int64_t latest = max_age * 3 / 4, spread;

	if (latest > STS_REFRESH_MAX)
		latest = STS_REFRESH_MAX;
	spread = latest * (STS_REFRESH_MAX - STS_REFRESH_MIN) / STS_REFRESH_MAX;
	return latest - hash_of(domain) % (spread + 1);
}

/* What began in the future puts nothing off, as above. */
static int64_t
put_off(int64_t at, int64_t last, int64_t now)
{
	int64_t next = last + STS_REFRESH_RETRY;

	return last != 0 && last <= now && next > at ? next : at;
}

int64_t
sts_record_refresh_at(const struct sts_record *record, int64_t now)
{
	int64_t at, reached;

	if (!sts_record_in_force(record, now))
		return 0;
	at = life_begins(record, now) +
	     refresh_after(record->domain, record->policy->max_age);
	at = put_off(at, record->confirmed_at, now);
	at = put_off(at, record->failed_at, now);
	at = put_off(at, record->tried_at, now);
	reached = at > now ? at : now;
	if (at >= sts_record_expires(record, now) ||
	    reached - record->used_at >= STS_REFRESH_USED)
		return 0;
	return at;
}

/* Whether the policy asks for something that is lost with it.  Mode none is how
 * a domain takes leave of MTA-STS (RFC 8461 section 8.3), and max_age 0 was
 * never kept (row 35): neither is worth an alarm. */
static bool
protects(const struct sts_record *record)
{
	return record->policy != NULL &&
	       record->policy->mode != STS_MODE_NONE &&
	       record->policy->max_age > 0;
}

static struct sts_plan
use_cached(const struct sts_record *record, bool confirm, unsigned alarm)
{
	return (struct sts_plan){ STS_STEP_USE_CACHED, confirm,
		protects(record) ? alarm : 0 };
}

static struct sts_plan
do_without(const struct sts_record *record, enum sts_step step, unsigned alarms)
{
	if (record != NULL && protects(record))
		alarms |= STS_ALARM_EXPIRED;
	return (struct sts_plan){ step, false, alarms };
}

/* Row 26; RFC 8461 section 3.3. */
static bool
is_held_back(
    const struct sts_record *record, const char *id, bool recheck, int64_t now)
{
	return record != NULL && strcmp(record->failed_id, id) == 0 &&
	       is_within(record->failed_at,
		   recheck ? STS_LATELY : STS_FETCH_BACKOFF, now);
}

static struct sts_plan
plan_for_id(const char *id, const struct sts_record *record, bool in_force,
    bool recheck, int64_t now)
{
	bool same = in_force && strcmp(record->id, id) == 0;

	if (same && !recheck)
		return use_cached(record, true, 0);
	if (!is_held_back(record, id, recheck, now))
		return (struct sts_plan){ STS_STEP_FETCH, false, 0 };
	/* The alarm was given when that fetch failed. */
	if (in_force)
		return use_cached(record, same, 0);
	return (struct sts_plan){ STS_STEP_FAILED, false, 0 };
}

struct sts_plan
sts_plan_after_txt(enum sts_txt_outcome txt, const char *id,
    const struct sts_record *record, bool recheck, int64_t now)
{
	bool in_force = record != NULL && sts_record_in_force(record, now);

	switch (txt) {
	case STS_TXT_SAYS_ID:
		return plan_for_id(id, record, in_force, recheck, now);
	case STS_TXT_SAYS_NONE:
		if (in_force)
			return use_cached(record, false, STS_ALARM_TXT_GONE);
		return do_without(record, STS_STEP_NO_POLICY, 0);
	case STS_TXT_SAYS_NOTHING:
		break;
	}
	if (in_force)
		return use_cached(record, false, STS_ALARM_DNS_FAILED);
	return do_without(record, STS_STEP_CANNOT_TELL, 0);
}

struct sts_plan
sts_plan_after_failed_fetch(const struct sts_record *record, int64_t now)
{
	if (record != NULL && sts_record_in_force(record, now))
		return (struct sts_plan){ STS_STEP_USE_CACHED, false,
			STS_ALARM_FETCH_FAILED };
	return do_without(record, STS_STEP_FAILED, STS_ALARM_FETCH_FAILED);
}

unsigned
sts_alarms_of_change(
    const struct sts_record *old, const struct sts_policy *fetched, int64_t now)
{
	if (old == NULL || !sts_record_in_force(old, now) ||
	    old->policy->mode != STS_MODE_ENFORCE ||
	    fetched->mode == STS_MODE_ENFORCE)
		return 0;
	return STS_ALARM_WEAKENED;
}
