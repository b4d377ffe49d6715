#include "sts/prog/reportvalue.h"

#include "sts/base/escape.h"
#include "sts/prog/reportread.h"
#include "sts/prog/reporttime.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PLACE_SIZE = 128, SHOWN = 80 };

/* `key` is "" for the object that we are in. */
static void
place(const struct sts_reportvalue *r, const char *key, char dst[PLACE_SIZE])
{
	const char *dot = key[0] == '\0' ? "" : ".";

	if (r->failure >= 0)
		(void)snprintf(dst, PLACE_SIZE,
		    "policies[%" PRId64 "].failure-details[%" PRId64 "]%s%s",
		    r->policy, r->failure, dot, key);
	else if (r->policy >= 0)
		(void)snprintf(dst, PLACE_SIZE, "policies[%" PRId64 "]%s%s",
		    r->policy, dot, key);
	else
		(void)snprintf(dst, PLACE_SIZE, "%s", key);
}

void
sts_reportvalue_refuse(struct sts_reportvalue *r, enum sts_err err,
    const char *key, const char *what)
{
	char where[PLACE_SIZE];

	if (r->err != STS_OK)
		return;
	r->err = err;
	place(r, key, where);
	(void)snprintf(r->why, STS_REPORT_WHY, "%s: %s", where, what);
}

void
sts_reportvalue_refuse_value(struct sts_reportvalue *r, const char *key,
    const json_t *value, const char *what)
{
	char shown[SHOWN], text[STS_REPORT_WHY];
	char *dump = json_dumps(
	    value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);

	(void)snprintf(text, sizeof(text), "%s %s",
	    sts_escape_to(shown, sizeof(shown), sts_slice_str(dump)), what);
	free(dump);
	sts_reportvalue_refuse(r, STS_E_SYNTAX, key, text);
}

void
sts_reportvalue_note(struct sts_reportvalue *r, const char *text)
{
	for (size_t i = 0; i < json_array_size(r->notes); i++)
		if (strcmp(json_string_value(json_array_get(r->notes, i)),
			text) == 0)
			return;
	if (json_array_append_new(r->notes, json_string(text)) != 0)
		r->err = STS_E_NOMEM;
}

void
sts_reportvalue_put(
    struct sts_reportvalue *r, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		r->err = STS_E_NOMEM;
}

json_t *
sts_reportvalue_put_array(
    struct sts_reportvalue *r, json_t *object, const char *key)
{
	json_t *array = json_array();

	if (json_object_set_new(object, key, array) == 0)
		return array;
	r->err = STS_E_NOMEM;
	return NULL;
}

/* The first bytes of a UTF-8 text, no character cut in two. */
static json_t *
cut_text(const char *text, size_t n)
{
	if (n > STS_REPORT_TEXT_MAX) {
		n = STS_REPORT_TEXT_MAX;
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	return json_stringn(text, n);
}

static json_t *
lower_text(const char *text, size_t n)
{
	char lower[STS_REPORT_TEXT_MAX + 2];

	if (n > sizeof(lower) - 1)
		n = sizeof(lower) - 1;
	for (size_t i = 0; i < n; i++)
		lower[i] = sts_lower(text[i]);
	lower[n] = '\0';
	return cut_text(lower, n);
}

void
sts_reportvalue_text(struct sts_reportvalue *r, const json_t *in,
    const char *key, json_t *out, const char *name)
{
	const json_t *value = json_object_get(in, key);

	if (value != NULL && !json_is_null(value) && !json_is_string(value))
		sts_reportvalue_refuse_value(r, key, value, "is not a text");
	sts_reportvalue_put(r, out, name,
	    json_string_length(value) == 0 ? json_null()
					   : cut_text(json_string_value(value),
						 json_string_length(value)));
}

void
sts_reportvalue_name(struct sts_reportvalue *r, const json_t *in,
    const char *key, json_t *out, const char *name)
{
	const json_t *value = json_object_get(in, key);
	struct sts_slice s = sts_slice_trim(
	    sts_slice(json_string_value(value), json_string_length(value)));

	if (value != NULL && !json_is_null(value) && !json_is_string(value))
		sts_reportvalue_refuse_value(r, key, value, "is not a text");
	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--;
	sts_reportvalue_put(
	    r, out, name, s.n == 0 ? json_null() : lower_text(s.p, s.n));
}

/* Digits, and nothing else. */
static bool
count_of_text(const json_t *value, int64_t *out)
{
	struct sts_slice s = sts_slice_trim(
	    sts_slice(json_string_value(value), json_string_length(value)));
	int64_t count = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!sts_is_digit(s.p[i]) || count > STS_REPORT_COUNT_MAX)
			return false;
		count = count * 10 + (s.p[i] - '0');
	}
	*out = count;
	return s.n > 0;
}

static bool
count_of_real(double real, int64_t *out)
{
	if (!(real >= 0 && real <= (double)STS_REPORT_COUNT_MAX))
		return false;
	*out = (int64_t)real;
	return (double)*out == real;
}

int64_t
sts_reportvalue_count(
    struct sts_reportvalue *r, const json_t *in, const char *key)
{
	const json_t *value = json_object_get(in, key);
	int64_t count = -1;
	bool good = true;

	if (value == NULL || json_is_null(value))
		return -1;
	if (json_is_integer(value))
		count = json_integer_value(value);
	else if (json_is_real(value))
		good = count_of_real(json_real_value(value), &count);
	else
		good = count_of_text(value, &count);
	if (!good || count < 0 || count > STS_REPORT_COUNT_MAX) {
		sts_reportvalue_refuse_value(
		    r, key, value, "is not a count of sessions");
		return -1;
	}
	if (!json_is_integer(value))
		sts_reportvalue_note(
		    r, "a count is not written as a whole number");
	return count;
}

static bool
is_wall(const json_t *value, int64_t *out)
{
	static const int64_t last = 253402300799; /* of the year 9999 */

	*out = json_integer_value(value);
	return json_is_integer(value) && *out >= 0 && *out <= last;
}

int64_t
sts_reportvalue_time(
    struct sts_reportvalue *r, const json_t *range, const char *key)
{
	const json_t *value = json_object_get(range, key);
	int64_t wall = 0;
	bool date_only = false;

	if (is_wall(value, &wall)) {
		sts_reportvalue_note(r, "the times of date-range are numbers");
		return wall;
	}
	if (value == NULL)
		sts_reportvalue_refuse(
		    r, STS_E_SYNTAX, key, "is missing from date-range");
	else if (sts_reporttime_parse(sts_slice(json_string_value(value),
					  json_string_length(value)),
		     &wall, &date_only) != STS_OK)
		sts_reportvalue_refuse_value(
		    r, key, value, "is not a time (RFC 3339)");
	if (date_only)
		sts_reportvalue_note(r, "date-range has days without times");
	return wall;
}

static void
add_line(struct sts_reportvalue *r, json_t *lines, struct sts_slice line)
{
	line = sts_slice_trim(line);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n == 0)
		return;
	if (json_array_size(lines) >= STS_REPORT_LINES_MAX) {
		sts_reportvalue_note(r, "a policy is longer than is kept");
		return;
	}
	if (json_array_append_new(lines, cut_text(line.p, line.n)) != 0)
		r->err = STS_E_NOMEM;
}

static void
add_lines(struct sts_reportvalue *r, json_t *lines, const json_t *text)
{
	struct sts_slice line,
	    rest = sts_slice(json_string_value(text), json_string_length(text));
	bool more = true;

	while (more) {
		more = sts_slice_cut(&rest, '\n', &line);
		add_line(r, lines, line);
	}
}

void
sts_reportvalue_lines(struct sts_reportvalue *r, const json_t *in,
    const char *key, json_t *out, const char *name)
{
	const json_t *value = json_object_get(in, key);
	json_t *lines = sts_reportvalue_put_array(r, out, name);

	if (json_is_string(value)) {
		sts_reportvalue_note(
		    r, "policy-string or mx-host is a text, not an array");
		add_lines(r, lines, value);
		return;
	}
	if (value != NULL && !json_is_null(value) && !json_is_array(value))
		sts_reportvalue_refuse_value(
		    r, key, value, "is not an array of texts");
	for (size_t i = 0; i < json_array_size(value); i++) {
		if (!json_is_string(json_array_get(value, i)))
			sts_reportvalue_refuse_value(
			    r, key, value, "is not an array of texts");
		add_lines(r, lines, json_array_get(value, i));
	}
}

size_t
sts_reportvalue_objects(
    struct sts_reportvalue *r, const json_t *in, const char *key, size_t max)
{
	const json_t *value = json_object_get(in, key);
	char what[64];

	if (value == NULL || json_is_null(value))
		return 0;
	if (json_is_object(value)) {
		sts_reportvalue_note(
		    r, "an array of one is written without its brackets");
		return 1;
	}
	if (!json_is_array(value)) {
		sts_reportvalue_refuse_value(r, key, value, "is not an array");
		return 0;
	}
	if (json_array_size(value) <= max)
		return json_array_size(value);
	(void)snprintf(what, sizeof(what), "there are more than %zu", max);
	sts_reportvalue_refuse(r, STS_E_LIMIT, key, what);
	return 0;
}

const json_t *
sts_reportvalue_object_at(const json_t *in, const char *key, size_t i)
{
	const json_t *value = json_object_get(in, key);

	return json_is_object(value) ? value : json_array_get(value, i);
}
