#include "sts/engine/refresher.h"

#include <stdlib.h>
#include <sys/random.h>

struct slot {
	struct sts_refresher *refresher;
	struct sts_telling *telling; /* NULL: free */
};

struct sts_refresher {
	struct sts_log *log;
	struct sts_storegate *gate;
	struct sts_tasks *tasks;
	unsigned interval_ms;
	struct sts_timer timer; /* runs while nothing else is under way */
	struct sts_storeget *get;
	struct sts_due due;
	size_t next; /* of the due ones, to be begun */
	size_t running;
	struct slot slots[STS_REFRESHER_MAX];
};

static void go_on(struct sts_refresher *r);

static void
on_told(void *cookie, const struct sts_answer *answer)
{
	struct slot *slot = cookie;
	struct sts_refresher *r = slot->refresher;
	const struct sts_discovery *found;

	slot->telling = NULL;
	r->running--;
	if (answer != NULL) {
		found = &answer->discovery;
		sts_log(r->log, STS_LOG_DEBUG, "policy-refreshed",
		    STS_KV_STR("domain", answer->domain),
		    STS_KV_STR("fetch", sts_fetch_status_text(found->status)),
		    STS_KV_STR("id", found->id),
		    STS_KV_STR("detail", found->detail));
	}
	go_on(r);
}

/* What cannot be begun now is due again in an hour, as what fails. */
static void
begin(struct sts_refresher *r, struct slot *slot, const char *domain)
{
	const struct sts_answer *known = NULL;

	slot->refresher = r;
	if (sts_tasks_tell(r->tasks, domain,
		STS_ASK_REFRESH | STS_ASK_POLICY_ONLY, on_told, slot, &known,
		&slot->telling) == STS_E_AGAIN)
		r->running++;
	sts_answer_put(known);
}

static void
go_on(struct sts_refresher *r)
{
	unsigned pause = r->interval_ms;

	for (size_t i = 0; i < STS_REFRESHER_MAX; i++)
		while (r->slots[i].telling == NULL && r->next < r->due.n)
			begin(r, &r->slots[i], r->due.domains[r->next++]);
	if (r->running > 0)
		return;
	if (r->due.n == STS_DUE_MAX)
		pause /= STS_REFRESHER_BACKLOG;
	sts_timer_start(&r->timer, pause);
}

static void
on_found(void *cookie, const struct sts_due *due)
{
	struct sts_refresher *r = cookie;

	r->get = NULL;
	r->due = *due;
	r->next = 0;
	go_on(r);
}

static void
on_timer(void *cookie)
{
	struct sts_refresher *r = cookie;

	if (sts_storegate_due(r->gate, on_found, r, &r->get) != STS_OK)
		sts_timer_start(&r->timer, r->interval_ms);
}

/* From a quarter to three quarters of the interval: many hosts may have been
 * started by one hand. */
static int64_t
first_pause(unsigned interval_ms)
{
	uint32_t random = 0;

	/* Early in a boot there may be none: then there is no jitter. */
	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	return interval_ms / 4 + random % (interval_ms / 2 + 1);
}

enum sts_err
sts_refresher_new(struct sts_loop *loop, struct sts_log *log,
    struct sts_storegate *gate, struct sts_tasks *tasks, unsigned interval_ms,
    struct sts_refresher **out)
{
	struct sts_refresher *r = calloc(1, sizeof(*r));
	enum sts_err err;

	if (r == NULL)
		return STS_E_NOMEM;
	r->log = log;
	r->gate = gate;
	r->tasks = tasks;
	r->interval_ms =
	    interval_ms == 0 ? STS_REFRESHER_INTERVAL_MS : interval_ms;
	err = sts_timer_init(&r->timer, loop, on_timer, r);
	if (err != STS_OK) {
		free(r);
		return err;
	}
	sts_timer_start(&r->timer, first_pause(r->interval_ms));
	*out = r;
	return STS_OK;
}

void
sts_refresher_free(struct sts_refresher *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < STS_REFRESHER_MAX; i++)
		sts_telling_cancel(r->slots[i].telling);
	sts_storegate_cancel(r->get);
	sts_timer_deinit(&r->timer);
	free(r);
}
