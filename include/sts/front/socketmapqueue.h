/*
 * The requests of one socketmap client: asked at once, answered in their order,
 * whatever the order is in which the engine answers.
 *
 * At most STS_SOCKETMAP_IN_FLIGHT are taken before the first is answered, and
 * none while more than STS_SOCKETMAP_OUT_HIGH bytes wait to be read by the
 * client: so memory is bounded by what the client reads.  Engine's thread only.
 */
#ifndef STS_FRONT_SOCKETMAPQUEUE_H
#define STS_FRONT_SOCKETMAPQUEUE_H

#include "sts/core/socketmap.h"
#include "sts/engine/engine.h"

enum {
	STS_SOCKETMAP_IN_FLIGHT = 64,
	STS_SOCKETMAP_OUT_HIGH = 32768, /* and one reply, of at most
					   STS_SOCKETMAP_REPLY_MAX */
	/* Sendmail waits for 5 s.  Postfix waits for 100 s, and by default no
	 * lookup takes longer than this. */
	STS_SOCKETMAP_SENDMAIL_MS = 4000,
	STS_SOCKETMAP_POSTFIX_MS = 90000,
};

struct sts_socketmap_slot {
	struct sts_socketmap_queue *queue;
	enum sts_socketmap_dialect dialect;
	struct sts_telling *telling; /* NULL: the reply can be made */
	const struct sts_answer *answer; /* a reference; NULL: `reply` is it */
	struct sts_slice reply; /* a literal */
	int64_t late_ms; /* monotonic: when it is waited for no more */
};

struct sts_socketmap_queue {
	struct sts_engine *engine;
	const struct sts_clock *clock;
	struct sts_buf *scratch; /* for replies; shared, borrowed */
	void (*ready)(void *cookie);
	void *cookie;
	size_t first, n;
	struct sts_socketmap_slot slots[STS_SOCKETMAP_IN_FLIGHT];
};

/* `ready` is called when the engine answered one, not from within the functions
 * below.  `scratch` has the cap STS_SOCKETMAP_REPLY_MAX. */
void sts_socketmap_queue_init(struct sts_socketmap_queue *queue,
    struct sts_engine *engine, struct sts_buf *scratch,
    void (*ready)(void *cookie), void *cookie);
void sts_socketmap_queue_deinit(struct sts_socketmap_queue *queue);

static inline bool
sts_socketmap_queue_has_room(
    const struct sts_socketmap_queue *queue, const struct sts_buf *out)
{
	return queue->n < STS_SOCKETMAP_IN_FLIGHT &&
	       out->n < STS_SOCKETMAP_OUT_HIGH;
}

/* Takes a request, where there is room: the body of a netstring. */
void sts_socketmap_queue_take(
    struct sts_socketmap_queue *queue, struct sts_slice body);

/* Appends the replies whose turn has come, as far as `out` takes more. */
void sts_socketmap_queue_put(
    struct sts_socketmap_queue *queue, struct sts_buf *out);

/* Waits no more for what is late: says what is known by then. Whether there was
 * any. */
bool sts_socketmap_queue_expire(
    struct sts_socketmap_queue *queue, int64_t now_ms);

#endif
