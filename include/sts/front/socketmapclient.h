/*
 * One client of the socketmap: its socket, its two buffers and its time.
 *
 * It may send as it likes: a byte at a time, thousands of requests at once, and
 * close its half when all are sent.  What is no netstring, or too long a one,
 * ends it when all before it is answered.  Engine's thread only.
 */
#ifndef STS_FRONT_SOCKETMAPCLIENT_H
#define STS_FRONT_SOCKETMAPCLIENT_H

#include "sts/engine/watch.h"
#include "sts/front/socketmapqueue.h"

enum {
	/* Without a request.  Sendmail keeps a connection for as long as a
	 * process lives, and defers mail when it finds it closed. */
	STS_SOCKETMAP_IDLE_MS = 600000,
	/* For the rest of a request, and for reading some of a reply. */
	STS_SOCKETMAP_STALL_MS = 30000,
};

struct sts_socketmap_client;

/* Called last: the client has ended and is to be freed. */
typedef void sts_socketmap_gone(
    void *cookie, struct sts_socketmap_client *client);

struct sts_socketmap_client {
	struct sts_socketmap_client *prev, *next; /* its owner's */
	const struct sts_clock *clock;
	int fd;
	struct sts_watch *watch;
	struct sts_buf in, out;
	struct sts_socketmap_queue queue;
	bool ended; /* nothing more is read */
	bool broken; /* nothing more is written either */
	int64_t moved_ms; /* monotonic: when something got done, or began */
	sts_socketmap_gone *gone;
	void *cookie;
};

/* Takes the descriptor, on failure too.  `scratch` as for the queue. */
STS_MUST_USE enum sts_err sts_socketmap_client_new(struct sts_engine *engine,
    int fd, struct sts_buf *scratch, sts_socketmap_gone *gone, void *cookie,
    struct sts_socketmap_client **out);
void sts_socketmap_client_free(struct sts_socketmap_client *client);

/* To be called every now and then: ends what takes too long. */
void sts_socketmap_client_tick(
    struct sts_socketmap_client *client, int64_t now_ms);

/* Whether nothing is under way. */
bool sts_socketmap_client_is_idle(const struct sts_socketmap_client *client);

#endif
