/*
 * An MX host for tests: a server on loopback in a thread of its own that plays
 * a script to its first client, or to each, whether or not that is SMTP, and
 * notes what it heard.
 *
 * The test fills in the first part and starts it; it may read the atomics at
 * any time, the notes after smtp_server_stop.
 */
#ifndef STS_TESTS_SMTPSERVER_H
#define STS_TESTS_SMTPSERVER_H

#include "sts/base/slice.h"
#include "testpki.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum smtp_act {
	SMTP_END, /* listens to the client until that closes */
	SMTP_SAY, /* `text` */
	SMTP_HEAR, /* one line */
	SMTP_GULP, /* whatever comes, unread */
	SMTP_TLS, /* the server's side of a handshake */
	SMTP_FLOOD, /* `text` as fast as can be, until the client closes */
	SMTP_DRIP, /* `text`, byte after byte, until the client closes */
	SMTP_HOLD, /* is silent until the client closes */
	SMTP_CLOSE, /* with a good-bye in TLS */
	SMTP_RESET,
};

struct smtp_step {
	enum smtp_act act;
	struct sts_slice text;
};

#define SAY(s)                                                                 \
	{                                                                      \
		SMTP_SAY,                                                      \
		{                                                              \
			(s), sizeof(s) - 1                                     \
		}                                                              \
	}
#define FLOOD(s)                                                               \
	{                                                                      \
		SMTP_FLOOD,                                                    \
		{                                                              \
			(s), sizeof(s) - 1                                     \
		}                                                              \
	}
#define DRIP(s)                                                                \
	{                                                                      \
		SMTP_DRIP,                                                     \
		{                                                              \
			(s), sizeof(s) - 1                                     \
		}                                                              \
	}
#define HEAR                                                                   \
	{                                                                      \
		SMTP_HEAR,                                                     \
		{                                                              \
			NULL, 0                                                \
		}                                                              \
	}
#define GULP                                                                   \
	{                                                                      \
		SMTP_GULP,                                                     \
		{                                                              \
			NULL, 0                                                \
		}                                                              \
	}
#define TLS                                                                    \
	{                                                                      \
		SMTP_TLS,                                                      \
		{                                                              \
			NULL, 0                                                \
		}                                                              \
	}
#define HOLD                                                                   \
	{                                                                      \
		SMTP_HOLD,                                                     \
		{                                                              \
			NULL, 0                                                \
		}                                                              \
	}
#define CLOSE                                                                  \
	{                                                                      \
		SMTP_CLOSE,                                                    \
		{                                                              \
			NULL, 0                                                \
		}                                                              \
	}
#define RESET                                                                  \
	{                                                                      \
		SMTP_RESET,                                                    \
		{                                                              \
			NULL, 0                                                \
		}                                                              \
	}

struct smtp_server {
	const struct smtp_step *script; /* up to an SMTP_END */
	const struct testpki_cert *cert;
	const char *address; /* NULL: 127.0.0.1 */
	int tls_version; /* TLS1_1_VERSION …: that alone. 0: what is usual */
	bool each; /* one client after the other; nobody hears of the steps */
	uint16_t port; /* 0: any, and then the one that it got */

	atomic_uint clients; /* so far */
	int news_fd; /* a byte is readable at each step, and the end at the
			end */
	atomic_uint step; /* the one that it is at */
	atomic_bool over;

	/* The lines joined by '|'; at the end "EOF", or "TLS-EOF" where the
	 * client said good-bye in TLS first. */
	char heard[2048];
	char sni[256];

	int listen_fd, fd, tell_fd;
	SSL_CTX *ctx;
	SSL *ssl;
	pthread_t thread;
};

/* Fails the test on failure, but for an address that the machine lacks:
 * false. */
bool smtp_server_start(struct smtp_server *server);
/* Ends the thread; its client must have closed. */
void smtp_server_stop(struct smtp_server *server);

#endif
