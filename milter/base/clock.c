#include "sts/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t
system_wall_s(const struct sts_clock *clock)
{
	struct timespec ts;

	(void)clock;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

static int64_t
system_mono_ms(const struct sts_clock *clock)
{
	struct timespec ts;

	(void)clock;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

const struct sts_clock sts_clock_system = { system_wall_s, system_mono_ms };

struct timespec
sts_clock_deadline(int64_t ms)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += (time_t)(ms / 1000);
	at.tv_nsec += (long)(ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

char *
sts_time_rfc3339(int64_t wall_s, char *dst)
{
	static const int64_t year_9999 = 253402300799;
	time_t t = (time_t)(wall_s > year_9999 ? year_9999
			    : wall_s < 0       ? 0
					       : wall_s);
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)strftime(dst, STS_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return dst;
}

/* Written back it must be the same: strptime takes much more. */
enum sts_err
sts_time_parse(const char *text, int64_t *out)
{
	struct tm tm = { .tm_year = 0 };
	char again[STS_TIME_TEXT];
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	int64_t wall_s;

	if (end == NULL || *end != '\0')
		return STS_E_SYNTAX;
	wall_s = (int64_t)timegm(&tm);
	if (strcmp(sts_time_rfc3339(wall_s, again), text) != 0)
		return STS_E_SYNTAX;
	*out = wall_s;
	return STS_OK;
}
