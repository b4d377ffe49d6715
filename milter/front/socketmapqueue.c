#include "sts/front/socketmapqueue.h"

#include "sts/core/netstring.h"
#include "sts/front/socketmapreply.h"

void
sts_socketmap_queue_init(struct sts_socketmap_queue *q,
    struct sts_engine *engine, struct sts_buf *scratch,
    void (*ready)(void *cookie), void *cookie)
{
	memset(q, 0, sizeof(*q));
	q->engine = engine;
	q->clock = sts_engine_clock(engine);
	q->scratch = scratch;
	q->ready = ready;
	q->cookie = cookie;
}

static struct sts_socketmap_slot *
slot_at(struct sts_socketmap_queue *q, size_t i)
{
	return &q->slots[(q->first + i) % STS_SOCKETMAP_IN_FLIGHT];
}

static void
drop_first(struct sts_socketmap_queue *q)
{
	struct sts_socketmap_slot *slot = slot_at(q, 0);

	sts_telling_cancel(slot->telling);
	if (slot->answer != NULL)
		sts_answer_put(slot->answer);
	q->first = (q->first + 1) % STS_SOCKETMAP_IN_FLIGHT;
	q->n--;
}

void
sts_socketmap_queue_deinit(struct sts_socketmap_queue *q)
{
	while (q->n > 0)
		drop_first(q);
}

static void
on_told(void *cookie, const struct sts_answer *answer)
{
	struct sts_socketmap_slot *slot = cookie;

	slot->telling = NULL;
	if (answer != NULL)
		slot->answer = sts_answer_get(answer);
	slot->queue->ready(slot->queue->cookie);
}

static int64_t
patience_ms(enum sts_socketmap_dialect dialect)
{
	switch (dialect) {
	case STS_SOCKETMAP_POSTFIX:
	case STS_SOCKETMAP_POSTFIX310:
		break;
	case STS_SOCKETMAP_SENDMAIL:
		return STS_SOCKETMAP_SENDMAIL_MS;
	}
	return STS_SOCKETMAP_POSTFIX_MS;
}

/* The MTA proves the path when it delivers: no probe is needed for that. */
static void
ask(struct sts_socketmap_slot *slot,
    const struct sts_socketmap_request *request)
{
	struct sts_socketmap_queue *q = slot->queue;
	enum sts_err err;

	slot->dialect = request->dialect;
	err = sts_engine_tell(q->engine, request->domain, STS_ASK_NO_PROBE,
	    on_told, slot, &slot->answer, &slot->telling);
	if (err == STS_E_AGAIN)
		slot->late_ms =
		    sts_mono_ms(q->clock) + patience_ms(request->dialect);
}

void
sts_socketmap_queue_take(struct sts_socketmap_queue *q, struct sts_slice body)
{
	struct sts_socketmap_slot *slot = slot_at(q, q->n++);
	struct sts_socketmap_request request;
	enum sts_err err = sts_socketmap_request_parse(body, &request);

	*slot = (struct sts_socketmap_slot){ .queue = q,
		.reply = STS_SOCKETMAP_BUSY };
	if (err == STS_E_NOTFOUND)
		slot->reply = STS_SOCKETMAP_NO_MAP;
	else if (err == STS_OK && request.domain[0] == '\0')
		slot->reply = STS_SOCKETMAP_NOTFOUND;
	else if (err == STS_OK)
		ask(slot, &request);
}

static void
put_one(struct sts_socketmap_queue *q, const struct sts_conf *conf,
    const struct sts_socketmap_slot *slot, struct sts_buf *out)
{
	struct sts_slice reply = slot->reply;

	if (slot->answer != NULL) {
		sts_socketmap_reply_of(slot->dialect, slot->answer, conf,
		    sts_wall_s(q->clock), sts_engine_log(q->engine),
		    q->scratch);
		reply = sts_buf_err(q->scratch) == STS_OK
			    ? sts_buf_view(q->scratch)
			    : STS_SOCKETMAP_BUSY;
	}
	sts_netstring_add(out, reply);
}

void
sts_socketmap_queue_put(struct sts_socketmap_queue *q, struct sts_buf *out)
{
	const struct sts_conf *conf;

	if (q->n == 0 || slot_at(q, 0)->telling != NULL)
		return;
	conf = sts_engine_conf(q->engine);
	while (q->n > 0 && slot_at(q, 0)->telling == NULL &&
	       out->n < STS_SOCKETMAP_OUT_HIGH) {
		put_one(q, conf, slot_at(q, 0), out);
		drop_first(q);
	}
	sts_conf_put(conf);
}

/* A remembered policy protects even where nothing else is known in time; and
 * what could not be told the last time shall not hold mail for ever. */
static void
give_up(struct sts_socketmap_slot *slot)
{
	const struct sts_answer *a = sts_telling_sofar(slot->telling);

	sts_telling_cancel(slot->telling);
	slot->telling = NULL;
	slot->reply = STS_SOCKETMAP_LATE;
	if (a == NULL)
		return;
	if (a->complete || a->discovery.policy != NULL)
		slot->answer = a;
	else
		sts_answer_put(a);
}

bool
sts_socketmap_queue_expire(struct sts_socketmap_queue *q, int64_t now_ms)
{
	bool any = false;

	for (size_t i = 0; i < q->n; i++) {
		struct sts_socketmap_slot *slot = slot_at(q, i);

		if (slot->telling == NULL || now_ms < slot->late_ms)
			continue;
		give_up(slot);
		any = true;
	}
	return any;
}
