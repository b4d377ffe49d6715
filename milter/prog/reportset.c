#include "sts/prog/reportset.h"

#include "sts/base/buf.h"
#include "sts/base/escape.h"
#include "sts/prog/js.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What every reader of JSON takes for a whole number. */
static const int64_t SUM_MAX = (INT64_C(1) << 53) - 1;

enum { KEY_MAX = 8192, FILE_MAX = 1 << 17 };

struct sts_reportset {
	const struct sts_reportset_filter *filter;
	const char *file; /* borrowed: of the file that is being read */
	json_t *all;
	json_t *reports, *errors, *duplicates; /* borrowed from `all` */
	json_t *seen; /* reports, by id and by what they say, too */
	size_t failures;
	size_t left_out, errors_untold;
	int64_t success, failure;
	int64_t sum; /* of all counts */
	enum sts_err err;
};

enum sts_err
sts_reportset_new(
    const struct sts_reportset_filter *filter, struct sts_reportset **out)
{
	struct sts_reportset *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return STS_E_NOMEM;
	set->filter = filter;
	set->file = "";
	set->seen = json_object();
	set->all = json_pack("{s:[], s:{}, s:[], s:[]}", "reports", "total",
	    "errors", "duplicates");
	if (set->seen == NULL || set->all == NULL) {
		sts_reportset_free(set);
		return STS_E_NOMEM;
	}
	set->reports = json_object_get(set->all, "reports");
	set->errors = json_object_get(set->all, "errors");
	set->duplicates = json_object_get(set->all, "duplicates");
	*out = set;
	return STS_OK;
}

void
sts_reportset_free(struct sts_reportset *set)
{
	if (set == NULL)
		return;
	json_decref(set->seen);
	json_decref(set->all);
	free(set);
}

void
sts_reportset_file(struct sts_reportset *set, const char *name)
{
	set->file = name;
}

/* A file's name may be any bytes. */
static json_t *
file_json(const struct sts_reportset *set)
{
	json_t *name = json_string(set->file);
	struct sts_buf b;

	if (name != NULL)
		return name;
	sts_buf_init(&b, FILE_MAX);
	sts_escape(&b, sts_slice_str(set->file), SIZE_MAX);
	if (sts_buf_err(&b) == STS_OK)
		name = json_string(sts_buf_cstr(&b));
	sts_buf_deinit(&b);
	return name;
}

static void
append(struct sts_reportset *set, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		set->err = STS_E_NOMEM;
}

void
sts_reportset_broken(struct sts_reportset *set, const char *why)
{
	if (json_array_size(set->errors) >= STS_REPORTSET_ERRORS) {
		set->errors_untold++;
		return;
	}
	append(set, set->errors,
	    json_pack("{s:o, s:s}", "file", file_json(set), "message", why));
}

static bool
is_asked_for(const struct sts_reportset *set, const json_t *report)
{
	int64_t begin = sts_js_time(report, "begin");

	return begin >= set->filter->since && begin < set->filter->until;
}

/* SHA-256, in hexadecimal digits, of what a value says. */
static enum sts_err
add_digest(struct sts_buf *b, const json_t *value)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char *text = json_dumps(value, JSON_COMPACT);
	unsigned n = 0;

	if (text == NULL || EVP_Digest(text, strlen(text), digest, &n,
				EVP_sha256(), NULL) != 1) {
		free(text);
		return STS_E_NOMEM;
	}
	for (unsigned i = 0; i < n; i++)
		sts_buf_printf(b, "%02x", digest[i]);
	free(text);
	return sts_buf_err(b);
}

/* Organization and id (RFC 8460 section 4.4) and, unless that is NULL, what it
 * says.  NULL: out of memory. */
static char *
key_of(const json_t *report, const json_t *content)
{
	enum sts_err err = STS_OK;
	char *key = NULL;
	struct sts_buf b;

	sts_buf_init(&b, KEY_MAX);
	sts_buf_printf(&b, "%s\n%s\n", sts_js_text(report, "organization"),
	    sts_js_text(report, "report_id"));
	if (content != NULL)
		err = add_digest(&b, content);
	if (err == STS_OK)
		key = sts_buf_take(&b);
	sts_buf_deinit(&b);
	return key;
}

static void
tell_duplicate(struct sts_reportset *set, const json_t *report,
    const json_t *first, bool same)
{
	if (json_array_size(set->duplicates) >= STS_REPORTSET_DUPLICATES)
		return;
	append(set, set->duplicates,
	    json_pack("{s:o, s:O, s:O, s:O, s:b}", "file", file_json(set),
		"organization", json_object_get(report, "organization"),
		"report_id", json_object_get(report, "report_id"), "first",
		json_object_get(first, "file"), "same", (int)same));
}

/* The report of that key, which is freed; NULL: there was none, and this is
 * remembered. */
static const json_t *
remember(struct sts_reportset *set, char *key, json_t *report)
{
	const json_t *first =
	    key == NULL ? NULL : json_object_get(set->seen, key);

	if (first == NULL &&
	    (key == NULL || json_object_set(set->seen, key, report) != 0))
		set->err = STS_E_NOMEM;
	free(key);
	return first;
}

/*
 * Whether it was there already; else it is remembered.  One that has the id of
 * another and says otherwise is told of, and counts: ids can be guessed, and a
 * forged report that came first must not make the true one disappear.
 */
static bool
is_duplicate(struct sts_reportset *set, json_t *report)
{
	bool has_id = sts_js_text(report, "report_id")[0] != '\0';
	const json_t *content =
	    has_id ? json_object_get(report, "policies") : report;
	const json_t *first = remember(set, key_of(report, content), report);

	if (first != NULL) {
		tell_duplicate(set, report, first, true);
		return true;
	}
	if (has_id)
		first = remember(set, key_of(report, NULL), report);
	if (first != NULL)
		tell_duplicate(set, report, first, false);
	return false;
}

/* Leaves the policies of the domain that is asked for; false: there is none. */
static bool
keep_domain(const struct sts_reportset *set, const json_t *report)
{
	json_t *policies = json_object_get(report, "policies");
	size_t i = json_array_size(policies);

	if (set->filter->domain == NULL)
		return true;
	while (i-- > 0)
		if (!sts_js_is(json_array_get(policies, i), "domain",
			set->filter->domain))
			(void)json_array_remove(policies, i);
	return json_array_size(policies) > 0;
}

/* What one report adds. */
struct adding {
	int64_t success, failure, detailed;
	size_t failures;
};

static void
count_policy(struct adding *a, const json_t *policy)
{
	const json_t *failures = json_object_get(policy, "failures");

	a->success += sts_js_int(policy, "success");
	a->failure += sts_js_int(policy, "failure");
	a->failures += json_array_size(failures);
	for (size_t i = 0; i < json_array_size(failures); i++)
		a->detailed += sts_js_int(json_array_get(failures, i), "count");
}

/* All caps of one report (reportread.h) together stay below 2^57. */
static struct adding
count_report(const json_t *report)
{
	const json_t *policies = json_object_get(report, "policies");
	struct adding a = { 0 };

	for (size_t i = 0; i < json_array_size(policies); i++)
		count_policy(&a, json_array_get(policies, i));
	return a;
}

static const char *
cap_reached(const struct sts_reportset *set, const struct adding *a)
{
	if (json_array_size(set->reports) >= STS_REPORTSET_REPORTS)
		return "there are more than 100000 reports: choose some with "
		       "--days or --domain";
	if (set->failures + a->failures > STS_REPORTSET_FAILURES)
		return "there are more than 100000 failures in all reports: "
		       "choose some with --days or --domain";
	if (a->success + a->failure + a->detailed > SUM_MAX - set->sum)
		return "its counts are too great to be added to the others";
	return NULL;
}

static void
keep(struct sts_reportset *set, json_t *report, const struct adding *a)
{
	json_t *with_file = json_pack("{s:o}", "file", file_json(set));

	set->failures += a->failures;
	set->success += a->success;
	set->failure += a->failure;
	set->sum += a->success + a->failure + a->detailed;
	if (json_object_update(report, with_file) != 0)
		set->err = STS_E_NOMEM;
	json_decref(with_file);
	append(set, set->reports, json_incref(report));
}

void
sts_reportset_report(struct sts_reportset *set, json_t *report)
{
	const char *cap;
	struct adding a;

	if (!is_asked_for(set, report) || !keep_domain(set, report)) {
		set->left_out++;
		goto out;
	}
	a = count_report(report);
	cap = cap_reached(set, &a);
	if (cap != NULL)
		sts_reportset_broken(set, cap);
	else if (!is_duplicate(set, report))
		keep(set, report, &a);
out:
	json_decref(report);
}

json_t *
sts_reportset_json(struct sts_reportset *set)
{
	return set->all;
}

static void
tell_untold(struct sts_reportset *set)
{
	char text[64];

	if (set->errors_untold == 0)
		return;
	(void)snprintf(
	    text, sizeof(text), "and %zu errors more", set->errors_untold);
	append(set, set->errors,
	    json_pack("{s:s, s:s}", "file", "others", "message", text));
}

enum sts_err
sts_reportset_finish(struct sts_reportset *set)
{
	json_t *total = json_pack("{s:I, s:I, s:I}", "reports",
	    (json_int_t)json_array_size(set->reports), "success",
	    (json_int_t)set->success, "failure", (json_int_t)set->failure);

	tell_untold(set);
	if (json_object_set_new(set->all, "total", total) != 0 ||
	    json_object_set_new(set->all, "left_out",
		json_integer((json_int_t)set->left_out)) != 0)
		set->err = STS_E_NOMEM;
	return set->err;
}
