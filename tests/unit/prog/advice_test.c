/*
 * Advice: every reason has some, it names what it is about, and nothing of the
 * table's own language is left in it.
 */
#include "sts/prog/findings.h"

#include "sts/core/words.h"
#include "sts/prog/js.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>

enum { NOW = 1795348800 }; /* 2026-11-22T12:00:00Z */

/* An answer of one MX host, all parts of which a row may change. */
struct facts {
	const char *status, *mode, *txt, *reason, *detail;
	const char *mx_state, *mx_reason, *mx_detail, *not_after;
	int max_age;
};

/* `text` or null. */
static json_t *
text(const char *s)
{
	return s == NULL ? json_null() : json_string(s);
}

static json_t *
make(const struct facts *f)
{
	bool failed = f->mx_reason != NULL;
	json_t *answer = json_pack(
	    "{s:s, s:s, s:{s:s, s:o, s:o, s:o, s:o, s:i, "
	    "s:s}, s:[], s:o, s:s}",
	    "domain", "example.com", "result", failed ? "fail" : "pass",
	    "policy", "status", f->status, "mode", text(f->mode), "txt",
	    text(f->txt), "reason", text(f->reason), "detail", text(f->detail),
	    "max_age", f->max_age == 0 ? 604800 : f->max_age, "expires",
	    "2027-01-01T00:00:00Z", "mx", "mx_state", text(f->mx_state),
	    "mx_detail", "the MX detail");

	assert_non_null(answer);
	if (f->mx_state != NULL)
		assert_int_equal(
		    json_array_append_new(json_object_get(answer, "mx"),
			json_pack("{s:s, s:s, s:o, s:o, s:o}", "host",
			    "mx1.example.com", "result",
			    failed ? "fail" : "pass", "reason",
			    text(f->mx_reason), "detail", text(f->mx_detail),
			    "not_after", text(f->not_after))),
		    0);
	return answer;
}

/* All paragraphs of the advice, a line each; to be given to free(). */
static char *
advise(const struct facts *f)
{
	json_t *answer = make(f), *paragraph;
	char *all = NULL;
	size_t size = 0, i;
	FILE *stream = open_memstream(&all, &size);

	assert_non_null(stream);
	assert_int_equal(sts_findings_add(answer, NULL, NOW), STS_OK);
	assert_true(json_is_array(json_object_get(answer, "advice")));
	json_array_foreach(json_object_get(answer, "advice"), i, paragraph)
	    assert_true(
		fprintf(stream, "%s\n", json_string_value(paragraph)) > 0);
	assert_int_equal(fclose(stream), 0);
	json_decref(answer);
	return all;
}

static void
assert_advice(const struct facts *f, const char *part)
{
	char *all = advise(f);

	if (strstr(all, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, all);
	free(all);
}

static void
test_nothing_to_say(void **state)
{
	static const struct facts pass = { .status = "VALID",
		.mode = "enforce",
		.txt = "found",
		.mx_state = "known",
		.not_after = "2027-06-01T00:00:00Z" };
	char *all = advise(&pass);

	(void)state;
	assert_string_equal(all, "");
	free(all);
}

/* The first reason is "nothing to explain"; each other is known to one of the
 * parts of the table, whatever its detail. */
static void
test_every_reason(void **state)
{
	static const enum sts_advice_about parts[] = { STS_ABOUT_TXT,
		STS_ABOUT_FETCH, STS_ABOUT_HOST };

	(void)state;
	for (int i = STS_REASON_NONE + 1; i <= STS_REASON_NULL_MX; i++) {
		const char *reason = sts_reason_text((enum sts_reason)i);
		bool known = i == STS_REASON_NULL_MX;

		for (size_t j = 0; j < COUNT(parts); j++)
			known |= sts_advice_find(parts[j], reason, "", false) !=
				 NULL;
		if (!known)
			fail_msg("no advice on %s", reason);
	}
	assert_non_null(sts_advice_find(STS_ABOUT_MX, "null", "", false));
}

/* Every entry is the first that matches something, and can be told. */
static void
test_every_entry(void **state)
{
	(void)state;
	for (size_t i = 0; i < sts_advice_table_n; i++) {
		const struct sts_advice *e = &sts_advice_table[i];

		assert_ptr_equal(
		    sts_advice_find(e->about, e->key,
			e->detail == NULL ? "" : e->detail, e->in_force),
		    e);
		assert_true(e->means != NULL && e->means[0] != '\0');
	}
}

static void
test_words_are_replaced(void **state)
{
	struct facts f = { .status = "VALID",
		.mode = "enforce",
		.txt = "found",
		.mx_state = "known",
		.mx_detail = "the detail" };

	(void)state;
	for (int i = STS_REASON_NONE; i <= STS_REASON_NULL_MX; i++) {
		char *all;

		f.mx_reason = sts_reason_text((enum sts_reason)i);
		all = advise(&f);
		for (const char *at = all; (at = strchr(at, '{')) != NULL; at++)
			assert_true(at[1] == '\n' || at[1] == ' ');
		free(all);
	}
}

static const struct {
	struct facts facts;
	const char *part;
} rows[] = {
	/* The record to publish, and what comes before it. */
	{ { .status = "NONE", .txt = "none" },
	    "_mta-sts.example.com. IN TXT \"v=STSv1; id=20261122T120000\"" },
	{ { .status = "NONE", .txt = "none" },
	    "https://mta-sts.example.com/.well-known/mta-sts.txt" },
	{ { .status = "NONE", .txt = "none" }, "    mode: testing\n" },
	{ { .status = "NONE", .txt = "none", .mx_state = "known" },
	    "    mx: mx1.example.com\n" },
	{ { .status = "NONE", .txt = "multiple" }, "all of them but one" },
	{ { .status = "NONE", .txt = "invalid", .detail = "the id is empty" },
	    "(the id is empty)" },
	{ { .status = "NONE",
	      .txt = "none",
	      .detail = "a record resembles one" },
	    "exactly v=STSv1" },
	/* DNS that fails is not a record that is missing. */
	{ { .status = "FETCH_ERROR",
	      .reason = "dns-failure",
	      .detail = "SERVFAIL" },
	    "not the same as none" },
	{ { .status = "FETCH_ERROR", .mode = "enforce", .detail = "SERVFAIL" },
	    "in force until 2027-01-01T00:00:00Z" },
	{ { .status = "NONE", .txt = "none", .mode = "enforce" },
	    "is gone, but a policy" },
	/* The fetch. */
	{ { .status = "FETCH_ERROR",
	      .txt = "found",
	      .reason = "sts-policy-fetch-error",
	      .detail = "mta-sts.example.com has no address record" },
	    "mta-sts.example.com. IN A " },
	{ { .status = "FETCH_ERROR",
	      .txt = "found",
	      .reason = "sts-policy-fetch-error",
	      .detail = "redirect (301) is not allowed" },
	    "must not follow" },
	{ { .status = "FETCH_ERROR",
	      .txt = "found",
	      .reason = "sts-policy-fetch-error",
	      .detail = "HTTP status 404" },
	    "exactly this address" },
	{ { .status = "FETCH_ERROR",
	      .txt = "found",
	      .reason = "sts-policy-fetch-error",
	      .detail = "media type text/html" },
	    "default_type text/plain" },
	{ { .status = "FETCH_ERROR",
	      .txt = "found",
	      .reason = "sts-webpki-invalid",
	      .detail = "certificate names www.example.com; not "
			"mta-sts.example.com" },
	    "common name (CN) does not count" },
	{ { .status = "FETCH_ERROR",
	      .txt = "found",
	      .reason = "sts-policy-invalid",
	      .detail = "line 2: mode is unknown" },
	    "line 2: mode is unknown" },
	{ { .status = "FETCH_ERROR",
	      .txt = "found",
	      .mode = "enforce",
	      .detail = "HTTP status 500" },
	    "looked at again (HTTP status 500)" },
	/* The policy. */
	{ { .status = "VALID", .mode = "testing", .txt = "found" },
	    "mode testing" },
	{ { .status = "VALID",
	      .mode = "enforce",
	      .txt = "found",
	      .max_age = 3600 },
	    "only 3600 seconds" },
	/* The hosts. */
	{ { .status = "VALID",
	      .mode = "enforce",
	      .txt = "found",
	      .mx_state = "known",
	      .mx_reason = "mx-mismatch" },
	    "\n    mx: mx1.example.com\n" },
	{ { .status = "VALID",
	      .mode = "enforce",
	      .txt = "found",
	      .mx_state = "known",
	      .mx_reason = "certificate-expired",
	      .mx_detail = "certificate expired on 2026-01-01T00:00:00Z" },
	    "    mx1.example.com: certificate expired on 2026-01-01" },
	{ { .status = "VALID",
	      .mode = "enforce",
	      .txt = "found",
	      .mx_state = "known",
	      .not_after = "2026-11-30T00:00:00Z" },
	    "mx1.example.com: until 2026-11-30T00:00:00Z" },
	{ { .status = "VALID",
	      .mode = "enforce",
	      .txt = "found",
	      .mx_state = "known",
	      .mx_reason = "starttls-not-supported" },
	    "    domain \"example.com\" {\n" },
	{ { .status = "VALID",
	      .mode = "enforce",
	      .txt = "found",
	      .mx_state = "null" },
	    "RFC 7505" },
	{ { .status = "VALID",
	      .mode = "enforce",
	      .txt = "found",
	      .mx_state = "unknown" },
	    "(the MX detail)" },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_advice(&rows[i].facts, rows[i].part);
}

/* In testing nothing is held up, so nobody is told of exceptions. */
static void
test_no_exception_for_testing(void **state)
{
	static const struct facts f = { .status = "VALID",
		.mode = "testing",
		.txt = "found",
		.mx_state = "known",
		.mx_reason = "certificate-expired" };
	char *all = advise(&f);

	(void)state;
	assert_null(strstr(all, "exception"));
	free(all);
}

/* Hosts with one fault are told of together. */
static void
test_hosts_together(void **state)
{
	static const struct facts f = { .status = "VALID",
		.mode = "enforce",
		.txt = "found",
		.mx_state = "known",
		.mx_reason = "unreachable" };
	json_t *answer = make(&f), *mx = json_object_get(answer, "mx");
	json_t *other = json_deep_copy(json_array_get(mx, 0));
	const char *first;

	(void)state;
	json_object_set_new(other, "host", json_string("mx2.example.com"));
	assert_int_equal(json_array_append_new(mx, other), 0);
	assert_int_equal(sts_findings_add(answer, NULL, NOW), STS_OK);
	first = json_string_value(
	    json_array_get(json_object_get(answer, "advice"), 0));
	assert_string_equal(first, "Not reached, which proves nothing either "
				   "way:\n    mx1.example.com\n"
				   "    mx2.example.com");
	json_decref(answer);
}

/* An answer with nothing in it is no reason to crash. */
static void
test_empty_answer(void **state)
{
	json_t *answer = json_object();

	(void)state;
	assert_int_equal(sts_findings_add(answer, NULL, NOW), STS_OK);
	assert_true(json_is_array(json_object_get(answer, "advice")));
	json_decref(answer);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_to_say),
		cmocka_unit_test(test_every_reason),
		cmocka_unit_test(test_every_entry),
		cmocka_unit_test(test_words_are_replaced),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_exception_for_testing),
		cmocka_unit_test(test_hosts_together),
		cmocka_unit_test(test_empty_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
