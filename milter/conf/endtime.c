#include "sts/conf/endtime.h"

#include <time.h>

enum { DAY = 24 * 60 * 60 };

/* Whether s has the form; a 'd' of the form stands for a digit. */
static bool
has_form(struct sts_slice s, const char *form)
{
	if (s.n != strlen(form))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (form[i] == 'd' ? !sts_is_digit(s.p[i]) : s.p[i] != form[i])
			return false;
	return true;
}

static int
digits(const char *p, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (p[i] - '0');
	return value;
}

/* The first second of a day that the calendar has. */
static enum sts_err
parse_day(const char *p, int64_t *out)
{
	struct tm tm = {
		.tm_year = digits(p, 4) - 1900,
		.tm_mon = digits(p + 5, 2) - 1,
		.tm_mday = digits(p + 8, 2),
	};
	struct tm asked = tm;
	time_t t = timegm(&tm);

	if (t < 0 || tm.tm_mon != asked.tm_mon || tm.tm_mday != asked.tm_mday)
		return STS_E_RANGE;
	*out = t;
	return STS_OK;
}

/* hh:mm in seconds, or -1. */
static int
minutes(const char *p)
{
	int h = digits(p, 2), m = digits(p + 3, 2);

	return h > 23 || m > 59 ? -1 : (h * 60 + m) * 60;
}

enum sts_err
sts_end_time_parse(struct sts_slice s, int64_t *out)
{
	bool day_only = has_form(s, "dddd-dd-dd");
	bool utc = has_form(s, "dddd-dd-ddTdd:dd:ddZ");
	bool east = has_form(s, "dddd-dd-ddTdd:dd:dd+dd:dd");
	bool west = has_form(s, "dddd-dd-ddTdd:dd:dd-dd:dd");
	int in_day = DAY, offset = 0, second = 0;
	int64_t day;
	enum sts_err err;

	if (!day_only && !utc && !east && !west)
		return STS_E_SYNTAX;
	err = parse_day(s.p, &day);
	if (err != STS_OK)
		return err;
	if (!day_only) {
		in_day = minutes(s.p + 11);
		second = digits(s.p + 17, 2);
	}
	if (east || west)
		offset = minutes(s.p + 20);
	if (in_day < 0 || offset < 0 || second > 59)
		return STS_E_RANGE;
	day += in_day + second - (east ? offset : -offset);
	if (day <= 0) /* 0 is "no end" */
		return STS_E_RANGE;
	*out = day;
	return STS_OK;
}
