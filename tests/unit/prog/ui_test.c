/*
 * What people see: nothing that could move a terminal's cursor, columns that
 * fit, and times that can be read.
 */
#include "sts/prog/ui.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

/* Output into memory. */
struct output {
	struct sts_ui ui;
	FILE *stream;
	char *text;
	size_t n;
};

static void
open_output(struct output *o, enum sts_color color)
{
	o->stream = open_memstream(&o->text, &o->n);
	assert_non_null(o->stream);
	sts_ui_init(&o->ui, o->stream, color);
}

static void
assert_output(struct output *o, const char *expected)
{
	assert_int_equal(fclose(o->stream), 0);
	assert_string_equal(o->text, expected);
	free(o->text);
}

static void
test_put_escapes(void **state)
{
	struct output o;

	(void)state;
	open_output(&o, STS_COLOR_NEVER);
	sts_ui_put(&o.ui, STS_STYLE_BAD, "a\033[2J\xc3\xa4\r\n\\x");
	sts_ui_put(&o.ui, STS_STYLE_PLAIN, NULL);
	assert_output(&o, "a\\x1b[2J\\xc3\\xa4\\x0d\\x0a\\x");
}

static void
test_color_is_asked_for(void **state)
{
	struct output o;

	(void)state;
	open_output(&o, STS_COLOR_ALWAYS);
	sts_ui_put(&o.ui, STS_STYLE_GOOD, "pass");
	sts_ui_put(&o.ui, STS_STYLE_PLAIN, "!");
	assert_output(&o, "\033[32mpass\033[0m!");
	/* What is no terminal gets none by itself. */
	open_output(&o, STS_COLOR_AUTO);
	sts_ui_put(&o.ui, STS_STYLE_GOOD, "pass");
	assert_output(&o, "pass");
}

static void
test_field(void **state)
{
	struct output o;

	(void)state;
	open_output(&o, STS_COLOR_NEVER);
	sts_ui_field(&o.ui, "id", STS_STYLE_PLAIN, "1");
	sts_ui_field(&o.ui, "", STS_STYLE_PLAIN, "2");
	sts_ui_field(&o.ui, "left out", STS_STYLE_PLAIN, "");
	sts_ui_field(&o.ui, "left out", STS_STYLE_PLAIN, NULL);
	assert_output(&o, "  id            1\n"
			  "                2\n");
}

static void
test_columns(void **state)
{
	static const char *const rows[][3] = { { "a", "bbb", "c" },
		{ "a\n", NULL, "" } };
	struct sts_columns columns = { .n = 3 };
	struct output o;

	(void)state;
	open_output(&o, STS_COLOR_NEVER);
	for (size_t i = 0; i < COUNT(rows); i++)
		sts_columns_fit(&columns, rows[i]);
	for (size_t i = 0; i < COUNT(rows); i++)
		sts_columns_print(&o.ui, &columns, rows[i], NULL);
	assert_output(&o, "  a      bbb  c\n"
			  "  a\\x0a  -    -\n");
}

static void
test_wrap(void **state)
{
	struct output o;

	(void)state;
	open_output(&o, STS_COLOR_NEVER);
	sts_ui_wrap(&o.ui, "* ",
	    "one two three four five six seven eight nine ten eleven twelve "
	    "thirteen fourteen\n    as  it   is, however long it may be and "
	    "whatever stands in it, to the end\n\nlast\033");
	assert_output(&o,
	    "* one two three four five six seven eight nine ten eleven twelve "
	    "thirteen\n  fourteen\n"
	    "      as  it   is, however long it may be and whatever stands in "
	    "it, to the end\n"
	    "\n"
	    "  last\\x1b\n");
}

static void
test_duration(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} rows[] = {
		{ 0, "0 seconds" },
		{ 1, "1 second" },
		{ 59, "59 seconds" },
		{ 60, "1 minute" },
		{ 5400, "1 hour 30 minutes" },
		{ 86400, "1 day" },
		{ 86401, "1 day" },
		{ 90000, "1 day 1 hour" },
		{ 604800, "7 days" },
		{ 31557600, "365 days 6 hours" },
		{ -60, "1 minute" },
	};
	char text[STS_DURATION_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(
		    sts_duration_text(rows[i].s, text), rows[i].text);
	assert_true(
	    strlen(sts_duration_text(INT64_MAX, text)) < STS_DURATION_TEXT - 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_escapes),
		cmocka_unit_test(test_color_is_asked_for),
		cmocka_unit_test(test_field),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_duration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
