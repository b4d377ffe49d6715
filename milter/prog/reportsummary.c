#include "sts/prog/reportsummary.h"

#include "sts/base/buf.h"
#include "sts/prog/js.h"

#include <stdlib.h>

enum { KEY_MAX = 8192, DAY_TEXT = sizeof("2026-01-01") };

/* Rows by what they are about; each a json object of rows, by key. */
struct summing {
	json_t *senders, *domains, *days, *kinds, *faults;
	enum sts_err err;
};

/* The value is set to NULL by nobody who had memory. */
static void
put(struct summing *s, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		s->err = STS_E_NOMEM;
}

static json_t *
text_or_null(const char *text)
{
	return text[0] == '\0' ? json_null() : json_string(text);
}

/* The row of that key, made where there is none: NULL without memory, which
 * nothing is added to. */
static json_t *
row_of(struct summing *s, json_t *rows, const char *key)
{
	json_t *row = json_object_get(rows, key);

	if (row != NULL)
		return row;
	row = json_object();
	put(s, row, "name", text_or_null(key));
	if (json_object_set_new(rows, key, row) == 0)
		return row;
	s->err = STS_E_NOMEM;
	return NULL;
}

static void
add(struct summing *s, json_t *row, const char *key, int64_t n)
{
	put(s, row, key, json_integer(sts_js_int(row, key) + n));
}

static void
add_sessions(struct summing *s, json_t *row, int64_t success, int64_t failure)
{
	add(s, row, "success", success);
	add(s, row, "failure", failure);
}

/* Once each, the first few. */
static void
list(struct summing *s, json_t *row, const char *key, const char *text)
{
	json_t *all = json_object_get(row, key);

	if (all == NULL) {
		put(s, row, key, json_array());
		all = json_object_get(row, key);
	}
	if (text[0] == '\0' || json_array_size(all) >= STS_REPORTSUMMARY_LISTED)
		return;
	for (size_t i = 0; i < json_array_size(all); i++)
		if (strcmp(json_string_value(json_array_get(all, i)), text) ==
		    0)
			return;
	if (json_array_append_new(all, json_string(text)) != 0)
		s->err = STS_E_NOMEM;
}

/* The days between which a fault was seen; they compare as texts. */
static void
widen(struct summing *s, json_t *row, const char *day)
{
	const char *first = sts_js_text(row, "first");

	if (first[0] == '\0' || strcmp(day, first) < 0)
		put(s, row, "first", json_string(day));
	if (strcmp(day, sts_js_text(row, "last")) > 0)
		put(s, row, "last", json_string(day));
}

/* A report and a policy of it. */
struct about {
	const json_t *report, *policy;
	char day[DAY_TEXT];
};

static json_t *
fault_of(struct summing *s, const struct about *about, const json_t *failure)
{
	const char *domain = sts_js_text(about->policy, "domain");
	const char *type = sts_js_text(failure, "result_type");
	const char *mx = sts_js_text(failure, "receiving_mx");
	struct sts_buf key;
	json_t *row;

	sts_buf_init(&key, KEY_MAX);
	sts_buf_printf(&key, "%s\n%s\n%s", domain, type, mx);
	if (sts_buf_err(&key) != STS_OK)
		s->err = STS_E_NOMEM;
	row = row_of(s, s->faults, sts_buf_cstr(&key));
	sts_buf_deinit(&key);
	(void)json_object_del(row, "name");
	put(s, row, "domain", text_or_null(domain));
	put(s, row, "result_type", text_or_null(type));
	put(s, row, "receiving_mx", text_or_null(mx));
	return row;
}

/* `failure` may be NULL: no detail is known. */
static void
sum_failure(struct summing *s, const struct about *about, const json_t *failure,
    int64_t count)
{
	json_t *row = fault_of(s, about, failure);
	const char *type = sts_js_text(failure, "result_type");

	add(s, row, "count", count);
	widen(s, row, about->day);
	list(s, row, "senders", sts_js_text(about->report, "organization"));
	list(s, row, "sending_ips", sts_js_text(failure, "sending_ip"));
	list(s, row, "reason_codes", sts_js_text(failure, "reason_code"));
	add(s, row_of(s, s->kinds, type), "failure", count);
}

static void
sum_failures(struct summing *s, const struct about *about)
{
	const json_t *failures = json_object_get(about->policy, "failures");
	int64_t rest = sts_js_int(about->policy, "failure");

	for (size_t i = 0; i < json_array_size(failures); i++) {
		const json_t *failure = json_array_get(failures, i);
		int64_t count = sts_js_int(failure, "count");

		if (count > 0)
			sum_failure(s, about, failure, count);
		rest -= count;
	}
	if (rest > 0)
		sum_failure(s, about, NULL, rest);
}

static void
sum_policy(struct summing *s, const struct about *about)
{
	int64_t success = sts_js_int(about->policy, "success");
	int64_t failure = sts_js_int(about->policy, "failure");
	const char *org = sts_js_text(about->report, "organization");
	const char *domain = sts_js_text(about->policy, "domain");
	json_t *row = row_of(s, s->domains, domain);

	add(s, row, "reports", 1);
	add_sessions(s, row, success, failure);
	list(s, row, "policies", sts_js_text(about->policy, "type"));
	add_sessions(s, row_of(s, s->senders, org), success, failure);
	add_sessions(s, row_of(s, s->days, about->day), success, failure);
	sum_failures(s, about);
}

static void
sum_report(struct summing *s, const json_t *report)
{
	const json_t *policies = json_object_get(report, "policies");
	struct about about = { .report = report };

	(void)snprintf(about.day, sizeof(about.day), "%.10s",
	    sts_js_text(report, "begin"));
	add(s, row_of(s, s->senders, sts_js_text(report, "organization")),
	    "reports", 1);
	add(s, row_of(s, s->days, about.day), "reports", 1);
	for (size_t i = 0; i < json_array_size(policies); i++) {
		about.policy = json_array_get(policies, i);
		sum_policy(s, &about);
	}
}

/* Orders of rows.  Where they are alike, their names decide. */

static int
compare_ints(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_texts(const json_t *a, const json_t *b, const char *key)
{
	return strcmp(sts_js_text(a, key), sts_js_text(b, key));
}

static int
by_name(const void *a, const void *b)
{
	return compare_texts(*(json_t *const *)a, *(json_t *const *)b, "name");
}

static int
by_failures(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order =
	    compare_ints(sts_js_int(y, "failure"), sts_js_int(x, "failure"));

	if (order == 0)
		order = compare_ints(
		    sts_js_int(y, "success"), sts_js_int(x, "success"));
	return order != 0 ? order : by_name(a, b);
}

static int64_t
sessions(const json_t *row)
{
	return sts_js_int(row, "success") + sts_js_int(row, "failure");
}

static int
by_sessions(const void *a, const void *b)
{
	int order = compare_ints(
	    sessions(*(json_t *const *)b), sessions(*(json_t *const *)a));

	return order != 0 ? order : by_name(a, b);
}

static int
by_count(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order =
	    compare_ints(sts_js_int(y, "count"), sts_js_int(x, "count"));

	if (order == 0)
		order = compare_texts(x, y, "domain");
	if (order == 0)
		order = compare_texts(x, y, "result_type");
	return order != 0 ? order : compare_texts(x, y, "receiving_mx");
}

typedef int compare_fn(const void *a, const void *b);

static compare_fn *
order_of(enum sts_reportsort sort)
{
	switch (sort) {
	case STS_REPORTSORT_FAILURES:
		break;
	case STS_REPORTSORT_SESSIONS:
		return by_sessions;
	case STS_REPORTSORT_NAME:
		return by_name;
	}
	return by_failures;
}

enum sts_err
sts_reportsort_parse(const char *word, enum sts_reportsort *out)
{
	static const char *const words[] = {
		[STS_REPORTSORT_FAILURES] = "failures",
		[STS_REPORTSORT_SESSIONS] = "sessions",
		[STS_REPORTSORT_NAME] = "name",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0) {
			*out = (enum sts_reportsort)i;
			return STS_OK;
		}
	return STS_E_NOTFOUND;
}

/* The rows as an array, in that order. */
static json_t *
sorted(struct summing *s, json_t *rows, compare_fn *compare)
{
	size_t n = json_object_size(rows), i = 0;
	json_t **list = calloc(n == 0 ? 1 : n, sizeof(json_t *));
	json_t *array = json_array(), *row;
	const char *key;

	if (list == NULL) {
		s->err = STS_E_NOMEM;
		return array;
	}
	json_object_foreach(rows, key, row) list[i++] = row;
	qsort(list, n, sizeof(json_t *), compare);
	for (i = 0; i < n; i++)
		if (json_array_append(array, list[i]) != 0)
			s->err = STS_E_NOMEM;
	free(list);
	return array;
}

enum sts_err
sts_reportsummary_add(json_t *all, enum sts_reportsort sort)
{
	const json_t *reports = json_object_get(all, "reports");
	struct summing s = {
		.senders = json_object(),
		.domains = json_object(),
		.days = json_object(),
		.kinds = json_object(),
		.faults = json_object(),
	};

	for (size_t i = 0; i < json_array_size(reports); i++)
		sum_report(&s, json_array_get(reports, i));
	put(&s, all, "senders", sorted(&s, s.senders, order_of(sort)));
	put(&s, all, "domains", sorted(&s, s.domains, order_of(sort)));
	put(&s, all, "days", sorted(&s, s.days, by_name));
	put(&s, all, "kinds", sorted(&s, s.kinds, by_failures));
	put(&s, all, "faults", sorted(&s, s.faults, by_count));
	json_decref(s.senders);
	json_decref(s.domains);
	json_decref(s.days);
	json_decref(s.kinds);
	json_decref(s.faults);
	return s.err;
}
