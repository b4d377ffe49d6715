/*
 * Fetches over HTTP and their life: rules.md rows 18 to 22, 25 and 27.  The
 * certificates of rows 23 and 24 are in fetchtls_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetchworld.h"
#include "sts/core/policy.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OK_LINE "HTTP/1.1 200 OK\r\n"
#define PLAIN "Content-Type: text/plain\r\n"
#define HELLO "Content-Length: 5\r\n\r\nhello"

static const struct answer_case {
	const char *name;
	const char *answer;
	const char *fault; /* in the detail; NULL: accepted, with "hello" */
	enum https_end end;
} answers[] = {
	{ "as it should be", OK_LINE PLAIN HELLO, NULL, 0 },
	{ "old", "HTTP/1.0 200 OK\r\n" PLAIN HELLO, NULL, 0 },
	{ "media type in capitals, with a parameter",
	    OK_LINE "Content-Type: Text/Plain; charset=utf-8\r\n" HELLO, NULL,
	    0 },
	{ "media type, spaces around",
	    OK_LINE "Content-Type:\t text/plain ;x=y \r\n" HELLO, NULL, 0 },
	{ "chunked",
	    OK_LINE PLAIN "Transfer-Encoding: chunked\r\n\r\n"
			  "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
	    NULL, 0 },
	{ "ends with the connection", OK_LINE PLAIN "\r\nhello", NULL, 0 },
	{ "ends with the connection, and TLS does not say so",
	    OK_LINE PLAIN "\r\nhello", "cut within the body", HTTPS_CUT },
	{ "length known, cut without a word", OK_LINE PLAIN HELLO, NULL,
	    HTTPS_CUT },
	{ "identity", OK_LINE PLAIN "Content-Encoding: identity\r\n" HELLO,
	    NULL, 0 },
	{ "caching fields are no concern",
	    OK_LINE PLAIN "Cache-Control: no-store, max-age=0\r\nAge: 99\r\n"
			  "Expires: 0\r\nPragma: no-cache\r\n" HELLO,
	    NULL, 0 },
	{ "after an informational answer",
	    "HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\n"
	    "\r\n" OK_LINE PLAIN HELLO,
	    NULL, 0 },

	{ "301", "HTTP/1.1 301 Moved\r\nLocation: /x\r\n" PLAIN HELLO,
	    "redirect (301) is not allowed", 0 },
	{ "302", "HTTP/1.1 302 Found\r\nLocation: /x\r\n" PLAIN HELLO,
	    "redirect (302) is not allowed", 0 },
	{ "304", "HTTP/1.1 304 Not Modified\r\n" PLAIN "\r\n",
	    "redirect (304) is not allowed", 0 },
	{ "308", "HTTP/1.1 308 Permanent\r\nLocation: /x\r\n" PLAIN HELLO,
	    "redirect (308) is not allowed", 0 },
	{ "399", "HTTP/1.1 399 What\r\n" PLAIN HELLO,
	    "redirect (399) is not allowed", 0 },
	{ "101", "HTTP/1.1 101 Switching\r\n" PLAIN "\r\nhello",
	    "HTTP status 101", 0 },
	{ "201", "HTTP/1.1 201 Created\r\n" PLAIN HELLO, "HTTP status 201", 0 },
	{ "204", "HTTP/1.1 204 No Content\r\n" PLAIN "\r\n", "HTTP status 204",
	    0 },
	{ "206", "HTTP/1.1 206 Partial\r\n" PLAIN HELLO, "HTTP status 206", 0 },
	{ "401",
	    "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\n" PLAIN
		HELLO,
	    "HTTP status 401", 0 },
	{ "404", "HTTP/1.1 404 Not Found\r\n" PLAIN HELLO, "HTTP status 404",
	    0 },
	{ "404, and long",
	    "HTTP/1.1 404 No\r\n" PLAIN "Content-Length: 100000\r\n\r\nx",
	    "HTTP status 404", 0 },
	{ "503", "HTTP/1.1 503 Later\r\n" PLAIN HELLO, "HTTP status 503", 0 },

	{ "no media type", OK_LINE HELLO, "no media type", 0 },
	{ "empty media type", OK_LINE "Content-Type:\r\n" HELLO, "media type",
	    0 },
	{ "text/html", OK_LINE "Content-Type: text/html\r\n" HELLO,
	    "media type text/html", 0 },
	{ "text/plainx", OK_LINE "Content-Type: text/plainx\r\n" HELLO,
	    "media type text/plainx", 0 },
	{ "two in one", OK_LINE "Content-Type: text/plain, text/html\r\n" HELLO,
	    "media type text/plain, text/html", 0 },
	{ "one good, one bad",
	    OK_LINE PLAIN "Content-Type: application/octet-stream\r\n" HELLO,
	    "media type application/octet-stream", 0 },
	{ "only the informational answer has one",
	    "HTTP/1.1 103 Early Hints\r\n" PLAIN "\r\n" OK_LINE HELLO,
	    "no media type", 0 },
	{ "only the trailer has one",
	    OK_LINE "Transfer-Encoding: chunked\r\n\r\n"
		    "5\r\nhello\r\n0\r\n" PLAIN "\r\n",
	    "no media type", 0 },
	{ "bytes that no log should see",
	    OK_LINE "Content-Type: text/\x1b[31m\xc3\xa4\\\r\n" HELLO,
	    "media type text/\\x1b[31m\\xc3\\xa4\\\\", 0 },

	{ "compressed", OK_LINE PLAIN "Content-Encoding: gzip\r\n" HELLO,
	    "content encoding gzip", 0 },
	{ "compressed, br", OK_LINE PLAIN "Content-Encoding: br\r\n" HELLO,
	    "content encoding br", 0 },
	{ "compressed in transit",
	    OK_LINE PLAIN "Transfer-Encoding: gzip, chunked\r\n\r\n"
			  "5\r\nhello\r\n0\r\n\r\n",
	    "transfer encoding gzip, chunked", 0 },

	{ "announced too long", OK_LINE PLAIN "Content-Length: 65537\r\n\r\nx",
	    "body over 65536 bytes", HTTPS_HOLD },
	{ "announced beyond reason",
	    OK_LINE PLAIN "Content-Length: 99999999999999999999999999\r\n\r\nx",
	    "", 0 },
	{ "announced below zero",
	    OK_LINE PLAIN "Content-Length: -5\r\n\r\nhello", "", 0 },
	{ "shorter than announced",
	    OK_LINE PLAIN "Content-Length: 6\r\n\r\nhello", "", 0 },
	{ "chunks cut off",
	    OK_LINE PLAIN "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
	    "", 0 },
	{ "chunks of no size",
	    OK_LINE PLAIN "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
	    "", 0 },
	{ "no head at all", "hello\r\n", "", 0 },
	{ "half a head", OK_LINE PLAIN, "cut within the HTTP head", 0 },
	{ "nothing", "", "", 0 },
};

static void
check_answer(struct fetch_world *w, const struct answer_case *c)
{
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request request;
	struct fetch_seen seen;

	w->server.answer = sts_slice_str(c->answer);
	w->server.end = c->end;
	w->server.port = 0;
	https_server_start(&w->server);
	request = fetch_request(w, &addr);
	fetch_run(w, &request, &seen);
	https_server_stop(&w->server);
	print_message("%s: %s\n", c->name, seen.result.detail);
	assert_string_equal(seen.result.address, "127.0.0.1");
	if (c->fault == NULL) {
		assert_true(seen.result.ok);
		assert_int_equal(seen.result.reason, STS_REASON_NONE);
		assert_string_equal(seen.result.detail, "");
		assert_string_equal(seen.body, "hello");
	} else {
		assert_false(seen.result.ok);
		assert_int_equal(
		    seen.result.reason, STS_REASON_STS_POLICY_FETCH_ERROR);
		assert_string_not_equal(seen.result.detail, "");
		assert_non_null(strstr(seen.result.detail, c->fault));
		assert_int_equal(seen.result.body.n, 0);
	}
	fetch_seen_deinit(&seen);
}

static void
test_answers(void **state)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		check_answer(*state, &answers[i]);
}

static void
test_request(void **state)
{
	struct fetch_world *w = *state;
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request request;
	struct fetch_seen seen;
	char host[64];

	w->server.answer = STS_LIT(OK_LINE PLAIN HELLO);
	https_server_start(&w->server);
	request = fetch_request(w, &addr);
	fetch_run(w, &request, &seen);
	https_server_stop(&w->server);
	assert_true(seen.result.ok);
	assert_string_equal(w->server.sni, POLICY_HOST);
	assert_string_equal(w->server.alpn, "\010http/1.1");
	assert_memory_equal(
	    w->server.request, "GET /.well-known/mta-sts.txt HTTP/1.1\r\n", 39);
	(void)snprintf(host, sizeof(host), "\r\nHost: " POLICY_HOST ":%u\r\n",
	    w->server.port);
	assert_non_null(strstr(w->server.request, host));
	assert_non_null(strstr(w->server.request,
	    "\r\nUser-Agent: mta-sts-milter/" STS_VERSION "\r\n"));
	/* Neither a compressed body nor another protocol is asked for. */
	assert_null(strstr(w->server.request, "Encoding"));
	assert_null(strstr(w->server.request, "Upgrade"));
	assert_null(strstr(w->server.request, "Cookie"));
	fetch_seen_deinit(&seen);
}

enum body_form { ANNOUNCED, CHUNKED, UNTIL_CLOSE };

/* An answer with a body of n bytes. */
static void
make_answer(struct sts_buf *b, enum body_form form, size_t n)
{
	sts_buf_str(b, OK_LINE PLAIN);
	if (form == ANNOUNCED)
		sts_buf_printf(b, "Content-Length: %zu\r\n", n);
	else if (form == CHUNKED)
		sts_buf_str(b, "Transfer-Encoding: chunked\r\n");
	sts_buf_str(b, "\r\n");
	for (size_t left = n, part; left > 0; left -= part) {
		part = left < 1000 ? left : 1000;
		if (form == CHUNKED)
			sts_buf_printf(b, "%zx\r\n", part);
		for (size_t i = 0; i < part; i++)
			sts_buf_char(b, 'x');
		if (form == CHUNKED)
			sts_buf_str(b, "\r\n");
	}
	if (form == CHUNKED)
		sts_buf_str(b, "0\r\n\r\n");
	assert_int_equal(sts_buf_err(b), STS_OK);
}

static void
check_body(struct fetch_world *w, enum body_form form, size_t n)
{
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request request;
	struct fetch_seen seen;
	struct sts_buf answer;

	sts_buf_init(&answer, 1 << 24);
	make_answer(&answer, form, n);
	w->server.answer = sts_buf_view(&answer);
	w->server.port = 0;
	https_server_start(&w->server);
	request = fetch_request(w, &addr);
	fetch_run(w, &request, &seen);
	https_server_stop(&w->server);
	if (n <= STS_POLICY_TEXT_MAX) {
		assert_true(seen.result.ok);
		assert_int_equal(seen.result.body.n, n);
	} else {
		assert_false(seen.result.ok);
		assert_int_equal(seen.result.body.n, 0);
		assert_string_equal(
		    seen.result.detail, "body over 65536 bytes");
	}
	fetch_seen_deinit(&seen);
	sts_buf_deinit(&answer);
}

static void
test_body_cap(void **state)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 4000000 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		check_body(*state, ANNOUNCED, sizes[i]);
		check_body(*state, CHUNKED, sizes[i]);
		check_body(*state, UNTIL_CLOSE, sizes[i]);
	}
}

/* The head: many fields, one endless field, informational answers. */
static void
test_head_cap(void **state)
{
	static const char *const floods[] = {
		"X-Flood: 0123456789012345678901234567890123456789\r\n",
		"0123456789012345678901234567890123456789",
		"HTTP/1.1 103 Early Hints\r\n\r\n",
	};
	struct fetch_world *w = *state;
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request request;
	struct fetch_seen seen;
	struct sts_buf answer;

	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		sts_buf_init(&answer, 1 << 20);
		sts_buf_str(&answer, i == 2 ? "" : OK_LINE PLAIN "X:");
		while (answer.n < 200000)
			sts_buf_str(&answer, floods[i]);
		w->server.answer = sts_buf_view(&answer);
		w->server.port = 0;
		https_server_start(&w->server);
		request = fetch_request(w, &addr);
		fetch_run(w, &request, &seen);
		https_server_stop(&w->server);
		print_message("%s\n", seen.result.detail);
		assert_false(seen.result.ok);
		assert_int_equal(
		    seen.result.reason, STS_REASON_STS_POLICY_FETCH_ERROR);
		if (i != 1) /* libcurl's own cap of a line came first */
			assert_string_equal(
			    seen.result.detail, "HTTP head over 32768 bytes");
		fetch_seen_deinit(&seen);
		sts_buf_deinit(&answer);
	}
}

/* Row 18: the redirect's target sees no connection. */
static void
test_redirect_target(void **state)
{
	struct fetch_world *w = *state;
	struct https_server target = w->server;
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request request;
	struct fetch_seen seen;
	char answer[256];

	target.answer = STS_LIT(OK_LINE PLAIN HELLO);
	https_server_start(&target);
	(void)snprintf(answer, sizeof(answer),
	    "HTTP/1.1 302 Found\r\n" PLAIN "Location: https://" POLICY_HOST
	    ":%u/\r\n" HELLO,
	    target.port);
	w->server.answer = sts_slice_str(answer);
	https_server_start(&w->server);
	request = fetch_request(w, &addr);
	fetch_run(w, &request, &seen);
	assert_false(seen.result.ok);
	assert_int_equal(atomic_load(&target.accepted), 0);
	https_server_stop(&target);
	fetch_seen_deinit(&seen);
}

static void
run_briefly(
    struct fetch_world *w, struct sts_addr *addr, const char *waited_for)
{
	struct sts_fetch_request request = fetch_request(w, addr);
	struct fetch_seen seen;

	request.timeout_ms = 300;
	fetch_run(w, &request, &seen);
	print_message("%s\n", seen.result.detail);
	assert_false(seen.result.ok);
	assert_int_equal(seen.result.reason, STS_REASON_STS_POLICY_FETCH_ERROR);
	assert_non_null(strstr(seen.result.detail, waited_for));
	fetch_seen_deinit(&seen);
}

/* Row 22: at each stage there is one deadline. */
static void
test_deadline(void **state)
{
	static const struct {
		const char *answer;
		enum https_end end;
		bool silent;
		const char *waited_for;
	} cases[] = {
		{ "", HTTPS_HOLD, true, "waiting for a TLS session" },
		{ "", HTTPS_HOLD, false, "waiting for an answer" },
		{ OK_LINE PLAIN "Content-Length: 60000\r\n\r\nx", HTTPS_DRIP,
		    false, "waiting for the whole answer" },
		{ OK_LINE PLAIN "X:y", HTTPS_DRIP, false,
		    "waiting for the whole answer" },
	};
	struct fetch_world *w = *state;
	struct sts_addr addr = fetch_addr("127.0.0.1");
	const struct testpki_cert *cert = w->server.cert;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w->server.answer = sts_slice_str(cases[i].answer);
		w->server.end = cases[i].end;
		w->server.cert = cases[i].silent ? NULL : cert;
		w->server.port = 0;
		https_server_start(&w->server);
		run_briefly(w, &addr, cases[i].waited_for);
		https_server_stop(&w->server);
	}
}

static void
test_deadline_of_connection(void **state)
{
	struct fetch_world *w = *state;
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct https_black_hole hole =
	    https_black_hole("127.0.0.1", &w->server.port);

	run_briefly(w, &addr, "waiting for a connection");
	https_black_hole_close(&hole);
}

static void
test_connection_refused(void **state)
{
	struct fetch_world *w = *state;
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request request;
	struct fetch_seen seen;
	int fd = https_bind("127.0.0.1", &w->server.port);

	request = fetch_request(w, &addr);
	fetch_run(w, &request, &seen);
	assert_int_equal(seen.result.reason, STS_REASON_STS_POLICY_FETCH_ERROR);
	assert_string_equal(seen.result.detail, "connection refused");
	fetch_seen_deinit(&seen);
	(void)close(fd);
}

/* One letter an address; capitals are IPv6. */
static struct sts_addr
lettered_addr(char letter)
{
	static const char *const texts[] = {
		['a'] = "127.0.0.1", /* answers */
		['r'] = "127.0.0.9", /* refuses the connection */
		['R'] = "::1", /* so does this */
		['x'] = "10.1.2.3", /* is not allowed */
		['X'] = "fe80::1", /* nor is this */
	};

	return fetch_addr(texts[(unsigned char)letter]);
}

static void
check_addresses(
    struct fetch_world *w, const char *letters, enum sts_reason reason)
{
	struct sts_addr addrs[2 * STS_FETCH_ADDRS_MAX] = { { 0 } };
	struct sts_fetch_request request = fetch_request(w, addrs);
	struct fetch_seen seen;
	int64_t from = sts_mono_ms(&sts_clock_system);

	for (request.n_addrs = 0; letters[request.n_addrs] != '\0';
	     request.n_addrs++)
		addrs[request.n_addrs] =
		    lettered_addr(letters[request.n_addrs]);
	fetch_run(w, &request, &seen);
	print_message("%s: %s\n", letters, seen.result.detail);
	assert_int_equal(seen.result.reason, reason);
	assert_int_equal(seen.result.ok, reason == STS_REASON_NONE);
	assert_string_equal(
	    seen.result.address, reason == STS_REASON_NONE ? "127.0.0.1" : "");
	/* Milliseconds, in truth: nobody slept until half of the minute was
	 * over. */
	assert_true(sts_mono_ms(&sts_clock_system) - from < 10000);
	fetch_seen_deinit(&seen);
}

/* Each that is dead or not allowed leads on to the next, at once. */
static void
test_next_address(void **state)
{
	static const char *const good[] = { "a", "ra", "Ra", "xa", "Xa", "aX",
		"aR", "rRa", "Rra", "xXa", "XRa", "rxa", "rxRXa", "XRxra",
		"rrrrrrrrrrrrrrra", "aaaaaaaaaaaaaaaaaaaa" };
	static const char *const dead[] = { "r", "R", "rR", "Rr", "rx", "xR",
		"XxRr", "rrrrrrrrrrrrrrrra" /* one too many */ };
	static const char *const refused[] = { "x", "X", "xX", "Xx", "xXxX" };
	struct fetch_world *w = *state;

	w->server.answer = STS_LIT(OK_LINE PLAIN HELLO);
	https_server_start(&w->server);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		check_addresses(w, good[i], STS_REASON_NONE);
	for (size_t i = 0; i < sizeof(dead) / sizeof(dead[0]); i++)
		check_addresses(w, dead[i], STS_REASON_STS_POLICY_FETCH_ERROR);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		check_addresses(w, refused[i], STS_REASON_ADDRESS_REFUSED);
}

/* A machine may be without IPv6. */
static bool
has_ipv6(void)
{
	struct sockaddr_in6 sa = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool can = fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0;

	if (fd >= 0)
		(void)close(fd);
	return can;
}

static void
check_after(struct fetch_world *w, const char *silent)
{
	struct sts_addr addrs[] = { fetch_addr(silent),
		fetch_addr("127.0.0.1") };
	struct sts_fetch_request request = fetch_request(w, addrs);
	struct fetch_seen seen;

	request.n_addrs = 2;
	request.timeout_ms = 2000;
	fetch_run(w, &request, &seen);
	assert_true(seen.result.ok);
	assert_string_equal(seen.result.address, "127.0.0.1");
	fetch_seen_deinit(&seen);
}

/* An address that swallows all leaves time for the next. */
static void
test_next_address_after_silence(void **state)
{
	struct fetch_world *w = *state;
	struct https_server mute = { .address = "127.0.0.8" };
	struct https_black_hole hole;

	w->server.answer = STS_LIT(OK_LINE PLAIN HELLO);
	https_server_start(&w->server);
	hole = https_black_hole("127.0.0.9", &w->server.port);
	check_after(w, "127.0.0.9");
	https_black_hole_close(&hole);
	mute.port = w->server.port;
	https_server_start(&mute);
	check_after(w, "127.0.0.8");
	assert_int_equal(atomic_load(&mute.accepted), 1);
	https_server_stop(&mute);
	if (!has_ipv6())
		return;
	hole = https_black_hole("::1", &w->server.port);
	check_after(w, "::1");
	https_black_hole_close(&hole);
}

static void
test_ipv6(void **state)
{
	struct fetch_world *w = *state;
	struct sts_addr addr = fetch_addr("::1");
	struct sts_fetch_request request;
	struct fetch_seen seen;

	if (!has_ipv6())
		skip();
	w->server.address = "::1";
	w->server.answer = STS_LIT(OK_LINE PLAIN HELLO);
	https_server_start(&w->server);
	request = fetch_request(w, &addr);
	fetch_run(w, &request, &seen);
	assert_true(seen.result.ok);
	assert_string_equal(seen.result.address, "::1");
	fetch_seen_deinit(&seen);
}

/* Row 27. */
static void
test_address_refused(void **state)
{
	static const char *const texts[] = { "127.0.0.1", "::1", "10.0.0.1",
		"169.254.1.1", "224.0.0.1", "::ffff:127.0.0.1", "fe80::1" };
	struct fetch_world *w = *state;
	struct sts_addr addr;
	struct sts_fetch_request request;
	struct fetch_seen seen;

	w->server.answer = STS_LIT(OK_LINE PLAIN HELLO);
	https_server_start(&w->server);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		addr = fetch_addr(texts[i]);
		request = fetch_request(w, &addr);
		request.conf = w->strict;
		fetch_run(w, &request, &seen);
		assert_false(seen.result.ok);
		assert_int_equal(
		    seen.result.reason, STS_REASON_ADDRESS_REFUSED);
		assert_non_null(strstr(seen.result.detail, "is not public"));
		fetch_seen_deinit(&seen);
	}
	assert_int_equal(atomic_load(&w->server.accepted), 0);
}

/* Row 25. */
static void
test_proxies_ignored(void **state)
{
	static const char *const names[] = { "https_proxy", "HTTPS_PROXY",
		"http_proxy", "all_proxy", "ALL_PROXY" };
	struct fetch_world *w = *state;
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request request;
	struct fetch_seen seen;
	uint16_t port = 0;
	int fd = https_bind("127.0.0.1", &port);
	char proxy[64];

	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", port);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(setenv(names[i], proxy, 1), 0);
	w->server.answer = STS_LIT(OK_LINE PLAIN HELLO);
	https_server_start(&w->server);
	request = fetch_request(w, &addr);
	fetch_run(w, &request, &seen);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(unsetenv(names[i]), 0);
	assert_true(seen.result.ok);
	fetch_seen_deinit(&seen);
	(void)close(fd);
}

static void
test_bad_requests(void **state)
{
	struct fetch_world *w = *state;
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request good, request;
	struct sts_fetch *fetch = NULL;
	char longest[STS_DOMAIN_SIZE];

	good = fetch_request(w, &addr);
	request = good;
	request.n_addrs = 0;
	assert_int_equal(
	    sts_fetch_start(w->fetcher, &request, fetch_note, NULL, &fetch),
	    STS_E_RANGE);
	request = good;
	request.timeout_ms = 0;
	assert_int_equal(
	    sts_fetch_start(w->fetcher, &request, fetch_note, NULL, &fetch),
	    STS_E_RANGE);
	request = good;
	request.policy_domain = "good.test/x?y#z@w";
	assert_int_equal(
	    sts_fetch_start(w->fetcher, &request, fetch_note, NULL, &fetch),
	    STS_E_SYNTAX);
	memset(longest, 'a', sizeof(longest));
	longest[246] = '\0';
	request.policy_domain = longest;
	assert_int_equal(
	    sts_fetch_start(w->fetcher, &request, fetch_note, NULL, &fetch),
	    STS_E_LIMIT);
	assert_null(fetch);
}

/* Of one host at two addresses, at once: neither sees the other's. */
static void
test_fetches_are_apart(void **state)
{
	struct fetch_world *w = *state;
	struct https_server other = w->server;
	struct sts_addr here = fetch_addr("127.0.0.1");
	struct sts_addr there = fetch_addr("127.0.0.2");
	struct sts_fetch_request first, second;
	struct fetch_seen seen[3] = { { 0 } };
	struct sts_fetch *fetch;

	w->server.answer = STS_LIT(OK_LINE PLAIN HELLO);
	https_server_start(&w->server);
	other.port = w->server.port;
	other.address = "127.0.0.2";
	other.answer = STS_LIT(OK_LINE PLAIN "Content-Length: 5\r\n\r\nother");
	https_server_start(&other);
	first = fetch_request(w, &here);
	second = fetch_request(w, &there);
	assert_int_equal(
	    sts_fetch_start(w->fetcher, &first, fetch_note, &seen[0], &fetch),
	    STS_OK);
	assert_int_equal(
	    sts_fetch_start(w->fetcher, &second, fetch_note, &seen[1], &fetch),
	    STS_OK);
	while (seen[0].calls == 0 || seen[1].calls == 0)
		fetch_turn(w);
	assert_string_equal(seen[0].body, "hello");
	assert_string_equal(seen[1].body, "other");
	/* And later. */
	fetch_run(w, &first, &seen[2]);
	assert_string_equal(seen[2].body, "hello");
	assert_int_equal(atomic_load(&w->server.accepted), 2);
	assert_int_equal(atomic_load(&other.accepted), 1);
	https_server_stop(&other);
	for (size_t i = 0; i < 3; i++)
		fetch_seen_deinit(&seen[i]);
}

/* Starts a fetch and turns the loop until the server saw it come so far. */
static struct sts_fetch *
start_until(struct fetch_world *w, int stage, struct fetch_seen *seen)
{
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request request = fetch_request(w, &addr);
	struct sts_fetch *fetch = NULL;

	*seen = (struct fetch_seen){ 0 };
	assert_int_equal(
	    sts_fetch_start(w->fetcher, &request, fetch_note, seen, &fetch),
	    STS_OK);
	while (atomic_load(&w->server.stage) < stage)
		assert_true(event_base_loop(
				sts_loop_base(w->loop), EVLOOP_NONBLOCK) >= 0);
	return fetch;
}

static void
start_stalling(struct fetch_world *w, int stage)
{
	w->server.answer = STS_LIT("");
	w->server.end = HTTPS_HOLD;
	if (stage == HTTPS_ACCEPTED)
		w->server.cert = NULL;
	if (stage == HTTPS_ANSWERING)
		w->server.answer =
		    STS_LIT(OK_LINE PLAIN "Content-Length: 9\r\n\r\nhello");
	https_server_start(&w->server);
}

/* At each stage; the server's thread ends only where the connection is gone. */
static void
test_cancel(void **state)
{
	struct fetch_world *w = *state;
	struct https_server ours = w->server;
	struct fetch_seen seen;

	for (int stage = HTTPS_IDLE; stage <= HTTPS_ANSWERING; stage++) {
		w->server = ours;
		start_stalling(w, stage);
		sts_fetch_cancel(start_until(w, stage, &seen));
		https_server_stop(&w->server);
		(void)event_base_loop(sts_loop_base(w->loop), EVLOOP_NONBLOCK);
		assert_int_equal(seen.calls, 0);
	}
	sts_fetch_cancel(NULL);
}

static void
test_free_under_way(void **state)
{
	struct fetch_world *w = *state;
	struct https_server ours = w->server;
	struct fetch_seen seen;

	for (int stage = HTTPS_IDLE; stage <= HTTPS_ANSWERING; stage++) {
		w->server = ours;
		start_stalling(w, stage);
		(void)start_until(w, stage, &seen);
		sts_fetcher_free(w->fetcher);
		https_server_stop(&w->server);
		(void)event_base_loop(sts_loop_base(w->loop), EVLOOP_NONBLOCK);
		assert_int_equal(seen.calls, 0);
		assert_int_equal(sts_fetcher_new(w->loop, &w->fetcher), STS_OK);
	}
	sts_fetcher_free(NULL);
}

struct pair {
	struct fetch_world *world;
	struct side {
		struct pair *pair;
		struct sts_fetch *fetch;
	} side[2];
	unsigned calls;
	struct fetch_seen third;
};

/* Whichever ends first cancels the other and starts a third. */
static void
on_side(void *cookie, const struct sts_fetch_result *result)
{
	struct side *side = cookie;
	struct pair *pair = side->pair;
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request request = fetch_request(pair->world, &addr);
	struct sts_fetch *third;

	assert_int_equal(result->reason, STS_REASON_ADDRESS_REFUSED);
	pair->calls++;
	sts_fetch_cancel(pair->side[side == &pair->side[0]].fetch);
	assert_int_equal(sts_fetch_start(pair->world->fetcher, &request,
			     fetch_note, &pair->third, &third),
	    STS_OK);
	assert_int_equal(pair->third.calls, 0);
}

/* Both end in the same turn, so that for libcurl the one that is cancelled has
 * ended already. */
static void
test_start_and_cancel_in_callback(void **state)
{
	struct fetch_world *w = *state;
	struct pair pair = { .world = w };
	struct sts_addr addr = fetch_addr("127.0.0.1");
	struct sts_fetch_request request;

	w->server.answer = STS_LIT(OK_LINE PLAIN HELLO);
	https_server_start(&w->server);
	request = fetch_request(w, &addr);
	request.conf = w->strict;
	for (size_t i = 0; i < 2; i++) {
		pair.side[i].pair = &pair;
		assert_int_equal(sts_fetch_start(w->fetcher, &request, on_side,
				     &pair.side[i], &pair.side[i].fetch),
		    STS_OK);
	}
	while (pair.third.calls == 0)
		fetch_turn(w);
	assert_int_equal(pair.calls, 1);
	assert_true(pair.third.result.ok);
	fetch_seen_deinit(&pair.third);
}

/* Whether fd is a client's socket, connected to the port. */
static bool
is_client(int fd, uint16_t port)
{
	struct sockaddr_in peer;
	socklen_t n = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &n) == 0 &&
	       peer.sin_family == AF_INET && ntohs(peer.sin_port) == port;
}

static void
test_close_on_exec(void **state)
{
	struct fetch_world *w = *state;
	struct fetch_seen seen;
	struct sts_fetch *fetch;
	unsigned found = 0;

	start_stalling(w, HTTPS_ASKED);
	fetch = start_until(w, HTTPS_ASKED, &seen);
	for (int fd = 0; fd < 1024; fd++) {
		if (!is_client(fd, w->server.port))
			continue;
		found++;
		assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
		assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	}
	assert_int_equal(found, 1);
	sts_fetch_cancel(fetch);
}

#define FETCH_TEST(f)                                                          \
	cmocka_unit_test_setup_teardown(                                       \
	    f, fetch_world_set_up, fetch_world_tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		FETCH_TEST(test_answers),
		FETCH_TEST(test_request),
		FETCH_TEST(test_body_cap),
		FETCH_TEST(test_head_cap),
		FETCH_TEST(test_redirect_target),
		FETCH_TEST(test_deadline),
		FETCH_TEST(test_deadline_of_connection),
		FETCH_TEST(test_connection_refused),
		FETCH_TEST(test_next_address),
		FETCH_TEST(test_next_address_after_silence),
		FETCH_TEST(test_ipv6),
		FETCH_TEST(test_address_refused),
		FETCH_TEST(test_proxies_ignored),
		FETCH_TEST(test_bad_requests),
		FETCH_TEST(test_fetches_are_apart),
		FETCH_TEST(test_cancel),
		FETCH_TEST(test_free_under_way),
		FETCH_TEST(test_start_and_cancel_in_callback),
		FETCH_TEST(test_close_on_exec),
	};

	return cmocka_run_group_tests(
	    tests, fetch_pki_set_up, fetch_pki_tear_down);
}
