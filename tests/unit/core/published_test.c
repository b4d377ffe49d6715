/*
 * What a domain publishes, as zone lines: print and parse as each other's
 * inverse, and each line that is not known told with its number.
 */
#include "sts/core/published.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { MANY = 8, ZONE_MAX = 65536 };

struct taken {
	struct sts_published domains[MANY];
	size_t n;
};

static enum sts_err
take(void *cookie, struct sts_published *published)
{
	struct taken *taken = cookie;

	assert_true(taken->n < MANY);
	taken->domains[taken->n++] = *published;
	return STS_OK;
}

static void
drop(struct taken *taken)
{
	while (taken->n > 0)
		sts_published_deinit(&taken->domains[--taken->n]);
}

static struct taken
parsed(const char *text)
{
	struct taken taken = { .n = 0 };
	const char *why = "";
	unsigned line = 0;

	if (sts_published_parse(
		sts_slice_str(text), take, &taken, &line, &why) != STS_OK)
		fail_msg("line %u %s", line, why);
	return taken;
}

#define STATE "; mta-sts example.com mode=enforce max_age=604800 mx=a.example\n"
#define STS "_mta-sts.example.com. 3600 IN TXT \"v=STSv1; id=1a;\"\n"
#define RPT "_smtp._tls.example.com. 3600 IN TXT \"v=TLSRPTv1; rua=x\"\n"
#define CNAME "mta-sts.example.com. 3600 IN CNAME policies.example.net.\n"

static void
prints_what_it_read(const char *text)
{
	struct taken taken = parsed(text);
	struct sts_buf b;

	sts_buf_init(&b, ZONE_MAX);
	for (size_t i = 0; i < taken.n; i++)
		sts_published_print(&taken.domains[i], &b);
	assert_int_equal(sts_buf_err(&b), STS_OK);
	assert_string_equal(sts_buf_cstr(&b), text);
	sts_buf_deinit(&b);
	drop(&taken);
}

static void
prints_and_reads(void **state)
{
	(void)state;
	prints_what_it_read("");
	prints_what_it_read(STATE STS);
	prints_what_it_read(STATE STS RPT CNAME);
	prints_what_it_read(
	    "; mta-sts b.example mode=none max_age=86400 earlier=1800000000\n"
	    "_mta-sts.b.example. 3600 IN TXT \"v=STSv1; id=2;\"\n" STATE STS
	    "; mta-sts x.test mode=testing max_age=0 mx=*.a.test mx=b.test\n"
	    "_mta-sts.x.test. 3600 IN TXT \"v=STSv1; id=20260101T000000;\"\n");
}

static void
reads_what_was_edited(void **state)
{
	struct taken taken =
	    parsed("; a note\r\n\n" STATE "\n; another\n  \n"
		   "_MTA-STS.Example.Com.\t\tTXT \"v=STSv1;\"  "
		   "\" id=\\049a;\" ; note\r\n"
		   "_smtp._tls.example.com. 60 in txt \"a\\\"\\\\\\200\"\n"
		   "mta-sts.example.com. CNAME Policies.Example.Net. ; x");

	(void)state;
	assert_int_equal(taken.n, 1);
	assert_string_equal(taken.domains[0].domain, "example.com");
	assert_string_equal(taken.domains[0].id, "1a");
	assert_string_equal(taken.domains[0].tlsrpt, "a\"\\\xc8");
	assert_string_equal(taken.domains[0].host_at, "policies.example.net");
	assert_int_equal(taken.domains[0].policy->mode, STS_MODE_ENFORCE);
	assert_int_equal(taken.domains[0].policy->n_mx, 1);
	drop(&taken);
}

/* RFC 1035 section 3.3: a character-string has at most 255 bytes. */
static void
splits_long_texts(void **state)
{
	char text[601], *at;
	struct sts_published p = {
		.domain = "a.test", .id = "1", .tlsrpt = text
	};
	struct sts_policy *policy;
	struct taken taken;
	struct sts_buf b;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[254] = '"';
	text[600] = '\0';
	assert_int_equal(
	    sts_policy_new(STS_MODE_NONE, 1, NULL, 0, &policy), STS_OK);
	p.policy = policy;
	sts_buf_init(&b, ZONE_MAX);
	sts_published_print(&p, &b);
	at = strstr(sts_buf_cstr(&b), "_smtp._tls");
	assert_non_null(at);
	at = strchr(at, '"') + 1;
	assert_memory_equal(at + 254, "\\\"\" \"x", 6);
	assert_memory_equal(at + 254 + 5 + 255, "\" \"x", 4);
	taken = parsed(sts_buf_cstr(&b));
	assert_string_equal(taken.domains[0].tlsrpt, text);
	drop(&taken);
	sts_buf_deinit(&b);
	sts_policy_put(policy);
}

static const struct bad {
	unsigned line;
	const char *text;
} bads[] = {
	{ 1, "a.example. A 192.0.2.1\n" },
	{ 1, STS },
	{ 2, STATE "mta-sts.example.com. 3600 IN A 192.0.2.1\n" },
	{ 2, STATE "_mta-sts.other.test. TXT \"v=STSv1; id=1;\"\n" },
	{ 2, STATE "_mta-sts.example.com TXT \"v=STSv1; id=1;\"\n" },
	{ 2, STATE "_mta-sts.example.com. TXT \"v=STSv1; id=;\"\n" },
	{ 2, STATE "_mta-sts.example.com. TXT v=STSv1;\n" },
	{ 2, STATE "_mta-sts.example.com. TXT \"v=STSv1; id=1;\n" },
	{ 2, STATE "_mta-sts.example.com. TXT \"\\25\"\n" },
	{ 2, STATE "_mta-sts.example.com. TXT \"\\256\"\n" },
	{ 2, STATE "_mta-sts.example.com. TXT\n" },
	{ 2, STATE "_mta-sts.example.com. TXT (\n" },
	{ 3, STATE STS STS },
	{ 4, STATE STS RPT RPT },
	{ 4, STATE STS CNAME CNAME },
	{ 3, STATE STS "mta-sts.example.com. CNAME a. b.\n" },
	{ 3, STATE STS "mta-sts.example.com. CNAME 192.0.2.1\n" },
	{ 1, STATE },
	{ 2, STATE STATE STS },
	{ 1, "; mta-sts \n" },
	{ 1, "; mta-sts example.com\n" },
	{ 1, "; mta-sts example.com mode=enforce\n" },
	{ 1, "; mta-sts example.com max_age=1\n" },
	{ 1, "; mta-sts example.com mode=off max_age=1\n" },
	{ 1, "; mta-sts example.com mode=none max_age=-1\n" },
	{ 1, "; mta-sts example.com mode=none max_age=31557601\n" },
	{ 1, "; mta-sts example.com mode=none max_age=1 mx=*\n" },
	{ 1, "; mta-sts example.com mode=none max_age=1 odd=1\n" },
	{ 1, "; mta-sts example.com mode=none max_age=1 odd\n" },
	{ 1, "; mta-sts a..b mode=none max_age=1\n" },
};

static void
names_the_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bads); i++) {
		struct taken taken = { .n = 0 };
		const char *why = "";
		unsigned line = 0;

		if (sts_published_parse(sts_slice_str(bads[i].text), take,
			&taken, &line, &why) != STS_E_SYNTAX ||
		    line != bads[i].line || why[0] == '\0')
			fail_msg("row %zu: line %u: %s", i, line, why);
		drop(&taken);
	}
}

static enum sts_err
refuse(void *cookie, struct sts_published *published)
{
	(void)cookie;
	sts_published_deinit(published);
	return STS_E_LIMIT;
}

static void
ends_where_it_is_told(void **state)
{
	const char *why;
	unsigned line;

	(void)state;
	assert_int_equal(sts_published_parse(STS_LIT(STATE STS STATE STS),
			     refuse, NULL, &line, &why),
	    STS_E_LIMIT);
}

/* "previous", and what follows where the stamp is 20260101T120000. */
static const char *const ids[][2] = {
	{ "", "20260101T120000" },
	{ "20260101T115959", "20260101T120000" },
	{ "20260101T120000", "20260101T120001" },
	{ "20260101T120001", "20260101T120002" },
	{ "20260101T129999", "20260101T130000" },
	{ "20260101T999999", "20260102T000000" },
	{ "20991231T235959", "20991231T235960" },
	{ "1", "20260101T120000" },
	{ "20260101120000", "20260101T120000" },
	{ "99999999999999999999999999999999", "20260101T120000" },
};

static void
never_repeats_an_id(void **state)
{
	char id[STS_ID_SIZE], stamp[] = "20260101T120000";

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++)
		assert_string_equal(
		    sts_id_next(stamp, ids[i][0], id), ids[i][1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_and_reads),
		cmocka_unit_test(reads_what_was_edited),
		cmocka_unit_test(splits_long_texts),
		cmocka_unit_test(names_the_line),
		cmocka_unit_test(ends_where_it_is_told),
		cmocka_unit_test(never_repeats_an_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
