/*
 * The socketmap server: order, bounds, patience, and clients who are slow,
 * silent, endless or hostile.
 */
#include "sts/front/socketmap.h"

#include "mapengine.h"
#include "test.h"

#include "sts/base/sockspec.h"
#include "sts/core/netstring.h"
#include "sts/front/socketmapclient.h"
#include "sts/front/socketmapreply.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 }; /* past this a test fails instead of hanging */

#define SECURE(d) "OK secure match=mx1." d ":mx2." d " servername=hostname"
#define LATE "TEMP MTA-STS: no answer in time"
#define BUSY "TEMP MTA-STS: too much to do"

struct world {
	char dir[64];
	struct sts_sockspec spec;
	struct sts_engine engine;
	struct sts_socketmap *sm;
};

static void
start(struct world *w, size_t clients)
{
	struct sts_socketmap_options options = { .engine = &w->engine,
		.clients = clients };
	const char *why;

	assert_int_equal(
	    sts_sockspec_listen(&w->spec, 0660, &options.fd, &why), STS_OK);
	assert_int_equal(sts_socketmap_new(&options, &w->sm), STS_OK);
}

static void
stop(struct world *w)
{
	sts_socketmap_free(w->sm);
	w->sm = NULL;
	(void)unlink(w->spec.path);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/socketmap_test.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->spec.family = AF_UNIX;
	(void)snprintf(w->spec.path, sizeof(w->spec.path), "%s/map", w->dir);
	map_engine_init(&w->engine,
	    "domain \"known.excepted.test\" { on_fail=\"log\" "
	    "reason=\"a ticket\" }\n"
	    "domain \"known.held.test\" { on_fail=\"quarantine\" }\n"
	    "domain \"known.over.test\" { on_fail=\"log\" "
	    "until=\"2025-12-31\" }\n");
	start(w, 0);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	stop(w);
	map_engine_deinit(&w->engine);
	(void)rmdir(w->dir);
	free(w);
	return 0;
}

/* --- a client --- */

struct peer {
	int fd;
	struct sts_buf in; /* not looked at yet */
};

static struct peer
dial(struct world *w)
{
	struct peer peer;
	const char *why;

	assert_int_equal(
	    sts_sockspec_connect(&w->spec, &peer.fd, &why), STS_OK);
	sts_buf_init(&peer.in, STS_SOCKETMAP_REPLY_MAX + 65536);
	return peer;
}

static void
hang_up(struct peer *peer)
{
	(void)close(peer->fd);
	sts_buf_deinit(&peer->in);
}

static void
say(struct peer *peer, const char *p, size_t n)
{
	assert_int_equal(send(peer->fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void
ask(struct peer *peer, const char *request)
{
	char wire[256];
	int n =
	    snprintf(wire, sizeof(wire), "%zu:%s,", strlen(request), request);

	say(peer, wire, (size_t)n);
}

/* Waits for more; false at the end: a reset counts as one. */
static bool
receive(struct peer *peer)
{
	struct pollfd pfd = { peer->fd, POLLIN, 0 };
	char chunk[65536];
	ssize_t n;

	if (poll(&pfd, 1, PATIENCE_MS) != 1)
		fail_msg("nothing came");
	n = recv(peer->fd, chunk, sizeof(chunk), 0);
	assert_true(n >= 0 || errno == ECONNRESET);
	if (n <= 0)
		return false;
	sts_buf_add(&peer->in, chunk, (size_t)n);
	return true;
}

/* The next reply begins with that, and with nothing else where `whole`. */
static void
expect_reply(struct peer *peer, const char *reply, bool whole)
{
	struct sts_slice in = sts_buf_view(&peer->in), body = { NULL, 0 };
	enum sts_err err;

	while ((err = sts_netstring_read(
		    &in, STS_SOCKETMAP_REPLY_MAX, &body)) == STS_E_AGAIN) {
		if (!receive(peer))
			fail_msg("it ended before: %s", reply);
		in = sts_buf_view(&peer->in);
	}
	assert_int_equal(err, STS_OK);
	if (!whole)
		body.n = strlen(reply);
	if (!sts_slice_eq(body, sts_slice_str(reply)))
		fail_msg("not %s: %.*s", reply, (int)body.n, body.p);
	sts_buf_drop(&peer->in, peer->in.n - in.n);
}

static void
expect(struct peer *peer, const char *reply)
{
	expect_reply(peer, reply, true);
}

static void
expect_end(struct peer *peer)
{
	assert_int_equal(peer->in.n, 0);
	assert_false(receive(peer));
	hang_up(peer);
}

static void
turn(void *cookie)
{
	(void)cookie;
}

/* What was sent was looked at, and nothing was said to it. */
static void
expect_silence(struct world *w, struct peer *peer)
{
	struct pollfd pfd = { peer->fd, POLLIN, 0 };

	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    sts_engine_run(&w->engine, turn, NULL), STS_OK);
	assert_int_equal(peer->in.n, 0);
	assert_int_equal(poll(&pfd, 1, 0), 0);
}

static void
wait_logged(struct world *w, const char *text)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (int i = 0; i < PATIENCE_MS; i++) {
		assert_int_equal(
		    sts_engine_run(&w->engine, turn, NULL), STS_OK);
		if (strstr(w->engine.lines, text) != NULL)
			return;
		(void)nanosleep(&moment, NULL);
	}
	fail_msg("not logged: %s", text);
}

static void
wait_pending(struct world *w, unsigned n)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (int i = 0; i < PATIENCE_MS; i++) {
		if (map_engine_pending(&w->engine) == n)
			return;
		(void)nanosleep(&moment, NULL);
	}
	fail_msg("%u and not %u wait", map_engine_pending(&w->engine), n);
}

/* --- what is replied --- */

static void
replies_by_map(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w);

	ask(&p, "postfix Known.Test.");
	expect(&p, SECURE("known.test"));
	ask(&p, "QUERY known.test:25");
	expect(&p, SECURE("known.test"));
	ask(&p, "sts known.test");
	expect(&p, SECURE("known.test"));
	ask(&p, "postfix310 known.test");
	expect(&p,
	    SECURE("known.test") " policy_type=sts policy_domain=known.test "
				 "mx_host_pattern=*.known.test "
				 "{ policy_string = version: STSv1 } "
				 "{ policy_string = mode: enforce } "
				 "{ policy_string = mx: *.known.test } "
				 "{ policy_string = max_age: 86400 }");
	ask(&p, "postfix .test");
	expect(&p, "NOTFOUND ");
	ask(&p, "postfix [known.test]:25");
	expect(&p, "NOTFOUND ");
	ask(&p, "nothing known.test");
	expect(&p, "PERM there is no such map");
	hang_up(&p);
	assert_int_equal(w->engine.asked, 4);
}

static void
exceptions_let_mail_go(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w);

	ask(&p, "postfix known.excepted.test");
	expect(&p, "NOTFOUND ");
	ask(&p, "sts known.excepted.test");
	expect(&p, "NOTFOUND ");
	wait_logged(w,
	    "alarm-exception-used exception=known.excepted.test "
	    "domain=known.excepted.test by=socketmap why=\"a ticket\"");
	ask(&p, "postfix known.held.test");
	expect(&p, SECURE("known.held.test"));
	ask(&p, "postfix known.over.test");
	expect(&p, SECURE("known.over.test"));
	assert_null(strstr(w->engine.lines, "domain=known.over.test"));
	hang_up(&p);
}

static void
says_that_it_cannot(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w);

	ask(&p, "sts a.test");
	wait_pending(w, 1);
	map_engine_fail(&w->engine, "a.test");
	expect(&p, BUSY);
	w->engine.refuse = STS_E_LIMIT;
	ask(&p, "sts a.test");
	expect(&p, BUSY);
	w->engine.refuse = STS_E_CLOSED;
	ask(&p, "postfix a.test");
	expect(&p, BUSY);
	hang_up(&p);
}

/* --- order and bounds --- */

static void
answers_in_order(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w);

	ask(&p, "postfix a.test");
	ask(&p, "sts known.test");
	ask(&p, "postfix b.test");
	ask(&p, "postfix .test");
	ask(&p, "postfix a.test");
	wait_pending(w, 3);
	map_engine_answer(&w->engine, "b.test", MAP_NONE);
	expect_silence(w, &p);
	map_engine_answer(&w->engine, "a.test", MAP_ENFORCE);
	expect(&p, SECURE("a.test"));
	expect(&p, SECURE("known.test"));
	expect(&p, "NOTFOUND ");
	expect(&p, "NOTFOUND ");
	expect(&p, SECURE("a.test"));
	hang_up(&p);
}

static void
takes_a_byte_at_a_time(void **state)
{
	struct world *w = *state;
	const char wire[] = "18:postfix known.test,9:sts .test,";
	const size_t first = strlen("18:postfix known.test,");
	struct peer p = dial(w);

	for (size_t i = 0; i < sizeof(wire) - 1; i++) {
		if (i < first)
			expect_silence(w, &p);
		say(&p, wire + i, 1);
	}
	expect(&p, SECURE("known.test"));
	expect(&p, "NOTFOUND ");
	hang_up(&p);
}

/* Who says that nothing more comes still gets all that was asked for. */
static void
answers_the_half_open(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w);

	ask(&p, "postfix a.test");
	ask(&p, "postfix known.test");
	assert_int_equal(shutdown(p.fd, SHUT_WR), 0);
	wait_pending(w, 1);
	expect_silence(w, &p);
	map_engine_answer(&w->engine, "a.test", MAP_NONE);
	expect(&p, "NOTFOUND ");
	expect(&p, SECURE("known.test"));
	expect_end(&p);
}

static void
forgets_who_has_gone(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w);

	ask(&p, "postfix a.test");
	wait_pending(w, 1);
	hang_up(&p);
	map_engine_answer(&w->engine, "a.test", MAP_ENFORCE);
	p = dial(w);
	for (int i = 0; i < 10; i++)
		ask(&p, "postfix b.test");
	wait_pending(w, 10);
	stop(w); /* with all of them under way */
	assert_int_equal(map_engine_pending(&w->engine), 0);
	expect_end(&p);
}

static void
ends_what_is_no_netstring(void **state)
{
	const char *const wires[] = { "GET / HTTP/1.1\r\n\r\n", ":",
		"1025:", "03:abc,", "5:abcdef", "99999999999999999999", "\n",
		"\xff" };
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(wires); i++) {
		struct peer p = dial(w);

		ask(&p, "postfix known.test"); /* before it, all is well */
		say(&p, wires[i], strlen(wires[i]));
		expect(&p, SECURE("known.test"));
		expect_end(&p);
	}
}

static void
ends_it_behind_what_is_under_way(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w);

	ask(&p, "postfix a.test");
	say(&p, "what?", 5);
	wait_pending(w, 1);
	expect_silence(w, &p);
	map_engine_answer(&w->engine, "a.test", MAP_ENFORCE);
	expect(&p, SECURE("a.test"));
	expect_end(&p);
}

static bool
has_input(const struct peer *peer)
{
	struct pollfd pfd = { peer->fd, POLLIN, 0 };

	return peer->in.n > 0 || poll(&pfd, 1, 1) == 1;
}

static void
keeps_few_under_way(void **state)
{
	enum { REQUESTS = 20 * STS_SOCKETMAP_IN_FLIGHT };
	struct world *w = *state;
	struct peer p = dial(w);
	struct sts_buf wire;

	sts_buf_init(&wire, 1 << 16);
	for (int i = 0; i < REQUESTS; i++)
		sts_netstring_add(&wire, STS_LIT("postfix a.test"));
	say(&p, wire.p, wire.n);
	sts_buf_deinit(&wire);
	wait_pending(w, STS_SOCKETMAP_IN_FLIGHT);
	expect_silence(w, &p);
	for (int i = 0; i < REQUESTS; i++) {
		while (!has_input(&p))
			if (map_engine_pending(&w->engine) > 0)
				map_engine_answer(
				    &w->engine, "a.test", MAP_NONE);
		expect(&p, "NOTFOUND ");
	}
	assert_int_equal(w->engine.most_pending, STS_SOCKETMAP_IN_FLIGHT);
	assert_int_equal(w->engine.asked, REQUESTS);
	hang_up(&p);
}

/* Whether there is room, or will be when the server has read what it wants. */
static bool
can_send(struct world *w, struct peer *peer)
{
	struct pollfd pfd = { peer->fd, POLLOUT, 0 };

	for (int i = 0; i < 10; i++) {
		if (poll(&pfd, 1, 10) == 1)
			return true;
		assert_int_equal(
		    sts_engine_run(&w->engine, turn, NULL), STS_OK);
	}
	return false;
}

/* Sends requests until nobody takes more; how many went out whole. */
static unsigned
flood(struct world *w, struct peer *peer, const char *wire)
{
	size_t size = strlen(wire), at = 0;
	unsigned sent = 0;

	while (can_send(w, peer)) {
		ssize_t n = send(peer->fd, wire + at, size - at,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		assert_true(n > 0 || errno == EAGAIN);
		at += n > 0 ? (size_t)n : 0;
		if (at == size) {
			at = 0;
			sent++;
		}
	}
	assert_true(at == 0 || sent > 0);
	return sent;
}

/*
 * A client that sends and never reads: its requests stay in the socket, memory
 * is bounded, others are served.  When it reads at last, all is there.
 */
static void
reads_no_more_than_is_read(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w), other = dial(w);
	unsigned sent = flood(w, &p, "18:postfix giant.test,");

	assert_int_equal(map_engine_pending(&w->engine), 0);
	assert_true(sent > 32);
	/* Some replies fill the sockets, and one waits here. */
	assert_in_range(w->engine.asked, 1, 32);
	ask(&other, "sts known.test");
	expect(&other, SECURE("known.test"));
	hang_up(&other);
	for (unsigned i = 0; i < sent; i++)
		expect_reply(
		    &p, "OK secure match=.giant.test:mx0.000000", false);
	hang_up(&p);
}

/* Thousands at once, of all kinds, and read when all are sent. */
static void
answers_thousands_at_once(void **state)
{
	enum { TIMES = 3000 };
	const char *const requests[] = { "postfix known.a.test", "sts .test",
		"postfix known.b.test", "other a.test" };
	const char *const replies[] = { SECURE("known.a.test"), "NOTFOUND ",
		SECURE("known.b.test"), "PERM there is no such map" };
	struct world *w = *state;
	struct peer p = dial(w);
	struct sts_buf wire;
	size_t at = 0, heard = 0;

	sts_buf_init(&wire, 1 << 20);
	for (size_t i = 0; i < TIMES; i++)
		sts_netstring_add(
		    &wire, sts_slice_str(requests[i % COUNT(requests)]));
	while (at < wire.n) {
		ssize_t n = send(p.fd, wire.p + at, wire.n - at,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			at += (size_t)n;
			continue;
		}
		assert_int_equal(errno, EAGAIN);
		expect(&p, replies[heard++ % COUNT(replies)]);
	}
	while (heard < TIMES)
		expect(&p, replies[heard++ % COUNT(replies)]);
	sts_buf_deinit(&wire);
	hang_up(&p);
}

/* --- time --- */

static void
pass(struct world *w, int64_t ms)
{
	w->engine.now_ms += ms;
}

struct patience_row {
	const char *request;
	int64_t ms;
	enum map_answer sofar;
	const char *reply;
};

#define PATTERN "OK secure match=.a.test servername=hostname"

static const struct patience_row patience_rows[] = {
	{ "sts a.test", STS_SOCKETMAP_SENDMAIL_MS, MAP_NOTHING, LATE },
	{ "sts a.test", STS_SOCKETMAP_SENDMAIL_MS, MAP_SOFAR, PATTERN },
	{ "sts a.test", STS_SOCKETMAP_SENDMAIL_MS, MAP_UNKNOWN, "NOTFOUND " },
	{ "sts a.test", STS_SOCKETMAP_SENDMAIL_MS, MAP_NONE, "NOTFOUND " },
	{ "postfix a.test", STS_SOCKETMAP_POSTFIX_MS, MAP_NOTHING, LATE },
	{ "postfix a.test", STS_SOCKETMAP_POSTFIX_MS, MAP_SOFAR, PATTERN },
	{ "postfix310 a.test", STS_SOCKETMAP_POSTFIX_MS, MAP_UNKNOWN,
	    "NOTFOUND " },
};

static void
says_what_is_known_when_it_is_late(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w);

	for (size_t i = 0; i < COUNT(patience_rows); i++) {
		const struct patience_row *row = &patience_rows[i];

		w->engine.sofar = row->sofar;
		ask(&p, row->request);
		wait_pending(w, 1);
		pass(w, row->ms - 1);
		expect_silence(w, &p);
		pass(w, 1);
		expect(&p, row->reply);
		assert_int_equal(map_engine_pending(&w->engine), 0);
	}
	hang_up(&p);
}

/* Only what is late, and behind what is not. */
static void
waits_for_each_as_long_as_it_may(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w);

	ask(&p, "postfix a.test");
	ask(&p, "sts b.test");
	wait_pending(w, 2);
	pass(w, STS_SOCKETMAP_SENDMAIL_MS);
	wait_pending(w, 1);
	expect_silence(w, &p);
	map_engine_answer(&w->engine, "a.test", MAP_ENFORCE);
	expect(&p, SECURE("a.test"));
	expect(&p, LATE);
	hang_up(&p);
}

static void
ends_the_idle(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w), busy = dial(w);

	ask(&p, "postfix known.test");
	expect(&p, SECURE("known.test"));
	ask(&busy, "postfix a.test");
	wait_pending(w, 1);
	pass(w, STS_SOCKETMAP_POSTFIX_MS - 1); /* the answer is awaited yet */
	expect_silence(w, &p);
	map_engine_answer(&w->engine, "a.test", MAP_NONE);
	expect(&busy, "NOTFOUND ");
	pass(w, STS_SOCKETMAP_IDLE_MS - STS_SOCKETMAP_POSTFIX_MS + 1);
	expect_end(&p);
	expect_silence(w, &busy);
	pass(w, STS_SOCKETMAP_IDLE_MS);
	expect_end(&busy);
}

/* A drop now and then does not keep it open. */
static void
ends_a_request_that_drips(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w);

	pass(w, STS_SOCKETMAP_IDLE_MS - 1);
	say(&p, "1", 1);
	expect_silence(w, &p);
	pass(w, STS_SOCKETMAP_STALL_MS / 2);
	say(&p, "8", 1);
	expect_silence(w, &p);
	pass(w, STS_SOCKETMAP_STALL_MS / 2);
	expect_end(&p);
}

static void
ends_who_does_not_read(void **state)
{
	struct world *w = *state;
	struct peer p = dial(w);
	struct pollfd pfd = { p.fd, 0, 0 };

	(void)flood(w, &p, "18:postfix giant.test,");
	pass(w, STS_SOCKETMAP_STALL_MS);
	assert_int_equal(poll(&pfd, 1, PATIENCE_MS), 1);
	assert_true(pfd.revents & POLLHUP);
	while (receive(&p)) /* what was in the socket */
		sts_buf_clear(&p.in);
	hang_up(&p);
}

/* --- how many --- */

static void
makes_room(void **state)
{
	struct world *w = *state;
	struct peer a, b, c, d;

	stop(w);
	start(w, 2);
	a = dial(w);
	ask(&a, "postfix known.test");
	expect(&a, SECURE("known.test"));
	pass(w, 1000);
	b = dial(w);
	ask(&b, "postfix known.test");
	expect(&b, SECURE("known.test"));
	c = dial(w); /* the idlest ends */
	ask(&c, "postfix a.test");
	wait_pending(w, 1);
	expect_end(&a);
	ask(&b, "postfix a.test");
	wait_pending(w, 2);
	d = dial(w); /* all are at work */
	expect_end(&d);
	wait_logged(
	    w, "socketmap-full clients=2 why=\"the idlest makes room\"");
	assert_null(strstr(w->engine.lines, "at work")); /* once a minute */
	pass(w, 60000);
	d = dial(w);
	expect_end(&d);
	wait_logged(w, "all are at work");
	map_engine_answer(&w->engine, "a.test", MAP_NONE);
	expect(&b, "NOTFOUND ");
	expect(&c, "NOTFOUND ");
	hang_up(&b);
	hang_up(&c);
}

/* Without descriptors it waits for a tick, and does not spin. */
static void
survives_the_end_of_descriptors(void **state)
{
	struct world *w = *state;
	struct rlimit all, none;
	struct peer p = dial(w), late;

	ask(&p, "postfix known.test");
	expect(&p, SECURE("known.test"));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
	none = all;
	none.rlim_cur = (rlim_t)dup(p.fd); /* the first that is free */
	(void)close((int)none.rlim_cur);
	none.rlim_cur++;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	late = dial(w); /* takes the last: none is left to accept it */
	wait_logged(w, "socketmap-failed clients=1");
	ask(&p, "postfix known.test");
	expect(&p, SECURE("known.test"));
	ask(&late, "postfix known.test");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
	expect(&late, SECURE("known.test"));
	hang_up(&p);
	hang_up(&late);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(replies_by_map),
		TEST(exceptions_let_mail_go),
		TEST(says_that_it_cannot),
		TEST(answers_in_order),
		TEST(takes_a_byte_at_a_time),
		TEST(answers_the_half_open),
		TEST(forgets_who_has_gone),
		TEST(ends_what_is_no_netstring),
		TEST(ends_it_behind_what_is_under_way),
		TEST(keeps_few_under_way),
		TEST(reads_no_more_than_is_read),
		TEST(answers_thousands_at_once),
		TEST(says_what_is_known_when_it_is_late),
		TEST(waits_for_each_as_long_as_it_may),
		TEST(ends_the_idle),
		TEST(ends_a_request_that_drips),
		TEST(ends_who_does_not_read),
		TEST(makes_room),
		TEST(survives_the_end_of_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
