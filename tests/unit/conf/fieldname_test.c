/*
 * Which names our header may have.
 */
#include "sts/conf/fieldname.h"

#include "test.h"

#define A16 "aaaaaaaaaaaaaaaa"

static void
test_rows(void **state)
{
	static const struct {
		struct sts_slice name;
		enum sts_err err;
	} rows[] = {
		{ STS_LIT("MTA-STS-Status"), STS_OK },
		{ STS_LIT("X-MTA-STS"), STS_OK },
		{ STS_LIT("!#$%&'*+-.^_`|~"), STS_OK },
		{ STS_LIT("Contentment"), STS_OK },
		{ STS_LIT("X-Subject"), STS_OK },
		{ STS_LIT(A16 A16 A16 A16), STS_OK },
		{ STS_LIT(A16 A16 A16 A16 "a"), STS_E_SYNTAX },
		{ STS_LIT(""), STS_E_SYNTAX },
		{ STS_LIT("MTA STS"), STS_E_SYNTAX },
		{ STS_LIT("MTA-STS:"), STS_E_SYNTAX },
		{ STS_LIT("MTA\r\nSTS"), STS_E_SYNTAX },
		{ STS_LIT("MTA\0STS"), STS_E_SYNTAX },
		{ STS_LIT("MTA\x7f"), STS_E_SYNTAX },
		{ STS_LIT("St\xc3\xa4tus"), STS_E_SYNTAX },
		{ STS_LIT("Subject"), STS_E_REFUSED },
		{ STS_LIT("subject"), STS_E_REFUSED },
		{ STS_LIT("FROM"), STS_E_REFUSED },
		{ STS_LIT("Received"), STS_E_REFUSED },
		{ STS_LIT("Content-Type"), STS_E_REFUSED },
		{ STS_LIT("Content-"), STS_E_REFUSED },
		{ STS_LIT("resent-to"), STS_E_REFUSED },
		{ STS_LIT("ARC-Seal"), STS_E_REFUSED },
		{ STS_LIT("DKIM-Signature"), STS_E_REFUSED },
		{ STS_LIT("Authentication-Results"), STS_E_REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (sts_field_name_check(rows[i].name) != rows[i].err)
			fail_msg("%.*s", (int)rows[i].name.n, rows[i].name.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
