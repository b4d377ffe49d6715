/* Host outcomes are shared, and live as long as somebody holds them. */
#include "sts/core/outcome.h"

#include "test.h"

static void
is_born_empty(void **state)
{
	static const struct sts_host_finding nothing = { .host =
							     "mx.example.com" };
	struct sts_host_outcome *o = sts_host_outcome_of(&nothing, 7);

	(void)state;
	assert_non_null(o);
	assert_int_equal(o->probed_ms, 7);
	assert_string_equal(o->host, "mx.example.com");
	assert_int_equal(o->reason, STS_REASON_NONE);
	assert_false(o->dane);
	assert_string_equal(o->address, "");
	assert_string_equal(o->detail, "");
	assert_string_equal(o->tls, "");
	assert_int_equal(o->not_after, 0);
	sts_host_outcome_put(o);
}

/* All that was found, and texts that do not lie where they were found. */
static void
has_all_that_was_found(void **state)
{
	struct sts_host_finding found = {
		.host = "mx.example.com",
		.path = STS_PATH_INVALID,
		.reason = STS_REASON_CERTIFICATE_EXPIRED,
		.dane = true,
		.address = "192.0.2.1",
		.detail = "certificate expired",
		.tls = "TLSv1.3",
		.cipher = "TLS_AES_256_GCM_SHA384",
		.subject = "CN=mx.example.com",
		.issuer = "CN=Example CA",
		.not_after = 1767225600,
		.took_ms = 41,
	};
	struct sts_host_outcome *o = sts_host_outcome_of(&found, 7);

	(void)state;
	assert_non_null(o);
	memset(&found, 'x', sizeof(found));
	assert_string_equal(o->host, "mx.example.com");
	assert_int_equal(o->path, STS_PATH_INVALID);
	assert_int_equal(o->reason, STS_REASON_CERTIFICATE_EXPIRED);
	assert_true(o->dane);
	assert_string_equal(o->address, "192.0.2.1");
	assert_string_equal(o->detail, "certificate expired");
	assert_string_equal(o->tls, "TLSv1.3");
	assert_string_equal(o->cipher, "TLS_AES_256_GCM_SHA384");
	assert_string_equal(o->subject, "CN=mx.example.com");
	assert_string_equal(o->issuer, "CN=Example CA");
	assert_int_equal(o->not_after, 1767225600);
	assert_int_equal(o->took_ms, 41);
	sts_host_outcome_put(o);
}

static void
lives_as_long_as_it_is_held(void **state)
{
	static const struct sts_host_outcome draft = { .host =
							   "mx.example.com" };
	struct sts_host_outcome *o = sts_host_outcome_new(&draft);
	const struct sts_host_outcome *held = sts_host_outcome_get(o);

	(void)state;
	assert_ptr_equal(held, o);
	sts_host_outcome_put(o);
	assert_string_equal(held->host, "mx.example.com");
	sts_host_outcome_put(held);
	assert_null(sts_host_outcome_get(NULL));
	sts_host_outcome_put(NULL);
}

static void
tells_what_a_host_proves(void **state)
{
	static const struct {
		bool match, seen, dane;
		enum sts_path path;
		enum sts_reason reason;
		const char *result, *why;
	} cases[] = {
		{ false, false, false, 0, 0, "fail", "mx-mismatch" },
		{ false, true, false, STS_PATH_VALIDATED, 0, "fail",
		    "mx-mismatch" },
		{ false, true, true, STS_PATH_VALIDATED, 0, "pass", "" },
		{ true, false, false, 0, 0, "", "" },
		{ true, true, false, STS_PATH_VALIDATED, 0, "pass", "" },
		{ true, true, false, STS_PATH_INVALID,
		    STS_REASON_CERTIFICATE_EXPIRED, "fail",
		    "certificate-expired" },
		{ true, true, true, STS_PATH_INVALID, STS_REASON_TLSA_INVALID,
		    "fail", "tlsa-invalid" },
		{ true, true, false, STS_PATH_UNREACHABLE,
		    STS_REASON_UNREACHABLE, "temperror", "unreachable" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sts_host_outcome o = { .path = cases[i].path,
			.reason = cases[i].reason,
			.dane = cases[i].dane };
		const struct sts_mx_outcome mx = { .match = cases[i].match,
			.seen = cases[i].seen ? &o : NULL };

		assert_string_equal(sts_mx_result_text(&mx), cases[i].result);
		assert_string_equal(sts_mx_reason_text(&mx), cases[i].why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_a_host_proves),
		cmocka_unit_test(is_born_empty),
		cmocka_unit_test(lives_as_long_as_it_is_held),
		cmocka_unit_test(has_all_that_was_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
