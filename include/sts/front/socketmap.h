/*
 * The socketmap server: what an MTA asks at delivery, so that the delivery is
 * pinned to the policy that was proven before.
 *
 * It lives on the engine's thread: a known answer costs no thread hop.  Its
 * dialects are core/socketmap.h's, its clients front/socketmapclient.h's.
 */
#ifndef STS_FRONT_SOCKETMAP_H
#define STS_FRONT_SOCKETMAP_H

#include "sts/engine/engine.h"

enum {
	STS_SOCKETMAP_CLIENTS = 1000, /* at once; one more ends the idlest */
	STS_SOCKETMAP_TICK_MS = 250, /* how often it looks who is late */
};

struct sts_socketmap_options {
	struct sts_engine *engine; /* borrowed */
	int fd; /* listens, non-blocking; given to the server */
	size_t clients; /* at most; 0: STS_SOCKETMAP_CLIENTS */
};

struct sts_socketmap;

/* Not on the engine's thread.  On failure the descriptor stays the caller's.
 * STS_E_NOMEM; STS_E_CLOSED. */
STS_MUST_USE enum sts_err sts_socketmap_new(
    const struct sts_socketmap_options *options, struct sts_socketmap **out);

/* Closes all connections, answered or not, and the listening socket; before the
 * engine is freed, and not on its thread.  NULL is legal. */
void sts_socketmap_free(struct sts_socketmap *sm);

#endif
