/* The value of MTA-STS-Status, to the byte: filters downstream read it. */
#include "sts/core/statusheader.h"

#include "test.h"

#include <stdio.h>

static const char name[] = "MTA-STS-Status";

static const struct sts_verdict failed = {
	.result = STS_RESULT_FAIL,
	.reason = STS_REASON_CERTIFICATE_EXPIRED,
	.in_policy = true,
	.mode = STS_MODE_ENFORCE,
};

static void
check(const struct sts_status *status, const char *want)
{
	struct sts_buf b;

	sts_buf_init(&b, 4096);
	sts_status_header(status, strlen(name), &b);
	assert_int_equal(sts_buf_err(&b), STS_OK);
	assert_string_equal(sts_buf_cstr(&b), want);
	sts_buf_deinit(&b);
}

static void
has_all_pairs_in_order(void **state)
{
	const struct sts_status status = {
		.host = "relay.example.org",
		.domain = "example.com",
		.id = "20260101",
		.mx = "mx1.example.com",
		.verdict = &failed,
		.action = STS_ACTION_TAG,
	};

	(void)state;
	check(&status,
	    "fail; host=relay.example.org; domain=example.com;\n"
	    " policy=enforce; id=20260101; reason=certificate-expired;\n"
	    " mx=mx1.example.com; action=tag");
}

/* Several domains among the recipients: a Bcc is not told to the others. */
static void
leaves_out_what_has_no_value(void **state)
{
	const struct sts_status untold = {
		.host = "relay.example.org",
		.verdict = &failed,
		.action = STS_ACTION_DEFER,
	};
	const struct sts_status empty = {
		.host = "",
		.domain = "",
		.id = "",
		.mx = "",
		.verdict = &failed,
		.action = STS_ACTION_DEFER,
	};

	(void)state;
	check(&untold, "fail; host=relay.example.org; policy=enforce;\n"
		       " reason=certificate-expired; action=defer");
	check(&empty,
	    "fail; policy=enforce; reason=certificate-expired;\n action=defer");
}

static void
tells_of_every_result(void **state)
{
	static const struct {
		struct sts_verdict verdict;
		enum sts_action action;
		const char *want;
	} cases[] = {
		{ { STS_RESULT_PASS, STS_REASON_NONE, 0, false, true,
		      STS_MODE_ENFORCE },
		    STS_ACTION_ACCEPT,
		    "pass; host=h.example; policy=enforce; action=accept" },
		{ { STS_RESULT_NONE, STS_REASON_NONE, STS_NO_MX, false, false,
		      STS_MODE_NONE },
		    STS_ACTION_ACCEPT, "none; host=h.example; action=accept" },
		{ { STS_RESULT_NONE, STS_REASON_NONE, STS_NO_MX, false, true,
		      STS_MODE_NONE },
		    STS_ACTION_ACCEPT,
		    "none; host=h.example; policy=none; action=accept" },
		{ { STS_RESULT_FAIL, STS_REASON_MX_MISMATCH, 0, false, true,
		      STS_MODE_TESTING },
		    STS_ACTION_LOG,
		    "fail; host=h.example; policy=testing; "
		    "reason=mx-mismatch;\n action=log" },
		{ { STS_RESULT_TEMPERROR, STS_REASON_DNS_FAILURE, STS_NO_MX,
		      false, false, STS_MODE_NONE },
		    STS_ACTION_LOG,
		    "temperror; host=h.example; reason=dns-failure; "
		    "action=log" },
		{ { STS_RESULT_EXEMPT, STS_REASON_NONE, STS_NO_MX, false, false,
		      STS_MODE_NONE },
		    STS_ACTION_ACCEPT,
		    "exempt; host=h.example; action=accept" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct sts_status status = {
			.host = "h.example",
			.verdict = &cases[i].verdict,
			.action = cases[i].action,
		};

		check(&status, cases[i].want);
	}
}

/* Each line of the whole header, its name on the first. */
static size_t
longest_line(const char *value, size_t name_len)
{
	size_t column = name_len + 2, longest = 0;

	for (; *value != '\0'; value++) {
		column = *value == '\n' ? 0 : column + 1;
		if (column > longest)
			longest = column;
	}
	return longest;
}

static void
folds_at_76_columns(void **state)
{
	char host[80];
	struct sts_status status = {
		.host = host,
		.domain = "example.com",
		.id = "20260101",
		.mx = "mx1.example.com",
		.verdict = &failed,
		.action = STS_ACTION_TAG,
	};
	struct sts_buf b;

	(void)state;
	sts_buf_init(&b, 4096);
	for (size_t name_len = 1; name_len < 50; name_len++) {
		for (size_t n = 1; n <= 69; n++) {
			memset(host, 'h', n);
			host[n] = '\0';
			sts_buf_clear(&b);
			sts_status_header(&status, name_len, &b);
			assert_true(
			    longest_line(sts_buf_cstr(&b), name_len) <= 76);
			/* Only ever after a semicolon, and before a space. */
			for (const char *c = strchr(sts_buf_cstr(&b), '\n');
			     c != NULL; c = strchr(c + 1, '\n')) {
				assert_int_equal(c[-1], ';');
				assert_int_equal(c[1], ' ');
			}
		}
	}
	sts_buf_deinit(&b);
}

/* What fits exactly stays; a byte more folds. */
static void
folds_no_sooner_than_needed(void **state)
{
	char host[64] = "";
	struct sts_status status = {
		.host = host,
		.verdict = &failed,
		.action = STS_ACTION_TAG,
	};
	char want[256];

	(void)state;
	/* "MTA-STS-Status: fail; host=" are 27 columns, the ";" is one. */
	memset(host, 'h', 76 - 28);
	(void)snprintf(want, sizeof(want),
	    "fail; host=%s;\n policy=enforce; reason=certificate-expired; "
	    "action=tag",
	    host);
	check(&status, want);
	host[76 - 28] = 'h';
	(void)snprintf(want, sizeof(want),
	    "fail;\n host=%s; policy=enforce;\n "
	    "reason=certificate-expired; action=tag",
	    host);
	check(&status, want);
}

static void
splits_no_pair(void **state)
{
	char domain[254];
	const struct sts_status status = {
		.host = "relay.example.org",
		.domain = domain,
		.verdict = &failed,
		.action = STS_ACTION_TAG,
	};
	char want[512];

	(void)state;
	memset(domain, 'd', sizeof(domain) - 1);
	domain[sizeof(domain) - 1] = '\0';
	(void)snprintf(want, sizeof(want),
	    "fail; host=relay.example.org;\n domain=%s;\n policy=enforce; "
	    "reason=certificate-expired; action=tag",
	    domain);
	check(&status, want);
}

/* Row 37: whatever the values hold, no header is added to the message. */
static void
lets_no_control_byte_through(void **state)
{
	char all[256];
	const struct sts_status status = {
		.host = all,
		.domain = "a\r\nBcc: x@example.com",
		.id = "1\n2",
		.mx = "m\xc3\xbc\x7f\x1b[2J",
		.verdict = &failed,
		.action = STS_ACTION_TAG,
	};
	struct sts_buf b;

	(void)state;
	for (size_t i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	sts_buf_init(&b, 8192);
	sts_status_header(&status, strlen(name), &b);
	assert_int_equal(sts_buf_err(&b), STS_OK);
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] == '\n')
			assert_true(b.p[i - 1] == ';' && b.p[i + 1] == ' ');
		else
			assert_true(b.p[i] >= ' ' && b.p[i] <= '~');
	}
	assert_non_null(strstr(b.p, "domain=a\\x0d\\x0aBcc: x@example.com;"));
	assert_non_null(strstr(b.p, "id=1\\x0a2;"));
	sts_buf_deinit(&b);
}

static void
appends(void **state)
{
	const struct sts_status status = { .verdict = &failed,
		.action = STS_ACTION_TAG };
	struct sts_buf b;

	(void)state;
	sts_buf_init(&b, 4096);
	sts_buf_str(&b, "before ");
	sts_status_header(&status, 0, &b);
	assert_string_equal(sts_buf_cstr(&b),
	    "before fail; policy=enforce; reason=certificate-expired; "
	    "action=tag");
	sts_buf_deinit(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_all_pairs_in_order),
		cmocka_unit_test(leaves_out_what_has_no_value),
		cmocka_unit_test(tells_of_every_result),
		cmocka_unit_test(folds_at_76_columns),
		cmocka_unit_test(folds_no_sooner_than_needed),
		cmocka_unit_test(splits_no_pair),
		cmocka_unit_test(lets_no_control_byte_through),
		cmocka_unit_test(appends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
