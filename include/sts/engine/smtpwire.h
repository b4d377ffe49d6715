/*
 * The wire of one SMTP client: a non-blocking socket, spoken on in clear and,
 * from STARTTLS on (RFC 3207), inside TLS.
 *
 * A call does what can be done now.  Where it says STS_E_AGAIN, `ready` fires
 * once, when the same call is worth making again.  STS_E_IO: the connection is
 * of no use any more, and `why` says so for people, escaped.  OpenSSL works on
 * memory only: so each byte of the peer is counted here, none raises SIGPIPE,
 * and a peer that never stops talking cannot hold the loop's thread.
 *
 * Lives inside its owner's structure.  Engine's thread only.
 */
#ifndef STS_ENGINE_SMTPWIRE_H
#define STS_ENGINE_SMTPWIRE_H

#include "sts/base/addr.h"
#include "sts/base/buf.h"
#include "sts/core/smtpreply.h"
#include "sts/engine/loop.h"

#include <openssl/ssl.h>

enum {
	STS_SMTPWIRE_IN_MAX = 262144, /* bytes of the peer, of all there is */
	STS_SMTPWIRE_OUT_MAX = 65536, /* bytes that wait to be sent */
	STS_SMTPWIRE_WHY = 128,
};

struct sts_smtpwire {
	struct sts_smtp_reply reply; /* after sts_smtpwire_listen */
	char why[STS_SMTPWIRE_WHY];
	/* its own */
	int fd;
	SSL *ssl; /* NULL: in clear */
	struct event_base *base;
	struct event *event;
	void (*ready)(void *);
	void *cookie;
	struct sts_buf out; /* as it goes to the socket */
	size_t received;
	bool excess; /* bytes came with the reply, behind it */
};

STS_MUST_USE enum sts_err sts_smtpwire_init(struct sts_smtpwire *wire,
    struct sts_loop *loop, void (*ready)(void *), void *cookie);
/* Says good-bye in TLS as far as that needs no waiting, and closes. Legal on
 * one that is all zero. */
void sts_smtpwire_deinit(struct sts_smtpwire *wire);

/* STS_E_AGAIN, then to be judged by sts_smtpwire_connected; STS_E_IO. */
STS_MUST_USE enum sts_err sts_smtpwire_connect(
    struct sts_smtpwire *wire, const struct sts_addr *addr, uint16_t port);
/* STS_OK, STS_E_IO. */
STS_MUST_USE enum sts_err sts_smtpwire_connected(struct sts_smtpwire *wire);

/* A command, without its line end. It is sent while its reply is waited for.
 * STS_E_NOMEM, STS_E_LIMIT, STS_E_IO. */
STS_MUST_USE enum sts_err sts_smtpwire_say(
    struct sts_smtpwire *wire, const char *command, const char *argument);

/* Reads one reply.  STS_E_AGAIN, STS_E_IO, and the errors of
 * sts_smtp_reply_feed; STS_E_LIMIT past STS_SMTPWIRE_IN_MAX too. */
STS_MUST_USE enum sts_err sts_smtpwire_listen(struct sts_smtpwire *wire);

/* Whether more came in clear than the one reply: after the 220 to STARTTLS that
 * is an injection (rules.md row 54). */
bool sts_smtpwire_excess(const struct sts_smtpwire *wire);

/* From now on TLS is spoken.  Takes `ssl`, a client's.  STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_smtpwire_secure(
    struct sts_smtpwire *wire, SSL *ssl);
/* STS_OK: it is done.  STS_E_AGAIN, STS_E_IO, STS_E_LIMIT, STS_E_NOMEM. */
STS_MUST_USE enum sts_err sts_smtpwire_handshake(struct sts_smtpwire *wire);

#endif
