/*
 * TCP_NODELAY on a listening socket that a library opened and does not show.
 *
 * libmilter writes its actions and its final reply apart: over TCP the second
 * waits 40 ms for the first to be acknowledged.  What it accepts inherits the
 * option from the socket that listens.
 */
#ifndef STS_FRONT_NODELAY_H
#define STS_FRONT_NODELAY_H

#include <stdbool.h>
#include <stdint.h>

/* Sets it on this process's sockets that listen at the TCP port.  Whether there
 * was one. */
bool sts_nodelay_listeners(uint16_t port);

#endif
