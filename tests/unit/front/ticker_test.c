/* front/ticker.c, against a socket that is libmilter's for it. */
#include "sts/front/ticker.h"

#include "packets.h"
#include "test.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 };

struct world {
	struct sts_sockspec spec;
	struct sts_waiters waiters;
	struct sts_ticker *ticker;
	int listener;
};

static void
begin(struct world *w)
{
	const char *why;
	char name[80];

	(void)snprintf(
	    name, sizeof(name), "unix:/tmp/sts-ticker-%ld", (long)getpid());
	assert_int_equal(
	    sts_sockspec_parse(sts_slice_str(name), &w->spec), STS_OK);
	assert_int_equal(
	    sts_sockspec_listen(&w->spec, 0600, &w->listener, &why), STS_OK);
	sts_waiters_init(&w->waiters, 10, NULL);
	assert_int_equal(
	    sts_ticker_new(&w->spec, &w->waiters, &w->ticker), STS_OK);
}

static void
end(struct world *w)
{
	sts_ticker_free(w->ticker);
	(void)close(w->listener);
	(void)unlink(w->spec.path);
}

static bool
is_ready(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static int
accepted(struct world *w)
{
	int fd;

	assert_true(is_ready(w->listener, PATIENCE_MS));
	fd = accept(w->listener, NULL, NULL);
	assert_true(fd >= 0);
	return fd;
}

/* Of the connection's next packet. */
static char
letter(int fd)
{
	struct sts_milterwire_packet packet;
	struct sts_slice in;
	char bytes[64];
	size_t n = 0;

	do {
		assert_true(is_ready(fd, PATIENCE_MS));
		assert_int_equal(recv(fd, bytes + n, 1, 0), 1);
		in = sts_slice(bytes, ++n);
	} while (sts_milterwire_read(&in, &packet) != STS_OK);
	return packet.letter;
}

static void
ticks_while_somebody_waits(void **state)
{
	char bytes[4096];
	struct world w;
	int fd;

	(void)state;
	begin(&w);
	assert_false(is_ready(w.listener, 10));
	assert_true(sts_waiters_enter(&w.waiters));
	fd = accepted(&w);
	assert_int_equal(letter(fd), 'O');
	for (int i = 0; i < 5; i++)
		assert_int_equal(letter(fd), 'A');
	/* Nobody waits: after what was sent before, there is silence. */
	sts_waiters_leave(&w.waiters);
	while (is_ready(fd, 100))
		assert_true(recv(fd, bytes, sizeof(bytes), 0) > 0);
	/* And on the same connection again. */
	assert_true(sts_waiters_enter(&w.waiters));
	assert_int_equal(letter(fd), 'A');
	assert_false(is_ready(w.listener, 0));
	/* One that is closed is replaced. */
	(void)close(fd);
	fd = accepted(&w);
	assert_int_equal(letter(fd), 'O');
	assert_int_equal(letter(fd), 'A');
	(void)close(fd);
	sts_waiters_leave(&w.waiters);
	end(&w);
}

/* A server that reads nothing does not hold it. */
static void
ends_whatever_the_server_does(void **state)
{
	struct world w;
	int fd;

	(void)state;
	begin(&w);
	assert_true(sts_waiters_enter(&w.waiters));
	fd = accepted(&w);
	assert_int_equal(letter(fd), 'O');
	end(&w);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_while_somebody_waits),
		cmocka_unit_test(ends_whatever_the_server_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
