/*
 * Policy and MX outcomes in, result, reason and action out (rules.md rows 16,
 * 26a, 49 to 62, 64 to 68).
 */
#include "sts/core/verdict.h"

#include "test.h"

enum { MX_MAX = 3 };

static const struct sts_host_outcome validated = {
	.path = STS_PATH_VALIDATED,
};
static const struct sts_host_outcome expired = { .path = STS_PATH_INVALID,
	.reason = STS_REASON_CERTIFICATE_EXPIRED };
static const struct sts_host_outcome plain = { .path = STS_PATH_INVALID,
	.reason = STS_REASON_STARTTLS_NOT_SUPPORTED };
static const struct sts_host_outcome invalid_unexplained = {
	.path = STS_PATH_INVALID,
};
static const struct sts_host_outcome down = { .path = STS_PATH_UNREACHABLE,
	.reason = STS_REASON_UNREACHABLE };
static const struct sts_host_outcome refused = { .path = STS_PATH_UNREACHABLE,
	.reason = STS_REASON_ADDRESS_REFUSED };
static const struct sts_host_outcome down_unexplained = {
	.path = STS_PATH_UNREACHABLE,
};
static const struct sts_host_outcome dane_valid = { .path = STS_PATH_VALIDATED,
	.dane = true };
static const struct sts_host_outcome dane_unknown = { .path = STS_PATH_INVALID,
	.reason = STS_REASON_DNSSEC_INVALID,
	.dane = true };
static const struct sts_host_outcome dane_plain = { .path = STS_PATH_INVALID,
	.reason = STS_REASON_STARTTLS_NOT_SUPPORTED,
	.dane = true };
static const struct sts_host_outcome dane_down = { .path = STS_PATH_UNREACHABLE,
	.reason = STS_REASON_UNREACHABLE,
	.dane = true };
static const struct sts_host_outcome no_tlsa = { .path = STS_PATH_UNREACHABLE,
	.reason = STS_REASON_MX_MISMATCH };
static const struct sts_host_outcome dane_invalid = { .path = STS_PATH_INVALID,
	.reason = STS_REASON_TLSA_INVALID,
	.dane = true };

#define YES(seen)                                                              \
	{                                                                      \
		"mx", 10, true, (seen)                                         \
	} /* the policy allows it */
#define NO(seen)                                                               \
	{                                                                      \
		"mx", 10, false, (seen)                                        \
	}
#define PASS STS_RESULT_PASS
#define FAIL STS_RESULT_FAIL
#define NONE STS_RESULT_NONE
#define TEMP STS_RESULT_TEMPERROR
#define R(reason) STS_REASON_##reason

/* An enforce policy is in force, MX hosts are known and were probed. */
static const struct host_row {
	size_t n;
	struct sts_mx_outcome mx[MX_MAX];
	enum sts_result result;
	enum sts_reason reason;
	int decided;
} host_rows[] = {
	/* Row 51: one that validates is enough, wherever it stands. */
	{ 1, { YES(&validated) }, PASS, R(NONE), 0 },
	{ 2, { YES(&validated), YES(&validated) }, PASS, R(NONE), 0 },
	{ 2, { YES(&expired), YES(&validated) }, PASS, R(NONE), 1 },
	{ 2, { YES(&down), YES(&validated) }, PASS, R(NONE), 1 },
	{ 2, { YES(NULL), YES(&validated) }, PASS, R(NONE), 1 },
	{ 2, { NO(NULL), YES(&validated) }, PASS, R(NONE), 1 }, /* row 50 */
	{ 3, { NO(NULL), YES(&expired), YES(&validated) }, PASS, R(NONE), 2 },
	{ 3, { YES(&validated), YES(&expired), NO(NULL) }, PASS, R(NONE), 0 },
	/* Row 59 is one host's two addresses: its outcome says validated. */

	/* Row 52: none does. */
	{ 1, { NO(NULL) }, FAIL, R(MX_MISMATCH), 0 },
	{ 3, { NO(NULL), NO(NULL), NO(NULL) }, FAIL, R(MX_MISMATCH), 0 },
	{ 1, { YES(&expired) }, FAIL, R(CERTIFICATE_EXPIRED), 0 },
	{ 1, { YES(&plain) }, FAIL, R(STARTTLS_NOT_SUPPORTED), 0 },
	{ 1, { YES(&invalid_unexplained) }, FAIL, R(VALIDATION_FAILURE), 0 },
	/* The most preferred that was reached says why. */
	{ 2, { YES(&expired), YES(&plain) }, FAIL, R(CERTIFICATE_EXPIRED), 0 },
	{ 2, { YES(&plain), YES(&expired) }, FAIL, R(STARTTLS_NOT_SUPPORTED),
	    0 },
	{ 2, { NO(NULL), YES(&plain) }, FAIL, R(STARTTLS_NOT_SUPPORTED), 1 },
	{ 3, { NO(NULL), YES(&expired), YES(&plain) }, FAIL,
	    R(CERTIFICATE_EXPIRED), 1 },
	/* What a mismatching host is otherwise like does not count (row 62). */
	{ 1, { NO(&validated) }, FAIL, R(MX_MISMATCH), 0 },
	{ 1, { NO(&expired) }, FAIL, R(MX_MISMATCH), 0 },
	{ 1, { NO(&down) }, FAIL, R(MX_MISMATCH), 0 },
	{ 2, { NO(&down), YES(&plain) }, FAIL, R(STARTTLS_NOT_SUPPORTED), 1 },

	/* Row 58: not reached is no proof either way. */
	{ 1, { YES(&down) }, TEMP, R(UNREACHABLE), 0 },
	{ 1, { YES(&down_unexplained) }, TEMP, R(UNREACHABLE), 0 },
	{ 1, { YES(&refused) }, TEMP, R(ADDRESS_REFUSED), 0 },
	{ 1, { YES(NULL) }, TEMP, R(UNREACHABLE), 0 },
	{ 2, { YES(&expired), YES(&down) }, TEMP, R(UNREACHABLE), 1 },
	{ 2, { YES(&down), YES(&expired) }, TEMP, R(UNREACHABLE), 0 },
	{ 2, { NO(NULL), YES(&down) }, TEMP, R(UNREACHABLE), 1 },
	{ 3, { NO(NULL), YES(&plain), YES(&down) }, TEMP, R(UNREACHABLE), 2 },

	/* Rows 64 to 66: what DANE decided stands. */
	{ 1, { NO(&dane_valid) }, PASS, R(NONE), 0 },
	{ 1, { YES(&dane_valid) }, PASS, R(NONE), 0 },
	{ 1, { NO(&dane_invalid) }, FAIL, R(TLSA_INVALID), 0 },
	{ 1, { YES(&dane_invalid) }, FAIL, R(TLSA_INVALID), 0 },
	{ 2, { YES(&dane_invalid), YES(&validated) }, PASS, R(NONE), 1 },
	{ 2, { NO(NULL), NO(&dane_invalid) }, FAIL, R(TLSA_INVALID), 1 },
	{ 2, { NO(&dane_valid), YES(&expired) }, PASS, R(NONE), 0 },
	{ 2, { YES(&expired), NO(&dane_valid) }, PASS, R(NONE), 1 },
	{ 2, { YES(&down), NO(&dane_valid) }, PASS, R(NONE), 1 },
	{ 1, { YES(&dane_unknown) }, FAIL, R(DNSSEC_INVALID), 0 },
	{ 1, { NO(&dane_unknown) }, FAIL, R(DNSSEC_INVALID), 0 },
	{ 2, { YES(&dane_unknown), YES(&validated) }, PASS, R(NONE), 1 },
	{ 2, { YES(&dane_unknown), YES(&expired) }, FAIL, R(DNSSEC_INVALID),
	    0 },
	{ 2, { YES(&expired), YES(&dane_invalid) }, FAIL,
	    R(CERTIFICATE_EXPIRED), 0 },
	{ 1, { NO(&dane_plain) }, FAIL, R(STARTTLS_NOT_SUPPORTED), 0 },
	{ 1, { NO(&dane_down) }, TEMP, R(UNREACHABLE), 0 },
	{ 2, { NO(&dane_down), YES(&validated) }, PASS, R(NONE), 1 },
	/* Rows 67 and 68: without usable TLSA the policy alone counts. */
	{ 1, { NO(&no_tlsa) }, FAIL, R(MX_MISMATCH), 0 },
	{ 2, { NO(&no_tlsa), YES(&validated) }, PASS, R(NONE), 1 },
	{ 2, { NO(&no_tlsa), YES(&down) }, TEMP, R(UNREACHABLE), 1 },
	{ 2, { NO(&no_tlsa), NO(&dane_invalid) }, FAIL, R(TLSA_INVALID), 1 },

	/* No host at all is nothing that DNS can say. */
	{ 0, { NO(NULL) }, TEMP, R(DNS_FAILURE), STS_NO_MX },
};

/* probe = false: a match is enough, and all there is. */
static const struct host_row match_rows[] = {
	{ 1, { YES(NULL) }, PASS, R(NONE), 0 },
	{ 2, { NO(NULL), YES(NULL) }, PASS, R(NONE), 1 },
	{ 1, { NO(NULL) }, FAIL, R(MX_MISMATCH), 0 },
	{ 2, { NO(NULL), NO(NULL) }, FAIL, R(MX_MISMATCH), 0 },
	{ 0, { NO(NULL) }, TEMP, R(DNS_FAILURE), STS_NO_MX },
};

static size_t
check_hosts(const struct host_row *row, bool probed, enum sts_mode mode)
{
	const struct sts_facts facts = {
		.policy = STS_POLICY_IN_FORCE,
		.mode = mode,
		.mx_state = STS_MX_KNOWN,
		.mx = row->mx,
		.n_mx = row->n,
		.probed = probed,
	};
	struct sts_verdict v = sts_verdict_of(&facts);

	if (v.result == row->result && v.reason == row->reason &&
	    v.mx == row->decided && v.in_policy && v.mode == mode)
		return 0;
	print_error("%s row %td, mode %s: %s %s, mx %d\n",
	    probed ? "host" : "match", row - (probed ? host_rows : match_rows),
	    sts_mode_text(mode), sts_result_text(v.result),
	    sts_reason_text(v.reason), v.mx);
	return 1;
}

static void
judges_hosts(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(host_rows); i++) {
		failed += check_hosts(&host_rows[i], true, STS_MODE_ENFORCE);
		/* Row 61: testing is the same work. */
		failed += check_hosts(&host_rows[i], true, STS_MODE_TESTING);
	}
	for (size_t i = 0; i < COUNT(match_rows); i++) {
		failed += check_hosts(&match_rows[i], false, STS_MODE_ENFORCE);
		failed += check_hosts(&match_rows[i], false, STS_MODE_TESTING);
	}
	assert_int_equal(failed, 0);
}

/* Before any host is looked at. */
static void
judges_policy_and_mx_lookup(void **state)
{
	static const struct sts_mx_outcome good = YES(&validated);
	static const struct sts_mx_outcome bad = YES(&expired);
	static const struct {
		struct sts_facts facts;
		enum sts_result result;
		enum sts_reason reason;
		bool in_policy;
	} cases[] = {
		/* No policy. */
		{ { .policy = STS_POLICY_ABSENT }, NONE, R(NONE), false },
		{ { .policy = STS_POLICY_ABSENT,
		      .policy_reason = R(DNS_FAILURE) },
		    NONE, R(NONE), false },
		{ { .policy = STS_POLICY_ABSENT,
		      .mx_state = STS_MX_KNOWN,
		      .mx = &bad,
		      .n_mx = 1,
		      .probed = true },
		    NONE, R(NONE), false },
		/* Row 26a. */
		{ { .policy = STS_POLICY_FAILED,
		      .policy_reason = R(STS_WEBPKI_INVALID) },
		    NONE, R(STS_WEBPKI_INVALID), false },
		{ { .policy = STS_POLICY_FAILED,
		      .policy_reason = R(STS_POLICY_INVALID) },
		    NONE, R(STS_POLICY_INVALID), false },
		{ { .policy = STS_POLICY_FAILED }, NONE,
		    R(STS_POLICY_FETCH_ERROR), false },
		/* Row 16. */
		{ { .policy = STS_POLICY_UNKNOWN,
		      .policy_reason = R(DNS_FAILURE) },
		    TEMP, R(DNS_FAILURE), false },
		{ { .policy = STS_POLICY_UNKNOWN,
		      .policy_reason = R(DNSSEC_INVALID) },
		    TEMP, R(DNSSEC_INVALID), false },
		{ { .policy = STS_POLICY_UNKNOWN }, TEMP, R(DNS_FAILURE),
		    false },
		/* Mode none asks for nothing, whatever the hosts are like. */
		{ { .policy = STS_POLICY_IN_FORCE,
		      .mode = STS_MODE_NONE,
		      .mx = &bad,
		      .n_mx = 1,
		      .probed = true },
		    NONE, R(NONE), true },
		{ { .policy = STS_POLICY_IN_FORCE,
		      .mode = STS_MODE_NONE,
		      .mx_state = STS_MX_PENDING },
		    NONE, R(NONE), true },
		/* Row 49. */
		{ { .policy = STS_POLICY_IN_FORCE,
		      .mode = STS_MODE_ENFORCE,
		      .mx_state = STS_MX_NULL },
		    NONE, R(NULL_MX), true },
		{ { .policy = STS_POLICY_IN_FORCE,
		      .mode = STS_MODE_TESTING,
		      .mx_state = STS_MX_NULL },
		    NONE, R(NULL_MX), true },
		/* The MX lookup failed, or is late. */
		{ { .policy = STS_POLICY_IN_FORCE,
		      .mode = STS_MODE_ENFORCE,
		      .mx_state = STS_MX_UNKNOWN },
		    TEMP, R(DNS_FAILURE), true },
		{ { .policy = STS_POLICY_IN_FORCE,
		      .mode = STS_MODE_ENFORCE,
		      .mx_state = STS_MX_PENDING },
		    TEMP, R(UNREACHABLE), true },
		/* What is known of hosts does not count then. */
		{ { .policy = STS_POLICY_IN_FORCE,
		      .mode = STS_MODE_ENFORCE,
		      .mx_state = STS_MX_UNKNOWN,
		      .mx = &good,
		      .n_mx = 1,
		      .probed = true },
		    TEMP, R(DNS_FAILURE), true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sts_verdict v = sts_verdict_of(&cases[i].facts);

		assert_int_equal(v.result, cases[i].result);
		assert_int_equal(v.reason, cases[i].reason);
		assert_int_equal(v.in_policy, cases[i].in_policy);
		assert_int_equal(v.mx, STS_NO_MX);
		if (v.in_policy)
			assert_int_equal(v.mode, cases[i].facts.mode);
	}
}

/* RFC 8689 section 4.2.1. */
static void
requiretls_wants_a_validated_path(void **state)
{
	static const struct sts_actions words = {
		.on_fail = STS_ACTION_REJECT,
		.on_unreachable = STS_ACTION_DEFER,
		.on_temperror = STS_ACTION_LOG,
	};
	static const struct {
		struct sts_verdict verdict;
		enum sts_result result;
		enum sts_reason reason;
		enum sts_action action;
	} cases[] = {
		{ { .result = PASS, .in_policy = true }, PASS, R(NONE),
		    STS_ACTION_ACCEPT },
		{ { .result = NONE }, FAIL, R(VALIDATION_FAILURE),
		    STS_ACTION_REJECT },
		{ { .result = NONE, .reason = R(STS_WEBPKI_INVALID) }, FAIL,
		    R(STS_WEBPKI_INVALID), STS_ACTION_REJECT },
		{ { .result = NONE, .reason = R(NULL_MX) }, NONE, R(NULL_MX),
		    STS_ACTION_ACCEPT },
		{ { .result = FAIL,
		      .reason = R(MX_MISMATCH),
		      .in_policy = true,
		      .mode = STS_MODE_TESTING },
		    FAIL, R(MX_MISMATCH), STS_ACTION_REJECT },
		{ { .result = STS_RESULT_TEMPERROR, .reason = R(DNS_FAILURE) },
		    STS_RESULT_TEMPERROR, R(DNS_FAILURE), STS_ACTION_DEFER },
		{ { .result = STS_RESULT_EXEMPT }, STS_RESULT_EXEMPT, R(NONE),
		    STS_ACTION_ACCEPT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sts_verdict v =
		    sts_verdict_require_tls(cases[i].verdict);

		assert_int_equal(v.result, cases[i].result);
		assert_int_equal(v.reason, cases[i].reason);
		assert_int_equal(
		    sts_verdict_action(&v, &words), cases[i].action);
	}
}

static void
chooses_the_action(void **state)
{
	static const struct sts_actions words = {
		.on_fail = STS_ACTION_REJECT,
		.on_unreachable = STS_ACTION_DEFER,
		.on_temperror = STS_ACTION_TAG,
	};
	static const struct {
		struct sts_verdict verdict;
		enum sts_action action;
	} cases[] = {
		{ { .result = PASS,
		      .in_policy = true,
		      .mode = STS_MODE_ENFORCE },
		    STS_ACTION_ACCEPT },
		{ { .result = PASS,
		      .in_policy = true,
		      .mode = STS_MODE_TESTING },
		    STS_ACTION_ACCEPT },
		{ { .result = NONE }, STS_ACTION_ACCEPT },
		{ { .result = NONE, .reason = R(STS_POLICY_FETCH_ERROR) },
		    STS_ACTION_ACCEPT },
		{ { .result = NONE,
		      .in_policy = true,
		      .reason = R(NULL_MX),
		      .mode = STS_MODE_ENFORCE },
		    STS_ACTION_ACCEPT },
		{ { .result = STS_RESULT_EXEMPT }, STS_ACTION_ACCEPT },
		{ { .result = FAIL,
		      .in_policy = true,
		      .mode = STS_MODE_ENFORCE },
		    STS_ACTION_REJECT },
		{ { .result = TEMP,
		      .in_policy = true,
		      .mode = STS_MODE_ENFORCE },
		    STS_ACTION_DEFER },
		{ { .result = TEMP }, STS_ACTION_TAG },
		/* Row 61: testing never touches the message. */
		{ { .result = FAIL,
		      .in_policy = true,
		      .mode = STS_MODE_TESTING },
		    STS_ACTION_LOG },
		{ { .result = TEMP,
		      .in_policy = true,
		      .mode = STS_MODE_TESTING },
		    STS_ACTION_LOG },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(sts_verdict_action(&cases[i].verdict, &words),
		    cases[i].action);
}

/* Every word of the configuration is obeyed in enforce, none in testing. */
static void
obeys_every_word(void **state)
{
	struct sts_verdict v = { .result = FAIL, .in_policy = true };

	(void)state;
	for (int word = STS_ACTION_LOG; word <= STS_ACTION_REJECT; word++) {
		const struct sts_actions words = {
			.on_fail = (enum sts_action)word,
			.on_unreachable = STS_ACTION_LOG,
			.on_temperror = STS_ACTION_LOG,
		};

		v.mode = STS_MODE_ENFORCE;
		assert_int_equal(sts_verdict_action(&v, &words), word);
		v.mode = STS_MODE_TESTING;
		assert_int_equal(
		    sts_verdict_action(&v, &words), STS_ACTION_LOG);
	}
}

/* A refusal is told to a client; what is held may also wait here. */
static void
tells_refused_from_held(void **state)
{
	static const struct {
		enum sts_action action;
		bool refuses, holds;
	} rows[] = { /* from the mildest to the most severe */
		{ STS_ACTION_ACCEPT, false, false },
		{ STS_ACTION_LOG, false, false },
		{ STS_ACTION_TAG, false, false },
		{ STS_ACTION_QUARANTINE, false, true },
		{ STS_ACTION_DEFER, true, true },
		{ STS_ACTION_REJECT, true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    sts_verdict_refuses(rows[i].action), rows[i].refuses);
		assert_int_equal(
		    sts_verdict_holds(rows[i].action), rows[i].holds);
		assert_int_equal(sts_verdict_severity(rows[i].action), i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_hosts),
		cmocka_unit_test(judges_policy_and_mx_lookup),
		cmocka_unit_test(requiretls_wants_a_validated_path),
		cmocka_unit_test(chooses_the_action),
		cmocka_unit_test(obeys_every_word),
		cmocka_unit_test(tells_refused_from_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
