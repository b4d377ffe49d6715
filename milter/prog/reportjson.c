/* The JSON text of a TLS report, within caps; see sts/prog/reportread.h. */
#include "sts/base/escape.h"
#include "sts/prog/reportread.h"

#include <stdio.h>

/*
 * About how many values the text makes, before any is made: a value of two
 * bytes can take a hundred times as much memory.  Commas and brackets inside of
 * texts count, too, which is why it is only about.
 */
static size_t
values_about(struct sts_slice text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == ',' || text.p[i] == '[' || text.p[i] == '{';
	return n;
}

static enum sts_err
refuse(char *why, enum sts_err err, const char *text)
{
	(void)snprintf(why, STS_REPORT_WHY, "%s", text);
	return err;
}

/* jansson's words may hold bytes of the text; without memory it has none. */
static enum sts_err
refuse_json(char *why, const json_error_t *error)
{
	char shown[160];

	if (error->text[0] == '\0' ||
	    json_error_code(error) == json_error_out_of_memory)
		return STS_E_NOMEM;
	(void)snprintf(why, STS_REPORT_WHY,
	    "it is not JSON: line %d, column %d: %s", error->line,
	    error->column,
	    sts_escape_to(shown, sizeof(shown), sts_slice_str(error->text)));
	return STS_E_SYNTAX;
}

enum sts_err
sts_reportread_text(struct sts_slice text, char *why, json_t **out)
{
	json_error_t error;
	json_t *json;

	if (sts_slice_starts(text, STS_LIT("\xef\xbb\xbf")))
		text = sts_slice(text.p + 3, text.n - 3);
	if (text.n > STS_REPORT_JSON_MAX)
		return refuse(why, STS_E_LIMIT, "it is longer than 16 MiB");
	if (values_about(text) > STS_REPORT_JSON_VALUES)
		return refuse(why, STS_E_LIMIT,
		    "it has more than 500000 values: no TLS report has");
	json = json_loadb(text.p == NULL ? "" : text.p, text.n,
	    JSON_REJECT_DUPLICATES, &error);
	if (json == NULL)
		return refuse_json(why, &error);
	*out = json;
	return STS_OK;
}
