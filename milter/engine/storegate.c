#include "sts/engine/storegate.h"

#include <pthread.h>
#include <stdlib.h>

struct sts_storegate {
	struct sts_loop *loop;
	struct sts_store *store;
	pthread_mutex_t lock; /* guards `out` */
	pthread_cond_t none_out;
	size_t out; /* gets that the store's thread may still touch */
};

/* Held by two: whoever waits, and the store's side until its job has run. */
struct sts_storeget {
	struct sts_ref ref;
	struct sts_storegate *gate;
	/* One of them; both NULL: cancelled; engine's thread. */
	sts_storegate_done *done;
	sts_storegate_found *found;
	void *cookie;
	const struct sts_record *record; /* a reference, for `done` */
	struct sts_due *due; /* for `found`; else NULL */
};

enum sts_err
sts_storegate_new(
    struct sts_loop *loop, struct sts_store *store, struct sts_storegate **out)
{
	struct sts_storegate *gate = calloc(1, sizeof(*gate));

	if (gate == NULL)
		return STS_E_NOMEM;
	gate->loop = loop;
	gate->store = store;
	pthread_mutex_init(&gate->lock, NULL);
	pthread_cond_init(&gate->none_out, NULL);
	*out = gate;
	return STS_OK;
}

void
sts_storegate_free(struct sts_storegate *gate)
{
	if (gate == NULL)
		return;
	pthread_mutex_lock(&gate->lock);
	while (gate->out > 0)
		pthread_cond_wait(&gate->none_out, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
	pthread_cond_destroy(&gate->none_out);
	pthread_mutex_destroy(&gate->lock);
	free(gate);
}

static void
get_put(struct sts_storeget *get)
{
	if (!sts_ref_put(&get->ref))
		return;
	sts_record_put(get->record);
	free(get->due);
	free(get);
}

static void
count(struct sts_storegate *gate, int change)
{
	pthread_mutex_lock(&gate->lock);
	gate->out += (size_t)change;
	if (gate->out == 0)
		pthread_cond_broadcast(&gate->none_out);
	pthread_mutex_unlock(&gate->lock);
}

static void
on_loop(void *cookie)
{
	struct sts_storeget *get = cookie;
	sts_storegate_done *done = get->done;
	sts_storegate_found *found = get->found;

	get->done = NULL;
	get->found = NULL;
	if (done != NULL)
		done(get->cookie, get->record);
	else if (found != NULL)
		found(get->cookie, get->due);
	if (done != NULL || found != NULL)
		get_put(get); /* the waiter's */
	get_put(get);
}

/* On the store's thread. */
static void
hand_over(void *cookie)
{
	struct sts_storeget *get = cookie;
	struct sts_storegate *gate = get->gate;

	/* It fails while closing only, when nobody waits any more: what is left
	 * is the engine's reference, given back by its cancel. */
	if (sts_loop_post(gate->loop, on_loop, get) != STS_OK)
		get_put(get);
	count(gate, -1);
}

static void
on_store(void *cookie, const struct sts_record *record)
{
	struct sts_storeget *get = cookie;

	get->record = record;
	hand_over(get);
}

/* With a reference for each side. NULL: out of memory. */
static struct sts_storeget *
get_new(struct sts_storegate *gate, void *cookie)
{
	struct sts_storeget *get = calloc(1, sizeof(*get));

	if (get == NULL)
		return NULL;
	sts_ref_init(&get->ref);
	sts_ref_get(&get->ref);
	get->gate = gate;
	get->cookie = cookie;
	count(gate, 1);
	return get;
}

/* The store has nothing to do with it. */
static void
get_drop(struct sts_storeget *get)
{
	count(get->gate, -1);
	free(get->due);
	free(get);
}

enum sts_err
sts_storegate_get(struct sts_storegate *gate, const char *domain,
    sts_storegate_done *done, void *cookie, const struct sts_record **known,
    struct sts_storeget **out)
{
	struct sts_storeget *get = get_new(gate, cookie);
	enum sts_err err;

	if (get == NULL)
		return STS_E_NOMEM;
	get->done = done;
	err = sts_store_get(gate->store, domain, on_store, get, known);
	if (err == STS_E_AGAIN)
		*out = get;
	else
		get_drop(get);
	return err;
}

enum sts_err
sts_storegate_due(struct sts_storegate *gate, sts_storegate_found *found,
    void *cookie, struct sts_storeget **out)
{
	struct sts_storeget *get = get_new(gate, cookie);
	enum sts_err err = STS_E_NOMEM;

	if (get == NULL)
		return STS_E_NOMEM;
	get->found = found;
	get->due = calloc(1, sizeof(*get->due));
	if (get->due != NULL)
		err = sts_store_due(gate->store, get->due, hand_over, get);
	if (err == STS_OK || err == STS_E_AGAIN)
		*out = get;
	else
		get_drop(get);
	if (err == STS_OK)
		hand_over(get); /* found() comes when this has returned */
	return err == STS_E_AGAIN ? STS_OK : err;
}

void
sts_storegate_cancel(struct sts_storeget *get)
{
	if (get == NULL)
		return;
	get->done = NULL;
	get->found = NULL;
	get_put(get);
}
