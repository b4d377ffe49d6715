#include "sts/front/nodelay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum { FD_MAX = 1024 }; /* a program's first sockets have small numbers */

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage storage;
};

/* 0 where it is no TCP socket. */
static uint16_t
port_of(int fd)
{
	union address address = { .sa = { .sa_family = AF_UNSPEC } };
	socklen_t n = sizeof(address);

	if (getsockname(fd, &address.sa, &n) != 0)
		return 0;
	if (address.sa.sa_family == AF_INET)
		return ntohs(address.in.sin_port);
	if (address.sa.sa_family == AF_INET6)
		return ntohs(address.in6.sin6_port);
	return 0;
}

static bool
listens(int fd)
{
	int on = 0;
	socklen_t n = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) == 0 && on;
}

bool
sts_nodelay_listeners(uint16_t port)
{
	bool found = false;
	int yes = 1;

	for (int fd = 0; fd < FD_MAX; fd++)
		if (listens(fd) && port_of(fd) == port &&
		    setsockopt(
			fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) == 0)
			found = true;
	return found;
}
