/*
 * The control socket's lines without memory: a request is read, and an answer
 * or a record written, as a whole or not at all.
 */
#include "sts/front/answerjson.h"
#include "sts/front/controlrequest.h"
#include "sts/report/jsontext.h"

#include "../starve.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t now = 1767225600; /* 2026-01-01T00:00:00Z */

static bool
read_request(void *cookie)
{
	struct sts_control_request request = { .domain = "?" };
	const char *why = NULL;
	enum sts_err err = sts_control_request_parse(
	    STS_LIT("{\"command\":\"cache-show\","
		    "\"domain\":\"A-rather-long-name.of-a-domain.example.\"}"),
	    &request, &why);

	(void)cookie;
	if (err != STS_OK) {
		/* jansson may call it a fault of the text. */
		assert_true(err == STS_E_NOMEM || why != NULL);
		assert_string_equal(request.domain, "?");
		return false;
	}
	assert_int_equal(request.word, STS_CONTROL_CACHE_SHOW);
	assert_string_equal(
	    request.domain, "a-rather-long-name.of-a-domain.example");
	return true;
}

static void
request(void **state)
{
	(void)state;
	assert_true(starve(read_request, NULL) > 5);
}

struct wanted {
	const struct sts_answer *answer;
	const struct sts_record *record;
	char *text;
};

/* Takes the value over. */
static bool
is_whole(json_t *value, const struct wanted *wanted)
{
	char *text = sts_json_text(value);
	bool made = text != NULL;

	json_decref(value);
	if (made)
		assert_string_equal(text, wanted->text);
	free(text);
	return made;
}

static bool
write_answer(void *cookie)
{
	const struct wanted *wanted = cookie;

	return is_whole(sts_answer_json(wanted->answer), wanted);
}

static bool
write_record(void *cookie)
{
	const struct wanted *wanted = cookie;

	return is_whole(sts_record_json(wanted->record, now, true), wanted);
}

/* Takes the value over. */
static char *
whole(json_t *value)
{
	char *text = sts_json_text(value);

	assert_non_null(text);
	json_decref(value);
	return text;
}

static struct sts_policy *
new_policy(void)
{
	struct sts_policy *policy;

	assert_int_equal(
	    sts_policy_parse(STS_LIT("version: STSv1\nmode: enforce\n"
				     "mx: *.example.com\nmx: mx.example\n"
				     "max_age: 86400\n"),
		NULL, NULL, &policy),
	    STS_OK);
	return policy;
}

static void
answer(void **state)
{
	static const struct sts_host_outcome seen = {
		.host = "mx.example",
		.tls = "TLSv1.3",
		.not_after = now,
	};
	struct sts_mx_outcome mx[] = { { .seen = sts_host_outcome_new(&seen) },
		{ .host = "" } };
	const struct sts_answer draft = {
		.domain = "a.example",
		.discovery = { .policy = new_policy(), .expires = now },
		.mx_asked = true,
		.n_mx = 2,
		.mx = mx,
	};
	struct sts_answer *a = sts_answer_new(&draft);
	struct wanted wanted = { .answer = a };

	(void)state;
	assert_non_null(a);
	sts_host_outcome_put(mx[0].seen);
	sts_policy_put(draft.discovery.policy);
	wanted.text = whole(sts_answer_json(a));
	assert_true(starve(write_answer, &wanted) > 50);
	free(wanted.text);
	sts_answer_put(a);
}

static void
record(void **state)
{
	const struct sts_record draft = {
		.domain = "a.example",
		.policy = new_policy(),
		.fetched_at = now,
		.confirmed_at = now,
		.used_at = now,
	};
	struct sts_record *r = sts_record_new(&draft);
	struct wanted wanted = { .record = r };

	(void)state;
	assert_non_null(r);
	sts_policy_put(draft.policy);
	wanted.text = whole(sts_record_json(r, now, true));
	assert_true(starve(write_record, &wanted) > 20);
	free(wanted.text);
	sts_record_put(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request),
		cmocka_unit_test(answer),
		cmocka_unit_test(record),
	};

	json_set_alloc_funcs(starve_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
