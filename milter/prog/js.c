#include "sts/prog/js.h"

#include "sts/base/clock.h"

int64_t
sts_js_time(const json_t *object, const char *key)
{
	int64_t wall_s = 0;

	if (sts_time_parse(sts_js_text(object, key), &wall_s) != STS_OK)
		return 0;
	return wall_s;
}
