/*
 * `_smtp._tls` record sets and what RFC 8460 section 3 makes of them.
 */
#include "sts/core/tlsrpt.h"

#include "test.h"

#include <stdio.h>

enum { RECORDS_MAX = 3 };

#define OK STS_TLSRPT_FOUND
#define NO STS_TLSRPT_NONE
#define TWO STS_TLSRPT_MULTIPLE
#define BAD STS_TLSRPT_INVALID
#define V "v=TLSRPTv1;"

/* `targets` are joined by spaces. */
static const struct row {
	enum sts_tlsrpt_status status;
	const char *targets;
	unsigned ignored;
	const char *records[RECORDS_MAX];
} rows[] = {
	/* The RFC's own examples first. */
	{ OK, "reports@example.com", 0,
	    { "v=TLSRPTv1;rua=mailto:reports@example.com" } },
	{ OK, "https://reporting.example.com/v1/tlsrpt", 0,
	    { "v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt" } },
	{ OK, "a@x.example https://r.x.example:8443/p?q=1", 0,
	    { V " rua=mailto:a@x.example , https://r.x.example:8443/p?q=1;" } },

	/* Fields and what is between them. */
	{ OK, "a@x.example", 0, { "v=TLSRPTv1 ;\trua=mailto:a@x.example ; " } },
	{ OK, "a@x.example", 0, { V "new=thing;rua=mailto:a@x.example" } },
	{ OK, "a@x.example b@x.example", 0,
	    { V "rua=mailto:a@x.example;rua=mailto:b@x.example" } },
	{ BAD, "", 0, { V } },
	{ BAD, "", 0, { V "x=y" } },
	{ BAD, "", 1, { V "rua=" } },
	{ BAD, "", 0, { V ";rua=mailto:a@x.example" } },
	{ BAD, "", 0, { V "rua=mailto:a@x.example;;" } },
	{ BAD, "", 0, { V "rua=mailto:a@x.example; x" } },
	{ BAD, "", 0, { V "rua=mailto:a@x.example; ?=x" } },
	{ BAD, "", 0, { V "rua=mailto:a@x.example; x=a b" } },
	{ BAD, "", 0, { V "RUA=mailto:a@x.example" } },

	/* What is one of these records, and how many there are. */
	{ NO, "", 0, { NULL } },
	{ NO, "", 0, { "v=TLSRPTv1" } },
	{ NO, "", 0, { "v=TLSRPTv1 rua=mailto:a@x.example" } },
	{ NO, "", 0, { "v=tlsrptv1; rua=mailto:a@x.example" } },
	{ NO, "", 0, { "v=TLSRPTv2; rua=mailto:a@x.example" } },
	{ NO, "", 0, { "v=TLSRPTv10; rua=mailto:a@x.example" } },
	{ NO, "", 0, { " v=TLSRPTv1; rua=mailto:a@x.example" } },
	{ NO, "", 0, { "rua=mailto:a@x.example; v=TLSRPTv1;" } },
	{ OK, "a@x.example", 0,
	    { "v=spf1 -all", V "rua=mailto:a@x.example", "x" } },
	{ TWO, "", 0,
	    { V "rua=mailto:a@x.example", V "rua=mailto:a@x.example" } },
	{ TWO, "", 0, { V "rua=mailto:a@x.example", V } },

	/* Targets: a broken one does not take the others with it. */
	{ OK, "a@x.example", 1, { V "rua=mailto:a@x.example,ftp://x/" } },
	{ OK, "a@x.example", 1,
	    { V "rua=http://x.example/,mailto:a@x.example" } },
	{ OK, "a@x.example", 1, { V "rua=mailto:a@x.example," } },
	{ OK, "a@x.example", 1,
	    { V "rua=mailto:a@x.example,mailto:b@x.example!10m" } },
	{ OK, "a@x.example", 0,
	    { V "rua=mailto:a@x.example,mailto:a@X.example" } },
	{ OK,
	    "a@x.example b@x.example c@x.example d@x.example e@x.example "
	    "f@x.example g@x.example h@x.example",
	    1,
	    { V "rua=mailto:a@x.example,mailto:b@x.example,mailto:c@x.example,"
		"mailto:d@x.example,mailto:e@x.example,mailto:f@x.example,"
		"mailto:g@x.example,mailto:h@x.example,mailto:i@x.example" } },

	/* mailto. */
	{ OK, "A@x.example", 0, { V "rua=MAILTO:A@X.EXAMPLE" } },
	{ OK, "a!b@x.example", 0, { V "rua=mailto:a%21b@x.example" } },
	{ OK, "\"a,b\"@x.example", 0, { V "rua=mailto:a%2Cb@x.example" } },
	{ OK, "\"a b\"@x.example", 0, { V "rua=mailto:a%20b@x.example" } },
	{ OK, "a+b@x.example", 0, { V "rua=mailto:a+b@x.example?subject=hi" } },
	{ OK, "a@x.example", 0, { V "rua=mailto:a%40x.example" } },
	{ BAD, "", 1, { V "rua=mailto:" } },
	{ BAD, "", 1, { V "rua=mailto:a" } },
	{ BAD, "", 1, { V "rua=mailto:@x.example" } },
	{ BAD, "", 1, { V "rua=mailto:a@" } },
	{ BAD, "", 1, { V "rua=mailto:a@b@x.example" } },
	{ BAD, "", 1, { V "rua=mailto:a@[192.0.2.1]" } },
	{ BAD, "", 1, { V "rua=mailto:a%22b@x.example" } },
	{ BAD, "", 1, { V "rua=mailto:a%5Cb@x.example" } },
	{ BAD, "", 1, { V "rua=mailto:a%0D%0ARCPT@x.example" } },
	{ BAD, "", 1, { V "rua=mailto:a%00@x.example" } },
	{ BAD, "", 1, { V "rua=mailto:a%C3%BC@x.example" } },
	{ BAD, "", 1, { V "rua=mailto:a%2@x.example" } },
	{ BAD, "", 1, { V "rua=mailto:a%zz@x.example" } },
	{ BAD, "", 2,
	    { V "rua=mailto:a@x.example%2Cb@x.example,mailto:x y@z" } },
	{ BAD, "", 1,
	    { V "rua=mailto:a123456789b123456789c123456789d123456789e12345678"
		"9f123456789g1234@x.example" } },

	/* https. */
	{ OK, "https://r.x.example/", 0, { V "rua=HTTPS://R.x.example." } },
	{ OK, "https://r.x.example/?a=b", 0,
	    { V "rua=https://r.x.example?a=b" } },
	{ OK, "https://r.x.example/%2C", 0,
	    { V "rua=https://r.x.example:443/%2C#f" } },
	{ BAD, "", 1, { V "rua=https:///x" } },
	{ BAD, "", 1, { V "rua=https://u@r.x.example/" } },
	{ BAD, "", 1, { V "rua=https://192.0.2.1/" } },
	{ BAD, "", 1, { V "rua=https://[2001:db8::1]/" } },
	{ BAD, "", 1, { V "rua=https://r.x.example:0/" } },
	{ BAD, "", 1, { V "rua=https://r.x.example:65536/" } },
	{ BAD, "", 1, { V "rua=https://r.x.example:/" } },
	{ BAD, "", 1, { V "rua=https://r.x.example:8x/" } },
	{ BAD, "", 1, { V "rua=https://r.x.example/a b" } },
	{ BAD, "", 1, { V "rua=https://r.x.example/\x7f" } },
};

static void
select_row(const struct row *row, struct sts_tlsrpt *out)
{
	struct sts_slice records[RECORDS_MAX];
	size_t n = 0;

	while (n < RECORDS_MAX && row->records[n] != NULL) {
		records[n] = sts_slice_str(row->records[n]);
		n++;
	}
	sts_tlsrpt_select(records, n, out);
}

static void
follows_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		char targets[1024] = "";
		struct sts_tlsrpt t;
		size_t n = 0;

		select_row(row, &t);
		for (size_t k = 0; k < t.n; k++)
			n += (size_t)snprintf(targets + n, sizeof(targets) - n,
			    "%s%s", k == 0 ? "" : " ", t.rua[k].target);
		if (t.status != row->status)
			print_message("row %zu: %s\n", i, row->records[0]);
		assert_int_equal(t.status, row->status);
		assert_string_equal(targets, row->targets);
		assert_int_equal(t.n_ignored, row->ignored);
		if (t.status == TWO || t.status == BAD || t.n_ignored > 0)
			assert_string_not_equal(t.why, "");
		else if (t.status == OK)
			assert_string_equal(t.why, "");
	}
}

static void
tells_host_and_port(void **state)
{
	struct sts_tlsrpt_rua rua;

	(void)state;
	assert_null(
	    sts_tlsrpt_parse_uri(STS_LIT("https://R.example:8443/x"), &rua));
	assert_int_equal(rua.scheme, STS_TLSRPT_HTTPS);
	assert_string_equal(rua.host, "r.example");
	assert_int_equal(rua.port, 8443);
	assert_null(sts_tlsrpt_parse_uri(STS_LIT("https://r.example"), &rua));
	assert_int_equal(rua.port, 443);
	assert_null(sts_tlsrpt_parse_uri(STS_LIT("mailto:a@B.example"), &rua));
	assert_int_equal(rua.scheme, STS_TLSRPT_MAILTO);
	assert_string_equal(rua.host, "b.example");
	assert_int_equal(rua.port, 0);
}

static void
refuses_other_ports(void **state)
{
	struct sts_slice record =
	    STS_LIT("v=TLSRPTv1; rua=https://r.example:8443/a,"
		    "mailto:a@x.example,ftp://\x1b/,https://r.example/b");
	struct sts_tlsrpt t;

	(void)state;
	sts_tlsrpt_select(&record, 1, &t);
	assert_int_equal(t.n, 3);
	sts_tlsrpt_refuse_ports(&t);
	assert_int_equal(t.status, STS_TLSRPT_FOUND);
	assert_int_equal(t.n, 2);
	assert_string_equal(t.rua[0].target, "a@x.example");
	assert_string_equal(t.rua[1].target, "https://r.example/b");
	assert_int_equal(t.n_ignored, 2);
	assert_string_equal(t.ignored[0].target, "ftp://\\x1b/");
	assert_string_equal(t.ignored[1].target, "https://r.example:8443/a");
	assert_non_null(strstr(t.ignored[1].why, "443"));

	record = STS_LIT("v=TLSRPTv1; rua=https://r.example:8443/");
	sts_tlsrpt_select(&record, 1, &t);
	sts_tlsrpt_refuse_ports(&t);
	assert_int_equal(t.status, STS_TLSRPT_INVALID);
	assert_int_equal(t.n, 0);
	assert_non_null(strstr(t.why, "443"));
}

/* They are counted all the same. */
static void
names_the_first_of_many_ignored(void **state)
{
	char text[4096] = "v=TLSRPTv1; rua=mailto:a@x.example";
	struct sts_slice record;
	struct sts_tlsrpt t;

	(void)state;
	for (int i = 0; i < 100; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    ",mailto:u%d@x.example", i);
	record = sts_slice_str(text);
	sts_tlsrpt_select(&record, 1, &t);
	assert_int_equal(t.n, STS_TLSRPT_RUA_MAX);
	assert_int_equal(t.n_ignored, 101 - STS_TLSRPT_RUA_MAX);
	assert_string_equal(t.ignored[0].target, "mailto:u7@x.example");
	assert_string_equal(t.ignored[7].target, "mailto:u14@x.example");
	assert_non_null(strstr(t.ignored[7].why, "eight"));
}

static void
caps_a_target(void **state)
{
	char uri[2 * STS_TLSRPT_TARGET_SIZE];
	struct sts_tlsrpt_rua rua;
	int n = snprintf(uri, sizeof(uri), "https://r.example/");

	(void)state;
	memset(uri + n, 'x', sizeof(uri) - (size_t)n);
	assert_null(sts_tlsrpt_parse_uri(
	    sts_slice(uri, STS_TLSRPT_TARGET_SIZE - 1), &rua));
	assert_int_equal(strlen(rua.target), STS_TLSRPT_TARGET_SIZE - 1);
	assert_non_null(
	    sts_tlsrpt_parse_uri(sts_slice(uri, STS_TLSRPT_TARGET_SIZE), &rua));
	/* One that grows by its slash. */
	uri[n - 1] = '?';
	assert_non_null(sts_tlsrpt_parse_uri(
	    sts_slice(uri, STS_TLSRPT_TARGET_SIZE - 1), &rua));
}

static void
knows_a_near_miss(void **state)
{
	struct sts_slice record = STS_LIT("v=TLSRPTv1 rua=mailto:a@x.example");
	struct sts_tlsrpt t;

	(void)state;
	sts_tlsrpt_select(&record, 1, &t);
	assert_int_equal(t.status, STS_TLSRPT_NONE);
	assert_string_equal(t.why,
	    "a record resembles one, but does not begin with v=TLSRPTv1;");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_table),
		cmocka_unit_test(tells_host_and_port),
		cmocka_unit_test(refuses_other_ports),
		cmocka_unit_test(names_the_first_of_many_ignored),
		cmocka_unit_test(caps_a_target),
		cmocka_unit_test(knows_a_near_miss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
