/* core/statusread.c: what core/statusheader.c writes is read back. */
#include "test.h"

#include "sts/core/statusheader.h"
#include "sts/core/statusread.h"

static void
what_is_written_is_read(void **state)
{
	static const struct sts_verdict verdict = {
		.result = STS_RESULT_TEMPERROR,
		.reason = STS_REASON_UNREACHABLE,
		.in_policy = true,
		.mode = STS_MODE_ENFORCE,
	};
	const struct sts_status status = {
		.host = "relay.example.org",
		.domain = "a-long-enough-name-to-fold-the-line.example.com",
		.id = "20260101",
		.mx = "mx1.example.com",
		.verdict = &verdict,
		.action = STS_ACTION_QUARANTINE,
	};
	struct sts_status_read r;
	struct sts_buf b;

	(void)state;
	sts_buf_init(&b, 4096);
	sts_status_header(&status, 14, &b);
	assert_non_null(strstr(sts_buf_cstr(&b), "\n "));
	assert_int_equal(sts_status_read(sts_buf_view(&b), &r), STS_OK);
	assert_int_equal(r.result, STS_RESULT_TEMPERROR);
	assert_int_equal(r.reason, STS_REASON_UNREACHABLE);
	assert_true(r.has_mode);
	assert_int_equal(r.mode, STS_MODE_ENFORCE);
	assert_int_equal(r.action, STS_ACTION_QUARANTINE);
	assert_string_equal(r.host, status.host);
	assert_string_equal(r.domain, status.domain);
	sts_buf_deinit(&b);
}

static void
cases(void **state)
{
	static const struct {
		const char *value;
		bool good;
	} rows[] = {
		{ "fail; host=a.example; action=quarantine", true },
		{ " fail;\r\n\thost=a.example;\r\n\taction=log\r\n", true },
		{ "pass; host=a.example; action=accept", true },
		/* A key to come. */
		{ "fail; host=a.example; new=x; action=tag", true },
		{ "", false },
		{ "fail", false },
		{ "fail; host=a.example", false },
		{ "fail; action=quarantine", false },
		{ "failed; host=a.example; action=log", false },
		{ "fail; host=A.example; action=log", false },
		{ "fail; host=a.example; action=drop", false },
		{ "fail; host=a.example; action=log; policy=x", false },
		{ "fail; host=a.example; action=log; domain=a b", false },
		{ "fail; host=a.example; action=log; words", false },
	};
	struct sts_status_read r;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
		    sts_status_read(sts_slice_str(rows[i].value), &r),
		    rows[i].good ? STS_OK : STS_E_SYNTAX);
	assert_int_equal(
	    sts_status_read(STS_LIT("fail; host=a\0.example; action=log"), &r),
	    STS_E_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
