/* The vocabulary: a contract, so every word stands here once more. */
#include "sts/core/words.h"

#include "test.h"

static void
results_have_their_words(void **state)
{
	(void)state;
	assert_string_equal(sts_result_text(STS_RESULT_NONE), "none");
	assert_string_equal(sts_result_text(STS_RESULT_PASS), "pass");
	assert_string_equal(sts_result_text(STS_RESULT_FAIL), "fail");
	assert_string_equal(sts_result_text(STS_RESULT_TEMPERROR), "temperror");
	assert_string_equal(sts_result_text(STS_RESULT_EXEMPT), "exempt");
	assert_string_equal(sts_result_text((enum sts_result)99), "");
}

static void
reasons_have_their_words(void **state)
{
	static const struct {
		enum sts_reason reason;
		const char *text;
	} words[] = {
		{ STS_REASON_NONE, "" },
		{ STS_REASON_STARTTLS_NOT_SUPPORTED, "starttls-not-supported" },
		{ STS_REASON_CERTIFICATE_HOST_MISMATCH,
		    "certificate-host-mismatch" },
		{ STS_REASON_CERTIFICATE_EXPIRED, "certificate-expired" },
		{ STS_REASON_CERTIFICATE_NOT_TRUSTED,
		    "certificate-not-trusted" },
		{ STS_REASON_VALIDATION_FAILURE, "validation-failure" },
		{ STS_REASON_TLSA_INVALID, "tlsa-invalid" },
		{ STS_REASON_DNSSEC_INVALID, "dnssec-invalid" },
		{ STS_REASON_DANE_REQUIRED, "dane-required" },
		{ STS_REASON_STS_POLICY_FETCH_ERROR, "sts-policy-fetch-error" },
		{ STS_REASON_STS_POLICY_INVALID, "sts-policy-invalid" },
		{ STS_REASON_STS_WEBPKI_INVALID, "sts-webpki-invalid" },
		{ STS_REASON_MX_MISMATCH, "mx-mismatch" },
		{ STS_REASON_UNREACHABLE, "unreachable" },
		{ STS_REASON_DNS_FAILURE, "dns-failure" },
		{ STS_REASON_ADDRESS_REFUSED, "address-refused" },
		{ STS_REASON_NULL_MX, "null-mx" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		enum sts_reason reason = (enum sts_reason)99;

		assert_string_equal(
		    sts_reason_text(words[i].reason), words[i].text);
		assert_int_equal(
		    sts_reason_parse(sts_slice_str(words[i].text), &reason),
		    STS_OK);
		assert_int_equal(reason, words[i].reason);
	}
	assert_string_equal(sts_reason_text((enum sts_reason)99), "");
}

static void
fetch_status_has_its_words(void **state)
{
	(void)state;
	assert_string_equal(sts_fetch_status_text(STS_FETCH_NONE), "NONE");
	assert_string_equal(sts_fetch_status_text(STS_FETCH_VALID), "VALID");
	assert_string_equal(
	    sts_fetch_status_text(STS_FETCH_FETCH_ERROR), "FETCH_ERROR");
	assert_string_equal(
	    sts_fetch_status_text(STS_FETCH_NOT_CHANGED), "NOT_CHANGED");
	assert_string_equal(
	    sts_fetch_status_text((enum sts_fetch_status)99), "");
}

static void
modes_are_written_and_read(void **state)
{
	static const struct {
		enum sts_mode mode;
		const char *text;
	} words[] = {
		{ STS_MODE_NONE, "none" },
		{ STS_MODE_TESTING, "testing" },
		{ STS_MODE_ENFORCE, "enforce" },
	};
	enum sts_mode mode;

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		assert_string_equal(
		    sts_mode_text(words[i].mode), words[i].text);
		assert_int_equal(
		    sts_mode_parse(sts_slice_str(words[i].text), &mode),
		    STS_OK);
		assert_int_equal(mode, words[i].mode);
	}
	assert_string_equal(sts_mode_text((enum sts_mode)99), "");
}

static void
actions_are_written_and_read(void **state)
{
	static const struct {
		enum sts_action action;
		const char *text;
	} words[] = {
		{ STS_ACTION_LOG, "log" },
		{ STS_ACTION_TAG, "tag" },
		{ STS_ACTION_DEFER, "defer" },
		{ STS_ACTION_QUARANTINE, "quarantine" },
		{ STS_ACTION_REJECT, "reject" },
	};
	enum sts_action action;

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		assert_string_equal(
		    sts_action_text(words[i].action), words[i].text);
		assert_int_equal(
		    sts_action_parse(sts_slice_str(words[i].text), &action),
		    STS_OK);
		assert_int_equal(action, words[i].action);
	}
	assert_string_equal(sts_action_text(STS_ACTION_ACCEPT), "accept");
	assert_string_equal(sts_action_text((enum sts_action)99), "");
}

static void
other_words_are_not_found(void **state)
{
	static const struct sts_slice others[] = { STS_LIT("accept"),
		STS_LIT("Enforce"), STS_LIT("DEFER"), STS_LIT("log "),
		STS_LIT("none\0"), STS_LIT("lo"), STS_LIT("logs"),
		STS_LIT("Null-MX") };
	enum sts_mode mode = STS_MODE_TESTING;
	enum sts_action action = STS_ACTION_TAG;
	enum sts_reason reason = STS_REASON_NULL_MX;

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_int_equal(
		    sts_mode_parse(others[i], &mode), STS_E_NOTFOUND);
		assert_int_equal(
		    sts_action_parse(others[i], &action), STS_E_NOTFOUND);
		assert_int_equal(
		    sts_reason_parse(others[i], &reason), STS_E_NOTFOUND);
	}
	assert_int_equal(
	    sts_mode_parse(sts_slice(NULL, 0), &mode), STS_E_NOTFOUND);
	assert_int_equal(
	    sts_action_parse(sts_slice(NULL, 0), &action), STS_E_NOTFOUND);
	assert_int_equal(mode, STS_MODE_TESTING);
	assert_int_equal(action, STS_ACTION_TAG);
	assert_int_equal(reason, STS_REASON_NULL_MX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_have_their_words),
		cmocka_unit_test(reasons_have_their_words),
		cmocka_unit_test(fetch_status_has_its_words),
		cmocka_unit_test(modes_are_written_and_read),
		cmocka_unit_test(actions_are_written_and_read),
		cmocka_unit_test(other_words_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
