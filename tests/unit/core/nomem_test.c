/*
 * Every allocation that can fail does, one after the other: each time an error
 * comes back, nothing is leaked (a sanitizer build tells) and the next try,
 * with memory, works.  The linker puts the functions below in place of libc's.
 */
#include "sts/core/dnsanswer.h"
#include "sts/core/freshness.h"
#include "sts/core/outcome.h"
#include "sts/core/policy.h"
#include "sts/core/smtpreply.h"

#include "test.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);

/* How many allocations succeed before one fails; negative: all do. */
static int budget = -1;

static bool
fails(void)
{
	if (budget > 0)
		budget--;
	else if (budget == 0)
		return true;
	return false;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

/* Runs `attempt` with 0, 1, 2 … allocations until it succeeds. Returns how
 * often it failed. */
static int
starve(bool (*attempt)(void))
{
	for (int n = 0; n < 1000; n++) {
		bool done;

		budget = n;
		done = attempt();
		budget = -1;
		if (done)
			return n;
	}
	fail_msg("never succeeds");
	return 0;
}

/* Nothing is wrong with the text, and nothing is said of it. */
static void
hear_nothing(void *cookie, const struct sts_policy_note *note)
{
	(void)cookie;
	fail_msg("%u %s", note->line, note->message);
}

static bool
parse_policy(void)
{
	static const char text[] =
	    "version: STSv1\nmode: enforce\n"
	    "mx: a.example\nmx: b.example\nmx: c.example\n"
	    "mx: d.example\nmx: e.example\nmx: f.example\n"
	    "mx: g.example\nmx: h.example\nmx: i.example\n"
	    "max_age: 604800\n";
	struct sts_policy *policy = NULL;
	enum sts_err err =
	    sts_policy_parse(sts_slice_str(text), hear_nothing, NULL, &policy);

	if (err != STS_OK) {
		assert_int_equal(err, STS_E_NOMEM);
		assert_null(policy);
		return false;
	}
	assert_int_equal(policy->n_mx, 9);
	sts_policy_put(policy);
	return true;
}

static bool
parse_answer(void)
{
	const struct sts_slice wire =
	    STS_LIT("\x12\x34\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00"
		    "\x01"
		    "a\x00\x00\x10\x00\x01"
		    "\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x3c\x00\x03\x02hi");
	struct sts_dns_answer answer = { .n = 99 };
	enum sts_err err =
	    sts_dns_answer_parse(wire, "a", STS_DNS_TXT, &answer);

	if (err != STS_OK) {
		assert_int_equal(err, STS_E_NOMEM);
		assert_int_equal(answer.n, 99);
		return false;
	}
	assert_int_equal(answer.status, STS_DNS_OK);
	assert_int_equal(answer.n, 1);
	sts_dns_answer_deinit(&answer);
	return true;
}

static bool
read_reply(void)
{
	struct sts_smtp_reply reply;
	size_t used = 99;
	enum sts_err err;

	sts_smtp_reply_init(&reply);
	err = sts_smtp_reply_feed(&reply,
	    STS_LIT("250-a line that needs more room than a buffer has when "
		    "it is born, and then some\r\n250 b\r\n"),
	    &used);
	sts_smtp_reply_deinit(&reply);
	if (err == STS_OK)
		return true;
	assert_int_equal(err, STS_E_NOMEM);
	assert_int_equal(used, 99);
	return false;
}

static bool
make_record(void)
{
	struct sts_record *record = sts_record_new("example.com");

	sts_record_put(record);
	return record != NULL;
}

static bool
copy_record(void)
{
	static struct sts_record record = { .domain = "example.com" };
	struct sts_record *copy = sts_record_copy(&record);

	sts_record_put(copy);
	return copy != NULL;
}

static bool
make_outcome(void)
{
	struct sts_host_outcome *outcome = sts_host_outcome_new("mx.example");

	sts_host_outcome_put(outcome);
	return outcome != NULL;
}

static void
says_so(void **state)
{
	(void)state;
	assert_true(starve(parse_policy) >= 12);
	assert_int_equal(starve(parse_answer), 2);
	assert_true(starve(read_reply) >= 2);
	assert_int_equal(starve(make_record), 1);
	assert_int_equal(starve(copy_record), 1);
	assert_int_equal(starve(make_outcome), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
