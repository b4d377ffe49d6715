/* probe: each way in which an MX host can be or fail to be a validated path
 * (rules.md rows 27 and 53 to 60), against a server that plays a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../conf/conffile.h"
#include "smtpserver.h"
#include "sts/engine/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/sha.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define MX "mx.b.example"
#define ME "client.example"
#define DAY_S 86400L
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	LONG_MS = 20000, /* never passes */
	SHORT_MS = 1500, /* to be waited for, all stages but one done */
	HANG_S = 90, /* a test that hangs is ended by SIGALRM */
};

enum which { GOOD, EXPIRED, ALIEN, SELF_SIGNED, CN_ALONE, DOMAIN, WILDCARD };

struct world {
	struct testpki_cert root, cert[WILDCARD + 1];
	const struct sts_tls *tls;
	const struct sts_dns_answer *tlsa; /* of each probe; NULL: none */
	const struct sts_conf *conf; /* allow_networks has loopback */
	const struct sts_conf *strict; /* allow_networks is empty */
	struct sts_loop *loop;
	struct sts_prober *prober;
};

struct seen { /* by the callback */
	unsigned calls;
	struct sts_host_finding o;
	struct sts_prober *free_it;
};

static void
make_certs(struct world *world)
{
	struct testpki_cert stranger = testpki_root();
	struct testpki_spec spec = { .cn = "x", .dns = { MX } };

	world->root = testpki_root();
	world->cert[GOOD] = testpki_leaf(MX, &world->root);
	world->cert[ALIEN] = testpki_leaf(MX, &stranger);
	world->cert[SELF_SIGNED] = testpki_make(&spec, NULL);
	world->cert[DOMAIN] = testpki_leaf("b.example", &world->root);
	world->cert[WILDCARD] = testpki_leaf("*.b.example", &world->root);
	spec.from_s = -9 * DAY_S;
	spec.until_s = -DAY_S;
	world->cert[EXPIRED] = testpki_make(&spec, &world->root);
	spec = (struct testpki_spec){ .cn = MX };
	world->cert[CN_ALONE] = testpki_make(&spec, &world->root);
	testpki_free(&stranger);
}

static int
make_world(void **state)
{
	static struct world world;
	char path[TESTPKI_PATH], why[256];

	make_certs(&world);
	testpki_write(&world.root, path);
	assert_int_equal(
	    sts_tls_new(path, why, sizeof(why), &world.tls), STS_OK);
	(void)unlink(path);
	world.conf =
	    conffile_good("hostname = \"" ME "\"\n"
			  "allow_networks = {\"127.0.0.0/8\", \"::1\"}\n");
	world.strict = conffile_good("");
	*state = &world;
	return 0;
}

static int
end_world(void **state)
{
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(world->cert); i++)
		testpki_free(&world->cert[i]);
	testpki_free(&world->root);
	sts_tls_put(world->tls);
	sts_conf_put(world->conf);
	sts_conf_put(world->strict);
	return 0;
}

static int
set_up(void **state)
{
	struct world *world = *state;

	(void)alarm(HANG_S);
	assert_int_equal(sts_loop_new(&sts_clock_system, &world->loop), STS_OK);
	assert_int_equal(sts_prober_new(world->loop, &world->prober), STS_OK);
	return 0;
}

static int
tear_down(void **state)
{
	struct world *world = *state;

	sts_prober_free(world->prober);
	sts_loop_free(world->loop);
	(void)alarm(0);
	return 0;
}

static void
on_done(void *cookie, const struct sts_host_finding *o)
{
	struct seen *seen = cookie;

	seen->calls++;
	seen->o = *o;
	sts_prober_free(seen->free_it);
}

static struct sts_addr
addr_of(const char *text)
{
	struct sts_addr addr;

	assert_int_equal(sts_addr_parse(sts_slice_str(text), &addr), STS_OK);
	return addr;
}

/* To the server's port on `address`. */
static struct sts_probe *
start(struct world *world, const char *address, uint16_t port, int64_t ms,
    struct seen *seen)
{
	struct sts_probe_request request = {
		.host = MX,
		.addr = addr_of(address),
		.port = port,
		.conf = world->conf,
		.tls = world->tls,
		.tlsa = world->tlsa,
		.timeout_ms = ms,
	};
	struct sts_probe *probe = NULL;

	assert_int_equal(
	    sts_probe_start(world->prober, &request, on_done, seen, &probe),
	    STS_OK);
	assert_int_equal(seen->calls, 0);
	assert_false(sts_probe_connected(probe));
	return probe;
}

static void
on_news(evutil_socket_t fd, short what, void *arg)
{
	char news[64];

	(void)what;
	if (read(fd, news, sizeof(news)) <= 0)
		(void)event_del(arg);
}

/* The server's steps wake the loop from here on; to be given to event_free. */
static struct event *
watch(struct world *world, const struct smtp_server *server)
{
	struct event *ev = event_new(sts_loop_base(world->loop),
	    server->news_fd, EV_READ | EV_PERSIST, on_news, event_self_cbarg());

	assert_non_null(ev);
	assert_int_equal(event_add(ev, NULL), 0);
	return ev;
}

static void
turn(struct world *world)
{
	assert_true(
	    event_base_loop(sts_loop_base(world->loop), EVLOOP_ONCE) >= 0);
}

/* The whole probe of that server, up to the server's end. */
static void
run(struct world *world, struct smtp_server *server, int64_t ms,
    struct seen *seen)
{
	struct event *news;

	assert_true(smtp_server_start(server));
	news = watch(world, server);
	(void)start(world,
	    server->address != NULL ? server->address : "127.0.0.1",
	    server->port, ms, seen);
	while (seen->calls == 0 || !atomic_load(&server->over))
		turn(world);
	event_free(news);
	smtp_server_stop(server);
	assert_int_equal(seen->calls, 1);
}

#define HELLO SAY("220 mx ready\r\n"), HEAR
#define OFFER                                                                  \
	HELLO, SAY("250-mx\r\n250-SIZE 100\r\n250-STARTTLS\r\n250 "            \
		   "8BITMIME\r\n")
#define GO OFFER, HEAR, SAY("220 go ahead\r\n")
#define SECURE GO, TLS, HEAR
#define BYE HEAR, SAY("221 bye\r\n")
#define NO_MORE                                                                \
	{                                                                      \
		SMTP_END,                                                      \
		{                                                              \
			NULL, 0                                                \
		}                                                              \
	}

#define SCRIPT(...)                                                            \
	(const struct smtp_step[])                                             \
	{                                                                      \
		__VA_ARGS__, NO_MORE                                           \
	}

static const struct smtp_step whole[] = { SECURE, SAY("250-mx\r\n250 SIZE\r\n"),
	BYE, NO_MORE };

#define HEARD_CLEAR "EHLO " ME "|QUIT|EOF"
#define HEARD_REFUSED "EHLO " ME "|STARTTLS|QUIT|EOF"
#define HEARD_BAD_CERT "EHLO " ME "|STARTTLS|QUIT|TLS-EOF"
#define HEARD_ALL "EHLO " ME "|STARTTLS|EHLO " ME "|QUIT|TLS-EOF"

static void
passes_a_good_host(void **state)
{
	static const struct {
		int version;
		enum which cert;
		const char *tls;
	} cases[] = {
		{ 0, GOOD, "TLSv1.3" },
		{ TLS1_3_VERSION, GOOD, "TLSv1.3" },
		{ TLS1_2_VERSION, GOOD, "TLSv1.2" },
		{ 0, WILDCARD, "TLSv1.3" },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct seen seen = { 0 };
		struct smtp_server server = {
			.script = whole,
			.cert = &world->cert[cases[i].cert],
			.tls_version = cases[i].version,
		};

		run(world, &server, LONG_MS, &seen);
		assert_int_equal(seen.o.path, STS_PATH_VALIDATED);
		assert_int_equal(seen.o.reason, STS_REASON_NONE);
		assert_string_equal(seen.o.host, MX);
		assert_string_equal(seen.o.detail, "");
		assert_string_equal(seen.o.tls, cases[i].tls);
		assert_string_equal(seen.o.address, "127.0.0.1");
		assert_string_equal(seen.o.issuer, "CN=Test Root");
		assert_true(seen.o.not_after > 0);
		assert_false(seen.o.dane);
		/* No more than what proves the path, and SNI is the host. */
		assert_string_equal(server.heard, HEARD_ALL);
		assert_string_equal(server.sni, MX);
	}
}

struct row {
	const char *what;
	const struct smtp_step *script;
	enum sts_path path;
	enum sts_reason reason;
	const char *detail; /* is in it */
	const char *heard; /* NULL: not looked at */
	int tls_version;
	enum which cert;
};

static struct smtp_server
server_of(const struct world *world, const struct row *row)
{
	return (struct smtp_server){
		.script = row->script,
		.cert = &world->cert[row->cert],
		.tls_version = row->tls_version,
	};
}

/* Whether the host says 4xx as its greeting or to EHLO. */
static bool
asks_to_be_left_alone(const struct row *row)
{
	return row->path == STS_PATH_UNREACHABLE &&
	       strstr(row->detail, ": 4") != NULL;
}

static void
check_row(const struct row *row, const struct smtp_server *server,
    const struct sts_host_finding *o)
{
	if (o->busy != asks_to_be_left_alone(row))
		fail_msg("%s: busy is %d", row->what, o->busy);
	if (o->path != row->path || o->reason != row->reason ||
	    strstr(o->detail, row->detail) == NULL)
		fail_msg("%s: path %d, reason %s, detail '%s'", row->what,
		    (int)o->path, sts_reason_text(o->reason), o->detail);
	if (row->heard != NULL && strcmp(server->heard, row->heard) != 0)
		fail_msg("%s: heard %s", row->what, server->heard);
	assert_string_equal(o->address, "127.0.0.1");
}

static void
run_rows(struct world *world, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct seen seen = { 0 };
		struct smtp_server server = server_of(world, &rows[i]);

		run(world, &server, LONG_MS, &seen);
		check_row(&rows[i], &server, &seen.o);
	}
}

/* With names, so that what stands behind `heard` may be left out. */
#define OUTCOME(p, r) .path = STS_PATH_##p, .reason = STS_REASON_##r
#define NO_STARTTLS OUTCOME(INVALID, STARTTLS_NOT_SUPPORTED)
#define FAILS OUTCOME(INVALID, VALIDATION_FAILURE)
#define AWAY OUTCOME(UNREACHABLE, UNREACHABLE)
#define BAD(r) OUTCOME(INVALID, CERTIFICATE_##r)

/* Row 53. */
/* "3 1 1" of that certificate. */
static struct sts_tlsa
tlsa_of(const X509 *cert, uint8_t digest[SHA256_DIGEST_LENGTH])
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);

	assert_true(n > 0);
	(void)SHA256(der, (size_t)n, digest);
	OPENSSL_free(der);
	return (struct sts_tlsa){ 3, 1, 1, SHA256_DIGEST_LENGTH, digest };
}

/* Rows 64 and 65: with TLSA records these alone decide, and the rest of what
 * may be wrong with a host stays as it is. */
static void
asks_tlsa_records_alone(void **state)
{
	static const struct smtp_step bare[] = { HELLO, SAY("250 mx\r\n"), BYE,
		NO_MORE };
	static const struct {
		const struct smtp_step *script;
		enum which shown, published;
		enum sts_reason reason;
		const char *detail, *heard;
	} cases[] = {
		{ whole, EXPIRED, EXPIRED, STS_REASON_NONE, "", HEARD_ALL },
		{ whole, SELF_SIGNED, SELF_SIGNED, STS_REASON_NONE, "",
		    HEARD_ALL },
		{ whole, GOOD, ALIEN, STS_REASON_TLSA_INVALID,
		    "no TLSA record of 1 matches the certificate: 3 1 1 ",
		    HEARD_BAD_CERT },
		{ bare, GOOD, GOOD, STS_REASON_STARTTLS_NOT_SUPPORTED,
		    "EHLO: no STARTTLS", HEARD_CLEAR },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t digest[SHA256_DIGEST_LENGTH];
		struct sts_tlsa record =
		    tlsa_of(world->cert[cases[i].published].cert, digest);
		struct sts_dns_answer tlsa = { .n = 1, .tlsa = &record };
		struct seen seen = { 0 };
		struct smtp_server server = {
			.script = cases[i].script,
			.cert = &world->cert[cases[i].shown],
		};

		world->tlsa = &tlsa;
		run(world, &server, LONG_MS, &seen);
		assert_int_equal(seen.o.reason, cases[i].reason);
		assert_int_equal(seen.o.path == STS_PATH_VALIDATED,
		    cases[i].reason == STS_REASON_NONE);
		assert_true(seen.o.dane);
		assert_non_null(strstr(seen.o.detail, cases[i].detail));
		assert_string_equal(server.heard, cases[i].heard);
	}
	world->tlsa = NULL;
}

static void
wants_starttls(void **state)
{
	const struct row rows[] = {
		{ "not offered",
		    SCRIPT(HELLO, SAY("250-mx\r\n250 SIZE\r\n"), BYE),
		    NO_STARTTLS, "EHLO: no STARTTLS in the answer",
		    HEARD_CLEAR },
		{ "as the greeting",
		    SCRIPT(HELLO, SAY("250 STARTTLS\r\n"), BYE), NO_STARTTLS,
		    "no STARTTLS", HEARD_CLEAR },
		{ "part of a word",
		    SCRIPT(HELLO, SAY("250-mx\r\n250 STARTTLSX\r\n"), BYE),
		    NO_STARTTLS, "no STARTTLS", HEARD_CLEAR },
		{ "no EHLO", SCRIPT(HELLO, SAY("502 what?\r\n"), BYE),
		    NO_STARTTLS, "EHLO: 502 what?", HEARD_CLEAR },
		{ "454",
		    SCRIPT(OFFER, HEAR, SAY("454 TLS not available\r\n"), BYE),
		    NO_STARTTLS, "STARTTLS: 454 TLS not available",
		    HEARD_REFUSED },
		{ "421", SCRIPT(OFFER, HEAR, SAY("421 closing\r\n"), CLOSE),
		    NO_STARTTLS, "STARTTLS: 421 closing", NULL },
		{ "503",
		    SCRIPT(OFFER, HEAR, SAY("503-no\r\n503 never\r\n"), BYE),
		    NO_STARTTLS, "STARTTLS: 503 no never", HEARD_REFUSED },
		{ "250", SCRIPT(OFFER, HEAR, SAY("250 ok\r\n"), BYE),
		    NO_STARTTLS, "STARTTLS: 250 ok", HEARD_REFUSED },
		{ "escape codes",
		    SCRIPT(OFFER, HEAR, SAY("454 \x1b[31m\xff\r\n"), BYE),
		    NO_STARTTLS, "454 \\x1b[31m\\xff", HEARD_REFUSED },
	};

	run_rows(*state, rows, COUNT(rows));
}

/* Row 54. */
static void
sees_injection(void **state)
{
	const struct row rows[] = {
		{ "a reply behind it",
		    SCRIPT(OFFER, HEAR, SAY("220 go\r\n250 injected\r\n")),
		    FAILS, "STARTTLS: injection", "EHLO " ME "|STARTTLS|EOF" },
		{ "one byte behind it", SCRIPT(OFFER, HEAR, SAY("220 go\r\nx")),
		    FAILS, "STARTTLS: injection", "EHLO " ME "|STARTTLS|EOF" },
		{ "TLS behind it",
		    SCRIPT(OFFER, HEAR, SAY("220 go\r\n\x16\x03\x03\x00\x04")),
		    FAILS, "STARTTLS: injection", "EHLO " ME "|STARTTLS|EOF" },
	};

	run_rows(*state, rows, COUNT(rows));
}

/* Rows 55 and 56. */
static void
wants_a_valid_certificate(void **state)
{
	const struct smtp_step *script = SCRIPT(GO, TLS, BYE);
	const struct row rows[] = {
		{ "expired", script, BAD(EXPIRED), "certificate expired on",
		    HEARD_BAD_CERT, .cert = EXPIRED },
		{ "alien", script, BAD(NOT_TRUSTED), "certificate",
		    HEARD_BAD_CERT, .cert = ALIEN },
		{ "self-signed", script, BAD(NOT_TRUSTED), "self-signed",
		    HEARD_BAD_CERT, .cert = SELF_SIGNED },
		{ "CN alone", script, BAD(HOST_MISMATCH), "not " MX,
		    HEARD_BAD_CERT, .cert = CN_ALONE },
		{ "the recipient's domain", script, BAD(HOST_MISMATCH),
		    "certificate names b.example; not " MX, HEARD_BAD_CERT,
		    .cert = DOMAIN },
		{ "the same in TLS 1.2", script, BAD(HOST_MISMATCH),
		    "certificate names b.example; not " MX, HEARD_BAD_CERT,
		    .cert = DOMAIN, .tls_version = TLS1_2_VERSION },
	};

	run_rows(*state, rows, COUNT(rows));
}

#define HELLO_REQUEST "\x16\x03\x03\x00\x04\x00\x00\x00\x00"

/* Row 57. */
static void
wants_a_handshake(void **state)
{
	const struct row rows[] = {
		{ "TLS 1.1", SCRIPT(GO, TLS), FAILS,
		    "TLS handshake: ", .tls_version = TLS1_1_VERSION },
		{ "clear text", SCRIPT(GO, GULP, SAY("220 what?\r\n"), HOLD),
		    FAILS, "TLS handshake: wrong version number" },
		{ "alert",
		    SCRIPT(GO, GULP, SAY("\x15\x03\x03\x00\x02\x02\x28"), HOLD),
		    FAILS, "TLS handshake: sslv3 alert handshake failure" },
		{ "closed", SCRIPT(GO, GULP, CLOSE), FAILS,
		    "TLS handshake: connection closed by the server" },
		{ "reset", SCRIPT(GO, GULP, RESET), FAILS,
		    "TLS handshake: Connection reset by peer" },
		{ "endless", SCRIPT(GO, GULP, FLOOD(HELLO_REQUEST)), FAILS,
		    "TLS handshake: " },
	};

	run_rows(*state, rows, COUNT(rows));
}

/* Row 58. */
static void
tells_who_cannot_be_reached(void **state)
{
	const struct row rows[] = {
		{ "554", SCRIPT(SAY("554-go\r\n554 away\r\n"), BYE), AWAY,
		    "greeting: 554 go away", "QUIT|EOF" },
		{ "421", SCRIPT(SAY("421 busy\r\n"), CLOSE), AWAY,
		    "greeting: 421 busy" },
		{ "450", SCRIPT(SAY("450 later\r\n"), BYE), AWAY,
		    "greeting: 450 later", "QUIT|EOF" },
		{ "250 as a greeting", SCRIPT(SAY("250 hi\r\n"), BYE), AWAY,
		    "greeting: 250 hi", "QUIT|EOF" },
		{ "closes at once", SCRIPT(CLOSE), AWAY,
		    "greeting: connection closed by the server" },
		{ "resets at once", SCRIPT(RESET), AWAY, "reset" },
		{ "421 to EHLO", SCRIPT(HELLO, SAY("421 busy\r\n"), BYE), AWAY,
		    "EHLO: 421 busy", HEARD_CLEAR },
		{ "450 to EHLO", SCRIPT(HELLO, SAY("450 later\r\n"), BYE), AWAY,
		    "EHLO: 450 later", HEARD_CLEAR },
		{ "220 to EHLO", SCRIPT(HELLO, SAY("220 hi\r\n"), BYE), AWAY,
		    "EHLO: 220 hi", HEARD_CLEAR },
		{ "closes at EHLO", SCRIPT(HELLO, CLOSE), AWAY,
		    "EHLO: connection closed by the server" },
		{ "closes at STARTTLS", SCRIPT(OFFER, HEAR, CLOSE), AWAY,
		    "STARTTLS: connection closed by the server" },
	};

	run_rows(*state, rows, COUNT(rows));
}

/* A valid certificate, and no session to be had: no proof either way. */
static void
wants_a_usable_session(void **state)
{
	const struct row rows[] = {
		{ "421", SCRIPT(SECURE, SAY("421 busy\r\n"), BYE), AWAY,
		    "EHLO after STARTTLS: 421 busy", HEARD_ALL },
		{ "550", SCRIPT(SECURE, SAY("550 no\r\n"), BYE), AWAY,
		    "EHLO after STARTTLS: 550 no", HEARD_ALL },
		{ "garbage", SCRIPT(SECURE, SAY("hello\r\n")), AWAY,
		    "EHLO after STARTTLS: the answer is not SMTP" },
		{ "closed", SCRIPT(SECURE, CLOSE), AWAY,
		    "EHLO after STARTTLS: TLS closed by the server" },
		{ "reset", SCRIPT(SECURE, RESET), AWAY,
		    "EHLO after STARTTLS: Connection reset by peer" },
		{ "endless", SCRIPT(SECURE, FLOOD("250-x\r\n")), AWAY,
		    "EHLO after STARTTLS: the answer is too long" },
	};

	run_rows(*state, rows, COUNT(rows));
}

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X512 X64 X64 X64 X64 X64 X64 X64 X64
#define X5K X512 X512 X512 X512 X512 X512 X512 X512 X512 X512

/* Row 60. */
static void
bounds_what_it_reads(void **state)
{
	const struct row rows[] = {
		{ "endless greeting", SCRIPT(FLOOD("220-x\r\n")), AWAY,
		    "greeting: the answer is too long" },
		{ "endless EHLO", SCRIPT(HELLO, FLOOD("250-x\r\n")), AWAY,
		    "EHLO: the answer is too long" },
		{ "endless line", SCRIPT(FLOOD(X64)), AWAY,
		    "greeting: the answer is " },
		{ "5 KiB line", SCRIPT(SAY("220 " X5K "\r\n"), HOLD), AWAY,
		    "greeting: the answer is too long" },
		{ "garbage", SCRIPT(SAY("\0\xff\x80\n\0\n"), HOLD), AWAY,
		    "greeting: the answer is not SMTP" },
		{ "HTTP", SCRIPT(SAY("HTTP/1.1 400 Bad Request\r\n"), HOLD),
		    AWAY, "greeting: the answer is not SMTP" },
		{ "changing codes",
		    SCRIPT(HELLO, SAY("250-a\r\n251 b\r\n"), HOLD), AWAY,
		    "EHLO: the answer is not SMTP" },
		{ "garbage at STARTTLS",
		    SCRIPT(OFFER, HEAR, SAY("go\r\n"), HOLD), AWAY,
		    "STARTTLS: the answer is not SMTP" },
	};

	run_rows(*state, rows, COUNT(rows));
}

/* Rows 58 and 60: whoever takes his time ends nobody's but his own. */
static void
ends_in_time(void **state)
{
	const struct row rows[] = {
		{ "no greeting", SCRIPT(HOLD), AWAY,
		    "greeting: no answer in time", "" },
		{ "no EHLO", SCRIPT(HELLO, HOLD), AWAY,
		    "EHLO: no answer in time", "EHLO " ME },
		{ "no STARTTLS", SCRIPT(OFFER, HEAR, HOLD), AWAY,
		    "STARTTLS: no answer in time", "EHLO " ME "|STARTTLS" },
		{ "no handshake", SCRIPT(GO, HOLD), AWAY,
		    "TLS handshake: no answer in time" },
		{ "no second EHLO", SCRIPT(SECURE, HOLD), AWAY,
		    "EHLO after STARTTLS: no answer in time" },
		{ "greeting drips", SCRIPT(DRIP("220-x")), AWAY,
		    "greeting: no answer in time", "" },
		{ "EHLO drips", SCRIPT(HELLO, DRIP("250-x")), AWAY,
		    "EHLO: no answer in time", "EHLO " ME },
		{ "handshake drips", SCRIPT(GO, GULP, DRIP(HELLO_REQUEST)),
		    AWAY, "TLS handshake: no answer in time" },
	};
	struct world *world = *state;
	struct smtp_server server[COUNT(rows)];
	struct seen seen[COUNT(rows)] = { 0 };
	size_t done = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		server[i] = server_of(world, &rows[i]);
		assert_true(smtp_server_start(&server[i]));
		(void)start(
		    world, "127.0.0.1", server[i].port, SHORT_MS, &seen[i]);
	}
	while (done < COUNT(rows)) {
		turn(world);
		done = 0;
		for (size_t i = 0; i < COUNT(rows); i++)
			done += seen[i].calls;
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		smtp_server_stop(&server[i]);
		assert_int_equal(seen[i].calls, 1);
		check_row(&rows[i], &server[i], &seen[i].o);
	}
}

static void
cuts_long_words(void **state)
{
	struct world *world = *state;
	struct seen seen = { 0 };
	struct smtp_server server = {
		.script = SCRIPT(SAY("554 " X512 "\r\n"), BYE),
		.cert = &world->cert[GOOD],
	};
	size_t n;

	run(world, &server, LONG_MS, &seen);
	n = strlen(seen.o.detail);
	assert_in_range(n, 200, STS_DETAIL_SIZE - 1);
	assert_string_equal(seen.o.detail + n - 3, "...");
}

/* Row 59: the other family. */
static void
speaks_ipv6(void **state)
{
	struct world *world = *state;
	struct seen seen = { 0 };
	struct smtp_server server = {
		.script = whole, .cert = &world->cert[GOOD], .address = "::1"
	};

	if (!smtp_server_start(&server))
		skip();
	smtp_server_stop(&server);
	server = (struct smtp_server){
		.script = whole, .cert = &world->cert[GOOD], .address = "::1"
	};
	run(world, &server, LONG_MS, &seen);
	assert_int_equal(seen.o.path, STS_PATH_VALIDATED);
	assert_string_equal(seen.o.address, "::1");
}

/* A port of loopback where nobody listens: bound, so that nobody can. */
static int
bind_port(uint16_t *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &n), 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

static void
tells_a_refused_connection(void **state)
{
	struct world *world = *state;
	struct seen seen = { 0 };
	uint16_t port;
	int fd = bind_port(&port);

	(void)start(world, "127.0.0.1", port, LONG_MS, &seen);
	while (seen.calls == 0)
		turn(world);
	assert_int_equal(seen.o.path, STS_PATH_UNREACHABLE);
	assert_int_equal(seen.o.reason, STS_REASON_UNREACHABLE);
	assert_string_equal(seen.o.detail, "connect: Connection refused");
	(void)close(fd);
}

/* What fails at once is told later all the same. */
static void
tells_a_lack_of_sockets(void **state)
{
	struct world *world = *state;
	struct seen seen = { 0 };
	struct rlimit old, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	(void)start(world, "127.0.0.1", 1, LONG_MS, &seen);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	while (seen.calls == 0)
		turn(world);
	assert_int_equal(seen.o.path, STS_PATH_UNREACHABLE);
	assert_int_equal(seen.o.reason, STS_REASON_UNREACHABLE);
	assert_string_equal(seen.o.detail, "connect: Too many open files");
	assert_int_equal(
	    event_base_loop(sts_loop_base(world->loop), EVLOOP_NONBLOCK), 0);
	assert_int_equal(seen.calls, 1);
}

/* A listener that takes no more: its queue is full. */
static void
fill_backlog(int fd, uint16_t port, int *clients, size_t n)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	assert_int_equal(listen(fd, 0), 0);
	for (size_t i = 0; i < n; i++) {
		clients[i] = socket(
		    AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(clients[i], (struct sockaddr *)&sa, sizeof(sa));
	}
}

static void
gives_up_connecting(void **state)
{
	struct world *world = *state;
	struct seen seen = { 0 };
	struct sts_probe *probe;
	int clients[3];
	uint16_t port;
	int fd = bind_port(&port);

	fill_backlog(fd, port, clients, COUNT(clients));
	probe = start(world, "127.0.0.1", port, 50, &seen);
	assert_int_equal(
	    event_base_loop(sts_loop_base(world->loop), EVLOOP_NONBLOCK), 0);
	assert_false(sts_probe_connected(probe));
	while (seen.calls == 0)
		turn(world);
	assert_int_equal(seen.o.path, STS_PATH_UNREACHABLE);
	assert_string_equal(seen.o.detail, "connect: no answer in time");
	assert_in_range(seen.o.took_ms, 40, LONG_MS);
	for (size_t i = 0; i < COUNT(clients); i++)
		(void)close(clients[i]);
	(void)close(fd);
}

/* Row 27: no packet goes there, whoever vetted the address before. */
static void
refuses_private_addresses(void **state)
{
	static const char *const refused[] = { "127.0.0.1", "::1",
		"::ffff:127.0.0.1", "10.0.0.1", "169.254.0.1", "0.0.0.0" };
	struct world *world = *state;
	struct sts_probe_request request = {
		.host = MX,
		.conf = world->strict,
		.tls = world->tls,
		.timeout_ms = LONG_MS,
	};
	struct smtp_server server = { .script = whole,
		.cert = &world->cert[GOOD] };
	struct sts_probe *probe;

	assert_true(smtp_server_start(&server));
	request.port = server.port;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct seen seen = { 0 };

		request.addr = addr_of(refused[i]);
		assert_int_equal(sts_probe_start(world->prober, &request,
				     on_done, &seen, &probe),
		    STS_OK);
		assert_int_equal(seen.calls, 0);
		assert_false(sts_probe_connected(probe));
		while (seen.calls == 0)
			turn(world);
		assert_int_equal(seen.o.path, STS_PATH_UNREACHABLE);
		assert_int_equal(seen.o.reason, STS_REASON_ADDRESS_REFUSED);
		assert_string_equal(seen.o.address, refused[i]);
	}
	smtp_server_stop(&server);
	assert_string_equal(server.heard, "");
}

/* Where a script stops, and the step that it holds at. */
static const struct stop {
	const struct smtp_step *script;
	unsigned step;
	bool connected;
} stops[] = {
	{ (const struct smtp_step[]){ HOLD }, 0, true },
	{ (const struct smtp_step[]){ HELLO, HOLD }, 2, true },
	{ (const struct smtp_step[]){ OFFER, HEAR, HOLD }, 4, true },
	{ (const struct smtp_step[]){ GO, GULP, HOLD }, 6, true },
	{ (const struct smtp_step[]){ SECURE, HOLD }, 7, true },
	{ (const struct smtp_step[]){ SECURE, SAY("250 mx\r\n"), HEAR, HOLD },
	    9, false },
};

/* Runs a probe up to a stop, has it ended by `end`, and sees that no callback
 * comes, but for the one that came before. */
static void
end_at(struct world *world, const struct stop *stop,
    void (*end)(struct world *, struct sts_probe *))
{
	struct seen seen = { 0 };
	struct smtp_server server = { .script = stop->script,
		.cert = &world->cert[GOOD] };
	bool told = !stop->connected;
	struct sts_probe *probe;
	struct event *news;

	assert_true(smtp_server_start(&server));
	news = watch(world, &server);
	probe = start(world, "127.0.0.1", server.port, LONG_MS, &seen);
	while (atomic_load(&server.step) < stop->step ||
	       (stop->connected && !sts_probe_connected(probe)))
		turn(world);
	assert_int_equal(seen.calls, told);
	end(world, probe);
	while (!atomic_load(&server.over))
		turn(world);
	event_free(news);
	smtp_server_stop(&server);
	assert_int_equal(seen.calls, told);
}

static void
by_cancel(struct world *world, struct sts_probe *probe)
{
	(void)world;
	sts_probe_cancel(probe);
}

static void
by_free(struct world *world, struct sts_probe *probe)
{
	(void)probe;
	sts_prober_free(world->prober);
	assert_int_equal(sts_prober_new(world->loop, &world->prober), STS_OK);
}

static void
ends_in_every_state(void **state)
{
	for (size_t i = 0; i < COUNT(stops); i++) {
		if (stops[i].connected) /* else it is gone for the caller */
			end_at(*state, &stops[i], by_cancel);
		end_at(*state, &stops[i], by_free);
	}
}

/* Before the loop turned once. */
static void
ends_before_it_began(void **state)
{
	struct world *world = *state;
	struct seen seen = { 0 };
	uint16_t port;
	int fd = bind_port(&port);

	sts_probe_cancel(start(world, "127.0.0.1", port, LONG_MS, &seen));
	sts_probe_cancel(start(world, "10.0.0.1", port, LONG_MS, &seen));
	sts_probe_cancel(NULL);
	(void)start(world, "127.0.0.1", port, LONG_MS, &seen);
	by_free(world, NULL);
	assert_int_equal(event_base_loop(sts_loop_base(world->loop),
			     EVLOOP_NONBLOCK | EVLOOP_ONCE),
	    0);
	assert_int_equal(seen.calls, 0);
	sts_prober_free(NULL);
	(void)close(fd);
}

/* The verdict does not wait for a server that ignores QUIT. */
static void
tells_before_it_leaves(void **state)
{
	struct world *world = *state;
	struct seen seen = { 0 };
	struct smtp_server server = {
		.script = SCRIPT(SECURE, SAY("250 mx\r\n"), HEAR, HOLD),
		.cert = &world->cert[GOOD],
	};
	int64_t start_ms = sts_mono_ms(&sts_clock_system);
	struct event *news;

	assert_true(smtp_server_start(&server));
	news = watch(world, &server);
	(void)start(world, "127.0.0.1", server.port, LONG_MS, &seen);
	while (seen.calls == 0)
		turn(world);
	assert_int_equal(seen.o.path, STS_PATH_VALIDATED);
	assert_false(atomic_load(&server.over));
	while (!atomic_load(&server.over))
		turn(world);
	/* Not for as long as the probe might have taken. */
	assert_in_range(
	    sts_mono_ms(&sts_clock_system), start_ms, start_ms + LONG_MS / 2);
	event_free(news);
	smtp_server_stop(&server);
	assert_int_equal(seen.calls, 1);
}

/* A callback may end everything. */
static void
may_be_freed_in_its_callback(void **state)
{
	struct world *world = *state;
	const struct smtp_step *scripts[] = { whole, SCRIPT(CLOSE) };

	for (size_t i = 0; i < COUNT(scripts); i++) {
		struct seen seen = { .free_it = world->prober };
		struct smtp_server server = {
			.script = scripts[i],
			.cert = &world->cert[GOOD],
		};

		run(world, &server, LONG_MS, &seen);
		assert_int_equal(
		    sts_prober_new(world->loop, &world->prober), STS_OK);
	}
}

/* One that is slow holds up none that is not. */
static void
runs_many_at_once(void **state)
{
	enum { MANY = 8 };
	struct world *world = *state;
	struct smtp_server server[MANY],
	    silent = { .script = SCRIPT(HOLD), .cert = &world->cert[GOOD] };
	struct seen seen[MANY] = { 0 }, never = { 0 };
	struct sts_probe *probe;
	unsigned done = 0;

	assert_true(smtp_server_start(&silent));
	probe = start(world, "127.0.0.1", silent.port, LONG_MS, &never);
	for (size_t i = 0; i < MANY; i++) {
		server[i] = (struct smtp_server){ .script = whole,
			.cert = &world->cert[i % 2 == 0 ? GOOD : EXPIRED] };
		assert_true(smtp_server_start(&server[i]));
		(void)start(
		    world, "127.0.0.1", server[i].port, LONG_MS, &seen[i]);
	}
	while (done < MANY) {
		turn(world);
		done = 0;
		for (size_t i = 0; i < MANY; i++)
			done += seen[i].calls;
	}
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(seen[i].o.path,
		    i % 2 == 0 ? STS_PATH_VALIDATED : STS_PATH_INVALID);
	assert_int_equal(never.calls, 0);
	sts_probe_cancel(probe);
	by_free(world, NULL);
	for (size_t i = 0; i < MANY; i++)
		smtp_server_stop(&server[i]);
	smtp_server_stop(&silent);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static unsigned
count_connected(struct sts_probe *const *probes, size_t n)
{
	unsigned there = 0;

	for (size_t i = 0; i < n; i++)
		there += sts_probe_connected(probes[i]);
	return there;
}

/* However many MX hosts share an address, it sees few visitors at once. */
static void
waits_for_its_turn_at_an_address(void **state)
{
	enum { MANY = STS_PROBER_VISITS + 5 };
	struct world *world = *state;
	struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(any);
	struct sts_probe *probes[MANY], *other;
	struct seen seen[MANY + 1] = { { .calls = 0 } };

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&any, len), 0);
	assert_int_equal(listen(fd, MANY), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &len), 0);
	for (int i = 0; i < MANY; i++)
		probes[i] = start(world, "127.0.0.1", ntohs(any.sin_port),
		    HANG_S * 1000, &seen[i]);
	other = start(world, "127.0.0.2", ntohs(any.sin_port), 1, &seen[MANY]);
	while (seen[MANY].calls == 0) /* refused: its turn was at once */
		turn(world);
	(void)other;
	assert_null(strstr(seen[MANY].o.detail, "turn"));
	while (count_connected(probes, MANY) < STS_PROBER_VISITS)
		turn(world);
	assert_int_equal(count_connected(probes, MANY), STS_PROBER_VISITS);
	assert_false(sts_probe_connected(probes[MANY - 1]));
	/* The first to wait is the first to go. */
	sts_probe_cancel(probes[3]);
	while (!sts_probe_connected(probes[STS_PROBER_VISITS]))
		turn(world);
	assert_false(sts_probe_connected(probes[STS_PROBER_VISITS + 1]));
	for (int i = 0; i < MANY; i++)
		if (i != 3)
			sts_probe_cancel(probes[i]);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(passes_a_good_host),
		TEST(asks_tlsa_records_alone),
		TEST(wants_starttls),
		TEST(sees_injection),
		TEST(wants_a_valid_certificate),
		TEST(wants_a_handshake),
		TEST(tells_who_cannot_be_reached),
		TEST(wants_a_usable_session),
		TEST(bounds_what_it_reads),
		TEST(ends_in_time),
		TEST(cuts_long_words),
		TEST(speaks_ipv6),
		TEST(tells_a_refused_connection),
		TEST(tells_a_lack_of_sockets),
		TEST(gives_up_connecting),
		TEST(refuses_private_addresses),
		TEST(ends_in_every_state),
		TEST(ends_before_it_began),
		TEST(tells_before_it_leaves),
		TEST(may_be_freed_in_its_callback),
		TEST(runs_many_at_once),
		TEST(waits_for_its_turn_at_an_address),
	};

	/* A SIGPIPE would end the test. */
	(void)signal(SIGPIPE, SIG_DFL);
	return cmocka_run_group_tests(tests, make_world, end_world);
}
