/*
 * Findings and the page about them without memory: whole or not at all.
 */
#include "sts/prog/checkpage.h"
#include "sts/prog/findings.h"

#include "../starve.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { NOW = 1795348800 }; /* 2026-11-22T12:00:00Z */

/* Something of everything. */
static const char text[] =
    "{\"domain\":\"example.com\",\"result\":\"fail\","
    "\"reason\":\"certificate-expired\",\"policy\":{\"status\":\"VALID\","
    "\"source\":\"network\",\"id\":\"7\",\"mode\":\"enforce\","
    "\"mx\":[\"mx1.example.com\",\"old.example.com\"],\"max_age\":3600,"
    "\"txt\":\"found\"},\"mx\":[{\"host\":\"mx1.example.com\",\"match\":true,"
    "\"result\":\"fail\",\"reason\":\"certificate-expired\","
    "\"detail\":\"certificate expired on 2026-11-21\","
    "\"not_after\":\"2026-11-21T00:00:00Z\"}],\"mx_state\":\"known\","
    "\"tlsrpt\":{\"status\":\"none\",\"rua\":[]}}";

struct wanted {
	json_t *answer; /* read before memory runs out */
	char *findings, *page; /* NULL: not known yet */
};

static bool
is_same(char **wanted, const char *made)
{
	if (*wanted == NULL)
		*wanted = strdup(made);
	assert_string_equal(made, *wanted);
	return true;
}

static bool
has_findings(struct wanted *wanted, const json_t *answer)
{
	char *made =
	    json_dumps(json_object_get(answer, "findings"), JSON_SORT_KEYS);
	bool worked = made != NULL && is_same(&wanted->findings, made);

	free(made);
	return worked;
}

static bool
has_page(struct wanted *wanted, json_t *answer)
{
	json_t *answers = json_array();
	struct sts_html h;
	bool worked = false;

	sts_html_init(&h);
	if (json_array_append(answers, answer) == 0) {
		sts_checkpage_put(&h, answers, false, NOW);
		worked = sts_html_err(&h) == STS_OK &&
			 is_same(&wanted->page, sts_buf_cstr(&h.out));
	}
	sts_html_deinit(&h);
	json_decref(answers);
	return worked;
}

static bool
make(void *cookie)
{
	const struct wanted *wanted = cookie;
	json_t *answer = json_deep_copy(wanted->answer);
	bool worked = answer != NULL &&
		      sts_findings_add(answer, NULL, NOW) == STS_OK &&
		      has_findings(cookie, answer) && has_page(cookie, answer);

	json_decref(answer);
	return worked;
}

static void
test_whole_or_not_at_all(void **state)
{
	struct wanted wanted = { .answer = json_loads(text, 0, NULL) };

	(void)state;
	assert_true(make(&wanted));
	json_set_alloc_funcs(starve_malloc, free);
	assert_true(starve(make, &wanted) > 100);
	json_set_alloc_funcs(malloc, free);
	assert_non_null(strstr(wanted.findings, "unused-mx"));
	assert_non_null(strstr(wanted.page, "is being held up"));
	json_decref(wanted.answer);
	free(wanted.findings);
	free(wanted.page);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
