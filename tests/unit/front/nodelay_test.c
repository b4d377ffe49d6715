/* front/nodelay.c */
#include "sts/front/nodelay.h"

#include "test.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static int
nodelay(int fd)
{
	socklen_t n = sizeof(int);
	int on = -1;

	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &n), 0);
	return on != 0;
}

static int
listener(uint16_t *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr *sa = (void *)&in;
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, sa, n), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, sa, &n), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

static void
the_listener_has_it_and_hands_it_on(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	uint16_t port, other_port;
	int fd = listener(&port), other = listener(&other_port), from, to;

	(void)state;
	assert_false(nodelay(fd));
	assert_true(sts_nodelay_listeners(port));
	assert_true(nodelay(fd));
	assert_false(nodelay(other));
	in.sin_port = htons(port);
	from = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(from, (void *)&in, sizeof(in)), 0);
	to = accept(fd, NULL, NULL);
	assert_true(nodelay(to));
	(void)close(to);
	(void)close(from);
	(void)close(other);
	(void)close(fd);
	assert_false(sts_nodelay_listeners(port));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_listener_has_it_and_hands_it_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
