/*
 * The table of options: its rows are complete, its words are those of core, and
 * it prints as the checks of manual and sample read it.
 */
#include "sts/conf/conf.h"
#include "sts/conf/option.h"
#include "sts/core/words.h"

#include "test.h"

static void
assert_row(const struct sts_option *option)
{
	struct sts_buf accepted;

	assert_non_null(option->type);
	assert_non_null(option->type->name);
	assert_non_null(option->doc);
	assert_true(strlen(option->doc) < 80);
	/* A list without a place for its count, a number without a range … */
	assert_true(option->type->element == 0 || option->also > 0);
	assert_true(option->type != &sts_type_socket || option->also > 0);
	assert_true((option->type == &sts_type_seconds) == (option->max > 0));
	assert_true(
	    (option->type == &sts_type_word ||
		option->type == &sts_type_bool) == (option->words != NULL));
	sts_buf_init(&accepted, 1000);
	sts_option_accepted(option, &accepted);
	assert_true(accepted.n > 0);
	assert_int_equal(sts_buf_err(&accepted), STS_OK);
	sts_buf_deinit(&accepted);
}

static void
test_rows(void **state)
{
	const struct sts_option *option;

	(void)state;
	for (option = sts_conf_options; option->name != NULL; option++) {
		assert_row(option);
		assert_non_null(option->def);
		/* Found by its name, and so the only one of it. */
		assert_ptr_equal(sts_option_find(sts_conf_options,
				     sts_slice_str(option->name)),
		    option);
	}
	for (option = sts_exception_options; option->name != NULL; option++)
		assert_row(option);
	assert_null(sts_option_find(sts_conf_options, STS_LIT("probe_")));
	assert_null(sts_option_find(sts_conf_options, STS_LIT("prob")));
	assert_null(sts_option_find(sts_conf_options, STS_LIT("")));
}

static void
test_action_words(void **state)
{
	const struct sts_option *option =
	    sts_option_find(sts_conf_options, STS_LIT("on_fail"));
	const struct sts_word *word;
	enum sts_action action;
	unsigned n = 0;

	(void)state;
	for (word = option->words; word->text != NULL; word++, n++) {
		assert_int_equal(
		    sts_action_parse(sts_slice_str(word->text), &action),
		    STS_OK);
		assert_int_equal(action, word->value);
	}
	assert_int_equal(n, 5); /* all but accept */
}

static void
test_print(void **state)
{
	static const char *const lines[] = {
		"rcpt_wait\tseconds\t8\twhole seconds from 0 to 3600\t"
		"how long a recipient waits for its answer\n",
		"mailers\tlist of names\t{\"smtp\", \"esmtp\", \"relay\"}\t",
		"dns_servers\tlist of DNS servers\t{}\t",
		"store\tpath\t\"/var/lib/mta-sts-milter/cache.db\"\t",
		"user\ttext\t\"\"\t",
		"probe\tboolean\ttrue\t",
		"domain.on_fail\tword\t\tone of tag, defer, quarantine, "
		"reject, log\tin place of the general on_fail\n",
	};
	struct sts_buf b;
	struct sts_slice rest, line, part;
	unsigned tabs;

	(void)state;
	sts_buf_init(&b, 1 << 16);
	sts_conf_print_options(&b);
	assert_int_equal(sts_buf_err(&b), STS_OK);
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_non_null(strstr(sts_buf_cstr(&b), lines[i]));
	rest = sts_buf_view(&b);
	while (sts_slice_cut(&rest, '\n', &line)) {
		for (tabs = 0; sts_slice_cut(&line, '\t', &part); tabs++)
			;
		assert_int_equal(tabs, 4);
	}
	sts_buf_deinit(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_action_words),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
