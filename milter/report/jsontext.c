#include "sts/report/jsontext.h"

#include "sts/base/buf.h"
#include "sts/base/escape.h"
#include "sts/base/log.h"

enum { TEXT_MAX = 1 << 30 }; /* we make no such text */

/* The buffer remembers a failure that jansson does not look at. */
static int
add(const char *text, size_t n, void *cookie)
{
	struct sts_buf *b = cookie;

	sts_buf_add(b, text, n);
	return sts_buf_err(b) == STS_OK ? 0 : -1;
}

char *
sts_json_text(const json_t *json)
{
	char *text = NULL;
	struct sts_buf b;

	sts_buf_init(&b, TEXT_MAX);
	if (json_dump_callback(json, add, &b,
		JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6)) == 0)
		text = sts_buf_take(&b);
	sts_buf_deinit(&b);
	return text;
}

json_t *
sts_json_string(const char *text)
{
	char escaped[STS_LOG_VALUE];
	json_t *value = json_string(text);

	if (value != NULL)
		return value;
	(void)sts_escape_to(escaped, sizeof(escaped), sts_slice_str(text));
	return json_string(escaped);
}
