#include "sts/engine/renewer.h"

#include <stdlib.h>

struct sts_renewer {
	struct sts_tasks *tasks;
	unsigned interval_ms;
	struct sts_timer timer;
	struct sts_telling *tellings[STS_RENEWER_MAX]; /* NULL: free */
	char domains[STS_RENEWER_MAX][STS_DOMAIN_SIZE];
};

static void
on_told(void *cookie, const struct sts_answer *answer)
{
	struct sts_telling **telling = cookie;

	(void)answer; /* the tasks have kept it */
	*telling = NULL;
}

/* What cannot be begun now ends, and is found out when it is needed. */
static void
begin(struct sts_renewer *r, struct sts_telling **telling, const char *domain,
    unsigned ask)
{
	const struct sts_answer *known = NULL;

	if (sts_tasks_tell(r->tasks, domain, ask | STS_ASK_RENEW, on_told,
		telling, &known, telling) == STS_OK)
		sts_answer_put(known);
}

static struct sts_telling **
free_place(struct sts_renewer *r)
{
	for (size_t i = 0; i < STS_RENEWER_MAX; i++)
		if (r->tellings[i] == NULL)
			return &r->tellings[i];
	return NULL;
}

static size_t
count_free(const struct sts_renewer *r)
{
	size_t n = 0;

	for (size_t i = 0; i < STS_RENEWER_MAX; i++)
		n += r->tellings[i] == NULL;
	return n;
}

/* Of the answers to one kind of question. */
static void
renew(struct sts_renewer *r, unsigned ask)
{
	size_t n = sts_tasks_ending(
	    r->tasks, ask, STS_RENEWER_STEPS, r->domains, count_free(r));

	for (size_t i = 0; i < n; i++)
		begin(r, free_place(r), r->domains[i], ask);
}

static void
on_timer(void *cookie)
{
	struct sts_renewer *r = cookie;

	renew(r, 0);
	renew(r, STS_ASK_NO_PROBE);
	sts_timer_start(&r->timer, r->interval_ms);
}

enum sts_err
sts_renewer_new(struct sts_loop *loop, struct sts_tasks *tasks,
    unsigned interval_ms, struct sts_renewer **out)
{
	struct sts_renewer *r = calloc(1, sizeof(*r));
	enum sts_err err;

	if (r == NULL)
		return STS_E_NOMEM;
	r->tasks = tasks;
	r->interval_ms =
	    interval_ms == 0 ? STS_RENEWER_INTERVAL_MS : interval_ms;
	err = sts_timer_init(&r->timer, loop, on_timer, r);
	if (err != STS_OK) {
		free(r);
		return err;
	}
	sts_timer_start(&r->timer, r->interval_ms);
	*out = r;
	return STS_OK;
}

void
sts_renewer_free(struct sts_renewer *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < STS_RENEWER_MAX; i++)
		sts_telling_cancel(r->tellings[i]);
	sts_timer_deinit(&r->timer);
	free(r);
}
