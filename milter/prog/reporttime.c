#include "sts/prog/reporttime.h"

#include <time.h>

enum { MINUTE = 60, HOUR = 3600, LAST_OFFSET_HOUR = 23 };

/* What is still to be read; `ok` is false from the first fault on. */
struct reading {
	struct sts_slice rest;
	bool ok;
};

static char
peek(const struct reading *r)
{
	return r->rest.n == 0 ? '\0' : r->rest.p[0];
}

static void
skip(struct reading *r)
{
	r->rest = sts_slice(r->rest.p + 1, r->rest.n - 1);
}

/* Whether it was there. */
static bool
take(struct reading *r, char c)
{
	bool there = r->rest.n > 0 && sts_lower(peek(r)) == c;

	if (there)
		skip(r);
	return there;
}

static int
take_digits(struct reading *r, int n)
{
	int value = 0;

	for (; n > 0; n--) {
		if (!sts_is_digit(peek(r))) {
			r->ok = false;
			return 0;
		}
		value = value * 10 + (peek(r) - '0');
		skip(r);
	}
	return value;
}

static void
take_date(struct reading *r, struct tm *tm)
{
	tm->tm_year = take_digits(r, 4) - 1900;
	r->ok &= take(r, '-');
	tm->tm_mon = take_digits(r, 2) - 1;
	r->ok &= take(r, '-');
	tm->tm_mday = take_digits(r, 2);
}

static void
take_time(struct reading *r, struct tm *tm)
{
	tm->tm_hour = take_digits(r, 2);
	r->ok &= take(r, ':');
	tm->tm_min = take_digits(r, 2);
	if (!take(r, ':'))
		return;
	tm->tm_sec = take_digits(r, 2);
	if (!take(r, '.'))
		return;
	(void)take_digits(r, 1);
	while (r->ok && sts_is_digit(peek(r)))
		skip(r);
}

/* Seconds east of UTC. */
static int
take_offset(struct reading *r)
{
	int sign = peek(r) == '-' ? -1 : 1, hours, minutes;

	if (r->rest.n == 0 || take(r, 'z'))
		return 0;
	r->ok &= take(r, '+') || take(r, '-');
	hours = take_digits(r, 2);
	(void)take(r, ':');
	minutes = take_digits(r, 2);
	r->ok &= hours <= LAST_OFFSET_HOUR && minutes < MINUTE;
	return sign * (hours * HOUR + minutes * MINUTE);
}

/* timegm would make the 1st of March of the 29th of February. */
static bool
exists(const struct tm *tm)
{
	struct tm same = *tm;

	if (tm->tm_sec == 60) /* a leap second: the next minute's first */
		same.tm_sec = 59;
	if (tm->tm_year < 70 || timegm(&same) < 0)
		return false;
	return same.tm_year == tm->tm_year && same.tm_mon == tm->tm_mon &&
	       same.tm_mday == tm->tm_mday && same.tm_hour == tm->tm_hour &&
	       same.tm_min == tm->tm_min;
}

enum sts_err
sts_reporttime_parse(struct sts_slice text, int64_t *out, bool *date_only)
{
	struct reading r = { sts_slice_trim(text), true };
	struct tm tm = { .tm_year = 0 };
	int64_t offset = 0, wall;
	bool has_time;

	take_date(&r, &tm);
	has_time = r.rest.n > 0;
	if (has_time) {
		r.ok &= take(&r, 't') || take(&r, ' ');
		take_time(&r, &tm);
		offset = take_offset(&r);
	}
	if (!r.ok || r.rest.n > 0)
		return STS_E_SYNTAX;
	if (!exists(&tm))
		return STS_E_RANGE;
	wall = (int64_t)timegm(&tm) - offset;
	if (wall < 0)
		return STS_E_RANGE;
	*out = wall;
	if (date_only != NULL)
		*date_only = !has_time;
	return STS_OK;
}
