/* front/reply.c */
#include "sts/front/reply.h"

#include "test.h"

#include <string.h>

struct row {
	enum sts_action action;
	struct sts_verdict verdict;
	const char *mx;
	const char *code, *status, *text;
};

#define VERDICT(result, reason, in_policy)                                     \
	{                                                                      \
		STS_RESULT_##result, STS_REASON_##reason, STS_NO_MX, false,    \
		    in_policy, STS_MODE_ENFORCE                                \
	}

static const struct row rows[] = {
	{ STS_ACTION_DEFER, VERDICT(FAIL, CERTIFICATE_EXPIRED, true),
	    "mx1.example.com", "451", "4.7.5",
	    "example.com: MTA-STS policy (enforce) and no validated TLS path: "
	    "certificate-expired at mx1.example.com; try again later" },
	{ STS_ACTION_REJECT, VERDICT(FAIL, STARTTLS_NOT_SUPPORTED, true),
	    "mx1.example.com", "550", "5.7.4",
	    "example.com: MTA-STS policy (enforce) and no validated TLS path: "
	    "starttls-not-supported at mx1.example.com" },
	{ STS_ACTION_DEFER, VERDICT(FAIL, MX_MISMATCH, true), "mx9.example.com",
	    "451", "4.7.0",
	    "example.com: MTA-STS policy (enforce) and no validated TLS path: "
	    "mx-mismatch at mx9.example.com; try again later" },
	{ STS_ACTION_DEFER, VERDICT(TEMPERROR, UNREACHABLE, true), "", "451",
	    "4.4.1",
	    "example.com: MTA-STS policy (enforce) and no MX host could be "
	    "reached to prove a TLS path: unreachable; try again later" },
	{ STS_ACTION_DEFER, VERDICT(TEMPERROR, DNS_FAILURE, false), "", "451",
	    "4.4.3",
	    "example.com: the MTA-STS policy could not be looked up: "
	    "dns-failure; try again later" },
	{ STS_ACTION_REJECT, VERDICT(TEMPERROR, NONE, false), "", "550",
	    "5.7.0", "example.com: the MTA-STS policy could not be looked up" },
};

/* RFC 8689: whatever the policy says. */
static void
requiretls_has_words_of_its_own(void **state)
{
	struct sts_verdict v = VERDICT(FAIL, VALIDATION_FAILURE, false);
	struct sts_reply reply;

	(void)state;
	v.required = true;
	sts_reply_of(STS_ACTION_REJECT, &v, "example.com", "", &reply);
	assert_string_equal(reply.status, "5.7.30");
	assert_string_equal(reply.text,
	    "example.com: REQUIRETLS and no validated TLS path: "
	    "validation-failure");
	v.result = STS_RESULT_TEMPERROR;
	v.reason = STS_REASON_DNS_FAILURE;
	sts_reply_of(STS_ACTION_DEFER, &v, "example.com", "", &reply);
	assert_string_equal(reply.status, "4.4.3");
}

static void
texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sts_reply reply;

		sts_reply_of(rows[i].action, &rows[i].verdict, "example.com",
		    rows[i].mx, &reply);
		assert_string_equal(reply.code, rows[i].code);
		assert_string_equal(reply.status, rows[i].status);
		assert_string_equal(reply.text, rows[i].text);
	}
}

/* Two names of 253 bytes do not fit in a line. */
static void
a_long_text_is_cut(void **state)
{
	char name[STS_DOMAIN_SIZE];
	struct sts_reply reply;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	sts_reply_of(STS_ACTION_DEFER, &rows[0].verdict, name, name, &reply);
	assert_int_equal(strlen(reply.text), STS_REPLY_TEXT - 1);
	assert_string_equal(reply.text + STS_REPLY_TEXT - 4, "...");
}

static void
what_comes_from_outside_is_escaped(void **state)
{
	struct sts_reply reply;

	(void)state;
	sts_reply_of(
	    STS_ACTION_DEFER, &rows[0].verdict, "a\r\n250 ok", "\x1b[", &reply);
	assert_null(strchr(reply.text, '\r'));
	assert_null(strchr(reply.text, '\n'));
	assert_null(strchr(reply.text, '\x1b'));
}

static void
every_reason_has_codes_of_its_class(void **state)
{
	(void)state;
	for (int i = STS_REASON_NONE; i <= STS_REASON_NULL_MX; i++) {
		struct sts_verdict v = VERDICT(FAIL, NONE, true);
		struct sts_reply reply;

		v.reason = (enum sts_reason)i;
		sts_reply_of(STS_ACTION_DEFER, &v, "x.example", "", &reply);
		assert_int_equal(reply.status[0], '4');
		sts_reply_of(STS_ACTION_REJECT, &v, "x.example", "", &reply);
		assert_int_equal(reply.status[0], '5');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requiretls_has_words_of_its_own),
		cmocka_unit_test(texts),
		cmocka_unit_test(a_long_text_is_cut),
		cmocka_unit_test(what_comes_from_outside_is_escaped),
		cmocka_unit_test(every_reason_has_codes_of_its_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
