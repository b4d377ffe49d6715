/* front/milterserver.c and front/milterclient.c, over an engine that answers
 * from a script, with sockets of their own. */
#include "sts/front/milterserver.h"

#include "sts/front/milterclient.h"

#include "fakeengine.h"
#include "packets.h"
#include "test.h"

#include <errno.h>
#include <libmilter/mfdef.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, CLIENTS = 4 };

void
sts_report_name_message(struct sts_report *report, char name[STS_MESSAGE_NAME])
{
	(void)report;
	name[0] = '\0';
}

void
sts_report_decision(
    struct sts_report *report, const struct sts_decision *decision)
{
	(void)report;
	(void)decision;
}

static const struct fake_domain domains[] = {
	{ "good.example", FAKE_PASS, FAKE_PASS, 0 },
	{ "slow.example", FAKE_UNKNOWN, FAKE_FAIL, 3000 },
	{ NULL, FAKE_PASS, FAKE_PASS, 0 },
};

struct world {
	char path[64];
	struct sts_sockspec spec;
	struct sts_engine engine;
	struct sts_waiters waiters;
	struct sts_session_context context;
	struct sts_milterserver *server;
	struct sts_buf out, words;
};

static void
begin(struct world *w, const char *conf)
{
	struct sts_milterserver_options options = { .clients = CLIENTS };
	const char *why;
	char name[80];

	memset(w, 0, sizeof(*w));
	(void)snprintf(w->path, sizeof(w->path), "/tmp/sts-milterserver-%ld",
	    (long)getpid());
	(void)snprintf(name, sizeof(name), "unix:%s", w->path);
	assert_int_equal(
	    sts_sockspec_parse(sts_slice_str(name), &w->spec), STS_OK);
	fake_engine_init(&w->engine, domains, conf);
	sts_waiters_init(&w->waiters, 10, NULL);
	w->context.engine = &w->engine;
	w->context.waiters = &w->waiters;
	options.context = &w->context;
	assert_int_equal(
	    sts_sockspec_listen(&w->spec, 0600, &options.fd, &why), STS_OK);
	assert_int_equal(sts_milterserver_new(&options, &w->server), STS_OK);
	sts_buf_init(&w->out, 1 << 20);
	sts_buf_init(&w->words, 1 << 20);
}

static void
end(struct world *w, int64_t ms)
{
	sts_milterserver_end(w->server, ms);
	sts_milterserver_free(w->server);
	assert_int_equal(sts_waiters_count(&w->waiters), 0);
	fake_engine_deinit(&w->engine);
	sts_buf_deinit(&w->out);
	sts_buf_deinit(&w->words);
	(void)unlink(w->path);
}

static int
dial(struct world *w)
{
	const char *why;
	int fd;

	assert_int_equal(sts_sockspec_connect(&w->spec, &fd, &why), STS_OK);
	return fd;
}

/* All of w->out, in pieces of so many bytes. */
static void
say(struct world *w, int fd, size_t piece)
{
	struct sts_slice s = sts_buf_view(&w->out);

	while (s.n > 0) {
		ssize_t n =
		    send(fd, s.p, s.n < piece ? s.n : piece, MSG_NOSIGNAL);

		assert_true(n > 0);
		s = sts_slice(s.p + n, s.n - (size_t)n);
	}
	sts_buf_clear(&w->out);
}

static bool
can_be_read(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* So many packets, or up to the end of the connection (0): then " .". */
static const char *
hear(struct world *w, int fd, size_t packets)
{
	struct sts_milterwire_packet packet;
	struct sts_slice in;
	struct sts_buf b;
	char bytes[4096];
	ssize_t n = 1;

	sts_buf_init(&b, 1 << 20);
	while (n > 0) {
		size_t have = 0;

		in = sts_buf_view(&b);
		while (in.n > 0 && sts_milterwire_read(&in, &packet) == STS_OK)
			have++;
		if (packets > 0 && have >= packets)
			break;
		assert_true(can_be_read(fd, PATIENCE_MS));
		n = recv(fd, bytes, sizeof(bytes), 0);
		if (n > 0)
			sts_buf_add(&b, bytes, (size_t)n);
	}
	(void)packets_in_words(sts_buf_view(&b), &w->words);
	if (n <= 0)
		sts_buf_str(&w->words, " .");
	sts_buf_deinit(&b);
	return sts_buf_cstr(&w->words);
}

static void
add_options(struct world *w)
{
	packet_add_options(
	    &w->out, 6, SMFI_CURR_ACTS, SMFI_CURR_PROT & ~SMFIP_NR_MAIL);
}

static void
add_message(struct world *w, const char *domain)
{
	char argument[300];

	(void)snprintf(argument, sizeof(argument), "<u@%s>", domain);
	packet_add(&w->out, SMFIC_MAIL, "<s@x.example>", NULL);
	packet_add_macros(&w->out, SMFIC_RCPT, "{rcpt_mailer}", "smtp", NULL);
	packet_add(&w->out, SMFIC_RCPT, argument, NULL);
}

static int
greeted(struct world *w)
{
	int fd = dial(w);

	add_options(w);
	say(w, fd, 1000);
	assert_string_equal(hear(w, fd, 1), "O");
	return fd;
}

/* One whose RCPT waits. */
static int
waiting(struct world *w)
{
	unsigned before = sts_waiters_count(&w->waiters);
	int fd = greeted(w);

	add_message(w, "slow.example");
	say(w, fd, 1000);
	assert_string_equal(hear(w, fd, 1), "c");
	while (sts_waiters_count(&w->waiters) == before)
		(void)poll(NULL, 0, 1);
	return fd;
}

static void
bytes_as_they_come(void **state)
{
	static const size_t pieces[] = { 1, 3, 7, 100000 };

	(void)state;
	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct world w;
		int fd;

		begin(&w, "header = \"none\"");
		fd = dial(&w);
		add_options(&w);
		add_message(&w, "good.example");
		packet_add(&w.out, SMFIC_HEADER, "Subject", "x", NULL);
		packet_add(&w.out, SMFIC_BODYEOB, NULL);
		add_message(&w, "good.example");
		packet_add(&w.out, SMFIC_ABORT, NULL);
		packet_add(&w.out, SMFIC_BODYEOB, NULL);
		packet_add(&w.out, SMFIC_QUIT, NULL);
		say(&w, fd, pieces[i]);
		assert_string_equal(hear(&w, fd, 0),
		    "O, c, c, c, c, c, y 451 4.3.0 mta-sts-milter has a local "
		    "problem; try again later .");
		(void)close(fd);
		end(&w, 1000);
	}
}

static void
no_packets(void **state)
{
	static const struct sts_slice rows[] = {
		{ "\0\0\0\0", 4 },
		{ "\xff\xff\xff\xffO", 5 },
		{ "GET / HTTP/1.1\r\n", 16 },
		{ "\0\0\0\1A", 5 },
		{ "\0\0\0\1?", 5 },
	};
	struct world w;

	(void)state;
	begin(&w, "");
	for (size_t i = 0; i < COUNT(rows); i++) {
		int fd = dial(&w);

		sts_buf_slice(&w.out, rows[i]);
		say(&w, fd, 1000);
		assert_string_equal(hear(&w, fd, 0), " .");
		(void)close(fd);
	}
	end(&w, 1000);
}

/* Who waits holds up nobody, is told when there is an answer, and goes on. */
static void
a_wait(void **state)
{
	struct world w;
	int slow, good;

	(void)state;
	begin(&w, "header = \"none\"");
	slow = waiting(&w);
	good = greeted(&w);
	add_message(&w, "good.example");
	packet_add(&w.out, SMFIC_BODYEOB, NULL);
	say(&w, good, 1000);
	assert_string_equal(hear(&w, good, 3), "c, c, c");
	assert_false(can_be_read(slow, 0));
	/* What comes meanwhile has its turn. */
	packet_add(&w.out, SMFIC_ABORT, NULL);
	add_message(&w, "good.example");
	say(&w, slow, 1);
	assert_false(can_be_read(slow, 0));
	while (!fake_engine_pass(&w.engine, 3000))
		(void)poll(NULL, 0, 1);
	assert_non_null(strstr(hear(&w, slow, 3), "y 451 4.7.5 "));
	(void)close(slow);
	(void)close(good);
	end(&w, 1000);
}

/* An MTA that is gone is waited for no more. */
static void
who_goes_while_waiting(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "");
	(void)close(waiting(&w));
	while (sts_waiters_count(&w.waiters) > 0)
		(void)poll(NULL, 0, 1);
	assert_int_equal(w.engine.tickets, 0);
	end(&w, 1000);
}

/* The wait has an end without an answer, too. */
static void
time_is_up(void **state)
{
	struct world w;
	int fd;

	(void)state;
	begin(&w, "rcpt_wait = 1 on_temperror = \"defer\"");
	fd = waiting(&w);
	w.engine.now_ms += 1000;
	assert_non_null(strstr(hear(&w, fd, 1), "y 451 4.4.3 "));
	(void)close(fd);
	end(&w, 1000);
}

static void
one_more_than_fit(void **state)
{
	int fds[CLIENTS + 1];
	struct world w;

	(void)state;
	begin(&w, "header = \"none\"");
	fds[0] = greeted(&w);
	add_message(&w, "good.example");
	say(&w, fds[0], 1000);
	assert_string_equal(hear(&w, fds[0], 2), "c, c");
	for (size_t i = 1; i < COUNT(fds); i++) {
		w.engine.now_ms++;
		fds[i] = greeted(&w);
	}
	/* The first has a message, the second has been idle for longer. */
	assert_string_equal(hear(&w, fds[1], 0), " .");
	packet_add(&w.out, SMFIC_BODYEOB, NULL);
	say(&w, fds[0], 1000);
	assert_string_equal(hear(&w, fds[0], 1), "c");
	for (size_t i = 0; i < COUNT(fds); i++)
		(void)close(fds[i]);
	end(&w, 1000);
}

static void
who_is_too_slow(void **state)
{
	struct world w;
	int silent, half, idle;

	(void)state;
	begin(&w, "");
	silent = dial(&w);
	idle = greeted(&w);
	half = greeted(&w);
	sts_buf_slice(&w.out, STS_LIT("\0\0\0"));
	say(&w, half, 1000);
	w.engine.now_ms += STS_MILTERCLIENT_STALL_MS;
	assert_string_equal(hear(&w, silent, 0), " .");
	/* Whether its bytes had come by then is not known here. */
	w.engine.now_ms += STS_MILTERCLIENT_STALL_MS;
	assert_string_equal(hear(&w, half, 0), " .");
	assert_false(can_be_read(idle, 0));
	w.engine.now_ms += STS_MILTERCLIENT_IDLE_MS;
	assert_string_equal(hear(&w, idle, 0), " .");
	(void)close(silent);
	(void)close(half);
	(void)close(idle);
	end(&w, 1000);
}

/* Who asks much and reads nothing is not listened to, until it reads. */
static void
who_does_not_read(void **state)
{
	enum { HELOS = 300000 };
	size_t said = 0, heard = 0;
	struct world w;
	char bytes[65536];
	ssize_t n;
	int fd;

	(void)state;
	begin(&w, "");
	fd = greeted(&w);
	packet_add(&w.out, SMFIC_HELO, NULL);
	/* One whole packet a write: a socket that is full takes none. */
	for (; said < HELOS; said++)
		if (send(fd, w.out.p, w.out.n, MSG_DONTWAIT) < 0)
			break;
	assert_int_equal(errno, EAGAIN);
	while (heard < 5 * said) {
		assert_true(can_be_read(fd, PATIENCE_MS));
		n = recv(fd, bytes, sizeof(bytes), 0);
		assert_true(n > 0);
		heard += (size_t)n;
	}
	assert_int_equal(heard, 5 * said);
	(void)close(fd);
	end(&w, 1000);
}

/* Who waits is told, who has a message under way may end it. */
static void
the_end(void **state)
{
	struct world w;
	int slow, idle;
	char byte;

	(void)state;
	begin(&w, "");
	slow = waiting(&w);
	idle = greeted(&w);
	w.engine.close_ms = w.engine.now_ms;
	(void)fake_engine_pass(&w.engine, 0);
	assert_string_equal(hear(&w, slow, 1),
	    "y 451 4.3.2 mta-sts-milter is shutting down; try again later");
	packet_add(&w.out, SMFIC_QUIT, NULL);
	say(&w, slow, 1000);
	w.engine.now_ms += 1000;
	end(&w, PATIENCE_MS);
	assert_true(can_be_read(idle, 0));
	assert_int_equal(recv(idle, &byte, 1, 0), 0);
	(void)close(slow);
	(void)close(idle);
}

static void
the_end_in_the_middle(void **state)
{
	struct world w;
	int slow;

	(void)state;
	begin(&w, "");
	slow = waiting(&w);
	end(&w, 1);
	(void)close(slow);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_as_they_come),
		cmocka_unit_test(no_packets),
		cmocka_unit_test(a_wait),
		cmocka_unit_test(who_goes_while_waiting),
		cmocka_unit_test(time_is_up),
		cmocka_unit_test(one_more_than_fit),
		cmocka_unit_test(who_is_too_slow),
		cmocka_unit_test(who_does_not_read),
		cmocka_unit_test(the_end),
		cmocka_unit_test(the_end_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
