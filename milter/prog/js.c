#include "sts/prog/js.h"

#include <time.h>

int64_t
sts_js_time(const json_t *object, const char *key)
{
	const char *text = sts_js_text(object, key);
	struct tm tm = { .tm_year = 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);

	return end == NULL || *end != '\0' ? 0 : (int64_t)timegm(&tm);
}
