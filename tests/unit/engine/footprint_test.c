/*
 * What a domain that is cached takes in memory, all told: its record, the
 * policy, the answer, and the tables in which they are found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sts/engine/answers.h"
#include "sts/store/memory.h"

#include <malloc.h>
#include <stdio.h>

enum { DOMAINS = 30000, BYTES_MAX = 600 };

static const struct sts_policy *
make_policy(const char *domain)
{
	struct sts_policy *policy;
	struct sts_buf text;

	sts_buf_init(&text, 4096);
	sts_buf_printf(&text,
	    "version: STSv1\nmode: enforce\nmx: mx1.%s\nmx: *.%s\n"
	    "max_age: 604800\n",
	    domain, domain);
	assert_int_equal(
	    sts_policy_parse(sts_buf_view(&text), NULL, NULL, &policy), STS_OK);
	sts_buf_deinit(&text);
	return policy;
}

static void
remember(struct sts_memory *memory, struct sts_answers *answers,
    const struct sts_host_outcome *seen, const char *domain)
{
	const struct sts_record record_draft = {
		.domain = domain,
		.id = "20260101T000000",
		.policy = make_policy(domain),
		.fetched_at = 1767225600,
		.confirmed_at = 1767225600,
		.used_at = 1767225600,
	};
	const struct sts_mx_outcome mx = {
		.preference = 10, .match = true, .seen = seen
	};
	const struct sts_answer answer_draft = {
		.domain = domain,
		.discovery = { .id = record_draft.id,
		    .policy = record_draft.policy },
		.complete = true,
		.fresh_until_ms = 1000,
		.n_mx = 1,
		.mx = &mx,
	};
	const struct sts_record *record = sts_record_new(&record_draft);
	const struct sts_answer *answer = sts_answer_new(&answer_draft);

	assert_non_null(record);
	assert_non_null(answer);
	assert_int_equal(sts_memory_put(memory, domain, record, false), STS_OK);
	sts_answers_put(answers, answer);
	sts_answer_put(answer);
	sts_record_put(record);
	sts_policy_put(record_draft.policy);
}

static size_t
bytes_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void
a_cached_domain_is_small(void **state)
{
	static const struct sts_host_outcome draft = { .host = "mx1.example" };
	const struct sts_host_outcome *seen = sts_host_outcome_new(&draft);
	struct sts_answers *answers;
	struct sts_memory *memory;
	size_t before = bytes_in_use(), each;
	char domain[64];

	(void)state;
	assert_int_equal(sts_memory_new(DOMAINS, &memory), STS_OK);
	assert_int_equal(sts_answers_new(STS_ANSWERS_BYTES, &answers), STS_OK);
	for (int i = 0; i < DOMAINS; i++) {
		(void)snprintf(
		    domain, sizeof(domain), "customer-%05d.example.com", i);
		remember(memory, answers, seen, domain);
	}
	assert_int_equal(sts_memory_counts(memory).records, DOMAINS);
	assert_int_equal(sts_answers_count(answers), DOMAINS);
	each = (bytes_in_use() - before) / DOMAINS;
	print_message("%zu bytes a cached domain\n", each);
	/* A sanitizer's allocator does not tell: 0. */
	assert_in_range(each, 0, BYTES_MAX);
	sts_answers_free(answers);
	sts_memory_free(memory);
	sts_host_outcome_put(seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cached_domain_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
