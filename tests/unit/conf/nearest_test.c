/*
 * "Did you mean": which known word is offered for which slip.
 */
#include "sts/conf/nearest.h"

#include "test.h"

static void
test_rows(void **state)
{
	static const struct {
		const char *word, *best;
	} rows[] = {
		{ "defer", "defer" },
		{ "Defer", "defer" },
		{ "deffer", "defer" },
		{ "dfeer", "defer" },
		{ "defre", "defer" },
		{ "refer", "defer" },
		{ "difar", "defer" },
		{ "lgo", "log" },
		{ "lo", "log" },
		{ "tga", "tag" },
		{ "quarantaine", "quarantine" },
		{ "qarantin", "quarantine" },
		{ "bounce", NULL },
		{ "x", NULL },
		{ "", NULL },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
	};
	static const char *const known[] = { "tag", "defer", "quarantine",
		"reject", "log",
		"this-is-a-word-of-more-than-32-bytes-in-all" };
	struct sts_nearest nearest;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		sts_nearest_init(&nearest, sts_slice_str(rows[i].word));
		for (size_t k = 0; k < COUNT(known); k++)
			sts_nearest_offer(&nearest, known[k]);
		if (rows[i].best == NULL
			? nearest.best != NULL
			: nearest.best == NULL ||
			      strcmp(nearest.best, rows[i].best) != 0)
			fail_msg("%s: %s", rows[i].word,
			    nearest.best == NULL ? "none" : nearest.best);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
