/*
 * DNS answers, good and bad, made here byte for byte (RFC 1035; rules.md rows
 * 9, 10, 15 to 17, 48, 49, 67).
 */
#include "sts/core/dnsanswer.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	QR = 0x8000,
	TC = 0x0200,
	AD = 0x0020,
	CNAME = 5,
	SOA = 6,
	OPT = 41,
	RRSIG = 46,
	SERVFAIL = 2,
	NXDOMAIN = 3,
	AT_QUESTION = 12, /* the offset of the question's name */
};

/* A message in the making; counts are patched into its header. */
struct message {
	struct sts_buf b;
	unsigned answers, authorities;
};

static void
put16(struct sts_buf *b, unsigned v)
{
	sts_buf_char(b, (char)(v >> 8));
	sts_buf_char(b, (char)(v & 0xff));
}

static void
put32(struct sts_buf *b, uint32_t v)
{
	put16(b, v >> 16);
	put16(b, v & 0xffff);
}

/* "a.b" as labels; "@" is a pointer to the question's name. */
static void
put_name(struct sts_buf *b, const char *name)
{
	struct sts_slice rest = sts_slice_str(name), label;
	bool more = rest.n > 0;

	if (strcmp(name, "@") == 0) {
		put16(b, 0xc000 | AT_QUESTION);
		return;
	}
	while (more) {
		more = sts_slice_cut(&rest, '.', &label);
		sts_buf_char(b, (char)label.n);
		sts_buf_slice(b, label);
	}
	sts_buf_char(b, '\0');
}

static void
patch16(struct message *m, size_t at, unsigned v)
{
	m->b.p[at] = (char)(v >> 8);
	m->b.p[at + 1] = (char)(v & 0xff);
}

static void
start(struct message *m, unsigned flags, const char *name, unsigned type)
{
	*m = (struct message){ .answers = 0 };
	sts_buf_init(&m->b, 70000);
	put16(&m->b, 0x1234);
	put16(&m->b, QR | flags);
	put16(&m->b, 1);
	put16(&m->b, 0);
	put16(&m->b, 0);
	put16(&m->b, 0);
	put_name(&m->b, name);
	put16(&m->b, type);
	put16(&m->b, 1);
}

static void
put_rr(struct message *m, const char *name, unsigned type, uint32_t ttl,
    struct sts_slice data)
{
	put_name(&m->b, name);
	put16(&m->b, type);
	put16(&m->b, 1);
	put32(&m->b, ttl);
	put16(&m->b, (unsigned)data.n);
	sts_buf_slice(&m->b, data);
	patch16(m, 6, ++m->answers);
}

static void
put_cname(struct message *m, const char *name, uint32_t ttl, const char *target)
{
	struct sts_buf data;

	sts_buf_init(&data, 300);
	put_name(&data, target);
	put_rr(m, name, CNAME, ttl, sts_buf_view(&data));
	sts_buf_deinit(&data);
}

static void
put_mx(
    struct message *m, const char *name, unsigned preference, const char *host)
{
	struct sts_buf data;

	sts_buf_init(&data, 300);
	put16(&data, preference);
	put_name(&data, host);
	put_rr(m, name, STS_DNS_MX, 300, sts_buf_view(&data));
	sts_buf_deinit(&data);
}

static void
put_soa(struct message *m, uint32_t ttl, uint32_t minimum)
{
	struct sts_buf data;

	sts_buf_init(&data, 300);
	put_name(&data, "ns.example");
	put_name(&data, "hostmaster.example");
	for (int i = 0; i < 4; i++)
		put32(&data, 1);
	put32(&data, minimum);
	put_rr(m, "example", SOA, ttl, sts_buf_view(&data));
	m->answers--;
	patch16(m, 6, m->answers);
	patch16(m, 8, ++m->authorities);
	sts_buf_deinit(&data);
}

/* Parses and forgets the message: what was read must not point into it. */
static struct sts_dns_answer
finish(struct message *m, const char *name, enum sts_dns_type type)
{
	struct sts_dns_answer answer;

	assert_int_equal(sts_buf_err(&m->b), STS_OK);
	assert_int_equal(
	    sts_dns_answer_parse(sts_buf_view(&m->b), name, type, &answer),
	    STS_OK);
	memset(m->b.p, 0xee, m->b.n);
	sts_buf_deinit(&m->b);
	assert_int_equal(answer.type, type);
	return answer;
}

static void
assert_failed(struct message *m, const char *name, enum sts_dns_type type,
    const char *detail)
{
	struct sts_dns_answer answer = finish(m, name, type);

	assert_int_equal(answer.status, STS_DNS_FAILED);
	assert_string_equal(answer.detail, detail);
	assert_false(answer.secure);
	assert_int_equal(answer.ttl, 0);
	assert_int_equal(answer.n, 0);
	assert_null(answer.records);
	sts_dns_answer_deinit(&answer);
}

static void
assert_slice(struct sts_slice got, struct sts_slice want)
{
	assert_int_equal(got.n, want.n);
	assert_memory_equal(got.p, want.p, want.n);
}

#define MTA_STS "_mta-sts.example.com"

static void
reads_txt(void **state)
{
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	start(&m, 0, MTA_STS, STS_DNS_TXT);
	put_rr(&m, "@", STS_DNS_TXT, 300, STS_LIT("\x0bhello world"));
	/* Row 10: joined without a space. */
	put_rr(&m, "@", STS_DNS_TXT, 200, STS_LIT("\x03v=S\x00\x05TSv1;"));
	put_rr(&m, "@", STS_DNS_TXT, 400, STS_LIT("\x00"));
	put_rr(&m, "@", STS_DNS_TXT, 400, STS_LIT(""));
	put_rr(&m, "@", STS_DNS_TXT, 400,
	    STS_LIT("\x03"
		    "a\0b"));
	answer = finish(&m, MTA_STS, STS_DNS_TXT);
	assert_int_equal(answer.status, STS_DNS_OK);
	assert_int_equal(answer.n, 5);
	assert_slice(answer.txt[0], STS_LIT("hello world"));
	assert_slice(answer.txt[1], STS_LIT("v=STSv1;"));
	assert_int_equal(answer.txt[2].n, 0);
	assert_int_equal(answer.txt[3].n, 0);
	assert_slice(answer.txt[4], STS_LIT("a\0b"));
	assert_int_equal(answer.ttl, 200);
	assert_false(answer.secure);
	sts_dns_answer_deinit(&answer);
}

static void
reads_addresses(void **state)
{
	struct sts_dns_answer answer;
	struct message m;
	char text[STS_ADDR_TEXT];

	(void)state;
	start(&m, AD, "mx.example", STS_DNS_A);
	put_rr(&m, "@", STS_DNS_A, 60, STS_LIT("\xc0\x00\x02\x01"));
	put_rr(&m, "@", STS_DNS_A, 60, STS_LIT("\xc0\x00\x02\x02"));
	answer = finish(&m, "mx.example", STS_DNS_A);
	assert_int_equal(answer.status, STS_DNS_OK);
	assert_int_equal(answer.n, 2);
	assert_string_equal(sts_addr_text(&answer.addr[0], text), "192.0.2.1");
	assert_string_equal(sts_addr_text(&answer.addr[1], text), "192.0.2.2");
	assert_true(answer.secure); /* row 63 */
	sts_dns_answer_deinit(&answer);

	start(&m, 0, "mx.example", STS_DNS_AAAA);
	put_rr(&m, "@", STS_DNS_AAAA, 60,
	    STS_LIT("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"));
	answer = finish(&m, "mx.example", STS_DNS_AAAA);
	assert_int_equal(answer.n, 1);
	assert_string_equal(
	    sts_addr_text(&answer.addr[0], text), "2001:db8::1");
	sts_dns_answer_deinit(&answer);
}

/* By preference, then as they came; canonical names. */
static void
reads_mx(void **state)
{
	static const struct sts_mx want[] = {
		{ 0, "b.example" },
		{ 10, "mx.example.com" },
		{ 10, "a.example" },
		{ 20, "c.example" },
		{ 65535, "z.example" },
	};
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	start(&m, 0, "example.com", STS_DNS_MX);
	put_mx(&m, "@", 65535, "z.example");
	put_mx(&m, "@", 10, "MX.Example.COM");
	put_mx(&m, "@", 20, "c.example");
	put_mx(&m, "@", 10, "a.example");
	put_mx(&m, "@", 0, "b.example");
	answer = finish(&m, "example.com", STS_DNS_MX);
	assert_int_equal(answer.status, STS_DNS_OK);
	assert_int_equal(answer.n, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_int_equal(answer.mx[i].preference, want[i].preference);
		assert_string_equal(answer.mx[i].host, want[i].host);
	}
	sts_dns_answer_deinit(&answer);
}

/* A host whose name is compressed into the question's. */
static void
reads_compressed_names(void **state)
{
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	start(&m, 0, "example.com", STS_DNS_MX);
	put_rr(&m, "@", STS_DNS_MX, 300, STS_LIT("\x00\x0a\x02mx\xc0\x0c"));
	put_mx(&m, "@", 20, "@");
	answer = finish(&m, "example.com", STS_DNS_MX);
	assert_int_equal(answer.n, 2);
	assert_string_equal(answer.mx[0].host, "mx.example.com");
	assert_string_equal(answer.mx[1].host, "example.com");
	sts_dns_answer_deinit(&answer);
}

/* Row 49; RFC 7505. */
static void
reads_null_mx(void **state)
{
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	start(&m, 0, "example.com", STS_DNS_MX);
	put_mx(&m, "@", 0, "");
	answer = finish(&m, "example.com", STS_DNS_MX);
	assert_int_equal(answer.status, STS_DNS_OK);
	assert_int_equal(answer.n, 1);
	assert_string_equal(answer.mx[0].host, "");
	sts_dns_answer_deinit(&answer);

	/* Beside others it means nothing. */
	start(&m, 0, "example.com", STS_DNS_MX);
	put_mx(&m, "@", 0, "");
	put_mx(&m, "@", 10, "mx.example");
	put_mx(&m, "@", 20, "");
	answer = finish(&m, "example.com", STS_DNS_MX);
	assert_int_equal(answer.n, 1);
	assert_string_equal(answer.mx[0].host, "mx.example");
	sts_dns_answer_deinit(&answer);

	start(&m, 0, "example.com", STS_DNS_MX);
	put_mx(&m, "@", 10, "");
	put_mx(&m, "@", 0, "");
	answer = finish(&m, "example.com", STS_DNS_MX);
	assert_int_equal(answer.n, 1);
	assert_string_equal(answer.mx[0].host, "");
	sts_dns_answer_deinit(&answer);
}

static void
drops_mx_hosts_that_are_no_names(void **state)
{
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	start(&m, 0, "example.com", STS_DNS_MX);
	put_mx(&m, "@", 0, "192.0.2.1");
	put_mx(&m, "@", 5, "a b.example");
	put_mx(&m, "@", 10, "mx.example");
	put_rr(&m, "@", STS_DNS_MX, 300,
	    STS_LIT("\x00\x01\x03"
		    "a.b\x00"));
	put_rr(&m, "@", STS_DNS_MX, 300,
	    STS_LIT("\x00\x01\x03"
		    "a\0b\x00"));
	put_rr(&m, "@", STS_DNS_MX, 300, STS_LIT("\x00\x01\x02\xc3\xa4\x00"));
	answer = finish(&m, "example.com", STS_DNS_MX);
	assert_int_equal(answer.status, STS_DNS_OK);
	assert_int_equal(answer.n, 1);
	assert_string_equal(answer.mx[0].host, "mx.example");
	sts_dns_answer_deinit(&answer);

	/* None is left: that is not "no MX", which means the domain itself. */
	start(&m, 0, "example.com", STS_DNS_MX);
	put_mx(&m, "@", 10, "192.0.2.1");
	assert_failed(
	    &m, "example.com", STS_DNS_MX, "no MX host is a domain name");
	/* Nor is it a null MX, which stands alone. */
	start(&m, 0, "example.com", STS_DNS_MX);
	put_mx(&m, "@", 0, "");
	put_mx(&m, "@", 10, "192.0.2.1");
	assert_failed(
	    &m, "example.com", STS_DNS_MX, "no MX host is a domain name");
}

static void
reads_tlsa(void **state)
{
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	start(&m, AD, "_25._tcp.mx.example", STS_DNS_TLSA);
	put_rr(&m, "@", STS_DNS_TLSA, 60,
	    STS_LIT("\x03\x01\x01"
		    "digest"));
	put_rr(&m, "@", STS_DNS_TLSA, 60, STS_LIT("\x02\x00\x02"));
	answer = finish(&m, "_25._tcp.mx.example", STS_DNS_TLSA);
	assert_int_equal(answer.status, STS_DNS_OK);
	assert_int_equal(answer.n, 2);
	assert_int_equal(answer.tlsa[0].usage, 3);
	assert_int_equal(answer.tlsa[0].selector, 1);
	assert_int_equal(answer.tlsa[0].mtype, 1);
	assert_int_equal(answer.tlsa[0].n, 6);
	assert_memory_equal(answer.tlsa[0].data, "digest", 6);
	assert_int_equal(answer.tlsa[1].usage, 2);
	assert_int_equal(answer.tlsa[1].n, 0);
	sts_dns_answer_deinit(&answer);
}

/* Row 17. */
static void
follows_cnames(void **state)
{
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	start(&m, 0, MTA_STS, STS_DNS_TXT);
	put_cname(&m, "@", 100, "b.example");
	put_cname(&m, "B.Example", 50, "c.example");
	put_rr(&m, "C.example", STS_DNS_TXT, 70, STS_LIT("\x02hi"));
	/* Of other names and types: nobody asked. */
	put_rr(&m, "d.example", STS_DNS_TXT, 1, STS_LIT("\x02no"));
	put_rr(&m, "c.example", RRSIG, 1, STS_LIT("nonsense"));
	answer = finish(&m, MTA_STS, STS_DNS_TXT);
	assert_int_equal(answer.status, STS_DNS_OK);
	assert_int_equal(answer.n, 1);
	assert_slice(answer.txt[0], STS_LIT("hi"));
	assert_int_equal(answer.ttl, 50);
	sts_dns_answer_deinit(&answer);

	/* In whatever order they come. */
	start(&m, 0, MTA_STS, STS_DNS_TXT);
	put_rr(&m, "c.example", STS_DNS_TXT, 70, STS_LIT("\x02hi"));
	put_cname(&m, "b.example", 50, "c.example");
	put_cname(&m, "@", 100, "b.example");
	answer = finish(&m, MTA_STS, STS_DNS_TXT);
	assert_int_equal(answer.n, 1);
	assert_int_equal(answer.ttl, 50);
	sts_dns_answer_deinit(&answer);

	/* One that leads nowhere. */
	start(&m, 0, MTA_STS, STS_DNS_TXT);
	put_cname(&m, "@", 100, "b.example");
	put_soa(&m, 300, 200);
	answer = finish(&m, MTA_STS, STS_DNS_TXT);
	assert_int_equal(answer.status, STS_DNS_NODATA);
	assert_int_equal(answer.ttl, 100);
	sts_dns_answer_deinit(&answer);
}

static void
bounds_chains(void **state)
{
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	for (int links = STS_CNAME_MAX; links <= STS_CNAME_MAX + 1; links++) {
		char from[16] = "n0.example", to[16];

		start(&m, 0, from, STS_DNS_A);
		for (int i = 1; i <= links; i++) {
			(void)snprintf(to, sizeof(to), "n%d.example", i);
			put_cname(&m, from, 100, to);
			memcpy(from, to, sizeof(from));
		}
		put_rr(&m, from, STS_DNS_A, 60, STS_LIT("\xc0\x00\x02\x01"));
		if (links > STS_CNAME_MAX) {
			assert_failed(
			    &m, "n0.example", STS_DNS_A, "too many records");
			continue;
		}
		answer = finish(&m, "n0.example", STS_DNS_A);
		assert_int_equal(answer.status, STS_DNS_OK);
		assert_int_equal(answer.n, 1);
		sts_dns_answer_deinit(&answer);
	}
	/* A loop is a chain without end. */
	start(&m, 0, "a.example", STS_DNS_A);
	put_cname(&m, "@", 100, "b.example");
	put_cname(&m, "b.example", 100, "a.example");
	assert_failed(&m, "a.example", STS_DNS_A, "too many records");
}

static void
bounds_records(void **state)
{
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	start(&m, 0, "a.example", STS_DNS_A);
	for (int i = 0; i < STS_RRS_MAX; i++)
		put_rr(&m, "@", STS_DNS_A, 60, STS_LIT("\xc0\x00\x02\x01"));
	/* Those of others take no room. */
	put_rr(&m, "b.example", STS_DNS_A, 60, STS_LIT("\xc0\x00\x02\x01"));
	answer = finish(&m, "a.example", STS_DNS_A);
	assert_int_equal(answer.status, STS_DNS_OK);
	assert_int_equal(answer.n, STS_RRS_MAX);
	sts_dns_answer_deinit(&answer);

	start(&m, 0, "a.example", STS_DNS_A);
	for (int i = 0; i <= STS_RRS_MAX; i++)
		put_rr(&m, "@", STS_DNS_A, 60, STS_LIT("\xc0\x00\x02\x01"));
	assert_failed(&m, "a.example", STS_DNS_A, "too many records");
}

/* Row 15; RFC 2308. */
static void
tells_no_name_from_no_data(void **state)
{
	static const struct {
		unsigned rcode;
		bool soa;
		uint32_t ttl, minimum;
		enum sts_dns_status status;
		const char *detail;
		uint32_t want_ttl;
	} cases[] = {
		{ 0, true, 300, 200, STS_DNS_NODATA, "NODATA", 200 },
		{ 0, true, 100, 200, STS_DNS_NODATA, "NODATA", 100 },
		{ 0, false, 0, 0, STS_DNS_NODATA, "NODATA", 0 },
		{ NXDOMAIN, true, 300, 200, STS_DNS_NXDOMAIN, "NXDOMAIN", 200 },
		{ NXDOMAIN, true, 0x80000000, 200, STS_DNS_NXDOMAIN, "NXDOMAIN",
		    0 },
		{ NXDOMAIN, false, 0, 0, STS_DNS_NXDOMAIN, "NXDOMAIN", 0 },
	};
	struct message m;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sts_dns_answer answer;

		start(&m, AD | cases[i].rcode, MTA_STS, STS_DNS_TXT);
		if (cases[i].soa)
			put_soa(&m, cases[i].ttl, cases[i].minimum);
		answer = finish(&m, MTA_STS, STS_DNS_TXT);
		assert_int_equal(answer.status, cases[i].status);
		assert_string_equal(answer.detail, cases[i].detail);
		assert_int_equal(answer.ttl, cases[i].want_ttl);
		assert_int_equal(answer.n, 0);
		assert_true(answer.secure);
		sts_dns_answer_deinit(&answer);
	}
}

/* Row 16. */
static void
tells_what_failed(void **state)
{
	static const struct {
		unsigned flags;
		const char *detail;
	} cases[] = {
		{ SERVFAIL, "SERVFAIL" }, { AD | SERVFAIL, "SERVFAIL" },
		{ 1, "FORMERR" }, { 4, "NOTIMP" }, { 5, "REFUSED" },
		{ 6, "RCODE 6" }, { 15, "RCODE 15" },
		{ TC, "truncated answer" },
		{ TC | NXDOMAIN, "truncated answer" },
		{ 0x0800, "malformed answer" }, /* not of a query */
	};
	struct message m;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		start(&m, cases[i].flags, MTA_STS, STS_DNS_TXT);
		put_rr(&m, "@", STS_DNS_TXT, 300, STS_LIT("\x02hi"));
		assert_failed(&m, MTA_STS, STS_DNS_TXT, cases[i].detail);
	}
	/* Whether the server failed for the OPT record. */
	for (unsigned rcode = 1; rcode < 6; rcode++) {
		struct sts_dns_answer answer;

		start(&m, rcode, MTA_STS, STS_DNS_TXT);
		answer = finish(&m, MTA_STS, STS_DNS_TXT);
		assert_int_equal(answer.edns_refused, rcode == 1 || rcode == 4);
		assert_false(answer.edns);
		sts_dns_answer_deinit(&answer);
	}
	/* That there is no such name, and a record of it. */
	start(&m, NXDOMAIN, MTA_STS, STS_DNS_TXT);
	put_rr(&m, "@", STS_DNS_TXT, 300, STS_LIT("\x02hi"));
	assert_failed(&m, MTA_STS, STS_DNS_TXT, "malformed answer");
}

/* RFC 6891 section 6.1.3: BADVERS looks like NODATA but for the OPT record. */
static void
reads_the_whole_code(void **state)
{
	static const struct {
		uint32_t ttl;
		enum sts_dns_status status;
		const char *detail;
	} cases[] = {
		{ 0, STS_DNS_NODATA, "NODATA" },
		{ 0x00018000, STS_DNS_NODATA, "NODATA" }, /* version, DO */
		{ 0x01000000, STS_DNS_FAILED, "BADVERS" },
		{ 0x02000000, STS_DNS_FAILED, "RCODE 32" },
	};
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		start(&m, AD, MTA_STS, STS_DNS_TXT);
		put_rr(&m, "", OPT, cases[i].ttl, sts_slice(NULL, 0));
		patch16(&m, 6, --m.answers);
		patch16(&m, 10, 1);
		answer = finish(&m, MTA_STS, STS_DNS_TXT);
		assert_int_equal(answer.status, cases[i].status);
		assert_string_equal(answer.detail, cases[i].detail);
		assert_int_equal(answer.edns_refused, i == 2);
		assert_true(answer.edns);
		sts_dns_answer_deinit(&answer);
	}
}

/* An answer to another question says nothing about this one. */
static void
wants_its_own_question(void **state)
{
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	start(&m, 0, "other.example", STS_DNS_TXT);
	assert_failed(&m, MTA_STS, STS_DNS_TXT, "malformed answer");
	start(&m, 0, MTA_STS, STS_DNS_MX);
	assert_failed(&m, MTA_STS, STS_DNS_TXT, "malformed answer");
	start(&m, 0, MTA_STS, STS_DNS_TXT);
	patch16(&m, m.b.n - 2, 3); /* class CHAOS */
	assert_failed(&m, MTA_STS, STS_DNS_TXT, "malformed answer");
	start(&m, 0, MTA_STS, STS_DNS_TXT);
	patch16(&m, 2, 0); /* a query, not a response */
	assert_failed(&m, MTA_STS, STS_DNS_TXT, "malformed answer");
	start(&m, 0, MTA_STS, STS_DNS_TXT);
	m.b.n = 12;
	patch16(&m, 4, 0); /* without a question */
	assert_failed(&m, MTA_STS, STS_DNS_TXT, "malformed answer");
	/* In another case it is the same. */
	start(&m, 0, "_MTA-sts.Example.COM", STS_DNS_TXT);
	answer = finish(&m, MTA_STS, STS_DNS_TXT);
	assert_int_equal(answer.status, STS_DNS_NODATA);
	sts_dns_answer_deinit(&answer);
}

static void
passes_over_other_classes(void **state)
{
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	start(&m, 0, "a.example", STS_DNS_TXT);
	put_rr(&m, "@", STS_DNS_TXT, 300, STS_LIT("\x02hi"));
	patch16(&m, m.b.n - 3 - 2 - 4 - 2, 3);
	answer = finish(&m, "a.example", STS_DNS_TXT);
	assert_int_equal(answer.status, STS_DNS_NODATA);
	sts_dns_answer_deinit(&answer);
}

/* Record data that is not what its type has. */
static void
refuses_bad_data(void **state)
{
	static const struct {
		enum sts_dns_type type;
		unsigned rr_type;
		struct sts_slice data;
	} cases[] = {
		{ STS_DNS_A, STS_DNS_A, STS_LIT("") },
		{ STS_DNS_A, STS_DNS_A, STS_LIT("\xc0\x00\x02") },
		{ STS_DNS_A, STS_DNS_A, STS_LIT("\xc0\x00\x02\x01\x00") },
		{ STS_DNS_AAAA, STS_DNS_AAAA, STS_LIT("\xc0\x00\x02\x01") },
		{ STS_DNS_MX, STS_DNS_MX, STS_LIT("") },
		{ STS_DNS_MX, STS_DNS_MX, STS_LIT("\x00") },
		{ STS_DNS_MX, STS_DNS_MX, STS_LIT("\x00\x0a") },
		{ STS_DNS_MX, STS_DNS_MX, STS_LIT("\x00\x0a\x02mx") },
		{ STS_DNS_MX, STS_DNS_MX, STS_LIT("\x00\x0a\x02mx\x00\x00") },
		{ STS_DNS_MX, STS_DNS_MX, STS_LIT("\x00\x0a\x09mx\x00") },
		{ STS_DNS_MX, STS_DNS_MX, STS_LIT("\x00\x0a\x40mx\x00") },
		{ STS_DNS_MX, STS_DNS_MX, STS_LIT("\x00\x0a\xc0") },
		{ STS_DNS_MX, STS_DNS_MX, STS_LIT("\x00\x0a\xff\xff") },
		{ STS_DNS_TXT, STS_DNS_TXT,
		    STS_LIT("\x05"
			    "hi") },
		{ STS_DNS_TXT, STS_DNS_TXT, STS_LIT("\x02hi\x01") },
		{ STS_DNS_TLSA, STS_DNS_TLSA, STS_LIT("\x03\x01") },
		{ STS_DNS_TLSA, STS_DNS_TLSA, STS_LIT("") },
		{ STS_DNS_A, CNAME, STS_LIT("") },
		{ STS_DNS_A, CNAME,
		    STS_LIT("\x01"
			    "a") },
		{ STS_DNS_A, CNAME,
		    STS_LIT("\x01"
			    "a\x00\x00") },
	};
	struct message m;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		start(&m, 0, "a.example", cases[i].type);
		put_rr(&m, "@", cases[i].rr_type, 300, cases[i].data);
		assert_failed(
		    &m, "a.example", cases[i].type, "malformed answer");
	}
	/* A name that points to itself. */
	start(&m, 0, "a.example", STS_DNS_MX);
	put_rr(&m, "@", STS_DNS_MX, 300, STS_LIT("\x00\x0a\xc0\x00"));
	patch16(&m, m.b.n - 2, (unsigned)(0xc000 | (m.b.n - 2)));
	assert_failed(&m, "a.example", STS_DNS_MX, "malformed answer");
}

/* Whatever is cut off an answer, what is left is none. */
static void
refuses_what_is_cut_short(void **state)
{
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	start(&m, 0, "a.example", STS_DNS_MX);
	put_mx(&m, "@", 10, "mx.a.example");
	for (size_t n = 0; n < m.b.n; n++) {
		char *copy = malloc(n == 0 ? 1 : n); /* for a sanitizer */

		assert_non_null(copy);
		memcpy(copy, m.b.p, n);
		assert_int_equal(sts_dns_answer_parse(sts_slice(copy, n),
				     "a.example", STS_DNS_MX, &answer),
		    STS_OK);
		assert_int_equal(answer.status, STS_DNS_FAILED);
		assert_string_equal(answer.detail, "malformed answer");
		sts_dns_answer_deinit(&answer);
		free(copy);
	}
	sts_buf_char(&m.b, '\0');
	assert_failed(&m, "a.example", STS_DNS_MX, "malformed answer");
}

static void
refuses_what_is_too_long(void **state)
{
	struct sts_dns_answer answer;
	char name[2000];
	struct message m;

	(void)state;
	start(&m, 0, "a.example", STS_DNS_MX);
	while (m.b.n <= 65535)
		sts_buf_char(&m.b, '\0');
	assert_failed(&m, "a.example", STS_DNS_MX, "malformed answer");

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	start(&m, 0, "a.example", STS_DNS_MX);
	answer = finish(&m, name, STS_DNS_MX);
	assert_int_equal(answer.status, STS_DNS_FAILED);
	sts_dns_answer_deinit(&answer);
}

/* A SOA too short to have a MINIMUM is passed over. */
static void
survives_a_bad_soa(void **state)
{
	struct sts_dns_answer answer;
	struct message m;

	(void)state;
	start(&m, NXDOMAIN, "a.example", STS_DNS_MX);
	put_rr(&m, "example", SOA, 300, STS_LIT("\x00\x00"));
	patch16(&m, 6, 0);
	patch16(&m, 8, 1);
	answer = finish(&m, "a.example", STS_DNS_MX);
	assert_int_equal(answer.status, STS_DNS_NXDOMAIN);
	assert_int_equal(answer.ttl, 0);
	sts_dns_answer_deinit(&answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_txt),
		cmocka_unit_test(reads_addresses),
		cmocka_unit_test(reads_mx),
		cmocka_unit_test(reads_compressed_names),
		cmocka_unit_test(reads_null_mx),
		cmocka_unit_test(drops_mx_hosts_that_are_no_names),
		cmocka_unit_test(reads_tlsa),
		cmocka_unit_test(follows_cnames),
		cmocka_unit_test(bounds_chains),
		cmocka_unit_test(bounds_records),
		cmocka_unit_test(tells_no_name_from_no_data),
		cmocka_unit_test(tells_what_failed),
		cmocka_unit_test(reads_the_whole_code),
		cmocka_unit_test(wants_its_own_question),
		cmocka_unit_test(passes_over_other_classes),
		cmocka_unit_test(refuses_bad_data),
		cmocka_unit_test(refuses_what_is_cut_short),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(survives_a_bad_soa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
