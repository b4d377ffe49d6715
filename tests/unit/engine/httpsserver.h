/*
 * A policy host for tests: an HTTPS server in a thread of its own that sends
 * what it was told to send, whether or not that is HTTP, and notes what it saw.
 *
 * The test fills in the first part, starts it, and reads the second part: the
 * atomic ones at any time, the others after https_server_stop.
 */
#ifndef STS_TESTS_HTTPSSERVER_H
#define STS_TESTS_HTTPSSERVER_H

#include "sts/base/slice.h"
#include "testpki.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum https_stage { /* how far the latest connection came */
	HTTPS_IDLE,
	HTTPS_ACCEPTED, /* TCP */
	HTTPS_ASKED, /* a request came */
	HTTPS_ANSWERING, /* bytes of the answer went out */
};

enum https_end { /* after the answer */
	HTTPS_CLOSE, /* with a close_notify */
	HTTPS_CUT, /* without one */
	HTTPS_HOLD, /* waits for the client to close */
	HTTPS_DRIP, /* the answer's last byte, again and again, slowly */
};

struct https_server {
	const char *address; /* "127.0.0.1" */
	uint16_t port; /* 0: any, and then the one that it got */
	const struct testpki_cert *cert; /* borrowed; NULL: it takes a
					    connection and is silent */
	int tls_version; /* TLS1_1_VERSION …: no other. 0: what is usual */
	struct sts_slice answer; /* the whole of it, head and body */
	enum https_end end;

	atomic_int accepted; /* connections so far */
	atomic_int stage;
	char sni[256]; /* of the latest, "" where none */
	char alpn[64]; /* offered by the latest, in TLS's encoding */
	char request[4096]; /* of the latest */

	int fd;
	SSL_CTX *ctx;
	pthread_t thread;
};

/* The rest of *server is as the test left it. Fails the test on failure. */
void https_server_start(struct https_server *server);
/* Ends the thread once its client is gone.  Legal where it was never started.
 */
void https_server_stop(struct https_server *server);

/* Binds the port and does not listen: connections are refused for as long as
 * the descriptor is open. */
int https_bind(const char *address, uint16_t *port);

/* The same, and connections are neither taken nor refused, until it is
 * closed. */
struct https_black_hole {
	int fd, guest;
};
struct https_black_hole https_black_hole(const char *address, uint16_t *port);
void https_black_hole_close(struct https_black_hole *hole);

#endif
