#include "sts/prog/reportread.h"

#include "sts/base/buf.h"
#include "sts/base/clock.h"
#include "sts/base/escape.h"
#include "sts/prog/reporttime.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PLACE_SIZE = 128, SHOWN = 80 };

/* A report being read.  The first fault stays. */
struct reading {
	char *why;
	enum sts_err err;
	json_t *notes;
	/* Where we are: of policies and of failure-details, -1 outside. */
	int64_t policy, failure;
	size_t failures; /* so far, in all */
};

/* `key` is "" for the object that we are in. */
static void
place(const struct reading *r, const char *key, char dst[PLACE_SIZE])
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

static void
refuse(struct reading *r, enum sts_err err, const char *key, const char *what)
{
	char where[PLACE_SIZE];

	if (r->err != STS_OK)
		return;
	r->err = err;
	place(r, key, where);
	(void)snprintf(r->why, STS_REPORT_WHY, "%s: %s", where, what);
}

static void
refuse_value(
    struct reading *r, const char *key, const json_t *value, const char *what)
{
	char shown[SHOWN], text[STS_REPORT_WHY];
	char *dump = json_dumps(
	    value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);

	(void)snprintf(text, sizeof(text), "%s %s",
	    sts_escape_to(shown, sizeof(shown), sts_slice_str(dump)), what);
	free(dump);
	refuse(r, STS_E_SYNTAX, key, text);
}

/* What was mended; each kind of it once. */
static void
note(struct reading *r, const char *text)
{
	for (size_t i = 0; i < json_array_size(r->notes); i++)
		if (strcmp(json_string_value(json_array_get(r->notes, i)),
			text) == 0)
			return;
	if (json_array_append_new(r->notes, json_string(text)) != 0)
		r->err = STS_E_NOMEM;
}

/* Puts the value, or remembers that there was no memory for it. */
static void
put(struct reading *r, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		r->err = STS_E_NOMEM;
}

/* An array put into the object; NULL, to which nothing is appended, where there
 * was no memory for it. */
static json_t *
put_array(struct reading *r, json_t *object, const char *key)
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
	struct sts_buf b;
	json_t *out;

	sts_buf_init(&b, STS_REPORT_TEXT_MAX + 1);
	for (size_t i = 0; i < n && i <= STS_REPORT_TEXT_MAX; i++)
		sts_buf_char(&b, sts_lower(text[i]));
	out = cut_text(sts_buf_cstr(&b), b.n);
	sts_buf_deinit(&b);
	return out;
}

/* A text of the input; "" and what is not there are null. */
static void
take_text(struct reading *r, const json_t *in, const char *key, json_t *out,
    const char *name)
{
	const json_t *value = json_object_get(in, key);

	if (value != NULL && !json_is_null(value) && !json_is_string(value))
		refuse_value(r, key, value, "is not a text");
	put(r, out, name,
	    json_string_length(value) == 0 ? json_null()
					   : cut_text(json_string_value(value),
						 json_string_length(value)));
}

/* A name: in lower case, without the dot at the end of a domain. */
static void
take_name(struct reading *r, const json_t *in, const char *key, json_t *out,
    const char *name)
{
	const json_t *value = json_object_get(in, key);
	struct sts_slice s = sts_slice_trim(
	    sts_slice(json_string_value(value), json_string_length(value)));

	if (value != NULL && !json_is_null(value) && !json_is_string(value))
		refuse_value(r, key, value, "is not a text");
	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--;
	put(r, out, name, s.n == 0 ? json_null() : lower_text(s.p, s.n));
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

/* A count of sessions; -1 where there is none. */
static int64_t
take_count(struct reading *r, const json_t *in, const char *key)
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
		refuse_value(r, key, value, "is not a count of sessions");
		return -1;
	}
	if (!json_is_integer(value))
		note(r, "a count is not written as a whole number");
	return count;
}

static bool
is_wall(const json_t *value, int64_t *out)
{
	static const int64_t last = 253402300799; /* of the year 9999 */

	*out = json_integer_value(value);
	return json_is_integer(value) && *out >= 0 && *out <= last;
}

/* One end of the date range, as wall seconds. */
static int64_t
take_time(struct reading *r, const json_t *range, const char *key)
{
	const json_t *value = json_object_get(range, key);
	int64_t wall = 0;
	bool date_only = false;

	if (is_wall(value, &wall)) {
		note(r, "the times of date-range are numbers");
		return wall;
	}
	if (value == NULL)
		refuse(r, STS_E_SYNTAX, key, "is missing from date-range");
	else if (sts_reporttime_parse(sts_slice(json_string_value(value),
					  json_string_length(value)),
		     &wall, &date_only) != STS_OK)
		refuse_value(r, key, value, "is not a time (RFC 3339)");
	if (date_only)
		note(r, "date-range has days without times");
	return wall;
}

static void
read_range(struct reading *r, const json_t *in, json_t *out)
{
	const json_t *range = json_object_get(in, "date-range");
	int64_t begin, end;
	char text[STS_TIME_TEXT];

	if (!json_is_object(range)) {
		refuse(r, STS_E_SYNTAX, "date-range",
		    "there must be an object with start-datetime and "
		    "end-datetime");
		return;
	}
	begin = take_time(r, range, "start-datetime");
	end = take_time(r, range, "end-datetime");
	if (end < begin)
		refuse(
		    r, STS_E_SYNTAX, "date-range", "it ends before it begins");
	put(r, out, "begin", json_string(sts_time_rfc3339(begin, text)));
	put(r, out, "end", json_string(sts_time_rfc3339(end, text)));
}

static void
add_line(struct reading *r, json_t *lines, struct sts_slice line)
{
	line = sts_slice_trim(line);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n == 0)
		return;
	if (json_array_size(lines) >= STS_REPORT_LINES_MAX) {
		note(r, "a policy is longer than is kept");
		return;
	}
	if (json_array_append_new(lines, cut_text(line.p, line.n)) != 0)
		r->err = STS_E_NOMEM;
}

static void
add_lines(struct reading *r, json_t *lines, const json_t *text)
{
	struct sts_slice line,
	    rest = sts_slice(json_string_value(text), json_string_length(text));
	bool more = true;

	while (more) {
		more = sts_slice_cut(&rest, '\n', &line);
		add_line(r, lines, line);
	}
}

/* Texts: an array of them, or one with lines. */
static void
take_lines(struct reading *r, const json_t *in, const char *key, json_t *out,
    const char *name)
{
	const json_t *value = json_object_get(in, key);
	json_t *lines = put_array(r, out, name);

	if (json_is_string(value)) {
		note(r, "policy-string or mx-host is a text, not an array");
		add_lines(r, lines, value);
		return;
	}
	if (value != NULL && !json_is_null(value) && !json_is_array(value))
		refuse_value(r, key, value, "is not an array of texts");
	for (size_t i = 0; i < json_array_size(value); i++) {
		if (!json_is_string(json_array_get(value, i)))
			refuse_value(r, key, value, "is not an array of texts");
		add_lines(r, lines, json_array_get(value, i));
	}
}

/* The objects of an array; an object alone counts as an array of one. */
static size_t
objects(struct reading *r, const json_t *in, const char *key, size_t max)
{
	const json_t *value = json_object_get(in, key);
	char what[64];

	if (value == NULL || json_is_null(value))
		return 0;
	if (json_is_object(value)) {
		note(r, "an array of one is written without its brackets");
		return 1;
	}
	if (!json_is_array(value)) {
		refuse_value(r, key, value, "is not an array");
		return 0;
	}
	if (json_array_size(value) <= max)
		return json_array_size(value);
	(void)snprintf(what, sizeof(what), "there are more than %zu", max);
	refuse(r, STS_E_LIMIT, key, what);
	return 0;
}

static const json_t *
object_at(const json_t *in, const char *key, size_t i)
{
	const json_t *value = json_object_get(in, key);

	return json_is_object(value) ? value : json_array_get(value, i);
}

static void
read_failure(struct reading *r, const json_t *in, json_t *list)
{
	json_t *out = json_object();
	int64_t count = take_count(r, in, "failed-session-count");

	if (!json_is_object(in))
		refuse(r, STS_E_SYNTAX, "", "is not an object");
	take_name(r, in, "result-type", out, "result_type");
	take_name(r, in, "receiving-mx-hostname", out, "receiving_mx");
	take_name(r, in, "sending-mta-ip", out, "sending_ip");
	take_name(r, in, "receiving-ip", out, "receiving_ip");
	take_text(r, in, "receiving-mx-helo", out, "helo");
	take_text(
	    r, in, "additional-information", out, "additional_information");
	take_text(r, in, "failure-reason-code", out, "reason_code");
	if (count < 0)
		note(r, "a failure has no count: taken for one session");
	put(r, out, "count", json_integer(count < 0 ? 1 : count));
	if (json_array_append_new(list, out) != 0)
		r->err = STS_E_NOMEM;
}

/* Returns how many sessions they are. */
static int64_t
read_failures(struct reading *r, const json_t *in, json_t *out)
{
	json_t *list = put_array(r, out, "failures");
	size_t n = objects(
	    r, in, "failure-details", STS_REPORT_FAILURES_MAX - r->failures);
	int64_t sum = 0;

	r->failures += n;
	for (size_t i = 0; i < n && r->err == STS_OK; i++) {
		r->failure = (int64_t)i;
		read_failure(r, object_at(in, "failure-details", i), list);
		sum += json_integer_value(
		    json_object_get(json_array_get(list, i), "count"));
	}
	r->failure = -1;
	return sum;
}

/* `detailed` sessions failed, say the details; the summary counts. */
static void
read_summary(struct reading *r, const json_t *in, int64_t detailed, json_t *out)
{
	const json_t *summary = json_object_get(in, "summary");
	int64_t success, failure;

	if (summary != NULL && !json_is_null(summary) &&
	    !json_is_object(summary))
		refuse_value(r, "summary", summary, "is not an object");
	success = take_count(r, summary, "total-successful-session-count");
	failure = take_count(r, summary, "total-failure-session-count");
	if (success < 0 || (failure < 0 && detailed > 0))
		note(r, "a summary has no counts: taken from the details");
	if (failure >= 0 && failure < detailed)
		note(r, "the details have more failures than the summary");
	put(r, out, "success", json_integer(success < 0 ? 0 : success));
	put(r, out, "failure", json_integer(failure < 0 ? detailed : failure));
}

static void
read_policy(struct reading *r, const json_t *in, json_t *list)
{
	const json_t *policy = json_object_get(in, "policy");
	json_t *out = json_object();
	int64_t detailed;

	if (!json_is_object(in))
		refuse(r, STS_E_SYNTAX, "", "is not an object");
	if (policy != NULL && !json_is_null(policy) && !json_is_object(policy))
		refuse_value(r, "policy", policy, "is not an object");
	take_name(r, policy, "policy-type", out, "type");
	take_name(r, policy, "policy-domain", out, "domain");
	put(r, out, "success", json_null()); /* for the order of the keys */
	put(r, out, "failure", json_null());
	detailed = read_failures(r, in, out);
	read_summary(r, in, detailed, out);
	take_lines(r, policy, "policy-string", out, "policy_string");
	take_lines(r, policy,
	    json_object_get(policy, "mx-host") == NULL ? "mx-host-pattern"
						       : "mx-host",
	    out, "mx_host");
	if (json_is_null(json_object_get(out, "domain")))
		note(r, "a policy has no policy-domain");
	if (json_array_append_new(list, out) != 0)
		r->err = STS_E_NOMEM;
}

static void
read_policies(struct reading *r, const json_t *in, json_t *out)
{
	json_t *list = put_array(r, out, "policies");
	size_t n = objects(r, in, "policies", STS_REPORT_POLICIES_MAX);

	if (n == 0)
		note(r, "there are no policies in it");
	for (size_t i = 0; i < n && r->err == STS_OK; i++) {
		r->policy = (int64_t)i;
		read_policy(r, object_at(in, "policies", i), list);
	}
	r->policy = -1;
}

/* JSON of another kind is told from a report with faults. */
static bool
is_report(const json_t *in)
{
	return json_object_get(in, "policies") != NULL ||
	       (json_object_get(in, "date-range") != NULL &&
		   json_object_get(in, "report-id") != NULL);
}

enum sts_err
sts_reportread(const json_t *in, char *why, json_t **out)
{
	struct reading r = { .why = why, .policy = -1, .failure = -1 };
	json_t *report;

	if (!is_report(in)) {
		(void)snprintf(why, STS_REPORT_WHY,
		    "it is JSON, but no TLS report (RFC 8460): there are no "
		    "policies in it");
		return STS_E_NOTFOUND;
	}
	report = json_object();
	r.notes = json_array();
	take_text(&r, in, "organization-name", report, "organization");
	take_text(&r, in, "report-id", report, "report_id");
	take_text(&r, in, "contact-info", report, "contact");
	read_range(&r, in, report);
	read_policies(&r, in, report);
	put(&r, report, "notes", r.notes);
	if (r.err == STS_OK)
		*out = report;
	else
		json_decref(report);
	return r.err;
}
